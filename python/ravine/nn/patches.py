"""PatchEmbed: pictures as sequences of vectors, one a patch."""

from __future__ import annotations

from ..errors import ShapeError, ValueError
from .conv import Conv2d
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["PatchEmbed"]


class PatchEmbed(Module):
    """``y_i = E x_i + b``: one linear map E of every patch ``x_i`` (Dosovitskiy et al., 2021).

    Patches of ``patch_size`` x ``patch_size`` pixels do not overlap, so ``proj`` is a convolution whose
    stride is its kernel's size. They follow one another line by line: pictures of 224 pixels in patches of 16
    are 196 vectors.

    Shapes: (N, in_channels, H, W) -> (N, H/patch_size * W/patch_size, embed_dim). Parameters:
    ``embed_dim * (in_channels * patch_size^2 + 1)``.

    Args:
        in_channels: of the pictures.
        embed_dim: size of the vectors.
        patch_size: height and width of a patch.
        bias: whether there is a b.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        ValueError: a size that is not positive.
        ShapeError: at the call, pictures of another shape, or that patches do not cover exactly.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.PatchEmbed(3, 8, 16)(ravine.zeros(1, 3, 224, 224)).shape)
    (1, 196, 8)
    """

    def __init__(
        self,
        in_channels: int,
        embed_dim: int,
        patch_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if min(in_channels, embed_dim, patch_size) < 1:
            raise ValueError(
                f"PatchEmbed: in_channels, embed_dim and patch_size are positive, got {in_channels}, "
                f"{embed_dim} and {patch_size}"
            )
        self.patch_size = patch_size
        self.proj = Conv2d(
            in_channels, embed_dim, patch_size, patch_size, bias=bias, device=device, dtype=dtype
        )

    def forward(self, input: Tensor) -> Tensor:
        size, channels = self.patch_size, self.proj.in_channels
        if input.ndim != 4 or input.shape[1] != channels or any(n % size for n in input.shape[2:]):
            raise ShapeError(
                f"PatchEmbed: got pictures {tuple(input.shape)}; they must be (N, {channels}, H, W) with H "
                f"and W multiples of patch_size={size}. Resize with interpolate, or fill up with pad"
            )
        return self.proj(input).flatten(2).transpose(1, 2)
