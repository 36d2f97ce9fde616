"""Functions that make tensors from sizes, from other tensors and from data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor, dtype
from ravine._declare import METHOD, TOP, declare
from ravine.errors import DTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ravine._core import DeviceLike


def _shape(size: tuple[Any, ...]) -> tuple[int, ...]:
    if len(size) == 1 and hasattr(size[0], "__iter__"):
        return tuple(size[0])
    for extent in size:
        if not hasattr(extent, "__index__"):
            raise DTypeError(f"a shape consists of integers, not {type(extent).__name__}: {size}")
    return tuple(size)


def _made(t: Tensor, requires_grad: bool) -> Tensor:
    return t.requires_grad_() if requires_grad else t


@declare(TOP, of="full")
def zeros(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of zeros, of the default dtype unless told otherwise.

    >>> ravine.zeros(2, 2)
    tensor([[0., 0.],
            [0., 0.]])
    """
    return _ops.full(_shape(size), 0.0, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP, of="full")
def ones(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of ones, of the default dtype unless told otherwise."""
    return _ops.full(_shape(size), 1.0, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP, of="full")
def empty(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled. It starts with zeros, so that nothing depends on what memory held."""
    return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP, of="full")
def full_like(
    input: Tensor,
    fill_value: float,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number everywhere, in the shape (and dtype, and on the device) of another tensor."""
    return _ops.full(
        tuple(input.shape),
        fill_value,
        dtype=dtype or input.dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


@declare(TOP, of="full")
def zeros_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros in the shape (dtype, device) of another tensor."""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP, of="full")
def ones_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones in the shape (dtype, device) of another tensor."""
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP, of="full")
def empty_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled, in the shape (dtype, device) of another; it starts with zeros."""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


@declare(TOP)
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix of n rows and m (default n) columns.

    >>> ravine.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    rows = _ops.unsqueeze(_ops.arange(n, device=device), 1)
    columns = _ops.arange(n if m is None else m, device=device)
    return _made(_ops.cast(_ops.eq(rows, columns), dtype or _core.get_default_dtype()), requires_grad)


@declare(TOP)
def from_dlpack(ext_tensor: Any, /, *, device: DeviceLike | None = None, copy: bool | None = None) -> Tensor:
    """A tensor from another library's: an object with `__dlpack__` (NumPy, PyTorch, JAX), or a capsule.

    Work is recorded here and run later, so data that the other library may still write are copied. They are
    shared if they are read-only there, if the other library made a copy for this call, or with `copy=False`:
    then they must not be written any more.

    Args:
        ext_tensor: data on the CPU, of any shape, strides and dtype that Ravine has.
        device: where to put the tensor; the CPU without it.
        copy: True for a copy in any case, False for none.

    Raises:
        BufferError: the data are elsewhere, require a gradient, or cannot be had without a copy.
        TypeError: the object has no `__dlpack__`, or its dtype is unknown here.

    >>> import numpy
    >>> ravine.from_dlpack(numpy.arange(3))
    tensor([0, 1, 2])
    """
    made = _core.from_dlpack(ext_tensor, copy)
    return made if device is None else made.to(device)


@declare(TOP, of="tensor")
def from_numpy(ndarray: Any) -> Tensor:
    """A tensor from a NumPy array, which is copied: a later write to it does not show in the tensor.

    >>> import numpy as np
    >>> ravine.from_numpy(np.array([1, 2]))
    tensor([1, 2])
    """
    if not hasattr(ndarray, "__array__"):
        raise DTypeError(f"expected a NumPy array, got {type(ndarray).__name__}")
    return _core.tensor(ndarray)


@declare(TOP, of="tensor")
def as_tensor(data: Any, dtype: dtype | None = None, device: DeviceLike | None = None) -> Tensor:
    """The tensor itself, or a tensor from data, which are copied."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype)
    return _core.tensor(data, dtype, device=device)


@declare(TOP, of="tensor")
def asarray(
    obj: Any, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False
) -> Tensor:
    """As `as_tensor`."""
    return _made(as_tensor(obj, dtype, device), requires_grad)


def _new(
    like: Tensor,
    size: tuple[Any, ...],
    value: float,
    dtype: dtype | None,
    device: DeviceLike | None,
    requires_grad: bool,
) -> Tensor:
    return _ops.full(
        size[0] if len(size) == 1 and not isinstance(size[0], int) else size,
        value,
        dtype=dtype or like.dtype,
        device=like.device if device is None else device,
        requires_grad=requires_grad,
    )


@declare(METHOD, of="full")
def new_zeros(
    input: Tensor,
    *size: Any,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros, of this dtype and on this device unless told otherwise."""
    return _new(input, size, 0, dtype, device, requires_grad)


@declare(METHOD, of="full")
def new_ones(
    input: Tensor,
    *size: Any,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones, of this dtype and on this device unless told otherwise."""
    return _new(input, size, 1, dtype, device, requires_grad)


@declare(METHOD, of="full")
def new_empty(
    input: Tensor,
    *size: Any,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros to be filled, of this dtype and on this device unless told otherwise."""
    return _new(input, size, 0, dtype, device, requires_grad)


@declare(METHOD, of="full")
def new_full(
    input: Tensor,
    size: Sequence[int],
    fill_value: float,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number everywhere, of this dtype and on this device unless told otherwise."""
    return _new(input, (size,), fill_value, dtype, device, requires_grad)


@declare(METHOD, of="tensor")
def new_tensor(
    input: Tensor,
    data: Any,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor from data, of this dtype and on this device unless told otherwise."""
    where = input.device if device is None else device
    return _core.tensor(data, dtype or input.dtype, requires_grad, device=where)
