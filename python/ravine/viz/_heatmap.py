"""A matrix as colours."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import Any

import ravine as rv

from ._picture import Picture, document, embedded
from ._png import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SEQUENTIAL", "colour_bar", "colour_table", "heatmap"]

# Even steps between these; lightness grows along the first, and falls away from the middle of the second.
SEQUENTIAL = ("#2b1055", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725")
DIVERGING = ("#173f8a", "#2463c9", "#86aef0", "#f1f1ef", "#f3b184", "#c2571a", "#7d330b")

_SIDE = 320  # about how large the picture's longer side becomes
_TOP = 44
_CLASSES = {
    "dark-ink": ("fill:#14171b;font-size:11px", ""),
    "light-ink": ("fill:#ffffff;font-size:11px", ""),
}


def heatmap(
    matrix: Any,
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    columns: Sequence[object] | None = None,
    rows: Sequence[object] | None = None,
    value_range: tuple[float, float] | None = None,
    diverging: bool | None = None,
    values: bool = False,
) -> Picture:
    """A matrix as colours: attention weights, confusion counts, filters, gradients.

    Args:
        matrix: shape (R, C), any dtype; the first row is at the top. NaN is left transparent.
        title: above the picture.
        x_label: below the columns.
        y_label: beside the rows.
        columns: a text for each column, in place of numbers.
        rows: a text for each row.
        value_range: the values of the first and the last colour; by default the least and the greatest.
        diverging: two colours that meet at 0, for values of both signs; by default where there are such.
        values: also write the numbers into the cells.

    Returns:
        A picture with SVG and PNG; the PNG has one pixel an element.

    Raises:
        ValueError: no matrix, no element, or the number of texts does not fit.

    >>> import ravine
    >>> ravine.viz.heatmap(ravine.eye(2), columns=["cat", "dog"], values=True)
    <Picture 'heatmap': ... bytes of SVG>
    """
    data = rv.as_tensor(matrix).detach().to("cpu", rv.float32)
    if data.ndim != 2 or data.numel() == 0:
        raise ValueError(f"heatmap: needs a matrix with elements, got shape {tuple(data.shape)}")
    height, width = data.shape
    for name, texts, extent in (("columns", columns, width), ("rows", rows, height)):
        if texts is not None and len(texts) != extent:
            raise ValueError(f"heatmap: {len(texts)} {name} for {extent}. Give a text for each, or none")
    low, high, diverging = _range(data, value_range, diverging)
    table = colour_table(DIVERGING if diverging else SEQUENTIAL)
    unit = ((data - low) / (high - low)).clamp(0, 1)
    known = data.isnan().logical_not()
    index = (rv.where(known, unit, 0.0) * 255).round().to(rv.int64)
    colours = rv.where(known.unsqueeze(2), table[index], 0).to(rv.uint8)
    png = encode(bytes(colours), width, height, 4)

    cell = max(1.0, min(48.0, _SIDE / max(width, height)))
    if values:
        cell = max(cell, 36.0)
    row_texts, column_texts = _texts(rows, height, cell), _texts(columns, width, cell)
    left = 20 + 7 * max((len(text) for _, text in row_texts), default=0) + (18 if y_label else 0)
    shown_width, shown_height = cell * width, cell * height
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>'] if title else []
    top = _TOP if title else 16
    parts.append(embedded(png, left, top, shown_width, shown_height))
    parts.append(
        f'<rect class="frame" x="{left:g}" y="{top}" width="{shown_width:g}" height="{shown_height:g}"/>'
    )
    for i, text in row_texts:
        y = top + (i + 0.5) * cell + 4
        parts.append(f'<text class="text" x="{left - 6:g}" y="{y:g}" text-anchor="end">{escape(text)}</text>')
    long = max((len(text) for _, text in column_texts), default=0) * 7 > cell * _stride(columns, width, cell)
    for j, text in column_texts:
        x, y = left + (j + 0.5) * cell, top + shown_height + 16
        turn = f' transform="rotate(-45 {x:g} {y:g})" text-anchor="end"' if long else ' text-anchor="middle"'
        parts.append(f'<text class="text" x="{x:g}" y="{y:g}"{turn}>{escape(text)}</text>')
    below = 5 * max((len(text) for _, text in column_texts), default=0) + 10 if long else 24
    if x_label:
        middle = left + shown_width / 2
        parts.append(
            f'<text class="text" x="{middle:g}" y="{top + shown_height + below + 10:g}"'
            f' text-anchor="middle">{escape(x_label)}</text>'
        )
        below += 18
    if y_label:
        y = top + shown_height / 2
        parts.append(
            f'<text class="text" x="18" y="{y:g}" text-anchor="middle"'
            f' transform="rotate(-90 18 {y:g})">{escape(y_label)}</text>'
        )
    if values:
        parts.extend(_numbers(data.tolist(), table.tolist(), index.tolist(), left, top, cell))
    parts.extend(colour_bar(table, low, high, left + shown_width + 16, top, max(shown_height, 60)))
    total_width = max(left + shown_width + 90, 32 + 8 * len(title))
    total_height = max(top + shown_height + below, top + 60) + 12
    name = title or "heatmap"
    return Picture(document("ravine-heatmap", total_width, total_height, name, parts, _CLASSES), png, name)


def _range(
    data: rv.Tensor, value_range: tuple[float, float] | None, diverging: bool | None
) -> tuple[float, float, bool]:
    finite = rv.where(data.abs() < float("inf"), data, 0.0)
    low, high = (finite.amin().item(), finite.amax().item()) if value_range is None else value_range
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise ValueError(f"heatmap: value_range {value_range} is no range of finite numbers")
    both = low < 0 < high
    diverging = both and value_range is None if diverging is None else diverging
    if diverging and value_range is None:
        high = max(abs(low), abs(high))
        low = -high
    if low == high:
        high = low + 1.0
    return float(low), float(high), bool(diverging)


def colour_table(stops: Sequence[str], size: int = 256) -> rv.Tensor:
    """Colours between the stops at even steps: shape (size, 4), red, green, blue and opacity, uint8."""
    points = [[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops]
    rows = []
    for k in range(size):
        place = k / (size - 1) * (len(points) - 1)
        i = min(int(place), len(points) - 2)
        t = place - i
        rows.append([*(round(a + (b - a) * t) for a, b in zip(points[i], points[i + 1], strict=True)), 255])
    return rv.tensor(rows, dtype=rv.uint8, device="cpu")


def _stride(texts: Sequence[object] | None, extent: int, cell: float) -> int:
    """Every how many cells there is a text: each needs 14 pixels, numbers 40."""
    least = 14 if texts is not None else 40
    return max(1, -int(-least // cell))


def _texts(texts: Sequence[object] | None, extent: int, cell: float) -> list[tuple[int, str]]:
    stride = _stride(texts, extent, cell)
    return [(i, str(i if texts is None else texts[i])) for i in range(0, extent, stride)]


def _numbers(
    data: list[list[float]],
    table: list[list[int]],
    index: list[list[int]],
    left: float,
    top: float,
    cell: float,
) -> list[str]:
    parts = []
    for i, row in enumerate(data):
        for j, value in enumerate(row):
            red, green, blue, _ = table[index[i][j]]
            ink = (
                "text"
                if value != value
                else "dark-ink"
                if 0.299 * red + 0.587 * green + 0.114 * blue > 128
                else "light-ink"
            )
            x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell + 4
            parts.append(f'<text class="{ink}" x="{x:g}" y="{y:g}" text-anchor="middle">{value:.3g}</text>')
    return parts


def colour_bar(table: rv.Tensor, low: float, high: float, x: float, top: float, height: float) -> list[str]:
    """The colours with the values of both ends."""
    png = encode(bytes(table.flip(0)), 1, table.shape[0], 4)
    return [
        embedded(png, x, top, 12, height),
        f'<rect class="frame" x="{x:g}" y="{top}" width="12" height="{height:g}"/>',
        f'<text class="text" x="{x + 18:g}" y="{top + 10}">{high:.3g}</text>',
        f'<text class="text" x="{x + 18:g}" y="{top + height:g}">{low:.3g}</text>',
    ]
