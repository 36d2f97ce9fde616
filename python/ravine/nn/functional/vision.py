"""Images: their borders and their resolution."""

from __future__ import annotations

from math import floor

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ShapeError, ValueError
from .pooling import adaptive_avg_pool2d
from .resampling import resampled, step
from .volume import adaptive_avg_pool3d

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._core import Tensor

#: Spatial dimensions that a mode takes.
_MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
    "area": (1, 2, 3),
}


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
    """Signals, images or volumes at another resolution: (N, C, H, W) -> (N, C, H', W'), and alike.

    Place i of the result looks at ``(i + 0.5) s - 0.5`` of the input, where s is one over the scale; with
    ``align_corners`` at ``i (n - 1) / (n' - 1)``, so that first and last places agree.

    Args:
        input: floating point, with batch and channels in front.
        size: the spatial extents of the result, or one int for all.
        scale_factor: instead of ``size``: how many times larger; the extents are rounded down.
        mode: ``"nearest"`` takes element ``floor(i s)``, ``"nearest-exact"`` ``floor((i + 0.5) s)``;
            ``"linear"`` (one dimension), ``"bilinear"`` (two) and ``"trilinear"`` (three) weigh the
            neighbours
            by their distance; ``"bicubic"`` (two) weighs four in a row by Keys' kernel with a = -0.75 (1981);
            ``"area"`` takes the mean of what each place covers.
        align_corners: for the modes that weigh; False by default.
        recompute_scale_factor: take the scale from the rounded extents.
        antialias: for ``"bilinear"`` and ``"bicubic"``: where the result is smaller, the kernel is as much
            wider, so that every pixel counts; Keys' a is -0.5 then.

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
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"antialias=True is for 'bilinear' and 'bicubic', not {mode!r}")
    smooth = mode.endswith(("linear", "cubic"))
    if align_corners is not None and not smooth:
        raise ValueError(f"align_corners is for modes that end in 'linear' or 'cubic', not for {mode!r}")
    extents = [int(n) for n in input.shape[2:]]
    sizes, scales = _target(extents, size, scale_factor, bool(recompute_scale_factor))
    if any(n < 1 for n in (*extents, *sizes)):
        raise ValueError(f"extents {extents} to {sizes}; each must be at least 1")
    if mode == "area":
        area = (rv.adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[spatial - 1]
        return area(input, sizes)
    if not smooth and spatial < 3:
        times = _repeats(extents, sizes, scales)
        if times and input.dtype.is_floating_point:
            wide = input if spatial == 2 else input.unsqueeze(2)
            wide = rv.upsample_nearest2d(wide, times if spatial == 2 else [1, *times])
            return wide if spatial == 2 else wide.squeeze(2)
    if smooth:
        return resampled(input, sizes, scales, bool(align_corners), mode == "bicubic", antialias)
    result = input
    # The last dimension first, where rows are shortest.
    for axis in reversed(range(spatial)):
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
    index = (places * step(extent, size, scale)).floor().clamp(max=extent - 1).long()
    return rv.index_select(x, dim, index)


@declare(FUNCTIONAL)
def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """:func:`interpolate` under an older name.

    >>> import ravine
    >>> upsample(ravine.tensor([[[1.0, 2.0]]]), scale_factor=2).tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


@declare(FUNCTIONAL)
def upsample_nearest(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """:func:`interpolate` with ``mode="nearest"``.

    >>> import ravine
    >>> upsample_nearest(ravine.tensor([[[1.0, 2.0]]]), 4).tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """
    return interpolate(input, size, scale_factor, "nearest")


@declare(FUNCTIONAL)
def upsample_bilinear(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """:func:`interpolate` of images with ``mode="bilinear"`` and ``align_corners=True``.

    >>> import ravine
    >>> upsample_bilinear(ravine.tensor([[[[0.0, 2.0]]]]), (1, 3)).tolist()
    [[[[0.0, 1.0, 2.0]]]]
    """
    return interpolate(input, size, scale_factor, "bilinear", True)


@declare(FUNCTIONAL)
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of (N, C, ...) dealt out: group i's j-th comes to ``j groups + i`` (Zhang et al., 2018).

    Raises:
        ShapeError: the input has fewer than three dimensions.
        ValueError: ``groups`` does not divide the channels.

    >>> import ravine
    >>> channel_shuffle(ravine.tensor([[[1], [2], [3], [4]]]), 2).flatten().tolist()
    [1, 3, 2, 4]
    """
    if input.ndim < 3:
        raise ShapeError(
            f"input has shape {tuple(input.shape)}; it must be (N, C, ...) of 3 dimensions or more"
        )
    channels = int(input.shape[1])
    if groups < 1 or channels % groups:
        raise ValueError(f"groups is {groups}; it must divide the {channels} channels")
    parts = input.reshape(input.shape[0], groups, channels // groups, *input.shape[2:])
    return parts.transpose(1, 2).reshape(input.shape)


@declare(FUNCTIONAL)
def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """:func:`channel_shuffle` under the name of its kernel in PyTorch.

    >>> import ravine
    >>> native_channel_shuffle(ravine.tensor([[[1], [2], [3], [4]]]), 2).flatten().tolist()
    [1, 3, 2, 4]
    """
    return channel_shuffle(input, groups)
