"""Losses of several labels, of own distances, and of a linear layer's logits."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._reduction import reduction_of
from ._sizes import choice
from .projection import linear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..._core import Tensor

_REDUCTIONS = ("mean", "sum", "none")


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    choice("reduction", reduction, _REDUCTIONS)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


@declare(FUNCTIONAL)
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A hinge loss for each pair of a label and another class; see :class:`ravine.nn.MultiLabelMarginLoss`.

    >>> import ravine
    >>> multilabel_margin_loss(ravine.tensor([0.5, 0.0]), ravine.tensor([0, -1])).item()
    0.25
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input.ndim not in (1, 2) or input.shape != target.shape:
        raise ShapeError(
            f"input and target have shapes {tuple(input.shape)} and {tuple(target.shape)}; both must be "
            f"(N, C) "
            "or (C,)"
        )
    if target.dtype not in (rv.int64, rv.int32):
        raise DTypeError(f"target has dtype {target.dtype}; labels are int64 or int32. Convert with .long()")
    classes = input.shape[-1]
    # Labels end at the first -1; what follows counts for nothing.
    given = rv.cumprod((target >= 0).long(), -1) > 0
    label = rv.where(given, target, 0).long()
    x = input.float() if input.dtype in (rv.float16, rv.bfloat16) else input
    places = rv.arange(classes, device=x.device)
    marked = ((label.unsqueeze(-1) == places) & given.unsqueeze(-1)).any(-2)
    scores = rv.gather(x, -1, label)
    hinges = rv.relu(1 - scores.unsqueeze(-1) + x.unsqueeze(-2))
    counted = given.unsqueeze(-1) & ~marked.unsqueeze(-2)
    losses = rv.where(counted, hinges, 0.0).sum((-2, -1)) / max(classes, 1)
    return _reduced(losses, reduction).to(input.dtype)


@declare(FUNCTIONAL)
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of binary cross-entropies; see :class:`ravine.nn.MultiLabelSoftMarginLoss`.

    >>> import ravine
    >>> multilabel_soft_margin_loss(ravine.zeros(1, 2), ravine.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input.ndim == 0 or input.shape != target.shape:
        raise ShapeError(
            f"input and target have shapes {tuple(input.shape)} and {tuple(target.shape)}; they must be "
            f"equal, the "
            "classes last"
        )
    losses = -(target * rv.logsigmoid(input) + (1 - target) * rv.logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return _reduced(losses.mean(-1), reduction)


@declare(FUNCTIONAL)
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """A margin between distances of any kind; see :class:`ravine.nn.TripletMarginWithDistanceLoss`.

    >>> import ravine
    >>> zero = ravine.zeros(1, 2)
    >>> city = lambda x, y: (x - y).abs().sum(1)
    >>> triplet_margin_with_distance_loss(zero, zero, zero, distance_function=city)
    tensor(1.)
    """
    choice("reduction", reduction, _REDUCTIONS)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, but is {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise ShapeError(
            f"anchor, positive and negative have shapes {tuple(anchor.shape)}, {tuple(positive.shape)} and "
            f"{tuple(negative.shape)}; they must have as many dimensions"
        )
    distance = rv.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = rv.minimum(far, distance(positive, negative))
    return _reduced(rv.clamp(margin + near - far, min=0.0), reduction)


@declare(FUNCTIONAL)
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """The cross-entropy of ``input @ linear_weight.T + linear_bias``; see
    :class:`ravine.nn.LinearCrossEntropyLoss`.

    Args:
        input: (N, in_features) or (in_features,).
        linear_weight: (C, in_features), or (C, d1, ..., in_features) for losses of several dimensions.
        target: classes (N,) or (N, d1, ...), or their probabilities (N, C, d1, ...).
        linear_bias: (C,) or (C, d1, ...).
        weight: (C,), a factor for each class.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        ignore_index: a target that counts for nothing, -100 by default.
        label_smoothing: the share of the target's mass that is spread over all classes.
        options: how PyTorch cuts the product up; it changes nothing here.

    >>> import ravine
    >>> linear_cross_entropy(ravine.ones(2, 3), ravine.zeros(4, 3), ravine.tensor([0, 3]))
    tensor(1.3863)
    """
    if linear_weight.ndim < 2:
        raise ShapeError(
            f"linear_weight has shape {tuple(linear_weight.shape)}; it must be (C, ..., in_features)"
        )
    rows = linear_weight.flatten(0, -2) if linear_weight.ndim > 2 else linear_weight
    logits = linear(input, rows, None if linear_bias is None else linear_bias.flatten())
    if linear_weight.ndim > 2:
        logits = logits.reshape(*input.shape[:-1], *linear_weight.shape[:-1])
    return rv.cross_entropy(
        logits,
        target,
        weight=weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
