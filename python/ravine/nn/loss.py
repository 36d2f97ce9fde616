"""Losses as modules."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["CrossEntropyLoss"]


class CrossEntropyLoss(Module):
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

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = reduction
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
