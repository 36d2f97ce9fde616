"""Linear and Identity."""

from __future__ import annotations

import ravine as rv

from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["Identity", "Linear"]


class Linear(Module):
    """``y = x W^T + b``: an affine map of the last dimension.

    Shapes: ``x`` (..., in_features) -> (..., out_features); ``weight`` (out_features, in_features), ``bias``
    (out_features,). Both start from U(-1/sqrt(in_features), 1/sqrt(in_features)), as in PyTorch:
    Kaiming-uniform with a = sqrt(5).

    Args:
        in_features: size of the input's last dimension.
        out_features: size of the output's last dimension.
        bias: whether to add ``b``; without it ``self.bias`` is None.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        Error: at the call, when the input's last dimension is not ``in_features``.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Linear(3, 4)(ravine.ones(2, 3)).shape)
    (2, 4)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(rv.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(rv.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init._reset_affine(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.in_features}->{self.out_features}"


class Identity(Module):
    """Gives back its input; ignores whatever it is made with, so that it can stand in for any layer.

    >>> from ravine import nn
    >>> nn.Identity(54, unused=True)(7)
    7
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
