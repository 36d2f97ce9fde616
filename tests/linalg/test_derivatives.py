"""Derivatives of decompositions, reverse and forward, first and second, against differences in float64."""

# Tuples of the extension have names that its stubs do not tell.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

import numpy as np
import pytest

import ravine
from linalg.problems import PROBLEMS
from ravine.autograd import gradcheck, gradgradcheck
from ravine.errors import GradientError, LinAlgError


def leaves(problem):
    return [ravine.tensor(x, requires_grad=True) for x in problem.draw()]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_first(problem):
    assert gradcheck(
        lambda *x: tuple(problem.results(ravine, *x)),
        leaves(problem),
        check_forward_ad=True,
        atol=1e-6,
        rtol=1e-5,
    )


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_second(problem):
    assert gradgradcheck(lambda *x: tuple(problem.results(ravine, *x)), leaves(problem), atol=1e-5, rtol=1e-4)


def cofactors(a):
    n = len(a)
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)]
    return signs * np.array(minors)


SINGULAR = {
    "rank 2": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]]),
    "a row of zeros": np.array([[1.0, 2.0], [0.0, 0.0]]),
    "rank 1": np.ones((3, 3)),
    "zero": np.zeros((3, 3)),
    "negative orientation": np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    "nearly singular": np.array([[1.0, 1.0], [1.0, 1.0 + 1e-12]]),
    "badly scaled": np.diag([1e-8, 1.0, 1e8]),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_the_derivative_of_a_determinant_is_that_of_singular_matrices_too(name):
    a = SINGULAR[name]
    x = ravine.tensor(a, requires_grad=True)
    ravine.linalg.det(x).backward()
    np.testing.assert_allclose(
        x.grad.numpy(), cofactors(a), rtol=1e-12, atol=1e-13 * max(1.0, np.abs(a).max())
    )


def second_cofactors(a):
    """The Hessian of the determinant, from minors of matrices without two rows and columns."""
    n = len(a)
    hessian = np.zeros((n, n, n, n))
    for i, j in np.ndindex(n, n):
        rest = cofactors(np.delete(np.delete(a, i, 0), j, 1))
        rows, columns = np.delete(np.arange(n), i), np.delete(np.arange(n), j)
        hessian[i, j][np.ix_(rows, columns)] = (-1.0) ** (i + j) * rest
    return hessian


@pytest.mark.parametrize("name", [n for n in SINGULAR if len(SINGULAR[n]) == 3])
def test_the_second_derivative_of_a_determinant_is_that_of_singular_matrices_too(name):
    a = SINGULAR[name]
    hessian = ravine.func.hessian(ravine.linalg.det)(ravine.tensor(a)).numpy()
    np.testing.assert_allclose(
        hessian, second_cofactors(a), rtol=1e-12, atol=1e-13 * max(1.0, np.abs(a).max())
    )


def test_the_third_derivative_of_a_determinant():
    rng = np.random.default_rng(2)
    x, weights, more = (ravine.tensor(rng.uniform(-1, 1, (3, 3))) for _ in range(3))
    x.requires_grad_()

    def second(x):
        (g,) = ravine.autograd.grad(ravine.linalg.det(x), x, create_graph=True)
        return ravine.autograd.grad((g * weights).sum(), x, create_graph=True)[0]

    assert gradcheck(lambda x: (second(x) * more).sum(), x)
    x = ravine.zeros(3, 3, dtype=ravine.float64, requires_grad=True)
    (third,) = ravine.autograd.grad(second(x).sum(), x)
    with pytest.raises(LinAlgError, match=r"det: .*is singular"):
        third.numpy()


def test_values_have_derivatives_where_vectors_have_none():
    eye = ravine.eye(3, dtype=ravine.float64, requires_grad=True)
    for values in (ravine.linalg.svdvals, ravine.linalg.eigvalsh, ravine.linalg.eigvals):
        (g,) = ravine.autograd.grad(values(eye).sum(), eye)
        np.testing.assert_allclose(g.numpy(), np.eye(3), atol=1e-14)
    (g,) = ravine.autograd.grad(ravine.linalg.eigh(eye).eigenvectors[0, 1], eye)
    assert not ravine.isfinite(g).all()


def test_a_pseudoinverse_has_a_derivative_at_constant_rank():
    """Where singular values are equal, and where the rank is not full: along matrices of that rank."""
    rng = np.random.default_rng(0)
    left, right = rng.uniform(-1, 1, (4, 2)), rng.uniform(-1, 1, (2, 3))
    inputs = [ravine.tensor(x, requires_grad=True) for x in (left, right)]
    assert gradcheck(lambda x, y: ravine.linalg.pinv(x @ y, rtol=1e-10), inputs, check_forward_ad=True)
    eye = ravine.eye(3, dtype=ravine.float64, requires_grad=True)
    assert gradcheck(ravine.linalg.pinv, eye)
    assert gradgradcheck(ravine.linalg.pinv, eye)


def test_what_has_no_derivative_says_so():
    x = ravine.randn(4, 3, requires_grad=True)
    with pytest.raises(GradientError, match=r"qr: mode='complete'.*Use mode='reduced'"):
        ravine.linalg.qr(x, "complete").R.sum().backward()
    with pytest.raises(GradientError, match=r"geqrf: has no derivative.*linalg.qr"):
        ravine.geqrf(x)[0].sum().backward()
    square = ravine.eye(3, requires_grad=True)
    with pytest.raises(GradientError, match=r"ldl.*has no derivative.*linalg.solve"):
        ravine.linalg.ldl_factor(square)[0].sum().backward()


def test_a_solution_is_differentiable_by_the_right_side_of_ldl():
    rng = np.random.default_rng(1)
    a = rng.uniform(-1, 1, (3, 3))
    LD, pivots = ravine.linalg.ldl_factor(ravine.tensor(a + a.T))
    b = ravine.tensor(rng.uniform(-1, 1, (3, 2)), requires_grad=True)
    assert gradcheck(lambda b: ravine.linalg.ldl_solve(LD, pivots, b), b, check_forward_ad=True)
