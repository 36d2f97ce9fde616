"""What every transformer here is made of: attention that keeps keys and values, and the block around it."""

from __future__ import annotations

from functools import partial
from math import sqrt

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core import Tensor

__all__ = ["Attention", "AttentionWeights", "KeyValueCache", "TransformerBlock"]

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
}


class KeyValueCache:
    """Keys and values of the tokens that a model has seen, for each of its attentions in their order.

    A model that is called with ``cache=`` gets new tokens alone, and computes what it would of all of them.

    Args:
        batch: how many sequences there are.

    Attributes:
        length: how many tokens are in it.

    Raises:
        ShapeError: at a model's call, another number of sequences.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.GPT(layers=1, width=8, heads=2, vocabulary=5, context=16).eval()
    >>> cache, tokens = net.new_cache(1), ravine.tensor([[1, 2, 3]])
    >>> _ = net(tokens[:, :2], cache=cache)
    >>> ravine.allclose(net(tokens[:, 2:], cache=cache), net(tokens)[:, 2:], atol=1e-5), cache.length
    (True, 3)
    """

    def __init__(self, batch: int) -> None:
        self.batch, self.length = batch, 0
        self._pairs: dict[int, tuple[Tensor, Tensor]] = {}

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Put keys and values (B, heads, T, D) behind those of a layer; all of them."""
        if keys.shape[0] != self.batch:
            raise ShapeError(
                f"KeyValueCache: {keys.shape[0]} sequences for a cache of {self.batch}. Make one with "
                f"new_cache({keys.shape[0]}), or reorder this one"
            )
        if layer in self._pairs:
            before = self._pairs[layer]
            keys, values = rv.cat([before[0], keys], 2), rv.cat([before[1], values], 2)
        self._pairs[layer] = keys, values
        return keys, values

    def fixed(self, layer: int) -> tuple[Tensor, Tensor] | None:
        """The keys and values of a layer as they are, if there are any."""
        return self._pairs.get(layer)

    def reorder(self, indices: Tensor) -> None:
        """Keep the sequences of these indices (n,), in their order, as a beam search does."""
        self._pairs = {layer: (k[indices], v[indices]) for layer, (k, v) in self._pairs.items()}
        self.batch = len(indices)


class AttentionWeights(nn.Module):
    """``softmax(q k^T / sqrt(d) + bias)`` as a module of its own, which runs only when somebody looks at it.

    `ravine.capture` with a path that ends in ``.weights`` so gives maps (B, heads, L, S) although the fused
    kernel, which never makes them, computes the attention.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.GPT(layers=1, width=8, heads=2, vocabulary=5, context=16)
    >>> with ravine.capture(net, ["blocks.0.attention.weights"]) as maps:
    ...     _ = net(ravine.tensor([[1, 2, 3]]))
    >>> tuple(maps["blocks.0.attention.weights"].shape)
    (1, 2, 3, 3)
    """

    def forward(self, q: Tensor, k: Tensor, bias: Tensor | None, causal: bool) -> Tensor:
        scores = q @ k.transpose(-2, -1) / sqrt(q.shape[-1])
        if causal:
            seen = rv.ones(q.shape[-2], k.shape[-2], dtype=rv.bool, device=q.device).tril()
            scores = scores.masked_fill(~seen, float("-inf"))
        if bias is not None and bias.dtype == rv.bool:
            scores = scores.masked_fill(~bias, float("-inf"))
        elif bias is not None:
            scores = scores + bias
        return scores.softmax(-1)


class Attention(nn.Module):
    """``Concat_h(softmax(q_h k_h^T / sqrt(d)) v_h) W_o^T + b_o`` (Vaswani et al., 2017).

    Queries come of x, keys and values of x or of ``memory``. Shapes: x (B, L, width), memory (B, S, width) ->
    (B, L, width). Parameters: 4 width^2 + 4 width.

    Args:
        width: size of the vectors, a multiple of ``heads``.
        heads: number of heads, of width / heads numbers each.
        dropout: the probability of dropping an attention weight while training.

    Call with ``memory``; ``causal``, so that query t sees keys up to t; ``bias``, added to the scores or, of
    bool, True where a key may be seen, broadcast to (B, heads, L, S); ``rotary``, a `RotaryEncoding`; and a
    ``cache`` with the number of the ``layer`` in it.

    Raises:
        ValueError: ``width`` is no multiple of ``heads``.
        ShapeError: at the call, vectors of another size.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.Attention(8, 2)(ravine.zeros(2, 5, 8)).shape)
    (2, 5, 8)
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if width < 1 or heads < 1 or width % heads:
            raise ValueError(
                f"Attention: width must be a positive multiple of heads, got {width} and {heads}"
            )
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.weights = AttentionWeights()
        self.width, self.heads, self.dropout = width, heads, dropout

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        causal: bool = False,
        bias: Tensor | None = None,
        rotary: nn.RotaryEncoding | None = None,
        cache: KeyValueCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        if x.ndim != 3 or x.shape[2] != self.width:
            raise ShapeError(f"Attention: got {tuple(x.shape)}, expected (B, L, {self.width})")
        q = self._split(self.query(x))
        known = None if memory is None or cache is None else cache.fixed(layer)
        if known is not None:  # what is translated does not change from token to token
            k, v = known
        else:
            source = x if memory is None else memory
            k, v = self._split(self.key(source)), self._split(self.value(source))
            if rotary is not None:
                offset = 0 if cache is None else cache.length
                q, k = rotary(q, offset), rotary(k, offset)
            if cache is not None:
                k, v = cache.extend(layer, k, v)
        queries, keys = q.shape[2], k.shape[2]
        if causal and queries < keys:  # the new tokens are the last ones
            if queries > 1:
                seen = rv.ones(queries, keys, dtype=rv.bool, device=x.device).tril(keys - queries)
                bias = _both(seen, bias)
            causal = False
        if self.weights._forward_hooks:
            self.weights(q, k, bias, causal)
        if causal and bias is not None:
            seen = rv.ones(queries, keys, dtype=rv.bool, device=x.device).tril()
            bias, causal = _both(seen, bias), False
        dropped = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=dropped, is_causal=causal)
        return self.out(y.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, width) -> (B, heads, T, width / heads)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


def _both(seen: Tensor, bias: Tensor | None) -> Tensor:
    """What both allow."""
    if bias is None:
        return seen
    return bias & seen if bias.dtype == rv.bool else bias.masked_fill(~seen, float("-inf"))


class TransformerBlock(nn.Module):
    """``x += dropout(attention(norm(x)))``, then ``x += dropout(W_2 phi(W_1 norm(x)))``.

    There are 4 width units inside. With ``norm="post"`` the norm is of each sum, as in the original. With
    ``crossed`` an attention to ``memory`` stands between the two. Shapes: (B, T, width) -> the same.
    Parameters: 12 width^2 + 13 width, and 4 width^2 + 6 width of the crossed attention with its norm.

    Args:
        width: size of the vectors.
        heads: number of heads.
        dropout: the probability of dropping a number of what is added, an attention weight, or a unit inside.
        activation: ``"gelu"``, ``"gelu_tanh"`` (GPT-2's, nearly the same), ``"relu"`` or ``"silu"``.
        norm: ``"pre"`` or ``"post"``.
        crossed: whether there is an attention to ``memory``.
        eps: of the norms.

    Raises:
        ValueError: another activation or norm, or sizes that do not fit.

    >>> import ravine
    >>> from ravine import models
    >>> block = models.TransformerBlock(64, 4)
    >>> sum(p.numel() for p in block.parameters())
    49984
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        dropout: float = 0.0,
        activation: str = "gelu",
        norm: str = "pre",
        crossed: bool = False,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        if activation not in _ACTIVATIONS:
            raise ValueError(
                f"TransformerBlock: activation is {activation!r}. Use one of: {', '.join(_ACTIVATIONS)}"
            )
        if norm not in ("pre", "post"):
            raise ValueError(f"TransformerBlock: norm is {norm!r}. Use 'pre' or 'post'")
        self.norm1, self.attention = nn.LayerNorm(width, eps), Attention(width, heads, dropout)
        if crossed:
            self.norm_cross, self.cross = nn.LayerNorm(width, eps), Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width, eps)
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.activation, self.first, self.crossed = activation, norm == "pre", crossed

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        causal: bool = False,
        bias: Tensor | None = None,
        memory_bias: Tensor | None = None,
        rotary: nn.RotaryEncoding | None = None,
        cache: KeyValueCache | None = None,
        layer: int = 0,
    ) -> Tensor:
        own = 2 * layer if self.crossed else layer

        def attend(x: Tensor) -> Tensor:
            return self.attention(x, causal=causal, bias=bias, rotary=rotary, cache=cache, layer=own)

        def look(x: Tensor) -> Tensor:
            return self.cross(x, memory, bias=memory_bias, cache=cache, layer=own + 1)

        x = self._add(x, self.norm1, attend)
        if self.crossed:
            x = self._add(x, self.norm_cross, look)
        return self._add(x, self.norm2, self.feed)

    def feed(self, x: Tensor) -> Tensor:
        """``W_2 phi(W_1 x)``, of each position alone."""
        return self.outer(self.dropout(_ACTIVATIONS[self.activation](self.inner(x))))

    def _add(self, x: Tensor, norm: nn.LayerNorm, part: Callable[[Tensor], Tensor]) -> Tensor:
        if self.first:
            return x + self.dropout(part(norm(x)))
        return norm(x + self.dropout(part(x)))
