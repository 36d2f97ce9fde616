"""gradcheck passes what is right, and says where the worst entry of a wrong derivative is."""

import re

import numpy as np
import pytest

import ravine as rv
from ravine import autograd
from ravine._gradcheck import GradcheckError


class Wrong(autograd.Function):
    """x^2 with a derivative that is wrong at index 2 by a factor, or everywhere in second order."""

    factor = 1.5

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        scale = rv.ones_like(x)
        if x.ndim:
            scale[2] = Wrong.factor
        return g * 2 * x * scale


class WrongTwice(autograd.Function):
    """x^2 whose derivative is right and cannot be differentiated."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 * x.detach()


def leaf(rng, *shape):
    return rv.tensor(rng.standard_normal(shape), dtype=rv.float64).requires_grad_()


def test_right_derivatives_pass(rng):
    x, w, n = leaf(rng, 3, 4), leaf(rng, 4, 2), rv.tensor([0, 2])
    cases = [
        (lambda a, b: (a @ b).tanh(), (x, w)),
        (lambda a, i: a[i] * 2, (x, n)),
        (lambda a: (a.sum(), a.exp(), rv.tensor([1])), x),
        (lambda a: a.reshape(-1)[:0], x),
        (lambda a: a * 3, leaf(rng)),
    ]
    for f, inputs in cases:
        options = {"check_forward_ad": True, "check_batched_grad": True, "check_grad_dtypes": True}
        assert autograd.gradcheck(f, inputs, **options)
        assert autograd.gradgradcheck(f, inputs, gen_non_contig_grad_outputs=True)
    assert autograd.gradgradcheck(
        lambda a: a.exp(), x, rv.ones(3, 4, dtype=rv.float64), check_fwd_over_rev=True
    )


def test_the_worst_entry_is_named():
    x = rv.tensor([1.0, 2.0, 3.0, 4.0], dtype=rv.float64, requires_grad=True)
    y = rv.ones(4, dtype=rv.float64)
    text = (
        "reverse mode differs for output 1 by input 1 in 1 of 16 entries. "
        "The worst: d output[1][2] / d input[1][2] is 9, it should be 6"
    )

    def f(a, b):
        return b + a, Wrong.apply(b)

    with pytest.raises(GradcheckError, match=re.escape(text)):
        autograd.gradcheck(f, (y, x))
    assert not autograd.gradcheck(f, (y, x), raise_exception=False)
    assert autograd.gradcheck(f, (y, x), atol=4.0)
    with pytest.raises(RuntimeError, match="gradcheck"):
        autograd.gradgradcheck(WrongTwice.apply, x)
    assert autograd.gradcheck(WrongTwice.apply, x)


def test_infinite_and_missing_derivatives():
    x = rv.tensor([0.0, 1.0], dtype=rv.float64, requires_grad=True)
    with pytest.raises(GradcheckError):
        autograd.gradcheck(lambda t: t.abs().sqrt(), x)  # inf by 0 is not what differences say
    z = rv.tensor([2.0], dtype=rv.float64, requires_grad=True)
    assert autograd.gradcheck(lambda a, b: a * 2, (x, z))  # b is not used: its derivative is 0


def test_what_cannot_be_checked():
    with pytest.raises(ValueError, match="at least one input that requires a gradient"):
        autograd.gradcheck(lambda t: t, rv.ones(2))
    x = rv.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="input 0 is ravine.float32"):
        autograd.gradcheck(lambda t: t * 2, x, eps=1e-2)
    with pytest.raises(ValueError, match="no floating tensor"):
        autograd.gradcheck(lambda t: t > 0, x.detach().to(rv.float64).requires_grad_())
    counter = iter(np.arange(1000.0))
    y = rv.ones(2, dtype=rv.float64, requires_grad=True)
    with pytest.raises(GradcheckError):
        autograd.gradcheck(lambda t: t * next(counter), y)
