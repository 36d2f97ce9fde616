"""Values: every sample of every op over dtypes, layouts and special numbers, against NumPy and SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ravine
from ops import dtypes
from ops.registry import (
    EPS,
    FLOATS,
    LAYOUTS,
    Case,
    Make,
    Op,
    array,
    laid_out,
    listed,
    parametrized,
    rounded,
    tensor,
    ulps,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

LARGE = 1 << 17
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.5, 1e-3, 88.0, -88.0]
LIMITS = {
    "float64": [5e-324, -1e-310, 2.0**-1022, 1.7e308, -1.7e308],
    "float32": [1.4e-45, -1e-40, 2.0**-126, 3.4e38, -3.4e38],
    "float16": [6e-8, -3e-5, 2.0**-14, 65504.0, -65504.0],
    "bfloat16": [1e-40, -2e-39, 2.0**-126, 3.3e38, -3.3e38],
}


#: Numbers met on the way that inputs and results may be small beside: a sum of exponentials, here.
MET = {"log_softmax": 1.0}


def computed(
    op: Op, case: Case, data: list[np.ndarray], dtype: str, layout: str | None = None
) -> list | None:
    """The results, or None where the op refuses the dtype."""
    inputs = []
    for values, make in zip(data, case.makes):
        own = dtype if make.kind == case.first else values.dtype.name
        inputs.append(laid_out(values, own, layout) if layout else tensor(values, own))
    try:
        return listed(op.run(case.fill(inputs)))
    except ravine.errors.DTypeError:
        return None


def truths(op: Op, case: Case, data: list[np.ndarray]) -> list[np.ndarray]:
    """The reference, in float64 and int64: what those wrap to in a smaller integer is what it would give."""
    return [np.asarray(t) for t in listed(op.truth(case.fill(widened(op, case, data))))]


def widened(op: Op, case: Case, data: list[np.ndarray]) -> list[np.ndarray]:
    """The data in float64 and int64, but for masks."""
    wide = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.int64}
    # The one op that means another thing for booleans than for 0 and 1.
    as_bool = op.name == "bitwise_not"
    return [
        x if m.kind == "b" or (as_bool and x.dtype.kind == "b") else x.astype(wide[x.dtype.kind])
        for x, m in zip(data, case.makes)
    ]


def terms_of(op: Op, case: Case, data: list[np.ndarray], truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """k, the length of one sum, and the sum of |terms|: by the reference on ones and on absolute values.

    Of a function of sums (`plain`) they are measured: how many elements a result takes in, and how far it
    moves when each of them does, by a random part of itself.
    """
    if not op.plain:
        count = op.truth(
            case.fill([np.ones_like(x) if m.kind == "f" else x for x, m in zip(data, case.makes)])
        )
        terms = op.truth(case.fill([np.abs(x) if m.kind == "f" else x for x, m in zip(data, case.makes)]))
        return np.maximum(np.abs(count), 1), np.abs(terms)
    moves = sum(moved(op, case, data, truth.shape, seed) for seed in range(4))
    return np.asarray(length(op, case, data)), np.abs(truth) + moves + MET.get(op.name, 0.0)


def moved(op: Op, case: Case, data: list[np.ndarray], shape: tuple[int, ...], seed: int) -> np.ndarray:
    """How far the result of this shape moves when its inputs do, per relative change."""
    rng, step = np.random.default_rng(seed), 1e-6
    turned = [
        x * (1 + step * rng.choice([-1, 1], x.shape)) if m.kind == "f" else x
        for x, m in zip(data, case.makes)
    ]
    pairs = zip(listed(op.truth(case.fill(data))), listed(op.truth(case.fill(turned))))
    return np.abs(next(np.subtract(b, a) for a, b in pairs if np.shape(a) == shape)) / step


def length(op: Op, case: Case, data: list[np.ndarray]) -> float:
    """How many elements of its largest input a result takes in, from how many results an element moves."""
    longest, rng = 1.0, np.random.default_rng(0)
    before = listed(op.truth(case.fill(data)))
    for place, (x, m) in enumerate(zip(data, case.makes)):
        for at in rng.integers(0, x.size, 3 if m.kind == "f" and x.size else 0):
            turned = x.copy()
            turned.flat[at] *= 1.01
            after = listed(op.truth(case.fill([turned if i == place else y for i, y in enumerate(data)])))
            for a, b in zip(before, after):
                longest = max(longest, x.size * np.count_nonzero(np.not_equal(a, b)) / max(1, np.size(a)))
    return longest


def check(op: Op, case: Case, data: list[np.ndarray], results: list, dtype: str) -> None:
    """Float results within the stated accuracy, others equal."""
    for got, truth in zip(results, truths(op, case, data), strict=True):
        values, own = array(got), got.dtype.name
        assert values.shape == truth.shape, (
            f"{case.text} {dtype}: shape {values.shape}, expected {truth.shape}"
        )
        if own not in FLOATS:
            want = truth.astype(values.dtype)
            assert np.array_equal(values, want), f"{case.text} {dtype}: {values} expected {want}"
            continue
        kind, n = op.accuracy
        if kind == "exact":
            want = rounded(truth, own).astype(np.float64)
            error, limit = ulps(values, want, own), 0.0
        elif kind == "ulp":
            # The reference is itself off by up to one unit of float64.
            error, limit = ulps(values, truth, own), n + (1 if own == "float64" else 0)
        else:
            k, terms = terms_of(op, case, widened(op, case, data), truth)
            error, limit = ratio(values, truth, EPS[own] * (n * k * terms + np.abs(truth))), 1.0
        worst = float(np.max(error, initial=0.0))
        assert worst <= limit, (
            f"{case.text} {dtype}: error {worst} of {limit} ({kind} {n})\n{values}\nexpected {truth}"
        )


def ratio(values: np.ndarray, truth: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """The error as a part of what is allowed."""
    with np.errstate(all="ignore"):
        error = np.abs(values - truth) / bound
    return np.where((values == truth) | (np.isnan(values) & np.isnan(truth)), 0, error)


def check_half(op: Op, case: Case, data: list[np.ndarray], results: list, dtype: str) -> None:
    """Half precision is the float32 result, rounded: within one unit.

    What is made of several sums (a bias after a convolution) rounds each: 2c roundings of numbers as large as
    the terms.
    """
    wide = computed(op, case, data, "float32")
    assert wide is not None
    for got, reference in zip(results, wide, strict=True):
        values, own = array(got), got.dtype.name
        if own not in FLOATS:
            assert np.array_equal(values, array(reference)), f"{case.text} {dtype}"
            continue
        want = rounded(array(reference), own)
        error = ulps(values, want, own)
        if op.accuracy[0] == "sum":
            _, terms = terms_of(op, case, widened(op, case, data), want)
            error = np.minimum(error, ratio(values, want, op.accuracy[1] * EPS[own] * terms))
        error = float(np.max(error, initial=0.0))
        assert error <= 1, (
            f"{case.text} {dtype}: {error} units from the rounded float32 result\n{values}\n{want}"
        )


@pytest.mark.parametrize("op", parametrized(), ids=lambda op: op.name)
def test_values(op):
    took = set()
    for case in op.cases():
        always, sometimes = dtypes.taken(op.name, case.first)
        for dtype in case.dtypes:
            data = case.draw("values", dtype)
            results = computed(op, case, data, dtype)
            if results is None:
                assert dtype not in always, f"{case.text}: {dtype} is refused"
                continue
            assert dtype in always | sometimes, f"{case.text}: {dtype} is taken"
            took.add(dtype)
            if dtype in ("float16", "bfloat16") and case.floats:
                check_half(op, case, data, results, dtype)
            else:
                check(op, case, data, results, dtype)
    assert took
    assert took >= dtypes.SOMETIMES.get(op.name, set())


def test_every_statement_of_dtypes_is_of_an_op():
    stated = {
        *dtypes.FLOATING,
        *dtypes.NO_BOOL,
        *dtypes.WIDE_FLOATS,
        *dtypes.SOMETIMES,
        *dtypes.WITH_POSITIONS,
    }
    assert stated <= {op.name for op in parametrized()}


@pytest.mark.parametrize("op", parametrized(lambda op: op.kind != "create"), ids=lambda op: op.name)
def test_layouts(op):
    """The same bits for any layout of the inputs, and for inputs that are expanded."""
    compared = 0
    for case in op.cases(limit=1 << 14):
        for dtype in {"float32", "float64", "bfloat16", "int64", "bool"}.intersection(case.dtypes):
            data = case.draw("layouts", dtype)
            dense = computed(op, case, data, dtype)
            if dense is None:
                continue
            for layout in LAYOUTS:
                strided = computed(op, case, data, dtype, layout)
                assert strided is not None
                for a, b in zip(dense, strided, strict=True):
                    assert array(a).tobytes() == array(b).tobytes(), f"{case.text} {dtype} {layout}"
                    compared += 1
        check_expanded(op, case)
    assert compared > 0


def check_expanded(op: Op, case: Case) -> None:
    """Inputs whose elements repeat in memory."""
    data = [np.broadcast_to(x[:1], x.shape) if x.ndim and len(x) else x for x in case.draw("expanded")]
    dense = listed(op.run(case.fill([tensor(np.ascontiguousarray(x).reshape(x.shape)) for x in data])))
    spread = [tensor(x[:1]).expand(x.shape) if x.ndim and len(x) else tensor(x) for x in data]
    for a, b in zip(dense, listed(op.run(case.fill(spread))), strict=True):
        assert array(a).tobytes() == array(b).tobytes(), f"{case.text} expanded"


def elementwise(op: Op) -> bool:
    return op.kind == "elementwise" and op.name != "cast"


def operands(op: Op) -> int:
    return max(len(case.makes) for case in op.cases())


def of_floats(op: Op) -> bool:
    return elementwise(op) and any(case.first == "f" for case in op.cases())


@pytest.mark.parametrize("op", parametrized(of_floats), ids=lambda op: op.name)
def test_special_numbers(op):
    """NaN, infinities, signed zeros, tiny and huge numbers, all pairs: NaN and signs of zero as NumPy."""
    n = operands(op)
    case = next(c for c in op.cases() if len(c.makes) == n)
    for dtype in ("float64", "float32"):
        numbers = rounded(np.array(SPECIAL + LIMITS[dtype]), dtype)
        grids = np.meshgrid(*[numbers] * min(n, 2), indexing="ij")
        data = [g.ravel() for g in grids]
        if op.name == "where":
            data = [(np.arange(data[0].size) % 3 == 0), *data]
        inputs = [tensor(x, dtype if x.dtype.kind == "f" else None) for x in data]
        (got,) = listed(op.run(case.fill(inputs)))
        (want,) = truths(op, case, data)
        values = array(got)
        if values.dtype.kind != "f":
            assert np.array_equal(values, want.astype(values.dtype)), dtype
            continue
        want = rounded(want, dtype)
        bad = special_errors(op, values, want, dtype)
        shown = [
            (*(float(x[i]) for x in data), float(values[i]), float(want[i])) for i in np.flatnonzero(bad)[:20]
        ]
        assert not shown, f"{dtype}: (operands, got, expected) {shown}"


def special_errors(op: Op, values: np.ndarray, want: np.ndarray, dtype: str) -> np.ndarray:
    """Where a result is not the reference's: by kind and sign, and by size within the accuracy."""
    limit = 0.0 if op.accuracy[0] == "exact" else op.accuracy[1] + 1
    bad = (ulps(values, want, dtype) > limit) | (np.isnan(values) != np.isnan(want))
    # Nobody says which zero is the larger one; a remainder of zero has the dividend's sign in torch, and the
    # divisor's in NumPy.
    if op.name not in ("maximum", "minimum", "fmax", "fmin", "relu", "remainder"):
        bad |= (values == 0) & (want == 0) & (np.signbit(values) != np.signbit(want))
    return bad


@pytest.mark.parametrize("op", parametrized(elementwise), ids=lambda op: op.name)
def test_sizes(op):
    """No dimension, no element, one, odd, and large: the large one in several pieces, equal to its parts."""
    case, compared = next(c for c in op.cases() if c.makes), 0
    for shape in ((), (0,), (3, 0, 2), (1,), (513,), (LARGE,)):
        sized = Case(f"{case.text} as {shape}", {n: resized(a, shape) for n, a in case.arguments.items()})
        for dtype in {"float32", "int64"}.intersection(case.dtypes) or {"bool"}:
            data = sized.draw("sizes", dtype)
            results = computed(op, sized, data, dtype)
            if results is None:
                continue
            check(op, sized, data, results, dtype)
            compared += 1
            if shape == (LARGE,):
                part = [x[1000:1777] for x in data]
                (again,) = computed(op, sized, part, dtype) or [None]
                assert array(results[0])[1000:1777].tobytes() == array(again).tobytes(), (
                    "a part differs from the whole"
                )
    assert compared >= 6  # every shape in one dtype at least


def resized(a, shape):
    return replace(a, shape=shape) if isinstance(a, Make) else a
