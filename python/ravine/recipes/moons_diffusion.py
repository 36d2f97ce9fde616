"""ravine train moons-diffusion: noise becomes two moons, step by step.

A perceptron learns the noise in points of the plane. 2,000 draws of an averaged network are compared with
2,000 points that it has not seen, by the sliced Wasserstein distance; the baseline is noise with the data's
mean and standard deviations, and the figure is the share of its distance. A third is asked; the truth, of two
sets of data, is on the page. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, nn, optim
from ravine.datasets import moons
from ravine.models import Denoiser, Diffusion
from ravine.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from ravine.train import Result, Run, at_scale, sliced_wasserstein, text
from ravine.viz import scatter

NAME, ASKED = "moons-diffusion", 0.3333
SECTION, SHOWS, SECONDS = "19.4", "noise becomes two moons, step by step", 60
SCALES = {"full": (4000, 256, 2000), "smoke": (3, 16, 20)}  # steps, points a step, draws
NOISE_STEPS, LR, DECAY, SHOWN = 200, 2e-3, 0.995, (0, 100, 150, 180, 200)


def points(count: int, seed: int) -> Tensor:
    """Points (count, 2) of both moons, with mean 0 and standard deviations of about 1."""
    return (ravine.tensor(moons(count, seed=seed)[0]) - ravine.tensor([0.5, 0.25])) / ravine.tensor(
        [0.87, 0.5]
    )


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, draw, and compare."""
    ravine.manual_seed(seed)
    usual, batch, draws = at_scale(scale, SCALES)
    total = steps or epochs or usual
    data, unseen, more = (points(draws, number) for number in range(3))
    process = Diffusion(steps=NOISE_STEPS, schedule="cosine")
    net = Denoiser(size=2, width=128, blocks=3)
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    optimizer = optim.Adam(net.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    model = nn.ModuleDict({"net": net, "averaged": averaged})
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            loss = process.loss(net, data[ravine.randint(0, len(data), (batch,))])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            averaged.update_parameters(net)
            run.step(loss)
            scheduler.step()
        path = list(process.trajectory(averaged, (draws, 2)))
        for at in SHOWN:
            run.show(f"After {at} of {NOISE_STEPS} steps back", scatter(path[at], size=1.5))
        run.show("The data", scatter(unseen, size=1.5))
        noise = data.mean(0) + data.std(0) * ravine.randn(draws, 2)
        own, baseline, truth = (sliced_wasserstein(x, unseen) for x in (path[-1], noise, more))
        told = f"The draws: {own:.4f}. Noise: {baseline:.4f}. Other points of the moons: {truth:.4f}."
        run.show("Sliced Wasserstein distances", text(told))
        return run.finish("share of the noise's distance", own / baseline, asked=ASKED, at_least=False)
