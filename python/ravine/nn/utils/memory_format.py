"""Memory formats of convolutions' weights: layout is the engine's affair, so there is nothing to change."""

from __future__ import annotations

from typing import Any, TypeVar

from ..module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

M = TypeVar("M", bound=Module)


def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module, unchanged: how weights lie in memory is the engine's affair."""
    return module


def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module, unchanged: how weights lie in memory is the engine's affair."""
    return module
