"""Numbers that no input has: rows, and draws, whose bits are those of the CPU."""

import numpy as np
import pytest

from gpu.programs import program

F32 = np.float32
# In the order of their codes.
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]


def arange(host, dtype, length, start, step):
    (got,) = host.run(program("arange", [DTYPES.index(dtype), length], [start, step]))
    assert got.shape == (length,)
    return got


def test_arange_of_integers_is_exact(host):
    for dtype in ("int64", "int32", "int16", "int8", "uint8", "float32"):
        for length, start, step in [(5, 0, 1), (1, 3, 7), (700, 120, -2), (0, 0, 1), (300, 0, 2**33)]:
            values = start + np.arange(length, dtype=np.int64) * step
            if np.dtype(dtype).kind != "f":
                info = np.iinfo(dtype)
                values = values[(info.min <= values) & (values <= info.max)]
            got = arange(host, dtype, len(values), start, step)
            np.testing.assert_array_equal(got, values.astype(dtype))
    np.testing.assert_array_equal(arange(host, "bool", 2, 0, 1), [False, True])
    largest = arange(host, "int64", 3, -(2**63), 2**63 - 1)
    np.testing.assert_array_equal(largest, [-(2**63), -1, 2**63 - 2])


def test_arange_rounds_integers_once(host):
    """Half-way cases go to even, whatever the sign and wherever they lie."""
    for start in (2**24 - 3, -(2**24) - 40, 2**31 - 5, 2**53 - 3, -(2**62) - 7, 2**62 + 2**38 - 4):
        values = [start + i for i in range(70)]
        got = arange(host, "float32", 70, start, 1)
        np.testing.assert_array_equal(got, np.array(values, np.int64).astype(F32))


def test_arange_of_floats_is_rounded_once(host):
    """The engine computes in float64: both are within its error of what is exact."""
    cases = [
        (9, 0.0, 0.125),
        (1, 0.0, 0.0),
        (1000, 0.0, 0.1),
        (1000, -50.0, 0.1),
        (3, 0.5, 1),
        (700, 1e30, -1e27),
        (70, 1e-30, 1e-31),
        (300, 16777216.0, 0.5),
        (5, 3e38, 1e38),
        (2, 1e-300, 1e-300),
    ]
    for length, start, step in cases:
        terms = float(start), np.arange(length) * float(step)
        got = arange(host, "float32", length, start, step).astype(float)
        with np.errstate(over="ignore"):
            want = (terms[0] + terms[1]).astype(F32)
        slack = 2.0**-52 * (abs(terms[0]) + np.abs(terms[1]))
        low, high = ((terms[0] + terms[1] + side * slack) for side in (-1, 1))
        with np.errstate(over="ignore"):
            assert np.all((low.astype(F32) <= got) & (got <= high.astype(F32)))
        assert np.mean(got != want) < 0.01
    np.testing.assert_array_equal(arange(host, "float32", 9, 0.0, 0.125), np.arange(9, dtype=F32) / 8)


def test_what_the_gpu_has_not_is_said():
    for dtype in ("float64", "float16"):
        with pytest.raises(TypeError, match=dtype):
            program("arange", [DTYPES.index(dtype), 3], [0.0, 1.0])
