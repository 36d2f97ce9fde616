"""Chrome's trace format, which Perfetto (ui.perfetto.dev) and chrome://tracing show.

One row for the ranges of each Python thread, one for the launches of each, and one for each GPU; where
dispatches of a GPU overlap it has several.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ravine.nn.module import _path

from ._events import Launch, Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

__all__ = ["trace"]


def trace(ranges: Iterable[Range], launches: Iterable[Launch], shapes: bool, memory: bool) -> dict[str, Any]:
    """The document, ready for `json`. Times are in microseconds from the first event on."""
    ranges, launches = list(ranges), list(launches)
    begins = [span.begin.time for span in ranges] + [launch.begin for launch in launches]
    begins += [begin for launch in launches for begin, _ in launch.passes]
    start = min(begins, default=0)
    process = os.getpid()
    events: list[dict[str, Any]] = [_meta("process_name", process, 0, "host")]
    threads = {span.begin.thread for span in ranges} | {launch.thread for launch in launches}
    for thread in sorted(threads):
        events.append(_meta("thread_name", process, 2 * thread, f"Python, thread {thread}"))
        events.append(_meta("thread_name", process, 2 * thread + 1, f"launches, thread {thread}"))
    for span in ranges:
        where = (process, 2 * span.begin.thread)
        events.append(_span(span.name, "range", where, start, (span.begin.time, span.end.time), {}))
    details = [_details(launch, number, shapes) for number, launch in enumerate(launches)]
    for launch, detail in zip(launches, details, strict=True):
        where, when = (process, 2 * launch.thread + 1), (launch.begin, launch.end)
        events.append(_span(launch.name, "launch", where, start, when, detail))
        if memory:
            counter = {"name": "host memory", "ph": "C", "pid": process, "ts": (launch.end - start) / 1e3}
            events.append(counter | {"args": {"bytes": launch.live}})
    for device in sorted({launch.device for launch in launches if launch.passes}):
        events += _rows_of(device, launches, details, start)
    return {"traceEvents": events, "displayTimeUnit": "ms"}


def _rows_of(
    device: str, launches: list[Launch], details: list[dict[str, Any]], start: int
) -> Iterator[dict[str, Any]]:
    """What ran on a GPU: a process of its own, a row for what does not overlap."""
    process = -1 - int(device.partition(":")[2] or 0)
    yield _meta("process_name", process, 0, device)
    passes = [
        (begin, end, launch.name, detail)
        for launch, detail in zip(launches, details, strict=True)
        if launch.device == device
        for begin, end in launch.passes
    ]
    ends: list[int] = []
    for begin, end, name, detail in sorted(passes, key=lambda found: found[:2]):
        row = next((i for i, last in enumerate(ends) if last <= begin), len(ends))
        ends[row : row + 1] = [end]
        yield _span(name, "dispatch", (process, row), start, (begin, end), detail)
    for row in range(len(ends)):
        yield _meta("thread_name", process, row, f"{device}, row {row}" if row else device)


def _meta(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}


def _span(
    name: str, kind: str, where: tuple[int, int], start: int, when: tuple[int, int], detail: dict[str, Any]
) -> dict[str, Any]:
    (process, thread), (begin, end) = where, when
    span = {"name": name, "cat": kind, "ph": "X", "pid": process, "tid": thread}
    return span | {"ts": (begin - start) / 1e3, "dur": (end - begin) / 1e3, "args": detail}


def _details(launch: Launch, number: int, shapes: bool) -> dict[str, Any]:
    """What a click on the event shows."""
    found: dict[str, Any] = {
        "launch": number,
        "ops": [op.name for op in launch.ops],
        "module": _path.describe(launch.module),
        "pass": "backward" if launch.is_backward else "forward",
        "bytes read": launch.read,
        "bytes written": launch.written,
        "flops": launch.flops,
        "dispatches": launch.dispatches,
    }
    if shapes:
        found["inputs"] = [f"{dtype} {shape}" for shape, dtype in launch.inputs]
        found["outputs"] = [f"{dtype} {shape}" for shape, dtype in launch.outputs]
    if launch.main.line is not None:
        found["line"] = launch.main.line
    return found
