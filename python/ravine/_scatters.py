"""The input with other elements in some of its places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import _axis as axis
from ravine.errors import DTypeError, IndexError, ShapeError, ValueError

if TYPE_CHECKING:
    pass


def _check(src: Tensor, shape: list[int]) -> None:
    if list(src.shape) != shape:
        raise ShapeError(f"src has shape {tuple(src.shape)}, but the places that it fills {tuple(shape)}")


@declare(TOP, METHOD)
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The input with `src` in place of one index of dimension `dim`; see `select`.

    Args:
        input: of one dimension or more.
        src: in the shape of the input without that dimension.
        dim: the dimension.
        index: the index; a negative one counts from the end.

    Raises:
        IndexError: there is no such dimension, or no such index in it.
        ShapeError: src has another shape.

    >>> ravine.select_scatter(ravine.zeros(2, 2), ravine.ones(2), 0, -1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    dim = axis(input, dim)
    n = input.shape[dim]
    if not -n <= index < n:
        raise IndexError(
            f"index {index} is out of range for dimension {dim} of size {n}. Valid: {-n} to {n - 1}"
        )
    _check(src, [*input.shape[:dim], *input.shape[dim + 1 :]])
    return _replaced(input, _ops.unsqueeze(src, dim), dim, index % n, 1)


@declare(TOP, METHOD)
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The input with `src` in place of the indices ``start:end:step`` of dimension `dim`.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: src has another shape than that slice.
        ValueError: the step is not positive.

    >>> ravine.slice_scatter(ravine.zeros(5), ravine.ones(2), start=1, step=2, end=4)
    tensor([0., 1., 0., 1., 0.])
    """
    dim = axis(input, dim)
    if step < 1:
        raise ValueError(f"step={step} must be positive")
    places = range(*slice(start, end, step).indices(input.shape[dim]))
    _check(src, [*input.shape[:dim], len(places), *input.shape[dim + 1 :]])
    return _replaced(input, src, dim, places.start, step)


def _replaced(input: Tensor, src: Tensor, dim: int, start: int, step: int) -> Tensor:
    """The input with `src` at the indices of `dim` that follow `start` in steps."""
    end = start + step * src.shape[dim]
    places = _ops.arange(start, end, step, device=input.device)
    return _ops.index_copy(input, dim, places, src.to(input.dtype))


@declare(TOP, METHOD)
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The input with `src` on a diagonal of two of its dimensions; see `diagonal`.

    Args:
        input: of two dimensions or more.
        src: in the shape that ``diagonal(input, offset, dim1, dim2)`` has.
        offset: how far the diagonal lies above the main one; below it if negative.
        dim1: the dimension of the rows.
        dim2: that of the columns.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: src has another shape.
        ValueError: both dimensions are the same.

    >>> ravine.diagonal_scatter(ravine.zeros(2, 2), ravine.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    dims = [axis(input, dim1), axis(input, dim2)]
    if dims[0] == dims[1]:
        raise ValueError(f"dim1={dim1} and dim2={dim2} are the same dimension; a diagonal needs two")
    _check(src, [int(n) for n in _ops.diagonal(input.detach(), offset, *dims).shape])
    n = src.shape[-1]
    along = _ops.arange(0, n, device=input.device)
    rows, columns = along + max(-offset, 0), along + max(offset, 0)
    ahead = _ops.movedim(input, dims, (0, 1))
    filled = _ops.index_put(ahead, (rows, columns), _ops.movedim(src, -1, 0).to(input.dtype))
    return _ops.movedim(filled, (0, 1), dims)


@declare(TOP, METHOD, in_place=True)
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The input with the elements of `source` at places of the flattened input; see `take`.

    Args:
        input: any shape.
        index: integers of any shape; negative ones count from the end.
        source: as many elements as the index has, of the input's dtype.
        accumulate: add to what is there. Otherwise, of several for one place, it is not said which one stays.

    Raises:
        DTypeError: source is of another dtype, or the index has no integers.
        IndexError: a place is out of range, or index and source have different numbers of elements.

    >>> ravine.put(ravine.zeros(2, 2), ravine.tensor([0, -1]), ravine.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    if source.dtype != input.dtype:
        raise DTypeError(f"source is {source.dtype}, the input {input.dtype}. Convert one with .to(dtype)")
    if source.numel() != index.numel():
        raise IndexError(
            f"source has {source.numel()} elements, index {index.numel()}. Give a place for each element"
        )
    flat = _ops.index_put(input.reshape(-1), (index.reshape(-1),), source.reshape(-1), accumulate)
    return flat.reshape(input.shape)


@declare(METHOD, of="copy_")
def fill_diagonal_(input: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Writes one number on the main diagonal, and returns the tensor.

    With `wrap` the diagonal of a matrix with more rows than columns begins anew below a row that is left out.

    Raises:
        ShapeError: there are fewer than 2 dimensions, or more of different extents.

    >>> ravine.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    shape = [int(n) for n in input.shape]
    if len(shape) < 2:
        raise ShapeError(f"the tensor of shape {tuple(shape)} has no diagonal; it needs 2 dimensions or more")
    if len(shape) > 2 and len({*shape}) > 1:
        raise ShapeError(f"the extents of shape {tuple(shape)} differ; with more than 2 they must be equal")
    # One step further in every dimension.
    step, stride = 0, 1
    for n in reversed(shape):
        step, stride = step + stride, stride * n
    square = wrap or len(shape) > 2
    end = stride if square else min(shape) * shape[-1]
    input.reshape(-1)[:end:step].fill_(fill_value)
    return input


@declare(TOP)
def fill(input: Tensor, value: float | Tensor) -> Tensor:
    """One number everywhere, in the input's shape and dtype.

    Raises:
        ShapeError: the value is a tensor that has dimensions.

    >>> ravine.fill(ravine.zeros(2), 3)
    tensor([3., 3.])
    """
    if not isinstance(value, Tensor):
        return _ops.full(tuple(input.shape), value, dtype=input.dtype, device=input.device)
    if value.ndim:
        raise ShapeError(f"value of shape {tuple(value.shape)} must be one number, without dimensions")
    return _ops.expand(value.to(input.dtype), tuple(input.shape)).clone()
