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
        ("cat", [0], (x, x)),
    ]:
        with pytest.raises(TypeError, match="float64"):
            program(op, attrs, [], *inputs)
