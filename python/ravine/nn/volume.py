"""Layers that pool volumes, that undo pooling, that pool at random, and by powers."""

from __future__ import annotations

from ..errors import ValueError
from . import functional as F
from .module import Module
from .pooling import _MaxPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

    Size = int | Sequence[int]

__all__ = [
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool3d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class MaxPool3d(_MaxPool):
    """The greatest element of each box of (N, C, D, H, W) or (C, D, H, W); arguments as for
    :class:`MaxPool2d`.

    Positions are ``(d H + h) W + w``. The gradient goes to the first of equal elements in row-major order.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MaxPool3d(2)(ravine.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[[[7.0]]]]
    """

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.max_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class AvgPool3d(Module):
    """The mean of each box of (N, C, D, H, W) or (C, D, H, W); arguments as for :class:`AvgPool2d`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AvgPool3d(2)(ravine.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[[[3.5]]]]
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
        return F.avg_pool3d(
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


class AdaptiveAvgPool3d(Module):
    """The means of boxes that cover each volume, as many as ``output_size`` says; see
    :class:`AdaptiveAvgPool2d`.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.AdaptiveAvgPool3d((None, 1, 1))(ravine.zeros(2, 8, 4, 7, 5)).shape)
    (2, 8, 4, 1, 1)
    """

    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool3d(Module):
    """The greatest elements of the boxes of :class:`AdaptiveAvgPool3d`, with positions if asked for.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AdaptiveMaxPool3d(1)(ravine.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[[[7.0]]]]
    """

    def __init__(self, output_size: int | Sequence[int | None] | None, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


def _of(count: int, value: int | Sequence[int]) -> tuple[int, ...]:
    return (value,) * count if isinstance(value, int) else tuple(value)


class _MaxUnpool(Module):
    _spatial: int

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = _of(self._spatial, kernel_size)
        self.stride = self.kernel_size if stride is None else _of(self._spatial, stride)
        self.padding = _of(self._spatial, padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        unpool = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self._spatial - 1]
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The maxima of :class:`MaxPool1d` at the places where they were, and zeros elsewhere.

    Shapes: input and indices (N, C, L) or (C, L) -> (..., L') with ``L' = (L - 1) s - 2 pad + k``, or as
    ``output_size`` of the call says, less than a stride from that. Of indices that name one place the last
    one counts.

    Args:
        kernel_size: k, that of the pooling, as are the others.
        stride: s; by default k.
        padding: pad.

    Raises:
        ValueError: at the call, an ``output_size`` that is too far off.
        ShapeError: at the call, when there is not one index for each element.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.MaxUnpool1d(2)(ravine.tensor([[3.0, 2.0]]), ravine.tensor([[1, 2]])).tolist()
    [[0.0, 3.0, 2.0, 0.0]]
    """

    _spatial = 1


class MaxUnpool2d(_MaxUnpool):
    """The maxima of :class:`MaxPool2d` at the places where they were; see :class:`MaxUnpool1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> values, places = nn.MaxPool2d(2, return_indices=True)(ravine.arange(4.0).reshape(1, 2, 2))
    >>> nn.MaxUnpool2d(2)(values, places).tolist()
    [[[0.0, 0.0], [0.0, 3.0]]]
    """

    _spatial = 2


class MaxUnpool3d(_MaxUnpool):
    """The maxima of :class:`MaxPool3d` at the places where they were; see :class:`MaxUnpool1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> values, places = nn.MaxPool3d(2, return_indices=True)(ravine.arange(8.0).reshape(1, 2, 2, 2))
    >>> nn.MaxUnpool3d(2)(values, places).flatten().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0]
    """

    _spatial = 3


class _FractionalMaxPool(Module):
    _spatial: int

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        output_size: int | Sequence[int] | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{type(self).__name__}: give one of output_size and output_ratio")
        self.kernel_size = _of(self._spatial, kernel_size)
        self.output_size = None if output_size is None else _of(self._spatial, output_size)
        if isinstance(output_ratio, (int, float)):
            output_ratio = (float(output_ratio),) * self._spatial
        self.output_ratio = None if output_ratio is None else tuple(output_ratio)
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(
                f"{type(self).__name__}: output_ratio must be between 0 and 1, but is {output_ratio}"
            )
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        pool = F.fractional_max_pool2d if self._spatial == 2 else F.fractional_max_pool3d
        return pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """Maxima of windows whose distances are drawn anew at each call (Graham, 2014).

    Window i of n along an extent L begins at ``floor((i + u) a) - floor(u a)`` with ``a = (L - k) / (n -
    1)`` and u from U(0, 1) for each sample and channel; the last one ends with the input.

    Shapes: (N, C, H, W) or (C, H, W) -> (..., H', W').

    Args:
        kernel_size: k, or (kh, kw).
        output_size: H' and W', or one int for both.
        output_ratio: in place of it: which share of the extents they are, in (0, 1).
        return_indices: also return the int64 positions of the maxima, for :class:`MaxUnpool2d`.

    Raises:
        ValueError: not one of ``output_size`` and ``output_ratio``, or a ratio out of range.
        ShapeError: at the call, when the windows do not fit into the input.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.FractionalMaxPool2d(2, output_ratio=0.7)(ravine.zeros(2, 8, 20, 10)).shape)
    (2, 8, 14, 7)
    """

    _spatial = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """:class:`FractionalMaxPool2d` of volumes (N, C, D, H, W) or (C, D, H, W).

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.FractionalMaxPool3d(2, output_size=3)(ravine.zeros(2, 8, 6, 7, 8)).shape)
    (2, 8, 3, 3, 3)
    """

    _spatial = 3


class _LPPool(Module):
    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """``(sum over the window of x^p)^(1/p)``: between the sum (p = 1) and the maximum (p to infinity).

    Shapes: (N, C, L) or (C, L), windows as those of :class:`AvgPool1d` without padding. Powers of negative
    numbers are those of ``pow``; as in PyTorch it is the sum's absolute value whose root is taken, with its
    sign.

    Args:
        norm_type: p.
        kernel_size: k.
        stride: s; by default k.
        ceil_mode: round the extent up; a window that would begin behind the input is left out.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LPPool1d(2, 2)(ravine.tensor([[3.0, 4.0]])).tolist()
    [[5.0]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """:class:`LPPool1d` of images (N, C, H, W) or (C, H, W).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LPPool2d(2, 2)(ravine.tensor([[[3.0, 4.0], [0.0, 0.0]]])).tolist()
    [[[5.0]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """:class:`LPPool1d` of volumes (N, C, D, H, W) or (C, D, H, W).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LPPool3d(2, (1, 1, 2))(ravine.tensor([[[[3.0, 4.0]]]])).tolist()
    [[[[5.0]]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)
