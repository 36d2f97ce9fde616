"""Draws of every distribution follow its law; seeds, devices, gradients and transforms keep theirs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import ravine as rv
import ravine.distributions as D
from ravine.distributions.utils import tril_matrix_to_vec

N = 20_000
# The probability of an alarm without a cause; seeds are fixed, so that there is one once or never.
ALARM = 1e-4


@pytest.fixture(autouse=True)
def seeded():
    rv.manual_seed(17)


def f(x: float) -> rv.Tensor:
    return rv.tensor(x, dtype=rv.float64)


# Distributions of single numbers and SciPy's.
CONTINUOUS: dict[str, tuple[Any, Any]] = {
    "Beta": (lambda: D.Beta(f(0.7), f(2.5)), st.beta(0.7, 2.5)),
    "Cauchy": (lambda: D.Cauchy(f(1.0), f(2.0)), st.cauchy(1, 2)),
    "Chi2": (lambda: D.Chi2(f(3.0)), st.chi2(3)),
    "Exponential": (lambda: D.Exponential(f(2.0)), st.expon(scale=0.5)),
    "FisherSnedecor": (lambda: D.FisherSnedecor(f(3.0), f(7.0)), st.f(3, 7)),
    "Gamma": (lambda: D.Gamma(f(0.6), f(2.0)), st.gamma(0.6, scale=0.5)),
    "GeneralizedPareto": (lambda: D.GeneralizedPareto(f(1.0), f(2.0), f(0.3)), st.genpareto(0.3, 1, 2)),
    "GeneralizedPareto, bounded": (
        lambda: D.GeneralizedPareto(f(1.0), f(2.0), f(-0.3)),
        st.genpareto(-0.3, 1, 2),
    ),
    "Gumbel": (lambda: D.Gumbel(f(1.0), f(2.0)), st.gumbel_r(1, 2)),
    "HalfCauchy": (lambda: D.HalfCauchy(f(2.0)), st.halfcauchy(scale=2)),
    "HalfNormal": (lambda: D.HalfNormal(f(2.0)), st.halfnorm(scale=2)),
    "InverseGamma": (lambda: D.InverseGamma(f(3.0), f(2.0)), st.invgamma(3, scale=2)),
    "Laplace": (lambda: D.Laplace(f(1.0), f(2.0)), st.laplace(1, 2)),
    "LogNormal": (lambda: D.LogNormal(f(0.5), f(0.7)), st.lognorm(0.7, scale=math.exp(0.5))),
    "Normal": (lambda: D.Normal(f(1.0), f(2.0)), st.norm(1, 2)),
    "Pareto": (lambda: D.Pareto(f(2.0), f(3.0)), st.pareto(3, scale=2)),
    "StudentT": (lambda: D.StudentT(f(3.0), f(1.0), f(2.0)), st.t(3, 1, 2)),
    "Uniform": (lambda: D.Uniform(f(1.0), f(3.0)), st.uniform(1, 2)),
    "VonMises": (lambda: D.VonMises(f(0.0), f(2.0)), st.vonmises(2)),
    "Weibull": (lambda: D.Weibull(f(2.0), f(1.5)), st.weibull_min(1.5, scale=2)),
}
DISCRETE: dict[str, tuple[Any, Any]] = {
    "Bernoulli": (lambda: D.Bernoulli(f(0.3)), st.bernoulli(0.3)),
    "Binomial": (lambda: D.Binomial(12, f(0.3)), st.binom(12, 0.3)),
    "Categorical": (
        lambda: D.Categorical(rv.tensor([1.0, 0.0, 3.0, 4.0]).double()),
        st.rv_discrete(values=(range(4), [0.125, 0.0, 0.375, 0.5])),
    ),
    "Geometric": (lambda: D.Geometric(f(0.3)), st.geom(0.3, loc=-1)),
    "NegativeBinomial": (lambda: D.NegativeBinomial(f(2.5), f(0.4)), st.nbinom(2.5, 0.6)),
    "Poisson": (lambda: D.Poisson(f(4.0)), st.poisson(4)),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous(name):
    make, truth = CONTINUOUS[name]
    d = make()
    drawn = d.sample((N,)).numpy()
    assert st.kstest(drawn, truth.cdf).pvalue > ALARM
    x = truth.ppf(np.linspace(0.02, 0.98, 40))
    np.testing.assert_allclose(d.log_prob(rv.tensor(x)).numpy(), truth.logpdf(x), rtol=1e-8, atol=1e-8)
    for what, argument, want in (("cdf", x, truth.cdf(x)), ("icdf", truth.cdf(x), x)):
        try:
            got = getattr(d, what)(rv.tensor(argument))
        except NotImplementedError:
            continue
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-8, atol=1e-9)
    for got, want in (("mean", truth.mean()), ("variance", truth.var())):
        if np.isfinite(want) and name != "VonMises":
            np.testing.assert_allclose(float(getattr(d, got)), want, rtol=1e-8)
    try:
        np.testing.assert_allclose(float(d.entropy()), truth.entropy(), rtol=1e-6)
    except NotImplementedError:
        assert name in ("FisherSnedecor", "VonMises")


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete(name):
    make, truth = DISCRETE[name]
    d = make()
    drawn = d.sample((N,)).numpy().astype(float)
    values = np.arange(0, truth.ppf(1 - 1e-3) + 1)
    expected = N * truth.pmf(values)
    found = np.array([np.sum(drawn == v) for v in values], float)
    assert np.all(found[expected == 0] == 0)
    likely = expected > 5
    scale = found[likely].sum() / expected[likely].sum()
    assert st.chisquare(found[likely], expected[likely] * scale).pvalue > ALARM
    kept = values[truth.pmf(values) > 0]
    np.testing.assert_allclose(d.log_prob(rv.tensor(kept)).numpy(), truth.logpmf(kept), rtol=1e-8, atol=1e-8)


def moments(d: Any, shape: tuple[int, ...] = (N,)) -> None:
    """Mean and variance of many draws, within five standard errors; the fourth moment is taken from them."""
    drawn = d.sample(shape).double().numpy().reshape(-1, *d.batch_shape, *d.event_shape)
    mean, variance = drawn.mean(0), drawn.var(0)
    error = np.sqrt(variance / len(drawn))
    assert np.all(np.abs(mean - d.mean.double().numpy()) <= 5 * error + 1e-12)
    spread = ((drawn - mean) ** 2).std(0) / math.sqrt(len(drawn))
    assert np.all(np.abs(variance - d.variance.double().numpy()) <= 5 * spread + 1e-12)


def test_moments_of_vectors_and_mixtures():
    p = rv.tensor([0.2, 0.3, 0.5]).double()
    moments(D.Dirichlet(rv.tensor([0.5, 1.0, 3.5]).double()))
    moments(D.OneHotCategorical(p))
    moments(D.Multinomial(7, p))
    moments(D.ContinuousBernoulli(rv.tensor([0.1, 0.4995, 0.8]).double()))
    moments(D.Kumaraswamy(f(1.5), f(2.5)))
    moments(D.MixtureSameFamily(D.Categorical(p), D.Normal(rv.tensor([-2.0, 0.0, 3.0]).double(), f(0.5))))
    moments(D.Independent(D.Normal(p, f(1.0)), 1))


def test_moments_of_matrices():
    a = rv.tensor([[2.0, 0.5], [0.5, 1.0]]).double()
    loc = rv.tensor([1.0, -1.0]).double()
    for d in (
        D.MultivariateNormal(loc, a),
        D.MultivariateNormal(loc, precision_matrix=a),
        D.LowRankMultivariateNormal(loc, a[:, :1], rv.tensor([1.0, 2.0]).double()),
    ):
        moments(d)
        drawn = d.sample((N,)).numpy()
        want = d.covariance_matrix.numpy()
        np.testing.assert_allclose(np.cov(drawn.T), want, atol=6 * want.max() / math.sqrt(N))
        assert np.all(np.isfinite(d.log_prob(rv.tensor(drawn[:9])).numpy()))
    moments(D.Wishart(f(4.5), a))
    for eta in (0.5, 1.0, 3.0):
        lower = D.LKJCholesky(3, f(eta)).sample((N,))
        correlation = (lower @ lower.mT).numpy()
        # Each is a beta variable, on the interval from -1 to 1 (Lewandowski, Kurowicka and Joe, 2009).
        truth = st.beta(eta + 0.5, eta + 0.5, loc=-1, scale=2)
        for i, j in ((1, 0), (2, 0), (2, 1)):
            assert st.kstest(correlation[:, i, j], truth.cdf).pvalue > ALARM


def test_relaxed_draws_follow_their_density():
    d = D.RelaxedBernoulli(f(0.7), f(0.3))
    x = np.linspace(0.0005, 0.9995, 1000)
    density = d.log_prob(rv.tensor(x)).exp().numpy()
    ends = np.cumsum(density) / 1000
    drawn = d.sample((N,)).numpy()
    # The rectangle rule is off by little, but for the ends, where the density grows.
    share = np.mean(drawn[:, None] <= x[None, 99::100] + 0.0005, 0)
    np.testing.assert_allclose(share, ends[99::100], atol=0.02)
    hard = D.RelaxedOneHotCategorical(f(0.05), rv.tensor([0.2, 0.3, 0.5]).double()).sample((N,))
    shares = rv.nn.functional.one_hot(hard.argmax(-1), 3).double().mean(0).numpy()
    np.testing.assert_allclose(shares, [0.2, 0.3, 0.5], atol=5 * 0.5 / math.sqrt(N))


REPARAMETRISED: list[tuple[str, Any, list[float], Any]] = [
    # The mean of a function of draws, in closed form of the parameters.
    ("Normal", lambda a, b: D.Normal(a, b), [0.5, 1.5], lambda a, b: a * a + b * b),
    ("Gamma", lambda a, b: D.Gamma(a, b), [2.0, 1.5], lambda a, b: a * (a + 1) / b**2),
    ("Beta", lambda a, b: D.Beta(a, b), [2.0, 1.5], lambda a, b: a * (a + 1) / ((a + b) * (a + b + 1))),
    ("Exponential", lambda a: D.Exponential(a), [2.0], lambda a: 2 / a**2),
    ("Laplace", lambda a, b: D.Laplace(a, b), [0.5, 0.8], lambda a, b: a * a + 2 * b * b),
    ("LogNormal", lambda a, b: D.LogNormal(a, b), [0.1, 0.3], lambda a, b: math.exp(2 * a + 2 * b * b)),
    ("Uniform", lambda a, b: D.Uniform(a, b), [0.5, 2.0], lambda a, b: (a * a + a * b + b * b) / 3),
    ("StudentT", lambda a: D.StudentT(a), [9.0], lambda a: a / (a - 2)),
    ("Weibull", lambda a, b: D.Weibull(a, b), [2.0, 1.5], lambda a, b: a * a * math.gamma(1 + 2 / b)),
]


@pytest.mark.parametrize("case", REPARAMETRISED, ids=lambda c: c[0])
def test_gradients_through_draws(case):
    """Of the mean square, against differences of its closed form; within six standard errors."""
    _, make, at, square = case
    many = 100_000
    params = [rv.full((many,), x, dtype=rv.float64, requires_grad=True) for x in at]
    make(*params).rsample().square().sum().backward()
    for i, p in enumerate(params):
        assert p.grad is not None
        each = p.grad.numpy()
        h = 1e-5
        up, down = (square(*[x + side * h * (i == j) for j, x in enumerate(at)]) for side in (1, -1))
        assert abs(each.mean() - (up - down) / (2 * h)) <= 6 * each.std() / math.sqrt(many) + 1e-4


def test_straight_through_and_none():
    logits = rv.zeros(3, requires_grad=True)
    drawn = D.OneHotCategoricalStraightThrough(logits=logits).rsample()
    assert sorted(drawn.tolist()) == [0, 0, 1]
    (drawn * rv.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert bool((logits.grad != 0).any())
    assert not D.Normal(rv.zeros(2, requires_grad=True), 1.0).sample().requires_grad
    for d in (D.Poisson(f(1.0)), D.Categorical(rv.ones(3)), D.Binomial(3, f(0.5))):
        assert not d.has_rsample
        with pytest.raises(NotImplementedError, match="log_prob"):
            d.rsample()


def all_draws(device: str = "cpu") -> dict[str, np.ndarray]:
    with rv.device(device):
        a, p = rv.linspace(0.1, 5, 300), rv.linspace(0.01, 0.99, 300)
        found = [
            *(D.Normal(a, a), D.Gamma(a, a), D.Beta(a, a), D.Exponential(a), D.StudentT(a), D.Laplace(a, a)),
            *(
                D.Cauchy(a, a),
                D.Gumbel(a, a),
                D.Weibull(a, a),
                D.Pareto(a, a),
                D.HalfNormal(a),
                D.VonMises(a, a),
            ),
            *(D.Bernoulli(p), D.Geometric(p), D.Poisson(10 * a), D.Binomial(20, p), D.NegativeBinomial(a, p)),
            *(
                D.Categorical(a.reshape(-1, 3)),
                D.OneHotCategorical(a.reshape(-1, 3)),
                D.Dirichlet(a.reshape(-1, 3)),
            ),
            D.Multinomial(5, a.reshape(-1, 3)),
        ]
        return {type(d).__name__: d.sample((4,)).to("cpu").numpy() for d in found}


def test_a_seed_fixes_every_draw():
    rv.manual_seed(3)
    first = all_draws()
    rv.manual_seed(3)
    again = all_draws()
    for name, drawn in first.items():
        np.testing.assert_array_equal(drawn, again[name], err_msg=name)
    assert any(np.any(drawn != all_draws()[name]) for name, drawn in first.items())


def test_devices_draw_the_same():
    rv.manual_seed(3)
    here = all_draws("cpu")
    rv.manual_seed(3)
    there = all_draws("gpu")
    for name, drawn in here.items():
        # Steps of numbers that differ in their last bits are rare.
        near = np.isclose(there[name], drawn, rtol=2e-4, atol=1e-5)
        assert np.mean(near) > 0.997, name


def test_densities_on_both_devices():
    a = np.linspace(0.5, 4, 12, dtype=np.float32)
    lower = np.array([[1.0, 0.0], [0.5, 2.0]], np.float32)
    cases = [
        (D.Gamma, (a, a), a),
        (D.Beta, (a, a[::-1].copy()), a / 5),
        (D.StudentT, (a,), a),
        (D.Poisson, (a,), np.floor(a)),
        (D.Binomial, (np.float32(7), a / 5), np.floor(a)),
        (D.VonMises, (a, a), a - 1),
        (D.Dirichlet, (a.reshape(-1, 3),), np.full((4, 3), 1 / 3, np.float32)),
        (D.Categorical, (a.reshape(-1, 3),), np.arange(4) % 3),
        (D.ContinuousBernoulli, (a / 5,), a / 5),
        (D.Weibull, (a, a), a),
        (D.MultivariateNormal, (a[:2], None, None, lower), a.reshape(-1, 2)),
    ]
    for kind, params, value in cases:
        results = []
        for device in ("cpu", "gpu"):
            x = [p if p is None else rv.tensor(p, device=device) for p in params]
            d = kind(*x)
            results.append(
                [t.to("cpu").numpy() for t in (d.log_prob(rv.tensor(value, device=device)), d.mean)]
            )
        for here, there in zip(*results):
            np.testing.assert_allclose(there, here, rtol=1e-4, atol=2e-5, err_msg=kind.__name__)


def test_draws_and_densities_inside_vmap():
    x = rv.linspace(0.5, 2, 4)

    def draw(scale):
        d = D.Normal(rv.zeros(3), scale)
        return d.rsample(), d.log_prob(rv.ones(3))

    drawn, density = rv.func.vmap(draw, randomness="different")(x)
    assert drawn.shape == (4, 3)
    want = D.Normal(rv.zeros(4, 3), x[:, None].expand(4, 3)).log_prob(rv.ones(4, 3))
    np.testing.assert_allclose(density.numpy(), want.numpy(), rtol=1e-6)
    kinds = rv.func.vmap(lambda w: D.Categorical(w).sample((5,)), randomness="different")(rv.rand(4, 3))
    assert kinds.shape == (4, 5)


def test_meta_has_shapes():
    d = D.Normal(rv.zeros(3, device="meta"), 1.0)
    assert d.log_prob(d.sample((2,))).shape == (2, 3)


def test_validation_is_a_choice():
    wrong = rv.tensor([1.0, -1.0])
    with pytest.raises(ValueError, match=r"scale.*-1.0 at index \(1,\).*GreaterThan"):
        D.Normal(0.0, wrong)
    assert bool(D.Normal(0.0, wrong, validate_args=False).log_prob(rv.zeros(2)).isnan()[1])
    try:
        D.Distribution.set_default_validate_args(False)
        D.Normal(0.0, wrong)
    finally:
        D.Distribution.set_default_validate_args(True)


def test_what_repr_shows():
    assert repr(D.Normal(0.0, 1.0)) == "Normal(loc: 0.0, scale: 1.0)"
    assert repr(D.Normal(rv.zeros(2), 1.0)) == "Normal(loc: (2,), scale: (2,))"
    assert repr(D.Categorical(rv.ones(3))) == "Categorical(probs: (3,))"
    assert repr(D.constraints.positive) == "GreaterThan(lower_bound=0.0)"
    assert repr(D.transforms.ExpTransform().inv) == "_InverseTransform(ExpTransform())"


def jacobian(function: Any, x: rv.Tensor) -> np.ndarray:
    return rv.func.jacrev(function)(x).numpy()


def test_determinants_by_autograd():
    """Bijections of vectors onto as many free numbers: the slope of their Jacobian."""
    x = rv.tensor([0.3, -0.7, 1.1]).double()
    t = D.transforms
    for transform in (
        t.IndependentTransform(t.SigmoidTransform(), 1),
        t.IndependentTransform(t.TanhTransform(), 1),
        t.IndependentTransform(t.SoftplusTransform(), 1),
        t.AffineTransform(1.0, rv.tensor([1.0, -2.0, 3.0]).double(), event_dim=1),
        t.StickBreakingTransform(),
        t.CorrCholeskyTransform(),
    ):

        def free(z, transform=transform):
            y = transform(z)
            if isinstance(transform, t.CorrCholeskyTransform):
                return tril_matrix_to_vec(y, -1)
            return y[..., :3]

        want = np.linalg.slogdet(jacobian(free, x))[1]
        got = transform.log_abs_det_jacobian(x, transform(x))
        np.testing.assert_allclose(float(got), want, rtol=1e-9, err_msg=repr(transform))
        np.testing.assert_allclose(transform.inv(transform(x)).numpy(), x.numpy(), rtol=1e-9)


def test_the_mode_of_kumaraswamy():
    a, b = 2.5, 3.5
    d = D.Kumaraswamy(f(a), f(b))
    grid = np.linspace(0.001, 0.999, 9981)
    best = grid[np.argmax(d.log_prob(rv.tensor(grid)).numpy())]
    assert abs(float(d.mode) - best) < 2e-4
