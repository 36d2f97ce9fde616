"""`autograd.Function` against torch: saved outputs, inputs written in place, hooks after accumulation."""

import gc
import weakref
from typing import Any

import pytest
import torch

import ravine as rv

LIBRARIES: tuple[Any, ...] = (torch, rv)


def exponential(m):
    class Exp(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = m.exp(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * y

    return Exp


def test_a_saved_output_has_its_history():
    """Derivatives of any order: the backward reads what the function returned."""
    seen = []
    for m in LIBRARIES:
        x = m.tensor([0.5, -1.0], requires_grad=True)
        y = exponential(m).apply(x * x)
        orders = []
        for _ in range(3):
            (y,) = m.autograd.grad(y.sum(), x, create_graph=True)
            orders.append(y.tolist())
        seen.append(orders)
    for mine, theirs in zip(*seen[::-1], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5)


def polar(m):
    class Polar(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            r = m.sqrt(x * x + y * y)
            ctx.save_for_backward(x, y, r)
            return r, x * 2

        @staticmethod
        def backward(ctx, g, h):
            x, y, r = ctx.saved_tensors
            return g * x / r + 2 * h, g * y / r

    return Polar


def test_one_output_of_several():
    seen = []
    for m in LIBRARIES:
        x, y = m.tensor(3.0, requires_grad=True), m.tensor(4.0, requires_grad=True)
        r, twice = polar(m).apply(x, y)
        first = m.autograd.grad(r * twice, (x, y), create_graph=True)
        second = m.autograd.grad(first[0] + 3 * first[1], (x, y))
        seen.append([t.item() for t in (*first, *second)])
    assert seen[1] == pytest.approx(seen[0], rel=1e-5)


def test_saved_outputs_are_freed():
    f = exponential(rv)
    x = rv.tensor([0.5, -1.0])
    w = x.clone().requires_grad_()
    y = f.apply(w)
    gone = weakref.ref(y)
    y.sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == pytest.approx(x.exp().tolist())
    del y
    gc.collect()
    assert gone() is None


def test_dirty_inputs_are_the_outputs():
    seen = []
    for m in LIBRARIES:

        class Double(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        w = m.tensor([1.0, 2.0], requires_grad=True)
        x = w * 3
        y = Double.apply(x)
        assert y is x
        (x * x).sum().backward()
        seen.append((x.tolist(), w.grad.tolist()))
        with pytest.raises(RuntimeError, match="leaf"):
            Double.apply(m.ones(2, requires_grad=True))
        plain = m.ones(2)
        assert Double.apply(plain) is plain
        assert plain.tolist() == [2.0, 2.0]
    assert seen[0] == seen[1]


def test_hooks_after_accumulation():
    seen = []
    for m in LIBRARIES:
        calls: list[Any] = []
        w = m.ones(2, requires_grad=True)

        def stepped(leaf, calls=calls):
            calls.append(leaf.grad.tolist())
            leaf.grad = None

        handle = w.register_post_accumulate_grad_hook(stepped)
        (w * w + w).sum().backward()
        dropped = w.grad
        assert dropped is None
        m.autograd.grad((w * 2).sum(), w)
        (w * 5).sum().backward()
        handle.remove()
        (w * 7).sum().backward()
        seen.append((calls, w.grad.tolist()))
        with pytest.raises(RuntimeError, match="leaf"):
            (w * 2).register_post_accumulate_grad_hook(stepped)
    assert seen[0] == seen[1]
