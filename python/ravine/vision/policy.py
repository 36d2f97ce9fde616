"""RandAugment: a few operations out of many, all of one magnitude."""

from __future__ import annotations

from math import atan, pi

import ravine as rv

from ..errors import ValueError
from ._base import Augmentation, pictures
from .colour import (
    adjust_brightness,
    adjust_contrast,
    adjust_saturation,
    adjust_sharpness,
    autocontrast,
    posterize,
    solarize,
)
from .geometry import affine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Generator, Tensor

__all__ = ["RandAugment"]

_FULL = 30  # the magnitude at which operations are as strong as they get
_OPERATIONS = (
    "identity", "rotate", "shear_x", "shear_y", "translate_x", "translate_y", "brightness", "contrast",
    "saturation", "sharpness", "posterize", "solarize", "autocontrast",
)  # fmt: skip


class RandAugment(Augmentation):
    """To each picture ``num_ops`` operations, drawn with replacement, at one magnitude (Cubuk et al., 2020).

    At magnitude M of 30 pictures turn by M degrees, shear by M/100, move by M/66 of their size; factors of
    brightness, contrast, saturation and sharpness are ``1 + 0.03 M``, posterising keeps ``8 - 4 M/30`` bits
    (rounded), solarising begins at ``1 - M/30``. The sign of all but the last two is drawn. Identity and
    autocontrast have no magnitude. Of the paper's list, histogram equalisation is left out.

    Args:
        num_ops: operations for each picture (the paper's N).
        magnitude: from 0 to 30 (the paper's M).
        operations: those to draw from, all by default.
        fill: what comes in from outside.
        generator: where random numbers come from; ravine's random stream by default.

    Raises:
        ValueError: another operation, or numbers out of range.

    >>> import ravine
    >>> from ravine import vision
    >>> change = vision.RandAugment(2, 9)
    >>> tuple(change(ravine.rand(5, 1, 14, 14)).shape)
    (5, 1, 14, 14)
    >>> change.operations[:4]
    ('identity', 'rotate', 'shear_x', 'shear_y')
    """

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: float = 9,
        *,
        operations: Sequence[str] = _OPERATIONS,
        fill: float = 0.0,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        unknown = [name for name in operations if name not in _OPERATIONS]
        if unknown or not operations:
            raise ValueError(
                f"RandAugment: unknown operations {unknown}. There are: {', '.join(_OPERATIONS)}"
            )
        if num_ops < 0 or not 0 <= magnitude <= _FULL:
            raise ValueError(
                f"RandAugment: num_ops is not negative and magnitude from 0 to {_FULL}, got {num_ops} and "
                f"{magnitude}"
            )
        self.num_ops, self.magnitude, self.fill = num_ops, magnitude, fill
        self.operations = tuple(operations)

    def plan(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What to do: the numbers in ``operations`` and the signs, 1 or -1, both (num_ops, N)."""
        shape = (self.num_ops, x.shape[0])
        which = rv.randint(0, len(self.operations), shape, generator=self.generator, device=x.device)
        signs = rv.randint(0, 2, shape, generator=self.generator, device=x.device)
        return which, 2.0 * signs - 1

    def forward(self, x: Tensor) -> Tensor:
        pictures("RandAugment", x)
        for which, sign in zip(*self.plan(x), strict=True):
            x = self.operate(x, which, sign)
        return x

    def operate(self, x: Tensor, which: Tensor, sign: Tensor) -> Tensor:
        """One operation to each picture.

        All are computed for all pictures; where one is not meant it has no strength, or is not taken.
        """
        part = self.magnitude / _FULL

        def strength(name: str, strong: Tensor | float, neutral: float) -> Tensor:
            return rv.where(self._is(which, name), strong, neutral)

        if any(name in self.operations for name in _OPERATIONS[1:6]):
            shear = atan(0.3 * part) * 180 / pi
            far = 150 / 331 * part
            x = affine(
                x,
                angle=strength("rotate", 30 * part * sign, 0.0),
                shear=(strength("shear_x", shear * sign, 0.0), strength("shear_y", shear * sign, 0.0)),
                translate=(
                    strength("translate_x", (far * x.shape[3] * sign).round(), 0.0),
                    strength("translate_y", (far * x.shape[2] * sign).round(), 0.0),
                ),
                fill=self.fill,
            )
        for name, adjust in _ADJUST.items():
            if name in self.operations:
                changed = adjust(x, 1 + 0.9 * part * sign)
                x = rv.where(self._is(which, name).reshape(-1, 1, 1, 1), changed, x)
        for name, change in _CHANGE.items():
            if name in self.operations:
                x = rv.where(self._is(which, name).reshape(-1, 1, 1, 1), change(x, part), x)
        return x

    def _is(self, which: Tensor, name: str) -> Tensor:
        """For which pictures the operation of this name was drawn."""
        return which == (self.operations.index(name) if name in self.operations else -1)


_ADJUST = {
    "brightness": adjust_brightness,
    "contrast": adjust_contrast,
    "saturation": adjust_saturation,
    "sharpness": adjust_sharpness,
}
_CHANGE = {
    "posterize": lambda x, part: posterize(x, 8 - round(4 * part)),
    "solarize": lambda x, part: solarize(x, 1 - part),
    "autocontrast": lambda x, part: autocontrast(x),
}
