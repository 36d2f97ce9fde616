"""ravine train digits-flow: the exact density of handwritten digits.

Each of 64 pixels has 17 levels; noise within a level makes them continuous, and the negative logarithm of the
density bounds the bits of a code (Theis et al., 2016). The truth is bits a dimension on the test part: the
flow has to be below a Gaussian with full covariance, fitted to the training part. A tenth of that chose how
long to train, and chooses the weights. Nothing else was tuned.
"""

from __future__ import annotations

from math import log
from typing import Any

import ravine
from ravine import Tensor, optim
from ravine.datasets import digits
from ravine.models import CouplingFlow, GaussianMixture
from ravine.train import Result, Run, at_scale, pictures, text

NAME, ASKED = "digits-flow", 0.9
SECTION, SHOWS, SECONDS = "19.1", "a density that is exact, and from which digits are drawn", 120
SCALES = {"full": (3000, 8, 192), "smoke": (3, 2, 8)}  # steps, coupling steps, units
LEVELS, BATCH, LR, EVERY = 17, 100, 1e-3, 150


def part(name: Any) -> Tensor:
    """Levels (n, 64), from 0 to 16."""
    return ravine.tensor(digits(name)[0]).flatten(1) * 16


def noised(levels: Tensor) -> Tensor:
    """Anywhere within each level, from 0 to 1 in all."""
    return (levels + ravine.rand_like(levels)) / LEVELS


def bits(nats: Tensor) -> float:
    """Bits a dimension of the levels, from the logarithm of the density."""
    return log(LEVELS, 2) - nats.mean().item() / (64 * log(2))


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, couplings, hidden = at_scale(scale, SCALES)
    levels = part("train")[ravine.randperm(len(part("train")))]
    val, train = levels[: len(levels) // 10], levels[len(levels) // 10 :]
    total = steps or (epochs * len(train) // BATCH) or usual
    model = CouplingFlow(size=64, steps=couplings, hidden=hidden)
    model.fit_scales(noised(train))
    gaussian = GaussianMixture(size=64)
    gaussian.fit(noised(levels), steps=1)
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=1e-2)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            batch = noised(train[ravine.randint(0, len(train), (BATCH,))])
            loss = -model.log_prob(batch).mean() / (64 * log(2)) + log(LEVELS, 2)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=EVERY):
                with ravine.no_grad():
                    run.evaluate(val_loss=bits(model.log_prob(noised(val))))
        run.load_best()
        test = noised(part("test"))
        with ravine.no_grad():
            own, other = bits(model.log_prob(test)), bits(gaussian(test))
        run.show("Drawn from the flow", pictures((model.sample(40) * 255).reshape(-1, 8, 8)))
        told = f"The flow: {own:.3f} bits a dimension. The Gaussian with full covariance: {other:.3f}."
        run.show("Against the baseline", text(told))
        return run.finish("share of the Gaussian's bits", own / other, asked=ASKED, at_least=False)
