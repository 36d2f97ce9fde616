"""The patches of an image: Unfold takes them apart, Fold adds them up."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Fold", "Unfold"]


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
