"""Elements that must lie in a range: an error at the call where they are known, else at the look."""

import math

import numpy as np
import pytest

import ravine as rv
from ravine.nn import functional as F

HALF = [0.5, 0.5]
# The start of the sentence, and a call with a tensor in the place that is checked.
CHECKED = {
    "binary_cross_entropy: input has": lambda p: F.binary_cross_entropy(p, rv.tensor(HALF)),
    "binary_cross_entropy: target has": lambda p: F.binary_cross_entropy(rv.tensor(HALF), p),
    "bernoulli: the tensor of probabilities has": rv.bernoulli,
    "bernoulli_: the tensor": lambda p: rv.zeros(2).bernoulli_(p),
    "quantile: q has": lambda p: rv.tensor([1.0, 2.0]).quantile(p),
}


def test_elements_outside_raise():
    for sentence, call in CHECKED.items():
        for bad in ([1.5, 0.5], [0.5, -0.25], [math.inf, 0.0], [1.0000001, 0.0]):
            with pytest.raises(ValueError, match=sentence):
                call(rv.tensor(bad))
            # Of values that are not known yet the result tells, by its op, unless everything runs at once.
            with pytest.raises(ValueError, match=sentence.replace("_: ", ": ")):
                call(rv.tensor(bad) * 1).tolist()
        for good in ([0.0, 1.0], [0.25, 0.75]):
            rv.eval(call(rv.tensor(good)), call(rv.tensor(good) * 1))
    std = rv.tensor([-1.0, 1.0])
    with pytest.raises(ValueError, match="normal: std has elements from -1 to 1"):
        rv.normal(rv.zeros(2), std)
    deferred = rv.normal(rv.zeros(2), rv.tensor([-1.0, 1.0]) + rv.zeros(2))
    with pytest.raises(ValueError, match="normal: std has"):
        deferred.tolist()
    assert rv.normal(rv.ones(2), rv.zeros(2) + 0).tolist() == [1, 1]


def test_a_failed_check_leaves_the_rest_alone():
    p = rv.tensor([1.5]) + 0
    other = p * 2
    loss = F.binary_cross_entropy(p, rv.tensor([1.0]))
    with pytest.raises(ValueError, match="apply sigmoid"):
        loss.item()
    assert other.tolist() == [3]
    assert p.tolist() == [1.5]


def test_nan_stays_nan():
    """NaN shows itself, so it is handed on."""
    nan = rv.tensor([math.nan, 0.5])
    for p in (nan, nan * 1):
        assert math.isnan(F.binary_cross_entropy(p, rv.tensor([1.0, 1.0])).item())
        assert math.isnan(F.binary_cross_entropy(rv.tensor([0.5, 0.5]), p).item())


def test_a_check_is_an_identity(torch):
    """To gradients, tangents and vmap, known or not, and in half precision."""
    x, y = [[0.1, 0.9, 0.5], [0.3, 0.01, 0.99]], [[0.0, 1.0, 0.25], [1.0, 0.5, 0.0]]
    want = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy(want, torch.tensor(y, dtype=torch.float64))
    loss.backward()
    for pending in (False, True):
        p = rv.tensor(x, dtype=rv.float64, requires_grad=True)
        inner = p * 1 if pending else p
        target = rv.tensor(y, dtype=rv.float64) + (0 if pending else rv.tensor(0.0))
        got = F.binary_cross_entropy(inner, target)
        got.backward()
        assert p.grad is not None
        assert want.grad is not None
        assert abs(got.item() - loss.item()) < 1e-14
        assert np.allclose(p.grad.tolist(), want.grad.tolist(), rtol=1e-12)

    def each(p, t):
        return F.binary_cross_entropy(p, t)

    p, t = rv.tensor(x), rv.tensor(y)
    rows = [each(p[i], t[i]).item() for i in range(2)]
    assert rv.func.vmap(each)(p, t).tolist() == rows
    # A tangent may lie anywhere.
    _, along = rv.func.jvp(lambda p: each(p * 1, t[0]), (p[0],), (rv.full((3,), 100.0),))
    _, unit = rv.func.jvp(lambda p: each(p * 1, t[0]), (p[0],), (rv.ones(3),))
    assert abs(along.item() / unit.item() - 100) < 1e-4
    with pytest.raises(ValueError, match="binary_cross_entropy: input has"):
        rv.func.vmap(each)(p * 2, t).tolist()
    with pytest.raises(ValueError, match=r"binary_cross_entropy: input has elements from 0\.5 to 1\.5"):
        F.binary_cross_entropy(rv.tensor([0.5, 1.5]).half(), rv.ones(2).half()).item()
