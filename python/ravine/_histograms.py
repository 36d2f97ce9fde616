"""How many elements, or how much weight, lie between edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._results import named_results
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence


@declare(TOP, METHOD)
def histogram(
    input: Tensor,
    bins: int | Tensor,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> tuple[Tensor, Tensor]:
    """How many elements lie between neighbouring edges, the left one included, and the last of all.

    Args:
        input: floats of any shape. Nothing is differentiated.
        bins: the number of intervals of one width, or a vector of the edges in order.
        range: the outer edges for a number of bins; by default the extremes of the input.
        weight: what each element counts, in the input's shape; 1 by default.
        density: divide by the sum and by the widths, so that the integral is 1.

    Returns:
        `hist` and `bin_edges`, in the input's dtype.

    Raises:
        DTypeError: the input is neither float32 nor float64, or edges or weights are of another dtype.
        ShapeError: the weights have another shape, or edges are no vector of two or more.
        ValueError: there is no bin, or the range is not finite and in order.

    >>> hist, bin_edges = ravine.histogram(ravine.tensor([1.0, 2.0, 1.0]), 4, range=(0.0, 3.0))
    >>> hist
    tensor([0., 2., 1., 0.])
    >>> bin_edges
    tensor([0.0000, 0.7500, 1.5000, 2.2500, 3.0000])
    """
    points = input.reshape(-1, 1)
    _check_weight(weight, tuple(input.shape), input)
    edges = _edges(points, [bins], range)
    hist = _counted(points, edges, weight, density)
    return named_results("histogram", hist=hist, bin_edges=edges[0])


@declare(TOP)
def histogramdd(
    input: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """How many points of D coordinates lie in each box between the edges of D dimensions.

    Args:
        input: (..., D): floats, a point in each row. Nothing is differentiated.
        bins: the number of intervals, for all dimensions or for each, or a vector of edges for each.
        range: the outer edges of the first dimension, of the second, and so on: 2 D numbers; by default the
            extremes of each coordinate.
        weight: what each point counts, (...,); 1 by default.
        density: divide by the sum and by the volumes, so that the integral is 1.

    Returns:
        `hist`, of D dimensions, and `bin_edges`, a tuple of D vectors.

    Raises:
        DTypeError: the input is neither float32 nor float64, or edges or weights are of another dtype.
        ShapeError: the input has fewer than 2 dimensions, or bins, weights or edges do not fit it.
        ValueError: there is no bin, or the range is not finite and in order.

    >>> points = ravine.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    >>> ravine.histogramdd(points, [2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    if input.ndim < 2:
        raise ShapeError(f"the input of shape {tuple(input.shape)} needs 2 dimensions: points, coordinates")
    count = input.shape[-1]
    each = [bins] * count if isinstance(bins, int) else list(bins)
    if len(each) != count:
        raise ShapeError(f"bins has {len(each)} entries for points of {count} coordinates. Give one for each")
    _check_weight(weight, tuple(input.shape[:-1]), input)
    points = input.reshape(-1, count)
    edges = _edges(points, each, range)
    return named_results("histogramdd", hist=_counted(points, edges, weight, density), bin_edges=tuple(edges))


def _check_weight(weight: Tensor | None, shape: tuple[int, ...], input: Tensor) -> None:
    if input.dtype not in (_core.float32, _core.float64):
        raise DTypeError(f"got {input.dtype}, needs float32 or float64. Convert with .to(dtype)")
    if weight is None:
        return
    if tuple(weight.shape) != shape:
        raise ShapeError(
            f"weight has shape {tuple(weight.shape)}, but needs {shape}, a number for each point"
        )
    if weight.dtype != input.dtype:
        raise DTypeError(f"weight is {weight.dtype}, the input {input.dtype}. Convert one with .to(dtype)")


def _edges(points: Tensor, bins: Sequence[int | Tensor], range: Sequence[float] | None) -> list[Tensor]:
    """The edges of each coordinate."""
    points = points.detach()
    if range is not None and len(range) != 2 * len(bins):
        raise ShapeError(f"range has {len(range)} numbers; it needs {2 * len(bins)}, two for each dimension")
    edges: list[Tensor] = []
    for d, many in enumerate(bins):
        if isinstance(many, Tensor):
            if many.ndim != 1 or many.numel() < 2:
                raise ShapeError(f"edges of shape {tuple(many.shape)} must be a vector of 2 or more")
            if many.dtype != points.dtype:
                raise DTypeError(f"edges are {many.dtype}, the input {points.dtype}. Convert with .to(dtype)")
            edges.append(many.detach())
            continue
        if many < 1:
            raise ValueError(f"bins={many} must be positive")
        outer = None if range is None else (float(range[2 * d]), float(range[2 * d + 1]))
        edges.append(_equal_edges(points[:, d], many, outer))
    return edges


def _equal_edges(line: Tensor, bins: int, range: tuple[float, float] | None) -> Tensor:
    """Edges at equal distances; a range of one number is widened by a half on both sides."""
    number = line.dtype, line.device
    if range is not None or line.numel() == 0:
        low, high = (0.0, 1.0) if range is None else range
        if not (low <= high and high - low < float("inf")):
            raise ValueError(f"the range from {low} to {high} must be finite and in order")
        ends = [_ops.full((), x, dtype=number[0], device=number[1]) for x in (low, high)]
    else:
        ends = [_ops.amin(line, 0), _ops.amax(line, 0)]
    half = _ops.where(ends[0] == ends[1], 0.5, 0.0).to(line.dtype)
    low, high = ends[0] - half, ends[1] + half
    step = (high - low) / bins
    at = _ops.arange(0, bins + 1, dtype=number[0], device=number[1])
    # From both ends, so that both are met.
    return _ops.where(at < (bins + 1) // 2, low + step * at, high - step * (bins - at))


def _counted(points: Tensor, edges: list[Tensor], weight: Tensor | None, density: bool) -> Tensor:
    """The weights, added up in their boxes."""
    points = points.detach()
    shape = [edge.numel() - 1 for edge in edges]
    place: Tensor | int = 0
    inside: Tensor | None = None
    for d, (edge, n) in enumerate(zip(edges, shape)):
        line = points[:, d]
        at = _ops.searchsorted(edge, line, right=True) - 1
        at = _ops.where(line == edge[-1], n - 1, at)
        there = (at >= 0) & (at < n)
        inside = there if inside is None else inside & there
        place = place * n + _ops.clamp(at, 0, n - 1)
    ones = _ops.full((points.shape[0],), 1, dtype=points.dtype, device=points.device)
    counts = ones if weight is None else weight.detach().reshape(-1)
    boxes = 1
    for n in shape:
        boxes *= n
    empty = _ops.full((boxes,), 0, dtype=points.dtype, device=points.device)
    if isinstance(place, Tensor) and inside is not None:
        empty = _ops.index_add(empty, 0, place, _ops.where(inside, counts, 0))
    hist = empty.reshape(*shape)
    if density:
        hist = hist / _ops.sum(hist)
        for d, edge in enumerate(edges):
            hist = hist / (edge[1:] - edge[:-1]).reshape(-1, *(1,) * (len(edges) - 1 - d))
    return hist
