"""Momentum by its three names, Nesterov's two forms, steps of one length, Lion: against formulas."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false

import re

import numpy as np
import pytest

import ravine as rv
from ravine import nn, optim

pytestmark = pytest.mark.filterwarnings("ignore::ravine.NoGradientWarning")


def leaf(value, dtype=rv.float64):
    return nn.Parameter(rv.tensor(value, dtype=dtype))


def test_where_buffers_go_under_a_constant_gradient():
    """EMA: v -> g; heavy ball: v -> lr g / (1 - beta); PyTorch's: v -> g / (1 - beta)."""
    g, lr, beta = np.array([3.0, -0.5]), 0.02, 0.9
    for convention, end in [("ema", g), ("heavy-ball", lr * g / (1 - beta)), ("torch", g / (1 - beta))]:
        p = leaf([0.0, 0.0])
        optimizer = optim.SGD([p], lr=lr, momentum=beta, convention=convention)
        steps = []
        for _ in range(400):
            p.grad = rv.tensor(g, dtype=rv.float64)
            before = p.detach().numpy().copy()
            optimizer.step()
            steps.append(before - p.detach().numpy())
        np.testing.assert_allclose(optimizer.state[p]["momentum_buffer"].numpy(), end, rtol=1e-12)
        np.testing.assert_allclose(steps[-1], lr * g * (1 if convention == "ema" else 10), rtol=1e-12)
        np.testing.assert_allclose(steps[0], lr * g * (0.1 if convention == "ema" else 1), rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("convention", ["torch", "ema", "heavy-ball"])
def test_conventions_follow_their_formulas(convention, nesterov, rng):
    """With a changing rate, weight decay, several shapes, and one parameter that starts late."""
    beta, decay = 0.8, 0.05
    params = [leaf(rng.standard_normal(s)) for s in [(4, 3), (), (0,), (5,)]]
    want = [p.detach().numpy().copy() for p in params]
    v = [np.zeros_like(w) for w in want]
    optimizer = optim.SGD(
        params, lr=1.0, momentum=beta, weight_decay=decay, nesterov=nesterov, convention=convention
    )
    for step in range(20):
        lr = optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
        for i, p in enumerate(params):
            if i == 3 and step < 2:
                continue
            g = rng.standard_normal(p.shape)
            p.grad = rv.tensor(g, dtype=rv.float64)
            g = g + decay * want[i]
            weight, rate = {"torch": (1, lr), "ema": (1 - beta, lr), "heavy-ball": (lr, 1)}[convention]
            v[i] = beta * v[i] + weight * g
            want[i] = want[i] - rate * (weight * g + beta * v[i] if nesterov else v[i])
        optimizer.step()
    for p, w in zip(params, want):
        np.testing.assert_allclose(p.detach().numpy(), w, rtol=1e-12, atol=1e-14)


def test_nesterovs_two_forms_are_one_on_a_quadratic(rng):
    """Parameters hold the point theta - beta v that the literal method looks ahead to."""
    a = rng.standard_normal((4, 4))
    a, lr, beta = a @ a.T + np.eye(4), 0.02, 0.9
    start = rng.standard_normal(4)
    for convention in ("torch", "heavy-ball"):
        p = leaf(start)
        optimizer = optim.SGD([p], lr=lr, momentum=beta, nesterov=True, convention=convention)
        theta, v = start.copy(), np.zeros(4)
        for _ in range(50):
            ahead = theta - beta * v
            np.testing.assert_allclose(p.detach().numpy(), ahead, rtol=1e-10, atol=1e-12)
            v = beta * v + lr * (a @ ahead)
            theta = theta - v
            optimizer.zero_grad()
            (0.5 * (p @ rv.tensor(a) @ p)).backward()
            optimizer.step()


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"weight_decay": 0.1, "maximize": True}])
def test_ngd_steps_have_one_length(options, rng):
    params = [leaf(rng.standard_normal(s)) for s in [(4, 3), (), (7,), (0, 2)]]
    optimizer = optim.NGD(params, lr=0.3, **options)
    want = [p.detach().numpy().copy() for p in params]
    v = [np.zeros_like(w) for w in want]
    beta, decay = options.get("momentum", 0), options.get("weight_decay", 0)
    for scale in (1e-12, 1.0, 1e9, 1e-3):
        for i, p in enumerate(params):
            g = rng.standard_normal(p.shape) * scale
            p.grad = rv.tensor(g, dtype=rv.float64)
            g = (-g if options.get("maximize") else g) + decay * want[i]
            v[i] = beta * v[i] + (1 - beta) * g
        norm = np.sqrt(sum((x * x).sum() for x in v))
        before = [p.detach().numpy().copy() for p in params]
        optimizer.step()
        want = [w - 0.3 * x / norm for w, x in zip(want, v)]
        length = np.sqrt(sum(((p.detach().numpy() - b) ** 2).sum() for p, b in zip(params, before)))
        np.testing.assert_allclose(length, 0.3, rtol=1e-9)
        for p, w in zip(params, want):
            np.testing.assert_allclose(p.detach().numpy(), w, rtol=1e-9, atol=1e-12)


def test_ngd_at_rest_and_lost():
    p = leaf([1.0, 2.0])
    optimizer = optim.NGD([p], lr=0.5)
    p.grad = rv.zeros(2, dtype=rv.float64)
    optimizer.step()
    assert p.tolist() == [1.0, 2.0]  # no direction, no step
    p.grad = rv.tensor([float("nan"), 0.0], dtype=rv.float64)
    optimizer.step()
    assert p.isnan().tolist() == [True, True]  # a norm that is not a number is not hidden


def test_ngd_groups_share_the_norm():
    p, q = leaf([3.0]), leaf([4.0])
    optimizer = optim.NGD([{"params": [p]}, {"params": [q], "lr": 2.0}], lr=1.0)
    p.grad, q.grad = rv.tensor([3.0], dtype=rv.float64), rv.tensor([4.0], dtype=rv.float64)
    optimizer.step()
    np.testing.assert_allclose([p.item(), q.item()], [3 - 0.6, 4 - 1.6], rtol=1e-15)


def test_lion(rng):
    params = [leaf(rng.standard_normal(s)) for s in [(4, 3), (), (5,)]]
    want = [p.detach().numpy().copy() for p in params]
    m = [np.zeros_like(w) for w in want]
    optimizer = optim.Lion(params, lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)
    for _ in range(100):
        for i, p in enumerate(params):
            g = rng.standard_normal(p.shape)
            p.grad = rv.tensor(g, dtype=rv.float64)
            want[i] = want[i] * (1 - 0.01 * 0.1) - 0.01 * np.sign(0.8 * m[i] + 0.2 * g)
            m[i] = 0.95 * m[i] + 0.05 * g
        optimizer.step()
    for p, w in zip(params, want):
        np.testing.assert_allclose(p.detach().numpy(), w, rtol=1e-12)


def test_adam_with_a_penalty_is_not_adamw_and_sgd_does_not_care(rng):
    results = {}
    for kind, options in [
        ("Adam", {"weight_decay": 0.1}),
        ("AdamW", {"weight_decay": 0.1}),
        ("SGD", {"weight_decay": 0.1}),
    ]:
        p = leaf([1.0, -2.0])
        optimizer = getattr(optim, kind)([p], lr=0.1, **options)
        for step in range(10):
            p.grad = rv.tensor([0.5 + step, 2.0], dtype=rv.float64)
            optimizer.step()
        results[kind] = p.detach().numpy()
    assert np.abs(results["Adam"] - results["AdamW"]).max() > 1e-3
    want = np.array([1.0, -2.0])
    for step in range(10):
        want = want * (1 - 0.1 * 0.1) - 0.1 * np.array([0.5 + step, 2.0])
    np.testing.assert_allclose(results["SGD"], want, rtol=1e-12)


def test_one_launch_for_a_group(rng):
    """Whatever the optimizer, a step of many parameters runs a few kernels, not some for each parameter."""
    for kind in ("AdamW", "NAdam", "RAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta", "Lion", "SGD", "NGD"):
        params = [nn.Parameter(rv.tensor(rng.standard_normal((3, 4)), dtype=rv.float32)) for _ in range(12)]
        optimizer = getattr(optim, kind)(params, lr=0.01)
        for p in params:
            p.grad = rv.ones(3, 4)
        for _ in range(2):
            optimizer.step()
        rv.synchronize()
        before = rv.stats()["kernels_run"]
        optimizer.step()
        rv.synchronize()
        assert rv.stats()["kernels_run"] - before == (2 if kind == "NGD" else 1), kind


def test_wrong_options():
    p = leaf([1.0])
    for make, text in [
        (lambda: optim.SGD([p], momentum=0.9, convention="polyak"), "Invalid convention: polyak"),
        (lambda: optim.SGD([p], momentum=0.9, dampening=0.5, convention="ema"), "of the convention 'torch'"),
        (lambda: optim.NGD([p], momentum=1.0), "Invalid momentum value: 1.0"),
        (lambda: optim.RMSprop([p], alpha=-1), "Invalid alpha value: -1"),
        (lambda: optim.RMSprop([p], momentum=float("nan")), "Invalid momentum value: nan"),
        (lambda: optim.Adagrad([p], lr_decay=-1), "Invalid lr_decay value: -1"),
        (lambda: optim.Adagrad([p], initial_accumulator_value=-1), "Invalid initial_accumulator_value"),
        (lambda: optim.Adadelta([p], rho=2), "Invalid rho value: 2"),
        (lambda: optim.NAdam([p], momentum_decay=-1), "Invalid momentum_decay value: -1"),
        (lambda: optim.Lion([p], betas=(0.9, 1.0)), "Invalid beta parameter at index 1"),
        (lambda: optim.AdamW([p], betas=0.9), "Invalid betas: 0.9"),
    ]:
        with pytest.raises(ValueError, match=re.escape(text)):
            make()
    with pytest.raises(ValueError, match="there is no convention 'x'"):
        rv.sgd_([p.detach()], [p.detach()], [], lr=0.1, convention="x")
    with pytest.raises(ValueError, match="momentum needs momentum_buffers"):
        rv.rmsprop_([p], [p], [p], [], [], lr=0.1, alpha=0.9, eps=0.0, momentum=0.5)
    with pytest.raises(ValueError, match=r"norm has shape \(2,\)"):
        rv.normalized_step_([p], [p], [], rv.ones(2), lr=0.1)
