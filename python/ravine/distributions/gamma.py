"""The gamma distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._ops import _standard_gamma
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.utils import broadcast_all, tiny_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Gamma"]


class Gamma(ExponentialFamily):
    """Density `rate^a x^(a - 1) exp(-rate x) / Gamma(a)` for x above 0, with the shape a.

    Args:
        concentration: the shape, above 0.
        rate: the inverse of the scale, above 0.

    Draws follow Marsaglia and Tsang (2000), their gradients Figurnov, Mohamed and Mnih (2018); those are not
    differentiated again.

    >>> from ravine.distributions import Gamma
    >>> Gamma(2.0, 1.0).log_prob(ravine.tensor(1.0))
    tensor(-1.)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, concentration: Tensor | float, rate: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate.square()

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        value = _standard_gamma(self.concentration.expand(shape)) / self.rate
        return value.clamp(min=tiny_of(value))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        a = self.concentration
        return ravine.xlogy(a, self.rate) + ravine.xlogy(a - 1, value) - self.rate * value - ravine.lgamma(a)

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        return ravine.special.gammainc(self.concentration, self.rate * value)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - self.rate.log() + ravine.lgamma(a) + (1 - a) * ravine.digamma(a)

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ravine.lgamma(x + 1) - (x + 1) * (-y).log()
