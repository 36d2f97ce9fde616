"""StyleGAN: noise becomes a style, and the style sets mean and deviation of every layer of a picture."""

from __future__ import annotations

from itertools import pairwise

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from ._equalised import Critic, EqualConv2d, EqualLinear, leaky, pixel_norm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["StyleGAN", "mix_styles", "truncate"]

_FORGETS = 0.01  # the share of the batch's mean in the running mean of styles


def mix_styles(coarse: Tensor, fine: Tensor, crossover: int) -> Tensor:
    """The layers below ``crossover`` of one style, and the others of another.

    Shapes: (N, layers, width) twice -> the same.

    Args:
        coarse: for the first layers, that say what the picture is of.
        fine: for the others.
        crossover: where to change over, 0 to layers.

    Raises:
        ShapeError: the two are not of one shape (N, layers, width).
        ValueError: there is no such layer.

    >>> import ravine
    >>> from ravine import models
    >>> models.mix_styles(ravine.zeros(1, 3, 1), ravine.ones(1, 3, 1), 2).flatten().tolist()
    [0.0, 0.0, 1.0]
    """
    if coarse.ndim != 3 or coarse.shape != fine.shape:
        raise ShapeError(
            f"mix_styles: got {tuple(coarse.shape)} and {tuple(fine.shape)}, expected "
            "(N, layers, width) twice"
        )
    if not 0 <= crossover <= coarse.shape[1]:
        raise ValueError(f"mix_styles: crossover must be in [0, {coarse.shape[1]}], got {crossover}")
    return rv.cat([coarse[:, :crossover], fine[:, crossover:]], 1)


def truncate(styles: Tensor, center: Tensor, psi: float) -> Tensor:
    """``center + psi (w - center)``: nearer to the mean style is less varied; at 0 it is the mean.

    Shapes: (..., width), (width,) -> (..., width).

    Args:
        styles: w.
        center: the mean style, a `StyleGAN`'s ``center``.
        psi: how far to go, 1 for all the way.

    Raises:
        ShapeError: the mean is not of the styles' width.

    >>> import ravine
    >>> from ravine import models
    >>> models.truncate(ravine.tensor([[4.0, 2.0]]), ravine.tensor([0.0, 1.0]), 0.5).tolist()
    [[2.0, 1.5]]
    """
    if center.ndim != 1 or styles.shape[-1:] != center.shape:
        raise ShapeError(
            f"truncate: got styles of shape {tuple(styles.shape)} and a mean of shape {tuple(center.shape)}, "
            "expected (..., width) and (width,)"
        )
    return center + psi * (styles - center)


class Styled(nn.Module):
    """``AdaIN(leaky(h + b noise), w)``: what stands behind every convolution (Karras, Laine and Aila, 2019).

    ``AdaIN(h, w) = s (h - mean(h)) / deviation(h) + t`` over each channel's pixels, with
    ``(s - 1, t) = A w``. The noise (N, 1, H, W) is one number a pixel, None for none; b, one number a
    channel, begins at 0.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(rv.zeros(channels, 1, 1))
        self.style = EqualLinear(width, 2 * channels, gain=1.0)

    def forward(self, h: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        if noise is not None:
            h = h + self.strength * noise
        scale, shift = self.style(w)[:, :, None, None].chunk(2, 1)
        return F.instance_norm(leaky(h)) * (1 + scale) + shift


class StyleGAN(Model):
    """Noise is mapped to a style w, and w steers every layer (Karras, Laine and Aila, 2019).

    ``w = f(pixel_norm(z))`` with an f of ``depth`` linear maps and leaky relus, at a hundredth of the
    learning rate. The synthesis begins with a learnt constant and makes, level by level,
    ``h = S(B S(A up(h)))`` with convolutions of 3x3 and S noise, leaky relu and AdaIN; a convolution of 1x1
    makes the picture. There are two styled layers a level, and each may have a style of its own
    (`mix_styles`). ``center`` is the running mean of w, that :func:`truncate` needs. The critic is that of
    `ProGAN`, at its last level.

    What is random beside z is given: :meth:`draw_noise` draws it, and without it the noise is off.

    The call is ``D(G(z))``. Shapes: z (N, latent), noise as of ``draw_noise`` -> scores (N, 1); ``mapping``:
    (N, latent) -> (N, layers, width); ``synthesis``: (N, layers, width) -> (N, channels, size, size),
    unbounded; ``discriminator``: (N, channels, size, size) -> (N, 1). Parameters: of a convolution
    n m k^2 + m, of a linear map n m + m, a number a channel for the noise, and the constant; 168,482 with the
    sizes by default.

    Args:
        widths: channels of each level, the coarsest first.
        latent: numbers of noise.
        width: of a style.
        depth: layers of the mapping.
        channels: of the pictures.
        start: size of level 0; each further level doubles it.

    Raises:
        ValueError: a size that is not positive.
        ShapeError: at the call, noise, styles or pictures of another shape.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.StyleGAN(widths=(8, 4), latent=4, width=6).eval()
    >>> styles = net.mapping(ravine.randn(2, 4))
    >>> tuple(styles.shape), tuple(net.synthesis(styles).shape)
    ((2, 4, 6), (2, 1, 8, 8))
    """

    center: Tensor

    def __init__(
        self,
        *,
        widths: Sequence[int] = (48, 32, 24),
        latent: int = 32,
        width: int = 32,
        depth: int = 4,
        channels: int = 1,
        start: int = 4,
    ) -> None:
        super().__init__()
        if not widths or min(*widths, latent, width, depth, channels, start) < 1:
            raise ValueError(
                f"StyleGAN: give positive sizes, and a width for each level, got widths={tuple(widths)}, "
                f"latent={latent}, width={width}, depth={depth}, channels={channels}, start={start}"
            )
        self.latent, self.start, self.levels, self.layers = latent, start, len(widths), 2 * len(widths)
        self.maps = nn.ModuleList(
            EqualLinear(width if number else latent, width, rate=0.01) for number in range(depth)
        )
        self.constant = nn.Parameter(rv.randn(widths[0], start, start))
        sizes = [size for size in widths for _ in range(2)]
        self.convs = nn.ModuleList(EqualConv2d(n, m, 3) for n, m in pairwise(sizes))  # between the layers
        self.styled = nn.ModuleList(Styled(size, width) for size in sizes)
        self.painter = EqualConv2d(widths[-1], channels, 1, gain=1.0)
        self.critic = Critic("StyleGAN", widths, channels, start, grows=False)
        self.register_buffer("center", rv.zeros(width))

    def mapping(self, z: Tensor) -> Tensor:
        """Noise (N, latent) -> styles (N, layers, width), the same for all layers.

        While training, ``center`` follows the mean of the styles.
        """
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(f"StyleGAN: got noise of shape {tuple(z.shape)}, expected (N, {self.latent})")
        w = pixel_norm(z)
        for layer in self.maps:
            w = leaky(layer(w))
        if self.training:
            with rv.no_grad():
                self.center.lerp_(w.mean(0), _FORGETS)
        return w.unsqueeze(1).expand(-1, self.layers, -1)

    def draw_noise(self, count: int) -> list[Tensor]:
        """N(0, 1) for each layer's pixels, (count, 1, H, W) each."""
        sizes = [self.start * 2 ** (layer // 2) for layer in range(self.layers)]
        like = {"dtype": self.center.dtype, "device": self.center.device}
        return [rv.randn(count, 1, size, size, **like) for size in sizes]

    def synthesis(self, styles: Tensor, *noise: Tensor) -> Tensor:
        """Styles (N, layers, width), and noise for each layer or none -> pictures."""
        if styles.ndim != 3 or tuple(styles.shape[1:]) != (self.layers, len(self.center)):
            raise ShapeError(
                f"StyleGAN: got styles of shape {tuple(styles.shape)}, expected "
                f"(N, {self.layers}, {len(self.center)}), a style for each layer"
            )
        if noise and len(noise) != self.layers:
            raise ValueError(
                f"StyleGAN: got noise for {len(noise)} of {self.layers} layers. "
                "Give all that draw_noise(N) draws"
            )
        h = self.constant.expand(len(styles), -1, -1, -1)
        for number, styled in enumerate(self.styled):
            if number:
                h = self.convs[number - 1](h if number % 2 else F.interpolate(h, scale_factor=2))
            h = styled(h, styles[:, number], noise[number] if noise else None)
        return self.painter(h)

    def generator(self, z: Tensor, *noise: Tensor, psi: float = 1.0) -> Tensor:
        """Noise (N, latent), and noise for each layer or none -> pictures, of styles truncated to psi."""
        styles = self.mapping(z)
        return self.synthesis(styles if psi == 1 else truncate(styles, self.center, psi), *noise)

    def discriminator(self, x: Tensor) -> Tensor:
        """Pictures (N, channels, size, size) -> scores (N, 1)."""
        return self.critic(x, self.levels - 1)

    def forward(self, z: Tensor, *noise: Tensor) -> Tensor:
        return self.discriminator(self.generator(z, *noise))
