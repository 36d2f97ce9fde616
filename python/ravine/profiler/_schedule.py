"""Which steps a profiler looks at."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ProfilerAction", "ProfilerActivity", "schedule"]


class ProfilerAction(Enum):
    """What a profiler does during a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


class ProfilerActivity(Enum):
    """What `profile(activities=..)` names: accepted, and both devices are always looked at."""

    CPU = 0
    GPU = 1
    #: Other spellings of `GPU`.
    CUDA = 1
    XPU = 1


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0
) -> Callable[[int], ProfilerAction]:
    """For `profile(schedule=..)`: each cycle leaves out `wait` and `warmup` steps, and records `active`.

    After `repeat` cycles nothing is recorded any more; 0 goes on for ever. `skip_first` steps come before.

    Raises:
        ValueError: a number is negative, or no step is active.

    >>> steps = schedule(wait=1, warmup=1, active=2, repeat=1)
    >>> [steps(i).name for i in range(5)]
    ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active < 1:
        raise ValueError(
            f"schedule: wait={wait}, warmup={warmup}, repeat={repeat} and skip_first={skip_first} must not "
            f"be negative, and active={active} must be positive"
        )
    cycle = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise ValueError(f"schedule: there is no step {step}")
        if step < skip_first:
            return ProfilerAction.NONE
        round, at = divmod(step - skip_first, cycle)
        if (repeat and round >= repeat) or at < wait:
            return ProfilerAction.NONE
        if at < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if at < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return action
