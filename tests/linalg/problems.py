"""Functions of `linalg` that mean the same in Ravine and in PyTorch, where they have all derivatives.

A call takes the library and its tensors, and returns what does not depend on the choice of signs: of vectors
the products with themselves. Symmetric and definite matrices are made of general ones, so that every element
of an input may be moved alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """Results of a call on matrices of these shapes, whose elements are drawn from -1 to 1."""

    name: str
    call: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]

    def draw(self, batch: tuple[int, ...] = (), dtype: str = "float64") -> list[np.ndarray]:
        rng = np.random.default_rng(zlib.crc32(f"{self.name} {self.shapes}".encode()))
        return [rng.uniform(-1, 1, (*batch, *shape)).astype(dtype) for shape in self.shapes]

    def results(self, lib: Any, *inputs: Any) -> list[Any]:
        found = self.call(lib, *inputs)
        return list(found) if isinstance(found, tuple) else [found]


def symmetric(x: Any) -> Any:
    return x + x.mT


def positive(lib: Any, x: Any) -> Any:
    return x @ x.mT + like_eye(lib, x) * 2


def like_eye(lib: Any, x: Any) -> Any:
    n = x.shape[-1] if x.shape[-1] == x.shape[-2] else x.shape[-2]
    return lib.eye(n, dtype=x.dtype, device=x.device)


def apart(lib: Any, x: Any) -> Any:
    """Near a diagonal matrix of numbers that are apart: real eigenvalues, and a small inverse."""
    n = x.shape[-1]
    return 0.5 * x + lib.diag(lib.arange(2, n + 2, dtype=x.dtype, device=x.device)) * 2


def real(x: Any) -> Any:
    """PyTorch's eigenvalues are complex numbers, whose imaginary parts are 0 here."""
    return x.real if "complex" in str(x.dtype) else x


def weighted(lib: Any, v: Any) -> Any:
    """Of vectors in columns, up to their signs, what tells them apart."""
    weights = lib.arange(1, v.shape[-1] + 1, dtype=v.dtype, device=v.device)
    return (v * weights) @ v.mT


def of_svd(lib: Any, x: Any, full: bool = False) -> tuple[Any, ...]:
    U, S, Vh = lib.linalg.svd(x, full_matrices=full)
    k = S.shape[-1]
    U, Vh = U[..., :k], Vh[..., :k, :]
    return weighted(lib, U), S, weighted(lib, Vh.mT), (U * S[..., None, :]) @ Vh


def of_eigh(lib: Any, x: Any, UPLO: str = "L") -> tuple[Any, ...]:
    w, V = lib.linalg.eigh(symmetric(x), UPLO)
    return w, weighted(lib, V)


def of_eig(lib: Any, x: Any) -> tuple[Any, ...]:
    w, V = lib.linalg.eig(apart(lib, x))
    w, V = real(w), real(V)
    order = lib.argsort(w, -1)
    w = lib.take_along_dim(w, order, -1)
    V = lib.take_along_dim(V, order[..., None, :].expand(V.shape), -1)
    return w, weighted(lib, V)


def of_lstsq(lib: Any, a: Any, b: Any) -> Any:
    return lib.linalg.lstsq(a, b).solution


def of_ldl(lib: Any, x: Any, b: Any) -> Any:
    return lib.linalg.ldl_solve(*lib.linalg.ldl_factor(symmetric(x)), b)


def of_lu(lib: Any, x: Any) -> tuple[Any, ...]:
    return lib.linalg.lu(x)[1:]


def solved_by_lu(lib: Any, x: Any, b: Any, **options: Any) -> Any:
    return lib.linalg.lu_solve(*lib.linalg.lu_factor(apart(lib, x)), b, **options)


def reflected(lib: Any, x: Any, c: Any) -> Any:
    """By vectors and factors that make no exact reflections."""
    tau = x[..., 0, :]
    return lib.ormqr(x, tau, c)


def _simple(name: str, **options: Any) -> Callable[..., Any]:
    return lambda lib, *x: getattr(lib.linalg, name)(*x, **options)


def _apart(name: str, *more: Any, **options: Any) -> Callable[..., Any]:
    return lambda lib, x, *rest: getattr(lib.linalg, name)(apart(lib, x), *rest, *more, **options)


def _positive(name: str, **options: Any) -> Callable[..., Any]:
    return lambda lib, x: getattr(lib.linalg, name)(positive(lib, x), **options)


S3, S4, TALL, WIDE = (3, 3), (4, 4), (5, 3), (3, 5)

PROBLEMS = [
    Problem("cholesky", _positive("cholesky"), (S4,)),
    Problem("cholesky upper", _positive("cholesky", upper=True), (S3,)),
    Problem("cholesky of one", _positive("cholesky"), ((1, 1),)),
    Problem("cholesky_ex", lambda lib, x: lib.linalg.cholesky_ex(positive(lib, x))[0], (S3,)),
    Problem(
        "cholesky_solve",
        lambda lib, x, b: lib.cholesky_solve(b, lib.linalg.cholesky(positive(lib, x))),
        (S3, (3, 2)),
    ),
    Problem(
        "cholesky_inverse", lambda lib, x: lib.cholesky_inverse(lib.linalg.cholesky(positive(lib, x))), (S3,)
    ),
    Problem("qr", lambda lib, x: tuple(lib.linalg.qr(x)), (S4,)),
    Problem("qr tall", lambda lib, x: tuple(lib.linalg.qr(x)), (TALL,)),
    Problem("qr wide", lambda lib, x: tuple(lib.linalg.qr(x)), (WIDE,)),
    Problem("qr complete", lambda lib, x: tuple(lib.linalg.qr(x, "complete")), (WIDE,)),
    Problem("lu", of_lu, (S4,)),
    Problem("lu tall", of_lu, (TALL,)),
    Problem("lu wide", of_lu, (WIDE,)),
    Problem("lu_factor", lambda lib, x: lib.linalg.lu_factor(x)[0], (S3,)),
    Problem("lu_solve", solved_by_lu, (S3, (3, 2))),
    Problem("lu_solve adjoint", lambda lib, x, b: solved_by_lu(lib, x, b, adjoint=True), (S3, (3, 2))),
    Problem("lu_solve right", lambda lib, x, b: solved_by_lu(lib, x, b, left=False), (S3, (2, 3))),
    Problem("solve", _apart("solve"), (S4, (4, 2))),
    Problem("solve vector", _apart("solve"), (S3, (3,))),
    Problem("solve right", _apart("solve", left=False), (S3, (2, 3))),
    Problem("solve_ex", lambda lib, x, b: lib.linalg.solve_ex(apart(lib, x), b)[0], (S3, (3, 2))),
    Problem("solve_triangular", _apart("solve_triangular", upper=True), (S4, (4, 2))),
    Problem("solve_triangular lower", _apart("solve_triangular", upper=False), (S3, (3, 1))),
    Problem(
        "solve_triangular unit", _apart("solve_triangular", upper=True, unitriangular=True), (S3, (3, 2))
    ),
    Problem("solve_triangular right", _apart("solve_triangular", upper=False, left=False), (S3, (2, 3))),
    Problem(
        "triangular_solve",
        lambda lib, x, b: lib.triangular_solve(b, apart(lib, x), transpose=True)[0],
        (S3, (3, 2)),
    ),
    Problem("inv", _apart("inv"), (S4,)),
    Problem("inv_ex", lambda lib, x: lib.linalg.inv_ex(apart(lib, x))[0], (S3,)),
    Problem("det", _simple("det"), (S4,)),
    Problem("det of one", _simple("det"), ((1, 1),)),
    Problem("det of two", _simple("det"), ((2, 2),)),
    Problem("slogdet", lambda lib, x: lib.linalg.slogdet(x)[1], (S4,)),
    Problem("logdet", lambda lib, x: lib.logdet(positive(lib, x)), (S3,)),
    Problem("matrix_exp", _simple("matrix_exp"), (S3,)),
    Problem("matrix_exp large", lambda lib, x: lib.linalg.matrix_exp(x * 3), (S3,)),
    Problem("matrix_power", _apart("matrix_power", 3), (S3,)),
    Problem("matrix_power negative", _apart("matrix_power", -2), (S3,)),
    Problem("eigh", of_eigh, (S4,)),
    Problem("eigh upper", lambda lib, x: of_eigh(lib, x, "U"), (S3,)),
    Problem("eigvalsh", lambda lib, x: lib.linalg.eigvalsh(symmetric(x)), (S3,)),
    Problem("eig", of_eig, (S4,)),
    Problem("eigvals", lambda lib, x: lib.sort(real(lib.linalg.eigvals(apart(lib, x))))[0], (S3,)),
    Problem("svd", of_svd, (S4,)),
    Problem("svd tall", of_svd, (TALL,)),
    Problem("svd wide", of_svd, (WIDE,)),
    Problem("svd full", lambda lib, x: of_svd(lib, x, full=True), (S3,)),
    Problem("svdvals", _simple("svdvals"), (TALL,)),
    Problem("pinv", _simple("pinv"), (TALL,)),
    Problem("pinv wide", _simple("pinv"), (WIDE,)),
    Problem("pinv hermitian", lambda lib, x: lib.linalg.pinv(symmetric(x), hermitian=True), (S3,)),
    Problem("lstsq", of_lstsq, (TALL, (5, 2))),
    Problem("lstsq wide", of_lstsq, (WIDE, (3, 2))),
    Problem("cond", _apart("cond"), (S3,)),
    Problem("cond -2", _apart("cond", -2), (S3,)),
    Problem("cond 1", _apart("cond", 1), (S3,)),
    Problem("cond fro", _apart("cond", "fro"), (S3,)),
    Problem("matrix_norm 2", _simple("matrix_norm", ord=2), (TALL,)),
    Problem("matrix_norm -2", _simple("matrix_norm", ord=-2), (TALL,)),
    Problem("matrix_norm nuc", _simple("matrix_norm", ord="nuc"), (TALL,)),
    Problem("householder_product", lambda lib, x: lib.linalg.householder_product(x, x[..., 0, :]), (TALL,)),
    Problem("ormqr", reflected, (S3, (3, 2))),
    Problem(
        "tensorsolve",
        lambda lib, x, b: lib.linalg.tensorsolve(apart(lib, x).reshape(2, 2, 4), b),
        (S4, (2, 2)),
    ),
    Problem("tensorinv", lambda lib, x: lib.linalg.tensorinv(apart(lib, x).reshape(2, 2, 4)), (S4,)),
    Problem("vander", _simple("vander", N=4), ((3,),)),
    Problem("multi_dot", lambda lib, x, y, z: lib.linalg.multi_dot([x, y, z]), ((2, 3), (3, 4), (4, 2))),
]

#: Problems whose call takes a batch of matrices in front.
BATCHED = [p for p in PROBLEMS if p.name not in ("tensorsolve", "tensorinv", "multi_dot")]
