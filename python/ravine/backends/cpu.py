"""What the CPU can do."""

from __future__ import annotations

from ravine import _core


def get_cpu_capability() -> str:
    """The SIMD level in use, in capitals.

    >>> import ravine
    >>> ravine.backends.cpu.get_cpu_capability().isupper()
    True
    """
    return _core.simd_level().upper()
