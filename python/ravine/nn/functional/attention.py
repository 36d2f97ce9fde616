"""Attention with several heads, with its projections, as a function of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ShapeError, ValueError
from .projection import linear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = ["Heads", "multi_head_attention_forward"]


@dataclass
class Heads:
    """The weights of multi-head attention; those of query, key and value are one matrix or three."""

    embed_dim: int
    count: int
    joint: Tensor | None
    own: tuple[Tensor | None, Tensor | None, Tensor | None]
    bias: Tensor | None
    out_weight: Tensor
    out_bias: Tensor | None
    bias_k: Tensor | None = None
    bias_v: Tensor | None = None
    add_zero: bool = False

    @property
    def size(self) -> int:
        """Numbers of a head."""
        return self.embed_dim // self.count

    def projected(self, first: int, x: Tensor, count: int = 1) -> tuple[Tensor, ...]:
        """Projections of `x` as `count` of query (0), key (1) and value (2), by one product.

        (B, L, width) -> (B, L, embed_dim) each.
        """
        rows = slice(first * self.embed_dim, (first + count) * self.embed_dim)
        weight = self.joint[rows] if self.joint is not None else self.own[first]
        assert weight is not None
        y = linear(x, weight, None if self.bias is None else self.bias[rows])
        return (y,) if count == 1 else tuple(y.chunk(count, -1))

    def split(self, x: Tensor) -> Tensor:
        """(B, L, embed_dim) -> (B, heads, L, size)."""
        return x.reshape(*x.shape[:2], self.count, self.size).transpose(1, 2)

    def attend(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        padding: Tensor | None,
        attn_mask: Tensor | None,
        dropout: float,
        need_weights: bool,
        average: bool,
        causal: bool,
        shared: tuple[bool, bool] = (False, False),
        fixed: tuple[Tensor | None, Tensor | None] = (None, None),
    ) -> tuple[Tensor, Tensor | None]:
        """(B, L, E) of queries from (B, S, ..) of keys and values, and the weights if they are needed.

        ``shared``: whether key and value, query and key are one tensor. ``fixed``: heads (B, heads, S,
        size) in the place of those of keys and of values.
        """
        if all(shared):
            q, k, v = self.projected(0, query, 3)
        elif shared[0] and self.joint is not None:
            (q,), (k, v) = self.projected(0, query), self.projected(1, key, 2)
        else:
            (q,), (k,), (v,) = (self.projected(i, x) for i, x in enumerate((query, key, value)))
        sources = int(key.shape[1])
        # The fused kernel needs no mask to be causal; a mask that only says the same is left out.
        more = self.bias_k is not None or self.add_zero
        fused_causal = causal and padding is None and not need_weights and not more
        if fused_causal:
            attn_mask = None
        elif causal and attn_mask is None:
            attn_mask = rv.arange(sources, device=query.device) > rv.arange(
                query.shape[1], device=query.device
            ).unsqueeze(1)
        if self.bias_k is not None and self.bias_v is not None:
            k, v = (
                rv.cat([x, bias.reshape(1, 1, -1).expand(x.shape[0], 1, x.shape[2])], 1)
                for x, bias in ((k, self.bias_k), (v, self.bias_v))
            )
        q = self.split(q)
        k = self.split(k) if fixed[0] is None else fixed[0]
        v = self.split(v) if fixed[1] is None else fixed[1]
        if self.add_zero:
            k, v = (rv.pad(x, (0, 0, 0, 1)) for x in (k, v))
        # What was put behind the keys may be seen.
        mask = self.mask(query, sources, int(k.shape[2]) - sources, attn_mask, padding)
        weights = None
        if need_weights:
            scores = rv.matmul(q * self.size**-0.5, k.transpose(-2, -1))
            weights = rv.softmax(scores if mask is None else scores + mask, -1)
            weights = rv.dropout(weights, dropout, True) if dropout else weights
            heads = rv.matmul(weights, v)
            if average:
                weights = weights.mean(dim=1)
        else:
            heads = rv.scaled_dot_product_attention(q, k, v, mask, dropout, fused_causal)
        return linear(heads.transpose(1, 2).flatten(2), self.out_weight, self.out_bias), weights

    def mask(
        self, query: Tensor, sources: int, more: int, attn_mask: Tensor | None, padding: Tensor | None
    ) -> Tensor | None:
        """What is added to the scores (B, heads, L, S + more), of a shape that broadcasts to it."""
        batch, targets = (int(n) for n in query.shape[:2])
        total = None
        if attn_mask is not None:
            shape = tuple(attn_mask.shape)
            if shape not in ((targets, sources), (batch * self.count, targets, sources)):
                raise ShapeError(
                    f"attn_mask has shape {shape}, expected {(targets, sources)} or "
                    f"{(batch * self.count, targets, sources)}"
                )
            total = _added(attn_mask, query)
            if total.ndim == 3:
                total = total.reshape(batch, self.count, targets, sources)
        if padding is not None:
            if tuple(padding.shape) != (batch, sources):
                raise ShapeError(
                    f"key_padding_mask has shape {tuple(padding.shape)}, expected {(batch, sources)}"
                )
            ends = _added(padding, query).reshape(batch, 1, 1, sources)
            total = ends if total is None else total + ends
        return rv.pad(total, (0, more)) if total is not None and more else total


def _added(mask: Tensor, like: Tensor) -> Tensor:
    """A mask that is added: -inf where a bool one is True."""
    if mask.dtype == rv.bool:
        return rv.where(mask, float("-inf"), 0.0).to(like.dtype)
    return mask.to(like.dtype)


@declare(FUNCTIONAL)
def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What :class:`ravine.nn.MultiheadAttention` computes, of given weights; formula and masks are told
    there.

    Args:
        query: (L, B, E), or (L, E) for one sequence, as key and value.
        key: (S, B, kdim).
        value: (S, B, vdim).
        embed_dim_to_check: E.
        num_heads: a divisor of E.
        in_proj_weight: (3 E, E), unless ``use_separate_proj_weight``.
        in_proj_bias: (3 E,).
        bias_k: (1, 1, E), a key that is put behind the others.
        bias_v: (1, 1, E), its value.
        add_zero_attn: whether a key and a value of zeros are put behind them.
        dropout_p: the probability of dropping a weight, if ``training``.
        out_proj_weight: (E, E).
        out_proj_bias: (E,).
        training: whether weights are dropped.
        key_padding_mask: (B, S).
        need_weights: whether the weights are returned.
        attn_mask: (L, S) or (B num_heads, L, S).
        use_separate_proj_weight: whether the next three take the place of ``in_proj_weight``.
        q_proj_weight: (E, E).
        k_proj_weight: (E, kdim).
        v_proj_weight: (E, vdim).
        static_k: (B num_heads, S, E / num_heads) in the place of the projected keys.
        static_v: the same for values.
        average_attn_weights: whether the weights are the mean over heads.
        is_causal: whether query i sees keys 0 to i alone.

    Returns:
        (L, B, E), and the weights (B, L, S) or (B, num_heads, L, S), or None.

    Raises:
        ShapeError: shapes that do not fit.
        ValueError: weights that are missing.

    >>> import ravine
    >>> x, one = ravine.ones(3, 1, 2), ravine.eye(2)
    >>> weights = (ravine.cat([one] * 3), None, None, None, False, 0.0, one, None)
    >>> y, w = multi_head_attention_forward(x, x, x, 2, 1, *weights)
    >>> tuple(y.shape), tuple(w.shape)
    ((3, 1, 2), (1, 3, 3))
    """
    if query.ndim not in (2, 3) or not query.ndim == key.ndim == value.ndim:
        raise ShapeError(
            f"query, key and value have shapes {tuple(query.shape)}, {tuple(key.shape)} and "
            f"{tuple(value.shape)}; they "
            "must be (L, B, E) and (S, B, ..), or all without B"
        )
    if query.shape[-1] != embed_dim_to_check or embed_dim_to_check % num_heads:
        raise ShapeError(
            f"query has shape {tuple(query.shape)}; its last dimension must be embed_dim_to_check = "
            f"{embed_dim_to_check}, a multiple of num_heads = {num_heads}"
        )
    own = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else (None, None, None)
    joint = None if use_separate_proj_weight else in_proj_weight
    if joint is None and any(w is None for w in own):
        raise ValueError(
            "give in_proj_weight, or all of q_, k_ and v_proj_weight with use_separate_proj_weight"
        )
    if (bias_k is None) != (bias_v is None):
        raise ValueError("give both of bias_k and bias_v, or none")
    batched, shared = query.ndim == 3, (key is value, query is key)
    if not batched:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    query, key, value = (x.transpose(0, 1) for x in (query, key, value))
    heads = Heads(
        embed_dim_to_check,
        num_heads,
        joint,
        own,
        in_proj_bias,
        out_proj_weight,
        out_proj_bias,
        bias_k,
        bias_v,
        add_zero_attn,
    )
    fixed = tuple(
        None if x is None else x.reshape(query.shape[0], num_heads, -1, heads.size)
        for x in (static_k, static_v)
    )
    output, weights = heads.attend(
        query,
        key,
        value,
        key_padding_mask,
        attn_mask,
        dropout_p if training else 0.0,
        need_weights,
        average_attn_weights,
        is_causal,
        shared,
        fixed,  # type: ignore[arg-type]
    )
    if not batched:
        return output.squeeze(0), None if weights is None else weights.squeeze(0)
    return output.transpose(0, 1), weights
