"""Functions of matrices under the names that they have at the top level and as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._creation import eye, zeros
from ravine._declare import METHOD, TOP, declare
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_kinds: dict[str, Any] = {}


def fields(name: str, *names: str) -> Any:
    """The kind of tuple that has these names for its entries."""
    if name not in _kinds:
        from collections import namedtuple

        _kinds[name] = namedtuple(name, names)
    return _kinds[name]


def epsilon(x: Tensor) -> float:
    """The distance from 1 to the next number."""
    return 2.0**-52 if x.dtype.itemsize == 8 else 2.0**-23


def batch(x: Tensor) -> tuple[int, ...]:
    """The dimensions in front of the matrices."""
    return tuple(x.shape[:-2])


def identity(n: int, like: Tensor) -> Tensor:
    return eye(n, dtype=like.dtype, device=like.device)


def mirrored(A: Tensor) -> Tensor:
    """The symmetric matrix that has this lower triangle."""
    return _ops.tril(A) + _ops.tril(A, -1).mT


def reflected(A: Tensor, tau: Tensor, x: Tensor, backwards: bool) -> Tensor:
    """The reflections in the columns of A (as in `ravine.geqrf`) applied to `x`, one after the other."""
    count = tau.shape[-1]
    columns = _ops.tril(A[..., :count], -1) + identity(A.shape[-2], A)[:, :count]
    for i in reversed(range(count)) if backwards else range(count):
        v = columns[..., i : i + 1]
        x = x - _ops.matmul(tau[..., i, None, None] * v, _ops.matmul(v.mT, x))
    return x


@declare(TOP, METHOD)
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The Cholesky factor of symmetric positive-definite matrices; see `ravine.linalg.cholesky`.

    >>> ravine.cholesky(ravine.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return _ops.cholesky(input, upper=upper)


@declare(TOP, METHOD)
def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False) -> Tensor:
    """X with ``A X = input`` from the Cholesky factor `input2` of A; leading dimensions broadcast.

    >>> ravine.cholesky_solve(ravine.tensor([[4.0]]), ravine.tensor([[2.0]]))
    tensor([[1.]])
    """
    if upper:
        y = _ops.solve_triangular(input2.mT, input, upper=False)
        return _ops.solve_triangular(input2, y, upper=True)
    y = _ops.solve_triangular(input2, input, upper=False)
    return _ops.solve_triangular(input2.mT, y, upper=True)


@declare(TOP, METHOD)
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A from its Cholesky factor.

    >>> ravine.cholesky_inverse(ravine.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
        raise ShapeError(f"the input must hold square matrices, its shape is {tuple(input.shape)}")
    ones = _ops.expand(identity(input.shape[-1], input), input.shape)
    return cholesky_solve(ones, input, upper)


@declare(TOP, METHOD)
def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple[Tensor, Tensor]:
    """X with ``A X = input`` for triangular A, and A; see `ravine.linalg.solve_triangular`.

    >>> ravine.triangular_solve(ravine.tensor([[4.0]]), ravine.tensor([[2.0]])).solution
    tensor([[2.]])
    """
    left = A.mT if transpose else A
    x = _ops.solve_triangular(left, input, upper=upper != transpose, unitriangular=unitriangular)
    return fields("triangular_solve", "solution", "cloned_coefficient")(x, A.clone())


@declare(TOP, METHOD)
def qr(input: Tensor, some: bool = True) -> tuple[Tensor, Tensor]:
    """`ravine.linalg.qr`, reduced or, where `some` is False, complete.

    >>> Q, R = ravine.qr(ravine.tensor([[3.0], [4.0]]))
    >>> R
    tensor([[-5.]])
    """
    return _ops.qr(input, "reduced" if some else "complete")


@declare(TOP, METHOD)
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> tuple[Tensor, Tensor, Tensor]:
    """``input = U diag(S) V^T``; see `ravine.linalg.svd`, which returns the transpose of V.

    With `some` U and V have as many columns as there are singular values, else they are square. Without
    `compute_uv` they are square, and zero.

    >>> U, S, V = ravine.svd(ravine.tensor([[0.0, 2.0], [1.0, 0.0]]))
    >>> S
    tensor([2., 1.])
    """
    kind = fields("svd", "U", "S", "V")
    if not compute_uv:
        S = _ops.svdvals(input)
        (m, n), lead = input.shape[-2:], batch(input)
        U, V = (zeros(*lead, k, k, dtype=input.dtype, device=input.device) for k in (m, n))
        return kind(U, S, V)
    U, S, Vh = _ops.svd(input, not some)
    return kind(U, S, Vh.mT)


@declare(TOP, METHOD)
def inverse(input: Tensor) -> Tensor:
    """The inverse of square matrices; see `ravine.linalg.inv`.

    >>> ravine.inverse(ravine.tensor([[2.0]]))
    tensor([[0.5000]])
    """
    return _ops.inv(input)


@declare(TOP, METHOD)
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse; see `ravine.linalg.pinv`.

    >>> ravine.pinverse(ravine.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    from ravine._decompositions import pinv

    return pinv(input, rcond)


@declare(TOP, METHOD)
def det(input: Tensor) -> Tensor:
    """The determinant of square matrices; see `ravine.linalg.det`.

    >>> ravine.det(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    return _ops.det(input)


@declare(TOP, METHOD)
def slogdet(input: Tensor) -> tuple[Tensor, Tensor]:
    """Sign and logarithm of the magnitude of the determinant; see `ravine.linalg.slogdet`.

    >>> ravine.slogdet(ravine.eye(2) * -3).logabsdet
    tensor(2.1972)
    """
    return _ops.slogdet(input)


@declare(TOP, METHOD)
def logdet(input: Tensor) -> Tensor:
    """The natural logarithm of the determinant: minus infinity where that is 0, NaN where it is negative.

    >>> ravine.logdet(ravine.eye(2) * 3)
    tensor(2.1972)
    """
    sign, size = _ops.slogdet(input)
    return _ops.where(sign < 0, float("nan"), size)


@declare(TOP, METHOD)
def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices; see `ravine.linalg.matrix_exp`.

    >>> ravine.matrix_exp(ravine.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return _ops.matrix_exp(input)


@declare(TOP, METHOD)
def matrix_power(input: Tensor, n: int) -> Tensor:
    """Powers of square matrices; see `ravine.linalg.matrix_power`.

    >>> ravine.matrix_power(ravine.tensor([[1, 1], [0, 1]]), 3)
    tensor([[1, 3],
            [0, 1]])
    """
    from ravine._decompositions import matrix_power

    return matrix_power(input, n)


@declare(TOP, METHOD)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
    """`ravine.linalg.lu_factor`; with `get_infos` what `ravine.linalg.lu_factor_ex` returns.

    >>> LU, pivots = ravine.lu(ravine.tensor([[2.0]]))
    >>> LU
    tensor([[2.]])
    """
    return _ops.lu_factor_ex(A, pivot=pivot) if get_infos else tuple(_ops.lu_factor(A, pivot=pivot))


@declare(TOP, METHOD)
def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """X with ``A X = input`` from the LU decomposition of A; see `ravine.linalg.lu_solve`.

    >>> ravine.lu_solve(ravine.tensor([[4.0]]), *ravine.lu(ravine.tensor([[2.0]])))
    tensor([[2.]])
    """
    return _ops.lu_solve(LU_data, LU_pivots, input)


@declare(TOP, METHOD)
def orgqr(input: Tensor, input2: Tensor) -> Tensor:
    """The columns of Q from `ravine.geqrf`'s results; see `ravine.linalg.householder_product`.

    >>> ravine.orgqr(*ravine.geqrf(ravine.tensor([[3.0], [4.0]])))
    tensor([[-0.6000],
            [-0.8000]])
    """
    from ravine._decompositions import householder_product

    return householder_product(input, input2)


@declare(TOP, METHOD)
def ormqr(
    input: Tensor, input2: Tensor, input3: Tensor, left: bool = True, transpose: bool = False
) -> Tensor:
    """``Q input3``, or ``input3 Q`` where `left` is False, for the square Q of `ravine.geqrf`'s results.

    With `transpose` Q is transposed.

    Raises:
        ShapeError: the rows (or columns) of `input3` are not as many as those of `input`.

    >>> ravine.ormqr(*ravine.geqrf(ravine.tensor([[3.0], [4.0]])), ravine.tensor([[1.0], [0.0]]))
    tensor([[-0.6000],
            [-0.8000]])
    """
    side = input3.shape[-2 if left else -1] if input3.ndim > 1 else 0
    if input.ndim < 2 or input3.ndim < 2 or side != input.shape[-2]:
        raise ShapeError(
            f"input of shape {tuple(input.shape)} and input3 of shape {tuple(input3.shape)} do not fit: the "
            f"{'rows' if left else 'columns'} of input3 must be as many as the rows of input"
        )
    if left:
        return reflected(input, input2, input3, backwards=not transpose)
    return reflected(input, input2, input3.mT, backwards=transpose).mT


@declare(TOP)
def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices; see `ravine.linalg.multi_dot`.

    >>> ravine.chain_matmul(ravine.ones(1, 2), ravine.ones(2, 2), ravine.ones(2, 1))
    tensor([[4.]])
    """
    from ravine._linalg import multi_dot

    given = (
        list(matrices[0]) if len(matrices) == 1 and not isinstance(matrices[0], Tensor) else list(matrices)
    )
    for i, matrix in enumerate(given):
        if matrix.ndim != 2:
            raise ShapeError(f"matrix {i} has shape {tuple(matrix.shape)}; each must have 2 dimensions")
    return given[0].clone() if len(given) == 1 else multi_dot(given)


@declare(TOP)
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Vandermonde's matrix of a vector, powers from left to right descending; see `ravine.linalg.vander`.

    Raises:
        ShapeError: `x` is no vector.

    >>> ravine.vander(ravine.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [4, 2, 1],
            [9, 3, 1]])
    """
    from ravine._decompositions import vander

    if x.ndim != 1:
        raise ShapeError(f"x must be a vector, its shape is {tuple(x.shape)}")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise ValueError(f"N={N} must not be negative")
    if not x.dtype.is_floating_point:
        x = x.to(_core.int64)
    if count == 0:
        return zeros(x.shape[0], 0, dtype=x.dtype, device=x.device)
    powers = vander(x, N=count)
    return powers if increasing else _ops.flip(powers, (-1,))


@declare(TOP, METHOD)
def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    dtype: Any = None,
) -> Tensor:
    """The vector norm ``(sum |x|^p)^(1/p)`` over `dim`, or over all dimensions; "fro" is p = 2.

    "nuc" is the sum of the singular values of the matrices in the two dimensions that `dim` names, or that
    there are. Infinity gives the largest magnitude, minus infinity the smallest, 0 the number of elements
    that are not 0. The derivative of the 2-norm at 0 is 0.

    >>> ravine.norm(ravine.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if p != "nuc":
        return _ops.norm(input, p, dim, keepdim, dtype)
    return nuclear_norm(input if dtype is None else input.to(dtype), dim, keepdim)


@declare(TOP)
def nuclear_norm(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """The sum of the singular values of the matrices in two dimensions.

    >>> ravine.nuclear_norm(ravine.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(7.)
    """
    from ravine._linalg import matrix_norm

    if isinstance(dim, bool):
        dim, keepdim = None, dim
    if dim is None:
        if input.ndim != 2:
            raise ShapeError(
                f"the input must be a matrix where dim is not given, its shape is {tuple(input.shape)}"
            )
        dim = (-2, -1)
    if isinstance(dim, int):
        raise ValueError(f"dim={dim} names one dimension, and matrices have two")
    return matrix_norm(input, "nuc", dim, keepdim)


@declare(TOP)
def frobenius_norm(input: Tensor, dim: int | Sequence[int] = (), keepdim: bool = False) -> Tensor:
    """The root of the sum of squares over `dim`, or over all dimensions.

    >>> ravine.frobenius_norm(ravine.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(5.)
    """
    return _ops.norm(input, 2, dim if isinstance(dim, int) or dim else None, keepdim)


@declare(TOP)
def svd_lowrank(
    A: Tensor, q: int = 6, niter: int = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """U (..., m, q), S (..., q) and V (..., n, q) with ``A - M`` near ``U diag(S) V^T`` (Halko et al., 2011).

    From a random range of A, which `niter` rounds of subspace iteration improve; the draw is that of
    `ravine.randn`.

    Raises:
        ValueError: `q` is negative or larger than a side of A, or `niter` is negative.

    >>> U, S, V = ravine.svd_lowrank(ravine.ones(4, 3), q=1)
    >>> S
    tensor([3.4641])
    """
    from ravine._decompositions import low_rank

    if not 0 <= q <= min(A.shape[-2:]):
        raise ValueError(f"q={q} must lie between 0 and the smaller side of shape {tuple(A.shape)}")
    if niter < 0:
        raise ValueError(f"niter={niter} must not be negative")
    return low_rank(A, q, niter, M)


@declare(TOP)
def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components of rows: `svd_lowrank` of A less, with `center`, the mean of its rows.

    `q` is 6 by default, or the smaller side of A.

    Raises:
        ValueError: `q` is negative or larger than a side of A, or `niter` is negative.

    >>> ravine.pca_lowrank(ravine.tensor([[1.0, 0.0], [-1.0, 0.0]]), q=1)[1]
    tensor([1.4142])
    """
    rank = min(6, *A.shape[-2:]) if q is None else q
    return svd_lowrank(A, rank, niter, _ops.mean(A, -2, True) if center else None)
