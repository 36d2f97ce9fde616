"""Adam's relatives: NAdam, RAdam and Adamax."""

from __future__ import annotations

import ravine as rv

from ._options import check_betas, check_common, check_not_negative
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["Adamax", "NAdam", "RAdam"]


class NAdam(Optimizer):
    """Adam with Nesterov momentum (Dozat, 2016), whose weight ``mu`` rises in the first steps.

    With Adam's m and v, at step t: ``mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2)``, M = mu(1) ...
    mu(t), then ``p -= lr * ((1 - mu(t)) / (1 - M) * g + mu(t + 1) / (1 - M mu(t + 1)) * m) / (sqrt(v / (1 -
    beta2^t)) + eps)``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        weight_decay: the factor of an L2 penalty.
        momentum_decay: how fast mu rises.
        decoupled_weight_decay: shrink the parameters themselves instead of adding to the gradient.
        maximize: climb instead.
        foreach, capturable, differentiable: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([5.0])
    >>> NAdam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.7359
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        check_not_negative("momentum_decay", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": check_betas(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        decay = float(group["momentum_decay"])
        for step, members in self._by_step(params, ["exp_avg", "exp_avg_sq"]).items():
            mu = beta1 * (1.0 - 0.5 * 0.96 ** (step * decay))
            by_product: dict[float, list[Any]] = {}
            for param in members:
                product = float(self.state[param].get("mu_product", 1.0)) * mu
                by_product.setdefault(product, []).append(param)
            for product, part in by_product.items():
                rv.nadam_(
                    part,
                    [param.grad for param in part],
                    [self.state[param]["exp_avg"] for param in part],
                    [self.state[param]["exp_avg_sq"] for param in part],
                    step=step,
                    lr=float(group["lr"]),
                    beta1=float(beta1),
                    beta2=float(beta2),
                    eps=float(group["eps"]),
                    momentum_decay=decay,
                    mu_product=product,
                    weight_decay=float(group["weight_decay"]),
                    decoupled=bool(group["decoupled_weight_decay"]),
                    maximize=bool(group["maximize"]),
                )
                self._count(part, step)
                for param in part:
                    self.state[param]["mu_product"] = product


class RAdam(Optimizer):
    """Adam whose rate is rectified for the variance of its own scale in the first steps (Liu et al., 2020).

    With Adam's m and v: ``p -= lr * m / (1 - beta1^t)``, times ``r(t) * sqrt(1 - beta2^t) / (sqrt(v) + eps)``
    as soon as v stands for more than 5 observations; r(t) goes from 0 to 1.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        weight_decay: the factor of an L2 penalty.
        decoupled_weight_decay: shrink the parameters themselves instead of adding to the gradient.
        maximize: climb instead.
        foreach, capturable, differentiable: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([2.0])
    >>> RAdam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        defaults = {
            "lr": lr,
            "betas": check_betas(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        for step, members in self._by_step(params, ["exp_avg", "exp_avg_sq"]).items():
            rv.radam_(
                members,
                [param.grad for param in members],
                [self.state[param]["exp_avg"] for param in members],
                [self.state[param]["exp_avg_sq"] for param in members],
                step=step,
                lr=float(group["lr"]),
                beta1=float(beta1),
                beta2=float(beta2),
                eps=float(group["eps"]),
                weight_decay=float(group["weight_decay"]),
                decoupled=bool(group["decoupled_weight_decay"]),
                maximize=bool(group["maximize"]),
            )
            self._count(members, step)


class Adamax(Optimizer):
    """Adam with the largest gradient, slowly forgotten, in place of the root of v (Kingma and Ba, 2015).

    With Adam's m: ``u = max(beta2 * u, |g| + eps)``, then ``p -= lr / (1 - beta1^t) * m / u``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        weight_decay: the factor of an L2 penalty.
        maximize: climb instead.
        foreach, capturable, differentiable: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([2.0])
    >>> Adamax([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
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
        for step, members in self._by_step(params, ["exp_avg", "exp_inf"]).items():
            rv.adamax_(
                members,
                [param.grad for param in members],
                [self.state[param]["exp_avg"] for param in members],
                [self.state[param]["exp_inf"] for param in members],
                step=step,
                lr=float(group["lr"]),
                beta1=float(beta1),
                beta2=float(beta2),
                eps=float(group["eps"]),
                weight_decay=float(group["weight_decay"]),
                maximize=bool(group["maximize"]),
            )
            self._count(members, step)
