"""From numbers to places in a picture: ticks, scales, smoothing, and fewer points for many."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, isfinite, log10

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Point = tuple[float, float]

__all__ = ["labels", "most", "nice_ticks", "path", "scale", "smooth", "thin"]

_COLUMNS = 500  # at most so many points a line: more would only make the file larger


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


def most(values: list[float]) -> list[float]:
    """The 1st and 99th percentile, and all values if they are few."""
    if len(values) < 20:
        return values
    ordered = sorted(values)
    return [ordered[len(values) // 100], ordered[-1 - len(values) // 100]]


def thin(points: Sequence[Point], extremes: bool) -> Sequence[Point]:
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


def path(
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


def scale(
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
        [(tick, label) for tick, label in zip(ticks, labels(ticks, log), strict=True)],
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


def labels(ticks: Sequence[float], log: bool) -> list[str]:
    if log:
        return [f"{t:g}" for t in ticks]
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    if max(abs(t) for t in ticks) >= 1e6 or step < 1e-4:
        return [f"{t:g}" for t in ticks]
    return [f"{t:,.{max(0, -floor(log10(step) + 1e-9))}f}" for t in ticks]
