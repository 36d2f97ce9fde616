"""What PyTorch's top level has of layers: functions whose arguments are in the order of its engine.

`ravine.nn.functional` has the same functions with fewer arguments, and its modules hold the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine._core import Tensor
from ravine._declare import named
from ravine.errors import ShapeError, ValueError
from ravine.func import functional_call
from ravine.nn import _recurrent as steps
from ravine.nn import functional as F
from ravine.nn.functional import (
    bilinear,
    channel_shuffle,
    conv3d,
    conv_tbc,
    conv_transpose3d,
    max_pool3d,
    pdist,
    rrelu,
    rrelu_,
)
from ravine.nn.functional.regularization import _channels
from ravine.nn.rnn import GRU, LSTM, RNN
from ravine.nn.utils.rnn import PackedSequence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "alpha_dropout",
    "alpha_dropout_",
    "batch_norm",
    "bilinear",
    "channel_shuffle",
    "conv3d",
    "conv_tbc",
    "conv_transpose3d",
    "ctc_loss",
    "feature_alpha_dropout",
    "feature_alpha_dropout_",
    "feature_dropout",
    "feature_dropout_",
    "gru",
    "gru_cell",
    "instance_norm",
    "lstm",
    "lstm_cell",
    "max_pool3d",
    "pdist",
    "rnn_relu",
    "rnn_relu_cell",
    "rnn_tanh",
    "rnn_tanh_cell",
    "rrelu",
    "rrelu_",
]


@named
def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """`ravine.nn.functional.batch_norm` with the weights first; `cudnn_enabled` means nothing here.

    >>> x = ravine.tensor([[1.0], [3.0]])
    >>> ravine.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


@named
def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """`ravine.nn.functional.instance_norm` with the weights first; `cudnn_enabled` means nothing here.

    >>> x = ravine.tensor([[[1.0, 3.0]]])
    >>> ravine.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, True)
    tensor([[[-1.0000,  1.0000]]])
    """
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


@named
def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Dropout that keeps mean and variance; see `ravine.nn.functional.alpha_dropout`.

    >>> ravine.alpha_dropout(ravine.ones(2), 0.5, False)
    tensor([1., 1.])
    """
    return F.alpha_dropout(input, p, train)


@named
def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place form of `alpha_dropout`: writes the result into its first argument and returns it.

    >>> ravine.alpha_dropout_(ravine.ones(2), 0.5, False)
    tensor([1., 1.])
    """
    return F.alpha_dropout(input, p, train, True)


@named
def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Dropout of whole channels of (N, C, ...): each is zero with probability `p`, or scaled by 1 / (1 - p).

    Raises:
        ShapeError: the input has fewer than 2 dimensions.
        ValueError: p is outside of [0, 1].

    >>> ravine.feature_dropout(ravine.ones(1, 2, 2), 1.0, True)
    tensor([[[0., 0.],
             [0., 0.]]])
    """
    if input.ndim < 2:
        raise ShapeError(
            f"the input of shape {tuple(input.shape)} needs 2 dimensions or more: batch, channels"
        )
    return _channels(input, 2, p, train, False)


@named
def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place form of `feature_dropout`: writes the result into its first argument and returns it.

    >>> ravine.feature_dropout_(ravine.ones(1, 2), 1.0, True)
    tensor([[0., 0.]])
    """
    return input.copy_(feature_dropout(input, p, train))


@named
def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Alpha dropout of whole channels; see `ravine.nn.functional.feature_alpha_dropout`.

    >>> ravine.feature_alpha_dropout(ravine.ones(1, 2), 0.5, False)
    tensor([[1., 1.]])
    """
    return F.feature_alpha_dropout(input, p, train)


@named
def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """In-place form of `feature_alpha_dropout`: writes the result into its first argument and returns it.

    >>> ravine.feature_alpha_dropout_(ravine.ones(1, 2), 0.5, False)
    tensor([[1., 1.]])
    """
    return F.feature_alpha_dropout(input, p, train, True)


@named
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: int = 1,
    zero_infinity: bool = False,
) -> Tensor:
    """`ravine.nn.functional.ctc_loss` with the reduction by number: 0 for none, 1 the mean, 2 the sum.

    Raises:
        ValueError: the reduction is none of these.

    >>> log_probs = ravine.log_softmax(ravine.zeros(4, 1, 3), 2)
    >>> ravine.ctc_loss(log_probs, ravine.tensor([[1, 2]]), [4], [2])
    tensor(0.8432)
    """
    names = ("none", "mean", "sum")
    if reduction not in (0, 1, 2):
        raise ValueError(f"reduction={reduction!r} must be 0 (none), 1 (mean) or 2 (sum)")
    return F.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, names[reduction], zero_infinity
    )


def _recurrent(kind: Any, gates: int, packed: bool, arguments: tuple[Any, ...], **options: Any) -> Any:
    """A layer's call with the given weights: of a batch, or of packed sequences."""
    sizes: Tensor | None = None
    if packed:
        data, sizes, hx, params, has_biases, layers, dropout, train, both_ways = arguments[:9]
        batch_first = False
    else:
        data, hx, params, has_biases, layers, dropout, train, both_ways, batch_first = arguments
    per = 2 + 2 * has_biases
    wanted = layers * (2 if both_ways else 1)
    projected = len(params) == wanted * (per + 1) and kind is LSTM
    if len(params) != wanted * (per + projected):
        raise ValueError(
            f"{len(params)} weights are given for {layers} layers of {2 if both_ways else 1} "
            f"directions, which have {wanted * per}"
        )
    hidden = params[0].shape[0] // gates
    if projected:
        options["proj_size"] = params[1].shape[1]
    # On `meta` the layer has no weights of its own: those given stand in for them.
    layer = kind(
        params[0].shape[1],
        hidden,
        layers,
        bias=has_biases,
        batch_first=batch_first,
        dropout=dropout,
        bidirectional=both_ways,
        device="meta",
        **options,
    )
    layer.train(train)
    weights = dict(zip((name for name, _ in layer.named_parameters()), params, strict=True))
    given = data if sizes is None else PackedSequence(data, sizes)
    output, last = functional_call(layer, weights, (given, hx))
    return (output if sizes is None else output.data), last


@named
def gru(
    input: Tensor,
    hx: Tensor,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor]:
    """What `ravine.nn.GRU` computes, from its weights: the outputs and the last states.

    Args:
        input: (T, B, input), or (B, T, input) with `batch_first`.
        hx: (layers * directions, B, hidden).
        params: the weights of each layer and direction, as `GRU.parameters()` has them.
        has_biases: whether there are biases among them.
        num_layers: the number of layers.
        dropout: the probability of dropping between layers.
        train: whether it is done.
        bidirectional: whether there are two directions.
        batch_first: whether the batch comes first.

    With a second tensor before the weights they are packed sequences: data, batch sizes, hx, params, and the
    rest without `batch_first`.

    >>> layer = ravine.nn.GRU(3, 5)
    >>> x, h = ravine.zeros(7, 2, 3), ravine.zeros(1, 2, 5)
    >>> y, last = ravine.gru(x, h, list(layer.parameters()), True, 1, 0.0, False, False, False)
    >>> y.shape, last.shape
    ((7, 2, 5), (1, 2, 5))
    """
    given = (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    return _recurrent(GRU, 3, isinstance(params, Tensor), given)


@named
def rnn_tanh(
    input: Tensor,
    hx: Tensor,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor]:
    """What `ravine.nn.RNN` computes, from its weights; arguments as those of `gru`.

    >>> layer = ravine.nn.RNN(3, 5)
    >>> x, h = ravine.zeros(7, 2, 3), ravine.zeros(1, 2, 5)
    >>> ravine.rnn_tanh(x, h, list(layer.parameters()), True, 1, 0.0, False, False, False)[0].shape
    (7, 2, 5)
    """
    given = (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    return _recurrent(RNN, 1, isinstance(params, Tensor), given)


@named
def rnn_relu(
    input: Tensor,
    hx: Tensor,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor]:
    """What `ravine.nn.RNN` computes with the nonlinearity "relu"; arguments as those of `gru`.

    >>> layer = ravine.nn.RNN(3, 5)
    >>> x, h = ravine.zeros(7, 2, 3), ravine.zeros(1, 2, 5)
    >>> ravine.rnn_relu(x, h, list(layer.parameters()), True, 1, 0.0, False, False, False)[0].shape
    (7, 2, 5)
    """
    given = (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    return _recurrent(RNN, 1, isinstance(params, Tensor), given, nonlinearity="relu")


@named
def lstm(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """What `ravine.nn.LSTM` computes, from its weights: the outputs, the last states and the last cells.

    Arguments are those of `gru`, where `hx` is the pair of states and cells.

    >>> layer = ravine.nn.LSTM(3, 5)
    >>> x, h = ravine.zeros(7, 2, 3), ravine.zeros(1, 2, 5)
    >>> y, h, c = ravine.lstm(x, (h, h), list(layer.parameters()), True, 1, 0.0, False, False, False)
    >>> y.shape, c.shape
    ((7, 2, 5), (1, 2, 5))
    """
    given = (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    output, (h, c) = _recurrent(LSTM, 4, isinstance(hx, Tensor), given)
    return output, h, c


def _weights(w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None) -> list[Tensor]:
    if (b_ih is None) != (b_hh is None):
        raise ValueError("one of b_ih and b_hh is given; pass both or none")
    return [w_ih, w_hh] if b_ih is None or b_hh is None else [w_ih, w_hh, b_ih, b_hh]


@named
def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """One step of `ravine.nn.GRU`: (B, input) and the state (B, hidden) give the next state.

    Raises:
        ValueError: one of the biases is given without the other.

    >>> ravine.gru_cell(ravine.ones(1, 2), ravine.ones(1, 1), ravine.zeros(3, 2), ravine.zeros(3, 1))
    tensor([[0.5000]])
    """
    return steps.gru(input.unsqueeze(0), _weights(w_ih, w_hh, b_ih, b_hh), hx, True)[0]


@named
def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """One step of `ravine.nn.RNN`: (B, input) and the state (B, hidden) give the next state.

    Raises:
        ValueError: one of the biases is given without the other.

    >>> ravine.rnn_tanh_cell(ravine.ones(1, 1), ravine.zeros(1, 1), ravine.ones(1, 1), ravine.ones(1, 1))
    tensor([[0.7616]])
    """
    return steps.rnn(input.unsqueeze(0), _weights(w_ih, w_hh, b_ih, b_hh), hx, "tanh")[0]


@named
def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """One step of `ravine.nn.RNN` with the nonlinearity "relu".

    Raises:
        ValueError: one of the biases is given without the other.

    >>> ravine.rnn_relu_cell(ravine.ones(1, 1), ravine.ones(1, 1), ravine.ones(1, 1), ravine.ones(1, 1))
    tensor([[2.]])
    """
    return steps.rnn(input.unsqueeze(0), _weights(w_ih, w_hh, b_ih, b_hh), hx, "relu")[0]


@named
def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of `ravine.nn.LSTM`: (B, input) and the pair of state and cell give the next pair.

    Raises:
        ValueError: one of the biases is given without the other.

    >>> zero = ravine.zeros(1, 1)
    >>> h, c = ravine.lstm_cell(zero, (zero, ravine.ones(1, 1)), ravine.zeros(4, 1), ravine.zeros(4, 1))
    >>> c
    tensor([[0.5000]])
    """
    h, c = steps.given_states("lstm_cell", hx, 2)
    output, cell = steps.lstm(input.unsqueeze(0), _weights(w_ih, w_hh, b_ih, b_hh), h, c)
    return output[0], cell
