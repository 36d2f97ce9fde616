"""Activation layers and functions against torch: values, gradients and second order, at kinks as well."""

import math

import numpy as np
import pytest
import torch

import ravine as rv
from parity.test_nn_parity import DTYPES, close, compare, pair
from ravine import nn
from ravine.nn import functional as F

LAYERS = {
    "SiLU": lambda nn: nn.SiLU(),
    "Mish": lambda nn: nn.Mish(),
    "Softplus": lambda nn: nn.Softplus(),
    "Softplus with options": lambda nn: nn.Softplus(beta=2.0, threshold=1.5),
    "Softsign": lambda nn: nn.Softsign(),
    "LogSigmoid": lambda nn: nn.LogSigmoid(),
    "ELU": lambda nn: nn.ELU(),
    "ELU with alpha": lambda nn: nn.ELU(0.4),
    "SELU": lambda nn: nn.SELU(),
    "CELU": lambda nn: nn.CELU(2.0),  # torch keeps other reciprocals in float32
    "GLU": lambda nn: nn.GLU(),
    "GLU of dim 0": lambda nn: nn.GLU(0),
    "LeakyReLU": lambda nn: nn.LeakyReLU(),
    "LeakyReLU with slope": lambda nn: nn.LeakyReLU(0.3),
    "PReLU": lambda nn: nn.PReLU(),
    "PReLU of channels": lambda nn: nn.PReLU(6, init=0.1),
    "Hardtanh": lambda nn: nn.Hardtanh(),
    "Hardtanh with ends": lambda nn: nn.Hardtanh(-0.5, 2.0),
    "ReLU6": lambda nn: nn.ReLU6(),
    "Hardswish": lambda nn: nn.Hardswish(),
    "Tanhshrink": lambda nn: nn.Tanhshrink(),
    "Softshrink": lambda nn: nn.Softshrink(),
    "Softshrink with lambd": lambda nn: nn.Softshrink(1.0),
    "Hardshrink": lambda nn: nn.Hardshrink(),
    "Hardshrink with lambd": lambda nn: nn.Hardshrink(1.0),
    "Threshold": lambda nn: nn.Threshold(0.3, -2.0),
    "Softmin": lambda nn: nn.Softmin(dim=1),
    "Dropout1d at rest": lambda nn: nn.Dropout1d(0.5).eval(),
    "AlphaDropout at rest": lambda nn: nn.AlphaDropout(0.5).eval(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, rng):
    for shape in ((4, 6), (2, 6, 4)):
        for dtype in DTYPES.values():
            mine, theirs = pair(LAYERS[name], dtype, rng)
            x = 3 * rng.normal(size=shape)
            x_mine = rv.tensor(x, dtype=dtype[0], requires_grad=True)
            x_theirs = torch.tensor(x, dtype=dtype[1], requires_grad=True)
            compare(
                lambda mine=mine, x=x_mine: mine(x),
                lambda theirs=theirs, x=x_theirs: theirs(x),
                [x_mine, *mine.parameters()],
                [x_theirs, *theirs.parameters()],
                dtype,
                rng,
            )


#: Where one straight piece ends; both libraries choose the same side. Without those of torch's own choice.
KINKS = {
    "relu6": (F.relu6, torch.nn.functional.relu6),
    "hardtanh": (F.hardtanh, torch.nn.functional.hardtanh),
    "hardswish": (F.hardswish, torch.nn.functional.hardswish),
    "softshrink": (F.softshrink, torch.nn.functional.softshrink),
    "hardshrink": (F.hardshrink, torch.nn.functional.hardshrink),
    "leaky_relu": (F.leaky_relu, torch.nn.functional.leaky_relu),
    "elu": (lambda x: F.elu(x, 0.5), lambda x: torch.nn.functional.elu(x, 0.5)),
    "selu": (F.selu, torch.nn.functional.selu),
    "celu": (lambda x: F.celu(x, 0.5), lambda x: torch.nn.functional.celu(x, 0.5)),
    "threshold": (lambda x: F.threshold(x, 1.0, 5.0), lambda x: torch.nn.functional.threshold(x, 1.0, 5.0)),
    "softplus": (lambda x: F.softplus(x, 2.0, 6.0), lambda x: torch.nn.functional.softplus(x, 2.0, 6.0)),
    "softsign": (F.softsign, torch.nn.functional.softsign),
    "silu": (F.silu, torch.nn.functional.silu),
    "mish": (F.mish, torch.nn.functional.mish),
    "logsigmoid": (F.logsigmoid, torch.nn.functional.logsigmoid),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_and_tails(name):
    points = np.array([-1e4, -100, -50, -6, -3, -1, -0.5, -0.0, 0.0, 0.5, 1, 3, 6, 20, 50, 100, 1e4])
    mine, theirs = rv.tensor(points, requires_grad=True), torch.tensor(points, requires_grad=True)
    ours, wanted = KINKS[name]
    y, z = ours(mine), wanted(theirs)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=2e-14, atol=1e-40)
    y.sum().backward()
    z.sum().backward()
    assert mine.grad is not None
    assert theirs.grad is not None
    np.testing.assert_allclose(mine.grad.numpy(), theirs.grad.numpy(), rtol=2e-13, atol=1e-38)


def test_hardsigmoid():
    """Of torch, values alone: its slope is a float32 1/6, and has no derivative."""
    assert repr(nn.Hardsigmoid()) == repr(torch.nn.Hardsigmoid())
    points = np.array([-1e4, -3, -2.9, -1, 0, 1, 2.9, 3, 1e4])
    x = rv.tensor(points, requires_grad=True)
    y = nn.Hardsigmoid()(x)
    np.testing.assert_allclose(
        y.detach().numpy(),
        torch.nn.functional.hardsigmoid(torch.tensor(points)).numpy(),
        rtol=1e-15,
        atol=1e-15,
    )
    (slope,) = rv.autograd.grad(y.sum(), (x,))
    np.testing.assert_allclose(slope.numpy(), np.where(np.abs(points) < 3, 1 / 6, 0), rtol=1e-15)


INPLACE = [
    "silu",
    "mish",
    "elu",
    "selu",
    "celu",
    "leaky_relu",
    "hardtanh",
    "relu6",
    "hardsigmoid",
    "hardswish",
]


def test_in_place(rng):
    for name in INPLACE:
        x = rng.normal(size=(3, 4))
        mine, theirs = rv.tensor(x), torch.tensor(x)
        result = getattr(F, name)(mine, inplace=True)
        getattr(torch.nn.functional, name)(theirs, inplace=True)
        assert result is mine
        close(mine, theirs, 1e-13, name)
    for name in ("elu_", "selu_", "celu_", "leaky_relu_", "hardtanh_", "relu_"):
        x = rng.normal(size=(3, 4))
        mine, theirs = rv.tensor(x), torch.tensor(x)
        getattr(F, name)(mine)
        getattr(torch.nn.functional, name)(theirs)
        close(mine, theirs, 1e-13, name)


def test_normalize(rng):
    for shape, dim in (((4, 5), 1), ((4, 5), 0), ((2, 3, 4), -1), ((3,), 0)):
        for p in (1.0, 2.0, 3.0, math.inf):
            x = rng.normal(size=shape)
            mine, theirs = rv.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
            compare(
                lambda mine=mine, p=p, dim=dim: F.normalize(mine, p, dim),
                lambda theirs=theirs, p=p, dim=dim: torch.nn.functional.normalize(theirs, p, dim),
                [mine],
                [theirs],
                DTYPES["float64"],
                rng,
            )
    zero = rv.zeros(2, 3, requires_grad=True)
    F.normalize(zero).sum().backward()
    assert zero.grad is not None
    assert np.isfinite(zero.grad.numpy()).all()


def test_gumbel_softmax():
    """Hard samples have the probabilities softmax(logits), and the gradient of soft ones."""
    rv.manual_seed(3)
    p = np.array([0.1, 0.2, 0.7])
    logits = rv.tensor(np.log(p), dtype=rv.float32).expand(20000, 3)
    samples = F.gumbel_softmax(logits, tau=0.5, hard=True)
    counts = samples.sum(0).numpy()
    assert set(np.unique(np.round(samples.numpy(), 6))) == {0.0, 1.0}
    # Five standard deviations of a multinomial count.
    assert (np.abs(counts - 20000 * p) < 5 * np.sqrt(20000 * p * (1 - p))).all()
    soft = F.gumbel_softmax(logits[:10], tau=2.0)
    np.testing.assert_allclose(soft.sum(-1).numpy(), 1, atol=1e-6)
    x = rv.tensor(np.log(p), requires_grad=True)
    (F.gumbel_softmax(x, hard=True) * rv.tensor([1.0, 2.0, 3.0], dtype=rv.float64)).sum().backward()
    assert x.grad is not None
    assert abs(x.grad.sum().item()) < 1e-12
    assert x.grad.abs().max().item() > 0


def test_channel_dropout():
    rv.manual_seed(0)
    x = rv.ones(50, 40, 3, 5)
    y = nn.Dropout2d(0.25)(x).numpy()
    channels = y.reshape(50, 40, -1)
    assert (channels == channels[:, :, :1]).all()
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.75], rtol=1e-6)
    # Five standard deviations of a binomial count.
    assert abs((channels[:, :, 0] == 0).sum() - 500) < 5 * math.sqrt(2000 * 0.25 * 0.75)
    assert tuple(nn.Dropout1d()(rv.ones(4, 7)).shape) == (4, 7)
    z = nn.AlphaDropout(0.3)(rv.randn(200000)).numpy()
    # The mean's error is 1 / sqrt(n); the variance's is below 3 / sqrt(n).
    assert abs(z.mean()) < 5 / math.sqrt(200000)
    assert abs(z.var() - 1) < 15 / math.sqrt(200000)


def test_mistakes():
    cases = [
        (lambda: F.glu(rv.ones(3)), r"glu: an input of shape \(3,\) cannot be halved"),
        (lambda: F.prelu(rv.ones(2, 3), rv.ones(2)), "has 3 channels"),
        (lambda: F.softshrink(rv.ones(2), -1.0), "lambd is -1.0"),
        (lambda: F.celu(rv.ones(2), 0.0), "alpha is 0"),
        (lambda: nn.Hardtanh(1.0, -1.0), "min_val must be below max_val"),
        (lambda: F.hardtanh(rv.ones(2), 1.0, -1.0), "is above max_val"),
        (lambda: F.gumbel_softmax(rv.ones(2), tau=0.0), "tau is 0.0"),
        (lambda: F.normalize(rv.ones(2, 2), p=0.0), "p is 0.0"),
        (lambda: F.dropout2d(rv.ones(2)), r"dropout2d: input has shape \(2,\)"),
        (lambda: F.alpha_dropout(rv.ones(2), 2.0, True), "between 0 and 1"),
    ]
    for call, text in cases:
        with pytest.raises(rv.errors.Error, match=text):
            call()
    alpha = rv.ones((), requires_grad=True)
    with pytest.raises(rv.errors.GradientError, match="give its other arguments as numbers"):
        rv.elu(rv.ones(2), alpha)  # pyright: ignore[reportArgumentType]
