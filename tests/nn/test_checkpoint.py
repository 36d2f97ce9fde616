"""Checkpointing: the same bits for less memory, with dropout, captured values, any order, transforms."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

import gc

import numpy as np
import pytest

import ravine as rv
from ravine import func, nn
from ravine.errors import GradientError
from ravine.utils.checkpoint import checkpoint, checkpoint_sequential


def block(width=16, dropout=0.25):
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout), nn.LayerNorm(width))


def bits(tensors):
    return [t.detach().numpy().tobytes() for t in tensors]


def grads_of(run, model, x):
    """(loss, gradients of input and parameters), as bytes, from equal random states."""
    rv.manual_seed(3)
    x = x.detach().clone().requires_grad_()
    model.zero_grad()
    loss = (run(model, x) ** 2).mean()
    loss.backward()
    after = rv.rand(2)
    return bits([loss, x.grad, after, *(p.grad for p in model.parameters())])


def test_values_and_gradients_have_the_same_bits():
    rv.manual_seed(0)
    model, x = nn.Sequential(*(block() for _ in range(6))), rv.randn(5, 16)
    plain = grads_of(lambda m, t: m(t), model, x)
    assert grads_of(lambda m, t: checkpoint(m, t, use_reentrant=False), model, x) == plain
    for segments in (1, 2, 4, 6):
        assert grads_of(lambda m, t, s=segments: checkpoint_sequential(m, s, t), model, x) == plain

    def nested(m, t):
        return checkpoint(lambda u: checkpoint(m[3:], checkpoint(m[:3], u)), t)

    assert grads_of(nested, model, x) == plain
    model.eval()
    assert grads_of(checkpoint, model, x) == grads_of(lambda m, t: m(t), model, x)


def test_memory_falls():
    rv.manual_seed(0)
    model = nn.Sequential(*(block(64) for _ in range(16)))
    x = rv.randn(512, 64)
    rv.eval(x, *model.parameters())
    held = []
    for run in (lambda: model(x), lambda: checkpoint_sequential(model, 4, x)):
        gc.collect()
        rv.synchronize()
        before = rv.stats()["bytes_live"]
        loss = (run() ** 2).mean()
        loss.item()
        held.append(rv.stats()["bytes_live"] - before)
        loss.backward()
        model.zero_grad()
        del loss
    # Three of four segments keep their inputs only.
    assert 0 < held[1] < 0.5 * held[0]


def test_double_backward(rng):
    w = rv.tensor(rng.standard_normal((4, 4)), dtype=rv.float64).requires_grad_()
    x = rv.tensor(rng.standard_normal((3, 4)), dtype=rv.float64).requires_grad_()

    def f(t):
        return (t @ w).tanh() @ w

    found = []
    for run in (f, lambda t: checkpoint(f, t)):
        (g,) = rv.autograd.grad((run(x) ** 2).sum(), x, create_graph=True)
        penalty = (g * g).sum()
        found.append(rv.autograd.grad(penalty, [x, w]))
    # Cotangents of w meet in another order: the same up to a rounding.
    for a, b in zip(*found):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-14, atol=1e-13)


def test_captured_results_and_several_outputs(rng):
    w = rv.tensor(rng.standard_normal(3), dtype=rv.float64).requires_grad_()

    def whole(x, use):
        scale = w.exp()  # has a history of its own, and the function reads it
        one, rest = use(lambda t, k: ({"a": t * scale * k}, [t.sin(), 3, t.detach()]), x)
        return (one["a"] * rest[0]).sum() + (scale * x).sum() + rest[2].sum()

    found = []
    for use in (lambda f, x: f(x, k=2.0), lambda f, x: checkpoint(f, x, k=2.0)):
        x = rv.tensor([0.5, -1.0, 2.0], dtype=rv.float64).requires_grad_()
        found.append(rv.autograd.grad(whole(x, use), [x, w]))
    for a, b in zip(*found):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-15)


def test_transforms(rng):
    x = rv.tensor(rng.standard_normal(4), dtype=rv.float64)

    def f(t):
        return (t.sin() * t).sum()

    def g(t):
        return checkpoint(f, t)

    np.testing.assert_array_equal(func.grad(g)(x).numpy(), func.grad(f)(x).numpy())
    np.testing.assert_allclose(func.hessian(g)(x).numpy(), func.hessian(f)(x).numpy(), rtol=1e-14)
    np.testing.assert_array_equal(func.jvp(g, (x,), (x,))[1].numpy(), func.jvp(f, (x,), (x,))[1].numpy())
    many = x.reshape(2, 2)
    np.testing.assert_array_equal(func.vmap(g)(many).numpy(), func.vmap(f)(many).numpy())


def test_without_gradients_nothing_is_special():
    assert not checkpoint(lambda t: t * 2, rv.ones(2)).requires_grad
    with rv.no_grad():
        assert not checkpoint(lambda t: t * 2, rv.ones(2, requires_grad=True)).requires_grad


def test_writes_in_between():
    w = rv.ones(2, requires_grad=True)
    mask = rv.ones(2)
    y = checkpoint(lambda t, m: (t * w * m).sum(), rv.ones(2), mask)
    mask.zero_()  # an argument without a gradient is kept as it was
    y.backward()
    assert w.grad.tolist() == [1.0, 1.0]
    y = checkpoint(lambda t: (t * w).sum(), rv.ones(2))
    with rv.no_grad():
        w.mul_(2)
    with pytest.raises(GradientError, match="one that it uses was written since"):
        y.backward()
    calls = []
    y = checkpoint(lambda t: calls.append(1) or ([t * w] * len(calls)), rv.ones(2))[0].sum()
    with pytest.raises(GradientError, match="returned 2 tensors with gradients when it was called again, 1"):
        y.backward()
    with pytest.raises(ValueError, match="2 functions do not make 3 segments"):
        checkpoint_sequential([abs, abs], 3, rv.ones(1))
