"""ravine train gauss-wgan: critics measure how far N(2, 1) is from N(0, 1), by the slope that they may have.

The 1-Wasserstein distance of two normal distributions of one deviation is that of their means: 2, which is
the truth here. A critic's estimate is ``E D(x) - E D(y)`` over fresh samples, five critics from five starts.
The penalty is one-sided, ``100 E max(0, |D'| - 1)^2``: the two-sided one pulls the slope of a critic that
began with the wrong sign to -1 and may leave it there. At its optimum the slope is above 1 by a share of
1/100, which is the bias of the estimate. The baseline is the first way to bound a slope, clipped weights:
such a critic points the right way, but its scale is arbitrary. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, autograd, nn, optim, viz
from ravine.models import MLP, clip_weights, gradient_penalty, wasserstein_distance
from ravine.train import Result, Run, at_scale, table

NAME, ASKED = "gauss-wgan", 0.1
SECTION, SHOWS, SECONDS = "19.3", "a critic of bounded slope measures the distance of two distributions", 30
SCALES = {"full": (600, 128, 20_000), "smoke": (4, 16, 100)}  # steps, samples a step, to measure with
CRITICS, PENALTY, CLIP, LR = 5, 100, 0.1, 3e-3
DISTANCE = 2.0


def critics() -> nn.ModuleList:
    """One for each start."""
    return nn.ModuleList(MLP(sizes=(1, 32, 32, 1), activation="silu") for _ in range(CRITICS))


def samples(count: int) -> tuple[Tensor, Tensor]:
    """Of N(2, 1) and N(0, 1), (count, 1) each."""
    return DISTANCE + ravine.randn(count, 1), ravine.randn(count, 1)


def slopes(critic: nn.Module, x: Tensor) -> Tensor:
    """The critic's derivative at each point."""
    x = x.requires_grad_()
    return autograd.grad(critic(x).sum(), (x,))[0]


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train all critics for the scale's steps, and compare what they measure with the distance."""
    ravine.manual_seed(seed)
    usual, batch, count = at_scale(scale, SCALES)
    total = steps or epochs or usual
    sets = {"penalised": critics(), "clipped": critics()}
    model = nn.ModuleDict(sets)
    optimizers = {name: optim.Adam(part.parameters(), lr=LR, betas=(0.5, 0.9)) for name, part in sets.items()}
    parts = {"model": model, "optimizer": optimizers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            losses = {name: ravine.zeros(()) for name in sets}
            for name, part in sets.items():
                for critic in part:
                    x, y = samples(batch)
                    losses[name] -= wasserstein_distance(critic(x), critic(y))
                    if name == "penalised":
                        losses[name] += PENALTY * gradient_penalty(critic, x, y, one_sided=True)
                optimizers[name].zero_grad()
                losses[name].backward()
                optimizers[name].step()
            clip_weights(sets["clipped"].parameters(), CLIP)
            run.step(losses["penalised"] / CRITICS, clipped=losses["clipped"] / CRITICS)
        x, y = samples(count)
        between = ravine.linspace(0, DISTANCE, 101).unsqueeze(1)
        found, rows = {}, []
        for name, part in sets.items():
            with ravine.no_grad():
                found[name] = [wasserstein_distance(critic(x), critic(y)).item() for critic in part]
            steep = [slopes(critic, between).mean().item() for critic in part]
            for estimate, slope in zip(found[name], steep, strict=True):
                rows.append([name, f"{estimate:.3f}", f"{slope:.3f}"])
        run.show("Estimates (truth: 2)", table(["critic", "distance", "mean slope from 0 to 2"], rows))
        line = ravine.linspace(-3, 5, 81)
        with ravine.no_grad():
            curves = {
                f"start {n}": ravine.stack([line, critic(line.unsqueeze(1)).flatten()], 1).tolist()
                for n, critic in enumerate(sets["penalised"])
            }
        run.show("The critics", viz.curves(curves, title="D(x)", x_label="x", y_label="D(x)"))
        worst = max(abs(estimate / DISTANCE - 1) for estimate in found["penalised"])
        return run.finish("largest relative error", worst, asked=ASKED, at_least=False)
