"""Lazy layers against torch: what they become, compute, save and load."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# pyright: reportUnusedExpression=false

import copy

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn

LIBRARIES = [rv, torch]
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")

#: Arguments, and the input of the first call.
LAYERS = {
    "LazyLinear": [("4", (2, 3)), ("4, bias=False", (3,))],
    "LazyConv1d": [("4, 3", (2, 5, 8)), ("4, 3, 2, padding=1, groups=2, bias=False", (6, 8))],
    "LazyConv2d": [
        ("4, (2, 3), dilation=2", (2, 3, 6, 8)),
        ("2, 3, padding='same', padding_mode='reflect'", (1, 2, 4, 4)),
    ],
    "LazyConv3d": [("4, 2", (1, 3, 3, 3, 3))],
    "LazyConvTranspose1d": [("4, 3, stride=2, output_padding=1", (2, 5, 8))],
    "LazyConvTranspose2d": [("4, 3, groups=2", (2, 6, 4, 4)), ("4, 3, bias=False", (3, 4, 4))],
    "LazyConvTranspose3d": [("4, 2", (1, 3, 3, 3, 3))],
    "LazyBatchNorm1d": [("", (4, 3)), ("1e-3, 0.2, affine=False", (4, 3, 5))],
    "LazyBatchNorm2d": [("track_running_stats=False", (2, 3, 4, 4))],
    "LazyBatchNorm3d": [("", (2, 3, 2, 2, 2))],
    "LazyInstanceNorm1d": [("", (2, 3, 4)), ("1e-3, track_running_stats=False", (2, 3, 4))],
    "LazyInstanceNorm2d": [("affine=True", (2, 3, 4, 4))],
    "LazyInstanceNorm3d": [("", (2, 3, 2, 2, 2))],
}


def make(lib, name, arguments):
    return eval(f"nn.{name}({arguments})", {"nn": lib.nn})


def copied(module):
    return {key: rv.tensor(value.numpy()) for key, value in module.state_dict().items()}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, rng):
    assert issubclass(getattr(nn, name), getattr(nn, name.removeprefix("Lazy")))
    for arguments, shape in LAYERS[name]:
        mine, theirs = (make(lib, name, arguments) for lib in LIBRARIES)
        assert sorted(mine.state_dict()) == sorted(theirs.state_dict())
        assert mine.has_uninitialized_params() == theirs.has_uninitialized_params()
        x = rng.standard_normal(shape).astype("float32")
        mine(rv.tensor(x)), theirs(torch.tensor(x))
        assert type(mine).__name__ == type(theirs).__name__ == name.removeprefix("Lazy")
        assert type(mine) is getattr(nn, type(mine).__name__)
        for key, value in theirs.__dict__.items():
            if isinstance(value, (int, float)) and not key.startswith("_") and key != "transposed":
                assert getattr(mine, key) == value, key
        for (key, a), (other, b) in zip(mine.named_parameters(), theirs.named_parameters(), strict=True):
            assert key == other
            assert type(a) is nn.Parameter
            assert tuple(a.shape) == tuple(b.shape)
            assert a.requires_grad == b.requires_grad
        mine.load_state_dict(copied(theirs))
        a, b = mine(rv.tensor(x)), theirs(torch.tensor(x))
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-4, atol=1e-5)
        for (key, a), (_, b) in zip(mine.named_buffers(), theirs.named_buffers(), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5, err_msg=key)
        assert not mine._forward_pre_hooks


def test_starting_values_are_those_of_the_plain_layer():
    rv.manual_seed(3)
    lazy = nn.LazyLinear(4)
    lazy(rv.ones(1, 3))
    rv.manual_seed(3)
    plain = nn.Linear(3, 4)
    assert lazy.weight.tolist() == plain.weight.tolist()
    assert lazy.bias.tolist() == plain.bias.tolist()


def test_states():
    for name, cases in LAYERS.items():
        arguments, shape = cases[0]
        ready = make(torch, name, arguments)
        ready(torch.ones(shape))
        for lib in LIBRARIES:
            state = copied(ready) if lib is rv else ready.state_dict()
            lazy = make(lib, name, arguments)
            lazy.load_state_dict(state)  # a known state gives the shapes
            assert not lazy.has_uninitialized_params()
            if lib is rv or "InstanceNorm" not in name:  # torch's does not learn the number of features then
                lazy(lib.ones(shape))
                assert type(lazy).__name__ == name.removeprefix("Lazy")
            for key, value in state.items():
                if "running" not in key and "num" not in key:
                    assert lazy.state_dict()[key].tolist() == value.tolist()
            waiting = make(lib, name, arguments)
            waiting.load_state_dict(make(lib, name, arguments).state_dict())  # an unknown one changes nothing
            unknown = waiting.has_uninitialized_params()
            waiting(lib.ones(shape))
            if unknown:
                with pytest.raises(RuntimeError, match="state_dict"):
                    waiting.load_state_dict(make(lib, name, arguments).state_dict())


def test_nothing_is_known_before_the_first_call():
    for lib in LIBRARIES:
        layer = lib.nn.LazyLinear(4)
        assert repr(layer.weight).strip("<>") == "UninitializedParameter"
        with pytest.raises(RuntimeError, match=r"shape|uninitialized"):
            layer.weight.shape  # noqa: B018
    with pytest.raises(RuntimeError, match="Call the module once"):
        nn.LazyLinear(4).weight.numel()
    norm = nn.LazyBatchNorm1d()
    with pytest.raises(RuntimeError, match="UninitializedBuffer has no shape yet"):
        norm.running_mean.tolist()


def test_copies_moves_and_devices():
    layer = nn.Sequential(nn.LazyBatchNorm1d(), nn.LazyLinear(4)).double()
    twin = copy.deepcopy(layer)
    layer(rv.ones(2, 3, dtype=rv.float64))
    assert layer[1].weight.dtype == layer[0].running_mean.dtype == rv.float64
    twin(rv.ones(2, 5, dtype=rv.float64))
    assert (layer[1].in_features, twin[1].in_features) == (3, 5)
    assert not twin[0]._forward_pre_hooks
    shapes = nn.Sequential(nn.LazyConv2d(8, 3, device="meta"), nn.Flatten(), nn.LazyLinear(10, device="meta"))
    shapes(rv.empty(1, 3, 8, 8, device="meta"))
    assert shapes[2].in_features == 288
    assert shapes.to_empty(device="cpu")(rv.ones(1, 3, 8, 8)).shape == (1, 10)


def test_an_optimizer_may_be_made_before():
    layer = nn.LazyLinear(2)
    optimizer = rv.optim.SGD(layer.parameters(), lr=0.1)
    layer(rv.ones(1, 3)).sum().backward()
    before = layer.bias.tolist()
    optimizer.step()
    np.testing.assert_allclose(layer.bias.tolist(), np.subtract(before, 0.1), rtol=1e-6)


def test_wrong_inputs():
    for call in (
        lambda: nn.LazyConv2d(4, 3)(rv.ones(2, 3)),
        lambda: nn.LazyLinear(4)(rv.tensor(1.0)),
        lambda: nn.LazyBatchNorm1d()(rv.ones(3)),
    ):
        with pytest.raises(rv.errors.ShapeError, match=r"Lazy.*must have"):
            call()
    with pytest.raises(ValueError, match="divisible by groups"):
        nn.LazyConv1d(4, 1, groups=2)(rv.ones(1, 3, 4))
    with pytest.raises(ValueError, match="out_channels must be divisible"):
        nn.LazyConv1d(5, 1, groups=2)


def test_modules_of_ones_own():
    class Scale(nn.lazy.LazyModuleMixin, nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.UninitializedParameter()

        def initialize_parameters(self, x):
            if self.has_uninitialized_params():
                self.factor.materialize(x.shape[-1:])
                nn.init.ones_(self.factor)

        def forward(self, x):
            return x * self.factor

    layer = Scale()
    assert layer(rv.ones(2, 3)).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert type(layer) is Scale

    class Lacking(nn.lazy.LazyModuleMixin, nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.UninitializedParameter()

    with pytest.raises(NotImplementedError, match="initialize_parameters"):
        Lacking()(rv.ones(2))
    Lacking.initialize_parameters = lambda self, x: None
    with pytest.raises(RuntimeError, match="not been fully initialized"):
        Lacking()(rv.ones(2))
