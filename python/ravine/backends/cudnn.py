"""Switches of NVIDIA's library, which Ravine does not use: they can be set, and change nothing.

Results are the same from run to run on every device without them.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

enabled = False
deterministic = True
benchmark = False
benchmark_limit = 10
allow_tf32 = False


def is_available() -> bool:
    """False: kernels are Ravine's own."""
    return False


def is_acceptable(tensor: Any) -> bool:
    """False, as `is_available`."""
    return False


def version() -> None:
    """None: there is no such library."""


def flags(*args: Any, **kwargs: Any) -> AbstractContextManager[None]:
    """A context that changes nothing."""
    return nullcontext()
