"""Autoencoders: a narrow code from which the input is made again."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ValueError
from ..nn import functional as F
from ._base import Model
from .mlp import MLP
from .vae import gaussian_kl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["VIB", "Autoencoder", "noisy", "vib_loss"]


class Autoencoder(Model):
    """``y = decoder(encoder(x))`` through a code of sizes[-1] numbers; both are perceptrons, mirror images.

    With ``activation="identity"`` its best code is that of the principal components (Baldi and Hornik, 1989).
    Shapes: (N, ...) with sizes[0] numbers a sample -> the same; :meth:`encode` -> (N, sizes[-1]). Parameters:
    2 n m + n + m summed over neighbouring sizes n, m.

    Args:
        sizes: of the input, of the encoder's hidden layers, and of the code.
        activation: of the hidden layers, as in an `MLP`.

    Raises:
        ValueError: fewer than two sizes, one that is not positive, or another activation.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.Autoencoder(sizes=(64, 32, 4))
    >>> x = ravine.zeros(5, 8, 8)
    >>> tuple(net(x).shape), tuple(net.encode(x).shape)
    ((5, 8, 8), (5, 4))
    """

    def __init__(self, *, sizes: Sequence[int], activation: str = "relu") -> None:
        super().__init__()
        self.encoder = MLP(sizes=sizes, activation=activation)
        self.decoder = MLP(sizes=tuple(sizes)[::-1], activation=activation)

    def encode(self, x: Tensor) -> Tensor:
        """The codes."""
        return self.encoder(x.flatten(1))

    def decode(self, code: Tensor) -> Tensor:
        """Flat samples (N, sizes[0]) from codes (N, sizes[-1])."""
        return self.decoder(code)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x)).reshape(x.shape)


def noisy(x: Tensor, *, deviation: float = 0.0, masked: float = 0.0) -> Tensor:
    """What a denoising autoencoder gets to see: noise is added, then numbers are set to zero.

    Vincent et al., 2008.

    Args:
        x: any shape.
        deviation: of Gaussian noise.
        masked: the probability of a number to become zero.

    Raises:
        ValueError: a negative deviation, or a probability outside of [0, 1].

    >>> import ravine
    >>> from ravine.models import noisy
    >>> noisy(ravine.ones(3), masked=1.0)
    tensor([0., 0., 0.])
    """
    if deviation < 0 or not 0 <= masked <= 1:
        raise ValueError(
            f"noisy: deviation >= 0 and 0 <= masked <= 1 are asked, got {deviation} and {masked}"
        )
    if deviation > 0:
        x = x + deviation * rv.randn_like(x)
    return rv.where(rv.rand_like(x) < masked, 0.0, x) if masked > 0 else x


class VIB(Model):
    """A classifier through a noisy code: ``z ~ N(mu(x), diag sigma(x)^2)``, and scores linear in z.

    Alemi et al., 2017. In evaluation z is mu(x). Shapes: (N, ...) with sizes[0] numbers a sample -> scores
    (N, classes), mu and ``log sigma^2`` (N, code). Parameters: those of the MLP (*sizes, 2 code), and (code +
    1) classes.

    Args:
        sizes: of the input and of the encoder's hidden layers.
        code: numbers of z.
        classes: scores.

    Raises:
        ValueError: sizes that are no encoder's, or one that is not positive.

    >>> import ravine
    >>> from ravine import models
    >>> scores, mean, log_variance = models.VIB(sizes=(64, 32), code=4, classes=10)(ravine.zeros(5, 8, 8))
    >>> tuple(scores.shape), tuple(mean.shape)
    ((5, 10), (5, 4))
    """

    def __init__(self, *, sizes: Sequence[int], code: int, classes: int) -> None:
        super().__init__()
        if min(code, classes) < 1:
            raise ValueError(f"VIB: code and classes must be positive, got {code} and {classes}")
        self.encoder = MLP(sizes=(*sizes, 2 * code))
        self.head = nn.Linear(code, classes)

    def forward(self, x: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """``noise`` (N, code) stands in for what is drawn from N(0, 1)."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, 1)
        if self.training:
            noise = rv.randn_like(mean) if noise is None else noise
            return self.head(mean + noise * (log_variance / 2).exp()), mean, log_variance
        return self.head(mean), mean, log_variance


def vib_loss(outputs: tuple[Tensor, Tensor, Tensor], labels: Tensor, beta: float) -> Tensor:
    """``cross_entropy + beta KL(N(mu, sigma^2) || N(0, 1))``, means over the samples, in nats.

    The second part bounds I(X; Z), the first I(Z; Y): the larger beta, the less the code keeps of x. The
    bottleneck of Tishby et al. has 1 / beta before I(Z; Y).

    Args:
        outputs: scores, mu and ``log sigma^2``, as a `VIB` gives them.
        labels: int64 (N,).
        beta: weight of the code's cost.

    >>> import ravine
    >>> from ravine.models import vib_loss
    >>> zero = ravine.zeros(1, 2)
    >>> round(vib_loss((zero, zero, zero), ravine.tensor([0]), beta=1.0).item(), 6)
    0.693147
    """
    scores, mean, log_variance = outputs
    return F.cross_entropy(scores, labels) + beta * gaussian_kl(mean, log_variance).sum(1).mean()
