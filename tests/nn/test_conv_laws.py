"""What convolution, pooling and resampling must do whatever the numbers are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import ravine as rv
from ravine.nn import functional as F

RNG = np.random.default_rng(0)


def tensor(*shape):
    return rv.tensor(RNG.normal(size=shape), dtype=rv.float64)


def close(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-11, atol=1e-11)


def test_sizes_follow_the_formulas():
    """Every combination, also where the formula says that there is no result."""
    for n, k, s, p, d in itertools.product((1, 2, 5, 8), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2)):
        reach = d * (k - 1) + 1
        size = (n + 2 * p - reach) // s + 1
        x, w = rv.zeros(1, 1, n), rv.zeros(1, 1, k)
        if n + 2 * p < reach:
            with pytest.raises(rv.Error, match="larger than the input"):
                F.conv1d(x, w, None, s, p, d)
        else:
            assert F.conv1d(x, w, None, s, p, d).shape == (1, 1, size)
            # The transpose goes back, with output_padding for what the division lost.
            lost = (n + 2 * p - reach) % s
            back = F.conv_transpose1d(rv.zeros(1, 1, size), w, None, s, p, lost, 1, d)
            assert back.shape == (1, 1, n)
            if p <= reach // 2:
                assert F.max_pool1d(x, k, s, p, d).shape == (1, 1, size)
            if s == 1:
                assert F.conv1d(x, w, None, 1, "same", d).shape == (1, 1, n)
        if p <= k // 2 and n + 2 * p - k + s - 1 >= 0:
            up = -((k - n - 2 * p) // s) + 1
            up -= (up - 1) * s >= n + p
            assert F.avg_pool1d(x, k, s, p, ceil_mode=True).shape == (1, 1, up)


def test_conv_is_a_toeplitz_matrix():
    for n, k, s, p, d in [
        (7, 3, 1, 0, 1),
        (8, 3, 2, 1, 1),
        (9, 2, 1, 2, 3),
        (6, 4, 3, 2, 1),
        (5, 5, 1, 2, 1),
    ]:
        x, w = tensor(2, 1, n), tensor(1, 1, k)
        y = F.conv1d(x, w, None, s, p, d)
        matrix = np.zeros((y.shape[-1], n))
        for i, tap in itertools.product(range(y.shape[-1]), range(k)):
            j = i * s + tap * d - p
            if 0 <= j < n:
                matrix[i, j] = w.numpy()[0, 0, tap]
        toeplitz = rv.tensor(matrix, dtype=rv.float64)
        close(y, x @ toeplitz.transpose(0, 1))
        lost = n - ((y.shape[-1] - 1) * s - 2 * p + d * (k - 1) + 1)
        g = tensor(2, 1, y.shape[-1])
        close(F.conv_transpose1d(g, w, None, s, p, lost, 1, d), g @ toeplitz)


def test_a_transposed_convolution_is_the_input_cotangent():
    for s, p, d, groups in itertools.product((1, 2), (0, 1), (1, 2), (1, 2)):
        x = tensor(2, 4, 9, 8).requires_grad_()
        w = tensor(6, 4 // groups, 3, 2)
        y = F.conv2d(x, w, None, s, p, d, groups)
        g = tensor(*y.shape)
        (wanted,) = rv.autograd.grad(y, x, g)
        lost = [
            n - ((m - 1) * s - 2 * p + d * (k - 1) + 1)
            for n, m, k in zip((9, 8), y.shape[2:], (3, 2), strict=True)
        ]
        close(F.conv_transpose2d(g, w, None, s, p, lost, groups, d), wanted)


def test_circular_convolution_commutes_with_shifts():
    x, w = tensor(2, 3, 8, 7), tensor(4, 3, 3, 3)

    def conv(x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), w)

    def shift(x):
        x = rv.cat([x[:, :, 3:], x[:, :, :3]], dim=2)
        return rv.cat([x[..., 5:], x[..., :5]], dim=3)

    close(conv(shift(x)), shift(conv(x)))


def test_groups_are_independent_convolutions():
    x, w, b = tensor(2, 6, 7, 7), tensor(9, 2, 3, 3), tensor(9)
    parts = [
        F.conv2d(x[:, 2 * g : 2 * g + 2], w[3 * g : 3 * g + 3], b[3 * g : 3 * g + 3], padding=1)
        for g in range(3)
    ]
    close(F.conv2d(x, w, b, padding=1, groups=3), rv.cat(parts, dim=1))
    ups = [F.conv_transpose2d(x[:, 2 * g : 2 * g + 2], w[2 * g : 2 * g + 2], stride=2) for g in range(3)]
    close(F.conv_transpose2d(x, w[:6], stride=2, groups=3), rv.cat(ups, dim=1))


def test_convolution_is_a_product_with_patches():
    x, w = tensor(2, 3, 8, 7), tensor(5, 3, 3, 2)
    for s, p, d in [(1, 0, 1), (2, 1, 1), (1, 2, 2)]:
        y = F.conv2d(x, w, None, s, p, d)
        columns = F.unfold(x, (3, 2), d, p, s)
        close(y, (w.reshape(5, -1) @ columns).reshape(*y.shape))


def test_fold_counts_the_patches_that_cover_an_element():
    x = tensor(2, 3, 6, 7)
    for o in [(2, 1, 0, 1), (3, 1, 1, 2), ((2, 3), 2, 1, 1)]:
        cover = F.fold(F.unfold(rv.ones(2, 3, 6, 7, dtype=rv.float64), *o), (6, 7), *o)
        close(F.fold(F.unfold(x, *o), (6, 7), *o), x * cover)


def test_linear_interpolation_reproduces_planes():
    i, j = rv.arange(5, dtype=rv.float64).unsqueeze(1), rv.arange(7, dtype=rv.float64)
    plane = (2.0 - 3.0 * i + 0.5 * j).reshape(1, 1, 5, 7)
    for height, width in [(9, 13), (5, 7), (3, 4), (11, 2), (6, 20)]:
        y = F.interpolate(plane, size=(height, width), mode="bilinear", align_corners=True)
        i, j = np.linspace(0, 4, height)[:, None], np.linspace(0, 6, width)
        close(y[0, 0], rv.tensor(2.0 - 3.0 * i + 0.5 * j, dtype=rv.float64))
        y = F.interpolate(plane, size=(height, width), mode="bilinear", align_corners=False)
        # Between the centres of the first and the last elements; beyond them the border continues.
        i = np.clip((np.arange(height)[:, None] + 0.5) * 5 / height - 0.5, 0, 4)
        j = np.clip((np.arange(width) + 0.5) * 7 / width - 0.5, 0, 6)
        close(y[0, 0], rv.tensor(2.0 - 3.0 * i + 0.5 * j, dtype=rv.float64))


def test_nearest_by_a_whole_number_repeats():
    x = tensor(2, 3, 4, 5)
    y = F.interpolate(x, scale_factor=(2, 3)).numpy()
    np.testing.assert_array_equal(y, x.numpy().repeat(2, 2).repeat(3, 3))
    whole = rv.tensor([[[[1, 2]]]])
    assert F.interpolate(whole, scale_factor=2).tolist() == [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]


def test_pooling_of_pooling():
    """Windows side by side: pooling by 6 is pooling by 2 and then by 3; adapting to n / 6 is the same."""
    x = tensor(2, 3, 12, 18)
    close(F.max_pool2d(F.max_pool2d(x, 2), 3), F.max_pool2d(x, 6))
    close(F.avg_pool2d(F.avg_pool2d(x, 2), 3), F.avg_pool2d(x, 6))
    close(F.adaptive_avg_pool2d(x, (2, 3)), F.avg_pool2d(x, 6))
    close(F.adaptive_max_pool2d(x, (2, 3)), F.max_pool2d(x, 6))
    close(F.adaptive_avg_pool2d(x, 1)[..., 0, 0], x.mean((2, 3)))
    close(F.adaptive_avg_pool2d(x, (None, None)), x)


def test_the_first_of_equal_elements_gets_the_gradient():
    x = rv.zeros(1, 1, 2, 4, dtype=rv.float64).requires_grad_()
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[[[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]]


def test_nan_reaches_every_window_that_sees_it():
    x = RNG.normal(size=(1, 1, 6, 6))
    x[0, 0, 2, 2] = np.nan
    for f in (lambda x: F.max_pool2d(x, 3, 1), lambda x: F.avg_pool2d(x, 3, 1)):
        seen = np.isnan(f(rv.tensor(x)).numpy()[0, 0])
        assert seen[:3, :3].all()
        assert seen.sum() == 9


def test_threads_do_not_change_a_bit():
    x, w = (
        rv.tensor(RNG.normal(size=(6, 8, 40, 37))).float(),
        rv.tensor(RNG.normal(size=(8, 4, 3, 3))).float(),
    )

    def results():
        leaf = x.detach().clone().requires_grad_()
        ys = [
            F.max_pool2d(leaf, 3, 2, 1),
            F.avg_pool2d(leaf, 3, 2, 1),
            F.adaptive_avg_pool2d(leaf, (7, 9)),
            F.conv2d(leaf, w, groups=2, padding=1),
            F.conv_transpose2d(leaf, w, stride=2, groups=2),
            F.fold(F.unfold(leaf, 3), (40, 37), 3),
            F.interpolate(leaf, scale_factor=2),
        ]
        loss = rv.stack([(y * y).sum() for y in ys]).sum()
        return [y.detach().numpy() for y in ys] + [rv.autograd.grad(loss, leaf)[0].numpy()]

    threads = rv.get_num_threads()
    try:
        rv.set_num_threads(1)
        one = results()
        rv.set_num_threads(2)
        two = results()
    finally:
        rv.set_num_threads(threads)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_view_of_windows_is_not_written_through():
    """Overlapping elements share memory; an in-place op on the result must not."""
    x = rv.arange(6.0)
    windows = x.unfold(0, 3, 1)
    windows += 1
    assert windows.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6]]
    assert x.tolist() == [0, 1, 2, 3, 4, 5]
    windows = rv.arange(6.0).unfold(0, 3, 1)
    windows[1, 1] = 9
    assert windows.tolist() == [[0, 1, 2], [1, 9, 3], [2, 3, 4], [3, 4, 5]]


MISTAKES = [
    (lambda: F.max_pool2d(rv.ones(3, 3), 2), "input must have 4"),
    (lambda: F.max_pool2d(rv.ones(1, 3, 3), 2, padding=2), "padding 2 is more than half of the window"),
    (lambda: F.max_pool2d(rv.ones(1, 3, 3), (2, 2, 2)), "kernel_size has 3 numbers"),
    (lambda: F.max_pool2d(rv.ones(1, 3, 3), 0), "kernel_size is 0. It must be at least 1"),
    (lambda: F.max_pool2d(rv.ones(1, 0, 3), 1), "no elements in a spatial dimension"),
    (lambda: F.max_pool2d(rv.ones(1, 3, 3) > 0, 2), "got bool, needs numbers"),
    (lambda: F.avg_pool2d(rv.ones(1, 3, 3), 4), "a window that spans 4 is larger than the input"),
    (lambda: F.avg_pool2d(rv.arange(9).reshape(1, 3, 3), 2), "got int64, needs a floating dtype"),
    (lambda: F.avg_pool2d(rv.ones(1, 3, 3), 2, divisor_override=0), "divisor_override is 0"),
    (lambda: F.adaptive_avg_pool2d(rv.ones(1, 3, 3), (1, 2, 3)), "output_size has 3 numbers"),
    (
        lambda: F.conv1d(rv.ones(1, 3, 8), rv.ones(4, 2, 3)),
        "has 3 channels, weight .* expects 2 x 1 groups = 2",
    ),
    (lambda: F.conv1d(rv.ones(1, 3, 8), rv.ones(4, 3, 3, 3)), "weight must have 3"),
    (lambda: F.conv_transpose2d(rv.ones(1, 3, 4, 4), rv.ones(4, 3, 3, 3)), "weight .* expects 4"),
    (lambda: F.conv_transpose1d(rv.ones(1, 3, 4), rv.ones(3, 2, 3), output_padding=1), "output_padding is 1"),
    (lambda: F.conv_transpose1d(rv.ones(1, 3, 1), rv.ones(3, 2, 1), padding=1), "without elements"),
    (lambda: F.conv_transpose1d(rv.ones(1, 3, 4), rv.ones(3, 2, 3), rv.ones(3)), "bias has shape"),
    (lambda: F.unfold(rv.ones(1, 3, 3), 4), "the kernel .* is larger than the image"),
    (lambda: F.fold(rv.ones(1, 5, 4), (3, 3), 2), "must have a multiple of 4 rows"),
    (lambda: F.interpolate(rv.ones(1, 1, 4)), "one of size and scale_factor"),
    (lambda: F.interpolate(rv.ones(1, 1, 4), size=8, mode="cubic"), "mode='cubic' is not offered"),
    (lambda: F.interpolate(rv.ones(1, 1, 4), size=8, mode="bilinear"), "needs a 4-dimensional input"),
    (lambda: F.pixel_shuffle(rv.ones(3, 2, 2), 2), "3 channels do not split"),
    (lambda: rv.ones(3).unfold(0, 4, 1), "size is 4, dimension 0 has 3 elements"),
]


def test_mistakes_are_named():
    for call, message in MISTAKES:
        with pytest.raises((rv.Error, ValueError), match=message):
            call()
