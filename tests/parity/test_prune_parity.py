"""Pruning against torch with equal weights; what is random, by its counts."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportIndexIssue=false

import numpy as np
import pytest
import torch
from torch.nn.utils import prune as their_prune

import ravine as rv
from ravine.nn.utils import prune

LIBRARIES = [(rv, prune), (torch, their_prune)]
#: What is done one after the other to a layer's weight of shape (6, 5): function and arguments.
PROGRAMS = {
    "identity": [("identity",)],
    "l1": [("l1_unstructured", 7)],
    "l1 share": [("l1_unstructured", 0.33)],
    "l1 of nothing": [("l1_unstructured", 0)],
    "l1 of all": [("l1_unstructured", 1.0)],
    "l1 twice": [("l1_unstructured", 7), ("l1_unstructured", 0.5)],
    "l1 thrice": [("l1_unstructured", 0.2)] * 3,
    "l2 rows": [("ln_structured", 2, 2, 0)],
    "l1 columns": [("ln_structured", 0.5, 1, -1)],
    "largest": [("ln_structured", 2, float("inf"), 1)],
    "smallest": [("ln_structured", 2, -float("inf"), 1)],
    "rows, then rows": [("ln_structured", 2, 2, 0), ("ln_structured", 0.5, 2, 0)],
    "rows, then columns": [("ln_structured", 2, 2, 0), ("ln_structured", 2, 2, 1)],
    "columns, then elements": [("ln_structured", 2, 2, 1), ("l1_unstructured", 3)],
    "elements, then rows": [("l1_unstructured", 20), ("ln_structured", 2, 2, 0)],
    "mask": [("custom_from_mask", "mask")],
    "elements, then a mask": [("l1_unstructured", 10), ("custom_from_mask", "mask")],
    "mask, then elements": [("custom_from_mask", "mask"), ("l1_unstructured", 0.5)],
    "identity, then elements": [("identity",), ("l1_unstructured", 4)],
}
MASK = np.arange(30).reshape(6, 5) % 3 > 0


def pair(rng):
    """A linear layer in both libraries, with equal weights in float64."""
    made = []
    for lib, _ in LIBRARIES:
        layer = lib.nn.Linear(5, 6).double()
        made.append(layer)
    for name, value in made[1].state_dict().items():
        value.copy_(torch.tensor(rng.standard_normal(value.shape)))
        made[0].state_dict()[name].copy_(rv.tensor(value.numpy()))
    return made


def same(mine, theirs):
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-14)


def same_states(mine, theirs):
    ours, others = mine.state_dict(), theirs.state_dict()
    assert list(ours) == list(others)
    for name, value in others.items():
        assert str(ours[name].dtype).split(".")[-1] == str(value.dtype).split(".")[-1]
        same(ours[name], value)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(program, rng):
    mine, theirs = pair(rng)
    x = rng.standard_normal((3, 5))
    for (lib, home), layer in zip(LIBRARIES, (mine, theirs), strict=True):
        weight = layer.weight
        for function, *arguments in PROGRAMS[program]:
            given = [lib.tensor(MASK) if a == "mask" else a for a in arguments]
            assert getattr(home, function)(layer, "weight", *given) is layer
        assert layer.weight_orig is weight
        assert home.is_pruned(layer)
        assert len(layer._forward_pre_hooks) == 1
        (layer(lib.tensor(x)) ** 2).sum().backward()
    same_states(mine, theirs)
    same(mine.weight, theirs.weight)
    same(mine.weight_orig.grad, theirs.weight_orig.grad)
    for (_, home), layer in zip(LIBRARIES, (mine, theirs), strict=True):
        home.remove(layer, "weight")
        assert not home.is_pruned(layer)
    same_states(mine, theirs)
    same(mine(rv.tensor(x)), theirs(torch.tensor(x)))


def test_scores_rank_in_place_of_values(rng):
    mine, theirs = pair(rng)
    scores = rng.standard_normal((6, 5))
    for (lib, home), layer in zip(LIBRARIES, (mine, theirs), strict=True):
        home.l1_unstructured(layer, "weight", 0.4, importance_scores=lib.tensor(scores))
        home.ln_structured(layer, "weight", 1, 2, 0, importance_scores=lib.tensor(scores))
        with pytest.raises(AssertionError, match="same shape"):
            home.l1_unstructured(layer, "weight", 1, importance_scores=lib.ones(2))
    same_states(mine, theirs)


def test_global(rng):
    mine, theirs = pair(rng)
    scores = rng.standard_normal(6)
    for (lib, home), layer in zip(LIBRARIES, (mine, theirs), strict=True):
        pairs = [(layer, "weight"), (layer, "bias")]
        home.l1_unstructured(layer, "weight", 4)
        home.global_unstructured(pairs, home.L1Unstructured, amount=10)
        home.global_unstructured(
            pairs, home.L1Unstructured, {(layer, "bias"): lib.tensor(scores)}, amount=0.25
        )
        with pytest.raises(TypeError, match="unstructured"):
            home.global_unstructured(pairs, home.LnStructured, amount=1, n=2)
        with pytest.raises(TypeError, match="dict"):
            home.global_unstructured(pairs, home.L1Unstructured, [1], amount=1)
        with pytest.raises(TypeError, match="Iterable"):
            home.global_unstructured(3, home.L1Unstructured, amount=1)
    same_states(mine, theirs)


def test_random_ones():
    for _, home in LIBRARIES:
        lib = rv if home is prune else torch
        layer = home.random_unstructured(lib.nn.Linear(5, 6), "weight", 7)
        assert layer.weight_mask.sum().item() == 23
        home.random_unstructured(layer, "weight", 0.5)
        assert layer.weight_mask.sum().item() in (11, 12)
        layer = home.random_structured(lib.nn.Linear(5, 6), "weight", 2, 0)
        assert sorted(layer.weight_mask.sum(1).tolist()) == [0, 0, 5, 5, 5, 5]
        home.random_structured(layer, "weight", 0.5, 0)
        assert sorted(layer.weight_mask.sum(1).tolist()) == [0, 0, 0, 0, 5, 5]
    rv.manual_seed(3)
    first = prune.random_unstructured(rv.nn.Linear(5, 6), "weight", 7).weight_mask
    rv.manual_seed(3)
    assert bool((prune.random_unstructured(rv.nn.Linear(5, 6), "weight", 7).weight_mask == first).all())


def test_methods_of_ones_own():
    for lib, home in LIBRARIES:

        class Every(home.BasePruningMethod):
            PRUNING_TYPE = "unstructured"

            def __init__(self, nth):
                self.nth = nth

            def compute_mask(self, t, default_mask):
                mask = default_mask.clone()
                mask.view(-1)[:: self.nth] = 0
                return mask

        layer = lib.nn.Linear(4, 1)
        hook = Every.apply(layer, "weight", 2)
        assert layer.weight_mask.tolist() == [[0, 1, 0, 1]]
        assert type(hook) is Every
        hook = Every.apply(layer, "weight", nth=2)
        assert layer.weight_mask.tolist() == [[0, 0, 0, 1]]
        assert type(hook) is home.PruningContainer
        assert [type(method) for method in hook] == [Every, Every]
        assert len(hook) == 2
        assert hook[0].nth == 2
        pruned = Every(3).prune(lib.tensor([1.0, 2.0, 3.0, 4.0]))
        assert pruned.tolist() == [0, 2, 3, 0]
        container = home.PruningContainer(hook[0])
        with pytest.raises(TypeError, match="not a BasePruningMethod"):
            container.add_pruning_method(3)
        other = Every(1)
        other._tensor_name = "bias"
        with pytest.raises(ValueError, match="parameter named"):
            container.add_pruning_method(other)


WRONG = {
    "a negative amount": (lambda p, m: p.l1_unstructured(m, "weight", -1), ValueError),
    "a share above 1": (lambda p, m: p.l1_unstructured(m, "weight", 1.5), ValueError),
    "too many": (lambda p, m: p.l1_unstructured(m, "weight", 31), ValueError),
    "no number": (lambda p, m: p.l1_unstructured(m, "weight", "all"), TypeError),
    "rows of a vector": (lambda p, m: p.ln_structured(m, "bias", 1, 2, 0), ValueError),
    "no such dimension": (lambda p, m: p.ln_structured(m, "weight", 1, 2, 5), IndexError),
    "no such parameter": (lambda p, m: p.identity(m, "wieght"), AttributeError),
    "not pruned": (lambda p, m: p.remove(m, "weight"), ValueError),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls_leave_the_layer_as_it_was(case):
    call, kind = WRONG[case]
    for lib, home in LIBRARIES:
        layer = lib.nn.Linear(5, 6)
        with pytest.raises(kind):
            call(home, layer)
        assert sorted(layer.state_dict()) == ["bias", "weight"]
        assert not home.is_pruned(layer)


def test_pruned_weights_stay_zero_in_training():
    layer = prune.l1_unstructured(rv.nn.Linear(5, 6), "weight", 0.5)
    optimizer = rv.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(rv.randn(4, 5)).square().sum().backward()
        optimizer.step()
    layer(rv.ones(1, 5))
    assert (layer.weight == 0).sum().item() == 15
