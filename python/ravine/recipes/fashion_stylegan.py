"""ravine train fashion-stylegan: pictures of clothes whose coarse and fine styles can be exchanged.

The pictures are 16x16: 28x28 with a margin, halved. Half of the batches are made of two styles, with the
change-over at a random layer. The figure is the Frechet distance from the made pictures to the test part's,
in the features of a small network that is always trained alike, as a share of the baseline's, a Gaussian with
the mean and covariance of the training pixels, and 1 more where not all ten classes are seen, or where the
made pictures are nearer to training pictures than test pictures are. The test part is read once, at the end.
The losses are those of Goodfellow with a penalty on slopes at data every fourth step. A rate of 2e-3 with a
penalty of 0.5 was slower than 3e-3 with 0.1; the number of steps is what the time allows.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, optim, viz
from ravine.models import StyleGAN, discriminator_loss, gan, generator_loss, mix_styles, r1_penalty
from ravine.recipes._judge import judge, pictures_of
from ravine.train import Result, Run, at_scale, pictures, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "fashion-stylegan", 1.0
SECTION, SHOWS, SECONDS = "19.3", "styles steer a picture layer by layer, and can be mixed", 120
SCALES = {"full": (1200, (32, 24, 16), None, 2000, 300), "smoke": (4, (4, 3, 2), 60, 50, 3)}
# steps, widths, pictures or all, how many to make, steps of the judge
BATCH, LATENT, LR, PENALTY, EVERY, SIZE = 32, 32, 3e-3, 0.1, 4, 16


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and judge what is made."""
    ravine.manual_seed(seed)
    usual, widths, first, count, judged = at_scale(scale, SCALES)
    real, _ = pictures_of("train", SIZE, first)
    loader = DataLoader(
        TensorDataset(real * 2 - 1), batch_size=BATCH, shuffle=True, drop_last=True, seed=seed
    )
    total = steps or epochs * len(loader) or usual
    model = StyleGAN(widths=widths, latent=LATENT)
    own = [p for name, p in model.named_parameters() if not name.startswith("critic.")]
    judging, generating = (
        optim.Adam(parameters, lr=LR, betas=(0.0, 0.99)) for parameters in (model.critic.parameters(), own)
    )
    optimizers = {"critic": judging, "generator": generating}
    parts = {"model": model, "optimizer": optimizers, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for (x,) in run.batches():
            styles = model.mapping(ravine.randn(len(x), LATENT))
            if run.steps % 2:
                crossover = int(ravine.randint(1, model.layers, ()).item())
                styles = mix_styles(styles, model.mapping(ravine.randn(len(x), LATENT)), crossover)
            made = model.synthesis(styles, *model.draw_noise(len(x)))
            told = discriminator_loss(model.discriminator(x), model.discriminator(made.detach()))
            slope = r1_penalty(model.discriminator, x) if run.steps % EVERY == 0 else 0.0
            judging.zero_grad()
            (told + EVERY * PENALTY * slope).backward()
            judging.step()
            fooled = generator_loss(model.discriminator(made))
            generating.zero_grad()
            fooled.backward()
            generating.step()
            run.step(told, generator=fooled)
        model.eval()
        show(run, model)
        made = shown(gan.sample(model, count))
        run.show("Made", pictures(made[:40].squeeze(1) * 255))
        judgement = judge(made, steps=judged)
        run.show("Judged", text(str(judgement)))
        return run.finish(
            "share of a Gaussian's Frechet distance", judgement.share, asked=ASKED, at_least=False
        )


def shown(made: Tensor) -> Tensor:
    """Pictures in [0, 1]."""
    return made.clamp(-1, 1) / 2 + 0.5


@ravine.no_grad()
def show(run: Run, model: StyleGAN) -> None:
    """Coarse styles of the first row with fine styles of the first column; and truncation."""
    rows, columns = (model.mapping(ravine.randn(count, LATENT)) for count in (5, 8))
    coarse, fine = columns.repeat(len(rows), 1, 1), rows.repeat_interleave(len(columns), 0)
    mixed = shown(model.synthesis(mix_styles(coarse, fine, model.layers - 2)))
    grid = viz.image_grid(mixed, columns=len(columns), title="Mixed styles")
    run.show("Shape from the column, the last level's style from the row", grid)
    z = ravine.randn(8, LATENT)
    cut = [shown(model.generator(z, psi=psi)) for psi in (0.0, 0.25, 0.5, 0.75, 1.0)]
    grid = viz.image_grid(ravine.cat(cut), columns=len(z), title="Truncated styles")
    run.show("Truncated to psi = 0, the mean picture, to psi = 1, a row for each quarter", grid)
