"""Starting values: sample variances, and the properties that each rule promises."""

import math

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn
from ravine.nn import init

# 400 x 300 draws: the sample variance of a normal has a standard deviation of sqrt(2 / 120000) = 0.4 %.
SHAPE, FAN_IN, FAN_OUT = (400, 300), 300, 400


@pytest.fixture(autouse=True)
def seed():
    rv.manual_seed(0)


@pytest.mark.parametrize(
    ("fill", "variance"),
    [
        (init.lecun_normal_, 1 / FAN_IN),
        (init.lecun_uniform_, 1 / FAN_IN),
        (init.xavier_normal_, 2 / (FAN_IN + FAN_OUT)),
        (init.glorot_uniform_, 2 / (FAN_IN + FAN_OUT)),
        (lambda t: init.kaiming_normal_(t, nonlinearity="relu"), 2 / FAN_IN),
        (lambda t: init.he_uniform_(t, nonlinearity="relu"), 2 / FAN_IN),
        (lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="relu"), 2 / FAN_OUT),
        (lambda t: init.xavier_normal_(t, gain=5 / 3), 25 / 9 * 2 / (FAN_IN + FAN_OUT)),
        (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5)), 1 / 3 / FAN_IN),
        (lambda t: init.orthogonal_(t, gain=2.0), 4 / FAN_OUT),
        (lambda t: init.sparse_(t, 0.25, std=0.1), 0.75 * 0.01),
        # var = 1 + (a phi(a) - b phi(b)) / Z - ((phi(a) - phi(b)) / Z)^2
        (lambda t: init.trunc_normal_(t, std=0.1, a=-0.2, b=0.2), 0.7737413 * 0.01),
    ],
)
def test_variances(fill, variance):
    t = rv.empty(*SHAPE)
    assert fill(t) is t
    values = t.numpy().astype(np.float64)
    assert abs(values.var() / variance - 1) < 0.02
    assert abs(values.mean()) < 4 * math.sqrt(variance / values.size) + 1e-9


def test_orthogonal():
    for shape in [(5, 5), (3, 7), (7, 3), (4, 2, 3), (1, 1)]:
        t = init.orthogonal_(rv.empty(*shape, dtype=rv.float64)).numpy().reshape(shape[0], -1)
        gram = t @ t.T if t.shape[0] <= t.shape[1] else t.T @ t
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)
    signs = [init.orthogonal_(rv.empty(1, 1)).item() for _ in range(40)]
    assert -1.0 in signs  # uniform over the group, not only its half
    assert 1.0 in signs
    assert init.orthogonal_(rv.empty(0, 3)).numel() == 0


def test_truncated():
    for mean, std, a, b in [(0, 1, -2, 2), (1, 2, 0, 1.5), (0, 1, 2, 5), (5, 1, -1, 2)]:
        t = init.trunc_normal_(rv.empty(20_000), mean, std, a, b).numpy().astype(np.float64)
        assert a <= t.min()
        assert t.max() <= b
        torch.manual_seed(0)
        from scipy.stats import truncnorm

        want = truncnorm((a - mean) / std, (b - mean) / std, loc=mean, scale=std)
        assert abs(t.mean() - want.mean()) < 5 * want.std() / math.sqrt(t.size)
        assert abs(t.std() / want.std() - 1) < 0.03
    assert init.trunc_normal_(rv.empty(2), 3.0, 0.0).tolist() == [2.0, 2.0]


def test_dirac_and_eye_and_sparse():
    for shape, groups in [((4, 4, 3), 1), ((6, 2, 3, 3), 3), ((2, 5, 3, 2, 4), 1), ((4, 1, 1), 2)]:
        want = torch.nn.init.dirac_(torch.empty(*shape), groups)
        np.testing.assert_array_equal(init.dirac_(rv.empty(*shape), groups).numpy(), want.numpy())
    np.testing.assert_array_equal(init.eye_(rv.empty(2, 4)).numpy(), np.eye(2, 4))
    zeros = (init.sparse_(rv.empty(11, 30), 0.5).numpy() == 0).sum(0)
    assert (zeros == 6).all()


def test_gains_are_those_of_torch():
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(
        torch.nn.init.calculate_gain("leaky_relu", 0.3)
    )


def test_parameters_stay_leaves_and_seeds_repeat():
    layer = nn.Linear(3, 4)
    for fill in (init.orthogonal_, init.trunc_normal_, init.eye_, lambda t: init.sparse_(t, 0.5)):
        rv.manual_seed(7)
        first = fill(layer.weight).tolist()
        rv.manual_seed(7)
        assert fill(layer.weight).tolist() == first
        assert layer.weight.is_leaf
        assert layer.weight.requires_grad


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: init.orthogonal_(rv.empty(3)), "2 or more dimensions"),
        (lambda: init.eye_(rv.empty(3)), "2 dimensions"),
        (lambda: init.sparse_(rv.empty(3), 0.5), "2 dimensions"),
        (lambda: init.sparse_(rv.empty(3, 3), 1.5), "between 0 and 1"),
        (lambda: init.dirac_(rv.empty(3, 3)), "3, 4, or 5 dimensions"),
        (lambda: init.dirac_(rv.empty(3, 3, 3), 2), "divisible by groups"),
        (lambda: init.trunc_normal_(rv.empty(3), a=1.0, b=-1.0), "it needs a < b"),
        (lambda: init.trunc_normal_(rv.empty(3), a=50.0, b=51.0), "next to nothing"),
    ],
)
def test_mistakes(make, text):
    with pytest.raises(ValueError, match=text):
        make()
