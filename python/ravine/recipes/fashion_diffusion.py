"""ravine train fashion-diffusion: pictures of clothes out of noise.

A U-Net learns v in half-size pictures (16x16); 1,000 are drawn in 50 steps. The truth is the test part: the
Frechet distance in the features of a network that names clothes has to be below that of a Gaussian with the
training pixels' mean and covariance, all ten kinds have to be there, and the nearest training picture must
not be closer than it is to a test picture. The figure is the share of the Gaussian's distance, and one more
if a kind is missing or a picture is too near. Steps are as many as few minutes allow; nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import nn, optim
from ravine.models import Diffusion, DiffusionUNet
from ravine.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from ravine.recipes._judge import judge, pictures_of
from ravine.train import Result, Run, at_scale, pictures, text

NAME, ASKED = "fashion-diffusion", 1.0
SECTION, SHOWS, SECONDS = "19.4", "pictures of clothes out of noise", 240
SCALES = {"full": (1000, 64, 1000, (32, 64), 50, 300), "smoke": (2, 4, 24, (8, 8), 2, 2)}
LR, DECAY, T = 1e-3, 0.995, 1000


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, draw, and judge what was drawn."""
    ravine.manual_seed(seed)
    usual, batch, draws, widths, back, judged = at_scale(scale, SCALES)
    x = pictures_of("train", 16)[0] * 2 - 1
    total = steps or (epochs * len(x) // batch) or usual
    process = Diffusion(steps=T, schedule="cosine", predicts="v")
    net = DiffusionUNet(widths=widths)
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    optimizer = optim.AdamW(net.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    model = nn.ModuleDict({"net": net, "averaged": averaged})
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            chosen = x[ravine.randint(0, len(x), (batch,))]
            mirrored = ravine.rand(batch, 1, 1, 1) < 0.5
            loss = process.loss(net, ravine.where(mirrored, chosen.flip(3), chosen))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            averaged.update_parameters(net)
            run.step(loss)
            scheduler.step()
        averaged.eval()
        path = list(process.trajectory(averaged, (24, 1, 16, 16), steps=back, clip=1.0))
        frames = ravine.stack([path[len(path) * i // 6][:4, 0] for i in range(6)] + [path[-1][:4, 0]], 1)
        run.show("Steps back", pictures((frames.flatten(0, 1) + 1) * 127.5))
        drawn = process.sample(averaged, (draws, 1, 16, 16), steps=back, clip=1.0)
        drawn = (drawn + 1) / 2
        run.show("Drawn", pictures(drawn[:40, 0] * 255))
        judgement = judge(drawn, steps=judged)
        run.show("Judged", text(str(judgement)))
        share = judgement.share
        return run.finish("share of a Gaussian's Frechet distance", share, asked=ASKED, at_least=False)
