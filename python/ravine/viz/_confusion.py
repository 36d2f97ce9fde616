"""Which class was taken for which."""

from __future__ import annotations

from html import escape
from typing import Any

import ravine as rv

from ..errors import ValueError
from ._picture import Picture, document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["confusion"]

_SIDE = 440  # about how large the table becomes
_LEAST, _MOST = 6.0, 44.0  # of a cell
_NUMBERS = 22.0  # from this size on there are numbers in the cells
_CLASSES = {
    "right": ("fill:#2463c9", "fill:#6ea8fe"),
    "wrong": ("fill:#c2571a", "fill:#f0975c"),
    "number": ("fill:#1f2328;font-size:11px", "fill:#e8ebee"),
    "over": ("fill:#ffffff;font-size:11px", "fill:#14171b"),
}


def confusion(
    labels: Any,
    answers: Any,
    *,
    classes: Sequence[object] | int | None = None,
    title: str = "",
) -> Picture:
    """How often samples of each class (rows) were given each answer (columns).

    ``C[i, j]`` is the number of samples of class ``i`` that were taken for ``j``; a cell is the fuller, the
    larger its share ``C[i, j] / sum_k C[i, k]``. At the right stands the share of right answers of the row.

    Args:
        labels: the true classes, whole numbers, any shape.
        answers: the classes that were answered, of the same shape.
        classes: a name for each, or how many; by default as many as occur.
        title: above the picture.

    Raises:
        ValueError: shapes differ, no samples, or a class that has no name.

    >>> import ravine
    >>> ravine.viz.confusion([0, 0, 1, 1], [0, 1, 1, 1], classes=["cat", "dog"])
    <Picture '3 of 4 right': ... bytes of SVG>
    """
    truth, given = (rv.as_tensor(v).detach().to("cpu") for v in (labels, answers))
    if truth.shape != given.shape or truth.numel() == 0:
        raise ValueError(
            f"confusion: labels {tuple(truth.shape)} and answers {tuple(given.shape)} must have one shape, "
            "and elements. For scores (n, classes) give scores.argmax(1)"
        )
    truth, given = truth.flatten().to(rv.int64), given.flatten().to(rv.int64)
    least = rv.minimum(truth.amin(), given.amin()).item()
    found = int(rv.maximum(truth.amax(), given.amax()).item()) + 1
    number = found if classes is None else classes if isinstance(classes, int) else len(classes)
    if least < 0 or found > number:
        raise ValueError(
            f"confusion: classes from {least} to {found - 1}, but there are {number}. Count them from 0"
        )
    names = [str(i) for i in range(number)] if classes is None or isinstance(classes, int) else classes
    counts = rv.bincount(truth * number + given, minlength=number**2).reshape(number, number).tolist()
    right = sum(counts[i][i] for i in range(number))
    name = title or f"{right:,} of {truth.numel():,} right"
    return _drawn(counts, [str(n) for n in names], name)


def _drawn(counts: list[list[int]], names: list[str], title: str) -> Picture:
    number = len(names)
    cell = max(_LEAST, min(_MOST, _SIDE / number))
    longest = max(len(text) for text in names)
    left, top = 36 + 7.0 * longest, 44.0
    side = cell * number
    every = max(1, -int(-14 // cell))
    turned = longest * 7 > cell * every - 4
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>']
    for i, row in enumerate(counts):
        total, middle = sum(row), top + (i + 0.5) * cell + 4
        if i % every == 0:
            at = f'x="{left - 8:g}" y="{middle:.1f}" text-anchor="end"'
            parts.append(f'<text class="text" {at}>{escape(names[i])}</text>')
            if total:
                share = f"{row[i] / total:.0%}"
                parts.append(f'<text class="text" x="{left + side + 8:g}" y="{middle:.1f}">{share}</text>')
        for j, count in enumerate(row):
            if count:
                parts += _cell(left + j * cell, top + i * cell, cell, count, count / total, i == j)
    parts.append(f'<rect class="frame" x="{left:g}" y="{top:g}" width="{side:g}" height="{side:g}"/>')
    for j in range(0, number, every):
        x, y = left + (j + 0.5) * cell, top + side + 16
        how = f'transform="rotate(-45 {x:.1f} {y:g})" text-anchor="end"' if turned else 'text-anchor="middle"'
        parts.append(f'<text class="text" x="{x:.1f}" y="{y:g}" {how}>{escape(names[j])}</text>')
    below = top + side + (5 * longest + 30 if turned else 40)
    parts.append(
        f'<text class="text" x="{left + side / 2:g}" y="{below:g}" text-anchor="middle">answer</text>'
    )
    y = top + side / 2
    turn = f'text-anchor="middle" transform="rotate(-90 18 {y:g})"'
    parts.append(f'<text class="text" x="18" y="{y:g}" {turn}>truth</text>')
    width = max(left + side + 56, 32 + 8.5 * len(title))
    return Picture(document("ravine-confusion", width, below + 14, title, parts, _CLASSES), None, title)


def _cell(x: float, y: float, side: float, count: int, share: float, hit: bool) -> list[str]:
    style = "right" if hit else "wrong"
    # A single mistake among hundreds is still seen.
    opacity = 0.08 + 0.92 * share
    gap = 1 if side >= 12 else 0
    size = f'width="{side - gap:.1f}" height="{side - gap:.1f}"'
    parts = [f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" {size} fill-opacity="{opacity:.2f}"/>']
    if side >= _NUMBERS and len(str(count)) * 7 <= side:
        ink = "over" if opacity > 0.55 else "number"
        at = f'x="{x + side / 2:.1f}" y="{y + side / 2 + 4:.1f}" text-anchor="middle"'
        parts.append(f'<text class="{ink}" {at}>{count}</text>')
    return parts
