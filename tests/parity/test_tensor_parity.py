"""Functions of tensors against torch: one call in both libraries, over dtypes, differentiated twice."""

import zlib

import numpy as np
import pytest
import torch

import ravine as rv
from parity.option_calls import CALLS

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

FLOATS = ("float64", "float32")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8", "bool")
TOLERANCE = {"float64": 1e-11, "float32": 2e-5}


class Library:
    """What a call needs besides the functions: constants of its library."""

    def __init__(self, m, dtype):
        self.m = m
        self.dtype = getattr(m, dtype)

    def names(self, tensors):
        m = self.m
        return {
            "m": m,
            "i": lambda *values: m.tensor(values[0] if len(values) == 1 else list(values), dtype=m.int64),
            "b": lambda values: m.tensor(values, dtype=m.bool),
            "inf": float("inf"),
            "nan": float("nan"),
            **dict(zip("xyzw", tensors)),
        }


def drawn(call, dtype):
    """Data for x, y, z: distinct numbers of a size that every function bears."""
    rng = np.random.default_rng(zlib.crc32(call.text.encode()))
    arrays = []
    for shape in call.shapes:
        if dtype in FLOATS:
            arrays.append(rng.uniform(call.low, call.high, shape))
        elif dtype == "bool":
            arrays.append(rng.integers(0, 2, shape).astype(bool))
        else:
            low = 0 if dtype == "uint8" else int(np.ceil(call.low))
            arrays.append(rng.integers(low, int(call.high) + 2, shape).astype(dtype))
    for array in arrays:
        if call.zeros and dtype in FLOATS and array.size:
            array.reshape(-1)[:: 1 + array.size // 2] = 0
    return arrays


def tensors(m, arrays, dtype, grad=False):
    made = [m.tensor(a, dtype=getattr(m, dtype)) for a in arrays]
    return [t.requires_grad_() for t in made] if grad else made


def results(library, call, given):
    return flat(eval(call.text, library.names(given)))


def flat(value):
    return [part for v in value for part in flat(v)] if isinstance(value, (tuple, list)) else [value]


def name_of(dtype):
    return str(dtype).split(".")[-1]


def values(t):
    return np.asarray(t.detach().numpy(force=True))


def same(mine, theirs, what):
    if not isinstance(theirs, torch.Tensor):
        assert mine == theirs, what
        return
    assert tuple(mine.shape) == tuple(theirs.shape), f"{what}: {tuple(mine.shape)} not {tuple(theirs.shape)}"
    assert name_of(mine.dtype) == name_of(theirs.dtype), f"{what}: {mine.dtype} not {theirs.dtype}"
    a, b = values(mine), values(theirs)
    if a.dtype.kind != "f":
        np.testing.assert_array_equal(a, b, what)
        return
    finite = b[np.isfinite(b)]
    scale = max(1.0, float(np.abs(finite).max(initial=0)))
    tolerance = TOLERANCE[name_of(mine.dtype)] * scale
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=what)


@pytest.mark.parametrize("name", CALLS)
def test_values(name):
    """Every dtype that torch takes; shapes, dtypes and values are its own."""
    compared = 0
    for call in CALLS[name]:
        for dtype in (*FLOATS, *INTEGERS):
            arrays = drawn(call, dtype)
            what = f"{call.text} {call.shapes} {dtype}"
            try:
                theirs = results(Library(torch, dtype), call, tensors(torch, arrays, dtype))
            except (AssertionError, RuntimeError, ValueError, TypeError, IndexError):
                continue
            if dtype not in FLOATS and call.floats_only:
                continue
            if dtype in call.refused:
                with pytest.raises(rv.errors.DTypeError):
                    results(Library(rv, dtype), call, tensors(rv, arrays, dtype))
                continue
            mine = results(Library(rv, dtype), call, tensors(rv, arrays, dtype))
            assert len(mine) == len(theirs), what
            for a, b in zip(mine, theirs):
                same(a, b, what)
            compared += 1
    assert compared


def derivatives(library, call, arrays, weights, directions):
    """The outputs' weighted sum by the inputs, and a weighted sum of that by them again."""
    m = library.m
    leaves = tensors(m, arrays, "float64", grad=True)
    outputs = [y for y in results(library, call, leaves) if y.requires_grad]
    if not outputs:
        return None
    total = sum((y * m.tensor(w)).sum() for y, w in zip(outputs, weights))
    first = m.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    parts = [(g * m.tensor(u)).sum() for g, u in zip(first, directions) if g is not None and g.requires_grad]
    second = m.autograd.grad(sum(parts), leaves, allow_unused=True) if parts else [None] * len(leaves)
    return first, second


@pytest.mark.parametrize("name", [name for name, calls in CALLS.items() if any(c.derivative for c in calls)])
def test_derivatives(name):
    """First and second order in float64; a derivative that is left out is one of zeros."""
    for call in (c for c in CALLS[name] if c.derivative):
        arrays = drawn(call, "float64")
        rng = np.random.default_rng(1)
        shapes = [
            y.shape
            for y in results(Library(torch, "float64"), call, tensors(torch, arrays, "float64", True))
            if y.requires_grad
        ]
        weights = [rng.uniform(-1, 1, tuple(s)) for s in shapes]
        directions = [rng.uniform(-1, 1, a.shape) for a in arrays]
        theirs = derivatives(Library(torch, "float64"), call, arrays, weights, directions)
        mine = derivatives(Library(rv, "float64"), call, arrays, weights, directions)
        if theirs is None:
            assert mine is None, call.text
            continue
        assert mine is not None, call.text
        for order, (a, b) in enumerate(zip(mine, theirs), 1):
            for k, (g, h) in enumerate(zip(a, b)):
                zeros = np.zeros(arrays[k].shape)
                g = zeros if g is None else values(g)
                h = zeros if h is None else values(h)
                scale = max(1.0, float(np.abs(h[np.isfinite(h)]).max(initial=0)))
                what = f"{call.text}: derivative {order} by {'xyzw'[k]}"
                np.testing.assert_allclose(g, h, rtol=0, atol=1e-10 * scale, err_msg=what)


@pytest.mark.parametrize("operator", ["//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="])
def test_operators_in_place(operator):
    compared = 0
    for dtype in ("int64", "int8", "float32", "bool"):
        given = [np.array([1, 2, 3]), np.array([2, 2, 1])]
        seen = []
        for m in (torch, rv):
            x, y = tensors(m, given, dtype)
            alias = x
            names = {"x": x, "y": y}
            try:
                exec(f"x {operator} y", names)
            except (RuntimeError, TypeError):
                seen.append(None)
                continue
            assert names["x"] is alias
            seen.append(alias.tolist())
        if seen[0] is not None:
            assert seen[0] == seen[1], dtype
            compared += 1
    assert compared


def test_rounding_and_divmod():
    x = rv.tensor([1.26, -2.5])
    assert [t.tolist() for t in divmod(x, 2)] == [t.tolist() for t in (x // 2, x % 2)]
    assert [t.tolist() for t in divmod(7, rv.tensor([2]))] == [[3], [1]]
    assert round(x).tolist() == [1.0, -2.0]
    np.testing.assert_allclose(round(x, 1).tolist(), [1.3, -2.5], rtol=1e-6)


def test_results_have_names():
    for name, call in {
        "max": "m.max(x, 0)",
        "sort": "m.sort(x)",
        "topk": "m.topk(x, 1)",
        "cummax": "m.cummax(x, 0)",
    }.items():
        pair = eval(call, {"m": rv, "x": rv.tensor([3.0, 1.0])})
        assert pair.values.tolist() == pair[0].tolist()
        assert pair.indices.tolist() == pair[1].tolist()
        assert type(pair).__name__ == name
        assert isinstance(pair, tuple)


def test_names_are_methods_where_torch_has_them():
    for name in CALLS:
        if hasattr(torch.Tensor, name) and name not in ("sum",):
            assert hasattr(rv.Tensor, name), name
        twin = f"{name}_"
        # Views in place and comparisons in place are not here.
        if hasattr(torch.Tensor, twin) and not name.startswith(("logical", "swap")):
            assert hasattr(rv.Tensor, twin), twin
