"""Several runs on one page: seeds, settings, models against each other."""

from __future__ import annotations

import json
import os
from html import escape
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from ..errors import FileError, ValueError
from .charts import Chart, Line, drawn_charts, heading, is_of_steps, spread, steps_per_second
from .metrics import read_metrics
from .page import Html, page, table, verdict, write_page
from .progress import duration
from .result import Result
from .saved_run import NoRunError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Point = tuple[float, float]

__all__ = ["compare"]

_COUNTS = ("step", "epoch", "seconds")


class _Run(NamedTuple):
    """What a folder says of its run."""

    folder: Path
    told: dict[str, Any]
    series: dict[str, list[Point]]
    result: Result | None


def compare(folders: Iterable[str | Path], out: str | Path) -> Path:
    """Write a page that compares runs: results, what they differ in, every series with a line for each.

    Args:
        folders: of runs, or folders that hold folders of runs, such as those of several seeds.
        out: the folder for the page, ``compare.html``; made if need be.

    Returns:
        The page.

    Raises:
        ValueError: fewer than two runs.
        NoRunError: a folder has no run.
        FileError: what a run has written is damaged.
        OSError: a file cannot be read or written.

    >>> import io, tempfile
    >>> from ravine.train import Run
    >>> folder = Path(tempfile.mkdtemp())
    >>> for seed in (0, 1):
    ...     with Run("demo", steps=1, seed=seed, out=folder / f"seed-{seed}", stream=io.StringIO()) as run:
    ...         run.step(1.0 / (seed + 1), epoch=0, lr=0.1)
    >>> compare([folder], folder).name
    'compare.html'
    """
    found = [run for folder in folders for run in _runs(Path(folder))]
    runs = [_read(folder) for folder in dict.fromkeys(found)]
    if len(runs) < 2:
        raise ValueError(
            f"compare: {len(runs)} runs are nothing to compare. Give the folders of at least two"
        )
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    names = _names(runs)
    parts = [_summary(runs), _table(runs, names, out), drawn_charts(_charts(runs, names))]
    kinds = sorted({run.told["name"] for run in runs})
    write_page(
        out / "compare.html", page(f"{', '.join(kinds)}: {len(runs)} runs", "\n".join(parts), charts=True)
    )
    return out / "compare.html"


def _runs(folder: Path) -> list[Path]:
    """The folder itself, if it has a run, or those in it that have one."""
    if (folder / "run.json").exists():
        return [folder]
    inside = sorted(path.parent for path in folder.glob("*/run.json"))
    if not inside:
        raise NoRunError(f"{folder} has no run (no run.json). Give folders of runs, or one that holds some")
    return sorted(inside, key=lambda path: (len(path.name), path.name))  # seed-2 before seed-10


def _read(folder: Path) -> _Run:
    path = folder / "run.json"
    try:
        told = json.loads(path.read_bytes())
        result = told["result"]
        if result is not None:
            value = float("nan") if result["value"] is None else result["value"]
            result = Result(told["name"], result["metric"], value, result["asked"], result["at_least"])
        missing = {"name", "seed", "steps", "total", "seconds", "best", "about"} - told.keys()
    except (LookupError, TypeError, AttributeError, UnicodeError, json.JSONDecodeError) as error:
        raise FileError(f"{path} is damaged: {error}. Leave the run out, or run it anew") from error
    if missing:
        raise FileError(f"{path} lacks {', '.join(sorted(missing))}. Leave the run out, or run it anew")
    series: dict[str, list[Point]] = {}
    seconds = []
    for entry in read_metrics(folder / "metrics.jsonl"):
        if "seconds" in entry:
            seconds.append((entry["step"], entry["seconds"]))
        if result is not None and entry.keys() == {"step", result.metric.replace(" ", "_")}:
            continue  # the last line is the result
        for name, value in entry.items():
            if name not in _COUNTS:
                series.setdefault(name, []).append((entry["step"], float("nan") if value is None else value))
    if speed := steps_per_second(seconds):
        series["steps_per_second"] = speed
    return _Run(folder, told, series, result)


def _names(runs: Sequence[_Run]) -> list[str]:
    """The shortest that tells the runs apart: the seed, recipe and seed, or the folder."""
    seeds = [f"seed {run.told['seed']}" for run in runs]
    both = [f"{run.told['name']}, {seed}" for run, seed in zip(runs, seeds, strict=True)]
    if len({run.told["name"] for run in runs}) == len(runs):
        return [run.told["name"] for run in runs]
    for names in (seeds, both, [run.folder.name for run in runs]):
        if len(set(names)) == len(runs):
            return names
    return [str(run.folder) for run in runs]


def _differing(runs: Sequence[_Run]) -> list[str]:
    """The facts, other than the date, that are not the same everywhere."""
    facts = dict.fromkeys(name for run in runs for name in run.told["about"] if name != "date")
    return [name for name in facts if len({run.told["about"].get(name) for run in runs}) > 1]


def _table(runs: Sequence[_Run], names: Sequence[str], out: Path) -> str:
    differing = _differing(runs)
    rows = []
    for run, name in zip(runs, names, strict=True):
        told, link = run.told, Path(os.path.relpath(run.folder / "index.html", out)).as_posix()
        best = told["best"]
        rows.append(
            (
                Html(f'<a href="{escape(link)}">{escape(name)}</a>'),
                *(told["about"].get(fact, "") for fact in differing),
                Html('<span class="soft">not finished</span>') if run.result is None else verdict(run.result),
                "" if best is None else f"{best['loss']:.4f} (step {best['step']})",
                f"{told['steps']:,}/{told['total']:,}",
                duration(told["seconds"]),
            )
        )
    return table(["run", *differing, "result", "least validation loss", "steps", "time"], rows, scroll=True)


def _summary(runs: Sequence[_Run]) -> str:
    """Mean and standard deviation over runs that differ in their seed alone."""
    differing = _differing(runs)
    groups: dict[tuple[str, ...], list[Result]] = {}
    for run in runs:
        if run.result is not None:
            kind = tuple(str(run.told["about"].get(fact, "")) for fact in differing)
            groups.setdefault((run.told["name"], run.result.metric, *kind), []).append(run.result)
    lines = []
    for (name, metric, *kind), results in groups.items():
        if len(results) < 2:
            continue
        values = [result.value for result in results]
        mean = sum(values) / len(values)
        deviation = sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
        where = "".join(f", {fact} {value}" for fact, value in zip(differing, kind, strict=True))
        lines.append(
            f'<p><span class="soft">{escape(name + where)}:</span> {escape(metric)} '
            f'<b>{mean:.4f} ± {deviation:.4f}</b> <span class="soft">(mean ± standard deviation, '
            f"{len(values)} runs)</span></p>"
        )
    return "\n".join(lines)


def _charts(runs: Sequence[_Run], names: Sequence[str]) -> list[Chart]:
    """For each series a chart with a line for each run that has it, always in the same colour."""
    series = dict.fromkeys(name for run in runs for name in run.series)
    charts = []
    for key in sorted(series, key=_order):
        lines = [
            Line(name, run.series.get(key, ()), key in run.series and is_of_steps(run.series, key))
            for run, name in zip(runs, names, strict=True)
        ]
        log = key.endswith("loss") and any(spread(line.points) for line in lines)
        charts.append(Chart(heading(key, of_several=True), lines, log=log, wide=key == "loss"))
    return charts


def _order(key: str) -> tuple[bool, ...]:
    """The training loss first, other losses, what was measured, learning rate and speed last."""
    late = (key == "steps_per_second", key == "lr")
    return (*late, key != "loss", not key.endswith("loss"), not key.startswith("val_"))
