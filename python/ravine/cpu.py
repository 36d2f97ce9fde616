"""The CPU, asked as GPUs are.

>>> import ravine
>>> ravine.cpu.is_available(), ravine.cpu.device_count()
(True, 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine.gpu import Event, Stream, StreamContext, current_stream, stream

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Event",
    "Stream",
    "StreamContext",
    "current_device",
    "current_stream",
    "device_count",
    "get_capabilities",
    "is_available",
    "is_initialized",
    "set_device",
    "stream",
    "synchronize",
]


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """The name of the one there is."""
    return "cpu"


def set_device(device: Any) -> None:
    """Nothing: there is one."""


def synchronize(device: Any = None) -> None:
    """Computes everything that was recorded, and waits for it."""
    _core.synchronize()


def get_capabilities() -> dict[str, str]:
    """The SIMD level in use."""
    return {"simd_level": _core.simd_level()}
