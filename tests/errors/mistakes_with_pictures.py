"""The rows of the table about pictures, logs and pages of runs; see `mistakes.py`."""

from __future__ import annotations

import ravine.train
from errors.mistakes import Mistake
from ravine import errors

RUN = "import io; run = ravine.train.Run('toy', steps=2, stream=io.StringIO()); "

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    (
        "picture of values",
        "ravine.viz.histogram([1.0], bins=0)",
        errors.ValueError,
        ["bins", "got 0"],
        "at least 1",
    ),
    (
        "picture of values",
        "ravine.viz.histogram([1.0], value_range=(2, 1))",
        errors.ValueError,
        ["(2, 1)"],
        "Give (least, greatest)",
    ),
    (
        "confusion",
        "ravine.viz.confusion(ravine.zeros(4).long(), ravine.zeros(4, 10))",
        errors.ValueError,
        ["(4,)", "(4, 10)"],
        "give scores.argmax(1)",
    ),
    (
        "confusion",
        "ravine.viz.confusion([1, 2], [1, 2], classes=['a', 'b'])",
        errors.ValueError,
        ["classes from 1 to 2", "there are 2"],
        "Count them from 0",
    ),
    (
        "latent grid",
        "ravine.viz.latent_grid(lambda z: z[0].reshape(1, 1, 2))",
        errors.ValueError,
        ["1 pictures", "144 points"],
        "latent_grid: decode",
    ),
    (
        "latent grid",
        "ravine.viz.latent_grid(lambda z: z, span=-1)",
        errors.ValueError,
        ["span", "-1"],
        "a positive number or None",
    ),
    (
        "attention",
        "ravine.viz.attention(ravine.ones(2, 2, 2, 3, 3))",
        errors.ValueError,
        ["(2, 2, 2, 3, 3)"],
        "Choose one sample of a batch",
    ),
    (
        "attention",
        "ravine.viz.attention(ravine.ones(3, 3), keys=['a', 'b'])",
        errors.ValueError,
        ["2 keys", "(3, 3)"],
        "Give one for each",
    ),
    (
        "plane",
        "ravine.viz.quiver(ravine.ones(3, 2), ravine.ones(4, 2))",
        errors.ValueError,
        ["4 vectors for 3 points"],
        "Give one for each",
    ),
    ("plane", "ravine.viz.scatter(ravine.ones(3))", errors.ValueError, ["scatter", "(3,)"], "shape (n, 2)"),
    (
        "a run's step",
        f"{RUN}run.step(1.0, epoch=0, lr=0.1, seconds=3)",
        errors.ValueError,
        ["toy", "'seconds'"],
        "Choose another name",
    ),
    (
        "a run's step",
        f"{RUN}run.step(1.0, epoch=0, lr=0.1, norms=ravine.ones(3))",
        errors.ShapeError,
        ["norms", "(3,)"],
        "Take its mean",
    ),
    (
        "settings of a run",
        "ravine.train.Run('toy', steps=2, settings={'act': ravine.relu})",
        errors.ValueError,
        ["toy", "'act'"],
        "Give a number, text, bool",
    ),
    (
        "settings of a run",
        "ravine.train.Run('toy', steps=2, settings={'rate': float('nan')})",
        errors.ValueError,
        ["'rate'", "nan"],
        "Give a number",
    ),
    (
        "log",
        "ravine.train.TensorBoardLog(folder).scalar('norms', ravine.ones(3), 1)",
        errors.ShapeError,
        ["norms", "(3,)"],
        "must be a scalar",
    ),
    (
        "log",
        "ravine.train.TensorBoardLog(folder).image('curve', ravine.viz.curves({'a': [1, 2]}), 1)",
        errors.ValueError,
        ["curve", "lines and text"],
        "Save it as .svg",
    ),
    (
        "mistakes of a classifier",
        "ravine.train.mistakes(ravine.ones(4, 8, 8), ravine.ones(4).long(), ravine.ones(4))",
        errors.ShapeError,
        ["(4, 8, 8)", "(4,)"],
        "Give (n, H, W)",
    ),
    (
        "mistakes of a classifier",
        "ravine.train.mistakes(ravine.ones(4, 8, 8), ravine.ones(4).long(), ravine.ones(4, 3), ['a'])",
        errors.ValueError,
        ["1 names for 3 classes"],
        "Give one for each",
    ),
    (
        "comparison",
        "ravine.train.compare([folder], folder)",
        ravine.train.NoRunError,
        ["has no run"],
        "Give folders of runs",
    ),
]

PICTURES = [
    Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS
]
