"""ravine train fashion-cnn: 28x28 pictures of clothes, a network of two convolutions, trained with AdamW.

Batches are mirrored and shifted at random. A tenth of the 2,000 training pictures, for validation, chose
the learning rate (of 1e-3, 3e-3, 6e-3; mean of two seeds) and chooses the weights. The test part comes last.
"""

from __future__ import annotations

from typing import Any, Literal

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.datasets import FASHION_CLASSES, fashion
from ravine.models import SmallCNN
from ravine.train import Result, Run, at_scale, mistakes, pictures
from ravine.utils.data import DataLoader, Dataset, TensorDataset, random_split

NAME, ASKED = "fashion-cnn", 0.85
SECTION, SHOWS, SECONDS, DEMO = "14.5", "two convolutions name pieces of clothing", 90, True
BATCH, LR = 50, 6e-3
SCALES = {"full": (40, None), "smoke": (1, 120)}  # epochs, and pictures of either part, or all


def build() -> SmallCNN:
    """Two convolutions with pooling, 28 -> 14 -> 7, and two linear layers."""
    return SmallCNN(widths=(32, 64), hidden=128, dropout=0.5)


def part(name: Literal["train", "test"], first: int | None = None) -> TensorDataset:
    """The pictures (n, 1, 28, 28) in [0, 1] and the labels (n,), all of them or the first."""
    images, labels = fashion(name)
    return TensorDataset(ravine.tensor(images[:first]).unsqueeze(1), ravine.tensor(labels[:first]))


def augment(x: Tensor) -> Tensor:
    """Each picture mirrored or not, and all of them shifted alike by up to two pixels."""
    x = ravine.where(ravine.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    i, j = ravine.randint(0, 5, (2,)).tolist()
    return F.pad(x, (2, 2, 2, 2))[:, :, i : i + 28, j : j + 28]


def evaluate(model: nn.Module, dataset: Dataset) -> tuple[float, float, Tensor]:
    """The mean loss, the share of right answers, and all scores, over a whole dataset."""
    model.eval()
    loss, right, scores = 0.0, 0.0, []
    with ravine.no_grad():
        for x, y in DataLoader(dataset, batch_size=500):
            scores.append(model(x))
            loss += F.cross_entropy(scores[-1], y, reduction="sum").item()
            right += (scores[-1].argmax(dim=1) == y).sum().item()
    size = sum(map(len, scores))
    return loss / size, right / size, ravine.cat(scores)


def show(run: Run, model: nn.Module, test: TensorDataset, scores: Tensor) -> None:
    """The page's pictures: what the first convolution looks for, and the mistakes."""
    images, labels = test.tensors
    weight = model.get_parameter("convs.0.weight").detach().squeeze(1)
    low, high = weight.amin((1, 2), keepdim=True), weight.amax((1, 2), keepdim=True)
    run.show("Filters of the first convolution", pictures((weight - low) / (high - low) * 255, small=True))
    run.show("Answers", viz.confusion(labels, scores.argmax(dim=1), classes=FASHION_CLASSES))
    run.show("Mistakes", mistakes(images, labels, scores, FASHION_CLASSES))


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    train, val = random_split(part("train", first), [0.9, 0.1], generator=seed)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = build()
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=1e-2)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.cross_entropy(model(augment(x)), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=len(loader)):
                val_loss, val_accuracy, _ = evaluate(model, val)
                run.evaluate(val_loss=val_loss, val_accuracy=val_accuracy)
        run.load_best()
        _, accuracy, scores = evaluate(model, test := part("test", first))
        show(run, model, test, scores)
        return run.finish("test accuracy", accuracy, asked=ASKED)
