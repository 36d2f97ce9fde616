"""``ravine recipes``: what each recipe shows and last reached; and all of them run, one after the other."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from . import about, names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["listing", "run_all"]

_LINE = re.compile(
    r"^\S+: (?P<metric>.+) (?P<value>\S+) \(asked: (?P<asked>.+)\), (?P<steps>\d+) steps, .* s$"
)


def listing(out: str | Path) -> str:
    """The recipes as text: name, section of the course, seconds allowed, last result, what it shows."""
    rows = [("recipe", "section", "seconds", "last result", "shows")]
    for name in names():
        told = about(name)
        rows.append((name, told["SECTION"], str(told["SECONDS"]), _last(Path(out) / name), told["SHOWS"]))
    return _columns(rows)


def run_all(chosen: Sequence[str], out: str | Path, options: Sequence[str] = ()) -> bool:
    """Run recipes, each in a process of its own and a folder of its name in ``out``, and print one table.

    Args:
        chosen: their names.
        out: the folder.
        options: what else ``ravine train`` gets.

    Returns:
        Whether all reached what is asked of them, within their time.
    """
    rows = [("recipe", "figure", "asked", "seconds", "allowed", "")]
    good = True
    for number, name in enumerate(chosen, 1):
        print(f"{number}/{len(chosen)} {name}", file=sys.stderr, flush=True)
        began = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "ravine.cli",
            "train",
            name,
            "--out",
            str(Path(out) / name),
            *options,
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        seconds, allowed = time.perf_counter() - began, about(name)["SECONDS"]
        found = _LINE.match(done.stdout.strip().rpartition("\n")[2])
        figure, asked = (f"{found['metric']} {found['value']}", found["asked"]) if found else ("none", "")
        words = [
            "failed" if found is None else "" if done.returncode == 0 else "missed",
            "too slow" if seconds > allowed else "",
        ]
        verdict = ", ".join(filter(None, words)) or "ok"
        good = good and verdict == "ok"
        rows.append((name, figure, asked, f"{seconds:.0f}", str(allowed), verdict))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    print(_columns(rows), flush=True)
    return good


def _last(folder: Path) -> str:
    """What the run in a folder measured in the end, if it came to one."""
    from ..errors import FileError
    from ..train.metrics import read_metrics

    try:
        entry = (read_metrics(folder / "metrics.jsonl") or [{}])[-1]
    except (OSError, FileError):
        return "-"
    told = [(name, value) for name, value in entry.items() if name != "step"]
    if len(told) != 1 or not isinstance(told[0][1], (int, float)) or told[0][0] == "val_loss":
        return "-"
    return f"{told[0][0].replace('_', ' ')} {told[0][1]:.4g}"


def _columns(rows: Iterable[tuple[str, ...]]) -> str:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
