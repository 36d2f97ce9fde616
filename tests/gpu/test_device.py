"""Tensors on a GPU: moved, viewed, written, differentiated and looked at, as on the CPU."""

import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import ravine
from ravine import func, nn, optim
from ravine.errors import DeviceError, DTypeError

DTYPES = ("float32", "int64", "int32", "int16", "int8", "uint8", "bool")


def run(program, **environment):
    """The output of a program of its own."""
    import os

    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (3, 0, 2), (5, 129)])
def test_values_come_back_as_they_went(rng, dtype, shape):
    values = rng.integers(-(2**62), 2**62, shape) if dtype == "int64" else rng.integers(-128, 128, shape)
    x = ravine.tensor(np.asarray(values).astype(dtype))
    back = x.to("gpu").to("cpu")
    assert back.dtype == x.dtype
    assert np.array_equal(back.numpy(), x.numpy())


def test_rows_of_numbers_are_those_of_the_cpu():
    for dtype in (ravine.float32, ravine.float16, ravine.int64, ravine.int8):
        for n in (0, 1, 2, 7):
            calls = [
                lambda n, **to: ravine.linspace(-3, 4.5, n, **to),
                lambda n, **to: ravine.linspace(0, 100, n, **to),
                lambda n, **to: ravine.logspace(0, 2, n, **to),
            ]
            for call in calls:
                near = call(n, dtype=dtype)
                far = call(n, dtype=dtype, device="gpu")
                assert far.device == "gpu:0"
                assert (far.dtype, far.tolist()) == (near.dtype, near.tolist())
                assert call(n, dtype=dtype, device="meta").shape == near.shape


def test_special_numbers_keep_their_bits():
    x = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38], np.float32)
    back = ravine.tensor(x).to("gpu").to("cpu").numpy()
    assert back.view(np.uint32).tolist() == x.view(np.uint32).tolist()


VIEWS = {
    "transposed": lambda x: x.transpose(0, 1),
    "sliced": lambda x: x[1:4, ::2],
    "flipped": lambda x: x.flip(0),
    "a row": lambda x: x[2],
    "a column": lambda x: x[:, 3],
    "one element": lambda x: x[1, 2],
    "expanded": lambda x: x[:1].expand(4, -1),
    "reshaped": lambda x: x.reshape(-1, 3),
    "transposed and reshaped": lambda x: x.T.reshape(-1),
    "permuted": lambda x: x.reshape(5, 3, 2).permute(2, 0, 1),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_read_where_they_lie(rng, name):
    x = rng.standard_normal((5, 6)).astype(np.float32)
    view = VIEWS[name]
    near, far = view(ravine.tensor(x)), view(ravine.tensor(x).to("gpu"))
    assert np.array_equal(far.to("cpu").numpy(), near.numpy())
    assert np.array_equal((far * 2 + 1).to("cpu").numpy(), (near * 2 + 1).numpy())
    assert np.allclose(far.sum().item(), near.sum().item(), rtol=1e-6)
    if far.dim() == 2:
        assert np.allclose((far @ far.T).to("cpu").numpy(), (near @ near.T).numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_parts_are_put_together_from_where_they_lie(rng, dtype):
    """More parts than one pass reads, one of them twice, some without elements; values of any layout."""
    x = ravine.tensor(rng.integers(0, 100, (6, 6)).astype(dtype))

    def program(x):
        parts = [x, x.T, x.flip(0), x[:, 1:4], x[::2].T, x[:, :1].expand(6, 2), x, x[:, 6:], x[:, 5:]]
        parts.append(x.T[:, 1:3])
        base = ravine.cat(parts, 1)
        base[1:4, 2:8] = x.T[:3]
        base[5, ::5] = x.flip(0).T[0, :1]
        return [base, ravine.cat([p.T for p in parts]), ravine.stack([x.T, x], 2)]

    for near, far in zip(program(x), program(x.to("gpu"))):
        assert np.array_equal(far.to("cpu").numpy(), near.numpy())


def test_products_of_stacked_matrices_with_one(rng):
    """Rows of all matrices are rows of one, wherever they lie; what follows is done within the product."""
    x, w, b = (rng.standard_normal(s).astype(np.float32) for s in [(3, 4, 5, 6), (6, 7), (7,)])
    turned = {"turned": lambda x: x.transpose(0, 1), "every other": lambda x: x[:, ::2]}
    for view in (lambda x: x, *turned.values(), lambda x: x[:, :, :1], lambda x: x[:1]):
        far = view(ravine.tensor(x).to("gpu")) @ ravine.tensor(w).to("gpu")
        residual = ravine.ones(far.shape, device="gpu")
        for name, result in {"product": far, "sum": far + ravine.tensor(b).to("gpu") + residual}.items():
            want = np.asarray(view(ravine.tensor(x)).numpy(), np.float64) @ w
            want = want + b + 1 if name == "sum" else want
            np.testing.assert_allclose(result.to("cpu").numpy(), want, rtol=1e-5, atol=1e-5)


def test_what_follows_a_product_may_be_written_over_what_it_reads(rng):
    x, w, y = (rng.standard_normal(s).astype(np.float32) for s in [(40, 30), (30, 20), (40, 20)])

    def program(device):
        a, b, c = (ravine.tensor(v).to(device) for v in (x, w, y))
        # c * 2 dies in the sum, whose memory it can have; the product goes on in two results.
        total = a @ b + c * 2
        return [(total * 3).to("cpu").numpy(), total.to("cpu").numpy()]

    for near, far in zip(program("cpu"), program("gpu")):
        np.testing.assert_allclose(far, near, rtol=2e-5, atol=2e-5)


def test_operands_of_all_layouts_fuse(rng):
    """One pass reads a dense operand, a transposed one, a repeated row, a slice and a number."""
    arrays = [rng.standard_normal(s).astype(np.float32) for s in [(4, 6), (6, 4), (6,), (8, 12), (1,)]]

    def chain(a, b, c, d, e):
        return ((a + b.T) * c - d[::2, ::2]).maximum(e) + 0.5

    near = chain(*map(ravine.tensor, arrays)).numpy()
    far = chain(*(ravine.tensor(x).to("gpu") for x in arrays))
    assert np.array_equal(far.to("cpu").numpy(), near)


def test_fused_operands_are_read_where_they_lie(rng):
    """What is added to a product or goes into a reduction may begin anywhere, 256 bytes on too."""
    x, h, w = (rng.standard_normal(s).astype(np.float32) for s in [(9, 2, 16), (2, 4), (4, 16)])
    parts, a, b = (ravine.tensor(t).to("gpu") for t in (x, h, w))
    for i in range(len(x)):
        np.testing.assert_allclose((parts[i] + a @ b).to("cpu").numpy(), x[i] + h @ w, rtol=1e-5, atol=1e-5)
        total = (parts[i] * parts[8 - i]).sum(1).to("cpu").numpy()
        np.testing.assert_allclose(total, (x[i] * x[8 - i]).sum(1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", [3, 7, 8, 20])
def test_more_arrays_than_a_pass_may_read(rng, count):
    arrays = [rng.standard_normal((3, 5)).astype(np.float32) for _ in range(count)]

    def program(tensors):
        total = tensors[0]
        kept = [total]
        for x in tensors[1:]:
            total = total * 0.5 + x
            kept.append(total)
        return kept

    near = program([ravine.tensor(x) for x in arrays])
    far = program([ravine.tensor(x).to("gpu") for x in arrays])
    for a, b in zip(near, far):
        assert np.array_equal(b.to("cpu").numpy(), a.numpy())


def test_writes_mean_what_they_mean_on_the_cpu():
    def program(device):
        x = ravine.arange(12, dtype=ravine.float32).to("cpu").reshape(3, 4).to(device)
        row, old = x[1], x.clone()
        x[:, 1] = -1.0
        row += 10
        x[::2].mul_(2)
        y = x * 1
        x.zero_()
        return [t.to("cpu").tolist() for t in (row, old, y, x)]

    assert program("gpu") == program("cpu")


def test_gradients_cross_devices():
    x = ravine.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = (x.to("gpu") * 3).to("cpu") ** 2
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.device == "cpu"
    assert np.allclose(x.grad.numpy(), 18 * x.detach().numpy())


def test_derivatives_of_derivatives_and_transforms(rng):
    x = rng.standard_normal(6).astype(np.float32)
    w = rng.standard_normal((6, 6)).astype(np.float32)

    def loss(x, w):
        return (ravine.tanh(w @ x) * ravine.softmax(x, 0)).sum()

    def all_of(device):
        a, b = ravine.tensor(x).to(device), ravine.tensor(w).to(device)
        first = func.grad(loss)(a, b)
        second = func.hessian(loss)(a, b)
        pushed = func.jvp(lambda a: loss(a, b), (a,), (a,))[1]
        many = func.vmap(func.grad(loss), in_dims=(0, None))(
            ravine.stack([a, a * 2]) if device == "cpu" else ravine.tensor(np.stack([x, 2 * x])).to(device), b
        )
        return [t.to("cpu").numpy() for t in (first, second, pushed, many)]

    for near, far in zip(all_of("cpu"), all_of("gpu")):
        np.testing.assert_allclose(far, near, rtol=2e-5, atol=2e-5)


def trained(device, steps=8, look_first=False):
    """Losses of a small network, and what the last step asked of the GPU."""
    ravine.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16), nn.GELU(), nn.Linear(16, 3)).to(
        device
    )
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    x, y = ravine.randn(20, 16).to(device), ravine.randn(20, 3).to(device)
    losses = []
    before = ravine.stats()
    for _ in range(steps):
        before = ravine.stats()
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        if look_first:
            losses.append(loss.item())
        loss.backward()
        optimizer.step()
        if not look_first:
            losses.append(loss.item())
    after = ravine.stats()
    return losses, {name: after[name] - before[name] for name in after if name.startswith("gpu_")}


def test_training_gives_the_same_losses_and_makes_nothing_anew():
    near, _ = trained("cpu")
    far, step = trained("gpu")
    np.testing.assert_allclose(far, near, rtol=1e-4)
    assert step["gpu_buffers_created"] == 0
    assert step["gpu_bind_groups_created"] == 0
    assert step["gpu_pipelines_created"] == 0
    assert step["gpu_bytes_up"] == 0
    assert (step["gpu_bytes_down"], step["gpu_waits"]) == (8, 1)
    assert step["gpu_dispatches"] <= 20
    assert step["gpu_submits"] == 1


def test_a_look_before_backward_changes_nothing():
    assert trained("gpu", look_first=True)[0] == trained("gpu")[0]


def test_threads_share_a_gpu(rng):
    x = rng.standard_normal((30, 30)).astype(np.float32)
    want = (ravine.tensor(x) @ ravine.tensor(x)).numpy()
    found = {}

    def work(k):
        a = ravine.tensor(x).to("gpu")
        for _ in range(5):
            found[k] = (a @ a * k).to("cpu").numpy()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(4):
        np.testing.assert_allclose(found[k], want * k, rtol=1e-5, atol=1e-4)


def test_numbers_and_indices_of_the_cpu_are_let_in():
    x = ravine.tensor([1.0, 2.0, 3.0]).to("gpu")
    assert (x * ravine.tensor(2.0)).tolist() == [2, 4, 6]
    with pytest.raises(DeviceError, match=r"add: .*'cpu'.*'gpu:0'|add: .*'gpu:0'.*'cpu'"):
        _ = x + ravine.ones(3)


def test_dtypes_that_no_shader_has_are_refused_at_the_call():
    x = ravine.ones(2, dtype=ravine.float64)
    with pytest.raises(DTypeError, match="float64"):
        _ = x.to("gpu") + 1


def test_a_state_goes_on_on_another_device():
    def run_on(first, second):
        ravine.manual_seed(1)
        model = nn.Linear(4, 2).to(first)
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        x = ravine.ones(3, 4)
        loss = x.sum()
        for device in (first, second):
            model.to(device)
            state = optimizer.state_dict()
            optimizer = optim.Adam(model.parameters(), lr=0.1)
            optimizer.load_state_dict(state)
            for _ in range(2):
                optimizer.zero_grad()
                loss = (model(x.to(device)) ** 2).sum()
                loss.backward()
                optimizer.step()
        return loss.item()

    assert np.isclose(run_on("cpu", "gpu"), run_on("cpu", "cpu"), rtol=1e-5)
    assert np.isclose(run_on("gpu", "cpu"), run_on("cpu", "cpu"), rtol=1e-5)


def test_files_hold_the_values_of_each_tensor(tmp_path):
    x = ravine.arange(6, dtype=ravine.float32).reshape(2, 3)
    kept = {f"{k}": (x + 10 * k).to("gpu") for k in range(4)}
    kept |= {"again": kept["1"].detach(), "turned": kept["1"].T, "part": kept["1"][1]}
    ravine.save(kept, tmp_path / "a.safetensors")
    for name, found in ravine.load(tmp_path / "a.safetensors").items():
        assert found.tolist() == kept[name].tolist(), name


def test_a_budget_of_memory():
    program = """
    import ravine
    x = ravine.ones(1000).to("gpu")
    kept = []
    try:
        for _ in range(1000):
            kept.append((x + len(kept)))
            kept[-1].sum().item()
    except MemoryError as e:
        print("raised after", len(kept) > 10)
    del kept
    print((x + 1).sum().item())
    """
    done = run(program, RAVINE_GPU_BUDGET=str(200_000))
    assert done.stdout.split("\n")[:2] == ["raised after True", "2000.0"], done.stderr


def test_a_tensor_that_no_binding_reaches_says_so():
    with pytest.raises(MemoryError, match="maxStorageBufferBindingSize"):
        ravine.zeros(1 << 26, device="gpu").sum().item()


def test_without_a_driver_one_sentence_says_what_to_install():
    program = """
    import ravine
    print(ravine.gpu.is_available(), ravine.gpu.devices())
    try:
        ravine.ones(2).to("gpu")
    except ravine.errors.DeviceError as e:
        print(e)
    print(ravine.ones(2).sum().item())
    """
    done = run(program, VK_DRIVER_FILES="/nowhere.json", VK_ICD_FILENAMES="/nowhere.json")
    lines = done.stdout.split("\n")
    assert lines[0] == "False []", done.stderr
    assert "Vulkan, Metal or DX12 driver" in lines[1]
    assert lines[2] == "2.0"


def test_a_software_driver_is_taken_with_a_warning_once():
    program = """
    import warnings, ravine
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        ravine.ones(2).to("gpu")
        ravine.ones(2).to("gpu")
    software = ravine.gpu.devices()[0].is_software
    assert len(seen) == software, seen
    assert ravine.gpu.is_available() == (not software)
    print(seen[0].message if seen else "a real GPU")
    """
    done = run(program, RAVINE_ALLOW_SOFTWARE_GPU="0")
    assert done.returncode == 0, done.stderr
    assert "computes on the CPU" in done.stdout or "a real GPU" in done.stdout


def test_asking_starts_no_device_and_a_child_that_uses_one_is_told():
    program = """
    import os, ravine
    ravine.gpu.devices()
    def child(work):
        pid = os.fork()
        if pid == 0:
            try:
                work()
                os._exit(0)
            except ravine.errors.StateError:
                os._exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    x = ravine.ones(4).to("gpu")
    print(x.sum().item(), child(lambda: x + 1))
    """
    done = run(program)
    assert done.stdout.split() == ["4.0", "7"], done.stderr


def test_what_a_gpu_offers_is_told_and_can_be_hidden():
    program = """
    import ravine
    a = ravine.gpu.devices()[0]
    print(sorted(a.features), any(a.features.values()))
    print(a.limits["storage_buffers"], a.limits["binding_bytes"])
    print((ravine.ones(3, device="gpu") + 1).tolist())
    """
    least = run(program, RAVINE_GPU_CAPS="minimal")
    assert least.stdout.splitlines() == [
        "['f16', 'immediates', 'subgroups', 'timestamps'] False",
        f"8 {128 << 20}",
        "[2.0, 2.0, 2.0]",
    ], least.stderr
    most = ravine.gpu.devices()[0]
    assert set(most.features) == {"f16", "immediates", "subgroups", "timestamps"}
    assert most.limits["storage_buffers"] >= 8
    assert most.limits["binding_bytes"] >= 128 << 20
    assert most.limits["workgroup_size"] >= 256
