"""The Wishart distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.chi2 import Chi2
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.multivariate_normal import log_diagonal, lower_factor, one_matrix, precision_of
from ravine.distributions.utils import lazy_property, standard_normal
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Wishart"]


class Wishart(ExponentialFamily):
    """Of `X X^T` for p x df matrices X whose columns are normal with mean 0 and covariance C; `df` may be any
    number above `p - 1`. Draws follow Bartlett's decomposition (Smith and Hocking, 1972).

    Args:
        df: degrees of freedom.
        covariance_matrix: C, (..., p, p); or
        precision_matrix: its inverse; or
        scale_tril: its Cholesky factor.

    Raises:
        ValueError: not one of the three is given.
        ShapeError: the matrix has fewer than two dimensions.

    >>> from ravine.distributions import Wishart
    >>> Wishart(ravine.tensor(2.0), ravine.eye(2)).mean
    tensor([[2., 0.],
            [0., 2.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        df: Tensor | float,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            "Wishart",
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        if matrix.shape[-2] != matrix.shape[-1]:
            raise ShapeError(f"Wishart: {name} has shape {tuple(matrix.shape)}; it must be square")
        if not isinstance(df, Tensor):
            df = ravine.tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch = ravine.broadcast_shapes(tuple(df.shape), tuple(matrix.shape[:-2]))
        self.df = df.expand(batch)
        self.__dict__[name] = matrix.expand(*batch, *matrix.shape[-2:])
        self._lower = lower_factor(name, self.__dict__[name])
        p = int(matrix.shape[-1])
        offsets = ravine.arange(p, dtype=self.df.dtype, device=self.df.device)
        self._chi2 = Chi2(self.df.unsqueeze(-1) - offsets, validate_args=False)
        super().__init__(batch, (p, p), validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._lower.shape[-1] - 1),
        }

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of C."""
        return self._lower

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """C."""
        return self._lower @ self._lower.mT

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of C."""
        return precision_of(self._lower)

    @property
    def _p(self) -> int:
        return self._event_shape[-1]

    @property
    def mean(self) -> Tensor:
        return self.df[..., None, None] * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """NaN for `df` up to `p + 1`."""
        factor = self.df - self._p - 1
        factor = factor.masked_fill(factor <= 0, math.nan)
        return factor[..., None, None] * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        c = self.covariance_matrix
        diagonal = ravine.diagonal(c, 0, -2, -1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df[..., None, None] * (c.square() + products)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        diagonal = self._chi2.rsample(sample_shape).sqrt()
        noise = standard_normal(shape, self._lower).tril(-1) + ravine.diag_embed(diagonal)
        root = self._lower @ noise
        return root @ root.mT

    def _log_gamma(self, a: Tensor) -> Tensor:
        return ravine.special.multigammaln(a, self._p)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        p, nu = self._p, self.df
        norm = nu * (p * math.log(2) / 2 + log_diagonal(self._lower)) + self._log_gamma(nu / 2)
        trace = (self.precision_matrix * value.mT).sum((-2, -1))
        return (nu - p - 1) / 2 * ravine.linalg.slogdet(value)[1] - trace / 2 - norm

    def entropy(self) -> Tensor:
        p, nu = self._p, self.df
        offsets = ravine.arange(p, dtype=nu.dtype, device=nu.device) / 2
        slope = ravine.digamma((nu / 2).unsqueeze(-1) - offsets).sum(-1)
        scale = (p + 1) * (p * math.log(2) / 2 + log_diagonal(self._lower))
        return scale + self._log_gamma(nu / 2) - (nu - p - 1) / 2 * slope + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, Tensor]:
        return -self.precision_matrix / 2, (self.df - self._p - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        half = y + (self._p + 1) / 2
        return half * (self._p * math.log(2) - ravine.linalg.slogdet(-2 * x)[1]) + self._log_gamma(half)
