"""The random numbers, which one seed decides on all devices."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import get_rng_state, initial_seed, manual_seed, set_rng_state
from ravine._functions import seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

__all__ = ["fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None, enabled: bool = True, *_: Any, **kwargs: Any
) -> Iterator[None]:
    """Random numbers that are drawn inside change nothing for those that are drawn after.

    >>> import ravine
    >>> state = ravine.get_rng_state()
    >>> with ravine.random.fork_rng():
    ...     _ = ravine.rand(3)
    >>> ravine.get_rng_state() == state
    True
    """
    state = _core.get_rng_state()
    try:
        yield
    finally:
        if enabled:
            _core.set_rng_state(state)
