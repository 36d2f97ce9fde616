"""Layers that rearrange images: patches, resolution, and channels spread over the plane."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Fold", "PixelShuffle", "PixelUnshuffle", "Unfold", "Upsample"]


class Unfold(Module):
    """Every patch of an image as a column, as a convolution sees them.

    Shapes: (N, C, H, W) -> (N, C kh kw, L), with L patches in row-major order; without N likewise.

    Args:
        kernel_size: k, or (kh, kw); the other sizes alike.
        dilation: distance between a patch's elements.
        padding: rows and columns of zeros on every side.
        stride: distance between patches.

    Raises:
        Error: at the call, when a patch is larger than the padded image.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Unfold(3, padding=1)(ravine.zeros(2, 3, 8, 8)).shape)
    (2, 27, 64)
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Patches added up where they overlap: the transpose of :class:`Unfold`.

    Shapes: (N, C kh kw, L) -> (N, C, H, W), where ``output_size`` is (H, W); without N likewise.

    Raises:
        Error: at the call, when the rows are no multiple of kh kw or L is not the number of patches.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Fold((8, 8), 3, padding=1)(ravine.zeros(2, 27, 64)).shape)
    (2, 3, 8, 8)
    """

    def __init__(
        self,
        output_size: int | Sequence[int],
        kernel_size: int | Sequence[int],
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Upsample(Module):
    """Signals or images at another resolution; the arguments are those of :func:`functional.interpolate`.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Upsample(scale_factor=2, mode="bilinear")(ravine.zeros(2, 3, 8, 6)).shape)
    (2, 3, 16, 12)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        if isinstance(scale_factor, (int, float)):
            self.scale_factor: float | tuple[float, ...] | None = float(scale_factor)
        else:
            self.scale_factor = None if scale_factor is None else tuple(float(s) for s in scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        size = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{size}, mode={self.mode!r}"


class PixelShuffle(Module):
    """Channels spread over the plane: (..., C r r, H, W) -> (..., C, H r, W r) (Shi et al., 2016).

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.PixelShuffle(2)(ravine.zeros(1, 12, 4, 4)).shape)
    (1, 3, 8, 8)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """The inverse of :class:`PixelShuffle`: (..., C, H r, W r) -> (..., C r r, H, W).

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.PixelUnshuffle(2)(ravine.zeros(1, 3, 8, 8)).shape)
    (1, 12, 4, 4)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
