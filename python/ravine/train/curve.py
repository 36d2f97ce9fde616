"""A loss curve as SVG, for light and dark pages, drawn without any other library."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from math import ceil, floor, isfinite, log10

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Point = tuple[float, float]

__all__ = ["loss_curve", "nice_ticks", "smooth"]

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 72, 52
_COLUMNS = 500  # at most so many points a line: more would only make the file larger

# Class: its style, and what differs on a dark page.
_CLASSES = {
    "page": ("fill:#ffffff", "fill:#14171b"),
    "title": ("fill:#1f2328;font-weight:600;font-size:15px", "fill:#e8ebee"),
    "text": ("fill:#59636e;font-size:12px", "fill:#9aa4ae"),
    "value": ("fill:#1f2328;font-size:12px", "fill:#e8ebee"),
    "grid": ("stroke:#e7eaee", "stroke:#262b31"),
    "axis": ("stroke:#afb8c1", "stroke:#4a535c"),
    "train": ("stroke:#2463c9", "stroke:#6ea8fe"),
    "val": ("stroke:#c2571a", "stroke:#f0975c"),
    "dot-train": ("fill:#2463c9", "fill:#6ea8fe"),
    "dot-val": ("fill:#c2571a", "fill:#f0975c"),
    "raw": ("stroke-width:1;opacity:.28", "opacity:.35"),
    "line": ("stroke-width:2", ""),
}


def _style() -> str:
    """The style sheet; every rule is for this picture alone, which may stand inside of a page."""
    light = "".join(f".ravine-curve .{name}{{{style}}}" for name, (style, _) in _CLASSES.items())
    dark = "".join(f".ravine-curve .{name}{{{style}}}" for name, (_, style) in _CLASSES.items() if style)
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"


def loss_curve(
    train: Iterable[Point],
    val: Iterable[Point] = (),
    *,
    title: str = "loss",
    x_label: str = "step",
    y_label: str = "loss",
    log: bool = False,
) -> str:
    """An SVG picture of a run's losses.

    The training losses are drawn faintly as they are, and smoothed in full colour; validation losses as a
    line with dots. Values that are not finite (with ``log``: not positive) leave gaps.

    Args:
        train: pairs (step, loss).
        val: pairs (step, loss).
        title: above the picture.
        x_label: below the horizontal axis.
        y_label: above the vertical axis.
        log: a logarithmic vertical axis.

    Returns:
        A complete SVG document.

    >>> picture = loss_curve([(1, 2.5), (2, 1.5), (3, 1.25)], [(3, 1.5)], title="digits-mlp")
    >>> picture.startswith("<svg ") and picture.endswith("</svg>\\n")
    True
    """
    raw = [(float(x), float(y)) for x, y in train]
    checks = [(float(x), float(y)) for x, y in val]
    smoothed = smooth(raw)

    def usable(point: Point) -> bool:
        return isfinite(point[0]) and isfinite(point[1]) and (point[1] > 0 or not log)

    shown = [point for point in raw + checks if usable(point)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}" style="max-width:100%;height:auto"'
        ' class="ravine-curve" role="img"'
        ' font-family="system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif">',
        f"<title>{escape(title)}</title><style>{_style()}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>',
        f'<text class="title" x="{_LEFT}" y="28">{escape(title)}</text>',
    ]
    if not shown:
        parts.append(
            f'<text class="text" x="{_WIDTH / 2}" y="{_HEIGHT / 2}" text-anchor="middle">no data</text>'
        )
        return "\n".join([*parts, "</svg>\n"])

    to_x, x_ticks = _scale([x for x, _ in shown], _LEFT, _WIDTH - _RIGHT, False, whole=True, count=9)
    # One wild batch must not press the rest flat: the range is that of the smoothed line and the validation,
    # widened by most of the raw values.
    heights = [y for _, y in filter(usable, smoothed + checks)] + _most(
        [y for _, y in raw if usable((0.0, y))]
    )
    to_y, y_ticks = _scale(heights, _HEIGHT - _BOTTOM, _TOP, log)

    for value, label in y_ticks:
        y = to_y(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text class="text" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    base = _HEIGHT - _BOTTOM
    parts.append(f'<path class="axis" d="M{_LEFT} {base}H{_WIDTH - _RIGHT}"/>')
    for value, label in x_ticks:
        x = to_x(value)
        parts.append(f'<path class="axis" d="M{x:.1f} {base}v4"/>')
        parts.append(f'<text class="text" x="{x:.1f}" y="{base + 18}" text-anchor="middle">{label}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text class="text" x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>'
    )
    shape = f"{y_label} (log)" if log else y_label
    parts.append(f'<text class="text" x="12" y="{_TOP - 12}">{escape(shape)}</text>')

    parts.append(
        f'<clipPath id="plot"><rect x="{_LEFT}" y="{_TOP - 4}" width="{_WIDTH - _LEFT - _RIGHT}"'
        f' height="{base - _TOP + 4}"/></clipPath>'
        '<g fill="none" stroke-linejoin="round" clip-path="url(#plot)">'
    )

    def line(points: Sequence[Point], style: str) -> None:
        path = _path(points, usable, to_x, to_y)
        if path:
            parts.append(f'<path class="{style}" d="{path}"/>')

    line(_thin(raw, extremes=True), "train raw")
    line(_thin(smoothed, extremes=False), "train line")
    line(_thin(checks, extremes=False), "val line")
    parts.append("</g>")
    for name, points in (
        ("train", raw if len(raw) == 1 else []),
        ("val", checks if len(checks) <= 60 else []),
    ):
        for x, y in filter(usable, points):
            parts.append(f'<circle class="dot-{name}" cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="3"/>')
    parts.extend(_legend([("train", "train", smoothed), ("val", "validation", checks)], usable))
    return "\n".join([*parts, "</svg>\n"])


def _legend(entries: list[tuple[str, str, list[Point]]], usable: Callable[[Point], bool]) -> list[str]:
    """A swatch, the name and the last value of each line, from the left on the line below the title."""
    parts = []
    x = _LEFT
    for style, name, points in entries:
        last = next((y for x_, y in reversed(points) if usable((x_, y))), None)
        if last is None:
            continue
        text = f"{name} {last:.4g}"
        parts.append(f'<path class="{style} line" d="M{x} 44h18"/>')
        parts.append(f'<text class="value" x="{x + 24}" y="48">{escape(text)}</text>')
        x += 24 + 7 * len(text) + 20
    return parts


def smooth(points: Sequence[Point]) -> list[Point]:
    """A running average over a fiftieth of the points; over fewer at the beginning, where losses fall fast.

    >>> smooth([(0, 1.0), (1, 1.0)])
    [(0, 1.0), (1, 1.0)]
    """
    average = None
    result = []
    for number, (x, y) in enumerate(points):
        if not isfinite(y):
            result.append((x, y))
            continue
        window = max(1.0, min(len(points) / 50, number / 8))
        average = y if average is None else average + (y - average) / window
        result.append((x, average))
    return result


def _most(values: list[float]) -> list[float]:
    """The 1st and 99th percentile, and all values if they are few."""
    if len(values) < 20:
        return values
    ordered = sorted(values)
    return [ordered[len(values) // 100], ordered[-1 - len(values) // 100]]


def _thin(points: Sequence[Point], extremes: bool) -> Sequence[Point]:
    """At most about two points per column: the least and greatest in their order, or one alone."""
    if len(points) <= 2 * _COLUMNS:
        return points
    kept = []
    for column in range(_COLUMNS):
        part = points[len(points) * column // _COLUMNS : len(points) * (column + 1) // _COLUMNS]
        if extremes:
            low, high = min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])
            kept.extend(sorted((low, high)))
        else:
            kept.append(part[-1])
    return kept


def _path(
    points: Sequence[Point],
    usable: Callable[[Point], bool],
    to_x: Callable[[float], float],
    to_y: Callable[[float], float],
) -> str:
    text = []
    pen = "M"
    for point in points:
        if usable(point):
            text.append(f"{pen}{to_x(point[0]):.1f} {to_y(point[1]):.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(text)


def _scale(
    values: Sequence[float], start: float, end: float, log: bool, whole: bool = False, count: int = 6
) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    """From data to picture, and the ticks (value, label); a vertical axis reaches to the next tick."""
    low, high = min(values), max(values)
    ticks = _log_ticks(low, high) if log else nice_ticks(low, high, count, whole)
    if not whole:
        low, high = min(low, ticks[0]), max(high, ticks[-1])

    def place(value: float) -> float:
        return log10(value) if log else value

    low, high = place(low), place(high)
    span = (high - low) or 1.0
    return (
        lambda value: start + (place(value) - low) / span * (end - start),
        [(tick, label) for tick, label in zip(ticks, _labels(ticks, log), strict=True)],
    )


def nice_ticks(low: float, high: float, count: int = 6, whole: bool = False) -> list[float]:
    """Round values for an axis: multiples of 1, 2 or 5 times a power of ten.

    Args:
        low: the least value.
        high: the greatest value.
        count: about how many ticks.
        whole: ticks are integers within [low, high]; otherwise they reach just past both ends.

    >>> nice_ticks(0.13, 2.4)
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    >>> nice_ticks(1, 870, whole=True)
    [200, 400, 600, 800]
    """
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        if whole:
            return [low]
        low, high = low - margin, high + margin
    rough = (high - low) / (count - 1)
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    if whole:
        unit = max(1, round(step))
        return [k * unit for k in range(ceil(low / unit), floor(high / unit) + 1)] or [low]
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(k * step, 12 - floor(log10(step))) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 between them when the range is short."""
    first, last = floor(log10(low)), ceil(log10(high))
    if last - first <= 3:
        marks = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
        inside = [m for m in marks if low <= m <= high]
        below = [m for m in marks if m < low][-1:]
        above = [m for m in marks if m > high][:1]
        return below + inside + above
    stride = ceil((last - first) / 8)
    return [10.0**e for e in range(first, last + stride, stride)]


def _labels(ticks: Sequence[float], log: bool) -> list[str]:
    if log:
        return [f"{t:g}" for t in ticks]
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    if max(abs(t) for t in ticks) >= 1e6 or step < 1e-4:
        return [f"{t:g}" for t in ticks]
    return [f"{t:,.{max(0, -floor(log10(step) + 1e-9))}f}" for t in ticks]
