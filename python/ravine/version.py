"""The version, and those of what it is not built with.

>>> from ravine import version
>>> version.cuda is None
True
"""

from __future__ import annotations

from ravine._core import __version__

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]

debug = False
cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
git_version = "Unknown"
