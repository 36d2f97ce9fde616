"""Structured kernels on the GPU against NumPy in float64, each over shapes around its tile."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.special as sp

from gpu.programs import group, program, ulps

F32 = np.float32

# With workgroup memory in which products are staged, and where that is no faster than other memory.
STAGING = [True, False]


@pytest.mark.parametrize("staging", STAGING)
@pytest.mark.parametrize(
    ("m", "k", "n"),
    [
        (1, 1, 1),
        (63, 17, 65),
        (64, 64, 64),
        (130, 33, 70),
        (1, 1000, 33),
        (3, 255, 70),
        (4, 257, 31),
        (5, 300, 2),
        (2, 50_001, 3),
        (6, 3_000, 5),
        (3, 0, 4),
        (0, 3, 2),
        (20, 8, 12),
        (17, 36, 300),
        (260, 10, 7),
        (36, 9, 8),
    ],
)
def test_matmul(host, rng, m, k, n, staging):
    a, b = rng.standard_normal((m, k)).astype(F32), rng.standard_normal((k, n)).astype(F32)
    (got,) = host.run(program("matmul", [], [], a, b, staging=staging), a, b)
    bound = 2 * max(k, 1) * np.finfo(F32).eps * (np.abs(a).astype(float) @ np.abs(b).astype(float))
    assert np.all(np.abs(got - a.astype(float) @ b.astype(float)) <= bound)


@pytest.mark.parametrize("staging", STAGING)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3, 5, 7), (3, 7, 4)),
        ((3, 5, 8), (3, 8, 4)),
        ((2, 3, 5, 7), (7, 4)),
        ((5, 7), (3, 7, 70)),
        ((3, 2, 7), (3, 7, 70)),
        ((2, 7), (3, 7, 5)),
    ],
)
def test_batches_of_matmul(host, rng, a, b, staging):
    a, b = rng.standard_normal(a).astype(F32), rng.standard_normal(b).astype(F32)
    (got,) = host.run(program("matmul", [], [], a, b, staging=staging), a, b)
    np.testing.assert_allclose(got, a @ b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("staging", STAGING)
@pytest.mark.parametrize(("rows", "inner"), [(70, 20), (3, 20), (6, 1100), (6, 21)])
def test_matmul_with_epilogue_and_prologue(host, rng, rows, inner, staging):
    """relu(exp(A) B + bias) * gate: the elementwise neighbours are spliced into the slots."""
    a, b = rng.uniform(-1, 1, (rows, inner)).astype(F32), rng.uniform(-1, 1, (inner, 66)).astype(F32)
    bias, gate = rng.standard_normal(66).astype(F32), rng.standard_normal((rows, 66)).astype(F32)
    before = group([a], [("exp", ["in0"], "float32")], [0], a.shape)
    steps = [
        ("add", ["in0", "in1"], "float32"),
        ("relu", ["t0"], "float32"),
        ("mul", ["t1", "in2"], "float32"),
        ("mul", ["t2", 2.0], "float32"),
    ]
    after = group([gate, bias, gate], steps, [3], gate.shape)
    slots = [("load_a", before), ("store", after)]
    text = program("matmul", [], [], a, b, slots=slots, staging=staging)
    (got,) = host.run(text, a, b, bias, gate)
    want = np.maximum(np.exp(a.astype(float)) @ b + bias, 0) * gate * 2
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * inner / 20)


@pytest.mark.parametrize(
    ("m", "stage", "staging"), [(2, 256, True), (70, 16, True), (2, 4, False), (70, 4, False)]
)
def test_long_matmul_is_cut_into_segments(host, rng, m, stage, staging):
    """Loops stay short, a device is busy, and a batch's segments do not mix."""
    a, b = rng.standard_normal((2, m, 20_011)).astype(F32), rng.standard_normal((2, 20_011, 3)).astype(F32)
    text = program("matmul", [], [], a, b, staging=staging)
    first, second = json.loads(text)["passes"]
    products, batch, steps = first["params"][5], first["params"][8], first["params"][9]
    assert batch == 2
    assert steps % stage == 0
    assert steps * products >= 2 * 20_011 > steps * (products - 2)
    assert second["params"] == [2 * m * 3, products // 2]
    (got,) = host.run(text, a, b)
    bound = (steps + products) * np.finfo(F32).eps * (np.abs(a).astype(float) @ np.abs(b).astype(float))
    assert np.all(np.abs(got - a.astype(float) @ b.astype(float)) <= bound)


@pytest.mark.parametrize(
    ("shape", "dim"),
    [
        ((1, 1), 1),
        ((3, 63), 1),
        ((3, 64), 1),
        ((2, 65), 1),
        ((4, 1000), 1),
        ((5, 7, 3), 1),
        ((9, 4), 0),
        ((0, 3), 1),
    ],
)
def test_softmax(host, rng, shape, dim):
    x = rng.uniform(-5, 5, shape).astype(F32)
    (got,) = host.run(program("softmax", [dim], [], x), x)
    assert ulps(got, sp.softmax(x.astype(float), axis=dim)) <= 16


REDUCTIONS = {"sum": np.sum, "amax": np.max, "amin": np.min}


@pytest.mark.parametrize("op", REDUCTIONS)
@pytest.mark.parametrize(
    ("shape", "dims"),
    [
        ((1, 1), (1,)),
        ((3, 63), (1,)),
        ((2, 65), (1,)),
        ((5, 7, 3), (1,)),
        ((9, 4), (0,)),
        ((2, 30, 50), (1, 2)),
    ],
)
def test_reductions(host, rng, op, shape, dims):
    x = rng.standard_normal(shape).astype(F32)
    (got,) = host.run(program(op, [0, *dims], [], x), x)
    want = REDUCTIONS[op](x.astype(float), axis=dims)
    terms = np.sum(np.abs(x.astype(float)), axis=dims) if op == "sum" else 0
    assert np.all(np.abs(got - want) <= x.size * np.finfo(F32).eps * terms)


def test_an_empty_sum(host):
    x = np.zeros((3, 0), F32)
    (got,) = host.run(program("sum", [0, 1], [], x), x)
    np.testing.assert_array_equal(got, np.zeros(3, F32))


def test_reduction_with_elements_computed_as_they_are_read(host, rng):
    """The mean square error of rows, without a difference in memory."""
    x, y = rng.standard_normal((6, 70)).astype(F32), rng.standard_normal(70).astype(F32)
    steps = [("sub", ["in0", "in1"], "float32"), ("mul", ["t0", "t0"], "float32")]
    text = program("sum", [0, 1], [], x, slots=[("load", group([x, y], steps, [1], x.shape))])
    (got,) = host.run(text, x, y)
    np.testing.assert_allclose(got, ((x.astype(float) - y) ** 2).sum(1), rtol=1e-5)


def test_softmax_with_prologue(host, rng):
    """Attention's scaled, masked scores: the mask is added on the way in."""
    x, mask = rng.standard_normal((6, 70)).astype(F32), np.where(rng.random(70) < 0.3, -np.inf, 0).astype(F32)
    steps = [("mul", ["in0", 0.125], "float32"), ("add", ["t0", "in1"], "float32")]
    text = program("softmax", [1], [], x, slots=[("load", group([x, mask], steps, [1], x.shape))])
    (got,) = host.run(text, x, mask)
    np.testing.assert_allclose(got, sp.softmax(x.astype(float) / 8 + mask, axis=1), rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "dim"), [((1,), 0), ((7, 5), 0), ((3, 511), 1), ((2, 512), 1), ((2, 513), 1), ((4000,), 0)]
)
@pytest.mark.parametrize("descending", [False, True])
def test_sort(host, rng, shape, dim, descending):
    x = rng.integers(-20, 20, shape).astype(F32) / 4  # many are equal: the order must be stable
    values, indices = host.run(program("sort", [dim, descending], [], x), x)
    want = np.argsort(-x if descending else x, axis=dim, kind="stable")
    assert indices.dtype == np.int64
    np.testing.assert_array_equal(indices, want)
    np.testing.assert_array_equal(values, np.take_along_axis(x, want, dim))


def test_sort_of_special_values(host):
    x = np.array([np.nan, 1, -np.inf, 0.0, -0.0, np.inf, -1, np.nan], F32)
    values, indices = host.run(program("sort", [0, False], [], x), x)
    np.testing.assert_array_equal(values, np.sort(x))
    np.testing.assert_array_equal(indices, [2, 6, 3, 4, 1, 5, 0, 7])
    numbers = np.array([5, -(2**31), 2**31 - 1, -1, 0], np.int32)
    values, indices = host.run(program("sort", [0, True], [], numbers), numbers)
    np.testing.assert_array_equal(indices, [2, 0, 4, 3, 1])


def test_sort_is_a_few_passes_and_one_module_for_each(host):
    x = np.zeros(4096, F32)
    passes = json.loads(program("sort", [0, False], [], x))["passes"]
    assert [p["entry"] for p in passes].count("merge_far") == 6
    assert len(passes) == 11


@pytest.mark.parametrize(("decoupled", "maximize"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("shapes", [[(5,)], [(70, 3), (300,)], [(4,), (), (2, 2)]])
def test_adam_over_tensors(host, rng, shapes, decoupled, maximize):
    """Two tensors to a pass, within eight buffers, and in their own memory."""
    step, lr, beta1, beta2, eps, decay = 3, 0.1, 0.9, 0.99, 1e-8, 0.1
    p, g, m = ([rng.standard_normal(s).astype(F32) for s in shapes] for _ in range(3))
    v = [rng.random(s).astype(F32) for s in shapes]
    lists = [*p, *g, *m, *v]
    attrs, data = [len(p), decoupled, maximize], [float(step), lr, beta1, beta2, eps, decay]
    text = program("adam_", attrs, data, *lists)
    assert [len(q["bindings"]) for q in json.loads(text)["passes"]] == [8] * (len(p) // 2) + [4] * (
        len(p) % 2
    )
    got = host.run(text, *lists)
    for i in range(len(p)):
        pi, gi, mi, vi = (x[i].astype(float) for x in (p, g, m, v))
        gi = -gi if maximize else gi
        if decoupled:
            pi = pi * (1 - lr * decay)
        else:
            gi = gi + decay * pi
        mi, vi = beta1 * mi + (1 - beta1) * gi, beta2 * vi + (1 - beta2) * gi**2
        pi = pi - lr / (1 - beta1**step) * mi / (np.sqrt(vi) / np.sqrt(1 - beta2**step) + eps)
        for want, result in zip((pi, mi, vi), (got[i], got[len(p) + i], got[2 * len(p) + i])):
            np.testing.assert_allclose(result, want, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_a_cache_is_written_in_place(host, rng, dtype):
    """cache[:, 7] = new, and a region with steps, backwards too; the rest of the cache stays."""
    cache = rng.integers(0, 2, (3, 10, 4)).astype(dtype)
    for start, size, step in [((0, 7, 0), (3, 1, 4), (1, 1, 1)), ((2, 9, 1), (2, 3, 2), (-1, -3, 2))]:
        values = rng.integers(0, 2, size).astype(dtype)
        attrs = [word for d in range(3) for word in (size[d], step[d])]
        text = program("slice_put", attrs, start, cache, values)
        assert json.loads(text)["aliases"] == [[0, 0]]
        (got,) = host.run(text, cache, values)
        want = cache.copy()
        places = [s + np.arange(n) * k for s, n, k in zip(start, size, step)]
        want[np.ix_(*places)] = values
        np.testing.assert_array_equal(got, want)


def test_what_the_gpu_has_not_is_said():
    with pytest.raises(TypeError, match="float64"):
        program("exp", [], [], np.zeros(2))
    with pytest.raises(TypeError, match="int64"):
        program("sqrt", [], [], np.zeros(2, np.int64))
    with pytest.raises(RuntimeError, match="has no GPU program"):
        program("reshape", [4], [], np.zeros((2, 2), np.float32))


LAYOUTS = """
import numpy as np
import ravine

rng = np.random.default_rng(0)
ways = {
    "plain": lambda x: x,
    "transposed": lambda x: x.mT.contiguous().mT,
    "columns": lambda x: ravine.nn.functional.pad(x, (1, 2))[..., 1:-2],
    "fours": lambda x: ravine.nn.functional.pad(x, (4, 4))[..., 4:-4],
    "every other": lambda x: x.repeat_interleave(2, -2)[..., ::2, :],
}
for m, k, n in [(3, 8, 12), (70, 36, 44), (7, 5, 3)]:
    a, b = rng.standard_normal((2, m, k)).astype("f"), rng.standard_normal((2, k, n)).astype("f")
    want = a.astype("d") @ b
    for one, other in [*zip(ways, ways), ("columns", "fours"), ("plain", "transposed")]:
        x, y = ways[one](ravine.tensor(a, device="gpu")), ways[other](ravine.tensor(b, device="gpu"))
        bound = 2 * k * np.finfo("f").eps * (np.abs(a).astype("d") @ np.abs(b))
        assert np.all(np.abs((x @ y).numpy() - want) <= bound), (m, k, n, one, other)
print("right")
"""


@pytest.mark.parametrize("caps", ["staging", "registers"])
def test_matmul_of_matrices_that_lie_anyhow(caps):
    environment = {**os.environ, "RAVINE_GPU_CAPS": caps}
    done = subprocess.run([sys.executable, "-c", LAYOUTS], env=environment, capture_output=True, text=True)
    assert done.stdout == "right\n", done.stderr
