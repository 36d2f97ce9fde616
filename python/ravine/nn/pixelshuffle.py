"""PixelShuffle and PixelUnshuffle: channels spread over the plane, and back."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["PixelShuffle", "PixelUnshuffle"]


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
