"""Elements at places on the GPU against NumPy: what moves and what is added in order has the same bits."""

import numpy as np
import pytest

from gpu.programs import program

F32 = np.float32
MOVED = ["float32", "int64", "int32", "int16", "int8", "uint8", "bool"]


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


def test_what_the_gpu_has_not_is_said():
    x = np.zeros(3)
    for op, attrs, inputs in [
        ("searchsorted", [0], (x, x)),
        ("cat", [0], (x, x)),
    ]:
        with pytest.raises(TypeError, match="float64"):
            program(op, attrs, [], *inputs)
