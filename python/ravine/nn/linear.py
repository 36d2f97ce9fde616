"""Linear, Bilinear and Identity."""

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

__all__ = ["Bilinear", "Identity", "Linear"]


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


class Bilinear(Module):
    """``y[o] = sum over i, j of x1[i] weight[o, i, j] x2[j] + bias[o]``, of the last dimensions.

    Shapes: (..., in1_features) and (..., in2_features) -> (..., out_features); ``weight`` (out_features,
    in1_features, in2_features), ``bias`` (out_features,). Both start from U(-1/sqrt(in1_features),
    1/sqrt(in1_features)).

    Args:
        in1_features: size of the first input's last dimension.
        in2_features: size of the second one's.
        out_features: size of the output's last dimension.
        bias: whether to add ``bias``.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: ``in1_features`` is below 1.
        ShapeError: at the call, when the shapes do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Bilinear(3, 4, 5)(ravine.ones(2, 3), ravine.ones(2, 4)).shape)
    (2, 5)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features < 1:
            raise ValueError(f"Bilinear: in1_features must be at least 1, but is {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(rv.empty(*shape, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(rv.empty(out_features, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        bound = self.in1_features**-0.5
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
