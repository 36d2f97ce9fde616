"""ravine train fashion-autoencoder: pictures of clothes through a code of 16 numbers.

A linear autoencoder can do no better than the first 16 principal components, which a singular value
decomposition gives: that is the truth, and the figure is by how much its error on the training pictures is
above theirs. Beside it a nonlinear one is trained, and one that is shown noisy pictures; their errors on the
test part are on the page. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.models import Autoencoder, noisy
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, at_scale, pictures, table

NAME, ASKED = "fashion-autoencoder", 0.01
SECTION, SHOWS, SECONDS = "14.5", "a narrow code keeps what matters: principal components, and more", 120
SCALES = {"full": (6000, None), "smoke": (3, 100)}  # steps, and pictures of either part, or all
CODE, BATCH, LR, NOISE = 16, 500, 3e-3, 0.2


def component_error(x: Tensor, y: Tensor) -> float:
    """Mean squared error of y behind the first principal components of x."""
    mean = x.mean(0)
    rows = ravine.linalg.svd(x - mean, full_matrices=False)[2][:CODE]
    return (y - mean - (y - mean) @ rows.T @ rows).square().mean().item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the three side by side, and compare the linear one with the principal components."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    x, test = (pictures_of(part, 14, first)[0].flatten(1) for part in ("train", "test"))
    size = x.shape[1]
    total = steps or (epochs * len(x) // BATCH) or usual
    model = nn.ModuleDict({
        "linear": Autoencoder(sizes=(size, CODE), activation="identity"),
        "nonlinear": Autoencoder(sizes=(size, 256, CODE)),
        "denoising": Autoencoder(sizes=(size, 256, CODE)),
    })  # fmt: skip
    optimizer = optim.Adam(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            batch = x[ravine.randint(0, len(x), (BATCH,))]
            seen = {"linear": batch, "nonlinear": batch, "denoising": noisy(batch, deviation=NOISE)}
            losses = [F.mse_loss(model[kind](given), batch) for kind, given in seen.items()]
            optimizer.zero_grad()
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        with ravine.no_grad():
            spoilt = noisy(test, deviation=NOISE)
            made = {"linear": model["linear"](test), "nonlinear": model["nonlinear"](test)}
            made["denoising, from noisy pictures"] = model["denoising"](spoilt)
            error = F.mse_loss(model["linear"](x), x).item()
        rows = [[kind, f"{F.mse_loss(y, test).item():.5f}"] for kind, y in made.items()]
        rows += [["principal components", f"{component_error(x, test):.5f}"]]
        rows += [["the noisy pictures", f"{F.mse_loss(spoilt, test).item():.5f}"]]
        run.show("Mean squared error on the test part", table(["what made it", "error"], rows))
        shown = ravine.stack([test, *list(made.values())[:2], spoilt, *list(made.values())[2:]], 1)[:8]
        names = ["picture", "linear", "nonlinear", "noisy", "denoised"] * 8
        run.show("Made from 16 numbers", pictures(shown.reshape(-1, 14, 14) * 255, names))
        return run.finish(
            "error above principal components", error / component_error(x, x) - 1, asked=ASKED, at_least=False
        )
