"""Similarity and distance of vectors."""

from __future__ import annotations

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = ["cosine_similarity", "pairwise_distance"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along ``dim``; see :class:`ravine.nn.CosineSimilarity`.

    >>> import ravine
    >>> cosine_similarity(ravine.tensor([3.0, 4.0]), ravine.tensor([4.0, 3.0]), dim=0)
    tensor(0.9600)
    """
    return rv.cosine_similarity(x1, x2, dim, eps)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` along the last dimension; see :class:`ravine.nn.PairwiseDistance`.

    >>> import ravine
    >>> pairwise_distance(ravine.tensor([3.0, 4.0]), ravine.zeros(2), p=1, eps=0).item()
    7.0
    """
    return rv.pairwise_distance(x1, x2, p, eps, keepdim)
