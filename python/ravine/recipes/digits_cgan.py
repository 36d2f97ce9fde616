"""ravine train digits-cgan: a generator that writes the digit that it is asked for.

Generator and discriminator see the label beside noise or picture (Mirza and Osindero, 2014). The truth is
what a classifier, trained here on the same training part and measured on the test part, reads in pictures
that are made for each label alike: the figure is how often it reads the label. The baselines are the
classifier on real test pictures, and a generator that does not know the label, right once in ten. All sizes
and rates are the first that were tried.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.datasets import digits
from ravine.models import GAN, MLP, discriminator_loss, gan, generator_loss, r1_penalty
from ravine.train import Result, Run, at_scale, pictures, table
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "digits-cgan", 0.9
SECTION, SHOWS, SECONDS = "19.3", "noise and a label become a picture of that label", 60
SCALES = {"full": (150, None, 300, 200), "smoke": (2, 128, 4, 10)}  # epochs, data, reader's steps, a class
BATCH, LATENT, HIDDEN, LR, PENALTY = 64, 16, (128, 128), 1e-3, 1.0


def part(name: Any, first: int | None) -> tuple[Tensor, Tensor]:
    """Pictures (n, 64) in [-1, 1] and labels (n,)."""
    images, labels = digits(name)
    return ravine.tensor(images[:first]).flatten(1) * 2 - 1, ravine.tensor(labels[:first])


def reader(x: Tensor, y: Tensor, steps: int) -> nn.Module:
    """A classifier of the training part."""
    model = MLP(sizes=(64, 128, 10), dropout=0.3)
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        chosen = ravine.randint(0, len(x), (BATCH,))
        optimizer.zero_grad()
        F.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
    return model.eval()


def agreement(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """How often the classifier reads the label."""
    with ravine.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read what is made for each label."""
    ravine.manual_seed(seed)
    usual, first, read, each = at_scale(scale, SCALES)
    x, y = part("train", first)
    classifier = reader(x, y, read)
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True, drop_last=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = GAN(data=64, latent=LATENT, hidden=HIDDEN, classes=10, bounded=True)
    judging, generating = (
        optim.Adam(network.parameters(), lr=LR, betas=(0.5, 0.9)) for network in (model.judge, model.make)
    )
    optimizers = {"discriminator": judging, "generator": generating}
    parts = {"model": model, "optimizer": optimizers, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            made = model.generator(ravine.randn(len(x), LATENT), y).detach()
            told = discriminator_loss(model.discriminator(x, y), model.discriminator(made, y))
            slope = r1_penalty(lambda x, y=y: model.discriminator(x, y), x)
            judging.zero_grad()
            (told + PENALTY * slope).backward()
            judging.step()
            fooled = generator_loss(model(ravine.randn(len(x), LATENT), y))
            generating.zero_grad()
            fooled.backward()
            generating.step()
            run.step(told, generator=fooled)
        labels = ravine.arange(10).repeat_interleave(each)
        made = gan.sample(model, len(labels), labels)
        rows = made.reshape(10, each, 8, 8)[:, :8].transpose(0, 1).flatten(0, 1)
        named = [str(n % 10) for n in range(len(rows))]
        run.show("Made, ten labels again and again", pictures(rows * 127.5 + 127.5, named))
        found, real = agreement(classifier, made, labels), agreement(classifier, *part("test", first))
        told = [["made for a label", f"{found:.3f}"], ["real, of the test part", f"{real:.3f}"]]
        told.append(["a generator that does not know", "0.100"])
        run.show("How often a classifier reads the label", table(["pictures", "agreement"], told))
        return run.finish("agreement", found, asked=ASKED)
