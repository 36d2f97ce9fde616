"""EfficientNet: inverted bottlenecks of depthwise convolutions, with squeeze and excitation."""

from __future__ import annotations

from math import ceil

import ravine as rv

from .. import nn
from ..errors import ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["EfficientNet", "MBConv", "SqueezeExcitation", "efficientnet_b0"]


class SqueezeExcitation(nn.Module):
    """``x * sigmoid(W2 silu(W1 mean(x)))``: each channel is scaled by what all of them hold.

    Hu et al., 2018. Shapes: (N, C, H, W) -> the same. Parameters: 2 C squeezed + C + squeezed.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.SqueezeExcitation(8, 2)(ravine.zeros(1, 8, 3, 3)).shape)
    (1, 8, 3, 3)
    """

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        scale = self.fc2(F.silu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * rv.sigmoid(scale)


class MBConv(nn.Module):
    """1x1 up by ``expand``, depthwise, squeeze and excitation, 1x1 down; added to x if shapes allow.

    Silu after the first two, batch norms after each convolution (Sandler et al., 2018; Tan and Le, 2019).
    Shapes: (N, n, H, W) -> (N, width, H/stride, W/stride).

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.MBConv(4, 8, expand=6, kernel=3, stride=2)(ravine.zeros(1, 4, 6, 6)).shape)
    (1, 8, 3, 3)
    """

    def __init__(self, channels: int, width: int, *, expand: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        inner = channels * expand
        self.expand = _unit(channels, inner, 1) if expand > 1 else nn.Identity()
        self.depthwise = _unit(inner, inner, kernel, stride, groups=inner)
        self.excite = SqueezeExcitation(inner, max(1, channels // 4))
        self.project = nn.Sequential(nn.Conv2d(inner, width, 1, bias=False), nn.BatchNorm2d(width))
        self.adds = stride == 1 and channels == width

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.excite(self.depthwise(self.expand(x))))
        return x + y if self.adds else y


def _unit(channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm, silu."""
    conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width), nn.SiLU())


class EfficientNet(Model):
    """A 3x3 convolution, stages of `MBConv`, a 1x1 convolution, the mean over places, a linear layer.

    Shapes: (N, channels, H, W) -> (N, classes). Parameters: 5,288,548 for B0 at 1000 classes (Tan and Le,
    2019).

    Args:
        stages: for each, its blocks' expansion, width, count, stride of the first, and kernel size.
        stem: width of the first convolution.
        head: width of the last one.
        classes: scores.
        channels: of the pictures.
        stride: of the first convolution: 2, or 1 for small pictures.
        dropout: the probability of dropping an input of the linear layer while training.

    Raises:
        ValueError: no stages, a stage that is not of five positive numbers, a kernel of even size, or a size
            that is not positive.

    >>> import ravine
    >>> from ravine import models
    >>> stages = [(1, 8, 1, 1, 3), (4, 16, 2, 2, 3)]
    >>> net = models.EfficientNet(stages=stages, stem=8, head=32, classes=10, channels=1, stride=1)
    >>> tuple(net(ravine.zeros(2, 1, 28, 28)).shape)
    (2, 10)
    """

    def __init__(
        self,
        *,
        stages: Sequence[Sequence[int]],
        stem: int = 32,
        head: int = 1280,
        classes: int = 1000,
        channels: int = 3,
        stride: int = 2,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        if not stages or any(len(stage) != 5 or min(stage) < 1 or stage[4] % 2 == 0 for stage in stages):
            raise ValueError(
                "EfficientNet: a stage is (expansion, width, count, stride, kernel), all positive, the "
                f"kernel odd, got stages={stages!r:.60}"
            )
        if min(stem, head, classes, channels, stride) < 1:
            raise ValueError("EfficientNet: stem, head, classes, channels and stride must be positive")
        self.stem = _unit(channels, stem, 3, stride)
        blocks, width = [], stem
        for expand, wider, count, first, kernel in stages:
            for number in range(count):
                step = first if number == 0 else 1
                blocks.append(MBConv(width, wider, expand=expand, kernel=kernel, stride=step))
                width = wider
        self.blocks = nn.Sequential(*blocks)
        self.head = _unit(width, head, 1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(head, classes)

    def forward(self, x: Tensor) -> Tensor:
        features = self.head(self.blocks(self.stem(x))).mean((2, 3))
        return self.fc(self.dropout(features))


def efficientnet_b0(*, classes: int = 1000, width: float = 1.0) -> EfficientNet:
    """EfficientNet-B0: 5,288,548 parameters at 1000 classes; ``width`` scales its channels."""

    def scaled(channels: int) -> int:
        return ceil(channels * width / 8) * 8

    stages = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ]
    wide = [(e, scaled(w), n, s, k) for e, w, n, s, k in stages]
    return EfficientNet(stages=wide, stem=scaled(32), head=scaled(1280), classes=classes)
