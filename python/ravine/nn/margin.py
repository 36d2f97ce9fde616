"""Losses of sequences, of several labels, of own distances, and of a linear layer's logits."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ..errors import ShapeError, ValueError
from . import functional as F
from .linear import Linear
from .loss import NLLLoss, _Loss, _Weighted
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .._core import Tensor

__all__ = [
    "CTCLoss",
    "LinearCrossEntropyLoss",
    "LinearCrossEntropyOptions",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "NLLLoss2d",
    "TripletMarginWithDistanceLoss",
]


class CTCLoss(Module):
    """Connectionist temporal classification: ``-log p(labels)``, summed over all alignments (Graves et al.,
    2006).

    An alignment names a class or the blank at each of T steps; equal classes in a row count once, blanks are
    left out. Shapes: ``log_probs`` (T, N, C) or (T, C), the logarithms of probabilities, as of
    ``log_softmax``;
    ``targets`` (N, S), or all sequences one after the other; ``input_lengths`` and ``target_lengths`` N
    numbers each, tensors or tuples. Tensors of lengths are looked at.

    Args:
        blank: the class of no label.
        reduction: ``"mean"`` divides each loss by its target's length first; ``"sum"`` or ``"none"``.
        zero_infinity: whether sequences that have no alignment, being too long, count 0, not infinity.

    Raises:
        ShapeError: at the call, when shapes do not fit.
        ValueError: at the call, when a length or the blank is out of range.

    >>> import ravine
    >>> from ravine import nn
    >>> scores = ravine.full((2, 1, 2), 0.5).log()
    >>> nn.CTCLoss()(scores, ravine.tensor([[1]]), [2], [1])
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank = blank
        self.reduction = reduction
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        return F.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )


class MultiLabelMarginLoss(_Loss):
    """``sum over labels y and other classes i of max(1 - x[y] + x[i], 0) / C``.

    Shapes: ``input`` (N, C) or (C,), ``target`` the same: the labels of a row end at its first -1.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        ShapeError: at the call, when the shapes are not equal.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MultiLabelMarginLoss()(ravine.tensor([0.5, 0.0]), ravine.tensor([0, -1])).item()
    0.25
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_Weighted):
    """The mean over classes of ``-(y log sigmoid(x) + (1 - y) log sigmoid(-x))``, classes being last.

    Args:
        weight: (C,), a factor for each class.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        ShapeError: at the call, when the shapes are not equal.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MultiLabelSoftMarginLoss()(ravine.zeros(1, 2), ravine.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class NLLLoss2d(NLLLoss):
    """:class:`NLLLoss` under an older name.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.NLLLoss2d()(ravine.tensor([[[[-1.0]], [[-2.0]]]]), ravine.tensor([[[1]]])).item()
    2.0
    """


class TripletMarginWithDistanceLoss(Module):
    """``max(d(anchor, positive) - d(anchor, negative) + margin, 0)`` with a distance d of any kind.

    Args:
        distance_function: d, of two tensors; the Euclidean distance by default.
        margin: by how much the negative should be farther, positive.
        swap: whether the positive's distance to the negative counts when it is smaller.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Raises:
        ValueError: ``margin`` is not positive.

    >>> import ravine
    >>> from ravine import nn
    >>> zero = ravine.zeros(1, 2)
    >>> city = lambda x, y: (x - y).abs().sum(1)
    >>> nn.TripletMarginWithDistanceLoss(distance_function=city)(zero, zero, zero)
    tensor(1.)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: margin must be greater than 0, but is {margin}")
        self.distance_function = F.pairwise_distance if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap
        self.reduction = reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


@dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch cuts up the product of :class:`LinearCrossEntropyLoss`. Here they change nothing.

    >>> from ravine import nn
    >>> nn.LinearCrossEntropyOptions().chunking_method
    'auto'
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None


class LinearCrossEntropyLoss(_Weighted):
    """:class:`CrossEntropyLoss` of the logits of a :class:`Linear` layer, ``linear``.

    Shapes: ``input`` (N, in_features) or (in_features,), ``target`` (N,) or (N, *out_features), or
    probabilities (N, num_classes, *out_features).

    Args:
        in_features: size of the input's last dimension.
        num_classes: C.
        out_features: further dimensions of the logits.
        bias: whether ``linear`` has one.
        device: where the parameters live.
        dtype: their dtype, float32 by default.
        reduction: ``"mean"`` (over the targets that count), ``"sum"`` or ``"none"``.
        weight: (C,), a factor for each class.
        ignore_index: a target that counts for nothing, -100 by default.
        label_smoothing: in [0, 1]: this share of the target's mass is spread over all classes.
        options: PyTorch's; they change nothing here.

    Raises:
        ShapeError: ``weight`` has another shape.
        ValueError: ``label_smoothing`` is out of range.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LinearCrossEntropyLoss(3, 4, reduction="none")(ravine.zeros(2, 3), ravine.tensor([0, 3])).detach()
    tensor([1.3863, 1.3863])
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise ShapeError(
                f"LinearCrossEntropyLoss: weight has shape {tuple(weight.shape)}; it must be ({num_classes},)"
            )
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"LinearCrossEntropyLoss: label_smoothing must be in [0, 1], but is {label_smoothing}"
            )
        if not isinstance(out_features, (tuple, list)) or any(n < 0 for n in out_features):
            raise ValueError(
                "LinearCrossEntropyLoss: argument 'out_features' must be a tuple of sizes, not "
                f"{out_features!r}"
            )
        super().__init__(weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, num_classes * prod(out_features), bias, device, dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        shape = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )
