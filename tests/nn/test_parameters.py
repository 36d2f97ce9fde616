"""ParameterList, ParameterDict and averaged models."""

import copy

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn
from ravine.optim import swa_utils


def test_a_list_of_parameters():
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weights = nn.ParameterList([rv.ones(2), nn.Parameter(rv.zeros(1)), "kept"])

    layer = Layer()
    assert [name for name, _ in layer.named_parameters()] == ["weights.0", "weights.1"]
    weights = layer.weights
    weights += [rv.ones(3)]
    assert len(weights) == 4
    assert weights[2] == "kept"
    assert tuple(weights[-1].shape) == (3,)
    assert isinstance(weights[0], nn.Parameter)
    assert [tuple(p.shape) for p in weights[:2]] == [(2,), (1,)]
    weights[0] = rv.zeros(5)
    assert tuple(layer.state_dict()["weights.0"].shape) == (5,)
    with pytest.raises(IndexError, match="index 4 is out of range"):
        weights[4]
    with pytest.raises(TypeError, match="iterable, but got Tensor"):
        weights.extend(rv.ones(2))
    twin = copy.deepcopy(layer)
    assert twin.weights[0] is not weights[0]
    assert "(0): Parameter containing: [ravine.float32 of size 5]" in repr(weights)


def test_a_dict_of_parameters():
    table = nn.ParameterDict({"b": rv.ones(2)})
    table["a"] = nn.Parameter(rv.zeros(1))
    assert [name for name, _ in table.named_parameters()] == list(table) == ["b", "a"]
    assert table.setdefault("c", rv.ones(1)) is table["c"]
    assert table.get("none") is None
    assert table.pop("b").shape == (2,)
    assert "b" not in table
    table.update([("d", rv.ones(1))])
    assert len(table) == 3
    assert dict(table.items()).keys() == set(table.keys())
    with pytest.raises(KeyError, match="already exists"):
        table["training"] = rv.ones(1)
    with pytest.raises(KeyError):
        table["b"]
    other = nn.ParameterDict({key: rv.zeros(1) for key in ("a", "c", "d")})
    other.load_state_dict(table.state_dict())
    assert other["d"].item() == 1.0
    table.clear()
    assert len(list(table.parameters())) == 0


@pytest.mark.parametrize("kind", ["swa", "ema", "ema of each"])
def test_averages_are_those_of_torch(kind, rng):
    mine, theirs = nn.Linear(3, 2), torch.nn.Linear(3, 2)
    make = torch.optim.swa_utils
    options = {
        "swa": ({}, {}),
        "ema": (
            {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.9)},
            {"multi_avg_fn": make.get_ema_multi_avg_fn(0.9)},
        ),
        "ema of each": (
            {"avg_fn": swa_utils.get_ema_avg_fn(0.9)},
            {"avg_fn": make.get_ema_avg_fn(0.9)},
        ),
    }[kind]
    a = swa_utils.AveragedModel(mine, **options[0])
    b = make.AveragedModel(theirs, **options[1])
    for _ in range(10):
        for p, q in zip(mine.parameters(), theirs.parameters()):
            value = rng.standard_normal(tuple(q.shape)).astype(np.float32)
            with rv.no_grad(), torch.no_grad():
                p.copy_(rv.tensor(value))
                q.copy_(torch.tensor(value))
        a.update_parameters(mine)
        b.update_parameters(theirs)
    assert list(a.state_dict()) == sorted(b.state_dict(), key=list(a.state_dict()).index)
    for p, q in zip(a.module.parameters(), b.module.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert a.n_averaged.item() == 10
    with pytest.raises(ValueError, match="Only one"):
        swa_utils.AveragedModel(mine, avg_fn=swa_utils.get_swa_avg_fn(), multi_avg_fn=lambda *a: None)
    with pytest.raises(ValueError, match="Invalid decay value 2"):
        swa_utils.get_ema_avg_fn(2)
