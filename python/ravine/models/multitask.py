"""Several tasks on one trunk: what they share is learnt from all of them."""

from __future__ import annotations

from .. import nn
from ..errors import ValueError
from ._base import Model
from .mlp import MLP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._core import Tensor

__all__ = ["MultiTask", "weighted_sum"]


class MultiTask(Model):
    """``y_k = W_k h + b_k`` with one ``h = relu(MLP(x))`` for every task k (Caruana, 1997).

    Shapes: (N, ...) with sizes[0] numbers a sample -> a dict of (N, heads[k]). Parameters: those of the MLP
    of ``sizes``, and (sizes[-1] + 1) heads[k] for each task.

    Args:
        sizes: of the input, and of each layer of the trunk.
        heads: the size of each task's output, by its name.
        dropout: the probability of dropping a unit of the trunk while training.

    Raises:
        ValueError: no head, one that is not positive, or sizes that are no trunk's.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.MultiTask(sizes=(64, 32), heads={"digit": 10, "loop": 2})
    >>> {task: tuple(y.shape) for task, y in net(ravine.zeros(5, 8, 8)).items()}
    {'digit': (5, 10), 'loop': (5, 2)}
    """

    def __init__(self, *, sizes: Sequence[int], heads: Mapping[str, int], dropout: float = 0.0) -> None:
        super().__init__()
        if not heads or min(heads.values()) < 1:
            raise ValueError(f"MultiTask: heads are positive sizes by a task's name, got {dict(heads)}")
        self.trunk = MLP(sizes=sizes, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({task: nn.Linear(sizes[-1], size) for task, size in heads.items()})

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        hidden = self.dropout(nn.functional.relu(self.trunk(x)))
        return {task: head(hidden) for task, head in self.heads.items()}


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """``sum_k w_k L_k``: a trunk's gradient is then the same sum of the tasks' gradients.

    Args:
        losses: scalars by task.
        weights: by task.

    Raises:
        ValueError: the tasks of the two differ.

    >>> import ravine
    >>> from ravine.models import weighted_sum
    >>> weighted_sum({"a": ravine.tensor(1.0), "b": ravine.tensor(2.0)}, {"a": 1.0, "b": 0.5}).item()
    2.0
    """
    if losses.keys() != weights.keys():
        raise ValueError(f"weighted_sum: losses of {sorted(losses)}, but weights of {sorted(weights)}")
    first, *rest = (weights[task] * loss for task, loss in losses.items())
    return sum(rest, first)
