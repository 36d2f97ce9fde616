"""The multi-tensor ops that optimizers record, one for a whole group."""

import numpy as np
import pytest

import ravine as rv

SHAPES = [(3, 5), (), (0, 2), (40_000,)]


def tensors(rng, dtype=rv.float32):
    return [rv.tensor(rng.standard_normal(s), dtype=dtype) for s in SHAPES]


def slope(x):
    assert x.grad is not None
    return x.grad


def kernels():
    rv.synchronize()
    return rv.stats()["kernels_run"]


def test_one_launch_and_no_copy(rng):
    p, g, m, v = (tensors(rng) for _ in range(4))
    v = [x.abs() for x in v]
    rv.eval(*p, *g, *m, *v)
    live, before = rv.stats()["bytes_live"], kernels()
    for step in range(1, 4):
        rv.adam_(p, g, m, v, step=step, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8)
        rv.synchronize()
    assert kernels() - before == 3
    assert rv.stats()["bytes_live"] == live


def test_schedules_build_no_plans(rng):
    p, g = tensors(rng), tensors(rng)
    rv.eval(*p, *g)

    def step(lr):
        rv.sgd_(p, g, [], lr=lr, weight_decay=lr / 10)
        rv.synchronize()

    step(0.1)
    plans = rv.stats()["plans_built"]
    for k in range(5):
        step(0.1 / (k + 2))
    assert rv.stats()["plans_built"] == plans


def test_every_leaf_gets_its_own_gradient_after_a_step(rng):
    """One node has all new parameters as outputs; each of them is a leaf of its own."""
    a, b = rv.ones(2, requires_grad=True), rv.ones(3, requires_grad=True)
    opt = rv.optim.SGD([a, b], lr=0.5)
    for _ in range(3):
        opt.zero_grad()
        (a.sum() * 2 + b.sum() * 3).backward()
        opt.step()
        assert slope(a).tolist() == [2.0] * 2
        assert slope(b).tolist() == [3.0] * 3
    assert a.is_leaf
    assert a.tolist() == [1 - 3 * 0.5 * 2] * 2


def test_half_precision_rounds_once(rng):
    p, g = (tensors(rng, rv.bfloat16) for _ in range(2))
    want = [(x.to(rv.float32) - 0.1 * y.to(rv.float32)).to(rv.bfloat16).to(rv.float32) for x, y in zip(p, g)]
    rv.sgd_(p, g, [], lr=0.1)
    for x, y in zip(p, want):
        assert x.dtype == rv.bfloat16
        np.testing.assert_array_equal(x.to(rv.float32).numpy(), y.numpy())


def test_views_and_transposes_are_updated(rng):
    base = rv.tensor(rng.standard_normal((4, 6)), dtype=rv.float32)
    want = base.numpy().copy()
    rv.sgd_([base.T], [rv.ones(6, 4)], [], lr=0.5)
    np.testing.assert_allclose(base.numpy(), want - 0.5)
    rv.sgd_([base[1]], [rv.ones(6)], [], lr=1.0)
    want[1] -= 1
    np.testing.assert_allclose(base.numpy(), want - 0.5)


def test_updates_are_not_differentiated():
    p = rv.ones(2)
    with pytest.raises(RuntimeError, match="not differentiated"):
        rv.func.grad(lambda x: _stepped(x, p))(rv.ones(2))


def _stepped(x, p):
    q = x * 1
    rv.sgd_([q], [p], [], lr=0.1)
    return q.sum()


def test_norms(rng):
    xs = tensors(rng)
    flat = np.concatenate([x.numpy().ravel() for x in xs]).astype(np.float64)
    for p in (1.0, 2.0, 3.0, float("inf")):
        np.testing.assert_allclose(rv.total_norm(xs, p).item(), np.linalg.norm(flat, p), rtol=1e-6)
    assert rv.total_norm([]).item() == 0
    assert rv.total_norm([rv.tensor([float("nan"), 1.0])], float("inf")).isnan().item()
    assert rv.total_norm(tensors(rng, rv.float64)).dtype == rv.float64
    assert rv.total_norm(tensors(rng, rv.float16)).dtype == rv.float32
    w = rv.tensor([3.0, 4.0], requires_grad=True)
    rv.total_norm([w]).backward()
    np.testing.assert_allclose(slope(w).numpy(), [0.6, 0.8], rtol=1e-6)
    zero = rv.zeros(2, requires_grad=True)
    rv.total_norm([zero]).backward()
    assert slope(zero).tolist() == [0.0, 0.0]


def test_factors(rng):
    xs = tensors(rng)
    want = [x.numpy() * np.float32(0.3) for x in xs]
    rv.scale_(xs, rv.tensor(0.3))
    for x, y in zip(xs, want):
        np.testing.assert_array_equal(x.numpy(), y)


def test_wrong_lists_are_said():
    one, other = [rv.ones(2)], [rv.ones(3)]
    with pytest.raises(ValueError, match=r"params\[0\] has shape \(2,\), grads\[0\] has \(3,\)"):
        rv.sgd_(one, other, [], lr=0.1)
    with pytest.raises(ValueError, match="params has 1 tensors, grads has 0"):
        rv.sgd_(one, [], [], lr=0.1)
    with pytest.raises(ValueError, match="no momentum_buffers"):
        rv.sgd_(one, one, [rv.ones(2)], lr=0.1)
    with pytest.raises(TypeError, match="float64"):
        rv.sgd_(one, [rv.ones(2, dtype=rv.float64)], [], lr=0.1)
    with pytest.raises(ValueError, match="step"):
        rv.adam_(one, one, one, one, step=0, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8)
    rv.sgd_([], [], [], lr=0.1)
