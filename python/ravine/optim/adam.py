"""Adam and AdamW."""

from __future__ import annotations

import ravine as rv

from ._options import check_betas, check_common
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): steps of about ``lr``, each element in the scale of its own gradients.

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``, at step t =
    1, 2, ...: ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g^2``, then ``p -= lr * (m / (1 -
    beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        betas: (beta1, beta2), each in [0, 1).
        eps: keeps the division finite.
        weight_decay: the factor of an L2 penalty.
        amsgrad: divide by the root of the largest v so far (Reddi, Kale and Kumar, 2018).
        maximize: climb instead.
        decoupled_weight_decay: shrink the parameters themselves, ``p *= 1 - lr * weight_decay``, instead of
            adding to the gradient (Loshchilov and Hutter, 2019).
        foreach, capturable, differentiable, fused: PyTorch's choices between ways to do the same; here there
            is one, and they are accepted without effect, save that ``differentiable=True`` is refused.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.tensor([5.0])
    >>> Adam([p], lr=0.25).step()
    >>> round(p.item(), 4)
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_common(lr, weight_decay, eps, differentiable)
        defaults = {
            "lr": lr,
            "betas": check_betas(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        beta1, beta2 = group["betas"]
        names = ["exp_avg", "exp_avg_sq"]
        update = rv.adam_
        if group["amsgrad"]:
            names.append("max_exp_avg_sq")
            update = rv.amsgrad_
        for step, members in self._by_step(params, names).items():
            update(
                members,
                [param.grad for param in members],
                *([self.state[param][name] for param in members] for name in names),
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


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    ``p *= 1 - lr * weight_decay`` comes first, then Adam's step, which knows nothing of the decay. Arguments
    and errors are those of :class:`Adam`, with ``weight_decay`` 0.01.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.zeros(1)
    >>> AdamW([p], lr=0.5, weight_decay=0.5).step()
    >>> p.item()
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            differentiable=differentiable,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # whatever kind of Adam was saved
            group["decoupled_weight_decay"] = True
