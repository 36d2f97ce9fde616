"""Floating-point operations of the kernels that have most of them, from shapes alone.

A multiplication with an addition counts as two. What a kernel does besides, and every other op, counts as
none.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Shape = tuple[int, ...]
    Count = Callable[[Sequence[Shape], Sequence[Shape]], int]

__all__ = ["flops"]


def _matmul(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    return 2 * prod(outputs[0]) * inputs[0][-1]


def _convolution(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Each output element takes in a window of the weight (O, I / groups, kh, kw)."""
    return 2 * prod(outputs[0]) * prod(inputs[1][1:])


def _of_input(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """From the cotangent (N, O, h, w) and the weight: as many as the convolution."""
    return 2 * prod(inputs[0]) * prod(inputs[1][1:])


def _of_weight(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """From the input and the cotangent (N, O, h, w): as many as the convolution."""
    return 2 * prod(inputs[1]) * prod(outputs[0][1:])


def _attention(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Scores, and the weighted sum of values; masked pairs count too."""
    query, key, value = inputs[:3]
    return 2 * prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _attention_backward(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Scores again, then the slopes of weights, values, queries and keys; masked pairs count too."""
    query, key, value = inputs[1:4]
    return 2 * prod(query[:-1]) * key[-2] * (3 * query[-1] + 2 * value[-1])


def _recurrence(inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """The product of the hidden state with the weight (gates H, H), at each of the steps (T, B, gates H)."""
    return 2 * prod(inputs[0]) * outputs[0][-1]


_COUNTS: dict[str, Count] = {
    "matmul": _matmul,
    "conv2d": _convolution,
    "conv2d_input": _of_input,
    "conv2d_weight": _of_weight,
    "scaled_dot_product_attention": _attention,
    "attention_backward": _attention_backward,
    "rnn_sequence": _recurrence,
    "gru_sequence": _recurrence,
    "lstm_sequence": _recurrence,
}


def flops(kernel: str, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Of one launch.

    >>> flops("matmul", [(2, 3), (3, 4)], [(2, 4)])
    48
    """
    count = _COUNTS.get(kernel)
    return 0 if count is None else count(inputs, outputs)
