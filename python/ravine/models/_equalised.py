"""What progressive and style-based GANs are made of: layers of equal learning rate, and their critic."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import ravine as rv

from .. import nn
from ..errors import ShapeError
from ..nn import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Critic", "EqualConv2d", "EqualLinear", "leaky", "minibatch_deviation", "pixel_norm"]

_TINY = 1e-8


def leaky(x: Tensor) -> Tensor:
    """``max(x, 0.2 x)``."""
    return F.leaky_relu(x, 0.2)


def pixel_norm(x: Tensor) -> Tensor:
    """``x / sqrt(mean_c x^2 + 1e-8)``: every pixel's vector of channels to length sqrt(C)."""
    return x * (x.square().mean(1, keepdim=True) + _TINY).rsqrt()


def minibatch_deviation(x: Tensor) -> Tensor:
    """A further channel that holds how much the batch varies: (N, C, H, W) -> (N, C + 1, H, W).

    It is the standard deviation over the batch (biased), averaged over channels and pixels: a generator that
    makes all pictures alike gives itself away.
    """
    deviation = (x.var(0, correction=0) + _TINY).sqrt().mean()
    return rv.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)


class EqualLinear(nn.Module):
    """``y = x (s W)^T + r b`` with W ~ N(0, 1) / r and ``s = r gain / sqrt(fan_in)``.

    The scale of He's initialisation is applied at the call, so that every weight is drawn from one
    distribution and an optimizer such as Adam gives all of them the same speed, r times the usual one.
    """

    def __init__(self, fan_in: int, fan_out: int, *, gain: float = sqrt(2), rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(rv.randn(fan_out, fan_in) / rate)
        self.bias = nn.Parameter(rv.zeros(fan_out))
        self.scale, self.rate = rate * gain / sqrt(fan_in), rate

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias * self.rate)


class EqualConv2d(nn.Module):
    """The same for a convolution that keeps the size: ``fan_in = C size^2``."""

    def __init__(self, fan_in: int, fan_out: int, size: int, *, gain: float = sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(rv.randn(fan_out, fan_in, size, size))
        self.bias = nn.Parameter(rv.zeros(fan_out))
        self.scale = gain / sqrt(fan_in * size**2)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[2] // 2)


class Critic(nn.Module):
    """Pictures of one of several sizes -> scores, halving the size level by level (Karras et al., 2018).

    Level l has size ``start 2^l``. ``h = leaky(R_l x)``, then from l down to 1
    ``h = pool(leaky(B leaky(A h)))``, at last ``leaky(C [h, deviation])`` and two linear maps. While level l
    fades in, its h at half size is ``alpha h + (1 - alpha) leaky(R_(l-1) pool(x))``.
    """

    def __init__(self, name: str, widths: Sequence[int], channels: int, start: int, grows: bool) -> None:
        super().__init__()
        self.name, self.channels, self.start = name, channels, start
        self.readers = nn.ModuleList(
            EqualConv2d(channels, width, 1) for width in (widths if grows else widths[-1:])
        )
        self.first = nn.ModuleList(EqualConv2d(width, width, 3) for width in widths[1:])
        self.second = nn.ModuleList(EqualConv2d(wide, narrow, 3) for narrow, wide in pairwise(widths))
        self.last = EqualConv2d(widths[0] + 1, widths[0], 3)
        self.hidden = EqualLinear(widths[0] * start**2, widths[0])
        self.head = EqualLinear(widths[0], 1, gain=1.0)

    def forward(self, x: Tensor, level: int, alpha: float = 1.0) -> Tensor:
        size = self.start * 2**level
        if tuple(x.shape[1:]) != (self.channels, size, size):
            raise ShapeError(
                f"{self.name}: got pictures of shape {tuple(x.shape)}, expected "
                f"(N, {self.channels}, {size}, {size}) at level {level}"
            )
        h = leaky(self.readers[level if len(self.readers) > 1 else 0](x))
        for lower in reversed(range(level)):
            h = F.avg_pool2d(leaky(self.second[lower](leaky(self.first[lower](h)))), 2)
            if lower == level - 1 and alpha < 1:
                h = alpha * h + (1 - alpha) * leaky(self.readers[lower](F.avg_pool2d(x, 2)))
        h = leaky(self.last(minibatch_deviation(h)))
        return self.head(leaky(self.hidden(h.flatten(1))))
