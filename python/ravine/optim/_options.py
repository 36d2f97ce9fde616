"""Checks of options that optimizers share. `not >=` refuses nan too."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["check_betas", "check_common", "check_not_negative"]


def _is_at_least_0(name: str, value: Any) -> bool:
    try:
        return bool(value >= 0.0)
    except TypeError:
        text = f"{name} should be a number, not {value!r:.60} ({type(value).__name__})"
        raise TypeError(f"{text}. For several pass groups: [{{'params': [...], 'lr': 0.1}}, ...]") from None


def check_not_negative(name: str, value: Any) -> None:
    """Raise ValueError unless the option, called ``name`` in the message, is 0 or more."""
    if not _is_at_least_0(name, value):
        raise ValueError(f"Invalid {name} value: {value}")


def check_common(lr: Any, weight_decay: Any, eps: Any = 0.0, differentiable: bool = False) -> None:
    """Raise ValueError for a learning rate, a decay or an epsilon below 0, or ``differentiable=True``."""
    if not _is_at_least_0("lr", lr):
        raise ValueError(f"Invalid learning rate: {lr}. It must be 0 or more")
    check_not_negative("epsilon", eps)
    check_not_negative("weight_decay", weight_decay)
    if differentiable:
        raise ValueError("differentiable=True is not offered: write the update as ops on tensors instead")


def check_betas(betas: Any) -> tuple[float, float]:
    """The pair of decay rates; ValueError unless both are in [0, 1)."""
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise ValueError(f"Invalid betas: {betas}. Pass the two decay rates, such as (0.9, 0.999)")
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")
    return float(betas[0]), float(betas[1])
