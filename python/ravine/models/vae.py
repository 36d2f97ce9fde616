"""Variational autoencoders, and the bounds on the likelihood by which they are trained and measured."""

from __future__ import annotations

from math import log, pi

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .mlp import MLP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["VAE", "elbo", "gaussian_kl", "importance_bound", "vae_samples"]


class VAE(Model):
    """``z ~ N(0, 1)``, ``x ~ p(x | decoder(z))``, and ``q(z | x) = N(mu(x), diag sigma(x)^2)``.

    Kingma and Welling, 2014. The likelihood is Bernoulli with the decoder's logits, or Gaussian with the
    decoder's mean and one learnt variance. Shapes: (N, ...) with sizes[0] numbers a sample -> what the
    decoder gives (N, sizes[0]), mu and ``log sigma^2`` (N, latent). Parameters: those of the MLPs (*sizes, 2
    latent) and (latent, *sizes backwards), and one for the Gaussian.

    Args:
        sizes: of the input and of the encoder's hidden layers; the decoder has them backwards.
        latent: numbers of z.
        likelihood: ``"bernoulli"`` for inputs in [0, 1], ``"gaussian"`` for any.
        activation: of the hidden layers, as in an `MLP`.

    Raises:
        ValueError: another likelihood, or sizes that are no encoder's.

    >>> import ravine
    >>> from ravine import models
    >>> output, mean, log_variance = models.VAE(sizes=(64, 32), latent=2)(ravine.zeros(5, 8, 8))
    >>> tuple(output.shape), tuple(mean.shape)
    ((5, 64), (5, 2))
    """

    def __init__(
        self,
        *,
        sizes: Sequence[int],
        latent: int,
        likelihood: str = "bernoulli",
        activation: str = "relu",
    ) -> None:
        super().__init__()
        if likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f"VAE: likelihood is {likelihood!r}. Use 'bernoulli' or 'gaussian'")
        if latent < 1:
            raise ValueError(f"VAE: latent must be positive, got {latent}")
        self.encoder = MLP(sizes=(*sizes, 2 * latent), activation=activation)
        self.decoder = MLP(sizes=(latent, *tuple(sizes)[::-1]), activation=activation)
        self.latent, self.likelihood = latent, likelihood
        if likelihood == "gaussian":
            self.log_variance = nn.Parameter(rv.zeros(()))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mu and ``log sigma^2`` of q(z | x)."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, 1)
        return mean, log_variance

    def forward(self, x: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """``z = mu + sigma noise`` with noise (N, latent) from N(0, 1): gradients reach mu and sigma."""
        mean, log_variance = self.encode(x)
        noise = rv.randn_like(mean) if noise is None else noise
        if noise.shape != mean.shape:
            raise ShapeError(
                f"VAE: noise has shape {tuple(noise.shape)}, expected (N, latent), {tuple(mean.shape)}"
            )
        return self.decoder(mean + noise * (log_variance / 2).exp()), mean, log_variance

    def log_likelihood(self, x: Tensor, output: Tensor) -> Tensor:
        """``log p(x | z)`` of each sample in nats, with what the decoder gave for z: (N,)."""
        x = x.flatten(1)
        if x.shape != output.shape:
            raise ShapeError(f"VAE: inputs {tuple(x.shape)} and outputs {tuple(output.shape)} differ")
        if self.likelihood == "bernoulli":
            return -F.binary_cross_entropy_with_logits(output, x, reduction="none").sum(1)
        distance = (x - output).square() * (-self.log_variance).exp()
        return -0.5 * (distance + self.log_variance + log(2 * pi)).sum(1)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """``KL(N(mu, sigma^2) || N(0, 1)) = (mu^2 + sigma^2 - 1 - log sigma^2) / 2``, of each number, in nats.

    >>> import ravine
    >>> from ravine.models import gaussian_kl
    >>> gaussian_kl(ravine.zeros(2), ravine.zeros(2)).tolist()
    [0.0, 0.0]
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def elbo(
    model: VAE, x: Tensor, *, noise: Tensor | None = None, beta: float = 1.0, free_bits: float = 0.0
) -> Tensor:
    """``E_q log p(x | z) - beta KL(q(z | x) || p(z)) <= log p(x)`` at beta = 1, by one z a sample.

    Of each sample, in nats: (N,).

    Args:
        model: with an encoder and a decoder.
        x: samples.
        noise: (N, latent), in place of what is drawn.
        beta: weight of the divergence (Higgins et al., 2017).
        free_bits: nats of each number of z, in the mean over the batch, that cost nothing more when they are
            fewer (Kingma et al., 2016); the result is then no bound.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.elbo(models.VAE(sizes=(4,), latent=1), ravine.zeros(3, 4)).shape)
    (3,)
    """
    output, mean, log_variance = model(x, noise)
    divergence = gaussian_kl(mean, log_variance)
    if free_bits > 0:
        paid = divergence.mean(0).clamp(min=free_bits).sum()
        return model.log_likelihood(x, output) - beta * paid
    return model.log_likelihood(x, output) - beta * divergence.sum(1)


def importance_bound(model: VAE, x: Tensor, samples: int) -> Tensor:
    """``log mean_k p(x, z_k) / q(z_k | x)``, a bound that grows to log p(x) (Burda et al., 2016): (N,), nats.

    Args:
        model: with an encoder and a decoder.
        x: samples.
        samples: draws of z.

    Raises:
        ValueError: no draws.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.importance_bound(models.VAE(sizes=(4,), latent=1), ravine.zeros(3, 4), 5).shape)
    (3,)
    """
    if samples < 1:
        raise ValueError(f"importance_bound: samples is {samples}. Draw one z or more")
    mean, log_variance = model.encode(x)
    weights = []
    for _ in range(samples):
        noise = rv.randn_like(mean)
        z = mean + noise * (log_variance / 2).exp()
        prior_to_posterior = 0.5 * (noise.square() + log_variance - z.square()).sum(1)
        weights.append(model.log_likelihood(x, model.decoder(z)) + prior_to_posterior)
    return rv.stack(weights).logsumexp(0) - log(samples)


def vae_samples(model: VAE, z: Tensor) -> Tensor:
    """The mean of p(x | z), probabilities or numbers: (n, sizes[0]) for z (n, latent).

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.vae_samples(models.VAE(sizes=(4,), latent=1), ravine.randn(6, 1)).shape)
    (6, 4)
    """
    with rv.no_grad():
        output = model.decoder(z)
        return output.sigmoid() if model.likelihood == "bernoulli" else output
