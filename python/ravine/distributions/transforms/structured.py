"""Transforms of vectors and matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine._names import Size
from ravine.distributions import constraints
from ravine.distributions.transforms.elementwise import _Plain
from ravine.distributions.utils import eps_of, tiny_of, tril_matrix_to_vec, vec_to_tril_matrix
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine import Tensor

__all__ = [
    "CorrCholeskyTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "SoftmaxTransform",
    "StickBreakingTransform",
]


def _need_vector(name: str, shape: Sequence[int]) -> Size:
    if len(shape) < 1:
        raise ShapeError(f"{name}: a shape of no dimension holds no vector; give one dimension at least")
    return Size(shape)


class SoftmaxTransform(_Plain):
    """`softmax(x)` along the last dimension; not bijective, as a constant added to x is lost.

    >>> from ravine.distributions.transforms import SoftmaxTransform
    >>> SoftmaxTransform()(ravine.zeros(2))
    tensor([0.5000, 0.5000])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        return ravine.softmax(x, -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return _need_vector("SoftmaxTransform", shape)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        return _need_vector("SoftmaxTransform", shape)


class StickBreakingTransform(_Plain):
    """From K numbers to K + 1 that add up to 1: each takes the share `sigmoid(x[i] - log(K - i))` of what is
    left.

    >>> from ravine.distributions.transforms import StickBreakingTransform
    >>> StickBreakingTransform()(ravine.zeros(2))
    tensor([0.3333, 0.3333, 0.3333])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _offset(x: Tensor) -> Tensor:
        """The logarithms of K, K - 1, .., 1."""
        k = x.shape[-1]
        return ravine.arange(k, 0, -1, dtype=x.dtype, device=x.device).log()

    def _call(self, x: Tensor) -> Tensor:
        z = ravine.sigmoid(x - self._offset(x)).clamp(min=tiny_of(x), max=1 - eps_of(x))
        left, one = (1 - z).cumprod(-1), ravine.ones_like(z[..., :1])
        return ravine.cat([z, one], -1) * ravine.cat([one, left], -1)

    def _inverse(self, y: Tensor) -> Tensor:
        parts = y[..., :-1]
        left = (1 - parts.cumsum(-1)).clamp(min=tiny_of(y))
        return parts.log() - left.log() + self._offset(parts)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        x = x - self._offset(x)
        return (ravine.nn.functional.logsigmoid(x) - x + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Size:
        shape = _need_vector("StickBreakingTransform", shape)
        return Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        shape = _need_vector("StickBreakingTransform", shape)
        return Size((*shape[:-1], shape[-1] - 1))


class LowerCholeskyTransform(_Plain):
    """The lower triangle, with the exponential of the diagonal.

    >>> from ravine.distributions.transforms import LowerCholeskyTransform
    >>> LowerCholeskyTransform()(ravine.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + ravine.diag_embed(ravine.diagonal(x, 0, -2, -1).exp())

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + ravine.diag_embed(ravine.diagonal(y, 0, -2, -1).log())


class PositiveDefiniteTransform(_Plain):
    """`L L^T` with the L of `LowerCholeskyTransform`."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().inv(ravine.linalg.cholesky(y))


class CorrCholeskyTransform(_Plain):
    """From D (D - 1) / 2 numbers to the Cholesky factor of a D x D correlation matrix, row by row: `tanh(x)`
    are partial correlations (Lewandowski, Kurowicka and Joe, 2009).

    >>> from ravine.distributions.transforms import CorrCholeskyTransform
    >>> CorrCholeskyTransform()(ravine.zeros(1))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = eps_of(x)
        partial = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), diag=-1)
        left = (1 - partial.square()).sqrt().cumprod(-1)
        identity = ravine.eye(partial.shape[-1], dtype=x.dtype, device=x.device)
        before = ravine.cat([ravine.ones_like(left[..., :1]), left[..., :-1]], -1)
        return (partial + identity) * before

    def _inverse(self, y: Tensor) -> Tensor:
        left = 1 - y.square().cumsum(-1)
        before = ravine.cat([ravine.ones_like(left[..., :1]), left[..., :-1]], -1)
        partial = tril_matrix_to_vec(y, -1) / tril_matrix_to_vec(before, -1).sqrt()
        return (partial.log1p() - (-partial).log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        left = tril_matrix_to_vec(1 - y.square().cumsum(-1), -2)
        of_tanh = -2 * (x + ravine.nn.functional.softplus(-2 * x) - math.log(2.0)).sum(-1)
        return 0.5 * left.log().sum(-1) + of_tanh

    def forward_shape(self, shape: Sequence[int]) -> Size:
        n = _need_vector("CorrCholeskyTransform", shape)[-1]
        d = (1 + math.isqrt(1 + 8 * n)) // 2
        if d * (d - 1) // 2 != n:
            raise ShapeError(
                f"CorrCholeskyTransform: {n} numbers make no triangle; a D x D matrix takes D (D - 1) / 2"
            )
        return Size((*shape[:-1], d, d))

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        if len(shape) < 2 or shape[-2] != shape[-1]:
            raise ShapeError(f"CorrCholeskyTransform: shape {tuple(shape)} does not end in a square matrix")
        d = shape[-1]
        return Size((*shape[:-2], d * (d - 1) // 2))
