"""Similarity and distance of vectors as modules."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """``x1 . x2 / (max(|x1|, eps) max(|x2|, eps))`` along a dimension.

    Args:
        dim: the dimension of the vectors.
        eps: the least length.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.CosineSimilarity(dim=0)(ravine.tensor([3.0, 4.0]), ravine.tensor([4.0, 3.0]))
    tensor(0.9600)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of ``x1 - x2 + eps`` along the last dimension.

    Args:
        p: the exponent of the norm.
        eps: keeps the distance of equal vectors from 0.
        keepdim: whether the last dimension stays, with extent 1.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.PairwiseDistance(p=1, eps=0)(ravine.tensor([3.0, 4.0]), ravine.zeros(2)).item()
    7.0
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
