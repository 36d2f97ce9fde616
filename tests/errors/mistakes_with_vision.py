"""The rows of the table that are about pictures, their augmentation, and models of patches."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], tuple[str, ...], str]] = [
    (
        "augmentation of",
        "ravine.vision.RandomCrop(8)(ravine.rand(3, 28, 28))",
        errors.ShapeError,
        ("RandomCrop", "(3, 28, 28)"),
        "unsqueeze(0)",
    ),
    (
        "augmentation of",
        "ravine.vision.RandomHorizontalFlip()(ravine.zeros(1, 3, 8, 8, dtype=ravine.uint8))",
        errors.DTypeError,
        ("RandomHorizontalFlip", "uint8"),
        "x.float() / 255",
    ),
    (
        "augmentation of",
        "ravine.vision.RandomCrop(32)(ravine.rand(1, 1, 28, 28))",
        errors.ShapeError,
        ("32 x 32", "(1, 1, 28, 28)"),
        "Use padding",
    ),
    (
        "augmentation of",
        "ravine.vision.affine(ravine.rand(2, 1, 4, 4), angle=ravine.zeros(3))",
        errors.ShapeError,
        ("(3,) numbers for 2 pictures",),
        "Give one number, or a tensor (2,)",
    ),
    (
        "strength",
        "ravine.vision.RandomHorizontalFlip(50)",
        errors.ValueError,
        ("RandomHorizontalFlip", "50"),
        "between 0 and 1",
    ),
    (
        "strength",
        "ravine.vision.RandomAffine((10, -10))",
        errors.ValueError,
        ("RandomAffine", "degrees", "(10, -10)"),
        "low <= high",
    ),
    (
        "strength",
        "ravine.vision.ColorJitter(hue=0.7)",
        errors.ValueError,
        ("ColorJitter", "hue", "0.7"),
        "-0.5",
    ),
    (
        "strength",
        "ravine.vision.RandAugment(2, 9, operations=['rotate', 'equalize'])",
        errors.ValueError,
        ("RandAugment", "equalize"),
        "There are: identity, rotate",
    ),
    (
        "mixing",
        "ravine.vision.MixUp(0.2, 10)(ravine.rand(4, 1, 8, 8), ravine.zeros(4, 10))",
        errors.ShapeError,
        ("MixUp", "(4, 10)", "(4, 1, 8, 8)"),
        "class numbers (4,)",
    ),
    (
        "mixing",
        "ravine.vision.CutMix(0.0, 10)",
        errors.ValueError,
        ("CutMix", "0.0"),
        "positive",
    ),
    (
        "preparing",
        "ravine.vision.Normalize([0.5, 0.5, 0.5], [0.2, 0.2, 0.2])(ravine.rand(1, 1, 8, 8))",
        errors.ShapeError,
        ("Normalize", "1 channels"),
        "mean and std for 3",
    ),
    (
        "preparing",
        "ravine.vision.Compose([lambda x: x])",
        errors.ValueError,
        ("Compose", "function"),
        "vision.Augmentation",
    ),
    (
        "patches",
        "nn.PatchEmbed(3, 8, 16)(ravine.rand(1, 3, 30, 32))",
        errors.ShapeError,
        ("PatchEmbed", "(1, 3, 30, 32)", "patch_size=16"),
        "interpolate",
    ),
    (
        "patches",
        "ravine.models.ViT(size=28, patch=5, layers=1, width=8, heads=2)",
        errors.ValueError,
        ("ViT", "size=28", "patch=5"),
        "patch divides size",
    ),
    (
        "patches",
        "ravine.models.vit_ti16(size=32)(ravine.rand(1, 3, 28, 28))",
        errors.ShapeError,
        ("ViT", "(1, 3, 28, 28)", "32, 32"),
        "interpolate",
    ),
    (
        "patches",
        "ravine.models.vit_small_data(size=4, patch=2, classes=2).load_named({}, names='keras')",
        errors.ValueError,
        ("load_named", "'keras'"),
        "timm, torchvision",
    ),
    (
        "learning from others",
        "ravine.train.distillation_loss(ravine.ones(4, 10), ravine.ones(4, 5), ravine.zeros(4).long())",
        errors.ShapeError,
        ("distillation_loss", "(4, 10)", "(4, 5)"),
        "(N, classes)",
    ),
    (
        "learning from others",
        "x = ravine.ones(4, 10); ravine.train.distillation_loss(x, x, ravine.zeros(4).long(), alpha=2.0)",
        errors.ValueError,
        ("distillation_loss", "2.0"),
        "alpha in [0, 1]",
    ),
    (
        "learning from others",
        "ravine.train.linear_probe(ravine.ones(4, 3), ravine.zeros(4).long(), ravine.ones(2, 5))",
        errors.ValueError,
        ("linear_probe", "(4, 3)", "(2, 5)"),
        "of one width",
    ),
    (
        "learning without labels",
        "ravine.models.nt_xent(ravine.ones(4, 3), ravine.ones(5, 3))",
        errors.ShapeError,
        ("nt_xent", "(4, 3)", "(5, 3)"),
        "both must be (N, d)",
    ),
    (
        "learning without labels",
        "ravine.models.MaskedAutoencoder(size=4, patch=2, layers=1, width=4, heads=1, decoder=4, hide=0.95)",
        errors.ValueError,
        ("MaskedAutoencoder", "hide=0.95", "4 patches"),
        "at least one has to be seen",
    ),
    (
        "learning without labels",
        "ravine.models.HybridViT(size=8, stem=[4], layers=1, width=6, heads=4)",
        errors.ValueError,
        ("HybridViT", "width=6", "heads=4"),
        "heads divide width",
    ),
]

MISTAKES = [Mistake(kind, code, error, what, remedy) for kind, code, error, what, remedy in _ROWS]
