"""Tensors from buffers and for other libraries, and the names of kinds of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor
from ravine._declare import TOP, declare
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from typing import Any

    from ravine._core import dtype


@declare(TOP)
def typename(obj: Any) -> str:
    """The name of a tensor's kind, or of a class or an object's class, with its module.

    >>> ravine.typename(ravine.ones(2)), ravine.typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        from ravine._types import type_name

        return type_name(obj)
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"


@declare(TOP)
def frombuffer(
    buffer: Any, *, dtype: dtype, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor of one dimension from the bytes of a buffer, which are copied.

    Args:
        buffer: bytes, or any object of such a buffer.
        dtype: of the elements.
        count: how many there are; all that follow without it.
        offset: the byte that the first one begins at.

    Raises:
        ValueError: the buffer is too short, or the bytes that follow are no whole number of elements.

    >>> ravine.frombuffer(bytearray([1, 0, 2, 0]), dtype=ravine.int16)
    tensor([1, 2], dtype=ravine.int16)
    """
    if not isinstance(dtype, _core.dtype):
        raise DTypeError(f"argument 'dtype' must be a dtype, not {type(dtype).__name__}")
    data = memoryview(buffer).cast("B")
    width, room = dtype.itemsize, len(data) - offset
    if not 0 <= offset < max(len(data), 1):
        raise ValueError(f"offset={offset} lies outside of the buffer of {len(data)} bytes")
    if count < 0:
        if room % width:
            raise ValueError(f"the {room} bytes are no whole number of elements of {width}. Give a count")
        count = room // width
    if count == 0:
        raise ValueError("there is no element: count must be positive, or the buffer longer")
    if count * width > room:
        raise ValueError(f"{count} elements need {count * width} bytes, the buffer has {room}")
    from ravine._bytes import tensor_of

    made = tensor_of(data[offset : offset + count * width], dtype)
    return made.requires_grad_() if requires_grad else made


@declare(TOP)
def to_dlpack(tensor: Tensor) -> Any:
    """A capsule of the tensor for another library's `from_dlpack`; most of them take the tensor itself.

    >>> ravine.from_dlpack(ravine.to_dlpack(ravine.arange(3)))
    tensor([0, 1, 2])
    """
    return tensor.__dlpack__()
