"""Hooks, `.data`, `no_grad`, views, `retain_grad` and writes mean on a GPU what they mean on the CPU.

The random programs of `test_programs.py` have views, writes, `.data`, `no_grad`, retained gradients and more
than one backward pass. Hooks are here, and whatever has an order, a name or an error to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ravine
from ravine import Tensor, nn, optim
from ravine.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS: dict[str, Callable[[], Any]] = {}


def program(f: Callable[[], Any]) -> Callable[[], Any]:
    PROGRAMS[f.__name__.replace("_", " ")] = f
    return f


def leaf(*shape: int, start: float = 0.0) -> Tensor:
    n = int(np.prod(shape))
    return (((ravine.arange(float(n)) + start) / 4).reshape(shape) * 1).requires_grad_()


def grad(x: Tensor | None) -> Tensor:
    assert x is not None
    assert x.grad is not None
    return x.grad


@program
def hooks_run_in_order_and_replace():
    x, seen = leaf(2, 3), []

    def first(g: Tensor) -> None:
        seen.append(g.tolist())

    def doubles(g: Tensor) -> Tensor:
        return g * 2

    y = x * 3
    y.register_hook(first)
    y.register_hook(doubles)
    last = x.register_hook(lambda g: g + 1)
    y.sum().backward()
    last.remove()
    (x * x).sum().backward()
    return seen, x.grad


@program
def a_hook_that_writes_in_place():
    x = leaf(4)
    y = x.exp()

    def clip(g: Tensor) -> Tensor:
        return g.mul_(0.5).clamp_(max=0.75)

    y.register_hook(clip)
    (y * y).sum().backward()
    return x.grad


@program
def a_hook_that_raises_leaves_gradients_alone():
    x, z = leaf(3), leaf(3, start=2)
    z.grad = ravine.ones(3)

    def refuse(_: Tensor) -> None:
        raise RuntimeError("no")

    y = x * z
    y.register_hook(refuse)
    with pytest.raises(RuntimeError, match="no"):
        y.sum().backward()
    return x.grad, z.grad


@program
def hooks_of_modules():
    seen = []
    layer = nn.Linear(3, 2)
    for p in layer.parameters():
        p.data.fill_(0.5)

    def forward(_m: nn.Module, _i: Any, out: Tensor) -> Tensor:
        seen.append(out.detach().sum().item())
        return out * 2

    layer.register_forward_hook(forward)
    layer.register_full_backward_hook(lambda _m, gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
    x = leaf(2, 3)
    layer(x).sum().backward()
    return seen, layer.weight.grad, x.grad


@program
def gradients_add_up():
    x = leaf(3)
    for k in range(3):
        (x * k).exp().sum().backward()
    first = grad(x).clone()
    kept = grad(x)
    (x * 2).sum().backward()
    same = ravine.equal(kept, grad(x))
    grad(x).zero_()
    return first, kept, same


@program
def gradients_that_are_given():
    x = leaf(3)
    x.grad = ravine.tensor([1.0, 2.0, 3.0])
    (x * x).sum().backward()
    first = grad(x).clone()
    x.grad = None
    (x * x).sum().backward(retain_graph=False)
    return first, x.grad


@program
def retained_gradients():
    x = leaf(2, 2)
    y = x * 2
    y.retain_grad()
    z = y[0]
    z.retain_grad()
    w = z.exp()
    (w.sum() + y.sum()).backward()
    return y.grad, z.grad, w.requires_grad, x.grad


@program
def a_graph_that_is_kept():
    x = leaf(3)
    y = (x.exp() * x).sum()
    y.backward(retain_graph=True)
    first = grad(x).clone()
    y.backward()
    try:
        y.backward()
        again = "nothing"
    except RuntimeError as error:
        again = str(error)
    return first, x.grad, again


@program
def derivatives_of_gradients():
    x = leaf(3)
    (g,) = ravine.autograd.grad((x**3).sum(), [x], create_graph=True)
    (g * x).sum().backward()
    return g, x.grad


@program
def a_leaf_written_without_gradients():
    x = leaf(4)
    y = (x * x).sum()
    with ravine.no_grad():
        x.mul_(3)
        x[1] = 7.0
        x[2:].add_(1)
    z = (x * 2).sum()
    y.backward()
    first = grad(x).clone()
    z.backward()
    return x, first, x.grad, x.is_leaf


@program
def a_leaf_that_may_not_be_written():
    x = leaf(3)
    told = []
    for write in (lambda: x.add_(1), lambda: x[0].mul_(2), lambda: x.zero_()):
        try:
            write()
            told.append("nothing")
        except RuntimeError as error:
            told.append(str(error))
    return told, x


@program
def data_is_seen_by_nobody():
    x = leaf(2, 2)
    y = x * x
    x.data.add_(10)
    x.data[0, 1] = -1.0
    view = x.data.t()
    view[1, 0] = 5.0
    y.sum().backward()
    old = grad(x).clone()
    x.data = ravine.ones(3)
    return y, old, x, x.requires_grad


@program
def views_follow_and_write_through():
    x = ravine.arange(24.0).reshape(2, 3, 4)
    row, turned, one = x[1], x.transpose(0, 2), x[0, 1, 2]
    part = turned[1:3, :, 0]
    x.mul_(2)
    part.add_(100)
    row[::2, 1] = -1.0
    one.fill_(0.5)
    flat = x.view(-1)
    flat[5] = 9.0
    return x, row, turned, one, part, flat


@program
def gradients_through_written_views():
    x = leaf(3, 4)
    y = x * 1
    y[1] = y[0].exp()
    column = y[:, 2]
    column.mul_(3)
    y[2, :2].copy_(x[0, 2:])
    (y * y).sum().backward()
    return y, x.grad


@program
def a_write_that_spoils_a_gradient():
    x = leaf(3)
    y = x.exp()
    z = y * 2
    y.add_(1)
    w = (y * z).sum()
    w.backward()
    return x.grad


@program
def detached_values_share_memory():
    x = leaf(3)
    y = x * 2
    cut = y.detach()
    cut.add_(1)
    other = y.clone().detach()
    other.zero_()
    y.sum().backward()
    return y, cut, other, x.grad


@program
def gradients_off_and_on():
    x = leaf(3)
    with ravine.no_grad():
        y = x * 2
        with ravine.enable_grad():
            z = x * 3
    with ravine.inference_mode() if hasattr(ravine, "inference_mode") else ravine.no_grad():
        w = x * 4
    (z * y.detach()).sum().backward()
    return y.requires_grad, z.requires_grad, w.requires_grad, x.grad


@program
def frozen_and_thawed():
    layer = nn.Linear(3, 2)
    for p in layer.parameters():
        p.data.fill_(0.25)
    x = leaf(2, 3)
    layer.weight.requires_grad_(False)
    layer(x).sum().backward()
    frozen = layer.weight.grad
    layer.weight.requires_grad_(True)
    layer(x).sum().backward()
    return frozen, layer.weight.grad, grad(layer.bias), x.grad


@program
def what_is_computed_again():
    x = leaf(3, 3)
    y = checkpoint(lambda t: (t @ t).tanh() * t, x)
    (y * y).sum().backward()
    return y, x.grad


@program
def a_function_of_ones_own():
    class Cube(ravine.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Tensor:
            (x,) = ctx.saved_tensors
            return g * x * x * 3

    x = leaf(4)
    (Cube.apply(x) * 2).sum().backward()
    return x.grad


@program
def steps_of_an_optimizer_between_looks():
    x = leaf(4)
    optimizer = optim.SGD([x], lr=0.1, momentum=0.9)
    seen = []
    old = x.detach().clone()
    shared = x.detach()
    for k in range(4):
        optimizer.zero_grad(set_to_none=k % 2 == 0)
        loss = ((x - k) ** 2).sum()
        loss.backward()
        if k == 2:
            grad(x).mul_(0.5)
            seen.append(loss.item())
        optimizer.step()
    return old, shared, x, seen, optimizer.state[x]["momentum_buffer"]


def plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy()
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return value


def alike(near: Any, far: Any) -> None:
    if isinstance(near, np.ndarray):
        assert far.dtype == near.dtype
        np.testing.assert_allclose(far, near, rtol=2e-5, atol=1e-6)
    elif isinstance(near, list):
        assert len(near) == len(far)
        for a, b in zip(near, far):
            alike(a, b)
    elif isinstance(near, float):
        assert far == pytest.approx(near, rel=2e-5)
    else:
        assert far == near


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_means_the_same(name):
    found = {}
    for device in ("cpu", "gpu"):
        with ravine.device(device):
            found[device] = plain(PROGRAMS[name]())
    alike(found["cpu"], found["gpu"])
