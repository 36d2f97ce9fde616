"""What a profiler saw: launches by the engine, and ranges that the program named."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ravine.nn.module import _path

from ._flops import flops

if TYPE_CHECKING:
    from typing import Any

    Shape = tuple[int, ...]

__all__ = ["Launch", "Mark", "Op", "Range", "settle"]


class Op(NamedTuple):
    """An op of a launch, and who recorded it."""

    name: str
    #: Position in the order of recording.
    sequence: int
    #: Id of the module's path, 0 outside of any.
    module: int
    #: `train.py:42`; None where lines are not noted.
    line: str | None
    #: By a derivative.
    is_backward: bool


class Mark(NamedTuple):
    """A moment: nanoseconds, the number of the next op, the thread."""

    time: int
    sequence: int
    thread: int


@dataclass(frozen=True)
class Launch:
    """One launch: what ran as a whole, on which device, and what it took. Times are in nanoseconds."""

    ops: tuple[Op, ...]
    #: Which of the ops gave it its kernel; None of a fused group.
    kernel: int | None
    device: str
    inputs: list[tuple[Shape, str]]
    outputs: list[tuple[Shape, str]]
    #: Bytes, as if each operand were read once and each result written once.
    read: int
    written: int
    thread: int
    #: When the host launched it, and was done with that: on the CPU it had run by then.
    begin: int
    end: int
    #: Bytes of the host's memory in use at its end.
    live: int
    #: When its dispatches ran on a GPU.
    passes: list[tuple[int, int]]

    @classmethod
    def of(cls, event: dict[str, Any]) -> Launch:
        """From what the engine tells."""
        ops = tuple(Op(*op) for op in event["ops"])
        return cls(ops, **{name: value for name, value in event.items() if name != "ops"})

    @cached_property
    def name(self) -> str:
        """Its ops in the order of recording: `matmul, add, gelu`."""
        runs = ((name, len(list(same))) for name, same in groupby(op.name for op in self.ops))
        return ", ".join(name if count == 1 else f"{name} x{count}" for name, count in runs)

    @property
    def main(self) -> Op:
        """The op whose kernel it is; of a group, the last."""
        return self.ops[-1 if self.kernel is None else self.kernel]

    @cached_property
    def module(self) -> int:
        """The kernel's module; of a group, the innermost one in which all of its ops were recorded."""
        if self.kernel is not None:
            return self.main.module
        first, *others = [_path.lineage(op.module) for op in self.ops]
        return next((id for id in first if all(id in other for other in others)), 0)

    @property
    def is_backward(self) -> bool:
        """Whether a derivative recorded its kernel, or any op of its group."""
        return self.main.is_backward or (self.kernel is None and any(op.is_backward for op in self.ops))

    @property
    def host_time(self) -> int:
        """What it took the thread that launched it."""
        return self.end - self.begin

    @property
    def device_time(self) -> int:
        """What its dispatches took on a GPU."""
        return sum(end - begin for begin, end in self.passes)

    @property
    def compute_time(self) -> int:
        """What computing took, wherever it did."""
        return self.host_time if self.device == "cpu" else self.device_time

    @property
    def dispatches(self) -> int:
        """Passes on a GPU; on the CPU a launch is one."""
        return 1 if self.device == "cpu" else len(self.passes)

    @cached_property
    def flops(self) -> int:
        """Floating-point operations of its kernel, 0 where they are not known."""
        shapes = [shape for shape, _ in self.inputs], [shape for shape, _ in self.outputs]
        return flops(self.main.name, *shapes)


@dataclass
class Range:
    """What `record_function` or a step of the profiler enclosed, on one thread."""

    name: str
    begin: Mark
    end: Mark
    #: Groups steps of any number.
    key: str
    #: Nanoseconds of ranges and launches directly within it.
    inner: int = 0
    #: What was recorded in it, whenever that ran.
    launches: list[Launch] = field(default_factory=list)

    @property
    def host_time(self) -> int:
        """Nanoseconds from its beginning to its end."""
        return self.end.time - self.begin.time


def settle(ranges: list[Range], launches: list[Launch]) -> None:
    """Find out what each range holds.

    On one thread spans are nested or apart, so one pass over their beginnings tells which is directly in
    which. A launch belongs to a range if its main op was recorded there.
    """
    for thread in {span.begin.thread for span in ranges}:
        own = [span for span in ranges if span.begin.thread == thread]
        spans = [(span.begin.time, -span.end.time, span) for span in own]
        spans += [(x.begin, -x.end, x) for x in launches if x.thread == thread]
        open_ranges: list[Range] = []
        for begin, _, span in sorted(spans, key=lambda entry: entry[:2]):
            while open_ranges and open_ranges[-1].end.time <= begin:
                open_ranges.pop()
            if open_ranges:
                open_ranges[-1].inner += span.host_time
            if isinstance(span, Range):
                open_ranges.append(span)
        recorded = sorted((x for x in launches if x.thread == thread), key=lambda x: x.main.sequence)
        numbers = [x.main.sequence for x in recorded]
        for span in own:
            first, last = (bisect_left(numbers, mark.sequence) for mark in (span.begin, span.end))
            span.launches = recorded[first:last]
