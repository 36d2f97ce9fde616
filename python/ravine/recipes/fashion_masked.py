"""ravine train fashion-masked: a transformer guesses the hidden patches of pictures of clothes.

No label is needed. Of the 49 patches of a half-size picture 60 % are hidden (a masked autoencoder). Then a
linear classifier is fitted to the encoder's frozen features of the training part, with labels. The figure is
its test accuracy above that of the same probe on the features of the encoder before training, which is the
baseline; the test part is read once. Nothing was tuned.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import ravine
from ravine import Tensor, optim, viz
from ravine.models import MaskedAutoencoder, masked_loss, patchify, unpatchify
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, accuracy, at_scale, linear_probe, table
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "fashion-masked", 0.03
SECTION, SHOWS, SECONDS = "14.4", "features learned without labels, by guessing what is hidden", 90
SCALES = {"full": (30, None, 2, 48), "smoke": (1, 200, 1, 8)}  # epochs, pictures or all, blocks, width
BATCH, LR, HIDDEN, PATCH = 100, 2e-3, 0.6, 2


def features(model: MaskedAutoencoder, x: Tensor) -> Tensor:
    """What the encoder sees in evaluation mode."""
    model.eval()
    with ravine.no_grad():
        return ravine.cat([model.features(part) for part in x.split(500)])


def restored(model: MaskedAutoencoder, x: Tensor) -> Tensor:
    """Pictures, what is seen of them, and what the model makes of that: three rows."""
    with ravine.no_grad():
        pixels, mask = model.eval()(x)
    patches, hidden = patchify(x, PATCH), mask.unsqueeze(2)
    seen = patches * (1 - hidden) + 0.5 * hidden
    whole = patches * (1 - hidden) + pixels * hidden
    rows = [unpatchify(part, PATCH, *x.shape[2:]) for part in (seen, whole)]
    return ravine.cat([x, *rows]).clamp(0, 1)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and probe the features once."""
    ravine.manual_seed(seed)
    usual, first, layers, width = at_scale(scale, SCALES)
    x, y = pictures_of("train", 14, first)
    loader = DataLoader(TensorDataset(x), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = MaskedAutoencoder(
        size=14, patch=PATCH, layers=layers, width=width, heads=4, decoder=width // 2, hide=HIDDEN
    )
    untrained = deepcopy(model)
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=0.05)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for (batch,) in run.batches():
            model.train()
            loss = masked_loss(model, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        others, truth = pictures_of("test", 14, first)
        found = []
        for network in (model, untrained):
            logits = linear_probe(features(network, x), y, features(network, others))
            found.append(accuracy(logits, truth).item())
        names = ["features learned without labels", "features before training (baseline)"]
        rows = [[name, f"{figure:.3f}"] for name, figure in zip(names, found, strict=True)]
        run.show("Test accuracy of a linear classifier", table(["features", "share that is right"], rows))
        run.show(
            "Pictures, what is seen, and what is guessed",
            viz.image_grid(restored(model, others[:10]), columns=10),
        )
        return run.finish("accuracy gained", found[0] - found[1], asked=ASKED)
