"""Updates of whole lists of tensors on the GPU: as the CPU takes them, and in few passes."""

import json
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest

import ravine
from gpu.programs import program, ulps
from ravine import nn, optim
from ravine.errors import DTypeError

F32 = np.float32
SHAPES = [(), (1,), (5, 7), (300, 130)]
ADAM = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}


@dataclass
class Update:
    """A function over lists: parameters, gradients, `states` that start at 0, and `none`, which are empty."""

    function: str
    states: int
    #: What it is called with in step number n.
    numbers: dict = field(default_factory=dict)
    counts: bool = False
    none: tuple = ()

    def run(self, lists, n):
        keywords = {k: x(n) if callable(x) else x for k, x in self.numbers.items()}
        if self.counts:
            keywords["step"] = n
        lists = [*lists]
        for place in self.none:
            lists.insert(place, [])
        getattr(ravine, self.function)(*lists, **keywords)


def with_choices(name, update, *choices):
    """The update as it is, and with each of several sets of further numbers."""
    for more in ({}, *choices):
        told = " ".join(k for k in more if k != "first")
        yield (
            f"{name} {told}".strip(),
            Update(update.function, update.states, update.numbers | more, update.counts, update.none),
        )


DECAYED = {"weight_decay": 0.1}
CLIMBED = {"maximize": True, "weight_decay": 0.1}
DECOUPLED = {"decoupled": True, "weight_decay": 0.1}
FIRST = {"first": lambda n: n == 1}
UPDATES = dict(
    pair
    for pairs in (
        with_choices("sgd", Update("sgd_", 0, {"lr": 0.1}, none=(2,)), DECAYED, CLIMBED),
        with_choices(
            "momentum",
            Update("sgd_", 1, {"lr": 0.1, "momentum": 0.9, "dampening": 0.25} | FIRST),
            DECAYED,
            CLIMBED,
            {"nesterov": True, "dampening": 0.0},
            {"convention": "ema"},
            {"convention": "heavy-ball"},
        ),
        with_choices("adam", Update("adam_", 2, ADAM, counts=True), DECAYED, CLIMBED, DECOUPLED),
        # The weight of the mean is above a half: it is approached from the other end.
        with_choices("adam of short memory", Update("adam_", 2, ADAM | {"beta1": 0.25}, counts=True)),
        with_choices("amsgrad", Update("amsgrad_", 3, ADAM, counts=True), CLIMBED, DECOUPLED),
        with_choices("adamax", Update("adamax_", 2, ADAM, counts=True), CLIMBED),
        with_choices(
            "nadam",
            Update(
                "nadam_",
                2,
                ADAM | {"momentum_decay": 4e-3, "mu_product": lambda n: 0.45**n},
                counts=True,
            ),
            CLIMBED,
            DECOUPLED,
        ),
        with_choices("radam", Update("radam_", 2, ADAM, counts=True), CLIMBED, DECOUPLED),
        with_choices(
            "rmsprop",
            Update("rmsprop_", 1, {"lr": 0.1, "alpha": 0.9, "eps": 1e-8}, none=(3, 4)),
            DECAYED,
            CLIMBED,
        ),
        with_choices(
            "rmsprop by the spread",
            Update("rmsprop_", 2, {"lr": 0.1, "alpha": 0.9, "eps": 1e-3}, none=(4,)),
            CLIMBED,
        ),
        with_choices(
            "rmsprop and momentum",
            Update("rmsprop_", 2, {"lr": 0.1, "alpha": 0.25, "eps": 1e-3, "momentum": 0.9}, none=(3,)),
            CLIMBED,
        ),
        with_choices(
            "rmsprop of both",
            Update("rmsprop_", 3, {"lr": 0.1, "alpha": 0.9, "eps": 1e-3, "momentum": 0.9}),
            CLIMBED,
        ),
        with_choices(
            "adagrad", Update("adagrad_", 1, {"lr": 0.1, "lr_decay": 0.5}, counts=True), DECAYED, CLIMBED
        ),
        with_choices("adadelta", Update("adadelta_", 2, {"lr": 0.5}), DECAYED, CLIMBED),
        with_choices("lion", Update("lion_", 1, {"lr": 0.1}), CLIMBED),
        with_choices("accumulate", Update("accumulate_", 0, {"decay": 0.75, "weight": 0.5})),
    )
    for pair in pairs
)


def on(device, dtype, lists):
    """Tensors of copies: an update writes its own."""
    return [
        [ravine.tensor(np.array(x)).to(getattr(ravine, dtype)).to(device) for x in arrays] for arrays in lists
    ]


def arrays(tensors):
    return [t.detach().to("cpu").numpy() for t in tensors]


@pytest.mark.parametrize("name", UPDATES)
def test_updates(rng, name):
    """Steps in float32 are those of the CPU in float64; the gradients stay what they were."""
    update = UPDATES[name]
    shapes = [*SHAPES, (0, 3), (70,), (2, 3, 4)]
    drawn = [[rng.standard_normal(s).astype(F32) for s in shapes] for _ in range(2)]
    drawn += [[np.zeros(s, F32) for s in shapes]] * update.states
    near, far = on("cpu", "float64", drawn), on("gpu", "float32", drawn)
    # RAdam's rate is rectified from its sixth step.
    for n in range(1, 8 if name.startswith("radam") else 4):
        given = [rng.standard_normal(s).astype(F32) for s in shapes]
        near[1], far[1] = on("cpu", "float64", [given])[0], on("gpu", "float32", [given])[0]
        update.run(near, n)
        update.run(far, n)
        for got, want in zip(arrays(far[1]), given):
            np.testing.assert_array_equal(got, want)
    for k in {*range(len(far))} - {1}:
        for got, want in zip(arrays(far[k]), arrays(near[k]), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=f"list {k} of {name}")


@pytest.mark.parametrize("name", ["amsgrad", "adamax", "lion", "momentum"])
def test_special_gradients(name):
    """NaN, infinity and zeros come to the same as on the CPU."""
    update = UPDATES[name]
    given = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], F32)
    drawn = [[np.ones(6, F32)], [given]] + [[np.array([0, 0, 0, 0, np.nan, np.nan], F32)]] * update.states
    near, far = on("cpu", "float32", drawn), on("gpu", "float32", drawn)
    for n in (1, 2):
        update.run(near, n)
        update.run(far, n)
    for k in {*range(len(far))} - {1}:
        np.testing.assert_allclose(arrays(far[k])[0], arrays(near[k])[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("op", "lists", "numbers", "operand", "tensors"),
    [
        ("sgd_", 2, [0.1, 0, 0, 0], 0, 4),
        ("sgd_momentum_", 3, [0.1, 0, 0.9, 1], 0, 2),
        ("adam_", 4, [1, 0.1, 0.9, 0.99, 1e-8, 0], 0, 2),
        ("amsgrad_", 5, [1, 0.1, 0.9, 0.99, 1e-8, 0], 0, 1),
        ("scale_", 1, [], 1, 7),
        ("normalized_step_", 2, [0.1], 1, 3),
        ("normalized_step_momentum_", 3, [0.1], 1, 2),
    ],
)
def test_a_pass_serves_what_eight_buffers_allow(op, lists, numbers, operand, tensors):
    for count in (1, 2, 7, 8):
        inputs = [np.zeros((k, 3), F32) for k in range(count)] * lists + [np.array(2, F32)] * operand
        text = program(op, [count, 0, 0, 0], [float(x) for x in numbers], *inputs)
        passes = json.loads(text)["passes"]
        # The first tensor has no elements: it is left out.
        assert len(passes) == -(-(count - 1) // tensors)
        assert max((len(p["bindings"]) for p in passes), default=0) <= 8


def test_only_float32():
    for dtype in ("float64", "float16"):
        x = np.zeros(3, dtype)
        with pytest.raises(DTypeError, match="float32 on the GPU"):
            program("sgd_", [1, 0, 0, 0], [0.1, 0.0, 0.0, 0.0], x, x)
        with pytest.raises(DTypeError, match="float32 on the GPU"):
            program("total_norm", [0], [], x)


LISTS = {
    "one number": [()],
    "nothing": [(0,)],
    "one of each": [*SHAPES, (0, 3)],
    "many": [(k,) for k in range(20)],
    "one part": [(64, 64)],
    "a part and one": [(4097,)],
    "large": [(3,), (1 << 20,), (1000, 7)],
}


@pytest.mark.parametrize("name", LISTS)
def test_total_norm(host, rng, name):
    """Within a few units, and always the same bits; the largest magnitude exactly."""
    tensors = [rng.standard_normal(s).astype(F32) for s in LISTS[name]]
    flat = np.concatenate([t.ravel() for t in tensors]).astype(np.float64)
    text = program("total_norm", [0], [], *tensors)
    (got,) = host.run(text, *tensors)
    assert got.shape == ()
    assert ulps(got, np.sqrt(np.sum(flat**2))) <= 8
    assert got == host.run(text, *tensors)[0]
    (most,) = host.run(program("total_norm", [1], [], *tensors), *tensors)
    assert most == np.max(np.abs(flat), initial=0)


@pytest.mark.parametrize("place", [0, 4099, 38_999])
def test_total_norm_of_special_values(host, place):
    x = [np.ones((300, 130), F32), np.full(5, -2, F32)]
    for value in (np.nan, np.inf, -np.inf):
        x[0].flat[place] = value
        for largest in (0, 1):
            (got,) = host.run(program("total_norm", [largest], [], *x), *x)
            np.testing.assert_equal(got, F32(abs(value)))


@pytest.mark.parametrize("norm_type", [2.0, np.inf, 1.0])
def test_clipping(rng, norm_type):
    """One norm of all gradients and one factor on them, which is 1 where the norm is below the bound."""
    drawn = [rng.standard_normal(s).astype(F32) for s in [*SHAPES, *[(k + 1,) for k in range(9)]]]
    for bound in (0.5, 1e6):
        norms, results = [], []
        for device in ("cpu", "gpu"):
            leaves = [ravine.zeros(x.shape).to(device).requires_grad_() for x in drawn]
            for leaf, x in zip(leaves, drawn):
                leaf.grad = ravine.tensor(x).to(device)
            norms.append(nn.utils.clip_grad_norm_(leaves, bound, norm_type).item())
            results.append(arrays(leaf.grad for leaf in leaves))
        assert np.isclose(norms[1], norms[0], rtol=1e-5)
        for got, want in zip(results[1], results[0]):
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_the_norm_and_the_factor_have_derivatives(rng):
    drawn = [rng.standard_normal(s).astype(F32) for s in ((4,), (3, 5))]
    found = []
    for device in ("cpu", "gpu"):
        leaves = [ravine.tensor(x).to(device).requires_grad_() for x in drawn]
        for p in (2.0, float("inf")):
            ravine.total_norm(leaves, p).backward()
        found.append(arrays(leaf.grad for leaf in leaves))
    for got, want in zip(found[1], found[0]):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("momentum", [False, True])
def test_steps_of_one_length(rng, momentum):
    """Also no step at all where the norm is 0, and NaN where it is NaN."""
    drawn = [[rng.standard_normal(s).astype(F32) for s in [*SHAPES, (0,), (9,)]] for _ in range(3)]
    for norm in (2.5, 0.0, np.nan):
        results = []
        for device, dtype in (("cpu", "float64"), ("gpu", "float32")):
            params, ways, buffers = on(device, dtype, drawn)
            buffers = buffers if momentum else []
            length = on(device, dtype, [[np.array(norm, F32)]])[0][0]
            ravine.normalized_step_(params, ways, buffers, length, lr=0.3)
            results.append(arrays(params + buffers))
        for want, got in zip(*results, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


OPTIMIZERS = {
    "SGD": partial(optim.SGD, lr=0.1),
    "SGD with decay": partial(optim.SGD, lr=0.1, weight_decay=0.1, maximize=True),
    "SGD with momentum": partial(optim.SGD, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.1),
    "SGD with Nesterov": partial(optim.SGD, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
    "Adam": partial(optim.Adam, lr=0.1, weight_decay=0.1),
    "Adam with amsgrad": partial(optim.Adam, lr=0.1, amsgrad=True, maximize=True),
    "AdamW": partial(optim.AdamW, lr=0.1, weight_decay=0.1),
    "AdamW with amsgrad": partial(optim.AdamW, lr=0.1, amsgrad=True),
    "RMSprop": partial(optim.RMSprop, lr=0.1, weight_decay=0.1),
    "RMSprop, centered": partial(optim.RMSprop, lr=0.1, centered=True, maximize=True, eps=1e-3),
    "RMSprop with momentum": partial(optim.RMSprop, lr=0.1, momentum=0.9),
    "RMSprop of both": partial(optim.RMSprop, lr=0.1, momentum=0.9, centered=True, eps=1e-3),
    "Adagrad": partial(optim.Adagrad, lr=0.1, lr_decay=0.1, weight_decay=0.1),
    "Adadelta": partial(optim.Adadelta, weight_decay=0.1, maximize=True),
    "Lion": partial(optim.Lion, lr=0.1, weight_decay=0.1),
    "Adamax": partial(optim.Adamax, lr=0.1, weight_decay=0.1),
    "NAdam": partial(optim.NAdam, lr=0.1, weight_decay=0.1),
    "NAdam, decoupled": partial(optim.NAdam, lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    "RAdam": partial(optim.RAdam, lr=0.1, weight_decay=0.1),
    "NGD": partial(optim.NGD, lr=0.1),
    "NGD with momentum": partial(optim.NGD, lr=0.1, momentum=0.9, weight_decay=0.1, maximize=True),
}


def trained(make, device, starts, ways, steps):
    """Parameters after steps against what they are multiplied with, the gradients clipped."""
    params = [ravine.tensor(x).to(device).requires_grad_() for x in starts]
    ways = [[ravine.tensor(w).to(device) for w in part] for part in ways]
    optimizer = make(params)
    for n in range(steps):
        optimizer.zero_grad()
        parts = [(p * p).sum() * 0.5 + (p * w).sum() for p, w in zip(params, ways[n])]
        loss = ravine.stack(parts).sum()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 100.0)
        optimizer.step()
    return arrays(params)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(rng, name):
    starts = [rng.standard_normal(s).astype(F32) for s in SHAPES]
    # RAdam's rate is rectified from its sixth step.
    steps = 8 if name == "RAdam" else 4
    ways = [[rng.standard_normal(s).astype(F32) for s in SHAPES] for _ in range(steps)]
    near, far = (trained(OPTIMIZERS[name], device, starts, ways, steps) for device in ("cpu", "gpu"))
    for got, want in zip(far, near):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_tensors_that_share_memory(rng):
    """Parameters that are parts of one buffer or lie otherwise, and a gradient for two."""
    x = rng.standard_normal((6, 6)).astype(F32)
    results = []
    for device in ("cpu", "gpu"):
        whole, other, g = (ravine.tensor(x).to(device) for _ in range(3))
        params = [whole[:2], whole[2:4, ::2], other.T]
        grads = [g[:2], g[0, 1].expand(2, 3), g.T[:, :6]]
        buffers = [ravine.zeros(p.shape).to(device) for p in params]
        for first in (True, False):
            ravine.sgd_(params, grads, buffers, lr=0.1, momentum=0.9, first=first)
        ravine.sgd_([whole[4:5], whole[5:]], [g[:1], g[:1]], [], lr=0.1)
        results.append(arrays([whole, other, g, *buffers]))
    for want, got in zip(*results):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


MADE_OF_OPS = {
    "ASGD": {"weight_decay": 0.1},
    "Adafactor": {},
    "LAMB": {"weight_decay": 0.1},
    "LARS": {"momentum": 0.9},
    "Muon": {},
    "Rprop": {},
    "SparseAdam": {},
}


@pytest.mark.parametrize("kind", MADE_OF_OPS)
def test_updates_that_are_made_of_ops(kind, rng):
    """Five steps as on the CPU, within float32's rounding, or bfloat16's where Muon computes in that."""
    start, *gradients = rng.standard_normal((6, 5, 7)).astype(F32)
    ends = []
    for device in ("cpu", "gpu"):
        param = nn.Parameter(ravine.tensor(start, device=device))
        optimizer = getattr(optim, kind)([param], lr=0.05, **MADE_OF_OPS[kind])
        for gradient in gradients:
            param.grad = ravine.tensor(gradient, device=device)
            optimizer.step()
        ends.append(param.detach().cpu().numpy())
    tolerance = 5 * 0.05 * 2**-7 if kind == "Muon" else 1e-5
    np.testing.assert_allclose(*ends, rtol=0, atol=tolerance)
