"""Names that scripts have and Ravine does not: using one raises a sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.errors import StateError

if TYPE_CHECKING:
    from typing import Any


def refused(name: str, why: str) -> Any:
    """A function of this name that raises.

    >>> refused("jit.script", "Ops are fused without it")(len)
    Traceback (most recent call last):
        ...
    ravine.errors.StateError: jit.script: Ops are fused without it
    """

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise StateError(f"{name}: {why}")

    refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
    refuse.__doc__ = f"Raises StateError: {why[0].lower()}{why[1:]}."
    return refuse
