"""Functions of several ops that are written in Python give on a GPU what they give on the CPU."""

import numpy as np
import pytest

import ravine
from ops.test_python_functions import SHAPES

FURTHER = {
    "logcumsumexp": (lambda x: ravine.logcumsumexp(x * 50, 1), (3, 300)),
    "tensordot": (lambda x: ravine.tensordot(x, x, ([1], [1])), (3, 4)),
    "vander": (lambda x: ravine.vander(x, 4), (5,)),
    "masked.mean": (lambda x: ravine.masked.mean(x, 1, mask=x > 0), (3, 9)),
    "masked.var": (lambda x: ravine.masked.var(x, 0, mask=x > -0.5), (9, 3)),
    "masked.median": (lambda x: ravine.masked.median(x, 1, mask=x > 0), (3, 9)),
    "masked.softmax": (lambda x: ravine.masked.softmax(x, 1, mask=x > -0.5), (3, 9)),
    "cumulative_trapezoid": (ravine.cumulative_trapezoid, (3, 9)),
}


@pytest.mark.parametrize("name", [*SHAPES, *FURTHER])
def test_as_on_the_cpu(name, rng):
    function, shape = {**SHAPES, **FURTHER}[name]
    x = ravine.tensor(rng.uniform(-1, 1, shape), dtype=ravine.float32)
    expected = function(x)
    with ravine.device("gpu"):
        found = function(x.to("gpu"))
    assert found.device.type == "gpu"
    np.testing.assert_allclose(found.cpu().numpy(), expected.numpy(), rtol=2e-5, atol=2e-6)


def test_windows_are_the_cpus():
    with ravine.device("gpu"):
        for window in (ravine.hann_window(9), ravine.signal.windows.kaiser(9)):
            assert window.device.type == "gpu"
    assert ravine.equal(ravine.hann_window(9, device="gpu").cpu(), ravine.hann_window(9))
