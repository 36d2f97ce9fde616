"""ravine train fashion-dcgan: strided convolutions against transposed ones make pictures of clothes.

The pictures are 16x16: 28x28 with a margin, halved. The figure is the Frechet distance from the made pictures
to the test part's, in the features of a small network that is always trained alike, as a share of the
baseline's, a Gaussian with the mean and covariance of the training pixels, and 1 more where not all ten
classes are seen, or where the made pictures are nearer to training pictures than test pictures are. The test
part is read once, at the end. Learning rate and width are the first that were tried; the paper's rate, 2e-4,
is for runs that are a hundred times as long.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import optim
from ravine.models import DCGAN, discriminator_loss, gan, generator_loss
from ravine.recipes._judge import judge, pictures_of
from ravine.train import Result, Run, at_scale, pictures, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "fashion-dcgan", 1.0
SECTION, SHOWS, SECONDS = "19.3", "convolutions learn to make pictures of clothes out of noise", 120
SCALES = {
    "full": (25, None, 32, 2000, 300),
    "smoke": (2, 100, 4, 50, 3),
}  # epochs, data, width, made, judging
BATCH, LATENT, LR, SIZE = 50, 32, 1e-3, 16


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and judge what is made."""
    ravine.manual_seed(seed)
    usual, first, width, count, judging_steps = at_scale(scale, SCALES)
    real, _ = pictures_of("train", SIZE, first)
    loader = DataLoader(TensorDataset(real * 2 - 1), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = DCGAN(size=SIZE, latent=LATENT, width=width)
    judging, generating = (
        optim.Adam(network.parameters(), lr=LR, betas=(0.5, 0.999)) for network in (model.down, model.up)
    )
    optimizers = {"discriminator": judging, "generator": generating}
    parts = {"model": model, "optimizer": optimizers, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for (x,) in run.batches():
            made = model.generator(ravine.randn(len(x), LATENT))
            told = discriminator_loss(model.discriminator(x), model.discriminator(made.detach()))
            judging.zero_grad()
            told.backward()
            judging.step()
            fooled = generator_loss(model.discriminator(made))
            generating.zero_grad()
            fooled.backward()
            generating.step()
            run.step(told, generator=fooled)
        made = gan.sample(model, count) / 2 + 0.5
        judgement = judge(made, steps=judging_steps)
        run.show("Made", pictures(made[:40].squeeze(1) * 255))
        run.show("Training pictures", pictures(real[:20].squeeze(1) * 255))
        run.show("Against a Gaussian of the pixels", text(str(judgement)))
        return run.finish(
            "share of a Gaussian's Frechet distance", judgement.share, asked=ASKED, at_least=False
        )
