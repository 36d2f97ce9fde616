"""Optimizers with a rate for each layer, for large batches: LARS and LAMB; and Adam for sparse gradients."""

from __future__ import annotations

from math import sqrt

import ravine as rv

from ._options import check_betas, check_common, check_not_negative
from .optimizer import Optimizer, directed, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .._core import Tensor

__all__ = ["LAMB", "LARS", "SparseAdam"]


def _trust(above: Tensor, below: Tensor) -> Tensor:
    """The ratio of two norms, 1 where one of them is 0."""
    usable = (above > 0) & (below > 0)
    return rv.where(usable, above / rv.where(usable, below, rv.ones_like(below)), rv.ones_like(above))


class LARS(Optimizer):
    """Layer-wise adaptive rates (You, Gitman and Ginsburg, 2017): SGD in the scale of each parameter.

    With the gradient g, or its negative if ``maximize``: ``q = trust_coefficient ||p|| / (||g|| +
    weight_decay ||p|| + eps)``, 1 where a norm is 0; ``buf = momentum * buf + (1 - dampening) q (g +
    weight_decay * p)`` (the first time without the dampening), then ``p -= lr * buf``, or with
    ``nesterov`` what SGD does.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        momentum: the factor on the past.
        dampening: what is taken off the present.
        weight_decay: the factor of an L2 penalty.
        nesterov: look ahead; needs momentum and no dampening.
        trust_coefficient: the share of a parameter's norm that a step with ``lr=1`` has.
        eps: keeps the division finite.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.tensor([3.0, 4.0], requires_grad=True)
    >>> p.grad = ravine.tensor([0.0, 100.0])
    >>> LARS([p], lr=1.0, trust_coefficient=0.5).step()
    >>> p.tolist()
    [3.0, 1.5]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        trust_coefficient: float = 0.001,
        eps: float = 1e-8,
        *,
        maximize: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps)
        check_not_negative("momentum", momentum)
        check_not_negative("trust_coefficient", trust_coefficient)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "trust_coefficient": trust_coefficient,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        decay, momentum = group["weight_decay"], group["momentum"]
        for param in params:
            value, state = wide(param), self.state[param]
            g = -wide(param.grad) if group["maximize"] else wide(param.grad)
            size, slope = rv.linalg.vector_norm(value), rv.linalg.vector_norm(g)
            ratio = group["trust_coefficient"] * size / (slope + decay * size + group["eps"])
            ratio = rv.where((size > 0) & (slope > 0), ratio, rv.ones_like(ratio))
            way = ratio * (g + decay * value)
            if momentum:
                past = state.get("momentum_buffer")
                if past is None:
                    buffer, state["momentum_buffer"] = way, rv.zeros_like(param)
                else:
                    buffer = momentum * wide(past) + (1 - group["dampening"]) * way
                state["momentum_buffer"].copy_(buffer)
                way = way + momentum * buffer if group["nesterov"] else buffer
            param.copy_(value - float(group["lr"]) * way)


class LAMB(Optimizer):
    """Layer-wise adaptive moments (You et al., 2020): Adam's direction in the scale of each parameter.

    With Adam's m and v at step t, their bias corrected: ``r = m / (sqrt(v) + eps) + weight_decay * p``, then
    ``p -= lr ||p|| / ||r|| r``, the ratio being 1 where a norm is 0.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        weight_decay: how much the parameters themselves shrink.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.tensor([3.0, 4.0], requires_grad=True)
    >>> p.grad = ravine.tensor([0.0, 7.0])
    >>> LAMB([p], lr=0.5).step()
    >>> [round(x, 3) for x in p.tolist()]
    [3.0, 1.5]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps)
        defaults = {
            "lr": lr,
            "betas": check_betas(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        for step, members in self._by_step(params, ["exp_avg", "exp_avg_sq"]).items():
            for param in members:
                value, state = wide(param), self.state[param]
                g = -wide(param.grad) if group["maximize"] else wide(param.grad)
                mean = beta1 * wide(state["exp_avg"]) + (1 - beta1) * g
                square = beta2 * wide(state["exp_avg_sq"]) + (1 - beta2) * g * g
                root = (square / (1 - beta2**step)).sqrt() + group["eps"]
                way = mean / (1 - beta1**step) / root + group["weight_decay"] * value
                ratio = _trust(rv.linalg.vector_norm(value), rv.linalg.vector_norm(way))
                state["exp_avg"].copy_(mean)
                state["exp_avg_sq"].copy_(square)
                param.copy_(value - float(group["lr"]) * ratio * way)
            self._count(members, step)


class SparseAdam(Optimizer):
    """Adam that leaves alone what has no gradient: rows whose gradient is 0 keep their moments and values.

    PyTorch's takes sparse gradients, for instance an embedding's, and updates the rows that these have.
    Gradients are dense here: the rows, along the first dimension, are those with a gradient that is not 0
    everywhere. The formula is :class:`Adam`'s, with ``eps`` added to the root before its bias is corrected.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(2, 1, requires_grad=True)
    >>> p.grad = ravine.tensor([[0.0], [3.0]])
    >>> SparseAdam([p], lr=0.25).step()
    >>> [round(x, 4) for x in p.flatten().tolist()]
    [1.0, 0.75]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_common(lr, 0, eps)
        defaults = {"lr": lr, "betas": check_betas(betas), "eps": eps, "maximize": maximize}
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        for step, members in self._by_step(params, ["exp_avg", "exp_avg_sq"]).items():
            rate = float(group["lr"]) * sqrt(1 - beta2**step) / (1 - beta1**step)
            for param in members:
                state, g = self.state[param], directed(group, param)
                there = g != 0
                if g.ndim > 1:
                    there = there.any(dim=tuple(range(1, g.ndim)), keepdim=True)
                mean, square = wide(state["exp_avg"]), wide(state["exp_avg_sq"])
                mean = rv.where(there, mean + (1 - beta1) * (g - mean), mean)
                square = rv.where(there, square + (1 - beta2) * (g * g - square), square)
                way = rv.where(there, mean / (square.sqrt() + group["eps"]), rv.zeros_like(mean))
                state["exp_avg"].copy_(mean)
                state["exp_avg_sq"].copy_(square)
                param.copy_(wide(param) - rate * way)
            self._count(members, step)
