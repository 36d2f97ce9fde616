"""The generalised Pareto distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all, standard_uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """Density `(1 + c z)^(-1 - 1 / c) / scale` with `z = (x - loc) / scale` from 0 on, up to `-1 / c` for
    negative c; `exp(-z) / scale` for c = 0.

    Args:
        loc: the least value.
        scale: above 0.
        concentration: c.

    >>> from ravine.distributions import GeneralizedPareto
    >>> GeneralizedPareto(0.0, 1.0, 0.5).mean
    tensor(2.)
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self,
        loc: Tensor | float,
        scale: Tensor | float,
        concentration: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> constraints.Constraint:
        end = self.loc - self.scale / self.concentration
        upper = ravine.where(self.concentration < 0, end, math.inf)
        return constraints.interval(self.loc, upper)

    @property
    def _is_zero(self) -> Tensor:
        return ravine.isclose(self.concentration, ravine.zeros_like(self.concentration))

    @property
    def _divisor(self) -> Tensor:
        return self.concentration.masked_fill(self._is_zero, 1)

    def _z(self, x: Tensor) -> Tensor:
        return (x - self.loc) / self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        z, c = self._z(value), self._divisor
        rest = ravine.where(self._is_zero, z, (1 / c + 1) * (c * z).log1p())
        return -self.scale.log() - rest

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of `1 - cdf`."""
        self._check(value)
        z, c = self._z(value), self._divisor
        return ravine.where(self._is_zero, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of `cdf`."""
        return (-self.log_survival_function(value).expm1()).log()

    def cdf(self, value: Tensor) -> Tensor:
        return -self.log_survival_function(value).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        passed, c = -(-value).log1p(), self._divisor
        z = ravine.where(self._is_zero, passed, (c * passed).expm1() / c)
        return self.loc + self.scale * z

    @property
    def mean(self) -> Tensor:
        """Infinite for a concentration from 1 on."""
        c = self.concentration
        return ravine.where(c < 1, self.loc + self.scale / (1 - c), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite for a concentration from 1/2 on."""
        c = self.concentration
        value = self.scale.square() / ((1 - c).square() * (1 - 2 * c))
        return ravine.where(c < 0.5, value, math.inf)

    def entropy(self) -> Tensor:
        return self.scale.log() + self.concentration + 1
