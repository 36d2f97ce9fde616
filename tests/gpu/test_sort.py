"""Sorting on the GPU: every dtype, ties in their order, and rows shorter and longer than a block."""

import json

import numpy as np
import pytest

from gpu.programs import program

F32 = np.float32
SHAPES = [
    ((1,), 0),
    ((2,), 0),
    ((0, 3), 1),
    ((3, 0), 1),
    ((1000, 3), 1),
    ((3, 1000), 0),
    ((7, 5, 9), 1),
    ((20, 129), 1),
    ((3, 511), 1),
    ((2, 512), 1),
    ((513, 2), 0),
    ((5000,), 0),
]


def order(x, dim, descending):
    """The stable one; NaN is larger than everything."""
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    backwards = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(backwards, dim)


def check(host, x, dim, descending):
    values, indices = host.run(program("sort", [dim, descending], [], x), x)
    want = order(x, dim, descending)
    assert (values.dtype, indices.dtype) == (x.dtype, np.int64)
    np.testing.assert_array_equal(indices, want)
    np.testing.assert_array_equal(values, np.take_along_axis(x, want, dim))


@pytest.mark.parametrize("dtype", ["float32", "int64", "int32", "int16", "int8", "uint8", "bool"])
@pytest.mark.parametrize("descending", [False, True])
def test_every_dtype(host, rng, dtype, descending):
    for shape, dim in SHAPES:
        x = rng.integers(-60, 60, shape)
        if dtype == "int64":
            x = x << rng.choice([0, 31, 32, 57], shape)
        elif dtype == "float32":
            x = np.where(x > 50, np.nan, np.where(x == 0, -0.0, np.abs(x // 2) * 0.25 * np.sign(x)))
        check(host, x.astype(dtype), dim, descending)


@pytest.mark.parametrize("descending", [False, True])
def test_extremes(host, descending):
    """What padding must not be taken for."""
    for dtype in (np.int64, np.int32, np.uint8):
        limits = np.iinfo(dtype)
        check(host, np.array([limits.max, limits.min, limits.max, 0, limits.min], dtype), 0, descending)
    special = [np.inf, -np.inf, np.nan, 0, -0.0, 1e-45, -1e-45, np.nan, np.inf, 3e38, -3e38]
    check(host, np.array(special, F32), 0, descending)


def test_short_rows_share_blocks():
    made = json.loads(program("sort", [1, False], [], np.zeros((100_000, 6), np.int32)))
    assert made["scratch"] == [4 * 8 * 100_000] * 2
    assert [step["grid"] for step in made["passes"]] == [[1563, 1, 1], [2344, 1, 1]]
