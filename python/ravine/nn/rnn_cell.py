"""One step of a recurrent network: RNNCell, LSTMCell, GRUCell."""

from __future__ import annotations

import ravine as rv

from . import _recurrent as steps
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _Cell(Module):
    """``weight_ih`` (gates * hidden_size, input_size), ``weight_hh``, ``bias_ih`` and ``bias_hh``."""

    gates = 1
    states = 1
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(self, input_size: int, hidden_size: int, bias: bool, device: Any, dtype: Any) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(rv.empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(rv.empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            parameter = Parameter(rv.empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and biases anew, from U(-1/sqrt(hidden_size), 1/sqrt(hidden_size))."""
        bound = self.hidden_size**-0.5 if self.hidden_size else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _weights(self) -> list[Tensor]:
        weights: list[Tensor] = [self.weight_ih, self.weight_hh]
        return weights + [b for b in (self.bias_ih, self.bias_hh) if b is not None]

    def _prepare(self, input: Tensor, hx: Any) -> tuple[Tensor, list[Tensor]]:
        """The input as a sequence of one step (1, B, input), and states (B, H)."""
        name = type(self).__name__
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ValueError(
                f"{name}: expected input of shape (B, {self.input_size}) or ({self.input_size},), "
                f"got {tuple(input.shape)}"
            )
        batched = input.ndim == 2
        x = input if batched else input.unsqueeze(0)
        wanted = (x.shape[0], self.hidden_size) if batched else (self.hidden_size,)
        if hx is None:
            return x.unsqueeze(0), [rv.zeros(x.shape[0], self.hidden_size, dtype=x.dtype)] * self.states
        given = steps.given_states(name, hx, self.states)
        if len(given) != self.states or any(tuple(state.shape) != wanted for state in given):
            shapes = ", ".join(str(tuple(state.shape)) for state in given)
            raise ValueError(f"{name}: states have shapes {shapes}, expected {self.states} of {wanted}")
        return x.unsqueeze(0), given if batched else [state.unsqueeze(0) for state in given]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.input_size}->{self.hidden_size}"


def _like(state: Tensor, input: Tensor) -> Tensor:
    return state if input.ndim == 2 else state.squeeze(0)


class RNNCell(_Cell):
    """One step of :class:`ravine.nn.RNN`: (B, input_size) or (input_size,) and the state -> the next state.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.RNNCell(3, 5)(ravine.zeros(2, 3)).shape)
    (2, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._prepare(input, hx)
        return _like(steps.rnn(x, self._weights(), h, self.nonlinearity)[0], input)

    def extra_repr(self) -> str:
        other = self.nonlinearity != "tanh"
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity}" if other else "")


class LSTMCell(_Cell):
    """One step of :class:`ravine.nn.LSTM`: (B, input_size) or (input_size,) and ``(h, c)`` -> the next pair.

    >>> import ravine
    >>> from ravine import nn
    >>> h, c = nn.LSTMCell(3, 5)(ravine.zeros(2, 3))
    >>> tuple(h.shape), tuple(c.shape)
    ((2, 5), (2, 5))
    """

    gates = 4
    states = 2

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        x, (h, c) = self._prepare(input, hx)
        y, cell = steps.lstm(x, self._weights(), h, c)
        return _like(y[0], input), _like(cell, input)


class GRUCell(_Cell):
    """One step of :class:`ravine.nn.GRU`, in either convention: input and state -> the next state.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.GRUCell(3, 5)(ravine.zeros(3)).shape)
    (5,)
    """

    gates = 3

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        reset_after: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.reset_after = reset_after

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._prepare(input, hx)
        return _like(steps.gru(x, self._weights(), h, self.reset_after)[0], input)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")
