"""Attention."""

from __future__ import annotations

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """``softmax(query key^T scale + mask) value`` (Vaswani et al., 2017), fused: scores are never stored.

    Args:
        query: (..., L, E), floating point. Leading dimensions, for example batch and head, broadcast.
        key: (..., S, E).
        value: (..., S, V).
        attn_mask: broadcasts to (..., L, S). bool: True where a query may see a key; floating: added to the
            scores.
        dropout_p: the probability of dropping a weight. Applied always: pass 0 in evaluation.
        is_causal: query i sees keys 0 to i. Excludes a mask.
        scale: ``1 / sqrt(E)`` by default.
        enable_gqa: key and value may have fewer heads (dimension -3), each of which serves a group of query
            heads.

    Returns:
        (..., L, V); zeros for a query that sees no key.

    Raises:
        Error: when shapes or dtypes do not fit, for a probability outside of [0, 1], and for a mask with
            ``is_causal``.

    >>> import ravine
    >>> q = ravine.ones(2, 3)
    >>> scaled_dot_product_attention(q, q, ravine.tensor([[0.0], [1.0]]), is_causal=True).tolist()
    [[0.0], [0.5]]
    """
    return rv.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
    )
