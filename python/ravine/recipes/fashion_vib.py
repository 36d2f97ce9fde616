"""ravine train fashion-vib: a classifier that keeps as little of a picture as it needs.

Four variational bottlenecks (Alemi et al., 2017) with a code of 8 numbers differ in what a nat about the
picture costs. The bound on I(X; Z) is measured on the test part with the share of right answers: the truth is
that the dearer code keeps less, down to nothing, and a cheap one of a few nats still answers nearly as well.
The figure is the accuracy of the one at beta = 0.03; the baseline answers the most frequent class (0.1).
Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import nn, optim
from ravine.models import VIB, gaussian_kl, vib_loss
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, accuracy, at_scale, table

NAME, ASKED = "fashion-vib", 0.78
SECTION, SHOWS, SECONDS = "14.5", "a noisy code keeps what the label needs, and forgets the rest", 60
SCALES = {"full": (1200, None), "smoke": (3, 100)}  # steps, and pictures of either part, or all
BETAS, CODE, BATCH, LR = (1e-3, 0.03, 0.3, 3.0), 8, 100, 2e-3


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train one bottleneck for each beta side by side, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    x, y = pictures_of("train", 14, first)
    total = steps or (epochs * len(x) // BATCH) or usual
    model = nn.ModuleList(VIB(sizes=(196, 256), code=CODE, classes=10) for _ in BETAS)
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            chosen = ravine.randint(0, len(x), (BATCH,))
            pairs = zip(model, BETAS, strict=True)
            losses = [vib_loss(net(x[chosen]), y[chosen], beta) for net, beta in pairs]
            optimizer.zero_grad()
            (loss := ravine.stack(losses).sum()).backward()
            optimizer.step()
            run.step(loss)
        model.eval()
        x, y = pictures_of("test", 14, first)
        rows, figures = [], []
        for net, beta in zip(model, BETAS, strict=True):
            with ravine.no_grad():
                scores, mean, log_variance = net(x)
            kept = gaussian_kl(mean, log_variance).sum(1).mean().item()
            figures.append(accuracy(scores, y).item())
            rows.append([f"{beta:g}", f"{kept:.3f}", f"{figures[-1]:.3f}"])
        run.show(
            "What is kept, and what it is good for", table(["beta", "nats of the picture", "accuracy"], rows)
        )
        return run.finish("test accuracy at beta 0.03", figures[1], asked=ASKED)
