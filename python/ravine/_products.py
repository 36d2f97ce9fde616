"""Products of vectors and matrices that are sums or powers of smaller ones, and norms of slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import _axis as axis
from ravine._halves import rounded, widened
from ravine.errors import DTypeError, ShapeError

if TYPE_CHECKING:
    pass


@declare(TOP, METHOD, in_place=True)
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta input + alpha vec1 vec2^T``, the outer product of two vectors added to a matrix.

    Args:
        input: what broadcasts to (n, m). With beta = 0 it counts for nothing, not even its NaN.
        vec1: (n,).
        vec2: (m,).
        beta: the factor of the input.
        alpha: the factor of the product.

    Raises:
        DTypeError: a factor is no integer, while all else are integers.
        ShapeError: vec1 or vec2 is no vector, or the input does not broadcast.

    >>> ravine.addr(ravine.ones(2, 2), ravine.tensor([1.0, 2.0]), ravine.tensor([3.0, 4.0]))
    tensor([[4., 5.],
            [7., 9.]])
    """
    for name, vector in (("vec1", vec1), ("vec2", vec2)):
        if vector.ndim != 1:
            raise ShapeError(f"{name} of shape {tuple(vector.shape)} must be a vector")
    input, vec1, vec2, to = widened(input, vec1, vec2)
    product = _ops.outer(vec1, vec2)
    shape = tuple(product.shape)
    if input.ndim > 2:
        raise ShapeError(f"the input of shape {tuple(input.shape)} does not broadcast to {shape}")
    if not (input.dtype.is_floating_point or product.dtype.is_floating_point):
        for name, factor in (("beta", beta), ("alpha", alpha)):
            if isinstance(factor, float):
                raise DTypeError(f"{name}={factor} is a float, but all tensors are integers. Use an integer")
    input = _ops.expand(input, shape)
    kept = input if beta == 1 else _times(input, beta) if beta else _ops.full(shape, 0, dtype=input.dtype)
    return rounded(kept.to(device=product.device) + (product if alpha == 1 else _times(product, alpha)), to)


def _times(input: Tensor, factor: float) -> Tensor:
    """Scaled; what is bool stays bool."""
    return input * (bool(factor) if input.dtype == _core.bool else factor)


@declare(TOP, METHOD, in_place=True, of="addmm")
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta input + alpha sum_b batch1[b] @ batch2[b]``.

    Args:
        input: what broadcasts to (n, m). With beta = 0 it counts for nothing, not even its NaN.
        batch1: (b, n, k).
        batch2: (b, k, m).
        beta: the factor of the input.
        alpha: the factor of the sum of products.

    Raises:
        DTypeError: the dtypes differ.
        ShapeError: the batches are no batches of matrices that fit, or the input does not broadcast.

    >>> ravine.addbmm(ravine.ones(1), ravine.ones(4, 1, 3), ravine.ones(4, 3, 2))
    tensor([[13., 13.]])
    """
    one, two = tuple(batch1.shape), tuple(batch2.shape)
    if len(one) != 3 or len(two) != 3 or one[0] != two[0] or one[2] != two[1]:
        raise ShapeError(
            f"batch1 of shape {one} and batch2 of shape {two} must be (b, n, k) and (b, k, m), with "
            "equal b and k"
        )
    # One product that adds over the batch as well.
    rows = _ops.transpose(batch1, 0, 1).reshape(one[1], one[0] * one[2])
    return _ops.addmm(input, rows, batch2.reshape(two[0] * two[1], two[2]), beta=beta, alpha=alpha)


@declare(TOP)
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm of each slice of dimension `dim`, which stays in place; with dim = -1 that of all elements.

    >>> ravine.norm_except_dim(ravine.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    if dim == -1:
        return _ops.norm(v, pow)
    kept = axis(v, dim)
    others = [d for d in range(v.ndim) if d != kept]
    return _ops.norm(v, pow, others, True) if others else _ops.abs(v)


@declare(TOP)
def rsub(input: Tensor, other: float | Tensor, *, alpha: float = 1) -> Tensor:
    """``other - alpha input``.

    >>> ravine.rsub(ravine.tensor([1.0, 2.0]), 3)
    tensor([2., 1.])
    """
    return other - (input if alpha == 1 else input * alpha)
