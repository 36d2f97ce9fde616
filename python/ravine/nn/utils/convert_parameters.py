"""Parameters as one vector, and back."""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parameters_to_vector", "vector_to_parameters"]


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
