"""Tensors as buffers of wgpu-py, and back. It comes with `pip install ravine[wgpu]`.

Two WebGPU instances in one process share no memory, so values go by the host: down from one GPU and up to the
other. On a software driver 0.2 GB/s were measured, and 0.3 GB/s back. `ravine.gpu.kernel` runs a shader of
your own without any copy.

A buffer holds a tensor's elements in row-major order, as shaders see them: float32, int32 and float16 as they
are, int64 and float64 as pairs of words, and bool, uint8 (`u32`), int8 and int16 (`i32`) a word each, for
WGSL has no narrower types. With `packed=True` every element has its own size instead, as in NumPy. Buffers
are as long as a multiple of 16 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ravine import _core
from ravine._core import Tensor, dtype

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["from_wgpu", "to_wgpu"]

# What a shader has in place of narrow elements.
_WORDS: dict[str, Any] = {"bool": np.uint32, "uint8": np.uint32, "int8": np.int32, "int16": np.int32}


def __dir__() -> list[str]:
    return sorted(__all__)


def to_wgpu(tensor: Tensor, wgpu_device: Any = None, *, packed: bool = False) -> Any:
    """A new buffer with a tensor's values, copied by the host.

    Args:
        tensor: of any shape, dtype, layout and device but "meta". Its history stays behind.
        wgpu_device: a `wgpu.GPUDevice`, by default `wgpu.utils.get_default_device()`.
        packed: elements of their own size, not a word at least.

    Returns:
        A `wgpu.GPUBuffer` for storage and copies.

    Raises:
        ImportError: wgpu-py is not installed.
    """
    wgpu = _wgpu("to_wgpu")
    elements = _elements(tensor.detach().cpu())
    if not packed:
        elements = elements.astype(_WORDS.get(tensor.dtype.name, elements.dtype))
    data = elements.tobytes()
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC | wgpu.BufferUsage.COPY_DST
    buffer = _device(wgpu_device).create_buffer_with_data(
        data=data + bytes(-len(data) % 16 or 16 * (not data)), usage=usage
    )
    return buffer


def from_wgpu(
    buffer: Any,
    shape: Sequence[int],
    dtype: dtype,
    *,
    device: Any = None,
    wgpu_device: Any = None,
    packed: bool = False,
) -> Tensor:
    """A new tensor with a buffer's values, copied by the host.

    Args:
        buffer: a `wgpu.GPUBuffer` with usage `COPY_SRC`, whose first bytes are the elements.
        shape: of the tensor.
        dtype: of the tensor.
        device: where the tensor is made, as in `ravine.zeros`.
        wgpu_device: the `wgpu.GPUDevice` of the buffer, by default `wgpu.utils.get_default_device()`.
        packed: elements of their own size, not a word at least.

    Raises:
        ImportError: wgpu-py is not installed.
        ValueError: the buffer is too short, or must not be copied from.
    """
    wgpu = _wgpu("from_wgpu")
    extents = tuple(int(extent) for extent in shape)
    own = _numpy_dtype(dtype)
    stored = own if packed else np.dtype(_WORDS.get(dtype.name, own))
    size = int(np.prod(extents, dtype=np.int64)) * stored.itemsize
    if size > buffer.size:
        raise ValueError(
            f"from_wgpu: shape {extents} of {dtype.name} takes {size} bytes, the buffer has {buffer.size}"
        )
    if not buffer.usage & wgpu.BufferUsage.COPY_SRC:
        raise ValueError("from_wgpu: the buffer must be made with usage COPY_SRC")
    read = _device(wgpu_device).queue.read_buffer(buffer, 0, -(-size // 4) * 4) if size else b""
    elements = np.frombuffer(read, np.uint8)[:size].view(stored).reshape(extents).astype(own)
    return _tensor(elements, dtype).to(
        _core.device(device) if device is not None else _core.get_default_device()
    )


def _wgpu(function: str) -> Any:
    try:
        import wgpu
    except ImportError as e:
        raise ImportError(
            f"{function}: wgpu-py is not installed. Install it by: pip install 'ravine[wgpu]'"
        ) from e
    return wgpu


def _device(given: Any) -> Any:
    if given is not None:
        return given
    from wgpu import utils

    return utils.get_default_device()


def _numpy_dtype(dtype: dtype) -> np.dtype[Any]:
    # NumPy has no bfloat16: its bits are the upper half of a float32's.
    return np.dtype(np.uint16 if dtype == _core.bfloat16 else dtype.name)


def _elements(tensor: Tensor) -> np.ndarray[Any, Any]:
    """The elements in row-major order."""
    if tensor.dtype == _core.bfloat16:
        wide = np.ascontiguousarray(tensor.to(_core.float32).numpy())
        return (wide.view(np.uint32) >> 16).astype(np.uint16)
    return np.ascontiguousarray(tensor.numpy())


def _tensor(elements: np.ndarray[Any, Any], dtype: dtype) -> Tensor:
    if dtype == _core.bfloat16:
        wide = (elements.astype(np.uint32) << 16).view(np.float32)
        return _core.tensor(wide).to(dtype)
    return _core.tensor(elements)
