"""The functions of `ravine.linalg` that are written in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine._declare import LINALG, declare
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine._core import Tensor, dtype


@declare(LINALG)
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
) -> Tensor:
    """`(sum |x|^ord)^(1/ord)` over `dim`, or over all elements; see `ravine.norm`.

    >>> vector_norm(ravine.tensor([3.0, -4.0]), 1)
    tensor(7.)
    """
    return _ops.norm(x, ord, dim, keepdim, dtype)


@declare(LINALG)
def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
) -> Tensor:
    """The norm of the matrices that two dimensions span.

    "fro" is the root of the sum of squares, infinity the largest sum of magnitudes of a row, 1 that of a
    column, and their negatives the smallest. 2 is the largest singular value, -2 the smallest,
    "nuc" their sum.

    >>> matrix_norm(ravine.tensor([[1.0, -2.0], [3.0, 4.0]]), float("inf"))
    tensor(7.)
    """
    if A.ndim < 2:
        raise ShapeError(f"the input must have 2 or more dimensions, its shape is {tuple(A.shape)}")
    if len(dim) != 2 or dim[0] % A.ndim == dim[1] % A.ndim:
        raise ValueError(f"dim={tuple(dim)} must name two dimensions")
    rows, columns = (d % A.ndim for d in dim)
    if ord == "fro":
        return _ops.norm(A, 2, (rows, columns), keepdim, dtype)
    if ord == "nuc" or ord in (2, -2):
        matrix = _ops.movedim(A if dtype is None else A.to(dtype), (rows, columns), (-2, -1))
        values = _ops.svdvals(matrix)
        # Of nothing the largest is 0.
        if ord == "nuc" or (ord == 2 and not values.shape[-1]):
            result = _ops.sum(values, -1)
        else:
            result = (_ops.amax if ord == 2 else _ops.amin)(values, -1)
        for d in sorted((rows, columns)) if keepdim else ():
            result = _ops.unsqueeze(result, d)
        return result
    if isinstance(ord, str) or abs(ord) not in (1, float("inf")):
        raise ValueError(f"ord={ord!r} must be 'fro', 'nuc', 1, -1, 2, -2, or plus or minus infinity")
    added, compared = (columns, rows) if abs(ord) > 1 else (rows, columns)
    sums = _ops.norm(A, 1, added, True, dtype)
    largest = _ops.amax if A.shape[compared] else _ops.sum
    result = (largest if ord > 0 else _ops.amin)(sums, compared, True)
    return result if keepdim else _ops.squeeze(result, (rows, columns))


@declare(LINALG)
def norm(
    input: Tensor,
    ord: float | str | None = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
) -> Tensor:
    """A vector norm, or a matrix norm where `ord` is given and `dim` names two dimensions (or there are two).

    >>> norm(ravine.tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    if ord is None:
        return _ops.norm(input, 2, dim, keepdim, dtype)
    if dim is None:
        if input.ndim not in (1, 2):
            raise ShapeError(f"a tensor of shape {input.shape} is no vector and no matrix; give dim")
        dim = tuple(range(input.ndim))
    if not isinstance(dim, int) and len(dim) == 2:
        return matrix_norm(input, ord, dim, keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise ValueError(f"ord={ord!r} is for matrices, dim={dim!r} names a vector")
    return vector_norm(input, ord, dim, keepdim, dtype=dtype)


@declare(LINALG)
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order that needs the fewest multiplications.

    The first and the last may be vectors. The order is that of dynamic programming (Cormen et al., 2009).

    >>> multi_dot([ravine.ones(2, 30), ravine.ones(30, 2), ravine.ones(2)])
    tensor([60., 60.])
    """
    parts = list(tensors)
    if len(parts) < 2:
        raise ValueError(f"{len(parts)} tensors; it multiplies two at least")
    for i, t in enumerate(parts):
        if t.ndim != 2 and not (t.ndim == 1 and i in (0, len(parts) - 1)):
            raise ShapeError(f"tensor {i} has shape {t.shape}; all must be matrices, the ends may be vectors")
    sides = [1 if parts[0].ndim == 1 else parts[0].shape[0]]
    sides += [t.shape[-1] if t.ndim == 2 or i == 0 else 1 for i, t in enumerate(parts)]
    n = len(parts)
    cost, cut = [[0] * n for _ in range(n)], [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], cut[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sides[i] * sides[k + 1] * sides[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Tensor:
        return parts[i] if i == j else _ops.matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return product(0, n - 1)


@declare(LINALG)
def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Cross product of vectors of three components along `dim`.

    >>> cross(ravine.tensor([1, 0, 0]), ravine.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    return _ops.cross(input, other, dim)


@declare(LINALG)
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Sum of products along one dimension; the others broadcast.

    >>> vecdot(ravine.tensor([[1, 2], [3, 4]]), ravine.tensor([1, 1]))
    tensor([3, 7])
    """
    return _ops.sum(_ops.mul(x, y), dim)


@declare(LINALG)
def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of the diagonals of the matrices in the last two dimensions; see `ravine.diagonal`.

    >>> diagonal(ravine.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return _ops.diagonal(A, offset, dim1, dim2)
