"""Distributions made of uniform and normal numbers: moments, limits, and that a seed fixes them."""

import numpy as np
import pytest

import ravine as rv

N = 200_000
FLOATS = (rv.float64, rv.float32, rv.float16, rv.bfloat16)


@pytest.fixture(autouse=True)
def seeded():
    rv.manual_seed(11)


def near(values, mean, deviation):
    """The mean of many draws, within five standard errors."""
    values = np.asarray(values, np.float64)
    assert abs(values.mean() - mean) < 5 * deviation / np.sqrt(values.size)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_bernoulli(dtype):
    for p in (0.0, 0.25, 1.0):
        deviation = (p * (1 - p)) ** 0.5 + 1e-12
        drawn = rv.bernoulli(rv.full((N,), p, dtype=dtype))
        assert drawn.dtype is dtype
        assert not drawn.requires_grad
        near(drawn.float().numpy(), p, deviation)
        near(rv.zeros(N, dtype=dtype).bernoulli(p).float().numpy(), p, deviation)
        near(rv.zeros(N, dtype=dtype).bernoulli_(p).float().numpy(), p, deviation)
    rows = rv.zeros(2, N, dtype=dtype).bernoulli_(rv.tensor([[0.0], [1.0]]))
    assert rows.sum(1, dtype=rv.float64).tolist() == [0, N]
    with pytest.raises(ValueError, match="probability"):
        rv.zeros(2).bernoulli(1.5)
    with pytest.raises(rv.errors.DTypeError):
        rv.bernoulli(rv.ones(2, dtype=rv.int64))


def test_multinomial_with_replacement():
    weights = np.array([0.0, 1.0, 3.0, 0.0, 4.0, 0.0])
    drawn = rv.multinomial(rv.tensor(weights, dtype=rv.float32), N, replacement=True).numpy()
    counts = np.bincount(drawn, minlength=6)
    assert (counts[weights == 0] == 0).all()
    for share, count in zip(weights / weights.sum(), counts):
        assert abs(count - share * N) <= 5 * (N * share * (1 - share)) ** 0.5
    rows = rv.multinomial(rv.tensor([[1.0, 0.0], [0.0, 2.0]]), 3, True)
    assert rows.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_multinomial_without_replacement():
    weights = rv.tensor([1.0, 2.0, 0.0, 5.0]).expand(20_000, 4)
    drawn = rv.multinomial(weights, 3).numpy()
    assert (np.sort(drawn, 1) == [0, 1, 3]).all()
    # The first is drawn by weight, the second by weight among the others.
    near(drawn[:, 0] == 3, 5 / 8, (15 / 64) ** 0.5)
    after = drawn[drawn[:, 0] == 3, 1]
    near(after == 1, 2 / 3, (2 / 9) ** 0.5)


@pytest.mark.parametrize(
    ("weights", "count", "replacement"),
    [
        ([-1.0, 2.0], 1, True),
        ([float("nan"), 1.0], 1, True),
        ([float("inf"), 1.0], 1, True),
        ([0.0, 0.0], 1, True),
        ([1.0, 0.0], 2, False),
        ([1.0, 1.0], 3, False),
        ([1.0], 0, True),
    ],
)
def test_multinomial_refuses(weights, count, replacement):
    with pytest.raises(ValueError, match="multinomial"):
        rv.multinomial(rv.tensor(weights), count, replacement)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_exponential(dtype):
    drawn = rv.zeros(N, dtype=dtype).exponential_(2.0).double().numpy()
    assert (drawn >= 0).all()
    assert np.isfinite(drawn).all()
    if dtype in FLOATS[:2]:
        near(drawn, 0.5, 0.5)
    with pytest.raises(ValueError, match="lambd"):
        rv.zeros(2).exponential_(0.0)


def test_integers():
    drawn = rv.zeros(N, dtype=rv.int16).random_(-3, 4).numpy()
    assert set(drawn.tolist()) == set(range(-3, 4))
    near(drawn, 0, 2)
    assert set(rv.zeros(100, dtype=rv.int8).random_(2).tolist()) == {0, 1}
    assert int(rv.zeros(N, dtype=rv.uint8).random_().max()) == 255
    assert set(rv.randint_like(rv.zeros(100), 5, 7).tolist()) == {5.0, 6.0}
    assert rv.randint_like(rv.zeros(2, 3), 9, dtype=rv.int32).dtype is rv.int32
    with pytest.raises(ValueError, match="low < high"):
        rv.zeros(2).random_(3, 3)


def test_normal():
    near(rv.normal(2.0, 3.0, (N,)).numpy(), 2, 3)
    both = rv.normal(rv.tensor([[0.0], [10.0]]), rv.tensor([1.0] * N)).numpy()
    near(both[0], 0, 1)
    near(both[1], 10, 1)
    assert rv.normal(rv.zeros(2, dtype=rv.float64), 1.0).dtype is rv.float64
    with pytest.raises(ValueError, match="std"):
        rv.normal(0.0, -1.0, (2,))
    with pytest.raises(TypeError, match="size"):
        rv.normal(0.0, 1.0)


def test_a_seed_fixes_every_draw():
    def all_draws():
        rv.manual_seed(3)
        p = rv.full((50,), 0.5)
        return [
            rv.bernoulli(p),
            rv.zeros(50).bernoulli_(0.3),
            rv.multinomial(p, 20),
            rv.multinomial(p, 20, True),
            rv.zeros(50).exponential_(),
            rv.zeros(50).random_(100),
            rv.randint_like(p, 100),
            rv.normal(p, 1.0),
        ]

    assert [t.tolist() for t in all_draws()] == [t.tolist() for t in all_draws()]
