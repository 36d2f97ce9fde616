"""Normalisation against torch: values, gradients, second order, running statistics, transforms."""

# pyright: reportOptionalMemberAccess=false

import numpy as np
import pytest
import torch

import ravine as rv
from parity.test_nn_parity import DTYPES, close, compare, pair
from ravine import nn
from ravine.nn import functional as F

LAYERS = {
    "BatchNorm1d": (lambda nn: nn.BatchNorm1d(5), (7, 5)),
    "BatchNorm1d of sequences": (lambda nn: nn.BatchNorm1d(5, eps=0.1, momentum=0.3), (3, 5, 4)),
    "BatchNorm1d plain": (lambda nn: nn.BatchNorm1d(5, affine=False), (7, 5)),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(3), (4, 3, 5, 6)),
    "BatchNorm2d of pixels": (lambda nn: nn.BatchNorm2d(3), (9, 3, 1, 1)),
    "BatchNorm2d cumulative": (lambda nn: nn.BatchNorm2d(3, momentum=None), (4, 3, 2, 3)),
    "BatchNorm2d untracked": (lambda nn: nn.BatchNorm2d(3, track_running_stats=False), (4, 3, 2, 3)),
    "BatchNorm2d of small images": (lambda nn: nn.BatchNorm2d(20), (70, 20, 3, 3)),
    "InstanceNorm1d": (lambda nn: nn.InstanceNorm1d(4), (3, 4, 6)),
    "InstanceNorm1d without batch": (lambda nn: nn.InstanceNorm1d(4, affine=True), (4, 6)),
    "InstanceNorm2d": (lambda nn: nn.InstanceNorm2d(4, affine=True), (3, 4, 5, 2)),
    "InstanceNorm2d tracked": (lambda nn: nn.InstanceNorm2d(4, track_running_stats=True), (3, 4, 5, 2)),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 6), (3, 6, 4)),
    "GroupNorm of images": (lambda nn: nn.GroupNorm(3, 6, eps=0.01), (2, 6, 5, 3)),
    "GroupNorm of vectors": (lambda nn: nn.GroupNorm(2, 8), (3, 8)),
    "GroupNorm plain": (lambda nn: nn.GroupNorm(1, 6, affine=False), (3, 6, 4)),
    "RMSNorm": (lambda nn: nn.RMSNorm(6), (4, 6)),
    "RMSNorm of two": (lambda nn: nn.RMSNorm((3, 6), eps=1e-3), (4, 3, 6)),
    "RMSNorm plain": (lambda nn: nn.RMSNorm(6, elementwise_affine=False), (2, 5, 6)),
    "RMSNorm of a vector": (lambda nn: nn.RMSNorm(6), (6,)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, rng):
    """While training and at rest, with buffers that are not their starting values."""
    make, shape = LAYERS[name]
    for dtype, training in ((d, t) for d in DTYPES.values() for t in (True, False)):
        mine, theirs = make(nn).to(dtype[0]), make(torch.nn).to(dtype[1])
        assert repr(mine) == repr(theirs)
        state = {key: rng.uniform(0.5, 2, size=tuple(v.shape)) for key, v in theirs.state_dict().items()}
        assert list(state) == list(mine.state_dict())
        if "num_batches_tracked" in state:
            state["num_batches_tracked"] = np.array(4)
        mine.load_state_dict({key: rv.tensor(value) for key, value in state.items()})
        theirs.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
        mine.train(training)
        theirs.train(training)
        x = rng.normal(size=shape) + 0.5
        x_mine = rv.tensor(x, dtype=dtype[0], requires_grad=True)
        x_theirs = torch.tensor(x, dtype=dtype[1], requires_grad=True)
        count = [0, 0]

        def ours(mine=mine, x=x_mine, count=count):
            count[0] += 1
            return mine(x)

        def wanted(theirs=theirs, x=x_theirs, count=count):
            count[1] += 1
            return theirs(x)

        compare(
            ours,
            wanted,
            [x_mine, *mine.parameters()],
            [x_theirs, *theirs.parameters()],
            dtype,
            rng,
        )
        while count[0] < count[1]:
            ours()
        for (key, got), want in zip(mine.named_buffers(), theirs.buffers(), strict=True):
            assert not got.requires_grad
            if key == "num_batches_tracked":
                assert got.dtype is rv.int64
                assert got.item() == want.item()
            else:
                close(got, want, dtype[2], key)


def test_many_steps(rng):
    """Running statistics over a training loop, with a bit pattern that no number of threads changes."""
    for momentum in (0.1, None):
        mine, theirs = nn.BatchNorm2d(3, momentum=momentum), torch.nn.BatchNorm2d(3, momentum=momentum)
        for _ in range(20):
            x = (2 * rng.normal(size=(5, 3, 4, 4)) + 1).astype(np.float32)
            mine(rv.tensor(x))
            theirs(torch.tensor(x))
        for got, want in zip(mine.buffers(), theirs.buffers(), strict=True):
            close(got, want, 1e-6, "buffer")
        assert mine.num_batches_tracked is not None
        assert mine.num_batches_tracked.item() == 20


def test_functional(rng):
    x = rng.normal(size=(4, 3, 5))
    mean, var, w, b = rng.normal(size=3), rng.uniform(0.5, 2, size=3), rng.normal(size=3), rng.normal(size=3)
    for training in (True, False):
        for name in ("batch_norm", "instance_norm"):
            ours = [rv.tensor(v) for v in (x, mean, var, w, b)]
            wanted = [torch.tensor(v) for v in (x, mean, var, w, b)]
            got = getattr(F, name)(*ours, training, 0.25, 1e-3)
            want = getattr(torch.nn.functional, name)(*wanted, training, 0.25, 1e-3)
            close(got, want, 1e-12, name)
            close(ours[1], wanted[1], 1e-12, f"{name} mean")
            close(ours[2], wanted[2], 1e-12, f"{name} var")
    close(
        F.batch_norm(rv.tensor(x), None, None, training=True),
        torch.nn.functional.batch_norm(torch.tensor(x), None, None, training=True),
        1e-12,
        "no statistics",
    )
    only = [rv.zeros(3, dtype=rv.float64), torch.zeros(3).double()]
    F.batch_norm(rv.tensor(x), only[0], None, training=True)
    close(only[0], torch.tensor(0.1 * x.mean((0, 2))), 1e-12, "mean alone")


def test_statistics_have_gradients(rng):
    """`batch_norm_moments` gives mean and variance as functions of its input."""
    x = rng.normal(size=(6, 3, 2))
    weights = [rng.normal(size=s) for s in ((6, 3, 2), (3,), (3,))]
    ours, theirs = rv.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    got = rv.batch_norm_moments(ours, eps=0.0)
    m, v = theirs.mean((0, 2)), theirs.var((0, 2), correction=0)
    want = ((theirs - m[:, None]) / v[:, None].sqrt(), m, v)
    rv.stack([(y * rv.tensor(w)).sum() for y, w in zip(got, weights, strict=True)]).sum().backward()
    torch.stack([(y * torch.tensor(w)).sum() for y, w in zip(want, weights, strict=True)]).sum().backward()
    close(ours.grad, theirs.grad, 1e-12, "gradient")


def test_half_precision(rng):
    """Computed in float32, and rounded once."""
    for shape in ((8, 4), (8, 4, 30)):
        x = rv.tensor(rng.normal(size=shape), dtype=rv.float16)
        want = nn.BatchNorm1d(4)(x.float())
        layer = nn.BatchNorm1d(4).half()
        got = layer(x)
        assert got.dtype is rv.float16
        assert (got.float() - want).abs().max().item() <= 2e-3  # half a unit of numbers up to 4
        assert layer.running_var is not None
        assert layer.running_var.dtype is rv.float16


def test_transforms(rng):
    """Gradients inside a transform write the statistics afterwards; vmap refuses to, and works at rest."""
    layer = nn.BatchNorm1d(3)
    x = rv.tensor(rng.normal(size=(5, 3)), dtype=rv.float32)
    want = nn.BatchNorm1d(3)
    want(x)
    g = rv.func.grad(lambda x: (layer(x) ** 3).sum())(x)
    assert layer.running_mean is not None and want.running_mean is not None  # noqa: PT018
    assert layer.running_mean.tolist() == want.running_mean.tolist()
    leaf = x.clone().requires_grad_()
    (nn.BatchNorm1d(3)(leaf) ** 3).sum().backward()
    close(g, torch.tensor(np.asarray(leaf.grad.numpy())), 1e-6, "gradient")
    _, pushed = rv.func.jvp(layer, (x,), (rv.ones(5, 3),))
    assert pushed.abs().max().item() < 1e-5  # a shift is taken out again
    many = rv.stack([x, 2 * x])
    with pytest.raises(rv.errors.StateError, match="written inside"):
        rv.func.vmap(layer)(many)
    before = layer.running_mean.tolist()
    assert layer.running_mean.tolist() == before
    layer.eval()
    close(rv.func.vmap(layer)(many)[1], torch.tensor(layer(2 * x).detach().numpy()), 1e-6, "vmap at rest")
    free = nn.BatchNorm1d(3, track_running_stats=False)
    close(rv.func.vmap(free)(many)[1], torch.tensor(free(2 * x).detach().numpy()), 1e-5, "vmap untracked")


def test_states(rng):
    """Statistics are saved and loaded, also from states without a count of batches."""
    layer = nn.BatchNorm1d(2)
    layer(rv.tensor(rng.normal(size=(4, 2)), dtype=rv.float32))
    state = layer.state_dict()
    other = nn.BatchNorm1d(2)
    other.load_state_dict(state)
    assert [b.tolist() for b in other.buffers()] == [b.tolist() for b in layer.buffers()]
    del state["num_batches_tracked"]
    other.load_state_dict(state)
    layer.reset_running_stats()
    assert [b.tolist() for b in layer.buffers()] == [[0, 0], [1, 1], 0]
    mine, theirs = pair(lambda nn: nn.GroupNorm(2, 4), DTYPES["float64"], rng)
    assert list(mine.state_dict()) == list(theirs.state_dict())


def test_threads_do_not_change_bits(rng):
    x = rv.tensor(rng.normal(size=(64, 40, 9, 9)), dtype=rv.float32)
    rows = rv.tensor(rng.normal(size=(3000, 200)), dtype=rv.float32)
    w = rv.ones(40)

    def run():
        found = []
        for f, a in (
            (lambda a: F.batch_norm(a, None, None, w, w, True), x),
            (lambda a: F.group_norm(a, 4, w, w), x),
            (lambda a: F.batch_norm(a, None, None, training=True), rows),
            (lambda a: F.rms_norm(a, (200,)), rows),
            (lambda a: F.softmax(a, dim=1), rows),
            (lambda a: F.log_softmax(a, dim=0), rows),
        ):
            leaf = a.clone().requires_grad_()
            y = f(leaf)
            (y * y * y).sum().backward()
            found += [y.detach().numpy().tobytes(), leaf.grad.numpy().tobytes()]
        return found

    threads = rv.get_num_threads()
    try:
        rv.set_num_threads(1)
        alone = run()
        rv.set_num_threads(2)
        assert run() == alone
    finally:
        rv.set_num_threads(threads)


def test_mistakes():
    x = rv.zeros(2, 4, 3)
    cases = [
        (lambda: nn.BatchNorm1d(4)(rv.zeros(4)), r"BatchNorm1d: input has shape \(4,\)"),
        (lambda: nn.BatchNorm2d(4)(x), r"must be \(N, C, H, W\)"),
        (lambda: nn.BatchNorm1d(3)(x), "running_mean has shape"),
        (lambda: nn.BatchNorm1d(4)(rv.zeros(1, 4)), "more than 1 value per channel"),
        (lambda: F.batch_norm(x, None, None), "running_mean and running_var are needed"),
        (lambda: F.batch_norm(x, None, None, rv.ones(3), training=True), "weight has shape"),
        (lambda: F.batch_norm(x.long(), None, None, training=True), "floating dtype"),
        (lambda: nn.InstanceNorm1d(3)(x), "one of 3 channels, not 4"),
        (lambda: nn.InstanceNorm1d(4)(rv.zeros(2, 4, 1)), "more than 1 value per channel"),
        (lambda: nn.GroupNorm(3, 4), "must be divisible"),
        (lambda: F.group_norm(x, 3), "cannot be cut into 3 groups"),
        (lambda: F.group_norm(x, 2, rv.ones(3)), "weight has shape"),
        (lambda: F.group_norm(rv.zeros(4), 2), "2 or more"),
        (lambda: F.rms_norm(x, (4,)), "are not normalized_shape"),
        (
            lambda: F.rms_norm(x, (3,), rv.ones(3, dtype=rv.float64)),
            "input is float32, weight is float64",
        ),
    ]
    for call, text in cases:
        with pytest.raises(rv.errors.Error, match=text):
            call()
