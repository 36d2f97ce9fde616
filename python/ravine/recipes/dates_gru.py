"""ravine train dates-gru: a GRU that looks at what it read writes dates as ISO 8601.

A date in one of eight forms becomes YYYY-MM-DD, letter by letter (`ravine.datasets.dates`). The figure is the
share of test dates of which every letter is right; none of them is trained on. The baseline is a rule that
finds the year and the day and knows no months: it always says January. Rate and width are the first
that were tried, the epochs what it needs.
"""

from __future__ import annotations

import re
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, optim, viz
from ravine.datasets import dates
from ravine.models import AttentionSeq2Seq, transduce
from ravine.text import CharTokenizer
from ravine.train import Result, Run, at_scale, table, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "dates-gru", 0.95
SECTION, SHOWS, SECONDS = "17.1", "what is written looks at what was read", 90
SCALES = {"full": (5, 10_000, 1000), "smoke": (1, 240, 20)}  # epochs, dates to train on, and of the test
BATCH, LR, TARGET = 64, 5e-3, CharTokenizer("-0123456789", specials=["<begin>"])
Pairs = list[tuple[str, str]]


def encode(pairs: Pairs, source: CharTokenizer) -> tuple[Tensor, Tensor, Tensor]:
    """Letters read (n, S), how many (n,), and letters written, with the beginning before them (n, 11)."""
    x, mask = source.batch([written for written, _ in pairs])
    return x, mask.sum(1), TARGET.batch([iso for _, iso in pairs], begin=True)[0]


def by_rule(written: str) -> str:
    """The year and the day, and always January."""
    day, *_, year = re.findall(r"\d+", written)
    return f"{year}-01-{int(day):02}"


def looks_at_the_year(weights: Tensor, lengths: Tensor) -> float:
    """Of the year's digits written, the share that look most at the year read, which always ends a date."""
    places = weights[:, :4].argmax(-1)
    return ((places >= lengths.unsqueeze(1) - 4) & (places < lengths.unsqueeze(1))).float().mean().item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train, and translate the test dates once."""
    ravine.manual_seed(seed)
    usual, count, tested = at_scale(scale, SCALES)
    pairs = sorted(set(dates(count + tested)))
    order = ravine.randperm(len(pairs), generator=ravine.Generator().manual_seed(0)).tolist()
    test, train = [pairs[i] for i in order[:tested]], [pairs[i] for i in order[tested:]]
    source = CharTokenizer.train("".join(written for written, _ in pairs), specials=["<pad>"])
    loader = DataLoader(TensorDataset(*encode(train, source)), batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = AttentionSeq2Seq(source=len(source), target=len(TARGET), width=32, hidden=64, dropout=0.1)
    optimizer = optim.Adam(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, lengths, y in run.batches():
            logits, _ = model(x, y[:, :-1], lengths)
            loss = F.cross_entropy(logits.flatten(0, 1), y[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        model.eval()
        x, lengths, _ = encode(test, source)
        numbers, weights = transduce(model, x, begin=TARGET.specials["<begin>"], length=10, lengths=lengths)
        found = [TARGET.decode(row) for row in numbers]
        rows = [(written, iso, told) for (written, iso), told in zip(test, found, strict=True)]
        share = sum(iso == told for _, iso, told in rows) / len(rows)
        rule = sum(by_rule(written) == iso for written, iso in test) / len(test)
        aligned = looks_at_the_year(weights, lengths)
        for row in range(3):
            looked = weights[row, :, : lengths[row].item()]
            run.show(
                f"What {found[row]} looked at", viz.attention(looked, keys=test[row][0], queries=found[row])
            )
        run.show("Dates", table(["read", "right", "written"], rows[:20]))
        wrong = [row for row in rows if row[1] != row[2]]
        run.show("Mistakes", table(["read", "right", "written"], wrong[:20]))
        told = f"A rule without months: {rule:.4f}. Digits of years that look at the year: {aligned:.4f}."
        run.show("Baseline", text(told))
        return run.finish("exact match", share, asked=ASKED)
