"""The masked autoencoder: most patches are hidden, and have to be guessed from the rest."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ._base import Model
from .vit import ViTBlock, patchify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["MaskedAutoencoder", "masked_loss"]


class MaskedAutoencoder(Model):
    """``decoder([encoder(patches seen); masks])``: the pixels of hidden patches from those seen.

    He et al., 2022. The encoder, pre-norm blocks on patches with learned positions, gets the patches seen
    alone. The decoder, one block, gets what it makes of them and a learned vector in the place of each hidden
    one, with positions of its own, and gives the pixels of every patch.

    Shapes: (N, channels, size, size) -> pixels (N, T, channels * patch^2) and the mask (N, T), 1 where a
    patch was hidden; T = (size/patch)^2. :meth:`features` -> (N, width) of whole pictures. Parameters: a
    `ViTBlock` for each layer and one of width ``decoder``, ``(channels patch^2 + 1) width`` of the patches,
    ``T (width + decoder)`` of positions, ``2 (width + decoder)`` of norms, ``(width + 2) decoder`` and
    ``(decoder + 1) channels patch^2``.

    Args:
        size: height and width of the pictures.
        patch: height and width of a patch, a divisor of ``size``.
        layers: blocks of the encoder.
        width: of the encoder's vectors.
        heads: of the attention, a divisor of both widths.
        decoder: width of the decoder's vectors.
        hide: the share of patches that is hidden, in (0, 1).
        channels: of the pictures.

    Raises:
        ValueError: sizes that are not positive or do not divide, or nothing hidden or seen.
        ShapeError: at the call, pictures of another size.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.MaskedAutoencoder(size=8, patch=2, layers=1, width=8, heads=2, decoder=8, hide=0.75)
    >>> pixels, mask = net(ravine.zeros(3, 1, 8, 8))
    >>> tuple(pixels.shape), mask.sum(1).tolist()
    ((3, 16, 4), [12.0, 12.0, 12.0])
    """

    def __init__(
        self,
        *,
        size: int,
        patch: int,
        layers: int,
        width: int,
        heads: int,
        decoder: int,
        hide: float = 0.75,
        channels: int = 1,
    ) -> None:
        super().__init__()
        sizes = (size, patch, layers, width, heads, decoder, channels)
        if min(sizes) < 1 or size % patch or width % heads or decoder % heads:
            raise ValueError(
                "MaskedAutoencoder: all sizes are positive, patch divides size and heads divide width and "
                f"decoder, got size={size}, patch={patch}, layers={layers}, width={width}, heads={heads}, "
                f"decoder={decoder}, channels={channels}"
            )
        self.size, self.patch = size, patch
        self.count = (size // patch) ** 2
        self.seen = round(self.count * (1 - hide))
        if not 0 < self.seen < self.count:
            raise ValueError(
                f"MaskedAutoencoder: hide={hide} of {self.count} patches leaves {self.seen} to be seen; at "
                "least one has to be seen and one hidden"
            )
        self.patch_embed = nn.PatchEmbed(channels, width, patch)
        self.pos_embed = nn.Parameter(rv.zeros(1, self.count, width))
        self.blocks = nn.ModuleList(ViTBlock(width, heads, 2 * width) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.bridge = nn.Linear(width, decoder)
        self.mask_token = nn.Parameter(rv.zeros(1, 1, decoder))
        self.decoder_pos = nn.Parameter(rv.zeros(1, self.count, decoder))
        self.decoder = ViTBlock(decoder, heads, 2 * decoder)
        self.decoder_norm = nn.LayerNorm(decoder, eps=1e-6)
        self.pixels = nn.Linear(decoder, channels * patch * patch)
        for parameter in (self.pos_embed, self.mask_token, self.decoder_pos):
            nn.init.trunc_normal_(parameter, std=0.02)

    def order(self, x: Tensor) -> Tensor:
        """A random order of the patches of each picture (N, T); the first ``seen`` of it are seen."""
        return rv.rand(x.shape[0], self.count, device=x.device).argsort(1)

    def embed(self, x: Tensor) -> Tensor:
        """The patches with their positions (N, T, width)."""
        if x.ndim != 4 or x.shape[2:] != (self.size, self.size):
            raise ShapeError(
                f"MaskedAutoencoder: got pictures {tuple(x.shape)}; they must be (N, channels, {self.size}, "
                f"{self.size}). Resize them with interpolate"
            )
        return self.patch_embed(x) + self.pos_embed

    def encode(self, tokens: Tensor) -> Tensor:
        """What the encoder makes of tokens (N, T, width)."""
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)

    def features(self, x: Tensor) -> Tensor:
        """The mean of what the encoder makes of all patches (N, width)."""
        return self.encode(self.embed(x)).mean(1)

    def forward(self, x: Tensor, order: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Pixels of every patch, and which were hidden; ``order`` is drawn by :meth:`order` by default."""
        order = self.order(x) if order is None else order
        tokens = self.embed(x)
        seen = order[:, : self.seen].unsqueeze(2).expand(-1, -1, tokens.shape[2])
        y = self.bridge(self.encode(tokens.gather(1, seen)))
        hidden = self.mask_token.expand(y.shape[0], self.count - self.seen, y.shape[2])
        back = order.argsort(1)
        y = rv.cat([y, hidden], 1).gather(1, back.unsqueeze(2).expand(-1, -1, y.shape[2]))
        y = self.pixels(self.decoder_norm(self.decoder(y + self.decoder_pos)))
        return y, (back >= self.seen).to(y.dtype)


def masked_loss(model: MaskedAutoencoder, x: Tensor, order: Tensor | None = None) -> Tensor:
    """The mean squared error of the pixels of hidden patches.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.MaskedAutoencoder(size=4, patch=2, layers=1, width=4, heads=1, decoder=4, hide=0.5)
    >>> models.masked_loss(net, ravine.zeros(2, 1, 4, 4)).ndim
    0
    """
    pixels, mask = model(x, order)
    error = (pixels - patchify(x, model.patch)).square().mean(2)
    return (error * mask).sum() / mask.sum()
