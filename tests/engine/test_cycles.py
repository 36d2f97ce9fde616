"""Cycles that lead through the graph are collected when nothing outside holds them, and only then."""

import gc
import weakref
from typing import Any

import pytest

import ravine
from ravine import nn, optim
from ravine.utils.checkpoint import checkpoint


class Hooked(nn.Module):
    """A layer that registers its own method in some place."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.calls = 0

    def hook(self, *_):
        self.calls += 1

    def forward(self, x):
        return self.layer(x)


class Kept(ravine.autograd.Function):
    @staticmethod
    def forward(ctx, x, owner):
        ctx.owner = owner
        return x * 2

    @staticmethod
    def backward(ctx, g):
        ctx.owner.hook()
        return g * 2, None


def leaf_hook(m):
    m.layer.weight.register_hook(m.hook)
    return m(ravine.ones(2, 3)).sum()


def leaf_hook_with_its_handle(m):
    m.handle = m.layer.weight.register_hook(m.hook)
    return m(ravine.ones(2, 3)).sum()


def leaf_hook_beside_a_view(m):
    m.layer.weight.register_hook(m.hook)
    m.view = m.layer.weight.detach()
    m.views = [m.view.T, m.layer.weight.data[0]]
    return m(ravine.ones(2, 3)).sum()


def hook_on_a_kept_result(m):
    m.seen = m(ravine.ones(2, 3))
    m.seen.retain_grad()
    m.seen.register_hook(m.hook)
    return m.seen.sum()


def closure_on_a_kept_result(m):
    m.seen = m(ravine.ones(2, 3))
    m.handle = m.seen.register_hook(lambda g: m.hook(g))
    return m.seen.sum()


def hook_that_several_results_lead_to(m):
    first = m(ravine.ones(2, 3)).exp()
    first.register_hook(m.hook)
    m.results = [first * 2, (first * 3).tanh()]
    m.results.append(m.results[0] + m.results[1])
    return m.results[-1].sum()


def hook_deep_in_the_graph_of_a_kept_loss(m):
    x = m(ravine.ones(2, 3))
    x.register_hook(m.hook)
    for _ in range(50):
        x = x.tanh() + x
    m.loss = x.sum()
    return m.loss * 1


def hook_on_a_gradient(m):
    loss = m(ravine.ones(2, 3)).pow(2).sum()
    m.slope = ravine.autograd.grad(loss, m.layer.weight, create_graph=True)[0]
    m.slope.register_hook(m.hook)
    return m.slope.sum()


def context_of_a_function(m):
    m.out = Kept.apply(m(ravine.ones(2, 3)), m)
    return m.out.sum()


def context_that_keeps_the_result(m):
    class Own(ravine.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            m.context = ctx
            return x * 2

        @staticmethod
        def backward(ctx, g):
            m.hook()
            return g * 2

    y = Own.apply(m(ravine.ones(2, 3)))
    m.context.result = y
    return y.sum()


def checkpointed(m):
    m.out = checkpoint(lambda x: (m.hook(), m(x))[1], ravine.ones(2, 3))
    return m.out.sum()


def module_hooks(m):
    m.layer.register_forward_hook(m.hook)
    m.layer.register_full_backward_hook(m.hook)
    m.out = m(ravine.ones(2, 3, requires_grad=True))
    return m.out.sum()


def attribute_of_a_parameter(m):
    m.layer.weight.owner = m
    m.hook()
    return m(ravine.ones(2, 3)).sum()


def attribute_of_a_gradient(m):
    m.layer.weight.grad = nn.Parameter(ravine.ones(3, 3))
    vars(m.layer.weight.grad)["owner"] = m
    m.hook()
    return m(ravine.ones(2, 3)).sum()


def hook_that_is_the_tensors_own_method(m):
    class Own(nn.Parameter):
        owner: Any

        def seen(self, _):
            self.owner.hook()

    own = Own(ravine.ones(3, 3))
    own.owner = m
    own.register_hook(own.seen)
    m.own = own
    return (m(ravine.ones(2, 3)) @ own).sum()


CYCLES = [
    leaf_hook,
    leaf_hook_with_its_handle,
    leaf_hook_beside_a_view,
    hook_on_a_kept_result,
    closure_on_a_kept_result,
    hook_that_several_results_lead_to,
    hook_deep_in_the_graph_of_a_kept_loss,
    hook_on_a_gradient,
    context_of_a_function,
    context_that_keeps_the_result,
    checkpointed,
    module_hooks,
    attribute_of_a_parameter,
    attribute_of_a_gradient,
    hook_that_is_the_tensors_own_method,
]


@pytest.fixture(autouse=True)
def _only_the_collections_of_the_test():
    gc.collect()
    gc.freeze()  # what other tests left is not gone through again and again
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("make", CYCLES)
def test_a_cycle_is_collected_once_nothing_holds_it(make):
    for look, differentiate in [(False, False), (True, False), (False, True), (True, True)]:
        m = Hooked()
        loss = make(m)
        if look:
            loss.item()
        gc.collect()  # all of it is alive
        if differentiate:
            loss.backward()
            assert m.calls > 0, "the hook was lost"
        gone = weakref.ref(m)
        del m
        gc.collect()
        alive = gone()
        before = alive.calls if alive else None
        del alive
        del loss
        gc.collect()
        assert gone() is None, (look, differentiate, before)


@pytest.mark.parametrize("make", CYCLES)
def test_a_loss_keeps_what_its_backward_pass_calls(make):
    m = Hooked()
    weight = m.layer.weight
    loss = make(m)
    calls = m.calls
    counts = []
    if make not in (attribute_of_a_parameter, attribute_of_a_gradient):
        m.hook = lambda *_: counts.append(1)
    del m
    gc.collect()
    loss.backward()
    assert weight.grad is not None
    assert weight.grad.isfinite().all()
    del loss
    gc.collect()
    assert calls >= 0


def test_collections_during_training_change_nothing():
    def train(collect):
        ravine.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        calls = []
        for p in model.parameters():
            p.register_hook(lambda g: (calls.append(1), g * 0.5)[1])
        kept = []
        for _ in range(4):
            x = ravine.randn(5, 4)
            hidden = model[:2](x)
            hidden.register_hook(lambda g: (calls.append(2), g * 3)[1])
            if collect:
                gc.collect()
            loss = model[2](Kept.apply(hidden, Hooked())).pow(2).mean()
            kept.append(hidden)
            if collect:
                gc.collect()
            optimizer.zero_grad()
            loss.backward()
            if collect:
                gc.collect()
            optimizer.step()
        return len(calls), [p.tolist() for p in model.parameters()]

    assert train(True) == train(False)
    assert train(True)[0] == 4 * 5


def test_a_collection_inside_a_hook():
    def made():
        m = Hooked()
        m.layer.weight.register_hook(lambda g: (gc.collect(), m.hook(), g * 2)[2])
        m.seen = m(ravine.ones(2, 3)).tanh()
        m.seen.register_hook(lambda g: (gc.collect(), m.hook(), g)[2])
        return m

    m = made()
    weight = m.layer.weight
    m.seen.sum().backward()
    assert m.calls == 2
    plain = Hooked()
    plain.load_state_dict(m.state_dict())
    plain(ravine.ones(2, 3)).tanh().sum().backward()
    assert weight.grad is not None
    assert plain.layer.weight.grad is not None
    assert weight.grad.tolist() == (plain.layer.weight.grad * 2).tolist()
    gone = weakref.ref(m)
    del m, weight
    gc.collect()
    assert gone() is None
