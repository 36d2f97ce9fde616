"""Layers of the transformer (Vaswani et al., 2017), and stacks of them."""

from __future__ import annotations

from copy import deepcopy

import ravine as rv

from ..errors import ShapeError
from . import functional as F
from . import init
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
    "Transformer",
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
        # Who looks at the attention's output sees its map, too; nobody else pays for it.
        watched = bool(self.self_attn._forward_hooks)
        return self.self_attn(x, x, x, padding, watched, mask, is_causal=causal)[0]

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
            watched = bool(self.multihead_attn._forward_hooks)
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, watched, memory_mask, is_causal=memory_is_causal
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


class Transformer(Module):
    """An encoder and a decoder that attends to its output (Vaswani et al., 2017): ``encoder`` and
    ``decoder``.

    Shapes: ``src`` (S, B, d_model), ``tgt`` (T, B, d_model), B first with ``batch_first``, or without B -> as
    ``tgt``. Matrices start from Glorot's uniform distribution.

    Args:
        d_model: size of the vectors.
        nhead: heads, a divisor of ``d_model``.
        num_encoder_layers: layers of the encoder.
        num_decoder_layers: layers of the decoder.
        dim_feedforward: size between the linear maps.
        dropout: the probability of dropping, as in :class:`TransformerEncoderLayer`.
        activation: ``"relu"``, ``"gelu"`` or a function.
        custom_encoder: a module in the encoder's place.
        custom_decoder: a module in the decoder's place.
        layer_norm_eps: eps of the norms.
        batch_first: whether B comes first.
        norm_first: ``x + part(norm(x))`` in place of ``norm(x + part(x))``.
        bias: whether linear maps and norms have biases.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ShapeError: at the call, when batches or sizes do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> model = nn.Transformer(8, 2, 1, 1, 16)
    >>> mask = model.generate_square_subsequent_mask(5)
    >>> tuple(model(ravine.zeros(7, 2, 8), ravine.zeros(5, 2, 8), tgt_mask=mask).shape)
    (5, 2, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        options = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is None:
            layer = TransformerEncoderLayer(d_model, nhead, *options, device=device, dtype=dtype)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm())
        if custom_decoder is None:
            layer = TransformerDecoderLayer(d_model, nhead, *options, device=device, dtype=dtype)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm())
        self.encoder, self.decoder = custom_encoder, custom_decoder
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        batch = 0 if self.batch_first else 1
        batched = src.ndim == 3 and tgt.ndim == 3
        if batched and src.shape[batch] != tgt.shape[batch]:
            raise ShapeError(
                f"Transformer: src and tgt have shapes {tuple(src.shape)} and {tuple(tgt.shape)}; "
                f"dimension {batch} "
                "is the batch and must be equal"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise ShapeError(
                f"Transformer: src and tgt have shapes {tuple(src.shape)} and {tuple(tgt.shape)}; the last "
                f"dimension must be d_model = {self.d_model}"
            )
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """(sz, sz): what lets place i see places 0 to i when it is added to scores: 0, and -inf after them.

        >>> from ravine import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[  0., -inf],
                [  0.,   0.]])
        """
        return rv.triu(rv.full((sz, sz), float("-inf"), device=device, dtype=dtype), 1)
