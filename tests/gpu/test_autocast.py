"""On GPUs autocast has longer lists: logarithms, sums and softmax in float32, products in float16."""

import numpy as np
import pytest

import ravine as rv
from ravine import nn
from ravine.nn import functional as F

HALF, SINGLE = rv.float16, rv.float32

#: The dtype of a result, of tensors of float32 and of float16.
CALLS = {
    "product": (lambda a: a @ a, HALF, HALF),
    "linear": (lambda a: F.linear(a, a, a[0]), HALF, HALF),
    "mv": (lambda a: rv.mv(a, a[0]), HALF, HALF),
    "prelu": (lambda a: F.prelu(a, a[0]), HALF, HALF),
    "sum": (lambda a: a.sum(), SINGLE, SINGLE),
    "exp": (lambda a: a.exp(), SINGLE, SINGLE),
    "power": (lambda a: a**2, SINGLE, SINGLE),
    "reciprocal": (lambda a: 1 / a, SINGLE, SINGLE),
    "softmax": (lambda a: a.softmax(0), SINGLE, SINGLE),
    "layer_norm": (lambda a: F.layer_norm(a, (4,)), SINGLE, SINGLE),
    "mse_loss": (lambda a: F.mse_loss(a, a), SINGLE, SINGLE),
    "normalize": (lambda a: F.normalize(a), SINGLE, SINGLE),
    "add": (lambda a: a + a, SINGLE, HALF),
    "relu": (lambda a: a.relu(), SINGLE, HALF),
    "in place": (lambda a: a.clone().exp_(), SINGLE, HALF),
}


@pytest.mark.parametrize("name", CALLS)
def test_lists(name):
    call, of_single, of_half = CALLS[name]
    values = np.random.default_rng(2).uniform(0.5, 1.5, (4, 4)).astype(np.float32)
    a = rv.tensor(values, device="gpu")
    expected = call(rv.tensor(values)).numpy()
    with rv.autocast("cuda"):
        found = call(a), call(a.half()), call(rv.tensor(values))
    assert [t.dtype for t in found] == [of_single, of_half, SINGLE]
    for t in found[:2]:
        np.testing.assert_allclose(t.float().cpu().numpy(), expected, rtol=1e-2, atol=1e-2)


def test_a_step_with_scaled_gradients():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).to("gpu")
    optimizer, scaler = rv.optim.SGD(net.parameters(), lr=0.1), rv.GradScaler("cuda", init_scale=1024.0)
    x, losses = rv.ones(8, 4, device="gpu"), []
    for _ in range(5):
        optimizer.zero_grad()
        with rv.autocast("cuda", dtype=rv.float16):
            y = net(x)
            loss = F.cross_entropy(y, rv.zeros(8, dtype=rv.int64, device="gpu"))
        assert (y.dtype, loss.dtype) == (HALF, SINGLE)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(p.grad is not None and p.grad.dtype is SINGLE for p in net.parameters())
