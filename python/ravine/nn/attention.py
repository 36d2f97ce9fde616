"""MultiheadAttention, and positions as sinusoids."""

from __future__ import annotations

from math import log

import ravine as rv

from . import functional as F
from . import init
from ._sdpa import SDPBackend, sdpa_kernel
from .functional.attention import Heads
from .linear import Linear
from .module import Module
from .parameter import Buffer, Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["MultiheadAttention", "SDPBackend", "SinusoidalPositionalEncoding", "sdpa_kernel"]


class MultiheadAttention(Module):
    """``Concat(head_1, ..., head_h) W_O^T + b_O`` with ``head_i = softmax(q_i k_i^T / sqrt(d)) v_i``
    (Vaswani, 2017).

    Head i projects query, key and value by its d = embed_dim / num_heads rows of ``in_proj_weight`` (3 *
    embed_dim, embed_dim), which holds those of queries, keys and values; with ``kdim`` or ``vdim`` they are
    ``q_proj_weight``, ``k_proj_weight`` and ``v_proj_weight``. ``in_proj_bias`` (3 * embed_dim,),
    ``out_proj`` a Linear.

    Shapes: query (L, B, embed_dim), key (S, B, kdim), value (S, B, vdim); with ``batch_first`` B comes
    first; without B for one sequence. Returns (L, B, embed_dim), placed as the query is, and the weights
    (B, L, S), the mean over heads, or (B, num_heads, L, S), or None.

    Args:
        embed_dim: size of query and output, a multiple of ``num_heads``.
        num_heads: number of heads.
        dropout: the probability of dropping an attention weight while training.
        bias: whether the projections have biases.
        add_bias_kv: whether a learned key and value, ``bias_k`` and ``bias_v`` (1, 1, embed_dim), stand
            behind the others.
        add_zero_attn: whether a key and a value of zeros stand behind them.
        kdim: size of the keys, embed_dim by default.
        vdim: size of the values, embed_dim by default.
        batch_first: whether B comes first.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Call with ``key_padding_mask`` (B, S), and ``attn_mask`` (L, S) or (B * num_heads, L, S): **bool masks
    are True where a key may not be seen**, as in PyTorch, which is the opposite of
    ``scaled_dot_product_attention``; floating ones are added to the scores. ``is_causal`` lets query i see
    keys 0 to i; it says the same as a causal ``attn_mask`` given beside it. ``need_weights=False`` takes
    the fused way, which never stores the weights.

    Raises:
        ValueError: sizes that do not fit, here or at the call.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.zeros(2, 5, 8)
    >>> y, weights = nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)
    >>> tuple(y.shape), tuple(weights.shape)
    ((2, 5, 8), (2, 5, 5))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads != 0:
            raise ValueError(
                f"embed_dim must be a positive multiple of num_heads, got {embed_dim} and {num_heads}"
            )
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = batch_first

        def empty(*shape: int) -> Parameter:
            return Parameter(rv.empty(*shape, device=device, dtype=dtype))

        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = empty(3 * embed_dim, embed_dim)
            for name in names:
                self.register_parameter(name, None)
        else:
            for name, width in zip(names, (embed_dim, self.kdim, self.vdim), strict=True):
                self.register_parameter(name, empty(embed_dim, width))
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", empty(3 * embed_dim) if bias else None)
        self.register_parameter("bias_k", empty(1, 1, embed_dim) if add_bias_kv else None)
        self.register_parameter("bias_v", empty(1, 1, embed_dim) if add_bias_kv else None)
        self.add_zero_attn = add_zero_attn
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projections of query, key and value anew (Glorot's uniform); biases become zeros."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for row in (self.bias_k, self.bias_v):
            if row is not None:
                init.xavier_normal_(row)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        batched = query.ndim == 3
        # What is attended to is one tensor in self-attention, and mostly in cross-attention too.
        shared = key is value, query is key
        for name, x, width in (
            ("query", query, self.embed_dim),
            ("key", key, self.kdim),
            ("value", value, self.vdim),
        ):
            if x.ndim != query.ndim or x.ndim not in (2, 3) or x.shape[-1] != width:
                raise ValueError(
                    f"MultiheadAttention: {name} has shape {tuple(x.shape)}; expected 3 dimensions, "
                    f"or 2 for one sequence, the last of size {width}"
                )
        if not batched:
            query, key, value = (x.unsqueeze(0) for x in (query, key, value))
            key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        elif not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        if key.shape[:2] != value.shape[:2] or key.shape[0] != query.shape[0]:
            shapes = ", ".join(str(tuple(x.shape)) for x in (query, key, value))
            raise ValueError(
                f"MultiheadAttention: query, key and value of shapes {shapes} (batch first) do not fit"
            )
        y, weights = self._weights().attend(
            query,
            key,
            value,
            key_padding_mask,
            attn_mask,
            self.dropout if self.training else 0.0,
            need_weights,
            average_attn_weights,
            is_causal,
            shared,
        )
        if not batched:
            return y.squeeze(0), None if weights is None else weights.squeeze(0)
        return (y if self.batch_first else y.transpose(0, 1)), weights

    def _weights(self) -> Heads:
        return Heads(
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight),
            self.in_proj_bias,
            self.out_proj.weight,
            self.out_proj.bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
        )

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.embed_dim}, {self.num_heads} heads"


class SinusoidalPositionalEncoding(Module):
    """Adds to position t the numbers ``sin(t / 10000^(2i/D))`` and ``cos(t / 10000^(2i/D))``, i < D/2, in
    turns.

    Vaswani et al., 2017, section 3.5. Shapes: (B, T, d_model), or (T, B, d_model) without ``batch_first``, or
    (T, d_model) -> the same. ``encoding`` (max_len, d_model) is a buffer that is not saved.

    Args:
        d_model: size of the vectors.
        max_len: positions there are.
        dropout: the probability of dropping an element of the sum while training.
        batch_first: whether B comes first.

    Call with ``offset``, the position of the first vector.

    Raises:
        ValueError: at the call, when the input has another size or more than ``max_len`` positions.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.SinusoidalPositionalEncoding(2)(ravine.zeros(1, 2, 2))[0, 0].tolist()
    [0.0, 1.0]
    """

    encoding: Tensor

    def __init__(
        self, d_model: int, max_len: int = 5000, dropout: float = 0.0, batch_first: bool = True
    ) -> None:
        super().__init__()
        self.d_model = d_model
        self.max_len = max_len
        self.dropout = dropout
        self.batch_first = batch_first
        # In float64, which GPUs have not.
        with rv.device("cpu"):
            rates = rv.exp(rv.arange(0, d_model, 2, dtype=rv.float64) * (-log(10000.0) / d_model))
            angles = rv.arange(max_len, dtype=rv.float64).unsqueeze(1) * rates
            pairs = rv.stack([rv.sin(angles), rv.cos(angles)], dim=2).flatten(1)
        encoding = pairs[:, :d_model].to(rv.float32).to(rv.get_default_device())
        self.encoding = Buffer(encoding, persistent=False)

    def forward(self, input: Tensor, offset: int = 0) -> Tensor:
        time = -2 if self.batch_first or input.ndim == 2 else 0
        end = offset + input.shape[time]
        if input.shape[-1] != self.d_model or end > self.max_len:
            raise ValueError(
                f"SinusoidalPositionalEncoding: input of shape {tuple(input.shape)}, expected the last size "
                f"{self.d_model} and at most {self.max_len} positions"
            )
        encoding = self.encoding[offset:end].to(input.dtype)
        if time == 0:
            encoding = encoding.unsqueeze(1)
        return F.dropout(input + encoding, self.dropout, self.training)

    def extra_repr(self) -> str:
        return (
            f"{self.d_model}, max_len={self.max_len}, dropout={self.dropout}, batch_first={self.batch_first}"
        )
