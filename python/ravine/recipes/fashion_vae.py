"""ravine train fashion-vae: a variational autoencoder of pictures of clothes in black and white.

Half-size pictures are cut at half brightness, so that a likelihood is a number of bits. The truth is how many
bits a dimension a code for the test part needs: at most what the bound by 64 draws says. It has to be below
that of a model whose pixels are independent, each black as often as in the training part. The latent plane is
drawn by a second network with two latent numbers. Nothing was tuned.
"""

from __future__ import annotations

from math import log
from typing import Any

import ravine
from ravine import Tensor, nn, optim, viz
from ravine.models import VAE, elbo, importance_bound, vae_samples
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, at_scale, pictures, text

NAME, ASKED = "fashion-vae", 0.5
SECTION, SHOWS, SECONDS = "19.2", "a plane of clothes: a code from which new pictures are drawn", 120
SCALES = {"full": (3000, None, 64), "smoke": (3, 60, 2)}  # steps, pictures of either part or all, draws
LATENT, BATCH, LR, SIDE = 16, 100, 1e-3, 12


def black_and_white(part: str, first: int | None) -> Tensor:
    """Pictures (n, 196) of zeros and ones."""
    return (pictures_of(part, 14, first)[0].flatten(1) > 0.5).to(ravine.get_default_dtype())


def independent_bits(train: Tensor, test: Tensor) -> float:
    """Bits a dimension of independent pixels, each black as often as in the training part (and once more)."""
    share = (train.sum(0) + 1) / (len(train) + 2)
    return -(test * share.log() + (1 - test) * (1 - share).log()).mean().item() / log(2)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train two networks, of 16 and of 2 latent numbers, and measure the first on the test part."""
    ravine.manual_seed(seed)
    usual, first, draws = at_scale(scale, SCALES)
    train, test = (black_and_white(part, first) for part in ("train", "test"))
    total = steps or (epochs * len(train) // BATCH) or usual
    nets = {"wide": VAE(sizes=(196, 256), latent=LATENT), "plane": VAE(sizes=(196, 256), latent=2)}
    model = nn.ModuleDict(nets)
    optimizer = optim.Adam(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            batch = train[ravine.randint(0, len(train), (BATCH,))]
            losses = [-elbo(net, batch).mean() for net in nets.values()]
            optimizer.zero_grad()
            ravine.stack(losses).sum().backward()
            optimizer.step()
            run.step(losses[0] / (196 * log(2)))
            scheduler.step()
        with ravine.no_grad():
            bits = -importance_bound(nets["wide"], test, draws).mean().item() / (196 * log(2))
        baseline = independent_bits(train, test)
        run.show("Baseline", text(f"Independent pixels: {baseline:.4f} bits a dimension."))
        plane = viz.latent_grid(
            lambda z: vae_samples(nets["plane"], z).reshape(-1, 14, 14), steps=SIDE, span=None
        )
        run.show("The latent plane, by quantiles of the prior", plane)
        drawn = vae_samples(nets["wide"], ravine.randn(24, LATENT)).reshape(-1, 14, 14)
        run.show("Drawn from the prior", pictures(drawn * 255))
        with ravine.no_grad():
            again = nets["wide"](test[:12])[0].sigmoid()
        pairs = ravine.stack([test[:12], again], 1).reshape(-1, 14, 14)
        run.show("Test pictures, and what their codes give", pictures(pairs * 255))
        run.show("Against the baseline", text(f"{bits / baseline:.3f} of its bits."))
        return run.finish(
            "share of the independent pixels' bits", bits / baseline, asked=ASKED, at_least=False
        )
