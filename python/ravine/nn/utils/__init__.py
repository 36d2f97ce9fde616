"""Gradient clipping, parameters as one vector, and sequences of different lengths (``rnn``)."""

from __future__ import annotations

from math import inf

import ravine as rv

from ..._arguments import check_tensors
from ..._core import Tensor
from . import rnn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "rnn", "vector_to_parameters"]


def __dir__() -> list[str]:
    return sorted(__all__)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients by one factor, in place, so that their norm together is at most ``max_norm``.

    The factor is ``min(1, max_norm / (norm + 1e-6))``, computed without a look at the norm
    (Pascanu et al., 2013, as PyTorch has it).

    Args:
        parameters: a tensor, or several; those without a gradient are passed over.
        max_norm: the bound.
        norm_type: the p of the p-norm; ``inf`` for the largest magnitude.
        error_if_nonfinite: raise if the norm is inf or nan; this has to compute it.
        foreach: accepted and ignored: there is one way to do it.

    Returns:
        The norm before clipping, a scalar.

    Raises:
        RuntimeError: the norm is not finite and ``error_if_nonfinite`` is set.

    >>> import ravine
    >>> p = ravine.zeros(2, requires_grad=True)
    >>> p.grad = ravine.tensor([3.0, 4.0])
    >>> clip_grad_norm_(p, 1.0).item()
    5.0
    >>> [round(v, 4) for v in p.grad.tolist()]
    [0.6, 0.8]
    """
    grads = _grads(parameters)
    if not grads:
        return rv.tensor(0.0)
    with rv.no_grad():
        if not float(norm_type) > 0:
            raise ValueError(f"clip_grad_norm_: norm_type is {norm_type}; it must be positive")
        norm = _total_norm(grads, float(norm_type))
        if error_if_nonfinite and not abs(norm.item()) < inf:
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it "
                "cannot be clipped. To disable this error and scale the gradients by the non-finite norm "
                "anyway, set `error_if_nonfinite=False`"
            )
        rv.scale_(grads, (max_norm / (norm + 1e-6)).clamp(max=1.0))
    return norm


def _total_norm(grads: list[Tensor], p: float) -> Tensor:
    if p > 0:
        return rv.total_norm(grads, p)
    # Sums of powers of half-precision values leave their range soon: float32 at least.
    wide = [g.to(dtype=rv.float32) if g.dtype in (rv.float16, rv.bfloat16) else g for g in grads]
    return rv.cat([g.abs().pow(p).sum().reshape(1) for g in wide]).sum().pow(1.0 / p)


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Clamp every gradient's elements to [-clip_value, clip_value], in place.

    >>> import ravine
    >>> p = ravine.zeros(2, requires_grad=True)
    >>> p.grad = ravine.tensor([3.0, -0.5])
    >>> clip_grad_value_(p, 1.0)
    >>> p.grad.tolist()
    [1.0, -0.5]
    """
    bound = float(clip_value)
    with rv.no_grad():
        for grad in _grads(parameters):
            grad.clamp_(min=-bound, max=bound)


def _grads(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    if hasattr(parameters, "parameters"):
        kind = type(parameters).__name__
        raise TypeError(f"clip_grad: the parameters are tensors, not {kind}. Pass its .parameters()")
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            check_tensors("clip_grad", **{f"parameters[{i}]": tensor})
    return [tensor.grad for tensor in tensors if tensor.grad is not None]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters in one vector, in order; differentiable.

    >>> import ravine
    >>> parameters_to_vector([ravine.ones(2, 1), ravine.zeros(1)]).tolist()
    [1.0, 1.0, 0.0]
    """
    return rv.cat([param.reshape(-1) for param in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy consecutive pieces of ``vec`` into the parameters, in order.

    Raises:
        TypeError: ``vec`` is no tensor.
        ValueError: it has not as many elements as the parameters together.

    >>> import ravine
    >>> a, b = ravine.zeros(2), ravine.zeros(1)
    >>> vector_to_parameters(ravine.tensor([1.0, 2.0, 3.0]), [a, b])
    >>> a.tolist(), b.tolist()
    ([1.0, 2.0], [3.0])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected a Tensor, but got: {type(vec).__name__}")
    targets = list(parameters)
    total = sum(param.numel() for param in targets)
    if vec.numel() != total:
        raise ValueError(f"the vector has {vec.numel()} elements, the parameters have {total}")
    start = 0
    with rv.no_grad():
        for param in targets:
            end = start + param.numel()
            param.copy_(vec[start:end].reshape(param.shape))
            start = end
