"""A loss curve as SVG, for light and dark pages, drawn without any other library."""

from __future__ import annotations

from html import escape
from math import isfinite

from ..viz._scales import most, path, scale, smooth, thin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Point = tuple[float, float]

__all__ = ["loss_curve"]

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 72, 52

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
    "best": ("fill:none;stroke-width:2", ""),
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
    best: Point | None = None,
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
        best: a point to mark: where the best weights are from.

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

    to_x, x_ticks = scale([x for x, _ in shown], _LEFT, _WIDTH - _RIGHT, False, whole=True, count=9)
    # One wild batch must not press the rest flat: the range is that of the smoothed line and the validation,
    # widened by most of the raw values.
    heights = [y for _, y in filter(usable, smoothed + checks)] + most(
        [y for _, y in raw if usable((0.0, y))]
    )
    to_y, y_ticks = scale(heights, _HEIGHT - _BOTTOM, _TOP, log)

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
        drawn = path(points, usable, to_x, to_y)
        if drawn:
            parts.append(f'<path class="{style}" d="{drawn}"/>')

    line(thin(raw, extremes=True), "train raw")
    line(thin(smoothed, extremes=False), "train line")
    line(thin(checks, extremes=False), "val line")
    parts.append("</g>")
    for name, points in (
        ("train", raw if len(raw) == 1 else []),
        ("val", checks if len(checks) <= 60 else []),
    ):
        for x, y in filter(usable, points):
            parts.append(f'<circle class="dot-{name}" cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="3"/>')
    if best is not None and usable(best):
        x, y = to_x(best[0]), to_y(best[1])
        parts.append(f'<circle class="val best" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
        side, shift = ("end", -10) if x > _WIDTH - _RIGHT - 40 else ("start", 10)
        at = f'x="{x + shift:.1f}" y="{y - 8:.1f}" text-anchor="{side}"'
        parts.append(f'<text class="value" {at}>best</text>')
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
