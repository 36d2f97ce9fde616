"""Derivatives in float64: reverse and forward mode against finite differences and each other, twice."""

from __future__ import annotations

import numpy as np
import pytest

import ravine
from ops.registry import Case, Op, array, listed, parametrized, tensor
from ravine import _core, _ops

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# Central differences at 1e-5: h^2 of truncation (1e-10), eps/h of rounding (2e-11), times its scale.
STEP, DIFFERENCE = 1e-5, 2e-8
# Two ways to the same sum of a few hundred products.
ROUNDING = 1e-11
#: Elements of a sample's largest tensor up to which it is differentiated: enough for every rule, and quick.
SMALL = 400


class Problem:
    """A case as a function of its float tensors alone, with directions to probe it in."""

    def __init__(self, op: Op, case: Case) -> None:
        self.op, self.case = op, case
        self.data = case.draw("derivatives")
        self.places = [i for i, m in enumerate(case.makes) if m.kind == "f"]
        self.point = [self.data[i] for i in self.places]
        self.rng = np.random.default_rng(len(case.text))

    def __call__(self, *floats: ravine.Tensor) -> list[ravine.Tensor]:
        """The floating results."""
        full = [tensor(x) for x in self.data]
        for i, t in zip(self.places, floats):
            full[i] = t
        return [y for y in listed(self.op.run(self.case.fill(full))) if y.dtype is ravine.float64]

    def values(self, point: list[np.ndarray]) -> list[np.ndarray]:
        return [array(y) for y in self(*[tensor(x) for x in point])]

    def direction(self, like: list[np.ndarray]) -> list[np.ndarray]:
        return [self.rng.uniform(-1, 1, np.shape(x)) for x in like]

    def pulled(
        self, v: list[np.ndarray], point: list[np.ndarray] | None = None, graph: bool = False
    ) -> tuple:
        """Leaves at the point and v^T J there."""
        leaves = [tensor(x, requires_grad=True) for x in (self.point if point is None else point)]
        outputs = self(*leaves)
        kept = [(y, tensor(w)) for y, w in zip(outputs, v) if y.requires_grad]
        if not kept:
            return leaves, [None] * len(leaves)
        ys, ws = zip(*kept)
        found = ravine.autograd.grad(ys, leaves, ws, create_graph=graph, allow_unused=True)
        return leaves, list(found)


def differentiable(op: Op) -> bool:
    return op.vjp == "rule" and op.kind not in ("create", "random") and any(c.floats for c in op.cases())


def problems(op: Op) -> list[Problem]:
    found = [Problem(op, case) for case in op.cases(limit=SMALL) if case.floats]
    return [p for p in found if p(*[tensor(x) for x in p.point])]


def dot(a: list, b: list) -> float:
    return float(
        sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in zip(a, b) if x is not None and y is not None)
    )


def size(*lists: list) -> float:
    """The scale of a problem: 1 or the largest number in it, for tolerances."""
    return max(
        [1.0]
        + [float(np.abs(x).max(initial=0)) * max(1, np.size(x)) for xs in lists for x in xs if x is not None]
    )


def moved(point: list[np.ndarray], u: list[np.ndarray], h: float) -> list[np.ndarray]:
    return [x + h * d for x, d in zip(point, u)]


def arrays(tensors: list) -> list:
    return [None if t is None else array(t) for t in tensors]


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_first_order(op):
    """v^T J u against (f(x + hu) - f(x - hu)) / 2h for random u and v."""
    found = problems(op)
    for p in found:
        for _ in range(3):
            y = p.values(p.point)
            u, v = p.direction(p.point), p.direction(y)
            _, g = p.pulled(v)
            ahead, behind = p.values(moved(p.point, u, STEP)), p.values(moved(p.point, u, -STEP))
            slope = dot(v, [(a - b) / (2 * STEP) for a, b in zip(ahead, behind)])
            assert abs(dot(arrays(g), u) - slope) <= DIFFERENCE * size(y, arrays(g)), p.case.text
    assert found


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_second_order(op):
    """The derivative of v^T J w along u against differences of the gradient."""
    found = problems(op)
    assert found
    for p in found:
        y = p.values(p.point)
        u, w, v = p.direction(p.point), p.direction(p.point), p.direction(y)
        leaves, g = p.pulled(v, graph=True)
        ahead = arrays(p.pulled(v, moved(p.point, u, STEP))[1])
        behind = arrays(p.pulled(v, moved(p.point, u, -STEP))[1])
        slope = sum(dot([a - b], [d]) / (2 * STEP) for a, b, d in zip(ahead, behind, w) if a is not None)
        kept = [(t, tensor(d)) for t, d in zip(g, w) if t is not None and t.requires_grad]
        second: list = [None] * len(leaves)
        if kept:
            ts, ds = zip(*kept)
            second = arrays(list(ravine.autograd.grad(ts, leaves, ds, allow_unused=True)))
        assert abs(dot(second, u) - slope) <= DIFFERENCE * size(y, second, ahead), p.case.text


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_adjoint(op):
    """<v, J u> by forward mode is <J^T v, u> by reverse mode, and both compute the same value."""
    found = problems(op)
    assert found
    for p in found:
        xs = tuple(tensor(x) for x in p.point)
        u = p.direction(p.point)
        y, pushed = ravine.func.jvp(lambda *t, p=p: tuple(p(*t)), xs, tuple(tensor(d) for d in u))
        z, pull = ravine.func.vjp(lambda *t, p=p: tuple(p(*t)), *xs)
        v = p.direction(arrays(y))
        pulled = pull(tuple(tensor(w) for w in v))
        assert [a.tobytes() for a in arrays(y)] == [a.tobytes() for a in arrays(z)], p.case.text
        forward, reverse = dot(v, arrays(pushed)), dot(arrays(pulled), u)
        assert abs(forward - reverse) <= ROUNDING * size(arrays(pushed), arrays(pulled)), p.case.text


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_double_backward(op):
    """A gradient of a gradient by `backward` twice is that of `func.grad` twice."""
    found = problems(op)
    assert found
    for p in found:
        v, w = p.direction(p.values(p.point)), p.direction(p.point)

        def weighted(tensors, weights):
            parts = [(t * tensor(x)).sum() for t, x in zip(tensors, weights)]
            return sum(parts[1:], parts[0])

        def total(*xs, p=p, v=v):
            return weighted(p(*xs), v)

        numbers = tuple(range(len(p.point)))
        inner = ravine.func.grad(total, numbers)
        xs = [tensor(x) for x in p.point]
        expected = arrays(
            list(ravine.func.grad(lambda *t, w=w, inner=inner: weighted(inner(*t), w), numbers)(*xs))
        )

        leaves = [tensor(x, requires_grad=True) for x in p.point]
        loss = total(*leaves)
        got = [np.zeros_like(x) for x in p.point]
        if loss.requires_grad:
            loss.backward(create_graph=True)
            again = [(t.grad, x) for t, x in zip(leaves, w) if t.grad is not None and t.grad.requires_grad]
            if again:
                second = weighted(*zip(*again))
                for t in leaves:
                    t.grad = None
                second.backward()
                got = [x if t.grad is None else array(t.grad) for t, x in zip(leaves, got)]
        for a, b in zip(got, expected, strict=True):
            assert np.allclose(a, b, rtol=0, atol=ROUNDING * size(got)), p.case.text


@pytest.mark.parametrize(
    "op", parametrized(lambda op: op.vjp == "constant" and op.kind != "create"), ids=lambda op: op.name
)
def test_constant(op):
    """Results that are constant to autograd require no gradient, and computing them raises nothing."""
    cases = list(op.cases(limit=SMALL))
    assert cases
    for case in cases:
        data = [tensor(x, requires_grad=x.dtype.kind == "f") for x in case.draw("constant")]
        assert not any(y.requires_grad for y in listed(op.run(case.fill(data)))), case.text


def test_optimizer_updates_have_no_derivative():
    """An op without a derivative raises at the call, with the reason."""
    never = {r["op"]: r["vjp"] for r in _core.registry_table() if r.get("vjp", "").startswith("never")}
    assert {op.name for op in parametrized(lambda op: op.vjp.startswith("never"))} == set()
    assert {"sgd_", "adam_"} <= set(never)
    w, g = ravine.ones(2), ravine.ones(2, requires_grad=True) * 2
    with pytest.raises(ravine.errors.GradientError) as raised:
        _ops.sgd_([w], [g], [], lr=0.1)
    assert never["sgd_"].removeprefix("never: ") in str(raised.value)
