"""What folds rows on the GPU: softmax, cross-entropy, normalisation and their cotangents, against float64."""

import numpy as np
import pytest
import scipy.special as sp

from gpu.programs import program, ulps

F32, EPS = np.float32, float(np.finfo(np.float32).eps)

# Around the widths of rows, along each dimension, empty, and so long that rows are cut into parts.
LINES = [
    ((1,), 0),
    ((1, 1), 1),
    ((7, 3), 1),
    ((300, 5), 1),
    ((2, 65), 1),
    ((4, 1025), 1),
    ((9, 4), 0),
    ((5, 70, 3), 1),
    ((2, 3, 100), 1),
    ((3, 5000, 2), 1),
    ((2, 100_001), 1),
    ((0, 3), 1),
    ((3, 0), 1),
]


def close(got, want, size, factor=16):
    """Whether results are as near as sums of terms of that size can be."""
    assert got.shape == np.shape(want)
    np.testing.assert_array_less(np.abs(got - want), factor * EPS * size + 1e-37)


def numbers(rng, *shape):
    return (rng.standard_normal(shape) + 0.5).astype(F32)


# ---- Softmax ----


def test_softmax_of_long_and_short_lines(host, rng):
    for shape, dim in LINES:
        x = rng.uniform(-5, 5, shape).astype(F32)
        (got,) = host.run(program("softmax", [dim], [], x), x)
        assert ulps(got, sp.softmax(x.astype(float), axis=dim) if x.size else x) <= 16, shape


def test_log_softmax(host, rng):
    for shape, dim in LINES:
        x = rng.uniform(-5, 5, shape).astype(F32)
        (got,) = host.run(program("log_softmax", [dim], [], x), x)
        want = sp.log_softmax(x.astype(float), axis=dim) if x.size else x
        close(got, want, 1 + np.abs(want))


@pytest.mark.parametrize("op", ["softmax", "log_softmax"])
def test_softmax_of_special_values(host, op):
    """Large numbers do not overflow; -inf is probability 0; a row with NaN or inf, or all of -inf, is NaN."""
    inf, nan = np.inf, np.nan
    x = np.array([[3e38, -3e38, 3e38], [0, -inf, 0], [nan, 1, 2], [1, inf, 0], [-inf] * 3], F32)
    (got,) = host.run(program(op, [1], [], x), x)
    half, log_half = 0.5, np.log(F32(0.5))
    want = [[half, 0, half]] * 2 if op == "softmax" else [[log_half, -inf, log_half]] * 2
    np.testing.assert_allclose(got[:2], want, rtol=1e-6)
    assert np.all(np.isnan(got[2:]))


def test_softmax_backward(host, rng):
    for shape, dim in LINES:
        g, x = numbers(rng, *shape), rng.uniform(-5, 5, shape)
        y = (sp.softmax(x, axis=dim) if x.size else x).astype(F32)
        (got,) = host.run(program("softmax_backward", [dim], [], g, y), g, y)
        g, y = g.astype(float), y.astype(float)
        want = y * (g - np.sum(y * g, axis=dim, keepdims=True))
        close(got, want, y * (np.abs(g) + np.sum(np.abs(y * g), axis=dim, keepdims=True)))


def test_log_softmax_backward(host, rng):
    for shape, dim in LINES:
        g, x = numbers(rng, *shape), rng.uniform(-5, 5, shape)
        y = (sp.log_softmax(x, axis=dim) if x.size else x).astype(F32)
        (got,) = host.run(program("log_softmax_backward", [dim], [], g, y), g, y)
        g, y = g.astype(float), y.astype(float)
        want = g - np.exp(y) * np.sum(g, axis=dim, keepdims=True)
        close(got, want, np.abs(g) + np.exp(y) * np.sum(np.abs(g), axis=dim, keepdims=True))
