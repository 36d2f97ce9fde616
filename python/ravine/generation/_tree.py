"""The picture of a beam search."""

from __future__ import annotations

from html import escape
from math import exp, inf

from ..viz import Picture
from ..viz._picture import document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["tree"]

_STEP, _ROW, _LEFT, _TOP = 104, 44, 64, 56  # from column to column, from beam to beam, and before both
_BOX = 72
_CLASSES = {
    "kept": ("fill:#eef2f7;stroke:#afb8c1", "fill:#1d232a;stroke:#4a535c"),
    "best": ("fill:#dbe8fb;stroke:#2463c9;stroke-width:2", "fill:#1b2c47;stroke:#6ea8fe;stroke-width:2"),
    "way": ("fill:none;stroke:#afb8c1", "fill:none;stroke:#4a535c"),
    "best-way": ("fill:none;stroke:#2463c9;stroke-width:2.5", "fill:none;stroke:#6ea8fe;stroke-width:2.5"),
    "token": ("fill:#1f2328;font-size:13px;text-anchor:middle", "fill:#e8ebee"),
    "share": ("fill:#59636e;font-size:11px;text-anchor:middle", "fill:#9aa4ae"),
}


def tree(
    parents: Sequence[Sequence[int]],
    tokens: Sequence[Sequence[int]],
    totals: Sequence[Sequence[float]],
    names: Sequence[str] | None = None,
) -> Picture:
    """What was kept at each step, a column; lines lead to what it continues, blue to the best text.

    Args:
        parents: at each step, for each beam, which beam of the step before it continues.
        tokens: the token it added.
        totals: its log-probability so far; minus infinity for none.
        names: a text for each token.
    """
    best, path = 0, set()
    for step in range(len(parents) - 1, -1, -1):
        path.add((step, best))
        best = parents[step][best]
    root = _TOP + _ROW * (len(parents[0]) - 1) / 2
    ways, boxes = [], [f'<circle class="best" cx="{_LEFT - 24}" cy="{root:g}" r="6"/>']
    for step, row in enumerate(tokens):
        for place, token in enumerate(row):
            if totals[step][place] == -inf:
                continue
            kind = "best" if (step, place) in path else "kept"
            x, y = _LEFT + step * _STEP, _TOP + place * _ROW
            start, above = x - _STEP + _BOX, _TOP + parents[step][place] * _ROW
            if not step:
                start, above = _LEFT - 18, root
            middle = (start + x) / 2
            curve = f"M{start:g},{above:g}C{middle:g},{above:g} {middle:g},{y:g} {x:g},{y:g}"
            way = "best-way" if kind == "best" else "way"
            ways.append((kind == "best", f'<path class="{way}" d="{curve}"/>'))
            name = str(token) if names is None else names[token]
            centre, share = x + _BOX / 2, exp(totals[step][place])
            boxes += [
                f'<rect class="{kind}" x="{x}" y="{y - 16:g}" width="{_BOX}" height="32" rx="6"/>',
                f'<text class="token" x="{centre:g}" y="{y - 1:g}">{escape(name[:9])}</text>',
                f'<text class="share" x="{centre:g}" y="{y + 12:g}">{share:.2g}</text>',
            ]
    title = f"Beam search, {len(parents[0])} wide"
    head = f'<text class="title" x="16" y="26">{title}</text>'
    lines = [line for _, line in sorted(ways)]  # the best on top
    width = _LEFT + len(parents) * _STEP - _STEP + _BOX + 16
    height = _TOP + (len(parents[0]) - 1) * _ROW + 32
    picture = document("ravine-beams", max(width, 240), height, title, [head, *lines, *boxes], _CLASSES)
    return Picture(picture, title=title)
