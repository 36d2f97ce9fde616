"""search: hyperparameters on a grid or at random, in a table that a stopped search goes on with."""

from __future__ import annotations

import json
import time
from itertools import product
from math import exp, isnan, log
from pathlib import Path
from random import Random

from ..errors import FileError, StateError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["Range", "Search", "Trial", "search"]


class Range:
    """Numbers between two bounds, for a random search.

    Args:
        low: the least.
        high: the greatest.
        log: draw evenly in the logarithm, as for a learning rate.
        whole: draw whole numbers, both bounds included.

    Raises:
        ValueError: ``low`` is not below ``high``, or not positive with ``log``.

    >>> from ravine.train import Range
    >>> Range(1e-4, 1e-1, log=True)
    Range(0.0001, 0.1, log=True)
    """

    def __init__(self, low: float, high: float, *, log: bool = False, whole: bool = False) -> None:
        if not low < high or (log and low <= 0):
            raise ValueError(f"Range: low < high is asked, and 0 < low with log, got {low} and {high}")
        self.low, self.high, self.log, self.whole = low, high, log, whole

    def draw(self, random: Random) -> float | int:
        """One number."""
        low, high = (self.low, self.high + 1) if self.whole else (self.low, self.high)
        share = random.random()
        value = exp(log(low) + share * (log(high) - log(low))) if self.log else low + share * (high - low)
        return min(int(value), int(self.high)) if self.whole else value

    def __repr__(self) -> str:
        options = "".join(f", {name}=True" for name in ("log", "whole") if getattr(self, name))
        return f"Range({self.low:g}, {self.high:g}{options})"


class Trial:
    """One setting that was tried.

    Attributes:
        number: from 0, in the order of the search.
        settings: by name.
        value: what the objective gave.
        seconds: that it took.
    """

    def __init__(self, number: int, settings: dict[str, Any], value: float, seconds: float) -> None:
        self.number, self.settings, self.value, self.seconds = number, settings, value, seconds

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={_short(value)}" for name, value in self.settings.items())
        return f"Trial({told}: {self.value:.6g})"


class Search:
    """What a search found; prints as its table, the best trial first.

    Attributes:
        trials: all of them, in the order of the search.
    """

    def __init__(self, trials: list[Trial], maximize: bool) -> None:
        self.trials, self._maximize = trials, maximize

    @property
    def best(self) -> Trial:
        """The trial of the least value (of the greatest with ``maximize``), the first of equals."""
        return self.ranking[0]

    @property
    def ranking(self) -> list[Trial]:
        """The trials from the best on; those without a number come last."""
        sign = -1.0 if self._maximize else 1.0
        return sorted(self.trials, key=lambda t: (isnan(t.value), sign * t.value, t.number))

    def table(self) -> str:
        """The ranking as text."""
        names = list(self.trials[0].settings)
        rows = [["trial", *names, "value", "seconds"]]
        for t in self.ranking:
            told = [_short(t.settings[name]) for name in names]
            rows.append([str(t.number), *told, f"{t.value:.6g}", f"{t.seconds:.1f}"])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)) for row in rows)

    __repr__ = table


def search(
    objective: Callable[..., float],
    space: Mapping[str, Sequence[Any] | Range],
    *,
    trials: int | None = None,
    seed: int = 0,
    maximize: bool = False,
    processes: int = 1,
    out: str | Path | None = None,
    resume: bool = False,
) -> Search:
    """Try settings of an objective, for instance of the validation loss after a training.

    Without ``trials`` every combination of the lists is tried, the last name changing fastest: a grid. With
    it, so many settings are drawn, each name's evenly from its list or `Range` (Bergstra and Bengio, 2012);
    draw number i depends on ``seed`` and i alone.

    Args:
        objective: called with the settings as keywords; gives a number. It should seed itself, and read
            validation data, not test data.
        space: values, or a `Range`, by name.
        trials: how many to draw.
        seed: of the draws.
        maximize: whether the greatest value is the best.
        processes: how many trials run at the same time, each in a process of its own with its share of the
            CPU threads; the objective must then be a function of a module.
        out: a folder, in which ``trials.jsonl`` gets a line for each trial that is through.
        resume: take over the trials in ``out``.

    Returns:
        All trials; ``.best.settings`` are the best ones.

    Raises:
        ValueError: an empty space or list, a `Range` on a grid, or numbers that are not positive.
        StateError: ``out`` is of another search.
        FileError: its lines are damaged.

    >>> from ravine.train import search
    >>> found = search(lambda x, y: (x - 2) ** 2 + y, {"x": [1, 2, 3], "y": [0.5, 0.25]})
    >>> found.best
    Trial(x=2, y=0.25: 0.25)
    """
    settings = list(_settings(space, trials, seed))
    if processes < 1:
        raise ValueError(f"search: processes must be positive, got {processes}")
    path = None if out is None else Path(out) / "trials.jsonl"
    done = _finished(path, settings) if path is not None and resume else {}
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(map(_line, done.values())), encoding="utf-8")
    waiting = [(i, chosen) for i, chosen in enumerate(settings) if i not in done]
    for trial in _run(objective, waiting, processes):
        done[trial.number] = trial
        if path is not None:
            with path.open("a", encoding="utf-8") as file:
                file.write(_line(trial))
    return Search([done[i] for i in range(len(settings))], maximize)


def _settings(
    space: Mapping[str, Sequence[Any] | Range], trials: int | None, seed: int
) -> Iterator[dict[str, Any]]:
    if not space:
        raise ValueError("search: the space is empty. Give names with their values")
    for name, values in space.items():
        if trials is None and isinstance(values, Range):
            raise ValueError(f"search: {name} is a Range, which a grid cannot go through. Give trials=")
        if not isinstance(values, Range) and len(values) == 0:
            raise ValueError(f"search: {name} has no values")
    if trials is None:
        lists = [values for values in space.values() if not isinstance(values, Range)]
        for chosen in product(*lists):
            yield dict(zip(space, chosen, strict=True))
        return
    if trials < 1:
        raise ValueError(f"search: trials must be positive, got {trials}")
    for number in range(trials):
        random = Random(f"{seed}/{number}")
        yield {
            name: values.draw(random) if isinstance(values, Range) else values[random.randrange(len(values))]
            for name, values in space.items()
        }


def _run(
    objective: Callable[..., float], waiting: list[tuple[int, dict[str, Any]]], processes: int
) -> Iterable[Trial]:
    if processes == 1 or len(waiting) < 2:
        for number, chosen in waiting:
            yield _try(objective, number, chosen)
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    import ravine as rv

    threads = max(1, rv.get_num_threads() // processes)
    context = get_context("spawn")  # a fork would share the engine's threads
    with ProcessPoolExecutor(processes, context, _begin, (threads,)) as pool:
        futures = [pool.submit(_try, objective, number, chosen) for number, chosen in waiting]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(threads: int) -> None:
    import ravine as rv

    rv.set_num_threads(threads)


def _try(objective: Callable[..., float], number: int, settings: dict[str, Any]) -> Trial:
    began = time.perf_counter()
    try:
        value = float(objective(**settings))
    except Exception as error:
        error.add_note(f"search: trial {number}, with {settings}")
        raise
    return Trial(number, settings, value, time.perf_counter() - began)


def _line(trial: Trial) -> str:
    value = None if isnan(trial.value) else trial.value
    entry = {"trial": trial.number, "settings": trial.settings, "value": value, "seconds": trial.seconds}
    return json.dumps(entry, default=repr) + "\n"


def _finished(path: Path, settings: list[dict[str, Any]]) -> dict[int, Trial]:
    """The trials in a file; a last line that a kill left unfinished is dropped."""
    found = {}
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    for line in lines:
        try:
            entry = json.loads(line)
            number, chosen, value, seconds = (entry[k] for k in ("trial", "settings", "value", "seconds"))
        except (ValueError, TypeError, KeyError, json.JSONDecodeError):
            raise FileError(f"{path}: {line!r:.60} is no trial. Remove it") from None
        expected = settings[number] if isinstance(number, int) and 0 <= number < len(settings) else None
        if expected is None or json.loads(json.dumps(expected, default=repr)) != chosen:
            raise StateError(
                f"{path} is of another search: its trial {number} has {chosen}. Search with the space, "
                "trials and seed that it began with, or into another folder"
            )
        found[number] = Trial(number, expected, float("nan") if value is None else value, seconds)
    return found


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
