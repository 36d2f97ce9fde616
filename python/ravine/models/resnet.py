"""Residual networks, with the names of parameters that torchvision's weights have."""

from __future__ import annotations

from .. import nn
from ..errors import ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["BasicBlock", "Bottleneck", "ResNet", "resnet18", "resnet34", "resnet50"]


class BasicBlock(nn.Module):
    """``relu(x + bn(conv(relu(bn(conv(x))))))`` with two 3x3 convolutions, the first with the stride.

    Where the shape changes, x goes through a 1x1 convolution and a batch norm. Shapes: (N, n, H, W) ->
    (N, width, H/stride, W/stride). Parameters: 9 n width + 9 width^2 + 4 width, and n width + 2 width of the
    shortcut.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.BasicBlock(4, 8, stride=2)(ravine.zeros(1, 4, 6, 6)).shape)
    (1, 8, 3, 3)
    """

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(shortcut + self.bn2(self.conv2(y)))


class Bottleneck(nn.Module):
    """1x1 down to ``width``, 3x3 with the stride, 1x1 up to 4 ``width``; then as in a `BasicBlock`.

    Shapes: (N, n, H, W) -> (N, 4 width, H/stride, W/stride). Parameters: n width + 13 width^2 + 12 width, and
    4 n width + 8 width of the shortcut.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.Bottleneck(4, 8, stride=2)(ravine.zeros(1, 4, 6, 6)).shape)
    (1, 32, 3, 3)
    """

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        wide = self.expansion * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, wide, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(wide)
        self.downsample = _shortcut(channels, wide, stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(shortcut + self.bn3(self.conv3(y)))


def _shortcut(channels: int, width: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels == width:
        return None
    return nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))


_BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}


class ResNet(Model):
    """A stem, stages of residual blocks, the mean over places, and a linear layer (He et al., 2016).

    Each stage but the first halves height and width in its first block. Shapes: (N, channels, H, W) ->
    (N, classes); :meth:`features` -> (N, expansion * widths[-1]). Parameters: 11,689,512 (18 layers),
    21,797,672 (34) and 25,557,032 (50) at 1000 classes.

    Args:
        blocks: of each stage.
        block: ``"basic"`` or ``"bottleneck"``.
        widths: of each stage.
        classes: scores.
        channels: of the pictures.
        stem: ``"large"``: a 7x7 convolution and a pooling, both with stride 2; ``"small"``, for pictures of
            about 32x32: a 3x3 convolution.

    Raises:
        ValueError: another block or stem, or as many widths as stages are not given.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.ResNet(blocks=[1, 1], widths=[8, 16], classes=10, channels=1, stem="small")
    >>> tuple(net(ravine.zeros(2, 1, 28, 28)).shape)
    (2, 10)
    """

    def __init__(
        self,
        *,
        blocks: Sequence[int],
        block: str = "basic",
        widths: Sequence[int] = (64, 128, 256, 512),
        classes: int = 1000,
        channels: int = 3,
        stem: str = "large",
    ) -> None:
        super().__init__()
        if block not in _BLOCKS:
            raise ValueError(f"ResNet: block is {block!r}. Use one of: {', '.join(_BLOCKS)}")
        if stem not in ("large", "small"):
            raise ValueError(f"ResNet: stem is {stem!r}. Use 'large' or 'small'")
        if min(classes, channels) < 1:
            raise ValueError(f"ResNet: classes and channels must be positive, got {classes} and {channels}")
        if isinstance(blocks, int) or len(blocks) != len(widths) or not blocks or min(*blocks, *widths) < 1:
            raise ValueError(
                f"ResNet: blocks and widths are positive, one of each a stage, got blocks={blocks!r:.60} and "
                f"widths={widths!r:.60}"
            )
        kind = _BLOCKS[block]
        large = stem == "large"
        size, stride = (7, 2) if large else (3, 1)
        self.conv1 = nn.Conv2d(channels, widths[0], size, stride, padding=size // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.large = large
        self.stages = [f"layer{number}" for number in range(1, len(blocks) + 1)]
        before = widths[0]
        for name, count, width in zip(self.stages, blocks, widths, strict=True):
            stride = 1 if name == "layer1" else 2
            after = kind.expansion * width
            rest = (kind(after, width) for _ in range(count - 1))
            setattr(self, name, nn.Sequential(kind(before, width, stride), *rest))
            before = after
        self.fc = nn.Linear(before, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def features(self, x: Tensor) -> Tensor:
        """The mean over places of what the last stage gives: (N, expansion * widths[-1])."""
        x = F.relu(self.bn1(self.conv1(x)))
        if self.large:
            x = F.max_pool2d(x, 3, 2, padding=1)
        for name in self.stages:
            x = getattr(self, name)(x)
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x))


def resnet18(*, classes: int = 1000) -> ResNet:
    """ResNet-18: 11,689,512 parameters at 1000 classes."""
    return ResNet(blocks=[2, 2, 2, 2], classes=classes)


def resnet34(*, classes: int = 1000) -> ResNet:
    """ResNet-34: 21,797,672 parameters at 1000 classes."""
    return ResNet(blocks=[3, 4, 6, 3], classes=classes)


def resnet50(*, classes: int = 1000) -> ResNet:
    """ResNet-50, of bottleneck blocks: 25,557,032 parameters at 1000 classes."""
    return ResNet(blocks=[3, 4, 6, 3], block="bottleneck", classes=classes)
