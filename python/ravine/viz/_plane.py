"""Points and arrows in the plane."""

from __future__ import annotations

from html import escape
from math import hypot, isfinite, sqrt
from typing import Any

import ravine as rv

from ..errors import ValueError
from ._axes import AXES, COLOURS, legend, plane
from ._picture import Picture, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Point = tuple[float, float]

__all__ = ["quiver", "scatter"]

_SIDE = 440
_LEFT = 64
_CLASSES = {
    **AXES,
    **{f"d{i}": (f"fill:{light}", f"fill:{dark}") for i, (light, dark) in enumerate(COLOURS)},
    "arrow": ("fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round", ""),
}


def scatter(points: Any, *, title: str = "", size: float = 2.5) -> Picture:
    """Points in the plane, both axes with one unit.

    Args:
        points: (n, 2), or a mapping from names to such, each in a colour of its own. Those that are not
            finite are left out.
        title: above the picture.
        size: radius of a point in pixels.

    Raises:
        ValueError: another shape.

    >>> import ravine
    >>> ravine.viz.scatter({"data": ravine.randn(50, 2), "samples": ravine.randn(50, 2)})
    <Picture 'points': ... bytes of SVG>
    """
    sets = _sets("scatter", points)
    return _drawn(sets, [], title or "points", title, size)


def quiver(
    points: Any,
    vectors: Any,
    *,
    samples: Any = None,
    title: str = "",
    size: float = 2.5,
) -> Picture:
    """A vector field in the plane: an arrow at each point, both axes with one unit.

    Lengths keep their ratios; the longest arrow is about as long as points are apart.

    Args:
        points: (n, 2), where the arrows begin.
        vectors: (n, 2). Those that are not finite are left out.
        samples: points to show as dots below the arrows, as :func:`scatter` takes them.
        title: above the picture.
        size: radius of a dot in pixels.

    Raises:
        ValueError: other shapes.

    >>> import ravine
    >>> line = ravine.linspace(-2, 2, 9)
    >>> grid = ravine.cartesian_prod(line, line)
    >>> ravine.viz.quiver(grid, -grid, title="the score of N(0, 1)")
    <Picture 'the score of N(0, 1)': ... bytes of SVG>
    """
    begins = _pairs("quiver", "points", points)
    ways = _pairs("quiver", "vectors", vectors)
    if len(begins) != len(ways):
        raise ValueError(f"quiver: {len(ways)} vectors for {len(begins)} points. Give one for each")
    arrows = [(p, v) for p, v in zip(begins, ways, strict=True) if all(map(isfinite, (*p, *v)))]
    sets = {} if samples is None else _sets("quiver", samples)
    return _drawn(sets, arrows, title or "field", title, size)


def _sets(function: str, points: Any) -> dict[str, list[Point]]:
    named = points.items() if hasattr(points, "items") else [("", points)]
    found = {str(name): _pairs(function, "points", part) for name, part in named}
    return {name: [p for p in part if isfinite(p[0]) and isfinite(p[1])] for name, part in found.items()}


def _pairs(function: str, name: str, values: Any) -> list[Point]:
    data = rv.as_tensor(values).detach()
    if data.ndim != 2 or data.shape[1] != 2:
        raise ValueError(f"{function}: {name} must have shape (n, 2), got {tuple(data.shape)}")
    return [(float(x), float(y)) for x, y in data.tolist()]


def _drawn(
    sets: Mapping[str, list[Point]], arrows: list[tuple[Point, Point]], name: str, title: str, size: float
) -> Picture:
    entries = [(f"d{i % len(COLOURS)}", label) for i, label in enumerate(sets) if label]
    swatches, down = legend(entries, _LEFT, _LEFT + _SIDE, 44, mark="dot")
    top = (44.0 if title else 16.0) + (20 + down if entries else 0)
    ends = [p for points in sets.values() for p in points] + [p for p, _ in arrows]
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>'] if title else []
    if not ends:
        parts.append(f'<text class="text" x="{_SIDE / 2}" y="100" text-anchor="middle">no data</text>')
        return Picture(document("ravine-plane", _SIDE, 160, name, parts, _CLASSES), None, name)
    frame, box = plane([x for x, _ in ends], [y for _, y in ends], _SIDE, _LEFT, top)
    parts += frame.parts + swatches
    for number, points in enumerate(sets.values()):
        # Thousands of points stay readable where they are dense.
        opacity = max(0.25, min(0.8, 40 / sqrt(max(1, len(points)))))
        dots = "".join(f"M{frame.x(x):.1f} {frame.y(y):.1f}h0" for x, y in points)
        style = f"c{number % len(COLOURS)}"
        if dots:
            parts.append(
                f'<path class="{style}" fill="none" stroke-width="{2 * size:g}" stroke-linecap="round"'
                f' opacity="{opacity:.2f}" d="{dots}"/>'
            )
    if arrows:
        area = (box.right - box.left) * (box.bottom - box.top)
        apart = sqrt(area / len(arrows))
        longest = max(hypot(*way) for _, way in arrows) or 1.0
        unit = 0.95 * apart / longest
        path = "".join(_arrow(frame.x(x), frame.y(y), dx * unit, -dy * unit) for (x, y), (dx, dy) in arrows)
        colour = len(sets) % len(COLOURS) if sets else 0
        parts.append(f'<path class="c{colour} arrow" d="{path}"/>')
    width = max(box.right + 24, 32 + 8.5 * len(title))
    return Picture(document("ravine-plane", width, box.bottom + 34, name, parts, _CLASSES), None, name)


def _arrow(x: float, y: float, dx: float, dy: float) -> str:
    """A shaft with a tip, which shrinks with short ones; a vector of no length is a dot."""
    length = hypot(dx, dy)
    if length < 0.3:
        return f"M{x:.1f} {y:.1f}h0"
    tip = min(5.0, 0.4 * length)
    ux, uy = dx / length * tip, dy / length * tip
    end_x, end_y = x + dx, y + dy
    left = f"{end_x - ux - 0.55 * uy:.1f} {end_y - uy + 0.55 * ux:.1f}"
    right = f"{end_x - ux + 0.55 * uy:.1f} {end_y - uy - 0.55 * ux:.1f}"
    return f"M{x:.1f} {y:.1f}L{end_x:.1f} {end_y:.1f}M{left}L{end_x:.1f} {end_y:.1f}L{right}"
