"""DCGAN: a generator of transposed convolutions against a discriminator of strided ones."""

from __future__ import annotations

from itertools import pairwise

from .. import nn
from ..errors import ShapeError, ValueError
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["DCGAN"]

_SLOPE = 0.2  # of every leaky relu, where its input is negative
_SPREAD = 0.02  # of every weight when it is drawn


class DCGAN(Model):
    """Convolutions all the way, each halving or doubling the picture (Radford, Metz and Chintala, 2015).

    The generator is ``z -> relu(BN(T_0 z)) -> relu(BN(T_i h)) -> tanh(T_k h)``: T_0 makes a square of
    ``size / 2^stages`` of the noise, the other transposed convolutions (4x4, stride 2) double it. The
    discriminator is ``x -> leaky(C_1 x) -> leaky(BN(C_i h)) -> C_0 h``: convolutions (4x4, stride 2) halve,
    and C_0 sees the whole. No convolution has a bias. Weights are drawn from N(0, 0.02^2), those of the norms
    from N(1, 0.02^2).

    The call is ``D(G(z))``. Shapes: z (N, latent) -> logits (N, 1); ``generator``: (N, latent) ->
    (N, channels, size, size) in (-1, 1); ``discriminator``: (N, channels, size, size) -> (N, 1). Parameters:
    100,672 with the sizes by default.

    Args:
        size: height and width of the pictures, a multiple of 2^stages.
        channels: of the pictures.
        latent: numbers of noise.
        width: channels where the picture is half as large; twice as many with each further halving.
        stages: how often the size is doubled.

    Raises:
        ValueError: a size that is not positive, or a picture that cannot be halved so often.
        ShapeError: at the call, noise or pictures of another shape.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.DCGAN()
    >>> tuple(net.generator(ravine.randn(2, 32)).shape), sum(p.numel() for p in net.parameters())
    ((2, 1, 16, 16), 100672)
    """

    def __init__(
        self, *, size: int = 16, channels: int = 1, latent: int = 32, width: int = 32, stages: int = 2
    ) -> None:
        super().__init__()
        if min(size, channels, latent, width, stages) < 1 or size % 2**stages:
            raise ValueError(
                f"DCGAN: sizes must be positive and size a multiple of 2^stages, got size={size}, "
                f"channels={channels}, latent={latent}, width={width}, stages={stages}"
            )
        self.latent, self.picture = latent, (channels, size, size)
        widths = [width * 2**stage for stage in range(stages)]
        base = size // 2**stages
        up: list[nn.Module] = [nn.ConvTranspose2d(latent, widths[-1], base, bias=False)]
        for narrow, wide in reversed([*pairwise([channels, *widths])]):
            up += [nn.BatchNorm2d(wide), nn.ReLU(), nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
        down: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(_SLOPE)]
        for narrow, wide in pairwise(widths):
            down += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(_SLOPE)]
        self.up = nn.Sequential(*up, nn.Tanh())
        self.down = nn.Sequential(*down, nn.Conv2d(widths[-1], 1, base, bias=False), nn.Flatten())
        self.apply(_draw)

    def generator(self, z: Tensor) -> Tensor:
        """Noise (N, latent) -> pictures (N, channels, size, size) in (-1, 1)."""
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(f"DCGAN: got noise of shape {tuple(z.shape)}, expected (N, {self.latent})")
        return self.up(z[:, :, None, None])

    def discriminator(self, x: Tensor) -> Tensor:
        """Pictures (N, channels, size, size) -> logits (N, 1)."""
        if tuple(x.shape[1:]) != self.picture:
            raise ShapeError(
                f"DCGAN: got pictures of shape {tuple(x.shape)}, expected "
                f"(N, {', '.join(map(str, self.picture))})"
            )
        return self.down(x)

    def forward(self, z: Tensor) -> Tensor:
        return self.discriminator(self.generator(z))


def _draw(module: nn.Module) -> None:
    """The weights that the paper begins with."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, _SPREAD)
    elif isinstance(module, nn.BatchNorm2d) and module.weight is not None:
        nn.init.normal_(module.weight, 1.0, _SPREAD)
