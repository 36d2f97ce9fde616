"""Special functions and parts of numbers on the GPU: how far off they are, in float32."""

import numpy as np
import pytest
import scipy.special as sp

from gpu.programs import program, ulps

F32 = np.float32
TINY = np.finfo(F32).tiny

# Reference, the interval, and the largest error in units of the last place.
FUNCTIONS = {
    "erfinv": (sp.erfinv, (-1, 1), 8),
    "erfcx": (sp.erfcx, (-9, 50), 8),
    "ndtr": (sp.ndtr, (-12, 6), 8),
    "ndtri": (sp.ndtri, (0, 1), 8),
    "i0": (sp.i0, (-80, 80), 12),
    "i0e": (sp.i0e, (-80, 80), 8),
    "i1": (sp.i1, (-80, 80), 16),
    "i1e": (sp.i1e, (-80, 80), 16),
    "modified_bessel_k0": (sp.k0, (0, 60), 16),
    "modified_bessel_k1": (sp.k1, (0, 60), 16),
    "scaled_modified_bessel_k0": (sp.k0e, (0, 60), 16),
    "scaled_modified_bessel_k1": (sp.k1e, (0, 60), 16),
}
# What has zeros is measured in units of 1, or of its own size where that is larger.
WITH_ZEROS = {
    "log_ndtr": (sp.log_ndtr, (-30, 10), 8),
    "lgamma": (sp.gammaln, (-6, 60), 24),
    "digamma": (sp.digamma, (0, 60), 8),
    "bessel_j0": (sp.j0, (-100, 100), 16),
    "bessel_j1": (sp.j1, (-100, 100), 16),
    "bessel_y0": (sp.y0, (0, 100), 16),
    "bessel_y1": (sp.y1, (0, 100), 16),
    "airy_ai": (lambda x: sp.airy(x)[0], (-12, 9), 64),
    "airy_slope": (lambda x: sp.airy(x)[1], (-12, 9), 128),
}
PAIRS = {
    "gamma_lower": (sp.gammainc, (0.1, 60), 64),
    "gamma_upper": (sp.gammaincc, (0.1, 60), 64),
    "zeta": (sp.zeta, (1.1, 20), 16),
}
POLYNOMIALS = {
    "chebyshev_t": (sp.eval_chebyt, []),
    "hermite_h": (sp.eval_hermite, []),
    "hermite_he": (sp.eval_hermitenorm, []),
    "gegenbauer": (lambda n, x: sp.eval_gegenbauer(n, 0.5, x), [0.5]),
    "laguerre": (lambda n, x: sp.eval_genlaguerre(n, 1.0, x), [1.0]),
}
NAMES = {*FUNCTIONS, *WITH_ZEROS, *PAIRS, *POLYNOMIALS, "igamma_slope", "zeta_slope"}
NAMES |= {"fmax", "fmin", "gcd", "lcm", "logaddexp2", "signbit", "beside", "binary_exponent"}


def drawn(rng, interval):
    low, high = interval
    x = rng.uniform(low, high, 20_000).astype(F32)
    return x[(x > low) & (x < high)]


@pytest.mark.parametrize("op", FUNCTIONS)
def test_largest_error(host, rng, op):
    reference, interval, bound = FUNCTIONS[op]
    x = drawn(rng, interval)
    (got,) = host.run(program(op, [], [], x), x)
    want = reference(x.astype(np.float64))
    kept = np.abs(want) < 3e38
    assert ulps(got[kept], want[kept]) <= bound


@pytest.mark.parametrize("op", WITH_ZEROS)
def test_largest_error_of_what_has_zeros(host, rng, op):
    reference, interval, bound = WITH_ZEROS[op]
    x = drawn(rng, interval)
    (got,) = host.run(program(op, [], [], x), x)
    want = reference(x.astype(np.float64))
    error = np.abs(got - want) / np.maximum(1, np.abs(want)) / 2.0**-23
    assert error.max() <= bound


@pytest.mark.parametrize("op", PAIRS)
def test_pairs(host, rng, op):
    reference, interval, bound = PAIRS[op]
    x, y = drawn(rng, interval)[:5000], drawn(rng, interval)[:5000]
    (got,) = host.run(program(op, [], [], x, y), x, y)
    want = reference(x.astype(np.float64), y.astype(np.float64))
    error = np.abs(got - want) / np.maximum(np.abs(want), 1e-3) / 2.0**-23
    assert error.max() <= bound


@pytest.mark.parametrize("op", POLYNOMIALS)
def test_polynomials(host, rng, op):
    from gpu.programs import fused

    reference, numbers = POLYNOMIALS[op]
    x, n = rng.uniform(-1, 1, 3000).astype(F32), rng.integers(0, 12, 3000).astype(F32)
    (got,) = host.run(fused([x, n], [(op, ["in0", "in1", *numbers], "float32")]), x, n)
    want = reference(n.astype(np.int64), x.astype(np.float64))
    np.testing.assert_allclose(
        got / np.maximum(1, np.abs(want)), want / np.maximum(1, np.abs(want)), atol=2e-5
    )


def test_slopes(host, rng):
    """By differences in float64."""
    a, x = rng.uniform(0.5, 40, (2, 2000)).astype(F32)
    wide, h = a.astype(np.float64), 1e-6
    (got,) = host.run(program("igamma_slope", [], [], a, x), a, x)
    want = (sp.gammainc(wide + h, x) - sp.gammainc(wide - h, x)) / (2 * h)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    s, q = rng.uniform(1.2, 9, 2000).astype(F32), rng.uniform(0.3, 9, 2000).astype(F32)
    (got,) = host.run(program("zeta_slope", [], [], s, q), s, q)
    wide, q = s.astype(np.float64), q.astype(np.float64)
    want = (sp.zeta(wide + h, q) - sp.zeta(wide - h, q)) / (2 * h)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


def test_parts(host, rng):
    bits = rng.integers(0, 2**32, 5000, dtype=np.uint64).astype(np.uint32).view(F32)
    x = bits[np.isfinite(bits) & (np.abs(bits) > TINY)]
    y = np.roll(x, 1)
    (got,) = host.run(program("beside", [], [], x, y), x, y)
    np.testing.assert_array_equal(got, np.nextafter(x, y))
    (got,) = host.run(program("binary_exponent", [], [], x), x)
    np.testing.assert_array_equal(got, np.frexp(x)[1])
    (got,) = host.run(program("signbit", [], [], x), x)
    np.testing.assert_array_equal(got, np.signbit(x))
    x, y = np.append(x, [np.nan, 1, np.nan]).astype(F32), np.append(y, [1, np.nan, np.nan]).astype(F32)
    for op, reference in (("fmax", np.fmax), ("fmin", np.fmin)):
        (got,) = host.run(program(op, [], [], x, y), x, y)
        np.testing.assert_array_equal(got, reference(x, y))
    x, y = rng.uniform(-90, 90, (2, 2000)).astype(F32)
    (got,) = host.run(program("logaddexp2", [], [], x, y), x, y)
    np.testing.assert_allclose(got, np.logaddexp2(x.astype(np.float64), y), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.int8, np.uint8])
def test_divisors(host, rng, dtype):
    top = np.iinfo(dtype).max if np.dtype(dtype).itemsize == 1 else 30_000
    x, y = rng.integers(1 - top if dtype is not np.uint8 else 0, top, (2, 700)).astype(dtype)
    x[:9], y[5:14] = 0, 0
    (got,) = host.run(program("gcd", [], [], x, y), x, y)
    np.testing.assert_array_equal(got, np.gcd(x.astype(np.int64), y).astype(dtype))
    (got,) = host.run(program("lcm", [], [], x // 8, y // 8), x // 8, y // 8)
    want = np.lcm(x.astype(np.int64) // 8, y.astype(np.int64) // 8)
    np.testing.assert_array_equal(got, want.astype(dtype))
