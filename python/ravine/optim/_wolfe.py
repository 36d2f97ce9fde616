"""A line search for the strong Wolfe conditions (Nocedal and Wright, 2006, chapter 3.5)."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core import Tensor

__all__ = ["Point", "strong_wolfe"]

#: The sufficient decrease, and the share of the slope that may be left.
DECREASE, CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """What is known of the loss at a distance ``t`` along the line."""

    t: float
    loss: float
    gradient: Tensor
    slope: float


def _cubic(a: Point, b: Point, least: float, greatest: float) -> float:
    """Where the cubic through two points with their slopes is smallest, within bounds; else their middle."""
    low, high = (a, b) if a.t <= b.t else (b, a)
    if low.t != high.t:
        d1 = low.slope + high.slope - 3 * (low.loss - high.loss) / (low.t - high.t)
        square = d1 * d1 - low.slope * high.slope
        if square >= 0:
            d2 = sqrt(square)
            below = high.slope - low.slope + 2 * d2
            if below != 0:
                found = high.t - (high.t - low.t) * ((high.slope + d2 - d1) / below)
                return min(max(found, least), greatest)
    return (least + greatest) / 2


def strong_wolfe(
    evaluate: Callable[[float], Point],
    start: Point,
    t: float,
    longest: float,
    tolerance_change: float,
    max_steps: int,
) -> tuple[Point, int]:
    """A point that satisfies the conditions, or the best one found; and how often the loss was evaluated.

    Args:
        evaluate: the point at a distance.
        start: the point at 0.
        t: the first distance to try.
        longest: the greatest element of the direction.
        tolerance_change: a bracket in which no element moves by more is not searched.
        max_steps: the greatest number of steps.
    """

    def enough(point: Point) -> bool:
        return point.loss <= start.loss + DECREASE * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -CURVATURE * start.slope

    # A bracket with a minimum inside: distances grow until one is found.
    before, point = start, evaluate(t)
    evaluations, steps = 1, 0
    while steps < max_steps:
        if not enough(point) or (steps > 1 and point.loss >= before.loss):
            bracket = [before, point]
            break
        if flat(point):
            return point, evaluations
        if point.slope >= 0:
            bracket = [before, point]
            break
        t = _cubic(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10)
        before, point = point, evaluate(t)
        evaluations += 1
        steps += 1
    else:
        bracket = [start, point]

    # The bracket shrinks around it.
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    stalled = False
    while steps < max_steps:
        left, right = sorted((bracket[0].t, bracket[1].t))
        if (right - left) * longest < tolerance_change:
            break
        t = _cubic(bracket[0], bracket[1], left, right)
        # A trial too near to an end, twice or outside, is moved inward.
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:
            if stalled or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False
        point = evaluate(t)
        evaluations += 1
        steps += 1
        if not enough(point) or point.loss >= bracket[low].loss:
            bracket[high] = point
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        done = flat(point)
        if not done and point.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = point
        if done:
            break
    return bracket[low], evaluations
