"""What pixels look like: brightness, contrast, saturation, hue, and coarser colours."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Augmentation, each, pictures, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Generator, Tensor

    Number = Tensor | float

__all__ = [
    "ColorJitter",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "adjust_sharpness",
    "autocontrast",
    "posterize",
    "solarize",
]


def _blend(x: Tensor, other: Tensor | float, factor: Number) -> Tensor:
    factor = each(factor, x)
    return (factor * x + (1 - factor) * other).clamp(0, 1)


def _gray(x: Tensor) -> Tensor:
    """The luma of red, green and blue (ITU-R BT.601); gray pictures as they are."""
    if x.shape[1] != 3:
        return x.mean(1, keepdim=True)
    weights = x.new_tensor([0.299, 0.587, 0.114]).reshape(3, 1, 1)
    return (x * weights).sum(1, keepdim=True)


def adjust_brightness(x: Tensor, factor: Number) -> Tensor:
    """``factor * x``, cut to [0, 1]; the factor is a number or a tensor (N,).

    >>> import ravine
    >>> from ravine import vision
    >>> vision.adjust_brightness(ravine.full((1, 1, 1, 1), 0.25), 2.0).item()
    0.5
    """
    return _blend(pictures("adjust_brightness", x), 0.0, factor)


def adjust_contrast(x: Tensor, factor: Number) -> Tensor:
    """``factor * x + (1 - factor) * m`` with m the mean gray of each picture, cut to [0, 1].

    >>> import ravine
    >>> from ravine import vision
    >>> vision.adjust_contrast(ravine.tensor([[[[0.0, 1.0]]]]), 0.5).tolist()
    [[[[0.25, 0.75]]]]
    """
    pictures("adjust_contrast", x)
    return _blend(x, _gray(x).mean((1, 2, 3), keepdim=True), factor)


def adjust_saturation(x: Tensor, factor: Number) -> Tensor:
    """``factor * x + (1 - factor) * gray(x)``, cut to [0, 1]; gray pictures stay.

    >>> import ravine
    >>> from ravine import vision
    >>> x = ravine.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> [round(v, 3) for v in vision.adjust_saturation(x, 0.0).flatten().tolist()]
    [0.299, 0.299, 0.299]
    """
    pictures("adjust_saturation", x)
    return x if x.shape[1] == 1 else _blend(x, _gray(x), factor)


def adjust_sharpness(x: Tensor, factor: Number) -> Tensor:
    """``factor * x + (1 - factor) * smooth(x)``, cut to [0, 1]; smooth is a 3x3 mean with 5 in the middle.

    The outermost pixels stay, as they have no 3x3.

    >>> import ravine
    >>> from ravine import vision
    >>> x = ravine.zeros(1, 1, 3, 3)
    >>> x[0, 0, 1, 1] = 1.0
    >>> round(vision.adjust_sharpness(x, 0.0)[0, 0, 1, 1].item(), 4)
    0.3846
    """
    pictures("adjust_sharpness", x)
    if min(x.shape[2:]) < 3:
        return x
    kernel = x.new_ones((x.shape[1], 1, 3, 3))
    middle = F.pad(x.new_full((1, 1, 1, 1), 4.0), (1, 1, 1, 1))
    smooth = F.conv2d(x, (kernel + middle) / 13, groups=x.shape[1])
    inside = F.pad(x.new_ones((1, 1, x.shape[2] - 2, x.shape[3] - 2)), (1, 1, 1, 1)) > 0
    return _blend(x, rv.where(inside, F.pad(smooth, (1, 1, 1, 1)), x), factor)


def adjust_hue(x: Tensor, turn: Number) -> Tensor:
    """The hue of red, green and blue moved by a share of its circle (0.5: the opposite colour).

    Hue, saturation and value are those of the hexagonal cone; saturation and value stay. Gray pictures stay.

    Raises:
        ShapeError: neither 1 nor 3 channels.

    >>> import ravine
    >>> from ravine import vision
    >>> red = ravine.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    >>> vision.adjust_hue(red, 1 / 3).flatten().round(decimals=5).tolist()
    [0.0, 1.0, 0.0]
    """
    pictures("adjust_hue", x)
    if x.shape[1] == 1:
        return x
    if x.shape[1] != 3:
        raise ShapeError(f"adjust_hue: got pictures {tuple(x.shape)}; they must have 1 or 3 channels")
    value, low = x.amax(1), x.amin(1)
    chroma = value - low
    safe = rv.where(chroma > 0, chroma, 1.0)
    red, green, blue = x.unbind(1)
    sixth = rv.where(
        value == red,
        (green - blue) / safe,
        rv.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    sixth = sixth + 6 * each(turn, x, 3)
    # Each channel is value - chroma * max(0, min(k, 4 - k, 1)) with k = (n + hue) mod 6.
    channels = []
    for n in (5, 3, 1):
        k = (n + sixth) % 6
        channels.append(value - chroma * rv.minimum(k, 4 - k).clamp(0, 1))
    return rv.stack(channels, 1)


def solarize(x: Tensor, threshold: Number) -> Tensor:
    """``1 - x`` where x is at least the threshold.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.solarize(ravine.tensor([[[[0.25, 0.75]]]]), 0.5).tolist()
    [[[[0.25, 0.25]]]]
    """
    pictures("solarize", x)
    return rv.where(x >= each(threshold, x), 1 - x, x)


def posterize(x: Tensor, bits: Number) -> Tensor:
    """Colours rounded down to ``2^bits`` levels of 8-bit ones: ``floor(255 x / 2^(8 - bits)) 2^(8 - bits)``.

    >>> import ravine
    >>> from ravine import vision
    >>> (vision.posterize(ravine.tensor([[[[0.3, 0.7]]]]), 1) * 255).tolist()
    [[[[0.0, 128.0]]]]
    """
    pictures("posterize", x)
    bits = each(bits, x)
    step = rv.exp2(8 - bits) if isinstance(bits, rv.Tensor) else 2.0 ** (8 - bits)
    return rv.floor(rv.round(x * 255) / step) * step / 255


def autocontrast(x: Tensor) -> Tensor:
    """``(x - low) / (high - low)`` of each channel of each picture; a channel of one colour stays.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.autocontrast(ravine.tensor([[[[0.25, 0.5]]]])).tolist()
    [[[[0.0, 1.0]]]]
    """
    pictures("autocontrast", x)
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    wide = high > low
    return rv.where(wide, (x - low) / rv.where(wide, high - low, 1.0), x)


class ColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue of each picture changed by uniform factors, in this order.

    Args:
        brightness: the range of the factor (low, high), or b for (max(0, 1 - b), 1 + b).
        contrast: the same.
        saturation: the same.
        hue: the range of the turn (low, high), or h for (-h, h), within -0.5 and 0.5.
        generator: where random numbers come from; ravine's random stream by default.

    Raises:
        ValueError: a negative factor, a hue beyond 0.5, or ends in the wrong order.

    >>> import ravine
    >>> from ravine import vision
    >>> tuple(vision.ColorJitter(0.4, 0.4, 0.4, 0.1)(ravine.rand(5, 3, 8, 8)).shape)
    (5, 3, 8, 8)
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0.0,
        contrast: float | Sequence[float] = 0.0,
        saturation: float | Sequence[float] = 0.0,
        hue: float | Sequence[float] = 0.0,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        given = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        self.ranges = {
            name: span(
                "ColorJitter",
                name,
                (max(0.0, 1 - value), 1 + value) if isinstance(value, (int, float)) else value,
                0.0,
            )
            for name, value in given.items()
        }
        self.hue = span("ColorJitter", "hue", hue, -0.5)
        if self.hue[1] > 0.5:
            raise ValueError(f"ColorJitter: hue is {hue!r}; it must lie within -0.5 and 0.5")

    def forward(self, x: Tensor) -> Tensor:
        for name, adjust in _ADJUST.items():
            x = adjust(x, self.uniform(x, *self.ranges[name]))
        turn = self.uniform(x, *self.hue)
        return x if self.hue == (0.0, 0.0) else adjust_hue(x, turn)


_ADJUST = {
    "brightness": adjust_brightness,
    "contrast": adjust_contrast,
    "saturation": adjust_saturation,
}
