"""The transformer as it was first made: an encoder reads, a decoder writes and looks at what was read."""

from __future__ import annotations

from math import sqrt

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .transformer import KeyValueCache, TransformerBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["Translator"]


class Translator(Model):
    """Encoder blocks over the source, decoder blocks with crossed attention over the target.

    Vaswani et al., 2017.     Positions are sinusoids, added to embeddings times sqrt(width); the head is the
    target's embedding. Shapes: source (B, S) and target (B, T), int64 -> (B, T, target_vocabulary): scores of
    what follows each token of the target. Parameters: (source_vocabulary + target_vocabulary) width, layers
    (12 width^2 + 13 width) of the encoder, layers (16 width^2 + 19 width) of the decoder, and 4 width of both
    last norms.

    Args:
        source_vocabulary: tokens of the source.
        target_vocabulary: tokens of the target.
        layers: blocks of the encoder, and as many of the decoder.
        width: size of the vectors, a multiple of ``heads``.
        heads: of each attention.
        context: positions there are, of either side.
        dropout: the probability of dropping, of embeddings and in the blocks.

    Call with ``mask`` (B, S), True where there is a token and not padding. The map of which source token each
    target token looks at is captured at ``decoder.N.cross.weights``.

    Raises:
        ValueError: a size that is not positive, or sizes that do not fit.
        ShapeError: at the call, tokens that are not (B, S) and (B, T).

    >>> import ravine
    >>> from ravine import models
    >>> sizes = {"source_vocabulary": 9, "target_vocabulary": 7, "layers": 1, "width": 8, "heads": 2}
    >>> net = models.Translator(**sizes, context=16)
    >>> source, target = ravine.zeros(2, 5, dtype=ravine.int64), ravine.zeros(2, 3, dtype=ravine.int64)
    >>> tuple(net(source, target).shape)
    (2, 3, 7)
    """

    def __init__(
        self,
        *,
        source_vocabulary: int,
        target_vocabulary: int,
        layers: int,
        width: int,
        heads: int,
        context: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(source_vocabulary, target_vocabulary, layers, width, heads, context) < 1:
            raise ValueError("Translator: vocabularies, layers, width, heads and context must be positive")
        self.source, self.target = (
            nn.Embedding(source_vocabulary, width),
            nn.Embedding(target_vocabulary, width),
        )
        self.positions = nn.SinusoidalPositionalEncoding(width, context)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.ModuleList(TransformerBlock(width, heads, dropout=dropout) for _ in range(layers))
        self.decoder = nn.ModuleList(
            TransformerBlock(width, heads, dropout=dropout, crossed=True) for _ in range(layers)
        )
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        for embedding in (self.source, self.target):
            nn.init.normal_(embedding.weight, std=width**-0.5)

    def new_cache(self) -> KeyValueCache:
        """An empty cache for :meth:`decode`."""
        return KeyValueCache()

    def encode(self, source: Tensor, mask: Tensor | None = None) -> Tensor:
        """What the decoder looks at: (B, S) -> (B, S, width)."""
        if source.ndim != 2:
            raise ShapeError(f"Translator: got a source of shape {tuple(source.shape)}, expected (B, S)")
        x = self.dropout(self.positions(self.source(source) * sqrt(self.source.embedding_dim)))
        for block in self.encoder:
            x = block(x, bias=_keys(mask))
        return self.encoder_norm(x)

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """Scores of what follows each token (B, T, target_vocabulary); with a cache, of new tokens alone."""
        if target.ndim != 2 or target.shape[0] != memory.shape[0]:
            raise ShapeError(
                f"Translator: got a target of shape {tuple(target.shape)}, expected ({memory.shape[0]}, T)"
            )
        before = 0 if cache is None else cache.length
        x = self.positions(self.target(target) * sqrt(self.target.embedding_dim), before)
        x = self.dropout(x)
        for layer, block in enumerate(self.decoder):
            x = block(x, memory, causal=True, memory_bias=_keys(mask), cache=cache, layer=layer)
        if cache is not None:
            cache.length += target.shape[1]
        return F.linear(self.decoder_norm(x), self.target.weight)

    def forward(self, source: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.decode(target, self.encode(source, mask), mask)


def _keys(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else mask.bool()[:, None, None, :]
