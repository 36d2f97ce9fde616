"""A decomposition is factors of the right kind whose product is the matrix, in every extent and layout."""

# Tuples of the extension have names that its stubs do not tell.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import ravine
from ravine import linalg

EPS = {"float64": 2.0**-52, "float32": 2.0**-23}
SIDES = (0, 1, 2, 3, 7, 40)
SHAPES = [(m, n) for m in SIDES for n in SIDES]
SQUARES = [(n, n) for n in SIDES]


def matrices(shapes, dtype):
    """A batch, one matrix, a transposed view and a strided slice of each extent."""
    rng = np.random.default_rng(3)
    for m, n in shapes:
        for lead in ((), (3,), (2, 0), (2, 1)):
            yield ravine.tensor(rng.uniform(-1, 1, (*lead, m, n)).astype(dtype))
        yield ravine.tensor(rng.uniform(-1, 1, (n, m)).astype(dtype)).mT
        yield ravine.tensor(rng.uniform(-1, 1, (2, 2 * m, 2 * n)).astype(dtype))[:, ::2, ::2]


def near(x, y, dtype, factor=1.0):
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    assert x.shape == y.shape
    size = max(1.0, float(np.max(np.abs(y), initial=0.0)))
    # Rounded once from float64, then multiplied: a sum of as many products as a side has elements.
    bound = (
        8 * factor * EPS[dtype] * size * max(1, *x.shape[-2:] or (1,))
        if x.ndim
        else 8 * factor * EPS[dtype] * size
    )
    assert np.max(np.abs(x - y), initial=0.0) <= bound


def wide(*tensors):
    return [np.asarray(t.numpy(), "float64") for t in tensors]


def orthonormal(q, dtype):
    near(
        q.swapaxes(-1, -2) @ q,
        np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], *2 * q.shape[-1:])),
        dtype,
    )


@pytest.mark.parametrize("dtype", EPS)
def test_cholesky(dtype):
    for x in matrices(SQUARES, dtype):
        a = x @ x.mT + ravine.eye(x.shape[-1], dtype=x.dtype)
        for upper in (False, True):
            # The other triangle is not read.
            half = ravine.triu(a) if upper else ravine.tril(a)
            L, info = linalg.cholesky_ex(half, upper=upper)
            assert L.dtype is a.dtype
            assert info.dtype is ravine.int32
            assert info.shape == a.shape[:-2]
            assert not info.numpy().any()
            (factor, whole) = wide(L, a)
            zero = np.tril(factor, -1) if upper else np.triu(factor, 1)
            assert not zero.any()
            assert (np.diagonal(factor, axis1=-2, axis2=-1) > 0).all()
            near(
                (factor.swapaxes(-1, -2) @ factor) if upper else factor @ factor.swapaxes(-1, -2),
                whole,
                dtype,
            )
            np.testing.assert_array_equal(linalg.cholesky(half, upper=upper).numpy(), L.numpy())


@pytest.mark.parametrize("dtype", EPS)
def test_qr(dtype):
    for x in matrices(SHAPES, dtype):
        m, n = x.shape[-2:]
        for mode in ("reduced", "complete", "r"):
            Q, R = linalg.qr(x, mode)
            k = m if mode == "complete" else min(m, n)
            assert R.shape == (*x.shape[:-2], k, n)
            if mode == "r":
                assert Q.shape == (0,)
                continue
            assert Q.shape == (*x.shape[:-2], m, k)
            (q, r, a) = wide(Q, R, x)
            orthonormal(q, dtype)
            assert not np.tril(r, -1).any()
            near(q @ r, a, dtype)
            # LAPACK's signs.
            if x.ndim == 2 and m and n:
                expected = np.linalg.qr(a, "complete" if mode == "complete" else "reduced")
                near(q, expected[0], dtype, 1e3)
                near(r, expected[1], dtype, 1e3)


@pytest.mark.parametrize("dtype", EPS)
def test_lu(dtype):
    for x in matrices(SHAPES, dtype):
        m, n = x.shape[-2:]
        k = min(m, n)
        P, L, U = linalg.lu(x)
        (p, low, high, a) = wide(P, L, U, x)
        assert p.shape[-2:] == (m, m)
        assert low.shape[-2:] == (m, k)
        assert high.shape[-2:] == (k, n)
        assert not np.triu(low, 1).any()
        assert not np.tril(high, -1).any()
        assert (np.diagonal(low, axis1=-2, axis2=-1) == 1).all()
        assert (np.abs(low) <= 1).all()
        assert np.isin(p, (0, 1)).all()
        assert (p.sum(-1) == 1).all()
        assert (p.sum(-2) == 1).all()
        near(p @ low @ high, a, dtype)
        LU, pivots, info = linalg.lu_factor_ex(x)
        assert pivots.dtype is ravine.int32
        assert info.shape == x.shape[:-2]
        for mine, other in zip(ravine.lu_unpack(LU, pivots), (P, L, U)):
            np.testing.assert_array_equal(mine.numpy(), other.numpy())
        if x.ndim == 2 and k:
            factors, exchanged = scipy.linalg.lu_factor(a)
            near(LU.numpy(), factors, dtype, 1e3)
            np.testing.assert_array_equal(pivots.numpy() - 1, exchanged)


@pytest.mark.parametrize("dtype", EPS)
def test_rows_stay_without_pivots(dtype):
    for x in matrices(SQUARES, dtype):
        a = x + 50 * ravine.eye(x.shape[-1], dtype=x.dtype)
        P, L, U = linalg.lu(a, pivot=False)
        assert P.shape == (0,)
        near((L @ U).numpy(), a.numpy(), dtype, 2)


@pytest.mark.parametrize("dtype", EPS)
def test_systems(dtype):
    for x in matrices(SQUARES, dtype):
        n, lead = x.shape[-1], x.shape[:-2]
        a = x + 3 * ravine.eye(n, dtype=x.dtype) * max(1, n) ** 0.5
        (matrix,) = wide(a)
        for count in (0, 1, 5):
            b = ravine.ones(*lead, n, count, dtype=x.dtype)
            for left in (True, False):
                right = b if left else b.mT
                X = linalg.solve(a, right, left=left)
                (solution, given) = wide(X, right)
                near(matrix @ solution if left else solution @ matrix, given, dtype, 10)
                LU = linalg.lu_factor(a)
                near(linalg.lu_solve(*LU, right, left=left).numpy(), solution, dtype, 10)
                turned = linalg.lu_solve(*LU, right, left=left, adjoint=True)
                near(turned.numpy(), linalg.solve(a.mT, right, left=left).numpy(), dtype, 10)
                for upper in (True, False):
                    for unit in (True, False):
                        T = np.triu(matrix) if upper else np.tril(matrix)
                        if unit:
                            T = T * (1 - np.eye(n)) * 0.1 + np.eye(n)
                        t = ravine.tensor(T.astype(dtype))
                        options = {"upper": upper, "left": left, "unitriangular": unit}
                        # What is not of the triangle is not read.
                        noise = np.tril(np.ones((n, n)), -1) if upper else np.triu(np.ones((n, n)), 1)
                        read = linalg.solve_triangular(
                            t + ravine.tensor(noise.astype(dtype)) * 7, right, **options
                        )
                        (solution, T) = wide(read, t)
                        near(T @ solution if left else solution @ T, given, dtype, 10)
        vector = ravine.ones(*lead, n, dtype=x.dtype)
        if n:
            np.testing.assert_array_equal(
                linalg.solve(a, vector).numpy(), linalg.solve(a, vector[..., None])[..., 0].numpy()
            )
        near((linalg.inv(a) @ a).numpy(), np.broadcast_to(np.eye(n), a.shape), dtype, 10)
        near(linalg.matrix_power(a, -1).numpy(), linalg.inv(a).numpy(), dtype)
        np.testing.assert_array_equal(linalg.matrix_power(a, 0).numpy(), np.broadcast_to(np.eye(n), a.shape))


@pytest.mark.parametrize("dtype", EPS)
def test_symmetric_systems(dtype):
    for x in matrices(SQUARES, dtype):
        a = x + x.mT
        n = a.shape[-1]
        LD, pivots, info = linalg.ldl_factor_ex(ravine.tril(a))
        assert pivots.dtype is ravine.int32
        assert not info.numpy().any()
        b = a @ ravine.ones(*x.shape[:-2], n, 2, dtype=x.dtype)
        X = linalg.ldl_solve(LD, pivots, b)
        near((a @ X).numpy(), b.numpy(), dtype, 100)
    a = ravine.tensor(np.array([[0.0, 1.0], [1.0, 0.0]], dtype))
    LD, pivots = linalg.ldl_factor(a)
    assert pivots.tolist() == [-2, -2]
    assert LD.tolist() == [[0, 0], [1, 0]]
    assert linalg.ldl_solve(LD, pivots, ravine.tensor(np.array([[3.0], [4.0]], dtype))).tolist() == [[4], [3]]


@pytest.mark.parametrize("dtype", EPS)
def test_symmetric_eigenvalues(dtype):
    for x in matrices(SQUARES, dtype):
        a = x + x.mT
        for UPLO, half in (("L", ravine.tril(a)), ("U", ravine.triu(a))):
            w, V = linalg.eigh(half, UPLO)
            (values, vectors, whole) = wide(w, V, a)
            orthonormal(vectors, dtype)
            near((vectors * values[..., None, :]) @ vectors.swapaxes(-1, -2), whole, dtype)
            near(values, np.linalg.eigvalsh(whole), dtype)
            np.testing.assert_array_equal(linalg.eigvalsh(half, UPLO).numpy(), w.numpy())


@pytest.mark.parametrize("dtype", EPS)
def test_real_eigenvalues(dtype):
    for x in matrices(SQUARES, dtype):
        n = x.shape[-1]
        a = x * 0.2 + ravine.diag(ravine.arange(n, dtype=x.dtype))
        w, V = linalg.eig(a)
        (values, vectors, whole) = wide(w, V, a)
        near(whole @ vectors, vectors * values[..., None, :], dtype, 10)
        near(np.linalg.norm(vectors, axis=-2), np.ones(values.shape), dtype)
        near(np.sort(values), np.sort(np.linalg.eigvals(whole).real), dtype, 1e3)
        np.testing.assert_array_equal(linalg.eigvals(a).numpy(), w.numpy())
        # A symmetric matrix has real ones, equal or not; a triangle has those of its diagonal.
        near(np.sort(linalg.eigvals(x + x.mT).numpy()), np.linalg.eigvalsh((x + x.mT).numpy()), dtype, 10)
        triangle = ravine.triu(ravine.ones_like(x))
        assert (linalg.eigvals(triangle).numpy() == 1).all()


@pytest.mark.parametrize("dtype", EPS)
def test_singular_values(dtype):
    for x in matrices(SHAPES, dtype):
        m, n = x.shape[-2:]
        k = min(m, n)
        for full in (True, False):
            U, S, Vh = linalg.svd(x, full_matrices=full)
            assert U.shape[-2:] == (m, m if full else k)
            assert Vh.shape[-2:] == (n if full else k, n)
            (u, s, v, a) = wide(U, S, Vh, x)
            orthonormal(u, dtype)
            orthonormal(v.swapaxes(-1, -2), dtype)
            near((u[..., :k] * s[..., None, :]) @ v[..., :k, :], a, dtype)
            assert (s >= 0).all()
            assert (np.diff(s) <= 0).all()
            if k:
                near(s, np.linalg.svd(a, compute_uv=False), dtype)
            np.testing.assert_array_equal(linalg.svdvals(x).numpy(), S.numpy())
        pinv = linalg.pinv(x)
        (p, a) = wide(pinv, x)
        near(a @ p @ a, a, dtype, 100)
        near((a @ p).swapaxes(-1, -2), a @ p, dtype, 100)


@pytest.mark.parametrize("dtype", EPS)
def test_determinants(dtype):
    for x in matrices(SQUARES, dtype):
        (a,) = wide(x)
        np.testing.assert_allclose(linalg.det(x).numpy(), np.linalg.det(a), rtol=1e3 * EPS[dtype])
        sign, size = linalg.slogdet(x)
        expected = np.linalg.slogdet(a)
        np.testing.assert_array_equal(sign.numpy(), expected[0])
        near(size.numpy(), expected[1], dtype, 10)
    singular = ravine.tensor(np.ones((2, 2), dtype))
    assert linalg.det(singular).item() == 0
    assert linalg.slogdet(singular)[0].item() == 0
    assert linalg.slogdet(singular)[1].item() == -np.inf
    assert ravine.logdet(singular).item() == -np.inf
    assert np.isnan(ravine.logdet(-ravine.eye(3, dtype=singular.dtype)).item())


@pytest.mark.parametrize("dtype", EPS)
def test_exponentials(dtype):
    for x in matrices(SQUARES, dtype):
        (a,) = wide(x)
        if not a.size:
            assert linalg.matrix_exp(x).shape == x.shape
            continue
        near(linalg.matrix_exp(x).numpy(), scipy.linalg.expm(a), dtype)
        near(linalg.matrix_exp(x * 1e-5).numpy(), scipy.linalg.expm(a * 1e-5), dtype)
    assert np.isnan(linalg.matrix_exp(ravine.full((2, 2), np.inf)).numpy()).all()


def test_least_squares():
    rng = np.random.default_rng(5)
    for m, n in [(5, 3), (3, 5), (4, 4), (5, 0), (0, 3)]:
        a, b = rng.uniform(-1, 1, (2, m, n)), rng.uniform(-1, 1, (2, m, 2))
        x, residuals, rank, values = linalg.lstsq(ravine.tensor(a), ravine.tensor(b), driver="gelsd")
        for i in range(2):
            if m and n:
                expected = np.linalg.lstsq(a[i], b[i])
                np.testing.assert_allclose(x[i].numpy(), expected[0], atol=1e-13)
                assert rank[i].item() == expected[2]
                np.testing.assert_allclose(values[i].numpy(), expected[3], atol=1e-14)
                if m > n:
                    np.testing.assert_allclose(residuals[i].numpy(), expected[1], atol=1e-14)
        assert linalg.lstsq(ravine.tensor(a), ravine.tensor(b)).residuals.shape == (0,)
    # Of all solutions the shortest, where there are several.
    a = ravine.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    assert ravine.allclose(linalg.lstsq(a, ravine.tensor([2.0, 2.0, 2.0])).solution, ravine.ones(2))


def test_ranks():
    rng = np.random.default_rng(6)
    a = ravine.tensor(rng.uniform(-1, 1, (5, 2)) @ rng.uniform(-1, 1, (2, 4)))
    assert linalg.matrix_rank(a).item() == 2
    assert linalg.matrix_rank(a @ a.mT, hermitian=True).item() == 2
    assert linalg.matrix_rank(ravine.diag(ravine.tensor([1.0, 0.1, 0.01])), 0.05).item() == 2
    assert linalg.matrix_rank(ravine.diag(ravine.tensor([4.0, 1.0, 0.1])), rtol=0.1).item() == 2
    bounds = ravine.tensor([0.5, 2.0])
    assert linalg.matrix_rank(ravine.eye(2).expand(2, 2, 2), atol=bounds).tolist() == [2, 0]
    assert linalg.matrix_rank(ravine.zeros(2, 0, 3)).tolist() == [0, 0]
    assert linalg.pinv(ravine.diag(ravine.tensor([2.0, 0.5])), atol=1.0).tolist() == [[0.5, 0], [0, 0]]


def test_reflections():
    rng = np.random.default_rng(7)
    for m, n in [(5, 3), (4, 4), (3, 1)]:
        x = ravine.tensor(rng.uniform(-1, 1, (2, m, n)))
        a, tau = ravine.geqrf(x)
        Q, R = linalg.qr(x)
        near(linalg.householder_product(a, tau).numpy(), Q.numpy(), "float64")
        near(ravine.triu(a)[..., :n, :].numpy(), R.numpy(), "float64")
        whole = linalg.qr(x, "complete").Q
        for left in (True, False):
            for transpose in (True, False):
                other = ravine.tensor(rng.uniform(-1, 1, (2, m, 2) if left else (2, 2, m)))
                turned = whole.mT if transpose else whole
                expected = turned @ other if left else other @ turned
                near(ravine.ormqr(a, tau, other, left, transpose).numpy(), expected.numpy(), "float64")


def test_low_rank():
    rng = np.random.default_rng(8)
    a = ravine.tensor(rng.uniform(-1, 1, (2, 9, 3)) @ rng.uniform(-1, 1, (2, 3, 6)))
    ravine.manual_seed(0)
    U, S, V = ravine.svd_lowrank(a, q=3)
    near((U * S[:, None]).numpy() @ V.mT.numpy(), a.numpy(), "float64", 10)
    near(S.numpy(), linalg.svdvals(a)[:, :3].numpy(), "float64", 10)
    U, S, V = ravine.pca_lowrank(a, q=3)
    centred = a - a.mean(-2, keepdim=True)
    near((U * S[:, None]).numpy() @ V.mT.numpy(), centred.numpy(), "float64", 10)


def test_large_matrices_in_blocks():
    """Several blocks of every algorithm, with rests."""
    rng = np.random.default_rng(9)
    n = 150
    a = ravine.tensor(rng.uniform(-1, 1, (n, n)))
    near((linalg.inv(a) @ a).numpy(), np.eye(n), "float64", 1e3)
    positive = a @ a.mT + ravine.eye(n, dtype=ravine.float64)
    L = linalg.cholesky(positive)
    near((L @ L.mT).numpy(), positive.numpy(), "float64")
    w, V = linalg.eigh(positive)
    near(((V * w) @ V.mT).numpy(), positive.numpy(), "float64")
    U, S, Vh = linalg.svd(a[:, :100])
    near(((U[:, :100] * S) @ Vh).numpy(), a[:, :100].numpy(), "float64")
    near(S.numpy(), np.linalg.svd(a[:, :100].numpy(), compute_uv=False), "float64")
