"""Reductions and scans on the GPU against NumPy: floats in float64, integers to the bit."""

import json

import numpy as np
import pytest

from gpu.host import module_text
from gpu.programs import group, program, ulps

F32 = np.float32
EPS = np.finfo(F32).eps
INTEGERS = ["bool", "uint8", "int8", "int16", "int32", "int64"]
#: Shapes, and the dimensions that are reduced: none, all, and such as lie apart; lines that are short, long,
#: of neighbours or not, and that one or several workgroups share.
OVER = [
    ((), ()),
    ((1, 1), (1,)),
    ((3, 4), ()),
    ((7,), (0,)),
    ((9, 4), (0,)),
    ((3, 63), (1,)),
    ((2, 1, 5, 1), (1, 2, 3)),
    ((5, 7, 3), (1,)),
    ((5, 7, 3), (0, 2)),
    ((2, 3, 4, 5), (1, 3)),
    ((2, 3, 4, 5), (0, 1, 2, 3)),
    ((3, 1, 2, 130), (0, 3)),
    ((2000, 3), (1,)),
    ((400, 300), (0,)),
    ((70_000,), (0,)),
    ((70_000, 3), (0,)),
    ((2, 70_001), (1,)),
]
#: The same of lines along one dimension.
ALONG = [
    ((1,), 0),
    ((8,), 0),
    ((9, 4), 0),
    ((3, 63), 1),
    ((5, 7, 3), 1),
    ((0, 3), 1),
    ((3, 0), 1),
    ((2, 2049), 1),
    ((3, 2048, 2), 1),
    ((2000, 3), 1),
    ((700, 300), 0),
    ((70_000, 3), 0),
    ((600_000,), 0),
]


def with_ties(rng, dtype, shape, top):
    x = rng.integers(-top, top, shape)
    if dtype == "int64":
        return x << rng.integers(0, 2, shape) * 32
    return x.astype(F32) / 4 if dtype == "float32" else x.astype(dtype)


def axes(shape, dims):
    return dims if shape else ()


def integers(rng, dtype, shape):
    """Of all magnitudes, so that both words of sums are at work."""
    if dtype == "bool":
        return rng.random(shape) < 0.5
    limits = np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return np.asarray(x >> rng.integers(0, limits.bits, shape, dtype), dtype)


@pytest.mark.parametrize(("shape", "dims"), OVER)
def test_sums_and_products_of_floats(host, rng, shape, dims):
    x = rng.standard_normal(shape).astype(F32)
    (got,) = host.run(program("sum", [0, *dims], [], x), x)
    wide, axis = x.astype(float), axes(shape, dims)
    terms = max(x.size // max(got.size, 1), 1)
    roundings = min(terms, 300)  # of a lane, then of the trees: no line is added up in order
    assert np.all(np.abs(got - wide.sum(axis)) <= roundings * EPS * np.abs(wide).sum(axis))
    x = (np.exp(x / np.sqrt(terms)) * np.sign(x)).astype(F32)
    (got,) = host.run(program("prod", [0, *dims], [], x), x)
    assert ulps(got, x.astype(float).prod(axis)) <= roundings


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("op", ["sum", "prod"])
def test_sums_and_products_of_integers_are_those_of_int64(host, rng, op, dtype):
    for shape, dims in OVER:
        x = integers(rng, dtype, shape)
        x = x | np.ones((), dtype) if op == "prod" else x  # products of odd numbers keep all their bits
        (got,) = host.run(program(op, [0, *dims], [], x), x)
        assert got.dtype == np.int64
        np.testing.assert_array_equal(got, getattr(np, op)(x.astype(np.int64), axis=axes(shape, dims)))


@pytest.mark.parametrize("dtype", ["float32", *INTEGERS])
@pytest.mark.parametrize("op", ["amax", "amin"])
def test_extrema(host, rng, op, dtype):
    reference = {"amax": np.max, "amin": np.min}[op]
    for shape, dims in OVER:
        x = rng.standard_normal(shape).astype(F32) if dtype == "float32" else integers(rng, dtype, shape)
        (got,) = host.run(program(op, [1, *dims], [], x), x)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, reference(x, axis=axes(shape, dims), keepdims=True))


@pytest.mark.parametrize("op", ["any", "all"])
def test_truth(host, rng, op):
    for shape, dims in OVER:
        count = max(np.prod([shape[d] for d in axes(shape, dims)]), 1)
        odds = 0.5 ** (1 / count)  # so that either result is likely
        x = rng.random(shape) < (odds if op == "all" else 1 - odds)
        (got,) = host.run(program(op, [0, *dims], [], x), x)
        np.testing.assert_array_equal(got, getattr(np, op)(x, axis=axes(shape, dims)))


def test_special_values(host):
    x = np.array([[1, np.inf, -np.inf], [np.nan, np.inf, 0], [-0.0, -0.0, -0.0], [0, np.inf, 1]], F32)
    for op, reference in {"sum": np.sum, "prod": np.prod, "amax": np.max, "amin": np.min}.items():
        (got,) = host.run(program(op, [0, 1], [], x), x)
        with np.errstate(invalid="ignore"):
            want = reference(x, axis=1)
        np.testing.assert_array_equal(got, want)
        if op == "sum":
            np.testing.assert_array_equal(np.signbit(got[2:]), [True, False])
    spread = np.full((70_000, 3), -np.inf, F32)  # over several workgroups
    spread[69_999, 1] = np.nan
    for op in ("amax", "amin"):
        (got,) = host.run(program(op, [0, 0], [], spread), spread)
        np.testing.assert_array_equal(got, [-np.inf, np.nan, -np.inf])


def test_lanes_without_elements_add_nothing(host):
    """The last part of a long line is shorter than a workgroup."""
    for shape in [(65_600,), (66_000, 3)]:
        for op, value in [("amax", -1.0), ("amin", 1.0), ("sum", -0.0), ("prod", -1.0)]:
            x = np.full(shape, value, F32)
            (got,) = host.run(program(op, [0, 0], [], x), x)
            want = np.full(shape[1:], 1.0 if op == "prod" else value)
            np.testing.assert_array_equal(got, want)
            np.testing.assert_array_equal(np.signbit(got), np.signbit(want))


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64", "bool"])
def test_reductions_of_nothing(host, dtype):
    for shape, dims in [((3, 0), (1,)), ((2, 0, 3), (0, 1)), ((0,), (0,)), ((0, 4), (1,)), ((0, 2, 0), (0,))]:
        x = np.zeros(shape, dtype)
        ops = ["any", "all"] if dtype == "bool" else ["sum", "prod"]
        for op in ops:
            (got,) = host.run(program(op, [0, *dims], [], x), x)
            np.testing.assert_array_equal(got, getattr(np, op)(x, axis=dims))
    x = np.zeros((0, 4), dtype)
    for op in ("amax", "amin", "argmax"):
        assert host.run(program(op, [0, 1], [], x), x)[0].shape == (0,)


@pytest.mark.parametrize("dtype", ["float32", *INTEGERS])
@pytest.mark.parametrize("op", ["argmax", "argmin"])
def test_places_of_extrema(host, rng, op, dtype):
    """The first of equal elements."""
    for shape, dim in ALONG:
        if 0 in shape and np.prod(shape[:dim] + shape[dim + 1 :]) > 0:
            continue  # an error before there is a program
        x = with_ties(rng, dtype, shape, 20)
        (got,) = host.run(program(op, [0, dim], [], x), x)
        assert got.dtype == np.int64
        np.testing.assert_array_equal(got, getattr(np, op)(x, axis=dim))


def test_places_of_special_values(host):
    nan, inf = np.nan, np.inf
    x = np.array([[1, nan, inf, nan], [-inf, inf, -inf, inf], [0, -0.0, 0, -0.0], [-0.0, 0, -0.0, 0]], F32)
    negative_nan = np.uint32(0xFFC00001).view(F32)
    x = np.concatenate([x, [[inf, negative_nan, 1, 2], [-inf, 1e-45, 0, -1e-45]]]).astype(F32)
    for op in ("argmax", "argmin"):
        (got,) = host.run(program(op, [0, 1], [], x), x)
        np.testing.assert_array_equal(got, getattr(np, op)(x, axis=1))


def test_long_lines_are_shared_by_workgroups(host, rng):
    """Ten million elements: no invocation could follow such a line."""
    n = 10_000_000
    x = np.ones(n, F32)
    (got,) = host.run(program("sum", [0, 0], [], x), x)
    assert got == n
    (got,) = host.run(program("cumsum", [0], [], x), x)
    np.testing.assert_array_equal(got, np.arange(1, n + 1))
    x[[7, n - 2, n - 1]] = [-3, 5, 5]
    (got,) = host.run(program("argmax", [0, 0], [], x), x)
    assert got == n - 2
    (got,) = host.run(program("amin", [0, 0], [], x), x)
    assert got == -3


@pytest.mark.parametrize(("shape", "dim"), ALONG)
def test_running_sums_of_floats(host, rng, shape, dim):
    x = rng.standard_normal(shape).astype(F32)
    (got,) = host.run(program("cumsum", [dim], [], x), x)
    wide = x.astype(float)
    bound = min(shape[dim], 300) * EPS * np.cumsum(np.abs(wide), axis=dim)
    assert np.all(np.abs(got - np.cumsum(wide, axis=dim)) <= bound)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_running_sums_of_integers_are_those_of_int64(host, rng, dtype):
    for shape, dim in ALONG:
        x = integers(rng, dtype, shape)
        (got,) = host.run(program("cumsum", [dim], [], x), x)
        np.testing.assert_array_equal(got, np.cumsum(x, axis=dim, dtype=np.int64))


def test_running_sums_of_special_values(host):
    x = np.tile(np.array([-0.0, -0.0, 0.0, 1, np.inf, 2, -np.inf, 3], F32), (700, 1)).T
    (got,) = host.run(program("cumsum", [0], [], x), x)
    want = [-0.0, -0.0, 0.0, 1, np.inf, np.inf, np.nan, np.nan]
    np.testing.assert_array_equal(got, np.tile(np.array(want, F32), (700, 1)).T)
    np.testing.assert_array_equal(np.signbit(got[:3, 0]), [True, True, False])


def running_places(x, dim, largest):
    """The last of equal elements, and every NaN wins."""
    best = (np.maximum if largest else np.minimum).accumulate(x, axis=dim)
    places = np.arange(x.shape[dim]).reshape([-1 if d == dim else 1 for d in range(x.ndim)])
    return np.maximum.accumulate(np.where((x == best) | np.isnan(x), places, 0), axis=dim)


@pytest.mark.parametrize("dtype", ["float32", *INTEGERS])
@pytest.mark.parametrize("largest", [True, False])
def test_places_of_running_extrema(host, rng, dtype, largest):
    for shape, dim in ALONG:
        x = with_ties(rng, dtype, shape, 2000)
        if dtype == "float32":
            x.reshape(-1)[x.size // 2 :: 1000] = np.nan
            x[x == 1] = -0.0
        (got,) = host.run(program("running_extremum", [dim, largest], [], x), x)
        assert got.dtype == np.int64
        np.testing.assert_array_equal(got, running_places(x, dim, largest))


def follow(a, b, dim):
    """The recurrence along `dim`, and with every step's roundings how far off it may be in float32."""
    a, b = (np.moveaxis(t, dim, 0) for t in (a, b))
    y, bound = b.copy(), np.zeros(b.shape)
    with np.errstate(all="ignore"):
        for i in range(1, len(b)):
            y[i] += a[i] * y[i - 1]
            if b.dtype == float:
                bound[i] = np.abs(a[i]) * bound[i - 1] + 2 * EPS * (np.abs(a[i] * y[i - 1]) + np.abs(b[i]))
    return np.moveaxis(y, 0, dim), np.moveaxis(bound, 0, dim)


LINES = [*ALONG[:-2], ((70_000,), 0), ((40_000, 3), 0)]


@pytest.mark.parametrize(("shape", "dim"), LINES)
def test_recurrences_of_floats(host, rng, shape, dim):
    a, b = rng.uniform(-1.1, 1, shape).astype(F32), rng.standard_normal(shape).astype(F32)
    (got,) = host.run(program("linear_recurrence", [dim], [], a, b), a, b)
    want, bound = follow(a.astype(float), b.astype(float), dim)
    assert np.all(np.abs(got - want) <= bound)


@pytest.mark.parametrize("dtype", INTEGERS[1:])
def test_recurrences_of_integers_wrap(host, rng, dtype):
    for shape, dim in LINES:
        a, b = integers(rng, dtype, shape), integers(rng, dtype, shape)
        (got,) = host.run(program("linear_recurrence", [dim], [], a, b), a, b)
        np.testing.assert_array_equal(got, follow(a, b, dim)[0])


def test_products_of_many_factors_keep_their_digits(host, rng):
    """The CPU multiplies in float64."""
    a = np.exp(rng.standard_normal((3, 5000)) / 100).astype(F32)
    b = np.concatenate([a[:, :1], np.full((3, 4999), -0.0)], axis=1).astype(F32)
    (got,) = host.run(program("linear_recurrence", [1], [], a, b), a, b)
    assert ulps(got, np.cumprod(a.astype(float), axis=1)) <= 2


def test_recurrences_of_special_values(host):
    nan, inf, huge, tiny = np.nan, np.inf, 1e30, 1e-30
    a = [[2, 0, huge, huge, huge], [huge, tiny, tiny, huge, huge], [1, inf, -1, 0, 1], [1, -2, nan, 0, 1]]
    a = np.array([*a, [0, -2, 3, -1, 1], [huge, huge, -1, 0.5, 2]], F32)
    b = np.concatenate([a[:, :1], np.full((6, 4), -0.0)], axis=1).astype(F32)
    (got,) = host.run(program("linear_recurrence", [1], [], a, b), a, b)
    with np.errstate(all="ignore"):
        want = np.multiply.accumulate(a, axis=1)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    finite = np.isfinite(want)
    np.testing.assert_array_equal(np.signbit(got[finite]), np.signbit(want[finite]))


@pytest.mark.parametrize(("shape", "dims"), [((40, 30), (0,)), ((2, 90_000), (1,)), ((4, 5, 6), (0, 2))])
def test_elements_are_computed_as_they_are_read(host, rng, shape, dims):
    """In the first of several passes only, whatever the layout."""
    x, y = rng.standard_normal(shape).astype(F32), rng.standard_normal(shape[-1]).astype(F32)
    steps = [("sub", ["in0", "in1"], "float32"), ("mul", ["t0", "t0"], "float32")]
    slots = [("load", group([x, y], steps, [1], x.shape))]
    squares = (x.astype(float) - y) ** 2
    (got,) = host.run(program("sum", [0, *dims], [], x, slots=slots), x, y)
    np.testing.assert_allclose(got, squares.sum(dims), rtol=1e-5)
    (got,) = host.run(program("cumsum", [dims[0]], [], x, slots=slots), x, y)
    np.testing.assert_allclose(got, squares.cumsum(dims[0]), rtol=1e-5)


def test_shapes_share_modules():
    def texts(op, attrs, shape):
        return [module_text(p) for p in json.loads(program(op, attrs, [], np.zeros(shape, F32)))["passes"]]

    for op, attrs in [("sum", [0, 1]), ("argmin", [0, 1]), ("cumsum", [1])]:
        assert texts(op, attrs, (3, 5, 7)) == texts(op, attrs, (200, 90, 2))
        assert texts(op, attrs, (3, 90_000)) == texts(op, attrs, (1000, 70_000))


def test_no_invocation_loops_for_long():
    """Whatever the shape: a driver ends all loops of one invocation after 65,535 rounds."""
    for shape in [(1 << 31,), (1 << 30, 2), (2, 1 << 30), (1 << 22, 500)]:
        x = np.broadcast_to(F32(0), shape)
        texts = [program("sum", [0, d], [], x) for d in range(len(shape))]
        texts += [program("argmax", [0, 0], [], x), program("cumsum", [0], [], x)]
        for step in (step for text in texts for step in json.loads(text)["passes"]):
            _, _, elements, _, lanes, *_ = step["params"]
            is_scan = step["template"] == "reduce/scan.wgsl"
            assert (2 * elements if is_scan else elements // lanes) <= 512
    x = np.broadcast_to(F32(0), (1 << 22, 500))
    for step in json.loads(program("linear_recurrence", [0], [], x, x))["passes"]:
        assert step["params"][4] - step["params"][3] <= 1 << 15


def test_few_workgroups_do_many_short_lines():
    (step,) = json.loads(program("amax", [0, 1], [], np.zeros((100_000, 4), F32)))["passes"]
    assert step["grid"] == [-(-100_000 // 256), 1, 1]


def test_what_is_not_on_the_gpu_is_said():
    for op, attrs in [("sum", [0, 0]), ("argmax", [0, 0]), ("cumsum", [0])]:
        for dtype in (np.float64, np.float16):
            with pytest.raises(TypeError, match=np.dtype(dtype).name):
                program(op, attrs, [], np.zeros(3, dtype))
