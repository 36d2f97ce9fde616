"""A transformer that reads both ways, and the classifier that looks at its first token."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .transformer import TransformerBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core import Tensor

__all__ = ["Encoder", "EncoderClassifier", "bert", "mean_pool"]


class Encoder(Model):
    """Embeddings of tokens, positions and segments, a norm, and blocks that see the whole text.

    Devlin et al., 2019. Shapes: tokens (B, T), int64 -> (B, T, width). Parameters: (vocabulary + context
    + segments) width + 2 width + layers (12 width^2 + 13 width), and 2 width of the last norm of pre-norm
    blocks.

    Args:
        layers: blocks.
        width: size of the vectors, a multiple of ``heads``.
        heads: of each attention.
        vocabulary: tokens there are.
        context: positions there are.
        segments: kinds of sentences, 0 for none.
        norm: ``"post"``, as in BERT, or ``"pre"``.
        dropout: the probability of dropping, of embeddings and in the blocks.
        eps: of the norms.

    Call with ``mask`` (B, T), True where there is a token and not padding, and ``segments`` (B, T).

    Raises:
        ValueError: a size that is not positive, or sizes that do not fit.
        ShapeError: at the call, tokens that are not (B, T), or segments where there are none.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.Encoder(layers=1, width=16, heads=4, vocabulary=10, context=8)
    >>> tuple(net(ravine.zeros(3, 5, dtype=ravine.int64)).shape)
    (3, 5, 16)
    """

    def __init__(
        self,
        *,
        layers: int,
        width: int,
        heads: int,
        vocabulary: int,
        context: int,
        segments: int = 0,
        norm: str = "post",
        dropout: float = 0.0,
        eps: float = 1e-12,
    ) -> None:
        super().__init__()
        if min(layers, width, heads, vocabulary, context) < 1 or segments < 0:
            raise ValueError("Encoder: layers, width, heads, vocabulary and context must be positive")
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.LearnedPositionalEncoding(width, context)
        self.kinds = nn.Embedding(segments, width) if segments else None
        self.norm = nn.LayerNorm(width, eps)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(width, heads, dropout=dropout, norm=norm, eps=eps) for _ in range(layers)
        )
        self.last = nn.LayerNorm(width, eps) if norm == "pre" else None
        for name, parameter in self.named_parameters():
            if name.endswith("weight") and "norm" not in name and "last" not in name:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens: Tensor, mask: Tensor | None = None, segments: Tensor | None = None) -> Tensor:
        if tokens.ndim != 2:
            raise ShapeError(f"Encoder: got tokens of shape {tuple(tokens.shape)}, expected (B, T)")
        x = self.positions(self.tokens(tokens))
        if self.kinds is not None:
            x = x + self.kinds(rv.zeros_like(tokens) if segments is None else segments)
        elif segments is not None:
            raise ShapeError("Encoder: segments were given, but it was made with segments=0")
        x = self.dropout(self.norm(x))
        seen = None if mask is None else mask.bool()[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias=seen)
        return x if self.last is None else self.last(x)


class EncoderClassifier(Model):
    """``scores = W_2 tanh(W_1 h_0)`` of what the encoder says at the first token, [CLS].

    Devlin et al., 2019. Shapes: tokens (B, T), of which the first is [CLS] -> (B, classes). Parameters:
    those of the `Encoder`, and width^2 + width + (width + 1) classes.

    Args:
        classes: scores.
        layers: as in an `Encoder`; so are all others.

    Call with ``mask`` (B, T), True where there is a token and not padding.

    Raises:
        ValueError: no classes, or what an encoder does not take.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.EncoderClassifier(classes=3, layers=1, width=16, heads=4, vocabulary=10, context=8)
    >>> tuple(net(ravine.zeros(2, 5, dtype=ravine.int64)).shape)
    (2, 3)
    """

    def __init__(
        self,
        *,
        classes: int,
        layers: int,
        width: int,
        heads: int,
        vocabulary: int,
        context: int,
        norm: str = "pre",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if classes < 1:
            raise ValueError(f"EncoderClassifier: classes must be positive, got {classes}")
        self.encoder = Encoder(
            layers=layers,
            width=width,
            heads=heads,
            vocabulary=vocabulary,
            context=context,
            norm=norm,
            dropout=dropout,
        )
        self.pool, self.head = nn.Linear(width, width), nn.Linear(width, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        first = self.encoder(tokens, mask)[:, 0]
        return self.head(self.dropout(self.pool(first).tanh()))


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean over the tokens that are there, of length 1: a text's embedding (Reimers, Gurevych, 2019).

    Args:
        hidden: (B, T, width).
        mask: (B, T), True where there is a token.

    >>> import ravine
    >>> from ravine.models import mean_pool
    >>> mean_pool(ravine.tensor([[[3.0, 4.0], [9.0, 9.0]]]), ravine.tensor([[True, False]]))
    tensor([[0.6000, 0.8000]])
    """
    there = mask.to(hidden.dtype).unsqueeze(2)
    return F.normalize((hidden * there).sum(1) / there.sum(1).clamp(min=1), dim=1)


def bert(weights: Mapping[str, Tensor], *, heads: int) -> Encoder:
    """An encoder with weights that are named as those of BERT.

    Args:
        weights: by name, with or without ``"bert."`` before it; what stands behind the encoder is left out.
        heads: which the weights do not tell.

    Raises:
        KeyError: a weight is missing.

    >>> from ravine import models
    >>> models.bert({}, heads=2)
    Traceback (most recent call last):
        ...
    KeyError: 'bert: there is no weight embeddings.word_embeddings.weight'
    """
    given = {name.removeprefix("bert."): value for name, value in weights.items()}

    def take(name: str) -> Tensor:
        if name not in given:
            raise KeyError(f"bert: there is no weight {name}")
        return given[name].detach()

    vocabulary, width = take("embeddings.word_embeddings.weight").shape
    layers = 1 + max(
        (int(name.split(".")[2]) for name in given if name.startswith("encoder.layer.")), default=0
    )
    model = Encoder(
        layers=layers,
        width=width,
        heads=heads,
        vocabulary=vocabulary,
        context=take("embeddings.position_embeddings.weight").shape[0],
        segments=take("embeddings.token_type_embeddings.weight").shape[0],
    )
    names = {
        "tokens": "embeddings.word_embeddings",
        "positions": "embeddings.position_embeddings",
        "kinds": "embeddings.token_type_embeddings",
        "norm": "embeddings.LayerNorm",
    }
    inside = {
        "attention.query": "attention.self.query",
        "attention.key": "attention.self.key",
        "attention.value": "attention.self.value",
        "attention.out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for layer in range(layers):
        names |= {f"blocks.{layer}.{own}": f"encoder.layer.{layer}.{name}" for own, name in inside.items()}
    state = {}
    for name in model.state_dict():
        module, _, kind = name.rpartition(".")
        state[name] = take(f"{names[module]}.{kind}")
    model.load_state_dict(state)
    return model
