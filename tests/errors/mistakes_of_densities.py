"""The rows of the table that are about models of densities and diffusion; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_SETUP = {
    "autoencoder": "vae = models.VAE(sizes=(4, 3), latent=2); ",
    "flow": "flow = models.CouplingFlow(size=2, steps=1, hidden=4); ",
    "mixture": "mixture = models.GaussianMixture(size=2, components=3); ",
    "diffusion": "process = models.Diffusion(steps=10); net = models.Denoiser(size=2, width=4, blocks=1); ",
    "U-Net": "net = models.DiffusionUNet(widths=(4, 4), groups=2); ",
    "diffusion process": "",
}

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], tuple[str, ...], str]] = [
    (
        "autoencoder",
        "models.VAE(sizes=(4,), latent=1, likelihood='laplace')",
        errors.ValueError,
        ("VAE", "likelihood", "'laplace'"),
        "Use 'bernoulli' or 'gaussian'",
    ),
    (
        "autoencoder",
        "vae.log_likelihood(ravine.zeros(2, 4), ravine.zeros(2, 5))",
        errors.ShapeError,
        ("VAE", "inputs (2, 4)", "outputs (2, 5)"),
        "differ",
    ),
    (
        "autoencoder",
        "models.elbo(vae, ravine.zeros(5, 4), noise=ravine.zeros(5, 3))",
        errors.ShapeError,
        ("VAE", "noise", "(5, 3)"),
        "expected (N, latent), (5, 2)",
    ),
    (
        "autoencoder",
        "models.importance_bound(vae, ravine.zeros(2, 4), 0)",
        errors.ValueError,
        ("importance_bound", "samples is 0"),
        "Draw one z or more",
    ),
    ("flow", "models.CouplingFlow(size=1)", errors.ValueError, ("CouplingFlow", "1, 6, 128"), "size >= 2"),
    ("flow", "flow(ravine.zeros(5, 3))", errors.ShapeError, ("CouplingFlow", "(5, 3)"), "expected (N, 2)"),
    (
        "flow",
        "flow.inverse(ravine.zeros(5, 1, 2))",
        errors.ShapeError,
        ("CouplingFlow", "(5, 1, 2)"),
        "Flatten samples",
    ),
    (
        "mixture",
        "models.GaussianMixture(size=2, components=0)",
        errors.ValueError,
        ("GaussianMixture", "2 and 0"),
        "must be positive",
    ),
    (
        "mixture",
        "mixture(ravine.zeros(2))",
        errors.ShapeError,
        ("GaussianMixture", "(2,)"),
        "expected (N, 2)",
    ),
    (
        "mixture",
        "mixture.fit(ravine.zeros(5, 3))",
        errors.ShapeError,
        ("GaussianMixture", "(5, 3)"),
        "expected (N, 2)",
    ),
    (
        "mixture",
        "mixture.fit(ravine.zeros(2, 2))",
        errors.ValueError,
        ("GaussianMixture", "2 samples", "3 components"),
        "Give more",
    ),
    (
        "diffusion process",
        "models.Diffusion(schedule='square')",
        errors.ValueError,
        ("Diffusion", "schedule", "'square'"),
        "Use 'linear' or 'cosine'",
    ),
    (
        "diffusion process",
        "models.Diffusion(predicts='x0')",
        errors.ValueError,
        ("Diffusion", "predicts", "'x0'"),
        "Use 'noise', 'data' or 'v'",
    ),
    (
        "diffusion",
        "process.noised(ravine.zeros(3, 2), ravine.tensor([1]), ravine.zeros(3, 2))",
        errors.ShapeError,
        ("Diffusion", "samples (3, 2)", "steps (1,)"),
        "Expected (N, ...), (N,) and (N, ...)",
    ),
    (
        "diffusion",
        "process.sample(net, (3, 2), steps=11)",
        errors.ValueError,
        ("Diffusion", "got 11"),
        "steps in [1, 10]",
    ),
    (
        "diffusion",
        "process.langevin(net, ravine.zeros(3, 2), 0, rate=0.1, steps=1)",
        errors.ValueError,
        ("Diffusion", "t is 0"),
        "Use 1 to 10",
    ),
    (
        "diffusion",
        "net(ravine.zeros(3, 2), ravine.tensor([1]))",
        errors.ShapeError,
        ("Denoiser", "(3, 2)", "times (1,)"),
        "expected (N, size) and (N,)",
    ),
    (
        "U-Net",
        "models.DiffusionUNet(widths=(8, 12))",
        errors.ValueError,
        ("DiffusionUNet", "(8, 12)"),
        "multiples of groups=8",
    ),
    (
        "U-Net",
        "net(ravine.zeros(1, 1, 7, 7), ravine.tensor([1]))",
        errors.ShapeError,
        ("DiffusionUNet", "(1, 1, 7, 7)"),
        "H and W multiples of 2",
    ),
    (
        "U-Net",
        "net(ravine.zeros(1, 1, 4, 4), ravine.tensor([1]), ravine.tensor([0]))",
        errors.ShapeError,
        ("DiffusionUNet", "a class was given"),
        "made with classes=0",
    ),
]

MISTAKES = [
    Mistake(f"density: {kind}", f"from ravine import models; {_SETUP[kind]}{code}", error, what, remedy)
    for kind, code, error, what, remedy in _ROWS
]
