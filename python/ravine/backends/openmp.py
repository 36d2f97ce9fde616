"""Whether OpenMP computes: it does not."""

from __future__ import annotations


def is_available() -> bool:
    """False: threads are Ravine's own."""
    return False
