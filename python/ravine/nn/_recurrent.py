"""One layer and direction of a recurrent network over (T, B, input), and sequences of different lengths."""

from __future__ import annotations

from math import inf

import ravine as rv

from .._core import Tensor
from ..errors import DTypeError
from . import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Lengths", "given_states", "gru", "lstm", "rnn", "turned"]


def given_states(name: str, hx: Any, count: int) -> list[Tensor]:
    """The initial states that a layer of `count` states was given: one tensor, or the pair (h, c)."""
    given = list(hx) if count == 2 and isinstance(hx, (tuple, list)) else [hx]
    if len(given) != count or not all(isinstance(state, Tensor) for state in given):
        kind = type(hx).__name__
        if isinstance(hx, (tuple, list)):
            kind = f"{kind} ({', '.join(type(state).__name__ for state in hx)})"
        wanted = "a pair of tensors (h, c)" if count == 2 else "one tensor"
        raise DTypeError(f"{name}: argument 'hx' must be {wanted}, not {kind}")
    return given


class Lengths:
    """Where each of B sequences ends within T steps.

    >>> import ravine
    >>> Lengths(ravine.tensor([3, 1]), 3).valid.squeeze(2).tolist()
    [[True, True], [True, False], [True, False]]
    """

    def __init__(self, lengths: Tensor, size: int) -> None:
        self.lengths = lengths
        self.times = rv.arange(size, device=lengths.device).unsqueeze(1)
        #: (T, B, 1): whether a step belongs to its sequence.
        self.valid = (self.times < lengths).unsqueeze(2)

    def last(self, y: Tensor) -> Tensor:
        """(T, B, H) -> (B, H): the step at each sequence's end."""
        ends = (self.lengths - 1).reshape(1, -1, 1).expand(1, *y.shape[1:])
        return rv.gather(y, 0, ends)[0]

    def turned(self, x: Tensor) -> Tensor:
        """Each sequence from its end to its start; padding stays."""
        order = rv.where(self.valid.squeeze(2), self.lengths - 1 - self.times, self.times)
        return rv.gather(x, 0, order.unsqueeze(2).expand(*x.shape))


def turned(x: Tensor, lengths: Lengths | None) -> Tensor:
    """(T, B, ...) with time running backwards.

    >>> import ravine
    >>> turned(ravine.tensor([[1], [2]]), None).tolist()
    [[2], [1]]
    """
    return rv.flip(x, 0) if lengths is None else lengths.turned(x)


def _bias(weights: Sequence[Tensor]) -> Tensor | None:
    """The sum of the biases, of which there may be two, one, or none."""
    if len(weights) == 2:
        return None
    return weights[2] if len(weights) == 3 else weights[2] + weights[3]


def rnn(x: Tensor, weights: Sequence[Tensor], h: Tensor, nonlinearity: str) -> Tensor:
    """Hidden states (T, B, H) from the state ``h`` (B, H) on.

    >>> import ravine
    >>> one = ravine.ones(1, 1)
    >>> rnn(ravine.ones(2, 1, 1), [one, one], one, "relu").flatten().tolist()
    [2.0, 3.0]
    """
    return rv.rnn_sequence(F.linear(x, weights[0], _bias(weights)), h, weights[1], nonlinearity)


def lstm(
    x: Tensor,
    weights: Sequence[Tensor],
    h: Tensor,
    c: Tensor,
    lengths: Lengths | None = None,
    projected: bool = False,
) -> tuple[Tensor, Tensor]:
    """Hidden states (T, B, H) and the last cells (B, H), at each sequence's own end.

    With ``projected`` the last weight maps hidden states to fewer numbers.

    >>> import ravine
    >>> zero = ravine.zeros(4, 1)
    >>> lstm(ravine.ones(2, 1, 1), [zero, zero], ravine.ones(1, 1), ravine.ones(1, 1))[1].item()
    0.25
    """
    gates = F.linear(x, weights[0], _bias(weights[:-1] if projected else weights))
    if lengths is not None:
        # Beyond its end a sequence lets nothing in and forgets nothing: its cell stays.
        hidden = c.shape[1]
        shut = rv.cat([gates.new_full((hidden,), g) for g in (-inf, inf, 0.0, 0.0)])
        gates = rv.where(lengths.valid, gates, shut)
    if projected:
        return _lstm_projected(gates, weights[1], weights[-1], h, c)
    y, cell = rv.lstm_sequence(gates, h, c, weights[1])
    return y, cell


def gru(x: Tensor, weights: Sequence[Tensor], h: Tensor, reset_after: bool = True) -> Tensor:
    """Hidden states (T, B, H) from the state ``h`` (B, H) on.

    >>> import ravine
    >>> zero = ravine.zeros(3, 1)
    >>> gru(ravine.ones(2, 1, 1), [zero, zero], ravine.ones(1, 1)).flatten().tolist()
    [0.5, 0.25]
    """
    hidden = h.shape[1]
    if not reset_after:
        return _gru_reset_before(F.linear(x, weights[0], _bias(weights)), weights[1], h)
    if len(weights) < 4:
        return rv.gru_sequence(F.linear(x, weights[0], _bias(weights)), h, weights[1], x.new_zeros(hidden))
    # The candidate's product has its bias inside the reset gate.
    outer = weights[2] + rv.cat([weights[3][: 2 * hidden], x.new_zeros(hidden)])
    return rv.gru_sequence(F.linear(x, weights[0], outer), h, weights[1], weights[3][2 * hidden :])


def _gru_reset_before(gates: Tensor, weight: Tensor, h: Tensor) -> Tensor:
    hidden = h.shape[1]
    outer, inner = weight[: 2 * hidden], weight[2 * hidden :]
    states = []
    for step in range(gates.shape[0]):
        x = gates[step]
        both = rv.sigmoid(x[:, : 2 * hidden] + F.linear(h, outer))
        reset, update = both[:, :hidden], both[:, hidden:]
        candidate = rv.tanh(x[:, 2 * hidden :] + F.linear(reset * h, inner))
        h = (1 - update) * h + update * candidate
        states.append(h)
    return rv.stack(states)


def _lstm_projected(
    gates: Tensor, weight: Tensor, projection: Tensor, h: Tensor, c: Tensor
) -> tuple[Tensor, Tensor]:
    states = []
    for step in range(gates.shape[0]):
        i, f, g, o = (gates[step] + F.linear(h, weight)).chunk(4, 1)
        c = rv.sigmoid(f) * c + rv.sigmoid(i) * rv.tanh(g)
        h = F.linear(rv.sigmoid(o) * rv.tanh(c), projection)
        states.append(h)
    return rv.stack(states), c
