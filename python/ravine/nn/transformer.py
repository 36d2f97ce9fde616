"""Layers of the transformer (Vaswani et al., 2017), and stacks of them."""

from __future__ import annotations

from copy import deepcopy

from . import functional as F
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._core import Tensor

__all__ = [
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]


def _activation(name: str | Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    if callable(name):
        return name
    if name not in ("relu", "gelu"):
        raise ValueError(f"activation should be relu, gelu or a function, not {name!r}")
    return F.relu if name == "relu" else F.gelu


class _Layer(Module):
    """What both kinds of layer share: self-attention and two linear maps, each with dropout, sum and norm."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: str | Callable[[Tensor], Tensor],
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        device: Any,
        dtype: Any,
        crossed: bool,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        options = {"dropout": dropout, "bias": bias, "batch_first": batch_first} | where
        self.self_attn = MultiheadAttention(d_model, nhead, **options)
        if crossed:
            self.multihead_attn = MultiheadAttention(d_model, nhead, **options)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)
        self.norm_first = norm_first
        parts = 3 if crossed else 2
        for i in range(1, parts + 1):
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, **where))
        for i in range(1, parts + 1):
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation)

    def _attend(self, x: Tensor, mask: Tensor | None, padding: Tensor | None, causal: bool) -> Tensor:
        return self.self_attn(x, x, x, padding, False, mask, is_causal=causal)[0]

    def _feed(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _add(self, number: int, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """``x + part(norm(x))``, or ``norm(x + part(x))``, with the norm and dropout of this number."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        return x + dropout(part(norm(x))) if self.norm_first else norm(x + dropout(part(x)))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two linear maps with ``activation`` between; sums and layer norms around both.

    Shapes: (T, B, d_model), or (B, T, d_model) with ``batch_first``, or (T, d_model) -> the same.

    Args:
        d_model: size of the vectors.
        nhead: heads, a divisor of ``d_model``.
        dim_feedforward: size between the linear maps.
        dropout: the probability of dropping, in the attention, between the maps and behind both parts.
        activation: ``"relu"``, ``"gelu"`` or a function.
        layer_norm_eps: eps of the norms.
        batch_first: whether B comes first.
        norm_first: ``x + part(norm(x))`` in place of ``norm(x + part(x))``.
        bias: whether linear maps and norms have biases.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: another activation, or sizes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(ravine.zeros(2, 5, 8)).shape)
    (2, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        options = (activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype, False)
        super().__init__(d_model, nhead, dim_feedforward, dropout, *options)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        x = self._add(1, src, lambda x: self._attend(x, src_mask, src_key_padding_mask, is_causal))
        return self._add(2, x, self._feed)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to ``memory``, then two linear maps; sums and layer norms around all three.

    Arguments as for :class:`TransformerEncoderLayer`. Shapes: ``tgt`` (T, B, d_model), ``memory`` (S, B,
    d_model), B first with ``batch_first`` -> as ``tgt``.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.TransformerDecoderLayer(8, 2, 16)
    >>> tuple(layer(ravine.zeros(5, 2, 8), ravine.zeros(7, 2, 8)).shape)
    (5, 2, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        options = (activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype, True)
        super().__init__(d_model, nhead, dim_feedforward, dropout, *options)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def cross(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask, is_causal=memory_is_causal
            )[0]

        x = self._add(1, tgt, lambda x: self._attend(x, tgt_mask, tgt_key_padding_mask, tgt_is_causal))
        return self._add(3, self._add(2, x, cross), self._feed)


class _Stack(Module):
    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList([deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm


class TransformerEncoder(_Stack):
    """``num_layers`` copies of a layer, one after the other, and then ``norm``.

    The copies start from equal weights, as in PyTorch: initialise them anew if that is not wanted.

    >>> import ravine
    >>> from ravine import nn
    >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 3)
    >>> tuple(encoder(ravine.zeros(5, 2, 8)).shape)
    (5, 2, 8)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(_Stack):
    """``num_layers`` copies of a decoder layer, one after the other, and then ``norm``.

    >>> import ravine
    >>> from ravine import nn
    >>> decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2)
    >>> tuple(decoder(ravine.zeros(5, 2, 8), ravine.zeros(7, 2, 8)).shape)
    (5, 2, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)
