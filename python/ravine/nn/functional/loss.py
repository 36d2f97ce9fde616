"""Losses. The formulas are told at the ops and at the layers."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ._reduction import reduction_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor


@declare(FUNCTIONAL)
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """``-log softmax(input)[target]``; see :class:`ravine.nn.CrossEntropyLoss`.

    ``size_average`` and ``reduce`` are PyTorch's retired options, in all losses: with ``reduce=False``
    ``reduction`` is "none", with ``size_average=False`` "sum", and else "mean".

    Raises:
        Error: when shapes or dtypes do not fit or a target is no class.

    >>> import ravine
    >>> round(cross_entropy(ravine.zeros(2, 4), ravine.tensor([0, 3])).item(), 4)
    1.3863
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.cross_entropy(
        input,
        target,
        weight=weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


@declare(FUNCTIONAL)
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-input[target]`` of log-probabilities; see :class:`ravine.nn.NLLLoss`.

    >>> import ravine
    >>> nll_loss(ravine.tensor([[-1.0, -2.0]]), ravine.tensor([1])).item()
    2.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.nll_loss(input, target, weight, ignore_index, reduction)


@declare(FUNCTIONAL)
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``(input - target)^2``; see :class:`ravine.nn.MSELoss`.

    ``weight``, of the input's shape, scales each square; the mean then divides by its sum.

    >>> import ravine
    >>> mse_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0])).item()
    2.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if weight is None:
        return rv.mse_loss(input, target, reduction)
    return _weighted(rv.mse_loss(input, target, "none"), weight, reduction)


@declare(FUNCTIONAL)
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``|input - target|``; see :class:`ravine.nn.L1Loss`. ``weight`` is that of :func:`mse_loss`.

    >>> import ravine
    >>> l1_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0])).item()
    1.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if weight is None:
        return rv.l1_loss(input, target, reduction)
    return _weighted(rv.l1_loss(input, target, "none"), weight, reduction)


def _weighted(losses: Tensor, weight: Tensor, reduction: str) -> Tensor:
    losses = losses * weight
    if reduction == "none":
        return losses
    return losses.sum() / weight.sum() if reduction == "mean" else losses.sum()


@declare(FUNCTIONAL)
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """A square near 0 and a distance elsewhere; see :class:`ravine.nn.SmoothL1Loss`.

    >>> import ravine
    >>> smooth_l1_loss(ravine.tensor([3.0]), ravine.tensor([0.0])).item()
    2.5
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.smooth_l1_loss(input, target, reduction, beta)


@declare(FUNCTIONAL)
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-(y log p + (1 - y) log(1 - p))`` of probabilities; see :class:`ravine.nn.BCELoss`.

    >>> import ravine
    >>> binary_cross_entropy(ravine.tensor([0.5]), ravine.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.binary_cross_entropy(input, target, weight, reduction)


@declare(FUNCTIONAL)
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The binary cross-entropy of sigmoid(input), for any logit; see :class:`ravine.nn.BCEWithLogitsLoss`.

    >>> import ravine
    >>> binary_cross_entropy_with_logits(ravine.tensor([-100.0]), ravine.tensor([1.0])).item()
    100.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weight)


@declare(FUNCTIONAL)
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Terms of the divergence of log-probabilities from a target; see :class:`ravine.nn.KLDivLoss`.

    >>> import ravine
    >>> half = ravine.tensor([[0.5, 0.5]])
    >>> kl_div(half.log(), half, reduction="batchmean").item()
    0.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.kl_div(input, target, reduction, log_target)


@declare(FUNCTIONAL)
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``e^input - target input``; see :class:`ravine.nn.PoissonNLLLoss`.

    >>> import ravine
    >>> poisson_nll_loss(ravine.tensor([0.0]), ravine.tensor([2.0])).item()
    1.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.poisson_nll_loss(input, target, log_input, full, eps, reduction)


@declare(FUNCTIONAL)
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``input`` for targets 1, ``max(margin - input, 0)`` for -1; see :class:`ravine.nn.HingeEmbeddingLoss`.

    >>> import ravine
    >>> hinge_embedding_loss(ravine.tensor([0.25]), ravine.tensor([-1])).item()
    0.75
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.hinge_embedding_loss(input, target, margin, reduction)


@declare(FUNCTIONAL)
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(-target (input1 - input2) + margin, 0)``; see :class:`ravine.nn.MarginRankingLoss`.

    >>> import ravine
    >>> margin_ranking_loss(ravine.tensor([1.0]), ravine.tensor([2.0]), ravine.tensor([1.0])).item()
    1.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.margin_ranking_loss(input1, input2, target, margin, reduction)


@declare(FUNCTIONAL)
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A margin between angles of similar and dissimilar pairs; see :class:`ravine.nn.CosineEmbeddingLoss`.

    >>> import ravine
    >>> x, y = ravine.tensor([[1.0, 0.0]]), ravine.tensor([[0.0, 2.0]])
    >>> cosine_embedding_loss(x, y, ravine.tensor([1])).item()
    1.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.cosine_embedding_loss(input1, input2, target, margin, reduction)


@declare(FUNCTIONAL)
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A margin between distances to similar and dissimilar; see :class:`ravine.nn.TripletMarginLoss`.

    >>> import ravine
    >>> zero = ravine.zeros(1, 2)
    >>> triplet_margin_loss(zero, zero, zero).item()
    1.0
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)


@declare(FUNCTIONAL)
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``log(1 + e^(-target input))``; see :class:`ravine.nn.SoftMarginLoss`.

    >>> import ravine
    >>> soft_margin_loss(ravine.tensor([0.0]), ravine.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.soft_margin_loss(input, target, reduction)


@declare(FUNCTIONAL)
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A hinge loss of several classes; see :class:`ravine.nn.MultiMarginLoss`.

    >>> import ravine
    >>> multi_margin_loss(ravine.tensor([[0.0, 0.5]]), ravine.tensor([1])).item()
    0.25
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return rv.multi_margin_loss(input, target, p, margin, weight, reduction)
