"""Strides, storages, and tensors that become another view of their elements in place.

Strides count elements of the tensor that a view was taken of, as if those were row-major in memory: what
PyTorch's strides are where a tensor was made contiguous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine.errors import DTypeError, GradientError, IndexError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ravine import _storage


@declare(METHOD)
def stride(input: Tensor, dim: int | None = None) -> tuple[int, ...] | int:
    """Elements of the base from one index of a dimension to the next: of all dimensions, or of one.

    Raises:
        IndexError: there is no such dimension.

    >>> x = ravine.zeros(2, 3)
    >>> x.stride(), x.T.stride(), x[:, 1].stride(0)
    ((3, 1), (1, 3), 3)
    """
    strides = tuple(_core.layout_of(input)[0])
    if dim is None:
        return strides
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(f"dimension {dim} is out of range for a tensor of rank {input.ndim}")
    return strides[dim]


@declare(METHOD)
def storage_offset(input: Tensor) -> int:
    """The place of the first element in the base.

    >>> ravine.zeros(2, 3)[1].storage_offset()
    3
    """
    return _core.layout_of(input)[1]


@declare(METHOD)
def dim_order(input: Tensor) -> tuple[int, ...]:
    """The dimensions by falling strides.

    >>> ravine.zeros(2, 3).T.dim_order()
    (1, 0)
    """
    strides = _core.layout_of(input)[0]
    return tuple(sorted(range(input.ndim), key=lambda dim: -strides[dim]))


@declare(METHOD)
def untyped_storage(input: Tensor) -> _storage.UntypedStorage:
    """The memory of the tensor that this one is a view of, by bytes.

    >>> x = ravine.zeros(2, 3)
    >>> x[1].untyped_storage().nbytes()
    24
    """
    from ravine._storage import UntypedStorage

    return UntypedStorage(_base(input))


@declare(METHOD)
def storage(input: Tensor) -> _storage.TypedStorage:
    """The elements of the tensor that this one is a view of, in row-major order.

    >>> x = ravine.arange(6).reshape(2, 3)
    >>> x[1].storage().tolist()
    [0, 1, 2, 3, 4, 5]
    """
    from ravine._storage import TypedStorage

    return TypedStorage(_base(input))


@declare(METHOD)
def is_set_to(input: Tensor, tensor: Tensor) -> bool:
    """Whether both show the same elements of one storage in the same way.

    >>> x = ravine.zeros(2, 3)
    >>> x.is_set_to(x.view(2, 3)), x.is_set_to(x.view(3, 2))
    (True, False)
    """
    same = _base(input).data_ptr() == _base(tensor).data_ptr()
    return same and input.shape == tensor.shape and _core.layout_of(input) == _core.layout_of(tensor)


def _base(input: Tensor) -> Tensor:
    base = _core.base_of(input)
    return input if base is None else base


@declare(TOP, METHOD)
def as_strided(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """A tensor of the elements that strides and an offset (default: its own) name in the tensor's base.

    Element ``(i, j, ...)`` is number ``storage_offset + i stride[0] + j stride[1] + ...`` of the base's
    elements in row-major order. Places may come more than once; gradients add up. The elements are copied.

    Raises:
        ValueError: sizes and strides differ in number, one is negative, or an element lies outside.

    >>> ravine.as_strided(ravine.arange(6), (2, 3), (1, 2))
    tensor([[0, 2, 4],
            [1, 3, 5]])
    """
    offset = _core.layout_of(input)[1] if storage_offset is None else storage_offset
    base = _base(input)
    _check_inside(base.numel(), size, stride, offset)
    elements = input if base.numel() == input.numel() and _is_row_major(input) else base
    return _ops.take(elements, _places(size, stride, offset, input))


@declare(TOP, METHOD)
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """The tensor with `src` in the places that `as_strided` of it names; where one comes twice, the last.

    Raises:
        ShapeError: `src` has not the shape `size`.
        ValueError: as `as_strided`.

    >>> ravine.as_strided_scatter(ravine.zeros(2, 2), ravine.ones(2), (2,), (3,))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if tuple(src.shape) != tuple(size):
        raise ShapeError(f"src has shape {tuple(src.shape)}, the places have {tuple(size)}. Reshape it")
    offset = storage_offset or 0
    _check_inside(input.numel(), size, stride, offset)
    places = _places(size, stride, offset, input)
    flat = _ops.scatter(_ops.reshape(input, -1), 0, _ops.reshape(places, -1), _ops.reshape(src, -1))
    return _ops.reshape(flat, input.shape)


def _check_inside(count: int, size: Sequence[int], stride: Sequence[int], offset: int) -> None:
    """Raises unless sizes, strides and an offset lead to elements of a storage of that many."""
    if len(size) != len(stride):
        raise ValueError(f"{len(size)} sizes and {len(stride)} strides do not go together. Give one for each")
    if min((*size, *stride, offset)) < 0:
        raise ValueError(
            f"size={tuple(size)}, stride={tuple(stride)} and storage_offset={offset} must be 0 or more"
        )
    if 0 not in size:
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if last >= count:
            raise ValueError(
                f"size={tuple(size)}, stride={tuple(stride)} and storage_offset={offset} lead to element "
                f"{last} of a storage of {count}. Make them smaller"
            )


def _is_row_major(input: Tensor) -> bool:
    expected, count = [], 1
    for n in reversed(input.shape):
        expected.append(count)
        count *= n
    strides, offset = _core.layout_of(input)
    return offset == 0 and strides == expected[::-1]


def _places(size: Sequence[int], stride: Sequence[int], offset: int, like: Tensor) -> Tensor:
    """The number of each element in the base."""
    places = _ops.full((), offset, dtype=_core.int64, device=like.device)
    for n, step in zip(size, stride, strict=True):
        along = _ops.arange(n, device=like.device) * step
        places = places.unsqueeze(-1) + along
    return places


# In place ---------------------------------------------------------------------------------------------------
@declare(METHOD)
def squeeze_(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Drops dimensions of extent 1 in place, as `squeeze` does; views taken before keep their shape."""
    return _core.become_view(input, lambda x: _ops.squeeze(x, dim))


@declare(METHOD)
def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Inserts a dimension of extent 1 in place, as `unsqueeze` does.

    >>> ravine.zeros(2).unsqueeze_(0).shape
    (1, 2)
    """
    return _core.become_view(input, lambda x: _ops.unsqueeze(x, dim))


@declare(METHOD)
def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchanges two dimensions in place, as `transpose` does.

    >>> ravine.zeros(2, 3).transpose_(0, 1).shape
    (3, 2)
    """
    return _core.become_view(input, lambda x: _ops.transpose(x, dim0, dim1))


@declare(METHOD)
def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """As `transpose_`."""
    return _core.become_view(input, lambda x: _ops.transpose(x, axis0, axis1))


@declare(METHOD)
def swapdims_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """As `transpose_`."""
    return _core.become_view(input, lambda x: _ops.transpose(x, dim0, dim1))


@declare(METHOD)
def t_(input: Tensor) -> Tensor:
    """Transposes a matrix in place, as `t` does.

    >>> ravine.zeros(2, 3).t_().shape
    (3, 2)
    """
    from ravine._functions import t

    return _core.become_view(input, t)


@declare(TOP, METHOD)
def detach_(input: Tensor) -> Tensor:
    """Makes the tensor itself constant to autograd: it forgets its history.

    >>> x = ravine.ones(2, requires_grad=True)
    >>> y = (x * 2).detach_()
    >>> y.requires_grad
    False
    """
    if input.is_leaf:
        input.requires_grad = False
        return input
    return _core.become_view(input, lambda x: x.detach())


@declare(METHOD)
def set_(
    input: Tensor,
    source: Tensor | None = None,
    storage_offset: int = 0,
    size: Sequence[int] | None = None,
    stride: Sequence[int] | None = None,
) -> Tensor:
    """Makes the tensor a view of `source`, or of its elements that `size` and row-major strides name.

    Raises:
        DTypeError: the dtypes differ.
        ValueError: the strides are others than those of the size, or the elements are not all there.

    >>> x, y = ravine.zeros(2), ravine.ones(3)
    >>> x.set_(y).fill_(5)
    tensor([5., 5., 5.])
    >>> y
    tensor([5., 5., 5.])
    """
    if source is None:
        return _core.become_view(input, lambda x: _ops.full((0,), 0, dtype=x.dtype, device=x.device))
    if source.dtype is not input.dtype:
        raise DTypeError(
            f"the source has dtype {source.dtype}, the tensor {input.dtype}. Convert one of them"
        )
    if size is None:
        return _core.become_view(input, lambda _: source.reshape(source.shape))
    count, expected = 1, []
    for n in reversed(size):
        expected.append(count)
        count *= n
    if stride is not None and list(stride) != expected[::-1]:
        raise ValueError(
            f"stride={tuple(stride)} is not that of a row-major tensor of shape {tuple(size)}, which is "
            f"{tuple(expected[::-1])}. Use as_strided for others"
        )
    flat = _base(source).reshape(-1)
    if storage_offset + count > flat.numel():
        raise ValueError(
            f"{count} elements from {storage_offset} on are more than the source has: {flat.numel()}"
        )
    chosen = flat[storage_offset : storage_offset + count]
    return _core.become_view(input, lambda _: chosen.reshape(tuple(size)))


@declare(TOP, METHOD)
def as_strided_(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """Gives the tensor the shape and elements of `as_strided`."""
    return _core.become_view(input, lambda x: as_strided(x, size, stride, storage_offset))


@declare(METHOD)
def resize_(input: Tensor, *size: Any, memory_format: object = None) -> Tensor:
    """Gives the tensor another shape: of its first elements, and zeros where there are more than it had.

    `memory_format` has no effect.

    Raises:
        GradientError: the tensor requires a gradient.

    >>> ravine.tensor([1.0, 2.0, 3.0]).resize_(2, 2)
    tensor([[1., 2.],
            [3., 0.]])
    """
    if input.requires_grad:
        raise GradientError(
            "a tensor that requires a gradient keeps its shape. Resize .detach(), or reshape it"
        )
    shape = size[0] if len(size) == 1 and hasattr(size[0], "__iter__") else size
    count = 1
    for n in shape:
        count *= n
    flat = input.detach().reshape(-1)
    missing = count - flat.numel()
    if missing > 0:
        more = _ops.full((missing,), 0, dtype=input.dtype, device=input.device)
        flat = _ops.cat((flat, more))
    input.data = flat[:count].reshape(tuple(shape))
    return input


@declare(TOP, METHOD, of="resize_")
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: object = None) -> Tensor:
    """Gives the tensor the shape of another; see `resize_`.

    >>> ravine.resize_as_(ravine.ones(2), ravine.zeros(1, 2)).shape
    (1, 2)
    """
    return resize_(input, the_template.shape)
