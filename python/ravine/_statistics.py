"""Statistics of elements: what occurs most often, medians and quantiles without NaN, distances."""

from __future__ import annotations

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import _axis as axis
from ravine._halves import rounded, widened
from ravine._results import named_results
from ravine.errors import DTypeError, IndexError, ShapeError, ValueError


def _line(input: Tensor, dim: int) -> tuple[Tensor, int]:
    """The input, with a dimension if it has none, and which one is meant; it must have elements."""
    dim = axis(input, dim) if input.ndim else axis(input.reshape(1), dim)
    line = input if input.ndim else input.reshape(1)
    if line.shape[dim] == 0:
        raise IndexError(
            f"dimension {dim} of shape {tuple(input.shape)} is empty; nothing is there to choose"
        )
    return line, dim


def _shaped(t: Tensor, input: Tensor, dim: int, keepdim: bool) -> Tensor:
    """A result whose dimension was kept, without it unless it is wanted."""
    return t.reshape(()) if input.ndim == 0 else t if keepdim else _ops.squeeze(t, dim)


@declare(TOP, METHOD)
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The element that occurs most often along `dim`, the smallest of several, and its last int64 place.

    Raises:
        IndexError: there is no such dimension, or it is empty.

    >>> values, indices = ravine.mode(ravine.tensor([3, 1, 1, 2, 2]))
    >>> values, indices
    (tensor(1), tensor(2))
    """
    line, dim = _line(input, dim)
    values, places = _ops.sort(line, dim, stable=True)
    n = line.shape[dim]
    at = _ops.arange(0, n, device=input.device).reshape(-1, *(1,) * (line.ndim - 1 - dim))
    # Where a run of equal elements begins, and how long it has been at each place.
    begins = _ops.ne(values, _ops.roll(values, 1, dim)) | _ops.eq(at, 0)
    length = at - _ops.cummax(_ops.where(begins, at, 0), dim)[0]
    # The first place of the greatest length is the last one of its run.
    end = _ops.argmax(length, dim, True)
    found = [_shaped(_ops.gather(t, dim, end), input, dim, keepdim) for t in (values, places)]
    return named_results("mode", values=found[0], indices=found[1])


@declare(TOP, METHOD)
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | tuple[Tensor, Tensor]:
    """The median of the elements that are not NaN, the lower of two in the middle; NaN where all are.

    With `dim` along that dimension, with the int64 places.

    Raises:
        IndexError: there is no such dimension, or it is empty.

    >>> ravine.nanmedian(ravine.tensor([4.0, float("nan"), 1.0, 3.0]))
    tensor(3.)
    """
    if dim is None:
        if input.numel() == 0:
            return _ops.median(input)
        return nanmedian(input.reshape(-1), 0)[0]
    line, dim = _line(input, dim)
    values, places = _ops.sort(line, dim, stable=True)
    # NaN comes last.
    present = _ops.sum(_ops.logical_not(_ops.isnan(line)), dim, True)
    middle = _ops.clamp((present - 1) // 2, 0)
    found = [_shaped(_ops.gather(t, dim, middle), input, dim, keepdim) for t in (values, places)]
    return named_results("nanmedian", values=found[0], indices=found[1])


_INTERPOLATIONS = ("linear", "lower", "higher", "nearest", "midpoint")


@declare(TOP, METHOD)
def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The quantiles of the elements that are not NaN, along `dim` or over all; NaN where all are.

    Args:
        input: float32 or float64.
        q: from 0 to 1: a number, or a vector of the input's dtype, whose dimension comes first in the result.
        dim: the dimension; all elements by default.
        keepdim: whether the dimension stays, with extent 1.
        interpolation: "linear", "lower", "higher", "nearest" or "midpoint" of the two elements around.

    Raises:
        DTypeError: the input is neither float32 nor float64.
        ShapeError: the input is empty, or q has more than one dimension.
        ValueError: the interpolation is none of these, or q is not in [0, 1].

    >>> ravine.nanquantile(ravine.tensor([1.0, float("nan"), 3.0]), 0.5)
    tensor(2.)
    """
    if input.dtype not in (_core.float32, _core.float64):
        raise DTypeError(f"got {input.dtype}, needs float32 or float64. Convert with .to(dtype)")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(f"interpolation {interpolation!r} is not one of {', '.join(_INTERPOLATIONS)}")
    if input.numel() == 0:
        raise ShapeError(f"the input of shape {tuple(input.shape)} is empty; there is nothing to order")
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise ValueError(f"q is {q}; it must lie in [0, 1]")
        parts = _ops.full((), q, dtype=input.dtype, device=input.device)
    elif q.ndim > 1:
        raise ShapeError(f"q of shape {tuple(q.shape)} has {q.ndim} dimensions; give a number or a vector")
    elif q.dtype != input.dtype:
        raise DTypeError(f"q is {q.dtype}, the input {input.dtype}. Convert one with .to(dtype)")
    else:
        parts = q
    whole = dim is None
    line = input.reshape(-1) if whole or input.ndim == 0 else input
    dim = 0 if whole else axis(line, dim)
    values = _ops.movedim(_ops.sort(line, dim)[0], dim, -1)
    present = _ops.sum(_ops.logical_not(_ops.isnan(values)), -1, True)
    place = _ops.clamp(parts.reshape(-1) * (present - 1).to(input.dtype), 0)
    if interpolation == "nearest":
        place = _ops.round(place)
    low, high = _ops.floor(place), _ops.ceil(place)
    at_low, at_high = (_ops.gather(values, -1, t.to(_core.int64)) for t in (low, high))
    if interpolation in ("lower", "nearest"):
        found = at_low
    elif interpolation == "higher":
        found = at_high
    else:
        found = _ops.lerp(at_low, at_high, 0.5 if interpolation == "midpoint" else place - low)
    found = _ops.movedim(found, -1, 0)
    shape = _reduced(tuple(input.shape), None if whole or input.ndim == 0 else dim, keepdim)
    return found.reshape((*parts.shape, *shape))


def _reduced(shape: tuple[int, ...], dim: int | None, keepdim: bool) -> tuple[int, ...]:
    """The shape after a reduction over one dimension, or over all."""
    if dim is None:
        return (1,) * len(shape) if keepdim else ()
    return (*shape[:dim], *((1,) if keepdim else ()), *shape[dim + 1 :])


@declare(TOP, METHOD)
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors that broadcast, ``(sum |x - y|^p)^(1/p)``.

    Raises:
        DTypeError: the difference has no floating dtype.
        ShapeError: the shapes do not broadcast.

    >>> ravine.dist(ravine.tensor([1.0, 2.0]), ravine.tensor([4.0, 6.0]))
    tensor(5.)
    """
    x, y, to = widened(input, other)
    gap = x - y
    if not gap.dtype.is_floating_point:
        raise DTypeError(f"got {gap.dtype}, needs a floating dtype. Convert with .to(dtype)")
    return rounded(_ops.norm(gap, p), to)


@declare(TOP, METHOD, in_place=True)
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """The slices of a dimension, shrunk to a p-norm of `maxnorm` where it is greater.

    Raises:
        DTypeError: the dtype is no floating one.
        IndexError: there is no such dimension.
        ShapeError: the input has fewer than 2 dimensions.
        ValueError: p is not positive, or maxnorm is negative.

    >>> ravine.renorm(ravine.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])
    """
    if input.ndim < 2:
        raise ShapeError(f"the input of shape {tuple(input.shape)} needs 2 dimensions or more")
    if not input.dtype.is_floating_point:
        raise DTypeError(f"got {input.dtype}, needs a floating dtype. Convert with .to(dtype)")
    if p <= 0:
        raise ValueError(f"p={p} must be positive")
    if maxnorm < 0:
        raise ValueError(f"maxnorm={maxnorm} must be 0 or more")
    dim = axis(input, dim)
    others = [d for d in range(input.ndim) if d != dim]
    x, to = widened(input)
    size = _ops.norm(x, p, others, True)
    # The small number keeps the result from rounding up beyond maxnorm.
    return rounded(x * _ops.where(size > maxnorm, maxnorm / (size + 1e-7), 1.0), to)
