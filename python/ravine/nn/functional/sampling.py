"""Reading images between their pixels: grids of places, and the values there."""

from __future__ import annotations

import warnings

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._sizes import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..._core import Tensor

_ALIGN = "{} without align_corners takes align_corners=False; say which of the two is meant"


@declare(FUNCTIONAL)
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The places that affine maps read from, for :func:`grid_sample` (Jaderberg et al., 2015).

    The result holds ``theta @ (x, y, 1)`` for the places (x, y) of an image whose extents reach from -1 to 1:
    between the centres of the outermost pixels with ``align_corners``, else between their outer edges.

    Args:
        theta: (N, 2, 3) for images, (N, 3, 4) for volumes.
        size: (N, C, H, W) or (N, C, D, H, W) of the images to be made.
        align_corners: which of the two; False by default.

    Returns:
        (N, H, W, 2) or (N, D, H, W, 3).

    Raises:
        ValueError: a size of another length, or below 1.
        ShapeError: maps of another shape.
        DTypeError: maps that are not floating point.

    >>> import ravine
    >>> identity = ravine.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> affine_grid(identity, (1, 1, 1, 2), align_corners=False).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    extents = [int(n) for n in size]
    if len(extents) not in (4, 5) or any(n < 1 for n in extents):
        raise ValueError(
            f"size is {tuple(extents)}; it must be (N, C, H, W) or (N, C, D, H, W), each at least 1"
        )
    spatial = len(extents) - 2
    if tuple(theta.shape) != (extents[0], spatial, spatial + 1):
        raise ShapeError(
            f"theta has shape {tuple(theta.shape)}; for size {tuple(extents)} it must be "
            f"{(extents[0], spatial, spatial + 1)}"
        )
    _floating("theta", theta)
    if align_corners is None:
        warnings.warn(_ALIGN.format("affine_grid"), UserWarning, stacklevel=4)
    lines = []
    for axis in reversed(range(spatial)):
        n = extents[2 + axis]
        line = rv.arange(n, dtype=theta.dtype, device=theta.device)
        line = (line * 2 - (n - 1)) / (max(n - 1, 1) if align_corners else n)
        shape = [1] * spatial
        shape[axis] = n
        lines.append(line.reshape(shape).expand(*extents[2:]))
    lines.append(rv.ones(*extents[2:], dtype=theta.dtype, device=theta.device))
    places = rv.stack(lines, -1).reshape(1, -1, spatial + 1)
    return rv.matmul(places, theta.transpose(1, 2)).reshape(extents[0], *extents[2:], spatial)


@declare(FUNCTIONAL)
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The values of images at places between their pixels (Jaderberg et al., 2015).

    Places are (x, y), or (x, y, z), and reach from -1 to 1 over the extents of an image: between the
    centres of the outermost pixels with ``align_corners``, else between their outer edges.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W), floating point.
        grid: (N, H', W', 2) or (N, D', H', W', 3).
        mode: ``"bilinear"`` weighs the neighbours by their distance, ``"nearest"`` takes the nearest one,
            ``"bicubic"`` (images alone) weighs 4 x 4 of them by Keys' kernel with a = -0.75 (1981).
        padding_mode: what lies outside: ``"zeros"``, the border's value (``"border"``), or the image mirrored
            at its border (``"reflection"``).
        align_corners: what -1 and 1 mean; False by default.

    Returns:
        (N, C, H', W') or (N, C, D', H', W').

    Raises:
        ValueError: another mode, or one that is not for volumes.
        ShapeError: shapes that do not fit.
        DTypeError: dtypes that are not equal or not floating point.

    >>> import ravine
    >>> image = ravine.tensor([[[[0.0, 1.0, 2.0]]]])
    >>> grid_sample(image, ravine.tensor([[[[0.5, 0.0], [-1.0, 0.0]]]]), align_corners=True).tolist()
    [[[[1.5, 0.0]]]]
    """
    choice("mode", mode, ("bilinear", "nearest", "bicubic"))
    choice("padding_mode", padding_mode, ("zeros", "border", "reflection"))
    spatial = input.ndim - 2
    if spatial not in (2, 3) or grid.ndim != input.ndim or grid.shape[-1] != spatial:
        raise ShapeError(
            f"input and grid have shapes {tuple(input.shape)} and {tuple(grid.shape)}; they must be (N, "
            f"C, H, W) "
            "and (N, H', W', 2), or (N, C, D, H, W) and (N, D', H', W', 3)"
        )
    if input.shape[0] != grid.shape[0] or 0 in input.shape[2:]:
        raise ShapeError(
            f"input and grid have shapes {tuple(input.shape)} and {tuple(grid.shape)}; as many images as "
            f"grids are "
            "needed, and none without pixels"
        )
    _floating("input", input)
    if input.dtype != grid.dtype:
        raise DTypeError(f"input has dtype {input.dtype}, the grid {grid.dtype}. Convert one with .to()")
    if mode == "bicubic" and spatial == 3:
        raise ValueError("mode='bicubic' is for images (N, C, H, W). Use 'bilinear' for volumes")
    if align_corners is None:
        warnings.warn(_ALIGN.format("grid_sample"), UserWarning, stacklevel=4)
    half = input.dtype in (rv.float16, rv.bfloat16)
    x, grid = (input.float(), grid.float()) if half else (input, grid)
    aligned = bool(align_corners)
    # (N, places) for each dimension, the last one being x.
    at = [grid[..., spatial - 1 - axis].flatten(1) for axis in range(spatial)]
    extents = [int(n) for n in x.shape[2:]]
    at = [
        (t + 1) * ((n - 1) / 2) if aligned else ((t + 1) * n - 1) / 2
        for t, n in zip(at, extents, strict=True)
    ]
    fold = [_inside(padding_mode, n, aligned) for n in extents]
    if mode != "bicubic":
        at = [f(t) for f, t in zip(fold, at, strict=True)]
    if mode == "bicubic":
        taps = [
            [(f(low + k), w) for k, w in zip((-1, 0, 1, 2), cubic(t - low, -0.75), strict=True)]
            for f, t in zip(fold, at, strict=True)
            for low in [rv.floor(t.detach())]
        ]
        output = _weighed(x, extents, taps)
    else:
        output = read_pixels(x, at, mode)
    return output.reshape(*x.shape[:2], *grid.shape[1:-1]).to(input.dtype)


def _floating(name: str, x: Tensor) -> None:
    if not x.dtype.is_floating_point:
        raise DTypeError(
            f"{name} has dtype {x.dtype}; it must be floating point. Convert with .to(ravine.float32)"
        )


def read_pixels(x: Tensor, at: Sequence[Tensor], mode: str = "bilinear") -> Tensor:
    """The values (N, C, places) of images at places in pixels, from 0 to extent - 1; zeros beyond.

    Args:
        x: (N, C, ...).
        at: for each dimension, the places (N, places).
        mode: ``"bilinear"`` or ``"nearest"``.

    >>> import ravine
    >>> x = ravine.tensor([[[[0.0, 1.0, 2.0]]]])
    >>> read_pixels(x, [ravine.tensor([[0.0, 0.0]]), ravine.tensor([[2.0, 0.5]])]).tolist()
    [[[2.0, 0.5]]]
    """
    if mode == "nearest":
        taps = [[(rv.round(t), None)] for t in at]
    else:
        taps = [[(low, low + 1 - t), (low + 1, t - low)] for t in at for low in [rv.floor(t.detach())]]
    return _weighed(x, [int(n) for n in x.shape[2:]], taps)


def _weighed(x: Tensor, extents: list[int], taps: Sequence[Sequence[tuple[Tensor, Tensor | None]]]) -> Tensor:
    """The sum over all combinations of one tap for each dimension of their pixel times their weights."""
    flat = x.flatten(2)
    combined: list[tuple[Tensor | None, Tensor | None, Tensor | None]] = [(None, None, None)]
    for n, line in zip(extents, taps, strict=True):
        grown = []
        for place, weight in line:
            inside = (place >= 0) & (place <= n - 1)
            # Whatever a place is, NaN too, what is read exists.
            index = rv.where(inside, place, 0.0).long().clamp(0, n - 1)
            for before, share, valid in combined:
                grown.append(
                    (
                        index if before is None else before * n + index,
                        share if weight is None else weight if share is None else share * weight,
                        inside if valid is None else valid & inside,
                    )
                )
        combined = grown
    total = None
    for index, weight, valid in combined:
        assert index is not None
        assert valid is not None
        pixels = rv.gather(flat, 2, index.unsqueeze(1).expand(*flat.shape[:2], index.shape[1]))
        pixels = rv.where(valid.unsqueeze(1), pixels, 0.0)
        part = pixels if weight is None else pixels * weight.unsqueeze(1)
        total = part if total is None else total + part
    assert total is not None
    return total


def _inside(padding_mode: str, extent: int, aligned: bool) -> Callable[[Tensor], Tensor]:
    """What moves a place into an extent, for modes that do; beyond it the place has no gradient."""

    def border(t: Tensor) -> Tensor:
        within = (t > 0) & (t < extent - 1)
        return rv.where(within, t, t.detach().clamp(0, extent - 1))

    def mirrored(t: Tensor) -> Tensor:
        # The image is repeated in turns as it is and mirrored, with this length.
        low, length = (0.0, extent - 1) if aligned else (-0.5, extent)
        if length == 0:
            return t * 0
        far = rv.abs(t - low)
        turns = rv.floor(far.detach() / length)
        rest = far - turns * length
        return border(rv.where(turns % 2 == 0, rest + low, length - rest + low))

    return {"zeros": lambda t: t, "border": border, "reflection": mirrored}[padding_mode]


def cubic(t: Tensor, a: float) -> list[Tensor]:
    """The weights of the neighbours at -1, 0, 1 and 2 of a place t in [0, 1) (Keys, 1981).

    >>> import ravine
    >>> [w.item() for w in cubic(ravine.tensor(0.0), -0.75)]
    [0.0, 1.0, 0.0, 0.0]
    """

    def near(x: Tensor) -> Tensor:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Tensor) -> Tensor:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]
