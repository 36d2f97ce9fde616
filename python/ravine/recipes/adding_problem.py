"""ravine train adding-problem: gates remember over a hundred steps what a plain recurrent network forgets.

Of a hundred numbers from 0 to 1 two are marked, one in each half; the answer is their sum. Always to say 1
has the mean squared error 1/6 = 0.167, and so has the plain network. The figure is the worse of a GRU's and
an LSTM's, on sequences that none has seen (Hochreiter and Schmidhuber, 1997; Le et al., 2015). Rate and width
are the first that were tried.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim, viz
from ravine.models import SequenceClassifier, gradient_by_lag
from ravine.train import Result, Run, at_scale, table

NAME, ASKED = "adding-problem", 0.02
SECTION, SHOWS, SECONDS = "16.7", "gates remember what a plain recurrent network forgets", 90
SCALES = {"full": (1000, 100, 1000), "smoke": (4, 20, 50)}  # steps, length, and sequences of the test
BATCH, HIDDEN, LR, CELLS = 64, 32, 1e-2, ("rnn", "gru", "lstm")


def sums(count: int, length: int) -> tuple[Tensor, Tensor]:
    """Pairs of a number and a mark (count, length, 2), and the sum of those that are marked (count,)."""
    rows, half = ravine.arange(count), length // 2
    numbers, marks = ravine.rand(count, length), ravine.zeros(count, length)
    marks[rows, ravine.randint(0, half, (count,))] = 1.0
    marks[rows, ravine.randint(half, length, (count,))] = 1.0
    return ravine.stack([numbers, marks], 2), (numbers * marks).sum(1)


def errors(models: nn.ModuleDict, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """The mean squared error of each network."""
    return {cell: F.mse_loss(model(x).squeeze(1), y) for cell, model in models.items()}


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the three networks on the same sequences."""
    ravine.manual_seed(seed)
    usual, length, count = at_scale(scale, SCALES)
    test = sums(count, length)
    models = nn.ModuleDict(
        {cell: SequenceClassifier(classes=1, inputs=2, hidden=HIDDEN, cell=cell) for cell in CELLS}
    )
    optimizer = optim.Adam(models.parameters(), lr=LR)
    total = steps or epochs or usual
    parts = {"model": models, "optimizer": optimizer, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            losses = errors(models, *sums(BATCH, length))
            optimizer.zero_grad()
            sum(losses.values(), ravine.zeros(())).backward()
            for model in models.values():
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            run.step(losses["gru"], rnn=losses["rnn"], lstm=losses["lstm"])
        with ravine.no_grad():
            found = {cell: error.item() for cell, error in errors(models, *test).items()}
        rows = [(cell, f"{error:.4f}") for cell, error in found.items()]
        rows.append(("always 1", f"{F.mse_loss(ravine.ones(count), test[1]).item():.4f}"))
        run.show("Mean squared errors", table(["network", "error"], rows))
        x = test[0][:20].transpose(0, 1)
        lags = {cell: gradient_by_lag(model.reader.layers[0][0], x) for cell, model in models.items()}
        run.show("Gradients by lag", viz.curves(lags, x_label="steps back", y_label="norm", log=True))
        return run.finish("mean squared error", max(found["gru"], found["lstm"]), asked=ASKED, at_least=False)
