"""Python's `multiprocessing`, and PyTorch's additions that mean nothing here.

Tensors go to other processes by copy. Start those with `get_context("spawn")`: a forked child cannot compute.
"""

from __future__ import annotations

import multiprocessing as _python
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn"]
__all__ += _python.__all__
globals().update({name: getattr(_python, name) for name in _python.__all__})


def get_all_sharing_strategies() -> set[str]:
    """One, "copy": tensors are pickled."""
    return {"copy"}


def get_sharing_strategy() -> str:
    """Always "copy"."""
    return "copy"


def set_sharing_strategy(new_strategy: str) -> None:
    """Nothing: tensors are pickled."""


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
) -> Any:
    """Calls `fn(i, *args)` in `nprocs` processes of their own, and waits for them.

    Returns:
        The processes, with `join=False`; else None.

    Raises:
        StateError: a process ended with an error.
    """
    from multiprocessing import get_context

    from ravine.errors import StateError

    context = get_context("spawn")
    started = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in started:
        process.start()
    if not join:
        return started
    for process in started:
        process.join()
    failed = [i for i, process in enumerate(started) if process.exitcode]
    if failed:
        raise StateError(f"spawn: process {failed[0]} ended with exit status {started[failed[0]].exitcode}")
    return None
