"""The entries of docs/differences.md about special functions, which `test_differences.py` takes in."""

import numpy as np
import pytest

import ravine

__all__ = [
    "test_limits_of_special_functions",
    "test_nextafter_needs_wide_floats",
    "test_poles_of_polygamma",
    "test_special_functions_have_derivatives",
]


def test_limits_of_special_functions(torch):
    limits = {"i0": np.inf, "i1": np.inf, "bessel_j0": 0, "bessel_y1": 0, "airy_ai": 0}
    for name, limit in limits.items():
        assert getattr(ravine.special, name)(ravine.tensor(np.inf)).item() == limit
        assert np.isnan(getattr(torch.special, name)(torch.tensor(np.inf)).item())
    assert ravine.special.zeta(ravine.tensor(2.0), ravine.tensor(np.inf)).item() == 0
    assert np.isnan(torch.special.zeta(torch.tensor(2.0), torch.tensor(np.inf)).item())


def test_special_functions_have_derivatives(torch):
    for name in ("bessel_j0", "airy_ai"):
        x = ravine.ones(1, requires_grad=True)
        assert getattr(ravine.special, name)(x).requires_grad
        assert not getattr(torch.special, name)(torch.ones(1, requires_grad=True)).requires_grad
    assert ravine.special.hermite_polynomial_h(ravine.ones(1, requires_grad=True), 2).requires_grad
    a = ravine.full((1,), 2.0, requires_grad=True)
    ravine.igamma(a, ravine.ones(1)).backward()
    assert a.grad is not None


def test_nextafter_needs_wide_floats(torch):
    for dtype in ("float16", "bfloat16"):
        one, two = (torch.tensor([x], dtype=getattr(torch, dtype)) for x in (1.0, 2.0))
        assert torch.nextafter(one, two).item() > 1
        with pytest.raises(ravine.errors.DTypeError, match="float32 or float64"):
            ravine.nextafter(ravine.ones(1, dtype=getattr(ravine, dtype)), ravine.ones(1))


def test_poles_of_polygamma(torch):
    def value(m, x):
        return m.polygamma(1, m.tensor(x, dtype=m.float64)).item()

    assert value(ravine, -1.0) == value(ravine, 0.0) == value(torch, 0.0) == np.inf
    assert 1e32 < value(torch, -1.0) < 1e33
