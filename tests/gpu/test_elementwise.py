"""Every elementwise op on the GPU against NumPy in float64, and groups of them spliced into one kernel.

Functions of one number are in test_accuracy.py.
"""

import numpy as np
import pytest
import scipy.special as sp

from gpu.programs import fused, program, ulps
from gpu.test_accuracy import FUNCTIONS
from gpu.test_special import NAMES
from ravine import _core

F32 = np.float32
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 1e-30, -1e-30, 3e38, -3e38], F32)


# Reference, bound in ulp, the interval of random operands, and the numbers that follow the operand.
ACTIVATIONS = {
    "softplus": (lambda x: np.where(2 * x > 9, x, np.logaddexp(0, 2 * x) / 2), 8, 30, [2.0, 9.0]),
    "elu": (lambda x: np.where(x > 0, x, 0.5 * np.expm1(x)), 8, 10, [0.5]),
    "celu": (lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)), 8, 10, [2.0]),
    "leaky_relu": (lambda x: np.where(x > 0, x, x / 4), 0, 10, [0.25]),
    "hardtanh": (lambda x: np.clip(x, -0.5, 2), 0, 10, [-0.5, 2.0]),
    "hardshrink": (lambda x: np.where(np.abs(x) <= 0.5, 0, x), 0, 10, [0.5]),
    "softshrink": (lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), 0.5, 10, [0.5]),
    "threshold": (lambda x: np.where(x <= 0.5, -7, x), 0, 10, [0.5, -7.0]),
}
BINARY = {
    "add": (np.add, 0.5),
    "sub": (np.subtract, 0.5),
    "mul": (np.multiply, 0.5),
    "div": (np.divide, 2.5),
    "maximum": (np.maximum, 0),
    "minimum": (np.minimum, 0),
}
COMPARISONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
INTEGER = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "remainder": np.remainder,
    "floor_divide": np.floor_divide,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
}
ELSEWHERE = {"isnan", "pow", "cast", "where", "full"}
ELSEWHERE |= {"logical_not", "logical_and", "logical_or", "bce", "bce_logits"}
ELSEWHERE |= {"logical_not", "logical_and", "logical_or", "logical_xor", "reciprocal"}
# In test_expressions.py.
ELSEWHERE |= {"logaddexp", "atan2", "hypot", "fmod", "copysign", "remainder", "floor_divide"}
ELSEWHERE |= {"bitwise_not", "bitwise_left_shift", "bitwise_right_shift"}
# In test_special.py.
ELSEWHERE |= NAMES
# In test_samplers.py.
ELSEWHERE |= {"standard_gamma_grad"}


@pytest.mark.parametrize("op", ACTIVATIONS)
def test_activations(host, rng, op):
    reference, bound, top, numbers = ACTIVATIONS[op]
    x = np.concatenate([rng.uniform(-top, top, 3001), rng.uniform(-1, 1, 1000), SPECIAL]).astype(F32)
    (got,) = host.run(fused([x], [(op, ["in0", *numbers], "float32")]), x)
    with np.errstate(all="ignore"):
        want = reference(x.astype(np.float64))
    assert ulps(got, want) <= bound


def test_binary_cross_entropy(host, rng):
    p, y = rng.uniform(0.01, 0.99, (2, 1000)).astype(F32)
    (got,) = host.run(fused([p, y], [("bce", ["in0", "in1"], "float32")]), p, y)
    np.testing.assert_allclose(got, -sp.xlogy(y, p) - sp.xlogy(1 - y, 1 - p), rtol=2e-6, atol=1e-6)
    x = np.array([100, -100, 1e4, -1e4, 3, -3], F32)
    y = np.array([0, 1, 1, 0, 0.25, 0.5], F32)
    (got,) = host.run(fused([x, y], [("bce_logits", ["in0", "in1", 1.0], "float32")]), x, y)
    want = (1 - y) * np.logaddexp(0, x.astype(np.float64)) + y * np.logaddexp(0, -x.astype(np.float64))
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("op", BINARY)
def test_binary(host, rng, op):
    reference, bound = BINARY[op]
    x, y = rng.uniform(-9, 9, (2, 1003)).astype(F32)
    special = np.array(np.meshgrid(SPECIAL, SPECIAL), F32).reshape(2, -1)
    if op == "div":
        special = special[:, np.abs(special[1]) > 1e-20]  # a divisor near 0 may be taken for 0
    for a, b in ((x, y), special):
        (got,) = host.run(program(op, [], [], a, b), a, b)
        with np.errstate(all="ignore"):
            assert ulps(got, reference(a.astype(np.float64), b.astype(np.float64))) <= bound


def test_reciprocal(host, rng):
    x = np.append(rng.uniform(0.01, 50, 1000), [np.inf, -4.0]).astype(F32)  # near 0 may be taken for 0
    (got,) = host.run(program("reciprocal", [], [], x), x)
    assert ulps(got, 1 / x.astype(np.float64)) <= 2.5


def test_power(host, rng):
    x, y = rng.uniform(0, 8, 3000).astype(F32), rng.uniform(-30, 30, 3000).astype(F32)
    x[:100], y[:100] = -np.arange(100) / 8, np.tile([2, 3, -1, 0.5, 0], 20)
    special = np.array(np.meshgrid(SPECIAL, SPECIAL[:-4]), F32).reshape(2, -1)
    for a, b in ((x, y), special):
        (got,) = host.run(program("pow", [], [], a, b), a, b)
        with np.errstate(all="ignore"):
            assert ulps(got, np.power(a.astype(np.float64), b.astype(np.float64))) <= 3


@pytest.mark.parametrize("op", INTEGER)
def test_integers(host, rng, op):
    x, y = rng.integers(-50, 50, (2, 301)).astype(np.int32)
    with np.errstate(divide="ignore"):
        want = INTEGER[op](x, y)  # NumPy too gives 0 for a division by 0
    (got,) = host.run(program(op, [], [], x, y), x, y)
    np.testing.assert_array_equal(got, want)


def test_bytes_wrap(host):
    for dtype in (np.uint8, np.int8, np.int16):
        x, y = np.arange(-128, 128).astype(dtype) * dtype(100), np.full(256, 100).astype(dtype)
        (got,) = host.run(program("add", [], [], x, y), x, y)
        np.testing.assert_array_equal(got, x + y)


def test_integer_power(host):
    x, y = np.array(np.meshgrid(np.arange(-4, 5), np.arange(-2, 6)), np.int32).reshape(2, -1)
    (got,) = host.run(program("pow", [], [], x, y), x, y)
    want = [b**e if e >= 0 else {1: 1, -1: (-1) ** e}.get(b, 0) for b, e in zip(x.tolist(), y.tolist())]
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("op", COMPARISONS)
@pytest.mark.parametrize("dtype", [F32, np.int32, np.bool_])
def test_comparisons(host, rng, op, dtype):
    x, y = rng.integers(0, 3, (2, 200)).astype(dtype)
    if dtype is F32:
        x[:9], y[5:14] = np.nan, np.nan
    (got,) = host.run(program(op, [], [], x, y), x, y)
    assert got.dtype == bool
    np.testing.assert_array_equal(got, COMPARISONS[op](x, y))


def test_logic_and_choice(host, rng):
    p, q = rng.random((2, 100)) < 0.5
    x, y = rng.random((2, 100)).astype(F32)
    for reference in (
        np.logical_and,
        np.logical_or,
        np.logical_xor,
        np.bitwise_and,
        np.bitwise_or,
        np.bitwise_xor,
    ):
        op = reference.__name__
        np.testing.assert_array_equal(host.run(program(op, [], [], p, q), p, q)[0], reference(p, q))
    np.testing.assert_array_equal(host.run(program("logical_not", [], [], p), p)[0], ~p)
    np.testing.assert_array_equal(host.run(program("isnan", [], [], SPECIAL), SPECIAL)[0], np.isnan(SPECIAL))
    code = 8  # float32
    (got,) = host.run(program("where", [code], [], p, x, y), p, x, y)
    np.testing.assert_array_equal(got, np.where(p, x, y))


@pytest.mark.parametrize("source", ["float32", "int32", "int16", "int8", "uint8", "bool"])
@pytest.mark.parametrize("target", ["float32", "int32", "int16", "int8", "uint8", "bool"])
def test_casts(host, source, target):
    values = np.array([0, 1, -1, 2.7, -2.7, 200, 255], np.float64)
    if source == "float32":
        values = np.append(values, [np.nan, np.inf, -np.inf, 3e9, -3e9])
        x = values.astype(F32)
    else:
        x = values.astype(np.int64).astype(source)
    want = x.astype(target) if source != "float32" or target in ("float32", "bool") else None
    if want is None:  # saturates; NaN is 0
        limits = np.iinfo(target)
        want = np.clip(np.nan_to_num(np.trunc(values), nan=0.0), limits.min, limits.max).astype(target)
    (got,) = host.run(fused([x], [("cast", ["in0"], target)]), x)
    np.testing.assert_array_equal(got, want)


def test_a_group_is_one_pass(host, rng):
    x, y = rng.uniform(-2, 2, (2, 17, 5)).astype(F32)
    steps = [
        ("mul", ["in0", "in1"], "float32"),
        ("add", ["t0", 0.5], "float32"),
        ("gt", ["t1", 0.0], "bool"),
        ("where", ["t2", "t1", -1.0], "float32"),
    ]
    got, positive = host.run(fused([x, y], steps, [3, 2]), x, y)
    t = x * y + F32(0.5)
    np.testing.assert_array_equal(positive, t > 0)
    np.testing.assert_allclose(got, np.where(t > 0, t, -1), rtol=1e-6)


@pytest.mark.parametrize(
    "shapes", [((4, 3), (3,)), ((2, 1, 3), (5, 1)), ((7,), ()), ((0, 3), (3,)), ((), ())]
)
def test_broadcasting(host, rng, shapes):
    x, y = (rng.random(shape).astype(F32) for shape in shapes)
    (got,) = host.run(fused([x, y], [("sub", ["in0", "in1"], "float32")]), x, y)
    np.testing.assert_array_equal(got, x - y)


def test_grids_are_folded(host):
    """More workgroups than a dimension of the grid takes."""
    n = 65_535 * 256 + 1000
    x = np.arange(3, dtype=np.int32).reshape(1, 3)
    y = np.zeros((n // 3, 1), np.int32)
    (got,) = host.run(fused([x, y], [("add", ["in0", "in1"], "int32")]), x, y)
    np.testing.assert_array_equal(got, x + y)


def test_too_many_buffers_are_refused():
    inputs = [np.zeros(1, F32)] * 8
    steps = [("add", ["in0", "in1"], "float32")]
    steps += [("add", [f"t{k}", f"in{k + 2}"], "float32") for k in range(6)]
    with pytest.raises(ValueError, match="9 buffers"):
        fused(inputs, steps)


def test_every_expression_is_tested():
    known = set(FUNCTIONS) | set(ACTIVATIONS) | set(BINARY) | set(INTEGER) | set(COMPARISONS) | ELSEWHERE
    assert {name for name, _ in _core.gpu_elementwise()} <= known
