"""The multilayer perceptron: linear maps, and between them a norm, if asked for, and an activation."""

from __future__ import annotations

from itertools import pairwise

from .. import nn
from ..errors import ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._core import Tensor

__all__ = ["MLP"]

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": F.tanh,
    "sigmoid": F.sigmoid,
    "identity": lambda x: x,
}


class _BatchNorm(nn.BatchNorm1d):
    """Over all dimensions but the last."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.reshape(-1, input.shape[-1])).reshape(input.shape)


_NORMS: dict[str, Callable[[int], nn.Module]] = {
    "none": nn.Identity,
    "layer": nn.LayerNorm,
    "batch": _BatchNorm,
}


class MLP(Model):
    """``h_l = dropout(phi(N(A_l h_(l-1) + b_l)))``, the last layer without N and phi (Rumelhart, 1986).

    Shapes: (..., sizes[0]) -> (..., sizes[-1]). An input of more than two dimensions whose last size is
    another is flattened behind the first: pictures (N, 8, 8) are (N, 64). Parameters: the
    sum of (n + 1) m over neighbouring sizes n, m, and 2 m for each norm.

    Args:
        sizes: of the input, of each hidden layer, and of the output.
        activation: ``"relu"``, ``"gelu"``, ``"silu"``, ``"tanh"``, ``"sigmoid"`` or ``"identity"``.
        dropout: the probability of dropping a hidden unit while training.
        norm: N: ``"none"``, ``"layer"`` or ``"batch"``, for which all dimensions but the last are the batch.

    Raises:
        ValueError: fewer than two sizes, one that is not positive, another activation, or another norm.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.MLP(sizes=(1, 3, 1, 3, 1))
    >>> sum(p.numel() for p in net.parameters())
    20
    """

    def __init__(
        self, *, sizes: Sequence[int], activation: str = "relu", dropout: float = 0.0, norm: str = "none"
    ) -> None:
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"MLP: sizes are those of input, hidden layers and output, got {tuple(sizes)}")
        if activation not in _ACTIVATIONS:
            raise ValueError(f"MLP: unknown activation {activation!r}. There are: {', '.join(_ACTIVATIONS)}")
        if norm not in _NORMS:
            raise ValueError(f"MLP: unknown norm {norm!r}. There are: {', '.join(_NORMS)}")
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise(sizes))
        self.norms = nn.ModuleList(_NORMS[norm](m) for m in sizes[1:-1])
        self.activation = activation
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        if x.ndim > 2 and x.shape[-1] != self.layers[0].in_features:
            x = x.flatten(1)
        for layer, norm in zip(hidden, self.norms, strict=True):
            x = self.dropout(_ACTIVATIONS[self.activation](norm(layer(x))))
        return last(x)
