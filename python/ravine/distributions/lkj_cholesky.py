"""Cholesky factors of correlation matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.beta import Beta
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all, standard_normal, tiny_of
from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors L of correlation matrices with a density proportional to `det(L L^T)^(eta - 1)` of the
    matrix (Lewandowski, Kurowicka and Joe, 2009): all are as likely for eta = 1. Draws grow the matrix row by
    row.

    Args:
        dim: rows, 2 at least.
        concentration: eta, above 0.

    Raises:
        ValueError: `dim` is below 2.

    >>> from ravine.distributions import LKJCholesky
    >>> LKJCholesky(2).log_prob(ravine.eye(2)).exp()
    tensor(0.5000)
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Tensor | float = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(f"LKJCholesky: dim={dim} must be 2 or more")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        c = self.concentration.unsqueeze(-1)
        offset = ravine.arange(dim - 1, dtype=c.dtype, device=c.device)
        offset = ravine.cat([offset[:1], offset])
        marginal = c + 0.5 * (dim - 2)
        self._beta = Beta(0.5 * offset + 0.5, marginal - 0.5 * offset, validate_args=False)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            length = self._beta.sample(sample_shape).unsqueeze(-1)
            noise = standard_normal(self._extended_shape(sample_shape), self.concentration).tril(-1)
            norm = noise.square().sum(-1, keepdim=True).sqrt()
            # The first row has nothing below the diagonal.
            rows = length.sqrt() * noise / norm.masked_fill(norm == 0, 1)
            left = (1 - rows.square().sum(-1)).clamp(min=tiny_of(rows)).sqrt()
            return rows + ravine.diag_embed(left)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        n = self.dim - 1
        diagonal = ravine.diagonal(value, 0, -2, -1)[..., 1:]
        order = ravine.arange(2, self.dim + 1, dtype=diagonal.dtype, device=diagonal.device)
        power = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        alpha = self.concentration + 0.5 * n
        norm = 0.5 * n * math.log(math.pi) - ravine.lgamma(alpha) * n
        norm = norm + ravine.special.multigammaln(alpha - 0.5, n)
        return (power * diagonal.log()).sum(-1) - norm
