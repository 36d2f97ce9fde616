"""Convolutions, and their transposes."""

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

    Size = int | tuple[int, ...]

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

#: How a layer names what lies outside of the input, and how `functional.pad` does.
_PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def _sizes(value: int | Sequence[int], spatial: int, name: str) -> tuple[int, ...]:
    """One number for each spatial dimension; an int stands for all."""
    if isinstance(value, int) or hasattr(value, "__index__"):  # NumPy's ints too
        return (int(value),) * spatial  # type: ignore[arg-type]
    if not isinstance(value, str) and len(value) == spatial:
        return tuple(int(n) for n in value)
    wanted = ("an int", "an int or a pair of ints", "an int or three ints")[spatial - 1]
    raise ValueError(f"{name} should be {wanted}, but got {value!r}")


class _Conv(Module):
    """What all convolutions have: sizes, weight and bias."""

    weight: Parameter
    bias: Parameter | None
    _spatial: int
    _transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size,
        padding: Size | str,
        dilation: Size,
        output_padding: Size,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {', '.join(map(repr, _PADDING_MODES))}, "
                f"but got {padding_mode!r}"
            )
        n = self._spatial
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _sizes(kernel_size, n, "kernel_size")
        self.stride = _sizes(stride, n, "stride")
        self.padding = padding if isinstance(padding, str) else _sizes(padding, n, "padding")
        self.dilation = _sizes(dilation, n, "dilation")
        self.output_padding = _sizes(output_padding, n, "output_padding")
        self.groups = groups
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'valid', 'same'")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        ends = (in_channels, out_channels) if self._transposed else (out_channels, in_channels)
        shape = (ends[0], ends[1] // groups, *self.kernel_size)
        self.weight = Parameter(rv.empty(*shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(rv.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init._reset_affine(self.weight, self.bias)

    def _sides(self) -> list[int]:
        """(before, after) of every dimension, the last one first."""
        sides: list[int] = []
        for i in reversed(range(self._spatial)):
            if self.padding == "same":
                total = self.dilation[i] * (self.kernel_size[i] - 1)
                sides += [total // 2, total - total // 2]
            else:
                amount = 0 if isinstance(self.padding, str) else self.padding[i]
                sides += [amount, amount]
        return sides

    def _surrounded(self, input: Tensor) -> tuple[Tensor, tuple[int, ...] | str]:
        """The input with its borders where they are not zeros, and the padding that is left."""
        if self.padding_mode == "zeros":
            return input, self.padding
        mode = _PADDING_MODES[self.padding_mode]
        return F.pad(input, self._sides(), mode=mode), (0,) * self._spatial

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        none = (0,) * self._spatial
        if self.padding != none:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self._spatial:
            text += f", dilation={self.dilation}"
        if self.output_padding != none:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text

    def path_summary(self) -> str:
        kernel = "x".join(map(str, self.kernel_size))
        return f"{type(self).__name__} {self.in_channels}->{self.out_channels}, kernel {kernel}"


class Conv1d(_Conv):
    """One-dimensional convolution (cross-correlation: the kernel is not flipped).

    ``y[n, o, i] = b[o] + sum over c, u of w[o, c, u] x[n, c, i s + u d - p]``.

    Shapes: ``x`` (N, C, L) or (C, L) -> (N, O, L') or (O, L') with
    ``L' = floor((L + 2 p - d (k - 1) - 1) / s) + 1``; ``weight`` (O, C / groups, k), ``bias`` (O,).
    Arguments, start and errors are those of :class:`Conv2d`, sizes being single numbers.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Conv1d(3, 8, 5, stride=2, padding=2)(ravine.zeros(2, 3, 32)).shape)
    (2, 8, 16)
    """

    _spatial = 1

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._surrounded(input)
        return F.conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_Conv):
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
        padding: p rows and columns on every side, or a pair; ``"same"`` keeps H and W (stride 1 only),
            ``"valid"`` pads nothing.
        dilation: d, the distance between the kernel's taps, or a pair.
        groups: input and output channels are split into this many independent convolutions.
        bias: whether to add ``b``.
        padding_mode: what stands in the padding: ``"zeros"``, the input mirrored at its border
            (``"reflect"``), its border (``"replicate"``) or its other end (``"circular"``).
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: groups that do not divide the channels; a padding or padding_mode that is no known word;
            ``"same"`` with a stride.
        Error: at the call, when the input's channels are not ``in_channels`` or the kernel is larger than the
            input.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Conv2d(3, 8, 3, stride=2, padding=1)(ravine.zeros(2, 3, 32, 32)).shape)
    (2, 8, 16, 16)
    """

    _spatial = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._surrounded(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv3d(_Conv):
    """Three-dimensional convolution (cross-correlation: the kernel is not flipped).

    ``y[n, o, i, j, l] = b[o] + sum over c, t, u, v of w[o, c, t, u, v] x[n, c, i s + t d - p, ...]``.

    Shapes: ``x`` (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W') or (O, D', H', W') with
    ``D' = floor((D + 2 p - d (k - 1) - 1) / s) + 1``; ``weight`` (O, C / groups, kd, kh, kw), ``bias`` (O,).
    Arguments, start and errors are those of :class:`Conv2d`, sizes being single numbers or three.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Conv3d(3, 8, 3, stride=2, padding=1)(ravine.zeros(2, 3, 8, 16, 16)).shape)
    (2, 8, 4, 8, 8)
    """

    _spatial = 3

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            0,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._surrounded(input)
        return F.conv3d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTranspose(_Conv):
    _transposed = True
    padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        if isinstance(padding, str):
            raise ValueError(f"padding of {type(self).__name__} must be numbers, but got {padding!r}")
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """What must be added to reach an output size."""
        if output_size is None:
            return self.output_padding
        n = self._spatial
        wanted = [int(size) for size in output_size]
        if len(wanted) == input.ndim:
            wanted = wanted[-n:]
        if len(wanted) != n:
            raise ValueError(
                f"{type(self).__name__}: output_size {tuple(output_size)} must have {n} numbers "
                f"(or {input.ndim}, as the input), not {len(wanted)}"
            )
        least = [
            (int(input.shape[i - n]) - 1) * self.stride[i]
            - 2 * self.padding[i]
            + self.dilation[i] * (self.kernel_size[i] - 1)
            + 1
            for i in range(n)
        ]
        if any(not 0 <= w - low < s for w, low, s in zip(wanted, least, self.stride, strict=True)):
            most = [low + s - 1 for low, s in zip(least, self.stride, strict=True)]
            raise ValueError(
                f"{type(self).__name__}: output_size {tuple(wanted)} is not between {tuple(least)} and "
                f"{tuple(most)}, the extents that an input of shape {tuple(input.shape)} can come from"
            )
        return tuple(w - low for w, low in zip(wanted, least, strict=True))


class ConvTranspose1d(_ConvTranspose):
    """The transpose of :class:`~ravine.nn.Conv1d` in its input.

    ``y[n, o, i s + u d - p] += x[n, c, i] w[c, o, u]``, and ``b[o]`` everywhere.

    Shapes: ``x`` (N, C, L) or (C, L) -> (N, O, L') or (O, L') with
    ``L' = (L - 1) s - 2 p + d (k - 1) + output_padding + 1``; ``weight`` (C, O / groups, k), ``bias`` (O,).
    Arguments, start and errors are those of :class:`ConvTranspose2d`, sizes being single numbers.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.ConvTranspose1d(8, 3, 4, stride=2, padding=1)(ravine.zeros(2, 8, 16)).shape)
    (2, 3, 32)
    """

    _spatial = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.conv_transpose1d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose2d(_ConvTranspose):
    """The transpose of :class:`~ravine.nn.Conv2d` in its input: what a decoder enlarges images with.

    ``y[n, o, i s + u d - p, j s + v d - p] += x[n, c, i, j] w[c, o, u, v]``, and ``b[o]`` everywhere.

    Shapes: ``x`` (N, C, H, W) or (C, H, W) -> (N, O, H', W') or (O, H', W') with
    ``H' = (H - 1) s - 2 p + d (kh - 1) + output_padding + 1``; ``weight`` (C, O / groups, kh, kw), ``bias``
    (O,). Both start from U(-1/sqrt(n), 1/sqrt(n)), n = O kh kw / groups, as in PyTorch.

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: k, or (kh, kw).
        stride: s, or a pair.
        padding: p rows and columns are cut off on every side, or a pair.
        output_padding: as many rows and columns more at the end; less than the stride or the dilation.
        groups: input and output channels are split into this many independent convolutions.
        bias: whether to add ``b``.
        dilation: d, the distance between the kernel's taps, or a pair.
        padding_mode: ``"zeros"`` alone.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    The call takes ``output_size`` (H', W') in place of an ``output_padding``.

    Raises:
        ValueError: groups that do not divide the channels; another padding_mode; at the call, an
            ``output_size`` that is out of reach.
        Error: at the call, when the input's channels are not ``in_channels``.

    >>> import ravine
    >>> from ravine import nn
    >>> up = nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)
    >>> tuple(up(ravine.zeros(2, 8, 16, 16), output_size=(32, 32)).shape)
    (2, 3, 32, 32)
    """

    _spatial = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose3d(_ConvTranspose):
    """The transpose of :class:`~ravine.nn.Conv3d` in its input.

    ``y[n, o, i s + t d - p, ...] += x[n, c, i, j, l] w[c, o, t, u, v]``, and ``b[o]`` everywhere.

    Shapes: ``x`` (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W') or (O, D', H', W') with
    ``D' = (D - 1) s - 2 p + d (kd - 1) + output_padding + 1``; ``weight`` (C, O / groups, kd, kh, kw),
    ``bias``
    (O,). Arguments, start and errors are those of :class:`ConvTranspose2d`, sizes being single numbers or
    three.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.ConvTranspose3d(8, 3, 4, stride=2, padding=1)(ravine.zeros(2, 8, 2, 4, 4)).shape)
    (2, 3, 4, 8, 8)
    """

    _spatial = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.conv_transpose3d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )
