"""Tensors for other libraries, and theirs for Ravine, where DLPack does not reach."""

from ravine.interop import wgpu

__all__ = ["wgpu"]


def __dir__() -> list[str]:
    return sorted(__all__)
