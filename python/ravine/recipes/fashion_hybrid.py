"""ravine train fashion-hybrid: convolution and attention together read pictures of clothes.

Three networks learn side by side from the same batches, mirrored and shifted: a transformer behind a
convolutional stem, a transformer of the same blocks on patches of 7x7 as they are, which is the baseline, and
a CNN with attention between its stages. The figure is the first one's test accuracy above the baseline's; the
test part is read once. The sizes are what time allows, the rate the first tried.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.datasets import FASHION_CLASSES
from ravine.models import AttentionCNN, HybridViT, ViT
from ravine.recipes.fashion_cnn import augment, part
from ravine.train import Result, Run, accuracy, at_scale, mistakes, table
from ravine.utils.data import DataLoader

NAME, ASKED = "fashion-hybrid", 0.02
SECTION, SHOWS, SECONDS = "18.2", "a convolutional stem helps a transformer where pictures are few", 120
# Epochs, pictures or all, width, blocks, and channels of the stem and of the CNN.
SCALES = {"full": (16, None, 48, 2, (8, 16, 32), (16, 32, 48)), "smoke": (1, 100, 8, 1, (4, 4, 4), (4, 8))}
BATCH, LR, DECAY = 50, 3e-3, 0.05
NAMES = {
    "hybrid": "convolutional stem, then transformer",
    "patches": "transformer on patches (baseline)",
    "inside": "attention inside a CNN",
}


def scores(model: nn.Module, x: Tensor) -> Tensor:
    """What the model answers in evaluation mode."""
    model.eval()
    with ravine.no_grad():
        return ravine.cat([model(some) for some in x.split(250)])


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first, width, layers, stem, widths = at_scale(scale, SCALES)
    loader = DataLoader(part("train", first), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    sizes = {"size": 28, "layers": layers, "width": width, "heads": 4, "hidden": 2 * width}
    models = nn.ModuleDict({
        "hybrid": HybridViT(stem=stem, classes=10, channels=1, **sizes),
        "patches": ViT(patch=7, classes=10, channels=1, **sizes),
        "inside": AttentionCNN(widths=widths, heads=4),
    })  # fmt: skip
    optimizer = optim.AdamW(models.parameters(), lr=LR, weight_decay=DECAY)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": models, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            models.train()
            x = augment(x)
            losses = {name: F.cross_entropy(models[name](x), y) for name in NAMES}
            optimizer.zero_grad()
            ravine.stack(list(losses.values())).sum().backward()
            optimizer.step()
            run.step(losses["hybrid"], patches=losses["patches"], inside=losses["inside"])
            scheduler.step()
        x, y = part("test", first).tensors
        answers = {name: scores(models[name], x) for name in NAMES}
        found = {name: accuracy(logits, y).item() for name, logits in answers.items()}
        sizes = {name: sum(p.numel() for p in models[name].parameters()) for name in NAMES}
        rows = [[NAMES[name], f"{sizes[name]:,}", f"{found[name]:.3f}"] for name in NAMES]
        run.show("Test accuracy", table(["network", "parameters", "share that is right"], rows))
        with ravine.no_grad():
            maps = models["hybrid"].attention(x[:10])[-1].mean(1)[:, 0, 1:].reshape(10, 1, 4, 4)
        seen = F.interpolate(maps / maps.amax((2, 3), keepdim=True), size=(28, 28), mode="bilinear")
        run.show(
            "Where [CLS] looks in the last block", viz.image_grid(ravine.cat([x[:10], seen]), columns=10)
        )
        run.show("Mistakes", mistakes(x, y, answers["hybrid"], FASHION_CLASSES))
        return run.finish("accuracy gained", found["hybrid"] - found["patches"], asked=ASKED)
