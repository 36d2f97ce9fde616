"""Optimizers that look at values, take sparse gradients or compute in bfloat16; hooks; averaged weights."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportCallIssue=false
# pyright: reportUnusedExpression=false

import copy
import math
import pickle
import warnings
from importlib import import_module

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import optim

LIBRARIES = [rv, torch]
pytestmark = pytest.mark.filterwarnings("ignore::ravine.NoGradientWarning")


@pytest.fixture(autouse=True)
def counts_in_float64():
    """torch keeps scalars of the state in float32 unless float64 is the default."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def array(tensor):
    return tensor.detach().numpy()


def parameters(lib, rng, *shapes):
    return [lib.nn.Parameter(lib.tensor(rng.standard_normal(s), dtype=lib.float64)) for s in shapes]


def rosenbrock(lib, x, y):
    return ((1 - x) ** 2).sum() + (100 * (y - x * x) ** 2).sum()


def logistic(lib, x, y):
    features = lib.tensor(np.cos(np.arange(24.0)).reshape(8, 3), dtype=lib.float64)
    labels = lib.tensor((np.arange(8) % 3 == 0) * 1.0, dtype=lib.float64)
    logits = features @ x[:3] + y.sum()
    return lib.nn.functional.binary_cross_entropy_with_logits(logits, labels) + 0.01 * (x * x).sum()


LBFGS = [
    (rosenbrock, {"line_search_fn": "strong_wolfe"}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7}),
    (rosenbrock, {"line_search_fn": "strong_wolfe", "lr": 10.0, "max_eval": 12}),
    (rosenbrock, {"lr": 1e-3, "max_iter": 5}),
    (logistic, {}),
    (logistic, {"lr": 0.3, "history_size": 3, "max_iter": 4}),
    (logistic, {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-3}),
    (logistic, {"tolerance_change": 1e-3, "max_iter": 50}),
    (logistic, {"line_search_fn": "strong_wolfe", "max_iter": 1}),
]


@pytest.mark.parametrize(("loss", "options"), LBFGS, ids=[f"{f.__name__} {o}" for f, o in LBFGS])
def test_lbfgs(loss, options):
    found = []
    for lib in LIBRARIES:
        params = parameters(lib, np.random.default_rng(0), (4,), (4,))
        optimizer = lib.optim.LBFGS(params, **options)
        calls = [0]

        def closure(lib=lib, params=params, optimizer=optimizer, calls=calls):
            calls[0] += 1
            optimizer.zero_grad()
            value = loss(lib, *params)
            value.backward()
            return value

        losses = [optimizer.step(closure).item() for _ in range(6)]
        state = optimizer.state[params[0]]
        found.append((losses, calls[0], state["n_iter"], state["func_evals"], [array(p) for p in params]))
    mine, theirs = found
    assert mine[1:4] == theirs[1:4]
    np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-5, atol=1e-9)
    for a, b in zip(mine[4], theirs[4], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_lbfgs_goes_on_from_a_state(rng):
    params = parameters(rv, rng, (4,), (4,))

    def start(params):
        optimizer = optim.LBFGS(params, line_search_fn="strong_wolfe", max_iter=3)

        def closure():
            optimizer.zero_grad()
            value = rosenbrock(rv, *params)
            value.backward()
            return value

        return optimizer, closure

    first, closure = start(params)
    for _ in range(3):
        first.step(closure)
    copies = [rv.nn.Parameter(p.detach().clone()) for p in params]
    second, closure_of_second = start(copies)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for _ in range(3):
        assert first.step(closure).item() == second.step(closure_of_second).item()
    with pytest.raises(TypeError, match="closure"):
        first.step()
    with pytest.raises(ValueError, match="groups"):
        optim.LBFGS([{"params": params[:1]}, {"params": params[1:]}])
    with pytest.raises(ValueError, match="strong_wolfe"):
        optim.LBFGS(params, line_search_fn="armijo")


def test_lbfgs_passes_over_parameters_without_a_gradient(rng):
    used, spare = parameters(rv, rng, (3,), (2,))
    optimizer = optim.LBFGS([used, spare])
    kept = spare.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step(lambda: (optimizer.zero_grad(), loss := (used**2).sum(), loss.backward())[1])
    assert spare.tolist() == kept
    assert abs(used).max().item() < 1e-6


MUON = [
    {},
    {"momentum": 0.5, "nesterov": False, "weight_decay": 0.0},
    {"adjust_lr_fn": "match_rms_adamw", "ns_steps": 3, "eps": 1e-3},
    {"ns_coefficients": (2.0, -1.5, 0.5), "adjust_lr_fn": "original"},
]


@pytest.mark.parametrize("options", MUON, ids=str)
def test_muon(options):
    found = []
    for lib in LIBRARIES:
        rng = np.random.default_rng(0)
        params = parameters(lib, rng, (5, 3), (3, 5), (4, 4))
        optimizer = lib.optim.Muon(params, lr=0.05, **options)
        for _ in range(20):
            for p in params:
                p.grad = lib.tensor(rng.standard_normal(tuple(p.shape)))
                p.grad = p.grad.to(lib.float64)
            optimizer.step()
        found.append([*map(array, params), *(array(optimizer.state[p]["momentum_buffer"]) for p in params)])
    for a, b in zip(*found, strict=True):
        # The iteration is in bfloat16, in other orders of its sums.
        np.testing.assert_allclose(a, b, atol=20 * 0.05 * 2**-7)


def test_muon_takes_matrices_only():
    for lib in LIBRARIES:
        with pytest.raises((ValueError, rv.errors.ShapeError), match="only supports 2D"):
            lib.optim.Muon([lib.nn.Parameter(lib.ones(3))])


@pytest.mark.parametrize("options", [{}, {"betas": (0.5, 0.9), "eps": 1e-3, "maximize": True}], ids=str)
def test_sparse_adam(options, rng):
    table = rng.standard_normal((7, 3))
    theirs = torch.nn.Embedding(7, 3, sparse=True)
    theirs.weight.data = torch.tensor(table)
    mine = rv.nn.Parameter(rv.tensor(table))
    a, b = (
        optim.SparseAdam([mine], lr=0.1, **options),
        torch.optim.SparseAdam(theirs.parameters(), lr=0.1, **options),
    )
    for step in range(20):
        index = rng.integers(0, 7, 3)
        factor = rng.standard_normal((3, 3))
        a.zero_grad(), b.zero_grad()
        ((mine[rv.tensor(index)] * rv.tensor(factor)) ** 2).sum().backward()
        ((theirs(torch.tensor(index)) * torch.tensor(factor)) ** 2).sum().backward()
        a.step(), b.step()
        np.testing.assert_allclose(array(mine), array(theirs.weight), rtol=1e-9, err_msg=str(step))
    for name in ("exp_avg", "exp_avg_sq"):
        np.testing.assert_allclose(array(a.state[mine][name]), array(b.state[theirs.weight][name]), rtol=1e-9)


def lars(p, g, buf, o):
    g = -g if o.get("maximize") else g
    decay = o.get("weight_decay", 0)
    size, slope = np.linalg.norm(p), np.linalg.norm(g)
    ratio = 1.0
    if size > 0 and slope > 0:
        ratio = o.get("trust_coefficient", 0.001) * size / (slope + decay * size + 1e-8)
    way = ratio * (g + decay * p)
    if momentum := o.get("momentum", 0):
        buf = way if buf is None else momentum * buf + (1 - o.get("dampening", 0)) * way
        way = way + momentum * buf if o.get("nesterov") else buf
    return p - 0.5 * way, buf


LARS = [
    {},
    {"momentum": 0.9, "weight_decay": 0.1},
    {"momentum": 0.9, "dampening": 0.5, "trust_coefficient": 0.1},
    {"momentum": 0.9, "nesterov": True, "maximize": True},
]


@pytest.mark.parametrize("options", LARS, ids=str)
def test_lars(options, rng):
    values = [rng.standard_normal((3, 4)), rng.standard_normal(5), np.zeros(2)]
    params = [rv.nn.Parameter(rv.tensor(v)) for v in values]
    optimizer = optim.LARS(params, lr=0.5, **options)
    buffers = [None] * 3
    for step in range(20):
        for i, p in enumerate(params):
            g = rng.standard_normal(values[i].shape) if step or i != 1 else np.zeros(5)
            p.grad = rv.tensor(g)
            values[i], buffers[i] = lars(values[i], g, buffers[i], options)
        optimizer.step()
    for p, v in zip(params, values, strict=True):
        np.testing.assert_allclose(array(p), v, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"weight_decay": 0.1, "betas": (0.5, 0.9)}, {"maximize": True}], ids=str
)
def test_lamb(options, rng):
    values = [rng.standard_normal((3, 4)), rng.standard_normal(5), np.zeros(2)]
    params = [rv.nn.Parameter(rv.tensor(v)) for v in values]
    optimizer = optim.LAMB(params, lr=0.1, **options)
    (b1, b2), decay = options.get("betas", (0.9, 0.999)), options.get("weight_decay", 0)
    moments = [(0.0, 0.0)] * 3
    for step in range(1, 21):
        for i, p in enumerate(params):
            g = rng.standard_normal(values[i].shape)
            p.grad = rv.tensor(g)
            g = -g if options.get("maximize") else g
            m, v = moments[i]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            moments[i] = (m, v)
            way = m / (1 - b1**step) / (np.sqrt(v / (1 - b2**step)) + 1e-6) + decay * values[i]
            size, length = np.linalg.norm(values[i]), np.linalg.norm(way)
            values[i] = values[i] - 0.1 * (size / length if size > 0 and length > 0 else 1.0) * way
        optimizer.step()
    for p, v in zip(params, values, strict=True):
        np.testing.assert_allclose(array(p), v, rtol=1e-9, atol=1e-12)


MADE_OF_OPS = {
    "ASGD": {},
    "Rprop": {},
    "Adafactor": {},
    "Muon": {},
    "LARS": {"momentum": 0.9},
    "LAMB": {},
    "SparseAdam": {},
}


@pytest.mark.parametrize("kind", MADE_OF_OPS)
def test_half_precision_is_rounded_once_a_step(kind, rng):
    """In float16 and bfloat16 a step is that in float64 of the same numbers, rounded."""
    for name in ("float16", "bfloat16"):
        dtype = getattr(rv, name)
        half = rv.nn.Parameter(rv.tensor(rng.standard_normal((3, 4)), dtype=dtype))
        wide = rv.nn.Parameter(half.detach().double())
        half.grad = rv.tensor(rng.standard_normal((3, 4)), dtype=dtype)
        wide.grad = half.grad.double()
        kinds = [getattr(optim, kind)([p], lr=0.1, **MADE_OF_OPS[kind]) for p in (half, wide)]
        for optimizer in kinds:
            optimizer.step()
        assert half.dtype == dtype
        if kind == "Muon":
            continue
        expected = wide.detach().to(dtype).double()
        unit = 2**-10 if name == "float16" else 2**-7
        allowed = 1.01 * unit * np.abs(array(expected)) + (1e-3 if kind == "Adafactor" else 1e-7)
        assert (np.abs(array(half.double()) - array(expected)) <= allowed).all()


def test_steps_do_not_look_at_values(rng):
    for kind, options in MADE_OF_OPS.items():
        p = rv.nn.Parameter(rv.ones(3, 4, device="meta"))
        p.grad = rv.ones(3, 4, device="meta")
        optimizer = getattr(optim, kind)([p], lr=0.1, **options)
        optimizer.step()
        optimizer.step()
        assert p.is_meta, kind


def test_a_failed_step_has_not_happened(rng):
    class Broken(optim.ASGD):
        def _update(self, group, params):
            super()._update(group, params)
            raise KeyError("late")

    p = rv.nn.Parameter(rv.ones(3))
    p.grad = rv.ones(3)
    optimizer = Broken([p], lr=0.1)
    with pytest.raises(KeyError):
        optimizer.step()
    assert p.tolist() == [1, 1, 1]
    assert optimizer.state[p] == {}


def hooks(lib):
    """What hooks see, in order."""
    seen = []
    p = lib.nn.Parameter(lib.ones(2))
    optimizer = lib.optim.SGD([p], lr=0.1)

    class Own(lib.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            seen.append("own step")

    own = Own([p], 0.1)
    for o in (optimizer, own):
        o.register_step_pre_hook(lambda o, a, k: seen.append(("pre", type(o).__name__, len(a), sorted(k))))
        o.register_step_post_hook(lambda o, a, k: seen.append(("post", a[0] is o, sorted(k))))
    handle = optimizer.register_step_pre_hook(lambda o, a, k: (a, {"closure": lambda: 7}))
    p.grad = lib.ones(2)
    seen.append(optimizer.step())
    handle.remove()
    optimizer.step()
    own.step()
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("save"))
    optimizer.register_state_dict_post_hook(lambda o, s: {**s, "extra": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, s: {k: v for k, v in s.items() if k != "extra"})
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    state = optimizer.state_dict()
    seen.append(sorted(state))
    optimizer.load_state_dict(state)
    copy.deepcopy(optimizer).step()
    register = import_module(f"{lib.__name__}.optim.optimizer").register_optimizer_step_post_hook
    with register(lambda o, a, k: seen.append(type(o).__name__)):
        own.step()
    optimizer.register_step_pre_hook(lambda o, a, k: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimizer.step()
    return seen


def test_hooks():
    assert hooks(rv) == hooks(torch)


def test_optimizers_of_ones_own_step_before_schedules():
    class Own(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.1})

        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["step"] = state.get("step", 0) + 1
                    p.data.sub_(group["lr"] * p.grad)

    p = rv.nn.Parameter(rv.ones(2))
    optimizer = Own([p])
    schedule = optim.lr_scheduler.StepLR(optimizer, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p.grad = rv.ones(2)
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(p.tolist(), [0.9, 0.9], rtol=1e-6)
    assert pickle.loads(pickle.dumps(optimizer.state_dict()))["state"][0]["step"] == 1


@pytest.mark.parametrize(
    "options", [{}, {"anneal_epochs": 4, "anneal_strategy": "linear"}, {"anneal_epochs": 0}], ids=str
)
def test_swa_schedule(options):
    found = []
    for lib in LIBRARIES:
        groups = [{"params": [lib.ones(1)], "lr": 0.3}, {"params": [lib.ones(1)]}]
        optimizer = lib.optim.SGD(groups, lr=1.0)
        other = lib.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        schedule = lib.optim.swa_utils.SWALR(optimizer, swa_lr=[0.05, 0.1], **options)
        rates = []
        for step in range(15):
            optimizer.step()
            (other if step < 3 else schedule).step()
            rates.append([g["lr"] for g in optimizer.param_groups])
        for wrong in ({"anneal_strategy": "cubic"}, {"anneal_epochs": -1}, {"swa_lr": [1.0]}):
            with pytest.raises(ValueError, match=r"anneal|swa_lr"):
                lib.optim.swa_utils.SWALR(optimizer, **{"swa_lr": 0.1, **wrong})
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_statistics_of_averaged_models(rng):
    batches = [rng.standard_normal((4, 3, 5)) for _ in range(3)]
    found = []
    for lib in LIBRARIES:
        model = lib.nn.Sequential(
            lib.nn.BatchNorm1d(3, momentum=0.3), lib.nn.Tanh(), lib.nn.BatchNorm1d(3)
        ).double()
        average = lib.optim.swa_utils.AveragedModel(model).eval()
        loader = [lib.tensor(b) for b in batches]
        lib.optim.swa_utils.update_bn(loader, average)
        lib.optim.swa_utils.update_bn([(b, "label") for b in loader], model, device="cpu")
        lib.optim.swa_utils.update_bn(loader, lib.nn.Tanh())
        assert not average.training
        assert model[0].momentum == 0.3
        found.append([array(b) for m in (average, model) for b in m.buffers()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_schedules_tell_their_rates(capsys):
    optimizer = optim.SGD([rv.ones(1)], lr=0.5)
    schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.1, verbose=True)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, verbose=True)
    optimizer.step()
    schedule.step()
    for loss in (1.0, 2.0):
        plateau.step(loss)
    assert capsys.readouterr().out.splitlines() == [
        "Adjusting learning rate of group 0 to 5.0000e-01.",
        "Adjusting learning rate of group 0 to 5.0000e-02.",
        "Epoch 2: reducing learning rate of group 0 to 5.0000e-03.",
    ]
    assert issubclass(optim.lr_scheduler.CosineAnnealingLR, optim.lr_scheduler._LRScheduler)
    for kind, arguments in {
        "CosineAnnealingLR": (4,),
        "LambdaLR": (math.cos,),
        "OneCycleLR": (1.0, 5),
    }.items():
        getattr(optim.lr_scheduler, kind)(optimizer, *arguments, verbose=True)
    assert len(capsys.readouterr().out.splitlines()) == 3
