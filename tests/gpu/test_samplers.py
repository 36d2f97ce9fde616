"""Draws with a parameter for each element are the CPU's: the same counts, and nearly the same numbers."""

import numpy as np

import ravine as rv
from gpu.programs import program
from ravine._ops import _standard_gamma, _standard_gamma_grad, _standard_von_mises

F32 = np.float32
EPS = np.finfo(F32).eps


def pair(host, op, cpu, *parameters):
    """What the GPU makes of parameters and keys, and what the CPU does."""
    rv.manual_seed(9)
    keys = rv.randint(-(2**63), 2**63 - 1, (len(parameters[0]),)).numpy()
    rv.manual_seed(9)
    want = cpu(*map(rv.tensor, parameters)).numpy()
    (got,) = host.run(program(op, [], [], *parameters, keys), *parameters, keys)
    return got, want


def test_counts_are_those_of_the_cpu(host):
    """Logarithms differ in their last bits: that decides for one draw in thousands at most."""
    rates = np.linspace(0, 70, 5000, dtype=F32)
    chances = np.linspace(0, 1, 5000, dtype=F32)
    for got, want in (
        pair(host, "poisson", rv.poisson, rates),
        pair(host, "binomial", rv.binomial, np.full(5000, 100, F32), chances),
        pair(host, "binomial", rv.binomial, np.full(5000, 10, F32), chances),
    ):
        assert np.mean(got != want) < 1e-3


def test_numbers_are_nearly_those_of_the_cpu(host):
    shapes = np.concatenate([np.linspace(0.05, 1, 2000), np.linspace(1, 50, 3000)]).astype(F32)
    got, want = pair(host, "standard_gamma", _standard_gamma, shapes)
    # Below 1 the power of a uniform number has the error of its logarithm, which the shape divides.
    error = np.abs(got - want) / want
    assert np.mean(error > 60 * EPS / np.minimum(shapes, 1)) < 1e-3
    got, want = pair(host, "standard_von_mises", _standard_von_mises, np.linspace(0, 50, 5000, dtype=F32))
    assert np.mean(np.abs(got - want) > 30 * EPS) < 1e-3


def test_the_slope_of_gamma_numbers(host):
    from gpu.programs import fused

    rng = np.random.default_rng(3)
    alpha = (10 ** rng.uniform(-1, 4, 3000)).astype(F32)
    x = rng.gamma(alpha).astype(F32)
    want = _standard_gamma_grad(rv.tensor(alpha.astype(float)), rv.tensor(x.astype(float))).numpy()
    description = fused([alpha, x], [("standard_gamma_grad", ["in0", "in1"], "float32")])
    (got,) = host.run(description, alpha, x)
    np.testing.assert_allclose(got, want, rtol=3e-5)
