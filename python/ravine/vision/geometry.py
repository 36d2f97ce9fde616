"""Where pixels go: crops, flips, and affine maps, each picture with its own."""

from __future__ import annotations

from math import pi

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn.functional.sampling import read_pixels
from ._base import Augmentation, each, pictures, probability, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Generator, Tensor

    Number = Tensor | float

__all__ = [
    "RandomAffine",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "affine",
    "crop",
]

_ANY = float("-inf")


def crop(x: Tensor, top: Number, left: Number, height: int, width: int) -> Tensor:
    """The window of this size whose first pixel is (top, left), of each picture its own.

    Args:
        x: (N, C, H, W).
        top: a whole number, or a tensor (N,) of such.
        left: the same.
        height: of the window.
        width: of the window.

    Raises:
        ShapeError: a window larger than the pictures.

    >>> import ravine
    >>> from ravine import vision
    >>> x = ravine.arange(9.0).reshape(1, 1, 3, 3).expand(2, 1, 3, 3)
    >>> vision.crop(x, ravine.tensor([0, 1]), 1, 1, 2).flatten(1).tolist()
    [[1.0, 2.0], [4.0, 5.0]]
    """
    pictures("crop", x)
    if not (0 < height <= x.shape[2] and 0 < width <= x.shape[3]):
        raise ShapeError(
            f"crop: a window of {height} x {width} does not fit into pictures {tuple(x.shape)}. Use padding"
        )
    n = x.shape[0]
    which = rv.arange(n, device=x.device).reshape(-1, 1, 1, 1)
    channels = rv.arange(x.shape[1], device=x.device).reshape(-1, 1, 1)
    rows = _whole(top, n, x) + rv.arange(height, device=x.device).reshape(-1, 1)
    columns = _whole(left, n, x) + rv.arange(width, device=x.device)
    return x[which, channels, rows, columns]


def _whole(value: Number, n: int, x: Tensor) -> Tensor:
    number = value if isinstance(value, rv.Tensor) else rv.full((n,), int(value), device=x.device)
    return number.long().reshape(-1, 1, 1, 1)


def affine(
    x: Tensor,
    *,
    angle: Number = 0.0,
    translate: tuple[Number, Number] = (0.0, 0.0),
    scale: Number = 1.0,
    shear: tuple[Number, Number] = (0.0, 0.0),
    mode: str = "bilinear",
    fill: float = 0.0,
) -> Tensor:
    """Pictures turned, scaled, sheared and moved about their centres: ``q = R(angle) scale K(shear) p + t``.

    p is a place of the picture, q where it goes, and ``K = [[1, tan a], [tan b, 1]]``. Multiples of 90
    degrees, and moves by whole pixels, are exact. Each argument is a number, or a tensor (N,).

    Args:
        x: (N, C, H, W).
        angle: degrees, anticlockwise.
        translate: to the right and down, in pixels.
        scale: positive; 2 doubles what is seen.
        shear: degrees (a, b).
        mode: ``"bilinear"`` or ``"nearest"``.
        fill: what comes in from outside.

    Raises:
        ShapeError: no pictures (N, C, H, W).
        ValueError: another mode.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.affine(ravine.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), angle=90).tolist()
    [[[[2.0, 4.0], [1.0, 3.0]]]]
    """
    pictures("affine", x)
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f"affine: mode is {mode!r}. Use 'bilinear' or 'nearest'")
    wide = x.float() if x.dtype in (rv.float16, rv.bfloat16) else x
    height, width = x.shape[2:]
    # Where each pixel of the result comes from, in pixels from the centre.
    down = (rv.arange(height, dtype=wide.dtype, device=x.device) - (height - 1) / 2).reshape(-1, 1)
    right = rv.arange(width, dtype=wide.dtype, device=x.device) - (width - 1) / 2
    right = right - each(translate[0], wide, 3)
    down = down - each(translate[1], wide, 3)
    cos, sin = _turn(angle, wide)
    grown = each(scale, wide, 3)
    right, down = (cos * right - sin * down) / grown, (sin * right + cos * down) / grown
    a, b = (rv.tan(_tensor(part, wide) * (pi / 180)) for part in shear)
    right, down = (right - a * down) / (1 - a * b), (down - b * right) / (1 - a * b)
    at = [down + (height - 1) / 2, right + (width - 1) / 2]
    at = [t.expand(x.shape[0], height, width).flatten(1) for t in at]
    read = read_pixels(wide - fill if fill else wide, at, mode).reshape(x.shape)
    return (read + fill if fill else read).to(x.dtype)


def _tensor(value: Number, x: Tensor) -> Tensor:
    number = each(value, x, 3)
    return number if isinstance(number, rv.Tensor) else x.new_tensor(number)


def _turn(angle: Number, x: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of degrees, exact at multiples of 90."""
    degrees = _tensor(angle, x)
    quarter = rv.round(degrees / 90)
    rest = (degrees - 90 * quarter) * (pi / 180)
    cos, sin = rv.cos(rest), rv.sin(rest)
    quarter = quarter.detach() % 4
    odd, far = quarter % 2 == 1, quarter >= 2
    cos, sin = rv.where(odd, -sin, cos), rv.where(odd, cos, sin)
    return rv.where(far, -cos, cos), rv.where(far, -sin, sin)


class RandomCrop(Augmentation):
    """A window at a random place of each picture, all places alike.

    Args:
        size: height and width of the window, or one number for both.
        padding: zeros around the pictures first, on each side.
        generator: where random numbers come from; ravine's random stream by default.

    Raises:
        ShapeError: at the call, a window that is larger than the padded pictures.

    >>> import ravine
    >>> from ravine import vision
    >>> tuple(vision.RandomCrop(28, padding=2)(ravine.rand(5, 1, 28, 28)).shape)
    (5, 1, 28, 28)
    """

    def __init__(
        self, size: int | tuple[int, int], *, padding: int = 0, generator: Generator | None = None
    ) -> None:
        super().__init__(generator)
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.padding = padding
        if min(self.size) < 1 or padding < 0:
            raise ValueError(f"RandomCrop: size is positive, padding not negative, got {size}, {padding}")

    def forward(self, x: Tensor) -> Tensor:
        pictures("RandomCrop", x)
        if self.padding:
            x = rv.nn.functional.pad(x, (self.padding,) * 4)
        rooms = [n - window + 1 for n, window in zip(x.shape[2:], self.size, strict=True)]
        top, left = (self.uniform(x, 0, max(room, 1)).floor().clamp(max=room - 1) for room in rooms)
        return crop(x, top, left, *self.size)


class RandomResizedCrop(Augmentation):
    """A window of random place, area and shape of each picture, resized to ``size`` (Szegedy et al., 2015).

    Args:
        size: height and width of the result, or one number for both.
        scale: the range of the window's share of the area.
        ratio: the range of its width over its height, uniform in the logarithm; cut where it would not fit.
        generator: where random numbers come from; ravine's random stream by default.

    >>> import ravine
    >>> from ravine import vision
    >>> tuple(vision.RandomResizedCrop(8)(ravine.rand(5, 3, 14, 12)).shape)
    (5, 3, 8, 8)
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        *,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.scale = span("RandomResizedCrop", "scale", scale, 0.0)
        self.ratio = span("RandomResizedCrop", "ratio", ratio, 1e-6)

    def forward(self, x: Tensor) -> Tensor:
        pictures("RandomResizedCrop", x)
        area = self.uniform(x, *self.scale) * (x.shape[2] * x.shape[3])
        low, high = (rv.tensor(end).log().item() for end in self.ratio)
        shape = self.uniform(x, low, high).exp()
        sides = (area / shape).sqrt(), (area * shape).sqrt()
        at = []
        for side, n, m in zip(sides, x.shape[2:], self.size, strict=True):
            side = side.clamp(max=n)
            first = self.uniform(x, 0, 1) * (n - side)
            step = (side / m).reshape(-1, 1)
            line = rv.arange(m, device=x.device) + 0.5
            # Clamped, so that the border's pixels are not mixed with what lies outside.
            at.append((first.reshape(-1, 1) + line * step - 0.5).clamp(0, n - 1).to(x.dtype))
        rows, columns = at[0].unsqueeze(2), at[1].unsqueeze(1)
        rows, columns = rv.broadcast_tensors(rows, columns)
        return read_pixels(x, [rows.flatten(1), columns.flatten(1)]).reshape(*x.shape[:2], *self.size)


class RandomHorizontalFlip(Augmentation):
    """Each picture mirrored left to right with probability ``p``.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.RandomHorizontalFlip(1.0)(ravine.tensor([[[[1.0, 2.0]]]])).tolist()
    [[[[2.0, 1.0]]]]
    """

    _axis = 3

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        super().__init__(generator)
        self.p = probability(type(self).__name__, p)

    def forward(self, x: Tensor) -> Tensor:
        pictures(type(self).__name__, x)
        return rv.where(self.happens(x, self.p), x.flip(self._axis), x)


class RandomVerticalFlip(RandomHorizontalFlip):
    """Each picture mirrored top to bottom with probability ``p``.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.RandomVerticalFlip(1.0)(ravine.tensor([[[[1.0], [2.0]]]])).tolist()
    [[[[2.0], [1.0]]]]
    """

    _axis = 2


class RandomAffine(Augmentation):
    """Each picture turned, moved, scaled and sheared by `affine`, with uniform draws.

    Args:
        degrees: the range of the angle (low, high), or one number for (-degrees, degrees).
        translate: the greatest moves to either side, as shares of width and height.
        scale: the range of the scale.
        shear: the range of the shear along x in degrees, or one number.
        mode: ``"bilinear"`` or ``"nearest"``.
        fill: what comes in from outside.
        generator: where random numbers come from; ravine's random stream by default.

    Raises:
        ValueError: a range whose ends are in the wrong order, or scales that are not positive.

    >>> import ravine
    >>> from ravine import vision
    >>> tuple(vision.RandomAffine(15, translate=(0.1, 0.1))(ravine.rand(5, 1, 28, 28)).shape)
    (5, 1, 28, 28)
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        *,
        translate: tuple[float, float] = (0.0, 0.0),
        scale: tuple[float, float] = (1.0, 1.0),
        shear: float | Sequence[float] = 0.0,
        mode: str = "bilinear",
        fill: float = 0.0,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        name = type(self).__name__
        self.degrees = span(name, "degrees", degrees, _ANY)
        self.translate = [span(name, "translate", part, _ANY) for part in translate]
        self.scale = span(name, "scale", scale, 1e-6)
        self.shear = span(name, "shear", shear, _ANY)
        self.mode, self.fill = mode, fill

    def forward(self, x: Tensor) -> Tensor:
        pictures(type(self).__name__, x)
        sizes = reversed(x.shape[2:])
        angle = self.uniform(x, *self.degrees)
        moves = [self.uniform(x, *part) * n for part, n in zip(self.translate, sizes, strict=True)]
        scale, shear = self.uniform(x, *self.scale), self.uniform(x, *self.shear)
        return affine(
            x, angle=angle, translate=(moves[0], moves[1]), scale=scale, shear=(shear, 0.0),
            mode=self.mode, fill=self.fill,
        )  # fmt: skip


class RandomRotation(RandomAffine):
    """Each picture turned about its centre by an angle of the range (low, high), or of (-degrees, degrees).

    >>> import ravine
    >>> from ravine import vision
    >>> vision.RandomRotation((180, 180))(ravine.tensor([[[[1.0, 2.0]]]])).tolist()
    [[[[2.0, 1.0]]]]
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        *,
        mode: str = "bilinear",
        fill: float = 0.0,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(degrees, mode=mode, fill=fill, generator=generator)
