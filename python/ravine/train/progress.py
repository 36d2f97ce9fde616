"""A progress bar on a terminal; elsewhere a line for every 5 %, and at least one a minute."""

from __future__ import annotations

import sys
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

__all__ = ["Progress", "duration"]

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 60.0  # without a terminal nobody waits longer for a sign
_RATE_SECONDS = 5.0  # the rate is that of the last few seconds, so that it follows a change
_CLEAR = "\r\x1b[K"


class Progress:
    """Shows how far a loop is: steps, loss, rate and time left.

    Args:
        total: the number of steps.
        label: put in front.
        start: the steps that are done already.
        stream: where to write, standard error by default.
        terminal: whether ``stream`` is one, so that a line may be redrawn; found out by default.
        width: the terminal's columns; found out by default.
        clock: gives seconds.

    Raises:
        ValueError: ``total`` is not positive.

    >>> import sys
    >>> clock = iter([0.0, 1.0, 2.0]).__next__
    >>> bar = Progress(2, "demo", stream=sys.stdout, terminal=False, clock=clock)
    >>> bar.update(1, loss=0.5)
    demo: 50 %, step 1/2, loss 0.5, 1.0 steps/s, 1 s left
    >>> bar.update(2, loss=0.25)
    demo: 100 %, step 2/2, loss 0.25, 1.0 steps/s, 2 s
    """

    def __init__(
        self,
        total: int,
        label: str = "",
        *,
        start: int = 0,
        stream: TextIO | None = None,
        terminal: bool | None = None,
        width: int | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if total <= 0:
            raise ValueError(f"a progress bar needs at least one step, but got total={total}")
        self.total = total
        self.label = label
        self.step = start
        self.loss: float | None = None
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty() if terminal is None else terminal
        self._width = width
        self._clock = clock
        self._began = clock()
        self._drawn = float("-inf")
        self._visible = False
        self._mark = start * 20 // total
        self._recent: deque[tuple[float, int]] = deque([(self._began, start)])

    def due(self) -> bool:
        """Whether an :meth:`update` would show something; a loss that is costly to read may wait for it."""
        if self._terminal:
            return self._clock() - self._drawn >= _REDRAW_SECONDS
        return (self.step + 1) * 20 // self.total > self._mark or self._is_late(self._clock())

    def _is_late(self, now: float) -> bool:
        """Whether a line is due although there is no mark."""
        return now - max(self._drawn, self._began) >= _LINE_SECONDS

    def update(self, step: int, loss: float | None = None) -> None:
        """Say that ``step`` steps are done, and what the last loss was."""
        self.step = step
        if loss is not None:
            self.loss = loss
        now = self._clock()
        while len(self._recent) > 1 and now - self._recent[1][0] > _RATE_SECONDS:
            self._recent.popleft()
        if now - self._recent[-1][0] >= _REDRAW_SECONDS or len(self._recent) == 1:
            self._recent.append((now, step))
        if self._terminal:
            if now - self._drawn >= _REDRAW_SECONDS or step >= self.total:
                self._draw(now)
        else:
            mark = step * 20 // self.total
            if mark > self._mark or self._is_late(now):
                self._mark, self._drawn = mark, now
                self._stream.write(self._line(now) + "\n")
                self._stream.flush()

    def message(self, text: str) -> None:
        """Write a line of its own, above the bar."""
        self._stream.write(f"{_CLEAR if self._visible else ''}{text}\n")
        self._visible = False
        if self._terminal and 0 < self.step < self.total:
            self._draw(self._clock())
        self._stream.flush()

    def close(self) -> None:
        """Leave the bar as it is and go on below it."""
        if self._visible:
            self._stream.write("\n")
            self._stream.flush()
            self._visible = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- text

    def _rate(self, now: float) -> float | None:
        began, first = self._recent[0]
        return (self.step - first) / (now - began) if now > began and self.step > first else None

    def _facts(self, now: float) -> list[str]:
        facts = []
        if self.loss is not None:
            facts.append(f"loss {self.loss:.4g}")
        rate = self._rate(now)
        if rate is not None:
            facts.append(_per_second(rate))
        if self.step >= self.total:
            facts.append(duration(now - self._began))
        elif rate is not None:
            facts.append(f"{duration((self.total - self.step) / rate)} left")
        return facts

    def _line(self, now: float) -> str:
        percent = 100 * self.step // self.total
        head = f"{self.label}: " if self.label else ""
        return head + ", ".join([f"{percent} %", f"step {self.step}/{self.total}", *self._facts(now)])

    def _draw(self, now: float) -> None:
        head = f"{self.label} " if self.label else ""
        percent = f"{100 * self.step // self.total:3d} % "
        facts = [f"{self.step}/{self.total}", *self._facts(now)]
        columns = self._columns() - 1  # a full last column would wrap on some terminals
        # On a narrow terminal first the bar shrinks to nothing, then the last facts go.
        while len(facts) > 1 and len(head) + len(percent) + len("  ".join(facts)) > columns:
            facts.pop()
        tail = "  ".join(facts)
        room = min(40, columns - len(head) - len(percent) - len(tail) - 2)
        bar = _bar(self.step / self.total, room) + "  " if room >= 4 else ""
        self._stream.write((_CLEAR + (head + percent + bar + tail)[: max(columns, 1)]).rstrip())
        self._stream.flush()
        self._drawn = now
        self._visible = True

    def _columns(self) -> int:
        if self._width is not None:
            return self._width
        from shutil import get_terminal_size

        return get_terminal_size().columns


def _bar(share: float, width: int) -> str:
    """A bar of ``width`` characters, filled in eighths of one."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
    return bar.ljust(width, "░") if rest == 0 else bar + "░" * (width - full - 1)


def _per_second(rate: float) -> str:
    if rate >= 10:
        return f"{rate:.0f} steps/s"
    if rate >= 0.1:
        return f"{rate:.1f} steps/s"
    return f"{1 / rate:.0f} s/step"


def duration(seconds: float) -> str:
    """A time as a person writes it.

    >>> [duration(s) for s in (0.3, 59.6, 61, 3725)]
    ['0 s', '1:00', '1:01', '1:02:05']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
