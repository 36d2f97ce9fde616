"""The exact information bottleneck against a known curve, its limits, and its fixed point in NumPy."""

from math import log

import numpy as np
import pytest
import scipy.stats

import ravine
from ravine.models import information_bottleneck, mutual_information


def joint_of(*shape):
    x = ravine.rand(*shape, dtype=ravine.float64) ** 3
    return x / x.sum()


@pytest.fixture(autouse=True)
def seed():
    ravine.manual_seed(0)


def entropy(p):
    return scipy.stats.entropy(np.stack([p, 1 - p]))


def test_mutual_information_is_a_difference_of_entropies():
    for shape in ((1, 1), (2, 3), (5, 4)):
        joint = joint_of(*shape)
        p = joint.numpy()
        expected = sum(map(scipy.stats.entropy, (p.sum(0), p.sum(1)))) - scipy.stats.entropy(p.ravel())
        assert mutual_information(joint).item() == pytest.approx(expected, abs=1e-12)
    diagonal = ravine.eye(4, dtype=ravine.float64) / 4  # with zeros
    assert mutual_information(diagonal).item() == pytest.approx(log(4))
    many = ravine.stack([joint_of(3, 2) for _ in range(4)])
    assert mutual_information(many).tolist() == [mutual_information(joint).item() for joint in many]


def test_row_112_the_information_curve_of_a_noisy_bit_is_the_known_one():
    """Behind a channel that flips a fair bit with p, the best code flips it too, with q (Wyner).

    Then I(X;T) = log 2 - h(q) and I(T;Y) = log 2 - h(p + q - 2pq); below beta = 1 / (1 - 2p)^2 nothing is
    kept.
    """
    for p in (0.05, 0.11, 0.3):
        joint = ravine.tensor([[1 - p, p], [p, 1 - p]], dtype=ravine.float64) / 2
        critical = 1 / (1 - 2 * p) ** 2
        betas = [0.5 * critical, 0.9 * critical, 1.1 * critical, 2 * critical, 10 * critical, 1e4]
        found = information_bottleneck(joint, betas, steps=1000)
        assert found.kept[:2].abs().max() < 1e-6
        assert found.told[:2].abs().max() < 1e-6
        for encoder, kept, told in list(zip(found.encoder, found.kept, found.told, strict=True))[2:]:
            q = encoder[0, 1].item()
            assert 0 <= q < 0.5
            assert kept.item() == pytest.approx(log(2) - entropy(q), abs=1e-9)
            assert told.item() == pytest.approx(log(2) - entropy(p + q - 2 * p * q), abs=1e-9)
        # And no q has a lesser objective.
        q = np.linspace(0, 0.5, 2001)
        kept, told = log(2) - entropy(q), log(2) - entropy(p + q - 2 * p * q)
        for beta, own_kept, own_told in zip(betas, found.kept.tolist(), found.told.tolist(), strict=True):
            assert own_kept - beta * own_told <= (kept - beta * told).min() + 1e-9 * beta


def test_row_112_between_forgetting_and_keeping_all():
    joint = joint_of(6, 4)
    betas = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0, 100.0, 1e4]
    for dtype, close in ((ravine.float64, 1e-6), (ravine.float32, 1e-4)):
        _, kept, told = (t.double() for t in information_bottleneck(joint.to(dtype), betas, steps=2000))
        whole = mutual_information(joint).item()
        assert kept[:3].abs().max() < 10 * close  # a nat about y is worth less than one about x
        assert told[-1].item() == pytest.approx(whole, rel=10 * close)
        # Nothing is told that was not kept, nor more than x tells; both grow, along a concave curve.
        assert (told <= kept + close).all()
        assert (told <= whole + close).all()
        assert (kept.diff() >= -close).all()
        slopes = told.diff()[2:] / kept.diff()[2:]
        assert (slopes[kept.diff()[2:] > 1e-3].diff() < 0).all()


def test_the_objective_falls_to_a_fixed_point():
    joint = joint_of(5, 3)
    beta = 6.0
    lines = [information_bottleneck(joint, [beta], steps=steps) for steps in (1, 2, 5, 20, 100, 3000)]
    objective = [(line.kept - beta * line.told).item() for line in lines]
    assert objective == sorted(objective, reverse=True)
    p, code = joint.numpy(), lines[-1].encoder[0].numpy()
    p_x = p.sum(1)
    t = p_x @ code
    y_given_t = (code * p_x[:, None]).T @ (p / p_x[:, None]) / t[:, None]
    divergence = np.array([[scipy.stats.entropy(row / row.sum(), other) for other in y_given_t] for row in p])
    expected = t * np.exp(-beta * divergence)
    np.testing.assert_allclose(code, expected / expected.sum(1, keepdims=True), atol=1e-6)


def test_what_is_no_joint():
    joint = ravine.full((2, 2), 0.25)
    for call, message in (
        (lambda: mutual_information(ravine.ones(3)), r"shape \(3,\), expected \(\.\.\., X, Y\)"),
        (
            lambda: information_bottleneck(ravine.ones(2, 2, 2), [1.0]),
            r"shape \(2, 2, 2\), expected \(X, Y\)",
        ),
        (lambda: information_bottleneck(joint * 2, [1.0]), r"joint is p\(x, y\).*Divide by its sum"),
        (lambda: information_bottleneck(joint, [-1.0]), "none of them negative"),
        (lambda: information_bottleneck(joint, []), "there is a beta"),
        (lambda: information_bottleneck(joint, [1.0], steps=0), "Steps are positive"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
