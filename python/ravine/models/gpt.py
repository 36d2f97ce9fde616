"""GPT: a transformer that reads from left to right and says what follows."""

from __future__ import annotations

from math import sqrt

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .transformer import KeyValueCache, TransformerBlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core import Tensor

__all__ = ["GPT", "gpt2"]

_POSITIONS = ("learned", "sinusoidal", "rotary", "alibi", "none")


class GPT(Model):
    """Embeddings with positions, causal blocks, a norm, and scores of the next token (Radford et al., 2019).

    ``x = E[tokens] + p``, ``x = block_l(x)`` for each layer, ``logits = norm(x) E^T`` with the embedding as
    the head if it is tied (Press and Wolf, 2017). Shapes: (B, T), int64 -> (B, T, vocabulary). Parameters:
    vocabulary width, context width of learned positions, layers (12 width^2 + 13 width), 2 width of the last
    norm, and vocabulary width of a head that is not tied.

    Args:
        layers: blocks.
        width: size of the vectors, a multiple of ``heads``.
        heads: of each attention.
        vocabulary: tokens there are.
        context: positions there are; with rotary positions, ALiBi or none a longer text is read, too.
        positions: ``"learned"``, ``"sinusoidal"``, ``"rotary"``, ``"alibi"`` or ``"none"``.
        norm: ``"pre"``: before attention and feed-forward net; ``"post"``: after their sums.
        activation: ``"gelu"``, ``"gelu_tanh"``, ``"relu"`` or ``"silu"``.
        dropout: the probability of dropping, of embeddings and in the blocks.
        tied: whether the head is the embedding.
        final_norm: whether a norm stands before the head.

    Call with a ``cache`` of :meth:`new_cache` to give new tokens alone.

    Raises:
        ValueError: a size that is not positive, another kind of positions, or sizes that do not fit.
        ShapeError: at the call, tokens that are not (B, T), or more than there are positions.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.GPT(layers=2, width=16, heads=4, vocabulary=10, context=8)
    >>> tuple(net(ravine.zeros(3, 5, dtype=ravine.int64)).shape)
    (3, 5, 10)
    """

    def __init__(
        self,
        *,
        layers: int,
        width: int,
        heads: int,
        vocabulary: int,
        context: int,
        positions: str = "learned",
        norm: str = "pre",
        activation: str = "gelu",
        dropout: float = 0.0,
        tied: bool = True,
        final_norm: bool = True,
    ) -> None:
        super().__init__()
        if min(layers, width, heads, vocabulary, context) < 1:
            raise ValueError("GPT: layers, width, heads, vocabulary and context must be positive")
        if positions not in _POSITIONS:
            raise ValueError(f"GPT: positions is {positions!r}. Use one of: {', '.join(_POSITIONS)}")
        self.tokens = nn.Embedding(vocabulary, width)
        if positions == "learned":
            self.positions = nn.LearnedPositionalEncoding(width, context)
        elif positions == "sinusoidal":
            self.positions = nn.SinusoidalPositionalEncoding(width, context)
        self.rotary = nn.RotaryEncoding(width // heads) if positions == "rotary" else None
        self.alibi = nn.ALiBi(heads) if positions == "alibi" else None
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(width, heads, dropout=dropout, activation=activation, norm=norm)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width) if final_norm else None
        self.head = None if tied else nn.Linear(width, vocabulary, bias=False)
        self.kind = positions
        self._draw()

    def _draw(self) -> None:
        """N(0, 0.02), and less for what is added to x, the more layers there are (GPT-2)."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif "norm" not in name:
                added = name.endswith(("out.weight", "outer.weight"))
                nn.init.normal_(parameter, std=0.02 / sqrt(2 * len(self.blocks)) if added else 0.02)

    def new_cache(self, batch: int) -> KeyValueCache:
        """An empty cache for so many texts."""
        return KeyValueCache(batch)

    def hidden(self, tokens: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """What the head reads: (B, T) -> (B, T, width)."""
        if tokens.ndim != 2:
            raise ShapeError(f"GPT: got tokens of shape {tuple(tokens.shape)}, expected (B, T)")
        before = 0 if cache is None else cache.length
        x = self.tokens(tokens)
        if self.kind == "sinusoidal":
            x = x * sqrt(x.shape[2])  # else the waves, of size 1, would drown the embeddings
        if self.kind in ("learned", "sinusoidal"):
            x = self.positions(x, before)
        x = self.dropout(x)
        bias = (
            None if self.alibi is None else self.alibi(tokens.shape[1], before + tokens.shape[1]).to(x.dtype)
        )
        for layer, block in enumerate(self.blocks):
            x = block(x, causal=True, bias=bias, rotary=self.rotary, cache=cache, layer=layer)
        if cache is not None:
            cache.length += tokens.shape[1]
        return x if self.norm is None else self.norm(x)

    def forward(self, tokens: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        x = self.hidden(tokens, cache)
        return F.linear(x, self.tokens.weight) if self.head is None else self.head(x)


def gpt2(weights: Mapping[str, Tensor], *, heads: int) -> GPT:
    """A GPT with weights that are named and laid out as those of GPT-2 ("h.0.attn.c_attn.weight", ...).

    Its logits are GPT-2's, whose activation is GELU's tanh form.

    Args:
        weights: by name, with or without ``"transformer."`` before it; masks are left out.
        heads: which the weights do not tell.

    Raises:
        KeyError: a weight is missing.

    >>> from ravine import models
    >>> models.gpt2({}, heads=2)
    Traceback (most recent call last):
        ...
    KeyError: 'gpt2: there is no weight wte.weight'
    """
    given = {name.removeprefix("transformer."): value for name, value in weights.items()}

    def take(name: str) -> Tensor:
        if name not in given:
            raise KeyError(f"gpt2: there is no weight {name}")
        return given[name].detach()

    vocabulary, width = take("wte.weight").shape
    layers = 1 + max((int(name.split(".")[1]) for name in given if name.startswith("h.")), default=0)
    context = take("wpe.weight").shape[0]
    model = GPT(
        layers=layers,
        width=width,
        heads=heads,
        vocabulary=vocabulary,
        context=context,
        activation="gelu_tanh",
    )
    state = {
        "tokens.weight": take("wte.weight"),
        "positions.weight": take("wpe.weight"),
        "norm.weight": take("ln_f.weight"),
        "norm.bias": take("ln_f.bias"),
    }
    # There a linear map is x W + b, with W (inputs, outputs).
    names = {
        "norm1": "ln_1",
        "norm2": "ln_2",
        "attention.out": "attn.c_proj",
        "inner": "mlp.c_fc",
        "outer": "mlp.c_proj",
    }
    for layer in range(layers):
        ours, theirs = f"blocks.{layer}", f"h.{layer}"
        for own, name in names.items():
            weight = take(f"{theirs}.{name}.weight")
            state[f"{ours}.{own}.weight"] = weight if own.startswith("norm") else weight.T
            state[f"{ours}.{own}.bias"] = take(f"{theirs}.{name}.bias")
        parts = zip(
            ("query", "key", "value"),
            take(f"{theirs}.attn.c_attn.weight").chunk(3, 1),
            take(f"{theirs}.attn.c_attn.bias").chunk(3),
            strict=True,
        )
        for own, weight, bias in parts:
            state[f"{ours}.attention.{own}.weight"] = weight.T
            state[f"{ours}.attention.{own}.bias"] = bias
    model.load_state_dict(state)
    return model
