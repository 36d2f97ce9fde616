"""PyTorch's switches for what computes, so that scripts which set them run.

>>> import ravine
>>> ravine.backends.mps.is_available() == ravine.gpu.is_available()
True
"""

from __future__ import annotations

from ravine import gpu

from . import cpu, cuda, cudnn, mkl, mkldnn, openmp, opt_einsum

mps = gpu

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]
