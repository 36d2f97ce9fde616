"""`linalg` against PyTorch: values, two derivatives, the names and dtypes of results, and what is refused."""

# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import inspect
import itertools
import warnings

import numpy as np
import pytest
import torch

import ravine
from linalg.problems import PROBLEMS
from ravine.errors import LinAlgError

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:UserWarning")

#: What PyTorch has no second derivative of, and of what none at all, as it writes into its own results.
ONCE = {"ormqr"}
NOT_THERE = {"cond 1", "cond fro"}


def derivatives(lib, problem, data):
    """Results, gradients of their weighted sum, and gradients of the weighted sum of those."""
    leaves = [lib.tensor(x, requires_grad=True) for x in data]
    rng = np.random.default_rng(0)

    def weighted(results):
        kept = [t for t in results if t is not None and t.requires_grad]
        return sum((t * lib.tensor(rng.uniform(-1, 1, tuple(t.shape)))).sum() for t in kept)

    results = problem.results(lib, *leaves)
    grads = lib.autograd.grad(weighted(results), leaves, create_graph=True, allow_unused=True)
    found = [*results, *grads]
    total = weighted(grads) if problem.name not in ONCE else 0
    if not isinstance(total, int) and total.requires_grad:
        found += lib.autograd.grad(total, leaves, allow_unused=True)
    return [None if t is None else t.detach().numpy() for t in found]


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.name not in NOT_THERE], ids=lambda p: p.name)
def test_derivatives(problem):
    data = problem.draw()
    mine, other = derivatives(ravine, problem, data), derivatives(torch, problem, data)
    for i, (x, y) in enumerate(itertools.zip_longest(mine, other)):
        # What does not depend on a leaf is None, or zeros.
        if x is None or y is None:
            assert not np.any(y if x is None else x), i
            continue
        size = max(1.0, float(np.abs(y).max(initial=0)))
        np.testing.assert_allclose(x, y, rtol=0, atol=1e-9 * size, err_msg=str(i))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_values_in_float32(problem):
    data = problem.draw(
        (2,) if problem.name not in ("tensorsolve", "tensorinv", "multi_dot") else (), "float32"
    )
    mine = problem.results(ravine, *map(ravine.tensor, data))
    other = problem.results(torch, *map(torch.tensor, data))
    for x, y in zip(mine, other):
        assert str(x.dtype).split(".")[-1] == str(y.dtype).split(".")[-1]
        assert tuple(x.shape) == tuple(y.shape)
        size = max(1.0, float(np.abs(y.numpy()).max(initial=0)))
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=0, atol=3e-4 * size)


EYE = "lib.eye(2)"
#: Calls whose results have names, and some whose extents are odd.
CALLS = [
    f"linalg.cholesky_ex({EYE})",
    "linalg.cholesky_ex(-lib.eye(3))",
    f"linalg.qr({EYE})",
    f"linalg.qr({EYE}, 'r')",
    f"linalg.lu({EYE})",
    f"linalg.lu_factor({EYE})",
    "linalg.lu_factor_ex(lib.zeros(2, 2))",
    f"linalg.eigh({EYE})",
    f"linalg.svd({EYE})",
    f"linalg.slogdet({EYE})",
    "linalg.inv_ex(lib.eye(2) * 2)",
    f"linalg.solve_ex({EYE}, lib.ones(2))",
    f"linalg.ldl_factor({EYE})",
    f"linalg.ldl_factor_ex({EYE})",
    "linalg.lstsq(lib.ones(3, 1), lib.ones(3, 1))",
    "linalg.lstsq(lib.ones(3, 1), lib.ones(3, 1), driver='gels')",
    "linalg.lstsq(lib.ones(3, 1), lib.ones(3, 1), driver='gelsd')",
    "linalg.lstsq(lib.ones(3, 1), lib.ones(3, 1), driver='gelss')",
    "linalg.lstsq(lib.ones(2, 3, 1), lib.ones(2, 3))",
    "linalg.matrix_rank(lib.ones(4, 3, 3))",
    "linalg.matrix_rank(lib.ones(3, 3), tol=10.0)",
    "linalg.matrix_rank(lib.ones(3, 3), atol=0.5, rtol=0.1)",
    "linalg.matrix_rank(lib.ones(3, 3), hermitian=True)",
    "linalg.matrix_rank(lib.ones(0, 3))",
    "linalg.pinv(lib.ones(2, 3), 0.1)",
    "linalg.pinv(lib.ones(2, 3), rtol=0.1)",
    "linalg.pinv(lib.ones(2, 3), atol=lib.tensor(10.0))",
    "linalg.pinv(lib.ones(0, 3))",
    "linalg.cond(lib.ones(2, 2), 1)",
    "linalg.cond(lib.eye(3), 'nuc')",
    "linalg.cond(lib.eye(3), float('inf'))",
    "linalg.cond(lib.zeros(2, 2), 'fro')",
    "linalg.det(lib.ones(0, 0))",
    "linalg.det(lib.ones(3, 0, 0))",
    "linalg.slogdet(lib.ones(0, 0))",
    "linalg.inv(lib.ones(0, 0))",
    "linalg.eigvalsh(lib.ones(2, 0, 0))",
    "linalg.svdvals(lib.ones(0, 3))",
    "linalg.svd(lib.ones(0, 3))[2].shape",
    "linalg.matrix_power(lib.arange(4).reshape(2, 2), 3)",
    "linalg.matrix_power(lib.eye(2) * 2, 0)",
    "linalg.matrix_power(lib.eye(2) * 2, 1)",
    "linalg.matrix_norm(lib.arange(24.).reshape(2, 3, 4), 'nuc', dim=(0, 2), keepdim=True)",
    "linalg.matrix_norm(lib.arange(24.).reshape(2, 3, 4), -2, dim=(1, 0))",
    "linalg.matrix_norm(lib.arange(6.).reshape(2, 3), 2, dtype=lib.float64)",
    "linalg.norm(lib.arange(6.).reshape(2, 3), 'nuc')",
    "linalg.norm(lib.arange(6.).reshape(2, 3), 2)",
    "linalg.vander(lib.tensor([1, 2, 3]))",
    "linalg.vander(lib.ones(2, 3), N=2)",
    "linalg.solve_triangular(lib.ones(2, 2), lib.ones(3, 2, 1), upper=True)",
    "linalg.solve(lib.eye(2), lib.ones(5, 2, 3))",
    "linalg.solve(lib.ones(3, 1, 1), lib.ones(3, 1))",
    "linalg.lu_solve(*lib.linalg.lu_factor(lib.eye(2) + 1), lib.ones(3, 2, 2), adjoint=True)",
    "linalg.householder_product(lib.ones(3, 2), lib.ones(1))",
    "linalg.matrix_exp(lib.ones(2, 0, 0))",
    "linalg.tensorinv(lib.eye(6).reshape(2, 3, 6))",
    "linalg.tensorsolve(lib.eye(6).reshape(2, 6, 3), lib.ones(2, 3), dims=(1,))",
    "cholesky(lib.eye(2), upper=True)",
    "cholesky_solve(lib.ones(2, 1), lib.eye(2) * 2, upper=True)",
    "cholesky_inverse(lib.eye(2) * 2)",
    "triangular_solve(lib.ones(2, 1), lib.ones(2, 2), upper=False, unitriangular=True)",
    "qr(lib.ones(3, 2), some=False).R.shape",
    "svd(lib.eye(2), compute_uv=False)",
    "svd(lib.ones(3, 2), some=False)[0].shape",
    "geqrf(lib.arange(6.).reshape(3, 2))",
    "orgqr(lib.ones(3, 2), lib.ones(2))",
    "ormqr(lib.ones(3, 3), lib.ones(3), lib.ones(3, 2), transpose=True)",
    "ormqr(lib.ones(3, 3), lib.ones(3), lib.ones(2, 3), left=False)",
    "inverse(lib.eye(2) * 2)",
    "pinverse(lib.ones(2, 1))",
    "det(lib.eye(2))",
    "logdet(-lib.eye(3))",
    "logdet(lib.zeros(2, 2))",
    "slogdet(-lib.eye(3))",
    "matrix_exp(lib.zeros(2, 2))",
    "matrix_power(lib.eye(2), -1)",
    "lu(lib.eye(2) + 1)",
    "lu(lib.eye(2), get_infos=True)",
    "lu_solve(lib.ones(2, 1), *lib.linalg.lu_factor(lib.eye(2)))",
    "lu_unpack(*lib.linalg.lu_factor(lib.arange(6.).reshape(3, 2)))",
    "lu_unpack(*lib.linalg.lu_factor(lib.eye(2)), unpack_data=False)",
    "lu_unpack(*lib.linalg.lu_factor(lib.eye(2)), unpack_pivots=False)",
    "chain_matmul(lib.ones(2, 3), lib.ones(3, 4))",
    "chain_matmul(lib.ones(2, 3))",
    "nuclear_norm(lib.arange(6.).reshape(2, 3))",
    "nuclear_norm(lib.arange(24.).reshape(2, 3, 4), (0, 1), keepdim=True)",
    "frobenius_norm(lib.arange(6.).reshape(2, 3), dim=(0, 1))",
    "norm(lib.arange(6.).reshape(2, 3), 'nuc')",
    "norm(lib.arange(6.).reshape(2, 3))",
    "vander(lib.tensor([1., 2., 3.]), 2)",
    "vander(lib.tensor([1, 2, 3]), increasing=True)",
    "vander(lib.tensor([1, 2, 3]), 0)",
    "adjoint(lib.ones(2, 3)).shape",
    "eye(2).det()",
    "eye(2).inverse()",
    "eye(2).cholesky()",
    "eye(2).logdet()",
    "eye(2).slogdet()",
    "eye(2).matrix_exp()",
    "eye(2).matrix_power(2)",
    "eye(2).pinverse()",
    "eye(2).svd().S",
    "eye(2).lu()",
    "eye(2).qr()",
]


def plain(found):
    """Names, dtypes and values of results."""
    if isinstance(found, tuple) and not all(isinstance(n, int) for n in found):
        return [list(getattr(found, "_fields", ()) or _names(found)), *map(plain, found)]
    if isinstance(found, ravine.Tensor | torch.Tensor):
        values = found.detach().numpy()
        return [str(found.dtype).split(".")[-1], values.shape, np.where(values == 0, 0, values)]
    return tuple(found)


def _names(found):
    return [n for n in dir(found) if not n.startswith(("_", "n_")) and n not in ("count", "index", "numel")]


def agree(x, y):
    if isinstance(x, list) and x and isinstance(x[0], list):
        assert set(x[0]) == set(y[0])
        assert len(x) == len(y)
        for a, b in zip(x[1:], y[1:]):
            agree(a, b)
    elif isinstance(x, list):
        assert x[:2] == y[:2]
        np.testing.assert_allclose(x[2], y[2], rtol=1e-5, atol=2e-6)
    else:
        assert x == y


@pytest.mark.parametrize("call", CALLS)
def test_results(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, other = (plain(eval(f"lib.{call}", {"lib": lib})) for lib in (ravine, torch))
    agree(mine, other)


@pytest.mark.parametrize("dtype", ["int64", "bool", "float16", "bfloat16"])
def test_what_is_refused(dtype):
    for name in ("cholesky", "qr", "lu_factor", "eigh", "svd", "inv", "det", "slogdet", "ldl_factor"):
        for lib in (ravine, torch):
            with pytest.raises(RuntimeError):
                getattr(lib.linalg, name)(lib.ones(2, 2).to(getattr(lib, dtype)))


@pytest.mark.parametrize(
    "call", ["inv(lib.zeros(2, 2))", "cholesky(-lib.eye(2))", "solve(lib.ones(2, 2), lib.ones(2))"]
)
def test_errors_are_caught_alike(call):
    for lib in (ravine, torch):
        with pytest.raises(lib.linalg.LinAlgError) as caught:
            print(eval(f"lib.linalg.{call}", {"lib": lib}))
        assert isinstance(caught.value, RuntimeError)
    assert ravine.linalg.LinAlgError is LinAlgError


def test_every_name_of_torch_is_here():
    missing = [
        name
        for name in dir(torch.linalg)
        if not name.startswith("_")
        and callable(getattr(torch.linalg, name))
        and not inspect.ismodule(getattr(torch.linalg, name))
        and name not in ("Tensor",)
        and not hasattr(ravine.linalg, name)
    ]
    assert missing == []
