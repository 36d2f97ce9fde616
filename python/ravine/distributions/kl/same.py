"""Divergences of two distributions of one family."""

from __future__ import annotations

import math
from typing import Any

import ravine
from ravine import Tensor
from ravine.distributions.bernoulli import Bernoulli
from ravine.distributions.beta import Beta
from ravine.distributions.binomial import Binomial
from ravine.distributions.categorical import Categorical
from ravine.distributions.cauchy import Cauchy
from ravine.distributions.continuous_bernoulli import ContinuousBernoulli
from ravine.distributions.dirichlet import Dirichlet
from ravine.distributions.exp_family import ExponentialFamily, normalizer_and_slopes
from ravine.distributions.exponential import Exponential
from ravine.distributions.gamma import Gamma
from ravine.distributions.geometric import Geometric
from ravine.distributions.gumbel import EULER, Gumbel
from ravine.distributions.half_normal import HalfNormal
from ravine.distributions.independent import Independent
from ravine.distributions.kl import kl_divergence, register_kl
from ravine.distributions.laplace import Laplace
from ravine.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from ravine.distributions.multivariate_normal import MultivariateNormal, log_diagonal, mahalanobis
from ravine.distributions.normal import Normal
from ravine.distributions.one_hot_categorical import OneHotCategorical
from ravine.distributions.pareto import Pareto
from ravine.distributions.poisson import Poisson
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.uniform import Uniform
from ravine.distributions.utils import sum_rightmost


def _infinite_where(condition: Tensor, result: Tensor) -> Tensor:
    return ravine.where(condition, math.inf, result)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    softplus = ravine.nn.functional.softplus
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    one = _infinite_where(q.probs == 0, one)
    one = ravine.where(p.probs == 0, 0.0, one)
    none = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    none = _infinite_where(q.probs == 1, none)
    return one + ravine.where(p.probs == 1, 0.0, none)


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("kl_divergence of Binomials is not known where the first has fewer trials")
    each = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return _infinite_where(p.total_count > q.total_count, p.total_count * each)


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    each = p.probs * (p.logits - q.logits)
    each = _infinite_where(q.probs == 0, each)
    return ravine.where(p.probs == 0, 0.0, each).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Tensor:
    own = p._log_norm() + (-p.probs).log1p()
    return p.mean * (p.logits - q.logits) + own - q._log_norm() - (-q.probs).log1p()


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    of_a, of_b = a.sum(-1), b.sum(-1)
    norms = ravine.lgamma(of_a) - ravine.lgamma(of_b) - (ravine.lgamma(a) - ravine.lgamma(b)).sum(-1)
    slopes = ravine.digamma(a) - ravine.digamma(of_a).unsqueeze(-1)
    return norms + ((a - b) * slopes).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: ExponentialFamily, q: ExponentialFamily) -> Tensor:
    """The Bregman divergence of the log-normaliser."""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"kl_divergence is not known for {type(p).__name__} and {type(q).__name__}: define it with "
            "register_kl"
        )
    normalizer, slopes = normalizer_and_slopes(p, p._natural_params)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for mine, other, slope in zip(p._natural_params, q._natural_params, slopes):
        product = (other - mine) * slope
        result = result - sum_rightmost(product, product.ndim - len(result.shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    norms = b * (p.rate / q.rate).log() + ravine.lgamma(b) - ravine.lgamma(a)
    return norms + (a - b) * ravine.digamma(a) + (q.rate - p.rate) * (a / p.rate)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    ratio, shift = p.scale / q.scale, (q.loc - p.loc) / q.scale
    return ratio * EULER - ratio.log() - shift + (shift + ravine.lgamma(1 + ratio)).exp() - (1 + EULER)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return distance / q.scale + ratio * (-distance / p.scale).exp() - ratio.log() - 1


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).square() - 1 - ratio.log())


def _roots(d: Any) -> list[Tensor]:
    """Matrices F whose products F F^T add up to the covariance."""
    if isinstance(d, MultivariateNormal):
        return [d._lower]
    return [d.cov_factor, ravine.diag_embed(d.cov_diag.sqrt())]


def _log_det(d: Any) -> Tensor:
    return 2 * log_diagonal(d._lower) if isinstance(d, MultivariateNormal) else d._log_det()


def _solved(lower: Tensor, right: Tensor) -> Tensor:
    batch = ravine.broadcast_shapes(tuple(lower.shape[:-2]), tuple(right.shape[:-2]))
    lower, right = (x.expand(*batch, *x.shape[-2:]) for x in (lower, right))
    return ravine.linalg.solve_triangular(lower, right, upper=False)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ravine.errors.ShapeError(
            f"kl_divergence: events of shapes {tuple(p.event_shape)} and {tuple(q.event_shape)} are of "
            "different "
            "spaces; they must be equal"
        )
    difference = q.loc - p.loc
    trace: Any = 0.0
    if isinstance(q, MultivariateNormal):
        distance = mahalanobis(q._lower, difference)
        for root in _roots(p):
            trace = trace + _solved(q._lower, root).square().sum((-2, -1))
    else:
        # The inverse of the covariance is diag(D)^-1 - A^T A.
        over, lower = q._over_diag, q._capacitance_tril
        whole = (difference.square() / q.cov_diag).sum(-1)
        distance = whole - mahalanobis(lower, (over @ difference.unsqueeze(-1)).squeeze(-1))
        for root in _roots(p):
            trace = trace + (root.square() / q.cov_diag.unsqueeze(-1)).sum((-2, -1))
            trace = trace - _solved(lower, over @ root).square().sum((-2, -1))
    return 0.5 * (_log_det(q) - _log_det(p) + trace + distance - p.event_shape[0])


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Tensor:
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return _infinite_where(p.scale < q.scale, result)


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "kl_divergence of transformed distributions needs equal transforms and events"
        )
    more = len(p.event_shape) - len(p.base_dist.event_shape)
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), more)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return _infinite_where((q.low > p.low) | (q.high < p.high), result)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "kl_divergence of Independents needs as many reinterpreted dimensions in both"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    together = (p.scale + q.scale).square() + (p.loc - q.loc).square()
    return together.log() - (4 * p.scale * q.scale).log()
