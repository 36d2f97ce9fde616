"""The rows of the table that are about generative adversarial networks; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_MODELS = "from ravine import models; "
_STYLE = "net = models.StyleGAN(widths=(3, 2), latent=2, width=4); "

# Code, exception, what must be named, remedy.
_ROWS: list[tuple[str, type[BaseException], list[str], str]] = [
    ("models.GAN(data=0, latent=2)", ValueError, ["GAN", "data=0"], "data and latent must be positive"),
    (
        "models.GAN(data=2, latent=2)(ravine.zeros(3, 2), ravine.zeros(3, dtype=ravine.int64))",
        ValueError,
        ["GAN", "labels: (3,)"],
        "the model was made for labels: none",
    ),
    (
        "models.GAN(data=2, latent=2, classes=4)(ravine.zeros(3, 2))",
        ValueError,
        ["GAN", "labels: none"],
        "the model was made for labels: (N,) below 4",
    ),
    (
        "models.gradient_penalty(lambda x: x, ravine.zeros(3, 2), ravine.zeros(4, 2))",
        errors.ShapeError,
        ["gradient_penalty", "(3, 2)", "(4, 2)"],
        "Give as many samples as data",
    ),
    ("models.clip_weights([], 0)", ValueError, ["clip_weights", "got 0"], "bound must be positive"),
    (
        "models.gan.sample(models.GAN(data=2, latent=2), 0)",
        ValueError,
        ["sample", "count=0"],
        "give a positive count",
    ),
    (
        "models.gan.sample(models.GAN(data=2, latent=2, classes=2), 3, ravine.tensor([0, 1]))",
        ValueError,
        ["sample", "(2,)"],
        "a label for each",
    ),
    ("models.DCGAN(size=10, stages=2)", ValueError, ["DCGAN", "size=10"], "a multiple of 2^stages"),
    (
        "models.DCGAN()(ravine.zeros(2, 5))",
        errors.ShapeError,
        ["DCGAN", "noise of shape (2, 5)"],
        "expected (N, 32)",
    ),
    (
        "models.DCGAN().discriminator(ravine.zeros(2, 1, 28, 28))",
        errors.ShapeError,
        ["DCGAN", "(2, 1, 28, 28)"],
        "expected (N, 1, 16, 16)",
    ),
    ("models.ProGAN(widths=())", ValueError, ["ProGAN", "widths=()"], "a width for each level"),
    (
        "models.ProGAN(widths=(3, 2))(ravine.zeros(2, 32), 2)",
        ValueError,
        ["ProGAN", "level=2"],
        "level must be in [0, 1]",
    ),
    (
        "models.ProGAN(widths=(3, 2))(ravine.zeros(2, 32), 1, 1.5)",
        ValueError,
        ["ProGAN", "alpha=1.5"],
        "alpha in [0, 1]",
    ),
    (
        "models.ProGAN(widths=(3, 2)).discriminator(ravine.zeros(2, 1, 16, 16), 0)",
        errors.ShapeError,
        ["ProGAN", "(2, 1, 16, 16)"],
        "expected (N, 1, 8, 8) at level 0",
    ),
    ("models.StyleGAN(depth=0)", ValueError, ["StyleGAN", "depth=0"], "give positive sizes"),
    (
        _STYLE + "net.synthesis(ravine.zeros(2, 4))",
        errors.ShapeError,
        ["StyleGAN", "(2, 4)"],
        "expected (N, 4, 4), a style for each layer",
    ),
    (
        _STYLE + "net(ravine.zeros(2, 2), *net.draw_noise(2)[:3])",
        ValueError,
        ["StyleGAN", "noise for 3 of 4 layers"],
        "Give all that draw_noise(N) draws",
    ),
    (
        "models.mix_styles(ravine.zeros(1, 4, 2), ravine.zeros(1, 4, 2), 5)",
        ValueError,
        ["mix_styles", "got 5"],
        "crossover must be in [0, 4]",
    ),
    (
        "models.truncate(ravine.zeros(2, 3), ravine.zeros(2), 0.5)",
        errors.ShapeError,
        ["truncate", "(2, 3)", "(2,)"],
        "expected (..., width) and (width,)",
    ),
]

GANS = [
    Mistake(f"adversarial: {what[0]}", _MODELS + code, exception, tuple(what), remedy)
    for code, exception, what, remedy in _ROWS
]
