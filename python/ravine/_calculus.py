"""Differences, slopes and integrals of samples along a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import _axis as axis
from ravine._halves import rounded, widened
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def _part(input: Tensor, dim: int, start: int | None = None, stop: int | None = None) -> Tensor:
    """The indices from `start` to `stop` of one dimension, as a slice counts them."""
    return input[(slice(None),) * dim + (slice(start, stop),)]


@declare(TOP, METHOD)
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """``x[i + 1] - x[i]`` along `dim`, `n` times; of booleans, whether the two differ.

    Args:
        input: of one dimension or more.
        n: how often; 0 gives the input.
        dim: the dimension, which loses `n` elements, and none below 0.
        prepend: what stands before the input along `dim`.
        append: what stands after it.

    Raises:
        ShapeError: the input has no dimensions, or what is joined to it does not fit.
        ValueError: n is negative.

    >>> ravine.diff(ravine.tensor([1, 4, 9, 16]))
    tensor([3, 5, 7])
    >>> ravine.diff(ravine.tensor([1, 4, 9]), prepend=ravine.tensor([0]))
    tensor([1, 3, 5])
    """
    if input.ndim == 0:
        raise ShapeError("the input has no dimensions; one number has no differences. Use .reshape(1)")
    if n < 0:
        raise ValueError(f"n={n} is negative; it is the number of times that differences are taken")
    dim = axis(input, dim)
    if n == 0:
        return input.clone()
    parts = [part for part in (prepend, input, append) if part is not None]
    y = _ops.cat(parts, dim) if len(parts) > 1 else input
    apart = _ops.logical_xor if y.dtype == _core.bool else _ops.sub
    for _ in range(min(n, y.shape[dim])):
        y = apart(_part(y, dim, 1), _part(y, dim, None, -1))
    return y


@declare(TOP)
def trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float | Tensor | None = None, dim: int = -1
) -> Tensor:
    """The integral of samples by the trapezoidal rule, ``sum (x[i+1] - x[i]) (y[i] + y[i+1]) / 2``.

    Args:
        y: the samples, of one dimension or more.
        x: where they were taken: (N,) for `dim` of extent N, or a shape that broadcasts with that of y.
        dx: the distance of neighbours where x is not given, 1 by default.
        dim: the dimension that is integrated.

    Raises:
        ShapeError: x has another number of points than y, or y has no dimensions.
        ValueError: both x and dx are given.

    >>> ravine.trapezoid(ravine.tensor([1.0, 2.0, 3.0]))
    tensor(4.)
    >>> ravine.trapezoid(ravine.tensor([1.0, 2.0, 3.0]), ravine.tensor([0.0, 1.0, 3.0]))
    tensor(6.5000)
    """
    y, x, dx, to = widened(y, x, dx)
    dim, steps, pairs = _trapezoids(y, x, dx, dim)
    # One step for all is factored out, which rounds once.
    if not isinstance(steps, Tensor) or steps.ndim == 0:
        return rounded(_ops.sum(pairs, dim) * steps / 2, to)
    return rounded(_ops.sum(pairs * steps, dim - y.ndim) / 2, to)


@declare(TOP)
def trapz(y: Tensor, x: Tensor | None = None, *, dx: float | Tensor | None = None, dim: int = -1) -> Tensor:
    """The integral of samples by the trapezoidal rule, as `trapezoid`.

    >>> ravine.trapz(ravine.tensor([1.0, 2.0, 3.0]), dx=0.5)
    tensor(2.)
    """
    return trapezoid(y, x, dx=dx, dim=dim)


@declare(TOP)
def cumulative_trapezoid(
    y: Tensor, x: Tensor | None = None, *, dx: float | Tensor | None = None, dim: int = -1
) -> Tensor:
    """The integral by the trapezoidal rule up to each sample but the first; see `trapezoid`.

    Raises:
        ShapeError: x has another number of points than y, or y has no dimensions.
        ValueError: both x and dx are given.

    >>> ravine.cumulative_trapezoid(ravine.tensor([1.0, 2.0, 3.0]))
    tensor([1.5000, 4.0000])
    """
    y, x, dx, to = widened(y, x, dx)
    dim, steps, pairs = _trapezoids(y, x, dx, dim)
    if not isinstance(steps, Tensor) or steps.ndim == 0:
        return rounded(_ops.cumsum(pairs, dim) * steps / 2, to)
    return rounded(_ops.cumsum(pairs * steps, dim - y.ndim) / 2, to)


def _trapezoids(
    y: Tensor, x: Tensor | None, dx: float | Tensor | None, dim: int
) -> tuple[int, float | Tensor, Tensor]:
    """The dimension, the widths of the intervals, and the sum of the two samples at each one's ends."""
    if y.ndim == 0:
        raise ShapeError("y has no dimensions; an integral needs a line of samples")
    if x is not None and dx is not None:
        raise ValueError("x and dx are both given; pass the places of the samples or their distance")
    dim = axis(y, dim)
    pairs = _part(y, dim, 1) + _part(y, dim, None, -1)
    if x is None:
        return dim, 1 if dx is None else dx, pairs
    if x.ndim == 0:
        raise ShapeError("x has no dimensions; it names a place for each sample. Pass dx for one distance")
    if x.ndim == 1:
        x = x.reshape(-1, *(1,) * (y.ndim - 1 - dim))
    along = x.ndim - (y.ndim - dim)
    n = x.shape[along] if along >= 0 else 1
    if n != y.shape[dim]:
        raise ShapeError(
            f"x of shape {tuple(x.shape)} has {n} places for the {y.shape[dim]} samples along "
            f"dimension {dim} of y, whose shape is {tuple(y.shape)}. Give one for each"
        )
    return dim, _part(x, along, 1) - _part(x, along, None, -1), pairs


@declare(TOP)
def gradient(
    input: Tensor,
    *,
    spacing: float | Tensor | Sequence[float | Tensor] | None = None,
    dim: int | Sequence[int] | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """The slope of samples along dimensions, by differences of second order, and of `edge_order` at the ends.

    Inside, with the distances a and b to the neighbours, the slope is
    ``(a a (y[i+1] - y[i]) + b b (y[i] - y[i-1])) / (a b (a + b))``, the central difference where a = b.

    Args:
        input: the samples.
        spacing: the distance of neighbours, 1 by default; a sequence has one for each dimension of `dim`: a
            distance, or a vector of the places.
        dim: the dimensions, all by default.
        edge_order: 1 for the difference of the last two, 2 for one through the last three.

    Returns:
        One tensor of the input's shape for each dimension.

    Raises:
        ShapeError: a dimension has no more than `edge_order` samples, or another number than its places.
        ValueError: edge_order is neither 1 nor 2, or there are more or fewer spacings than dimensions.

    >>> ravine.gradient(ravine.tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    >>> ravine.gradient(ravine.tensor([1.0, 4.0, 9.0, 16.0]), spacing=0.5, edge_order=2)
    (tensor([ 4.,  8., 12., 16.]),)
    """
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order={edge_order} must be 1 or 2")
    if input.dtype in (_core.bool, _core.uint8):
        raise DTypeError(f"got {input.dtype}, whose differences wrap. Convert with .to(dtype)")
    dims = range(input.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = [axis(input, d) for d in dims]
    if isinstance(spacing, (tuple, list)):
        spacings: Any = spacing
    else:
        spacings = [1 if spacing is None else spacing] * len(dims)
    if len(spacings) != len(dims):
        raise ValueError(f"spacing has {len(spacings)} entries for {len(dims)} dimensions. Give one for each")
    y, *spaces, to = widened(input, *spacings)
    return tuple(rounded(_slope(y, space, d, edge_order), to) for space, d in zip(spaces, dims))


def _slope(y: Tensor, space: float | Tensor, dim: int, edge_order: int) -> Tensor:
    """`gradient` along one dimension."""
    n = y.shape[dim]
    if n <= edge_order:
        raise ShapeError(
            f"dimension {dim} of shape {tuple(y.shape)} has {n} samples; edge_order={edge_order} needs "
            f"{edge_order + 1} or more"
        )
    steps = _part(y, dim, 1) - _part(y, dim, None, -1)
    if not isinstance(space, Tensor) or space.ndim == 0:
        slopes = steps / space
        inside = (_part(y, dim, 2) - _part(y, dim, None, -2)) / (2 * space)
        ends = [_part(slopes, dim, None, 1), _part(slopes, dim, -1)]
        if edge_order == 2:
            ends = [
                ends[0] * 1.5 - _part(slopes, dim, 1, 2) / 2,
                ends[1] * 1.5 - _part(slopes, dim, -2, -1) / 2,
            ]
        return _ops.cat([ends[0], inside, ends[1]], dim)
    if tuple(space.shape) != (n,):
        raise ShapeError(
            f"spacing of shape {tuple(space.shape)} does not fit the {n} samples of dimension {dim}. Give a "
            "distance, or a vector of as many places"
        )
    wide = _part(space, 0, 1) - _part(space, 0, None, -1)
    wide = wide.reshape(-1, *(1,) * (y.ndim - 1 - dim))
    slopes = steps / wide
    # Each inner slope leans to that of the shorter side.
    a, b = _part(wide, 0, None, -1), _part(wide, 0, 1)
    before, after = _part(slopes, dim, None, -1), _part(slopes, dim, 1)
    inside = (before * b + after * a) / (a + b)
    ends = [_part(slopes, dim, None, 1), _part(slopes, dim, -1)]
    if edge_order == 2:
        a, b = _part(wide, 0, None, 1), _part(wide, 0, 1, 2)
        ends[0] = ends[0] + (ends[0] - _part(slopes, dim, 1, 2)) * a / (a + b)
        a, b = _part(wide, 0, -2, -1), _part(wide, 0, -1)
        ends[1] = ends[1] + (ends[1] - _part(slopes, dim, -2, -1)) * b / (a + b)
    return _ops.cat([ends[0], inside, ends[1]], dim)
