"""`func.functional_call`: other parameters for one call, also where a module has one under several names."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv
from ravine import func, nn


class Tied(nn.Module):
    """f(x) = w w x, with one weight in two layers, one further down, and one buffer under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(1, 1, bias=False)
        self.rest = nn.Sequential(nn.Identity(), nn.Linear(1, 1, bias=False))
        self.rest[1].weight = self.first.weight
        self.register_buffer("shift", rv.zeros(1))
        self.register_buffer("again", self.shift)

    def forward(self, x):
        return self.rest(self.first(x)) + self.shift + self.again


NAMES = ("first.weight", "rest.1.weight")
ONE = rv.ones(1, 1)


@pytest.mark.parametrize("names", [NAMES[:1], NAMES[1:], NAMES], ids=str)
def test_every_name_stands_for_the_tensor(names):
    """d(w w x)/dw is 6 at w = 3, by whichever name it is given; afterwards the module has its own weight."""
    module = Tied()
    own = module.first.weight
    gradient = func.grad(lambda w: func.functional_call(module, dict.fromkeys(names, w), (ONE,)).sum())
    np.testing.assert_array_equal(gradient(rv.tensor([[3.0]])).numpy(), [[6.0]])
    assert module.first.weight is own
    assert module.rest[1].weight is own


def test_buffers_are_tied_too():
    module = Tied()
    zero = rv.zeros(1, 1)
    for name in ("shift", "again"):
        y = func.functional_call(module, {"first.weight": zero, name: rv.tensor([2.0])}, (ONE,))
        assert y.item() == 4.0


def test_different_values_for_one_tensor():
    module, w = Tied(), rv.tensor([[3.0]])
    both = {NAMES[0]: w, NAMES[1]: 2 * w}
    with pytest.raises(ValueError, match=r"'first.weight', 'rest.1.weight' are one tensor of Tied"):
        func.functional_call(module, both, (ONE,))
    assert func.functional_call(module, both, (ONE,), tie_weights=False).item() == 18.0
    one = func.functional_call(module, {NAMES[0]: w}, (ONE,), tie_weights=False)
    assert one.item() == 3.0 * module.rest[1].weight.item()


def test_strict():
    module = Tied()
    given = {"rest.1.weight": rv.ones(1, 1)}
    with pytest.raises(RuntimeError, match="Tied needs 'shift', 'again' too"):
        func.functional_call(module, given, (ONE,), strict=True)
    given["again"] = rv.tensor([0.5])
    assert func.functional_call(module, given, (ONE,), strict=True).item() == 2.0


def test_unknown_and_repeated_names():
    module = Tied()
    with pytest.raises(KeyError, match=r"no parameter or buffer named 'rest\.0\.weight'"):
        func.functional_call(module, {"rest.0.weight": ONE}, (ONE,))
    with pytest.raises(ValueError, match="'shift' is in several of the dicts"):
        func.functional_call(module, ({"shift": ONE}, {"shift": ONE}), (ONE,))


def test_a_shared_module():
    """One module in two places is one table of parameters: it is restored also when the call fails."""
    layer = nn.Linear(2, 2)
    module = nn.Sequential(layer, layer)
    own = layer.weight
    with pytest.raises(rv.errors.ShapeError):
        func.functional_call(module, {"1.weight": rv.ones(3, 3)}, (rv.ones(1, 2),))
    assert layer.weight is own
