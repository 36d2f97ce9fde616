"""Reductions where they are easily wrong: over nothing, over no dimension, over very many elements."""

import math

import numpy as np
import pytest

import ravine as rv

# torch says so of variances over nothing.
pytestmark = pytest.mark.filterwarnings("ignore:.*degrees of freedom:UserWarning")

# Over an empty dimension, as methods of (3, 0) along 1 and of (0,).
EMPTY = {
    "sum": {},
    "nansum": {},
    "mean": {},
    "nanmean": {},
    "prod": {},
    "var": {},
    "std": {},
    "logsumexp": {},
    "all": {},
    "any": {},
    "count_nonzero": {},
    "norm": {"p": 2},
    "norm of p 1": {"p": 1},
    "norm of p 0": {"p": 0},
    "norm of p 3": {"p": 3},
}
REFUSED = ("amax", "amin", "argmax", "argmin")


def same(got, want):
    """Equal, NaN for NaN, and zeros of one sign."""
    got, want = np.asarray(got.tolist()), np.asarray(want.tolist())
    assert got.shape == want.shape
    assert np.array_equal(got, want, equal_nan=got.dtype.kind == "f")
    if got.dtype.kind == "f":
        assert np.array_equal(np.signbit(got) & ~np.isnan(got), np.signbit(want) & ~np.isnan(want))


def test_over_nothing(torch):
    for name, kwargs in EMPTY.items():
        method = name.split()[0]
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            for shape, dim in (((3, 0), 1), ((0,), 0), ((2, 0, 3), 1), ((0, 3), 0)):
                got = getattr(rv.zeros(*shape, dtype=getattr(rv, dtype)), method)(dim=dim, **kwargs)
                want = getattr(torch.zeros(*shape, dtype=getattr(torch, dtype)), method)(dim=dim, **kwargs)
                same(got, want)
    for shape in ((3, 0), (0,)):
        for method in REFUSED:
            with pytest.raises(IndexError, match="no neutral value"):
                getattr(rv.zeros(*shape), method)(dim=-1)
    # Products of matrices over nothing, and sums of losses.
    assert math.copysign(1, (rv.zeros(0) @ rv.zeros(0)).item()) == 1
    assert all(math.copysign(1, x) == 1 for x in (rv.zeros(2, 0) @ rv.zeros(0, 2)).flatten().tolist())
    assert math.copysign(1, rv.nn.functional.mse_loss(rv.zeros(0), rv.zeros(0), reduction="sum").item()) == 1
    assert math.copysign(1, rv.total_norm([rv.zeros(0)]).item()) == 1
    assert rv.cov(rv.zeros(2, 0)).shape == (2, 2)
    assert all(math.isnan(v) for v in rv.cov(rv.zeros(2, 0)).flatten().tolist())
    x = rv.zeros(3, 0, requires_grad=True)
    x.logsumexp(1).sum().backward()
    assert x.grad is not None
    assert x.grad.shape == (3, 0)


def test_a_sum_of_negative_zeros_is_one():
    """As IEEE 754 and NumPy add; only over nothing it is 0."""
    for dtype in (rv.float32, rv.float64, rv.float16):
        for n in (1, 2, 5, 70, 3000):
            x = rv.full((n,), -0.0, dtype=dtype)
            for result in (
                x.sum(),
                x.cumsum(0)[-1],
                x.reshape(n, 1).sum(0),
                rv.stack([x, x]).cumsum(0)[1, 0],
            ):
                assert math.copysign(1, result.item()) == -1
                assert result.item() == 0


ALL_BY_NONE = ("sum", "mean", "nansum", "nanmean", "amax", "amin", "count_nonzero", "var", "std", "norm")
NONE_BY_NONE = ("all", "any", "flip", "squeeze")


def test_an_empty_list_of_dimensions(torch):
    """Means all dimensions or none, as in torch."""
    values = np.arange(-2.0, 4.0).reshape(1, 2, 3)
    x, t = rv.tensor(values), torch.tensor(values)
    for name in ALL_BY_NONE + NONE_BY_NONE:
        kwargs = {"p": 2} if name == "norm" else {}
        place = "dims" if name == "flip" else "dim"
        for empty in ((), []):
            got = getattr(x, name)(**{place: empty}, **kwargs)
            want = getattr(t, name)(**{place: empty}, **kwargs)
            assert tuple(got.shape) == tuple(want.shape), name
            assert np.allclose(got.tolist(), want.tolist(), rtol=1e-12), name
    for function in (rv.var_mean, rv.std_mean):
        assert [tuple(r.shape) for r in function(x, ())] == [(), ()]
    assert x.logsumexp(()).shape == ()
    assert x.all().shape == x.any().shape == x.prod(()).shape == ()
    assert x.squeeze().shape == (2, 3)
    assert rv.nn.functional.normalize(x, dim=()).shape == (1, 2, 3)
    with pytest.raises(ValueError, match="named twice"):
        x.flip((0, 0))


def long_lines():
    """A long line of one sign, one of both, one whose sum is small beside its elements."""
    rng = np.random.default_rng(0)
    n = 1_000_000
    return {
        "positive": rng.random(n),
        "mixed": rng.standard_normal(n),
        "cancelling": np.concatenate([1e6 * rng.random(n // 2), -1e6 * rng.random(n // 2)]),
        "equal": np.full(n, 0.1),
    }


def test_running_sums_of_long_lines():
    """Half a unit of the result's own last place, and what doubled digits lose: n 2^-53 sum |x| for float32,
    n^2 2^-106 sum |x| for float64."""
    for name, values in long_lines().items():
        for dtype, carried in (("float32", 2.0**-53), ("float64", 2.0**-106 * values.size)):
            x = values.astype(dtype)
            # A long double has 64 bits: what it may be off by itself is allowed on top.
            exact = np.cumsum(x.astype(np.longdouble))
            doubt = np.arange(1, x.size + 1) * 2.0**-64 * np.cumsum(np.abs(x).astype(np.longdouble))
            bound = (
                0.5 * np.spacing(np.abs(exact.astype(dtype)))
                + doubt
                + x.size * carried * np.cumsum(np.abs(x.astype(np.float64)))
            )
            for got in (
                rv.tensor(x).cumsum(0).numpy(),
                rv.stack([rv.tensor(x), rv.tensor(x)], 1).cumsum(0)[:, 1].numpy(),
            ):
                worst = np.max(np.abs(got - exact) / bound)
                assert worst <= 1, (name, dtype, worst)
    for special in (
        [1.0, math.inf, 1.0],
        [math.inf, -math.inf, 1.0],
        [1.0, math.nan, 1.0],
        [-math.inf, 2.0, 3.0],
    ):
        for dtype in ("float32", "float64"):
            x = np.array(special, dtype=dtype)
            with np.errstate(invalid="ignore"):
                want = np.cumsum(x)
            assert np.array_equal(rv.tensor(x).cumsum(0).numpy(), want, equal_nan=True)


def test_running_products_of_long_lines():
    """float32 is multiplied in float64: half a unit of the result, and n 2^-53 of it."""
    rng = np.random.default_rng(1)
    x = (1 + 1e-4 * rng.standard_normal(300_000)).astype(np.float32)
    exact = np.cumprod(x.astype(np.longdouble))
    for got in (
        rv.tensor(x).cumprod(0).numpy(),
        rv.stack([rv.tensor(x), rv.tensor(x)], 1).cumprod(0)[:, 1].numpy(),
    ):
        bound = 0.5 * np.spacing(exact.astype(np.float32)) + x.size * 2.0**-53 * exact
        assert np.max(np.abs(got - exact) / bound) <= 1


def test_sums_of_very_many_elements():
    """128 roundings within a span of 2^16 elements, and one for every doubling of their number."""
    n = 2**25 + 12345
    bound = (64 + 4 + 64 + math.ceil(math.log2(n / 2**16))) * 2.0**-24
    exact = float(np.float32(0.1))
    for x in (rv.full((n,), 0.1), rv.full((n // 2, 2), 0.1)):
        for mean in x.mean(0).flatten().tolist():
            assert abs(mean / exact - 1) < bound
    # One result from spans of one number each: the roundings between spans alone.
    x = rv.zeros(2**9, 2**16)
    x[:, 0] = 0.1
    assert abs(x.sum().item() / (2**9 * exact) - 1) <= 9 * 2.0**-24
    assert abs(x.T.reshape(2**16, 2**9).T.reshape(-1).sum().item() / (2**9 * exact) - 1) <= bound
    half = rv.full((2**22,), 0.1, dtype=rv.float16)
    assert half.mean().item() == float(np.float16(0.1))


def test_quantiles_of_very_many_elements():
    """Places beyond 2^24 are told apart."""
    n = 2**24 + 8
    x = rv.zeros(n)
    x[-1] = 1
    # The largest element but one, and half of the way from it to the largest.
    got = x.quantile(rv.tensor([1 - 1 / (n - 1), 1 - 0.5 / (n - 1), 1.0], dtype=rv.float64))
    assert np.allclose(got.tolist(), [0, 0.5, 1], rtol=0, atol=1e-6)
