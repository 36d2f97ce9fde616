"""Lines over steps. The axes, scales and thinning are those of the training run's own curve."""

from __future__ import annotations

import os
from html import escape
from math import isfinite
from typing import Any

from ..train import curve
from ..train.metrics import read_metrics
from ._picture import Picture, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Point = tuple[float, float]

__all__ = ["curves", "loss_curve"]

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 72, 52
# Light and dark; more lines than colours begin anew, dashed.
_COLOURS = [
    ("#2463c9", "#6ea8fe"),
    ("#c2571a", "#f0975c"),
    ("#1a7f4e", "#5fcf9a"),
    ("#8a3fb0", "#c58ae6"),
    ("#a8841a", "#e0c15c"),
    ("#b3335c", "#f080a5"),
]
_CLASSES = {
    "grid": ("stroke:#e7eaee", "stroke:#262b31"),
    "axis": ("stroke:#afb8c1", "stroke:#4a535c"),
    "line": ("fill:none;stroke-width:2;stroke-linejoin:round", ""),
    **{f"c{i}": (f"stroke:{light}", f"stroke:{dark}") for i, (light, dark) in enumerate(_COLOURS)},
}


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
    parts = [f'<text class="title" x="{_LEFT}" y="28">{escape(title)}</text>']
    shown = [point for points in data.values() for point in points if usable(point)]
    if not shown:
        middle = f'x="{_WIDTH / 2}" y="{_HEIGHT / 2}" text-anchor="middle"'
        parts.append(f'<text class="text" {middle}>no data</text>')
        return Picture(document("ravine-curves", _WIDTH, _HEIGHT, name, parts, _CLASSES), None, name)
    x_values = [x for x, _ in shown]
    whole = all(x == int(x) for x in x_values)
    to_x, x_ticks = curve._scale(x_values, _LEFT, _WIDTH - _RIGHT, False, whole=whole, count=9)
    base = _HEIGHT - _BOTTOM
    to_y, y_ticks = curve._scale([y for _, y in shown], base, _TOP, log)
    for value, label in y_ticks:
        y = to_y(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text class="text" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    parts.append(f'<path class="axis" d="M{_LEFT} {base}H{_WIDTH - _RIGHT}"/>')
    for value, label in x_ticks:
        x = to_x(value)
        parts.append(f'<path class="axis" d="M{x:.1f} {base}v4"/>')
        parts.append(f'<text class="text" x="{x:.1f}" y="{base + 18}" text-anchor="middle">{label}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="text" x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>'
    )
    side = f"{y_label} (log)" if log and y_label else "log" if log else y_label
    parts.append(f'<text class="text" x="12" y="{_TOP - 12}">{escape(side)}</text>')
    x = float(_LEFT)
    for number, (label, points) in enumerate(data.items()):
        style = f"c{number % len(_COLOURS)} line"
        dash = ' stroke-dasharray="6 4"' if number >= len(_COLOURS) else ""
        path = curve._path(curve._thin(points, extremes=True), usable, to_x, to_y)
        if path:
            parts.append(f'<path class="{style}"{dash} stroke-linecap="round" d="{path}"/>')
        last = next((y for x_, y in reversed(points) if usable((x_, y))), None)
        text = label if last is None else f"{label} {last:.4g}"
        if x + 24 + 7 * len(text) < _WIDTH:
            parts.append(f'<path class="{style}"{dash} d="M{x:g} 44h18"/>')
            parts.append(f'<text class="value" x="{x + 24:g}" y="48">{escape(text)}</text>')
        x += 24 + 7 * len(text) + 20
    return Picture(document("ravine-curves", _WIDTH, _HEIGHT, name, parts, _CLASSES), None, name)


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
