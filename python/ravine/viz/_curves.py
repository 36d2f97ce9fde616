"""Lines over steps. The axes, scales and thinning are those of the training run's own curve."""

from __future__ import annotations

import os
from html import escape
from math import isfinite
from typing import Any

from ..train import curve
from ..train.metrics import read_metrics
from ._axes import AXES, COLOURS, Box, axes, legend
from ._picture import Picture, document
from ._scales import path, thin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Point = tuple[float, float]

__all__ = ["curves", "loss_curve"]

_WIDTH, _HEIGHT = 720, 400
_BOX = Box(left=64, right=696, top=72, bottom=348)


def loss_curve(
    train: Any,
    val: Any = (),
    *,
    title: str = "loss",
    x_label: str = "step",
    y_label: str = "loss",
    log: bool = False,
) -> Picture:
    """The losses of a run: as they are faintly, smoothed in full colour, validation as a line with dots.

    Args:
        train: losses, pairs (step, loss), or the path of a run's ``metrics.jsonl``, which has both.
        val: losses, or pairs (step, loss).
        title: above the picture.
        x_label: below the horizontal axis.
        y_label: above the vertical axis.
        log: a logarithmic vertical axis.

    >>> ravine.viz.loss_curve([2.5, 1.5, 1.25], [(3, 1.5)], title="digits-mlp")
    <Picture 'digits-mlp': ... bytes of SVG>
    """
    if isinstance(train, (str, os.PathLike)):
        steps, checks = _recorded(train)
        val = val or checks
    else:
        steps = _points(train)
    svg = curve.loss_curve(steps, _points(val), title=title, x_label=x_label, y_label=y_label, log=log)
    return Picture(svg, None, title)


def curves(
    lines: Mapping[str, Any],
    *,
    title: str = "",
    x_label: str = "step",
    y_label: str = "",
    log: bool = False,
) -> Picture:
    """Several lines in one picture: losses of many runs, accuracies, learning rates.

    Args:
        lines: name to numbers, to pairs (x, y), or to a tensor of numbers. Values that are not finite (with
            ``log``: not positive) leave gaps.
        title: above the picture.
        x_label: below the horizontal axis.
        y_label: above the vertical axis.
        log: a logarithmic vertical axis.

    >>> ravine.viz.curves({"sgd": [3.0, 2.0, 1.5], "adam": [3.0, 1.0, 0.5]}, title="two optimizers")
    <Picture 'two optimizers': ... bytes of SVG>
    """
    data = {str(name): _points(values) for name, values in lines.items()}

    def usable(point: Point) -> bool:
        return isfinite(point[0]) and isfinite(point[1]) and (point[1] > 0 or not log)

    name = title or "curves"
    parts = [f'<text class="title" x="{_BOX.left:g}" y="28">{escape(title)}</text>']
    shown = [point for points in data.values() for point in points if usable(point)]
    if not shown:
        middle = f'x="{_WIDTH / 2}" y="{_HEIGHT / 2}" text-anchor="middle"'
        parts.append(f'<text class="text" {middle}>no data</text>')
        return Picture(document("ravine-curves", _WIDTH, _HEIGHT, name, parts, AXES), None, name)
    named = []
    for number, (label, points) in enumerate(data.items()):
        last = next((y for x, y in reversed(points) if usable((x, y))), None)
        # More lines than colours begin anew, dashed.
        dash = " dashed" if number >= len(COLOURS) else ""
        named.append(
            (f"c{number % len(COLOURS)} line{dash}", label if last is None else f"{label} {last:.4g}")
        )
    swatches, down = legend(named, _BOX.left, _BOX.right, 44)
    box = _BOX._replace(top=_BOX.top + down, bottom=_BOX.bottom + down)
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    whole = all(x == int(x) for x in xs)
    frame = axes(xs, ys, box, x_label=x_label, y_label=y_label, log=log, whole=whole)
    parts += frame.parts
    for (style, _), points in zip(named, data.values(), strict=True):
        drawn = path(thin(points, extremes=True), usable, frame.x, frame.y)
        if drawn:
            drawn += "" if "L" in drawn else "h0"  # a single point is a dot
            parts.append(f'<path class="{style}" stroke-linecap="round" d="{drawn}"/>')
    parts += swatches
    classes = {**AXES, "dashed": ("stroke-dasharray:6 4", "")}
    return Picture(document("ravine-curves", _WIDTH, _HEIGHT + down, name, parts, classes), None, name)


def _points(values: Any) -> list[Point]:
    """Pairs as they are, and numbers with their positions from 1 on."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    points: list[Point] = []
    for number, value in enumerate(values, 1):
        if isinstance(value, (tuple, list)):
            x, y = value
        else:
            x, y = number, value
        points.append((float(x), float("nan") if y is None else float(y)))
    return points


def _recorded(path: str | os.PathLike[str]) -> tuple[list[Point], list[Point]]:
    entries: Iterable[dict[str, Any]] = read_metrics(path)  # pyright: ignore[reportArgumentType]
    steps, checks = [], []
    for entry in entries:
        if "loss" in entry:
            steps.append((entry["step"], entry["loss"]))
        if "val_loss" in entry:
            checks.append((entry["step"], entry["val_loss"]))
    return _points(steps), _points(checks)
