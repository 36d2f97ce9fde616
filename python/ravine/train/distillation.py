"""Distillation: a student learns from a teacher's answers, or from what the teacher sees."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from .fit import batches, call, fit, pairs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .._core import Tensor
    from .callbacks import Callback
    from .fit import Fit

__all__ = ["FeatureMatching", "distill", "distillation_loss"]


def distillation_loss(
    student: Tensor, teacher: Tensor, labels: Tensor, *, temperature: float = 4.0, alpha: float = 0.5
) -> Tensor:
    """``(1 - alpha) CE(student, labels) + alpha T^2 KL(softmax(teacher / T) || softmax(student / T))``.

    Hinton et al., 2015. T^2 keeps the gradients of the second part as large as they are at T = 1. No gradient
    flows to the teacher; with ``alpha=0`` it is the cross-entropy.

    Args:
        student: logits (N, classes).
        teacher: logits (N, classes).
        labels: classes (N,), or probabilities (N, classes).
        temperature: T, positive.
        alpha: the share of the teacher, in [0, 1].

    Raises:
        ShapeError: logits of different shapes.
        ValueError: numbers out of range.

    >>> import ravine
    >>> from ravine.train import distillation_loss
    >>> logits = ravine.tensor([[1.0, 0.0], [0.0, 2.0]])
    >>> round(distillation_loss(logits, logits, ravine.tensor([0, 1]), alpha=1.0).item(), 6)
    0.0
    """
    if student.shape != teacher.shape or student.ndim != 2:
        raise ShapeError(
            f"distillation_loss: got logits {tuple(student.shape)} of the student and {tuple(teacher.shape)} "
            "of the teacher; both must be (N, classes)"
        )
    if temperature <= 0 or not 0 <= alpha <= 1:
        raise ValueError(
            f"distillation_loss: temperature is positive and alpha in [0, 1], got {temperature} and {alpha}"
        )
    loss = F.cross_entropy(student, labels)
    if alpha == 0:
        return loss
    soft = F.log_softmax(teacher.detach() / temperature, 1)
    own = F.log_softmax(student / temperature, 1)
    apart = F.kl_div(own, soft, reduction="batchmean", log_target=True)
    return (1 - alpha) * loss + alpha * temperature**2 * apart


def distill(
    student: nn.Module,
    teacher: nn.Module,
    data: Any,
    optimizer: Any,
    callbacks: Iterable[Callback] = (),
    *,
    temperature: float = 4.0,
    alpha: float = 0.5,
    **options: Any,
) -> Fit:
    """Train a student on labels and on a teacher's answers: :func:`fit` with :func:`distillation_loss`.

    Args:
        student: gives logits (N, classes).
        teacher: gives logits (N, classes) for the same inputs; asked in evaluation mode, without gradients.
        data: as of `fit`: pairs of inputs and labels.
        optimizer: of the student's parameters.
        callbacks: as of `fit`.
        temperature: T of the loss.
        alpha: the teacher's share of the loss.
        **options: the others of `fit`; a validation loss is the cross-entropy with the labels.

    >>> import io, ravine
    >>> from ravine import nn, optim
    >>> from ravine.train import distill
    >>> student, teacher = nn.Linear(4, 3), nn.Linear(4, 3)
    >>> pair = (ravine.eye(4), ravine.tensor([0, 1, 2, 0]))
    >>> optimizer = optim.SGD(student.parameters(), lr=0.1)
    >>> distill(student, teacher, pair, optimizer, steps=5, alpha=1.0, stream=io.StringIO()).reason
    'all 5 steps are made'
    """

    def loss(logits: Tensor, target: Any) -> Tensor:
        if isinstance(target, _Answered):
            return distillation_loss(logits, target.said, target.labels, temperature=temperature, alpha=alpha)
        return F.cross_entropy(logits, target)

    return fit(student, _Taught(batches(data), teacher), loss, optimizer, callbacks, **options)


class _Answered:
    """Labels, and what the teacher says."""

    def __init__(self, labels: Tensor, said: Tensor) -> None:
        self.labels, self.said = labels, said


class _Taught:
    """Batches whose targets have the teacher's answers beside them; a loader's state stays the loader's."""

    def __init__(self, data: Any, teacher: nn.Module) -> None:
        self.data, self.teacher = data, teacher

    def __iter__(self) -> Iterator[tuple[Any, _Answered]]:
        self.teacher.eval()
        for x, labels in pairs(self.data):
            with rv.no_grad():
                said = call(self.teacher, x)
            yield x, _Answered(labels, said)

    def __getattr__(self, name: str) -> Any:
        """Length, epoch and state are those of the data, if they have them."""
        if name == "data" or (name.startswith("__") and name != "__len__"):
            raise AttributeError(name)
        return getattr(self.data, name)


class FeatureMatching(nn.Module):
    """``mean((W s + b - t)^2)``: what the student sees, brought to the teacher's width, against what it sees.

    Romero et al., 2015 (FitNets). No gradient flows to the teacher; W and b are learned with the student.
    Shapes: (..., student) and (..., teacher) -> a scalar. Parameters: ``(student + 1) teacher``.

    Args:
        student: width of the student's features.
        teacher: width of the teacher's.

    Raises:
        ShapeError: at the call, features of other shapes.

    >>> import ravine
    >>> from ravine.train import FeatureMatching
    >>> match = FeatureMatching(4, 8)
    >>> match(ravine.zeros(2, 4), match.project.bias.expand(2, 8)).item()
    0.0
    """

    def __init__(self, student: int, teacher: int) -> None:
        super().__init__()
        self.project = nn.Linear(student, teacher)

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        wide = (*student.shape[:-1], self.project.out_features)
        if student.shape[-1] != self.project.in_features or tuple(teacher.shape) != wide:
            raise ShapeError(
                f"FeatureMatching: got features {tuple(student.shape)} of the student and "
                f"{tuple(teacher.shape)} of the teacher; they must be (..., {self.project.in_features}) and "
                f"(..., {self.project.out_features})"
            )
        return F.mse_loss(self.project(student), teacher.detach())
