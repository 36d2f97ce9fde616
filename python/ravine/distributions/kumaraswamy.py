"""The Kumaraswamy distribution."""

from __future__ import annotations

import math

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.gumbel import EULER
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import AffineTransform, PowerTransform
from ravine.distributions.uniform import Uniform
from ravine.distributions.utils import broadcast_all, eps_of

__all__ = ["Kumaraswamy"]


class Kumaraswamy(TransformedDistribution):
    """Density `a b x^(a - 1) (1 - x^a)^(b - 1)` on the unit interval, with a and b above 0.

    Args:
        concentration1: a.
        concentration0: b.

    >>> from ravine.distributions import Kumaraswamy
    >>> Kumaraswamy(1.0, 1.0).mean
    tensor(0.5000)
    """

    _made_of = ("concentration1", "concentration0")
    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        concentration1: Tensor | float,
        concentration0: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        zero = ravine.zeros_like(self.concentration0)
        # Off the ends, where the logarithm of the slope is infinite.
        base = Uniform(zero + eps_of(zero) / 4, zero + (1 - eps_of(zero) / 2), validate_args=False)
        transforms = [
            PowerTransform(self.concentration0.reciprocal()),
            AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        """`b B(1 + n / a, b)`."""
        a, b = self.concentration1, self.concentration0
        first = 1 + n / a
        return (b.log() + ravine.lgamma(first) + ravine.lgamma(b) - ravine.lgamma(first + b)).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """NaN where the density has no largest value inside."""
        a, b = self.concentration1, self.concentration0

        inside = ((a - 1) / (a * b - 1)) ** a.reciprocal()
        return inside.masked_fill((b < 1) | (a < 1), math.nan)

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self.mean.square()

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = ravine.digamma(b + 1) + EULER
        return 1 - b.reciprocal() + (1 - a.reciprocal()) * harmonic - a.log() - b.log()
