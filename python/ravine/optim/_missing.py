"""The warning of parameters that no gradient reaches."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .optimizer import Optimizer

__all__ = ["say_missing"]

_SHOWN = 6


def say_missing(optimizer: Optimizer) -> list[Any] | None:
    """Warn of parameters that never had a gradient; returns those to ask about at the next step, or None.

    Frozen parameters are meant to have none. If some have one, those without are not part of the loss. If
    none has one, ``backward()`` was forgotten, or it was another optimizer's turn: where ``backward()`` ran
    since the last step, the warning waits for a second such step, so that loops that take turns are left
    alone.
    """
    from .. import autograd

    waiting: list[Any] = [p for p in optimizer._never_reached or () if p.requires_grad and p.grad is None]
    if not waiting:
        return None
    total = sum(len(group["params"]) for group in optimizer.param_groups)
    reached = any(p.grad is not None for group in optimizer.param_groups for p in group["params"])
    seen, optimizer._backward_seen = optimizer._backward_seen, autograd.backward_calls()
    if not reached and optimizer._backward_seen != seen and not optimizer._waited:
        optimizer._waited = True
        return waiting
    import warnings

    from ..errors import NoGradientWarning

    names = _names(optimizer, waiting)
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    if reached:
        cause = "The loss does not depend on them, or a .detach() or no_grad() is in between"
    elif optimizer._waited:
        cause = "The loss does not depend on them. Was the optimizer made for another copy of the model?"
    else:
        cause = "Call loss.backward() before step(), after zero_grad()"
    warnings.warn(
        f"{type(optimizer).__name__}.step(): {len(waiting)} of {total} parameters have no gradient and stay "
        f"as they are: {shown}. {cause}. To leave parameters out on purpose, set requires_grad_(False)",
        NoGradientWarning,
        stacklevel=5,
    )
    return None


def _names(optimizer: Optimizer, params: list[Any]) -> list[str]:
    """What the parameters are called in their module, in their group, or at least where they stand."""
    wanted = {id(p) for p in params}
    names: dict[int, str] = {}
    for number, group in enumerate(optimizer.param_groups):
        for position, param in enumerate(group["params"]):
            shape = tuple(param.shape)
            names[id(param)] = f"param_groups[{number}]['params'][{position}] of shape {shape}"
            if "param_names" in group:
                names[id(param)] = group["param_names"][position]
    names.update(_paths(wanted))
    return [names[id(p)] for p in params]


def _paths(wanted: set[int]) -> dict[int, str]:
    """The longest path to each parameter: the one from the outermost module.

    Modules do not know who holds them, so all living ones are asked; this happens once, when there is a
    warning.
    """
    import gc

    from ..nn.module import Module

    paths: dict[int, str] = {}
    for module in [thing for thing in gc.get_objects() if issubclass(type(thing), Module)]:
        if "_parameters" not in module.__dict__:
            continue
        for name, param in module.named_parameters():
            if id(param) in wanted and name.count(".") >= paths.get(id(param), "").count("."):
                paths[id(param)] = name
    return {key: _bracketed(name) for key, name in paths.items()}


def _bracketed(name: str) -> str:
    """``blocks.2.weight`` as ``blocks[2].weight``, as in errors; a name cannot begin with an index."""
    first, *rest = name.split(".")
    return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)
