"""Convolution on the GPU against its definition in NumPy, derivatives included."""

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


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution_and_its_cotangents(host, rng, name):
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
        (got,) = host.run(program(op, attrs, [], *inputs), *inputs)
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


@pytest.mark.parametrize("name", ["tall tiles", "a group to each channel", "many channels"])
def test_convolution_with_epilogue(host, rng, name):
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
    text = program("conv2d", conv.attrs(), [], x, w, slots=[("store", after)])
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


def test_what_convolution_cannot_do_is_said():
    x = np.zeros((1, 1, 4, 4))
    with pytest.raises(TypeError, match="float64"):
        program("conv2d", [1, 1, 0, 0, 0, 0, 1, 1, 1], [], x, x)
