"""The F-distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.gamma import Gamma
from ravine.distributions.utils import broadcast_all, tiny_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Distribution):
    """Of the ratio of two chi-squared numbers, each over its degrees of freedom.

    Args:
        df1: degrees of freedom above the line.
        df2: those below it.

    >>> from ravine.distributions import FisherSnedecor
    >>> FisherSnedecor(1.0, 4.0).mean
    tensor(2.)
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Tensor | float, df2: Tensor | float, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1, validate_args=False)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2, validate_args=False)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """NaN for `df2` up to 2."""
        df2 = self.df2.masked_fill(self.df2 <= 2, math.nan)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Tensor:
        """NaN for `df1` up to 2."""
        value = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return value.masked_fill(self.df1 <= 2, math.nan)

    @property
    def variance(self) -> Tensor:
        """NaN for `df2` up to 4."""
        df1, df2 = self.df1, self.df2.masked_fill(self.df2 <= 4, math.nan)
        return 2 * df2.square() * (df1 + df2 - 2) / (df1 * (df2 - 2).square() * (df2 - 4))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        above, below = self._gamma1.rsample(sample_shape), self._gamma2.rsample(sample_shape)
        return (above / below).clamp(min=tiny_of(above))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        norm = ravine.lgamma(a + b) - ravine.lgamma(a) - ravine.lgamma(b)
        return norm + a * ratio.log() + (a - 1) * value.log() - (a + b) * (ratio * value).log1p()
