"""ravine train names-lstm: an LSTM that reads first names letter by letter, and makes up new ones.

Symbol 0 stands before and behind each name; the loss counts the one behind. A tenth of the 5,163 names,
always the same, is for validation; the weights after the last step are measured on it. Dropout 0.3 had less
loss there than 0.5, and a width of 256 no less than 128.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import nn, optim
from ravine.datasets import names
from ravine.generation import cut, sample
from ravine.models import RecurrentLM
from ravine.train import Result, Run, at_scale, text
from ravine.utils.data import DataLoader, Dataset, TensorDataset, random_split

NAME, ASKED = "names-lstm", 2.20
SECTION, SHOWS, SECONDS, DEMO = "16.7", "an LSTM that reads first names makes up new ones", 60, True
BATCH, LR, WIDTH, DROPOUT = 64, 4e-3, 128, 0.3
SCALES = {"full": (30, None), "smoke": (1, 300)}  # epochs, and names, or all
LETTERS = ".abcdefghijklmnopqrstuvwxyz"
PAD = -100  # what cross_entropy leaves out


def encode(words: list[str]) -> TensorDataset:
    """Each name's symbols with 0 before it, and those with 0 behind it, both filled up to the longest."""
    numbers = [[LETTERS.index(letter) for letter in word] for word in words]
    longest = max(map(len, numbers))
    x = [[0, *word, *[0] * (longest - len(word))] for word in numbers]
    y = [[*word, 0, *[PAD] * (longest - len(word))] for word in numbers]
    return TensorDataset(ravine.tensor(x), ravine.tensor(y))


def evaluate(model: nn.Module, dataset: Dataset) -> float:
    """The mean loss per symbol, the one behind each name included."""
    model.eval()
    loss, symbols = 0.0, 0
    with ravine.no_grad():
        for x, y in DataLoader(dataset, batch_size=512):
            loss += F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
            symbols += (y != PAD).sum().item()
    return loss / symbols


def invent(model: RecurrentLM, count: int, temperature: float) -> list[str]:
    """Names that the model draws; the lower the temperature, the likelier."""
    model.eval()
    start = ravine.zeros(count, 1, dtype=ravine.int64)
    rows = sample(model.advance, start, length=20, temperature=temperature, stop=0)
    return ["".join(LETTERS[n] for n in row).capitalize() for row in cut(rows, 0)]


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and make up names."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    train, val = random_split(encode(sorted({name for name, _ in names()})[:first]), [0.9, 0.1], generator=0)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = RecurrentLM(vocabulary=len(LETTERS), width=32, hidden=WIDTH, cell="lstm", dropout=DROPOUT)
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=len(loader)):
                run.evaluate(val_loss=evaluate(model, val))
        for temperature in (0.6, 1.0):
            run.show(f"Names at temperature {temperature}", text(", ".join(invent(model, 40, temperature))))
        return run.finish("nats per symbol", evaluate(model, val), asked=ASKED, at_least=False)
