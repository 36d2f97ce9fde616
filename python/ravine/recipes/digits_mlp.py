"""ravine train digits-mlp: 8x8 pictures of handwritten digits, one hidden layer, trained with Adam.

A tenth of the training part is held back for validation; the weights with the least validation loss are kept,
and the test part is read once, at the end. Learning rate, dropout and epochs are those of the least
validation loss (mean of 16 splits) among 1e-3 to 1.6e-2, 0 to 0.5 and 10 to 120.
"""

from __future__ import annotations

from typing import Any, Literal

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.datasets import digits
from ravine.models import MLP
from ravine.train import Result, Run, at_scale, mistakes
from ravine.utils.data import DataLoader, Dataset, TensorDataset, random_split

NAME, ASKED = "digits-mlp", 0.96
SECTION, SHOWS, SECONDS, DEMO = "7.1", "a hidden layer tells handwritten digits apart", 20, True
BATCH, LR = 64, 1.6e-2
SCALES = {"full": (120, None), "smoke": (2, 256)}  # epochs, and pictures to train on, or all


def build() -> nn.Module:
    """64 pixels -> 128 -> 10 scores."""
    return MLP(sizes=(64, 128, 10), dropout=0.5)


def part(name: Literal["train", "test"], first: int | None = None) -> TensorDataset:
    """The pictures (n, 8, 8) in [0, 1] and the labels (n,), all of them or the first."""
    images, labels = digits(name)
    return TensorDataset(ravine.tensor(images[:first]), ravine.tensor(labels[:first]))


def evaluate(model: nn.Module, dataset: Dataset) -> tuple[float, float, Tensor]:
    """The mean loss, the share of right answers, and all scores, over a whole dataset."""
    model.eval()
    loss, right, scores = 0.0, 0.0, []
    with ravine.no_grad():
        for x, y in DataLoader(dataset, batch_size=512, seed=0):
            scores.append(model(x))
            loss += F.cross_entropy(scores[-1], y, reduction="sum").item()
            right += (scores[-1].argmax(dim=1) == y).sum().item()
    size = sum(map(len, scores))
    return loss / size, right / size, ravine.cat(scores)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    train, val = random_split(part("train", first), [0.9, 0.1], generator=seed)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)

    model = build()
    optimizer = optim.Adam(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            if run.due(every=len(loader)):
                val_loss, val_accuracy, _ = evaluate(model, val)
                run.evaluate(val_loss=val_loss, val_accuracy=val_accuracy)
        run.load_best()
        _, accuracy, scores = evaluate(model, test := part("test"))
        images, labels = test.tensors
        run.show("Answers", viz.confusion(labels, scores.argmax(dim=1), classes=10))
        run.show("Mistakes", mistakes(images, labels, scores))
        return run.finish("test accuracy", accuracy, asked=ASKED)
