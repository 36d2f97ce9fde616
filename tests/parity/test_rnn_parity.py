"""Recurrent layers against torch with equal weights, and laws that they obey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import torch

import ravine as rv
from ravine import func, nn
from ravine.nn.utils import rnn

DTYPES = {"float32": (rv.float32, torch.float32, 2e-5), "float64": (rv.float64, torch.float64, 1e-11)}

LAYERS = {
    "RNN": lambda nn: nn.RNN(5, 7),
    "RNN relu": lambda nn: nn.RNN(5, 7, nonlinearity="relu", num_layers=2),
    "RNN without bias": lambda nn: nn.RNN(5, 7, bias=False, bidirectional=True),
    "LSTM": lambda nn: nn.LSTM(5, 7),
    "LSTM batch first": lambda nn: nn.LSTM(5, 7, batch_first=True, num_layers=2),
    "LSTM both ways": lambda nn: nn.LSTM(5, 7, num_layers=2, bidirectional=True),
    "LSTM without bias": lambda nn: nn.LSTM(5, 33, bias=False),
    "GRU": lambda nn: nn.GRU(5, 7),
    "GRU both ways": lambda nn: nn.GRU(5, 7, num_layers=2, bidirectional=True, batch_first=True),
    "GRU without bias": lambda nn: nn.GRU(5, 33, bias=False),
    "LSTM at rest": lambda nn: nn.LSTM(5, 7, num_layers=2, dropout=0.5).eval(),
}
CELLS = {
    "RNNCell": lambda nn: nn.RNNCell(5, 7),
    "RNNCell relu": lambda nn: nn.RNNCell(5, 7, nonlinearity="relu"),
    "LSTMCell": lambda nn: nn.LSTMCell(5, 7),
    "GRUCell": lambda nn: nn.GRUCell(5, 7),
    "GRUCell without bias": lambda nn: nn.GRUCell(5, 7, bias=False),
}


@pytest.fixture(autouse=True)
def _one_thread():
    """For such small shapes one thread of torch is fastest."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def close(mine, theirs, tolerance, what):
    want = theirs.detach().double().numpy()
    got = np.asarray(mine.detach().numpy(), np.float64)
    assert got.shape == want.shape, what
    scale = max(1.0, float(np.abs(want).max())) if want.size else 1.0
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale, err_msg=what)


def pair(make, dtypes):
    """The module in both libraries with the same weights."""
    mine, theirs = make(nn).to(dtypes[0]), make(torch.nn).to(dtypes[1])
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({k: rv.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    return mine, theirs


def flat(results):
    """Outputs and states, one list."""
    if isinstance(results, (tuple, list)):
        return [t for r in results for t in flat(r)]
    return [results]


def compare(mine, theirs, inputs, dtypes, rng):
    """All results, their gradients by inputs and weights, and the gradients of these."""
    x = [rv.tensor(i, dtype=dtypes[0], requires_grad=True) for i in inputs]
    y = [torch.tensor(i, dtype=dtypes[1], requires_grad=True) for i in inputs]
    given = lambda t: t[0] if len(t) == 1 else tuple(t)  # noqa: E731
    results = flat(mine(x[0], given(x[1:])) if x[1:] else mine(x[0]))
    wanted = flat(theirs(y[0], given(y[1:])) if y[1:] else theirs(y[0]))
    directions = [rng.normal(size=tuple(w.shape)) for w in wanted]
    for number, (a, b) in enumerate(zip(results, wanted, strict=True)):
        close(a, b, dtypes[2], f"result {number}")
    leaves, others = [*x, *mine.parameters()], [*y, *theirs.parameters()]
    total = rv.stack([(a * rv.tensor(d, dtype=dtypes[0])).sum() for a, d in zip(results, directions)]).sum()
    goal = torch.stack(
        [(b * torch.tensor(d, dtype=dtypes[1])).sum() for b, d in zip(wanted, directions)]
    ).sum()
    first = rv.autograd.grad(total, leaves, create_graph=True)
    wanted = torch.autograd.grad(goal, others, create_graph=True)
    for number, (a, b) in enumerate(zip(first, wanted, strict=True)):
        close(a, b, 4 * dtypes[2], f"gradient {number}")
    second = rv.autograd.grad(rv.stack([(a * a).sum() for a in first]).sum(), leaves, allow_unused=True)
    wanted = torch.autograd.grad(
        torch.stack([(b * b).sum() for b in wanted]).sum(), others, allow_unused=True
    )
    for number, (a, b) in enumerate(zip(second, wanted, strict=True)):
        # What a piecewise linear layer does not use has none.
        a = rv.zeros_like(leaves[number]) if a is None else a
        b = torch.zeros_like(others[number]) if b is None else b
        close(a, b, 40 * dtypes[2], f"second order {number}")


def states(layer, batch, rng):
    shape = (layer.num_layers * (2 if layer.bidirectional else 1), *batch, layer.hidden_size)
    return [rng.normal(size=shape) for _ in range(layer.states)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype, rng):
    dtypes = DTYPES[dtype]
    mine, theirs = pair(LAYERS[name], dtypes)
    for shape in [(6, 4, 5), (1, 1, 5), (3, 5)]:
        batch = shape[1:-1] if not mine.batch_first else shape[:-2]
        x = rng.normal(size=shape)
        compare(mine, theirs, [x], dtypes, rng)
        compare(mine, theirs, [x, *states(mine, batch, rng)], dtypes, rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CELLS)
def test_cell(name, dtype, rng):
    mine, theirs = pair(CELLS[name], DTYPES[dtype])
    for batch in [(4,), ()]:
        x = rng.normal(size=(*batch, 5))
        compare(mine, theirs, [x], DTYPES[dtype], rng)
        start = [rng.normal(size=(*batch, 7)) for _ in range(mine.states)]
        compare(mine, theirs, [x, *start], DTYPES[dtype], rng)


def test_unrolled_cells_are_the_sequence(rng):
    """Bit for bit: the layer does what its cell does, step by step."""
    for layer, cell in [
        (nn.RNN(5, 7), nn.RNNCell(5, 7)),
        (nn.LSTM(5, 40), nn.LSTMCell(5, 40)),
        (nn.GRU(5, 7), nn.GRUCell(5, 7)),
        (nn.GRU(5, 7, reset_after=False), nn.GRUCell(5, 7, reset_after=False)),
    ]:
        cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
        x = rv.tensor(rng.normal(size=(6, 4, 5)), dtype=rv.float32)
        with rv.no_grad():
            y, _ = layer(x)
        kept, last = layer(x)
        assert kept.tolist() == y.tolist()
        state: Any = None
        for t in range(6):
            state = cell(x[t], state)
            h = state[0] if isinstance(state, tuple) else state
            assert h.tolist() == y[t].tolist()
        for a, b in zip(flat(state), flat(last), strict=True):
            assert a.tolist() == b[0].tolist()


def test_both_ways_is_forward_and_reversed(rng):
    both = nn.LSTM(5, 7, bidirectional=True)
    there, back = nn.LSTM(5, 7), nn.LSTM(5, 7)
    weights = both.state_dict()
    there.load_state_dict({k: v for k, v in weights.items() if not k.endswith("_reverse")})
    back.load_state_dict(
        {k.removesuffix("_reverse"): v for k, v in weights.items() if k.endswith("_reverse")}
    )
    x = rv.tensor(rng.normal(size=(6, 4, 5)), dtype=rv.float32)
    y, (h, c) = both(x)
    z, (hz, cz) = there(x)
    w, (hw, cw) = back(x.flip(0))
    assert y.tolist() == rv.cat([z, w.flip(0)], dim=2).tolist()
    assert h.tolist() == rv.cat([hz, hw]).tolist()
    assert c.tolist() == rv.cat([cz, cw]).tolist()


def test_original_gru(rng):
    """Cho et al., 2014, version 1: the reset gate comes before the product, z chooses the new state."""
    layer = nn.GRU(3, 4, reset_after=False, dtype=rv.float64)
    weights = {k: v.numpy() for k, v in layer.state_dict().items()}
    x, h = rng.normal(size=(6, 2, 3)), np.zeros((2, 4))
    wr, wz, wn = np.split(weights["weight_ih_l0"], 3)
    ur, uz, un = np.split(weights["weight_hh_l0"], 3)
    br, bz, bn = np.split(weights["bias_ih_l0"] + weights["bias_hh_l0"], 3)
    y, _ = layer(rv.tensor(x))
    for t in range(6):
        r = scipy.special.expit(x[t] @ wr.T + h @ ur.T + br)
        z = scipy.special.expit(x[t] @ wz.T + h @ uz.T + bz)
        h = (1 - z) * h + z * np.tanh(x[t] @ wn.T + (r * h) @ un.T + bn)
        np.testing.assert_allclose(y[t].detach().numpy(), h, atol=1e-14)
    inputs = (rv.tensor(x), *(p.detach() for p in layer.parameters()))
    names = list(weights)
    assert rv.autograd.grad(layer(inputs[0])[0].sum(), list(layer.parameters()))[0].shape == (12, 3)

    def total(x, *weights):
        return func.functional_call(layer, dict(zip(names, weights)), (x,))[0].sum()

    step = 1e-6
    slope = func.grad(total, 0)(*inputs).numpy()
    for place in [(0, 0, 0), (3, 1, 2)]:
        moved = x.copy()
        moved[place] += step
        rise = (total(rv.tensor(moved), *inputs[1:]) - total(*inputs)).item() / step
        assert abs(rise - slope[place]) < 1e-5


def test_threads_change_no_bit(rng):
    threads = rv.get_num_threads()
    try:
        for layer in [nn.LSTM(16, 50), nn.GRU(16, 50), nn.RNN(16, 50)]:
            x = rv.tensor(rng.normal(size=(12, 37, 16)), dtype=rv.float32)
            results = []
            for number in (1, 2):
                rv.set_num_threads(number)
                y, _ = layer(x)
                slopes = rv.autograd.grad((y * y).sum(), list(layer.parameters()))
                results.append([y.tolist(), *(s.tolist() for s in slopes)])
            assert results[0] == results[1]
    finally:
        rv.set_num_threads(threads)


def test_gradients_with_and_without_kept_gates(rng):
    """A gradient that the forward did not expect finds the gates again, bit for bit."""
    start = [rv.tensor(rng.normal(size=s), dtype=rv.float32) for s in [(5, 9, 28), (9, 7), (9, 7), (28, 7)]]
    g = rv.tensor(rng.normal(size=(5, 9, 7)), dtype=rv.float32)
    kept = [t.clone().requires_grad_() for t in start]
    wanted = rv.autograd.grad(rv.lstm_sequence(*kept)[0], kept, g)
    _, slopes = func.vjp(lambda *t: rv.lstm_sequence(*t)[0], *start)
    for a, b in zip(wanted, slopes(g), strict=True):
        assert a.tolist() == b.tolist()


def test_per_sample_gradients(rng):
    for layer in [
        nn.LSTM(3, 5, dtype=rv.float64),
        nn.GRU(3, 5, dtype=rv.float64),
        nn.RNN(3, 5, dtype=rv.float64),
    ]:
        weights = {k: p.detach() for k, p in layer.named_parameters()}
        x = rv.tensor(rng.normal(size=(4, 6, 3)))

        def loss(weights, x, layer=layer):
            return (func.functional_call(layer, weights, (x,))[0] ** 2).sum()

        together = func.vmap(func.grad(loss), (None, 0))(weights, x)
        for n in range(4):
            alone = func.grad(loss)(weights, x[n])
            for name, slope in alone.items():
                np.testing.assert_allclose(together[name][n].numpy(), slope.numpy(), atol=1e-13)


def test_dropout_between_layers(rng):
    x = rv.tensor(rng.normal(size=(5, 3, 4)), dtype=rv.float32)
    layer = nn.LSTM(4, 6, num_layers=2, dropout=0.5)
    rv.manual_seed(0)
    first = layer(x)[0].tolist()
    assert layer(x)[0].tolist() != first
    rv.manual_seed(0)
    assert layer(x)[0].tolist() == first
    layer.eval()
    assert layer(x)[0].tolist() == layer(x)[0].tolist()


def test_counts_of_parameters():
    """D = 8, H = 16: gates * (H D + H H + 2 H), with the two biases that PyTorch has."""
    for kind, gates in [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)]:
        assert sum(p.numel() for p in kind(8, 16).parameters()) == gates * (16 * 8 + 16 * 16 + 2 * 16)
        assert sum(p.numel() for p in kind(8, 16, bias=False).parameters()) == gates * (16 * 8 + 16 * 16)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("in_order", [True, False])
def test_packed_sequences(kind, in_order, rng):
    dtypes = DTYPES["float64"]
    mine, theirs = pair(lambda nn: getattr(nn, kind)(5, 7, num_layers=2, bidirectional=True), dtypes)
    lengths = [6, 4, 4, 1] if in_order else [4, 1, 6, 4]
    x = rng.normal(size=(6, 4, 5))
    start = states(mine, (4,), rng)

    def run(module, lib, tools, x, start):
        packed = tools.pack_padded_sequence(x, lengths, enforce_sorted=in_order)
        out, last = module(packed, tuple(start) if len(start) == 2 else start[0])
        assert out.data.shape[0] == sum(lengths)
        padded, sizes = tools.pad_packed_sequence(out, batch_first=True, padding_value=0.5, total_length=8)
        assert sizes.tolist() == lengths
        return [padded, *flat(last)]

    a = [rv.tensor(t, requires_grad=True) for t in [x, *start]]
    b = [torch.tensor(t, requires_grad=True) for t in [x, *start]]
    results = run(mine, rv, rnn, a[0], a[1:])
    wanted = run(theirs, torch, torch.nn.utils.rnn, b[0], b[1:])
    for number, (r, w) in enumerate(zip(results, wanted, strict=True)):
        close(r, w, 1e-12, f"result {number}")
    slopes = rv.autograd.grad(rv.stack([(r * r).sum() for r in results]).sum(), [*a, *mine.parameters()])
    wanted = torch.autograd.grad(
        torch.stack([(w * w).sum() for w in wanted]).sum(), [*b, *theirs.parameters()]
    )
    for number, (r, w) in enumerate(zip(slopes, wanted, strict=True)):
        close(r, w, 1e-11, f"gradient {number}")


def test_padding(rng):
    parts = [rng.normal(size=(n, 3)) for n in (2, 5, 1)]
    for batch_first in (False, True):
        for side in ("right", "left"):
            mine = rnn.pad_sequence([rv.tensor(p) for p in parts], batch_first, -1.0, side)
            theirs = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(p) for p in parts], batch_first, -1.0, side
            )
            assert mine.tolist() == theirs.tolist()
    back = rnn.unpad_sequence(rnn.pad_sequence([rv.tensor(p) for p in parts]), rv.tensor([2, 5, 1]))
    assert [t.tolist() for t in back] == [p.tolist() for p in parts]
    with pytest.raises(ValueError, match="must not grow"):
        rnn.pack_padded_sequence(rv.zeros(3, 2), [1, 3])
    with pytest.raises(ValueError, match="from 1 to the 3 steps"):
        rnn.pack_padded_sequence(rv.zeros(3, 2), [4, 0])
    with pytest.raises(ValueError, match="no sequence"):
        rnn.pad_sequence([])


def test_errors():
    layer = nn.LSTM(5, 7)
    with pytest.raises(ValueError, match=r"input_size is 5, .* \(3, 2, 4\) is 4"):
        layer(rv.zeros(3, 2, 4))
    with pytest.raises(
        ValueError,
        match=r"initial states have shapes \(1, 3, 7\), \(1, 3, 7\), expected \(1, 2, 7\), \(1, 2, 7\)",
    ):
        layer(rv.zeros(3, 2, 5), (rv.zeros(1, 3, 7), rv.zeros(1, 3, 7)))
    with pytest.raises(ValueError, match="has no steps"):
        layer(rv.zeros(0, 2, 5))
    with pytest.raises(ValueError, match="2 or 3 dimensions"):
        layer(rv.zeros(5))
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.RNN(5, 7, nonlinearity="sine")
    with pytest.raises(ValueError, match="proj_size is 7; it must be from 0 to hidden_size - 1 = 6"):
        nn.LSTM(5, 7, proj_size=7)
    with pytest.raises(ValueError, match=r"x \(T, B, 4 H\)"):
        rv.lstm_sequence(rv.zeros(2, 3, 4), rv.zeros(3, 2), rv.zeros(3, 2), rv.zeros(8, 2))
    with pytest.raises(ValueError, match=r"expected input of shape \(B, 5\)"):
        nn.GRUCell(5, 7)(rv.zeros(2, 4))
