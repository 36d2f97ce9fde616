"""Distances of sample sets against SciPy and closed forms."""

import math

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

import ravine
from ravine.recipes import _judge
from ravine.train import frechet_distance, sliced_wasserstein


def test_the_frechet_distance_is_scipys():
    random = np.random.default_rng(0)
    for d, n, m in ((1, 5, 9), (3, 40, 60), (8, 6, 5)):  # the last: covariances of less than full rank
        a = random.normal(size=(n, d)) @ random.normal(size=(d, d))
        b = random.normal(size=(m, d)) + 1
        c, e = np.cov(a, rowvar=False).reshape(d, d), np.cov(b, rowvar=False).reshape(d, d)
        root = scipy.linalg.sqrtm(c @ e)
        expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c + e - 2 * root).real
        found = frechet_distance(ravine.tensor(a), ravine.tensor(b))
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
    x = ravine.randn(20, 4)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_of_gaussians():
    """N(0, s^2) and N(m, t^2): m^2 + (s - t)^2."""
    quantiles = scipy.stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None]
    found = frechet_distance(ravine.tensor(2 * quantiles), ravine.tensor(3 + 0.5 * quantiles))
    assert found == pytest.approx(9 + 1.5**2, rel=1e-3)


def test_in_one_dimension_it_is_the_wasserstein_distance():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(50, 1)), random.exponential(size=(50, 1))
    expected = math.sqrt(((np.sort(a[:, 0]) - np.sort(b[:, 0])) ** 2).mean())
    assert sliced_wasserstein(ravine.tensor(a), ravine.tensor(b)) == pytest.approx(expected, rel=1e-5)


def test_sliced_distances_of_shifted_sets():
    """A shift by v is seen as v . u: the mean square over directions is |v|^2 / d."""
    ravine.manual_seed(0)
    x = ravine.randn(300, 3)
    v = ravine.tensor([3.0, 0.0, 4.0])
    found = sliced_wasserstein(x, x + v, projections=20_000)
    assert found == pytest.approx(5 / math.sqrt(3), rel=0.02)
    generator = ravine.Generator()
    one, two = (sliced_wasserstein(x, x + v, generator=generator.manual_seed(3)) for _ in range(2))
    assert one == two
    assert sliced_wasserstein(x, x) == 0


def test_sets_of_different_sizes_are_compared_at_quantiles():
    line = ravine.linspace(0, 1, 1001).unsqueeze(1)
    assert sliced_wasserstein(line, line[::7]) < 0.005
    assert sliced_wasserstein(line[::7], line + 1) == pytest.approx(1, abs=0.01)


def test_what_cannot_be_compared():
    x = ravine.zeros(4, 2)
    for call, message in (
        (lambda: frechet_distance(x, ravine.zeros(4, 3)), "2 features of the one, 3 of the other"),
        (lambda: frechet_distance(x[0], x), r"got samples of shape \(2,\), expected \(n, d\) with n > 1"),
        (lambda: frechet_distance(x[:1], x), "with n > 1"),
        (lambda: sliced_wasserstein(x, ravine.zeros(4, 3)), r"got \(4, 2\) and \(4, 3\)"),
        (lambda: sliced_wasserstein(x[:0], x), "expected"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_made_pictures_are_judged():
    """Those of the test part are perfect, copies of the training part are too near."""
    real = _judge.judge(_judge.pictures_of("test", 14)[0], steps=20)
    assert real.distance == pytest.approx(0, abs=1e-3 * real.baseline)
    assert real.classes >= 5  # of the ten, by a network that has hardly begun
    train = _judge.pictures_of("train", 14, 50)[0]
    copied = _judge.judge(train, steps=1)
    assert copied.nearest < 0.1 * copied.nearest_test
    data = _judge.pictures_of("train", 14)[0].flatten(1)
    test = _judge.pictures_of("test", 14)[0].flatten(1)
    assert real.nearest == real.nearest_test
    assert real.nearest == pytest.approx(ravine.cdist(test, data).amin(1).mean().item(), rel=1e-5)
