"""Special functions where they are special, against torch, and derivatives that torch does not have, against
differences."""

import itertools

import numpy as np
import pytest
import scipy.special as sp
import torch

import ravine as rv
from ravine.autograd import gradcheck, gradgradcheck

NAN = float("nan")
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, -1.5, 2.5, -2.5, 3.0, 7.0, 8.0, 8.5, -9.25, 30.0, -30.0, 1e-5, NAN]
#: Torch has NaN where these have limits.
INFINITE = (
    "erfcx",
    "ndtr",
    "log_ndtr",
    "ndtri",
    "i0e",
    "entr",
    "erfinv",
    "gammaln",
    "digamma",
    "modified_bessel_k0",
)
ONE = (*INFINITE, "i0", "i1", "i1e", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "airy_ai")
ONE += ("modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0")

#: How far torch is off.
COARSE = {"airy_ai": 1e-6} | dict.fromkeys(("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"), 1e-7)


@pytest.mark.parametrize("name", ONE)
def test_edges(name):
    for dtype, tolerance in (("float64", max(1e-13, COARSE.get(name, 0))), ("float32", 1e-6)):
        values = EDGES + ([float("inf"), float("-inf")] if name in INFINITE else [])
        mine = getattr(rv.special, name)(rv.tensor(values, dtype=getattr(rv, dtype))).numpy()
        # In float64 torch is near enough to be the truth of float32.
        exact = torch.tensor(values, dtype=getattr(torch, dtype)).double()
        theirs = getattr(torch.special, name)(exact).numpy()
        scale = np.maximum(1, np.abs(np.where(np.isfinite(theirs), theirs, 1)))
        np.testing.assert_allclose(mine / scale, theirs / scale, rtol=0, atol=tolerance)
        if dtype == "float32":
            # Where only torch's argument, wider, is no pole.
            assert mine.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_rounded_once(dtype):
    values = [0.3, 1.7, 2.5, 6.0]
    for name in ("entr", "erfcx", "log_ndtr", "digamma", "i1e", "bessel_y1", "spherical_bessel_j0"):
        narrow = rv.tensor(values, dtype=getattr(rv, dtype))
        function = getattr(rv.special, name)
        got, want = function(narrow), function(narrow.float()).to(narrow.dtype)
        assert got.dtype is narrow.dtype
        assert got.tolist() == want.tolist(), name
    x = rv.tensor(values, dtype=getattr(rv, dtype))
    assert rv.polygamma(4, x).tolist() == rv.polygamma(4, x.float()).to(x.dtype).tolist()
    assert rv.mvlgamma(x + 1, 3).tolist() == rv.mvlgamma((x + 1).float(), 3).to(x.dtype).tolist()
    assert rv.special.xlog1py(x, 0.5).tolist() == rv.special.xlog1py(x.float(), 0.5).to(x.dtype).tolist()
    mantissa, exponent = rv.frexp(x)
    theirs = torch.frexp(torch.tensor(values, dtype=getattr(torch, dtype)))
    assert mantissa.tolist() == theirs.mantissa.tolist()
    assert exponent.tolist() == theirs.exponent.tolist()


def test_pairs_at_their_edges():
    numbers = [0.0, 1.0, 2.0, 2.5, -1.0, 30.0, 250.0, float("inf")]
    a, x = np.array(list(itertools.product(numbers, numbers))).T
    for name in ("gammainc", "gammaincc"):
        mine = getattr(rv.special, name)(rv.tensor(a), rv.tensor(x)).numpy()
        theirs = getattr(torch.special, name)(torch.tensor(a), torch.tensor(x)).numpy()
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-14)
        np.testing.assert_allclose(mine, getattr(sp, name)(a, x), rtol=1e-11, atol=1e-14)
    assert rv.igamma(rv.tensor([NAN, 1.0]), rv.tensor([1.0, NAN])).isnan().all()
    s, q = np.array(
        list(itertools.product([0.5, 1.0, 2.0, 3.0, 3.5], [0.0, -1.0, -0.5, -7.25, 0.25, 9.0, 1e6]))
    ).T
    mine = rv.special.zeta(rv.tensor(s), rv.tensor(q)).numpy()
    np.testing.assert_allclose(mine, torch.special.zeta(torch.tensor(s), torch.tensor(q)).numpy(), rtol=1e-11)
    x, y = np.array(
        list(itertools.product([0.0, 1.0, -2.0, np.nan], [-1.0, -2.0, 0.0, 3.0, np.nan, np.inf]))
    ).T
    mine = rv.special.xlog1py(rv.tensor(x), rv.tensor(y)).numpy()
    np.testing.assert_allclose(
        mine, torch.special.xlog1py(torch.tensor(x), torch.tensor(y)).numpy(), rtol=1e-14
    )
    for name in ("fmax", "fmin", "logaddexp2", "nextafter"):
        pair = np.array(list(itertools.product([0.0, 1.0, -2.0, np.nan, np.inf, -np.inf], repeat=2))).T
        mine = getattr(rv, name)(*map(rv.tensor, pair)).numpy()
        np.testing.assert_array_equal(mine, getattr(torch, name)(*map(torch.tensor, pair)).numpy(), name)


def test_parts_of_every_float(rng):
    for dtype, kind in (("float32", np.int32), ("float64", np.int64)):
        x = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, 5000, dtype=kind).view(dtype)
        x = np.append(x, np.array([0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-40, 1, -1], dtype))
        mantissa, exponent = rv.frexp(rv.tensor(x, dtype=getattr(rv, dtype)))
        with np.errstate(invalid="ignore"):
            m, e = np.frexp(x)
        finite = np.isfinite(x)
        np.testing.assert_array_equal(mantissa.numpy(), m)
        np.testing.assert_array_equal(exponent.numpy()[finite], e[finite])
        np.testing.assert_array_equal(rv.signbit(rv.tensor(x)).numpy(), np.signbit(x))
        x = x[~np.isnan(x)]
        for way in (np.inf, -np.inf, 0):
            y = np.full_like(x, way)
            got = rv.nextafter(rv.tensor(x), rv.tensor(y)).numpy()
            np.testing.assert_array_equal(got, np.nextafter(x, y))


#: Functions of x, and where: torch has no derivative of them, or none of second order.
SMOOTH = {
    "airy_ai": (-4.0, 3.0),
    "bessel_j0": (0.5, 12.0),
    "bessel_j1": (0.5, 12.0),
    "bessel_y0": (0.5, 12.0),
    "bessel_y1": (0.5, 12.0),
    "modified_bessel_i0": (-3.0, 3.0),
    "modified_bessel_i1": (0.2, 3.0),
    "modified_bessel_k0": (0.5, 4.0),
    "modified_bessel_k1": (0.5, 4.0),
    "scaled_modified_bessel_k0": (0.5, 4.0),
    "scaled_modified_bessel_k1": (0.5, 4.0),
    "spherical_bessel_j0": (0.2, 9.0),
}
POLYNOMIALS = [name for name in dir(rv.special) if "polynomial" in name]


def checked(function, low, high, rng):
    x = rv.tensor(rng.uniform(low, high, 4), dtype=rv.float64, requires_grad=True)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_by_differences(name, rng):
    checked(getattr(rv.special, name), *SMOOTH[name], rng)


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_derivatives_of_polynomials(name, rng):
    function = getattr(rv.special, name)
    for degree in (0, 1, 4, 9):
        checked(lambda x, degree=degree: function(x, degree), 0.1, 0.9, rng)
    degrees = rv.tensor([0, 3, 5, 11])
    checked(lambda x: function(x, degrees), 0.1, 0.9, rng)
    rows = rv.tensor(rng.uniform(0, 1, (3, 4)))
    together = rv.func.vmap(lambda row: function(row, degrees))(rows)
    np.testing.assert_array_equal(together.numpy(), function(rows, degrees).numpy())


@pytest.mark.parametrize("name", ["gammainc", "gammaincc", "zeta"])
def test_one_derivative_by_the_first_argument(name, rng):
    function = getattr(rv.special, name)
    a = rv.tensor(rng.uniform(1.3, 9, 6), dtype=rv.float64, requires_grad=True)
    x = rv.tensor(rng.uniform(0.5, 9, 6), dtype=rv.float64, requires_grad=True)
    (first,) = rv.autograd.grad(function(a, x).sum(), a)
    difference = (function(a + 1e-6, x) - function(a - 1e-6, x)) / 2e-6
    np.testing.assert_allclose(first.numpy(), difference.detach().numpy(), rtol=1e-6, atol=1e-9)
    assert gradcheck(lambda x: function(a.detach(), x), (x,))
    assert gradgradcheck(lambda x: function(a.detach(), x), (x,))
    with pytest.raises(rv.errors.GradientError, match="no second derivative by its first argument"):
        rv.autograd.grad(function(a, x).sum(), a, create_graph=True)
    # Batched, and forward.
    together = rv.func.vmap(rv.func.grad(function))(a.detach(), x.detach())
    np.testing.assert_array_equal(together.numpy(), first.numpy())
    _, pushed = rv.func.jvp(lambda a: function(a, x.detach()), (a.detach(),), (rv.ones_like(a),))
    np.testing.assert_array_equal(pushed.detach().numpy(), first.numpy())


def test_large_incomplete_functions():
    """Where sums take too long: the normal distribution is their limit, and that of derivatives."""
    for a in (300.0, 1e5, 1e9):
        s = np.linspace(-3, 3, 13)
        x = a + s * np.sqrt(a)
        lower = rv.special.gammainc(rv.tensor(a, dtype=rv.float64), rv.tensor(x)).numpy()
        np.testing.assert_allclose(lower, sp.gammainc(a, x), rtol=1e-10)
        leaf = rv.full((13,), a, dtype=rv.float64, requires_grad=True)
        rv.special.gammainc(leaf, rv.tensor(x)).sum().backward()
        density = np.exp(-s * s / 2) / np.sqrt(2 * np.pi * a)
        assert leaf.grad is not None
        np.testing.assert_allclose(leaf.grad.numpy(), -density, rtol=9 / np.sqrt(a))
