"""Optimizers that see a parameter as a matrix: Adafactor, with rows and columns, and Muon, orthogonalised."""

from __future__ import annotations

from math import sqrt

import ravine as rv

from ..errors import ShapeError
from ._options import check_common, check_not_negative
from .optimizer import Optimizer, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .._core import Tensor

__all__ = ["Adafactor", "Muon"]

# The distance from 1 to the next number.
_PRECISION = {rv.float64: 2.0**-52, rv.float32: 2.0**-23, rv.float16: 2.0**-10, rv.bfloat16: 2.0**-7}


class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern, 2018), with PyTorch's scales: second moments by rows and columns.

    At step t, with the gradient g, or its negative if ``maximize``, and ``b = t^beta2_decay``: running means
    of ``g^2`` along the last two dimensions, ``r += b (mean_columns(g^2) - r)`` and ``c`` likewise; ``v = r
    c / mean(r)`` (of a vector ``v`` itself is kept), ``u = g / sqrt(max(v, eps1^2))``, then ``p -= max(eps2,
    rms(p)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / d)`` after the decay ``p *= 1 - lr * weight_decay``.

    Args:
        params: parameters, or dicts of parameters with options of their own.
        lr: the greatest learning rate, relative to the size of the parameters.
        beta2_decay: the power of t, 0 or less.
        eps: (eps1, eps2); by default eps1 is the precision of the parameter's dtype.
        d: the bound of an update's root mean square, 1 or more.
        weight_decay: how much the parameters themselves shrink.
        foreach: as for :class:`Adam`.
        maximize: climb instead.

    Raises:
        ValueError: an option out of its range, or no parameters.

    >>> import ravine
    >>> p = ravine.ones(2, 3, requires_grad=True)
    >>> p.grad = ravine.ones(2, 3)
    >>> optimizer = Adafactor([p], lr=0.25)
    >>> optimizer.step()
    >>> round(p[0, 0].item(), 4), tuple(optimizer.state[p]["row_var"].shape)
    (0.75, (2, 1))
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_common(lr, weight_decay)
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None:
            check_not_negative("epsilon1", eps[0])
        check_not_negative("epsilon2", eps[1])
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        lr = float(group["lr"])
        for param in params:
            state = self.state[param]
            step = int(state.get("step", 0)) + 1
            new = step ** float(group["beta2_decay"])
            g = -wide(param.grad) if group["maximize"] else wide(param.grad)
            eps1, eps2 = group["eps"]
            if eps1 is None:
                eps1 = _PRECISION[param.dtype]
            if param.ndim > 1:
                rows = _toward(state, "row_var", (g * g).mean(-1, keepdim=True), new, param)
                columns = _toward(state, "col_var", (g * g).mean(-2, keepdim=True), new, param)
                variance = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=eps1)
            else:
                variance = _toward(state, "variance", g * g, new, param)
            update = g * variance.clamp(min=eps1 * eps1).rsqrt()
            rate = _rms(wide(param)).clamp(min=eps2) * min(lr, 1 / sqrt(step))
            rate = rate / (_rms(update) / group["d"]).clamp(min=1.0)
            kept = 1 - lr * group["weight_decay"]
            param.copy_(wide(param) * kept - rate * update)
            state["step"] = step


def _toward(state: dict[str, Any], name: str, value: Tensor, share: float, param: Any) -> Tensor:
    """The running mean of this name, moved by ``share`` toward ``value``; zeros at first."""
    if state.get(name) is None:
        state[name] = rv.zeros_like(value, dtype=param.dtype)
    before = wide(state[name])
    now = before + share * (value - before)
    state[name].copy_(now)
    return now


def _rms(x: Tensor) -> Tensor:
    return (x * x).mean().sqrt()


class Muon(Optimizer):
    """Muon (Jordan et al., 2024): momentum whose singular values are all made about 1, for matrices.

    ``b += (1 - momentum) (g - b)``, with ``nesterov`` then ``g + momentum (b - g)`` in its place; that is
    orthogonalised by Newton and Schulz' iteration in bfloat16, ``x = a x + (b A + c A^2) x`` with ``A = x
    x^T``, from a norm of 1; then ``p = p (1 - lr * weight_decay) - rate * x``. Embeddings, biases and output
    layers are better left to :class:`AdamW`.

    Args:
        params: parameters of two dimensions, or dicts of them with options of their own.
        lr: the learning rate.
        weight_decay: how much the parameters themselves shrink.
        momentum: how much of the past is kept.
        nesterov: look ahead.
        ns_coefficients: (a, b, c).
        eps: the least norm that is divided by.
        ns_steps: how many iterations, below 100.
        adjust_lr_fn: the rate of a parameter (A, B): ``"original"``, the default, ``lr * sqrt(max(1, A /
            B))``; ``"match_rms_adamw"``, ``0.2 * lr * sqrt(max(A, B))``.

    Raises:
        ValueError: an option out of its range, or no parameters.
        ShapeError: a parameter is no matrix.

    >>> import ravine
    >>> p = ravine.zeros(2, 2, requires_grad=True)
    >>> p.grad = ravine.tensor([[3.0, 0.0], [0.0, 0.1]])
    >>> Muon([p], lr=1.0).step()
    >>> all(0.5 < -x < 1.5 for x in p.diagonal().tolist())
    True
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_common(lr, weight_decay, eps)
        check_not_negative("momentum", momentum)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported. Pass 'original' or "
                "'match_rms_adamw'"
            )
        if not ns_steps < 100:
            raise ValueError(f"Invalid ns_steps: {ns_steps}. It must be below 100")
        if len(ns_coefficients) != 3:
            raise ValueError(f"Invalid ns_coefficients: {ns_coefficients}. Pass exactly three numbers")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        for param in self.param_groups[-1]["params"]:
            if param.ndim != 2:
                raise ShapeError(
                    "Muon: only supports 2D parameters, whereas one has shape "
                    f"{tuple(param.shape)}. Give the others to AdamW"
                )

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        lr, momentum = float(group["lr"]), float(group["momentum"])
        for param in params:
            state = self.state[param]
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = rv.zeros_like(param)
            g, past = wide(param.grad), wide(state["momentum_buffer"])
            buffer = past + (1 - momentum) * (g - past)
            state["momentum_buffer"].copy_(buffer)
            way = _orthogonal(g + momentum * (buffer - g) if group["nesterov"] else buffer, group)
            rows, columns = param.shape
            rate = lr * sqrt(max(1.0, rows / columns))
            if group["adjust_lr_fn"] == "match_rms_adamw":
                rate = 0.2 * lr * sqrt(max(rows, columns))
            kept = 1 - lr * group["weight_decay"]
            value = wide(param)
            param.copy_(value * kept - rate * way.to(value.dtype))


def _orthogonal(matrix: Tensor, group: dict[str, Any]) -> Tensor:
    """The matrix with singular values near 1."""
    a, b, c = group["ns_coefficients"]
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(rv.bfloat16)
    x = x.T if tall else x
    x = x / rv.linalg.vector_norm(x).clamp(min=group["eps"])
    for _ in range(group["ns_steps"]):
        gram = x @ x.T
        x = rv.addmm(x, rv.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x
