"""Autocast chooses the dtypes that PyTorch's chooses on the CPU, and scales gradients as it does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ravine

LIBRARIES = (ravine, torch)

#: Calls of a library, its functional module, and a maker of tensors of a shape.
CALLS = {
    "mm": lambda m, F, t: m.mm(t(2, 3), t(3, 2)),
    "bmm": lambda m, F, t: m.bmm(t(1, 2, 3), t(1, 3, 2)),
    "matmul": lambda m, F, t: m.matmul(t(2, 3), t(3, 2)),
    "@": lambda m, F, t: t(2, 3) @ t(3, 2),
    "mv": lambda m, F, t: m.mv(t(2, 3), t(3)),
    "addmv": lambda m, F, t: m.addmv(t(2), t(2, 3), t(3)),
    "addmm": lambda m, F, t: m.addmm(t(2, 2), t(2, 3), t(3, 2)),
    "baddbmm": lambda m, F, t: m.baddbmm(t(1, 2, 2), t(1, 2, 3), t(1, 3, 2)),
    "dot": lambda m, F, t: m.dot(t(3), t(3)),
    "outer": lambda m, F, t: m.outer(t(3), t(3)),
    "einsum": lambda m, F, t: m.einsum("ij,jk->ik", t(2, 3), t(3, 2)),
    "tensordot": lambda m, F, t: m.tensordot(t(2, 3), t(3, 2), 1),
    "linear": lambda m, F, t: F.linear(t(2, 3), t(4, 3), t(4)),
    "conv1d": lambda m, F, t: F.conv1d(t(1, 1, 4), t(2, 1, 2), t(2)),
    "conv2d": lambda m, F, t: F.conv2d(t(1, 1, 3, 3), t(1, 1, 2, 2)),
    "conv_transpose2d": lambda m, F, t: F.conv_transpose2d(t(1, 1, 3, 3), t(1, 1, 2, 2)),
    "prelu": lambda m, F, t: F.prelu(t(2, 3), t(3)),
    "attention": lambda m, F, t: F.scaled_dot_product_attention(t(1, 2, 4), t(1, 2, 4), t(1, 2, 4)),
    "softmax": lambda m, F, t: t(3).softmax(0),
    "sum": lambda m, F, t: t(3).sum(),
    "exp": lambda m, F, t: t(3).exp(),
    "pow": lambda m, F, t: t(3) ** 2,
    "rdiv": lambda m, F, t: 1 / t(3),
    "add": lambda m, F, t: t(3) + t(3),
    "cumsum": lambda m, F, t: t(3).cumsum(0),
    "prod": lambda m, F, t: t(3).prod(),
    "norm": lambda m, F, t: t(3).norm(),
    "normalize": lambda m, F, t: F.normalize(t(2, 3)),
    "layer_norm": lambda m, F, t: F.layer_norm(t(2, 3), (3,), t(3), t(3)),
    "group_norm": lambda m, F, t: F.group_norm(t(2, 4), 2, t(4), t(4)),
    "gelu": lambda m, F, t: F.gelu(t(3)),
    "cosine_similarity": lambda m, F, t: F.cosine_similarity(t(2, 3), t(2, 3)),
    "mse_loss": lambda m, F, t: F.mse_loss(t(3), t(3)),
    "l1_loss": lambda m, F, t: F.l1_loss(t(3), t(3)),
    "smooth_l1_loss": lambda m, F, t: F.smooth_l1_loss(t(3), t(3)),
    "huber_loss": lambda m, F, t: F.huber_loss(t(3), t(3)),
    "kl_div": lambda m, F, t: F.kl_div(t(2, 3), t(2, 3), reduction="sum"),
    "bce": lambda m, F, t: F.binary_cross_entropy(t(3), t(3)),
    "bce_with_logits": lambda m, F, t: F.binary_cross_entropy_with_logits(t(3), t(3)),
    "cross_entropy": lambda m, F, t: F.cross_entropy(t(2, 3), m.tensor([0, 1])),
    "nll_loss": lambda m, F, t: F.nll_loss(t(2, 3), m.tensor([0, 1])),
    "poisson_nll_loss": lambda m, F, t: F.poisson_nll_loss(t(3), t(3)),
    "triplet_margin_loss": lambda m, F, t: F.triplet_margin_loss(t(2, 3), t(2, 3), t(2, 3)),
    "multi_margin_loss": lambda m, F, t: F.multi_margin_loss(t(2, 3), m.tensor([0, 1])),
    "cdist": lambda m, F, t: m.cdist(t(2, 3), t(2, 3)),
    "cat": lambda m, F, t: m.cat([t(2), t(2)]),
    "stack of both": lambda m, F, t: m.stack([t(2), t(2).to(m.bfloat16)]),
    "addcmul": lambda m, F, t: m.addcmul(t(2), t(2), t(2)),
    "embedding": lambda m, F, t: F.embedding(m.tensor([0]), t(2, 2)),
}
FROM_FLOAT32_ALONE = {"cdist", "multi_margin_loss"}


def made(m, dtype, requires_grad=False):
    """Tensors of a dtype with the same numbers in every library."""
    rng = np.random.default_rng(5)

    def make(*shape):
        t = m.tensor(rng.uniform(0.1, 0.9, shape).astype(np.float32)).to(getattr(m, dtype))
        return t.requires_grad_() if requires_grad else t

    return make


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_and_values(name):
    call = CALLS[name]
    for dtype in ("float32", "bfloat16", "float64"):
        found = []
        for m in LIBRARIES:
            with m.autocast("cpu", dtype=m.bfloat16):
                found.append(call(m, m.nn.functional, made(m, dtype)))
        ours, theirs = found
        assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1], dtype
        # Both round to bfloat16 once or twice: 2^-8 each.
        halves = "bfloat16" in (dtype, str(ours.dtype).split(".")[1])
        np.testing.assert_allclose(
            ours.double().numpy(),
            theirs.double().numpy(),
            rtol=3e-2 if halves else 1e-5,
            atol=1e-2 if halves else 1e-6,
        )


def test_float16_and_off_and_nesting():
    def kinds(m):
        a, found = m.ones(2, 2), []
        with m.autocast("cpu", dtype=m.float16):
            found.append((a @ a).dtype)
            with m.autocast("cpu", enabled=False):
                found.append((a @ a).dtype)
            with m.autocast("cpu", dtype=m.bfloat16):
                found.append((a @ a).dtype)
                found.append(m.get_autocast_dtype("cpu"))
            found.append((a @ a).dtype)
            found.append(m.is_autocast_enabled("cpu"))
        with m.autocast("cuda", dtype=m.float16, enabled=False):
            found.append((a @ a).dtype)
        with m.autocast(device_type="cpu"):
            found.append((a @ a).dtype)
        found.append((a @ a).dtype)

        @m.autocast("cpu")
        def product(x):
            return x @ x

        found.append(product(a).dtype)
        found.append(m.is_autocast_enabled("cpu"))
        return [str(kind).split(".")[-1] for kind in found]

    assert kinds(ravine) == kinds(torch)


def test_gradients_have_the_parameters_dtype():
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=s).astype(np.float32) for s in ((8, 4), (8,), (3, 8), (3,), (5, 4))]

    def grads(m):
        net = m.nn.Sequential(m.nn.Linear(4, 8), m.nn.ReLU(), m.nn.Linear(8, 3))
        with m.no_grad():
            for p, a in zip(net.parameters(), arrays, strict=False):
                p.copy_(m.tensor(a))
        x = m.tensor(arrays[-1])
        with m.autocast("cpu", dtype=m.bfloat16):
            y = net(x)
            loss = m.nn.functional.mse_loss(y, m.zeros(5, 3)) + m.nn.functional.mse_loss(net(x), y.detach())
        loss.backward()
        return [p.grad for p in net.parameters()]

    for ours, theirs in zip(grads(ravine), grads(torch), strict=True):
        assert (str(ours.dtype), str(theirs.dtype)) == ("ravine.float32", "torch.float32")
        scale = float(theirs.abs().max())
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=0.03 * scale)


def test_the_cast_of_a_parameter_is_remembered_until_it_changes():
    layer, x = ravine.nn.Linear(4, 4), ravine.ones(2, 4)

    def recorded(calls):
        before = ravine.stats()["ops_recorded"]
        calls()
        return ravine.stats()["ops_recorded"] - before

    with ravine.autocast("cpu", cache_enabled=False):
        layer(x)
        first = recorded(lambda: layer(x))
        assert recorded(lambda: layer(x)) == first
    with ravine.autocast("cpu"):
        layer(x)
        again = recorded(lambda: layer(x))
        assert again < first
        with ravine.no_grad():
            layer.weight.add_(1)
        assert layer(x).sum().item() == pytest.approx(
            ravine.nn.functional.linear(x, layer.weight.detach(), layer.bias).float().sum().item(), rel=0.02
        )
        layer(x).sum().backward()
        layer(x).sum().backward()  # the graph of the first cast has ended


def test_functions_of_ones_own():
    def kinds(m):
        found = []

        class Product(m.autograd.Function):
            @staticmethod
            @m.amp.custom_fwd(device_type="cpu", cast_inputs=m.float32)
            def forward(ctx, a, b):
                ctx.save_for_backward(a, b)
                found.append((a.dtype, (a @ b).dtype))
                return a @ b

            @staticmethod
            @m.amp.custom_bwd(device_type="cpu")
            def backward(ctx, g):
                a, b = ctx.saved_tensors
                found.append((g @ b.mT).dtype)
                return g @ b.mT, a.mT @ g

        class Lowered(m.autograd.Function):
            @staticmethod
            @m.amp.custom_fwd(device_type="cpu")
            def forward(ctx, a):
                ctx.save_for_backward(a)
                return a @ a

            @staticmethod
            @m.amp.custom_bwd(device_type="cpu")
            def backward(ctx, g):
                (a,) = ctx.saved_tensors
                found.append((a @ a).dtype)
                return (g @ a).to(a.dtype)

        a = m.ones(2, 2, requires_grad=True)
        with m.autocast("cpu", dtype=m.bfloat16):
            y = Product.apply(a.to(m.bfloat16), a)
            z = Lowered.apply(a)
        y.sum().backward()
        z.sum().backward()
        return [str(kind).replace(m.__name__, "m") for kind in found]

    assert kinds(ravine) == kinds(torch)


@pytest.mark.parametrize("interval", [1, 2, 3])
def test_the_scaler_steps_as_pytorchs(interval):
    grads = [1.0, 2.0, float("inf"), 1.0, 0.5, float("nan"), 1.0, 1.0]

    def run(m):
        w = m.nn.Parameter(m.tensor([1.0, 2.0]))
        optimizer = m.optim.SGD([w], lr=0.1, momentum=0.5)
        scaler = m.amp.GradScaler("cpu", init_scale=8.0, growth_interval=interval)
        seen = []
        for i, g in enumerate(grads):
            optimizer.zero_grad()
            scaler.scale((w * g).sum()).backward()
            if i % 2:
                scaler.unscale_(optimizer)
                m.nn.utils.clip_grad_norm_([w], 0.7)
            scaler.step(optimizer)
            scaler.update()
            seen += [*w.tolist(), scaler.get_scale()]
        state = scaler.state_dict()
        other = m.amp.GradScaler("cpu")
        other.load_state_dict(state)
        return seen, state, other.state_dict()

    (ours, *states), (theirs, *those) = run(ravine), run(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert states == those


def test_a_scaler_that_is_off():
    for m in LIBRARIES:
        w = m.nn.Parameter(m.ones(1))
        scaler, optimizer = m.amp.GradScaler("cpu", enabled=False), m.optim.SGD([w], lr=0.5)
        loss = (w * 2).sum()
        assert scaler.scale(loss) is loss
        loss.backward()
        scaler.step(optimizer)
        scaler.update()
        assert w.tolist() == [0]
        assert (scaler.state_dict(), scaler.get_scale(), scaler.is_enabled()) == ({}, 1.0, False)
