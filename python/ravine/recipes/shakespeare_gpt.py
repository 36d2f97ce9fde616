"""ravine train shakespeare-gpt: a transformer that reads Shakespeare letter by letter, trained with AdamW.

Four layers of width 128 with 4 heads read windows of 96 characters, 24 a batch, for 2,000 steps. The last
tenth of the text is for validation; the last weights are measured on all of it. No rate was tuned.
"""

from __future__ import annotations

from math import cos, pi
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import optim
from ravine.datasets import shakespeare
from ravine.generation import sample
from ravine.models import GPT
from ravine.train import Result, Run, Windows, at_scale, text, window_loss

NAME, ASKED = "shakespeare-gpt", 1.80
SECTION, SHOWS, SECONDS, DEMO = "17.8", "a transformer writes like Shakespeare", 600, True
LAYERS, WIDTH, HEADS, LENGTH, BATCH, STEPS = 4, 128, 4, 96, 24, 2000
LR, WARM_UP, TEMPERATURES = 3e-3, 100, [0.5, 0.8, 1.0]
SCALES = {"full": (STEPS, BATCH, None, 400), "smoke": (4, 4, 4000, 8)}  # steps, batch, symbols read, written


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs`` times the text's length, and write something."""
    ravine.manual_seed(seed)
    usual, batch, read, written = at_scale(scale, SCALES)
    symbols = sorted(set(corpus := shakespeare()[:read]))
    data = ravine.tensor([symbols.index(symbol) for symbol in corpus])
    train, val = data[: -(len(data) // 10)], data[-(len(data) // 10) :]
    total = steps or (usual if not epochs else epochs * len(train) // (batch * LENGTH))
    model = GPT(layers=LAYERS, width=WIDTH, heads=HEADS, vocabulary=len(symbols), context=LENGTH, tied=False)
    optimizer = optim.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.99), weight_decay=0.1)
    # Up in a straight line, then down along a cosine to a fiftieth.
    scheduler = optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARM_UP, 0.51 + 0.49 * cos(pi * step / total))
    )
    loader = Windows(train, LENGTH, batch)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss, epoch=run.steps * batch * LENGTH // len(train))
            scheduler.step()
            if run.due(every=250):
                run.evaluate(val_loss=window_loss(model, val, LENGTH))
        start, chosen = val[:LENGTH].expand(len(TEMPERATURES), -1), ravine.tensor(TEMPERATURES)
        rows = sample(model, start, length=written, temperature=chosen, context=LENGTH).tolist()
        for t, numbers in zip(TEMPERATURES, rows, strict=True):
            run.show(f"Written at temperature {t}", text("".join(symbols[n] for n in numbers)))
        return run.finish("validation loss", window_loss(model, val, LENGTH), asked=ASKED, at_least=False)
