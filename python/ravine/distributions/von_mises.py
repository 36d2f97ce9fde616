"""The von Mises distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._ops import _standard_von_mises
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Density `exp(concentration cos(x - loc)) / (2 pi I0(concentration))` of angles, from -pi to pi.

    Args:
        loc: the mean, in radians.
        concentration: above 0.

    Draws follow Best and Fisher (1979).

    >>> from ravine.distributions import VonMises
    >>> VonMises(ravine.tensor(0.0), ravine.tensor(1.0)).mean
    tensor(0.)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(
        self, loc: Tensor | float, concentration: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The circular one, `1 - I1 / I0`."""
        k = self.concentration
        return 1 - ravine.special.i1e(k) / ravine.special.i0e(k)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            angle = _standard_von_mises(self.concentration.expand(self._extended_shape(sample_shape)))
            return (angle + math.pi + self.loc) % (2 * math.pi) - math.pi

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        k = self.concentration
        return k * (value - self.loc).cos() - k - math.log(2 * math.pi) - ravine.special.i0e(k).log()
