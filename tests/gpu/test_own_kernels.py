"""Kernels that users write: values, derivatives, batches, what they cost, and what is wrong with them."""

import copy
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import ravine
from ravine import func
from ravine.errors import DeviceError, DTypeError, GradientError, ShapeError, StateError
from ravine.gpu import kernel

F32 = np.float32


def softclip_vjp(arguments, y, gradient):
    x, limit = arguments
    slope = 1 - (y / limit) ** 2
    return gradient * slope, gradient * (y / limit - x / limit * slope)


def softclip_jvp(arguments, y, tangents):
    x, limit = arguments
    slope = 1 - (y / limit) ** 2
    parts = [t * s for t, s in zip(tangents, (slope, y / limit - x / limit * slope)) if t is not None]
    return sum(parts[1:], parts[0])


SOFTCLIP = "fn softclip(x: f32, limit: f32) -> f32 { return limit * tanh_f32(x / limit); }"
softclip = kernel(SOFTCLIP, vjp=softclip_vjp, jvp=softclip_jvp)
by_reference = kernel(SOFTCLIP, reference=lambda x, limit: limit * ravine.tanh(x / limit))
axpy = kernel("fn axpy(a: f32, x: f32, y: f32) -> f32 { return a * x + y; }")

blur = kernel(
    """
    fn blur(i: u32) {
        let width = x_shape(1u);
        let column = i % width;
        var sum = x[i];
        if (column > 0u) { sum += weight() * x[i - 1u]; }
        if (column + 1u < width) { sum += weight() * x[i + 1u]; }
        y[i] = sum;
    }
    """,
    inputs={"x": ravine.float32},
    outputs={"y": ravine.float32},
    numbers={"weight": float},
    # A symmetric stencil is its own transpose.
    vjp=lambda arguments, y, gradient: (blur(gradient, arguments[1]), None),
    jvp=lambda arguments, y, tangents: blur(tangents[0], arguments[1]),
)


def blurred(x, weight):
    padded = np.pad(x.astype(float), ((0, 0), (1, 1)))
    return padded[:, 1:-1] + weight * (padded[:, :-2] + padded[:, 2:])


extremes = kernel(
    """
    var<workgroup> least: array<f32, 64>;
    var<workgroup> most: array<f32, 64>;

    @compute @workgroup_size(64)
    fn extremes(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
        let row = group.y;
        let width = x_shape(1u);
        var a = x[row * width];
        var b = a;
        for (var k = lane; k < width; k += 64u) {
            a = min(a, x[row * width + k]);
            b = max(b, x[row * width + k]);
        }
        least[lane] = a;
        most[lane] = b;
        workgroupBarrier();
        for (var half = 32u; half > 0u; half /= 2u) {
            if (lane < half) {
                least[lane] = min(least[lane], least[lane + half]);
                most[lane] = max(most[lane], most[lane + half]);
            }
            workgroupBarrier();
        }
        if (lane == 0u) {
            low[row] = least[0];
            high[row] = most[0];
        }
    }
    """,
    inputs={"x": ravine.float32},
    outputs={"low": ravine.float32, "high": ravine.float32},
    shapes=lambda x: ((x.shape[0],), (x.shape[0],)),
    grid=lambda x: (64, x.shape[0]),
    reference=lambda x: (x.amin(dim=1), x.amax(dim=1)),
)


def on_gpu(array, **options):
    return ravine.tensor(array).to("gpu").requires_grad_(options.get("grad", False))


@pytest.mark.parametrize(
    "shapes",
    [
        [(), (), ()],
        [(0, 3), (3,), (1, 3)],
        [(1,), (1,), (1,)],
        [(7,), (7,), (7,)],
        [(5, 1), (1, 129), ()],
        [(3, 1, 4), (2, 1), (4,)],
        [(300, 301), (301,), (300, 1)],
    ],
)
def test_elements_broadcast(rng, shapes):
    arrays = [rng.standard_normal(shape).astype(F32) for shape in shapes]
    a, x, y = (array.astype(float) for array in arrays)
    got = axpy(*(on_gpu(array) for array in arrays))
    assert tuple(got.shape) == np.broadcast_shapes(*shapes)
    np.testing.assert_allclose(got.cpu().numpy(), a * x + y, rtol=1e-5, atol=1e-6)


VIEWS = {
    "transposed": lambda x: x.T,
    "strided": lambda x: x[::2, 1::3],
    "flipped": lambda x: x.flip(0),
    "a column": lambda x: x[:, 2:3],
    "a row, repeated": lambda x: x[1:2].expand(6, -1),
    "from the middle": lambda x: x[3],
}


@pytest.mark.parametrize("view", VIEWS)
def test_elements_lie_anywhere(rng, view):
    x = rng.standard_normal((9, 9)).astype(F32)
    seen, want = VIEWS[view](on_gpu(x)), VIEWS[view](ravine.tensor(x)).numpy().astype(float)
    np.testing.assert_allclose(axpy(2.0, seen, seen * 3).cpu().numpy(), 5 * want, rtol=1e-6)
    if seen.ndim == 2:
        np.testing.assert_allclose(blur(seen, 0.5).cpu().numpy(), blurred(want, 0.5), rtol=1e-5, atol=1e-6)


def test_elements_of_every_type(rng):
    cases = {
        "int32": "fn f(x: i32, y: i32) -> i32 { return x + y; }",
        "uint8": "fn f(x: u32, y: u32) -> u32 { return x + y; }",
        "int64": "fn f(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> { return add_i64(x, y); }",
        "bool": "fn f(x: bool, y: bool) -> bool { return x != y; }",
        "float32": "fn f(x: f32, y: f32) -> f32 { return x + y; }",
    }
    for name, text in cases.items():
        high = 2**62 if name == "int64" else 2 if name == "bool" else 200
        x, y = (rng.integers(0, high, (5, 7)).astype(name) for _ in range(2))
        number = high - 1 if name == "int64" else True if name == "bool" else 7
        f = kernel(text)
        with np.errstate(over="ignore"):
            want = [x ^ y, x ^ True] if name == "bool" else [x + y, x + np.asarray(number, name)]
        for got, wanted in zip((f(on_gpu(x), on_gpu(y)), f(on_gpu(x), number)), want):
            assert got.dtype.name == name
            assert np.array_equal(got.cpu().numpy(), wanted), name
    narrow = kernel(cases["int32"])(on_gpu(np.array([-128, 127], np.int8)), on_gpu(np.array([5], np.int16)))
    assert narrow.tolist() == [-123, 132]


def test_special_values_go_through(rng):
    x = np.array([np.nan, np.inf, -np.inf, -0.0, 1e38], F32)
    got = kernel("fn same(x: f32) -> f32 { return x; }")(on_gpu(x)).cpu().numpy()
    assert got.view(np.uint32).tolist() == x.view(np.uint32).tolist()


def test_numbers_and_extents_are_no_part_of_the_text():
    x = ravine.ones(3, 4, device="gpu")
    ravine.eval(softclip(x, 3.0), blur(x, 0.25))
    made = ravine.stats()["gpu_pipelines_created"]
    for n in (2, 9):
        x = ravine.ones(3, n, device="gpu")
        np.testing.assert_allclose(softclip(x, 1.0 * n).cpu().numpy(), n * np.tanh(1 / n), rtol=1e-6)
        np.testing.assert_allclose(blur(x, 1.0 * n).cpu().numpy(), blurred(np.ones((3, n)), n))
    assert ravine.stats()["gpu_pipelines_created"] == made


@pytest.mark.parametrize("own", [softclip, by_reference], ids=["own rules", "by reference"])
def test_derivatives_of_every_kind(rng, own):
    """Against closed forms in float64; the limit is broadcast, so that its gradient is a sum."""
    x, limit = rng.standard_normal((4, 5)).astype(F32), rng.uniform(1, 3, 5).astype(F32)
    a, b = x.astype(float), limit.astype(float)
    t = np.tanh(a / b)
    by_x, by_limit, second = 1 - t**2, t - a / b * (1 - t**2), -2 * t * (1 - t**2) / b
    xs, limits = on_gpu(x, grad=True), on_gpu(limit, grad=True)

    def near(got, want, rtol=1e-4):
        np.testing.assert_allclose(got.detach().cpu().numpy(), want, rtol=rtol, atol=2e-6)

    own(xs, limits).sum().backward()
    near(xs.grad, by_x)
    near(limits.grad, by_limit.sum(0))
    (g,) = ravine.autograd.grad(own(xs, limits).sum(), xs, create_graph=True)
    (gg,) = ravine.autograd.grad(g.sum(), xs)
    near(gg, second)
    xs, limits = xs.detach(), limits.detach()
    near(func.grad(lambda x: own(x, limits).sum())(xs), by_x)
    near(func.vmap(func.grad(own))(xs.reshape(-1), limits.expand(4, 5).reshape(-1)), by_x.reshape(-1))
    near(func.jvp(lambda x: own(x, limits), (xs,), (ravine.ones_like(xs),))[1], by_x)
    both = func.jvp(own, (xs, limits), (ravine.ones_like(xs), ravine.ones_like(limits)))
    near(both[1], by_x + by_limit)
    near(func.vmap(own)(xs, limits[:4]), limit[:4, None] * np.tanh(a / limit[:4, None]))
    near(func.vmap(own, in_dims=(1, None))(xs, 2.0), 2 * np.tanh(a.T / 2))


def test_a_stencil_and_its_derivatives(rng):
    for shape in [(1, 1), (0, 4), (3, 0), (5, 129), (300, 257)]:
        x = rng.standard_normal(shape).astype(F32)
        np.testing.assert_allclose(blur(on_gpu(x), 0.5).cpu().numpy(), blurred(x, 0.5), rtol=1e-5, atol=1e-6)
    x = rng.standard_normal((2, 3, 6)).astype(F32)
    xs = on_gpu(x)
    want = np.stack([blurred(blurred(row, 0.5) * 2, 0.5) for row in x])
    squares = func.vmap(func.grad(lambda x: (blur(x, 0.5) ** 2).sum()))(xs)
    np.testing.assert_allclose(squares.cpu().numpy(), want, rtol=1e-4, atol=1e-5)
    batched = func.vmap(lambda x: blur(x, 0.5))(xs[:0])
    assert tuple(batched.shape) == (0, 3, 6)


def test_an_entry_with_several_outputs(rng):
    for shape in [(1, 1), (3, 64), (5, 200)]:
        x = rng.standard_normal(shape).astype(F32)
        low, high = extremes(on_gpu(x))
        assert np.array_equal(low.cpu().numpy(), x.min(1))
        assert np.array_equal(high.cpu().numpy(), x.max(1))
    low, high = extremes(ravine.ones(0, 5, device="gpu"))
    assert (tuple(low.shape), tuple(high.shape)) == ((0,), (0,))
    x = rng.standard_normal((5, 200)).astype(F32)
    assert extremes.check(ravine.tensor(x, requires_grad=True))
    low, high = func.vmap(extremes)(on_gpu(x.reshape(5, 2, 100)))
    assert np.array_equal(high.cpu().numpy(), x.reshape(5, 2, 100).max(2))


def test_a_kernel_is_checked_against_its_reference(rng):
    x = ravine.tensor(rng.standard_normal((3, 4)).astype(F32), requires_grad=True)
    assert kernel(SOFTCLIP, vjp=softclip_vjp, reference=by_reference.reference).check(x, 2.0)
    wrong = kernel(SOFTCLIP, vjp=lambda a, y, g: (2 * g, None), reference=by_reference.reference)
    with pytest.raises(AssertionError, match="softclip: gradient 0 is not the reference's"):
        wrong.check(x, 2.0)
    wrong = kernel(SOFTCLIP, reference=lambda x, limit: x)
    with pytest.raises(AssertionError, match="softclip: output 0 is not the reference's"):
        wrong.check(x, 2.0)
    with pytest.raises(ValueError, match="needs a reference"):
        axpy.check(x, x, x)


def test_on_the_cpu_the_reference_runs():
    x = ravine.tensor([0.5, -3.0], requires_grad=True)
    assert np.array_equal(by_reference(x, 2.0).detach().numpy(), (2 * ravine.tanh(x / 2)).detach().numpy())
    with pytest.raises(DeviceError, match=r"softclip: runs on a GPU.*reference="):
        softclip(x, 2.0)


def test_a_copied_module_has_the_same_kernel():
    class Clip(ravine.nn.Module):
        def __init__(self):
            super().__init__()
            self.clip = softclip

        def forward(self, x):
            return self.clip(x, 2.0)

    x = ravine.ones(3, device="gpu")
    assert copy.deepcopy(Clip())(x).tolist() == Clip()(x).tolist()
    assert repr(softclip) == "<ravine kernel softclip(x, limit)>"


def test_meta_has_shapes():
    x = ravine.ones(3, 200, device="meta")
    assert [tuple(y.shape) for y in extremes(x)] == [(3,), (3,)]
    assert tuple(softclip(x, ravine.ones(2, 1, 1, device="meta")).shape) == (2, 3, 200)


def test_a_kernel_is_in_order_and_free_of_copies():
    """Between other ops, over memory that is written again, in a step that repeats."""
    x = ravine.ones(64, 64, device="gpu")
    weight = ravine.full((64,), 0.5, device="gpu").requires_grad_()

    def step():
        y = blur(softclip(x * weight, 2.0) + 1, 0.25)
        loss = (y * y).mean()
        loss.backward()
        with ravine.no_grad():
            assert weight.grad is not None
            weight.sub_(weight.grad * 0.01)
        weight.grad = None
        return loss.item()

    values = np.full(64, 0.5)
    row, ones = np.ones((1, 64)), np.ones(64)

    def want():
        nonlocal values
        z = 2 * np.tanh(row * values / 2) + 1
        y = blurred(z, 0.25)
        g = blurred(2 * y / 64, 0.25) * (1 - ((z - 1) / 2) ** 2)
        values = values - 0.01 * (g * ones)[0]
        return (y * y).mean()

    for i in range(8):
        before = ravine.stats()
        np.testing.assert_allclose(step(), want(), rtol=1e-5)
        after = ravine.stats()
        if i > 3:
            change = {k: after[k] - before[k] for k in after if k.startswith("gpu_")}
            created = [change[f"gpu_{what}_created"] for what in ("buffers", "bind_groups", "pipelines")]
            assert created == [0, 0, 0]
            assert change["gpu_bytes_down"] <= 8
            assert change["gpu_submits"] == 1


def test_kernels_read_what_an_optimizer_moved_together():
    """Parameters that lie in one buffer, some at its end: training gives the same losses as on the CPU."""

    def losses(device):
        sizes = [(3,), (4, 5), (1,), (2, 129)]
        leaves = [ravine.full(s, 0.25 + i, device=device).requires_grad_() for i, s in enumerate(sizes)]
        optimizer = ravine.optim.Adam(leaves, lr=0.1)
        found = []
        for _ in range(5):
            optimizer.zero_grad()
            low, high = extremes(leaves[1] * ravine.arange(5.0, device=device))
            loss = by_reference(leaves[3], 2.0).mean() + by_reference(leaves[0], leaves[2]).sum()
            loss = loss + (high - low).mean() + extremes(leaves[3])[1].sum()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    np.testing.assert_allclose(losses("gpu"), losses("cpu"), rtol=1e-5)


def test_without_a_derivative_a_call_that_needs_one_says_so():
    x = ravine.ones(3, device="gpu").requires_grad_()
    with pytest.raises(GradientError, match=r"axpy.*vjp="):
        axpy(x, 1.0, 2.0)
    with ravine.no_grad():
        assert axpy(x, 1.0, 2.0).tolist() == [3, 3, 3]
    assert not axpy(x.detach(), 1.0, 2.0).requires_grad
    with pytest.raises(GradientError, match=r"axpy.*jvp="):
        func.jvp(lambda x: axpy(x, 1.0, 2.0), (x.detach(),), (x.detach(),))


def test_rules_that_give_nonsense_are_refused():
    def rule(found):
        return kernel("fn own(x: f32) -> f32 { return x; }", vjp=lambda a, y, g: found(g))

    x = ravine.ones(3, 4, device="gpu").requires_grad_()
    for found, error, text in [
        (lambda g: (g, g), RuntimeError, "own: vjp= must give 1 gradients"),
        (lambda g: 1.0, TypeError, "own: vjp= must give tensors or None, not float"),
        (lambda g: g[0], GradientError, r"own: its vjp gave a gradient of shape \(4,\)"),
    ]:
        with pytest.raises(error, match=text):
            rule(found)(x).sum().backward()
    assert rule(lambda g: None)(x).sum().backward() is None
    assert x.grad is None


WRONG = {
    "fn f(x: f32) -> f32 {\n  let y = 2.0 * x;\n  return yy;\n}": r"line 3: no definition in scope for.*yy",
    "fn f(x: f32) -> f32 {\n  return x + 1u;\n}": r"line 2: ",
    "fn f(x f32) -> f32 { return x; }": r"line 1: expected.*\n    fn f\(x f32\)",
    "fn f(x: f32) -> f32 { if (x > 0.0) { return 1.0; } }": r"does not compile|line 1",
    "fn tanh_f32(x: f32) -> f32 { return x; }": "redefinition of `tanh_f32`",
    "fn element(x: f32) -> f32 { return x; }": "the name 'element' is taken",
    "@group(0) @binding(0) var<storage> q: array<f32>;\nfn f(x: f32) -> f32 { return q[0] + x; }": "inputs=",
    "fn f(x: f16) -> f16 { return x; }": "f16",
    "fn f(x: vec3<f32>) -> f32 { return x.x; }": "must be f32, i32, u32, bool",
    "fn f(x: f32) { }": "the last function is the kernel",
    "": "has neither a function nor an entry",
    "fn f() -> f32 { return 1.0; }": "has no input",
    f"fn f({', '.join(f'x{k}: f32' for k in range(8))}) -> f32 {{ return x0; }}": "has 9 inputs and outputs",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_compile_says_where(text):
    with pytest.raises(ValueError, match=WRONG[text]):
        kernel(text)


def test_declarations_that_do_not_fit_are_refused():
    x = {"x": ravine.float32}
    y = {"y": ravine.float32}
    each, entry = "fn f(i: u32) { y[i] = x[i]; }", "@compute @workgroup_size(64) fn f() { y[0] = x[0]; }"
    for text, options, message in [
        (each, {}, "no definition in scope for"),
        (each, {"inputs": x, "outputs": y, "grid": lambda x: (1,)}, "only an entry has a grid"),
        (each, {"inputs": x, "outputs": y, "numbers": {"n": str}}, "must be int, float or bool"),
        (each, {"inputs": {"x y": ravine.float32}, "outputs": y}, "no name of WGSL"),
        (each.replace("y[i]", "_"), {"inputs": x}, "has no output"),
        (SOFTCLIP, {"inputs": {"in0": ravine.float32}}, "Leave inputs="),
        (SOFTCLIP, {"shapes": lambda x: x}, "leave out shapes="),
        (entry, {"inputs": x, "outputs": y}, "needs grid="),
        (entry.replace("64", "512"), {"inputs": x, "outputs": y}, "a workgroup of 512 x 1 x 1 is more"),
        ("var<workgroup> w: array<vec3<f32>, 1025>;" + entry, {"inputs": x, "outputs": y}, "has 16400 bytes"),
        ("@vertex fn f() -> @builtin(position) vec4<f32> { return vec4(); }", {}, "must be @compute"),
        ("override n = 64u;" + entry.replace("64", "n"), {"inputs": x, "outputs": y}, "must be @compute"),
        (each, {"inputs": x, "outputs": y, "numbers": {f"n{k}": int for k in range(40)}}, "more than 32"),
        (entry + entry.replace("fn f", "fn g"), {"inputs": x, "outputs": y}, "several entries"),
    ]:
        with pytest.raises(ValueError, match=message):
            kernel(text, **options)
    for dtype in (ravine.float64, ravine.float16):
        with pytest.raises(DTypeError, match=dtype.name):
            kernel(each, inputs={"x": dtype}, outputs=y)


def test_calls_that_do_not_fit_are_refused():
    x = ravine.ones(3, device="gpu")
    for arguments, error, message in [
        ((x,), TypeError, r"softclip: takes 2 arguments \(x, limit\), got 1"),
        ((1.0, 2.0), TypeError, "one of the arguments must be a tensor"),
        ((x, "2"), TypeError, "argument 'limit' must be a tensor or a number"),
        ((x, x.to(ravine.int64)), DTypeError, r"'limit' is f32 in the kernel, the tensor is int64.*\.to\("),
        ((x, ravine.ones(3)), DeviceError, "'limit' lies on 'cpu'"),
        ((x, ravine.ones(2, device="gpu")), ShapeError, "softclip"),
    ]:
        with pytest.raises(error, match=message):
            softclip(*arguments)
    with pytest.raises(DTypeError, match="argument 'x' is float32"):
        blur(x.to(ravine.int32), 0.5)
    with pytest.raises(TypeError, match="weight"):
        blur(x.reshape(1, 3), x)
    count = kernel("fn f(n: i32, x: i32) -> i32 { return n + x; }")
    with pytest.raises(DTypeError, match="argument 'n' is i32 in the kernel, got float32"):
        count(0.5, x.to(ravine.int32))
    with pytest.raises(ValueError, match="int32"):
        count(2**31, x.to(ravine.int32))


def test_shapes_and_grids_that_are_nonsense_are_refused():
    def copied(**options):
        place = "@builtin(global_invocation_id) id: vec3<u32>"
        text = f"@compute @workgroup_size(64) fn copied({place}) {{ y[id.x] = x[id.x]; }}"
        own = {
            "inputs": {"x": ravine.float32},
            "outputs": {"y": ravine.float32},
            "grid": lambda x: (x.numel(),),
        }
        return kernel(text, **{**own, **options})

    x = ravine.arange(5.0, device="gpu")
    assert copied()(x).tolist() == [0, 1, 2, 3, 4]
    for shape in (3, (-1,), ("a",), None):
        with pytest.raises(ValueError, match="copied: shapes= must give a shape"):
            copied(shapes=lambda x, shape=shape: shape)(x)
    for grid in (3, (), (1, 1, 1, 1), (-1,), (0.5,)):
        with pytest.raises(ValueError, match="copied: grid= must give one to three sizes"):
            copied(grid=lambda x, grid=grid: grid)(x)
    with pytest.raises(ValueError, match=r"copied: a grid of \d+ invocations is 65536 workgroups"):
        copied(grid=lambda x: (64 * 65536,))(x)


def test_a_kernel_that_writes_and_reads_out_of_bounds_harms_nothing():
    """Neighbours keep their values, reads end in the buffer, and the device goes on."""
    wild = kernel(
        "fn wild(i: u32) { y[i] = x[i]; y[i + 100000u] = 7.0; y[i * 77777u + 64u] = x[i + 1000000u]; }",
        inputs={"x": ravine.float32},
        outputs={"y": ravine.float32},
    )
    kept = [ravine.full((64,), float(k), device="gpu") for k in range(20)]
    ravine.synchronize()
    y = wild(kept[3])
    assert tuple(y.shape) == (64,)
    y.tolist()
    assert [k.tolist() for k in kept] == [[float(i)] * 64 for i in range(20)]


def test_a_kernel_that_the_driver_refuses_spoils_nothing():
    """A constant that nobody gives a value: the compiler takes it, the device does not."""
    without = kernel(
        """
        override factor: f32;
        @compute @workgroup_size(64)
        fn without(@builtin(local_invocation_index) lane: u32) { y[lane] = factor * x[lane]; }
        """,
        inputs={"x": ravine.float32},
        outputs={"y": ravine.float32},
        grid=lambda x: (64,),
    )
    x = ravine.ones(64, device="gpu")
    for _ in range(2):
        with pytest.raises(StateError, match=r"without: the GPU's driver refused"):
            without(x).tolist()
        assert (x + 1).tolist() == [2.0] * 64


def test_only_what_the_rule_reads_is_kept():
    """Of eight results of 1 MiB there is memory for these, and not for their inputs too."""
    program = """
        import ravine
        rules = {
            "result": lambda a, y, g: g * (1 - y * y),
            "both": lambda a, y, g: g * (1 - y * ravine.tanh(a[0])),
        }
        for name, rule in rules.items():
            own = ravine.gpu.kernel("fn own(x: f32) -> f32 { return tanh_f32(x); }", vjp=rule)
            x = ravine.full((1 << 18,), 0.5, device="gpu").requires_grad_()
            y = x
            try:
                for _ in range(8):
                    y = own(y * 1.5) * 1.0
                    ravine.synchronize()
                y.sum().backward()
                print(name, round(x.grad[0].item(), 4))
            except MemoryError:
                print(name, "out of memory")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "RAVINE_GPU_BUDGET": str(14 << 20)},
    )
    x, slope = 0.5, 1.0
    for _ in range(8):
        x = np.tanh(1.5 * x)
        slope *= 1.5 * (1 - x * x)
    assert done.stdout.splitlines() == [f"result {slope:.4f}", "both out of memory"], done.stderr
