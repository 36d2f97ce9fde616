"""Optimizers against torch: 100 steps with equal starts, and equal gradients or equal losses."""

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn, optim

# Gradients are set by hand here, and left out on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::ravine.NoGradientWarning")

DTYPES = {"float32": (rv.float32, torch.float32, 2e-6), "float64": (rv.float64, torch.float64, 1e-12)}
STEPS = 100

SGD = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.5},
    {"momentum": 0.9, "nesterov": True},
    {"weight_decay": 0.1},
    {"momentum": 0.8, "weight_decay": 0.01, "maximize": True},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.05},
    {"maximize": True},
]
ADAM = [
    {},
    {"betas": (0.5, 0.9), "eps": 1e-3},
    {"weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"maximize": True},
    {"betas": (0.0, 0.0)},
]
ADAMW = [
    {},
    {"weight_decay": 0.2, "betas": (0.8, 0.95), "eps": 1e-4},
    {"maximize": True, "weight_decay": 0.0},
]
AMSGRAD = [{"amsgrad": True}, {"amsgrad": True, "weight_decay": 0.1, "maximize": True, "betas": (0.3, 0.8)}]
RMSPROP = [
    {},
    {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
    {"momentum": 0.9},
    {"centered": True, "alpha": 0.4},
    {"centered": True, "momentum": 0.5, "maximize": True},
]
ADAGRAD = [
    {},
    {"lr_decay": 0.1, "weight_decay": 0.1},
    {"initial_accumulator_value": 0.5, "eps": 1e-2, "maximize": True},
]
ADADELTA = [{}, {"rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}, {"maximize": True}]
ADAMAX = [{}, {"betas": (0.4, 0.9), "eps": 1e-3, "weight_decay": 0.1}, {"maximize": True}]
NADAM = [
    {},
    {"betas": (0.4, 0.9), "momentum_decay": 0.1, "weight_decay": 0.1},
    {"decoupled_weight_decay": True, "weight_decay": 0.1, "maximize": True},
]
RADAM = [
    {},
    {"betas": (0.4, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    {"decoupled_weight_decay": True, "weight_decay": 0.1, "maximize": True},
]
ASGD = [{}, {"lambd": 0.1, "alpha": 0.5, "t0": 5, "weight_decay": 0.1}, {"maximize": True, "t0": 0}]
RPROP = [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.1)}, {"maximize": True}]
ADAFACTOR = [
    {},
    {"beta2_decay": -0.5, "eps": (1e-3, 1e-2), "d": 2.0, "weight_decay": 0.1},
    {"maximize": True},
]
CASES = [
    pytest.param(kind, {"lr": lr, **options}, id=f"{kind} {options}")
    for kind, lr, variants in [
        ("SGD", 0.05, SGD),
        ("Adam", 0.02, ADAM),
        ("AdamW", 0.02, ADAMW + AMSGRAD),
        ("Adam", 0.02, AMSGRAD),
        ("RMSprop", 0.01, RMSPROP),
        ("Adagrad", 0.05, ADAGRAD),
        ("Adadelta", 1.0, ADADELTA),
        ("Adamax", 0.02, ADAMAX),
        ("NAdam", 0.02, NADAM),
        ("RAdam", 0.02, RADAM),
        ("ASGD", 0.05, ASGD),
        ("Rprop", 0.02, RPROP),
        ("Adafactor", 0.05, ADAFACTOR),
    ]
    for options in variants
]
SHAPES = [(5, 3), (7,), (), (2, 3, 2)]


def both(dtypes, rng):
    starts = [rng.normal(size=shape) for shape in SHAPES]
    mine = [nn.Parameter(rv.tensor(s, dtype=dtypes[0])) for s in starts]
    theirs = [torch.nn.Parameter(torch.tensor(s, dtype=dtypes[1])) for s in starts]
    return mine, theirs


def close(mine, theirs, tolerance, what=""):
    for number, (p, q) in enumerate(zip(mine, theirs)):
        a = np.asarray(p.detach().numpy(), dtype=np.float64)
        b = q.detach().to(torch.float64).numpy()
        scale = max(1.0, np.abs(b).max())
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale, err_msg=f"{what} {number}")


def set_grads(mine, theirs, dtypes, rng, skip=()):
    for number, (p, q) in enumerate(zip(mine, theirs)):
        if number in skip:
            p.grad = q.grad = None
            continue
        g = rng.normal(size=tuple(q.shape))
        p.grad, q.grad = rv.tensor(g, dtype=dtypes[0]), torch.tensor(g, dtype=dtypes[1])


@pytest.fixture(autouse=True)
def counts_in_float64():
    """torch keeps scalars of the state in float32 unless float64 is the default."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("kind", "options"), CASES)
def test_hundred_steps(kind, options, dtype, rng):
    """Some gradients are missing at first, the learning rate changes on the way, and the state is kept."""
    dtypes = DTYPES[dtype]
    mine, theirs = both(dtypes, rng)
    a, b = getattr(optim, kind)(mine, **options), getattr(torch.optim, kind)(theirs, **options)
    for step in range(STEPS):
        set_grads(mine, theirs, dtypes, rng, skip=(1,) if step < 5 or step == 50 else ())
        a.param_groups[0]["lr"] = b.param_groups[0]["lr"] = options["lr"] * 0.99**step
        a.step()
        b.step()
    close(mine, theirs, dtypes[2], "parameter")
    for p, q in zip(mine, theirs):
        assert set(a.state[p]) == {key for key, value in b.state[q].items() if value is not None}
        for key, value in b.state[q].items():
            if key in ("step", "mu_product", "eta", "mu"):
                assert a.state[p][key] == pytest.approx(
                    value.item(), rel=1e-12 if dtype == "float64" else 1e-5
                )
            elif value is not None:
                close([a.state[p][key]], [value], dtypes[2], key)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_groups(kind, rng):
    dtypes = DTYPES["float64"]
    mine, theirs = both(dtypes, rng)

    def groups(params):
        return [{"params": params[:2], "lr": 0.1}, {"params": params[2:], "weight_decay": 0.2}]

    a = getattr(optim, kind)(groups(mine), lr=0.01)
    b = getattr(torch.optim, kind)(groups(theirs), lr=0.01)
    for _ in range(STEPS):
        set_grads(mine, theirs, dtypes, rng)
        a.step()
        b.step()
    close(mine, theirs, 1e-12)


@pytest.mark.parametrize("options", [{"lr": 0.1, "momentum": 0.9}, {"lr": 0.05}], ids=["SGD", "Adam"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_training_a_network(options, dtype, rng):
    """A whole loop, loss and all: the same weights after 100 steps as far as rounding allows."""
    kind = "SGD" if "momentum" in options else "Adam"
    dtypes = DTYPES[dtype]

    def build(nn):
        return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.LayerNorm(16), nn.Linear(16, 3))

    mine, theirs = build(nn).to(dtypes[0]), build(torch.nn).to(dtypes[1])
    start = {key: rng.normal(size=tuple(value.shape)) * 0.3 for key, value in theirs.state_dict().items()}
    mine.load_state_dict({key: rv.tensor(value, dtype=dtypes[0]) for key, value in start.items()})
    theirs.load_state_dict({key: torch.tensor(value, dtype=dtypes[1]) for key, value in start.items()})
    a, b = (
        getattr(optim, kind)(mine.parameters(), **options),
        getattr(torch.optim, kind)(theirs.parameters(), **options),
    )
    loss_mine, loss_theirs = nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss()
    losses = []
    for _ in range(STEPS):
        x, y = rng.normal(size=(8, 6)), rng.integers(0, 3, size=8)
        a.zero_grad()
        one = loss_mine(mine(rv.tensor(x, dtype=dtypes[0])), rv.tensor(y))
        one.backward()
        a.step()
        b.zero_grad()
        two = loss_theirs(theirs(torch.tensor(x, dtype=dtypes[1])), torch.tensor(y))
        two.backward()
        b.step()
        losses.append((one.item(), two.item()))
    # Rounding differences grow from step to step, in float32 visibly.
    tolerance = 2e-3 if dtype == "float32" else 1e-10
    got, want = zip(*losses)
    np.testing.assert_allclose(got, want, atol=tolerance)
    close(mine.parameters(), theirs.parameters(), 5 * tolerance)


@pytest.mark.parametrize("kind", sorted({str(case.values[0]) for case in CASES}))
def test_a_torch_state_dict_can_be_continued(kind, rng):
    dtypes = DTYPES["float64"]
    mine, theirs = both(dtypes, rng)
    options = {"lr": 0.1, "momentum": 0.9} if kind == "SGD" else {"lr": 0.1}
    b = getattr(torch.optim, kind)(theirs, **options)
    for _ in range(3):
        set_grads(mine, theirs, dtypes, rng)
        b.step()

    def convert(value):
        if isinstance(value, torch.Tensor):
            return rv.tensor(value.numpy())
        if isinstance(value, dict):
            return {key: convert(item) for key, item in value.items()}
        return value

    state = b.state_dict()
    a = getattr(optim, kind)(mine, **options)
    a.load_state_dict({"state": convert(state["state"]), "param_groups": state["param_groups"]})
    for p, q in zip(mine, theirs):
        with rv.no_grad():
            p.copy_(rv.tensor(q.detach().numpy()))
    for _ in range(5):
        set_grads(mine, theirs, dtypes, rng)
        a.step()
        b.step()
    close(mine, theirs, 1e-12)
    assert a.state_dict()["param_groups"][0]["params"] == state["param_groups"][0]["params"]
