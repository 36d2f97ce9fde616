"""Tools around training; ``ravine.utils.data`` feeds it, ``ravine.utils.checkpoint`` saves memory."""

from __future__ import annotations

from . import checkpoint, data

__all__ = ["checkpoint", "data"]


def __dir__() -> list[str]:
    return sorted(__all__)
