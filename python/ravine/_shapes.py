"""Tensors in other shapes, and the arithmetic of shapes and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import narrow
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


@declare(TOP, METHOD, of="reshape")
def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension.

    >>> ravine.ravel(ravine.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return _ops.reshape(input, -1)


@declare(METHOD)
def nelement(input: Tensor) -> int:
    """The number of elements.

    >>> ravine.ones(2, 3).nelement()
    6
    """
    return input.numel()


@declare(TOP)
def broadcast_shapes(*shapes: int | Sequence[int]) -> tuple[int, ...]:
    """The shape to which shapes broadcast.

    Raises:
        ShapeError: extents differ, and none of them is 1.

    >>> ravine.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    each = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    result: list[int] = []
    for shape in each:
        result = [1] * (len(shape) - len(result)) + result
        for d in range(1, len(shape) + 1):
            if result[-d] == 1:
                result[-d] = shape[-d]
            elif shape[-d] not in (1, result[-d]):
                raise ShapeError(
                    f"dimension {-d} is {shape[-d]} in {shape} and {result[-d]} in another shape. "
                    "Extents must be equal, or 1"
                )
    return tuple(result)


def _extents(size: tuple[Any, ...]) -> tuple[int, ...]:
    """Of extents one by one, or in one sequence."""
    return tuple(size[0]) if len(size) == 1 and hasattr(size[0], "__iter__") else size


@declare(METHOD)
def sum_to_size(input: Tensor, *size: int | Sequence[int]) -> Tensor:
    """Summed over the dimensions that broadcasting `size` to the input's shape repeats.

    Raises:
        ShapeError: the size does not broadcast to the input's shape.

    >>> ravine.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    wanted = _extents(size)
    lead = input.ndim - len(wanted)
    shape = input.shape[max(lead, 0) :]
    if lead < 0 or any(n not in (1, m) for n, m in zip(wanted, shape)):
        raise ShapeError(f"size {wanted} does not broadcast to the shape {tuple(input.shape)}")
    dims = [d for d in range(input.ndim) if d < lead or (wanted[d - lead] == 1 and input.shape[d] != 1)]
    return _ops.sum(input, dims, True).reshape(wanted) if dims else input


@declare(TOP, METHOD, of="index")
def narrow_copy(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """A copy of `length` indices of dimension `dim`, from `start` on; see `narrow`.

    >>> ravine.narrow_copy(ravine.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    return narrow(input, dim, start, length).clone()


@declare(TOP, METHOD, of="split")
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of the parts of dimension `dim`, of the given sizes.

    Raises:
        ShapeError: the sizes do not add up to the extent.

    >>> [t.tolist() for t in ravine.split_with_sizes(ravine.arange(3), [1, 2])]
    [[0], [1, 2]]
    """
    return _ops.split(input, list(split_sizes), dim)


@declare(TOP, METHOD, of="split")
def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts of dimension `dim`, as `split`.

    >>> [t.tolist() for t in ravine.unsafe_split(ravine.arange(3), 2)]
    [[0, 1], [2]]
    """
    return _ops.split(input, split_size, dim)


@declare(TOP, METHOD, of="split")
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """The parts of dimension `dim`, as `split_with_sizes`.

    >>> [t.tolist() for t in ravine.unsafe_split_with_sizes(ravine.arange(3), [1, 2])]
    [[0], [1, 2]]
    """
    return _ops.split(input, list(split_sizes), dim)


@declare(TOP, METHOD, of="chunk")
def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts of dimension `dim`, as `chunk`.

    >>> [t.tolist() for t in ravine.unsafe_chunk(ravine.arange(3), 2)]
    [[0, 1], [2]]
    """
    return _ops.chunk(input, chunks, dim)


@declare(TOP, of="pad")
def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """Padded with one number; see `ravine.nn.functional.pad`.

    >>> ravine.constant_pad_nd(ravine.ones(2), (1, 0))
    tensor([0., 1., 1.])
    """
    return _ops.pad(input, list(pad), "constant", value)


@declare(TOP, METHOD)
def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The index in each dimension of a tensor of `shape` for places of the flattened tensor.

    Places beyond its elements are counted anew from its start.

    Raises:
        DTypeError: the places are no integers.
        ValueError: an extent of the shape is not positive.

    >>> ravine.unravel_index(ravine.tensor([5, 7]), (2, 4))
    (tensor([1, 1]), tensor([1, 3]))
    """
    if indices.dtype.is_floating_point or indices.dtype == _core.bool:
        raise DTypeError(
            f"indices are {indices.dtype}, but places are integers. Convert with .to(ravine.int64)"
        )
    extents = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 1 for n in extents):
        raise ValueError(f"the shape {extents} has no places; its extents must be positive")
    found: list[Tensor] = []
    stride = 1
    for n in reversed(extents):
        found.append((indices // stride if stride > 1 else indices) % n)
        stride *= n
    return tuple(reversed(found))


@declare(TOP, METHOD)
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The first `size` places of elements that are not 0, then `fill_value`: (size, dimensions).

    Its shape does not depend on values, unlike that of `nonzero`.

    Raises:
        ValueError: the size is negative.

    >>> ravine.nonzero_static(ravine.tensor([0, 3, 4]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise ValueError(f"size={size} must be 0 or more")
    there = _ops.ne(input.detach(), 0).reshape(-1)
    number = _ops.cumsum(there, 0) - 1
    # All others meet in one more place, which is left out.
    slot = _ops.where(there & (number < size), number, size)
    at = _ops.arange(0, there.numel(), device=input.device)
    empty = _ops.full((size + 1,), -1, dtype=_core.int64, device=input.device)
    places = _ops.scatter(empty, 0, slot, at)[:size]
    shape = tuple(input.shape)
    if not shape or not there.numel():
        return _ops.full((size, len(shape)), fill_value, dtype=_core.int64, device=input.device)
    rows = _ops.stack(unravel_index(places, shape), 1)
    return _ops.where((places < 0).reshape(-1, 1), fill_value, rows)
