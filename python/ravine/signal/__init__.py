"""Signals: windows by which a stretch of samples is weighed."""

from ravine.signal import windows as windows

__all__ = ["windows"]
