"""Recurrent: any cell as a layer. And cells and layers whose old value passes by a gate, or beside it."""

from __future__ import annotations

import ravine as rv

from .._pytree import flatten
from ..errors import ValueError
from . import functional as F
from . import init
from ._recurrent import Lengths, turned
from .activation import ReLU
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module
from .parameter import Parameter
from .rnn import RNNCellBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .._core import Tensor

__all__ = ["Highway", "HighwayCell", "Recurrent", "ResidualRNNCell"]


class Recurrent(Module):
    """``y_t, s_t = cell(x_t, s_(t-1))`` over all steps of a sequence, for any cell.

    A cell is a module that is called with one step's input (B, D) and its state, None before the first step,
    and returns ``(y, state)``; a state is a tensor, or tuples, lists and dicts of them, each (B, ...). The
    cells of `ravine.nn` are cells as they are. Several cells are layers on top of each other.

    Shapes: (T, B, D) -> (T, B, H), or (B, T, D) -> (B, T, H) with ``batch_first``; with ``reverse``, outputs
    of both directions side by side (T, B, 2 H) (Schuster and Paliwal, 1997). Without lengths B may be
    missing. States: that of the cell after the last step; of several cells a tuple, each layer's forward one
    before its backward one. Parameters: those of the cells.

    Args:
        cells: one for each layer.
        reverse: one for each layer, that runs from the end of a sequence to its start.
        batch_first: whether the batch stands before the time.
        dropout: the probability of dropping between layers.
        truncate: gradients flow back over so many steps at most: the state is detached before each multiple
            of it (truncated backpropagation through time; Williams and Peng, 1990). None for all.

    Raises:
        TypeError: a cell that is no module, or that returned something else.
        ValueError: no cell, other numbers of cells in both directions, or a shape that does not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> class Sum(nn.Module):
    ...     def forward(self, x, state):
    ...         total = x if state is None else state + x
    ...         return total, total
    >>> x = ravine.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0]]).unsqueeze(2)
    >>> y, state = nn.Recurrent(Sum(), batch_first=True)(x, lengths=ravine.tensor([3, 2]))
    >>> y.squeeze(2).tolist(), state.tolist()
    ([[1.0, 3.0, 6.0], [4.0, 9.0, 0.0]], [[6.0], [9.0]])
    """

    def __init__(
        self,
        *cells: Module,
        reverse: Sequence[Module] = (),
        batch_first: bool = False,
        dropout: float = 0.0,
        truncate: int | None = None,
    ) -> None:
        super().__init__()
        for cell in (*cells, *reverse):
            if not isinstance(cell, Module):
                raise TypeError(
                    f"Recurrent: a cell is a module, called as cell(x, state) -> (y, state), got {cell!r:.40}"
                )
        if not cells or (reverse and len(reverse) != len(cells)):
            raise ValueError(
                f"Recurrent: one cell or more, and as many in reverse or none, got {len(cells)} and "
                f"{len(reverse)}"
            )
        if truncate is not None and truncate < 1:
            raise ValueError(f"Recurrent: truncate must be a positive number of steps, got {truncate}")
        self.cells, self.reverse = ModuleList(cells), ModuleList(reverse)
        self.batch_first, self.dropout, self.truncate = batch_first, dropout, truncate

    def forward(self, input: Tensor, state: Any = None, lengths: Tensor | None = None) -> tuple[Tensor, Any]:
        """Outputs of all steps, and the last state.

        Args:
            input: (T, B, D), or as ``batch_first`` says.
            state: before the first step, as a call returns it; None for what the cells begin with.
            lengths: (B), int64: how many steps of each sequence count. Behind them outputs are zero, and
                states stay as they were at the sequence's own end.
        """
        axis = 1 if self.batch_first and input.ndim > 2 else 0
        if input.ndim < 2 or input.shape[axis] == 0:
            raise ValueError(
                f"Recurrent: input of shape {tuple(input.shape)} has no steps. Expected (T, B, D)"
            )
        x = input.transpose(0, axis) if axis else input
        ends = self._ends(x, lengths)
        layers = [(cell,) for cell in self.cells]
        if len(self.reverse):
            layers = list(zip(self.cells, self.reverse, strict=True))
        count = sum(map(len, layers))
        before = [state] if count == 1 else [None] * count if state is None else list(state)
        if len(before) != count:
            raise ValueError(f"Recurrent: there are {count} cells, but states of {len(before)}")
        after = []
        for number, layer in enumerate(layers):
            if number and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            outputs = []
            for backward, cell in enumerate(layer):
                steps = turned(x, ends) if backward else x
                y, last = self._run(cell, steps, before[len(after)], ends)
                outputs.append(turned(y, ends) if backward else y)
                after.append(last)
            x = outputs[0] if len(outputs) == 1 else rv.cat(outputs, dim=-1)
        return (x.transpose(0, axis) if axis else x), (after[0] if count == 1 else tuple(after))

    def _ends(self, x: Tensor, lengths: Tensor | None) -> Lengths | None:
        if lengths is None:
            return None
        lengths = rv.as_tensor(lengths)
        if x.ndim != 3 or tuple(lengths.shape) != (x.shape[1],):
            raise ValueError(
                f"Recurrent: lengths of shape {tuple(lengths.shape)} for {x.shape[0]} steps of shape "
                f"{tuple(x.shape[1:])}. Give one for each sequence of (T, B, D)"
            )
        return Lengths(lengths, x.shape[0])

    def _run(self, cell: Module, x: Tensor, state: Any, ends: Lengths | None) -> tuple[Tensor, Any]:
        """One cell over all steps."""
        outputs = []
        for t in range(x.shape[0]):
            if self.truncate and t and t % self.truncate == 0:
                leaves, build = flatten(state)
                state = build([leaf.detach() for leaf in leaves])
            y, after = _step(cell, x[t], state)
            if ends is not None:
                y, after = _kept(ends.valid[t], (y, after), None if state is None else (y * 0, state))
            outputs.append(y)
            state = after
        return rv.stack(outputs), state

    def extra_repr(self) -> str:
        told = {"batch_first": self.batch_first, "dropout": self.dropout, "truncate": self.truncate}
        return ", ".join(f"{name}={value}" for name, value in told.items() if value)


def _step(cell: Module, x: Tensor, state: Any) -> tuple[Tensor, Any]:
    found = cell(x, state)
    if isinstance(found, rv.Tensor):
        return found, found  # RNNCell and GRUCell return the state alone
    if isinstance(cell, RNNCellBase) and cell.states == 2:
        return found[0], found
    if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], rv.Tensor)):
        raise TypeError(
            f"Recurrent: {type(cell).__name__} returned {type(found).__name__}. A cell returns the pair "
            "(y, state), y a tensor"
        )
    return found


def _kept(valid: Tensor, new: Any, old: Any) -> Any:
    """New values where a sequence (B, 1) goes on, elsewhere the old ones, which are zero before the first."""
    leaves, build = flatten(new)
    others = [leaf * 0 for leaf in leaves] if old is None else flatten(old)[0]
    kept = [
        rv.where(valid.reshape(-1, *[1] * (leaf.ndim - 1)), leaf, other)
        for leaf, other in zip(leaves, others, strict=True)
    ]
    return build(kept)


class ResidualRNNCell(RNNCellBase):
    """``h_t = Q h_(t-1) + phi(W_ih x_t + W_hh h_(t-1) + b)``: the old state passes beside the new one.

    Q is the identity, along which gradients flow through any number of steps, or learned, beginning there.

    Shapes: (B, input_size) or (input_size,), and the state (B, hidden_size), zero if not given -> the next
    state. Parameters: H (D + H + 1), D = input_size and H = hidden_size, and H^2 more if Q is learned.

    Args:
        input_size, hidden_size, bias, device, dtype: as those of :class:`RNNCell`.
        nonlinearity: phi, ``"tanh"`` or ``"relu"``.
        learned: whether Q is a parameter, ``weight_q`` (H, H).
        biases: 1, or PyTorch's 2.

    Raises:
        ValueError: another nonlinearity or number of biases, and at the call for shapes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> cell = nn.ResidualRNNCell(8, 16)
    >>> tuple(cell(ravine.zeros(2, 8)).shape), sum(p.numel() for p in cell.parameters())
    ((2, 16), 400)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        learned: bool = False,
        biases: int = 1,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype, biases=biases)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"ResidualRNNCell: nonlinearity {nonlinearity!r}. Use 'tanh' or 'relu'")
        self.nonlinearity = nonlinearity
        eye = Parameter(rv.eye(hidden_size, device=device, dtype=dtype)) if learned else None
        self.register_parameter("weight_q", eye)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        (x,), (h,) = self._prepare(input, hx)
        phi = rv.tanh if self.nonlinearity == "tanh" else rv.relu
        kept = h if self.weight_q is None else F.linear(h, self.weight_q)
        return (kept + phi(_both(self, x, h))).reshape(*input.shape[:-1], self.hidden_size)

    def extra_repr(self) -> str:
        return super().extra_repr() + (", learned=True" if self.weight_q is not None else "")


class HighwayCell(RNNCellBase):
    """``h_t = a h~ + (1 - a) x_t``: a gate mixes the new state with the input (after Zilly et al., 2017).

    ``h~ = tanh(W x_t + U h_(t-1) + b)``, ``a = sigmoid(W_a x_t + U_a h_(t-1) + b_a)``.

    Shapes: (B, D) or (D,), and the state (B, D), zero if not given -> the next state (B, D): what is mixed
    has one size, so hidden_size is input_size. Parameters: 2 D (2 D + 1); rows of ``weight_ih`` and
    ``weight_hh`` (2 D, D) are those of the candidate, then those of the gate.

    Args:
        input_size, hidden_size, bias, device, dtype: as those of :class:`RNNCell`.
        biases: 1, or PyTorch's 2.

    Raises:
        ValueError: hidden_size is not input_size, and at the call for shapes that do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.HighwayCell(8, 8)(ravine.zeros(2, 8)).shape)
    (2, 8)
    """

    gates = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        biases: int = 1,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if hidden_size != input_size:
            raise ValueError(
                "HighwayCell: the gate mixes the state with the input, so hidden_size must be input_size; "
                f"got {hidden_size} and {input_size}. Map the input by Linear({input_size}, {hidden_size}) "
                "first"
            )
        super().__init__(input_size, hidden_size, bias, self.gates, device, dtype, biases=biases)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        (x,), (h,) = self._prepare(input, hx)
        candidate, gate = _both(self, x, h).chunk(2, -1)
        gate = rv.sigmoid(gate)
        return (gate * rv.tanh(candidate) + (1 - gate) * x).reshape(input.shape)


def _both(cell: RNNCellBase, x: Tensor, h: Tensor) -> Tensor:
    """``W_ih x + W_hh h + b``."""
    return F.linear(x, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)


class Highway(Module):
    """``y = T(x) H(x) + (1 - T(x)) x``, ``H = relu(W_h x + b_h)``, ``T = sigmoid(W_t x + b_t)``.

    Where the transform gate T is shut the input passes as it is (Srivastava et al., 2015). The gates begin
    nearly shut, so that a deep network trains at once.

    Shapes: (..., features) -> (..., features). Parameters: 2 D (D + 1), D = features.

    Args:
        features: D.
        transform: a module in place of H, (..., D) -> (..., D).
        gate_bias: b_t in the beginning.
        device, dtype: of the parameters.

    Raises:
        ValueError: features are not positive.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.randn(2, 8)
    >>> (nn.Highway(8, gate_bias=-100.0)(x) == x).all().item()
    True
    """

    def __init__(
        self,
        features: int,
        transform: Module | None = None,
        gate_bias: float = -2.0,
        *,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if features < 1:
            raise ValueError(f"Highway: features must be positive, got {features}")
        if transform is None:
            transform = Sequential(Linear(features, features, device=device, dtype=dtype), ReLU())
        self.transform = transform
        self.gate = Linear(features, features, device=device, dtype=dtype)
        assert self.gate.bias is not None
        init.constant_(self.gate.bias, gate_bias)

    def forward(self, input: Tensor) -> Tensor:
        gate = rv.sigmoid(self.gate(input))
        return gate * self.transform(input) + (1 - gate) * input
