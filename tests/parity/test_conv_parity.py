"""Convolution, pooling and resampling against torch: values, gradients (per sample too), second order."""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn
from ravine.nn import functional as F

TF = torch.nn.functional
# Sums of at most some hundred products of numbers of order 1, in float64.
TOLERANCE = 1e-11
FAILURES = (rv.Error, ValueError)

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@pytest.fixture(autouse=True)
def one_thread():
    """For torch, whose threads cost more than such small tensors give."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def near(mine, theirs, what):
    mine, theirs = np.asarray(mine.detach().numpy()), theirs.detach().numpy()
    assert mine.shape == theirs.shape, what
    scale = max(1.0, np.abs(theirs).max()) if theirs.size else 1.0
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=TOLERANCE * scale, err_msg=str(what))


def outcome(failures, call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except failures:
        return None


def compare(function, shapes, *args, **kwargs):
    """Values, gradients and gradients of gradients; or an error on both sides, and then False.

    `function` is a name in both libraries' functional, or what to call in each.
    """
    mine, theirs = function if isinstance(function, tuple) else (getattr(F, function), getattr(TF, function))
    what = (function, shapes, args, kwargs)
    rng = np.random.default_rng(0)
    data = [rng.normal(size=shape) for shape in shapes]
    xs = [rv.tensor(x, dtype=rv.float64, requires_grad=True) for x in data]
    ts = [torch.tensor(x, requires_grad=True) for x in data]
    y = outcome(FAILURES, mine, *xs, *args, **kwargs)
    t = outcome((RuntimeError, ValueError), theirs, *ts, *args, **kwargs)
    assert (y is None) == (t is None), what
    if y is None or t is None:
        return False
    near(y, t, what)
    v = rng.normal(size=tuple(t.shape))
    found = rv.autograd.grad(y, xs, rv.tensor(v, dtype=rv.float64), create_graph=True)
    wanted = torch.autograd.grad(t, ts, torch.tensor(v), create_graph=True)
    for a, b in zip(found, wanted, strict=True):
        near(a, b, what)
    if not any(g.requires_grad for g in wanted):
        return True
    # One number that depends on every gradient, differentiated again.
    again = rv.stack([(g * g).sum() for g in found]).sum()
    again_torch = torch.stack([(g * g).sum() for g in wanted if g.requires_grad]).sum()
    if again.requires_grad:
        second = rv.autograd.grad(again, xs, allow_unused=True)
        second_torch = torch.autograd.grad(again_torch, ts, allow_unused=True)
        for a, b in zip(second, second_torch, strict=True):
            if b is not None and (b != 0).any():
                assert a is not None, what
                near(a, b, what)
    return True


def test_conv1d():
    shown = 0
    for stride, padding, dilation, groups in itertools.product(
        (1, 2, 3), (0, 1, 2, "same", "valid"), (1, 2), (1, 2)
    ):
        o = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        for shape in ((2, 4, 8), (4, 9), (0, 4, 7)):
            shown += compare("conv1d", [shape, (6, 4 // groups, 3), (6,)], **o)
    assert shown > 100


def test_conv2d_with_groups():
    for stride, padding, dilation, (groups, out) in itertools.product(
        (1, (2, 1)), (0, (1, 2)), (1, (1, 2)), ((1, 3), (2, 6), (4, 4), (4, 8))
    ):
        o = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        assert compare("conv2d", [(2, 4, 7, 6), (out, 4 // groups, 3, 2), (out,)], **o)


def test_conv_transpose():
    shown = 0
    for stride, padding, more, dilation, groups in itertools.product(
        (1, 2, 3), (0, 1, 2), (0, 1, 2), (1, 3), (1, 2)
    ):
        o = {"stride": stride, "padding": padding, "output_padding": more, "dilation": dilation}
        o["groups"] = groups
        shown += compare("conv_transpose1d", [(2, 4, 5), (4, 3, 2), (3 * groups,)], **o)
        shown += compare("conv_transpose2d", [(4, 3, 4), (4, 3, 3, 2), (3 * groups,)], **o)
    assert shown > 80


def test_max_pool():
    """Values, indices and gradients; ties, NaN and infinities included."""
    rng = np.random.default_rng(0)
    shown = 0
    for shape in ((2, 3, 7, 9), (1, 2, 20, 37), (5, 18, 3)):
        for o in itertools.product((1, 2, (3, 2)), (None, 1, 2, 3), (0, 1), (1, 2), (False, True), (True,)):
            x = np.round(rng.normal(size=shape) * 2)
            if rng.random() < 0.3:
                x.flat[rng.integers(x.size, size=5)] = rng.choice([np.nan, np.inf, -np.inf], 5)
            a, b = rv.tensor(x, dtype=rv.float64, requires_grad=True), torch.tensor(x, requires_grad=True)
            mine, theirs = outcome(FAILURES, F.max_pool2d, a, *o), outcome(RuntimeError, TF.max_pool2d, b, *o)
            assert (mine is None) == (theirs is None), (shape, o)
            if mine is None or theirs is None:
                continue
            (y, at), (t, places) = mine, theirs
            np.testing.assert_array_equal(y.detach().numpy(), t.detach().numpy(), err_msg=str((shape, o)))
            np.testing.assert_array_equal(at.numpy(), places.numpy(), err_msg=str((shape, o)))
            g = rng.normal(size=tuple(t.shape))
            y.backward(rv.tensor(g, dtype=rv.float64))
            t.backward(torch.tensor(g))
            assert a.grad is not None
            assert b.grad is not None
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=0, atol=1e-12)
            shown += 1
    assert shown > 150


def test_avg_pool():
    for o in itertools.product((2, (3, 2)), (None, 1, 3), (0, 1), (False, True), (False, True), (None, 3)):
        assert compare("avg_pool2d", [(2, 3, 7, 20)], *o)
    for k, s, p, ceil, include in itertools.product((2, 3), (None, 2), (0, 1), (False, True), (False, True)):
        assert compare("avg_pool1d", [(3, 9)], k, s, p, ceil, include)
        assert compare("max_pool1d", [(2, 3, 9)], k, s, p, 1, ceil)


def test_adaptive_pool():
    for size in (1, 2, 5, (4, 7), (None, 3), (2, None), (12, 1)):
        for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
            assert compare(name, [(2, 3, 7, 9)], size)
            assert compare(name, [(3, 5, 18)], size)
        x = np.random.default_rng(1).normal(size=(2, 3, 7, 9))
        at = F.adaptive_max_pool2d(rv.tensor(x), size, return_indices=True)[1]
        places = TF.adaptive_max_pool2d(torch.tensor(x), cast("Any", size), return_indices=True)[1]
        np.testing.assert_array_equal(at.numpy(), places.numpy())
    for size in (1, 3, 8):
        assert compare("adaptive_avg_pool1d", [(2, 3, 7)], size)
        assert compare("adaptive_max_pool1d", [(2, 3, 7)], size)


def test_patches():
    for o in itertools.product((2, (3, 2)), (1, 2), (0, 1), (1, 2)):
        assert compare("unfold", [(2, 3, 6, 7)], *o)
        columns = tuple(TF.unfold(torch.zeros(2, 3, 6, 7), *o).shape)
        assert compare("fold", [columns], (6, 7), *o)
    for o in ((0, 2, 1), (1, 3, 2), (-1, 7, 3), (2, 1, 1)):
        assert compare((rv.Tensor.unfold, torch.Tensor.unfold), [(4, 5, 9)], *o)


def test_padding_modes():
    for mode in ("constant", "reflect", "replicate", "circular"):
        for sides in ((1, 2), (2, 1, 0, 3), (0, 0, 2, 2)):
            assert compare("pad", [(2, 3, 4, 5) if len(sides) == 4 else (2, 3, 5)], sides, mode)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear", "bilinear", "area"])
def test_interpolate(mode):
    shape = (2, 3, 6) if mode == "linear" else (2, 3, 4, 5)
    options = [{"size": 7}, {"size": 3}, {"size": 1}, {"scale_factor": 2}, {"scale_factor": 3}]
    options += [{"scale_factor": 1.7}, {"scale_factor": 0.6}]
    options += [{"scale_factor": 1.7, "recompute_scale_factor": True}]
    options += [{}, {"size": 3, "scale_factor": 2}]
    if mode != "linear":
        options += [{"size": (9, 10)}, {"scale_factor": (0.5, 3.0)}, {"size": (4, 9)}]
    shown = [
        compare("interpolate", [shape], **o, mode=mode, align_corners=corners)
        for o, corners in itertools.product(options, (None, False, True))
    ]
    assert sum(shown) >= 8


def test_pixel_shuffle():
    assert compare("pixel_shuffle", [(2, 8, 3, 4)], 2)
    assert compare("pixel_unshuffle", [(2, 6, 3)], 3)


LAYERS = {
    "Conv1d": (lambda nn: nn.Conv1d(4, 6, 3, 2, 1, 2, groups=2), (2, 4, 9)),
    "Conv1d same": (lambda nn: nn.Conv1d(3, 4, 4, padding="same", bias=False), (3, 8)),
    **{
        f"Conv{n}d {mode} {padding}": (
            lambda nn, n=n, mode=mode, padding=padding: getattr(nn, f"Conv{n}d")(
                2, 3, 3, padding=padding, padding_mode=mode
            ),
            (2, 2, *(6, 5)[:n]),
        )
        for n in (1, 2)
        for mode in ("reflect", "replicate", "circular")
        for padding in (1, "same")
    },
    "ConvTranspose1d": (lambda nn: nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, groups=2), (2, 4, 5)),
    "ConvTranspose2d": (lambda nn: nn.ConvTranspose2d(4, 3, (3, 2), 2, bias=False, dilation=2), (2, 4, 5, 4)),
    "ConvTranspose2d without batch": (lambda nn: nn.ConvTranspose2d(2, 3, 3, 3, 1, 2), (2, 4, 3)),
    "MaxPool1d": (lambda nn: nn.MaxPool1d(3, 2, 1), (2, 3, 9)),
    "MaxPool2d": (lambda nn: nn.MaxPool2d((2, 3), padding=1, ceil_mode=True), (2, 3, 7, 8)),
    "AvgPool1d": (lambda nn: nn.AvgPool1d(3), (2, 3, 9)),
    "AvgPool2d": (lambda nn: nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 3, 7, 8)),
    "AdaptiveAvgPool1d": (lambda nn: nn.AdaptiveAvgPool1d(4), (2, 3, 7)),
    "AdaptiveAvgPool2d": (lambda nn: nn.AdaptiveAvgPool2d((None, 2)), (2, 3, 5, 7)),
    "AdaptiveMaxPool1d": (lambda nn: nn.AdaptiveMaxPool1d(4), (2, 3, 7)),
    "AdaptiveMaxPool2d": (lambda nn: nn.AdaptiveMaxPool2d(1), (2, 3, 5, 7)),
    "Unfold": (lambda nn: nn.Unfold((2, 3), padding=1), (2, 3, 5, 6)),
    "Fold": (lambda nn: nn.Fold((4, 5), 2), (2, 8, 12)),
    "Upsample": (lambda nn: nn.Upsample(scale_factor=2), (2, 3, 4, 5)),
    "Upsample bilinear": (lambda nn: nn.Upsample((7, 3), mode="bilinear", align_corners=True), (2, 3, 4, 5)),
    "PixelShuffle": (lambda nn: nn.PixelShuffle(2), (2, 4, 3, 3)),
    "PixelUnshuffle": (lambda nn: nn.PixelUnshuffle(2), (2, 3, 4, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, shape = LAYERS[name]
    mine, theirs = make(nn).to(rv.float64), make(torch.nn).to(torch.float64)
    assert repr(mine) == repr(theirs)
    theirs_state = theirs.state_dict()
    assert {k: tuple(v.shape) for k, v in mine.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs_state.items()
    }
    # The bounds of both libraries' starting values.
    for key, value in mine.state_dict().items():
        fan_in = np.prod(theirs_state["weight"].shape[1:])
        assert 0 < np.abs(value.numpy()).max() <= 1 / np.sqrt(fan_in) * (1 + 1e-6), key
    mine.load_state_dict({k: rv.tensor(v.numpy(), dtype=rv.float64) for k, v in theirs_state.items()})
    assert compare((mine, theirs), [shape])


def test_conv_transpose_output_size():
    mine = nn.ConvTranspose2d(2, 3, 3, stride=3, padding=1, dilation=2).to(rv.float64)
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride=3, padding=1, dilation=2).to(torch.float64)
    mine.load_state_dict({k: rv.tensor(v.numpy(), dtype=rv.float64) for k, v in theirs.state_dict().items()})
    for size in ((12, 15), (14, 17), (2, 3, 13, 15), (11, 15), (15, 15), (13,)):
        compare((mine, theirs), [(2, 2, 4, 5)], size)


def test_gradients_per_sample():
    """vmap of grad: each sample's gradient of the weights, for what a CNN is made of."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, 8, 7))
    shapes = [(4, 1, 3, 3), (4,), (4, 2, 2, 2)]
    weights = [rng.normal(size=s) for s in shapes]

    def loss(f, x, w, b, up):
        y = f.max_pool2d(f.conv2d(x, w, b, padding=1, groups=2), 2)
        y = f.avg_pool2d(f.conv_transpose2d(y, up, stride=2), 3, 2, 1)
        y = f.interpolate(y[None], size=(3, 5), mode="bilinear")[0]
        return (f.unfold(y, 2) ** 2).sum()

    found = rv.func.vmap(rv.func.grad(lambda w, x: loss(F, x, *w)), in_dims=(None, 0))(
        tuple(rv.tensor(w, dtype=rv.float64) for w in weights), rv.tensor(x, dtype=rv.float64)
    )
    for i in range(len(x)):
        leaves = [torch.tensor(w, requires_grad=True) for w in weights]
        loss(TF, torch.tensor(x[i]), *leaves).backward()
        for g, leaf in zip(found, leaves, strict=True):
            near(g[i], leaf.grad, i)


def test_half_precision_rounds_once():
    """float16 and bfloat16: the float32 result, rounded."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4, 9, 9)), rng.normal(size=(4, 4, 3, 3))
    for dtype in (rv.float16, rv.bfloat16):
        a, b = rv.tensor(x).to(dtype), rv.tensor(w).to(dtype)
        for f in (
            lambda x, w: F.conv2d(x, w, padding=1),
            lambda x, w: F.conv_transpose2d(x, w, stride=2),
            lambda x, w: F.max_pool2d(x, 3, 2),
            lambda x, w: F.avg_pool2d(x, 3, 2, 1),
        ):
            y, wide = f(a, b), f(a.float(), b.float())
            assert y.dtype is dtype
            assert (y == wide.to(dtype)).all().item()
