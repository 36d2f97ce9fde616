"""What tensors take of GPUs' memory, under PyTorch's names. Numbers count all GPUs together, in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "current_allocated_memory",
    "driver_allocated_memory",
    "max_memory_allocated",
    "max_memory_cached",
    "max_memory_reserved",
    "mem_get_info",
    "memory_allocated",
    "memory_cached",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "recommended_max_memory",
    "reset_accumulated_memory_stats",
    "reset_max_memory_allocated",
    "reset_max_memory_cached",
    "reset_peak_memory_stats",
    "set_per_process_memory_fraction",
]


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors take now.

    >>> import ravine
    >>> ravine.gpu.memory_allocated() <= ravine.gpu.max_memory_allocated()
    True
    """
    return _core.stats_table()["gpu_bytes_live"]


def max_memory_allocated(device: Any = None) -> int:
    """The most that tensors took since `reset_peak_memory_stats`."""
    return _core.stats_table()["gpu_bytes_peak"]


memory_reserved = memory_cached = current_allocated_memory = driver_allocated_memory = memory_allocated
max_memory_reserved = max_memory_cached = max_memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """Starts `max_memory_allocated` anew from what is taken now."""
    _core.reset_peak()


reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats


def reset_accumulated_memory_stats(device: Any = None) -> None:
    """Nothing: no number is summed over time."""


def recommended_max_memory() -> int:
    """The bytes that tensors may take: `RAVINE_GPU_BUDGET`, or the largest buffer where nothing is set."""
    import os

    from ravine import gpu

    budget = os.environ.get("RAVINE_GPU_BUDGET", "").strip()
    if budget:
        return int(budget)
    return max((adapter.limits["buffer_bytes"] for adapter in gpu.devices()), default=0)


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Bytes that are free, and all; drivers do not tell, so all are `recommended_max_memory()`."""
    total = recommended_max_memory()
    return max(total - memory_allocated(), 0), total


def memory_stats(device: Any = None) -> dict[str, int]:
    """The two numbers under PyTorch's names, and those of `ravine.stats()` that begin with `gpu_`."""
    counters = {name: n for name, n in _core.stats_table().items() if name.startswith("gpu_")}
    return {
        "allocated_bytes.all.current": memory_allocated(),
        "allocated_bytes.all.peak": max_memory_allocated(),
        **counters,
    }


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """`memory_stats` as a table."""
    stats = memory_stats(device)
    width = max(map(len, stats))
    return "\n".join(f"{name:{width}}  {n:>16,}" for name, n in stats.items())


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Nothing; the environment variable `RAVINE_GPU_BUDGET` sets how many bytes tensors may take."""
    if not 0 <= fraction <= 1:
        from ravine.errors import ValueError

        raise ValueError(
            f"set_per_process_memory_fraction: the fraction is {fraction}; it must lie between 0 and 1"
        )
