"""Optimizers with a rate for each element: RMSprop, Adagrad, Adadelta; and Lion, whose steps are signs."""

from __future__ import annotations

import ravine as rv

from ._options import check_betas, check_common, check_not_negative
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["Adadelta", "Adagrad", "Lion", "RMSprop"]


class RMSprop(Optimizer):
    """RMSprop (Hinton, 2012): gradients in units of the root of their running mean square.

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``:
    ``v = alpha v + (1 - alpha) g^2``, then ``p -= lr * g / (sqrt(v) + eps)``. PyTorch's ``alpha`` is 0.99;
    Hinton's lecture says 0.9.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        alpha: how much of the mean square is kept.
        eps: keeps the division finite; outside of the root.
        weight_decay: the factor of an L2 penalty.
        momentum: with it ``b = momentum * b + g / (sqrt(v) + eps)`` and ``p -= lr * b``.
        centered: under the root stands the variance, ``v - a^2`` with the running mean ``a`` of g (Graves,
            2013).
        maximize: climb instead.
        capturable, foreach, differentiable: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([4.0])
    >>> RMSprop([p], lr=0.25, alpha=0.75).step()
    >>> round(p.item(), 4)
    0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        check_not_negative("momentum", momentum)
        check_not_negative("alpha", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        names = ["square_avg"]
        if group["centered"]:
            names.append("grad_avg")
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        steps = self._by_step(params, names)
        rv.rmsprop_(
            params,
            [param.grad for param in params],
            *(
                [self.state[param][name] for param in params] if name in names else []
                for name in ("square_avg", "grad_avg", "momentum_buffer")
            ),
            lr=float(group["lr"]),
            alpha=float(group["alpha"]),
            eps=float(group["eps"]),
            weight_decay=float(group["weight_decay"]),
            momentum=float(group["momentum"]),
            maximize=bool(group["maximize"]),
        )
        for step, members in steps.items():
            self._count(members, step)


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer, 2011): rates that fall with the sum of the squares of all gradients.

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``, at step t:
    ``s += g^2``, then ``p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        lr_decay: see above.
        weight_decay: the factor of an L2 penalty.
        initial_accumulator_value: the sum before the first step.
        eps: keeps the division finite.
        maximize: climb instead.
        foreach, differentiable, fused: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([4.0])
    >>> Adagrad([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        check_not_negative("lr_decay", lr_decay)
        check_not_negative("initial_accumulator_value", initial_accumulator_value)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for param in group["params"]:  # PyTorch has these sums before the first step
            start = rv.full_like(param.detach(), group["initial_accumulator_value"])
            self.state[param].update(step=0, sum=start)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        for step, members in self._by_step(params, []).items():
            rv.adagrad_(
                members,
                [param.grad for param in members],
                [self.state[param]["sum"] for param in members],
                step=step,
                lr=float(group["lr"]),
                lr_decay=float(group["lr_decay"]),
                weight_decay=float(group["weight_decay"]),
                eps=float(group["eps"]),
                maximize=bool(group["maximize"]),
            )
            self._count(members, step)


class Adadelta(Optimizer):
    """Adadelta (Zeiler, 2012): gradients scaled so that steps keep the size of the steps before.

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``:
    ``v = rho v + (1 - rho) g^2``, ``d = sqrt(u + eps) / sqrt(v + eps) * g``, ``u = rho u + (1 - rho) d^2``,
    then ``p -= lr * d``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the factor on steps.
        rho: how much of the mean squares is kept.
        eps: where steps begin from, and what keeps the division finite.
        weight_decay: the factor of an L2 penalty.
        maximize: climb instead.
        foreach, capturable, differentiable: as for :class:`Adam`.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([1.0])
    >>> Adadelta([p], rho=0.75, eps=0.25).step()
    >>> round(p.item(), 4)
    0.2929
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        steps = self._by_step(params, ["square_avg", "acc_delta"])
        rv.adadelta_(
            params,
            [param.grad for param in params],
            [self.state[param]["square_avg"] for param in params],
            [self.state[param]["acc_delta"] for param in params],
            lr=float(group["lr"]),
            rho=float(group["rho"]),
            eps=float(group["eps"]),
            weight_decay=float(group["weight_decay"]),
            maximize=bool(group["maximize"]),
        )
        for step, members in steps.items():
            self._count(members, step)


class Lion(Optimizer):
    """Lion (Chen et al., 2023): steps of ``lr`` in every element, in the direction of a running mean's sign.

    With the gradient g, its negative if ``maximize``:
    ``p = (1 - lr * weight_decay) p - lr * sign(beta1 m + (1 - beta1) g)``, then
    ``m = beta2 m + (1 - beta2) g``. It wants a learning rate 3 to 10 times smaller than AdamW, and a decay as
    many times larger.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        weight_decay: the decoupled decay.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(2, requires_grad=True)
    >>> p.grad = ravine.tensor([4.0, -0.1])
    >>> Lion([p], lr=0.25).step()
    >>> p.tolist()
    [0.75, 1.25]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        check_common(lr, weight_decay)
        defaults = {"lr": lr, "betas": check_betas(betas), "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        for param in params:
            if "exp_avg" not in self.state[param]:
                self.state[param]["exp_avg"] = rv.zeros_like(param)
        rv.lion_(
            params,
            [param.grad for param in params],
            [self.state[param]["exp_avg"] for param in params],
            lr=float(group["lr"]),
            beta1=float(beta1),
            beta2=float(beta2),
            weight_decay=float(group["weight_decay"]),
            maximize=bool(group["maximize"]),
        )
