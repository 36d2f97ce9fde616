"""Normalisation that treats each sample by itself: LayerNorm, RMSNorm, GroupNorm."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .._core import Tensor

__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


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


class RMSNorm(Module):
    """``x / sqrt(mean(x^2) + eps) * weight`` over the last dimensions (Zhang and Sennrich, 2019).

    Shapes: ``x`` (..., *normalized_shape) -> the same; ``weight`` ``normalized_shape``, starting as ones.

    Args:
        normalized_shape: the sizes of the last dimensions, or the last one's as an int.
        eps: added to the mean square; the input dtype's machine epsilon if None.
        elementwise_affine: whether there is a ``weight``.
        device: where the parameter lives.
        dtype: its dtype, float32 by default.

    Raises:
        Error: at the call, when the input's last dimensions are not ``normalized_shape``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.RMSNorm(2)(ravine.tensor([3.0, 4.0])).detach()
    tensor([0.8485, 1.1314])
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        sizes = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape: tuple[int, ...] = sizes
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", None)
        if elementwise_affine:
            self.weight = Parameter(rv.ones(*sizes, device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Set weight to ones."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.normalized_shape}"


class GroupNorm(Module):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` over groups of channels (Wu and He, 2018).

    Mean and biased variance are those of a group of a sample. Shapes: ``x`` (N, C, ...) -> the same;
    ``weight`` and ``bias`` (C,), starting as ones and zeros.

    Args:
        num_groups: into how many groups the channels are cut; a divisor of ``num_channels``.
        num_channels: C.
        eps: added to the variance.
        affine: whether there are ``weight`` and ``bias``.
        device: where the parameters live.
        dtype: their dtype, float32 by default.
        bias: whether there is a ``bias`` (with ``affine`` only).

    Raises:
        ValueError: ``num_groups`` does not divide ``num_channels``.
        Error: at the call, when the input has not ``num_channels`` channels.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.GroupNorm(2, 4)(ravine.tensor([[0.0, 2.0, 5.0, 5.0]])).detach()
    tensor([[-1.0000,  1.0000,  0.0000,  0.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels must be divisible by num_groups, but got {num_channels} and {num_groups}"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)
        if affine:
            self.weight = Parameter(rv.ones(num_channels, device=device, dtype=dtype))
            if bias:
                self.bias = Parameter(rv.zeros(num_channels, device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Set weight to ones and bias to zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine = f"affine={self.affine}, bias={self.bias is not None}"
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, {affine}"

    def path_summary(self) -> str:
        return f"{type(self).__name__} ({self.num_groups}, {self.num_channels})"


class LocalResponseNorm(Module):
    """``x[c] / (k + alpha / n sum x[j]^2)^beta`` over the n channels around c (Krizhevsky et al., 2012).

    Shapes: (N, C, ...) of three dimensions or more -> the same. Outside of the channels squares count as 0.

    Args:
        size: n; channel c sees those from ``c - n // 2`` on.
        alpha: factor of the mean of squares.
        beta: exponent.
        k: what is added to it.

    Raises:
        ShapeError: at the call, when the input has fewer dimensions.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LocalResponseNorm(1, alpha=0.75, beta=1.0)(ravine.full((1, 1, 1), 2.0)).item()
    0.5
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """:class:`LocalResponseNorm` of images (N, C, H, W) as Torch 7 had it: c lies in the middle of an odd
    window.

    With an even ``size`` the window has one channel less, while the sum is still divided by ``size``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.CrossMapLRN2d(1, alpha=0.75, beta=1.0)(ravine.full((1, 1, 1, 1), 2.0)).item()
    0.5
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim != 4:
            raise ShapeError(f"CrossMapLRN2d: input has shape {tuple(input.shape)}; it must be (N, C, H, W)")
        window = 2 * ((self.size - 1) // 2) + 1
        return F.local_response_norm(input, window, self.alpha * window / self.size, self.beta, self.k)
