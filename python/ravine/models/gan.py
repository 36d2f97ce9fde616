"""Generative adversarial networks: the game's losses and penalties, and a pair of perceptrons to play it.

`discriminator_loss` and `generator_loss` are those of Goodfellow et al., `wasserstein_distance`,
`gradient_penalty` and `clip_weights` those of the Wasserstein game; all take logits or scores, so that any
generator and discriminator may be used with them.
"""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model
from .mlp import MLP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .._core import Tensor

__all__ = [
    "GAN",
    "clip_weights",
    "discriminator_loss",
    "generator_loss",
    "gradient_penalty",
    "r1_penalty",
    "wasserstein_distance",
]  # and `sample`, which each family has


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """``-V = -E log D(x) - E log(1 - D(G(z)))``, of logits; ``log 4`` where D cannot tell (Goodfellow, 2014).

    The best D is ``p / (p + p_G)``; with it ``V = -log 4 + 2 JSD(p, p_G)``. Shapes: any, any -> ().

    Args:
        real: logits of data.
        fake: logits of what the generator made.

    >>> import ravine
    >>> from ravine import models
    >>> round(models.discriminator_loss(ravine.zeros(4), ravine.zeros(4)).item(), 6)
    1.386294
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor, *, saturating: bool = False) -> Tensor:
    """``-E log D(G(z))``, or with ``saturating`` the minimax game's ``E log(1 - D(G(z)))``, of logits.

    Both have the same fixed point, but the second has no gradient where D is sure. Shapes: any -> ().

    Args:
        fake: logits of what the generator made.
        saturating: the original game's loss.

    >>> import ravine
    >>> from ravine import models
    >>> models.generator_loss(ravine.tensor([0.0])).item() == -models.generator_loss(
    ...     ravine.tensor([0.0]), saturating=True
    ... ).item()
    True
    """
    return -F.softplus(fake).mean() if saturating else F.softplus(-fake).mean()


def wasserstein_distance(real: Tensor, fake: Tensor) -> Tensor:
    """``E D(x) - E D(G(z))``: the critic ascends it, the generator descends it (Arjovsky et al., 2017).

    It is the 1-Wasserstein distance where D is the best of slope 1. Shapes: any, any -> ().

    Args:
        real: the critic's scores of data.
        fake: of what the generator made.

    >>> import ravine
    >>> from ravine import models
    >>> models.wasserstein_distance(ravine.tensor([3.0, 1.0]), ravine.tensor([0.5])).item()
    1.5
    """
    return real.mean() - fake.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, *, one_sided: bool = False
) -> Tensor:
    """``E (|grad D(x)| - 1)^2`` at random points between data and samples (Gulrajani et al., 2017).

    ``x = u x_real + (1 - u) x_fake`` with one u ~ U(0, 1) for each pair. One-sided, only slopes above 1
    count: ``E max(0, |grad D(x)| - 1)^2``, which does not hold a critic to a wrong sign that it began with.
    The gradient is part of the graph: the critic is trained through a second derivative.
    Shapes: (N, ...), (N, ...) -> ().

    Args:
        critic: of a batch, a score for each; a score must not depend on the other items of the batch.
        real: data.
        fake: as many samples.
        one_sided: leave slopes below 1 alone.

    Raises:
        ShapeError: not as many samples as data.

    >>> import ravine
    >>> from ravine import models
    >>> x = ravine.randn(8, 2)
    >>> round(models.gradient_penalty(lambda x: 3 * x[:, 0], x, -x).item(), 5)
    4.0
    """
    if real.shape != fake.shape or real.ndim < 1:
        raise ShapeError(
            f"gradient_penalty: got data of shape {tuple(real.shape)} and samples of shape "
            f"{tuple(fake.shape)}. Give as many samples as data: (N, ...) both"
        )
    u = rv.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype, device=real.device)
    slopes = _gradients(critic, u * real.detach() + (1 - u) * fake.detach()).norm(dim=1)
    return ((slopes - 1).clamp(min=0) if one_sided else slopes - 1).square().mean()


def r1_penalty(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """``E |grad D(x)|^2 / 2`` at data: with it the game comes to rest at its equilibrium (Mescheder, 2018).

    Shapes: (N, ...) -> ().

    Args:
        discriminator: of a batch, a logit for each.
        real: data.

    >>> import ravine
    >>> from ravine import models
    >>> models.r1_penalty(lambda x: 3 * x[:, 0], ravine.ones(8, 2)).item()
    4.5
    """
    return _gradients(discriminator, real.detach()).square().sum(1).mean() / 2


def _gradients(score: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Of each item's score by the item: (N, numbers of an item)."""
    x = x.requires_grad_()
    (slope,) = rv.autograd.grad(score(x).sum(), (x,), create_graph=True)
    return slope.reshape(len(x), -1)


def clip_weights(parameters: Iterable[Tensor], bound: float) -> None:
    """Bring each weight into [-bound, bound]: the first way to bound a critic's slope (Arjovsky, 2017).

    Args:
        parameters: of the critic; changed in place.
        bound: positive.

    Raises:
        ValueError: the bound is not positive.

    >>> from ravine import models, nn
    >>> critic = nn.Linear(2, 1)
    >>> models.clip_weights(critic.parameters(), 0.01)
    >>> bool(critic.weight.abs().amax() <= 0.01)
    True
    """
    if not bound > 0:
        raise ValueError(f"clip_weights: bound must be positive, got {bound}")
    with rv.no_grad():
        for parameter in parameters:
            parameter.clamp_(-bound, bound)


def sample(
    model: Any, count: int, labels: Tensor | None = None, *, batch: int = 250, **options: Any
) -> Tensor:
    """``G(z)`` of fresh noise z ~ N(0, I), in evaluation mode, without a graph: (count, ...).

    A `StyleGAN` gets fresh noise for its layers as well.

    Args:
        model: `GAN`, `DCGAN`, `ProGAN`, `StyleGAN`: whatever has a ``generator`` and a ``latent`` size.
        count: how many.
        labels: (count,), where the model has classes.
        batch: how many at a time.
        options: the generator's, such as ``level`` or ``psi``.

    Raises:
        ValueError: not as many labels as samples, or a count or batch that is not positive.

    >>> from ravine import models
    >>> tuple(models.gan.sample(models.GAN(data=2, latent=4), 3).shape)
    (3, 2)
    """
    if count < 1 or batch < 1 or (labels is not None and tuple(labels.shape) != (count,)):
        got = "" if labels is None else f", and labels of shape {tuple(labels.shape)}"
        raise ValueError(f"sample: give a positive count and a label for each, got count={count}{got}")
    was, like = model.training, next(model.parameters())
    model.eval()
    made = []
    with rv.no_grad():
        for start in range(0, count, batch):
            z = rv.randn(min(batch, count - start), model.latent, dtype=like.dtype, device=like.device)
            given = [] if labels is None else [labels[start : start + batch]]
            given += model.draw_noise(len(z)) if hasattr(model, "draw_noise") else []
            made.append(model.generator(z, *given, **options))
    model.train(was)
    return rv.cat(made)


class Labelled(nn.Module):
    """A perceptron of x and, where there are classes, of the label: ``f([x, onehot(c)])`` (Mirza, 2014).

    Shapes: (N, sizes[0]), labels (N,) -> (N, sizes[-1]).
    """

    def __init__(self, sizes: Sequence[int], classes: int, activation: str) -> None:
        super().__init__()
        self.classes = classes
        self.net = MLP(sizes=(sizes[0] + classes, *sizes[1:]), activation=activation)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        if (labels is None) != (self.classes == 0):
            expected = "none" if self.classes == 0 else f"(N,) below {self.classes}"
            got = "none" if labels is None else tuple(labels.shape)
            raise ValueError(f"GAN: got labels: {got}, but the model was made for labels: {expected}")
        if labels is not None:
            x = rv.cat([x, F.one_hot(labels, self.classes).to(x.dtype)], 1)
        return self.net(x)


class GAN(Model):
    """Two perceptrons: ``x = G(z)`` makes points of noise, ``D(x)`` says by a logit whether they are data.

    With ``classes`` both see the label as well: ``G(z, c)`` and ``D(x, c)`` (Mirza and Osindero, 2014). The
    call is ``D(G(z))``. Shapes: z (N, latent), labels (N,) -> (N, 1); ``generator``: (N, latent) ->
    (N, data); ``discriminator``: (N, data) -> (N, 1). Parameters: those of two `MLP`, of sizes
    (latent + classes, *hidden, data) and (data + classes, *hidden, 1). Source: Goodfellow et al., 2014.

    Args:
        data: numbers of a point.
        latent: numbers of noise.
        hidden: sizes of the hidden layers of either network.
        classes: labels, or 0 for none.
        activation: as of `MLP`.
        bounded: whether the generator ends in a tanh.

    Raises:
        ValueError: a size that is not positive, another activation; at the call, labels where there are no
            classes, or none where there are.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.GAN(data=2, latent=4, hidden=(16,))
    >>> tuple(net.generator(ravine.randn(5, 4)).shape), tuple(net(ravine.randn(5, 4)).shape)
    ((5, 2), (5, 1))
    """

    def __init__(
        self,
        *,
        data: int,
        latent: int,
        hidden: Sequence[int] = (64, 64),
        classes: int = 0,
        activation: str = "silu",
        bounded: bool = False,
    ) -> None:
        super().__init__()
        if min(data, latent, classes + 1) < 1:
            raise ValueError(
                f"GAN: data and latent must be positive and classes not negative, got data={data}, "
                f"latent={latent}, classes={classes}"
            )
        self.latent, self.classes, self.bounded = latent, classes, bounded
        self.make = Labelled((latent, *hidden, data), classes, activation)
        self.judge = Labelled((data, *hidden, 1), classes, activation)

    def generator(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Noise (N, latent), and labels (N,) where there are classes -> points (N, data)."""
        x = self.make(z, labels)
        return x.tanh() if self.bounded else x

    def discriminator(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Points (N, data), and labels where there are classes -> logits (N, 1)."""
        return self.judge(x, labels)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.discriminator(self.generator(z, labels), labels)
