"""Recurrent networks over time on the GPU, forward and backward, against the CPU and float64."""

import json

import numpy as np
import pytest

import ravine
from gpu.host import module_text
from gpu.programs import program
from ops import references
from ravine import func, nn

F32 = np.float32
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
KINDS = [("lstm", []), ("gru", []), ("rnn", ["tanh"]), ("rnn", ["relu"])]
# (steps, sequences, hidden size): a hidden size of 300 has more units than a workgroup has threads.
SIZES = [
    (1, 1, 1),
    (2, 3, 5),
    (65, 17, 5),
    (65, 3, 64),
    (2, 17, 100),
    (65, 1, 100),
    (1, 3, 256),
    (65, 17, 256),
    (1, 1, 300),
    (2, 17, 300),
    (65, 3, 300),
]
kinds = pytest.mark.parametrize(("kind", "how"), KINDS, ids=["lstm", "gru", "tanh", "relu"])


def operands(rng, kind, steps, batch, hidden):
    """x, the initial states, the weights, and a GRU's bias: numbers that keep gates from being shut."""
    wide = GATES[kind] * hidden
    x = rng.standard_normal((steps, batch, wide))
    states = [rng.standard_normal((batch, hidden)) for _ in range(1 + (kind == "lstm"))]
    w = rng.standard_normal((wide, hidden)) * 0.7 / np.sqrt(hidden)
    bias = [rng.standard_normal(hidden)] if kind == "gru" else []
    return [a.astype(F32) for a in (x, *states, w, *bias)]


def attrs_of(kind, how, keep):
    return [how == ["relu"]] if kind == "rnn" else [keep]


def cotangents(rng, kind, y):
    """One of the hidden states, and one of an LSTM's last cells."""
    shapes = [y.shape, y.shape[1:]] if kind == "lstm" else [y.shape]
    return [rng.standard_normal(shape).astype(F32) for shape in shapes]


def on_cpu(kind, how, arrays, given, dtype):
    """Results and gradients of the CPU's kernels, as float64."""
    inputs = [ravine.tensor(a.astype(dtype), requires_grad=True) for a in arrays]
    results = getattr(ravine, f"{kind}_sequence")(*inputs, *how)
    results = list(results) if kind == "lstm" else [results]
    ravine.autograd.backward(results, [ravine.tensor(g.astype(dtype)) for g in given])
    return [r.detach().numpy().astype(float) for r in results], [
        x.grad.numpy().astype(float) for x in inputs if x.grad is not None
    ]


def assert_as_near(got, near, truth, what):
    """No more than four times as far from the truth as the CPU, or as roundings of the greatest number."""
    assert got.shape == truth.shape, what
    scale = np.max(np.abs(truth), initial=0)
    allowed = 4 * max(np.max(np.abs(near - truth), initial=0), 4 * np.finfo(F32).eps * scale)
    assert np.max(np.abs(got - truth), initial=0) <= allowed, what


def forward(host, kind, how, arrays, keep):
    return host.run(program(f"{kind}_sequence", attrs_of(kind, how, keep), [], *arrays), *arrays)


def backward(host, kind, how, arrays, given, found, keep):
    """The cotangents of the inputs, in their order; `found` is what the forward gave."""
    hints = [found[0], *found[len(given) :]]
    inputs = [*given, *hints, *arrays]
    got = host.run(program(f"{kind}_sequence_backward", attrs_of(kind, how, keep), [], *inputs), *inputs)
    return [got[i] for i in ([0, 1, 3, 2] if kind == "lstm" else range(len(got)))]


@kinds
@pytest.mark.parametrize("keep", [False, True])
def test_values(host, rng, kind, how, keep):
    for size in SIZES:
        arrays = operands(rng, kind, *size)
        found = forward(host, kind, how, arrays, keep)
        given = cotangents(rng, kind, found[0])
        near, _ = on_cpu(kind, how, arrays, given, F32)
        truth = getattr(references, f"{kind}_sequence")(*(a.astype(float) for a in arrays), *how)
        truth = truth if kind == "lstm" else [truth]
        for got, a, b in zip(found, near, truth):
            assert_as_near(got, a, b, size)
        assert len(found) == len(truth) + (2 if keep and kind != "rnn" else 0)


@kinds
@pytest.mark.parametrize("keep", [False, True])
def test_gradients(host, rng, kind, how, keep):
    for size in SIZES if keep or kind == "rnn" else SIZES[1::2]:
        arrays = operands(rng, kind, *size)
        found = forward(host, kind, how, arrays, keep)
        given = cotangents(rng, kind, found[0])
        slopes = backward(host, kind, how, arrays, given, found, keep)
        _, near = on_cpu(kind, how, arrays, given, F32)
        _, truth = on_cpu(kind, how, arrays, given, np.float64)
        assert len(slopes) == len(arrays)
        for i, (got, a, b) in enumerate(zip(slopes, near, truth)):
            assert_as_near(got, a, b, (size, i))


@kinds
def test_nothing_is_summed_to_nothing(host, rng, kind, how):
    """Without sequences the weights' gradient is 0, without units all is empty."""
    for size in [(2, 0, 3), (2, 3, 0), (1, 0, 0)]:
        arrays = operands(rng, kind, *size)
        found = forward(host, kind, how, arrays, True)
        slopes = backward(host, kind, how, arrays, cotangents(rng, kind, found[0]), found, True)
        for slope, array in zip(slopes, arrays):
            np.testing.assert_array_equal(slope, np.zeros_like(array))


@kinds
def test_sequences_are_split_where_loops_would_be_too_long(host, rng, kind, how):
    """More rounds than one invocation may take, in steps and in rows of the weights' gradient."""
    size = (1500, 3, 80)
    arrays = operands(rng, kind, *size)
    found = forward(host, kind, how, arrays, True)
    given = cotangents(rng, kind, found[0])
    slopes = backward(host, kind, how, arrays, given, found, True)
    near, slopes_near = on_cpu(kind, how, arrays, given, F32)
    truth, slopes_truth = on_cpu(kind, how, arrays, given, np.float64)
    for got, a, b in zip([*found[: len(near)], *slopes], [*near, *slopes_near], [*truth, *slopes_truth]):
        assert_as_near(got, a, b, size)


def passes(kind, steps, batch, hidden):
    """Passes forward and backward."""

    def of(*shape):
        return np.broadcast_to(F32(0), shape)

    wide, state, states = GATES[kind] * hidden, of(batch, hidden), of(steps, batch, hidden)
    first = [state] * (1 + (kind == "lstm"))
    inputs = [of(steps, batch, wide), *first, of(wide, hidden), *[of(hidden)] * (kind == "gru")]
    kept = [] if kind == "rnn" else [of(steps, batch, wide), states]
    given = [states, *first[1:], states, *kept]
    attrs = attrs_of(kind, [], bool(kept))
    there = program(f"{kind}_sequence", attrs, [], *inputs)
    back = program(f"{kind}_sequence_backward", attrs, [], *given, *inputs)
    return [json.loads(text)["passes"] for text in (there, back)]


def test_a_sequence_is_a_few_launches():
    for kind in GATES:
        for batch, hidden in [(1, 1), (128, 64), (64, 256)]:
            there, back = passes(kind, 64, batch, hidden)
            assert len(there) == 2
            assert len(back) <= 9


def test_no_invocation_loops_too_long():
    for kind in GATES:
        for steps, hidden in [(100_000, 1), (5000, 256), (3, 300), (2, 20_000)]:
            for step in [step for way in passes(kind, steps, 1, hidden) for step in way]:
                if step["template"].endswith(("forward.wgsl", "backward.wgsl")):
                    _, units, first, end, _ = step["params"]
                    blocks = -(-units // int(step["defines"]["WORKGROUP"]))
                    assert (end - first) * (units + blocks + 1) <= 60_000
                    assert end - first == 1 or blocks == 1
                if step["template"].endswith("of_weights.wgsl"):
                    assert step["params"][3] // 16 * 19 <= 60_000


def test_sizes_and_lengths_share_modules():
    def modules(*size):
        return {module_text(step) for kind in GATES for way in passes(kind, *size) for step in way}

    assert modules(64, 5, 200) == modules(300, 9, 190)


def test_a_shut_lstm_keeps_its_cell(host, rng):
    """Beyond its end a sequence has gates of infinities: its cell stays and nothing flows back into x."""
    x, h0, c0, w = operands(rng, "lstm", 6, 2, 5)
    x[2:, 0] = np.repeat(np.array([-np.inf, np.inf, 0, 0], F32), 5)
    found = forward(host, "lstm", [], [x, h0, c0, w], True)
    kept = found[3]
    np.testing.assert_array_equal(kept[2:, 0], np.broadcast_to(kept[1, 0], (4, 5)))
    np.testing.assert_array_equal(found[1][0], kept[1, 0])
    given = cotangents(rng, "lstm", found[0])
    given[0][2:, 0] = 0
    slopes = backward(host, "lstm", [], [x, h0, c0, w], given, found, True)
    _, truth = on_cpu("lstm", [], [x, h0, c0, w], given, np.float64)
    assert np.all(slopes[0][2:, 0, :15] == 0)
    for got, want in zip(slopes, truth):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


@kinds
def test_nan_stays_in_its_sequence(host, rng, kind, how):
    arrays = operands(rng, kind, 4, 3, 7)
    clean = forward(host, kind, how, arrays, False)[0]
    arrays[0][1, 1] = np.nan
    y = forward(host, kind, how, arrays, False)[0]
    assert np.isnan(y[1:, 1]).all()
    np.testing.assert_array_equal(y[:, [0, 2]], clean[:, [0, 2]])
    np.testing.assert_array_equal(y[0], clean[0])


def all_slopes(kind, how, arrays, given, device, turn):
    """Results and gradients on a device, of operands that `turn` makes views."""
    inputs = [ravine.tensor(turn(a)).to(device).requires_grad_() for a in arrays]
    results = getattr(ravine, f"{kind}_sequence")(*(turn(x) for x in inputs), *how)
    results = list(results) if kind == "lstm" else [results]
    ravine.autograd.backward(results, [ravine.tensor(g).to(device) for g in given])
    return [t.to("cpu").numpy() for t in [r.detach() for r in results] + [x.grad for x in inputs]]


TURNS = {
    "as they are": lambda x: x,
    "transposed": lambda x: x.swapaxes(0, -1),
    "reversed": lambda x: x[::-1] if isinstance(x, np.ndarray) else x.flip(0),
}


@kinds
def test_gradients_on_the_device(rng, kind, how):
    arrays = operands(rng, kind, 6, 3, 7)
    given = cotangents(rng, kind, np.zeros((6, 3, 7)))
    for name, turn in TURNS.items():
        near, far = (all_slopes(kind, how, arrays, given, device, turn) for device in ("cpu", "gpu"))
        for a, b in zip(near, far, strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-5, err_msg=name)


@kinds
def test_transforms_on_the_device(rng, kind, how):
    """Gates are made anew where nobody kept them, and batches of sequences are sequences."""
    arrays = operands(rng, kind, 4, 3, 7)

    def states(*inputs):
        results = getattr(ravine, f"{kind}_sequence")(*inputs, *how)
        return results[0] * results[1] if kind == "lstm" else results

    def all_of(device):
        inputs = [ravine.tensor(a).to(device) for a in arrays]
        places = tuple(range(len(inputs)))
        slopes = func.grad(lambda *inputs: (states(*inputs) ** 2).sum(), argnums=places)(*inputs)
        twice = ravine.tensor(np.stack([arrays[0], -arrays[0]])).to(device)
        many = func.vmap(states, in_dims=(0, *[None] * (len(inputs) - 1)))(twice, *inputs[1:])
        return [t.to("cpu").numpy() for t in (*slopes, many)]

    for near, far in zip(all_of("cpu"), all_of("gpu"), strict=True):
        np.testing.assert_allclose(far, near, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_layer_that_is_trained_takes_few_launches(rng, layer):
    """And gives what it gives on the CPU."""
    values = rng.standard_normal((64, 2, 32)).astype(F32)

    def trained(device):
        ravine.manual_seed(0)
        net = layer(32, 256, bias=False).to(device)
        x = ravine.tensor(values).to(device)
        before = ravine.stats()["gpu_dispatches"]
        y, _ = net(x)
        (y * y).mean().backward()
        found = [t.to("cpu").numpy() for t in (y.detach(), *(p.grad for p in net.parameters()))]
        return found, ravine.stats()["gpu_dispatches"] - before

    near, _ = trained("cpu")
    far, launched = trained("gpu")
    for a, b in zip(near, far, strict=True):
        np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-5 * np.abs(a).max())
    assert launched <= 24
