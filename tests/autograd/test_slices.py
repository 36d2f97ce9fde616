"""What flows back through slices: the sum of all of them, put together without a whole tensor for each."""

import numpy as np
import pytest

import ravine

#: Slices of a (6, 8) tensor.
SETS = {
    "halves": lambda x: [x[:3], x[3:]],
    "halves in the other order": lambda x: [x[:, 4:], x[:, :4]],
    "columns one by one": lambda x: [x[:, i] for i in range(8)],
    "an unequal split": lambda x: list(x.split([1, 5, 2], 1)),
    "quarters": lambda x: [x[:3, :4], x[3:, 4:], x[:3, 4:], x[3:, :4]],
    "with a gap": lambda x: [x[:2], x[4:]],
    "overlapping": lambda x: [x[:4], x[2:], x[1:3]],
    "the same one twice": lambda x: [x[2:4], x[2:4]],
    "even and odd": lambda x: [x[::2], x[1::2]],
    "backwards": lambda x: [x[:3].flip(0), x.flip(0)[:3]],
    "steps of three": lambda x: [x[::3], x[1::3], x[2::3]],
    "nothing": lambda x: [x[3:3], x[:2]],
    "nothing at all": lambda x: [x[3:3], x[:, 8:]],
    "whole and a part": lambda x: [x, x[1:2]],
    "a part, then whole": lambda x: [x[1:2], x * 2, x[4:]],
    "slices of slices": lambda x: [x[1:][:, 2:5], x[1:][:, 5:]],
    "one element": lambda x: [x[5, 7], x[0, 0]],
    "through a view": lambda x: list(x.reshape(2, 3, 8).unbind(1)),
}


class Sliced(np.ndarray):
    """NumPy's arrays with the methods that the slices above use."""

    def flip(self, dim):
        return np.flip(self, dim)

    def split(self, sizes, dim):
        return np.split(self, np.cumsum(sizes)[:-1], dim)

    def unbind(self, dim):
        return np.moveaxis(self, dim, 0)


def weights(k, part):
    return np.cos(np.arange(np.prod(part.shape)).reshape(part.shape) + k)


def expected(parts):
    """The gradient of sum_k sum(w_k part_k^2 / 2) where x is 1, element by element of each part."""
    ones = np.ones((6, 8)).view(Sliced)
    places = np.arange(48.0).reshape(6, 8).view(Sliced)
    total = np.zeros(48)
    for k, (factor, place) in enumerate(zip(parts(ones), parts(places))):
        which = np.asarray(place / factor, int)
        np.add.at(total, which.ravel(), np.asarray(weights(k, factor) * factor**2).ravel())
    return total.reshape(6, 8)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients(name, dtype):
    parts = SETS[name]
    dtype = getattr(ravine, dtype)
    x = ravine.ones(6, 8, dtype=dtype, requires_grad=True)
    pieces = parts(x)
    total = sum((p * p * ravine.tensor(weights(k, p), dtype=dtype)).sum() / 2 for k, p in enumerate(pieces))
    assert isinstance(total, ravine.Tensor)
    total.backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), expected(parts), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_second_derivatives(rng, name):
    parts = SETS[name]
    x = ravine.tensor(rng.standard_normal((6, 8)), requires_grad=True)

    def f(x):
        return sum(((part * (k + 1)) ** 3).sum() for k, part in enumerate(parts(x)))

    assert ravine.autograd.gradcheck(f, (x,))
    assert ravine.autograd.gradgradcheck(f, (x,))


def test_hooks_see_the_whole_gradient():
    x = ravine.ones(4, requires_grad=True)
    y = x * 1
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y[:2].sum() + 3 * y[1:].sum()).backward()
    assert seen == [[1, 4, 3, 3]]


def test_half_precision_and_devices_without_values():
    x = ravine.ones(4, dtype=ravine.float16, requires_grad=True)
    (x[:2].sum() + 2 * x[2:].sum()).backward()
    assert x.grad is not None
    assert (x.grad.dtype, x.grad.tolist()) == (ravine.float16, [1, 1, 2, 2])
    y = ravine.ones(4, device="meta", requires_grad=True)
    (y[:2].sum() + y[2:].sum()).backward()
    assert y.grad is not None
    assert (y.grad.device, tuple(y.grad.shape)) == ("meta", (4,))


@pytest.mark.parametrize(("count", "parts"), [(1, "x.split(2)"), (2, "[x[:2], x[4:]]")])
def test_nothing_is_added_up(count, parts):
    """Parts that follow each other are put together by one kernel; others go into one tensor of zeros."""
    x = ravine.ones(8, requires_grad=True)
    pieces = eval(parts, {"x": x})
    cotangents = [ravine.ones(p.shape) for p in pieces]
    ravine.eval(*pieces, *cotangents)
    before = ravine.stats()["kernels_run"]
    (grad,) = ravine.autograd.grad(pieces, x, cotangents)
    ravine.eval(grad)
    zeros = 0 if count == 1 else 1
    assert ravine.stats()["kernels_run"] - before == count + zeros
