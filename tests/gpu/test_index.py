"""Elements at places on the GPU against NumPy: what moves and what is added in order has the same bits."""

import json

import numpy as np
import pytest

from gpu.programs import program

F32 = np.float32
MOVED = ["float32", "int64", "int32", "int16", "int8", "uint8", "bool"]
ADDED = ["float32", "int64", "int32", "int16", "int8", "uint8"]


def some(rng, shape, dtype="float32"):
    """Elements that use all bits of an integer dtype, so that sums wrap."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if np.dtype(dtype).kind == "f":
        return (rng.standard_normal(shape) * 8).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


def same(got, want):
    """Equal bits, but for those of NaN."""
    want = np.asarray(want)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    if want.dtype.kind == "f":
        numbers = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(got)[numbers], np.signbit(want)[numbers])


def own(index, dim):
    """What takes an array's elements where `index` says along `dim`, and where they stand in the others."""
    return tuple(index if d == dim else x for d, x in enumerate(np.indices(index.shape)))


# Shape of the input, dim, shape of the index.
LINES = [
    ((7,), 0, (3,)),
    ((1,), 0, (1,)),
    ((3, 4), 1, (3, 2)),
    ((3, 4), 0, (5, 2)),
    ((2, 3, 5), 1, (2, 700, 5)),
    ((2, 3, 5), 1, (1, 7, 4)),
    ((4, 1, 3, 2, 5), 2, (4, 1, 6, 2, 5)),
    ((5, 0), 0, (3, 0)),
    ((4,), 0, (0,)),
]


@pytest.mark.parametrize("dtype", MOVED)
def test_gather(host, rng, dtype):
    for shape, dim, places in LINES:
        x, index = some(rng, shape, dtype), rng.integers(0, shape[dim], places)
        (got,) = host.run(program("gather", [dim], [], x, index), x, index)
        same(got, x[own(index, dim)])
        assert host.fault == 0


def test_what_is_gathered_is_moved_bit_by_bit(host):
    x = np.array([np.nan, -0.0, np.inf, 1e-45, -np.inf], F32)
    index = np.array([4, 3, 2, 1, 0, 0])
    (got,) = host.run(program("gather", [0], [], x, index), x, index)
    np.testing.assert_array_equal(got.view(np.uint32), x[index].view(np.uint32))


@pytest.mark.parametrize("dtype", ADDED)
def test_scatter_add(host, rng, dtype):
    """The source may be larger than the index; what is outside is left out."""
    for shape, dim, places in LINES:
        for more in (0, 1):
            x, index = some(rng, shape, dtype), rng.integers(0, shape[dim], places)
            source = some(rng, [n + more for n in places], dtype)
            text = program("scatter_add", [dim], [], x, index, source)
            assert json.loads(text)["aliases"] == [[0, 0]]
            (got,) = host.run(text, x, index, source)
            want = x.copy()
            np.add.at(want, own(index, dim), source[tuple(map(slice, places))])
            same(got, want)
            assert host.fault == 0


def test_many_sources_of_one_place(host, rng):
    """More than one invocation may add: the sum goes on in the next pass, in the same order."""
    n = 70_000
    x, source = some(rng, (3,)), some(rng, (n,))
    index = np.where(rng.random(n) < 0.001, 0, 2)
    text = program("scatter_add", [0], [], x, index, source)
    sums = [p for p in json.loads(text)["passes"] if p["template"] == "index/sums.wgsl"]
    assert len(sums) == 3
    (got,) = host.run(text, x, index, source)
    want = x.copy()
    np.add.at(want, index, source)
    same(got, want)


# Shape of x, the first dimension that is indexed, shapes of the index tensors.
INDEXED = [
    ((5,), 0, [(3,)]),
    ((5,), 0, [()]),
    ((3, 4), 0, [(5,)]),
    ((3, 4), 1, [(2, 6)]),
    ((3, 4), 0, [(5, 1), (3,)]),
    ((2, 3, 4, 5), 1, [(300,), (2, 1)]),
    ((2, 3, 4, 5), 0, [(2, 1, 1, 1), (3, 1, 1), (4, 1), (5,)]),
    ((2, 2, 2, 2, 2, 2, 2, 2, 3), 0, [(4,)] * 8),
    ((4, 3), 0, [(0,)]),
    ((4, 0), 0, [(3,)]),
]


def indices(rng, shape, first, places):
    extents = shape[first : first + len(places)]
    return [np.asarray(rng.integers(-n, n, place)) for n, place in zip(extents, places)]


def where(first, index):
    return (slice(None),) * first + tuple(index)


def place(first, index, from_end=True):
    return [first, not from_end, *range(first, first + len(index))]


@pytest.mark.parametrize("dtype", MOVED)
def test_index(host, rng, dtype):
    for shape, first, places in INDEXED:
        x, index = some(rng, shape, dtype), indices(rng, shape, first, places)
        (got,) = host.run(program("index", place(first, index), [], x, *index), x, *index)
        same(got, x[where(first, index)])
        assert host.fault == 0


@pytest.mark.parametrize("dtype", MOVED)
def test_index_put(host, rng, dtype):
    """The last value for a place stays."""
    for shape, first, places in INDEXED:
        x, index = some(rng, shape, dtype), indices(rng, shape, first, places)
        values = some(rng, x[where(first, index)].shape, dtype)
        text = program("index_put", place(first, index), [], x, values, *index)
        (got,) = host.run(text, x, values, *index)
        want = x.copy()
        table = np.broadcast_arrays(*index)
        inner = np.moveaxis(want, range(first, first + len(index)), range(len(index)))
        named = np.moveaxis(values, range(first, first + table[0].ndim), range(table[0].ndim))
        for at in np.ndindex(table[0].shape):
            inner[tuple(i[at] for i in table)] = named[at]
        same(got, want)
        assert host.fault == 0


@pytest.mark.parametrize("dtype", ADDED)
def test_index_put_accumulate(host, rng, dtype):
    for shape, first, places in INDEXED:
        x, index = some(rng, shape, dtype), indices(rng, shape, first, places)
        values = some(rng, x[where(first, index)].shape, dtype)
        text = program("index_put_accumulate", place(first, index), [], x, values, *index)
        (got,) = host.run(text, x, values, *index)
        want = x.copy()
        np.add.at(want, where(first, index), values)
        same(got, want)
        assert host.fault == 0


@pytest.mark.parametrize("bad", [-1, 3, -(2**32), 2**32 + 1, 2**63 - 1, -(2**63), 2**31])
def test_indices_out_of_range_are_noted(host, rng, bad):
    """And taken for the nearest that is inside."""
    x, index = some(rng, (3, 2)), np.array([1, bad, 0])
    near = np.clip(index, 0, 2)
    (got,) = host.run(program("index", place(0, [index], False), [], x, index), x, index)
    assert host.fault == 1
    same(got, x[near])
    (got,) = host.run(program("embedding", [0, -1, 0], [], x, index), x, index)
    assert host.fault == 1
    same(got, x[near])
    g = some(rng, (3, 2))
    (got,) = host.run(program("embedding_backward", [0, -1, 3], [], g, index), g, index)
    assert host.fault == 1
    (got,) = host.run(program("one_hot", [3], [], index), index)
    assert host.fault == 1
    same(got, np.eye(3, dtype=np.int64)[near])
    (got,) = host.run(program("class_labels", [3, 0], [-100], index), index)
    assert host.fault == 1
    same(got, near)


@pytest.mark.parametrize("bad", [-4, 3, -(2**32) + 1, -(2**33) - 1, 2**40])
def test_indices_from_the_end_have_an_end(host, rng, bad):
    x, index = some(rng, (3, 2)), np.array([-3, bad, -1])
    (got,) = host.run(program("index", place(0, [index]), [], x, index), x, index)
    assert host.fault == 1
    same(got, x[[0, 0 if bad < 0 else 2, 2]])


def test_nothing_can_be_taken_from_nothing(host):
    x, index = np.zeros((0, 2), F32), np.array([0])
    host.run(program("index", place(0, [index]), [], x, index), x, index)
    assert host.fault == 1


# Batches, rows, columns, indices of a batch.
TABLES = [
    ((), 3, 4, (5,)),
    ((), 3, 4, ()),
    ((), 1, 1, (1,)),
    ((), 3, 4, (0, 2)),
    ((), 3, 0, (2,)),
    ((), 65, 130, (40, 33)),
    ((2,), 5, 3, (7,)),
    ((2, 3), 4, 2, (2, 300)),
]


@pytest.mark.parametrize("dtype", MOVED)
def test_embedding(host, rng, dtype):
    for lead, rows, columns, count in TABLES:
        weight = some(rng, (*lead, rows, columns), dtype)
        index = np.asarray(rng.integers(0, rows, lead + count))
        want = np.empty((*lead, *count, columns), dtype)
        for at in np.ndindex(*lead):
            want[at] = weight[at][index[at]]
        for padding, zeroed in [(-1, 0), (0, 0), (0, 1), (rows - 1, 1)]:
            text = program("embedding", [len(lead), padding, zeroed], [], weight, index)
            (got,) = host.run(text, weight, index)
            same(got, np.where((index == padding)[..., None] & bool(zeroed), np.zeros((), dtype), want))
            assert host.fault == 0


@pytest.mark.parametrize("dtype", ADDED)
def test_embedding_backward(host, rng, dtype):
    for lead, rows, columns, count in TABLES:
        index = np.asarray(rng.integers(0, rows, lead + count))
        g = some(rng, (*lead, *count, columns), dtype)
        for padding in (-1, 0):
            text = program("embedding_backward", [len(lead), padding, rows], [], g, index)
            (got,) = host.run(text, g, index)
            want = np.zeros((*lead, rows, columns), dtype)
            for at in np.ndindex(*lead):
                kept = index[at] != padding
                np.add.at(want[at], index[at][kept], g[at][kept])
            same(got, want)
            assert host.fault == 0


def test_one_hot(host, rng):
    for shape, classes in [((5,), 4), ((2, 3), 7), ((), 1), ((0,), 3), ((70, 11), 100)]:
        labels = np.asarray(rng.integers(0, classes, shape))
        (got,) = host.run(program("one_hot", [classes], [], labels), labels)
        same(got, np.eye(classes, dtype=np.int64)[labels])
        assert host.fault == 0


def test_class_labels(host, rng):
    for shape, ignored in [((5,), -100), ((2, 300), 2), ((), -(2**63)), ((0,), 2**40)]:
        labels = np.asarray(rng.integers(0, 7, shape))
        labels[rng.random(shape) < 0.3] = ignored
        (got,) = host.run(program("class_labels", [7, 0], [ignored], labels), labels)
        same(got, np.where(labels == ignored, 0, labels))
        assert host.fault == 0


@pytest.mark.parametrize("dtype", ["float32", "int64", "int32", "int16", "int8", "uint8"])
def test_searchsorted(host, rng, dtype):
    for lead, n, m in [((), 1, 7), ((), 0, 3), ((2, 3), 5, 4), ((), 1000, 700), ((4,), 2, 0)]:
        rows = some(rng, (*lead, n), dtype)
        rows[..., : n // 2] = rows[..., n // 2 : n // 2 * 2]  # some are equal
        values = some(rng, (*lead, m), dtype)
        values[..., : m // 2] = rows[..., : m // 2] if n >= m // 2 else values[..., : m // 2]
        if dtype == "float32" and n > 4 and m > 2:
            rows[..., :3], rows[..., 3], values[..., 0] = np.nan, -0.0, np.nan
            rows[..., 4], values[..., 1] = -np.inf, 0.0
        rows.sort(-1)
        for right in (False, True):
            (got,) = host.run(program("searchsorted", [right], [], rows, values), rows, values)
            want = np.zeros(values.shape, np.int64)
            for at in np.ndindex(*lead):
                want[at] = np.searchsorted(rows[at], values[at], "right" if right else "left")
            same(got, want)


@pytest.mark.parametrize("dtype", MOVED)
def test_cat(host, rng, dtype):
    cases = [
        ([(3,), (4,)], 0),
        ([(2, 3)], 1),
        ([(2, 3), (2, 0), (2, 5)], 1),
        ([(2, 3, 4), (2, 1, 4)], 1),
        ([(300, 70), (200, 70), (1, 70)], 0),
        ([(2, n % 3, 3) for n in range(12)], 1),
        ([(0, 3), (0, 2)], 1),
        ([(2, 0), (1, 0)], 0),
    ]
    for shapes, dim in cases:
        parts = [some(rng, shape, dtype) for shape in shapes]
        (got,) = host.run(program("cat", [dim], [], *parts), *parts)
        same(got, np.concatenate(parts, dim))


def overlapping(g, dim, size, step, dilation, extent):
    """The sum of windows at their places, one after the other."""
    g = np.moveaxis(g, dim, 0)
    out = np.zeros((extent, *g.shape[1:-1]), g.dtype)
    for i, window in enumerate(g):
        for k in range(size):
            out[i * step + k * dilation] += window[..., k]
    return np.moveaxis(out, 0, dim)


@pytest.mark.parametrize("dtype", ADDED)
def test_overlap_add(host, rng, dtype):
    # Leading extents, inner extents, size, step, dilation, extent.
    cases = [
        ((), (), 3, 1, 1, 7),
        ((), (), 2, 3, 1, 9),
        ((3,), (), 4, 2, 1, 8),
        ((2,), (3, 2), 3, 2, 2, 300),
        ((2,), (3,), 5, 7, 1, 5),
        ((), (2,), 3, 2, 3, 20),
        ((), (2,), 1, 2**40, 2**40, 4),
        ((2,), (), 0, 1, 1, 3),
        ((0,), (2,), 2, 1, 1, 3),
    ]
    for lead, inner, size, step, dilation, extent in cases:
        windows = (extent - (max(size, 1) - 1) * min(dilation, extent) - min(size, 1)) // step + 1
        g = some(rng, (*lead, windows, *inner, size), dtype)
        attrs = [len(lead), size, step, dilation, extent]
        (got,) = host.run(program("overlap_add", attrs, [], g), g)
        with np.errstate(over="ignore"):
            same(got, overlapping(g, len(lead), size, step, dilation, extent))


def test_many_windows_on_one_element(host, rng):
    """More than one invocation may look at: the sum goes on in the next pass."""
    apart, extent = 33_000, 66_010
    g = some(rng, (extent - apart, 2))
    text = program("overlap_add", [0, 2, 1, apart, extent], [], g)
    assert len(json.loads(text)["passes"]) == 2
    (got,) = host.run(text, g)
    same(got, np.r_[g[:, 0], np.zeros(apart, F32)] + np.r_[np.zeros(apart, F32), g[:, 1]])


def test_what_the_gpu_has_not_is_said():
    x, index = np.zeros(3), np.zeros(3, np.int64)
    for op, attrs, inputs in [
        ("gather", [0], (x, index)),
        ("scatter_add", [0], (x, index, x)),
        ("index", [0, 0, 0], (x, index)),
        ("index_put", [0, 0, 0], (x, x, index)),
        ("index_put_accumulate", [0, 0, 0], (x, x, index)),
        ("searchsorted", [0], (x, x)),
        ("cat", [0], (x, x)),
        ("overlap_add", [0, 1, 1, 1, 3], (x[:, None],)),
        ("embedding_backward", [0, -1, 2], (x, np.zeros((), np.int64))),
    ]:
        with pytest.raises(TypeError, match="float64"):
            program(op, attrs, [], *inputs)


@pytest.mark.parametrize("shape", [(1,), (7,), (2, 3), (5, 1, 700), (70_001,), (0, 3), (2, 0)])
def test_nonzero(host, rng, shape):
    for share in (0, 0.3, 1):
        mask = rng.random(shape) < share
        want = np.argwhere(mask)
        (got,) = host.run(program("nonzero", [len(want)], [], mask), mask)
        same(got, want)
