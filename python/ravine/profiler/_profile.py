"""The profiler, and ranges that a program names."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import TYPE_CHECKING

from ravine import _core
from ravine.errors import StateError, ValueError

from . import _averages, _trace
from ._events import Launch, Mark, Range, settle
from ._schedule import ProfilerAction, ProfilerActivity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike
    from types import TracebackType
    from typing import Any, Self

    from ravine.viz import Picture

    from ._averages import Averages, ModuleAverages

__all__ = ["profile", "record_function", "tensorboard_trace_handler"]

_RECORDING = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
#: Where ranges go while a profiler records: there is one at most.
_recording: list[list[Range]] = []


def _mark() -> Mark:
    return Mark(*_core.profile_mark())


class record_function(ContextDecorator):
    """A range with a name, for `profile` to report; nothing where none records. Also a decorator.

    Its CPU time is that of the `with` block. Ops are recorded there and may run later, when somebody looks:
    its compute time is that of the launches whose ops were recorded in the block.

    >>> with ravine.profiler.profile() as prof, ravine.profiler.record_function("double"):
    ...     y = ravine.ones(3) * 2
    >>> [average.key for average in prof.key_averages() if average.is_range]
    ['double']
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name if args is None else f"{name} | {args}"
        self._begun: list[Mark] = []

    def __enter__(self) -> Self:
        if _recording:
            self._begun.append(_mark())
        return self

    def __exit__(self, *error: object) -> None:
        if self._begun:
            begin = self._begun.pop()
            for ranges in _recording:
                ranges.append(Range(self.name, begin, _mark(), self.name))


class profile:
    """Measures what a block of code computes: every launch, on every device, with its ops and its module.

    A launch is what runs as a whole: a kernel with the elementwise ops that were fused into it, or a group of
    such. It is one event under the names of all its ops. On the CPU its time is that of the engine; on a GPU
    that of its dispatches, which the device notes. A GPU without the feature `timestamps` is waited for after
    each dispatch, and the times hold the way there and back.

    Used as PyTorch's: as a context manager, or by `start()` and `stop()`. With a `schedule`, call `step()`
    after every training step. At the beginning, at the end and at every step all that was recorded is
    computed, so that each step has what is its own; between those, ops run when they run without a profiler.

    Args:
        activities: accepted; both devices are always measured.
        schedule: tells what to do in each step, see `ravine.profiler.schedule`; everything is recorded by
            default.
        on_trace_ready: called with this object whenever a cycle of the schedule ends, and at the end.
        record_shapes: shapes in the trace. `key_averages` can group by them in any case.
        profile_memory: a curve of the host's memory in the trace.
        with_stack: note the line that recorded each op, which takes about a microsecond an op.
        with_flops: accepted; FLOPs are always counted, for products, convolutions, attention and recurrences.
        with_modules: accepted; modules are always known.

    Raises:
        StateError: another profiler records.

    >>> model = ravine.nn.Sequential(ravine.nn.Linear(8, 4), ravine.nn.GELU())
    >>> with ravine.profiler.profile() as prof:
    ...     loss = model(ravine.ones(2, 8)).sum().item()
    >>> [average.key for average in prof.key_averages()]  # the ones; the product with GELU and the sum
    ['full', 'matmul, add, gelu', 'sum']
    >>> [module.path for module in prof.module_averages()]
    ['', 'Sequential', 'Sequential[0]']
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[profile], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
    ) -> None:
        for activity in activities or ():
            if not isinstance(activity, ProfilerActivity):
                raise ValueError(f"profile: {activity!r} is no ProfilerActivity")
        self.step_num = 0
        self.record_shapes = record_shapes
        self.profile_memory = profile_memory
        self.with_stack = with_stack
        self.on_trace_ready = on_trace_ready
        self._schedule = schedule
        self._action = ProfilerAction.NONE
        #: Number and beginning of the step that is being recorded.
        self._step: tuple[int, Mark] | None = None
        self._open: list[Range] = []
        self._found: tuple[list[Range], list[Launch]] | None = None

    # ---- running it

    def start(self) -> None:
        """Begin, at step 0."""
        self._enter(self._planned())

    def stop(self) -> None:
        """End, and hand what was recorded to `on_trace_ready`."""
        recorded = self._action in _RECORDING
        self._leave(ProfilerAction.NONE)
        self._action = ProfilerAction.NONE
        if recorded and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """A step of the program has ended, and the next one begins."""
        self.step_num += 1
        after = self._planned()
        saves = self._action is ProfilerAction.RECORD_AND_SAVE
        self._leave(ProfilerAction.NONE if saves else after)
        if saves and self.on_trace_ready is not None:
            self.on_trace_ready(self)
        self._enter(after)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _planned(self) -> ProfilerAction:
        return ProfilerAction.RECORD if self._schedule is None else self._schedule(self.step_num)

    def _enter(self, action: ProfilerAction) -> None:
        """Begin a step."""
        if action in _RECORDING and not self._is_recording():
            if _recording:
                raise StateError("profile: another profiler records. End it first")
            _core.synchronize()
            self._open = []
            _recording.append(self._open)
            _core.profile_start(self.with_stack)
        if action in _RECORDING and self._schedule is not None:
            self._step = (self.step_num, _mark())
        self._action = action

    def _leave(self, after: ProfilerAction) -> None:
        """End a step; the recording is complete if it does not go on after it."""
        if not self._is_recording():
            return
        try:
            _core.synchronize()
        finally:
            if self._step is not None:
                number, begin = self._step
                self._open.append(Range(f"ProfilerStep#{number}", begin, _mark(), "ProfilerStep*"))
                self._step = None
            if after not in _RECORDING:
                _recording.remove(self._open)
                launches = [Launch.of(event) for event in _core.profile_stop()]
                settle(self._open, launches)
                self._found = (sorted(self._open, key=lambda span: span.begin.time), launches)

    def _is_recording(self) -> bool:
        return any(ranges is self._open for ranges in _recording)

    # ---- what it found

    def _results(self, what: str) -> tuple[list[Range], list[Launch]]:
        if self._found is None:
            raise StateError(
                f"{what}: nothing is recorded yet. Call it after the with block, or after stop()"
            )
        return self._found

    def events(self) -> list[Launch | Range]:
        """Ranges and launches in the order of their beginnings.

        Raises:
            StateError: nothing is recorded yet. So do all that follow.
        """
        ranges, launches = self._results("events")
        begun = [(span.begin.time, span) for span in ranges] + [(x.begin, x) for x in launches]
        return [event for _, event in sorted(begun, key=lambda entry: entry[0])]

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> Averages:
        """Events of one name together: a list with a `table()`.

        Args:
            group_by_input_shape: launches on other shapes are others.
            group_by_stack_n: if not 0, launches from other lines are others (see `with_stack`).
        """
        self._results("key_averages")
        return _averages.by_key(self.events(), group_by_input_shape, group_by_stack_n > 0, self._notes())

    def module_averages(self) -> ModuleAverages:
        """Launches of one module together, forward and backward: a list with a `table()`.

        A launch is its kernel's module's; a group of elementwise ops belongs to the innermost module in which
        all of them were recorded. What a derivative records belongs to the module whose derivative it is.
        """
        return _averages.by_module(self._results("module_averages")[1])

    def export_chrome_trace(self, path: str | PathLike[str]) -> None:
        """Write a trace that ui.perfetto.dev and chrome://tracing show, packed if the name ends in `.gz`.

        The clock of a GPU is set so that none of its dispatches begins before its launch.
        """
        import gzip
        import json
        import os

        document = _trace.trace(
            *self._results("export_chrome_trace"), shapes=self.record_shapes, memory=self.profile_memory
        )
        text = json.dumps(document).encode()
        with open(path, "wb") as file:
            file.write(gzip.compress(text) if os.fspath(path).endswith(".gz") else text)

    def timeline(self, title: str = "timeline") -> Picture:
        """What ran when, as a picture that notebooks show and `save` writes to an `.svg` or `.html` file.

        Ranges and launches by thread, dispatches by GPU: forward, backward and outside of modules in three
        colours. Hovering over a box tells its ops, its time and its module.

        >>> with ravine.profiler.profile() as prof:
        ...     ravine.eval(ravine.ones(3).exp())
        >>> "full, exp" in prof.timeline().svg
        True
        """
        from . import _timeline

        return _timeline.timeline(*self._results("timeline"), title=title)

    def _notes(self) -> list[str]:
        """How the times of GPUs were taken, where that is to be known."""
        used = {launch.device for launch in self._results("key_averages")[1] if launch.passes}
        if not used:
            return []
        from ravine import gpu

        found = [a for a in gpu.devices() if str(a.device) in used and not a.features["timestamps"]]
        text = "{} notes no times: each dispatch was waited for, and its time holds the way there and back"
        return [text.format(adapter.device) for adapter in found]


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """For `profile(on_trace_ready=..)`: writes each trace into a folder, which is made if need be.

    The files are named `WORKER.NUMBER.pt.trace.json`, as TensorBoard's plugin wants them; Perfetto shows them
    too.
    """

    def handle(prof: profile) -> None:
        import os
        import socket
        import time

        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        ending = ".pt.trace.json.gz" if use_gzip else ".pt.trace.json"
        prof.export_chrome_trace(os.path.join(dir_name, f"{worker}.{time.time_ns() // 1_000_000}{ending}"))

    return handle
