"""Convolution and pooling on the GPU against their definitions in NumPy, derivatives included."""

import json
from itertools import product

import numpy as np
import pytest

from gpu.programs import group, program

F32 = np.float32
EPS = np.finfo(F32).eps


class Convolution:
    """Extents, and the form T(x, w, y) = <y, conv(x, w)>, of which the three ops are gradients."""

    def __init__(self, x, w, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
        self.x, self.w, self.groups = x, w, groups
        self.stride, self.padding, self.dilation = stride, padding, dilation
        plane = [
            (x[2 + d] + sum(padding[d]) - dilation[d] * (w[2 + d] - 1) - 1) // stride[d] + 1 for d in (0, 1)
        ]
        self.y = (x[0], w[0], *plane)

    def attrs(self, extents=()):
        return [*self.stride, *np.ravel(self.padding), *self.dilation, self.groups, *extents]

    def seen(self, padded, p, q):
        """What a tap of the kernel sees, as (images, groups, channels, rows, columns)."""
        at = [
            slice(tap * d, tap * d + s * (n - 1) + 1, s)
            for tap, d, s, n in zip((p, q), self.dilation, self.stride, self.y[2:])
        ]
        part = padded[:, :, at[0], at[1]]
        return part.reshape(len(part), self.groups, self.x[1] // self.groups, *self.y[2:])

    def terms(self, x, w, y):
        """The gradients of T by x, w and y, tap by tap in float64; None stands for zeros."""
        x, w, y = (
            np.zeros(shape) if a is None else np.asarray(a, float)
            for a, shape in zip((x, w, y), (self.x, self.w, self.y))
        )
        padded = np.pad(x, ((0, 0), (0, 0), *self.padding))
        channels = self.w[0] // self.groups
        kernels = w.reshape(self.groups, channels, *self.w[1:])
        y = y.reshape(self.x[0], self.groups, channels, *self.y[2:])
        by_x, by_w, by_y = np.zeros_like(padded), np.zeros_like(kernels), np.zeros_like(y)
        for p, q in product(*map(range, self.w[2:])):
            seen = self.seen(padded, p, q)
            by_y += np.einsum("ngcij,goc->ngoij", seen, kernels[..., p, q])
            by_w[..., p, q] = np.einsum("ngcij,ngoij->goc", seen, y)
            to = self.seen(by_x, p, q)
            to += np.einsum("ngoij,goc->ngcij", y, kernels[..., p, q])
        (top, _), (left, _) = self.padding
        by_x = by_x[:, :, top : top + self.x[2], left : left + self.x[3]]
        return by_x, by_w.reshape(self.w), by_y.reshape(self.y)


CONVOLUTIONS = {
    "one element": Convolution((1, 1, 1, 1), (1, 1, 1, 1)),
    "plain": Convolution((2, 3, 7, 6), (4, 3, 3, 3), (1, 1), ((1, 1), (1, 1))),
    "no rows above": Convolution((2, 3, 6, 7), (9, 3, 2, 5), padding=((0, 1), (3, 1))),
    "strides": Convolution((2, 3, 9, 8), (10, 3, 3, 3), (2, 3), ((1, 1), (0, 0))),
    "holes": Convolution((2, 8, 9, 11), (9, 8, 3, 2), (1, 1), ((0, 2), (1, 1)), (2, 3)),
    "strides over holes": Convolution((2, 8, 14, 15), (12, 8, 3, 3), (2, 4), ((3, 3), (5, 5)), (2, 6)),
    "coprime holes": Convolution((1, 9, 17, 13), (8, 9, 3, 4), (3, 2), ((2, 0), (1, 4)), (2, 3)),
    "strides over elements": Convolution((3, 9, 8, 9), (17, 9, 1, 1), (2, 3)),
    "windows outside": Convolution((2, 3, 5, 5), (4, 3, 3, 3), (3, 3), ((4, 4), (4, 4))),
    "one window": Convolution((3, 8, 5, 6), (9, 8, 5, 5), (70, 80)),
    "points": Convolution((3, 33, 4, 5), (70, 33, 1, 1)),
    "groups": Convolution((2, 18, 9, 8), (16, 9, 3, 3), (2, 1), ((0, 0), (2, 2)), (1, 2), 2),
    "a group to each channel": Convolution((2, 10, 9, 8), (20, 1, 3, 3), (2, 1), ((1, 1), (1, 1)), groups=10),
    "tall tiles": Convolution((2, 20, 13, 11), (70, 20, 3, 3), (1, 1), ((1, 1), (1, 1))),
    "low tiles": Convolution((3, 30, 16, 17), (24, 30, 3, 3), (2, 2), ((1, 1), (1, 1))),
    "one dimension": Convolution((4, 9, 1, 300), (10, 9, 1, 7), (1, 2), ((0, 0), (3, 3))),
    "many positions": Convolution((9, 9, 41, 43), (8, 9, 3, 3), (1, 1), ((1, 1), (1, 1))),
    "few of many": Convolution((30, 1, 42, 39), (2, 1, 3, 3), (1, 1), ((1, 1), (1, 1))),
    "many channels": Convolution((2, 1900, 3, 4), (9, 1900, 3, 3), (1, 1), ((1, 1), (1, 1))),
    "no images": Convolution((0, 3, 5, 5), (4, 3, 3, 3)),
    "no channels": Convolution((2, 0, 5, 5), (4, 0, 3, 3)),
    "no results": Convolution((2, 3, 5, 5), (0, 3, 3, 3)),
}


@pytest.mark.parametrize("staging", [True, False], ids=["staging", "registers"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution_and_its_cotangents(host, rng, name, staging):
    conv = CONVOLUTIONS[name]
    x, w, y = (rng.standard_normal(shape).astype(F32) for shape in (conv.x, conv.w, conv.y))
    wants, sizes = conv.terms(x, w, y), conv.terms(np.abs(x), np.abs(w), np.abs(y))
    calls = [
        ("conv2d_input", conv.attrs(conv.x[2:]), (y, w)),
        ("conv2d_weight", conv.attrs(conv.w[2:]), (x, y)),
        ("conv2d", conv.attrs(), (x, w)),
    ]
    taps = conv.w[2] * conv.w[3]
    counts = [conv.w[0] // conv.groups * taps, conv.x[0] * conv.y[2] * conv.y[3], conv.w[1] * taps]
    for (op, attrs, inputs), want, size, terms in zip(calls, wants, sizes, counts):
        (got,) = host.run(program(op, attrs, [], *inputs, staging=staging), *inputs)
        assert got.shape == want.shape
        assert np.all(np.abs(got - want) <= max(terms, 1) * EPS * size), op


def test_long_sums_are_cut_into_segments_of_fixed_order(host, rng):
    """Loops stay short, a device is busy, and the same sums have the same bits."""
    conv = CONVOLUTIONS["few of many"]
    x, y = rng.standard_normal(conv.x).astype(F32), rng.standard_normal(conv.y).astype(F32)
    text = program("conv2d_weight", conv.attrs(conv.w[2:]), [], x, y)
    first, second = json.loads(text)["passes"]
    assert first["params"][3] <= 1 << 14
    assert second["params"] == [18, first["params"][4]]
    results = [host.run(text, x, y)[0].tobytes() for _ in range(3)]
    assert len(set(results)) == 1


@pytest.mark.parametrize("staging", [True, False], ids=["staging", "registers"])
@pytest.mark.parametrize("name", ["tall tiles", "a group to each channel", "many channels"])
def test_convolution_with_epilogue(host, rng, name, staging):
    """Bias and relu in the same pass, or in that which adds up the segments."""
    conv = CONVOLUTIONS[name]
    x, w = rng.standard_normal(conv.x).astype(F32), rng.standard_normal(conv.w).astype(F32)
    bias = rng.standard_normal((conv.w[0], 1, 1)).astype(F32)
    after = group(
        [np.zeros(conv.y, F32), bias],
        [("add", ["in0", "in1"], "float32"), ("relu", ["t0"], "float32")],
        [1],
        conv.y,
    )
    text = program("conv2d", conv.attrs(), [], x, w, slots=[("store", after)], staging=staging)
    (got,) = host.run(text, x, w, bias)
    want = np.maximum(conv.terms(x, w, None)[2] + bias, 0)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-3)


def test_nan_reaches_the_windows_that_see_it_and_no_others(host, rng):
    conv = CONVOLUTIONS["tall tiles"]
    x, w = rng.standard_normal(conv.x).astype(F32), rng.standard_normal(conv.w).astype(F32)
    x[1, 7, 6, 0] = np.nan
    (got,) = host.run(program("conv2d", conv.attrs(), [], x, w), x, w)
    reached = np.zeros(conv.y, bool)
    reached[1, :, 5:8, :2] = True
    np.testing.assert_array_equal(np.isnan(got), reached)


# ---- Pooling: an axis is (windows, kernel, stride, padding, dilation); stride 0 gives each window its share


def plain(n, kernel, stride=None, padding=0, dilation=1, more=0):
    stride = kernel if stride is None else stride
    return (
        (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 + more,
        kernel,
        stride,
        padding,
        dilation,
    )


def adaptive(n, out):
    kernel = max((-(-(i + 1) * n // out) - i * n // out for i in range(out)), default=0)
    return (out, kernel, 0, 0, 1)


def windows(axis, n):
    """The taps of each window that lie within n elements, as (tap, place)."""
    out, kernel, stride, padding, dilation = axis
    if stride == 0:
        return [list(enumerate(range(i * n // out, -(-(i + 1) * n // out)))) for i in range(out)]
    places = [[(tap, i * stride - padding + tap * dilation) for tap in range(kernel)] for i in range(out)]
    return [[(tap, place) for tap, place in window if 0 <= place < n] for window in places]


def over(shape, axes):
    """For every window its place in the result, and its taps as (tap, row, column) in row-major order."""
    rows, columns = windows(axes[0], shape[-2]), windows(axes[1], shape[-1])
    for i, j in product(range(len(rows)), range(len(columns))):
        yield i, j, [(p * axes[1][1] + q, r, c) for p, r in rows[i] for q, c in columns[j]]


# Shape, axes.
POOLS = {
    "one element": ((1, 1), [plain(1, 1), plain(1, 1)]),
    "side by side": ((2, 3, 6, 8), [plain(6, 2), plain(8, 2)]),
    "overlapping": ((3, 7, 5), [plain(7, 3, 2, 1), plain(5, 2, 1, 1)]),
    "apart": ((2, 2, 9, 8), [plain(9, 2, 3), plain(8, 1, 4)]),
    "beyond the end": ((2, 7, 9), [plain(7, 2, 3, more=1), plain(9, 2, 4, more=1)]),
    "shares": ((2, 7, 5), [adaptive(7, 3), adaptive(5, 4)]),
    "more shares than elements": ((2, 3, 4), [adaptive(3, 7), adaptive(4, 10)]),
    "wide": ((2, 1, 900), [plain(1, 1), plain(900, 301, 100, 150)]),
    "large": ((3, 40, 50), [plain(40, 17, 3, 8), plain(50, 23, 5, 11)]),
    "whole": ((2, 300, 310), [plain(300, 300), plain(310, 310)]),
    "tall": ((700, 2), [adaptive(700, 2), adaptive(2, 1)]),
    "many dimensions": ((2, 1, 3, 2, 4, 5), [plain(4, 2, 1), plain(5, 3, 1)]),
    "many planes": ((300, 5, 4), [plain(5, 3, 1, 1), plain(4, 3, 2, 1)]),
    "no planes": ((0, 2, 4, 4), [plain(4, 2), plain(4, 2)]),
}
# What sums cannot do.
WITH_HOLES = {
    "holes": ((2, 9, 8), [plain(9, 3, 1, 2, 2), plain(8, 2, 2, 1, 3)]),
    "a window outside": ((3, 1, 2), [plain(1, 2, 1, 2, 4), plain(2, 2, 3, 2, 4)]),
}


def greatest(x, axes):
    """Values, and taps: of equal numbers the first, of NaNs the last."""
    lead = x.shape[:-2]
    out = (*lead, axes[0][0], axes[1][0])
    values, taps = np.zeros(out, x.dtype), np.zeros(out, int)
    for i, j, window in over(x.shape, axes):
        for at in np.ndindex(lead):
            best, found = None, None
            for tap, r, c in window:
                v = x[(*at, r, c)]
                if best is None or v > best or v != v:
                    best, found = v, tap
            values[(*at, i, j)], taps[(*at, i, j)] = best, found
    return values, taps


@pytest.mark.parametrize("name", [name for name in {**POOLS, **WITH_HOLES} if name != "a window outside"])
def test_max_pool(host, rng, name):
    shape, axes = {**POOLS, **WITH_HOLES}[name]
    dtypes = ["float32", "int32", "int64", "int8", "uint8"] if np.prod(shape) < 1000 else ["float32"]
    for dtype in dtypes:
        # Few values: many are equal.
        x = rng.integers(0 if dtype == "uint8" else -5, 6, shape).astype(dtype)
        if dtype == "int64":
            x = x * 2**31 + rng.integers(-2, 2, shape)
        if dtype == "float32":
            x.flat[rng.integers(0, max(x.size, 1), x.size // 9)] = np.nan
            x.flat[rng.integers(0, max(x.size, 1), x.size // 9)] = -np.inf
            x = np.where(rng.random(shape) < 0.5, -x, x)
        values, taps = host.run(program("max_pool2d", np.ravel(axes).tolist(), [], x), x)
        want, places = greatest(x, axes)
        assert values.dtype == x.dtype
        assert taps.dtype == (np.uint8 if axes[0][1] * axes[1][1] <= 256 else np.int32)
        np.testing.assert_array_equal(values, want)
        np.testing.assert_array_equal(taps, places)


def test_max_pool_where_nothing_is_greater(host):
    """The first tap within the plane, for lowest numbers and where a window is all outside."""
    shape, axes = WITH_HOLES["a window outside"]
    attrs = np.ravel(axes).tolist()
    for x, lowest in [(np.full(shape, -np.inf, F32), -np.inf), (np.full(shape, -(2**63)), -(2**63))]:
        values, taps = host.run(program("max_pool2d", attrs, [], x), x)
        np.testing.assert_array_equal(values, np.full(values.shape, lowest))
        rows, columns = (np.array([-(-max(a[3] - i * a[2], 0) // a[4]) for i in range(a[0])]) for a in axes)
        np.testing.assert_array_equal(taps, np.broadcast_to(2 * rows[:, None] + columns, taps.shape))


@pytest.mark.parametrize("name", {**POOLS, **WITH_HOLES})
def test_elements_move_between_planes_and_taps(host, rng, name):
    shape, axes = {**POOLS, **WITH_HOLES}[name]
    kernel = axes[0][1] * axes[1][1]
    out = (*shape[:-2], axes[0][0], axes[1][0])
    # Any taps, those outside of the plane included; but of a share its own.
    taps = rng.integers(0, kernel, out).astype(np.uint8 if kernel <= 256 else np.int32)
    for i, j, window in over(shape, axes) if 0 in (axes[0][2], axes[1][2]) else ():
        taps[..., i, j] = rng.choice([tap for tap, _, _ in window], out[:-2])
    attrs = np.ravel(axes).tolist()
    g = rng.standard_normal(out).astype(F32)
    dtypes = ["float32", "int64", "bool"]
    planes = [rng.integers(-3, 3, shape).astype(dtype) for dtype in dtypes]
    gathered = [np.zeros(out, dtype) for dtype in dtypes]
    scattered, size = np.zeros(shape), np.zeros(shape)
    for i, j, window in over(shape, axes):
        for tap, r, c in window:
            chosen = taps[..., i, j] == tap
            scattered[..., r, c] += np.where(chosen, g[..., i, j], 0)
            size[..., r, c] += np.where(chosen, np.abs(g[..., i, j]), 0)
            for x, y in zip(planes, gathered):
                y[..., i, j] = np.where(chosen, x[..., r, c], y[..., i, j])
    for x, want in zip(planes, gathered):
        (got,) = host.run(program("max_pool_gather", attrs, [], x, taps), x, taps)
        np.testing.assert_array_equal(got, want)
    (got,) = host.run(program("max_pool_scatter", [*attrs, *shape[-2:]], [], g, taps), g, taps)
    assert np.all(np.abs(got - scattered) <= kernel * EPS * size)


def counts(axis, n, padding):
    """Elements by which a sum is divided, of each window along a dimension."""
    out, kernel, stride, before, _ = axis
    if padding and stride:
        return np.array([min(kernel, n + 2 * before - i * stride) for i in range(out)])
    return np.array([len(window) for window in windows(axis, n)])


@pytest.mark.parametrize("name", POOLS)
def test_avg_pool_and_its_transpose(host, rng, name):
    shape, axes = POOLS[name]
    out = (*shape[:-2], axes[0][0], axes[1][0])
    x, g = rng.standard_normal(shape).astype(F32), rng.standard_normal(out).astype(F32)
    for padding, divisor in [(True, 0), (False, 0), (False, -3)]:
        attrs = [*np.ravel(axes).tolist(), padding, divisor]
        by = np.multiply.outer(*(counts(axes[d], shape[-2 + d], padding) for d in (0, 1)))
        by = np.full_like(by, divisor) if divisor else by
        mean, spread = np.zeros(out), np.zeros(shape)
        sizes = [np.zeros(out), np.zeros(shape)]
        for i, j, window in over(shape, axes):
            rows, columns = [r for _, r, _ in window], [c for _, _, c in window]
            mean[..., i, j] = x[..., rows, columns].sum(-1, dtype=float) / by[i, j]
            sizes[0][..., i, j] = np.abs(x[..., rows, columns]).sum(-1, dtype=float) / abs(by[i, j])
            share = g[..., i, j, None].astype(float) / by[i, j]
            spread[..., rows, columns] += share
            sizes[1][..., rows, columns] += np.abs(share)
        calls = [("avg_pool2d", attrs, x, mean), ("avg_pool2d_backward", [*attrs, *shape[-2:]], g, spread)]
        for (op, attrs, a, want), size in zip(calls, sizes):
            (got,) = host.run(program(op, attrs, [], a), a)
            assert got.shape == want.shape
            assert np.all(np.abs(got - want) <= 4 * axes[0][1] * axes[1][1] * EPS * size), op


def test_shares_of_long_lines_are_exact(host, rng):
    """Windows whose number times the line's length is more than an integer holds."""
    n, out = 1_000_003, 70_001
    x = rng.integers(-1000, 1000, (1, n)).astype(np.int32)
    axes = [plain(1, 1), (out, 16, 0, 0, 1)]
    values, taps = host.run(program("max_pool2d", np.ravel(axes).tolist(), [], x), x)
    first = np.arange(out) * n // out
    end = -(-np.arange(1, out + 1) * n // out)
    places = np.minimum(first[:, None] + np.arange(16), n - 1)
    seen = np.where(first[:, None] + np.arange(16) < end[:, None], x[0][places], -9999)
    np.testing.assert_array_equal(values[0], seen.max(1))
    np.testing.assert_array_equal(taps[0], seen.argmax(1))
    g = np.ones((1, out), F32)
    attrs = [*np.ravel(axes).tolist(), False, 1, 1, n]
    (got,) = host.run(program("avg_pool2d_backward", attrs, [], g), g)
    want = np.zeros(n + 1)
    np.add.at(want, first, 1)
    np.add.at(want, end, -1)
    np.testing.assert_array_equal(got[0], want.cumsum()[:-1])


def test_what_convolution_and_pooling_cannot_do_is_said():
    x = np.zeros((1, 1, 4, 4))
    for op, attrs, inputs in [
        ("conv2d", [1, 1, 0, 0, 0, 0, 1, 1, 1], [x, x]),
        ("max_pool2d", [2, 2, 2, 0, 1] * 2, [x]),
        ("avg_pool2d", [*[2, 2, 2, 0, 1] * 2, 0, 0], [x]),
    ]:
        with pytest.raises(TypeError, match="float64"):
            program(op, attrs, [], *inputs)
