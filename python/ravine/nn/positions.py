"""Positions for attention, which by itself does not see order: learnt, rotated, or as a bias."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["ALiBi", "LearnedPositionalEncoding", "RotaryEncoding"]


class LearnedPositionalEncoding(Module):
    """``x_t + p_t`` with a learnt vector for each position t (Gehring et al., 2017).

    Shapes: (B, T, d_model) or (T, d_model) -> the same. ``weight`` (max_len, d_model), drawn from N(0, 0.02).

    Args:
        d_model: size of the vectors.
        max_len: positions there are.

    Call with ``offset``, the position of the first vector.

    Raises:
        ValueError: at the call, when the input has another size or goes beyond ``max_len``.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.LearnedPositionalEncoding(8, max_len=16)(ravine.zeros(2, 5, 8)).shape)
    (2, 5, 8)
    """

    def __init__(self, d_model: int, max_len: int) -> None:
        super().__init__()
        self.weight = Parameter(rv.empty(max_len, d_model))
        init.normal_(self.weight, std=0.02)

    def forward(self, input: Tensor, offset: int = 0) -> Tensor:
        end = offset + input.shape[-2]
        if input.shape[-1] != self.weight.shape[1] or end > self.weight.shape[0]:
            raise ValueError(
                f"LearnedPositionalEncoding: input of shape {tuple(input.shape)} from position {offset} on, "
                f"expected the last size {self.weight.shape[1]} and at most {self.weight.shape[0]} positions"
            )
        return input + self.weight[offset:end]

    def extra_repr(self) -> str:
        return f"{self.weight.shape[1]}, max_len={self.weight.shape[0]}"


class RotaryEncoding(Module):
    """Turns the pair (x_2i, x_2i+1) of the vector at position t by the angle ``t base^(-2i/D)``.

    Su et al., 2021. Of queries and keys that are turned so the product depends on t - s alone. Shapes:
    (..., T, D) -> the same.

    Args:
        d_model: D, even: for attention the size of a head.
        base: the longest wave has 2 pi base positions.

    Call with ``offset``, the position of the first vector.

    Raises:
        ValueError: an odd size.
        ShapeError: at the call, vectors of another size.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.RotaryEncoding(2)(ravine.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """

    def __init__(self, d_model: int, base: float = 10000.0) -> None:
        super().__init__()
        if d_model < 2 or d_model % 2:
            raise ValueError(f"RotaryEncoding: d_model must be even and positive, got {d_model}")
        self.d_model, self.base = d_model, base

    def forward(self, input: Tensor, offset: int = 0) -> Tensor:
        if input.ndim < 2 or input.shape[-1] != self.d_model:
            raise ShapeError(
                f"RotaryEncoding: input of shape {tuple(input.shape)}, expected (..., T, {self.d_model})"
            )
        place = {"device": input.device, "dtype": rv.float32 if input.dtype != rv.float64 else rv.float64}
        rates = self.base ** (-rv.arange(0, self.d_model, 2, **place) / self.d_model)
        angles = rv.arange(offset, offset + input.shape[-2], **place).unsqueeze(1) * rates
        cos, sin = angles.cos().to(input.dtype), angles.sin().to(input.dtype)
        first, second = input[..., 0::2], input[..., 1::2]
        turned = rv.stack([first * cos - second * sin, first * sin + second * cos], -1)
        return turned.flatten(-2)

    def extra_repr(self) -> str:
        return f"{self.d_model}, base={self.base:g}"


class ALiBi(Module):
    """``-m_h (t - s)`` is added to what head h says of query t and key s: the farther, the less.

    Press et al., 2022. ``m_h = 2^(-8 h / heads)`` for h = 1, ..., heads; where their number is no power of
    two, the slopes of the power below it come first, then every other one of the power above. Shapes: () ->
    (heads, queries, keys); the last query stands at the last key. Keys that lie ahead get a bias of 0.

    Args:
        heads: of the attention.

    Call with the number of ``queries`` and of ``keys``.

    Raises:
        ValueError: no heads.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ALiBi(8)(2, 3)[0].tolist()
    [[-0.5, -0.0, -0.0], [-1.0, -0.5, -0.0]]
    """

    slopes: Tensor

    def __init__(self, heads: int) -> None:
        super().__init__()
        if heads < 1:
            raise ValueError(f"ALiBi: heads must be positive, got {heads}")
        self.heads = heads
        self.register_buffer("slopes", rv.tensor(_slopes(heads)), persistent=False)

    def forward(self, queries: int, keys: int) -> Tensor:
        place = {"device": self.slopes.device, "dtype": self.slopes.dtype}
        query = rv.arange(keys - queries, keys, **place).unsqueeze(1)
        ahead = (query - rv.arange(keys, **place)).clamp(min=0)
        return -self.slopes.reshape(-1, 1, 1) * ahead

    def extra_repr(self) -> str:
        return f"{self.heads} heads"


def _slopes(heads: int) -> list[float]:
    power = 1 << (heads.bit_length() - 1)
    first = [2.0 ** (-8.0 * (i + 1) / power) for i in range(power)]
    between = [2.0 ** (-8.0 * (i + 0.5) / power) for i in range(power)]
    return first + between[: heads - power]
