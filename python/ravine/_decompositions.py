"""What `ravine.linalg` makes of the decompositions that the engine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._creation import ones_like, zeros, zeros_like
from ravine._declare import LINALG, declare
from ravine._matrices import batch, epsilon, fields, identity, mirrored, reflected
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence


@declare(LINALG)
def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of real matrices whose eigenvalues are real; see `eig`.

    >>> eigvals(ravine.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor([2., 3.])
    """
    return _ops.eig(A)[0]


@declare(LINALG)
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices in ascending order; see `eigh`. Their derivative is
    always finite.

    >>> eigvalsh(ravine.tensor([[2.0, 1.0], [1.0, 2.0]]))
    tensor([1., 3.])
    """
    return _ops.eigh(A, UPLO)[0]


def _bound(given: float | Tensor | None, like: Tensor) -> Tensor | None:
    """A bound as a tensor of the matrices' dtype, on their device."""
    if given is None:
        return None
    if isinstance(given, Tensor):
        return given.to(like.dtype)
    return _ops.full((), given, dtype=like.dtype, device=like.device)


def _bounds(A: Tensor, atol: float | Tensor | None, rtol: float | Tensor | None) -> tuple[Tensor, Tensor]:
    """Absolute and relative bound of singular values that count as 0.

    By default relative to the matrix's size and precision, unless a positive absolute one is given.
    """
    absolute, relative = _bound(atol, A), _bound(rtol, A)
    usual = _ops.full((), max(A.shape[-2:]) * epsilon(A), dtype=A.dtype, device=A.device)
    if absolute is None:
        absolute = zeros_like(usual)
    elif relative is None:
        relative = _ops.where(absolute > 0, zeros_like(usual), usual)
    return absolute, usual if relative is None else relative


def _matrices(A: Tensor) -> None:
    if A.ndim < 2:
        raise ShapeError(f"A must have 2 dimensions or more, its shape is {tuple(A.shape)}")


@declare(LINALG)
def pinv(
    A: Tensor,
    rcond: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """The pseudoinverse of Moore and Penrose: ``V diag(1 / s) U^T`` over the singular values above a bound.

    The bound is ``max(atol, rtol s[0])``; the default of `rtol` is ``max(m, n)`` times the precision of the
    dtype, or 0 where `atol` is positive. The derivative is that at constant rank (Golub and Pereyra, 1973).

    Args:
        A: (..., m, n).
        rcond: an older name of `rtol`.
        hermitian: A is symmetric; only its lower triangle is read.
        atol: a number, or one for each matrix.
        rtol: a number, or one for each matrix.

    Returns:
        (..., n, m).

    >>> pinv(ravine.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    _matrices(A)
    relative = rtol if rcond is None else rcond
    return _ops.pinv(mirrored(A) if hermitian else A, *_bounds(A, atol, relative))


@declare(LINALG)
def matrix_rank(
    A: Tensor,
    tol: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """How many singular values are above ``max(atol, rtol s[0])``, as int64; bounds are those of `pinv`.

    Args:
        A: (..., m, n).
        tol: an older name of `atol`, without the relative bound.
        hermitian: A is symmetric: magnitudes of eigenvalues count, and only the lower triangle is read.

    >>> matrix_rank(ravine.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    _matrices(A)
    if tol is not None:
        atol, rtol = tol, 0.0
    absolute, relative = _bounds(A, atol, rtol)
    if not A.shape[-1] * A.shape[-2]:
        return zeros(A.shape[:-2], dtype=_core.int64, device=A.device)
    values = _ops.abs(_ops.eigh(A)[0]) if hermitian else _ops.svdvals(A)
    bound = _ops.maximum(absolute, relative * _ops.amax(values, -1))
    return _ops.sum(values > _ops.unsqueeze(bound, -1), -1)


@declare(LINALG)
def cond(A: Tensor, p: float | str | None = None) -> Tensor:
    """The condition number ``|A| |A^-1|``; infinite for a singular matrix.

    `p` is None or 2 for the quotient of the largest and the smallest singular value, -2 for its inverse (both
    of matrices of any shape), or what `matrix_norm` takes, for square ones.

    >>> cond(ravine.tensor([[2.0, 0.0], [0.0, 8.0]]))
    tensor(4.)
    """
    from ravine._linalg import matrix_norm

    _matrices(A)
    if p is None or p in (2, -2):
        values = _ops.svdvals(A)
        if not values.shape[-1]:
            return zeros(A.shape[:-2], dtype=A.dtype, device=A.device)
        first, last = values[..., 0], values[..., -1]
        return last / first if p == -2 else first / last
    inverse, info = _ops.inv_ex(A)
    product = matrix_norm(A, p) * matrix_norm(_ops.where((info == 0)[..., None, None], inverse, 0.0), p)
    return _ops.where(info == 0, product, float("inf"))


@declare(LINALG)
def lstsq(
    A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None
) -> tuple[Tensor, ...]:
    """X for which ``|A X - B|`` is smallest, and of those the one of smallest norm.

    By the pseudoinverse, whatever `driver` says; derivatives by A are those at constant rank.

    Args:
        A: (..., m, n).
        B: (..., m, k), or a vector (..., m).
        rcond: singular values up to `rcond` times the largest count as 0; by default ``max(m, n)`` times the
            precision of the dtype.
        driver: "gelsy" (the default), "gels", "gelsd" or "gelss": what is returned, as below.

    Returns:
        `solution`; `residuals`, the sums of squares of ``A X - B`` for each column where m > n (with "gelsd"
        and "gelss" if all matrices have rank n, with "gelsy" never), else without elements; `rank`, int64 (no
        elements with "gels"); `singular_values` (with "gelsd" and "gelss").

    Raises:
        ShapeError: A and B have different numbers of rows.

    >>> lstsq(ravine.tensor([[1.0], [1.0]]), ravine.tensor([[1.0], [3.0]])).solution
    tensor([[2.]])
    """
    _matrices(A)
    if driver not in (None, "gelsy", "gels", "gelsd", "gelss"):
        raise ValueError(f"driver is 'gels', 'gelsy', 'gelsd' or 'gelss', not {driver!r}")
    m, n = A.shape[-2:]
    vector = B.ndim == 1 or (B.ndim + 1 == A.ndim and B.shape == A.shape[:-1])
    right = _ops.unsqueeze(B, -1) if vector else B
    if right.shape[-2] != m:
        raise ShapeError(
            f"A of shape {tuple(A.shape)} has {m} rows, B of shape {tuple(B.shape)} has {right.shape[-2]}. "
            "They must be equal"
        )
    bounds = _bounds(A, None, rcond)
    solution = _ops.matmul(_ops.pinv(A, *bounds), right)
    none = zeros(0, dtype=A.dtype, device=A.device)
    values, rank = none, zeros(0, dtype=_core.int64, device=A.device)
    if driver != "gels":
        rank = matrix_rank(A.detach(), rtol=bounds[1])
    if driver in ("gelsd", "gelss"):
        values = _ops.svdvals(A.detach())
    residuals = none
    by_rank = driver in ("gelsd", "gelss")
    if m > n and (driver == "gels" or (by_rank and bool(_ops.all(rank == n)))):
        apart = _ops.matmul(A, solution) - right
        residuals = _ops.sum(apart * apart, -2)
    if vector:
        solution = _ops.squeeze(solution, -1)
    kind = fields("lstsq", "solution", "residuals", "rank", "singular_values")
    return kind(solution, residuals, rank, values)


@declare(LINALG)
def matrix_power(A: Tensor, n: int) -> Tensor:
    """Square matrices times themselves, `n` in all, by repeated squaring; with a negative `n` their inverses.

    Raises:
        ShapeError: the matrices are not square.

    >>> matrix_power(ravine.tensor([[1, 1], [0, 1]]), 3)
    tensor([[1, 3],
            [0, 1]])
    """
    _matrices(A)
    if A.shape[-1] != A.shape[-2]:
        raise ShapeError(f"A must hold square matrices, its shape is {tuple(A.shape)}")
    if n == 0:
        return _ops.expand(identity(A.shape[-1], A), A.shape).clone()
    power = A if n > 0 else _ops.inv(A)
    left, result = abs(n), None
    while left:
        if left & 1:
            result = power if result is None else _ops.matmul(result, power)
        left >>= 1
        power = _ops.matmul(power, power) if left else power
    return A.clone() if result is None or result is A else result


@declare(LINALG)
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of ``H[0] H[1] ... H[k-1]`` with the reflections ``H[i] = I - tau[i] v[i] v[i]^T``.

    ``v[i]`` is column i of A below its diagonal, with a 1 on it and zeros above: what `ravine.geqrf` returns.

    Args:
        A: (..., m, n), m not smaller than n.
        tau: (..., k), k not larger than n.

    Raises:
        ShapeError: the extents do not fit.

    >>> householder_product(*ravine.geqrf(ravine.tensor([[3.0], [4.0]])))
    tensor([[-0.6000],
            [-0.8000]])
    """
    _matrices(A)
    m, n = A.shape[-2:]
    if m < n or tau.ndim != A.ndim - 1 or tau.shape[-1] > n or tau.shape[:-1] != A.shape[:-2]:
        raise ShapeError(
            f"A of shape {tuple(A.shape)} and tau of shape {tuple(tau.shape)} do not fit: A is (..., m, n) "
            "with m not smaller than n, tau (..., k) with k not larger than n"
        )
    columns = _ops.expand(identity(m, A)[:, :n], A.shape)
    return reflected(A, tau, columns, backwards=True)


@declare(LINALG)
def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """X with ``tensordot(A, X, X.ndim) = B``: `solve` for the matrix that A is.

    Args:
        A: of shape ``B.shape + X.shape``, as many elements in the one as in the other, when the
            dimensions in `dims` have been moved to the end.
        B: any shape.
        dims: dimensions of A to move.

    Raises:
        ShapeError: the numbers of elements differ.

    >>> tensorsolve(ravine.eye(4).reshape(2, 2, 4) * 2, ravine.ones(2, 2))
    tensor([0.5000, 0.5000, 0.5000, 0.5000])
    """
    if dims is not None:
        count = len(dims)
        A = _ops.movedim(A, tuple(dims), tuple(range(A.ndim - count, A.ndim)))
    shape = A.shape[B.ndim :]
    if A.numel() != B.numel() ** 2:
        raise ShapeError(
            f"A of shape {tuple(A.shape)} is no square matrix for B of shape {tuple(B.shape)}: it must have "
            f"{B.numel()} times {B.numel()} elements"
        )
    matrix = _ops.reshape(A, (B.numel(), B.numel()))
    return _ops.reshape(_ops.solve(matrix, _ops.reshape(B, (-1,))), shape)


@declare(LINALG)
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `tensordot` with A: that of the matrix whose rows are the first `ind` dimensions.

    Raises:
        ShapeError: the first `ind` extents and the others have different products.
        ValueError: `ind` is not positive.

    >>> tensorinv(ravine.eye(4).reshape(2, 2, 4) * 2).shape
    (4, 2, 2)
    """
    if ind < 1:
        raise ValueError(f"ind={ind} must be positive")
    rows, columns = A.shape[:ind], A.shape[ind:]
    size = 1
    for extent in rows:
        size *= extent
    if A.numel() != size * size:
        raise ShapeError(
            f"the first {ind} extents of shape {tuple(A.shape)} multiply to {size}, the others to something "
            "else. Both products must be equal"
        )
    return _ops.reshape(_ops.inv(_ops.reshape(A, (size, size))), (*columns, *rows))


@declare(LINALG)
def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Vandermonde's matrix: column j is ``x^j``, for j from 0 to N - 1; N is by default the length of `x`.

    Args:
        x: (..., n).

    Returns:
        (..., n, N).

    >>> vander(ravine.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    count = x.shape[-1] if N is None else N
    if count < 1:
        raise ValueError(f"N={count} must be positive")
    column = _ops.unsqueeze(x, -1)
    ones = ones_like(column)
    factors = _ops.expand(column, (*x.shape, count - 1))
    return _ops.cumprod(_ops.cat([ones, factors], -1), -1)


def low_rank(A: Tensor, q: int, niter: int, M: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V of the best approximation of rank `q` in a random range of A (Halko et al., 2011)."""
    x = A if M is None else A - _ops.expand(M, A.shape)
    back = x.mT
    Q = _ops.qr(_ops.matmul(x, _ops.randn(*batch(x), x.shape[-1], q, dtype=x.dtype, device=x.device)))[0]
    for _ in range(niter):
        Q = _ops.qr(_ops.matmul(back, Q))[0]
        Q = _ops.qr(_ops.matmul(x, Q))[0]
    U, S, Vh = _ops.svd(_ops.matmul(Q.mT, x), False)
    return _ops.matmul(Q, U), S, Vh.mT
