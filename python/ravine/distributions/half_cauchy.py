"""The half-Cauchy distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.cauchy import Cauchy
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import AbsTransform

if TYPE_CHECKING:
    pass

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """Of `|x|` for x of a Cauchy distribution around 0.

    >>> from ravine.distributions import HalfCauchy
    >>> HalfCauchy(1.0).cdf(ravine.tensor(1.0))
    tensor(0.5000)
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    base_dist: Cauchy

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Tensor:
        """That of the Cauchy distribution."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        """Infinite."""
        return ravine.full_like(self.scale, math.inf)

    @property
    def mode(self) -> Tensor:
        return ravine.zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        """Infinite."""
        return self.base_dist.variance

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return ravine.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
