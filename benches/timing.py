"""How times are taken here: the median of 9 runs, and of that the best of 3 rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

RUNS, ROUNDS = 9, 3


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    return best(lambda: stopwatch(run))


def best(measure: Callable[[], float]) -> float:
    """The same for something that measures itself."""
    return min(statistics.median(measure() for _ in range(RUNS)) for _ in range(ROUNDS))


def stopwatch(run: Callable[[], object]) -> float:
    """One call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
