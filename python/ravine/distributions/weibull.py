"""The Weibull distribution."""

from __future__ import annotations

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.exponential import Exponential
from ravine.distributions.gumbel import EULER
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import AffineTransform, PowerTransform
from ravine.distributions.utils import broadcast_all

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """Density `k / scale (x / scale)^(k - 1) exp(-(x / scale)^k)` with the shape k.

    Args:
        scale: above 0.
        concentration: k, above 0.

    >>> from ravine.distributions import Weibull
    >>> Weibull(1.0, 1.0).mean
    tensor(1.)
    """

    _made_of = ("scale", "concentration")
    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(
        self, scale: Tensor | float, concentration: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(ravine.ones_like(self.scale), validate_args=validate_args)
        transforms = [PowerTransform(self.concentration_reciprocal), AffineTransform(0.0, self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.scale * ravine.lgamma(1 + self.concentration_reciprocal).exp()

    @property
    def mode(self) -> Tensor:
        k = self.concentration
        return self.scale * ((k - 1) / k) ** self.concentration_reciprocal

    @property
    def variance(self) -> Tensor:
        r = self.concentration_reciprocal
        return self.scale.square() * (ravine.lgamma(1 + 2 * r).exp() - (2 * ravine.lgamma(1 + r)).exp())

    def entropy(self) -> Tensor:
        r = self.concentration_reciprocal
        return EULER * (1 - r) + (self.scale * r).log() + 1
