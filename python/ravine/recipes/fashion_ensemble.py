"""ravine train fashion-ensemble: eight networks answer together better than they do in the mean.

Eight small networks of the same sizes learn half-size pictures of clothes from different starts, each from
its own draw of the training part with replacement (bagging). The mean of their probabilities answers; the
figure is how many points of test accuracy it has above the mean of the members, which is the baseline.
Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import nn, optim
from ravine.models import SmallCNN
from ravine.recipes._judge import pictures_of
from ravine.train import Ensemble, Result, Run, accuracy, at_scale, table

NAME, ASKED = "fashion-ensemble", 0.01
SECTION, SHOWS, SECONDS = "14.4", "several networks answer together better than each alone", 120
SCALES = {"full": (800, 8, None), "smoke": (4, 2, 100)}  # steps, members, and pictures of either part, or all
BATCH, LR = 50, 2e-3


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the members side by side, and read the test part once."""
    ravine.manual_seed(seed)
    usual, count, first = at_scale(scale, SCALES)
    x, y = pictures_of("train", 14, first)
    x = F.pad(x, (1, 1, 1, 1))
    total = steps or (epochs * len(x) // BATCH) or usual
    members = nn.ModuleList(SmallCNN(size=16, widths=(16, 32), hidden=64, dropout=0.0) for _ in range(count))
    bags = ravine.randint(0, len(x), (count, len(x)))
    optimizer = optim.AdamW(members.parameters(), lr=LR)
    parts = {"model": members, "optimizer": optimizer, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            members.train()
            losses = []
            for member, bag in zip(members, bags, strict=True):
                chosen = bag[ravine.randint(0, len(x), (BATCH,))]
                losses.append(F.cross_entropy(member(x[chosen]), y[chosen]))
            optimizer.zero_grad()
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss / count)
        x, y = pictures_of("test", 14, first)
        ensemble = Ensemble([member.eval() for member in members])
        with ravine.no_grad():
            scores = ensemble(F.pad(x, (1, 1, 1, 1)))
        alone = [accuracy(member, y).item() for member in scores]
        together = accuracy(scores.softmax(-1).mean(0), y).item()
        names = [*(f"member {number}" for number in range(count)), "their mean", "together"]
        figures = [*alone, sum(alone) / count, together]
        rows = [[name, f"{figure:.3f}"] for name, figure in zip(names, figures, strict=True)]
        run.show("Test accuracy", table(["who answers", "share that is right"], rows))
        return run.finish("accuracy gained", together - sum(alone) / count, asked=ASKED)
