"""AdaptiveLogSoftmaxWithLoss: a softmax over many classes, of which few are frequent."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import ravine as rv

from .._core import Tensor
from ..errors import ShapeError, ValueError
from . import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _Result(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """A softmax over the frequent classes and the clusters, then within a cluster (Grave et al., 2017).

    Classes 0 to ``cutoffs[0] - 1`` are in the head; those from one cutoff to the next are a cluster, whose
    vectors have ``in_features / div_value ** (i + 1)`` numbers. Number classes from frequent to rare. Every
    cluster is computed for every row, so that no target is looked at and the layer can be batched.

    Shapes: input (N, in_features) and target (N,), or (in_features,) and () -> a pair ``(output, loss)``: the
    log-probabilities of the targets, (N,) or (), and minus their mean.

    Args:
        in_features: size of the inputs.
        n_classes: number of classes.
        cutoffs: increasing, from 1 to ``n_classes - 1``.
        div_value: by how much the vectors of each cluster are smaller.
        head_bias: whether the head has a bias.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: other cutoffs.
        ShapeError: at the call, when the shapes do not fit.
        IndexError: when a target is no class; as it depends on values, where the result is read.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10])
    >>> x = ravine.zeros(2, 8)
    >>> tuple(layer(x, ravine.tensor([3, 17])).output.shape), tuple(layer.log_prob(x).shape)
    ((2,), (2, 20))
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        steps = [0, *cutoffs, n_classes]
        whole = all(hasattr(n, "__index__") for n in cutoffs)
        if not cutoffs or not whole or any(low >= high for low, high in pairwise(steps)):
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs are {list(cutoffs)}; they must increase, from 1 at "
                f"least to "
                f"n_classes - 1 = {n_classes - 1} at most"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = steps[1:]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        where = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, head_bias, **where)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(Linear(in_features, width, False, **where), Linear(width, size, False, **where))
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def _checked(self, input: Tensor) -> Tensor:
        if input.ndim not in (1, 2) or input.shape[-1] != self.in_features:
            raise ShapeError(
                f"AdaptiveLogSoftmaxWithLoss: input has shape {tuple(input.shape)}; it must be "
                f"(N, {self.in_features}) or ({self.in_features},)"
            )
        return input.unsqueeze(0) if input.ndim == 1 else input

    def forward(self, input_: Tensor, target_: Tensor) -> _Result:
        x = self._checked(input_)
        if target_.shape != input_.shape[:-1]:
            raise ShapeError(
                f"AdaptiveLogSoftmaxWithLoss: target has shape {tuple(target_.shape)}; for an input "
                f"{tuple(input_.shape)} it must be {tuple(input_.shape[:-1])}"
            )
        label = target_.reshape(-1)
        # In the head stand the frequent classes, and then the clusters. A target that is no class is no
        # place.
        place, output = label, x.new_zeros(len(label))
        for i, tail in enumerate(self.tail):
            low, high = self.cutoffs[i], self.cutoffs[i + 1]
            inside = (label >= low) & (label < high)
            place = rv.where(inside, self.shortlist_size + i, place)
            own = rv.where(inside, label - low, 0).unsqueeze(1)
            within = rv.gather(F.log_softmax(tail(x), 1), 1, own).squeeze(1)
            output = output + rv.where(inside, within, 0.0)
        head = F.log_softmax(self.head(x), 1)
        output = (output + rv.gather(head, 1, place.unsqueeze(1)).squeeze(1)).reshape(target_.shape)
        return _Result(output, -output.mean())

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        x = self._checked(input)
        head = F.log_softmax(self.head(x), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            cluster = self.shortlist_size + i
            parts.append(F.log_softmax(tail(x), 1) + head[:, cluster : cluster + 1])
        found = rv.cat(parts, 1)
        return found if input.ndim == 2 else found.squeeze(0)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each input: (N, in_features) -> (N,).

        A cluster counts only where it is the head's first choice, as in PyTorch.
        """
        x = self._checked(input)
        best = rv.argmax(self.head(x), 1)
        found = rv.where(best < self.shortlist_size, best, rv.argmax(self.log_prob(x), 1))
        return found if input.ndim == 2 else found.squeeze(0)
