"""Stochastic depth and patches: DropPath, PatchEmbed, patchify and its inverse."""

from math import sqrt

import numpy as np
import pytest

import ravine
from ravine import errors, nn
from ravine.models import patchify, unpatchify
from ravine.nn import functional as F


def test_row_102_a_block_is_dropped_with_its_probability_and_by_the_linear_rule():
    ravine.manual_seed(0)
    n = 20_000
    for p in (0.0, 0.2, 0.5, 0.9, 1.0):
        layer = nn.DropPath(p)
        y = layer(ravine.ones(n, 2, 3))
        whole = y.flatten(1)
        assert (whole == whole[:, :1]).all(), "a sample is dropped as a whole"
        kept = (whole[:, 0] != 0).sum().item()
        assert abs(kept - n * (1 - p)) <= 3 * sqrt(n * p * (1 - p))
        if p < 1:
            assert y.max().item() == pytest.approx(1 / (1 - p))
        x = ravine.randn(7, 3)
        assert (layer.eval()(x) == x).all()
    x = ravine.ones(64, 5, requires_grad=True)
    y = nn.DropPath(0.5)(x)
    y.sum().backward()
    assert x.grad is not None
    assert (x.grad == y).all()
    assert tuple(nn.DropPath(0.5)(ravine.zeros(0, 3)).shape) == (0, 3)
    assert tuple(nn.DropPath(0.5)(ravine.zeros(9)).shape) == (9,)
    np.testing.assert_allclose(nn.DropPath.linear(0.3, 4), [0.0, 0.1, 0.2, 0.3])
    assert nn.DropPath.linear(0.3, 1) == [0.0]


def test_row_158_patches_are_a_strided_convolution_and_come_together_again():
    ravine.manual_seed(0)
    for channels, width, size, height, columns in ((3, 5, 4, 8, 12), (1, 2, 1, 3, 2), (2, 7, 3, 3, 3)):
        layer = nn.PatchEmbed(channels, width, size).double()
        x = ravine.randn(2, channels, height, columns, dtype=ravine.float64)
        weight, bias = layer.proj.weight, layer.proj.bias
        assert bias is not None
        # One product with every patch, cut out by NumPy.
        cut = x.numpy().reshape(2, channels, height // size, size, columns // size, size)
        cut = cut.transpose(0, 2, 4, 1, 3, 5).reshape(2, -1, channels * size * size)
        expected = cut @ weight.detach().numpy().reshape(width, -1).T + bias.detach().numpy()
        np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-12)
        strided = F.conv2d(x, weight, bias, stride=size).flatten(2).transpose(1, 2)
        assert (layer(x) == strided).all()
        assert (patchify(x, size).numpy() == cut).all()
        assert (unpatchify(patchify(x, size), size, height, columns) == x).all()
    with ravine.device("meta"):
        tokens = nn.PatchEmbed(3, 768, 16)(ravine.zeros(2, 3, 224, 224))
    assert tuple(tokens.shape) == (2, 196, 768)
    assert sum(p.numel() for p in nn.PatchEmbed(3, 8, 4).parameters()) == 8 * (3 * 16 + 1)


def test_pictures_that_patches_do_not_cover():
    with pytest.raises(errors.ShapeError, match=r"multiples of 3"):
        patchify(ravine.zeros(1, 1, 4, 6), 3)
    with pytest.raises(errors.ShapeError, match=r"\(N, 4, C \* 4\)"):
        unpatchify(ravine.zeros(1, 3, 4), 2, 4, 4)
