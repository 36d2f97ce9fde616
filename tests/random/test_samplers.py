"""Draws with a parameter for each element: laws, derivatives, devices, and that a seed fixes them."""

import numpy as np
import pytest
import scipy.special
import scipy.stats

import ravine as rv
from ravine._ops import (
    _sample_dirichlet,
    _standard_gamma,
    _standard_gamma_grad,
    _standard_von_mises,
)

N = 20_000
# The probability of an alarm without a cause; seeds are fixed, so that there is one once or never.
ALARM = 1e-4
FLOATS = (rv.float64, rv.float32, rv.float16, rv.bfloat16)


@pytest.fixture(autouse=True)
def seeded():
    rv.manual_seed(11)


def continuous(values, truth):
    assert scipy.stats.kstest(np.asarray(values, np.float64), truth.cdf).pvalue > ALARM


def discrete(values, truth):
    """Chi-squared over about twenty classes that are likely enough."""
    values = np.asarray(values, np.float64)
    assert np.all(values == np.floor(values))
    ends = np.unique(truth.ppf(np.linspace(0.001, 0.999, 20)))
    shares = np.diff([0.0, *truth.cdf(ends), 1.0])
    found = np.diff([0, *(np.sum(values <= end) for end in ends), values.size])
    likely = shares * values.size > 5
    assert np.all(found[shares == 0] == 0)
    if likely.sum() > 1:
        kept = shares[likely] / shares[likely].sum()
        assert scipy.stats.chisquare(found[likely], kept * found[likely].sum()).pvalue > ALARM


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_gamma(dtype):
    for alpha in (0.2, 0.9, 1.0, 2.5, 30.0, 1e4, 1e6):
        drawn = _standard_gamma(rv.full((N,), alpha, dtype=dtype))
        assert drawn.dtype is dtype
        alpha = float(rv.tensor(alpha, dtype=dtype))
        continuous(drawn.numpy(), scipy.stats.gamma(alpha))
    # Where the number itself vanishes: positive all the same.
    assert bool((_standard_gamma(rv.full((100,), 1e-6, dtype=dtype)) > 0).all())
    assert np.isnan(_standard_gamma(rv.tensor([-1.0, float("nan")], dtype=dtype)).numpy()).all()


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_poisson(dtype):
    for rate in (0.0, 0.1, 3.0, 9.9, 10.0, 50.0, 1e3, 1e6):
        drawn = rv.poisson(rv.full((N,), rate, dtype=dtype))
        assert drawn.dtype is dtype
        discrete(drawn.numpy(), scipy.stats.poisson(float(rv.tensor(rate, dtype=dtype))))


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_binomial(dtype):
    for n, p in [
        (0, 0.5),
        (1, 0.3),
        (10, 0.9),
        (30, 0.1),
        (40, 0.5),
        (1000, 0.02),
        (1000, 0.98),
        (10**6, 0.3),
    ]:
        drawn = rv.binomial(rv.full((N,), float(n), dtype=dtype), rv.tensor(p, dtype=dtype))
        discrete(drawn.numpy(), scipy.stats.binom(n, float(rv.tensor(p, dtype=dtype))))
    certain = rv.binomial(rv.tensor([7.0, 500.0], dtype=dtype)[:, None], rv.tensor([0.0, 1.0], dtype=dtype))
    assert certain.tolist() == [[0, 7], [0, 500]]


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_von_mises(dtype):
    for kappa in (1e-6, 0.5, 3.0, 100.0, 1e6):
        drawn = _standard_von_mises(rv.full((N,), kappa, dtype=dtype))
        continuous(drawn.numpy(), scipy.stats.vonmises(kappa))
    continuous(_standard_von_mises(rv.zeros(N, dtype=dtype)).numpy(), scipy.stats.uniform(-np.pi, 2 * np.pi))


def test_dirichlet():
    alpha = np.array([0.5, 1.0, 3.5])
    drawn = _sample_dirichlet(rv.tensor(alpha).expand(N, 3))
    np.testing.assert_allclose(drawn.sum(-1).numpy(), 1, rtol=1e-12)
    for i, a in enumerate(alpha):
        continuous(drawn[:, i].numpy(), scipy.stats.beta(a, alpha.sum() - a))


def test_half_precision_is_rounded_once():
    for dtype in FLOATS[2:]:
        for draw in (
            lambda x: _standard_gamma(x * 3 + 1),
            lambda x: rv.poisson(x * 20),
            lambda x: rv.binomial(rv.full_like(x, 100), x),
            lambda x: _standard_von_mises(x),
        ):
            x = rv.linspace(0, 1, 100).to(dtype)
            rv.manual_seed(3)
            narrow = draw(x)
            assert narrow.dtype is dtype
            assert np.isfinite(narrow.double().numpy()).all()


def test_fills():
    for dtype in FLOATS:
        for fill in (lambda x: x.cauchy_(), lambda x: x.log_normal_(), lambda x: x.geometric_(0.3)):
            assert fill(rv.zeros(10, dtype=dtype)).dtype is dtype
    continuous(rv.zeros(N, dtype=rv.float64).cauchy_(1.0, 2.0).numpy(), scipy.stats.cauchy(1, 2))
    continuous(rv.zeros(N).log_normal_(0.5, 0.7).numpy(), scipy.stats.lognorm(0.7, scale=np.exp(0.5)))
    discrete(rv.zeros(N, dtype=rv.int64).geometric_(0.3).numpy(), scipy.stats.geom(0.3))
    for wrong in (
        lambda x: x.cauchy_(0.0, 0.0),
        lambda x: x.log_normal_(0.0, -1.0),
        lambda x: x.geometric_(1.0),
        lambda x: x.geometric_(0.0),
    ):
        with pytest.raises(rv.errors.ValueError, match="must"):
            wrong(rv.zeros(2))
    for wrong in (lambda x: x.cauchy_(), lambda x: x.log_normal_()):
        with pytest.raises(rv.errors.DTypeError):
            wrong(rv.zeros(2, dtype=rv.int64))


def test_the_slope_of_gamma_numbers_is_that_of_quantiles():
    rng = np.random.default_rng(5)
    alpha = 10 ** rng.uniform(-2, 4, 400)
    x = rng.gamma(alpha)
    kept = x > 1e-200
    alpha, x = alpha[kept], x[kept]
    got = _standard_gamma_grad(rv.tensor(alpha), rv.tensor(x)).numpy()
    # Differences of the inverse, of the smaller of the two probabilities.
    h = 1e-4 * alpha
    below, above = scipy.special.gammainc(alpha, x), scipy.special.gammaincc(alpha, x)

    def quantile(a):
        return np.where(
            below < 0.5, scipy.special.gammaincinv(a, below), scipy.special.gammainccinv(a, above)
        )

    want = (
        8 * (quantile(alpha + h) - quantile(alpha - h)) - quantile(alpha + 2 * h) + quantile(alpha - 2 * h)
    ) / (12 * h)
    np.testing.assert_allclose(got, want, rtol=2e-5)
    assert np.median(np.abs(got / want - 1)) < 1e-9
    kept = x > 1e-30
    single = _standard_gamma_grad(rv.tensor(alpha[kept]).float(), rv.tensor(x[kept]).float()).numpy()
    np.testing.assert_allclose(single, got[kept], rtol=1e-4)


def test_the_gradient_of_a_gamma_draw():
    alpha = rv.tensor([0.5, 2.0, 30.0], dtype=rv.float64, requires_grad=True)
    drawn = _standard_gamma(alpha)
    drawn.sum().backward()
    want = _standard_gamma_grad(alpha.detach(), drawn.detach())
    assert alpha.grad is not None
    np.testing.assert_array_equal(alpha.grad.numpy(), want.numpy())
    forward = rv.func.jvp(lambda a: _standard_gamma(a), (alpha.detach(),), (rv.ones_like(want),))[1]
    assert bool((forward > 0).all())
    # In expectation, the mean moves as the shape does.
    many = rv.full((100_000,), 2.0, dtype=rv.float64, requires_grad=True)
    _standard_gamma(many).sum().backward()
    assert many.grad is not None
    assert abs(float(many.grad.mean()) - 1) < 0.01
    with pytest.raises(rv.errors.GradientError, match="not differentiated again"):
        rv.func.grad(rv.func.grad(lambda a: _standard_gamma(a)))(rv.tensor(2.0))


def draws(device="cpu"):
    """One of each, over the whole range of parameters."""
    unit = rv.linspace(0.001, 1, 3000, device=device)
    return {
        "gamma": _standard_gamma(unit * 50),
        "poisson": rv.poisson(unit * 60),
        "binomial": rv.binomial(rv.full_like(unit, 100), unit),
        "von Mises": _standard_von_mises(unit * 50),
        "Dirichlet": _sample_dirichlet(unit.reshape(-1, 3)),
    }


def test_a_seed_fixes_every_draw():
    def once():
        rv.manual_seed(3)
        return {name: t.tolist() for name, t in draws().items()}

    first = once()
    assert first == once()
    assert first != {name: t.tolist() for name, t in draws().items()}


def test_threads_change_nothing():
    before = rv.get_num_threads()
    results = []
    for threads in (1, 2):
        rv.set_num_threads(threads)
        rv.manual_seed(3)
        results.append([t.tolist() for t in draws().values()])
    rv.set_num_threads(before)
    assert results[0] == results[1]


def test_batches():
    def draw(x):
        return (
            _standard_gamma(x),
            rv.poisson(x),
            rv.binomial(x.floor(), x / 100),
            _standard_von_mises(rv.ones(2)),
        )

    x = rv.full((3, 2), 30.0)
    different = [t.numpy() for t in rv.func.vmap(draw, randomness="different")(x)]
    same = [t.numpy() for t in rv.func.vmap(draw, randomness="same")(x)]
    for a, b in zip(different, same):
        assert len(np.unique(a[:, 0])) > 1
        assert np.all(b == b[:1])
    with pytest.raises(rv.Error, match="randomness"):
        rv.func.vmap(draw)(x)


def test_what_does_not_fit_is_said():
    for wrong, error, text in [
        (lambda: rv.poisson(rv.tensor([1.0, -1.0])), ValueError, "poisson"),
        (lambda: rv.poisson(rv.ones(2, dtype=rv.int64)), TypeError, "poisson"),
        (lambda: rv.binomial(rv.tensor(-1.0), rv.tensor(0.5)), ValueError, "count"),
        (lambda: rv.binomial(rv.tensor(1.0), rv.tensor(1.5)), ValueError, "prob"),
        (lambda: rv.binomial(rv.ones(2), rv.full((3,), 0.5)), RuntimeError, "do not broadcast"),
        (lambda: _sample_dirichlet(rv.tensor(1.0)), RuntimeError, "1 or more"),
    ]:
        with pytest.raises(error, match=text):
            wrong()
