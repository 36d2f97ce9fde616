"""ravine train mixture-score: the field that leads from noise to three groups of points.

The score of noised points of a Gaussian mixture is known exactly: that is the truth. A network learns it by
denoising (Vincent, 2011); the figure is its mean squared error, weighted with the noise's variance and by the
density, as a share of the exact field's mean square. The baseline is the field of one Gaussian with the
data's mean and covariance. Draws are made by the reverse steps and by Langevin's. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, autograd, optim
from ravine.models import Denoiser, Diffusion, GaussianMixture
from ravine.train import Result, Run, at_scale, sliced_wasserstein, text
from ravine.viz import quiver, scatter

NAME, ASKED = "mixture-score", 0.05
SECTION, SHOWS, SECONDS = "19.4", "a learnt field of scores is the exact one", 60
SCALES = {"full": (4000, 256, 2000), "smoke": (3, 16, 20)}  # steps, points a step, draws
NOISE_STEPS, LR, LEVELS, LANGEVIN = 100, 2e-3, (5, 20, 50, 80), 200
MEANS, DEVIATIONS = [[-1.0, -0.8], [0.0, 1.2], [1.1, -0.5]], [0.2, 0.3, 0.25]


def density(alpha: float, means: Any = MEANS, deviations: Any = DEVIATIONS) -> GaussianMixture:
    """The mixture after noise: means shrink by sqrt(alpha), variances become alpha s^2 + 1 - alpha."""
    mixture = GaussianMixture(size=2, components=len(means))
    variances = alpha * ravine.tensor(deviations) ** 2 + 1 - alpha
    with ravine.no_grad():
        mixture.means.copy_(alpha**0.5 * ravine.tensor(means))
        mixture.factors.copy_((variances.log() / 2).reshape(-1, 1, 1) * ravine.eye(2))
    return mixture


def score(mixture: GaussianMixture, x: Tensor) -> Tensor:
    """The gradient of the logarithm of the density."""
    x = x.detach().requires_grad_()
    return autograd.grad(mixture(x).sum(), x)[0]


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, and compare with the exact field."""
    ravine.manual_seed(seed)
    usual, batch, draws = at_scale(scale, SCALES)
    total = steps or epochs or usual
    data = density(1.0)
    process = Diffusion(steps=NOISE_STEPS, schedule="cosine")
    net = Denoiser(size=2, width=128, blocks=3)
    optimizer = optim.Adam(net.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": net, "optimizer": optimizer, "scheduler": scheduler, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            loss = process.loss(net, data.sample(batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        errors = ravine.zeros(3)  # of the network, of one Gaussian, of nothing
        seen = data.sample(draws)
        for level in LEVELS:
            alpha = process.alphas[level].item()
            mixture, single = density(alpha), GaussianMixture(size=2)
            x, t = mixture.sample(draws), ravine.full((draws,), level)
            single.fit(x, steps=1)
            with ravine.no_grad():
                learnt = process.score(net, x, t)
            exact = score(mixture, x)
            wrong = [learnt - exact, score(single, x) - exact, exact]
            errors = errors + (1 - alpha) * ravine.stack([w.square().mean() for w in wrong])
        share, baseline = (errors[:2] / errors[2]).tolist()
        ticks = ravine.linspace(-2, 2, 15)
        grid, t = ravine.cartesian_prod(ticks, ticks), ravine.full((225,), LEVELS[1])
        with ravine.no_grad():
            learnt = process.score(net, grid, t)
        exact = score(density(process.alphas[LEVELS[1]].item()), grid)
        run.show("The learnt field", quiver(grid, learnt, samples=seen[:200]))
        run.show("The exact field", quiver(grid, exact, samples=seen[:200]))
        back = process.sample(net, (draws, 2))
        walked = process.langevin(net, ravine.randn(draws, 2), LEVELS[0], rate=0.01, steps=LANGEVIN)
        run.show("Draws", scatter({"reverse steps": back, "Langevin": walked}, size=1.5))
        told = f"One Gaussian: {baseline:.3f}. Distance of the draws: {sliced_wasserstein(back, seen):.4f}."
        run.show("Baseline", text(told))
        return run.finish("relative error of the field", share, asked=ASKED, at_least=False)
