"""ravine train fashion-transfer: who can name clothes learns from few pictures which have long sleeves.

A small network learns the ten kinds from 1,500 pictures. From 100 of the other 500, drawn anew for each of
five starts, the second question is learnt in three ways: by a new head on its frozen features, by a copy that
is tuned as a whole, and, the baseline, by a network from scratch. The truth is the test part's labels, read
once; the figure is by how much the new head's accuracy is above the baseline's, in the mean of the starts.
The 400 pictures that a start does not draw chose the three learning rates, of 1e-3 to 1e-2.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.models import SmallCNN
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, accuracy, at_scale, freeze, table, text

NAME, ASKED = "fashion-transfer", 0.01
SECTION, SHOWS, SECONDS = "14.4", "features learnt for one question answer another from 100 pictures", 60
SCALES = {"full": (800, 150, 5), "smoke": (3, 3, 2)}  # steps of the first part and of the second, starts
MANY, FEW, BATCH, LR = 1500, 100, 50, 3e-3
WAYS = {"a new head": 5e-3, "tuned": 1e-3, "from scratch": 8e-3}  # and their learning rates


def part(name: str) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (n, 1, 16, 16), their kinds (n,), and whether it is a pullover, a coat or a shirt (n,)."""
    x, kinds = pictures_of(name, 16)
    return x, kinds, ravine.isin(kinds, ravine.tensor([2, 4, 6])).long()


def augment(x: Tensor) -> Tensor:
    """Each picture mirrored or not, and all of them shifted alike by up to one pixel."""
    x = ravine.where(ravine.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    i, j = ravine.randint(0, 3, (2,)).tolist()
    return F.pad(x, (1, 1, 1, 1))[:, :, i : i + 16, j : j + 16]


def network(classes: int) -> SmallCNN:
    """16x16 pixels -> 64 features -> scores."""
    return SmallCNN(size=16, widths=(16, 32), hidden=64, classes=classes)


def learnt(model: nn.Module) -> dict[str, Tensor]:
    """The weights of all but the head."""
    return {name: value for name, value in model.state_dict().items() if "head" not in name}


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Learn the kinds, then the sleeves in three ways, and read the test part once."""
    ravine.manual_seed(seed)
    first, second, starts = at_scale(scale, SCALES)
    total = steps or epochs * MANY // BATCH or first + second
    first = total * first // (first + second)
    x, kinds, sleeves = part("train")
    few = [MANY + ravine.randperm(len(x) - MANY)[:FEW] for _ in range(starts)]
    old, ways = network(10), {way: [network(2) for _ in few] for way in WAYS}
    for member in ways["a new head"]:
        freeze(member.convs)
        freeze(member.hidden)
    model = nn.ModuleDict({"old": old, **{way: nn.ModuleList(members) for way, members in ways.items()}})
    trained = {way: [p for p in model[way].parameters() if p.requires_grad] for way in WAYS}
    later = optim.AdamW([{"params": trained[way], "lr": lr} for way, lr in WAYS.items()])
    optimizers = {"first": optim.AdamW(old.parameters(), lr=LR), "later": later}
    parts = {"model": model, "optimizer": optimizers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            optimizer = optimizers["first" if run.steps < first else "later"]
            optimizer.zero_grad()
            if run.steps < first:
                chosen = ravine.randint(0, MANY, (BATCH,))
                losses = [F.cross_entropy(old(augment(x[chosen])), kinds[chosen])]
            else:
                if run.steps == first:  # what was learnt is handed on
                    for member in (*ways["a new head"], *ways["tuned"]):
                        member.load_state_dict(learnt(old), strict=False)
                losses = []
                for member, own in zip(chain(*ways.values()), few * len(WAYS), strict=True):
                    chosen = own[ravine.randint(0, FEW, (BATCH,))]
                    losses.append(F.cross_entropy(member(augment(x[chosen])), sleeves[chosen]))
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss / len(losses), lr=optimizer.param_groups[0]["lr"])
        model.eval()
        x, _, sleeves = part("test")
        rows, means = [], {}
        for way, members in ways.items():
            with ravine.no_grad():
                shares = [accuracy(member(x), sleeves).item() for member in members]
            means[way] = sum(shares) / starts
            rows.append([way, *(f"{share:.3f}" for share in (*shares, means[way]))])
        run.show("Test accuracy", table(["way", *(f"start {n}" for n in range(starts)), "mean"], rows))
        pairs = [(learnt(old), learnt(member)) for member in ways["a new head"]]
        kept = all((a[name] == b[name]).all() for a, b in pairs for name in a)
        run.show("Frozen parameters", text(f"They {'kept their bits' if kept else 'changed'}."))
        return run.finish("accuracy gained", means["a new head"] - means["from scratch"], asked=ASKED)
