"""ravine train digits-norms: layer norm and batch norm at batches of 2, 8 and 64 pictures.

For each size of a batch, perceptrons with four hidden layers learn 8x8 digits from three starts: without a
norm, with a layer norm and with a batch norm in front of each activation. All make equally many steps with
the learning rate that is best without a norm at small batches (of 1e-3, 3e-3 and 1e-2, by a tenth of the
training part). The truth is the test part's labels, read once. A batch of two leaves a batch norm little more
than the order of its two samples: there it is the baseline that a layer norm has to be above.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import nn, optim
from ravine.datasets import digits
from ravine.models import MLP
from ravine.train import Result, Run, accuracy, at_scale, table

NAME, ASKED = "digits-norms", 0.2
SECTION, SHOWS, SECONDS = "14.5", "a layer norm does not mind small batches, a batch norm does", 60
SCALES = {"full": (500, 3), "smoke": (3, 1)}  # steps, and starts
NORMS, BATCHES, LR = ("none", "layer", "batch"), (2, 8, 64), 1e-3
SIZES = (64, 64, 64, 64, 64, 10)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train all of them side by side, and read the test part once."""
    ravine.manual_seed(seed)
    usual, starts = at_scale(scale, SCALES)
    x, y = (ravine.tensor(array) for array in digits("train"))
    total = steps or epochs * (len(x) // max(BATCHES)) or usual
    cells = [(norm, batch) for norm in NORMS for batch in BATCHES]
    nets = [[MLP(sizes=SIZES, norm=norm) for _ in range(starts)] for norm, _ in cells]
    model = nn.ModuleList(nn.ModuleList(members) for members in nets)
    optimizer = optim.Adam(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            losses = []
            for (_, batch), members in zip(cells, nets, strict=True):
                for member in members:
                    chosen = ravine.randint(0, len(x), (batch,))
                    losses.append(F.cross_entropy(member(x[chosen]), y[chosen]))
            optimizer.zero_grad()
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss / len(losses))
        model.eval()
        x, y = (ravine.tensor(array) for array in digits("test"))
        with ravine.no_grad():
            shares = [[accuracy(member(x), y).item() for member in members] for members in nets]
        means = {cell: sum(share) / starts for cell, share in zip(cells, shares, strict=True)}
        rows = [[norm, *(f"{means[norm, batch]:.3f}" for batch in BATCHES)] for norm in NORMS]
        head = ["norm", *(f"batches of {batch}" for batch in BATCHES)]
        run.show("Share of right answers on the test part", table(head, rows))
        gain = means["layer", 2] - means["batch", 2]
        return run.finish("accuracy gained at batches of 2", gain, asked=ASKED)
