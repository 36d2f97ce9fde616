"""int64 on the GPU: two words, computed with exactly."""

import numpy as np
import pytest

from gpu.programs import fused, group, program
from ravine import _core

I64 = np.int64
LEAST, LARGEST = np.iinfo(I64).min, np.iinfo(I64).max
EDGES = [0, 1, -1, 2, -2, 7, -7, 10, LEAST, LEAST + 1, LARGEST, LARGEST - 1]
EDGES += [s * 2**k + d for k in (24, 31, 32, 53) for s in (1, -1) for d in (-1, 0, 1)]

BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "floor_divide": np.floor_divide,
    "remainder": np.remainder,
    "fmod": np.fmod,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
UNARY = {
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "square": np.square,
    "relu": lambda x: np.maximum(x, 0),
    "bitwise_not": np.invert,
    "clone": np.array,
    "floor": np.array,
    "ceil": np.array,
    "round": np.array,
    "trunc": np.array,
    "isnan": lambda x: np.zeros(x.shape, bool),
}


@pytest.fixture
def pairs(rng):
    """Edges with each other, and random numbers of all sizes."""
    edges = np.array(np.meshgrid(EDGES, EDGES), I64).reshape(2, -1)
    wide = rng.integers(LEAST, LARGEST, (2, 3000), endpoint=True)
    return np.concatenate([edges, wide, wide >> rng.integers(0, 64, (2, 3000))], axis=1)


@pytest.mark.parametrize("op", BINARY)
def test_binary(host, pairs, op):
    x, y = pairs
    with np.errstate(all="ignore"):
        want = BINARY[op](x, y)  # NumPy too gives 0 for a division by 0
    (got,) = host.run(program(op, [], [], x, y), x, y)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", UNARY)
def test_unary(host, pairs, op):
    x = pairs[0]
    with np.errstate(all="ignore"):
        want = UNARY[op](x)
    (got,) = host.run(program(op, [], [], x), x)
    np.testing.assert_array_equal(got, want)


def test_shifts(host, pairs):
    x = pairs[0]
    y = np.resize(np.array([*range(-2, 67), 2**32, 2**32 + 3, LEAST, LARGEST], I64), x.shape)
    out, places = (y < 0) | (y > 63), np.clip(y, 0, 63)
    (up,) = host.run(program("bitwise_left_shift", [], [], x, y), x, y)
    np.testing.assert_array_equal(up, np.where(out, 0, x << places))
    (down,) = host.run(program("bitwise_right_shift", [], [], x, y), x, y)
    np.testing.assert_array_equal(down, np.where(out, x >> 63, x >> places))


def test_power(host):
    x, y = np.array(np.meshgrid(EDGES, [0, 1, 2, 3, 20, 63, 64, -1, -2, LEAST, LARGEST]), I64).reshape(2, -1)

    def power(b, e):
        if e < 0:
            return {1: 1, -1: (-1) ** (e & 1)}.get(b, 0)
        return pow(b, e, 2**64)

    want = np.array([power(b, e) % 2**64 for b, e in zip(x.tolist(), y.tolist())], np.uint64).view(I64)
    (got,) = host.run(program("pow", [], [], x, y), x, y)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("target", ["int32", "int16", "int8", "uint8", "bool", "float32", "int64"])
def test_casts_from(host, pairs, target):
    """To narrower integers the low bits, to floats the nearest."""
    x = pairs.reshape(-1)
    (got,) = host.run(fused([x], [("cast", ["in0"], target)]), x)
    np.testing.assert_array_equal(got, x.astype(target))


@pytest.mark.parametrize("source", ["int32", "int16", "int8", "uint8", "bool"])
def test_casts_to(host, source):
    x = np.array(EDGES, I64).astype(source)
    (got,) = host.run(fused([x], [("cast", ["in0"], "int64")]), x)
    np.testing.assert_array_equal(got, x.astype(I64))


def test_floats_saturate(host, rng):
    whole = np.concatenate([rng.uniform(-w, w, 2000) for w in (3, 1e9, 1e19)]).astype(np.float32)
    ends = np.array([-0.0, 1e-40, 2.0**63, -(2.0**63), 2.0**63 - 2**39, 3e38, np.inf, -np.inf, np.nan], "f4")
    x = np.append(whole, ends)

    def exact(v):
        if np.isnan(v):
            return 0
        return max(LEAST, min(LARGEST, int(max(-1e30, min(1e30, v)))))

    (got,) = host.run(fused([x], [("cast", ["in0"], "int64")]), x)
    np.testing.assert_array_equal(got, np.array([exact(v) for v in x.tolist()], I64))


def test_one_number_everywhere(host):
    for number in (2**40 + 3, -5, LEAST):
        step = ("full", [number], "int64")
        (got,) = host.run(_core.gpu_fuse(group([], [step], [0], [3, 2])))
        np.testing.assert_array_equal(got, np.full((3, 2), number))


def test_choice_and_numbers(host, pairs, rng):
    """Numbers are two words of the params."""
    x, y = pairs
    p = rng.random(x.shape) < 0.5
    (got,) = host.run(program("where", [5], [], p, x, y), p, x, y)
    np.testing.assert_array_equal(got, np.where(p, x, y))
    for number in (2**40 + 3, -5, LEAST):
        steps = [
            ("add", ["in0", number], "int64"),
            ("gt", ["t0", number], "bool"),
            ("where", ["t1", "t0", number], "int64"),
        ]
        chosen, above = host.run(fused([x], steps, [2, 1]), x)
        with np.errstate(over="ignore"):
            t = x + I64(number)
        np.testing.assert_array_equal(above, t > number)
        np.testing.assert_array_equal(chosen, np.where(t > number, t, number))


def test_a_group_of_several_dtypes(host, rng):
    """As many elements per thread as the widest allows, and operands that broadcast."""
    x = rng.integers(-100, 100, (5, 3))
    w = rng.uniform(-2, 2, (5, 3)).astype(np.float32)
    steps = [
        ("floor_divide", ["in0", 7], "int64"),
        ("cast", ["t0"], "float32"),
        ("mul", ["t1", "in1"], "float32"),
    ]
    got, whole = host.run(fused([x, w], steps, [2, 0]), x, w)
    np.testing.assert_array_equal(whole, x // 7)
    np.testing.assert_array_equal(got, (x // 7).astype(np.float32) * w)
    for shapes in (((4, 3), (3,)), ((2, 1, 3), (5, 1)), ((7,), ()), ((0, 3), (3,)), ((), ())):
        a, b = (rng.integers(LEAST, LARGEST, shape) for shape in shapes)
        (got,) = host.run(fused([a, b], [("sub", ["in0", "in1"], "int64")]), a, b)
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(got, np.subtract(a, b))


def test_it_is_spliced_into_a_kernel(host, rng):
    """Beside a float32 value on its way, here the product of matrices."""
    x, y = rng.integers(-4, 4, (2, 9, 9)).astype(np.float32)
    w = rng.integers(LEAST, LARGEST, 9)
    steps = [
        ("bitwise_right_shift", ["in1", 60], "int64"),
        ("cast", ["t0"], "float32"),
        ("add", ["in0", "t1"], "float32"),
    ]
    after = group([x, w], steps, [2], x.shape)
    (got,) = host.run(program("matmul", [], [], x, y, slots=[("store", after)]), x, y, w)
    np.testing.assert_array_equal(got, x @ y + (w >> 60))


def test_functions_of_floats_refuse_it():
    for op in ("sqrt", "exp", "div"):
        inputs = [np.zeros(3, I64)] * (2 if op == "div" else 1)
        with pytest.raises(TypeError, match="int64"):
            fused(inputs, [(op, ["in0", "in1"][: len(inputs)], "int64")])
