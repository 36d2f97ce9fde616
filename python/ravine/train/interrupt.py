"""Ctrl-C and SIGTERM: the first waits for the end of a step, so that all can be saved; a second does not."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Interrupted", "Interrupts"]

_SIGNALS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Interrupted(KeyboardInterrupt):
    """A signal ended a run.

    Attributes:
        number: the signal.
        resumable: whether there is a checkpoint of the run.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number
        self.resumable = False


class Interrupts:
    """While it is entered, signals raise :class:`Interrupted`; while it :attr:`waits`, the first only counts.

    A program that has handlers of its own keeps them; and only the main thread can have any.

    Attributes:
        waits: whether a signal should wait for the end of a step.
        number: the signal that came while it did; 0 for none.
    """

    def __init__(self) -> None:
        self.waits, self.number = False, 0
        self._before: dict[int, Any] = {}

    def check(self) -> None:
        """Raise what has been waiting."""
        if self.number:
            raise Interrupted(self.number)

    def _came(self, number: int, frame: object) -> None:
        if not self.waits or self.number:
            raise Interrupted(number)
        self.number = number
        with suppress(OSError, ValueError, AttributeError):  # print might be what was interrupted
            line = "\nravine: ending after this step; once more: at once, at the last checkpoint\n"
            os.write(sys.stderr.fileno(), line.encode())

    def __enter__(self) -> Interrupts:
        for number, usual in _SIGNALS.items():
            now = signal.getsignal(number)
            if now is usual or isinstance(getattr(now, "__self__", None), Interrupts):
                with suppress(ValueError):  # not the main thread
                    signal.signal(number, self._came)
                    self._before[number] = now
        return self

    def __exit__(self, *error: object) -> None:
        self.waits = False
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)
