"""The GPU, asked as PyTorch asks for whichever there is.

>>> import ravine
>>> ravine.accelerator.is_available() == ravine.gpu.is_available()
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine.gpu import (
    current_device,
    current_stream,
    device_count,
    empty_cache,
    get_device_capability,
    is_available,
    max_memory_allocated,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_reserved,
    memory_stats,
    reset_accumulated_memory_stats,
    reset_peak_memory_stats,
    set_device,
    set_stream,
    synchronize,
)

if TYPE_CHECKING:
    from ravine._core import device

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "current_stream",
    "device_count",
    "empty_cache",
    "get_device_capability",
    "get_memory_info",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_accumulated_memory_stats",
    "reset_peak_memory_stats",
    "set_device_idx",
    "set_device_index",
    "set_stream",
    "synchronize",
]

current_device_index = current_device_idx = current_device
set_device_index = set_device_idx = set_device
get_memory_info = mem_get_info


def current_accelerator(check_available: bool = False) -> device | None:
    """The device of the GPU, or None where there is none.

    >>> ravine.accelerator.current_accelerator() in (None, ravine.device("gpu"))
    True
    """
    return _core.device("gpu") if is_available() else None
