"""Distributions: densities, draws, entropies and divergences, with PyTorch's names.

Draws come from the generator that `ravine.manual_seed` seeds, on the device of the parameters.

>>> from ravine.distributions import Categorical, Normal
>>> d = Normal(ravine.tensor([0.0, 1.0]), 1.0)
>>> d.log_prob(ravine.zeros(2))
tensor([-0.9189, -1.4189])
>>> Categorical(logits=ravine.zeros(4)).entropy()
tensor(1.3863)
"""

from __future__ import annotations

from ravine.distributions import constraints, transforms
from ravine.distributions.bernoulli import Bernoulli
from ravine.distributions.beta import Beta
from ravine.distributions.binomial import Binomial
from ravine.distributions.categorical import Categorical
from ravine.distributions.cauchy import Cauchy
from ravine.distributions.chi2 import Chi2
from ravine.distributions.constraint_registry import biject_to, transform_to
from ravine.distributions.continuous_bernoulli import ContinuousBernoulli
from ravine.distributions.dirichlet import Dirichlet
from ravine.distributions.distribution import Distribution
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.exponential import Exponential
from ravine.distributions.fishersnedecor import FisherSnedecor
from ravine.distributions.gamma import Gamma
from ravine.distributions.generalized_pareto import GeneralizedPareto
from ravine.distributions.geometric import Geometric
from ravine.distributions.gumbel import Gumbel
from ravine.distributions.half_cauchy import HalfCauchy
from ravine.distributions.half_normal import HalfNormal
from ravine.distributions.independent import Independent
from ravine.distributions.inverse_gamma import InverseGamma
from ravine.distributions.kl import kl_divergence, register_kl
from ravine.distributions.kumaraswamy import Kumaraswamy
from ravine.distributions.laplace import Laplace
from ravine.distributions.lkj_cholesky import LKJCholesky
from ravine.distributions.log_normal import LogNormal
from ravine.distributions.logistic_normal import LogisticNormal
from ravine.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from ravine.distributions.mixture_same_family import MixtureSameFamily
from ravine.distributions.multinomial import Multinomial
from ravine.distributions.multivariate_normal import MultivariateNormal
from ravine.distributions.negative_binomial import NegativeBinomial
from ravine.distributions.normal import Normal
from ravine.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from ravine.distributions.pareto import Pareto
from ravine.distributions.poisson import Poisson
from ravine.distributions.relaxed_bernoulli import RelaxedBernoulli
from ravine.distributions.relaxed_categorical import RelaxedOneHotCategorical
from ravine.distributions.studentT import StudentT
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from ravine.distributions.uniform import Uniform
from ravine.distributions.von_mises import VonMises
from ravine.distributions.weibull import Weibull
from ravine.distributions.wishart import Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
    "transforms",
]
