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


# ---- Cross-entropy ----


def smoothed(x, labels, dim, ignored, smoothing):
    """log softmax, the target's probabilities, and whether a position counts."""
    classes, labels = x.shape[dim], labels.astype(np.int64)
    hit = np.expand_dims(labels, dim) == np.arange(classes).reshape([-1] + [1] * (x.ndim - dim - 1))
    logp = sp.log_softmax(x.astype(float), axis=dim) if x.size else x.astype(float)
    return logp, hit * (1 - smoothing) + smoothing / max(classes, 1), labels != ignored


def cases(rng):
    for k, (shape, dim) in enumerate(LINES):
        x = rng.uniform(-5, 5, shape).astype(F32)
        ignored = (-100, 2, -(2**40))[k % 3]
        labels = rng.integers(0, max(shape[dim], 1), np.delete(shape, dim))
        labels[rng.random(labels.shape) < 0.3] = ignored
        if shape[dim] == 0:
            labels[...] = ignored
        dtype = np.int64 if ignored < -100 or k % 2 else np.int32
        for smoothing in (0.0, 0.25):
            yield x, labels.astype(dtype), dim, ignored, smoothing


def test_cross_entropy(host, rng):
    for x, labels, dim, ignored, smoothing in cases(rng):
        text = program("cross_entropy", [dim], [ignored, smoothing], x, labels)
        (got,) = host.run(text, x, labels)
        logp, wanted, valid = smoothed(x, labels, dim, ignored, smoothing)
        want = np.where(valid, -np.sum(logp * wanted, axis=dim), 0)
        close(got, want, 1 + np.abs(want))
        assert host.fault == 0
        assert np.all(got[~valid] == 0)


def test_cross_entropy_backward(host, rng):
    for x, labels, dim, ignored, smoothing in cases(rng):
        g = numbers(rng, *labels.shape)
        text = program("cross_entropy_backward", [dim], [ignored, smoothing], g, x, labels)
        (got,) = host.run(text, g, x, labels)
        logp, wanted, valid = smoothed(x, labels, dim, ignored, smoothing)
        g = np.expand_dims(np.where(valid, g, 0), dim).astype(float)
        close(got, g * (np.exp(logp) - wanted), np.abs(g) * (np.exp(logp) + wanted))
        assert host.fault == 0


def test_cross_entropy_of_special_values(host):
    """What is ignored counts for nothing, whatever is there; a class that cannot be costs infinity."""
    inf, nan = np.inf, np.nan
    x = np.array([[nan, inf], [0, -inf], [0, -inf], [nan, 0]], F32)
    labels, g = np.array([9, 0, 1, 0]), np.array([inf, 1, 1, 1], F32)
    (losses,) = host.run(program("cross_entropy", [1], [9, 0.0], x, labels), x, labels)
    np.testing.assert_array_equal(losses, [0, 0, inf, nan])
    text = program("cross_entropy_backward", [1], [9, 0.0], g, x, labels)
    (slopes,) = host.run(text, g, x, labels)
    np.testing.assert_array_equal(slopes, [[0, 0], [0, 0], [1, -1], [nan, nan]])
    assert host.fault == 0


@pytest.mark.parametrize("label", [3, -1, 2**32, 2**32 + 1, -(2**32)])
def test_a_label_that_is_no_class_is_noted(host, label):
    x, labels, g = np.zeros((2, 3), F32), np.array([1, label]), np.ones(2, F32)
    host.run(program("cross_entropy", [1], [-100, 0.0], x, labels), x, labels)
    assert host.fault == 1
    host.run(program("cross_entropy_backward", [1], [-100, 0.0], g, x, labels), g, x, labels)
    assert host.fault == 1
