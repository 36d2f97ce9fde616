"""Events in groups: by what ran, and by the module that recorded it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ravine.errors import ValueError
from ravine.nn.module import _path

from ._events import Launch, Range
from ._table import bytes_text, count_text, rate_text, share_text, shortened, table, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Average", "Averages", "ModuleAverage", "ModuleAverages"]


@dataclass
class Average:
    """What events of one key took together. Times are in microseconds, under PyTorch's names.

    A *launch* has the names of its ops for a key, a *range* its own name.
    """

    key: str
    is_range: bool
    count: int = 0
    #: Of the host's thread: launches (on the CPU that is computing), or all that a range enclosed.
    cpu_time_total: float = 0.0
    #: Without ranges and launches within.
    self_cpu_time_total: float = 0.0
    #: Of dispatches on GPUs; of a range, those of what was recorded in it.
    device_time_total: float = 0.0
    #: Of computing, wherever it was done; of a range, that of what was recorded in it, whenever it ran.
    compute_time_total: float = 0.0
    bytes_read: int = 0
    bytes_written: int = 0
    flops: int = 0
    dispatches: int = 0
    #: Of the kernel's operands, where events are grouped by them.
    input_shapes: tuple[tuple[int, ...], ...] = ()
    #: `train.py:42`, where events are grouped by it.
    line: str | None = None

    @property
    def cpu_time(self) -> float:
        """The mean over all events."""
        return self.cpu_time_total / self.count

    @property
    def device_time(self) -> float:
        """The mean over all events."""
        return self.device_time_total / self.count

    @property
    def compute_time(self) -> float:
        """The mean over all events."""
        return self.compute_time_total / self.count

    @property
    def self_device_time_total(self) -> float:
        """That of a launch; a range computes nothing itself."""
        return 0.0 if self.is_range else self.device_time_total

    @property
    def self_compute_time_total(self) -> float:
        """That of a launch; a range computes nothing itself."""
        return 0.0 if self.is_range else self.compute_time_total

    cuda_time = device_time
    self_cuda_time_total = self_device_time_total

    @property
    def cuda_time_total(self) -> float:
        """As `device_time_total`."""
        return self.device_time_total

    def add(self, event: Launch | Range) -> None:
        """Count an event in."""
        self.count += 1
        self.cpu_time_total += event.host_time / 1e3
        within = event.inner if isinstance(event, Range) else 0
        self.self_cpu_time_total += (event.host_time - within) / 1e3
        for launch in event.launches if isinstance(event, Range) else [event]:
            self.device_time_total += launch.device_time / 1e3
            self.compute_time_total += launch.compute_time / 1e3
            self.bytes_read += launch.read
            self.bytes_written += launch.written
            self.flops += launch.flops
            self.dispatches += launch.dispatches


_SORTS = (
    "count",
    "cpu_time",
    "cpu_time_total",
    "self_cpu_time_total",
    "device_time",
    "device_time_total",
    "self_device_time_total",
    "cuda_time",
    "cuda_time_total",
    "self_cuda_time_total",
    "compute_time",
    "compute_time_total",
    "self_compute_time_total",
    "bytes_read",
    "bytes_written",
    "flops",
    "dispatches",
)


class Averages(list[Average]):
    """Averages in the order in which their keys came up, and their table."""

    def __init__(self, averages: Iterable[Average], notes: Iterable[str] = ()) -> None:
        super().__init__(averages)
        self.notes = list(notes)

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of the host's threads in all ranges and launches."""
        return sum(average.self_cpu_time_total for average in self)

    @property
    def compute_time_total(self) -> float:
        """Microseconds of all launches, on whichever device they ran."""
        return sum(average.self_compute_time_total for average in self)

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_name_column_width: int | None = 55,
        header: str | None = None,
    ) -> str:
        """The averages as text.

        `Self CPU` and `CPU total` are times of the host's threads, `Compute` is that of computing on
        whichever device, `GB/s` and `GFLOP/s` follow from it. Rows of ranges repeat what their launches have
        in their own.

        Args:
            sort_by: a number of `Average` (`"self_cpu_time_total"`, `"cuda_time_total"`,
                `"compute_time_total"`, `"flops"`, ..), largest first; the order of occurrence by default.
            row_limit: at most so many rows; -1 for all.
            max_name_column_width: names are cut there; None cuts none.
            header: a line above the table.

        Raises:
            ValueError: there is no such number.
        """
        chosen: list[Average] = list(self)
        if sort_by is not None:
            if sort_by not in _SORTS:
                raise ValueError(
                    f"table: sort_by={sort_by!r} is no number of an average. Use {', '.join(_SORTS)}"
                )
            chosen.sort(key=lambda average: getattr(average, sort_by), reverse=True)
        if row_limit >= 0:
            chosen = chosen[:row_limit]
        cpu, compute = self.self_cpu_time_total, self.compute_time_total
        titles = [
            "Name",
            "Self CPU",
            "Self CPU %",
            "CPU total",
            "Compute",
            "Compute %",
            "Calls",
            "Dispatches",
            "Moved",
            "GB/s",
            "FLOPs",
            "GFLOP/s",
        ]
        with_shapes = any(average.input_shapes for average in chosen)
        with_lines = any(average.line for average in chosen)
        titles += ["Input shapes"] * with_shapes + ["Line"] * with_lines
        rows = [
            [
                shortened(average.key, max_name_column_width),
                time_text(average.self_cpu_time_total),
                share_text(average.self_cpu_time_total, cpu),
                time_text(average.cpu_time_total),
                time_text(average.compute_time_total),
                share_text(average.compute_time_total, compute),
                str(average.count),
                str(average.dispatches),
                bytes_text(average.bytes_read + average.bytes_written),
                rate_text(average.bytes_read + average.bytes_written, average.compute_time_total),
                count_text(average.flops),
                rate_text(average.flops, average.compute_time_total),
                *([" ".join(map(str, average.input_shapes))] if with_shapes else []),
                *([average.line or ""] if with_lines else []),
            ]
            for average in chosen
        ]
        parts = [] if header is None else [header]
        parts += [table(titles, rows)]
        parts += [f"Self CPU time total: {time_text(cpu)}", f"Compute time total: {time_text(compute)}"]
        return "\n".join([*parts, *self.notes]) + "\n"


def by_key(
    events: Iterable[Launch | Range], shapes: bool, lines: bool, notes: Iterable[str] = ()
) -> Averages:
    """Events of one name together; also of one list of shapes, and of one line, if that is asked for."""
    found: dict[object, Average] = {}
    for event in events:
        is_range = isinstance(event, Range)
        name = event.key if is_range else event.name
        inputs = () if is_range or not shapes else tuple(shape for shape, _ in event.inputs)
        line = None if is_range or not lines else event.main.line
        key = (is_range, name, inputs, line)
        if key not in found:
            found[key] = Average(name, is_range, input_shapes=inputs, line=line)
        found[key].add(event)
    return Averages(found.values(), notes)


@dataclass
class ModuleAverage:
    """What a module recorded, the modules within it left out and counted in. Times are in microseconds."""

    #: `encoder.layers[0].attn`; the class of an outermost module; `""` outside of any.
    path: str
    #: How many modules it lies in.
    depth: int
    #: Launches of its own.
    count: int = 0
    dispatches: int = 0
    bytes: int = 0
    flops: int = 0
    #: Computing, its own.
    forward_time: float = 0.0
    backward_time: float = 0.0
    #: With the modules within it.
    compute_time_total: float = 0.0

    @property
    def self_compute_time_total(self) -> float:
        """Forward and backward, its own."""
        return self.forward_time + self.backward_time


class ModuleAverages(list[ModuleAverage]):
    """Averages of modules, each in front of those within it, and their table."""

    def table(self) -> str:
        """The averages as text: times of computing, on whichever device."""
        whole = sum(module.self_compute_time_total for module in self)
        titles = [
            "Module",
            "Forward",
            "Backward",
            "With inner",
            "%",
            "Launches",
            "Dispatches",
            "Moved",
            "FLOPs",
        ]
        rows = [
            [
                "  " * module.depth + (module.path or "(outside of modules)"),
                time_text(module.forward_time),
                time_text(module.backward_time),
                time_text(module.compute_time_total),
                share_text(module.compute_time_total, whole),
                str(module.count),
                str(module.dispatches),
                bytes_text(module.bytes),
                count_text(module.flops),
            ]
            for module in self
        ]
        return f"{table(titles, rows)}\nCompute time total: {time_text(whole)}\n"


def by_module(launches: Iterable[Launch]) -> ModuleAverages:
    """Launches of one module together, in the order of the calls."""
    launches = list(launches)
    first: dict[int, int] = {}
    for at, launch in enumerate(launches):
        for id in (launch.module, *_path.lineage(launch.module)):
            first.setdefault(id, at)
    # By lineages, which puts a caller in front of what it calls. An id says when its path was first seen at
    # all, and nothing of this profile.
    order = sorted(first, key=lambda id: [(first[i], i) for i in reversed(_path.lineage(id))])
    found = {id: ModuleAverage(_title(id), max(len(_path.lineage(id)) - 1, 0)) for id in order}
    for launch in launches:
        own, time = found[launch.module], launch.compute_time / 1e3
        own.count += 1
        own.dispatches += launch.dispatches
        own.bytes += launch.read + launch.written
        own.flops += launch.flops
        if launch.is_backward:
            own.backward_time += time
        else:
            own.forward_time += time
        for id in _path.lineage(launch.module) or [0]:
            found[id].compute_time_total += time
    return ModuleAverages(found.values())


def _title(id: int) -> str:
    return _path.path(id) or _path.describe(id).split(" ", 1)[0]
