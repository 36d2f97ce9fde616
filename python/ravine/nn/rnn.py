"""Recurrent layers over sequences, RNN, LSTM and GRU, and their cells, which take one step."""

from __future__ import annotations

import ravine as rv

from . import _recurrent as steps
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter
from .utils.rnn import PackedSequence, _pad, _repack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar, overload

    from .._core import Tensor

    S = TypeVar("S")

    class Calls(Protocol[S]):
        """A layer's call, with states of type S: packed sequences give packed ones."""

        @overload
        def __call__(self, input: Tensor, hx: S | None = None) -> tuple[Tensor, S]: ...

        @overload
        def __call__(self, input: PackedSequence, hx: S | None = None) -> tuple[PackedSequence, S]: ...


__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


class RNNBase(Module):
    """What :class:`RNN`, :class:`LSTM` and :class:`GRU` share: layers, directions, initial states.

    Shapes: input (T, B, input_size), or (B, T, input_size) with ``batch_first``, or (T, input_size) for one
    sequence.
    States: (num_layers * D, B, hidden_size), without B for one sequence, D = 2 if ``bidirectional``, else
        1; zeros if
    not given. Returns the last layer's hidden states of all steps (T, B, D * hidden_size), placed as the
    input is, and the last states of every layer. A :class:`~ravine.nn.utils.rnn.PackedSequence` gives a
    packed output; each sequence's last state is then that at its own end.

    Parameters of layer k: ``weight_ih_lk`` (gates * hidden_size, input), ``weight_hh_lk`` (gates *
    hidden_size, hidden_size), ``bias_ih_lk`` and ``bias_hh_lk`` (gates * hidden_size,), with ``_reverse``
    behind them for the second direction; all start from U(-1/sqrt(hidden_size), 1/sqrt(hidden_size)).
    """

    #: Gates of a unit, and states that a layer hands on (hidden, cell).
    gates = 1
    states = 1

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout should be a number in range [0, 1], but is {dropout}")
        if hidden_size <= 0:
            raise ValueError(f"hidden_size must be greater than zero, but is {hidden_size}")
        if num_layers <= 0:
            raise ValueError(f"num_layers must be greater than zero, but is {num_layers}")
        if proj_size and mode != "LSTM":
            raise ValueError(f"proj_size is for LSTM alone, not for {mode}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"proj_size is {proj_size}; it must be from 0 to hidden_size - 1 = {hidden_size - 1}"
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions = 2 if bidirectional else 1
        rows, outputs = self.gates * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else directions * outputs
            for suffix in ("", "_reverse")[:directions]:
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, outputs)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    empty = rv.empty(*shape, device=device, dtype=dtype)
                    self.register_parameter(f"{name}_l{layer}{suffix}", Parameter(empty))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights and biases anew."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Does nothing: weights need no special place in memory. Programs for PyTorch call it."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction: weight_ih, weight_hh, bias_ih, bias_hh."""
        suffixes = ("", "_reverse")[: 2 if self.bidirectional else 1]
        return [self._weights(layer, suffix) for layer in range(self.num_layers) for suffix in suffixes]

    def _weights(self, layer: int, suffix: str) -> list[Parameter]:
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"][: 4 if self.bias else 2]
        if self.proj_size:
            names.append("weight_hr")
        return [getattr(self, f"{name}_l{layer}{suffix}") for name in names]

    def forward(self, input: Tensor | PackedSequence, hx: Any = None) -> Any:
        if isinstance(input, PackedSequence):
            padded, lengths = _pad(input)
            states = self._states(hx, padded, padded.shape[1], True)
            if input.sorted_indices is not None and hx is not None:
                states = [rv.index_select(state, 1, input.sorted_indices) for state in states]
            y, last = self._layers(padded, states, lengths)
            if input.unsorted_indices is not None:
                last = [rv.index_select(state, 1, input.unsorted_indices) for state in last]
            return _repack(y, input), self._result(last)
        if input.ndim not in (2, 3):
            raise ValueError(
                f"{self.mode}: expected input of 2 or 3 dimensions, got shape {tuple(input.shape)}"
            )
        if input.shape[-1] != self.input_size:
            raise ValueError(
                f"{self.mode}: input_size is {self.input_size}, the last dimension of the input of shape "
                f"{tuple(input.shape)} is {input.shape[-1]}"
            )
        batched = input.ndim == 3
        if not batched:
            x = input.unsqueeze(1)
        else:
            x = input.transpose(0, 1) if self.batch_first else input
        if x.shape[0] == 0:
            raise ValueError(f"{self.mode}: the sequence of shape {tuple(input.shape)} has no steps")
        y, last = self._layers(x, self._states(hx, x, x.shape[1], batched), None)
        if not batched:
            return y.squeeze(1), self._result([state.squeeze(1) for state in last])
        return (y.transpose(0, 1) if self.batch_first else y), self._result(last)

    def _states(self, hx: Any, x: Tensor, batch: int, batched: bool) -> list[Tensor]:
        layers = self.num_layers * (2 if self.bidirectional else 1)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: self.states]
        if hx is None:
            return [x.new_zeros(layers, batch, size) for size in sizes]
        given = steps.given_states(self.mode, hx, self.states)
        wanted = [(layers, batch, size) if batched else (layers, size) for size in sizes]
        if [tuple(state.shape) for state in given] != wanted:
            shapes = ", ".join(str(tuple(state.shape)) for state in given)
            raise ValueError(
                f"{self.mode}: initial states have shapes {shapes}, expected {', '.join(map(str, wanted))}"
            )
        return given if batched else [state.unsqueeze(1) for state in given]

    def _result(self, states: list[Tensor]) -> Any:
        return states[0] if self.states == 1 else tuple(states)

    def _layers(self, x: Tensor, states: list[Tensor], lengths: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """All layers over (T, B, input): the last one's outputs, and every layer's last states."""
        directions = 2 if self.bidirectional else 1
        masks = None if lengths is None else steps.Lengths(lengths, x.shape[0])
        last: list[list[Tensor]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                number = layer * directions + direction
                weights = self._weights(layer, "_reverse" if direction else "")
                start = [state[number] for state in states]
                y, end = self._direction(steps.turned(x, masks) if direction else x, weights, start, masks)
                outputs.append(steps.turned(y, masks) if direction else y)
                last.append(end)
            x = outputs[0] if directions == 1 else rv.cat(outputs, dim=2)
            if self.dropout and layer + 1 < self.num_layers:
                x = F.dropout(x, self.dropout, self.training)
        return x, [rv.stack([end[i] for end in last]) for i in range(self.states)]

    def _direction(
        self, x: Tensor, weights: list[Parameter], start: list[Tensor], masks: steps.Lengths | None
    ) -> tuple[Tensor, list[Tensor]]:
        raise NotImplementedError("a recurrent layer says what one direction of one layer computes")

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if not self.bias:
            text += f", bias={self.bias}"
        if self.batch_first:
            text += f", batch_first={self.batch_first}"
        if self.dropout:
            text += f", dropout={self.dropout}"
        if self.bidirectional:
            text += f", bidirectional={self.bidirectional}"
        return text

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.input_size}->{self.hidden_size}"


class RNN(RNNBase):
    """``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`` (Elman, 1990), or ``relu`` in place of ``tanh``.

    Args, shapes and parameters: :class:`RNNBase`. ``nonlinearity`` is ``"tanh"`` or ``"relu"``; ``dropout``
    is the probability of dropping between layers.

    Raises:
        ValueError: for arguments out of range, and at the call for shapes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> y, h = nn.RNN(3, 5, batch_first=True)(ravine.zeros(2, 7, 3))
    >>> tuple(y.shape), tuple(h.shape)
    ((2, 7, 5), (1, 2, 5))
    """

    if TYPE_CHECKING:
        __call__: Calls[Tensor]  # pyright: ignore[reportIncompatibleMethodOverride]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            mode,
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity

    def _direction(
        self, x: Tensor, weights: list[Parameter], start: list[Tensor], masks: steps.Lengths | None
    ) -> tuple[Tensor, list[Tensor]]:
        y = steps.rnn(x, weights, start[0], self.nonlinearity)
        return y, [y[-1] if masks is None else masks.last(y)]


class LSTM(RNNBase):
    """A long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000).

    ``i, f, g, o = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh``, ``c_t = sigmoid(f) c_{t-1} + sigmoid(i)
    tanh(g)``, ``h_t = sigmoid(o) tanh(c_t)``. Args, shapes and parameters: :class:`RNNBase` with 4 gates,
    in that order; states are pairs ``(h, c)``. With ``proj_size`` P, less than ``hidden_size``, ``h_t = W_hr
    sigmoid(o) tanh(c_t)`` has P numbers (Sak et al., 2014), ``weight_hr_lk`` is (P, hidden_size), and the
    layer runs step by step, which is slower.

    Raises:
        ValueError: for arguments out of range, and at the call for shapes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> y, (h, c) = nn.LSTM(3, 5, num_layers=2, bidirectional=True)(ravine.zeros(7, 2, 3))
    >>> tuple(y.shape), tuple(h.shape), tuple(c.shape)
    ((7, 2, 10), (4, 2, 5), (4, 2, 5))
    """

    gates = 4
    states = 2

    if TYPE_CHECKING:
        __call__: Calls[tuple[Tensor, Tensor]]  # pyright: ignore[reportIncompatibleMethodOverride]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        options = (num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype)
        super().__init__("LSTM", input_size, hidden_size, *options)

    def _direction(
        self, x: Tensor, weights: list[Parameter], start: list[Tensor], masks: steps.Lengths | None
    ) -> tuple[Tensor, list[Tensor]]:
        y, cell = steps.lstm(x, weights, start[0], start[1], masks, bool(self.proj_size))
        return y, [y[-1] if masks is None else masks.last(y), cell]


class GRU(RNNBase):
    """A gated recurrent unit (Cho et al., 2014), in PyTorch's or in the original convention.

    ``r = sigmoid(W_ir x_t + b_ir + W_hr h + b_hr)``, ``z`` likewise. With ``reset_after``, as in PyTorch:
    ``n = tanh(W_in x_t + b_in + r (W_hn h + b_hn))``, ``h_t = (1 - z) n + z h``. Without, as in the paper
    (version 1): ``n = tanh(W_in x_t + b_in + W_hn (r h) + b_hn)``, ``h_t = (1 - z) h + z n``: the reset
    comes before the product, and z has the opposite sense. Args, shapes and parameters: :class:`RNNBase`
    with 3 gates: r, z, n. ``reset_after=False`` runs step by step and is slower.

    Raises:
        ValueError: for arguments out of range, and at the call for shapes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> y, h = nn.GRU(3, 5)(ravine.zeros(7, 2, 3))
    >>> tuple(y.shape), tuple(h.shape)
    ((7, 2, 5), (1, 2, 5))
    """

    gates = 3

    if TYPE_CHECKING:
        __call__: Calls[Tensor]  # pyright: ignore[reportIncompatibleMethodOverride]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        reset_after: bool = True,
    ) -> None:
        options = (num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype)
        super().__init__("GRU", input_size, hidden_size, *options)
        self.reset_after = reset_after

    def _direction(
        self, x: Tensor, weights: list[Parameter], start: list[Tensor], masks: steps.Lengths | None
    ) -> tuple[Tensor, list[Tensor]]:
        y = steps.gru(x, weights, start[0], self.reset_after)
        return y, [y[-1] if masks is None else masks.last(y)]

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")


class RNNCellBase(Module):
    """What the cells share: ``weight_ih`` (num_chunks * hidden_size, input_size), ``weight_hh`` and biases.

    ``num_chunks`` is the number of gates. PyTorch has two biases, ``bias_ih`` and ``bias_hh``; with
    ``biases=1`` there is ``bias_ih`` alone, as in the formulas of the papers. With input_size 8 and
    hidden_size 16 an RNNCell then has 400 parameters, a GRUCell 1,200 and an LSTMCell 1,600.
    """

    gates = 1
    states = 1
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
        *,
        biases: int = 2,
    ) -> None:
        super().__init__()
        if biases not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: biases are 1 or 2, got {biases!r:.40}. Use bias=False for none"
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(rv.empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(rv.empty(rows, hidden_size, device=device, dtype=dtype))
        for number, name in enumerate(("bias_ih", "bias_hh")):
            there = bias and number < biases
            parameter = Parameter(rv.empty(rows, device=device, dtype=dtype)) if there else None
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
            return x.unsqueeze(0), [x.new_zeros(x.shape[0], self.hidden_size)] * self.states
        given = steps.given_states(name, hx, self.states)
        if len(given) != self.states or any(tuple(state.shape) != wanted for state in given):
            shapes = ", ".join(str(tuple(state.shape)) for state in given)
            raise ValueError(f"{name}: states have shapes {shapes}, expected {self.states} of {wanted}")
        return x.unsqueeze(0), given if batched else [state.unsqueeze(0) for state in given]

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")
        return text + (", biases=1" if self.bias and self.bias_hh is None else "")

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.input_size}->{self.hidden_size}"


def _like(state: Tensor, input: Tensor) -> Tensor:
    return state if input.ndim == 2 else state.squeeze(0)


class RNNCell(RNNCellBase):
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
        *,
        biases: int = 2,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        super().__init__(input_size, hidden_size, bias, self.gates, device, dtype, biases=biases)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._prepare(input, hx)
        return _like(steps.rnn(x, self._weights(), h, self.nonlinearity)[0], input)

    def extra_repr(self) -> str:
        other = self.nonlinearity != "tanh"
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity}" if other else "")


class LSTMCell(RNNCellBase):
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
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        biases: int = 2,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, self.gates, device, dtype, biases=biases)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        x, (h, c) = self._prepare(input, hx)
        y, cell = steps.lstm(x, self._weights(), h, c)
        return _like(y[0], input), _like(cell, input)


class GRUCell(RNNCellBase):
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
        biases: int = 2,
        reset_after: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, self.gates, device, dtype, biases=biases)
        self.reset_after = reset_after

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._prepare(input, hx)
        return _like(steps.gru(x, self._weights(), h, self.reset_after)[0], input)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.reset_after else ", reset_after=False")
