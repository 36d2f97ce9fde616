"""Conv2d."""

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

__all__ = ["Conv2d"]


class Conv2d(Module):
    """Two-dimensional convolution (cross-correlation: the kernel is not flipped).

    ``y[n, o, i, j] = b[o] + sum over c, u, v of w[o, c, u, v] x[n, c, i s + u d - p, j s + v d - p]``.

    Shapes: ``x`` (N, C, H, W) or (C, H, W) -> (N, O, H', W') or (O, H', W') with
    ``H' = floor((H + 2 p - d (k - 1) - 1) / s) + 1``; ``weight`` (O, C / groups, kh, kw), ``bias`` (O,).
    Both start from U(-1/sqrt(n), 1/sqrt(n)), n = C kh kw / groups, as in PyTorch.

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: k, or (kh, kw).
        stride: s, or a pair.
        padding: p zeros on every side, or a pair; ``"same"`` keeps H and W (stride 1 only), ``"valid"`` pads
            nothing.
        dilation: d, the distance between the kernel's taps, or a pair.
        groups: input and output channels are split into this many independent convolutions.
        bias: whether to add ``b``.
        padding_mode: ``"zeros"`` alone.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: groups that do not divide the channels; a padding that is no known word; ``"same"`` with a
            stride.
        NotImplementedError: another ``padding_mode``.
        Error: at the call, when the input's channels are not ``in_channels`` or the kernel is larger than the
            input.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Conv2d(3, 8, 3, stride=2, padding=1)(ravine.zeros(2, 3, 32, 32)).shape)
    (2, 8, 16, 16)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if padding_mode != "zeros":
            raise NotImplementedError(
                f"padding_mode={padding_mode!r} is not offered: pad the input yourself and use padding=0, "
                "or use padding_mode='zeros'"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = F.pair(kernel_size, "kernel_size")
        self.stride = F.pair(stride, "stride")
        self.padding = padding if isinstance(padding, str) else F.pair(padding, "padding")
        self.dilation = F.pair(dilation, "dilation")
        self.groups = groups
        self.padding_mode = padding_mode
        F.same_padding(
            self.padding, self.kernel_size, self.stride, self.dilation
        )  # complain now, not at the call
        self.weight = Parameter(
            rv.empty(out_channels, in_channels // groups, *self.kernel_size, device=device, dtype=dtype)
        )
        if bias:
            self.bias = Parameter(rv.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init._reset_affine(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        if self.padding != (0, 0):
            text += f", padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text

    def path_summary(self) -> str:
        kernel = "x".join(map(str, self.kernel_size))
        return f"{type(self).__name__} {self.in_channels}->{self.out_channels}, kernel {kernel}"
