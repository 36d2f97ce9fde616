"""Plain convolutional networks: LeNet-5, a small one for small pictures, and VGG."""

from __future__ import annotations

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["VGG", "LeNet", "SmallCNN", "vgg11", "vgg16"]


class LeNet(Model):
    """Two convolutions of 5x5 with pooling, then 120, 84 and ``classes`` units (LeCun et al., 1998).

    Of the original it keeps sizes, tanh and average pooling, and leaves out the incomplete table of
    connections. Shapes: (N, channels, 32, 32), or 28x28, which is padded -> (N, classes). Parameters: 61,706
    for one channel and ten classes.

    Args:
        channels: of the pictures.
        classes: scores.

    Raises:
        ValueError: a size that is not positive.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.LeNet()
    >>> tuple(net(ravine.zeros(2, 1, 28, 28)).shape), sum(p.numel() for p in net.parameters())
    ((2, 10), 61706)
    """

    def __init__(self, *, channels: int = 1, classes: int = 10) -> None:
        super().__init__()
        _positive("LeNet", channels=channels, classes=classes)
        self.conv1, self.conv2 = nn.Conv2d(channels, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] == (28, 28):
            x = F.pad(x, (2, 2, 2, 2))
        _sized("LeNet", x, 32)
        x = F.avg_pool2d(self.conv1(x).tanh(), 2)
        x = F.avg_pool2d(self.conv2(x).tanh(), 2).flatten(1)
        return self.fc3(self.fc2(self.fc1(x).tanh()).tanh())


class SmallCNN(Model):
    """Convolutions of 3x3, each with relu and pooling by 2, then a hidden layer and the scores.

    Shapes: (N, channels, size, size) -> (N, classes); :meth:`features` -> (N, hidden). Parameters: 421,642
    with the sizes by default.

    Args:
        channels: of the pictures.
        size: their height and width, a multiple of 2 for each convolution.
        widths: channels of each convolution.
        hidden: units of the hidden layer.
        classes: scores.
        dropout: the probability of dropping an input of either linear layer while training.

    Raises:
        ValueError: a size that is not positive, or that cannot be halved so often.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.SmallCNN()
    >>> tuple(net(ravine.zeros(2, 1, 28, 28)).shape), tuple(net.features(ravine.zeros(2, 1, 28, 28)).shape)
    ((2, 10), (2, 128))
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        size: int = 28,
        widths: Sequence[int] = (32, 64),
        hidden: int = 128,
        classes: int = 10,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        _positive("SmallCNN", channels=channels, size=size, hidden=hidden, classes=classes)
        if not widths or min(widths) < 1 or size % 2 ** len(widths):
            raise ValueError(
                f"SmallCNN: size {size} must be a multiple of 2 for each of widths={tuple(widths)}"
            )
        self.size = size
        sizes = [channels, *widths]
        self.convs = nn.ModuleList(nn.Conv2d(n, m, 3, padding=1) for n, m in zip(sizes, widths, strict=False))
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(widths[-1] * (size // 2 ** len(widths)) ** 2, hidden)
        self.head = nn.Linear(hidden, classes)

    def features(self, x: Tensor) -> Tensor:
        """What the scores are a linear map of: (N, channels, size, size) -> (N, hidden), not negative."""
        _sized("SmallCNN", x, self.size)
        for conv in self.convs:
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return F.relu(self.hidden(self.dropout(x.flatten(1))))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.dropout(self.features(x)))


class VGG(Model):
    """Stacks of 3x3 convolutions, each stack with pooling behind it, then three linear layers (Simonyan).

    Shapes: (N, channels, size, size) -> (N, classes). Parameters: 132,863,336 for 11 and 138,357,544 for 16
    layers at 1000 classes.

    Args:
        stacks: for each stack, how many convolutions, and their width.
        classes: scores.
        channels: of the pictures.
        size: their height and width, a multiple of 2 for each stack.
        hidden: units of both hidden linear layers.
        dropout: the probability of dropping a hidden unit while training.
        norm: whether a batch norm follows each convolution.

    Raises:
        ValueError: a size that is not positive, or that cannot be halved so often.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.VGG(stacks=[(1, 8), (2, 16)], size=16, hidden=32, classes=10)
    >>> tuple(net(ravine.zeros(2, 3, 16, 16)).shape)
    (2, 10)
    """

    def __init__(
        self,
        *,
        stacks: Sequence[Sequence[int]],
        classes: int = 1000,
        channels: int = 3,
        size: int = 224,
        hidden: int = 4096,
        dropout: float = 0.5,
        norm: bool = False,
    ) -> None:
        super().__init__()
        _positive("VGG", classes=classes, channels=channels, size=size, hidden=hidden)
        if not stacks or any(not isinstance(s, (tuple, list)) or len(s) != 2 or min(s) < 1 for s in stacks):
            raise ValueError(
                f"VGG: a stack is (convolutions, width), both positive, got stacks={stacks!r:.60}"
            )
        if size % 2 ** len(stacks):
            raise ValueError(f"VGG: size {size} must be a multiple of 2 for each of {len(stacks)} stacks")
        layers: list[nn.Module] = []
        width = channels
        for count, wider in stacks:
            for _ in range(count):
                layers.append(nn.Conv2d(width, wider, 3, padding=1))
                layers += [nn.BatchNorm2d(wider), nn.ReLU()] if norm else [nn.ReLU()]
                width = wider
            layers.append(nn.MaxPool2d(2))
        self.size = size
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(width * (size // 2 ** len(stacks)) ** 2, hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes),
        )  # fmt: skip
        for module in self.features.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        _sized("VGG", x, self.size)
        return self.classifier(self.features(x).flatten(1))


def vgg11(*, classes: int = 1000) -> VGG:
    """VGG with 11 layers of weights: 132,863,336 parameters at 1000 classes."""
    return VGG(stacks=[(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)], classes=classes)


def vgg16(*, classes: int = 1000) -> VGG:
    """VGG with 16 layers of weights: 138,357,544 parameters at 1000 classes."""
    return VGG(stacks=[(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], classes=classes)


def _sized(name: str, x: Tensor, size: int) -> None:
    if x.ndim != 4 or x.shape[2:] != (size, size):
        raise ShapeError(
            f"{name}: got pictures of shape {tuple(x.shape)}, but the linear layers are for size {size}. "
            f"Give (N, channels, {size}, {size}), by F.pad or F.interpolate"
        )


def _positive(name: str, **sizes: int) -> None:
    for argument, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name}: {argument} must be positive, got {value}")
