"""What keeps its shape: running sums and products, and lines that are normalised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine._declare import named
from ravine.errors import ShapeError
from ravine.masked._mask import filled, floating, wide

if TYPE_CHECKING:
    from ravine._core import Tensor, dtype

_NOTHING = -float("inf")


@named
def cumsum(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Running sums along `dim`, to which what is left out adds nothing; in the input's dtype.

    >>> ravine.masked.cumsum(ravine.tensor([1, 2, 3]), 0, mask=ravine.tensor([True, False, True]))
    tensor([1, 1, 4])
    """
    return _ops.cumsum(filled(input, mask, 0), dim, dtype=dtype or input.dtype)


@named
def cumprod(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Running products along `dim`, which what is left out does not change; in the input's dtype.

    >>> ravine.masked.cumprod(ravine.tensor([4, 2, 3]), 0, mask=ravine.tensor([True, False, True]))
    tensor([ 4,  4, 12])
    """
    return _ops.cumprod(filled(input, mask, 1), dim, dtype=dtype or input.dtype)


@named
def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Softmax along `dim`: 0 for what is left out, NaN where nothing counts.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.softmax(ravine.tensor([1.0, 9.0, 1.0]), 0, mask=ravine.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return _ops.softmax(filled(input, mask, _NOTHING, floating(input, dtype)), dim)


@named
def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of softmax along `dim`: minus infinity for what is left out, NaN where nothing counts.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.log_softmax(ravine.tensor([1.0, 9.0, 1.0]), 0, mask=ravine.tensor([True, False, True]))
    tensor([-0.6931,    -inf, -0.6931])
    """
    return _ops.log_softmax(filled(input, mask, _NOTHING, floating(input, dtype)), dim)


@named
def softmin(input: Tensor, dim: int, *, dtype: dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Softmax of the negative along `dim`: 0 for what is left out, NaN where nothing counts.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.softmin(ravine.tensor([1.0, 0.0, 1.0]), 0, mask=ravine.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return _ops.softmax(_ops.neg(filled(input, mask, -_NOTHING, floating(input, dtype))), dim)


@named
def normalize(
    input: Tensor,
    ord: float,
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Divided by the norm along `dim`, or by `eps` where that is greater: 0 for what is left out.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.normalize(ravine.tensor([3.0, 9.0, 4.0]), 2, 0, mask=ravine.tensor([True, False, True]))
    tensor([0.6000, 0.0000, 0.8000])
    """
    kind = floating(input, dtype)
    nothing = -_NOTHING if ord == _NOTHING else 0
    size = _ops.norm(filled(input, mask, nothing, wide(kind)), ord, dim, True)
    return (filled(input, mask, 0, wide(kind)) / _ops.clamp_min(size, eps)).to(kind)


@named
def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: dtype | None = None,
    input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """``log(exp(x) + exp(y))``, where what a mask leaves out adds nothing.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.
        ShapeError: the inputs have different shapes.

    >>> x = ravine.tensor([1.0, 2.0])
    >>> ravine.masked.logaddexp(x, x, other_mask=ravine.tensor([True, False]))
    tensor([1.6931, 2.0000])
    """
    if tuple(input.shape) != tuple(other.shape):
        raise ShapeError(
            f"the shapes {tuple(input.shape)} and {tuple(other.shape)} differ; they must be equal"
        )
    kind = floating(input, dtype)
    return _ops.logaddexp(
        filled(input, input_mask, _NOTHING, kind), filled(other, other_mask, _NOTHING, floating(other, dtype))
    )
