"""ravine train heat-pinn: a network that obeys the heat equation, without a single value inside.

``u_t = k u_xx`` on 0 <= x, t <= 1 with ``u(x, 0) = sin(pi x)`` and zero at both ends has the solution
``exp(-k pi^2 t) sin(pi x)``, which is the truth here. The loss (Raissi, Perdikaris and Karniadakis, 2019) is
the mean square of ``u_t - k u_xx`` at random points, with derivatives through the network, and that of what
is wrong at the start and the ends. The baseline is the start, left as it is. Nothing was tuned.
"""

from __future__ import annotations

from math import pi
from typing import Any

import ravine
from ravine import Tensor, autograd, optim, viz
from ravine.models import MLP
from ravine.nn import Module
from ravine.train import Result, Run, at_scale, text

NAME, ASKED = "heat-pinn", 0.01
SECTION, SHOWS, SECONDS = "20.9", "a network learns a differential equation's solution from the equation", 60
SCALES = {"full": (6000, 256), "smoke": (4, 16)}  # steps, points of each kind a step
K, LR, SIZES = 0.3, 5e-3, (2, 32, 32, 32, 1)


def solution(x: Tensor, t: Tensor) -> Tensor:
    """The closed form."""
    return ravine.exp(-K * pi**2 * t) * ravine.sin(pi * x)


def residual(model: Module, x: Tensor, t: Tensor) -> Tensor:
    """``u_t - k u_xx`` at points (n, 1), (n, 1)."""
    x, t = x.requires_grad_(), t.requires_grad_()
    u = model(ravine.cat([x, t], 1))
    u_x, u_t = autograd.grad(u.sum(), (x, t), create_graph=True)
    (u_xx,) = autograd.grad(u_x.sum(), (x,), create_graph=True)
    return u_t - K * u_xx


def losses(model: Module, count: int) -> Tensor:
    """Mean squares at random points: of the residual, and of what is wrong at the start and both ends."""
    x, t = ravine.rand(2, count, 1)
    start, zero = model(ravine.cat([x, 0 * x], 1)), ravine.cat([(x > 0.5).to(x.dtype), t], 1)
    return ravine.stack([
        residual(model, x, t).square().mean(),
        (start - solution(x, 0 * x)).square().mean(),
        model(zero).square().mean(),
    ])  # fmt: skip


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, and compare with the solution on a grid."""
    ravine.manual_seed(seed)
    usual, count = at_scale(scale, SCALES)
    total = steps or epochs or usual
    model = MLP(sizes=SIZES, activation="tanh")
    optimizer = optim.Adam(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            loss = losses(model, count).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        ticks = ravine.linspace(0, 1, 65)
        t, x = ravine.meshgrid(ticks, ticks, indexing="ij")
        truth = solution(x, t)
        found = model(ravine.stack([x, t], 2)).detach().squeeze(2)
        for title, values in (("Learnt", found), ("Its error", found - truth)):
            picture = viz.heatmap(values, title=title, x_label="x", y_label="t")
            run.show(f"{title}, over x and t", picture)
        still = (truth[0] - truth).norm() / truth.norm()
        run.show("Without the equation", text(f"A start that stays has an error of {still.item():.3f}."))
        error = ((found - truth).norm() / truth.norm()).item()
        return run.finish("relative error", error, asked=ASKED, at_least=False)
