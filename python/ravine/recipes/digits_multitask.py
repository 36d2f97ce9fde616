"""ravine train digits-multitask: what a few labels cannot teach, another task on the same trunk does.

Whether a handwritten digit has a closed loop (0, 6, 8, 9) is known for 50 of the training pictures, which
digit it is for all. One network learns loops alone, the other both; the figure is by how much the share of
right answers about loops in the test part is higher with both, the mean of five starts. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.datasets import digits
from ravine.models import MultiTask, weighted_sum
from ravine.train import Result, Run, accuracy, at_scale, table
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "digits-multitask", 0.05
SECTION, SHOWS, SECONDS = "14.4", "a second task on the same trunk helps where labels are few", 60
SCALES = {"full": (30, 5, None), "smoke": (2, 2, 200)}  # epochs, starts, and pictures to train on, or all
KNOWN, BATCH, LR, WEIGHTS = 50, 64, 3e-3, {"digit": 1.0, "loop": 1.0}


def part(name: Any, first: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (n, 8, 8), which digit each shows (n,), and whether it has a closed loop (n,)."""
    images, labels = digits(name)
    loops = [int(label in (0, 6, 8, 9)) for label in labels[:first]]
    return ravine.tensor(images[:first]), ravine.tensor(labels[:first]), ravine.tensor(loops)


def build(heads: dict[str, int]) -> MultiTask:
    """A trunk of two layers, and a head for each task."""
    return MultiTask(sizes=(64, 128, 64), heads=heads, dropout=0.2)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train both kinds from several starts side by side, and read the test part once."""
    ravine.manual_seed(seed)
    usual, starts, first = at_scale(scale, SCALES)
    images, labels, loops = part("train", first)
    known, known_loops = images[:KNOWN], loops[:KNOWN]
    loader = DataLoader(TensorDataset(images, labels), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    alone = nn.ModuleList(build({"loop": 2}) for _ in range(starts))
    both = nn.ModuleList(build({"digit": 10, "loop": 2}) for _ in range(starts))
    model = nn.ModuleDict({"alone": alone, "both": both})
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            losses = [F.cross_entropy(network(known)["loop"], known_loops) for network in alone]
            for network in both:
                tasks = {
                    "digit": F.cross_entropy(network(x)["digit"], y),
                    "loop": F.cross_entropy(network(known)["loop"], known_loops),
                }
                losses.append(weighted_sum(tasks, WEIGHTS))
            optimizer.zero_grad()
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss / len(losses))
        model.eval()
        images, labels, loops = part("test", first)
        with ravine.no_grad():
            single = [accuracy(network(images)["loop"], loops).item() for network in alone]
            answers = [network(images) for network in both]
        double = [accuracy(answer["loop"], loops).item() for answer in answers]
        right = [accuracy(answer["digit"], labels).item() for answer in answers]
        rows = [[str(i), *(f"{v:.3f}" for v in row)] for i, row in enumerate(zip(single, double, right))]
        head = ["start", "loops, alone", "loops, with digits", "digits"]
        run.show("Share of right answers on the test part", table(head, rows))
        gain = (sum(double) - sum(single)) / starts
        return run.finish("accuracy gained by the second task", gain, asked=ASKED)
