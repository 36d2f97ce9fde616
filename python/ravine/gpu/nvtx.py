"""PyTorch's marks for NVIDIA's profiler, which do nothing. See `ravine.profiler`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

__all__ = ["mark", "range", "range_end", "range_pop", "range_push", "range_start"]


def range_push(msg: str) -> int:
    """Nothing; 0."""
    return 0


def range_pop() -> int:
    """Nothing; 0."""
    return 0


def range_start(msg: str) -> int:
    """Nothing; 0."""
    return 0


def range_end(range_id: int) -> None:
    """Nothing."""


def mark(msg: str) -> None:
    """Nothing."""


def range(msg: str, *args: Any, **kwargs: Any) -> AbstractContextManager[None]:
    """A context that does nothing."""
    return nullcontext()
