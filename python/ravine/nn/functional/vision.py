"""Images: their borders and their resolution."""

from __future__ import annotations

from math import floor

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ValueError
from .pooling import adaptive_avg_pool2d

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._core import Tensor

#: Spatial dimensions that a mode takes.
_MODES = {"nearest": (1, 2), "nearest-exact": (1, 2), "linear": (1,), "bilinear": (2,), "area": (1, 2)}


@declare(FUNCTIONAL)
def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Extend the last dimensions at their borders.

    Args:
        input: any shape.
        pad: (before, after) of the last dimension, then of the one before it, and so on; negative sizes crop.
        mode: ``"constant"`` puts ``value`` there, ``"reflect"`` the elements mirrored at the border,
            ``"replicate"`` the border itself, ``"circular"`` the elements from the other end.
        value: the constant, 0 by default.

    Raises:
        ValueError: another mode, or a value with a mode that takes none.
        Error: more padding than the mode has elements for.

    >>> import ravine
    >>> pad(ravine.ones(2), (1, 2)).tolist()
    [0.0, 1.0, 1.0, 0.0, 0.0]
    >>> pad(ravine.tensor([1, 2, 3]), (2, 1), mode="reflect").tolist()
    [3, 2, 1, 2, 3, 2]
    """
    if mode != "constant" and value:
        raise ValueError(f"mode={mode!r} takes no value; leave it out, or use mode='constant'")
    return rv.pad(input, pad, mode, 0.0 if value is None else value)


@declare(FUNCTIONAL)
def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Signals or images at another resolution: (N, C, L) -> (N, C, L') or (N, C, H, W) -> (N, C, H', W').

    Place i of the result looks at ``(i + 0.5) s - 0.5`` of the input, where s is one over the scale; with
    ``align_corners`` at ``i (n - 1) / (n' - 1)``, so that first and last places agree.

    Args:
        input: floating point, with batch and channels in front.
        size: the spatial extents of the result, or one int for all.
        scale_factor: instead of ``size``: how many times larger; the extents are rounded down.
        mode: ``"nearest"`` takes element ``floor(i s)``, ``"nearest-exact"`` ``floor((i + 0.5) s)``;
            ``"linear"`` (one dimension) and ``"bilinear"`` (two) weigh the neighbours by their distance;
            ``"area"`` takes the mean of what each place covers.
        align_corners: for ``"linear"`` and ``"bilinear"``; False by default.
        recompute_scale_factor: take the scale from the rounded extents.
        antialias: False alone.

    Raises:
        ValueError: not exactly one of size and scale_factor, a mode that is not offered for this input, or an
            align_corners that the mode does not take.

    >>> import ravine
    >>> interpolate(ravine.tensor([[[0.0, 2.0]]]), scale_factor=2).tolist()
    [[[0.0, 0.0, 2.0, 2.0]]]
    >>> interpolate(ravine.tensor([[[0.0, 2.0]]]), size=3, mode="linear", align_corners=True).tolist()
    [[[0.0, 1.0, 2.0]]]
    """
    spatial = input.ndim - 2
    if mode not in _MODES:
        raise ValueError(f"mode={mode!r} is not offered; use one of {', '.join(map(repr, _MODES))}")
    if spatial not in _MODES[mode]:
        wanted = " or ".join(f"{n + 2}-dimensional" for n in _MODES[mode])
        raise ValueError(f"mode={mode!r} needs a {wanted} input, not shape {tuple(input.shape)}")
    if antialias:
        raise ValueError("antialias=True is not offered; blur the input first")
    smooth = mode in ("linear", "bilinear")
    if align_corners is not None and not smooth:
        raise ValueError(f"align_corners is for 'linear' and 'bilinear', not {mode!r}")
    extents = [int(n) for n in input.shape[2:]]
    sizes, scales = _target(extents, size, scale_factor, bool(recompute_scale_factor))
    if any(n < 1 for n in (*extents, *sizes)):
        raise ValueError(f"extents {extents} to {sizes}; each must be at least 1")
    if mode == "area":
        return rv.adaptive_avg_pool1d(input, sizes) if spatial == 1 else adaptive_avg_pool2d(input, sizes)
    if not smooth:
        times = _repeats(extents, sizes, scales)
        if times and input.dtype.is_floating_point:
            wide = input if spatial == 2 else input.unsqueeze(2)
            wide = rv.upsample_nearest2d(wide, times if spatial == 2 else [1, *times])
            return wide if spatial == 2 else wide.squeeze(2)
    result = input
    # The last dimension first, where rows are shortest.
    for axis in reversed(range(spatial)):
        if smooth:
            result = _linear(result, 2 + axis, sizes[axis], scales[axis], bool(align_corners))
        else:
            result = _nearest(result, 2 + axis, sizes[axis], scales[axis], mode == "nearest-exact")
    return result


def _target(
    extents: list[int],
    size: int | Sequence[int] | None,
    scale_factor: float | Sequence[float] | None,
    recompute: bool,
) -> tuple[list[int], list[float | None]]:
    """The extents of the result, and the scales that they came from where those are to be used."""
    if (size is None) == (scale_factor is None):
        raise ValueError("give one of size and scale_factor")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is for scale_factor, not for size")
        sizes = [size] * len(extents) if isinstance(size, int) else [int(n) for n in size]
        if len(sizes) != len(extents):
            raise ValueError(f"size {size} has {len(sizes)} numbers for {len(extents)} dimensions")
        return sizes, [None] * len(extents)
    assert scale_factor is not None
    given = isinstance(scale_factor, (int, float))
    factors = [float(scale_factor)] * len(extents) if given else [float(s) for s in scale_factor]
    if len(factors) != len(extents):
        raise ValueError(
            f"scale_factor {scale_factor} has {len(factors)} numbers for {len(extents)} dimensions"
        )
    sizes = [floor(n * s) for n, s in zip(extents, factors, strict=True)]
    return sizes, [None if recompute else s for s in factors]


def _step(extent: int, size: int, scale: float | None) -> float:
    return 1 / scale if scale else extent / size


def _repeats(extents: list[int], sizes: list[int], scales: list[float | None]) -> list[int] | None:
    """How often every element is repeated, where nearest is just that."""
    times = [size // extent for size, extent in zip(sizes, extents, strict=True)]
    whole = all(
        t * n == size and scale in (None, t)
        for t, n, size, scale in zip(times, extents, sizes, scales, strict=True)
    )
    return times if whole else None


def _nearest(x: Tensor, dim: int, size: int, scale: float | None, exact: bool) -> Tensor:
    extent = int(x.shape[dim])
    if size == extent and (exact or scale is None or scale == 1):
        return x
    places = rv.arange(size, dtype=rv.float32, device=x.device)
    if exact:
        places = places + 0.5
    index = (places * _step(extent, size, scale)).floor().clamp(max=extent - 1).long()
    return rv.index_select(x, dim, index)


def _linear(x: Tensor, dim: int, size: int, scale: float | None, align_corners: bool) -> Tensor:
    extent = int(x.shape[dim])
    if size == extent and (align_corners or scale is None or scale == 1):
        return x
    dtype = rv.float64 if x.dtype is rv.float64 else rv.float32
    places = rv.arange(size, dtype=dtype, device=x.device)
    if align_corners:
        places = places * ((extent - 1) / (size - 1) if size > 1 else 0.0)
    else:
        places = ((places + 0.5) * _step(extent, size, scale) - 0.5).clamp(min=0.0)
    low = places.floor().clamp(max=extent - 1)
    share = (places - low).clamp(max=1.0).to(x.dtype).reshape(-1, *[1] * (x.ndim - dim - 1))
    high = (low + 1).clamp(max=extent - 1).long()
    low = low.long()
    return rv.index_select(x, dim, low) * (1 - share) + rv.index_select(x, dim, high) * share
