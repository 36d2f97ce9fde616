"""The multivariate normal distribution with a covariance of low rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.multivariate_normal import identity, log_diagonal, mahalanobis
from ravine.distributions.normal import LOG_SQRT_TAU
from ravine.distributions.utils import lazy_property, standard_normal
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of n numbers with the covariance `W W^T + diag(D)`, of which only m x m matrices are
    factored.

    Args:
        loc: the mean, (..., n).
        cov_factor: W, (..., n, m).
        cov_diag: D, (..., n), above 0.

    Raises:
        ShapeError: the shapes do not fit.

    >>> from ravine.distributions import LowRankMultivariateNormal
    >>> LowRankMultivariateNormal(ravine.zeros(2), ravine.ones(2, 1), ravine.ones(2)).covariance_matrix
    tensor([[2., 1.],
            [1., 2.]])
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None
    ) -> None:
        if loc.ndim < 1:
            raise ShapeError("LowRankMultivariateNormal: loc is a single number; give a vector at least")
        n = loc.shape[-1]
        if cov_factor.ndim < 2 or cov_factor.shape[-2] != n:
            raise ShapeError(
                f"LowRankMultivariateNormal: loc has {n} elements, cov_factor has shape "
                f"{tuple(cov_factor.shape)}; "
                f"give ({n}, m)"
            )
        if cov_diag.ndim < 1 or cov_diag.shape[-1] != n:
            raise ShapeError(
                f"LowRankMultivariateNormal: loc has {n} elements, cov_diag has shape "
                f"{tuple(cov_diag.shape)}; "
                f"give ({n},)"
            )
        batch = ravine.broadcast_shapes(
            tuple(loc.shape[:-1]), tuple(cov_factor.shape[:-2]), tuple(cov_diag.shape[:-1])
        )
        self.loc = loc.expand(*batch, n)
        self.cov_factor = cov_factor.expand(*batch, *cov_factor.shape[-2:])
        self.cov_diag = cov_diag.expand(*batch, n)
        super().__init__(batch, (n,), validate_args=validate_args)

    @property
    def _over_diag(self) -> Tensor:
        """`W^T diag(D)^-1`, (..., m, n)."""
        return self.cov_factor.mT / self.cov_diag.unsqueeze(-2)

    @lazy_property
    def _capacitance_tril(self) -> Tensor:
        """The Cholesky factor of `I + W^T diag(D)^-1 W`."""
        capacitance = self._over_diag @ self.cov_factor
        return ravine.linalg.cholesky(capacitance + identity(capacitance))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.cov_factor.square().sum(-1) + self.cov_diag

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        root = self.cov_diag.sqrt().unsqueeze(-1)
        scaled = self.cov_factor / root
        product = scaled @ scaled.mT
        return root * ravine.linalg.cholesky(product + identity(product))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self.cov_factor @ self.cov_factor.mT + ravine.diag_embed(self.cov_diag)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        half = ravine.linalg.solve_triangular(self._capacitance_tril, self._over_diag, upper=False)
        return ravine.diag_embed(self.cov_diag.reciprocal()) - half.mT @ half

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        of_factor = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self.loc)
        alone = standard_normal(shape, self.loc)
        together = (self.cov_factor @ of_factor.unsqueeze(-1)).squeeze(-1)
        return self.loc + together + self.cov_diag.sqrt() * alone

    def _log_det(self) -> Tensor:
        return 2 * log_diagonal(self._capacitance_tril) + self.cov_diag.log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        difference = value - self.loc
        over = (self._over_diag @ difference.unsqueeze(-1)).squeeze(-1)
        whole = (difference.square() / self.cov_diag).sum(-1)
        distance = whole - mahalanobis(self._capacitance_tril, over)
        return -0.5 * (distance + self._log_det()) - self._event_shape[0] * LOG_SQRT_TAU

    def entropy(self) -> Tensor:
        return self._event_shape[0] * (0.5 + LOG_SQRT_TAU) + 0.5 * self._log_det()
