"""Whether oneDNN computes: it does not."""

from __future__ import annotations

enabled = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """False: kernels are Ravine's own."""
    return False
