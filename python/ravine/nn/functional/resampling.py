"""Resampling along one dimension after the other, by weighing neighbours."""

from __future__ import annotations

import ravine as rv

from .sampling import cubic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = ["resampled", "step"]


def step(extent: int, size: int, scale: float | None) -> float:
    """How far two neighbours of the result are apart in the input.

    >>> step(4, 8, None)
    0.5
    """
    return 1 / scale if scale else extent / size


def resampled(
    x: Tensor,
    sizes: list[int],
    scales: list[float | None],
    align_corners: bool,
    bicubic: bool,
    antialias: bool,
) -> Tensor:
    """Linear or cubic interpolation of (N, C, ...) to the extents ``sizes``.

    >>> import ravine
    >>> resampled(ravine.tensor([[[0.0, 2.0]]]), [3], [None], True, False, False).tolist()
    [[[0.0, 1.0, 2.0]]]
    """
    # Each dimension is a sum: half precision is rounded once, at the end.
    half = x.dtype in (rv.float16, rv.bfloat16)
    result = x.float() if half else x
    # The last dimension first, where rows are shortest.
    for axis in reversed(range(len(sizes))):
        dim, size, scale = 2 + axis, sizes[axis], scales[axis]
        extent = int(x.shape[dim])
        if size == extent and (align_corners or scale is None or scale == 1):
            continue
        apart = _apart(extent, size, scale, align_corners)
        if antialias:
            result = _filtered(result, dim, size, apart, bicubic)
        else:
            result = _interpolated(result, dim, size, apart, align_corners, bicubic)
    return result.to(x.dtype)


def _apart(extent: int, size: int, scale: float | None, align_corners: bool) -> float:
    if align_corners:
        return (extent - 1) / (size - 1) if size > 1 else 0.0
    return step(extent, size, scale)


def _interpolated(x: Tensor, dim: int, size: int, apart: float, align_corners: bool, bicubic: bool) -> Tensor:
    extent = int(x.shape[dim])
    places = rv.arange(size, dtype=x.dtype, device=x.device)
    places = places * apart if align_corners else (places + 0.5) * apart - 0.5
    if bicubic:
        low = places.floor()
        taps = list(zip((-1, 0, 1, 2), cubic(places - low, -0.75), strict=True))
    else:
        places = places.clamp(min=0.0)
        low = places.floor().clamp(max=extent - 1)
        share = (places - low).clamp(max=1.0)
        taps = [(0, 1 - share), (1, share)]
    shape = (-1, *[1] * (x.ndim - dim - 1))
    total = None
    for offset, weight in taps:
        index = (low + offset).clamp(0, extent - 1).long()
        part = rv.index_select(x, dim, index) * weight.reshape(shape)
        total = part if total is None else total + part
    assert total is not None
    return total


def _filtered(x: Tensor, dim: int, size: int, apart: float, bicubic: bool) -> Tensor:
    """A product with the matrix of weights: those of a kernel that spans at least what a place covers."""
    extent = int(x.shape[dim])
    wide = rv.float32 if x.device.type == "gpu" else rv.float64
    width = max(apart, 1.0)
    reach = (2.0 if bicubic else 1.0) * width
    places = rv.arange(size, dtype=wide, device=x.device).unsqueeze(1)
    centers = (places + 0.5) * apart
    # Whole pixels count whose middle lies within reach.
    first = (centers - reach + 0.5).trunc().clamp(min=0)
    last = (centers + reach + 0.5).trunc().clamp(max=extent)
    pixels = rv.arange(extent, dtype=wide, device=x.device)
    far = rv.abs((pixels - centers + 0.5) / width)
    if bicubic:
        a = -0.5
        near = ((a + 2) * far - (a + 3)) * far * far + 1
        weights = rv.where(
            far < 1, near, rv.where(far < 2, ((a * far - 5 * a) * far + 8 * a) * far - 4 * a, 0.0)
        )
    else:
        weights = (1 - far).clamp(min=0)
    weights = rv.where((pixels >= first) & (pixels < last), weights, 0.0)
    weights = (weights / weights.sum(1, keepdim=True)).to(x.dtype)
    return rv.matmul(x.transpose(dim, -1), weights.transpose(0, 1)).transpose(dim, -1)
