"""ravine train series-forecast: a GRU foretells the sea's temperature off Peru, one to three months ahead.

It reads two years of departures from the months' means and writes the three that follow. The first 70 % of
the months are for training, the next 15 % choose the weights, the last are read once. The figure is the root
of the mean squared error over that of the seasonal naive forecast, which repeats the year before; asked is
to be below the months' means too, whose ratio is 0.69. Six months ahead, tried first, a
GRU was no better than these means. Rate and width are the first that were tried.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, optim, viz
from ravine.datasets import series
from ravine.models import SequenceClassifier
from ravine.train import Result, Run, at_scale, table
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "series-forecast", 0.68
SECTION, SHOWS, SECONDS = "16.1", "a GRU foretells better than the year before does", 60
SCALES = {"full": 40, "smoke": 1}  # epochs
READ, TOLD, BATCH, LR, HIDDEN = 24, 3, 64, 3e-3, 24


def departures() -> tuple[Tensor, Tensor, int, int]:
    """Departures from the means of months (n,), these means (n,), and where validation and test begin."""
    values = ravine.tensor(series("elnino")[1])
    val, test = int(0.7 * len(values)), int(0.85 * len(values))
    means = ravine.stack([values[month:val:12].mean() for month in range(12)])
    expected = means[ravine.arange(len(values)) % 12]
    return values - expected, expected, val, test


def windows(x: Tensor, start: int, end: int) -> TensorDataset:
    """What is read (n, READ, 1), and what follows (n, TOLD); all that follows lies between start and end."""
    firsts = ravine.arange(max(start - READ, 0), end - READ - TOLD + 1)
    rows = x[firsts.unsqueeze(1) + ravine.arange(READ + TOLD)]
    return TensorDataset(rows[:, :READ].unsqueeze(2), rows[:, READ:])


def rms(error: Tensor) -> float:
    """The root of the mean square."""
    return error.square().mean().sqrt().item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train, choose the weights by the validation part, and read the test part once."""
    ravine.manual_seed(seed)
    data, expected, val_start, test_start = departures()
    train, val = windows(data, 0, val_start), windows(data, val_start, test_start)
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or at_scale(scale, SCALES)) * len(loader)
    model = SequenceClassifier(classes=TOLD, inputs=1, hidden=HIDDEN, dropout=0.1)
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            if run.due(every=len(loader)):
                model.eval()
                with ravine.no_grad():
                    run.evaluate(val_loss=F.mse_loss(model(val.tensors[0]), val.tensors[1]).item())
        run.load_best()
        model.eval()
        x, y = windows(data, test_start, len(data)).tensors
        year = test_start + ravine.arange(len(y)).unsqueeze(1) + ravine.arange(TOLD) - 12
        with ravine.no_grad():
            told = {
                "GRU": model(x),
                "the year before": data[year],
                "the months' means": ravine.zeros_like(y),
                "the last month": x[:, -1].expand(-1, TOLD),
            }
        errors = {name: rms(forecast - y) for name, forecast in told.items()}
        rows = [(name, f"{error:.3f}") for name, error in errors.items()]
        run.show("Root mean squared errors, degrees", table(["forecast", "error"], rows))
        ahead = {name: (forecast - y).square().mean(0).sqrt() for name, forecast in told.items()}
        run.show("By months ahead", viz.curves(ahead, x_label="months, from 0", y_label="degrees"))
        months = expected[test_start + TOLD - 1 : test_start + TOLD - 1 + len(y)]
        lines = {"measured": y[:, -1] + months, "foretold": told["GRU"][:, -1] + months}
        run.show("Three months ahead", viz.curves(lines, x_label="month", y_label="degrees"))
        ratio = errors["GRU"] / errors["the year before"]
        return run.finish("error over the year before's", ratio, asked=ASKED, at_least=False)
