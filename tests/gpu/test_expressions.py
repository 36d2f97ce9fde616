"""Functions of two numbers, remainders and bits on the GPU, over all floats and where they are special."""

import numpy as np
import pytest

from gpu.programs import fused, program, ulps

F32 = np.float32
SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, np.inf, -np.inf, np.nan, 1e-30, -1e-30, 3e38, -3e38], F32
)
SPECIAL = np.append(SPECIAL, np.nextafter(np.array([1, -1, 1, -1], F32), np.array([2, -2, 0, 0], F32)))

# Reference, and the bound in ulp: at most four times what the record promises, here what was measured.
BINARY = {
    "copysign": (np.copysign, 0),
    "fmod": (np.fmod, 0),
    "atan2": (np.arctan2, 3),
    "hypot": (np.hypot, 2),
}
INTEGERS = [np.int32, np.int16, np.int8, np.uint8]


def everywhere(rng, count):
    """Bit patterns from everywhere, but for those of subnormals, which a device may take for 0."""
    x = rng.integers(0, 2**32, count, dtype=np.uint64).astype(np.uint32).view(F32)
    return np.where(np.abs(x) < np.finfo(F32).tiny, F32(0.75), x)


def same_signs(got, want):
    """Of zeros too, if they are no underflow."""
    seen = ~np.isnan(want) & ((want == 0) | (np.abs(want) >= np.finfo(F32).tiny))
    np.testing.assert_array_equal(np.signbit(got[seen]), np.signbit(want[seen]))


def test_powers_of_two_are_exact(host):
    k = np.arange(-126, 128).astype(F32)
    (got,) = host.run(program("exp2", [], [], k), k)
    np.testing.assert_array_equal(got, np.ldexp(F32(1), k.astype(int)))
    (back,) = host.run(program("log2", [], [], got), got)
    np.testing.assert_array_equal(back, k)


@pytest.mark.parametrize("op", BINARY)
def test_binary(host, rng, op):
    reference, bound = BINARY[op]
    x = np.concatenate([everywhere(rng, 50_000), rng.uniform(-9, 9, 50_000).astype(F32)])
    y = np.concatenate([everywhere(rng, 50_000), rng.uniform(-9, 9, 50_000).astype(F32)])
    special = np.array(np.meshgrid(SPECIAL, SPECIAL), F32).reshape(2, -1)
    for a, b in ((x, y), (x, -x), (x, np.clip(x, -7, 7)), special):
        (got,) = host.run(program(op, [], [], a, b), a, b)
        with np.errstate(all="ignore"):
            want = reference(a.astype(np.float64), b.astype(np.float64))
            assert ulps(got, want) <= bound
            same_signs(got, want)


def test_remainders_of_subnormals_are_exact(host):
    """Computed in bits, so that no device flushes what is below its normal numbers."""
    a = np.array([5e-45, -1e-40, 1e-38, 3e38, 7.0, 1e-45], F32)
    x, y = np.array(np.meshgrid(a, a), F32).reshape(2, -1)
    (got,) = host.run(program("fmod", [], [], x, y), x, y)
    want = np.fmod(x, y)
    np.testing.assert_array_equal(got.view(np.uint32), want.view(np.uint32))


def test_division_with_rest(host, rng):
    """As Python has it: NumPy's float32 steps are those of the CPU."""
    x, y = rng.uniform(-9, 9, (2, 20_000)).astype(F32)
    whole = rng.integers(-40, 40, (2, 5000)).astype(F32)
    far = np.stack([rng.uniform(-1e9, 1e9, 5000), rng.uniform(-3, 3, 5000)]).astype(F32)
    special = np.array(np.meshgrid(SPECIAL, SPECIAL), F32).reshape(2, -1)
    x, y = np.concatenate([[x, y], whole, far, special], axis=1)
    with np.errstate(all="ignore"):
        quotient, rest = np.floor_divide(x, y), np.remainder(x, y)
    (got,) = host.run(program("remainder", [], [], x, y), x, y)
    np.testing.assert_array_equal(got, rest)
    (got,) = host.run(program("floor_divide", [], [], x, y), x, y)
    small = ~(np.abs(quotient) > 2**20)
    np.testing.assert_array_equal(got[small], quotient[small])
    np.testing.assert_allclose(got, quotient, rtol=4e-7)


def test_logaddexp(host, rng):
    """The error is one of a sum: small beside its terms."""
    x, y = rng.uniform(-90, 90, (2, 20_000)).astype(F32)
    y[:10_000] = x[:10_000] + rng.uniform(-2, 2, 10_000).astype(F32)
    (got,) = host.run(program("logaddexp", [], [], x, y), x, y)
    want = np.logaddexp(x.astype(np.float64), y.astype(np.float64))
    scale = np.maximum(np.maximum(np.abs(x), np.abs(y)), np.log(2))
    assert np.max(np.abs(got - want) / scale) <= 2 * np.finfo(F32).eps
    a, b = np.array(np.meshgrid(SPECIAL, SPECIAL), F32).reshape(2, -1)
    (got,) = host.run(program("logaddexp", [], [], a, b), a, b)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(got, np.logaddexp(a.astype(np.float64), b), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_remainder(host, rng, dtype):
    """By 0 it leaves 0, as NumPy has it."""
    limits = np.iinfo(dtype)
    ends = np.array([limits.min, limits.max, 0, 1, -1 if limits.min else 2, 7], dtype)
    pairs = rng.integers(limits.min, limits.max, (2, 500), dtype, endpoint=True)
    x, y = np.concatenate([pairs, np.array(np.meshgrid(ends, ends)).reshape(2, -1)], axis=1)
    with np.errstate(divide="ignore"):
        want = np.fmod(x, y)
    (got,) = host.run(program("fmod", [], [], x, y), x, y)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", [*INTEGERS, np.bool_])
def test_complement(host, dtype):
    x = np.arange(-128, 128).astype(dtype)
    (got,) = host.run(program("bitwise_not", [], [], x), x)
    np.testing.assert_array_equal(got, ~x)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shifts(host, dtype):
    """Python's integers are the truth; places that are negative or too many leave the sign alone."""
    limits, bits = np.iinfo(dtype), np.iinfo(dtype).bits
    numbers = np.array([limits.min, limits.max, 0, 1, 5, 100, -3 if limits.min else 3], dtype)
    places = np.array([0, 1, 2, bits - 1, bits, 31, 32, 33, 100, *([-1, limits.min] if limits.min else [])])
    x, y = np.array(np.meshgrid(numbers, places), dtype).reshape(2, -1)
    wide, by = x.astype(np.int64), np.where((y < 0) | (y > 32), 32, y)
    (up,) = host.run(program("bitwise_left_shift", [], [], x, y), x, y)
    np.testing.assert_array_equal(up, (wide << by).astype(dtype))
    (down,) = host.run(program("bitwise_right_shift", [], [], x, y), x, y)
    np.testing.assert_array_equal(down, (wide >> by).astype(dtype))


def test_shifts_of_booleans(host):
    p, q = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], np.bool_)
    for op in ("bitwise_left_shift", "bitwise_right_shift"):
        (got,) = host.run(program(op, [], [], p, q), p, q)
        np.testing.assert_array_equal(got, p & ~q)


def test_a_number_is_an_operand(host, rng):
    x = rng.uniform(-9, 9, (5, 7)).astype(F32)
    steps = [("fmod", ["in0", 0.3], "float32"), ("atan2", ["t0", -2.0], "float32")]
    (got,) = host.run(fused([x], steps), x)
    want = np.arctan2(np.fmod(x, F32(0.3)).astype(np.float64), -2.0)
    assert ulps(got, want) <= 3


@pytest.mark.parametrize("dtype", [F32, np.int32, np.int64, np.uint8, np.bool_])
def test_within(host, dtype):
    """Argument 0 must lie in [0, 1], argument 3 be 0 or more."""
    wrong = [(1, 0, False), (1, 3, False), (2, 0, True), (2, 3, False), (-1, 0, True), (-1, 3, True)]
    wrong = [(value, *rest) for value, *rest in wrong if np.array(value).astype(dtype) == value]
    for n in (0, 1, 255, 257, 70_001):
        for at in {0, n // 2, n - 1}:
            for value, argument, fault in wrong:
                x = np.ones(n, dtype)
                x[at : at + 1] = value
                (got,) = host.run(program("within", [argument], [], x), x)
                np.testing.assert_array_equal(got, x)
                assert bool(host.fault) == (fault and n > 0)


def test_nothing_is_said_beside_nan(host):
    """As on the CPU: what comes of it is NaN in any case."""
    x = np.full(70_001, 0.5, F32)
    x[3], x[70_000] = 7, np.nan
    for y, wrong in ((x, False), (x[:-1], True)):
        (got,) = host.run(program("within", [0], [], y), y)
        np.testing.assert_array_equal(got, y)
        assert bool(host.fault) == wrong
