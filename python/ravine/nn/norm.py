"""LayerNorm."""

from __future__ import annotations

import ravine as rv

from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .._core import Tensor

__all__ = ["LayerNorm"]


class LayerNorm(Module):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over the last dimensions (Ba et al., 2016).

    The variance is the biased one. Shapes: ``x`` (..., *normalized_shape) -> the same; ``weight`` and
    ``bias`` ``normalized_shape``, starting as ones and zeros.

    Args:
        normalized_shape: the sizes of the last dimensions, or the last one's as an int.
        eps: added to the variance.
        elementwise_affine: whether there are ``weight`` and ``bias``.
        bias: whether there is a ``bias`` (with ``elementwise_affine`` only).
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        Error: at the call, when the input's last dimensions are not ``normalized_shape``.

    >>> import ravine
    >>> from ravine import nn
    >>> y = nn.LayerNorm(2)(ravine.tensor([1.0, 3.0]))
    >>> [round(v, 3) for v in y.tolist()]
    [-1.0, 1.0]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        sizes = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape: tuple[int, ...] = sizes
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)
        if elementwise_affine:
            self.weight = Parameter(rv.ones(*sizes, device=device, dtype=dtype))
            if bias:
                self.bias = Parameter(rv.zeros(*sizes, device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Set weight to ones and bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.normalized_shape}"
