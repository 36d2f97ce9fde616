"""What all augmentations share: a draw for each picture, and what pictures are."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import DTypeError, ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .._core import Generator, Tensor

__all__ = ["Augmentation", "Compose", "Normalize"]


class Augmentation(nn.Module):
    """The base: pictures (N, C, H, W) -> the same or other pictures, each with its own draw.

    Args:
        generator: where random numbers come from; ravine's random stream by default.

    >>> import ravine
    >>> from ravine import vision
    >>> class Dim(vision.Augmentation):
    ...     def forward(self, x):
    ...         return x * self.uniform(x, 0.5, 1.0).reshape(-1, 1, 1, 1)
    >>> tuple(Dim()(ravine.ones(4, 1, 2, 2)).shape)
    (4, 1, 2, 2)
    """

    def __init__(self, generator: Generator | None = None) -> None:
        super().__init__()
        self.generator = generator

    def uniform(self, x: Tensor, low: float, high: float) -> Tensor:
        """A number in [low, high) for each picture (N,), on their device."""
        drawn = rv.rand(x.shape[0], generator=self.generator, device=x.device)
        return low + (high - low) * drawn

    def happens(self, x: Tensor, p: float) -> Tensor:
        """True with probability p for each picture, (N, 1, 1, 1)."""
        return self.uniform(x, 0.0, 1.0).reshape(-1, 1, 1, 1) < p


class Compose(nn.Sequential):
    """One after the other.

    >>> import ravine
    >>> from ravine import vision
    >>> flips = vision.Compose([vision.RandomHorizontalFlip(1.0), vision.RandomVerticalFlip(1.0)])
    >>> flips(ravine.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist()
    [[[[4.0, 3.0], [2.0, 1.0]]]]
    """

    def __init__(self, transforms: Iterable[Callable[[Tensor], Tensor]]) -> None:
        transforms = list(transforms)
        for number, part in enumerate(transforms):
            if not isinstance(part, nn.Module):
                raise ValueError(
                    f"Compose: transform {number} is a {type(part).__name__}, not a Module. Write a class "
                    "that derives from vision.Augmentation"
                )
        super().__init__(*transforms)


class Normalize(nn.Module):
    """``(x - mean) / std`` of each channel.

    Args:
        mean: of each channel.
        std: of each channel, positive.

    Raises:
        ValueError: not as many of the one as of the other, or an std that is not positive.
        ShapeError: at the call, pictures of other channels.

    >>> import ravine
    >>> from ravine import vision
    >>> vision.Normalize([0.5], [0.25])(ravine.ones(1, 1, 1, 1)).item()
    2.0
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std) or not mean or min(std) <= 0:
            raise ValueError(
                f"Normalize: mean and std are numbers for each channel, std positive, got {list(mean)} and "
                f"{list(std)}"
            )
        self.mean, self.std = list(mean), list(std)

    def forward(self, x: Tensor) -> Tensor:
        pictures("Normalize", x)
        if x.shape[1] != len(self.mean):
            raise ShapeError(
                f"Normalize: got pictures {tuple(x.shape)} of {x.shape[1]} channels, but mean and std for "
                f"{len(self.mean)}"
            )
        mean, std = (x.new_tensor(values).reshape(-1, 1, 1) for values in (self.mean, self.std))
        return (x - mean) / std


def pictures(name: str, x: Tensor) -> Tensor:
    """The pictures, if they are some."""
    if x.ndim != 4:
        raise ShapeError(
            f"{name}: got pictures {tuple(x.shape)}; they must be (N, C, H, W). Give a single one a batch "
            "with unsqueeze(0)"
        )
    if not x.dtype.is_floating_point:
        raise DTypeError(
            f"{name}: got pictures of dtype {x.dtype}; they must be floating point, colours in [0, 1]. "
            "Convert with x.float() / 255"
        )
    return x


def each(value: Tensor | float, x: Tensor, ndim: int = 4) -> Tensor | float:
    """A number, or one for each picture, so that it broadcasts with what has ``ndim`` dimensions."""
    if not isinstance(value, rv.Tensor) or value.ndim == 0:
        return value
    if value.shape != (x.shape[0],):
        raise ShapeError(
            f"got {tuple(value.shape)} numbers for {x.shape[0]} pictures. Give one number, or a tensor "
            f"({x.shape[0]},)"
        )
    return value.to(x.dtype).reshape(-1, *[1] * (ndim - 1))


def probability(name: str, p: float) -> float:
    """p, if it is one."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p is a probability between 0 and 1, but got {p}")
    return p


def span(name: str, argument: str, value: float | Sequence[float], least: float) -> tuple[float, float]:
    """A range: (low, high), or (-value, value) of one number."""
    low, high = (-value, value) if isinstance(value, (int, float)) else tuple(value)
    if not least <= low <= high:
        least_told = "" if least == float("-inf") else f", low at least {least}"
        raise ValueError(
            f"{name}: {argument} is {value!r}; it must be (low, high) with low <= high{least_told}"
        )
    return float(low), float(high)
