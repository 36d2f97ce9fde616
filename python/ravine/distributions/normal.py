"""The normal distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.utils import broadcast_all, standard_normal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Normal"]

LOG_SQRT_TAU = 0.5 * math.log(2 * math.pi)


class Normal(ExponentialFamily):
    """Density `exp(-(x - loc)^2 / (2 scale^2)) / (scale sqrt(2 pi))`.

    Args:
        loc: the mean.
        scale: the standard deviation, above 0.

    >>> from ravine.distributions import Normal
    >>> Normal(0.0, 1.0).log_prob(ravine.tensor(0.0))
    tensor(-0.9189)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _mean_carrier_measure = 0

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
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.square()

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return -0.5 * ((value - self.loc) / self.scale).square() - self.scale.log() - LOG_SQRT_TAU

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return 0.5 * ravine.erfc((self.loc - value) / (self.scale * math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * ravine.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + LOG_SQRT_TAU + self.scale.log()

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        precision = self.scale.square().reciprocal()
        return self.loc * precision, -0.5 * precision

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return -0.25 * x.square() / y + 0.5 * (-math.pi / y).log()
