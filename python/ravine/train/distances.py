"""How far two sets of samples are apart: what generative models are measured by."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Generator, Tensor

__all__ = ["frechet_distance", "sliced_wasserstein"]


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """``|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2))`` of the Gaussians fitted to both sets.

    Heusel et al., 2017. It is the squared 2-Wasserstein distance of the two Gaussians, in float64 on the CPU.

    Args:
        a: samples, or features of them, (n, d).
        b: (m, d).

    Raises:
        ShapeError: other shapes, or fewer than two samples.

    >>> import ravine
    >>> from ravine.train import frechet_distance
    >>> a = ravine.tensor([[0.0], [2.0]])
    >>> round(frechet_distance(a, a + 3), 6)
    9.0
    """
    (m_a, c_a), (m_b, c_b) = (_moments("frechet_distance", x) for x in (a, b))
    if m_a.shape != m_b.shape:
        raise ShapeError(f"frechet_distance: {len(m_a)} features of the one, {len(m_b)} of the other")
    # (C_a C_b)^(1/2) has the trace of the root of a symmetric matrix that has its eigenvalues.
    values, vectors = rv.linalg.eigh(c_a)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    shared = rv.linalg.eigvalsh(root @ c_b @ root).clamp(min=0).sqrt().sum()
    return ((m_a - m_b).square().sum() + c_a.trace() + c_b.trace() - 2 * shared).item()


def _moments(name: str, samples: Tensor) -> tuple[Tensor, Tensor]:
    if samples.ndim != 2 or len(samples) < 2:
        raise ShapeError(f"{name}: got samples of shape {tuple(samples.shape)}, expected (n, d) with n > 1")
    x = samples.detach().cpu().double()
    mean = x.mean(0)
    return mean, (x - mean).T @ (x - mean) / (len(x) - 1)


def sliced_wasserstein(
    a: Tensor, b: Tensor, *, projections: int = 128, generator: Generator | None = None
) -> float:
    """The root of the mean squared 2-Wasserstein distance of both sets along random directions.

    In one dimension the distance pairs the samples in their order (Bonneel et al., 2015); sets of different
    sizes are compared at the quantiles of the smaller one.

    Args:
        a: samples (n, d).
        b: samples (m, d).
        projections: directions.
        generator: of the directions; ravine's random stream by default.

    Raises:
        ShapeError: other shapes, or no samples.
        ValueError: no projections.

    >>> import ravine
    >>> from ravine.train import sliced_wasserstein
    >>> a = ravine.randn(50, 1)
    >>> round(sliced_wasserstein(a, a + 2), 5)
    2.0
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or 0 in a.shape + b.shape:
        raise ShapeError(
            f"sliced_wasserstein: got {tuple(a.shape)} and {tuple(b.shape)}, expected (n, d) and (m, d)"
        )
    if projections < 1:
        raise ValueError(f"sliced_wasserstein: projections must be positive, got {projections}")
    directions = rv.randn(a.shape[1], projections, generator=generator, device="cpu")
    directions = directions / directions.norm(dim=0)
    count = min(len(a), len(b))
    sorted_a, sorted_b = (
        _quantiles((x.detach().cpu().float() @ directions).sort(dim=0)[0], count) for x in (a, b)
    )
    return (sorted_a - sorted_b).square().mean().sqrt().item()


def _quantiles(ordered: Tensor, count: int) -> Tensor:
    """``count`` values at even steps of an ordered column, those between two interpolated."""
    if len(ordered) == count:
        return ordered
    place = (rv.arange(count, device="cpu") + 0.5) * (len(ordered) / count) - 0.5
    below = place.floor().clamp(0, len(ordered) - 1)
    share = (place - below).unsqueeze(1)
    below = below.long()
    return ordered[below] * (1 - share) + ordered[(below + 1).clamp(max=len(ordered) - 1)] * share
