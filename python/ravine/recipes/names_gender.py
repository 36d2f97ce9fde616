"""ravine train names-gender: a GRU reads first names letter by letter, and says whose they are.

The names are those that only women or only men have. The baselines are always to say the more frequent,
and a logistic regression on which letters a name has, and how often, trained alike. A fifth of the names is
the test, read once, with the last weights. The figure is by how much the share of right answers is above the
better baseline. Rate, epochs and dropout are the first that were tried.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.datasets import names
from ravine.models import SequenceClassifier
from ravine.text import CharTokenizer
from ravine.train import Result, Run, accuracy, at_scale, table
from ravine.utils.data import DataLoader, Subset, TensorDataset, random_split

NAME, ASKED = "names-gender", 0.04
SECTION, SHOWS, SECONDS = "16.1", "the order of letters says more than the letters", 60
SCALES = {"full": (15, None), "smoke": (1, 500)}  # epochs, and names, or all
BATCH, LR, LETTERS = 64, 5e-3, CharTokenizer("abcdefghijklmnopqrstuvwxyz", specials=["<pad>"])


def encode(first: int | None) -> tuple[list[str], TensorDataset]:
    """Names, and their letters, lengths and labels: 1 for men."""
    whose: dict[str, set[str]] = {}
    for name, gender in names():
        whose.setdefault(name, set()).add(gender)
    known = sorted((name, *of) for name, of in whose.items() if len(of) == 1)
    order = ravine.randperm(len(known), generator=ravine.Generator().manual_seed(0)).tolist()[:first]
    chosen = [known[i] for i in order]
    x, mask = LETTERS.batch([name for name, _ in chosen])
    labels = ravine.tensor([int(gender == "m") for _, gender in chosen])
    return [name for name, _ in chosen], TensorDataset(x, mask.sum(1), labels)


def answers(reader: nn.Module, bag: nn.Module, dataset: Subset) -> tuple[Tensor, Tensor, Tensor]:
    """Logits of both, and labels."""
    reader.eval()
    with ravine.no_grad():
        x, lengths, y = next(iter(DataLoader(dataset, batch_size=len(dataset))))
        return reader(x, lengths), bag(x), y


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train both, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    written, dataset = encode(first)
    train, val, test = random_split(dataset, [0.7, 0.1, 0.2], generator=0)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    reader = SequenceClassifier(
        classes=2, vocabulary=len(LETTERS), width=32, hidden=64, bidirectional=True, dropout=0.3
    )
    bag = nn.EmbeddingBag(len(LETTERS), 2, mode="sum", padding_idx=LETTERS.specials["<pad>"])
    models = nn.ModuleDict({"gru": reader, "bag": bag})
    optimizer = optim.AdamW(models.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": models, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, lengths, y in run.batches():
            models.train()
            loss, other = F.cross_entropy(reader(x, lengths), y), F.cross_entropy(bag(x), y)
            optimizer.zero_grad()
            (loss + other).backward()
            optimizer.step()
            run.step(loss, bag=other)
            scheduler.step()
            if run.due(every=len(loader)):
                held, _, known = answers(reader, bag, val)
                run.evaluate(val_loss=F.cross_entropy(held, known).item())
        scores, others, y = answers(reader, bag, test)
        shares = [accuracy(logits, y).item() for logits in (scores, others)]
        shares.append(max((y == k).float().mean().item() for k in range(2)))
        rows = list(zip(("GRU", "bag of letters", "always the more frequent"), map("{:.4f}".format, shares)))
        run.show("Share of right answers", table(["by", "share"], rows))
        sure = F.softmax(scores, 1)[:, 1].tolist()
        told = [(written[i].capitalize(), f"{p:.2f}") for i, p in zip(test.indices, sure)]
        run.show("Names, and the probability of a man's", table(["name", "probability"], told[:30]))
        return run.finish("accuracy gained", shares[0] - max(shares[1:]), asked=ASKED)
