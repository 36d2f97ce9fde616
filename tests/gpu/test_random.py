"""Numbers that no input has: rows, and draws, whose bits are those of the CPU."""

import numpy as np
import pytest

import ravine as rv
from gpu.programs import program
from ravine import func

F32 = np.float32
# In the order of their codes.
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]


def arange(host, dtype, length, start, step):
    (got,) = host.run(program("arange", [DTYPES.index(dtype), length], [start, step]))
    assert got.shape == (length,)
    return got


def test_arange_of_integers_is_exact(host):
    for dtype in ("int64", "int32", "int16", "int8", "uint8", "float32"):
        for length, start, step in [(5, 0, 1), (1, 3, 7), (700, 120, -2), (0, 0, 1), (300, 0, 2**33)]:
            values = start + np.arange(length, dtype=np.int64) * step
            if np.dtype(dtype).kind != "f":
                info = np.iinfo(dtype)
                values = values[(info.min <= values) & (values <= info.max)]
            got = arange(host, dtype, len(values), start, step)
            np.testing.assert_array_equal(got, values.astype(dtype))
    np.testing.assert_array_equal(arange(host, "bool", 2, 0, 1), [False, True])
    largest = arange(host, "int64", 3, -(2**63), 2**63 - 1)
    np.testing.assert_array_equal(largest, [-(2**63), -1, 2**63 - 2])


def test_arange_rounds_integers_once(host):
    """Half-way cases go to even, whatever the sign and wherever they lie."""
    for start in (2**24 - 3, -(2**24) - 40, 2**31 - 5, 2**53 - 3, -(2**62) - 7, 2**62 + 2**38 - 4):
        values = [start + i for i in range(70)]
        got = arange(host, "float32", 70, start, 1)
        np.testing.assert_array_equal(got, np.array(values, np.int64).astype(F32))


def test_arange_of_floats_is_rounded_once(host):
    """The engine computes in float64: both are within its error of what is exact."""
    cases = [
        (9, 0.0, 0.125),
        (1, 0.0, 0.0),
        (1000, 0.0, 0.1),
        (1000, -50.0, 0.1),
        (3, 0.5, 1),
        (700, 1e30, -1e27),
        (70, 1e-30, 1e-31),
        (300, 16777216.0, 0.5),
        (5, 3e38, 1e38),
        (2, 1e-300, 1e-300),
    ]
    for length, start, step in cases:
        terms = float(start), np.arange(length) * float(step)
        got = arange(host, "float32", length, start, step).astype(float)
        with np.errstate(over="ignore"):
            want = (terms[0] + terms[1]).astype(F32)
        slack = 2.0**-52 * (abs(terms[0]) + np.abs(terms[1]))
        low, high = ((terms[0] + terms[1] + side * slack) for side in (-1, 1))
        with np.errstate(over="ignore"):
            assert np.all((low.astype(F32) <= got) & (got <= high.astype(F32)))
        assert np.mean(got != want) < 0.01
    np.testing.assert_array_equal(arange(host, "float32", 9, 0.0, 0.125), np.arange(9, dtype=F32) / 8)


# Seed and counter: where words carry, too.
STATES = [(0, 0), (42, 7), (2**64 - 1, 2**32 - 2), (0x0123456789ABCDEF, 2**64 - 3)]
COUNTS = [1, 2, 3, 5, 1023, 3000]


def signed(x):
    return x - 2**64 if x >= 2**63 else x


def drawn(host, op, dtype, shape, state, *own, batches=0):
    data = [*map(signed, state), *own]
    (got,) = host.run(program(op, [batches, DTYPES.index(dtype), *shape], data))
    return got


def on_cpu(state, draw, *args):
    """What the engine draws from a state."""
    before = rv.get_rng_state()
    rv.set_rng_state(state)
    result = draw(*args).numpy()
    rv.set_rng_state(before)
    return result


def each(draw, *args):
    """A draw for every element of a batch."""
    return func.vmap(lambda _: draw(*args), randomness="different")


@pytest.mark.parametrize("state", STATES)
def test_uniform_numbers_are_those_of_the_cpu(host, state):
    for n in COUNTS:
        got = drawn(host, "random_uniform", "float32", (n,), state)
        np.testing.assert_array_equal(got, on_cpu(state, rv.rand, n))
    assert drawn(host, "random_uniform", "float32", (3, 0), state).shape == (3, 0)


def test_batches_read_streams_of_their_own(host):
    """As inside vmap: a stream for each element, which begins at the counter."""
    state = 5, 9
    for n in (1, 3, 8):
        nested = func.vmap(each(rv.rand, n), randomness="different")
        want = on_cpu(state, nested, rv.zeros(2, 3))
        got = drawn(host, "random_uniform", "float32", (2, 3, n), state, batches=2)
        np.testing.assert_array_equal(got, want)
        got = drawn(host, "random_integers", "int64", (3, n), state, -5, 1000, batches=1)
        want = on_cpu(state, each(rv.randint, -5, 1000, (n,)), rv.zeros(3))
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("state", STATES)
def test_integers_are_those_of_the_cpu(host, state):
    for low, high in [(0, 2), (-3, 4), (0, 1), (-(2**62), 2**62 + 1), (-(2**63), 2**63 - 1), (5, 2**32 + 5)]:
        for n in (1, 2, 7, 3000):
            got = drawn(host, "random_integers", "int64", (n,), state, low, high)
            np.testing.assert_array_equal(got, on_cpu(state, rv.randint, low, high, (n,)))


@pytest.mark.parametrize("state", STATES)
def test_masks_are_those_of_the_cpu(host, state):
    for keep in (0.25, 0.5, 0.9):
        for n in COUNTS:
            got = drawn(host, "random_mask", "bool", (n,), state, round(keep * 2**32))
            want = on_cpu(state, rv.dropout, rv.ones(n), 1 - keep) != 0
            np.testing.assert_array_equal(got, want)
    assert not drawn(host, "random_mask", "bool", (999,), state, 0).any()
    assert drawn(host, "random_mask", "bool", (999,), state, 2**32).all()


@pytest.mark.parametrize("state", STATES)
def test_permutations_are_those_of_the_cpu(host, state):
    """Within a block, where a block ends, and over several of them."""
    for n in (0, 1, 2, 3, 511, 512, 513, 3000):
        got = drawn(host, "random_permutation", "int64", (n,), state)
        np.testing.assert_array_equal(got, on_cpu(state, rv.randperm, n))
    for n in (1, 3, 300):
        got = drawn(host, "random_permutation", "int64", (5, n), state, batches=1)
        np.testing.assert_array_equal(got, on_cpu(state, each(rv.randperm, n), rv.zeros(5)))


def test_large_permutations_of_the_device():
    def order(device, n):
        return rv.randperm(n, device=device).to("cpu")

    def batch(device):
        with rv.device(device):
            return each(rv.randperm, 100)(rv.zeros(3)).to("cpu")

    for n in (0, 1, 100_000):
        np.testing.assert_array_equal(on_cpu((9, 4), order, "gpu", n), on_cpu((9, 4), order, "cpu", n))
    np.testing.assert_array_equal(on_cpu((9, 4), batch, "gpu"), on_cpu((9, 4), batch, "cpu"))


@pytest.mark.parametrize("state", STATES)
def test_normal_numbers_are_nearly_those_of_the_cpu(host, state):
    """Both round the angle, each in its way: the error is that of the radius, which is at most 6.8."""
    for n in COUNTS:
        got = drawn(host, "random_normal", "float32", (n,), state)
        want = on_cpu(state, rv.randn, n)
        pairs = np.resize(want, (n + 1) // 2 * 2).reshape(-1, 2).astype(float)
        radius = np.repeat(np.hypot(*pairs.T), 2)[:n]
        if n % 2:
            radius[-1] = 6.8
        assert np.all(np.abs(got - want) <= 6 * np.finfo(F32).eps * radius)


def test_normal_numbers_follow_from_the_bits(host):
    """The polar form in float64 over the words that the integers show."""
    state, n = (11, 0), 4000
    words = drawn(host, "random_integers", "int64", (n // 2,), state, -(2**63), 2**63 - 1)
    words = (words.astype(object) + 2**63).astype(np.uint64)  # but for the last unit
    words = words.view(np.uint32).reshape(-1, 2).astype(float)
    radius = np.sqrt(-2 * np.log((words[:, 0] + 0.5) / 2**32))
    angle = 2 * np.pi * words[:, 1] / 2**32
    want = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()
    got = drawn(host, "random_normal", "float32", (n,), state)
    radius = np.repeat(radius, 2)
    # The logarithm is that of a number rounded to float32.
    assert np.all(np.abs(got - want) <= np.finfo(F32).eps * (8 * radius + 1 / radius))


def test_what_the_gpu_has_not_is_said():
    with pytest.raises(TypeError, match="float64"):
        program("random_uniform", [0, DTYPES.index("float64"), 3], [0, 0])
    with pytest.raises(TypeError, match="float64"):
        program("arange", [DTYPES.index("float64"), 3], [0.0, 1.0])


def test_draws_by_weight_are_those_of_the_cpu():
    weights = rv.tensor([[0.1, 0.0, 2.0, 0.4], [1.0, 1.0, 1.0, 1.0]])
    for count, replacement in ((7, True), (3, False)):
        rv.manual_seed(0)
        near = rv.multinomial(weights, count, replacement)
        rv.manual_seed(0)
        far = rv.multinomial(weights.to("gpu"), count, replacement)
        assert far.device.type == "gpu"
        assert far.tolist() == near.tolist()
        with rv.device("gpu"):
            rv.manual_seed(0)
            assert rv.multinomial(rv.tensor(weights.tolist()), count, replacement).tolist() == near.tolist()
