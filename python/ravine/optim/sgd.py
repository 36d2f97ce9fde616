"""Stochastic gradient descent."""

from __future__ import annotations

import ravine as rv

from ._options import check_common, check_not_negative
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for (Sutskever et al., 2013, in PyTorch's form).

    With the gradient g, to which ``weight_decay * p`` is added, or its negative if ``maximize``:
    ``buf = momentum * buf + (1 - dampening) * g`` (the first time ``buf = g``), then ``p -= lr * buf``, or
    ``p -= lr * (g + momentum * buf)`` with ``nesterov``. Without momentum ``p -= lr * g``.

    That is Nesterov's method re-parametrised: what stands in the parameters is the point that he looks ahead
    to, ``p - lr * momentum * buf``, where the gradient is taken; in terms of the point behind it, ``v =
    momentum * v + lr * grad(p - momentum * v)``, ``p -= v``.

    Formulas of momentum differ, and with them what a learning rate means. ``convention`` names them; g is
    constant in the last column.

    ==============  ===================================  ==============  =======================
    convention      momentum buffer v                    step            v in the end
    ==============  ===================================  ==============  =======================
    ``torch``       ``beta v + (1 - dampening) g``       ``p -= lr v``   ``g / (1 - beta)``
    ``ema``         ``beta v + (1 - beta) g``            ``p -= lr v``   ``g``
    ``heavy-ball``  ``beta v + lr g`` (Polyak, 1964)     ``p -= v``      ``lr g / (1 - beta)``
    ==============  ===================================  ==============  =======================

    So a running mean's steps are 10 times smaller than the others' with ``momentum=0.9``; ``heavy-ball`` and
    ``torch`` differ when ``lr`` changes on the way. All buffers are 0 at first, save that PyTorch's begins
    with g.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the learning rate.
        momentum: the factor on the past.
        dampening: what is taken off the present; 0 is the usual.
        weight_decay: the factor of an L2 penalty.
        nesterov: look ahead; needs momentum and no dampening.
        maximize: climb instead.
        convention: which formula of momentum, see above.
        foreach, differentiable, fused: PyTorch's choices between ways to do the same; here there is one, and
            they are accepted without effect, save that ``differentiable=True`` is refused.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(1, requires_grad=True)
    >>> p.grad = ravine.ones(1)
    >>> SGD([p], lr=0.25).step()
    >>> p.tolist()
    [0.75]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
        convention: str = "torch",
    ) -> None:
        check_common(lr, weight_decay, differentiable=differentiable)
        check_not_negative("momentum", momentum)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        if convention not in ("torch", "ema", "heavy-ball"):
            raise ValueError(f"Invalid convention: {convention}. Pass 'torch', 'ema' or 'heavy-ball'")
        if convention != "torch" and dampening != 0:
            raise ValueError(f"dampening is of the convention 'torch'; '{convention}' says it all")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "convention": convention,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        options: dict[str, Any] = {
            "lr": float(group["lr"]),
            "weight_decay": float(group["weight_decay"]),
            "maximize": bool(group["maximize"]),
        }
        if group["momentum"] == 0:
            rv.sgd_(params, [param.grad for param in params], [], **options)
            return
        options["momentum"] = float(group["momentum"])
        options["dampening"] = float(group["dampening"])
        options["nesterov"] = bool(group["nesterov"])
        options["convention"] = group["convention"]
        if group["convention"] != "torch":
            buffers = [self._buffer(param) for param in params]
            rv.sgd_(params, [param.grad for param in params], buffers, **options)
            return
        # A parameter that gets its first gradient later than others has no history yet.
        fresh: list[Any] = []
        known: list[Any] = []
        for param in params:
            (fresh if self.state[param].get("momentum_buffer") is None else known).append(param)
        if fresh:
            buffers = [rv.zeros_like(param) for param in fresh]
            rv.sgd_(fresh, [param.grad for param in fresh], buffers, first=True, **options)
            for param, buffer in zip(fresh, buffers, strict=True):  # after the op was accepted
                self.state[param]["momentum_buffer"] = buffer
        if known:
            buffers = [self.state[param]["momentum_buffer"] for param in known]
            rv.sgd_(known, [param.grad for param in known], buffers, first=False, **options)

    def _buffer(self, param: Any) -> Any:
        state = self.state[param]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = rv.zeros_like(param)
        return state["momentum_buffer"]
