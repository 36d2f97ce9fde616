"""Where the boxes of a graph go: layer by layer (Sugiyama, Tagawa and Toda, 1981)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Layout", "place"]

_SWEEPS = 6


@dataclass
class Layout:
    """Middle of the upper edge of each box, and a line of points for each edge."""

    places: list[tuple[float, float]]
    edges: list[list[tuple[float, float]]]
    width: float
    height: float


def place(
    sources: list[list[int]], widths: list[float], heights: list[float], gap_x: float, gap_y: float
) -> Layout:
    """Place boxes so that edges run downwards, cross little and stay short.

    Args:
        sources: for each box those that it reads, all with smaller numbers.
        widths: of the boxes.
        heights: of the boxes.
        gap_x: between neighbours.
        gap_y: between layers.
    """
    if not sources:
        return Layout([], [], 0.0, 0.0)
    layer = _layers(sources)
    # An edge over several layers passes through points in those between, which take part as narrow boxes.
    widths = list(widths)
    above: list[list[int]] = [[] for _ in sources]
    rows: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for box, level in enumerate(layer):
        rows[level].append(box)
    routes: list[list[int]] = []
    for box, read in enumerate(sources):
        for source in read:
            route = [source]
            for level in range(layer[source] + 1, layer[box]):
                point = len(widths)
                widths.append(4.0)
                above.append([route[-1]])
                rows[level].append(point)
                route.append(point)
            above[box].append(route[-1])
            routes.append([*route, box])
    below: list[list[int]] = [[] for _ in widths]
    for lower, uppers in enumerate(above):
        for upper in uppers:
            below[upper].append(lower)
    _order(rows, above, below)
    x = _positions(rows, above, below, widths, gap_x)

    tops, tall, top = [], [], 0.0
    for row in rows:
        tops.append(top)
        tall.append(max((heights[b] for b in row if b < len(heights)), default=0.0))
        top += tall[-1] + gap_y
    places = [(x[box], tops[layer[box]]) for box in range(len(sources))]
    edges = []
    for route in routes:
        first, last = route[0], route[-1]
        level = layer[first]
        points = [(x[first], tops[level] + heights[first])]
        for between, point in enumerate(route[1:-1], level + 1):
            # Straight past the boxes of that layer.
            points.append((x[point], tops[between]))
            points.append((x[point], tops[between] + tall[between]))
        points.append((x[last], tops[layer[last]]))
        edges.append(points)
    right = max(x[b] + widths[b] / 2 for b in range(len(widths)))
    return Layout(places, edges, right, top - gap_y)


def _layers(sources: list[list[int]]) -> list[int]:
    """Results as far down as the longest path says; everything else right above its first reader."""
    layer = [0] * len(sources)
    for box, read in enumerate(sources):
        layer[box] = max((layer[s] + 1 for s in read), default=0)
    latest: list[int | None] = [None] * len(sources)
    for box in range(len(sources) - 1, -1, -1):
        reader = latest[box]
        layer[box] = layer[box] if reader is None else reader - 1
        for source in sources[box]:
            before = latest[source]
            latest[source] = layer[box] if before is None else min(before, layer[box])
    first = min(layer)
    return [level - first for level in layer]


def _order(rows: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Sort each row by the mean position of its neighbours, downwards and upwards in turn."""
    position: dict[int, float] = {}
    for row in rows:
        position.update((box, float(i)) for i, box in enumerate(row))
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for row in rows if down else rows[::-1]:
            row.sort(key=lambda box: _mean([position[n] for n in neighbours[box]], position[box]))
            position.update((box, float(i)) for i, box in enumerate(row))


def _positions(
    rows: list[list[int]],
    above: list[list[int]],
    below: list[list[int]],
    widths: list[float],
    gap: float,
) -> list[float]:
    """Horizontal middles: each box is drawn to the mean of its neighbours; in a row there are gaps."""
    x = [0.0] * len(widths)
    for row in rows:
        left = 0.0
        for box in row:
            x[box] = left + widths[box] / 2
            left += widths[box] + gap
    for sweep in range(2 * _SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for row in rows if down else rows[::-1]:
            wanted = [_mean([x[n] for n in neighbours[box]], x[box]) for box in row]
            for box, at in zip(row, _spread(wanted, [widths[box] for box in row], gap), strict=True):
                x[box] = at
    left = min(x[box] - widths[box] / 2 for box in range(len(widths)))
    return [at - left for at in x]


def _spread(wanted: list[float], widths: list[float], gap: float) -> list[float]:
    """Positions in this order, as near to the wanted ones as the gaps allow (pool adjacent violators)."""
    offsets, offset = [], 0.0
    for i, width in enumerate(widths):
        offset += width / 2 + (widths[i - 1] / 2 + gap if i else 0.0)
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # mean of wanted minus offset, how many boxes
    for at, offset in zip(wanted, offsets, strict=True):
        mean, count = at - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, number = blocks.pop()
            mean = (mean * count + before * number) / (count + number)
            count += number
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default
