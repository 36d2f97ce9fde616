"""Progressive GAN: a generator and a critic that grow level by level, each new one faded in."""

from __future__ import annotations

from itertools import pairwise

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from ._equalised import Critic, EqualConv2d, EqualLinear, leaky, pixel_norm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["ProGAN"]


class ProGAN(Model):
    """Pictures that grow: level l has size ``start 2^l`` (Karras, Aila, Laine and Lehtinen, 2018).

    With ``n(h) = pixel_norm(leaky(h))`` the generator is ``h_0 = n(B_0 n(A_0 pixel_norm(z)))``, A_0 linear,
    and ``h_l = n(B_l n(A_l up(h_(l-1))))``, convolutions of 3x3 and the nearest neighbour's ``up``; a
    convolution of 1x1 makes the picture: ``x_l = P_l h_l``. While level l fades in, the picture is
    ``alpha x_l + (1 - alpha) up(x_(l-1))``: at alpha = 0 exactly that of the level below, doubled. The critic
    is its mirror, fades alike, and sees the batch's deviation as a further channel. All weights have an
    equalised learning rate: drawn from N(0, 1), scaled by ``sqrt(2 / fan_in)`` at the call.

    The call is ``D(G(z))``. Shapes: z (N, latent) -> scores (N, 1); ``generator`` ->
    (N, channels, size, size), unbounded; ``discriminator``: (N, channels, size, size) -> (N, 1), with the
    level's size. Parameters: of a convolution n m k^2 + m, of a linear map n m + m; 351,348 with the sizes by
    default.

    Args:
        widths: channels of each level, the coarsest first.
        latent: numbers of noise.
        channels: of the pictures.
        start: size of level 0.

    Raises:
        ValueError: a size that is not positive; at the call, a level that there is not, or an alpha outside
            0 to 1.
        ShapeError: at the call, noise or pictures of another shape.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.ProGAN(widths=(16, 8, 4), latent=8)
    >>> [tuple(net.generator(ravine.randn(2, 8), level).shape) for level in range(3)]
    [(2, 1, 8, 8), (2, 1, 16, 16), (2, 1, 32, 32)]
    """

    def __init__(
        self, *, widths: Sequence[int] = (48, 32, 16), latent: int = 32, channels: int = 1, start: int = 8
    ) -> None:
        super().__init__()
        if not widths or min(*widths, latent, channels, start) < 1:
            raise ValueError(
                f"ProGAN: give positive sizes, and a width for each level, got widths={tuple(widths)}, "
                f"latent={latent}, channels={channels}, start={start}"
            )
        self.latent, self.start, self.levels = latent, start, len(widths)
        self.seed = EqualLinear(latent, widths[0] * start**2)
        self.first = nn.ModuleList(EqualConv2d(wide, narrow, 3) for wide, narrow in pairwise(widths))
        self.second = nn.ModuleList(EqualConv2d(width, width, 3) for width in widths)
        self.painters = nn.ModuleList(EqualConv2d(width, channels, 1, gain=1.0) for width in widths)
        self.critic = Critic("ProGAN", widths, channels, start, grows=True)

    def generator(self, z: Tensor, level: int | None = None, alpha: float = 1.0) -> Tensor:
        """Noise (N, latent) -> pictures of a level, the last by default, faded in up to alpha."""
        level = self._checked(level, alpha)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(f"ProGAN: got noise of shape {tuple(z.shape)}, expected (N, {self.latent})")
        h = leaky(self.seed(pixel_norm(z))).reshape(len(z), -1, self.start, self.start)
        h = below = pixel_norm(leaky(self.second[0](pixel_norm(h))))
        for step in range(1, level + 1):
            below = h
            h = pixel_norm(leaky(self.first[step - 1](_doubled(h))))
            h = pixel_norm(leaky(self.second[step](h)))
        x = self.painters[level](h)
        if level and alpha < 1:
            x = alpha * x + (1 - alpha) * _doubled(self.painters[level - 1](below))
        return x

    def discriminator(self, x: Tensor, level: int | None = None, alpha: float = 1.0) -> Tensor:
        """Pictures of a level -> scores (N, 1)."""
        return self.critic(x, self._checked(level, alpha), alpha)

    def grow(self, level: int, alpha: float = 1.0) -> None:
        """Let those layers learn that a level uses while it has faded in up to alpha, and no others."""
        level = self._checked(level, alpha)
        shown = {level, level - 1} if alpha < 1 else {level}
        below, up_to = range(level), range(level + 1)
        own = [(self.first, below), (self.second, up_to), (self.painters, shown)]
        critic = [(self.critic.first, below), (self.critic.second, below), (self.critic.readers, shown)]
        for layers, used in own + critic:
            for number, layer in enumerate(layers):
                layer.requires_grad_(number in used)

    def forward(self, z: Tensor, level: int | None = None, alpha: float = 1.0) -> Tensor:
        return self.discriminator(self.generator(z, level, alpha), level, alpha)

    def _checked(self, level: int | None, alpha: float) -> int:
        level = self.levels - 1 if level is None else level
        if not 0 <= level < self.levels or not 0 <= alpha <= 1:
            raise ValueError(
                f"ProGAN: level must be in [0, {self.levels - 1}] and alpha in [0, 1], got level={level}, "
                f"alpha={alpha}"
            )
        return level


def _doubled(x: Tensor) -> Tensor:
    """Every pixel four times."""
    return F.interpolate(x, scale_factor=2, mode="nearest")
