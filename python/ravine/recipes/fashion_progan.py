"""ravine train fashion-progan: pictures of clothes grow from 8 to 16 and 32 pixels, each size faded in.

The pictures are 28x28 with a margin. A fifth of the steps goes to each of five phases: 8 pixels; 16 fading
in, 16; 32 fading in, 32; while a size fades in, data and samples are blended alike. The figure is the Frechet
distance from the made pictures, halved to 16 pixels, to the test part's, in the features of a small network
that is always trained alike, as a share of the baseline's, a Gaussian with the mean and covariance of the
training pixels, and 1 more where not all ten classes are seen, or where the made pictures are nearer to
training pictures than test pictures are. The test part is read once, at the end. The losses are those of
Goodfellow with a penalty on slopes at data every fourth step; widths and rate are what the time allows.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, optim
from ravine.models import ProGAN, discriminator_loss, gan, generator_loss, r1_penalty
from ravine.recipes._judge import judge, pictures_of
from ravine.train import Result, Run, at_scale, pictures, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "fashion-progan", 1.0
SECTION, SHOWS, SECONDS = "19.3", "a generator that grows learns large pictures from small ones", 120
SCALES = {"full": (1000, (32, 24, 12), None, 2000, 300), "smoke": (5, (4, 3, 2), 60, 50, 3)}
# steps, widths, pictures or all, how many to make, steps of the judge
BATCH, LATENT, LR, PENALTY, EVERY = 32, 32, 2e-3, 0.5, 4


def phase(step: int, total: int) -> tuple[int, float]:
    """The level and how far it has faded in, before a step."""
    fifth = 5 * step / total
    level = 0 if fifth < 1 else 1 if fifth < 3 else 2
    return level, 1.0 if level == 0 else min(1.0, fifth - (2 * level - 1))


def blended(x: Tensor, level: int, alpha: float) -> Tensor:
    """Pictures of 32 pixels at the level's size, as much of its detail as has faded in."""
    x = F.avg_pool2d(x, 4 >> level)
    if alpha == 1:
        return x
    return alpha * x + (1 - alpha) * F.interpolate(F.avg_pool2d(x, 2), scale_factor=2)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and judge what is made."""
    ravine.manual_seed(seed)
    usual, widths, first, count, judged = at_scale(scale, SCALES)
    real = F.pad(pictures_of("train", 28, first)[0], (2, 2, 2, 2))
    loader = DataLoader(
        TensorDataset(real * 2 - 1), batch_size=BATCH, shuffle=True, drop_last=True, seed=seed
    )
    total = steps or epochs * len(loader) or usual
    model = ProGAN(widths=widths, latent=LATENT)
    own = [p for name, p in model.named_parameters() if not name.startswith("critic.")]
    judging, generating = (
        optim.Adam(parameters, lr=LR, betas=(0.0, 0.99)) for parameters in (model.critic.parameters(), own)
    )
    optimizers = {"critic": judging, "generator": generating}
    parts = {"model": model, "optimizer": optimizers, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for (x,) in run.batches():
            now = phase(run.steps, total)
            model.grow(*now)
            x, made = blended(x, *now), model.generator(ravine.randn(len(x), LATENT), *now)
            told = discriminator_loss(model.discriminator(x, *now), model.discriminator(made.detach(), *now))
            lazy = run.steps % EVERY == 0
            slope = r1_penalty(lambda x, now=now: model.discriminator(x, *now), x) if lazy else 0.0
            judging.zero_grad()
            (told + EVERY * PENALTY * slope).backward()
            judging.step()
            fooled = generator_loss(model.discriminator(made, *now))
            generating.zero_grad()
            fooled.backward()
            generating.step()
            run.step(told, generator=fooled, pixels=8 << now[0], alpha=now[1])
        for level in range(model.levels):
            made = gan.sample(model, 20, level=level).clamp(-1, 1) / 2 + 0.5
            run.show(f"{8 << level} pixels, after all steps", pictures(made.squeeze(1) * 255))
        made = gan.sample(model, count).clamp(-1, 1) / 2 + 0.5
        run.show("Training pictures", pictures(real[:20].squeeze(1) * 255))
        judgement = judge(F.avg_pool2d(made, 2), steps=judged)
        run.show("Judged", text(str(judgement)))
        return run.finish(
            "share of a Gaussian's Frechet distance", judgement.share, asked=ASKED, at_least=False
        )
