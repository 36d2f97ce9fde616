"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all, open_uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Laplace"]


class Laplace(Distribution):
    """Density `exp(-|x - loc| / scale) / (2 scale)`.

    Args:
        loc: the mean.
        scale: above 0.

    >>> from ravine.distributions import Laplace
    >>> Laplace(0.0, 1.0).log_prob(ravine.tensor(1.0))
    tensor(-1.6931)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale.square()

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        u = 2 * open_uniform(self._extended_shape(sample_shape), self.loc) - 1
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        distance = value - self.loc
        return 0.5 - 0.5 * distance.sign() * (-distance.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        u = value - 0.5
        return self.loc - self.scale * u.sign() * (-2 * u.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()
