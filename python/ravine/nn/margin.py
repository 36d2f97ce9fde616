"""Losses with a margin, and similarities, as modules."""

from __future__ import annotations

from . import functional as F
from .loss import _Loss
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = [
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiMarginLoss",
    "PairwiseDistance",
    "TripletMarginLoss",
]


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


class HingeEmbeddingLoss(_Loss):
    """``input``, a distance, for targets 1 and ``max(margin - input, 0)`` for targets -1.

    Args:
        margin: how far apart dissimilar pairs should be.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.HingeEmbeddingLoss()(ravine.tensor([0.25]), ravine.tensor([-1])).item()
    0.75
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """``max(-target (input1 - input2) + margin, 0)``: target 1 asks for the first input to be larger.

    Args:
        margin: by how much.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MarginRankingLoss()(ravine.tensor([1.0]), ravine.tensor([2.0]), ravine.tensor([1.0])).item()
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """``1 - c`` for targets 1 and ``max(c - margin, 0)`` for -1, c the cosine between the inputs.

    Shapes: inputs (N, D) and target (N,), or (D,) and ().

    Args:
        margin: the largest cosine of dissimilar pairs that costs nothing.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> x, y = ravine.tensor([[1.0, 0.0]]), ravine.tensor([[0.0, 2.0]])
    >>> nn.CosineEmbeddingLoss()(x, y, ravine.tensor([1])).item()
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """``max(d(anchor, positive) - d(anchor, negative) + margin, 0)``, d the p-norm (Balntas et al., 2016).

    Args:
        margin: by how much the negative should be farther.
        p: the exponent of the norm.
        eps: keeps distances from 0.
        swap: whether the positive's distance to the negative counts when it is smaller.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> zero = ravine.zeros(1, 2)
    >>> nn.TripletMarginLoss()(zero, zero, zero).item()
    1.0
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class MultiMarginLoss(_Loss):
    """``weight[y] sum_{i != y} max(margin - x[y] + x[i], 0)^p / C``: a hinge loss (Crammer and Singer, 2001).

    Shapes: ``input`` (N, C) or (C,), ``target`` class indices (N,) or ().

    Args:
        p: 1 or 2.
        margin: by how much the label's score should be larger.
        weight: (C,), a factor for each label.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        Error: at the call, when shapes or dtypes do not fit or a target is no class.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MultiMarginLoss()(ravine.tensor([[0.0, 0.5]]), ravine.tensor([1])).item()
    0.25
    """

    weight: Tensor | None

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.p = p
        self.margin = margin
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
