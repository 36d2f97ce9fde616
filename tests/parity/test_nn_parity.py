"""Every layer and loss against torch with equal weights: values, gradients, and second order."""

import math

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn
from ravine.nn import functional as F

DTYPES = {"float32": (rv.float32, torch.float32, 2e-5), "float64": (rv.float64, torch.float64, 1e-11)}

# Name: (how both libraries make the module, the input's shape).
LAYERS = {
    "Linear": (lambda nn: nn.Linear(5, 7), (4, 5)),
    "Linear without bias": (lambda nn: nn.Linear(5, 7, bias=False), (2, 3, 5)),
    "Linear on a vector": (lambda nn: nn.Linear(5, 7), (5,)),
    "Conv2d": (lambda nn: nn.Conv2d(3, 4, 3), (2, 3, 7, 6)),
    "Conv2d with options": (
        lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), groups=2),
        (2, 4, 8, 7),
    ),
    "Conv2d without bias": (lambda nn: nn.Conv2d(2, 3, 1, bias=False), (1, 2, 4, 4)),
    "Conv2d depthwise": (lambda nn: nn.Conv2d(4, 8, 3, groups=4, padding=1), (1, 4, 5, 5)),
    "Conv2d same": (lambda nn: nn.Conv2d(2, 3, (4, 3), padding="same", dilation=(1, 2)), (1, 2, 6, 7)),
    "Conv2d valid": (lambda nn: nn.Conv2d(2, 3, 2, padding="valid"), (1, 2, 4, 4)),
    "Conv2d without batch": (lambda nn: nn.Conv2d(2, 3, 3, padding=1), (2, 5, 4)),
    "LayerNorm": (lambda nn: nn.LayerNorm(6), (4, 6)),
    "LayerNorm of two": (lambda nn: nn.LayerNorm((3, 6), eps=1e-3), (4, 3, 6)),
    "LayerNorm plain": (lambda nn: nn.LayerNorm(6, elementwise_affine=False), (2, 4, 6)),
    "LayerNorm without bias": (lambda nn: nn.LayerNorm(6, bias=False), (4, 6)),
    "ReLU": (lambda nn: nn.ReLU(), (4, 5)),
    "GELU": (lambda nn: nn.GELU(), (4, 5)),
    "GELU tanh": (lambda nn: nn.GELU(approximate="tanh"), (4, 5)),
    "Sigmoid": (lambda nn: nn.Sigmoid(), (4, 5)),
    "Tanh": (lambda nn: nn.Tanh(), (4, 5)),
    "Softmax": (lambda nn: nn.Softmax(dim=-1), (4, 5)),
    "Softmax of dim 0": (lambda nn: nn.Softmax(dim=0), (4, 5, 2)),
    "LogSoftmax": (lambda nn: nn.LogSoftmax(dim=1), (4, 5, 2)),
    "Identity": (lambda nn: nn.Identity(), (3, 2)),
    "Flatten": (lambda nn: nn.Flatten(), (2, 3, 4)),
    "Flatten some": (lambda nn: nn.Flatten(0, 1), (2, 3, 4)),
    "Dropout at rest": (lambda nn: nn.Dropout(0.5).eval(), (3, 2)),
    "Sequential": (
        lambda nn: nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(64, 8),
            nn.LayerNorm(8),
            nn.Tanh(),
            nn.Linear(8, 3),
        ),
        (2, 1, 6, 6),
    ),
}


def pair(make, dtypes, rng):
    """The module in both libraries with the same weights, which are not their starting values."""
    mine, theirs = make(nn).to(dtypes[0]), make(torch.nn).to(dtypes[1])
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    weights = {key: rng.normal(size=tuple(value.shape)) for key, value in theirs.state_dict().items()}
    mine.load_state_dict({key: rv.tensor(value, dtype=dtypes[0]) for key, value in weights.items()})
    theirs.load_state_dict({key: torch.tensor(value, dtype=dtypes[1]) for key, value in weights.items()})
    return mine, theirs


def array(tensor):
    # torch has gradients of zeros without memory, which must be forced.
    force = {"force": True} if isinstance(tensor, torch.Tensor) else {}
    return np.asarray(tensor.detach().numpy(**force), dtype=np.float64)


def close(mine, theirs, tolerance, what):
    assert tuple(mine.shape) == tuple(theirs.shape), what
    scale = max(1.0, float(theirs.detach().abs().max())) if theirs.numel() else 1.0
    np.testing.assert_allclose(array(mine), array(theirs), rtol=0, atol=tolerance * scale, err_msg=what)


def orders(lib, f, leaves, directions):
    """The value of f, its gradients along directions[0], and the gradients of those along the rest."""
    value = f()
    first = lib.autograd.grad((value * directions[0]).sum(), leaves, create_graph=True)
    along = sum((g * d).sum() for g, d in zip(first, directions[1:]) if g.requires_grad)
    if isinstance(along, int):
        return value, first, []
    second = lib.autograd.grad(along, [*leaves, directions[0]], allow_unused=True)
    zero = [lib.zeros_like(leaf) if s is None else s for s, leaf in zip(second, [*leaves, directions[0]])]
    return value, first, zero


def compare(f_mine, f_theirs, leaves_mine, leaves_theirs, dtypes, rng):
    size = tuple(f_theirs().shape)
    numbers = [rng.normal(size=size), *(rng.normal(size=tuple(leaf.shape)) for leaf in leaves_theirs)]
    mine = [rv.tensor(n, dtype=dtypes[0]) for n in numbers]
    theirs = [torch.tensor(n, dtype=dtypes[1]) for n in numbers]
    mine[0].requires_grad_(True)
    theirs[0].requires_grad_(True)
    got = orders(rv, f_mine, leaves_mine, mine)
    want = orders(torch, f_theirs, leaves_theirs, theirs)
    tolerance = dtypes[2]
    close(got[0], want[0], tolerance, "value")
    for number, (a, b) in enumerate(zip(got[1], want[1])):
        close(a, b, 4 * tolerance, f"gradient {number}")
    assert bool(got[2]) == bool(want[2])
    for number, (a, b) in enumerate(zip(got[2], want[2])):
        close(a, b, 20 * tolerance, f"second order {number}")


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch, of an even kernel
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype, rng):
    make, shape = LAYERS[name]
    dtypes = DTYPES[dtype]
    mine, theirs = pair(make, dtypes, rng)
    x = rng.normal(size=shape)
    x_mine = rv.tensor(x, dtype=dtypes[0], requires_grad=True)
    x_theirs = torch.tensor(x, dtype=dtypes[1], requires_grad=True)
    compare(
        lambda: mine(x_mine),
        lambda: theirs(x_theirs),
        [x_mine, *mine.parameters()],
        [x_theirs, *theirs.parameters()],
        dtypes,
        rng,
    )


LOSSES = [
    pytest.param(options, shape, id=f"{' '.join(f'{k}={v}' for k, v in options.items()) or 'plain'} {shape}")
    for options in [
        {},
        {"reduction": "sum"},
        {"reduction": "none"},
        {"label_smoothing": 0.1},
        {"ignore_index": 2},
        {"weight": True},
        {"weight": True, "ignore_index": 0, "label_smoothing": 0.2},
        {"weight": True, "reduction": "none"},
    ]
    for shape in [(6, 5), (5,), (3, 5, 4)]
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("options", "shape"), LOSSES)
def test_cross_entropy(options, shape, dtype, rng):
    dtypes = DTYPES[dtype]
    x = rng.normal(size=shape) * 3
    target = rng.integers(0, 5, size=shape[:1] + shape[2:] if len(shape) > 1 else ())
    if target.ndim:
        target.flat[0] = options.get("ignore_index", 3)
    if target.ndim == 0 and options.get("ignore_index") == int(target):
        target = (target + 1) % 5
    options_mine, options_theirs = dict(options), dict(options)
    if "weight" in options:
        weight = rng.uniform(0.5, 2, size=5)
        options_mine["weight"] = rv.tensor(weight, dtype=dtypes[0])
        options_theirs["weight"] = torch.tensor(weight, dtype=dtypes[1])
    x_mine = rv.tensor(x, dtype=dtypes[0], requires_grad=True)
    x_theirs = torch.tensor(x, dtype=dtypes[1], requires_grad=True)
    t_mine, t_theirs = rv.tensor(target), torch.tensor(target)
    mine, theirs = nn.CrossEntropyLoss(**options_mine), torch.nn.CrossEntropyLoss(**options_theirs)
    compare(
        lambda: mine(x_mine, t_mine), lambda: theirs(x_theirs, t_theirs), [x_mine], [x_theirs], dtypes, rng
    )


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"reduction": "none"}])
def test_cross_entropy_of_probabilities(options, rng):
    dtypes = DTYPES["float64"]
    x = rng.normal(size=(4, 5))
    p = rng.dirichlet(np.ones(5), size=4)
    x_mine, x_theirs = rv.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    p_mine, p_theirs = rv.tensor(p), torch.tensor(p)
    compare(
        lambda: F.cross_entropy(x_mine, p_mine, **options),
        lambda: torch.nn.functional.cross_entropy(x_theirs, p_theirs, **options),
        [x_mine],
        [x_theirs],
        dtypes,
        rng,
    )


def test_softmax_functions(rng):
    for shape in [(4,), (3, 4), (2, 3, 4)]:
        x = rng.normal(size=shape).astype(np.float32)
        with pytest.warns(UserWarning, match="Implicit dimension"):
            want = torch.nn.functional.softmax(torch.tensor(x))
        close(F.softmax(rv.tensor(x)), want, 1e-6, "implicit dim")
        got = F.log_softmax(rv.tensor(x), dim=-1, dtype=rv.float64)
        assert got.dtype == rv.float64
        close(
            got, torch.nn.functional.log_softmax(torch.tensor(x), dim=-1, dtype=torch.float64), 1e-12, "dtype"
        )


def test_one_hot_and_pad(rng):
    index = rng.integers(0, 4, size=(3, 2))
    for classes in (-1, 6):
        mine = F.one_hot(rv.tensor(index), classes)
        assert mine.dtype == rv.int64
        assert mine.tolist() == torch.nn.functional.one_hot(torch.tensor(index), classes).tolist()
    x = rng.normal(size=(2, 3))
    want = torch.nn.functional.pad(torch.tensor(x), (1, 2, 0, 1), value=7.0)
    assert F.pad(rv.tensor(x), (1, 2, 0, 1), value=7.0).tolist() == want.tolist()


@pytest.mark.parametrize("shape", [(5,), (7, 5)])
def test_functional_linear(shape, rng):
    x, w = rng.normal(size=(3, 5)), rng.normal(size=shape)
    got = F.linear(rv.tensor(x), rv.tensor(w))
    close(got, torch.nn.functional.linear(torch.tensor(x), torch.tensor(w)), 1e-12, "linear")


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1000.0])
def test_clip_grad_norm(norm_type, max_norm, rng):
    grads = [rng.normal(size=shape) for shape in [(3,), (2, 4), ()]]
    mine = [nn.Parameter(rv.tensor(np.zeros_like(g))) for g in grads]
    theirs = [torch.nn.Parameter(torch.tensor(np.zeros_like(g))) for g in grads]
    for p, q, g in zip(mine, theirs, grads):
        p.grad, q.grad = rv.tensor(g), torch.tensor(g)
    got = nn.utils.clip_grad_norm_(mine, max_norm, norm_type)
    want = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    close(got, want, 1e-12, "norm")
    for p, q in zip(mine, theirs):
        close(p.grad, q.grad, 1e-12, "gradient")


@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains(name):
    assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    if name == "leaky_relu":
        assert nn.init.calculate_gain(name, 0.3) == torch.nn.init.calculate_gain(name, 0.3)


def test_load_errors_read_as_in_torch():
    def message(nn, zeros):
        net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        state = {"0.weight": zeros(3, 3), "0.bias": zeros(3), "1.gain": zeros(1), "extra": zeros(1)}
        with pytest.raises(RuntimeError) as caught:
            net.load_state_dict(state)
        return str(caught.value)

    want = message(torch.nn, torch.zeros).replace("torch.Size(", "").replace("])", "]")
    assert message(nn, rv.zeros) == want
