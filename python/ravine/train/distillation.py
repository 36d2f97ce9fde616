"""Distillation: a student learns from a teacher's answers, or from what the teacher sees."""

from __future__ import annotations

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["FeatureMatching", "distillation_loss"]


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
