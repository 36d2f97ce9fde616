"""PyTorch's switches for what computes, so that scripts which set them run.

>>> import ravine
>>> ravine.backends.mps.is_available() == ravine.gpu.is_available()
True
"""

from __future__ import annotations

from ravine import gpu

from . import cudnn

mps = cuda = gpu

__all__ = ["cuda", "cudnn", "mps"]
