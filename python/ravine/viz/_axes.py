"""The frame of a plot: scales, ticks, grid lines and labels, shared by the pictures that have axes."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from ._scales import labels, nice_ticks, scale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tick = tuple[float, str]

__all__ = ["AXES", "COLOURS", "Axes", "Box", "axes", "legend", "plane"]

# Light and dark; those of the loss curve come first.
COLOURS = [
    ("#2463c9", "#6ea8fe"),
    ("#c2571a", "#f0975c"),
    ("#1a7f4e", "#5fcf9a"),
    ("#8a3fb0", "#c58ae6"),
    ("#a8841a", "#e0c15c"),
    ("#b3335c", "#f080a5"),
]
AXES = {
    "grid": ("stroke:#e7eaee", "stroke:#262b31"),
    "axis": ("stroke:#afb8c1", "stroke:#4a535c"),
    "line": ("fill:none;stroke-width:2;stroke-linejoin:round", ""),
    **{f"c{i}": (f"stroke:{light}", f"stroke:{dark}") for i, (light, dark) in enumerate(COLOURS)},
}


class Box(NamedTuple):
    """Where the plot stands in its picture."""

    left: float
    right: float
    top: float
    bottom: float


class Axes(NamedTuple):
    """From data to picture, and the elements of the frame."""

    x: Callable[[float], float]
    y: Callable[[float], float]
    parts: list[str]


def axes(
    xs: Sequence[float],
    ys: Sequence[float],
    box: Box,
    *,
    x_label: str = "",
    y_label: str = "",
    log: bool = False,
    whole: bool = False,
) -> Axes:
    """Axes that hold all values; the vertical one reaches to the next tick.

    Args:
        xs: horizontal values, finite, at least one.
        ys: vertical values, finite, at least one; with ``log`` positive.
        box: where the plot stands.
        x_label: below.
        y_label: above, at the left.
        log: a logarithmic vertical axis.
        whole: horizontal ticks are integers.
    """
    to_x, x_ticks = scale(xs, box.left, box.right, False, whole=True, count=9)
    if not whole:
        low, high = min(xs), max(xs)
        x_ticks = _ticks(low, high, 8)
    to_y, y_ticks = scale(ys, box.bottom, box.top, log)
    side = f"{y_label} (log)" if log and y_label else "log" if log else y_label
    return Axes(to_x, to_y, _frame(box, to_x, to_y, x_ticks, y_ticks, x_label, side, grid="y"))


def plane(xs: Sequence[float], ys: Sequence[float], side: float, left: float, top: float) -> tuple[Axes, Box]:
    """Axes of one unit for both directions, as large as fits into ``side``, with a margin around the data."""
    (x_low, x_high), (y_low, y_high) = _widened(xs), _widened(ys)
    longest = max(x_high - x_low, y_high - y_low)
    # A line of points still gets a plot that can be read.
    x_low, x_high = _at_least(x_low, x_high, longest / 4)
    y_low, y_high = _at_least(y_low, y_high, longest / 4)
    unit = side / longest
    box = Box(left, left + (x_high - x_low) * unit, top, top + (y_high - y_low) * unit)

    def to_x(value: float) -> float:
        return box.left + (value - x_low) * unit

    def to_y(value: float) -> float:
        return box.bottom - (value - y_low) * unit

    x_ticks, y_ticks = _ticks(x_low, x_high, 7), _ticks(y_low, y_high, 7)
    return Axes(to_x, to_y, _frame(box, to_x, to_y, x_ticks, y_ticks, "", "", grid="xy")), box


def _widened(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.5 * (abs(low) or 1.0)
    return low - margin, high + margin


def _at_least(low: float, high: float, span: float) -> tuple[float, float]:
    more = max(0.0, span - (high - low)) / 2
    return low - more, high + more


def _ticks(low: float, high: float, count: int) -> list[Tick]:
    """Round values within the range."""
    if low == high:
        return [(low, f"{low:g}")]
    found = [tick for tick in nice_ticks(low, high, count) if low <= tick <= high]
    return list(zip(found, labels(found, False), strict=True))


def _frame(
    box: Box,
    to_x: Callable[[float], float],
    to_y: Callable[[float], float],
    x_ticks: Sequence[Tick],
    y_ticks: Sequence[Tick],
    x_label: str,
    y_label: str,
    *,
    grid: str,
) -> list[str]:
    parts = []
    for value, label in y_ticks:
        y = to_y(value)
        parts.append(f'<path class="grid" d="M{box.left:g} {y:.1f}H{box.right:g}"/>')
        parts.append(
            f'<text class="text" x="{box.left - 8:g}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        )
    for value, label in x_ticks:
        x = to_x(value)
        if "x" in grid:
            parts.append(f'<path class="grid" d="M{x:.1f} {box.top:g}V{box.bottom:g}"/>')
        parts.append(f'<path class="axis" d="M{x:.1f} {box.bottom:g}v4"/>')
        at = f'x="{x:.1f}" y="{box.bottom + 18:g}"'
        parts.append(f'<text class="text" {at} text-anchor="middle">{label}</text>')
    parts.append(f'<path class="axis" d="M{box.left:g} {box.bottom:g}H{box.right:g}"/>')
    if x_label:
        at = f'x="{(box.left + box.right) / 2:g}" y="{box.bottom + 40:g}"'
        parts.append(f'<text class="text" {at} text-anchor="middle">{escape(x_label)}</text>')
    if y_label:
        parts.append(f'<text class="text" x="12" y="{box.top - 12:g}">{escape(y_label)}</text>')
    return parts


def legend(
    entries: Sequence[tuple[str, str]], left: float, right: float, y: float, *, mark: str = "line"
) -> tuple[list[str], float]:
    """Swatches with names, on as many lines as they need.

    Args:
        entries: a style and a name each.
        left: where lines begin.
        right: where they end.
        y: the first line's middle.
        mark: ``"line"`` or ``"dot"``.

    Returns:
        The elements, and how many pixels the lines after the first need.
    """
    parts, x, down = [], left, 0.0
    for style, name in entries:
        width = 24 + 7 * len(name) + 20
        if x > left and x + width > right:
            x, down = left, down + 18
        if mark == "line":
            parts.append(f'<path class="{style}" d="M{x:g} {y + down:g}h18"/>')
        else:
            parts.append(f'<circle class="{style}" cx="{x + 9:g}" cy="{y + down:g}" r="4"/>')
        parts.append(f'<text class="value" x="{x + 24:g}" y="{y + down + 4:g}">{escape(name)}</text>')
        x += width
    return parts, down
