"""The multivariate normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.normal import LOG_SQRT_TAU
from ravine.distributions.utils import lazy_property, standard_normal
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

__all__ = ["MultivariateNormal"]


def mahalanobis(lower: Tensor, difference: Tensor) -> Tensor:
    """`d^T (L L^T)^-1 d` of vectors d, (..., n), with L of shape (..., n, n); both broadcast."""
    n = difference.shape[-1]
    if lower.ndim == 2:
        # One matrix solves for all vectors together.
        flat = difference.reshape(-1, n)
        solved = ravine.linalg.solve_triangular(lower, flat.mT, upper=False)
        return solved.square().sum(-2).reshape(difference.shape[:-1])
    batch = ravine.broadcast_shapes(tuple(lower.shape[:-2]), tuple(difference.shape[:-1]))
    lower, difference = lower.expand(*batch, n, n), difference.expand(*batch, n)
    return ravine.linalg.solve_triangular(lower, difference.unsqueeze(-1), upper=False).square().sum((-2, -1))


def log_diagonal(lower: Tensor) -> Tensor:
    """The sum of the logarithms of the diagonal."""
    return ravine.diagonal(lower, 0, -2, -1).log().sum(-1)


def identity(like: Tensor) -> Tensor:
    """The identity matrix of the size of another."""
    return ravine.eye(like.shape[-1], dtype=like.dtype, device=like.device)


def lower_of_precision(precision: Tensor) -> Tensor:
    """The Cholesky factor of the inverse, without the inverse."""
    flipped = ravine.linalg.cholesky(precision.flip(-2, -1)).flip(-2, -1).mT
    return ravine.linalg.solve_triangular(flipped, identity(precision).expand(precision.shape), upper=False)


def precision_of(lower: Tensor) -> Tensor:
    """The inverse of `L L^T`."""
    inverse = ravine.linalg.solve_triangular(lower, identity(lower).expand(lower.shape), upper=False)
    return inverse.mT @ inverse


class MultivariateNormal(Distribution):
    """Density `exp(-(x - loc)^T C^-1 (x - loc) / 2) / sqrt(det(2 pi C))` of vectors of n numbers.

    Args:
        loc: the mean, (..., n).
        covariance_matrix: C, (..., n, n), symmetric and positive definite; or
        precision_matrix: its inverse; or
        scale_tril: its Cholesky factor, lower triangular with a positive diagonal, which is the cheapest.

    Raises:
        ValueError: not one of the three is given.
        ShapeError: `loc` has no dimension, or the matrix fewer than two.

    >>> from ravine.distributions import MultivariateNormal
    >>> MultivariateNormal(ravine.zeros(2), ravine.eye(2)).log_prob(ravine.zeros(2))
    tensor(-1.8379)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            type(self).__name__,
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        if loc.ndim < 1:
            raise ShapeError("MultivariateNormal: loc is a single number; give a vector at least")
        batch = ravine.broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1]))
        self.loc = loc.expand(*batch, loc.shape[-1])
        self.__dict__[name] = matrix.expand(*batch, *matrix.shape[-2:])
        self._lower = lower_factor(name, matrix)
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)

    def _validate_parameters(self) -> None:
        n, name = self.loc.shape[-1], next(k for k in MATRICES if k in self.__dict__)
        shape = tuple(self.__dict__[name].shape)
        if shape[-2:] != (n, n):
            raise ShapeError(
                f"MultivariateNormal: loc has {n} elements, {name} has shape {shape}; give ({n}, {n})"
            )
        super()._validate_parameters()

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        lower = self._lower
        # It stays as it is: one factor serves all.
        del self._lower
        new = super().expand(batch_shape, _instance)
        self._lower = new._lower = lower
        return new

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        n = self._event_shape[0]
        return self._lower.expand(*self._batch_shape, n, n)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        n = self._event_shape[0]
        return (self._lower @ self._lower.mT).expand(*self._batch_shape, n, n)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        n = self._event_shape[0]
        return precision_of(self._lower).expand(*self._batch_shape, n, n)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._lower.square().sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + (self._lower @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        n = self._event_shape[0]
        distance = mahalanobis(self._lower, value - self.loc)
        return -0.5 * distance - n * LOG_SQRT_TAU - log_diagonal(self._lower)

    def entropy(self) -> Tensor:
        n = self._event_shape[0]
        return (n * (0.5 + LOG_SQRT_TAU) + log_diagonal(self._lower)).expand(self._batch_shape)


MATRICES = ("covariance_matrix", "precision_matrix", "scale_tril")


def one_matrix(distribution: str, **given: Tensor | None) -> tuple[str, Tensor]:
    """The name of the one matrix that is given, and the matrix."""
    found = [(name, matrix) for name, matrix in given.items() if matrix is not None]
    if len(found) != 1:
        names = ", ".join(name for name, _ in found) or "none"
        raise ValueError(
            f"{distribution}: {names} given of covariance_matrix, precision_matrix and scale_tril; give one "
            "of them"
        )
    ((name, matrix),) = found
    if matrix.ndim < 2:
        raise ShapeError(
            f"{distribution}: {name} has shape {tuple(matrix.shape)}; a matrix has two dimensions at least"
        )
    return name, matrix


def lower_factor(name: str, matrix: Tensor) -> Tensor:
    """The Cholesky factor of the covariance, from whichever matrix is given."""
    if name == "scale_tril":
        return matrix
    return ravine.linalg.cholesky(matrix) if name == "covariance_matrix" else lower_of_precision(matrix)
