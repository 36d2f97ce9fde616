"""Clipping of gradients, by their norm and by value."""

from __future__ import annotations

from math import inf

import ravine as rv

from ..._arguments import check_tensors
from ..._core import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]


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
        norm = get_total_norm(grads, norm_type, error_if_nonfinite)
        _scale(grads, max_norm, norm)
    return norm


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of all tensors together: the norm of the tensors' norms.

    Args:
        tensors: a tensor, or several; gradients, say.
        norm_type: the p of the p-norm, as :func:`ravine.linalg.vector_norm` takes it.
        error_if_nonfinite: raise if the norm is inf or nan; this has to compute it.
        foreach: accepted and ignored: there is one way to do it.

    Raises:
        RuntimeError: the norm is not finite and ``error_if_nonfinite`` is set.

    >>> import ravine
    >>> get_total_norm([ravine.tensor([3.0, 0.0]), ravine.tensor([[4.0]])]).item()
    5.0
    """
    given = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    for i, tensor in enumerate(given):
        check_tensors("get_total_norm", **{f"tensors[{i}]": tensor})
    if not given:
        return rv.tensor(0.0)
    p = float(norm_type)
    if p > 0:
        norm = rv.total_norm(given, p)
    else:
        norm = rv.linalg.vector_norm(rv.stack([rv.linalg.vector_norm(tensor, p) for tensor in given]), p)
    if error_if_nonfinite and not abs(norm.item()) < inf:
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it "
            "cannot be clipped. To disable this error and scale the gradients by the non-finite norm "
            "anyway, set `error_if_nonfinite=False`"
        )
    return norm


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor,
    foreach: bool | None = None,
) -> None:
    """Scale all gradients by ``min(1, max_norm / (total_norm + 1e-6))``, in place: clipping by a known norm.

    >>> import ravine
    >>> p = ravine.zeros(2, requires_grad=True)
    >>> p.grad = ravine.tensor([3.0, 4.0])
    >>> clip_grads_with_norm_(p, 1.0, ravine.tensor(10.0))
    >>> [round(v, 4) for v in p.grad.tolist()]
    [0.3, 0.4]
    """
    check_tensors("clip_grads_with_norm_", total_norm=total_norm)
    grads = _grads(parameters)
    if grads:
        with rv.no_grad():
            _scale(grads, max_norm, total_norm)


def _scale(grads: list[Tensor], max_norm: float, norm: Tensor) -> None:
    rv.scale_(grads, (max_norm / (norm + 1e-6)).clamp(max=1.0))


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The older name of :func:`clip_grad_norm_`; it warns."""
    import warnings

    text = "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`."
    warnings.warn(text, FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


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
