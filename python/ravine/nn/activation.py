"""Activation functions as modules."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["GELU", "LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """``max(x, 0)``, elementwise; the derivative at 0 is 0.

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ReLU()(ravine.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """``x Phi(x)``, Phi the normal distribution function (Hendrycks and Gimpel, 2016), elementwise.

    Args:
        approximate: ``"none"`` for the formula above; ``"tanh"`` for
            ``x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))``.

    Raises:
        Error: at the call, for any other ``approximate``.

    >>> import ravine
    >>> from ravine import nn
    >>> round(nn.GELU()(ravine.tensor(1.0)).item(), 4)
    0.8413
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``, elementwise.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Sigmoid()(ravine.tensor(0.0)).item()
    0.5
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """``tanh(x)``, elementwise.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Tanh()(ravine.tensor(0.0)).item()
    0.0
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


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
