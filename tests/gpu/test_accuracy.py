"""How far off functions of one number are on the GPU, over all floats: docs/devices.md states it."""

import re
from pathlib import Path

import numpy as np
import pytest
import scipy.special as sp

from gpu.programs import program, ulps

F32 = np.float32
TINY = np.finfo(F32).tiny
PAGE = Path(__file__).parents[2] / "docs" / "devices.md"


def times(x, factor):
    """A product in which 0 stays 0 beside infinity."""
    return np.where(factor == 0, 0.0, x * factor)


# Reference, and the largest error in units of the last place.
FUNCTIONS = {
    "neg": (np.negative, 0),
    "clone": (np.positive, 0),
    "abs": (np.abs, 0),
    "sign": (np.sign, 0),
    "floor": (np.floor, 0),
    "ceil": (np.ceil, 0),
    "trunc": (np.trunc, 0),
    "round": (np.round, 0),
    "relu": (lambda x: np.maximum(x, 0), 0),
    "square": (np.square, 0.5),
    "sqrt": (np.sqrt, 1),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 2),
    "exp": (np.exp, 2),
    "exp2": (np.exp2, 2),
    "expm1": (np.expm1, 3),
    "log": (np.log, 2),
    "log2": (np.log2, 2),
    "log10": (np.log10, 2.5),
    "log1p": (np.log1p, 3),
    "sin": (np.sin, 2.5),
    "cos": (np.cos, 2.5),
    "tan": (np.tan, 3),
    "asin": (np.arcsin, 3),
    "acos": (np.arccos, 2),
    "atan": (np.arctan, 3),
    "sinh": (np.sinh, 2.5),
    "cosh": (np.cosh, 2.5),
    "tanh": (np.tanh, 2.5),
    "asinh": (np.arcsinh, 3.5),
    "acosh": (np.arccosh, 3.5),
    "atanh": (np.arctanh, 4),
    "erf": (sp.erf, 3),
    "erfc": (sp.erfc, 7),
    "sigmoid": (sp.expit, 4),
    "logsigmoid": (lambda x: -np.logaddexp(0, -x), 8),
    "gelu": (lambda x: times(x, sp.ndtr(x)), 6),
    "silu": (lambda x: times(x, sp.expit(x)), 8),
    "mish": (lambda x: times(x, np.tanh(np.logaddexp(0, x))), 12),
    "selu": (lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)), 8),
    "hardsigmoid": (lambda x: np.clip(x + 3, 0, 6) / 6, 4),
    "hardswish": (lambda x: np.maximum(x, -3) * (np.clip(x + 3, 0, 6) / 6), 5),
}
# Where they vanish or stop, their references have signs of zeros that mean nothing.
ANY_ZERO = {"relu", "gelu", "silu", "mish", "hardswish"}


@pytest.fixture(scope="module")
def flushes(host):
    """Whether the driver takes numbers below the normal ones for 0, as it may."""
    x = np.array([1e-40], F32)
    (half,) = host.run(program("mul", [], [], x, x[:1]), x, np.array([0.5], F32))
    return half[0] == 0


@pytest.fixture(scope="module")
def numbers():
    """Every 4093rd float, NaN and subnormals among them, and more where functions are difficult."""
    rng = np.random.default_rng(0)
    everywhere = np.arange(0, 2**32, 4093, dtype=np.uint64).astype(np.uint32).view(F32)
    near = [rng.uniform(-w, w, 20_000) for w in (0.1, 1, 3, 100)]
    edges = [1 + rng.uniform(-1e-3, 1e-3, 5000), np.pi / 2 * np.arange(2000)]
    special = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, np.inf, -np.inf, np.nan, 3.4e38, -3.4e38, TINY, -TINY]
    return np.concatenate([everywhere, *(np.asarray(x, F32) for x in (*near, *edges, special))])


def near(got, taken):
    """Close, or both 0 or subnormal."""
    small = (taken == 0) & (np.abs(got) < TINY)
    return small | np.isclose(got, taken, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("op", FUNCTIONS)
def test_largest_error(host, flushes, numbers, op):
    reference, bound = FUNCTIONS[op]
    (got,) = host.run(program(op, [], [], numbers), numbers)
    with np.errstate(all="ignore"):
        want = reference(numbers.astype(np.float64))
        zero = reference(np.copysign(0.0, numbers.astype(np.float64)))
    if flushes:
        # A subnormal is as good as 0, or as another of its kind where the result is 0.
        want = np.where((np.abs(numbers) < TINY) & near(got, zero), got, want)
    assert ulps(got, want) <= bound
    # Signs of zeros too, if they are no underflow.
    seen = ~np.isnan(want) & ((want == 0) & (op not in ANY_ZERO) | (np.abs(want) >= TINY))
    np.testing.assert_array_equal(np.signbit(got[seen]), np.signbit(want[seen]))


def test_the_page_states_it():
    """Each in the table, but for those that are exact."""
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \| ([\d.]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    stated = {name: float(bound) for names, bound in rows for name in re.findall(r"`(\w+)`", names)}
    assert stated == {name: bound for name, (_, bound) in FUNCTIONS.items() if bound > 0.5}
