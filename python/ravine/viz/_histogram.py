"""How values are distributed."""

from __future__ import annotations

from html import escape
from math import ceil, isfinite
from typing import Any

import ravine as rv

from ..errors import ValueError
from ._axes import AXES, COLOURS, Box, axes, legend
from ._picture import Picture, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["histogram"]

_WIDTH, _HEIGHT = 720, 360
_BOX = Box(left=64, right=696, top=72, bottom=308)
_LEAST_BINS, _MOST_BINS = 8, 80
_CLASSES = {
    **AXES,
    **{f"f{i}": (f"fill:{light};opacity:.32", f"fill:{dark}") for i, (light, dark) in enumerate(COLOURS)},
    "outline": ("fill:none;stroke-width:1.5;stroke-linejoin:round", ""),
    "dashed": ("stroke-dasharray:6 4", ""),
}


def histogram(
    values: Any,
    *,
    bins: int | None = None,
    value_range: tuple[float, float] | None = None,
    density: bool = False,
    lines: Mapping[str, Iterable[tuple[float, float]]] | None = None,
    title: str = "",
    x_label: str = "",
) -> Picture:
    """How many values lie where: weights, activations, gradients, samples.

    Without ``bins`` they are as wide as the rule of Freedman and Diaconis (1981) says,
    ``2 (q75 - q25) / n^(1/3)`` of the first set.

    Args:
        values: a tensor of any shape, numbers, or a mapping from names to such, for several in one picture.
            Those that are not finite are left out, and their number is told.
        bins: how many.
        value_range: the ends of the first and the last bin; by default those of the values.
        density: bars whose area is 1 for each set, in place of counts.
        lines: name to points (x, y), drawn over the bars: a density to compare with.
        title: above the picture.
        x_label: below the axis.

    Raises:
        ValueError: fewer than one bin, or a range that is none.

    >>> import ravine
    >>> ravine.viz.histogram({"before": ravine.zeros(100), "after": ravine.ones(100)}, bins=10)
    <Picture 'histogram': ... bytes of SVG>
    """
    sets = {str(k): v for k, v in values.items()} if hasattr(values, "items") else {"": values}
    if bins is not None and bins < 1:
        raise ValueError(f"histogram: bins must be at least 1, got {bins}")
    if value_range is not None and not -float("inf") < value_range[0] < value_range[1] < float("inf"):
        raise ValueError(f"histogram: value_range {value_range} is no range. Give (least, greatest)")
    name = title or "histogram"
    data, told = {}, []
    for label, given in sets.items():
        flat = rv.as_tensor(given).detach().to("cpu", rv.float32).flatten()
        data[label] = flat[flat.isfinite()]
        lost = flat.numel() - data[label].numel()
        told.append(", ".join(filter(None, [label, f"{lost:,} not finite" if lost else ""])))
    drawn = {label: [(float(x), float(y)) for x, y in points] for label, points in (lines or {}).items()}
    known = [flat for flat in data.values() if flat.numel()]
    parts = [f'<text class="title" x="{_BOX.left}" y="28">{escape(title)}</text>'] if title else []
    if not known:
        middle = f'x="{_WIDTH / 2}" y="{_HEIGHT / 2}" text-anchor="middle"'
        parts.append(f'<text class="text" {middle}>no data</text>')
        return Picture(document("ravine-histogram", _WIDTH, _HEIGHT, name, parts, _CLASSES), None, name)
    low, high = value_range or _ends(known)
    count = bins or _bins(known[0], low, high)
    width = (high - low) / count
    heights = {}
    for label, flat in data.items():
        counts = rv.histc(flat, bins=count, min=low, max=high).tolist() if flat.numel() else [0.0] * count
        share = max(1, flat.numel()) * width if density else 1.0
        heights[label] = [number / share for number in counts]

    entries = [(f"c{i % len(COLOURS)} line", text) for i, text in enumerate(told) if text]
    entries += [(f"c{(len(sets) + i) % len(COLOURS)} line dashed", text) for i, text in enumerate(drawn)]
    lift = 0 if title else 26
    swatches, down = legend(entries, _BOX.left, _BOX.right, 44 - lift)
    down -= lift
    box = _BOX._replace(top=_BOX.top + down, bottom=_BOX.bottom + down)
    tall = max(max(column) for column in heights.values())
    ys = [0.0, tall or 1.0, *(y for points in drawn.values() for x, y in points if low <= x <= high)]
    y_label = "density" if density else "count"
    frame = axes([low, high], [y for y in ys if isfinite(y)], box, x_label=x_label, y_label=y_label)
    parts += frame.parts + swatches
    for number, column in enumerate(heights.values()):
        outline = _outline(column, [frame.x(low + k * width) for k in range(count + 1)], frame.y)
        colour = number % len(COLOURS)
        parts.append(f'<path class="f{colour}" d="{outline}"/>')
        parts.append(f'<path class="c{colour} outline" d="{outline}"/>')
    for number, points in enumerate(drawn.values(), len(sets)):
        inside = [(frame.x(x), frame.y(y)) for x, y in points if low <= x <= high and isfinite(y)]
        if inside:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in inside)
            parts.append(f'<path class="c{number % len(COLOURS)} line dashed" d="{path}"/>')
    return Picture(document("ravine-histogram", _WIDTH, _HEIGHT + down, name, parts, _CLASSES), None, name)


def _ends(known: list[rv.Tensor]) -> tuple[float, float]:
    """The least and greatest of all values, apart from each other."""
    low = min(flat.amin().item() for flat in known)
    high = max(flat.amax().item() for flat in known)
    if low == high:
        margin = 0.5 * (abs(low) or 1.0)
        return low - margin, high + margin
    return low, high


def _bins(flat: rv.Tensor, low: float, high: float) -> int:
    ordered = flat.sort()[0]
    quarter, three = ordered[[flat.numel() // 4, 3 * flat.numel() // 4]].tolist()
    wanted = 2 * (three - quarter) / flat.numel() ** (1 / 3)
    if wanted <= 0:
        return _LEAST_BINS
    return min(_MOST_BINS, max(_LEAST_BINS, ceil((high - low) / wanted)))


def _outline(column: list[float], edges: list[float], to_y: Any) -> str:
    """Around the bars that are not empty, neighbours joined."""
    base, pen, text = to_y(0.0), False, []
    for height, left, right in zip(column, edges, edges[1:], strict=False):
        if height > 0:
            text.append(f"{'V' if pen else f'M{left:.1f} {base:.1f}V'}{to_y(height):.1f}H{right:.1f}")
        elif pen:
            text.append(f"V{base:.1f}")
        pen = height > 0
    return "".join(text) + (f"V{base:.1f}" if pen else "")
