"""Run: what every recipe does beside training: progress, metrics, checkpoints, curve, page, the last line."""

from __future__ import annotations

import json
import time
from math import isfinite, prod
from pathlib import Path
from shutil import rmtree
from types import NoneType

from ..errors import FileError, ShapeError, StateError, ValueError
from .about import checked_settings, hyperparameters, machine, now, shown
from .charts import charts_of, drawn_charts, spread
from .curve import loss_curve
from .interrupt import Interrupted, Interrupts
from .metrics import Metrics, read_metrics
from .page import Section, drawn, run_page, write_page
from .progress import Progress, duration
from .result import Result
from .saved_run import CheckpointError, NoRunError, claim, keep_models, load_weights, restore_run, save_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TextIO

    from ..io._lock import FileLock
    from ..viz import Picture
    from .logs import Log

__all__ = ["Run"]

_FILES = ("run.json", "metrics.jsonl", "curve.svg", "last.safetensors", "best.safetensors")
_COUNTS = frozenset({"step", "epoch", "seconds"})  # in metrics.jsonl, but no measurements
_TAKEN = _COUNTS | {"val_loss"}
_KEPT = 256  # losses that may wait unread
_DRAW_SHARE = 30  # between two pages passes so many times what drawing one takes
# A checkpoint is written after an evaluation or after so long, but never sooner than the shorter time: a run
# of many short epochs would only wait for the disk.
_SAVE_SECONDS, _SAVE_LEAST_SECONDS = 20.0, 1.0


class Run:
    """One training run.

    The folder ``out`` gets ``metrics.jsonl``, ``curve.svg``, ``index.html`` (the run's page), and, when there
    is a ``model`` and :meth:`batches` is the loop, ``last.safetensors`` (a checkpoint: everything that
    ``resume=True`` needs) and ``best.safetensors`` (the weights of the least validation loss). A run that was
    killed at any moment and then resumed makes the same losses, bit for bit, as one that was not.

    As a context manager it also hears Ctrl-C and SIGTERM, unless the program has handlers of its own: the
    step of :meth:`batches` that is being made is ended, a checkpoint written, and `Interrupted`, a
    KeyboardInterrupt, raised. A second signal does not wait, and the checkpoint before stays.

    Args:
        name: the recipe's.
        steps: how many steps there will be.
        seed: what ``ravine.manual_seed`` got; a run is only resumed with the seed that it began with.
        out: the folder for the files, made if need be; None writes none.
        resume: go on from the checkpoint in ``out``, which has to be there.
        parts: what a checkpoint keeps: ``"model"``, a module; ``"optimizer"``, or a dict of several;
            ``"scheduler"``, or several; and ``"loader"``, which gives the batches: a DataLoader, or an
            iterable without a state of its own that draws from ravine's random stream.
        settings: hyperparameters to show on the page beside those that the parts tell of themselves: numbers,
            text, lists of such. They belong to the run: it is only resumed with those that it began with.
        logs: where to write what is noted beside the folder: each a `Log`, such as `TensorBoardLog`.
        stream: where the progress is shown, standard error by default.
        clock: gives seconds.

    Raises:
        ValueError: no step to make, or a setting that JSON does not have.
        OSError: the folder or a file cannot be written.
        FolderInUseError: another run, in this process or another, writes into ``out`` (its :meth:`close`, or
            the end of its process, frees it).
        NoRunError: nothing to resume in ``out``.
        CheckpointError: the checkpoint is damaged, or something else.
        OtherRunError: the checkpoint is of another recipe, seed or number of steps.

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
        seed: int | None = None,
        out: str | Path | None = None,
        resume: bool = False,
        parts: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        logs: Iterable[Log] = (),
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name, self.total, self.steps = name, steps, 0
        self.parts: dict[str, Any] = dict(parts or {})
        self.out = None if out is None else Path(out)
        self.series: dict[str, list[tuple[float, float]]] = {"loss": [], "val_loss": []}
        self.best_step, self.best_loss = 0, float("inf")
        self._best: dict[str, Any] | None = None
        self._best_is_written = True
        own = checked_settings(name, settings)
        self._settings = {**own, "recipe": name, "seed": seed, "steps": steps}
        self._about = {**hyperparameters(self.parts), **shown(own), **machine()}
        self._begun = now()
        self._clock = clock
        self._began = self._saved = clock()
        self._drawn = (0.0, 0.0)  # when the page was drawn, and the seconds that it took
        self._evaluated = False
        self._seconds: list[tuple[float, float]] = []
        self._unread: list[tuple[int, int, Any, float, float, dict[str, Any]]] = []
        self._metrics: Metrics | None = None
        self._sections: list[Section] = []
        self._interrupts = Interrupts()
        self._resumable = False  # whether there is a checkpoint
        self._lock: FileLock | None = None
        news = None
        if self.out is not None:
            if resume and not (self.out / "last.safetensors").exists():
                raise NoRunError(
                    f"{self.out} has no run to resume (no last.safetensors). Choose a run's folder, or start "
                    "one, without resuming it"
                )
            self._lock = claim(self.out)
            try:
                if steps <= 0:
                    raise ValueError(f"{name}: a run needs at least one step, not {steps}")
                news = self._begin(self.out, resume)
            except BaseException:
                self._lock.release()
                raise
        self._logs = list(logs)
        try:
            for log in self._logs:
                log.begin(self.steps, self._about)
        except BaseException:
            self._close_files()
            raise
        self._progress = Progress(steps, name, start=self.steps, stream=stream, clock=clock)
        if news is not None:
            self._progress.message(f"{name}: {news}")

    def _begin(self, out: Path, resume: bool) -> str | None:
        """Take the folder over; what to tell the user."""
        keep, news = 0, None
        if resume:
            keep, news = self._restore(out)
        else:
            for old in ("last.safetensors", "best.safetensors"):
                (out / old).unlink(missing_ok=True)  # resuming must never find another run's
            rmtree(out / "model", ignore_errors=True)
        try:
            self._metrics = Metrics(out / "metrics.jsonl", keep=keep)
            if keep:
                self._points()
        except (StateError, FileError) as error:
            if self._metrics is not None:
                self._metrics.close()
            raise CheckpointError(str(error)) from error
        return news

    # ---- the loop

    def batches(self) -> Iterator[Any]:
        """The loader's batches, pass after pass, until all steps are made; from where a resumed run stopped.

        Before the first batch a checkpoint is written, so that a run that has begun can be resumed; and
        between two, when the loop's body is through, if it is time or the user wants to stop.
        """
        self._interrupts.waits = True
        try:
            if not self._resumable:
                self.save()
            self._interrupts.check()
            idle = 0
            while self.steps < self.total:
                before = self.steps
                for batch in self.parts["loader"]:
                    yield batch
                    if self._is_time():
                        self.save()
                    self._interrupts.check()
                    if self.steps >= self.total:
                        return
                # A run may be resumed where a pass was just through; a second one without a step is endless.
                idle = idle + 1 if self.steps == before else 0
                if idle == 2:
                    raise ValueError(f"{self.name}: no step in a whole pass over the loader. Is it empty?")
        finally:
            self._interrupts.waits = False

    def _is_time(self) -> bool:
        """Whether a checkpoint is due."""
        waited = self._clock() - self._saved
        return (
            self.steps >= self.total
            or self._interrupts.number != 0
            or waited >= _SAVE_SECONDS
            or (self._evaluated and waited >= _SAVE_LEAST_SECONDS)
        )

    @property
    def train(self) -> list[tuple[float, float]]:
        """Pairs (step, loss) of the training steps that were read."""
        return self.series["loss"]

    @property
    def val(self) -> list[tuple[float, float]]:
        """Pairs (step, validation loss)."""
        return self.series["val_loss"]

    def step(self, loss: Any, *, epoch: int | None = None, lr: float | None = None, **metrics: Any) -> None:
        """Count one training step.

        Args:
            loss: a number, or a scalar tensor. A tensor is read later, with others, so that a step need not
                wait for its result.
            epoch: the epoch it belongs to, from 0; the loader's by default.
            lr: the learning rate that it was made with; by default the optimizer's, of several the first
                one's, so call this before ``scheduler.step()``.
            metrics: what else was measured, by name: numbers, or scalar tensors, read with the loss. Each
                becomes a line of its own on the page.

        Raises:
            ValueError: a metric has the name of something else in the file.
            ShapeError: a tensor with several elements.
        """
        if taken := sorted(_TAKEN & metrics.keys()):
            raise ValueError(
                f"{self.name}: step() cannot take a metric named {taken[0]!r}. Choose another name"
            )
        self.steps += 1
        if epoch is None:
            epoch = int(max(0, getattr(self.parts.get("loader"), "epoch", 1) - 1))
        if lr is None:
            optimizer = self.parts["optimizer"]
            first = next(iter(optimizer.values())) if isinstance(optimizer, dict) else optimizer
            lr = float(first.param_groups[0]["lr"])
        kept = {name: self._scalar(name, value) for name, value in metrics.items()}
        value = self._scalar("loss", loss)
        self._unread.append((self.steps, epoch, value, lr, self._clock() - self._began, kept))
        if len(self._unread) >= _KEPT or self._progress.due():
            self._read()
        self._progress.update(self.steps, self.train[-1][1] if self.train else None)

    def due(self, every: int) -> bool:
        """Whether an evaluation is: after every so many steps, and after the last."""
        return self.steps % every == 0 or self.steps == self.total

    def _read(self) -> None:
        for step, epoch, loss, lr, seconds, more in self._unread:
            values = {"loss": float(loss), "lr": lr, **{name: float(value) for name, value in more.items()}}
            self._note(step, values)
            self._seconds.append((step, seconds))
            for log in self._logs:
                log.note(step, values, seconds)
            if self._metrics is not None:
                self._metrics.step(step=step, epoch=epoch, seconds=seconds, **values)
        self._unread.clear()

    def _scalar(self, name: str, value: Any) -> Any:
        """A number, or a tensor of one element without its history."""
        if not hasattr(value, "detach"):
            return float(value)
        if prod(shape := tuple(getattr(value, "shape", ()))) != 1:
            raise ShapeError(
                f"{self.name}: step() takes scalars, but {name} has shape {shape}. Take its mean"
            )
        return value.detach()

    def _note(self, step: float, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.series.setdefault(name, []).append((step, value))

    def evaluate(self, **values: float) -> None:
        """Note an evaluation, for instance ``val_loss`` and ``val_accuracy``.

        The curve shows ``val_loss``, and the model's weights are kept where it is the least so far.
        """
        self._read()
        self._evaluated = True
        self._note(self.steps, values)
        for log in self._logs:
            log.note(self.steps, values, self._clock() - self._began)
        if "val_loss" in values and "model" in self.parts and values["val_loss"] < self.best_loss:
            self.best_step, self.best_loss = self.steps, values["val_loss"]
            weights = self.parts["model"].state_dict()
            self._best = {name: value.clone() for name, value in weights.items()}
            self._best_is_written = False
        if self._metrics is not None:
            self._metrics.evaluation(step=self.steps, **values)

    def load_best(self) -> None:
        """Give the model the weights of the least validation loss (its last, if that was never a number)."""
        if self._best is not None:
            self.parts["model"].load_state_dict(self._best)

    # ---- checkpoints

    def save(self) -> None:
        """Write a checkpoint now; of use between two steps only."""
        self._read()
        self._saved, self._evaluated = self._clock(), False
        for log in self._logs:
            log.sync()
        if self.out is None or self._metrics is None or "model" not in self.parts:
            return
        import ravine as rv

        # In this order: a checkpoint never speaks of metrics or weights that are not on the disk.
        size = self._metrics.sync()
        if not self._best_is_written:
            rv.save(self._best, self.out / "best.safetensors")
            self._best_is_written = True
        progress = {
            "step": self.steps,
            "seconds": self._saved - self._began,
            "metrics_bytes": size,
            "best_step": self.best_step,
            "best_loss": self.best_loss,
            "begun": self._begun,
        }
        save_run(self.out / "last.safetensors", self.parts, self._settings, progress)
        self._resumable = True
        at, cost = self._drawn
        if time.perf_counter() - at >= _DRAW_SHARE * cost:
            self._draw(None)

    def _restore(self, out: Path) -> tuple[int, str]:
        """Take over the checkpoint: how much of metrics.jsonl it covers, and what to tell the user."""
        run, note = restore_run(out / "last.safetensors", self.parts, self._settings)
        self.steps, self._resumable = run["step"], True
        self._began -= run["seconds"]
        self.best_step, self.best_loss = run["best_step"], run["best_loss"]
        self._begun = f"{run.get('begun', 'earlier')}, resumed {self._begun}"
        if self.best_step:
            self._best = load_weights(out / "best.safetensors")
        return run["metrics_bytes"], f"goes on after step {self.steps}" + (note and f" ({note})")

    def _points(self) -> None:
        """What a resumed run's page shows of the part before."""
        assert self._metrics is not None
        for entry in read_metrics(self._metrics.path):
            step = entry.get("step")
            values = {name: value for name, value in entry.items() if name not in _COUNTS}
            numbers = all(isinstance(value, (int, float, NoneType)) for value in values.values())
            if not isinstance(step, int) or not numbers:
                raise FileError(f"{self._metrics.path}: {entry!r:.80} is no line of a run. Remove it")
            if "seconds" in entry:
                self._seconds.append((step, entry["seconds"]))
            self._note(step, {k: float("nan") if v is None else float(v) for k, v in values.items()})

    # ---- the end

    def show(self, title: str, shown: str | Picture) -> None:
        """Add a section to the page: HTML as of :func:`pictures` or :func:`text`, or a picture of `viz`."""
        for log in self._logs:
            log.show(self.steps, title, shown)
        self._sections.append(Section(title, shown if isinstance(shown, str) else drawn(shown.svg)))

    def finish(self, metric: str, value: float, *, asked: float, at_least: bool = True) -> Result:
        """Write the curve, the page and the models, and print the run's last line to standard output.

        A `ravine.models.Model` is written to ``model/``, several to folders of their names in it.

        Args:
            metric: what was measured, for instance ``"test accuracy"``.
            value: the measurement.
            asked: what it has to reach.
            at_least: whether more is better.

        Returns:
            What was measured and whether it was reached.
        """
        self._read()
        seconds, found = self._clock() - self._began, {metric.replace(" ", "_"): value}
        for log in self._logs:
            log.note(self.steps, found, seconds)
        if self._metrics is not None:
            self._metrics.evaluation(step=self.steps, **found)
        result = Result(self.name, metric, value, asked, at_least)
        if self.out is not None:
            keep_models(self.out / "model", self.parts.get("model"))
        self._close(result)
        print(f"{result}, {self.steps} steps, {seconds:.1f} s", flush=True)
        return result

    def close(self) -> None:
        """End the progress bar, write curve and page, close the files; harmless when done already."""
        self._close(None)

    def _close(self, result: Result | None) -> None:
        self._progress.close()
        try:
            self._read()
            self._draw(result)
        finally:
            self._close_files()

    def _close_files(self) -> None:
        try:
            if self._metrics is not None:
                metrics, self._metrics = self._metrics, None
                metrics.close()
            logs, self._logs = self._logs, []
            for log in logs:
                log.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def _draw(self, result: Result | None) -> None:
        """Write the curve and the page as they are now, and give them to the result."""
        if result is None and self._metrics is None:
            return
        began = time.perf_counter()
        best = (float(self.best_step), self.best_loss) if self.best_step else None
        charts = drawn_charts(charts_of(self.series, self._seconds, best))
        facts = {"steps": f"{self.steps}/{self.total}", "time": duration(self._clock() - self._began)}
        if self._settings["seed"] is not None:
            facts["seed"] = str(self._settings["seed"])
        if self.best_step:
            facts["least validation loss"] = f"{self.best_loss:.4f} after step {self.best_step}"
        if result is not None:
            result.charts, result.facts, result.sections = charts, facts, self._sections
        if self._metrics is not None and self.out is not None:
            log = spread(self.train)
            curve = loss_curve(self.train, self.val, title=self.name, log=log, best=best)
            about = {**self._about, "date": self._begun}
            write_page(self.out / "curve.svg", curve)
            write_page(self.out / "run.json", self._told(result, about))
            there = [file for file in _FILES if (self.out / file).exists()]
            html = run_page(self.name, result, charts, facts, self._sections, about, there)
            write_page(self.out / "index.html", html)
        self._drawn = (time.perf_counter(), time.perf_counter() - began)

    def _told(self, result: Result | None, about: dict[str, str]) -> str:
        """What ``run.json`` says: all of the run but its series, for :func:`ravine.train.compare`."""
        best = {"step": self.best_step, "loss": self.best_loss} if self.best_step else None
        reached = result and {
            "metric": result.metric,
            "value": result.value if isfinite(result.value) else None,
            "asked": result.asked,
            "at_least": result.at_least,
        }
        told = {
            "name": self.name,
            "seed": self._settings["seed"],
            "steps": self.steps,
            "total": self.total,
            "seconds": round(self._clock() - self._began, 2),
            "best": best,
            "result": reached,
            "about": about,
        }
        return json.dumps(told, indent=1) + "\n"

    def __enter__(self) -> Run:
        self._interrupts.__enter__()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._interrupts.waits = False
        if isinstance(error, Interrupted):
            error.resumable = self.out is not None and (self.out / "last.safetensors").exists()
        try:
            self.close()
        except Exception:
            if error is None:
                raise  # otherwise what went wrong first is what the user has to see
        finally:
            self._interrupts.__exit__()
