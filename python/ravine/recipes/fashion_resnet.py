"""ravine train fashion-resnet: a small residual network on pictures of clothes, better than two convolutions.

Three stages of residual blocks, mirrored and shifted pictures, smoothed labels.
The truth is the test part's labels, read once; the baseline is what `fashion-cnn` reaches with as many
pictures (0.862 with seed 0). A tenth of the training part chose the learning rate, of 3e-3 and 6e-3.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import optim, viz
from ravine.datasets import FASHION_CLASSES
from ravine.models import ResNet
from ravine.recipes.fashion_cnn import augment, evaluate, part
from ravine.train import Result, Run, at_scale, mistakes
from ravine.utils.data import DataLoader

NAME, ASKED = "fashion-resnet", 0.87
SECTION, SHOWS, SECONDS = "18.4", "residual blocks see more in pictures than two convolutions", 120
SCALES = {"full": (24, None, (24, 48, 96)), "smoke": (1, 100, (4, 6, 8))}  # epochs, pictures or all, widths
BATCH, LR, SMOOTHING = 50, 6e-3, 0.1


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first, widths = at_scale(scale, SCALES)
    loader = DataLoader(part("train", first), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = ResNet(blocks=[1, 1, 1], widths=widths, classes=10, channels=1, stem="small")
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=5e-2)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.cross_entropy(model(augment(x)), y, label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        images, labels = (test := part("test", first)).tensors
        _, accuracy, scores = evaluate(model, test)
        run.show("Answers", viz.confusion(labels, scores.argmax(dim=1), classes=FASHION_CLASSES))
        run.show("Mistakes", mistakes(images, labels, scores, FASHION_CLASSES))
        return run.finish("test accuracy", accuracy, asked=ASKED)
