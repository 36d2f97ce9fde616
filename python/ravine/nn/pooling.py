"""Layers that pool: maxima and means over windows that slide, or that adapt to the input."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
]


class _MaxPool(Module):
    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The greatest element of each window: ``y[i] = max over p of x[i s + p d - pad]`` in every channel.

    Shapes: (N, C, L) or (C, L) -> (..., L') with ``L' = floor((L + 2 pad - d (k - 1) - 1) / s) + 1``. What
    lies outside counts as less than everything, NaN as greater. The gradient goes to the first of equals.

    Args:
        kernel_size: k.
        stride: s; by default k.
        padding: pad, at most half of what a window spans.
        dilation: d, the distance between a window's taps.
        return_indices: also return the int64 positions of the maxima.
        ceil_mode: round L' up; a window that would begin behind the input is left out.

    Raises:
        Error: at the call, when a window is larger than the padded input, or the padding than half a window.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MaxPool1d(2)(ravine.tensor([[1.0, 3.0, 2.0, 0.0]])).tolist()
    [[3.0, 2.0]]
    """

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.max_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool2d(_MaxPool):
    """The greatest element of each window: ``max over p, q of x[i s + p d - pad, j s + q d - pad]``.

    Shapes: (N, C, H, W) or (C, H, W) -> (..., H', W') with
    ``H' = floor((H + 2 pad - d (k - 1) - 1) / s) + 1``. What lies outside counts as less than everything, NaN
    as greater. The gradient goes to the first of equal elements in row-major order.

    Args:
        kernel_size: k, or (kh, kw); the other sizes alike.
        stride: s; by default k.
        padding: pad, at most half of what a window spans.
        dilation: d, the distance between a window's taps.
        return_indices: also return the int64 positions of the maxima: row times width plus column.
        ceil_mode: round H' and W' up; a window that would begin behind the input is left out.

    Raises:
        Error: at the call, when a window is larger than the padded input, or the padding than half a window.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.MaxPool2d(3, stride=2, padding=1)(ravine.zeros(2, 8, 32, 32)).shape)
    (2, 8, 16, 16)
    """

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class AvgPool1d(Module):
    """The mean of each window along the last dimension; what lies outside counts as 0.

    Shapes: (N, C, L) or (C, L) -> (..., L') with ``L' = floor((L + 2 pad - k) / s) + 1``.

    Args:
        kernel_size: k.
        stride: s; by default k.
        padding: pad, at most half of k.
        ceil_mode: round L' up; a window that would begin behind the input is left out.
        count_include_pad: whether the padding counts in the mean.

    Raises:
        Error: at the call, when a window is larger than the padded input, or the padding than half a window.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AvgPool1d(2)(ravine.tensor([[1.0, 3.0, 2.0, 0.0]])).tolist()
    [[2.0, 1.0]]
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = _single(kernel_size if stride is None else stride)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


def _single(value: int | Sequence[int]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)


class AvgPool2d(Module):
    """The mean of each window; what lies outside counts as 0.

    Shapes: (N, C, H, W) or (C, H, W) -> (..., H', W') with ``H' = floor((H + 2 pad - k) / s) + 1``.

    Args:
        kernel_size: k, or (kh, kw); the other sizes alike.
        stride: s; by default k.
        padding: pad, at most half of k.
        ceil_mode: round H' and W' up; a window that would begin behind the input is left out.
        count_include_pad: whether the padding counts in the mean.
        divisor_override: divide by this number instead.

    Raises:
        Error: at the call, when a window is larger than the padded input, or the padding than half a window.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AvgPool2d(2)(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]])).tolist()
    [[[1.5]]]
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool1d(Module):
    """The means of ``output_size`` windows that cover the last dimension.

    Window i is ``floor(i L / n)`` to ``ceil((i + 1) L / n)``, n the output size. (N, C, L) or (C, L).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AdaptiveAvgPool1d(2)(ravine.tensor([[1.0, 3.0, 2.0]])).tolist()
    [[2.0, 2.5]]
    """

    def __init__(self, output_size: int | Sequence[int]) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool2d(Module):
    """The means of windows that cover each plane, as many as ``output_size`` says; 1 is global pooling.

    Row i of the windows is ``floor(i H / n)`` to ``ceil((i + 1) H / n)``, n the output's rows; columns alike.

    Args:
        output_size: (rows, columns), or one int for both; None keeps the input's extent.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.AdaptiveAvgPool2d((None, 1))(ravine.zeros(2, 8, 7, 5)).shape)
    (2, 8, 7, 1)
    """

    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(Module):
    """The greatest elements of the windows of :class:`AdaptiveAvgPool1d`, with positions if asked for.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AdaptiveMaxPool1d(2)(ravine.tensor([[1.0, 3.0, 2.0]])).tolist()
    [[3.0, 3.0]]
    """

    def __init__(self, output_size: int | Sequence[int], return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool2d(Module):
    """The greatest elements of the windows of :class:`AdaptiveAvgPool2d`, with positions if asked for.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AdaptiveMaxPool2d(1)(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]])).tolist()
    [[[3.0]]]
    """

    def __init__(self, output_size: int | Sequence[int | None] | None, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
