"""Run: what every recipe does beside training: progress, metrics, the curve, the last line."""

from __future__ import annotations

import time
from pathlib import Path

from .curve import loss_curve
from .metrics import Metrics
from .progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

__all__ = ["Run"]

_KEPT = 256  # losses that may wait unread


class Result:
    """What a recipe measured in the end.

    >>> result = Result("toy", "accuracy", 0.9, 0.8)
    >>> print(result, result.reached)
    toy: accuracy 0.9000 (asked: >= 0.8) True
    """

    def __init__(self, name: str, metric: str, value: float, asked: float, at_least: bool = True) -> None:
        self.name, self.metric, self.value, self.asked, self.at_least = name, metric, value, asked, at_least

    @property
    def reached(self) -> bool:
        """Whether the value is as asked."""
        return self.value >= self.asked if self.at_least else self.value <= self.asked

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.name}: {self.metric} {self.value:.4f} (asked: {sign} {self.asked:g})"


def mean(results: list[Result]) -> Result:
    """The mean over several runs of one recipe."""
    first = results[0]
    value = sum(r.value for r in results) / len(results)
    return Result(first.name, f"mean {first.metric}", value, first.asked, first.at_least)


class Run:
    """One training run.

    Args:
        name: the recipe's.
        steps: how many steps there will be.
        out: the folder for ``metrics.jsonl`` and ``curve.svg``, made if need be; None writes no files.
        stream: where the progress is shown, standard error by default.
        clock: gives seconds.

    Raises:
        OSError: the folder or a file cannot be written.

    >>> import io
    >>> with Run("demo", steps=2, stream=io.StringIO(), clock=lambda: 0.0) as run:
    ...     for loss in (1.0, 0.5):
    ...         run.step(loss, epoch=0, lr=0.1)
    ...     result = run.finish("accuracy", 0.975, asked=0.96)
    demo: accuracy 0.9750 (asked: >= 0.96), 2 steps, 0.0 s
    >>> result.reached
    True
    """

    def __init__(
        self,
        name: str,
        *,
        steps: int,
        out: str | Path | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.steps = 0
        self.out = None if out is None else Path(out)
        self.train: list[tuple[float, float]] = []
        self.val: list[tuple[float, float]] = []
        self._clock = clock
        self._began = clock()
        self._unread: list[tuple[int, int, Any, float, float]] = []
        self._metrics: Metrics | None = None
        if self.out is not None:
            self.out.mkdir(parents=True, exist_ok=True)
            self._metrics = Metrics(self.out / "metrics.jsonl")
        self._progress = Progress(steps, name, stream=stream, clock=clock)

    def step(self, loss: Any, *, epoch: int, lr: float) -> None:
        """Count one training step.

        Args:
            loss: a number, or a scalar tensor. A tensor is read later, with others, so that a step need not
                wait for its result.
            epoch: the epoch it belongs to, from 0.
            lr: the learning rate that it was made with.
        """
        self.steps += 1
        value = loss.detach() if hasattr(loss, "detach") else loss
        self._unread.append((self.steps, epoch, value, lr, self._clock() - self._began))
        if len(self._unread) >= _KEPT or self._progress.due():
            self._read()
        self._progress.update(self.steps, self.train[-1][1] if self.train else None)

    def _read(self) -> None:
        for step, epoch, loss, lr, seconds in self._unread:
            number = float(loss)
            self.train.append((step, number))
            if self._metrics is not None:
                self._metrics.step(step=step, epoch=epoch, loss=number, lr=lr, seconds=seconds)
        self._unread.clear()

    def evaluate(self, **values: float) -> None:
        """Note an evaluation, for instance ``val_loss`` (which the curve shows) and ``val_accuracy``."""
        self._read()
        if "val_loss" in values:
            self.val.append((self.steps, values["val_loss"]))
        if self._metrics is not None:
            self._metrics.evaluation(step=self.steps, **values)

    def finish(self, metric: str, value: float, *, asked: float, at_least: bool = True) -> Result:
        """Write the curve and print the run's last line to standard output.

        Args:
            metric: what was measured, for instance ``"test accuracy"``.
            value: the measurement.
            asked: what it has to reach.
            at_least: whether more is better.

        Returns:
            What was measured and whether it was reached.
        """
        self._read()
        if self._metrics is not None:
            self._metrics.evaluation(step=self.steps, **{metric.replace(" ", "_"): value})
        seconds = self._clock() - self._began
        self.close()
        result = Result(self.name, metric, value, asked, at_least)
        print(f"{result}, {self.steps} steps, {seconds:.1f} s", flush=True)
        return result

    def close(self) -> None:
        """End the progress bar, write ``curve.svg`` and close the files; harmless when done already."""
        self._progress.close()
        if self._metrics is not None and self.out is not None:
            self._read()
            self._metrics.close()
            self._metrics = None
            picture = loss_curve(self.train, self.val, title=self.name, log=_wide(self.train))
            (self.out / "curve.svg").write_text(picture, encoding="utf-8")

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self.close()
        except Exception:
            if error is None:
                raise  # otherwise what went wrong first is what the user has to see


def _wide(points: list[tuple[float, float]]) -> bool:
    """Whether the losses span more than a factor of 30: then a linear axis would hide the end of the run."""
    values = [y for _, y in points if 0 < y < float("inf")]
    return bool(values) and max(values) > 30 * min(values)
