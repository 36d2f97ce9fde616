"""Sums, extremes and products over neighbouring stretches of a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._declare import TOP, declare
from ravine._functions import _axis as axis
from ravine._halves import rounded, widened
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from ravine._core import Tensor

_INFINITY = float("inf")
#: The name of each reduction for `scatter_reduce`, and what it gives of nothing.
_REDUCTIONS = {
    "sum": ("sum", 0.0),
    "mean": ("sum", 0.0),
    "prod": ("prod", 1.0),
    "max": ("amax", -_INFINITY),
    "amax": ("amax", -_INFINITY),
    "min": ("amin", _INFINITY),
    "amin": ("amin", _INFINITY),
}


@declare(TOP)
def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
) -> Tensor:
    """Each stretch of dimension `axis` to one: ``y[s] = reduce(x[ends[s-1]], .., x[ends[s] - 1])``.

    Args:
        data: floats.
        reduce: "sum", "mean", "prod", "max" or "min".
        lengths: integers, the lengths of the stretches, in the shape of the data before `axis` and then their
            number. They add up to the extent, and are looked at unless `unsafe`.
        indices: not supported, by PyTorch neither.
        offsets: where stretches begin, and where the last one ends, in place of the lengths.
        axis: the last dimension of the lengths.
        unsafe: lengths may add up to less; what lies behind counts for nothing.
        initial: takes part in each stretch, and is what an empty one gives; otherwise that is 0, NaN, 1, or
            the infinity that changes nothing.

    Raises:
        DTypeError: the data are no floats, or the lengths no integers.
        ShapeError: the axis is not the last dimension of the lengths, or these do not fit the data.
        ValueError: the reduction is none of these, lengths are negative or do not add up, or there are none.

    >>> x = ravine.tensor([1.0, 2.0, 3.0, 4.0])
    >>> ravine.segment_reduce(x, "max", lengths=ravine.tensor([1, 3]))
    tensor([1., 4.])
    """
    if reduce not in _REDUCTIONS:
        raise ValueError(f"reduce={reduce!r} must be 'sum', 'mean', 'prod', 'max' or 'min'")
    if not data.dtype.is_floating_point:
        raise DTypeError(f"got {data.dtype}, needs a floating dtype. Convert with .to(dtype)")
    if indices is not None or (lengths is None) == (offsets is None):
        raise ValueError("stretches are given by lengths or by offsets; pass one of these")
    ends, sizes = _ends(lengths, offsets)
    dim = _place(data, ends, axis)
    n, count = data.shape[dim], sizes.shape[-1]
    if not unsafe:
        _check(sizes, ends, n)
    how, nothing = _REDUCTIONS[reduce]
    data, to = widened(data)
    start = nothing if initial is None else initial
    trailing = (1,) * (data.ndim - 1 - dim)
    at = _ops.expand(_ops.arange(0, n, device=data.device), (*ends.shape[:-1], n))
    # What lies behind the last end goes to a stretch of its own, which is left out.
    stretch = _ops.searchsorted(ends, at, right=True).reshape(*at.shape, *trailing)
    empty = _ops.full(
        (*data.shape[:dim], count + 1, *data.shape[dim + 1 :]), start, dtype=data.dtype, device=data.device
    )
    found = _ops.scatter_reduce(empty, dim, _ops.expand(stretch, tuple(data.shape)), data, how)
    result = _ops.split(found, [count, 1], dim)[0]
    if reduce == "mean":
        sizes = sizes.reshape(*sizes.shape, *trailing)
        least = 0 if initial is None else 1
        result = result / _ops.clamp(sizes, least)
    return rounded(result, to)


def _ends(lengths: Tensor | None, offsets: Tensor | None) -> tuple[Tensor, Tensor]:
    """Where stretches end, and how long they are."""
    given = offsets if lengths is None else lengths
    assert given is not None
    if given.dtype.is_floating_point or given.dtype == _core.bool:
        raise DTypeError(
            f"lengths and offsets are integers, not {given.dtype}. Convert with .to(ravine.int64)"
        )
    if given.ndim == 0:
        raise ShapeError("lengths and offsets have at least one dimension, that of the stretches")
    if lengths is not None:
        return _ops.cumsum(lengths, -1), lengths
    return given[..., 1:], given[..., 1:] - given[..., :-1]


def _place(data: Tensor, ends: Tensor, dim: int) -> int:
    """The dimension of the stretches, which is the last one of their ends."""
    place = axis(data, dim)
    if place != ends.ndim - 1:
        raise ShapeError(
            f"axis={dim} must be the last of the {ends.ndim} dimensions that lengths or offsets have"
        )
    if tuple(ends.shape[:-1]) != tuple(data.shape[:place]):
        raise ShapeError(
            f"lengths for {tuple(ends.shape[:-1])} rows do not fit the data of shape {tuple(data.shape)} "
            f"before dimension {place}"
        )
    return place


def _check(sizes: Tensor, ends: Tensor, extent: int) -> None:
    if sizes.numel() and (bool(_ops.any(sizes < 0)) or bool(_ops.any(ends[..., -1] != extent))):
        raise ValueError(f"lengths must be 0 or more and add up to {extent}, the extent of the dimension")
