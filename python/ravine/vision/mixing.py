"""Pictures mixed with others, or with nothing: MixUp, CutMix, RandomErasing."""

from __future__ import annotations

import ravine as rv

from .._ops import _sample_dirichlet
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Augmentation, pictures, probability, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Generator, Tensor

__all__ = ["CutMix", "MixUp", "RandomErasing"]


class MixUp(Augmentation):
    """``x = l x_i + (1 - l) x_j`` and ``y = l y_i + (1 - l) y_j`` with l from Beta(alpha, alpha).

    Zhang et al., 2018. Each picture is mixed with another of its batch, drawn as a permutation. The labels
    that come out are probabilities, which `cross_entropy` takes: its loss is ``l CE(y_i) + (1 - l) CE(y_j)``.

    Shapes: x (N, ...) and labels (N,) -> x (N, ...) and probabilities (N, classes).

    Args:
        alpha: positive; the larger, the more even the mixtures.
        classes: of the labels.
        generator: where random numbers come from; ravine's random stream by default.

    Raises:
        ValueError: alpha or classes that are not positive.
        ShapeError: at the call, not as many labels as pictures.

    >>> import ravine
    >>> from ravine import vision
    >>> x, y = vision.MixUp(0.2, 10)(ravine.rand(4, 1, 8, 8), ravine.tensor([1, 2, 3, 4]))
    >>> tuple(y.shape), y.sum(1).round(decimals=5).tolist()
    ((4, 10), [1.0, 1.0, 1.0, 1.0])
    """

    def __init__(self, alpha: float, classes: int, *, generator: Generator | None = None) -> None:
        super().__init__(generator)
        if alpha <= 0 or classes < 1:
            raise ValueError(
                f"{type(self).__name__}: alpha and classes are positive, got {alpha} and {classes}"
            )
        self.alpha, self.classes = alpha, classes

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if labels.shape != x.shape[:1]:
            raise ShapeError(
                f"{type(self).__name__}: got labels {tuple(labels.shape)} for pictures {tuple(x.shape)}; "
                f"they must be class numbers ({x.shape[0]},)"
            )
        share = self.shares(x)
        partner = rv.randperm(x.shape[0], generator=self.generator, device=x.device)
        x, share = self.mixed(x, x[partner], share)
        one, two = (F.one_hot(y, self.classes).to(x.dtype) for y in (labels, labels[partner]))
        share = share.reshape(-1, 1)
        return x, share * one + (1 - share) * two

    def shares(self, x: Tensor) -> Tensor:
        """The share of its own that each picture keeps, (N,)."""
        alpha = rv.full((x.shape[0], 2), self.alpha, device=x.device)
        return _sample_dirichlet(alpha, generator=self.generator)[:, 0].to(x.dtype)

    def mixed(self, x: Tensor, other: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        """The mixtures, and the share that is in them."""
        own = share.reshape(-1, *[1] * (x.ndim - 1))
        return own * x + (1 - own) * other, share


class CutMix(MixUp):
    """A box of another picture over each, and the labels by area (Yun et al., 2019).

    The box has the picture's shape and ``1 - l`` of its area, l from Beta(alpha, alpha), its centre anywhere;
    what lies outside is cut off, and l corrected. Arguments and shapes as for `MixUp`, x (N, C, H, W).

    >>> import ravine
    >>> from ravine import vision
    >>> x, y = vision.CutMix(1.0, 2)(ravine.tensor([0.0, 1.0]).reshape(2, 1, 1, 1).expand(2, 1, 8, 8),
    ...                              ravine.tensor([0, 1]))
    >>> bool((x.mean((1, 2, 3)) == y[:, 1]).all())
    True
    """

    def mixed(self, x: Tensor, other: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
        pictures("CutMix", x)
        side = (1 - share).sqrt()
        height, width = x.shape[2:]
        box = _box(
            self.uniform(x, 0, 1) * height, self.uniform(x, 0, 1) * width, side * height, side * width, x
        )
        return rv.where(box, other, x), 1 - box.to(x.dtype).mean((1, 2, 3))


class RandomErasing(Augmentation):
    """A box of each picture set to ``value`` with probability ``p`` (Zhong et al., 2020).

    Args:
        p: the probability.
        scale: the range of the box's share of the area.
        ratio: the range of its height over its width, uniform in the logarithm.
        value: what it is filled with.
        generator: where random numbers come from; ravine's random stream by default.

    The box lies inside of the picture, and is cut to it where it would be higher or wider.

    >>> import ravine
    >>> from ravine import vision
    >>> erased = vision.RandomErasing(1.0, scale=(0.25, 0.25), ratio=(1.0, 1.0))
    >>> erased(ravine.ones(1, 1, 8, 8)).sum().item()
    48.0
    """

    def __init__(
        self,
        p: float = 0.5,
        *,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: float = 0.0,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.p = probability("RandomErasing", p)
        self.scale = span("RandomErasing", "scale", scale, 0.0)
        self.ratio = span("RandomErasing", "ratio", ratio, 1e-6)
        self.value = value

    def forward(self, x: Tensor) -> Tensor:
        pictures("RandomErasing", x)
        height, width = x.shape[2:]
        area = self.uniform(x, *self.scale) * (height * width)
        low, high = (rv.tensor(end).log().item() for end in self.ratio)
        shape = self.uniform(x, low, high).exp()
        tall = (area * shape).sqrt().clamp(max=height).round()
        wide = (area / shape).sqrt().clamp(max=width).round()
        # Whole pixels: the first is drawn from those that leave room for the box.
        top = (self.uniform(x, 0, 1) * (height - tall + 1)).floor().minimum(height - tall)
        left = (self.uniform(x, 0, 1) * (width - wide + 1)).floor().minimum(width - wide)
        box = _box(top + tall / 2, left + wide / 2, tall, wide, x)
        return rv.where(box & self.happens(x, self.p), self.value, x)


def _box(row: Tensor, column: Tensor, tall: Tensor, wide: Tensor, x: Tensor) -> Tensor:
    """True where a pixel's middle lies in the box about (row, column), (N, 1, H, W)."""
    down = rv.arange(x.shape[2], device=x.device).reshape(-1, 1) + 0.5
    right = rv.arange(x.shape[3], device=x.device) + 0.5
    row, column, tall, wide = (t.reshape(-1, 1, 1, 1) for t in (row, column, tall, wide))
    return ((down - row).abs() < tall / 2) & ((right - column).abs() < wide / 2)
