"""Activation functions of a whole dimension, whose results are a distribution, as modules."""

from __future__ import annotations

from ...errors import ShapeError
from .. import functional as F
from ..module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class Softmax(Module):
    """``exp(x_i) / sum_j exp(x_j)`` along ``dim``: positive numbers that sum to 1.

    Args:
        dim: the dimension that sums to 1; give it. ``None`` chooses as PyTorch does (0 for 0-d, 1-d and 3-d
            inputs, else 1).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softmax(dim=-1)(ravine.zeros(2)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """``x_i - log sum_j exp(x_j)`` along ``dim``.

    Args:
        dim: as for :class:`Softmax`.

    >>> import ravine
    >>> from ravine import nn
    >>> [round(v, 4) for v in nn.LogSoftmax(dim=-1)(ravine.zeros(2)).tolist()]
    [-0.6931, -0.6931]
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Module):
    """``softmax(-x)`` along ``dim``: the smallest elements get the most.

    Args:
        dim: as for :class:`Softmax`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softmin(dim=-1)(ravine.zeros(2)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """:class:`Softmax` over the channels of images (N, C, H, W) or (C, H, W).

    Raises:
        ShapeError: at the call, when the input has another number of dimensions.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softmax2d()(ravine.zeros(2, 1, 1)).flatten().tolist()
    [0.5, 0.5]
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(
                f"Softmax2d: input has shape {tuple(input.shape)}; it must be (N, C, H, W) or (C, H, W)"
            )
        return F.softmax(input, -3)
