"""Student's t-distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.chi2 import Chi2
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all, standard_normal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["StudentT"]


class StudentT(Distribution):
    """Of `loc + scale x / sqrt(z / df)` for x standard normal and z chi-squared with `df` degrees of freedom.

    >>> from ravine.distributions import StudentT
    >>> StudentT(1.0).log_prob(ravine.tensor(0.0)).exp()
    tensor(0.3183)
    """

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        df: Tensor | float,
        loc: Tensor | float = 0.0,
        scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df, validate_args=False)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """NaN up to one degree of freedom."""
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """Infinite up to two degrees of freedom, NaN up to one."""
        value = self.scale.square() * self.df / (self.df - 2)
        return value.masked_fill(self.df <= 2, math.inf).masked_fill(self.df <= 1, math.nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        x = standard_normal(self._extended_shape(sample_shape), self.loc)
        z = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * x * (z / self.df).rsqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        y = (value - self.loc) / self.scale
        norm = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + ravine.lgamma(0.5 * self.df)
            - ravine.lgamma(0.5 * (self.df + 1))
        )
        return -0.5 * (self.df + 1) * (y.square() / self.df).log1p() - norm

    def entropy(self) -> Tensor:
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = ravine.lgamma(half) + 0.5 * math.log(math.pi) - ravine.lgamma(more)
        slopes = more * (ravine.digamma(more) - ravine.digamma(half))
        return self.scale.log() + slopes + 0.5 * self.df.log() + log_beta
