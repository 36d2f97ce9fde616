"""The charts of a page: every series that was logged, as data for the page's script and as SVG without it."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from .. import viz
from ..viz._scales import smooth
from .curve import loss_curve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Point = tuple[float, float]

__all__ = [
    "Chart",
    "Line",
    "charts_of",
    "drawn_charts",
    "heading",
    "is_of_steps",
    "own_ids",
    "script",
    "spread",
    "steps_per_second",
]

_COLUMNS = 400  # so many points a line at most


class Line(NamedTuple):
    """One line of a chart; ``raw`` are noisy values of single steps, which are also averaged."""

    name: str
    points: Sequence[Point]
    raw: bool = False


class Chart(NamedTuple):
    """Lines over steps; ``best`` is the point of the best weights, and ``wide`` takes the page's width."""

    title: str
    lines: Sequence[Line]
    best: Point | None = None
    log: bool = False
    wide: bool = False


def charts_of(
    series: Mapping[str, Sequence[Point]], seconds: Sequence[Point] = (), best: Point | None = None
) -> list[Chart]:
    """The charts of a run: its loss first, then each metric, the learning rate, and the speed.

    Args:
        series: name to pairs (step, value). A name and the same with ``val_`` share a chart.
        seconds: pairs (step, seconds since the beginning).
        best: the step of the best weights, and their validation loss.
    """
    # Under each heading the training's line comes first, the learning rate last.
    groups: dict[str, list[str]] = {"loss": []}
    for name in sorted(series, key=lambda name: (name == "lr", name.startswith("val_"))):
        groups.setdefault(name.removeprefix("val_"), []).append(name)
    charts = []
    for measure, names in groups.items():
        lines = [
            Line(
                "validation" if name.startswith("val_") else "train", series[name], is_of_steps(series, name)
            )
            for name in names
            if series[name]
        ]
        if measure == "loss":
            log = spread(series.get("loss", ()))
            charts.append(Chart("loss", lines, best, log, wide=True))
        elif lines:
            if names == [measure]:
                lines = [line._replace(name="") for line in lines]
            charts.append(Chart(heading(measure), lines))
    speed = steps_per_second(seconds)
    if speed:
        charts.append(Chart("steps per second", [Line("", speed)]))
    return charts


def is_of_steps(series: Mapping[str, Sequence[Point]], name: str) -> bool:
    """Whether it was measured on the batch of each step, as the loss was: such values are noisy."""
    each = len(series[name]) == len(series.get("loss", ()))
    return name == "loss" or (each and name not in ("lr", "steps_per_second") and not name.startswith("val_"))


def heading(name: str, *, of_several: bool = False) -> str:
    """A series' name as a person reads it; with several runs in a chart it says which part was measured.

    >>> heading("val_error_rate", of_several=True)
    'validation error rate'
    """
    if name == "lr":
        return "learning rate"
    if of_several and name == "loss":
        return "training loss"
    plain = name.removeprefix("val_").replace("_", " ")
    return f"validation {plain}" if name.startswith("val_") else plain


def spread(points: Iterable[Point]) -> bool:
    """Whether the values span more than a factor of 30: then a linear axis would hide the end of the run."""
    values = [y for _, y in points if 0 < y < float("inf")]
    return bool(values) and max(values) > 30 * min(values)


def steps_per_second(seconds: Sequence[Point]) -> list[Point]:
    """Steps per second over a hundredth of the run each, everything between two steps included."""
    marks = [*seconds[:: max(1, len(seconds) // 100)]]
    return [(b, (b - a) / (t - s)) for (a, s), (b, t) in pairwise(marks) if t > s and b > a]


def drawn_charts(charts: Sequence[Chart]) -> str:
    """The charts as HTML: SVG that stands where no script runs, and the data from which :func:`script` draws.

    A page with charts has to end with :func:`script`.
    """
    return f'<div class="charts">{"".join(map(_drawn, charts))}</div>'


def _drawn(chart: Chart) -> str:
    """A figure; what the script needs stands in it as JSON, in which no tag can begin."""
    reduced = [_reduced(line.points) for line in chart.lines]
    data = {
        "title": chart.title,
        "lines": [
            {
                "name": line.name,
                "raw": line.raw,
                **{key: list(map(_short, values)) for key, values in found.items()},
            }
            for line, found in zip(chart.lines, reduced, strict=True)
        ],
        "log": chart.log,
        **({"best": _short(chart.best)} if chart.best else {}),
    }
    told = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    thin = chart._replace(
        lines=[
            line._replace(points=list(zip(found["x"], found["y"], strict=True)))
            for line, found in zip(chart.lines, reduced, strict=True)
        ]
    )
    kind = "chart card wide" if chart.wide else "chart card"
    return (
        f'<figure class="{kind}" aria-label="{escape(chart.title)}">{own_ids(_static(thin))}'
        f'<script type="application/json">{told}</script></figure>'
    )


def _static(chart: Chart) -> str:
    named = {line.name: line for line in chart.lines}
    if chart.wide and named.keys() <= {"train", "validation"}:
        train, val = (named[n].points if n in named else () for n in ("train", "validation"))
        return loss_curve(train, val, title=chart.title, log=chart.log, best=chart.best)
    lines = {
        line.name or chart.title: smooth(line.points) if line.raw else line.points for line in chart.lines
    }
    return viz.curves(lines, title=chart.title, log=chart.log).svg


def _reduced(points: Sequence[Point]) -> dict[str, list[float]]:
    """Steps and values as they are, or, where they are very many, means and extremes of neighbours."""
    if len(points) <= 2 * _COLUMNS:
        return {"x": [x for x, _ in points], "y": [y for _, y in points]}
    found: dict[str, list[float]] = {"x": [], "y": [], "low": [], "high": []}
    for k in range(_COLUMNS):
        part = points[len(points) * k // _COLUMNS : len(points) * (k + 1) // _COLUMNS]
        values = [y for _, y in part if isfinite(y)]
        shown = (sum(values) / len(values), min(values), max(values)) if values else (float("nan"),) * 3
        for key, value in zip(found, (part[-1][0], *shown), strict=True):
            found[key].append(value)
    return found


def _short(value: float | Point) -> object:
    """A number of six digits; JSON has neither nan nor infinities."""
    if isinstance(value, tuple):
        return [_short(part) for part in value]
    if not isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.6g}")


def own_ids(svg: str) -> str:
    """The picture with names of its own for what it refers to: a page may hold several."""
    own = f"plot-{crc32(svg.encode()):08x}"
    return svg.replace('id="plot"', f'id="{own}"').replace("url(#plot)", f"url(#{own})")


@cache
def script() -> str:
    """The element that redraws all charts of a page; it stands at the page's end, once."""
    source = Path(__file__).with_name("charts.js").read_text(encoding="utf-8")
    return f"<script>\n{source}</script>"
