"""Older methods: averaged stochastic gradient descent, and resilient propagation."""

from __future__ import annotations

import ravine as rv

from ._options import check_common, check_not_negative
from .optimizer import Optimizer, directed, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["ASGD", "Rprop"]


class ASGD(Optimizer):
    """Averaged stochastic gradient descent (Polyak and Juditsky, 1992), with the mean in the state ``ax``.

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``, at step t:
    ``p = p (1 - lambd * eta) - eta * g``, ``eta = lr / (1 + lambd * lr * t)^alpha`` of the step before, and
    ``ax`` is p until step ``t0``, then the mean of all p since.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        lambd: how fast the rate falls, and the decay of the parameters.
        alpha: the power by which the rate falls.
        t0: the step at which averaging begins.
        weight_decay: the factor of an L2 penalty.
        foreach, capturable, differentiable: as for :class:`Adam`.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.ones(1)
    >>> ASGD([p], lr=0.25, lambd=0.0).step()
    >>> p.item()
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, differentiable=differentiable)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        lr, lambd = float(group["lr"]), float(group["lambd"])
        for param in params:
            state = self.state[param]
            if "ax" not in state:
                state.update(step=0, eta=lr, mu=1.0, ax=rv.zeros_like(param))
            step, eta, mu = int(state["step"]) + 1, float(state["eta"]), float(state["mu"])
            new = wide(param) * (1 - lambd * eta) - eta * directed(group, param)
            mean = wide(state["ax"])
            state["ax"].copy_(new if mu == 1 else mean + mu * (new - mean))
            param.copy_(new)
            state["step"] = step
            state["eta"] = lr / (1 + lambd * lr * step) ** group["alpha"]
            state["mu"] = 1 / max(1.0, step - group["t0"])


class Rprop(Optimizer):
    """Resilient propagation (Riedmiller and Braun, 1993): a step size for each element, by the signs alone.

    Where the gradient keeps its sign the size grows by the second of ``etas``, where it turns it shrinks by
    the first, and this step is left out. Meant for gradients of the whole data set.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the first size.
        etas: the factors (below 1, above 1).
        step_sizes: the least and the greatest size.
        capturable, foreach, differentiable: as for :class:`Adam`.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.zeros(2, requires_grad=True)
    >>> optimizer = Rprop([p], lr=0.5)
    >>> for sign in (1.0, -1.0):
    ...     p.grad = ravine.tensor([3.0, 3.0 * sign])
    ...     optimizer.step()
    >>> [round(size, 3) for size in optimizer.state[p]["step_size"].tolist()]
    [0.6, 0.25]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, 0, differentiable=differentiable)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}. One is below 1, the other above")
        check_not_negative("least step size", step_sizes[0])
        defaults = {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize}
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        shrink, grow = group["etas"]
        least, greatest = group["step_sizes"]
        for param in params:
            state = self.state[param]
            if "prev" not in state:
                size = rv.full_like(param, float(group["lr"]))
                state.update(step=0, prev=rv.zeros_like(param), step_size=size)
            g = directed(group, param)
            kept = g * wide(state["prev"])
            size = wide(state["step_size"])
            size = rv.where(kept > 0, size * grow, rv.where(kept < 0, size * shrink, size))
            size = size.clamp(least, greatest)
            g = rv.where(kept < 0, rv.zeros_like(g), g)
            param.copy_(wide(param) - g.sign() * size)
            state["prev"].copy_(g)
            state["step_size"].copy_(size)
            state["step"] = int(state["step"]) + 1
