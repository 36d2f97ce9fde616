"""Hooks around the backward pass and around the state, against torch."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn


def pair():
    """Two equal networks with equal hooks, and what the hooks saw."""
    seen = []
    nets = []
    for lib in (nn, torch.nn):
        net = lib.Sequential(lib.Linear(3, 4), lib.Tanh(), lib.Linear(4, 2))
        nets.append(net)
        log = []
        seen.append(log)

        def after(module, grad_input, grad_output, log=log):
            log.append((grad_input, grad_output))

        def before(module, grad_output, log=log):
            log.append(grad_output)
            return (grad_output[0] * 2,)

        net[2].register_full_backward_pre_hook(before)
        for layer in net:
            layer.register_full_backward_hook(after)
        net[1].register_full_backward_hook(lambda m, gi, go: (gi[0] * 0.5,))
    state = {k: v.detach().numpy() for k, v in nets[1].state_dict().items()}
    nets[0].load_state_dict({k: rv.tensor(v) for k, v in state.items()})
    return nets, seen


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("input_needs_grad", [True, False])
def test_backward_hooks_are_those_of_torch(input_needs_grad, rng):
    (mine, theirs), (a, b) = pair()
    x = rng.standard_normal((5, 3)).astype(np.float32)
    p, q = rv.tensor(x).requires_grad_(input_needs_grad), torch.tensor(x, requires_grad=input_needs_grad)
    (mine(p) ** 2).sum().backward()
    (theirs(q) ** 2).sum().backward()
    assert len(a) == len(b) == 4

    def same(one, two):
        if isinstance(two, tuple):
            assert len(one) == len(two)
            for u, v in zip(one, two):
                same(u, v)
        elif two is None:
            assert one is None
        else:
            np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-4, atol=1e-5)

    same(tuple(a), tuple(b))
    for u, v in zip(mine.parameters(), theirs.parameters()):
        np.testing.assert_allclose(u.grad.numpy(), v.grad.numpy(), rtol=1e-4, atol=1e-5)
    if input_needs_grad:
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_hooks_are_taken_off_and_double_backward_works():
    layer = nn.Linear(2, 2)
    calls = []
    handle = layer.register_full_backward_hook(lambda *a: calls.append(1))
    x = rv.ones(1, 2, requires_grad=True)
    (g,) = rv.autograd.grad((layer(x) ** 2).sum(), x, create_graph=True)
    (g**2).sum().backward()
    assert x.grad is not None
    assert calls
    handle.remove()
    count = len(calls)
    layer(x).sum().backward()
    assert len(calls) == count
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    with pytest.raises(RuntimeError, match="returned 2 gradients for 1 inputs"):
        layer(x).sum().backward()


def test_state_hooks():
    layer = nn.Linear(1, 1)
    order = []
    layer.register_state_dict_pre_hook(lambda m, prefix, keep: order.append((prefix, keep)))
    layer.register_state_dict_post_hook(lambda m, state, prefix, meta: state.pop(prefix + "bias"))
    net = nn.Sequential(layer)
    state = net.state_dict()
    assert list(state) == ["0.weight"]
    assert order == [("0.", False)]

    def rename(module, state, prefix, *rest):
        state[prefix + "weight"] = state.pop(prefix + "old")

    layer.register_load_state_dict_pre_hook(rename)
    layer.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.remove("0.bias"))
    net.load_state_dict({"0.old": rv.full((1, 1), 7.0)})
    assert layer.weight.item() == 7.0
