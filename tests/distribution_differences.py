"""Entries of docs/differences.md about distributions; `test_differences.py` runs them."""

import math

import pytest

import ravine

__all__ = [
    "test_divergence_from_a_continuous_bernoulli",
    "test_draws_of_lkj_cholesky",
    "test_generalized_pareto_in_float64",
    "test_the_mode_of_kumaraswamy",
]


def test_the_mode_of_kumaraswamy(torch):
    def mode(m):
        return m.distributions.Kumaraswamy(m.tensor(2.0), m.tensor(2.0)).mode.item()

    assert mode(ravine) == pytest.approx(math.sqrt(1 / 3))
    assert math.isnan(mode(torch))


def test_divergence_from_a_continuous_bernoulli(torch):
    def divergence(m):
        p, q = m.distributions.ContinuousBernoulli(m.tensor(0.25)), m.distributions.Uniform(0.0, 1.0)
        return m.distributions.kl_divergence(p, q).item(), -p.entropy().item()

    finite, negative_entropy = divergence(ravine)
    assert finite == pytest.approx(negative_entropy)
    assert divergence(torch)[0] == math.inf


def test_generalized_pareto_in_float64(torch):
    def density(m):
        one = m.tensor(1.0, dtype=m.float64)
        return m.distributions.GeneralizedPareto(one, one, one).log_prob(one).item()

    assert density(ravine) == 0.0
    with pytest.raises(RuntimeError, match="Double did not match Float"):
        density(torch)


def test_draws_of_lkj_cholesky(torch):
    def second_moment(m):
        m.manual_seed(0)
        lower = m.distributions.LKJCholesky(3, 1.0).sample((20_000,))
        return (lower @ lower.mT)[:, 2, 1].square().mean().item()

    # A correlation of three variables is 2 x - 1 for x of Beta(3/2, 3/2), whose variance is 1/16.
    assert second_moment(ravine) == pytest.approx(1 / 4, abs=0.01)
    assert second_moment(torch) > 1 / 4 + 0.03
