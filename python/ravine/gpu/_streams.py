"""PyTorch's streams and events. There is one order of work, in which each op sees what those before it wrote.

So nothing has to wait for anything, and a stream is a name for that order.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from ravine import _core
from ravine.errors import StateError

if TYPE_CHECKING:
    from typing import Any, Self

__all__ = ["Event", "Stream", "StreamContext", "current_stream", "default_stream", "set_stream", "stream"]


class Stream:
    """A name for the order of work on a device; entered, it changes nothing."""

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        self.device = _core.device("gpu" if device is None else device)
        self.priority = priority
        self.stream_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.device == other.device

    def __hash__(self) -> int:
        return hash(str(self.device))

    def wait_stream(self, stream: Stream) -> None:
        """Nothing: work is done in the order in which it was recorded."""

    def wait_event(self, event: Event) -> None:
        """Nothing, as `wait_stream`."""

    def record_event(self, event: Event | None = None) -> Event:
        """An event that is recorded now."""
        made = Event() if event is None else event
        made.record(self)
        return made

    def query(self) -> bool:
        """True, after the work that was recorded is done."""
        self.synchronize()
        return True

    def synchronize(self) -> None:
        """Computes what was recorded, and waits."""
        _core.synchronize()


class Event:
    """A point in the order of work. To record it computes what comes before, so that times are those of work.

    >>> import ravine
    >>> start, end = ravine.cuda.Event(enable_timing=True), ravine.cuda.Event(enable_timing=True)
    >>> start.record()
    >>> end.record()
    >>> start.elapsed_time(end) >= 0
    True
    """

    def __init__(
        self,
        device: Any = None,
        enable_timing: bool = False,
        blocking: bool = False,
        interprocess: bool = False,
    ) -> None:
        self._at: float | None = None

    def record(self, stream: Stream | None = None) -> None:
        """Computes what was recorded, and notes the time."""
        _core.synchronize()
        self._at = perf_counter()

    def wait(self, stream: Stream | None = None) -> None:
        """Nothing: what came before the event is done."""

    def query(self) -> bool:
        """Whether the work before the event is done: it is once the event was recorded."""
        return True

    def synchronize(self) -> None:
        """Nothing: what came before the event is done."""

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another one.

        Raises:
            StateError: one of them was not recorded.
        """
        if self._at is None or end_event._at is None:
            raise StateError("elapsed_time: both events must be recorded first. Call .record()")
        return (end_event._at - self._at) * 1000


def current_stream(device: Any = None) -> Stream:
    """The one stream of a device."""
    return Stream(device)


default_stream = current_stream


def set_stream(stream: Stream) -> None:
    """Nothing: there is one stream."""


class StreamContext:
    """Inside, work is recorded as outside."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def stream(stream: Stream | None) -> StreamContext:
    """A context in which work is recorded as outside of it."""
    return StreamContext(stream)
