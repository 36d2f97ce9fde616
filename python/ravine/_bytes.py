"""Tensors from the bytes of their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core

if TYPE_CHECKING:
    from ravine._core import Tensor, dtype


def tensor_of(data: memoryview | bytes, of: dtype) -> Tensor:
    """The elements of a dtype whose bytes these are, least significant first, in one dimension.

    >>> tensor_of(b"\\x80\\x3f", ravine.bfloat16)
    tensor([1.], dtype=ravine.bfloat16)
    """
    import numpy as np

    if of is _core.bfloat16:
        # NumPy lacks it: its bits are the upper half of a float32's.
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << np.uint32(16)
        return _core.tensor(wide.view(np.float32), of)
    if of is _core.bool:
        return _core.tensor(np.frombuffer(data, np.uint8) != 0)
    array = np.frombuffer(data, np.dtype(of.name).newbyteorder("<"))
    return _core.tensor(array.astype(array.dtype.newbyteorder("="), copy=False))
