"""Rows of numbers against Python's own ranges and fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest

import ravine as rv

LEAST, MOST = -(2**63), 2**63 - 1


def test_arange_of_integers_is_exact():
    """Length and elements are those of `range`, whatever the bounds and the step."""
    bounds = [
        (2**53, 2**53 + 3, 1),
        (2**60, 2**60 + 10, 1),
        (2**60, 2**60 + 10, 3),
        (2**60 + 10, 2**60, -3),
        (-(2**60) - 1, -(2**60) + 5, 2),
        (MOST - 3, MOST, 1),
        (MOST, MOST - 4, -1),
        (LEAST, LEAST + 3, 1),
        (LEAST + 3, LEAST, -2),
        (LEAST, MOST, 2**62),
        (MOST, LEAST, -(2**62) - 1),
        (LEAST, MOST, MOST),
        (5, 0, -2),
        (0, 5, 5),
        (0, 5, 6),
        (3, 3, 1),
        (5, 0, 1),
        (0, 5, -1),
        (-7, 8, 3),
    ]
    for start, end, step in bounds:
        want = list(range(start, end, step))
        got = rv.arange(start, end, step)
        assert got.dtype is rv.int64
        assert got.shape == (len(want),), (start, end, step)
        assert got.tolist() == want, (start, end, step)
        # Rounded once, also to floats.
        for dtype in ("float32", "float64"):
            floats = rv.arange(start, end, step, dtype=getattr(rv, dtype))
            exact = np.array(want, dtype=np.int64).astype(dtype)
            assert np.array_equal(floats.numpy(), exact), (start, end, step, dtype)
    for dtype in ("uint8", "int8", "int16", "int32"):
        info = np.iinfo(dtype)
        own = getattr(rv, dtype)
        if info.bits < 32:
            whole = list(range(info.min, info.max + 1))
            assert rv.arange(info.min, info.max + 1, dtype=own).tolist() == whole
        assert rv.arange(info.max - 2, info.max + 1, dtype=own).tolist() == list(
            range(info.max - 2, info.max + 1)
        )
        for start, end in ((info.max - 2, info.max + 2), (info.min - 1, info.min + 2)):
            with pytest.raises(ValueError, match=f"is no value of {dtype}"):
                rv.arange(start, end, dtype=own)
    with pytest.raises(ValueError, match="is no value of int64"):
        rv.arange(MOST - 3, MOST + 1)
    with pytest.raises(RuntimeError, match="18446744073709551615 elements"):
        rv.arange(LEAST, MOST)


def test_arange_of_floats():
    """As torch: ceil((end - start) / step) elements, reckoned in float64."""
    for start, end, step in (
        (0, 1, 0.1),
        (1, 2, 0.1),
        (0.0, 1.0, 0.3),
        (1.0, 0.0, -0.25),
        (-1.5, 2.5, 0.5),
        (0, 2.0**24 + 3, 2.0**22),
    ):
        n = math.ceil((end - start) / step)
        want = np.array([start + i * step for i in range(n)])
        assert np.array_equal(rv.arange(start, end, step).numpy(), want.astype(np.float32)), (
            start,
            end,
            step,
        )
        assert np.array_equal(rv.arange(start, end, step, dtype=rv.float64).numpy(), want), (start, end, step)


def test_linspace_of_integers_is_exact():
    """`start + i (end - start) / (steps - 1)`, without what is behind the point."""
    for start, end in (
        (0, 10),
        (10, 0),
        (-7, 8),
        (0, 2**53 + 1),
        (LEAST, MOST),
        (MOST, LEAST),
        (2**60, 2**60 + 5),
        (3, 3),
    ):
        for steps in (0, 1, 2, 3, 4, 7, 100):
            way = Fraction(end - start, max(steps - 1, 1))
            want = [math.trunc(start + i * way) for i in range(steps)]
            got = rv.linspace(start, end, steps, dtype=rv.int64)
            assert got.dtype is rv.int64
            assert got.tolist() == want, (start, end, steps)
    assert rv.linspace(0, 255, 4, dtype=rv.uint8).tolist() == [0, 85, 170, 255]
    assert rv.logspace(0, 18, 4, dtype=rv.int64).tolist() == [1, 10**6, 10**12, 10**18]
    assert rv.logspace(0, 7, 8, base=2, dtype=rv.uint8).tolist() == [2**i for i in range(8)]
    for call in (
        lambda: rv.linspace(0, 300, 4, dtype=rv.uint8),
        lambda: rv.linspace(-1, 3, 4, dtype=rv.uint8),
        lambda: rv.logspace(0, 8, 9, base=2, dtype=rv.uint8),
        lambda: rv.linspace(0, math.nan, 4, dtype=rv.int64),
    ):
        with pytest.raises(ValueError, match="is no value of"):
            call()
