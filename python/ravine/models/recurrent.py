"""Recurrent models: what follows, what a sequence says, what each step is, and a sequence from a sequence."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ValueError
from ..nn import functional as F
from ..nn._recurrent import Lengths, turned
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._core import Tensor

__all__ = [
    "AttentionSeq2Seq",
    "RecurrentLM",
    "SequenceClassifier",
    "SequenceTagger",
    "gradient_by_lag",
    "transduce",
]


def _lstm(inputs: int, hidden: int) -> nn.LSTM:
    """With the forget gates' biases at 1, so that it begins by remembering (Gers et al., 2000)."""
    layer = nn.LSTM(inputs, hidden)
    gate = slice(hidden, 2 * hidden)
    with rv.no_grad():
        layer.bias_ih_l0[gate], layer.bias_hh_l0[gate] = 1.0, 0.0
    return layer


# Kernels of their own run the first three; the others are cells, step by step.
_CELLS: dict[str, Callable[[int, int], nn.Module]] = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": _lstm,
    "gru-reset-before": lambda n, h: nn.GRU(n, h, reset_after=False),
    "residual": lambda n, h: nn.Recurrent(nn.ResidualRNNCell(n, h)),
    "residual-learned": lambda n, h: nn.Recurrent(nn.ResidualRNNCell(n, h, learned=True)),
    "highway": lambda n, h: nn.Recurrent(nn.HighwayCell(n, h)),
}


class _Reader(nn.Module):
    """Layers of recurrent cells, in one direction or both, over tokens or vectors (B, T, ...)."""

    def __init__(
        self,
        name: str,
        *,
        vocabulary: int | None,
        inputs: int | None,
        width: int,
        hidden: int,
        cell: str,
        layers: int,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if (vocabulary is None) == (inputs is None):
            raise ValueError(f"{name}: give vocabulary for tokens, or inputs for vectors, and not both")
        if cell not in _CELLS:
            raise ValueError(f"{name}: unknown cell {cell!r:.40}. There are: {', '.join(_CELLS)}")
        sizes = {
            "vocabulary": vocabulary,
            "inputs": inputs,
            "width": width,
            "hidden": hidden,
            "layers": layers,
        }
        for what, size in sizes.items():
            if size is not None and size < 1:
                raise ValueError(f"{name}: {what} must be positive, got {size}")
        self.name, self.inputs = name, inputs
        self.table = None if vocabulary is None else nn.Embedding(vocabulary, width)
        self.dropout = nn.Dropout(dropout)
        self.bidirectional = bidirectional
        directions = 2 if bidirectional else 1
        widths = [width if inputs is None else inputs, *[directions * hidden] * (layers - 1)]
        self.layers = nn.ModuleList(
            nn.ModuleList(_CELLS[cell](size, hidden) for _ in range(directions)) for size in widths
        )
        self.outputs = directions * hidden

    def forward(
        self, x: Tensor, states: Any = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, list[Any]]:
        """Hidden states (B, T, H or 2 H), and each layer's last state."""
        wanted = 2 if self.table is not None else 3
        if x.ndim != wanted or (self.table is None and x.shape[-1] != self.inputs) or x.shape[1] == 0:
            expected = "numbers (B, T)" if self.table is not None else f"vectors (B, T, {self.inputs})"
            raise ValueError(
                f"{self.name}: expected {expected} of one step or more, got shape {tuple(x.shape)}"
            )
        y = x if self.table is None else self.table(x)
        y = y.transpose(0, 1)
        ends = None if lengths is None else Lengths(rv.as_tensor(lengths), y.shape[0])
        if ends is not None and tuple(ends.lengths.shape) != (x.shape[0],):
            raise ValueError(
                f"{self.name}: lengths of shape {tuple(ends.lengths.shape)} for {x.shape[0]} sequences. Give "
                "one for each"
            )
        after = []
        for number, layer in enumerate(self.layers):
            steps, ways = self.dropout(y), []
            for backward, way in enumerate(layer.children()):
                told, state = way(turned(steps, ends) if backward else steps, states and states[number])
                ways.append(turned(told, ends) if backward else told)
                after.append(state)
            y = ways[0] if len(ways) == 1 else rv.cat(ways, 2)
        return self.dropout(y.transpose(0, 1)), after

    def last(self, y: Tensor, lengths: Tensor | None) -> Tensor:
        """(B, T, H) -> (B, H): each direction's state when it has read its sequence."""
        ends = y.shape[1] - 1 if lengths is None else (rv.as_tensor(lengths) - 1).reshape(-1, 1, 1)
        if not self.bidirectional:
            return y[:, -1] if lengths is None else _at(y, ends)
        there, back = y.chunk(2, -1)
        return rv.cat([there[:, -1] if lengths is None else _at(there, ends), back[:, 0]], -1)


def _at(y: Tensor, ends: Any) -> Tensor:
    return rv.gather(y, 1, ends.expand(-1, 1, y.shape[2]))[:, 0]


class RecurrentLM(Model):
    """A language model: ``h_t = cell(E x_t, h_(t-1))``, ``P(x_(t+1) | x_1 .. x_t) = softmax(W h_t + b)``.

    Shapes: numbers (B, T) -> logits (B, T, vocabulary). Parameters: V D of the embedding, those of the cells,
    and V (H + 1) of the head, or V with ``tied`` (Press and Wolf, 2017), where W is E. Source: Mikolov et
    al. (2010); dropout as in Zaremba et al. (2014), not between steps. The forget gates of an LSTM begin with
    a bias of 1 (Gers et al., 2000).

    Args:
        vocabulary: V.
        width: D, of the embedding.
        hidden: H; by default D.
        cell: ``"rnn"``, ``"gru"`` or ``"lstm"``; or one that runs step by step: ``"gru-reset-before"``,
            ``"residual"``, ``"residual-learned"``, ``"highway"``.
        layers: on top of each other.
        dropout: the probability of dropping at each layer's inputs and the head's.
        tied: whether the head has the embedding's weights.

    Raises:
        ValueError: a size that is not positive, another cell, or ``tied`` with hidden other than width.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.RecurrentLM(vocabulary=65, width=8, hidden=16)
    >>> tuple(net(ravine.zeros(2, 5, dtype=ravine.int64)).shape)
    (2, 5, 65)
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        width: int,
        hidden: int | None = None,
        cell: str = "lstm",
        layers: int = 1,
        dropout: float = 0.0,
        tied: bool = False,
    ) -> None:
        super().__init__()
        hidden = width if hidden is None else hidden
        if tied and hidden != width:
            raise ValueError(
                f"RecurrentLM: a tied head needs hidden equal to width, got {hidden} and {width}. "
                "Leave hidden out"
            )
        self.reader = _Reader(
            "RecurrentLM",
            vocabulary=vocabulary,
            inputs=None,
            width=width,
            hidden=hidden,
            cell=cell,
            layers=layers,
            dropout=dropout,
        )
        self.head = nn.Linear(hidden, vocabulary)
        if tied:
            assert self.reader.table is not None
            self.head.weight = self.reader.table.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.advance(x)[0]

    def advance(self, x: Tensor, states: Any = None) -> tuple[Tensor, Any]:
        """Logits, and the states to go on from: what follows is read with them, and nothing twice.

        >>> import ravine
        >>> from ravine import models
        >>> net, x = models.RecurrentLM(vocabulary=5, width=4), ravine.tensor([[1, 2, 3]])
        >>> first, states = net.advance(x[:, :2])
        >>> ravine.allclose(net.advance(x[:, 2:], states)[0], net(x)[:, 2:], atol=1e-6)
        True
        """
        y, states = self.reader(x, states)
        return self.head(y), states


class SequenceClassifier(Model):
    """A sequence to an answer: ``softmax(W h_T + b)``, of the state when all is read.

    Shapes: numbers (B, T), or vectors (B, T, inputs) -> logits (B, classes); one class is a number to
    predict. Parameters: of the embedding V D, of the cells, and of the head (H + 1) K, or (2 H + 1) K in
    both directions. Source: section 16.1 of the course; Elman (1990).

    Args:
        classes: K.
        vocabulary: V, if tokens are read.
        inputs: the size of the vectors, if vectors are read.
        width: D, of the embedding.
        hidden: H.
        cell: see :class:`RecurrentLM`.
        layers: on top of each other.
        bidirectional: whether a second direction reads from the end.
        dropout: the probability of dropping at each layer's inputs and the head's.

    Raises:
        ValueError: a size that is not positive, another cell, or neither or both of vocabulary and inputs.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.SequenceClassifier(classes=2, vocabulary=27, width=8, hidden=16, bidirectional=True)
    >>> tuple(net(ravine.zeros(3, 5, dtype=ravine.int64), ravine.tensor([5, 1, 2])).shape)
    (3, 2)
    """

    def __init__(
        self,
        *,
        classes: int,
        vocabulary: int | None = None,
        inputs: int | None = None,
        width: int = 32,
        hidden: int = 64,
        cell: str = "gru",
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if classes < 1:
            raise ValueError(f"SequenceClassifier: classes must be positive, got {classes}")
        self.reader = _Reader(
            "SequenceClassifier",
            vocabulary=vocabulary,
            inputs=inputs,
            width=width,
            hidden=hidden,
            cell=cell,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.head = nn.Linear(self.reader.outputs, classes)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        y, _ = self.reader(x, None, lengths)
        return self.head(self.reader.last(y, lengths))


class SequenceTagger(Model):
    """A tag for each step: ``softmax(W h_t + b)``. What stands behind a sequence's length changes nothing.

    Shapes: numbers (B, T), or vectors (B, T, inputs) -> logits (B, T, classes); those behind the lengths mean
    nothing. Parameters: as those of :class:`SequenceClassifier`. Source: section 16.1 of the course; Graves
    and Schmidhuber (2005).

    Args:
        classes, vocabulary, inputs, width, hidden, cell, layers, bidirectional, dropout: as those of
            :class:`SequenceClassifier`.

    Raises:
        ValueError: a size that is not positive, another cell, or neither or both of vocabulary and inputs.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.SequenceTagger(classes=3, inputs=2, hidden=4)
    >>> tuple(net(ravine.zeros(6, 5, 2)).shape)
    (6, 5, 3)
    """

    def __init__(
        self,
        *,
        classes: int,
        vocabulary: int | None = None,
        inputs: int | None = None,
        width: int = 32,
        hidden: int = 64,
        cell: str = "gru",
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if classes < 1:
            raise ValueError(f"SequenceTagger: classes must be positive, got {classes}")
        self.reader = _Reader(
            "SequenceTagger",
            vocabulary=vocabulary,
            inputs=inputs,
            width=width,
            hidden=hidden,
            cell=cell,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
        )
        self.head = nn.Linear(self.reader.outputs, classes)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.head(self.reader(x, None, lengths)[0])


class AttentionSeq2Seq(Model):
    """A sequence from a sequence: what is written looks at all that was read (Luong et al., 2015).

    A bidirectional GRU reads: ``e_1 .. e_S``. Another GRU writes, from a state that is ``tanh`` of a linear
    map of both directions' last ones: ``h_t = GRU(E y_(t-1), h_(t-1))``, weights ``a_ts = softmax_s(h_t W
    e_s)``, context ``c_t = sum_s a_ts e_s``, ``logits = V tanh(C [c_t, h_t])``. The state before does not see
    the context (no input feeding), so that all steps are learnt at once.

    Shapes: source (B, S), target (B, T) that begins with the token of the beginning -> logits of what follows
    each (B, T, target vocabulary), and the weights (B, T, S), each row of sum 1, zero behind a source's
    length. Parameters: (V_s + V_t) D of the embeddings, 3 H (D + H + 2) of each of three GRUs, 2 H^2 + H of
    the bridge, 2 H^2 of W, 3 H^2 + H of C, V_t (H + 1) of V.

    Args:
        source: V_s, how many tokens are read.
        target: V_t, how many are written.
        width: D, of the embeddings.
        hidden: H.
        dropout: the probability of dropping at the inputs and outputs of GRUs.

    Raises:
        ValueError: a size that is not positive.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.AttentionSeq2Seq(source=30, target=12, width=8, hidden=16)
    >>> zeros = ravine.zeros(2, 9, dtype=ravine.int64)
    >>> logits, weights = net(zeros, zeros[:, :4])
    >>> tuple(logits.shape), tuple(weights.shape)
    ((2, 4, 12), (2, 4, 9))
    """

    def __init__(
        self, *, source: int, target: int, width: int = 32, hidden: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__()
        sizes = {"width": width, "hidden": hidden, "cell": "gru", "layers": 1, "dropout": dropout}
        name = "AttentionSeq2Seq"
        self.reader = _Reader(name, vocabulary=source, inputs=None, bidirectional=True, **sizes)
        self.writer = _Reader(name, vocabulary=target, inputs=None, **sizes)
        self.bridge = nn.Linear(2 * hidden, hidden)
        self.score = nn.Linear(2 * hidden, hidden, bias=False)
        self.mix = nn.Linear(3 * hidden, hidden)
        self.head = nn.Linear(hidden, target)

    def read(self, source: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None, Any]:
        """What :meth:`write` needs: the states read (B, S, 2 H), which of them count, and its first state."""
        memory, _ = self.reader(source, None, lengths)
        start = rv.tanh(self.bridge(self.reader.last(memory, lengths)))
        counts = None
        if lengths is not None:
            counts = rv.arange(source.shape[1], device=source.device) < rv.as_tensor(lengths).unsqueeze(1)
        return memory, counts, [start.unsqueeze(0)]

    def write(
        self, memory: Tensor, counts: Tensor | None, target: Tensor, states: Any
    ) -> tuple[Tensor, Tensor, Any]:
        """Logits (B, T, V_t), attention weights (B, T, S), and the state to go on from."""
        h, states = self.writer(target, states)
        scores = h @ self.score(memory).transpose(1, 2)
        if counts is not None:
            scores = scores.masked_fill(~counts.unsqueeze(1), -float("inf"))
        weights = F.softmax(scores, dim=-1)
        mixed = rv.tanh(self.mix(rv.cat([weights @ memory, h], -1)))
        return self.head(mixed), weights, states

    def forward(self, source: Tensor, target: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        memory, counts, start = self.read(source, lengths)
        logits, weights, _ = self.write(memory, counts, target, start)
        return logits, weights


def transduce(
    model: AttentionSeq2Seq, source: Tensor, *, begin: int, length: int, lengths: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What the model writes of each source, always the likeliest token, for ``length`` steps.

    Args:
        model: in evaluation mode.
        source: (B, S).
        begin: the token of the beginning.
        length: T.
        lengths: of the sources (B).

    Returns:
        Numbers (B, T), without the beginning, and the attention weights of each (B, T, S).
    """
    with rv.no_grad():
        memory, counts, states = model.read(source, lengths)
        token = rv.full((source.shape[0], 1), begin, dtype=rv.int64, device=source.device)
        written, looked = [], []
        for _ in range(length):
            logits, weights, states = model.write(memory, counts, token, states)
            token = logits.argmax(-1)
            written.append(token)
            looked.append(weights)
        return rv.cat(written, 1), rv.cat(looked, 1)


def gradient_by_lag(layer: nn.Module, x: Tensor) -> Tensor:
    """How much the last output depends on the input k steps before it: the norm of its gradient, for each k.

    It falls to nothing or grows without bounds where gradients vanish or explode (section 16.3 of the
    course; Bengio et al., 1994).

    Args:
        layer: (T, B, D) -> (y (T, B, H), state), such as ``nn.RNN`` or ``nn.Recurrent``.
        x: (T, B, D).

    Returns:
        (T), lag 0 first: the mean over the batch of ``| d sum_i y_T,i / d x_(T-k) |``.

    >>> import ravine
    >>> from ravine import models, nn
    >>> tuple(models.gradient_by_lag(nn.GRU(2, 3), ravine.randn(50, 4, 2)).shape)
    (50,)
    """
    x = x.detach().requires_grad_()
    (gradient,) = rv.autograd.grad(layer(x)[0][-1].sum(), x)
    return rv.linalg.vector_norm(gradient, dim=-1).mean(-1).flip(0)
