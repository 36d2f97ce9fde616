"""The Gumbel distribution."""

from __future__ import annotations

import math

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import AffineTransform, ExpTransform
from ravine.distributions.uniform import Uniform
from ravine.distributions.utils import broadcast_all, eps_of, tiny_of

__all__ = ["Gumbel"]


EULER = 0.57721566490153286


class Gumbel(TransformedDistribution):
    """Density `exp(-(z + exp(-z))) / scale` with `z = (x - loc) / scale`: of largest values.

    >>> from ravine.distributions import Gumbel
    >>> Gumbel(0.0, 1.0).mean
    tensor(0.5772)
    """

    _made_of = ("loc", "scale")
    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        low = ravine.full_like(self.loc, tiny_of(self.loc))
        base = Uniform(low, ravine.full_like(self.loc, 1 - eps_of(self.loc)), validate_args=False)
        transforms = [
            ExpTransform().inv,
            AffineTransform(0.0, -ravine.ones_like(self.scale)),
            ExpTransform().inv,
            AffineTransform(self.loc, -self.scale),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z = (self.loc - value) / self.scale
        return z - z.exp() - self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return (-((self.loc - value) / self.scale).exp()).exp()

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc - self.scale * (-value.log()).log()

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * EULER

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.square()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + EULER)
