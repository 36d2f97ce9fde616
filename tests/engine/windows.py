"""Running a test under another bound on pending ops."""

from contextlib import contextmanager

from ravine import _core

NONE = 2**62


@contextmanager
def window(n):
    """Inside, a segment ends after `n` ops."""
    before = _core.get_window()
    _core.set_window(n)
    try:
        yield
    finally:
        _core.set_window(before)
