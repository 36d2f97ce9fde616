"""The transformer as it was first made: an encoder reads, a decoder writes and looks at what was read."""

from __future__ import annotations

from math import sqrt

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .transformer import KeyValueCache, TransformerBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["Given", "Translator", "translate"]


class Translator(Model):
    """Encoder blocks over the source, decoder blocks with crossed attention over the target.

    Vaswani et al., 2017. Positions are sinusoids, added to embeddings times sqrt(width); the head is the
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

    def new_cache(self, batch: int) -> KeyValueCache:
        """An empty cache for :meth:`decode`, for so many texts."""
        return KeyValueCache(batch)

    def given(self, source: Tensor, mask: Tensor | None = None) -> Given:
        """The decoder as a model that maps the target's tokens to logits, for `ravine.generation`."""
        return Given(self, source, mask)

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


class Given:
    """What a `Translator` says of targets when the source is given: a language model with a cache.

    Shapes: (B n, T) -> (B n, T, target_vocabulary), with n targets in a row for each of the B sources.

    Args:
        model: in evaluation mode, or dropout is at work.
        source: (B, S).
        mask: (B, S), True where there is a token.
    """

    def __init__(self, model: Translator, source: Tensor, mask: Tensor | None = None) -> None:
        self.model, self.mask = model, mask
        self.memory = model.encode(source, mask)

    def new_cache(self, batch: int) -> KeyValueCache:
        """An empty cache for so many texts."""
        return self.model.new_cache(batch)

    def __call__(self, tokens: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        times = len(tokens) // max(len(self.memory), 1)
        memory = self.memory.repeat_interleave(times, 0)
        mask = None if self.mask is None else self.mask.repeat_interleave(times, 0)
        return self.model.decode(tokens, memory, mask, cache)


def translate(
    model: Translator,
    source: Tensor,
    mask: Tensor | None = None,
    *,
    begin: int,
    end: int,
    length: int,
) -> Tensor:
    """The likeliest token after each, from ``begin`` on: int64 (B, length); behind ``end`` all are ``end``.

    Args:
        model: run in evaluation mode.
        source: (B, S).
        mask: (B, S), True where there is a token.
        begin: the token before each target.
        end: the token behind each.
        length: how many tokens to write.

    >>> import ravine
    >>> from ravine import models
    >>> sizes = {"source_vocabulary": 9, "target_vocabulary": 7, "layers": 1, "width": 8, "heads": 2}
    >>> net = models.Translator(**sizes, context=16)
    >>> tuple(models.translate(net, ravine.tensor([[3, 4]]), begin=1, end=2, length=5).shape)
    (1, 5)
    """
    training = model.training
    model.eval()
    with rv.no_grad():
        says, cache = model.given(source, mask), model.new_cache(len(source))
        tokens = rv.full((len(source), 1), begin, dtype=rv.int64, device=source.device)
        written = []
        for _ in range(length):
            drawn = says(tokens, cache=cache).argmax(-1)
            tokens = rv.where(tokens == end, end, drawn)
            written.append(tokens)
    model.train(training)
    return rv.cat(written, 1)
