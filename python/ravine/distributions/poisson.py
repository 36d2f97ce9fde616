"""The Poisson distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Poisson"]


class Poisson(ExponentialFamily):
    """`rate^k exp(-rate) / k!` for k from 0 on.

    Args:
        rate: the mean, 0 or more.

    >>> from ravine.distributions import Poisson
    >>> Poisson(ravine.tensor(2.0)).log_prob(ravine.tensor(0.0))
    tensor(-2.)
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            return ravine.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        return ravine.xlogy(value, self.rate) - self.rate - ravine.lgamma(value + 1)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return x.exp()
