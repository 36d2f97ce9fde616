"""The Dirichlet distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._ops import _sample_dirichlet
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Dirichlet"]


class Dirichlet(ExponentialFamily):
    """Density `Gamma(sum a) / prod Gamma(a[i]) prod x[i]^(a[i] - 1)` of points of the simplex.

    Args:
        concentration: a, (..., K), above 0.

    Raises:
        ShapeError: `concentration` has no dimension.

    >>> from ravine.distributions import Dirichlet
    >>> Dirichlet(ravine.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ShapeError("Dirichlet: concentration is a single number; give a vector of them at least")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return _sample_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        a = self.concentration
        return ravine.xlogy(a - 1, value).sum(-1) + ravine.lgamma(a.sum(-1)) - ravine.lgamma(a).sum(-1)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        """A corner where all concentrations are below 1."""
        above = (self.concentration - 1).clamp(min=0)
        corner = (ravine.arange(above.shape[-1], device=above.device) == 0).to(above.dtype)
        is_corner = (self.concentration < 1).all(-1, keepdim=True)
        return ravine.where(is_corner, corner, above / above.sum(-1, keepdim=True))

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total.square() * (total + 1))

    def entropy(self) -> Tensor:
        a, k = self.concentration, self.concentration.shape[-1]
        total = a.sum(-1)
        norm = ravine.lgamma(a).sum(-1) - ravine.lgamma(total)
        return norm - (k - total) * ravine.digamma(total) - ((a - 1) * ravine.digamma(a)).sum(-1)

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.concentration,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ravine.lgamma(x).sum(-1) - ravine.lgamma(x.sum(-1))
