"""ravine train digits-vit: a vision transformer reads 8x8 pictures of handwritten digits in patches of 2x2.

Sixteen patches and [CLS] go through three blocks; pictures are turned, sheared and moved a little. The truth
is the test part's labels; the baseline is a linear classifier of the pixels, trained beside it. A first
setting had 0.933 there. Then a tenth of the training part, for validation, chose the learning rate (of 2e-3,
3e-3), the greatest move (of 5 %, 10 %) and no dropout (of 0, 0.1); it chooses the weights that are kept.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.datasets import digits
from ravine.models import ViT
from ravine.train import Result, Run, accuracy, at_scale, mistakes, table
from ravine.utils.data import DataLoader, TensorDataset, random_split
from ravine.vision import RandomAffine

NAME, ASKED = "digits-vit", 0.95
SECTION, SHOWS, SECONDS = "18.1", "a transformer reads pictures as sequences of patches", 60
SCALES = {"full": (50, None, 3, 48), "smoke": (1, 200, 2, 8)}  # epochs, pictures or all, blocks, width
BATCH, LR, DECAY = 64, 3e-3, 0.05


def part(name: str, first: int | None) -> tuple[Tensor, Tensor]:
    """The pictures (n, 1, 8, 8) in [0, 1] and the labels (n,), all of them or the first."""
    images, labels = digits("train" if name == "train" else "test")
    return ravine.tensor(images[:first]).unsqueeze(1), ravine.tensor(labels[:first])


def scores(model: nn.Module, x: Tensor) -> Tensor:
    """What the model answers in evaluation mode."""
    model.eval()
    with ravine.no_grad():
        return model(x)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first, layers, width = at_scale(scale, SCALES)
    train, val = random_split(TensorDataset(*part("train", first)), [0.9, 0.1], generator=seed)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = ViT(
        size=8, patch=2, layers=layers, width=width, heads=4, hidden=2 * width, classes=10, channels=1
    )  # fmt: skip
    both = nn.ModuleDict({"vit": model, "linear": nn.Sequential(nn.Flatten(), nn.Linear(64, 10))})
    change = RandomAffine(10, translate=(0.05, 0.05), shear=10)
    optimizer = optim.AdamW(both.parameters(), lr=LR, weight_decay=DECAY)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": both, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    held_x, held_y = next(iter(DataLoader(val, batch_size=len(val))))
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            both.train()
            loss = F.cross_entropy(model(change(x)), y)
            optimizer.zero_grad()
            (loss + F.cross_entropy(both["linear"](x), y)).backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=len(loader)):
                held = scores(model, held_x)
                val_loss, right = F.cross_entropy(held, held_y), accuracy(held, held_y)
                run.evaluate(val_loss=val_loss.item(), val_accuracy=right.item())
        run.load_best()
        x, y = part("test", first)
        answers = scores(model, x)
        result, linear = accuracy(answers, y).item(), accuracy(scores(both["linear"], x), y).item()
        rows = [["vision transformer", f"{result:.3f}"], ["linear classifier (baseline)", f"{linear:.3f}"]]
        run.show("Test accuracy", table(["model", "share that is right"], rows))
        with ravine.no_grad():
            maps = model.attention(x[:8])[-1].mean(1)[:, 0, 1:].reshape(8, 4, 4)
        seen = F.interpolate(maps.unsqueeze(1), size=(8, 8), mode="nearest")
        shown = ravine.cat([x[:8], seen / seen.amax((2, 3), keepdim=True)])
        run.show("Digits, and where [CLS] looks in the last block", viz.image_grid(shown, columns=8))
        run.show("Confusion", viz.confusion(y, answers.argmax(1), classes=[str(n) for n in range(10)]))
        run.show("Mistakes", mistakes(x, y, answers, [str(n) for n in range(10)]))
        return run.finish("test accuracy", result, asked=ASKED)
