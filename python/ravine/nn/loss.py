"""Losses as modules."""

from __future__ import annotations

from . import functional as F
from .functional._reduction import reduction_of
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
]


class _Loss(Module):
    """A loss with a reduction, "mean", "sum" or "none"; PyTorch's retired options say it, too.

    With ``reduce=False`` it is "none", with ``size_average=False`` "sum", and else "mean".
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)


class _Weighted(_Loss):
    """A loss with factors, which are a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class CrossEntropyLoss(_Weighted):
    """``-log softmax(x)[target]``: the loss of a classifier that gives unnormalised scores (logits).

    Shapes: ``input`` (N, C), (C,) or (N, C, d1, ...); ``target`` integer class indices (N,), () or (N, d1,
    ...), or class probabilities of the input's shape. Result: a scalar, or the target's shape with
    ``reduction="none"``.

    Args:
        weight: (C,), a factor for each class; the mean is then weighted.
        ignore_index: a target value that counts for nothing.
        reduction: ``"mean"`` (over the targets that count), ``"sum"`` or ``"none"``.
        label_smoothing: in [0, 1]: this share of the target's mass is spread over all classes
            (Szegedy et al., 2016).

    Raises:
        Error: at the call, when shapes or dtypes do not fit or a target is no class.

    >>> import ravine
    >>> from ravine import nn
    >>> loss = nn.CrossEntropyLoss()(ravine.zeros(1, 10), ravine.tensor([3]))
    >>> round(loss.item(), 4)
    2.3026
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Weighted):
    """``-input[target]``: the loss of a classifier that gives log-probabilities.

    Shapes and ``target`` as for :class:`CrossEntropyLoss`, class indices alone.

    Args:
        weight: (C,), a factor for each class; the mean is then weighted.
        ignore_index: a target value that counts for nothing.
        reduction: ``"mean"`` (over the targets that count), ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.NLLLoss()(ravine.tensor([[-1.0, -2.0]]), ravine.tensor([1])).item()
    2.0
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MSELoss(_Loss):
    """``(input - target)^2``. Shapes must be equal; ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MSELoss()(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0])).item()
    2.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """``|input - target|``. Shapes must be equal; ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.L1Loss()(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0])).item()
    1.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """``d^2 / (2 beta)`` where |d| < beta, ``|d| - beta / 2`` elsewhere, d = input - target (Girshick, 2015).

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        beta: where the square ends; 0 for :class:`L1Loss`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.SmoothL1Loss()(ravine.tensor([3.0]), ravine.tensor([0.0])).item()
    2.5
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """``d^2 / 2`` where |d| <= delta, else ``delta (|d| - delta / 2)``, d = input - target (Huber, 1964).

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        delta: where the square ends, positive.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.HuberLoss(delta=2.0)(ravine.tensor([3.0]), ravine.tensor([0.0])).item()
    4.0
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SoftMarginLoss(_Loss):
    """``log(1 + e^(-target input))``, targets 1 and -1; ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.SoftMarginLoss()(ravine.tensor([-100.0]), ravine.tensor([1.0])).item()
    100.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class PoissonNLLLoss(_Loss):
    """``e^input - target input``: the negative log-likelihood of counts under a Poisson distribution.

    Args:
        log_input: whether ``input`` is the rate's logarithm; if not, ``input - target log(input + eps)``.
        full: whether Stirling's approximation of ``log(target!)`` is added for targets above 1.
        eps: keeps the logarithm from 0.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.PoissonNLLLoss()(ravine.tensor([0.0]), ravine.tensor([2.0])).item()
    1.0
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """``(log var + (input - target)^2 / var) / 2``: a normal distribution (Nix and Weigend, 1994).

    ``var`` has the input's shape, that without its last extent, or 1 there.

    Args:
        full: whether ``log(2 pi) / 2`` is added.
        eps: the least variance.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        ValueError: at the call, when a variance is known to be negative.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.GaussianNLLLoss()(ravine.tensor([1.0]), ravine.tensor([3.0]), ravine.tensor([1.0])).item()
    2.0
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(_Loss):
    """``target (log target - input)``: the divergence of log-probabilities from a distribution.

    Args:
        reduction: ``"batchmean"`` for the divergence averaged over a batch, ``"mean"`` (over every element),
            ``"sum"`` or ``"none"``.
        log_target: whether ``target`` holds logarithms too.

    >>> import ravine
    >>> from ravine import nn
    >>> half = ravine.tensor([[0.5, 0.5]])
    >>> nn.KLDivLoss(reduction="batchmean")(half.log(), half).item()
    0.0
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_Weighted):
    """``-(y log p + (1 - y) log(1 - p))`` of probabilities; prefer :class:`BCEWithLogitsLoss`.

    Each logarithm is at least -100, so that probabilities 0 and 1 give finite losses.

    Args:
        weight: a factor for each loss; it broadcasts.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.BCELoss()(ravine.tensor([0.5]), ravine.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Weighted):
    """``(1 - y) log(1 + e^x) + pos_weight y log(1 + e^-x)``: binary cross-entropy of sigmoid(x), for any x.

    Args:
        weight: a factor for each loss; it broadcasts.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        pos_weight: a factor for the positive targets; it broadcasts.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.BCEWithLogitsLoss()(ravine.tensor([-100.0]), ravine.tensor([1.0])).item()
    100.0
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


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

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
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

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
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

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
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
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
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


class MultiMarginLoss(_Weighted):
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

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
