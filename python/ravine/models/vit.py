"""The vision transformer: pictures as sequences of patches."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._core import Tensor

__all__ = ["ViT", "ViTBlock", "patchify", "unpatchify", "vit_b16", "vit_small_data", "vit_ti16"]


def patchify(x: Tensor, size: int) -> Tensor:
    """Pictures (N, C, H, W) as rows of their patches (N, H/size * W/size, C * size * size), line by line.

    Raises:
        ShapeError: patches do not cover the pictures exactly.

    >>> import ravine
    >>> from ravine.models import patchify
    >>> patchify(ravine.arange(8).reshape(1, 1, 2, 4), 2).tolist()
    [[[0, 1, 4, 5], [2, 3, 6, 7]]]
    """
    if x.ndim != 4 or x.shape[2] % size or x.shape[3] % size:
        raise ShapeError(
            f"patchify: got {tuple(x.shape)}; pictures must be (N, C, H, W) with H and W multiples of {size}"
        )
    n, channels, height, width = x.shape
    x = x.reshape(n, channels, height // size, size, width // size, size)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def unpatchify(patches: Tensor, size: int, height: int, width: int) -> Tensor:
    """The inverse of `patchify`: pictures (N, C, height, width).

    Raises:
        ShapeError: other numbers of patches or pixels.

    >>> import ravine
    >>> from ravine.models import patchify, unpatchify
    >>> x = ravine.randn(2, 3, 4, 6)
    >>> (unpatchify(patchify(x, 2), 2, 4, 6) == x).all().item()
    True
    """
    rows, columns = height // size, width // size
    if patches.ndim != 3 or patches.shape[1] != rows * columns or patches.shape[2] % (size * size):
        raise ShapeError(
            f"unpatchify: got {tuple(patches.shape)}; pictures of {height} x {width} in patches of {size} "
            f"are (N, {rows * columns}, C * {size * size})"
        )
    x = patches.unflatten(2, (-1, size, size)).unflatten(1, (rows, columns))
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)


class ViTBlock(nn.Module):
    """``x = x + attention(norm1(x))``, then ``x + mlp(norm2(x))``: a pre-norm block with GELU.

    Both sums pass by their branch for some samples while training (`nn.DropPath`). Shapes: (N, T, width) ->
    the same. Parameters: ``4 width^2 + 2 width hidden + 9 width + hidden``.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.ViTBlock(8, 2, 16)(ravine.zeros(3, 5, 8)).shape)
    (3, 5, 8)
    """

    def __init__(
        self, width: int, heads: int, hidden: int, dropout: float = 0.0, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)
        self.drop_path = nn.DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        return self.attend(x, need_weights=False)[0]

    def attend(self, x: Tensor, need_weights: bool = True) -> tuple[Tensor, Tensor | None]:
        """What :meth:`forward` gives, and the attention of each head (N, heads, T, T)."""
        y = self.norm1(x)
        y, weights = self.attn(y, y, y, need_weights=need_weights, average_attn_weights=False)
        x = x + self.drop_path(self.dropout(y))
        y = self.fc2(self.dropout(F.gelu(self.fc1(self.norm2(x)))))
        return x + self.drop_path(self.dropout(y)), weights


class ViT(Model):
    """``head(norm(blocks([cls; E patch_1; ...; E patch_T] + positions))[cls])`` (Dosovitskiy et al., 2021).

    Patches are embedded by one linear map, a learned vector [CLS] goes first, a learned position is added to
    each, and the scores are of what the last block makes of [CLS].

    Shapes: (N, channels, size, size) -> (N, classes); :meth:`features` -> (N, width); :meth:`tokens` ->
    (N, 1 + (size/patch)^2, width). Parameters: 86,567,656 (B/16) and 5,717,416 (Ti/16) at 1000 classes; the
    blocks, ``(channels patch^2 + 1) width`` of the patches, ``(2 + T) width`` of [CLS] and positions, 2 width
    of the norm, and ``(width + 1) classes``.

    Args:
        size: height and width of the pictures.
        patch: height and width of a patch, a divisor of ``size``.
        layers: blocks.
        width: of the vectors.
        heads: of the attention, a divisor of ``width``.
        hidden: width inside a block's feed-forward part, ``4 * width`` if 0.
        classes: scores.
        channels: of the pictures.
        dropout: the probability of dropping a number, behind positions and in both branches of the blocks.
        drop_path: the probability of passing by a branch of the last block; those before have less, linearly.

    Raises:
        ValueError: sizes that are not positive or do not divide.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.ViT(size=8, patch=2, layers=2, width=16, heads=2, classes=10, channels=1)
    >>> tuple(net(ravine.zeros(3, 1, 8, 8)).shape)
    (3, 10)
    >>> [tuple(weights.shape) for weights in net.attention(ravine.zeros(3, 1, 8, 8))]
    [(3, 2, 17, 17), (3, 2, 17, 17)]
    """

    def __init__(
        self,
        *,
        size: int,
        patch: int,
        layers: int,
        width: int,
        heads: int,
        hidden: int = 0,
        classes: int = 1000,
        channels: int = 3,
        dropout: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = (size, patch, layers, width, heads, classes, channels)
        if min(sizes) < 1 or size % patch or width % heads:
            raise ValueError(
                "ViT: all sizes are positive, patch divides size and heads divide width, got "
                f"size={size}, patch={patch}, layers={layers}, width={width}, heads={heads}, "
                f"classes={classes}, channels={channels}"
            )
        self.size = size
        self.patch_embed = nn.PatchEmbed(channels, width, patch)
        self.cls_token = nn.Parameter(rv.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(rv.empty(1, 1 + (size // patch) ** 2, width))
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
        """[CLS] and the patches with their positions (N, 1 + T, width): what the first block is given."""
        if x.ndim != 4 or x.shape[2:] != (self.size, self.size):
            raise ShapeError(
                f"ViT: got pictures {tuple(x.shape)}; they must be (N, channels, {self.size}, {self.size}). "
                f"Resize them with interpolate, or make the model with another size"
            )
        x = self.patch_embed(x)
        cls = self.cls_token.expand(x.shape[0], 1, x.shape[2])
        return self.dropout(rv.cat([cls, x], 1) + self.pos_embed)

    def tokens(self, x: Tensor) -> Tensor:
        """What the last block makes of [CLS] and each patch, normed (N, 1 + T, width)."""
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)

    def features(self, x: Tensor) -> Tensor:
        """What the classifier sees (N, width)."""
        return self.tokens(x)[:, 0]

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    def attention(self, x: Tensor) -> list[Tensor]:
        """The attention of every block: (N, heads, 1 + T, 1 + T), rows of queries, [CLS] first."""
        x, maps = self.embed(x), []
        for block in self.blocks:
            x, weights = block.attend(x)
            maps.append(weights)
        return maps

    def load_named(self, weights: Mapping[str, Any], *, names: str) -> None:
        """Take weights over that have the names of another library.

        Args:
            weights: tensors by name, for instance from ``ravine.load``.
            names: ``"timm"`` (``blocks.0.attn.qkv.weight``, ...) or ``"torchvision"``
                (``encoder.layers.encoder_layer_0.self_attention.in_proj_weight``, ...).

        Raises:
            ValueError: other ``names``.
            RuntimeError: weights that are missing, or do not fit.

        >>> import ravine
        >>> from ravine import models
        >>> net = models.ViT(size=4, patch=2, layers=1, width=4, heads=1, classes=2, channels=1)
        >>> state = {name.replace("in_proj_", "qkv."): value for name, value in net.state_dict().items()}
        >>> state = {name.replace(".fc", ".mlp.fc"): value for name, value in state.items()}
        >>> state = {name.replace(".out_proj", ".proj"): value for name, value in state.items()}
        >>> net.load_named(state, names="timm")
        """
        if names not in _NAMES:
            raise ValueError(f"ViT.load_named: names is {names!r}. Use one of: {', '.join(_NAMES)}")
        renamed = {}
        for name, value in weights.items():
            for theirs, ours in _NAMES[names]:
                name = name.replace(theirs, ours)
            renamed[name] = value
        self.load_state_dict(renamed)


# What parts of names are here, in the order in which they are replaced.
_NAMES = {
    "timm": [(".attn.qkv.", ".attn.in_proj_"), (".attn.proj.", ".attn.out_proj."), (".mlp.fc", ".fc")],
    "torchvision": [
        ("conv_proj.", "patch_embed.proj."),
        ("class_token", "cls_token"),
        ("encoder.pos_embedding", "pos_embed"),
        ("encoder.layers.encoder_layer_", "blocks."),
        ("encoder.ln.", "norm."),
        (".ln_1.", ".norm1."),
        (".ln_2.", ".norm2."),
        (".self_attention.", ".attn."),
        (".mlp.linear_", ".fc"),
        (".mlp.0.", ".fc1."),
        (".mlp.3.", ".fc2."),
        ("heads.head.", "head."),
    ],
}


def vit_b16(*, size: int = 224, classes: int = 1000) -> ViT:
    """ViT-B/16: 12 blocks of width 768 with 12 heads; 86,567,656 parameters at 1000 classes.

    >>> import ravine
    >>> from ravine import models
    >>> with ravine.device("meta"):
    ...     net = models.vit_b16()
    >>> sum(p.numel() for p in net.parameters())
    86567656
    """
    return ViT(size=size, patch=16, layers=12, width=768, heads=12, classes=classes)


def vit_ti16(*, size: int = 224, classes: int = 1000) -> ViT:
    """ViT-Ti/16: 12 blocks of width 192 with 3 heads; 5,717,416 parameters at 1000 classes.

    >>> import ravine
    >>> from ravine import models
    >>> with ravine.device("meta"):
    ...     net = models.vit_ti16()
    >>> sum(p.numel() for p in net.parameters())
    5717416
    """
    return ViT(size=size, patch=16, layers=12, width=192, heads=3, classes=classes)


def vit_small_data(*, size: int, patch: int, classes: int, channels: int = 1, regular: bool = True) -> ViT:
    """A ViT for some thousand small pictures: 3 blocks of width 48, with dropout 0.1 and DropPath 0.1.

    ``regular=False`` leaves both out. Beside them the preset for small data (after DeiT, Touvron et al.,
    2021) is weight decay 0.05, `vision.RandAugment(1, 4)` and `vision.MixUp(0.2, classes)`.

    >>> from ravine import models
    >>> net = models.vit_small_data(size=14, patch=2, classes=10)
    >>> [block.drop_path.p for block in net.blocks][::2]
    [0.0, 0.1]
    """
    p = 0.1 if regular else 0.0
    return ViT(
        size=size, patch=patch, layers=3, width=48, heads=4, hidden=96, classes=classes, channels=channels,
        dropout=p, drop_path=p,
    )  # fmt: skip
