"""Functions of several ops in Python: derivatives by differences, batches, half precision."""

import inspect
from importlib import import_module

import numpy as np
import pytest

import ravine
from ravine import _surface
from ravine._declare import METHOD, TOP, names
from ravine.autograd import gradcheck, gradgradcheck

NAN = float("nan")
FUNCTIONS = {
    "pdist": (lambda x: ravine.pdist(x, 3), (4, 3)),
    "vander": (lambda x: ravine.vander(x, 4), (3,)),
    "renorm": (lambda x: ravine.renorm(x, 2, 0, 1.0), (3, 4)),
    "nanquantile": (lambda x: ravine.nanquantile(ravine.where(x > 0, x, NAN), 0.3, 1), (4, 7)),
    "nanmedian": (lambda x: ravine.nanmedian(ravine.where(x > 0, x, NAN), 1)[0], (4, 7)),
    "masked.logaddexp": (lambda x: ravine.masked.logaddexp(x, x * x, other_mask=x > 0.5), (6,)),
    **{
        f"segment_reduce {how}": (
            lambda x, how=how: ravine.segment_reduce(x, how, lengths=ravine.tensor([2, 3])),
            (5, 2),
        )
        for how in ("sum", "mean", "prod", "max")
    },
    "logcumsumexp": (lambda x: ravine.logcumsumexp(3 * x, 1), (2, 5)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_by_differences(name, rng):
    function, shape = FUNCTIONS[name]
    x = ravine.tensor(rng.uniform(-1, 1, shape), dtype=ravine.float64, requires_grad=True)
    assert gradcheck(function, (x,))
    assert gradgradcheck(function, (x,))
    # Forward mode is the transpose of reverse mode.
    direction = ravine.tensor(rng.uniform(-1, 1, shape), dtype=ravine.float64)
    value, forward = ravine.func.jvp(function, (x.detach(),), (direction,))
    weight = ravine.tensor(rng.uniform(-1, 1, tuple(value.shape)), dtype=ravine.float64)
    (reverse,) = ravine.autograd.grad((function(x) * weight).sum(), x)
    assert (forward * weight).sum().item() == pytest.approx((reverse * direction).sum().item(), rel=1e-9)


SHAPES = {
    "diff": (lambda x: ravine.diff(x, 2), (5,)),
    "trapezoid": (ravine.trapezoid, (4,)),
    "gradient": (lambda x: ravine.gradient(x, edge_order=2)[0], (4,)),
    "mode": (lambda x: ravine.mode(x)[1], (5,)),
    "nanmedian": (lambda x: ravine.nanmedian(x, 0)[0], (5,)),
    "nanquantile": (lambda x: ravine.nanquantile(x, 0.3), (5,)),
    "histogram": (lambda x: ravine.histogram(x, 4)[0], (9,)),
    "histogramdd": (lambda x: ravine.histogramdd(x, 3)[0], (9, 2)),
    "select_scatter": (lambda x: ravine.select_scatter(ravine.zeros(2, 3), x, 0, 1), (3,)),
    "slice_scatter": (lambda x: ravine.slice_scatter(ravine.zeros(6), x, 0, 1, 6, 2), (3,)),
    "diagonal_scatter": (lambda x: ravine.diagonal_scatter(ravine.zeros(3, 4), x, 1), (3,)),
    "put": (lambda x: ravine.put(ravine.zeros(5), ravine.tensor([1, 3]), x), (2,)),
    "nonzero_static": (lambda x: ravine.nonzero_static(x > 0, size=3), (5,)),
    "segment_reduce": (
        lambda x: ravine.segment_reduce(x, "max", lengths=ravine.tensor([2, 3]), unsafe=True),
        (5,),
    ),
    "addr": (lambda x: ravine.addr(ravine.ones(3, 3), x, x), (3,)),
    "addbmm": (lambda x: ravine.addbmm(ravine.ones(2, 2), x, x), (3, 2, 2)),
    "pdist": (ravine.pdist, (4, 2)),
    "renorm": (lambda x: ravine.renorm(x, 2, 0, 1.0), (3, 2)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_batched_as_one_by_one(name, rng):
    """What is not looked at can be batched, even where only what is written is."""
    function, shape = SHAPES[name]
    x = ravine.tensor(rng.uniform(-1, 1, (3, *shape)), dtype=ravine.float32)
    together = ravine.func.vmap(function)(x)
    apart = ravine.stack([function(row) for row in x])
    np.testing.assert_allclose(together.numpy(), apart.numpy(), rtol=1e-6, atol=1e-6)


HALVES = {
    "trapezoid": lambda x: ravine.trapezoid(x, x.flip(0)),
    "cumulative_trapezoid": lambda x: ravine.cumulative_trapezoid(x, dx=0.3),
    "gradient": lambda x: ravine.gradient(x, spacing=0.3, edge_order=2)[0],
    "dist": lambda x: ravine.dist(x, x.flip(0), 3),
    "renorm": lambda x: ravine.renorm(x.reshape(4, 10), 2, 0, 0.5),
    "addr": lambda x: ravine.addr(x[:20], x, x[:20], beta=0.3, alpha=0.7),
    "logcumsumexp": lambda x: ravine.logcumsumexp(x, 0),
    "masked.mean": lambda x: ravine.masked.mean(x, mask=x > 0),
    "masked.std": lambda x: ravine.masked.std(x, mask=x > 0),
    "masked.normalize": lambda x: ravine.masked.normalize(x, 2, 0, mask=x > 0),
    "masked.logsumexp": lambda x: ravine.masked.logsumexp(x, mask=x > 0),
    "segment_reduce": lambda x: ravine.segment_reduce(x, "mean", lengths=ravine.tensor([17, 23])),
}


@pytest.mark.parametrize("name", HALVES)
def test_half_precision_is_rounded_once(name, rng):
    """A result is off by half a unit of its last place, and by what float32 is off."""
    for dtype, unit in ((ravine.float16, 2.0**-11), (ravine.bfloat16, 2.0**-8)):
        x = ravine.tensor(rng.uniform(-1, 1, 40)).to(dtype)
        found = HALVES[name](x)
        assert found.dtype == dtype
        exact = HALVES[name](x.to(ravine.float64)).numpy()
        error = np.abs(found.to(ravine.float64).numpy() - exact)
        assert (error <= unit * np.abs(exact) + 1e-5).all()


def test_names_that_are_imported_late_are_listed():
    """What a module declares is what `import ravine` promises of it, and the other way round."""
    for module in _surface.DECLARING:
        file = import_module(f"ravine.{module}").__file__
        for place, listed in ((TOP, _surface.NAMES), (METHOD, _surface.METHODS)):
            declared = {
                name
                for name, function in names(place).items()
                if inspect.isfunction(function) and inspect.unwrap(function).__code__.co_filename == file
            }
            assert declared == {name for name, where in listed.items() if where == module}, module
