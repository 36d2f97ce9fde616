"""The inverse gamma distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.gamma import Gamma
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import PowerTransform

if TYPE_CHECKING:
    pass

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    """Of `1 / x` for x of `Gamma(concentration, rate)`.

    >>> from ravine.distributions import InverseGamma
    >>> InverseGamma(3.0, 1.0).mean
    tensor(0.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True
    base_dist: Gamma

    def __init__(
        self, concentration: Tensor | float, rate: Tensor | float, validate_args: bool | None = None
    ) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        inverse = PowerTransform(-base.rate.new_ones(()))
        super().__init__(base, inverse, validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:
        """The shape of the gamma distribution."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Tensor:
        """The rate of the gamma distribution."""
        return self.base_dist.rate

    @property
    def mean(self) -> Tensor:
        """Infinite for shapes up to 1."""
        a = self.concentration
        return ravine.where(a > 1, self.rate / (a - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """Infinite for shapes up to 2."""
        a = self.concentration
        return ravine.where(a > 2, self.rate.square() / ((a - 1).square() * (a - 2)), math.inf)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a + self.rate.log() + ravine.lgamma(a) - (1 + a) * ravine.digamma(a)
