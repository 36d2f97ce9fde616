"""Whether Intel's MKL computes: it does not."""

from __future__ import annotations


def is_available() -> bool:
    """False: kernels are Ravine's own."""
    return False
