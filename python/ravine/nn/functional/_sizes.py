"""Sizes as layers take them: one number for every spatial dimension, or a number for each."""

from __future__ import annotations

from ...errors import DTypeError, ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..._core import Tensor

__all__ = ["batched", "choice", "sizes"]


def sizes(value: int | Sequence[int], count: int, name: str, least: int = 1) -> list[int]:
    """A number for each of `count` dimensions; one number stands for all.

    Raises:
        DTypeError: they are no ints.
        ValueError: they are of another count, or one is less than `least`.
    """
    given: Any = value if hasattr(value, "__len__") and not isinstance(value, str) else [value]
    if any(isinstance(n, bool) or not hasattr(n, "__index__") for n in given):
        raise DTypeError(f"{name} is {value!r}; it must be an int or {count} of them")
    found = [int(n) for n in given]
    if len(found) not in (1, count):
        raise ValueError(f"{name} {value!r} has {len(found)} numbers for {count} dimensions")
    if any(n < least for n in found):
        raise ValueError(f"{name} is {value!r}; it must be at least {least}")
    return found * count if len(found) == 1 else found


def batched(input: Tensor, spatial: int) -> Tensor:
    """(N, C, ...) of `spatial` dimensions more; an input (C, ...) is a batch of one.

    Raises:
        ShapeError: the input has another number of dimensions.
    """
    if input.ndim not in (spatial + 1, spatial + 2):
        shape = ", ".join("DHW"[3 - spatial :])
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, C, {shape}) or (C, {shape})")
    return input if input.ndim == spatial + 2 else input.unsqueeze(0)


def choice(name: str, value: str, words: tuple[str, ...]) -> None:
    """Raises a ValueError for an option that is none of the words."""
    if value not in words:
        raise ValueError(f"{name}={value!r} is not offered; use one of {', '.join(map(repr, words))}")
