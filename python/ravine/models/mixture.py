"""Mixtures of Gaussians, fitted by maximum likelihood: by gradients, or by expectation and maximisation."""

from __future__ import annotations

from math import log, pi

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["GaussianMixture"]


class GaussianMixture(Model):
    """``p(x) = sum_k w_k N(x; m_k, L_k L_k^T)``, with ``w = softmax(logits)`` and L triangular.

    One component is a single Gaussian. Shapes: (N, size) -> ``log p(x)`` (N,). Parameters: K (1 + size +
    size^2), of which the triangles above the diagonal do nothing.

    Args:
        size: numbers of a sample.
        components: K.

    Raises:
        ValueError: one that is not positive.
        ShapeError: at a call, samples that are not (N, size).

    >>> import ravine
    >>> from ravine import models
    >>> model = models.GaussianMixture(size=1, components=2)
    >>> model.fit(ravine.tensor([[-2.0], [-1.0], [5.0], [6.0]]), steps=20)
    >>> sorted(round(mean, 2) for mean in model.means.flatten().tolist())
    [-1.5, 5.5]
    """

    def __init__(self, *, size: int, components: int = 1) -> None:
        super().__init__()
        if min(size, components) < 1:
            raise ValueError(
                f"GaussianMixture: size and components must be positive, got {size} and {components}"
            )
        self.logits = nn.Parameter(rv.zeros(components))
        self.means = nn.Parameter(rv.randn(components, size))
        self.factors = nn.Parameter(rv.zeros(components, size, size))

    def triangles(self) -> Tensor:
        """L: below the diagonal as in ``factors``, on it the exponential."""
        diagonal = self.factors.diagonal(dim1=1, dim2=2).exp()
        return self.factors.tril(-1) + diagonal.diag_embed()

    def joint(self, x: Tensor) -> Tensor:
        """``log w_k N(x; m_k, L_k L_k^T)``: (N, K)."""
        self._check(x)
        apart = (x.unsqueeze(1) - self.means).unsqueeze(3)  # (N, K, size, 1)
        white = rv.linalg.solve_triangular(self.triangles(), apart, upper=False).squeeze(3)
        volume = self.factors.diagonal(dim1=1, dim2=2).sum(1)
        density = -0.5 * (white.square() + log(2 * pi)).sum(2) - volume
        return self.logits.log_softmax(0) + density

    def forward(self, x: Tensor) -> Tensor:
        return self.joint(x).logsumexp(1)

    def _check(self, x: Tensor) -> None:
        size = self.means.shape[1]
        if x.ndim != 2 or x.shape[1] != size:
            raise ShapeError(f"GaussianMixture: got {tuple(x.shape)}, expected (N, {size}). Flatten samples")

    def sample(self, count: int) -> Tensor:
        """Draws: (count, size)."""
        with rv.no_grad():
            ends = self.logits.softmax(0).cumsum(0)[:-1]
            chosen = rv.searchsorted(ends, rv.rand(count, dtype=ends.dtype, device=ends.device), right=True)
            means = self.means[chosen]
            return means + (self.triangles()[chosen] @ rv.randn_like(means).unsqueeze(2)).squeeze(2)

    def fit(self, x: Tensor, *, steps: int = 100, least: float = 1e-6) -> None:
        """Expectation and maximisation (Dempster et al., 1977): ``log p(x)`` never falls in the mean over x.

        The means begin at samples that are far apart (Gonzalez, 1985), from the one nearest to the mean on.

        Args:
            x: samples (N, size).
            steps: how often.
            least: what is added to the covariances' diagonals.

        Raises:
            ValueError: fewer samples than components.
            ShapeError: samples that are not (N, size).
        """
        self._check(x)
        count, size = self.means.shape
        if len(x) < count:
            raise ValueError(
                f"GaussianMixture: {len(x)} samples are fewer than {count} components. Give more"
            )
        unit = rv.eye(size, dtype=x.dtype, device=x.device)
        with rv.no_grad():
            chosen = [(x - x.mean(0)).square().sum(1).argmin()]
            for _ in range(count - 1):
                nearest = rv.stack([(x - x[i]).square().sum(1) for i in chosen]).amin(0)
                chosen.append(nearest.argmax())
            self.logits.zero_()
            self.means.copy_(x[rv.stack(chosen)])
            spread = x.std(0, correction=0).mean().clamp(min=1e-3)
            self.factors.copy_(unit * spread.log())
            for _ in range(steps):
                share = self.joint(x).softmax(1)  # (N, K)
                total = share.sum(0) + 1e-12
                means = (share.T @ x) / total.unsqueeze(1)
                apart = x.unsqueeze(1) - means
                weighted = share.unsqueeze(2) * apart
                covariance = rv.einsum("nki,nkj->kij", weighted, apart) / total.reshape(-1, 1, 1)
                factor = rv.linalg.cholesky(covariance + least * unit)
                diagonal = factor.diagonal(dim1=1, dim2=2)
                self.logits.copy_((total / len(x)).log())
                self.means.copy_(means)
                self.factors.copy_(factor.tril(-1) + diagonal.log().diag_embed())
