"""How much of everything a training script does: all of it, or enough to see that it runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["at_scale"]


def at_scale(scale: str, sizes: Mapping[str, T]) -> T:
    """What a script's table of sizes has for a scale.

    Raises:
        ValueError: it has nothing for it.

    >>> from ravine.train import at_scale
    >>> at_scale("smoke", {"full": 120, "smoke": 2})
    2
    """
    if scale not in sizes:
        raise ValueError(f"unknown scale {scale!r}. The scales are: {', '.join(sizes)}")
    return sizes[scale]
