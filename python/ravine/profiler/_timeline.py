"""What ran when, as a picture: ranges, launches and dispatches above a common axis of time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from ravine.nn.module import _path
from ravine.viz._picture import Picture, document

from ._events import Launch, Range
from ._table import shortened, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["timeline"]

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW, _GAP = 1200, 150, 24, 64, 20, 10
#: Width of a letter, about.
_LETTER = 6.2
#: Spans narrower than this many pixels are drawn together.
_NARROW = 0.5
_CLASSES = {
    "range": ("fill:#d5dbe1", "fill:#3a424b"),
    "forward": ("fill:#8db4f0", "fill:#2f5a9e"),
    "backward": ("fill:#f0b48d", "fill:#9e5a2f"),
    "other": ("fill:#a9d8bd", "fill:#2f7a52"),
    "axis": ("stroke:#e7eaee", "stroke:#262b31"),
}


class _Span(NamedTuple):
    begin: int
    end: int
    kind: str
    name: str
    #: What is shown on hovering.
    detail: str


def timeline(ranges: Iterable[Range], launches: Iterable[Launch], title: str) -> Picture:
    """Rows by thread and device; where spans of a row overlap it has several."""
    rows: dict[str, list[_Span]] = {}
    for span in ranges:
        detail = f"{span.name}: {time_text(span.host_time / 1e3)}"
        found = _Span(span.begin.time, span.end.time, "range", span.name, detail)
        rows.setdefault(f"ranges, thread {span.begin.thread}", []).append(found)
    for launch in launches:
        kind = "backward" if launch.is_backward else "forward" if launch.module else "other"
        where = _path.describe(launch.module) or "outside of modules"
        took = time_text(launch.host_time / 1e3)
        own = _Span(launch.begin, launch.end, kind, launch.name, f"{launch.name}: {took}, {where}")
        rows.setdefault(f"launches, thread {launch.thread}", []).append(own)
        for begin, end in launch.passes:
            detail = f"{launch.name}: {time_text((end - begin) / 1e3)}, {where}"
            rows.setdefault(launch.device, []).append(_Span(begin, end, kind, launch.name, detail))
    every = [span for row in rows.values() for span in row]
    start = min((span.begin for span in every), default=0)
    length = max(max((span.end for span in every), default=0) - start, 1)
    scale = (_WIDTH - _LEFT - _RIGHT) / length
    parts, y = [f'<text class="title" x="16" y="28">{escape(title)}</text>'], float(_TOP)
    # Launches of one thread stand above those of another, devices below them.
    for label in sorted(rows, key=lambda label: (label.startswith("gpu"), label.partition(", ")[2], label)):
        lanes = _lanes(rows[label])
        parts.append(f'<text class="text" x="16" y="{y + 14:g}">{escape(label)}</text>')
        for lane in lanes:
            parts += _drawn(lane, start, scale, y)
            y += _ROW
        y += _GAP
    height = y + 24
    ticks = []
    for i in range(6):
        x = _LEFT + i / 5 * (_WIDTH - _LEFT - _RIGHT)
        ticks.append(f'<line class="axis" x1="{x:g}" x2="{x:g}" y1="{_TOP - 10}" y2="{y:g}"/>')
        when = escape(time_text(i / 5 * length / 1e3))
        anchor = "start" if i == 0 else "end" if i == 5 else "middle"
        ticks.append(f'<text class="text" x="{x:g}" y="{_TOP - 16}" text-anchor="{anchor}">{when}</text>')
    svg = document("timeline", _WIDTH, height, title, [*ticks, *parts], _CLASSES)
    return Picture(svg, title=title)


def _lanes(spans: list[_Span]) -> list[list[_Span]]:
    """Each span in the first lane that is free: what is nested stands below what it is nested in."""
    lanes: list[list[_Span]] = []
    for span in sorted(spans, key=lambda span: (span.begin, -span.end)):
        lane = next((lane for lane in lanes if lane[-1].end <= span.begin), None)
        if lane is None:
            lanes.append([span])
        else:
            lane.append(span)
    return lanes


def _drawn(lane: list[_Span], start: int, scale: float, y: float) -> Iterator[str]:
    """Boxes; those that are too narrow to be seen become one with their neighbours."""
    drawn_to = float("-inf")
    for span in lane:
        x, right = _LEFT + (span.begin - start) * scale, _LEFT + (span.end - start) * scale
        if right - x < _NARROW and right < drawn_to:
            continue
        width = max(right - x, _NARROW)
        drawn_to = x + width
        yield (
            f'<rect class="{span.kind}" x="{x:.2f}" y="{y:g}" width="{width:.2f}" height="{_ROW - 3}" rx="2">'
            f"<title>{escape(span.detail)}</title></rect>"
        )
        if width > 5 * _LETTER:
            text = escape(shortened(span.name, int(width / _LETTER) - 1))
            yield f'<text class="value" x="{x + 4:.2f}" y="{y + 13:g}" pointer-events="none">{text}</text>'
