"""ravine train ring-gan: three games of generator and discriminator, for eight Gaussians on a ring.

The truth is the data's distribution, from which samples are drawn as needed: a mode is found when at least
half its share of the samples lies within three deviations of it. At the game's equilibrium no discriminator
can tell, and ``V = E log D(x) + E log(1 - D(G(z)))`` is -log 4 = -1.3863; a game counts as at rest when V is
within 0.1 of it. The figure is the least number of modes of three games, 0 for one that is not at rest. The
baseline is a Gaussian with the data's mean and covariance. The non-saturating loss with a penalty on slopes
at data is known to come to rest; its weight was chosen among 0.02 and 0.1, the rate among 1e-3 and 3e-3.
"""

from __future__ import annotations

from math import log, pi
from typing import Any

import ravine
from ravine import Tensor, nn, optim, viz
from ravine.models import GAN, discriminator_loss, gan, generator_loss, r1_penalty
from ravine.train import Result, Run, at_scale, table

NAME, ASKED = "ring-gan", 8
SECTION, SHOWS, SECONDS = "19.3", "two networks play against each other, and one learns the data", 60
SCALES = {"full": (2000, 128, 4000), "smoke": (3, 16, 100)}  # steps, batch, samples to measure with
GAMES, MODES, RADIUS, SPREAD, BAND = 3, 8, 2.0, 0.2, 0.1
LATENT, LR, PENALTY = 8, 1e-3, 0.1


def centres() -> Tensor:
    """The middles of the Gaussians (8, 2)."""
    angle = ravine.arange(MODES) * (2 * pi / MODES)
    return RADIUS * ravine.stack([angle.cos(), angle.sin()], 1)


def ring(count: int) -> Tensor:
    """Data (count, 2)."""
    return centres()[ravine.randint(0, MODES, (count,))] + SPREAD * ravine.randn(count, 2)


def modes(points: Tensor) -> int:
    """How many of the Gaussians have at least half their share of the points within three deviations."""
    distance, nearest = ravine.cdist(points, centres()).min(1)
    counts = nearest[distance < 3 * SPREAD].bincount(minlength=MODES)
    return int((counts >= len(points) / (2 * MODES)).sum())


def play(games: list[GAN], generating: Any, judging: Any, batch: int) -> list[Tensor]:
    """A step of all discriminators, then one of all generators: each game's V before them."""
    values, costs = [], []
    for net in games:
        x, made = ring(batch), net.generator(ravine.randn(batch, LATENT)).detach()
        values.append(-discriminator_loss(net.discriminator(x), net.discriminator(made)))
        costs.append(PENALTY * r1_penalty(net.discriminator, x) - values[-1])
    judging.zero_grad()
    ravine.stack(costs).sum().backward()
    judging.step()
    losses = [generator_loss(net(ravine.randn(batch, LATENT))) for net in games]
    generating.zero_grad()
    ravine.stack(losses).sum().backward()
    generating.step()
    return values


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Play all games for the scale's steps, and look at what each generator makes."""
    ravine.manual_seed(seed)
    usual, batch, count = at_scale(scale, SCALES)
    total = steps or epochs or usual
    games = [GAN(data=2, latent=LATENT) for _ in range(GAMES)]
    generating, judging = (
        optim.Adam([p for part in parts for p in part.parameters()], lr=LR, betas=(0.5, 0.9))
        for parts in ([net.make for net in games], [net.judge for net in games])
    )
    optimizers = {"generators": generating, "discriminators": judging}
    parts = {"model": nn.ModuleList(games), "optimizer": optimizers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            values = play(games, generating, judging, batch)
            run.step(values[0], second_game=values[1], third_game=values[2])
        x = ring(count)
        centred = (x - x.mean(0)) / (count - 1) ** 0.5
        gaussian = x.mean(0) + ravine.randn(count, count) @ centred
        rows = [["a Gaussian", str(modes(gaussian)), ""], ["data", str(modes(x)), ""]]
        found = []
        for n, net in enumerate(games):
            made = gan.sample(net, count)
            with ravine.no_grad():
                value = -discriminator_loss(net.discriminator(x), net.discriminator(made)).item()
            found.append(modes(made) if abs(value + log(4)) <= BAND else 0)
            rows.append([f"game {n}", str(modes(made)), f"{value:.4f}"])
            few = {"data": x[:1000], "made": made[:1000]}
            run.show(f"Game {n}", viz.scatter(few, title=f"V = {value:.3f}", size=1.5))
        run.show(f"Modes, and V (-log 4 = {-log(4):.4f})", table(["samples of", "modes", "V"], rows))
        return run.finish("modes", float(min(found)), asked=ASKED)
