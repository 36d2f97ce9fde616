"""Normalised gradient descent."""

from __future__ import annotations

import ravine as rv

from ._options import check_common
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["NGD"]


class NGD(Optimizer):
    """Normalised gradient descent: every step has the length ``lr``, however steep or flat the loss is.

    With the gradient g of all parameters together, or its negative if ``maximize``: ``p -= lr * g / ||g||``,
    and nothing where g is 0. With ``momentum``, ``v = momentum * v + (1 - momentum) * g`` stands for g
    (Cutkosky and Mehta, 2020), so that the length is ``lr`` all the same. The norm is over the parameters of
    all groups; a group with an ``lr`` of its own takes its part of the step with that.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the length of a step.
        momentum: how much of the past is kept, below 1.
        weight_decay: the factor of an L2 penalty, part of g.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.zeros(2, requires_grad=True)
    >>> p.grad = ravine.tensor([300.0, 400.0])
    >>> NGD([p], lr=0.5).step()
    >>> p.detach()
    tensor([-0.3000, -0.4000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        momentum: float = 0,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        check_common(lr, weight_decay)
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _update_all(self, active: list[tuple[dict[str, Any], list[Any]]]) -> None:
        ways = [[self._way(group, param) for param in params] for group, params in active]
        norm = rv.total_norm([way for part in ways for way in part])
        for (group, params), part in zip(active, ways, strict=True):
            buffers = []
            if group["momentum"]:
                # Fresh ones: the state changes in the same launch as the parameters, or not at all.
                for param in params:
                    self.state[param].setdefault("momentum_buffer", rv.zeros_like(param))
                buffers = [self.state[param]["momentum_buffer"] for param in params]
            rv.normalized_step_(params, part, buffers, norm, lr=float(group["lr"]))

    def _way(self, group: dict[str, Any], param: Any) -> Any:
        way = -param.grad if group["maximize"] else param.grad
        if group["weight_decay"]:
            way = way + group["weight_decay"] * param
        if group["momentum"]:
            past = self.state[param].get("momentum_buffer")
            way = (1 - group["momentum"]) * way
            if past is not None:
                way = group["momentum"] * past + way
        return way
