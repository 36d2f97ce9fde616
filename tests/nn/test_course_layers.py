"""Layers as the course states them: dropout, norms, pooling, convolution; each row against NumPy or a law."""

from itertools import product
from math import sqrt

import numpy as np
import pytest

import ravine
from ravine import autograd, nn
from ravine.nn import functional as F


def tensor(*shape):
    return ravine.randn(*shape, dtype=ravine.float64)


@pytest.fixture(autouse=True)
def seed():
    ravine.manual_seed(0)


def test_row_96_dropout_drops_p_of_all_and_keeps_the_mean():
    n = 100_000
    for p in (0.0, 0.1, 0.5, 0.9, 1.0):
        layer = nn.Dropout(p)
        y = layer(ravine.ones(n))
        kept = (y != 0).sum().item()
        assert abs(kept - n * (1 - p)) <= 3 * sqrt(n * p * (1 - p))
        if p < 1:
            assert y.max().item() == pytest.approx(1 / (1 - p))
            assert ((y == 0) | (y == y.max())).all()
            assert y.mean().item() == pytest.approx(1.0, abs=3 * sqrt(p / (1 - p) / n) + 1e-6)
        layer.eval()
        x = tensor(50)
        assert (layer(x) == x).all()
    x = ravine.ones(64, requires_grad=True)
    y = F.dropout(x, 0.5)
    y.sum().backward()
    assert (x.grad == y).all()  # what is dropped gets no gradient, the rest twice of it


def test_row_105_a_layer_norm_is_of_each_sample_alone():
    layer = nn.LayerNorm(32, eps=0.0, elementwise_affine=False)
    x = 3 * tensor(5, 7, 32) + 2
    y = layer(x).numpy()
    np.testing.assert_allclose(y.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(-1), 1, rtol=1e-12)
    assert (layer(x[2:3]) == layer(x)[2:3]).all()
    assert (layer.eval()(x) == layer.train()(x)).all()
    # eps stands inside the root: S12.
    rows = x.numpy()
    expected = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 0.5)
    np.testing.assert_allclose(F.layer_norm(x, (32,), eps=0.5).numpy(), expected, rtol=1e-12)
    affine = nn.LayerNorm(32, dtype=ravine.float64)
    assert sum(p.numel() for p in affine.parameters()) == 64


def test_row_106_a_batch_norm_is_of_each_feature_and_remembers():
    for kind, shape, over in (
        (nn.BatchNorm1d, (16, 4), (0,)),
        (nn.BatchNorm1d, (16, 4, 5), (0, 2)),
        (nn.BatchNorm2d, (8, 4, 3, 5), (0, 2, 3)),
    ):
        layer = kind(4, eps=0.0, dtype=ravine.float64)
        mean, var = np.zeros(4), np.ones(4)
        for _ in range(3):
            x = 2 * tensor(*shape) + 1
            y = layer(x).detach().numpy()
            np.testing.assert_allclose(y.mean(over), 0, atol=1e-12)
            np.testing.assert_allclose(y.var(over), 1, rtol=1e-12)  # of the batch, biased
            rows = x.numpy()
            mean = 0.9 * mean + 0.1 * rows.mean(over)
            var = 0.9 * var + 0.1 * rows.var(over, ddof=1)  # remembered without bias, as PyTorch does
        remembered = dict(layer.named_buffers())
        np.testing.assert_allclose(remembered["running_mean"].numpy(), mean, rtol=1e-12)
        np.testing.assert_allclose(remembered["running_var"].numpy(), var, rtol=1e-12)
        layer.eval()
        x = tensor(*shape)
        lifted = [-1 if axis == 1 else 1 for axis in range(len(shape))]
        expected = (x.numpy() - mean.reshape(lifted)) / np.sqrt(var.reshape(lifted))
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=1e-10)
        assert (layer(x)[:3] == layer(x[:3])).all()
    # Of two samples nothing but the order is left: each feature is 1 in one and -1 in the other.
    y = nn.BatchNorm1d(6, eps=0.0, affine=False, dtype=ravine.float64)(tensor(2, 6))
    np.testing.assert_allclose(np.abs(y.numpy()), 1, rtol=1e-12)


def windows(x, k, s, p, fill):
    """The windows of a padded plane (H, W): a list of rows of flat windows."""
    x = np.pad(x, p, constant_values=fill)
    height, width = ((n - k) // s + 1 for n in x.shape)
    return [[x[i * s : i * s + k, j * s : j * s + k] for j in range(width)] for i in range(height)]


def test_row_110_pooling_is_the_greatest_or_the_mean_of_windows():
    x = tensor(2, 3, 11, 9)
    for k, s, p in ((2, 2, 0), (3, 2, 1), (3, 1, 0), (4, 3, 2)):
        for got, fill, reduce in (
            (F.max_pool2d(x, k, s, p), -np.inf, np.max),
            (F.avg_pool2d(x, k, s, p), 0.0, np.mean),
        ):
            planes = x.numpy().reshape(-1, 11, 9)
            expected = [[[reduce(w) for w in row] for row in windows(a, k, s, p, fill)] for a in planes]
            np.testing.assert_allclose(got.numpy().reshape(len(planes), *got.shape[2:]), expected, rtol=1e-12)
    # ceil_mode lets the last window hang over the edge, where there is nothing.
    line = ravine.arange(1.0, 8.0).reshape(1, 1, 7)
    assert F.max_pool1d(line, 3, 2, ceil_mode=False).tolist() == [[[3, 5, 7]]]
    assert F.max_pool1d(line, 2, 2, ceil_mode=True).tolist() == [[[2, 4, 6, 7]]]
    assert F.avg_pool1d(line, 2, 2, ceil_mode=True).tolist() == [[[1.5, 3.5, 5.5, 7]]]
    np.testing.assert_allclose(nn.AdaptiveAvgPool2d(1)(x).flatten(2).numpy()[..., 0], x.numpy().mean((2, 3)))
    np.testing.assert_allclose(F.adaptive_max_pool2d(x, 1)[..., 0, 0].numpy(), x.numpy().max((2, 3)))


def test_row_114_upsampling_grows_as_the_formula_says():
    for n, k, s, p, d in product((4, 7), (1, 3), (1, 2, 3), (0, 1), (1, 2)):
        for op in range(max(s, d)):
            size = (n - 1) * s - 2 * p + d * (k - 1) + op + 1
            x, weight = tensor(1, 2, n), tensor(2, 3, k)
            if size < 1:
                continue
            y = F.conv_transpose1d(x, weight, stride=s, padding=p, output_padding=op, dilation=d)
            assert tuple(y.shape) == (1, 3, size)
            if op >= s:
                continue
            # A transposed convolution is what flows back through a convolution.
            z = tensor(1, 3, size).requires_grad_()
            forward = F.conv1d(z, weight, stride=s, padding=p, dilation=d)
            (back,) = autograd.grad(forward, z, x)
            np.testing.assert_allclose(y.numpy(), back.numpy(), rtol=1e-10, atol=1e-12)
    assert F.interpolate(ravine.tensor([[[1.0, 2.0]]]), scale_factor=2).tolist() == [[[1, 1, 2, 2]]]
    # A plane stays a plane: everywhere with the corners aligned, else away from the edges.
    i, j = ravine.meshgrid(*ravine.arange(5, dtype=ravine.float64).expand(2, 5), indexing="ij")
    plane = (2 * i - 3 * j + 1)[None, None]
    ticks = np.linspace(0, 4, 9)
    expected = 2 * ticks[:, None] - 3 * ticks[None] + 1
    got = F.interpolate(plane, size=(9, 9), mode="bilinear", align_corners=True)
    np.testing.assert_allclose(got[0, 0].numpy(), expected, rtol=1e-12, atol=1e-12)
    ticks = (np.arange(10) + 0.5) / 2 - 0.5
    expected = 2 * ticks[:, None] - 3 * ticks[None] + 1
    got = F.interpolate(plane, size=(10, 10), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(got[0, 0].numpy()[1:-1, 1:-1], expected[1:-1, 1:-1], rtol=1e-12, atol=1e-12)


def convolved(x, weight, s, p, d, groups):
    """By the definition: each output is a sum over a window, gathered (im2col) and multiplied."""
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    outs, ins, k, _ = weight.shape
    size = [(n - d * (k - 1) - 1) // s + 1 for n in x.shape[2:]]
    y = np.zeros((len(x), outs, *size))
    for o in range(outs):
        g = o // (outs // groups)
        for c, a, b in product(range(ins), range(k), range(k)):
            part = x[:, g * ins + c, a * d :: s, b * d :: s][:, : size[0], : size[1]]
            y[:, o] += weight[o, c, a, b] * part
    return y


def test_row_118_channels_groups_and_depthwise():
    x = tensor(2, 6, 8, 7)
    for groups, outs in ((1, 4), (2, 4), (3, 6), (6, 6), (6, 12)):
        layer = nn.Conv2d(6, outs, 3, padding=1, groups=groups, bias=False, dtype=ravine.float64)
        assert layer.weight.numel() == outs * (6 // groups) * 9
        expected = convolved(x.numpy(), layer.weight.detach().numpy(), 1, 1, 1, groups)
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, rtol=1e-10, atol=1e-12)


def test_row_119_stride_and_the_size_that_comes_out():
    for n, k, s, p, d in product((7, 10), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2)):
        size = (n + 2 * p - d * (k - 1) - 1) // s + 1
        x, weight = tensor(1, 2, n, n), tensor(3, 2, k, k)
        y = F.conv2d(x, weight, stride=s, padding=p, dilation=d)
        assert tuple(y.shape) == (1, 3, size, size)
        expected = convolved(x.numpy(), weight.numpy(), s, p, d, 1)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10, atol=1e-12)


def test_row_121_dilation_is_a_kernel_with_zeros_between():
    layer = nn.Conv1d(1, 1, 3, dilation=2, bias=False, dtype=ravine.float64)
    assert layer.weight.numel() == 3
    x = tensor(1, 1, 20).requires_grad_()
    wide = ravine.zeros(1, 1, 5, dtype=ravine.float64)
    wide[..., ::2] = layer.weight.detach()
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), F.conv1d(x, wide).detach().numpy(), rtol=1e-12)
    (reached,) = autograd.grad(y[0, 0, 6], x)
    assert reached[0, 0].nonzero().flatten().tolist() == [6, 8, 10]  # a field of 5, of which 3 are read
