"""float16 and bfloat16 on a GPU: packed two to a word, computed in float32, and rounded as on the CPU."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ravine
from gpu.host import module_text
from gpu.programs import fused, program
from ops import test_half as magnitudes
from ops.registry import parametrized
from ops.test_derivatives import differentiable
from ravine import _core, nn, optim
from ravine.errors import DTypeError

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

HALVES = (ravine.float16, ravine.bfloat16)
SHAPES = [(), (0,), (1,), (2,), (3,), (7,), (3, 0, 2), (5, 129), (64, 33), (3, 1, 5)]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 65504.0, 6e-8, -3e-5, 1e-40, 3e38]


def array32(x):
    return x.detach().to("cpu").float().numpy()


def bits(x):
    """The bits of what the elements are in float32, in which both dtypes are exact; of every NaN the same."""
    values = array32(x)
    return np.where(np.isnan(values), np.uint32(0x7FC00000), values.view(np.uint32))


def drawn(rng, shape, dtype, special=0):
    values = rng.standard_normal(shape) * 10 ** rng.uniform(-3, 3, shape)
    if special and values.size:
        values.flat[rng.integers(0, values.size, special)] = rng.choice(SPECIAL, special)
    return ravine.tensor(values.astype(np.float32)).to(dtype)


@pytest.mark.parametrize("dtype", HALVES)
def test_conversions_are_those_of_the_cpu(rng, dtype):
    """All patterns to float32, and back from numbers on and beside the ties between them, and from any."""
    patterns = np.arange(1 << 16, dtype=np.uint16)
    if dtype == ravine.float16:
        x = ravine.tensor(patterns.view(np.float16))
    else:
        x = ravine.tensor((patterns.astype(np.uint32) << 16).view(np.float32)).to(dtype)
    wide = x.to("gpu").float()
    assert np.array_equal(bits(wide), bits(x))
    unit = 1 << (13 if dtype == ravine.float16 else 16)
    steps = [0, 1, unit // 2 - 1, unit // 2, unit // 2 + 1, unit - 1]
    near = (wide.to("cpu").numpy().view(np.uint32)[:, None] + np.array(steps, np.uint32)).ravel()
    # Below the normal numbers of float16 the ties lie elsewhere: halves of multiples of 2^-24.
    small = (np.arange(4096, dtype=np.float32) * np.float32(2.0**-25)).view(np.uint32)
    small = np.concatenate([small - 1, small, small + 1])
    any_bits = rng.integers(0, 1 << 32, 100_001, dtype=np.uint64).astype(np.uint32)
    numbers = ravine.tensor(np.concatenate([near, small, small | 1 << 31, any_bits]).view(np.float32))
    assert np.array_equal(bits(numbers.to("gpu").to(dtype)), bits(numbers.to(dtype)))
    for other in (ravine.int64, ravine.int32, ravine.int8, ravine.uint8, ravine.bool):
        whole = ravine.tensor(np.array([0, 1, 2, 3, 100, 127])).to(other)
        assert np.array_equal(bits(whole.to("gpu").to(dtype)), bits(whole.to(dtype)))
        assert (whole.to(dtype).to("gpu").to(other) == whole.to("gpu")).all().item()


@pytest.mark.parametrize("dtype", HALVES)
def test_values_come_back_as_they_went(rng, dtype):
    for shape in SHAPES:
        x = drawn(rng, shape, dtype, special=3)
        before = ravine.stats()["gpu_bytes_up"]
        far = x.to("gpu")
        back = far.to("cpu")
        assert (back.dtype, back.shape) == (dtype, x.shape)
        assert np.array_equal(bits(back), bits(x))
        # Two to a word.
        assert ravine.stats()["gpu_bytes_up"] - before == -(-x.numel() // 2) * 4


STEPS = {
    "add": lambda a, b, c: a + b,
    "sub": lambda a, b, c: a - b,
    "mul": lambda a, b, c: a * b,
    "div": lambda a, b, c: a / b,
    "numbers": lambda a, b, c: (a * 0.1 + 1.7) * 3,
    "a chain": lambda a, b, c: ((a * b) + c - a) * b - c * 0.3,
    "several results": lambda a, b, c: (lambda t: [t, t * c, (t > b), t.abs().sqrt() > 1])(a * b + c),
    "beside float32": lambda a, b, c: [a.float() * 3 + b, (a.float() + c.float()).to(a.dtype) * b],
    "choices": lambda a, b, c: ravine.where(a > b, c, ravine.maximum(a, b)),
    "signs": lambda a, b, c: [-a, a.abs(), a.sign(), b.floor(), c.round(), (a == a) & (b != c)],
}


@pytest.mark.parametrize("dtype", HALVES)
def test_every_step_is_rounded_as_on_the_cpu(rng, dtype):
    """The same bits: fused or not, dense or broadcast, of any length, of NaN, infinity and subnormals too."""
    operands = [[drawn(rng, shape, dtype, special=4) for _ in range(3)] for shape in SHAPES]
    for shapes in [
        [(5, 7), (7,), (5, 1)],
        [(3, 5), (), (1,)],
        [(9,), (2, 1), (2, 9)],
        [(4, 6), (3, 1, 1), ()],
    ]:
        operands.append([drawn(rng, shape, dtype, special=2) for shape in shapes])
    for name, f in STEPS.items():
        for tensors in operands:
            near, far = f(*tensors), f(*(x.to("gpu") for x in tensors))
            for a, b in zip(*(r if isinstance(r, list) else [r] for r in (near, far))):
                assert (a.dtype, a.shape) == (b.dtype, b.shape)
                assert np.array_equal(bits(b), bits(a)), (name, a.shape)


VIEWS = {
    "from an odd element": lambda x: x.reshape(-1)[1:],
    "an odd part": lambda x: x.reshape(-1)[3:8],
    "every second": lambda x: x[:, 1::2],
    "transposed": lambda x: x.T,
    "flipped": lambda x: x.flip(0, 1),
    "a row": lambda x: x[1],
    "a column": lambda x: x[:, 3],
    "one element": lambda x: x[1, 2],
    "expanded": lambda x: x[:1, 1:].expand(4, -1),
    "transposed and reshaped": lambda x: x.T.reshape(-1),
    "windows": lambda x: x[:, 1:].unfold(1, 3, 2),
}


@pytest.mark.parametrize("dtype", HALVES)
def test_views_are_read_where_they_lie(rng, dtype):
    x = drawn(rng, (5, 7), dtype)
    y = x.to("gpu")
    for name, view in VIEWS.items():
        near, far = view(x), view(y)
        assert np.array_equal(bits(far), bits(near)), name
        assert np.array_equal(bits(far * 2 + 1), bits(near * 2 + 1)), name
        assert np.array_equal(bits(far.clone()), bits(near)), name
        assert np.array_equal(bits(far.float()), bits(near)), name
        np.testing.assert_allclose(far.float().sum().item(), near.float().sum().item(), rtol=1e-5)
        if far.dim() == 2:
            np.testing.assert_allclose(array32(far @ far.T), array32(near @ near.T), rtol=2**-7, atol=1e-3)


@pytest.mark.parametrize("dtype", HALVES)
def test_writes_leave_what_lies_beside_them(dtype):
    def values(device):
        x = ravine.arange(21, dtype=dtype, device=device).reshape(3, 7)
        row, old = x[1], x.clone()
        x[:, 1] = -1.0
        row += 10
        x[::2, 3:].mul_(2)
        flat = x.reshape(-1)
        flat[5:8].add_(100)
        flat[ravine.tensor([0, 13, 20])] = ravine.tensor([7.0, 8.0, 9.0], dtype=dtype, device=device)
        part = (x * 1).reshape(-1)[3:8]
        part += 0.5  # over memory that nobody else has any more
        filled = ravine.full((5,), 0.1, dtype=dtype, device=device)
        joined = ravine.cat([filled, part, row])
        return [bits(t).tolist() for t in (row, old, x, flat, part, filled, joined, joined.sort()[0])]

    assert values("gpu") == values("cpu")


@pytest.mark.parametrize("dtype", HALVES)
def test_draws_are_those_of_the_cpu(dtype):
    def draws(device):
        ravine.manual_seed(3)
        return [
            bits(ravine.rand(1001, dtype=dtype, device=device)),
            bits(ravine.ones(7, dtype=dtype, device=device)),
        ]

    for far, near in zip(draws("gpu"), draws("cpu")):
        assert np.array_equal(far, near)
    with ravine.device("gpu"):
        z = ravine.randn(4001, dtype=dtype)
        kept = nn.functional.dropout(ravine.ones(4001, dtype=dtype), 0.25)
    assert (z.dtype, kept.dtype) == (dtype, dtype)
    assert abs(z.float().mean().item()) < 0.1
    assert set(np.unique(array32(kept)).tolist()) == {0.0, ravine.tensor(1 / 0.75).to(dtype).item()}


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_values_and_gradients(op):
    """Within what the CPU is held to, against float64: of small numbers, and where squares leave float16."""
    magnitudes.hold(op, "gpu", [(1e-4, "bfloat16"), (300.0, "float16")])


@pytest.mark.parametrize("dtype", HALVES)
def test_steps_in_slots_of_float32_kernels(rng, dtype):
    """Halves that a slot reads beside the value, that are the value, and that it would write."""

    def values(a, b, h, bias):
        product = (a @ b + bias.float()).relu()
        return [
            (a * h[:, 1:].float()).sum(1),
            h.float().sum(0),
            (h * 2).float().softmax(1),
            product,
            (a @ b * 3 + bias.float()).to(dtype),
            product.to(dtype) * bias,
        ]

    arrays = [(rng.standard_normal(shape).astype(np.float32)) for shape in [(9, 6), (6, 7), (9, 7), (7,)]]
    a, b, h, bias = (ravine.tensor(x) for x in arrays)
    tensors = (a, b, h.to(dtype), bias.to(dtype))
    for far, near in zip(values(*(x.to("gpu") for x in tensors)), values(*tensors)):
        assert far.dtype == near.dtype
        unit = 2.0**-7 if near.dtype == ravine.bfloat16 else 2.0**-10 if near.dtype == dtype else 1e-5
        np.testing.assert_allclose(array32(far), array32(near), rtol=2 * unit, atol=1e-5)


@pytest.mark.parametrize("dtype", HALVES)
def test_products_read_halves_where_they_lie(rng, dtype):
    """Sums of float32, rounded once: one pass for the product and one that rounds it, of any layout."""
    for m, k, n in [(1, 7, 5), (3, 301, 66), (65, 130, 67), (8, 5000, 3)]:
        a, b = (drawn(rng, shape, ravine.float32).clamp(-2, 2).to(dtype) for shape in [(k, m), (n + 1, k)])
        far_a, far_b = a.to("gpu"), b.to("gpu")
        far_a.sum().item()
        before = ravine.stats()["gpu_dispatches"]
        y = far_a.T @ far_b[1:].T
        got = array32(y)
        segments = k == 5000
        assert ravine.stats()["gpu_dispatches"] - before == 2 + segments
        exact = a.double().numpy().T @ b[1:].double().numpy().T
        terms = np.abs(a.double().numpy()).T @ np.abs(b[1:].double().numpy()).T
        unit = 2.0**-11 if dtype == ravine.float16 else 2.0**-8
        assert (np.abs(got - exact) <= unit * np.abs(exact) + 2.0**-23 * k * terms + 2.0**-24).all()
    with pytest.raises(DTypeError, match="float16 and bfloat16"):
        _ = ravine.ones(2, 2, dtype=ravine.float16, device="gpu") @ ravine.ones(
            2, 2, dtype=ravine.bfloat16, device="gpu"
        )


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01, amsgrad=True),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01),
    "Lion": lambda p: optim.Lion(p, lr=0.01),
}


@pytest.mark.parametrize("dtype", HALVES)
def test_training_goes_as_on_the_cpu(dtype):
    """Layers, losses, gradients and updates in half precision; parameters of odd sizes."""

    def train(device, make):
        ravine.manual_seed(0)
        model = nn.Sequential(nn.Linear(5, 9), nn.LayerNorm(9), nn.GELU(), nn.Linear(9, 3))
        model = model.to(dtype).to(device)
        x, y = ravine.randn(11, 5, dtype=dtype).to(device), (ravine.arange(11) % 3).to(device)
        optimizer = make(model.parameters())
        losses = []
        for _ in range(4):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert all(
            p.dtype == dtype and p.device.type == ravine.device(device).type for p in model.parameters()
        )
        return losses

    for name, make in OPTIMIZERS.items():
        far, near = train("gpu", make), train("cpu", make)
        # A step may turn on the last bit of a gradient.
        np.testing.assert_allclose(far, near, rtol=0.02 if dtype == ravine.bfloat16 else 0.005, err_msg=name)
        assert far[-1] < far[0]


def test_models_are_converted_where_they_are():
    model = nn.Linear(3, 5).to("gpu")
    x = ravine.ones(2, 3, device="gpu")
    want = array32(model(x))
    for convert, dtype in ((nn.Module.half, ravine.float16), (nn.Module.bfloat16, ravine.bfloat16)):
        narrow = convert(nn.Linear(3, 5).to("gpu"))
        narrow.load_state_dict(model.state_dict())
        y = narrow(x.to(dtype))
        assert y.dtype == dtype
        np.testing.assert_allclose(array32(y), want, rtol=2**-6, atol=2**-6)


def test_programs_on_another_host(rng, host):
    """Groups that read and write words of two: by four where all is dense, else by two."""
    for shape, other in [((5, 7), (7,)), ((64, 33), (64, 33)), ((1,), (1,)), ((3, 5), (1,))]:
        a, b = (rng.standard_normal(s).astype(np.float16) for s in (shape, other))
        c = rng.standard_normal(shape).astype(np.float32)
        steps = [
            ("mul", ["in0", "in1"], "float16"),
            ("add", ["t0", 0.1], "float16"),
            ("cast", ["t1"], "float32"),
            ("mul", ["t2", "in2"], "float32"),
        ]
        low, high = host.run(fused([a, b, c], steps, [1, 3]), a, b, c)
        want = ((a * b).astype(np.float32) + np.float32(0.1)).astype(np.float16)
        assert np.array_equal(low, want)
        assert np.array_equal(high, want.astype(np.float32) * c)


def test_products_on_another_host(rng, host):
    for m, k, n in [(3, 33, 7), (70, 20, 65)]:
        a, b = (rng.standard_normal(s).astype(np.float16) for s in [(m, k), (k, n)])
        (got,) = host.run(program("matmul", [], [], a, b), a, b)
        np.testing.assert_allclose(got, a.astype(np.float32) @ b.astype(np.float32), rtol=1e-5, atol=1e-5)


def test_halves_are_moved_between_any_places(rng, host):
    x = rng.standard_normal(1001).astype(np.float16)
    for n, start, to in [(1, 0, 0), (1, 1, 0), (1, 0, 1), (4, 3, 5), (5, 1, 2), (700, 301, 3)]:
        (got,) = host.run(_core.gpu_halves(n, start, to), x)
        want = np.zeros(to + n, np.float16)
        want[to:] = x[start : start + n]
        assert np.array_equal(got, want)


def test_shapes_and_numbers_share_a_module():
    def texts(n, number):
        x, w = np.zeros((n, 2 * n), np.float16), np.zeros(2 * n, np.float16)
        steps = [("mul", ["in0", "in1"], "float16"), ("add", ["t0", number], "float16")]
        return [module_text(step) for step in json.loads(fused([x, w], steps))["passes"]]

    assert texts(5, 0.1) == texts(9, 0.2)


def test_float64_says_what_to_do():
    with pytest.raises(DTypeError, match=r"no float64\. Convert with \.float\(\), or keep"):
        ravine.ones(2, dtype=ravine.float64).to("gpu")
    with pytest.raises(DTypeError, match=r"no float64"):
        ravine.ones(2, device="gpu").double()
