"""Switches of NVIDIA's library, which Ravine does not use: they can be set, and change nothing.

Results are the same from run to run on every device without them.
"""

from __future__ import annotations

enabled = False
deterministic = True
benchmark = False
allow_tf32 = False


def is_available() -> bool:
    """False: kernels are Ravine's own."""
    return False


def version() -> None:
    """None: there is no such library."""
