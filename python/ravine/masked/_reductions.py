"""Many elements to one, along dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._declare import named
from ravine._statistics import nanmedian
from ravine.errors import ValueError
from ravine.masked._mask import axes, counted, filled, floating, least, most, wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine._core import Tensor, dtype

    Dims = int | Sequence[int] | None


@named
def sum(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The sum over `dim`, or over all; 0 where nothing counts. Integers add up in int64.

    >>> ravine.masked.sum(ravine.tensor([1, 2, 3]), mask=ravine.tensor([True, False, True]))
    tensor(4)
    """
    return _ops.sum(filled(input, mask, 0), axes(input, dim), keepdim, dtype=dtype)


@named
def prod(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The product over `dim`, or over all; 1 where nothing counts. Integers multiply in int64.

    >>> ravine.masked.prod(ravine.tensor([4, 2, 3]), mask=ravine.tensor([True, False, True]))
    tensor(12)
    """
    result = filled(input, mask, 1)
    if result.ndim == 0:
        return _ops.prod(result, dtype=dtype)
    for d in reversed(axes(input, dim)):
        result = _ops.prod(result, d, keepdim, dtype=dtype)
    return result


@named
def amax(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The largest element over `dim`, or over all; where nothing counts the least number of the dtype.

    >>> ravine.masked.amax(ravine.tensor([1.0, 9.0, 3.0]), mask=ravine.tensor([True, False, True]))
    tensor(3.)
    """
    kind = dtype or input.dtype
    return _ops.amax(filled(input, mask, least(kind), kind), axes(input, dim), keepdim)


@named
def amin(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The smallest element over `dim`, or over all; where nothing counts the greatest number of the dtype.

    >>> ravine.masked.amin(ravine.tensor([4.0, 1.0, 3.0]), mask=ravine.tensor([True, False, True]))
    tensor(3.)
    """
    kind = dtype or input.dtype
    return _ops.amin(filled(input, mask, most(kind), kind), axes(input, dim), keepdim)


@named
def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The place of the largest element along `dim`, or of all in one line; 0 where nothing counts.

    As in PyTorch the place has the dtype of the input unless `dtype` names another.

    >>> x, mask = ravine.tensor([1, 9, 3]), ravine.tensor([True, False, True])
    >>> ravine.masked.argmax(x, 0, mask=mask)
    tensor(2)
    """
    kind = dtype or input.dtype
    return _ops.argmax(filled(input, mask, least(kind), kind), dim, keepdim).to(kind)


@named
def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The place of the smallest element along `dim`, or of all in one line; 0 where nothing counts.

    As in PyTorch the place has the dtype of the input unless `dtype` names another.

    >>> x, mask = ravine.tensor([4, 1, 3]), ravine.tensor([True, False, True])
    >>> ravine.masked.argmin(x, 0, mask=mask)
    tensor(2)
    """
    kind = dtype or input.dtype
    return _ops.argmin(filled(input, mask, most(kind), kind), dim, keepdim).to(kind)


@named
def mean(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The mean over `dim`, or over all; NaN where nothing counts.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.mean(ravine.tensor([1.0, 9.0, 3.0]), mask=ravine.tensor([True, False, True]))
    tensor(2.)
    """
    kind = floating(input, dtype)
    dims = axes(input, dim)
    total = _ops.sum(filled(input, mask, 0, wide(kind)), dims, keepdim)
    return (total / _ops.sum(counted(input, mask), dims, keepdim)).to(kind)


@named
def var(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The variance over `dim`, or over all: squared deviations, over their number less the correction.

    Args:
        input: numbers of any dtype; integers become float32.
        dim: the dimensions.
        unbiased: a correction of 1, or without it 0.
        correction: what is taken off the number, 1 by default.
        keepdim: whether reduced dimensions stay, with extent 1.
        dtype: that of the result.
        mask: which elements count.

    Raises:
        ValueError: both unbiased and correction are given.

    >>> ravine.masked.var(ravine.tensor([1.0, 9.0, 3.0]), mask=ravine.tensor([True, False, True]))
    tensor(2.)
    """
    if unbiased is not None and correction is not None:
        raise ValueError("unbiased and correction are both given; pass one of them")
    taken = float(unbiased) if unbiased is not None else 1 if correction is None else correction
    kind = dtype or (input.dtype if input.dtype.is_floating_point else _core.float32)
    dims = axes(input, dim)
    there = counted(input, mask)
    count = _ops.sum(there, dims, True)
    centre = _ops.sum(filled(input, mask, 0, wide(kind)), dims, True) / count
    gaps = _ops.where(there, input.to(wide(kind)) - centre, 0)
    total = _ops.sum(gaps * gaps, dims, keepdim)
    number = _ops.sum(there, dims, keepdim).to(wide(kind)) - taken
    return (total / _ops.clamp(number, 0)).to(kind)


@named
def std(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The standard deviation over `dim`, or over all: the root of `var`.

    Raises:
        ValueError: both unbiased and correction are given.

    >>> ravine.masked.std(ravine.tensor([1.0, 9.0, 3.0]), mask=ravine.tensor([True, False, True]))
    tensor(1.4142)
    """
    kind = dtype or (input.dtype if input.dtype.is_floating_point else _core.float32)
    square = var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=wide(kind), mask=mask)
    return _ops.sqrt(square).to(kind)


@named
def norm(
    input: Tensor,
    ord: float = 2.0,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The vector norm ``(sum |x|^ord)^(1/ord)`` over `dim`, or over all.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> ravine.masked.norm(ravine.tensor([3.0, 9.0, 4.0]), mask=ravine.tensor([True, False, True]))
    tensor(5.)
    """
    kind = floating(input, dtype)
    nothing = float("inf") if ord == -float("inf") else 0
    return _ops.norm(filled(input, mask, nothing, kind), ord, axes(input, dim) or None, keepdim)


@named
def logsumexp(
    input: Tensor,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The logarithm of the sum of exponentials over `dim`, or over all; minus infinity where nothing counts.

    Raises:
        DTypeError: the input's dtype is no floating one, and `dtype` names none.

    >>> x, mask = ravine.tensor([1.0, 9.0, 1.0]), ravine.tensor([True, False, True])
    >>> ravine.masked.logsumexp(x, mask=mask)
    tensor(1.6931)
    """
    kind = floating(input, dtype)
    return _ops.logsumexp(filled(input, mask, -float("inf"), kind), axes(input, dim), keepdim)


@named
def median(
    input: Tensor,
    dim: int = -1,
    *,
    keepdim: bool = False,
    dtype: dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The median along `dim`, the lower of two in the middle; NaN where nothing counts.

    Of integers it is the greatest number of the dtype there. With a mask NaN does not count either.

    >>> x, mask = ravine.tensor([1.0, 9.0, 3.0]), ravine.tensor([True, False, True])
    >>> ravine.masked.median(x, 0, mask=mask)
    tensor(1.)
    """
    kind = dtype or input.dtype
    if mask is None:
        return _ops.median(filled(input, None, 0, kind), dim, keepdim)[0]
    if kind.is_floating_point:
        return nanmedian(filled(input, mask, float("nan"), kind), dim, keepdim)[0]
    line, there = filled(input, mask, most(kind), kind), counted(input, mask)
    if input.ndim == 0:
        return line
    # What does not count comes last, or is as good as what does.
    (d,) = axes(input, dim)
    middle = _ops.clamp((_ops.sum(there, d, True) - 1) // 2, 0)
    found = _ops.gather(_ops.sort(line, d)[0], d, middle)
    return found if keepdim else _ops.squeeze(found, d)
