"""Sums of products over named dimensions, in the forms that PyTorch takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import _axis as axis
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@declare(TOP)
def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention: an index that is not in the result is summed.

    Args:
        equation: a letter for each dimension of each operand, operands apart by commas, after ``->`` those
            of the result; ``...`` stands for dimensions that broadcast. Without ``->`` the result has the
            letters that occur once, in alphabetical order.
        operands: the tensors, or one list of them.

    Instead each operand may be followed by a list of numbers from 0 to 51, or ``...``, that name its
    dimensions, and all by one for the result.

    Raises:
        ShapeError: a letter stands for different extents.
        ValueError: the equation does not fit the operands.

    >>> x = ravine.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ravine.einsum("ij,jk->ik", x, x)
    tensor([[ 7., 10.],
            [15., 22.]])
    >>> ravine.einsum(x, [0, 1], [1])
    tensor([4., 6.])
    """
    if not isinstance(equation, Tensor):
        return _ops.einsum(equation, *operands)
    given = (equation, *operands)
    tensors, labels = given[: len(given) // 2 * 2 : 2], given[1::2]
    left = ",".join(map(_label, labels))
    result = f"->{_label(given[-1])}" if len(given) % 2 else ""
    return _ops.einsum(left + result, *tensors)


def _label(numbers: Any) -> str:
    """The letters of a list of numbers."""
    if isinstance(numbers, (Tensor, str)) or not hasattr(numbers, "__iter__"):
        kind = type(numbers).__name__
        raise DTypeError(
            f"a tensor is followed by {kind}; after each comes the list of its dimensions' numbers"
        )
    for n in numbers:
        if n is not ... and not 0 <= n < 52:
            raise ValueError(f"the number {n} is out of range; dimensions are numbered from 0 to 51")
    return "".join("..." if n is ... else _LETTERS[n] for n in numbers)


@declare(TOP)
def tensordot(a: Tensor, b: Tensor, dims: int | Tensor | Sequence[Sequence[int]] = 2) -> Tensor:
    """Sum of products over pairs of dimensions: the last `dims` of `a` and the first of `b`, or two lists.

    Raises:
        ShapeError: the extents of a pair differ, and none of them is 1.
        ValueError: dims is more than there are, or names a dimension twice.

    >>> ravine.tensordot(ravine.ones(2, 3, 4), ravine.ones(4, 3), ([1, 2], [1, 0]))
    tensor([12., 12.])
    """
    wanted: Any = dims.tolist() if isinstance(dims, Tensor) else dims
    if isinstance(wanted, int):
        if not 0 <= wanted <= min(a.ndim, b.ndim):
            raise ValueError(f"dims={wanted} must lie between 0 and the ranks {a.ndim} and {b.ndim}")
        pairs = [(a.ndim - wanted + i, i) for i in range(wanted)]
    else:
        left, right = ([axis(t, d) for d in which] for which, t in zip(wanted, (a, b), strict=True))
        if len(left) != len(right) or len({*left}) != len(left) or len({*right}) != len(right):
            raise ValueError(f"dims={wanted!r} must pair each dimension once")
        pairs = list(zip(left, right))
    of_a, of_b = list(range(a.ndim)), list(range(a.ndim, a.ndim + b.ndim))
    for i, j in pairs:
        n, m = a.shape[i], b.shape[j]
        if n != m and 1 not in (n, m):
            raise ShapeError(
                f"dimension {i} of shape {a.shape} and {j} of shape {b.shape} differ; pairs "
                "must be equal, or 1"
            )
        of_b[j] = of_a[i]
        # What one of them repeats is summed beforehand.
        a, b = (a.sum(i, True) if m == 1 else a), (b.sum(j, True) if n == 1 else b)
    shared = {i for i, _ in pairs}
    rest = [k for k in of_a if k not in shared] + [k for k in of_b if k >= len(of_a)]
    return einsum(a, of_a, b, of_b, rest)


@declare(TOP, METHOD)
def tensor_split(
    input: Tensor,
    indices_or_sections: int | Tensor | Sequence[int] | None = None,
    dim: int = 0,
    *,
    sections: int | None = None,
    indices: Sequence[int] | None = None,
) -> tuple[Tensor, ...]:
    """Views of the parts of dimension `dim`: of as many of nearly one size, or between the given indices.

    Args:
        input: of one dimension or more.
        indices_or_sections: the number of parts, of which the first ones are greater by 1 where it does not
            divide the extent; or where parts begin. A tensor of these is looked at.
        dim: the dimension.
        sections: another name for the number of parts.
        indices: another name for where they begin.

    Raises:
        IndexError: there is no such dimension.
        ValueError: the number of parts is not positive, or not one of the three is given.

    >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), 3)]
    [[0, 1], [2, 3], [4]]
    >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), (1, 4))]
    [[0], [1, 2, 3], [4]]
    """
    given = [x for x in (indices_or_sections, sections, indices) if x is not None]
    if len(given) != 1:
        raise ValueError(f"{len(given)} of indices_or_sections, sections and indices are given; pass one")
    where = given[0]
    return _ops.tensor_split(input, where.tolist() if isinstance(where, Tensor) else where, dim)
