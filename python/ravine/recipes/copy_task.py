"""ravine train copy-task: to repeat what was said long before, a network has to keep all of it.

Five symbols of eight are read, then fifteen blanks and a signal; then the five are to be said again, in their
order. Who remembers nothing has a loss of log 8 = 2.08 nats for each. The figure is the worse loss of a GRU
and an LSTM on sequences that none has seen; a plain recurrent network is shown beside them (Hochreiter and
Schmidhuber, 1997; Arjovsky et al., 2016). With thirty blanks an LSTM did not begin to learn in 1,200 steps;
rate and width are the first that were tried.
"""

from __future__ import annotations

from math import log
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.models import SequenceTagger
from ravine.train import Result, Run, at_scale, table

NAME, ASKED = "copy-task", 0.3
SECTION, SHOWS, SECONDS = "16.6", "gates keep five symbols in their order", 110
SCALES = {"full": (1000, 15, 1000), "smoke": (4, 5, 50)}  # steps, blanks, and sequences of the test
SYMBOLS, SAID, BATCH, LR, CELLS = 8, 5, 64, 5e-3, ("rnn", "gru", "lstm")
BLANK, SIGNAL = SYMBOLS, SYMBOLS + 1


def sequences(count: int, blanks: int) -> tuple[Tensor, Tensor]:
    """What is read (count, 2 SAID + blanks), and what is to be said at its end (count, SAID)."""
    said = ravine.randint(0, SYMBOLS, (count, SAID))
    silence = ravine.full((count, blanks + SAID), BLANK)
    silence[:, blanks] = SIGNAL
    return ravine.cat([said, silence], 1), said


def losses(models: nn.ModuleDict, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Of each network (SAID,), the loss at each place."""
    scores = {cell: model(x)[:, -SAID:].transpose(1, 2) for cell, model in models.items()}
    return {cell: F.cross_entropy(each, y, reduction="none").mean(0) for cell, each in scores.items()}


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the three networks on the same sequences."""
    ravine.manual_seed(seed)
    usual, blanks, count = at_scale(scale, SCALES)
    test = sequences(count, blanks)
    sizes: Any = {"classes": SYMBOLS, "vocabulary": SYMBOLS + 2, "width": 16, "hidden": 64}
    models = nn.ModuleDict({cell: SequenceTagger(cell=cell, **sizes) for cell in CELLS})
    optimizer = optim.Adam(models.parameters(), lr=LR)
    total = steps or epochs or usual
    parts = {"model": models, "optimizer": optimizer, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            found = losses(models, *sequences(BATCH, blanks))
            means = {cell: loss.mean() for cell, loss in found.items()}
            optimizer.zero_grad()
            sum(means.values(), ravine.zeros(())).backward()
            for model in models.values():
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            run.step(means["gru"], rnn=means["rnn"], lstm=means["lstm"])
        with ravine.no_grad():
            places = losses(models, *test)
        found = {cell: loss.mean().item() for cell, loss in places.items()}
        rows = [(cell, f"{loss:.4f}") for cell, loss in found.items()]
        rows.append(("without memory", f"{log(SYMBOLS):.4f}"))
        run.show("Nats per symbol", table(["network", "loss"], rows))
        run.show("By place", viz.curves(places, x_label="symbol", y_label="nats", log=True))
        return run.finish("nats per symbol", max(found["gru"], found["lstm"]), asked=ASKED, at_least=False)
