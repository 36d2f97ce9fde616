"""The log-normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.normal import Normal
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import ExpTransform

if TYPE_CHECKING:
    pass

__all__ = ["LogNormal"]


class LogNormal(TransformedDistribution):
    """Of `exp(x)` for x normal with mean `loc` and standard deviation `scale`.

    >>> from ravine.distributions import LogNormal
    >>> LogNormal(0.0, 1.0).mean
    tensor(1.6487)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True
    base_dist: Normal

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of the logarithm."""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The standard deviation of the logarithm."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale.square() / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale.square()
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() + self.loc
