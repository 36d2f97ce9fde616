"""The rows of the table that are about convolutional models, and what is measured of samples."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

# Kind, code, exception, what must be named, module path, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str, str]] = [
    (
        "pictures of a size",
        "ravine.models.LeNet()(ravine.zeros(1, 1, 20, 20))",
        errors.ShapeError,
        ["LeNet", "(1, 1, 20, 20)"],
        "",
        "Give (N, channels, 32, 32)",
    ),
    (
        "pictures of a size",
        "ravine.models.SmallCNN()(ravine.zeros(1, 28, 28))",
        errors.ShapeError,
        ["SmallCNN", "(1, 28, 28)"],
        "",
        "Give (N, channels, 28, 28), by F.pad or F.interpolate",
    ),
    (
        "pictures of a size",
        "ravine.models.UNet(widths=(2, 2, 2), classes=2)(ravine.zeros(1, 1, 6, 8))",
        errors.ShapeError,
        ["UNet", "(1, 1, 6, 8)", "multiples of 4"],
        "",
        "Pad the pictures",
    ),
    (
        "pictures of a size",
        "ravine.models.ResNet(blocks=[1], widths=[4], channels=1)(ravine.zeros(1, 3, 32, 32))",
        errors.ShapeError,
        ["conv2d", "(1, 3, 32, 32)", "3 channels"],
        "conv1 (Conv2d 1->4, kernel 7x7)",
        "or the input's channels",
    ),
    (
        "stages of a network",
        "ravine.models.VGG(stacks=[3], size=8)",
        errors.ValueError,
        ["VGG", "stacks=[3]"],
        "",
        "a stack is (convolutions, width)",
    ),
    (
        "stages of a network",
        "ravine.models.ResNet(blocks=2)",
        errors.ValueError,
        ["ResNet", "blocks=2"],
        "",
        "one of each a stage",
    ),
    (
        "stages of a network",
        "ravine.models.ResNet(blocks=[1, 1], block='dense')",
        errors.ValueError,
        ["ResNet", "'dense'"],
        "",
        "Use one of: basic, bottleneck",
    ),
    (
        "stages of a network",
        "ravine.models.EfficientNet(stages=[(1, 4, 1, 1, 2)])",
        errors.ValueError,
        ["EfficientNet", "(1, 4, 1, 1, 2)"],
        "",
        "the kernel odd",
    ),
    (
        "sizes of a network",
        "ravine.models.resnet18(classes=0)",
        errors.ValueError,
        ["ResNet", "classes", "0"],
        "",
        "must be positive",
    ),
    (
        "sizes of a network",
        "ravine.models.SmallCNN(size=30)",
        errors.ValueError,
        ["SmallCNN", "size 30", "(32, 64)"],
        "",
        "must be a multiple of 2 for each",
    ),
    (
        "sizes of a network",
        "ravine.models.MLP(sizes=(4, 8, 2), norm='group')",
        errors.ValueError,
        ["MLP", "'group'"],
        "",
        "There are: none, layer, batch",
    ),
    (
        "sequences and segments",
        "ravine.models.TemporalConvNet(inputs=2, outputs=1)(ravine.zeros(9, 2))",
        errors.ShapeError,
        ["TemporalConvNet", "(9, 2)", "(N, T, 2)"],
        "",
        "x.unsqueeze(0)",
    ),
    (
        "sequences and segments",
        "ravine.models.intersection_over_union(ravine.zeros(1, 3, 4, 4), ravine.zeros(1, 4, 5).long())",
        errors.ShapeError,
        ["intersection_over_union", "(1, 3, 4, 4)", "(1, 4, 5)"],
        "",
        "expected (N, classes, H, W) and (N, H, W)",
    ),
    (
        "measures of samples",
        "ravine.train.frechet_distance(ravine.zeros(1, 2), ravine.zeros(4, 2))",
        errors.ShapeError,
        ["frechet_distance", "(1, 2)"],
        "",
        "expected (n, d) with n > 1",
    ),
    (
        "measures of samples",
        "ravine.train.sliced_wasserstein(ravine.zeros(4, 2), ravine.zeros(4, 2), projections=0)",
        errors.ValueError,
        ["sliced_wasserstein", "projections", "0"],
        "",
        "must be positive",
    ),
    (
        "measures of samples",
        "ravine.models.information_bottleneck(ravine.ones(2, 2), [1.0])",
        errors.ValueError,
        ["information_bottleneck", "joint"],
        "",
        "Divide by its sum",
    ),
]

CONVOLUTIONS = [
    Mistake(kind, code, exception, tuple(what), remedy, where)
    for kind, code, exception, what, where, remedy in _ROWS
]
