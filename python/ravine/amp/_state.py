"""What autocast is set to in this thread, under PyTorch's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core

from ._autocast import DEFAULTS, kind_of

if TYPE_CHECKING:
    from ravine._core import dtype

__all__ = [
    "clear_autocast_cache",
    "get_autocast_cpu_dtype",
    "get_autocast_dtype",
    "get_autocast_gpu_dtype",
    "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled",
    "is_autocast_enabled",
    "set_autocast_cache_enabled",
    "set_autocast_dtype",
    "set_autocast_enabled",
]

# What is lowered to when it is turned on, where that was set while it was off.
_chosen = dict(DEFAULTS)


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether autocast is on for a kind of device, or for GPUs without an argument.

    >>> ravine.is_autocast_enabled("cpu")
    False
    """
    return _core.get_autocast(kind_of("is_autocast_enabled", device_type or "gpu")) is not None


def is_autocast_cpu_enabled() -> bool:
    """Whether autocast is on for the CPU."""
    return is_autocast_enabled("cpu")


def get_autocast_dtype(device_type: str) -> dtype:
    """The dtype that autocast lowers to, or would.

    >>> ravine.get_autocast_dtype("cpu")
    ravine.bfloat16
    """
    kind = kind_of("get_autocast_dtype", device_type)
    return _core.get_autocast(kind) or _chosen[kind]


def get_autocast_gpu_dtype() -> dtype:
    """The dtype that autocast lowers to on GPUs, or would."""
    return get_autocast_dtype("gpu")


def get_autocast_cpu_dtype() -> dtype:
    """The dtype that autocast lowers to on the CPU, or would."""
    return get_autocast_dtype("cpu")


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Turns autocast on or off in this thread; the context `ravine.autocast` goes back by itself."""
    kind = kind_of("set_autocast_enabled", device_type)
    _core.set_autocast(kind, get_autocast_dtype(kind) if enabled else None)


def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    """Sets the dtype that autocast lowers to, float16 or bfloat16.

    Raises:
        TypeError: it is neither.
    """
    kind = kind_of("set_autocast_dtype", device_type)
    before = _core.set_autocast(kind, dtype)
    _chosen[kind] = dtype
    if before is None:
        _core.set_autocast(kind, None)


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Sets whether casts of parameters are remembered."""
    _core.set_autocast_cache(enabled)


def is_autocast_cache_enabled() -> bool:
    """Whether casts of parameters are remembered.

    >>> ravine.is_autocast_cache_enabled()
    True
    """
    return _core.is_autocast_cache_enabled()


def clear_autocast_cache() -> None:
    """Forgets the casts of parameters."""
    _core.clear_autocast_cache()
