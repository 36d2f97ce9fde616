"""Divergences of distributions of different families, each `E[log p(x)] - E[log q(x)]` for x of p."""

from __future__ import annotations

import math
from typing import Any

import ravine
from ravine import Tensor
from ravine.distributions.bernoulli import Bernoulli
from ravine.distributions.beta import Beta
from ravine.distributions.binomial import Binomial
from ravine.distributions.continuous_bernoulli import ContinuousBernoulli
from ravine.distributions.exponential import Exponential
from ravine.distributions.gamma import Gamma
from ravine.distributions.gumbel import EULER, Gumbel
from ravine.distributions.kl import register_kl
from ravine.distributions.laplace import Laplace
from ravine.distributions.normal import LOG_SQRT_TAU, Normal
from ravine.distributions.pareto import Pareto
from ravine.distributions.poisson import Poisson
from ravine.distributions.uniform import Uniform
from ravine.distributions.utils import broadcast_all

# ---- Where p has values that q has not ----

_BOUNDED = (Uniform, ContinuousBernoulli, Beta)
_INFINITE = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (*_BOUNDED, Pareto),
    Gamma: (*_BOUNDED, Pareto),
    Gumbel: (*_BOUNDED, Pareto, Gamma, Exponential),
    Laplace: (*_BOUNDED, Pareto, Gamma, Exponential),
    Normal: (*_BOUNDED, Pareto, Gamma, Exponential),
    Pareto: _BOUNDED,
    Poisson: (Bernoulli, Binomial),
}


def _infinite(p: Any, q: Any) -> Tensor:
    like, _ = broadcast_all(p.mean, q.mean)
    return ravine.full_like(like, math.inf)


for _first, _others in _INFINITE.items():
    for _second in _others:
        register_kl(_first, _second)(_infinite)


# ---- What does not depend on p's family but for its mean and variance ----


def _of_exponential(p: Any, q: Exponential) -> Tensor:
    return q.rate * p.mean - q.rate.log() - p.entropy()


def _of_normal(p: Any, q: Normal) -> Tensor:
    square = p.variance + (p.mean - q.loc).square()
    return 0.5 * square / q.scale.square() + q.scale.log() + LOG_SQRT_TAU - p.entropy()


def _of_uniform(p: Any, q: Uniform) -> Tensor:
    result = (q.high - q.low).log() - p.entropy()
    return ravine.where((q.low > 0) | (q.high < 1), math.inf, result)


def _of_continuous_bernoulli(p: Any, q: ContinuousBernoulli) -> Tensor:
    return -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._log_norm()


for _kind in (Beta, ContinuousBernoulli, Gamma):
    register_kl(_kind, Exponential)(_of_exponential)
for _kind in (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Uniform):
    register_kl(_kind, Normal)(_of_normal)
for _kind in (Beta, ContinuousBernoulli):
    register_kl(_kind, Uniform)(_of_uniform)
register_kl(Beta, ContinuousBernoulli)(_of_continuous_bernoulli)


# ---- The others ----


def _gamma_norm(q: Gamma) -> Tensor:
    """`-log` of what a gamma density is multiplied by."""
    return ravine.lgamma(q.concentration) - q.concentration * q.rate.log()


def _mean_log(low: Tensor, high: Tensor) -> Tensor:
    """The mean of `log x` between two bounds."""
    return (ravine.xlogy(high, high) - ravine.xlogy(low, low)) / (high - low) - 1


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return q.rate - p.probs * q.rate.log() - p.entropy()


@register_kl(Beta, Gamma)
def _beta_gamma(p: Beta, q: Gamma) -> Tensor:
    log = ravine.digamma(p.concentration1) - ravine.digamma(p.concentration1 + p.concentration0)
    return _gamma_norm(q) - (q.concentration - 1) * log + q.rate * p.mean - p.entropy()


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Exponential, q: Gamma) -> Tensor:
    log = -p.rate.log() - EULER
    return _gamma_norm(q) - (q.concentration - 1) * log + q.rate / p.rate - p.entropy()


@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p: Exponential, q: Gumbel) -> Tensor:
    product, shift = p.rate * q.scale, q.loc / q.scale
    return product.log() - 1 - shift + shift.exp() * product / (product + 1) + 1 / product


@register_kl(Gamma, Gumbel)
def _gamma_gumbel(p: Gamma, q: Gumbel) -> Tensor:
    product, shift, a = p.rate * q.scale, q.loc / q.scale, p.concentration
    own = (a - 1) * ravine.digamma(a) - ravine.lgamma(a) - a
    return own + product.log() + a / product + shift.exp() * (1 + 1 / product) ** -a - shift


@register_kl(Normal, Gumbel)
def _normal_gumbel(p: Normal, q: Gumbel) -> Tensor:
    mean, square = (p.loc - q.loc) / q.scale, (p.scale / q.scale).square()
    return mean + (0.5 * square - mean).exp() - 0.5 * square.log() - 0.5 - LOG_SQRT_TAU


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Tensor:
    difference = p.loc - q.loc
    z = difference / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z.square()).exp()
    distance = distance + difference * ravine.erf(math.sqrt(0.5) * z)
    return distance / q.scale - (p.scale / q.scale).log() - 0.5 * (1 + math.log(math.pi / 2))


@register_kl(Pareto, Exponential)
def _pareto_exponential(p: Pareto, q: Exponential) -> Tensor:
    return ravine.where(p.alpha > 1, _of_exponential(p, q), math.inf)


@register_kl(Pareto, Gamma)
def _pareto_gamma(p: Pareto, q: Gamma) -> Tensor:
    log = p.scale.log() + 1 / p.alpha
    result = _gamma_norm(q) - (q.concentration - 1) * log + q.rate * p.mean - p.entropy()
    return ravine.where(p.alpha > 1, result, math.inf)


@register_kl(Pareto, Normal)
def _pareto_normal(p: Pareto, q: Normal) -> Tensor:
    return ravine.where(p.alpha > 2, _of_normal(p, q), math.inf)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Tensor:
    a, b = q.concentration1, q.concentration0
    norm = ravine.lgamma(a) + ravine.lgamma(b) - ravine.lgamma(a + b)
    logs = (a - 1) * _mean_log(p.low, p.high) + (b - 1) * _mean_log(1 - p.high, 1 - p.low)
    return ravine.where((p.high > 1) | (p.low < 0), math.inf, norm - logs - p.entropy())


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p: Uniform, q: ContinuousBernoulli) -> Tensor:
    result = _of_continuous_bernoulli(p, q)
    return ravine.where((p.high > 1) | (p.low < 0), math.inf, result)


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Uniform, q: Exponential) -> Tensor:
    return ravine.where(p.low < 0, math.inf, _of_exponential(p, q))


@register_kl(Uniform, Gamma)
def _uniform_gamma(p: Uniform, q: Gamma) -> Tensor:
    logs = (q.concentration - 1) * _mean_log(p.low, p.high)
    return ravine.where(p.low < 0, math.inf, _gamma_norm(q) - logs + q.rate * p.mean - p.entropy())


@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p: Uniform, q: Gumbel) -> Tensor:
    share = q.scale / (p.high - p.low)
    high, low = (p.high - q.loc) / q.scale, (p.low - q.loc) / q.scale
    return share.log() + 0.5 * (high + low) - share * ((-high).exp() - (-low).exp())


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Uniform, q: Pareto) -> Tensor:
    norm = q.alpha.log() + q.alpha * q.scale.log()
    result = (q.alpha + 1) * _mean_log(p.low, p.high) - norm - p.entropy()
    return ravine.where(p.low < q.scale, math.inf, result)
