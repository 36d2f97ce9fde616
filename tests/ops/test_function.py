"""`autograd.Function`: the op whose rules the user writes."""

import pytest

import ravine
from ravine.autograd import Function


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return t * 3 * x * x

    @staticmethod
    def vmap(info, in_dims, x):
        return Cube.apply(x), 0


class Shifted(Function):
    """Two results, of which one is constant, and an argument that is no tensor."""

    @staticmethod
    def forward(ctx, x, by, scale):
        ctx.scale = scale
        sign = ravine.sign(x)
        ctx.mark_non_differentiable(sign)
        return (x + by) * scale, sign

    @staticmethod
    def backward(ctx, g, _):
        return g * ctx.scale, (g * ctx.scale).sum(), None


def gradient(t):
    assert t.grad is not None
    return t.grad.tolist()


def test_value_and_gradient():
    x = ravine.tensor([1.0, 2.0], requires_grad=True)
    y = Cube.apply(x)
    y.sum().backward()
    assert y.tolist() == [1.0, 8.0]
    assert gradient(x) == [3.0, 12.0]


def test_second_order():
    x = ravine.tensor(2.0, requires_grad=True)
    (g,) = ravine.autograd.grad(Cube.apply(x), x, create_graph=True)
    assert ravine.autograd.grad(g, x)[0].item() == 12.0


def test_several_arguments_and_results():
    x = ravine.tensor([1.0, -2.0], requires_grad=True)
    by = ravine.tensor(0.5, requires_grad=True)
    y, sign = Shifted.apply(x, by, 3.0)
    assert not sign.requires_grad
    (y * sign).sum().backward()
    assert gradient(x) == [3.0, -3.0]
    assert gradient(by) == 0.0


def test_transforms():
    x = ravine.tensor([1.0, 2.0])
    assert ravine.func.jvp(Cube.apply, (x,), (ravine.tensor([1.0, 10.0]),))[1].tolist() == [3.0, 120.0]
    assert ravine.func.vmap(Cube.apply)(x).tolist() == [1.0, 8.0]
    assert ravine.func.grad(lambda t: Cube.apply(t).sum())(x).tolist() == [3.0, 12.0]


def test_missing_rules_are_said():
    class Plain(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, g

    x = ravine.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="2 gradients for 1 arguments"):
        Plain.apply(x).sum().backward()
    with pytest.raises(RuntimeError, match=r"Plain|jvp"):
        ravine.func.jvp(Plain.apply, (ravine.ones(1),), (ravine.ones(1),))
    with pytest.raises(RuntimeError, match=r"Plain|vmap"):
        ravine.func.vmap(Plain.apply)(ravine.ones(1))
