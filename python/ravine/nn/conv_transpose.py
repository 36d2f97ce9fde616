"""The transposes of convolutions."""

from __future__ import annotations

from . import functional as F
from .conv import _Conv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .._core import Tensor
    from .conv import Size

__all__ = ["ConvTranspose1d", "ConvTranspose2d"]


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
