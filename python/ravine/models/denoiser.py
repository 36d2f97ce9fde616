"""Networks that are told the time: a perceptron for points, a U-Net for pictures."""

from __future__ import annotations

from math import log

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Denoiser", "DiffusionUNet", "time_embedding"]


def time_embedding(t: Tensor, width: int, dtype: rv.dtype = rv.float32) -> Tensor:
    """``sin(t w_i)`` and ``cos(t w_i)`` for rates w from 1 down to 1/10000: (N,) -> (N, width).

    >>> import ravine
    >>> from ravine.models import time_embedding
    >>> time_embedding(ravine.tensor([0]), 4)
    tensor([[0., 0., 1., 1.]])
    """
    half = width // 2
    steps = rv.arange(half, device=t.device, dtype=dtype)
    rates = rv.exp(steps * (-log(10000.0) / max(half - 1, 1)))
    angles = t.to(dtype).unsqueeze(1) * rates
    return rv.cat([angles.sin(), angles.cos()], 1)


class Denoiser(Model):
    """A perceptron of points and time: ``h_l = h_(l-1) + W silu(V h_(l-1) + U e(t))``.

    The last h is mapped linearly. Shapes: points (N, size) and times (N,) -> (N, size). Parameters: (size +
    1) width + blocks (3 width^2 + 3 width) + (width + 1) size.

    Args:
        size: numbers of a point.
        width: of h, even.
        blocks: how many.

    Raises:
        ValueError: a size that is not positive, or an odd width.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.Denoiser(size=2, width=16, blocks=2)
    >>> tuple(net(ravine.zeros(5, 2), ravine.arange(5)).shape)
    (5, 2)
    """

    def __init__(self, *, size: int, width: int = 128, blocks: int = 3) -> None:
        super().__init__()
        if min(size, width, blocks) < 1 or width % 2:
            raise ValueError(f"Denoiser: sizes are positive and width is even, got {size}, {width}, {blocks}")
        self.first, self.last = nn.Linear(size, width), nn.Linear(width, size)
        self.times = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.width = width

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        if x.ndim != 2 or t.shape != x.shape[:1]:
            raise ShapeError(
                f"Denoiser: got {tuple(x.shape)} and times {tuple(t.shape)}, expected (N, size) and (N,)"
            )
        time = time_embedding(t, self.width, rv.promote_types(x.dtype, rv.float32)).to(x.dtype)
        hidden = self.first(x)
        for when, inner, outer in zip(self.times, self.inner, self.outer, strict=True):
            hidden = hidden + outer(F.silu(inner(hidden) + when(time)))
        return self.last(hidden)


class _Residual(nn.Module):
    """Group norm, silu, 3x3 convolution; plus the time; the same again with dropout; added to x."""

    def __init__(self, channels: int, width: int, time: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(min(groups, channels), channels)
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.time = nn.Linear(time, width)
        self.norm2 = nn.GroupNorm(min(groups, width), width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, width, 1) if channels != width else None
        nn.init.zeros_(self.conv2.weight)  # at first the block is its shortcut

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        y = self.conv1(F.silu(self.norm1(x))) + self.time(time)[:, :, None, None]
        y = self.conv2(F.silu(self.norm2(y)))
        return y + (x if self.shortcut is None else self.shortcut(x))


class _Places(nn.Module):
    """Attention of all places to all: x + out(softmax(q k^T / sqrt(C)) v) of the normed x."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.norm, self.qkv = nn.GroupNorm(min(groups, width), width), nn.Conv2d(width, 3 * width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (part.flatten(2).transpose(1, 2) for part in self.qkv(self.norm(x)).chunk(3, 1))
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(y.transpose(1, 2).reshape(x.shape))


class DiffusionUNet(Model):
    """A U-Net whose blocks are told the time, with attention at the coarsest level (Ho et al., 2020).

    Shapes: pictures (N, channels, H, W) and times (N,) -> the same as the pictures; H and W multiples of 2
    for each level below the first. With ``classes`` a class (N,) is added to the time. Parameters: those of
    the layers that are listed by `ravine.summary`.

    Args:
        widths: channels of each level, from the finest to the coarsest, multiples of ``groups``.
        channels: of the pictures.
        groups: of the norms.
        classes: kinds of pictures, 0 for none.
        skips: whether the ways up see what the ways down saw.

    Raises:
        ValueError: fewer than two levels, or widths that are no multiples of ``groups``.
        ShapeError: at the call, pictures that cannot be halved so often, or a class where there are none.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.DiffusionUNet(widths=(8, 16), groups=4)
    >>> tuple(net(ravine.zeros(2, 1, 8, 8), ravine.tensor([1, 2])).shape)
    (2, 1, 8, 8)
    """

    def __init__(
        self,
        *,
        widths: Sequence[int],
        channels: int = 1,
        groups: int = 8,
        classes: int = 0,
        skips: bool = True,
    ) -> None:
        super().__init__()
        if groups < 1 or len(widths) < 2 or min(widths) < 1 or any(width % groups for width in widths):
            raise ValueError(
                f"DiffusionUNet: widths are multiples of groups={groups}, two or more, got {tuple(widths)}"
            )
        time = 4 * widths[0]
        self.time1, self.time2 = nn.Linear(widths[0], time), nn.Linear(time, time)
        self.kinds = nn.Embedding(classes, time) if classes else None
        self.first = nn.Conv2d(channels, widths[0], 3, padding=1)
        pairs = list(zip([widths[0], *widths], widths, strict=False))
        self.down = nn.ModuleList(_Residual(n, m, time, groups) for n, m in pairs)
        self.middle = _Residual(widths[-1], widths[-1], time, groups)
        self.places = _Places(widths[-1], groups)
        ups = list(zip(widths[1:], widths, strict=False))[::-1]
        self.up = nn.ModuleList(_Residual(n + m * skips, m, time, groups) for n, m in ups)
        self.norm, self.last = nn.GroupNorm(groups, widths[0]), nn.Conv2d(widths[0], channels, 3, padding=1)
        for parameter in self.last.parameters():  # at first the network says 0
            nn.init.zeros_(parameter)
        self.factor, self.width, self.skips = 2 ** (len(widths) - 1), widths[0], skips

    def forward(self, x: Tensor, t: Tensor, kind: Tensor | None = None) -> Tensor:
        if x.ndim != 4 or x.shape[2] % self.factor or x.shape[3] % self.factor or t.shape != x.shape[:1]:
            raise ShapeError(
                f"DiffusionUNet: got {tuple(x.shape)}, times {tuple(t.shape)}, expected (N, channels, H, W) "
                f"with H and W multiples of {self.factor}, and (N,)"
            )
        time = time_embedding(t, self.width, rv.promote_types(x.dtype, rv.float32)).to(x.dtype)
        time = self.time2(F.silu(self.time1(time)))
        if kind is not None:
            if self.kinds is None:
                raise ShapeError("DiffusionUNet: a class was given, but it was made with classes=0")
            time = time + self.kinds(kind)
        time, x = F.silu(time), self.first(x)
        seen = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.avg_pool2d(x, 2), time)
            seen.append(x)
        x = self.places(self.middle(x, time))
        for block, beside in zip(self.up, seen[-2::-1], strict=True):
            x = F.interpolate(x, scale_factor=2)
            x = block(rv.cat([x, beside], 1) if self.skips else x, time)
        return self.last(F.silu(self.norm(x)))
