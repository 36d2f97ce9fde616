"""Batching: vmap equals a loop, for every op, subset of its tensors and place of the batch dimension."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import ravine
from ops.registry import Case, Op, array, listed, parametrized, subsets, tensor
from ravine import _core

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

BATCH = 3
SMALL = 400
# A batched kernel may add the same products in another order.
ROUNDING = 1e-12


#: Ops of which vmap refuses some calls. Others that it refused would be compared with nothing.
REFUSED = {
    "one_hot": "without a number of classes it looks at its input",
    "slice_put": "it writes to a tensor that is not batched",
}


def batchable(op: Op) -> bool:
    return op.kind not in ("create", "random") and not op.batch.startswith("never")


def drawn(case: Case, batched: tuple[int, ...], sizes: tuple[int, ...]) -> list[np.ndarray]:
    """Data, with batch dimensions in front of the tensors in `batched`."""
    rng = np.random.default_rng(len(case.text) + 10 * len(batched) + sum(batched))
    return [m.draw(rng, None, sizes if i in batched else ()) for i, m in enumerate(case.makes)]


def results(op: Op, case: Case, tensors: list) -> tuple:
    return tuple(listed(op.run(case.fill(tensors))))


def looped(
    op: Op, case: Case, data: list[np.ndarray], batched: tuple[int, ...], sizes: tuple[int, ...]
) -> list[np.ndarray]:
    """The op on each element of the batch, stacked."""
    rows = []
    for at in itertools.product(*map(range, sizes)):
        picked = [x[at] if i in batched else x for i, x in enumerate(data)]
        rows.append([array(y) for y in results(op, case, [tensor(x) for x in picked])])
    return [np.stack(column).reshape(*sizes, *column[0].shape) for column in zip(*rows)]


def assert_same(got: tuple, want: list[np.ndarray], what: str) -> None:
    for a, b in zip(got, want, strict=True):
        values = array(a)
        assert values.shape == b.shape, f"{what}: shape {values.shape}, expected {b.shape}"
        assert values.dtype == b.dtype, f"{what}: {values.dtype}, expected {b.dtype}"
        scale = ROUNDING * max(1.0, float(np.abs(b).max(initial=0))) if b.dtype.kind == "f" else 0
        assert np.allclose(values, b, rtol=0, atol=scale, equal_nan=True), what


def vmapped(op: Op, case: Case, data: list[np.ndarray], dims: list[int | None]) -> tuple | None:
    """vmap over the tensors whose batch dimension `dims` names; None if the call has to look at a value."""
    moved = [tensor(np.moveaxis(x, 0, d) if d else x) for x, d in zip(data, dims)]
    try:
        return ravine.func.vmap(lambda *t: results(op, case, list(t)), in_dims=tuple(dims))(*moved)
    except ravine.errors.StateError:
        assert op.name in REFUSED
        return None


@pytest.mark.parametrize("op", parametrized(batchable), ids=lambda op: op.name)
def test_vmap_is_a_loop(op):
    compared = 0
    for case in op.cases(limit=SMALL):
        for batched in subsets(len(case.makes)):
            data = drawn(case, batched, (BATCH,))
            want = looped(op, case, data, batched, (BATCH,))
            for place in (0, 1, -1):
                dims = [(place if x.ndim > 1 else 0) if i in batched else None for i, x in enumerate(data)]
                got = vmapped(op, case, data, dims)
                if got is not None:
                    assert_same(got, want, f"{case.text} in_dims {dims}")
                    compared += 1
    assert compared > 0


@pytest.mark.parametrize("op", parametrized(batchable), ids=lambda op: op.name)
def test_vmap_in_vmap(op):
    """Both levels batch some tensors; the inner level alone batches others."""
    sizes, compared, crossed = (2, BATCH), 0, 0
    for case in op.cases(limit=SMALL):
        n = len(case.makes)
        for both in {tuple(range(n)), (0,)}:
            data = drawn(case, both, sizes)
            dims = tuple(0 if i in both else None for i in range(n))
            inner = ravine.func.vmap(lambda *t, case=case: results(op, case, list(t)), in_dims=dims)
            try:
                got = ravine.func.vmap(inner, in_dims=dims)(*[tensor(x) for x in data])
            except ravine.errors.StateError:
                assert op.name in REFUSED
                continue
            assert_same(got, looped(op, case, data, both, sizes), f"{case.text} {dims}")
            compared += 1
        if n > 1:
            outer, inside = (0,), (n - 1,)
            data = drawn(case, outer, (2,))
            data[-1] = drawn(case, inside, (BATCH,))[-1]
            crossed += check_crossed(op, case, data)
    assert compared > 0
    assert crossed > 0 or all(len(case.makes) == 1 for case in op.cases(limit=SMALL))


def check_crossed(op: Op, case: Case, data: list[np.ndarray]) -> bool:
    """The outer level batches the first tensor, the inner one the last. Whether the op allows it."""
    n = len(data)
    low = tuple(0 if i == n - 1 else None for i in range(n))
    high = tuple(0 if i == 0 else None for i in range(n))
    inner = ravine.func.vmap(lambda *t: results(op, case, list(t)), in_dims=low)
    try:
        got = ravine.func.vmap(inner, in_dims=high)(*[tensor(x) for x in data])
    except ravine.errors.StateError:
        assert op.name in REFUSED
        return False
    rows = [looped(op, case, [data[0][i], *data[1:]], (n - 1,), (BATCH,)) for i in range(2)]
    assert_same(got, [np.stack(column) for column in zip(*rows)], f"{case.text} crossed")
    return True


def with_gradient(op: Op) -> bool:
    return batchable(op) and op.vjp == "rule" and any(c.floats for c in op.cases())


@pytest.mark.parametrize("op", parametrized(with_gradient), ids=lambda op: op.name)
def test_gradient_of_vmap(op):
    """The gradient through vmap is that through a loop, and vmap of the gradient is a loop of gradients."""
    compared = 0
    for case in op.cases(limit=SMALL):
        floats = [i for i, m in enumerate(case.makes) if m.kind == "f"]
        if not floats:
            continue
        data = drawn(case, tuple(range(len(case.makes))), (BATCH,))

        def loss(*t, case=case):
            ys = [y for y in results(op, case, list(t)) if y.dtype.is_floating_point]
            return sum(((y * y).sum() for y in ys[1:]), (ys[0] * ys[0]).sum()) if ys else None

        tensors = [tensor(x) for x in data]
        if loss(*[tensor(x[0]) for x in data]) is None:
            continue
        numbers = tuple(floats)
        one = ravine.func.grad(loss, numbers)
        rows = [[array(g) for g in one(*[tensor(x[i]) for x in data])] for i in range(BATCH)]
        want = [np.stack(column) for column in zip(*rows)]
        of_batch = ravine.func.grad(lambda *t: ravine.func.vmap(loss)(*t).sum(), numbers)(*tensors)
        batch_of = ravine.func.vmap(one)(*tensors)
        assert_same(of_batch, want, f"{case.text}: gradient of vmap")
        assert_same(batch_of, want, f"{case.text}: vmap of gradient")
        compared += 1
    assert compared > 0


@pytest.mark.parametrize(
    "op",
    parametrized(lambda op: op.batch.startswith("never") and op.kind != "create"),
    ids=lambda op: op.name,
)
def test_never(op):
    """What cannot be batched says so inside vmap."""
    case = next(c for c in op.cases() if c.makes and c.makes[0].shape)
    data = [tensor(x) for x in drawn(case, tuple(range(len(case.makes))), (BATCH,))]
    with pytest.raises(ravine.errors.Error, match=op.name):
        ravine.func.vmap(lambda *t: results(op, case, list(t)))(*data)


#: A call of every random function; other random ops are what these record.
DRAWS = {
    "rand": lambda: ravine.rand(5),
    "randn": lambda: ravine.randn(2, 3),
    "randint": lambda: ravine.randint(0, 1000, (4,)),
    "randperm": lambda: ravine.randperm(50),
}


def test_every_random_function_is_drawn_from():
    table = _core.registry_table()
    assert set(DRAWS) == {r["name"] for r in table if r.get("class") == "random" and r["signature"]}


@pytest.mark.parametrize("name", DRAWS)
def test_randomness(name):
    """`different` draws anew for each element, `same` once for all, and `error` raises."""
    x = ravine.zeros(BATCH)

    def f(t):
        return DRAWS[name]() + t.to(ravine.int64)

    ravine.manual_seed(5)
    rows = [array(r).tolist() for r in ravine.func.vmap(f, randomness="different")(x)]
    assert all(a != b for a, b in itertools.combinations(rows, 2))
    ravine.manual_seed(5)
    again = [array(r).tolist() for r in ravine.func.vmap(f, randomness="different")(x)]
    assert again == rows
    ravine.manual_seed(5)
    same = [array(r).tolist() for r in ravine.func.vmap(f, randomness="same")(x)]
    ravine.manual_seed(5)
    assert same == [array(DRAWS[name]()).tolist()] * BATCH
    with pytest.raises(ravine.Error, match="randomness"):
        ravine.func.vmap(f)(x)
