"""Convolution and attention together: a convolutional stem before a transformer, attention inside a CNN."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .vit import ViTBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["AttentionCNN", "HybridViT", "PlaceAttention"]


class HybridViT(Model):
    """A convolutional stem whose places are the tokens of a transformer (Xiao et al., 2021).

    Each stage of the stem is a 3x3 convolution of stride 2, a batch norm and ReLU; a 1x1 convolution brings
    the last to ``width``. Then [CLS], learned positions, pre-norm blocks, norm and head, as in `ViT`.

    Shapes: (N, channels, size, size) -> (N, classes); :meth:`features` -> (N, width). With s stages there are
    ``1 + ceil(size / 2^s)^2`` tokens. Parameters: those of the convolutions and norms of the stem, ``(w +
    1) width`` of the 1x1 convolution behind w channels, and a `ViT` without its patches.

    Args:
        size: height and width of the pictures.
        stem: channels of each stage of the stem.
        layers: blocks.
        width: of the tokens.
        heads: of the attention, a divisor of ``width``.
        hidden: width inside a block's feed-forward part, ``4 * width`` if 0.
        classes: scores.
        channels: of the pictures.
        dropout: the probability of dropping a number.
        drop_path: the probability of passing by a branch of the last block; those before have less, linearly.

    Raises:
        ValueError: sizes that are not positive or do not divide.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.HybridViT(size=14, stem=[8, 16], layers=1, width=16, heads=2, classes=10, channels=1)
    >>> tuple(net(ravine.zeros(3, 1, 14, 14)).shape), tuple(net.pos_embed.shape)
    ((3, 10), (1, 17, 16))
    """

    def __init__(
        self,
        *,
        size: int,
        stem: Sequence[int],
        layers: int,
        width: int,
        heads: int,
        hidden: int = 0,
        classes: int = 10,
        channels: int = 1,
        dropout: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        if min(size, layers, width, heads, classes, channels, *stem) < 1 or not stem or width % heads:
            raise ValueError(
                "HybridViT: all sizes are positive, stem has a stage and heads divide width, got "
                f"size={size}, stem={list(stem)}, layers={layers}, width={width}, heads={heads}"
            )
        self.size = size
        stages, before, side = [], channels, size
        for after in stem:
            stages += [
                nn.Conv2d(before, after, 3, 2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
            before, side = after, (side + 1) // 2
        self.stem = nn.Sequential(*stages, nn.Conv2d(before, width, 1))
        self.cls_token = nn.Parameter(rv.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(rv.zeros(1, 1 + side * side, width))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            ViTBlock(width, heads, hidden or 4 * width, dropout, p)
            for p in nn.DropPath.linear(drop_path, layers)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)

    def embed(self, x: Tensor) -> Tensor:
        """[CLS] and the stem's places with their positions (N, 1 + T, width)."""
        if x.ndim != 4 or x.shape[2:] != (self.size, self.size):
            raise ShapeError(
                f"HybridViT: got pictures {tuple(x.shape)}; they must be (N, channels, {self.size}, "
                f"{self.size}). Resize them with interpolate"
            )
        x = self.stem(x).flatten(2).transpose(1, 2)
        cls = self.cls_token.expand(x.shape[0], 1, x.shape[2])
        return self.dropout(rv.cat([cls, x], 1) + self.pos_embed)

    def features(self, x: Tensor) -> Tensor:
        """What the classifier sees (N, width)."""
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    def attention(self, x: Tensor) -> list[Tensor | None]:
        """The attention of every block: (N, heads, 1 + T, 1 + T), rows of queries, [CLS] first."""
        x, maps = self.embed(x), []
        for block in self.blocks:
            x, weights = block.attend(x)
            maps.append(weights)
        return maps


class PlaceAttention(nn.Module):
    """``x + attention(norm(x))`` over the places of feature maps: every place sees all others.

    Wang et al., 2018 (non-local networks), with heads. The projection behind the attention begins at 0, so
    that a trained CNN may get one without a change of what it computes. Shapes: (N, channels, H, W) -> the
    same. Parameters: ``4 channels^2 + 6 channels``.

    >>> import ravine
    >>> from ravine import models
    >>> x = ravine.randn(1, 4, 3, 3)
    >>> (models.PlaceAttention(4, 2)(x) == x).all().item()
    True
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.attn = nn.MultiheadAttention(channels, heads, batch_first=True)
        nn.init.zeros_(self.attn.out_proj.weight)

    def forward(self, x: Tensor) -> Tensor:
        places = self.norm(x).flatten(2).transpose(1, 2)
        seen = self.attn(places, places, places, need_weights=False)[0]
        return x + seen.transpose(1, 2).reshape(x.shape)


class AttentionCNN(Model):
    """Convolutions with attention over the places behind each stage but the first; then the mean and a head.

    A stage is a 3x3 convolution, a batch norm, ReLU and a max pooling of 2; behind it stands a
    `PlaceAttention`. Shapes: (N, channels, H, W) -> (N, classes). Parameters: ``9 n m + 2 m`` for a stage
    from n to m channels, those of the attentions, and ``(m + 1) classes``.

    Args:
        widths: channels of each stage.
        heads: of the attention, a divisor of all widths but the first.
        classes: scores.
        channels: of the pictures.

    Raises:
        ValueError: sizes that are not positive or do not divide.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.AttentionCNN(widths=[8, 16], heads=2, classes=10, channels=1)
    >>> tuple(net(ravine.zeros(3, 1, 14, 14)).shape)
    (3, 10)
    """

    def __init__(
        self, *, widths: Sequence[int], heads: int = 4, classes: int = 10, channels: int = 1
    ) -> None:
        super().__init__()
        if not widths or min(*widths, heads, classes, channels) < 1 or any(n % heads for n in widths[1:]):
            raise ValueError(
                f"AttentionCNN: sizes are positive and heads divide all widths but the first, got "
                f"widths={list(widths)}, heads={heads}, classes={classes}, channels={channels}"
            )
        self.stages, self.attentions = nn.ModuleList(), nn.ModuleList()
        before = channels
        for number, after in enumerate(widths):
            convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
            self.stages.append(nn.Sequential(convolution, nn.BatchNorm2d(after)))
            self.attentions.append(PlaceAttention(after, heads) if number else nn.Identity())
            before = after
        self.head = nn.Linear(before, classes)

    def features(self, x: Tensor) -> Tensor:
        """The mean over places of the last stage (N, widths[-1])."""
        for stage, attention in zip(self.stages, self.attentions, strict=True):
            x = attention(F.max_pool2d(F.relu(stage(x)), 2))
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))
