"""Training is that of one process: questions are answered so, and what would join several raises."""

from __future__ import annotations

from ravine._refused import refused

__all__ = [
    "all_gather",
    "all_reduce",
    "barrier",
    "broadcast",
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_gloo_available",
    "is_initialized",
    "is_mpi_available",
    "is_nccl_available",
    "is_torchelastic_launched",
    "new_group",
    "reduce",
]

_WHY = "one process trains alone. Ask distributed.is_available() first, which is False"
init_process_group = refused("distributed.init_process_group", _WHY)
new_group = refused("distributed.new_group", _WHY)
all_reduce = refused("distributed.all_reduce", _WHY)
all_gather = refused("distributed.all_gather", _WHY)
broadcast = refused("distributed.broadcast", _WHY)
reduce = refused("distributed.reduce", _WHY)
barrier = refused("distributed.barrier", _WHY)


def is_available() -> bool:
    """False.

    >>> import ravine
    >>> ravine.distributed.is_available(), ravine.distributed.get_world_size()
    (False, 1)
    """
    return False


is_initialized = is_nccl_available = is_gloo_available = is_mpi_available = is_available
is_torchelastic_launched = is_available


def get_rank(group: object = None) -> int:
    """0, the only one."""
    return 0


def get_world_size(group: object = None) -> int:
    """1."""
    return 1


def destroy_process_group(group: object = None) -> None:
    """Nothing: there is none."""
