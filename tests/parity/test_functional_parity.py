"""`autograd.functional` and what is newer in `func` give what PyTorch gives, history included."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ravine

# PyTorch's own, of its compiler.
pytestmark = pytest.mark.filterwarnings("ignore")

LIBRARIES = (ravine, torch)
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=3), RNG.normal(size=(3,))
M = RNG.normal(size=(2, 3))

#: Functions of a library and of tensors, and their inputs.
FUNCTIONS = {
    "power": (lambda m, x: x**3, (X,)),
    "two": (lambda m, x, y: x * y.sin(), (X, Y)),
    "tuple": (lambda m, x, y: (x * y, x.sum() ** 2), (X, Y)),
    "unused": (lambda m, x, y: x * 2, (X, Y)),
    "matrix": (lambda m, a, x: m.tanh(a @ x), (M, X)),
    "constant": (lambda m, x: m.ones(2, dtype=x.dtype), (X,)),
    "nested": (lambda m, x: m.autograd.grad((x**4).sum(), x, create_graph=True)[0], (X,)),
}
NUMBERS = {
    "cubes": (lambda m, x: (x**3).sum(), (X,)),
    "mixed": (lambda m, x, y: (x.exp() * y**2).sum(), (X, Y)),
    "apart": (lambda m, x, y: (x**2).sum(), (X, Y)),
    "linear": (lambda m, x: x.sum(), (X,)),
    "one": (lambda m, x: (x**2).sum().reshape(1), (X,)),
}


def given(m, arrays, requires_grad=False):
    made = tuple(m.tensor(a, dtype=m.float64, requires_grad=requires_grad) for a in arrays)
    return made[0] if len(made) == 1 else made


def flat(tree):
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in flat(part)]
    return [tree]


def shaped(tree):
    return tuple(map(shaped, tree)) if isinstance(tree, (tuple, list)) else tuple(tree.shape)


def held(ours, theirs):
    assert shaped(ours) == shaped(theirs)
    for a, b in zip(flat(ours), flat(theirs), strict=True):
        assert a.requires_grad == b.requires_grad
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-12)


def both(call):
    return [call(m) for m in LIBRARIES]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("graph", [False, True])
def test_jacobian(name, graph):
    f, arrays = FUNCTIONS[name]
    for options in ({}, {"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}):
        if "strategy" in options and (graph or name == "nested"):
            continue  # PyTorch cannot

        def call(m, options=options):
            x = given(m, arrays, requires_grad=graph)
            return m.autograd.functional.jacobian(lambda *xs: f(m, *xs), x, create_graph=graph, **options)

        ours, theirs = both(call)
        if graph:
            assert shaped(ours) == shaped(theirs)
            ours, theirs = ([t.detach() for t in flat(found)] for found in (ours, theirs))
        held(ours, theirs)


def test_jacobian_of_nothing():
    jacobian = ravine.autograd.functional.jacobian
    assert jacobian(lambda x: x * 2, ravine.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x[:0], ravine.zeros(2)).shape == (0, 2)


@pytest.mark.parametrize("name", NUMBERS)
def test_hessian(name):
    f, arrays = NUMBERS[name]
    for options in ({}, {"vectorize": True}, {"vectorize": True, "outer_jacobian_strategy": "forward-mode"}):

        def call(m, options=options):
            found = m.autograd.functional.hessian(lambda *xs: f(m, *xs), given(m, arrays), **options)
            # PyTorch leaves a history with forward mode.
            return [t.detach() for t in flat(found)]

        held(*both(call))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("which", ["vjp", "jvp"])
def test_products_with_the_jacobian(name, which):
    f, arrays = FUNCTIONS[name]

    def call(m):
        x = given(m, arrays)
        xs = x if isinstance(x, tuple) else (x,)
        y = f(m, *[t.detach().requires_grad_() for t in xs])
        like = x if which == "jvp" else y
        v = tuple(t.detach() * 0 + 1.5 for t in flat(like))
        v = v if isinstance(like, tuple) else v[0]
        return getattr(m.autograd.functional, which)(lambda *xs: f(m, *xs), x, v)

    held(*both(call))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("which", ["hvp", "vhp"])
def test_products_with_the_hessian(name, which):
    f, arrays = NUMBERS[name]

    def call(m):
        x = given(m, arrays)
        v = tuple(t * 2 + 1 for t in x) if isinstance(x, tuple) else x * 2 + 1
        return getattr(m.autograd.functional, which)(lambda *xs: f(m, *xs), x, v)

    held(*both(call))


def test_results_can_be_differentiated():
    def call(m):
        x = m.tensor(X, requires_grad=True)
        functional, found = m.autograd.functional, []
        cube = lambda t: (t**3).sum()  # noqa: E731
        for made in (
            functional.jacobian(lambda t: t**3, x, create_graph=True),
            functional.hessian(cube, x, create_graph=True),
            functional.vjp(lambda t: t**3, x, m.ones_like(x), create_graph=True)[1],
            functional.jvp(lambda t: t**3, x, m.ones_like(x), create_graph=True)[1],
            functional.vhp(cube, x, m.ones_like(x), create_graph=True)[1],
            functional.hvp(cube, x, m.ones_like(x), create_graph=True)[1],
        ):
            assert made.requires_grad
            found.append(m.autograd.grad((made**2).sum(), x)[0])
        return found

    held(*both(call))


def test_strict_wants_dependence():
    functional = ravine.autograd.functional
    x = ravine.tensor([1.0, 2.0])
    for call in (
        lambda m, t: m.autograd.functional.jacobian(lambda a: m.ones(2), t, strict=True),
        lambda m, t: m.autograd.functional.jacobian(lambda a, b: a * 2, (t, t), strict=True),
        lambda m, t: m.autograd.functional.vjp(lambda a, b: a.sum(), (t, t), strict=True),
        lambda m, t: m.autograd.functional.hvp(lambda a: a.sum(), t, t, strict=True),
    ):
        for m in LIBRARIES:
            with pytest.raises(RuntimeError):
                call(m, m.tensor([1.0, 2.0]))
    assert functional.jacobian(lambda a: a * 2, x, strict=True).tolist() == [[2, 0], [0, 2]]


def test_linearize_and_ensembles():
    def call(m):
        x = m.tensor(X)
        y, push = m.func.linearize(lambda t: (t**3, t.sum()), x)
        return [*y, *push(m.ones_like(x)), *push(x)]

    held(*both(call))

    def ensemble(m):
        models = [m.nn.Linear(3, 2) for _ in range(4)]
        params, buffers = m.func.stack_module_state(models)
        assert not buffers
        assert {name: tuple(p.shape) for name, p in params.items()} == {"weight": (4, 2, 3), "bias": (4, 2)}
        x = m.ones(5, 3)
        y = m.func.vmap(lambda p, x: m.func.functional_call(models[0], p, (x,)), in_dims=(0, None))(params, x)
        for one, model in zip(y, models, strict=True):
            np.testing.assert_allclose(one.detach().numpy(), model(x).detach().numpy(), rtol=1e-5)
        norm = m.func.replace_all_batch_norm_modules_(m.nn.Sequential(m.nn.BatchNorm1d(3)))[0]
        return norm.running_mean, norm.track_running_stats, all(p.is_leaf for p in params.values())

    assert ensemble(ravine) == ensemble(torch) == (None, False, True)


def test_variable():
    for m in LIBRARIES:
        x = m.autograd.Variable(m.ones(2), requires_grad=True)
        (x * x).sum().backward()
        assert x.grad.tolist() == [2, 2]
        assert isinstance(x, m.autograd.Variable)
        assert isinstance(m.ones(1), m.autograd.Variable)
        with m.autograd.set_multithreading_enabled(False):
            pass
