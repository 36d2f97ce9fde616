"""Optimizers: groups, validation, state, saving, closures. Numbers against torch: tests/parity."""

# Wrong arguments are passed on purpose, and what may be None is known not to be.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false
# pyright: reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false, reportUnusedExpression=false

import copy

import numpy as np
import pytest

import ravine as rv
from ravine import nn, optim

# Gradients are set by hand here, and left out on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::ravine.NoGradientWarning")

KINDS = {
    "sgd": lambda params, **kw: optim.SGD(params, lr=0.1, **kw),
    "momentum": lambda params, **kw: optim.SGD(params, lr=0.1, momentum=0.9, **kw),
    "adam": lambda params, **kw: optim.Adam(params, lr=0.1, **kw),
    "adamw": lambda params, **kw: optim.AdamW(params, lr=0.1, **{"weight_decay": 0.0, **kw}),
}
# Their steps are of other lengths.
ALL = KINDS | {
    "amsgrad": lambda params, **kw: optim.Adam(params, lr=0.1, amsgrad=True, **kw),
    "rmsprop": lambda params, **kw: optim.RMSprop(params, lr=0.1, momentum=0.5, centered=True, **kw),
    "nadam": lambda params, **kw: optim.NAdam(params, lr=0.1, **kw),
    "radam": lambda params, **kw: optim.RAdam(params, lr=0.1, **kw),
    "adamax": lambda params, **kw: optim.Adamax(params, lr=0.1, **kw),
    "adagrad": lambda params, **kw: optim.Adagrad(params, lr=0.1, **kw),
    "adadelta": lambda params, **kw: optim.Adadelta(params, lr=0.1, **kw),
    "lion": lambda params, **kw: optim.Lion(params, lr=0.1, **kw),
    "ema": lambda params, **kw: optim.SGD(params, lr=0.1, momentum=0.9, convention="ema", **kw),
}


def leaf(*values):
    return nn.Parameter(rv.tensor(list(values)))


def set_grad(param, *values):
    param.grad = rv.tensor(list(values))


# ---- formulas on numbers that can be checked by hand


def test_sgd_by_hand():
    p = leaf(1.0)
    optimizer = optim.SGD([p], lr=0.5, momentum=0.5, weight_decay=0.5)
    set_grad(p, 1.0)
    optimizer.step()  # g = 1 + 0.5, buf = 1.5
    assert p.item() == 0.25
    optimizer.step()  # g = 1 + 0.125, buf = 0.75 + 1.125
    assert p.item() == 0.25 - 0.5 * 1.875


def test_dampening_does_not_touch_the_first_step():
    p = leaf(0.0)
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5, dampening=0.5)
    set_grad(p, 1.0)
    optimizer.step()
    assert p.item() == -1.0
    optimizer.step()  # buf = 0.5 * 1 + 0.5 * 1
    assert p.item() == -2.0


def test_adam_first_step_is_lr_in_every_scale():
    p = leaf(0.0, 0.0, 0.0)
    optimizer = optim.Adam([p], lr=0.01)
    set_grad(p, 1e-3, -1.0, 1e3)
    optimizer.step()
    np.testing.assert_allclose(p.tolist(), [-0.01, 0.01, -0.01], rtol=1e-4)


@pytest.mark.parametrize("kind", ALL)
def test_maximize_climbs(kind):
    a, b = leaf(1.0, -1.0), leaf(1.0, -1.0)
    down, up = ALL[kind]([a]), ALL[kind]([b], maximize=True)
    for _ in range(3):
        set_grad(a, 0.5, -2.0)
        set_grad(b, -0.5, 2.0)
        down.step()
        up.step()
    assert a.tolist() == b.tolist()


# ---- which parameters move


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_without_gradient_stay_and_have_no_state(kind):
    p, q = leaf(1.0), leaf(2.0)
    optimizer = KINDS[kind]([p, q])
    optimizer.step()  # nobody has one
    set_grad(p, 1.0)
    optimizer.step()
    assert q.item() == 2.0
    assert q not in optimizer.state
    assert p.item() != 1.0
    assert p.requires_grad
    assert p.is_leaf


@pytest.mark.parametrize("kind", ALL)
def test_a_parameter_that_starts_late_has_its_own_count(kind):
    """Each parameter moves as if it were alone in its optimizer."""
    late, early = leaf(1.0), leaf(1.0)
    together = ALL[kind]([late, early])
    alone = leaf(1.0)
    single = ALL[kind]([alone])
    for step in range(4):
        set_grad(early, 0.5)
        if step >= 2:
            set_grad(late, 0.25)
            set_grad(alone, 0.25)
            single.step()
        together.step()
    assert late.item() == alone.item()
    if kind.startswith("adam"):
        assert together.state[late]["step"] == 2
        assert together.state[early]["step"] == 4


@pytest.mark.parametrize("kind", KINDS)
def test_groups_have_their_own_options(kind):
    p, q = leaf(1.0), leaf(1.0)
    optimizer = KINDS[kind]([{"params": [p]}, {"params": q, "lr": 0.0}])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.0]
    set_grad(p, 1.0)
    set_grad(q, 1.0)
    optimizer.step()
    assert q.item() == 1.0
    assert p.item() == pytest.approx(0.9)
    optimizer.param_groups[1]["lr"] = 0.1  # a schedule writes here
    optimizer.step()
    assert q.item() < 1.0


def test_add_param_group():
    p, q = leaf(1.0), leaf(1.0)
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.add_param_group({"params": q, "lr": 0.2})
    assert optimizer.param_groups[1]["params"] == [q]
    assert optimizer.param_groups[1]["momentum"] == 0


# ---- validation


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda p: optim.SGD([], lr=0.1), ValueError, "optimizer got an empty parameter list"),
        (lambda p: optim.SGD(p, lr=0.1), TypeError, "should be an iterable of Tensors or dicts, but got"),
        (lambda p: optim.SGD([3], lr=0.1), TypeError, "one of the params is int"),
        (lambda p: optim.SGD({p}, lr=0.1), TypeError, None),
        (lambda p: optim.SGD([{"params": {p}}]), TypeError, "ordered collections"),
        (lambda p: optim.SGD([p * 2], lr=0.1), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda p: optim.SGD([p], lr=-1.0), ValueError, "Invalid learning rate: -1.0"),
        (lambda p: optim.SGD([p], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda p: optim.SGD([p], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda p: optim.SGD([p], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda p: optim.SGD([p], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (lambda p: optim.SGD([p], momentum=1, dampening=1, nesterov=True), ValueError, "zero dampening"),
        (lambda p: optim.SGD([p], differentiable=True), ValueError, "differentiable=True is not offered"),
        (lambda p: optim.Adam([p], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda p: optim.Adam([p], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda p: optim.Adam([p], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda p: optim.Adam([p], betas=(0.9, -0.1)), ValueError, "Invalid beta parameter at index 1: -0.1"),
        (lambda p: optim.Adam([p], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (
            lambda p: optim.SGD([{"params": [p]}, {"params": [p]}]),
            ValueError,
            "more than one parameter group",
        ),
        (lambda p: optim.SGD([("w", p), leaf(1.0)]), ValueError, "Some param names are missing"),
        (lambda p: optim.Adam([p]).add_param_group([p]), TypeError, "param_group must be a dict"),
        (
            lambda p: optim.Optimizer([p], {"lr": optim.optimizer.required}),
            ValueError,
            "didn't specify a value of required optimization parameter lr",
        ),
    ],
)
def test_wrong_arguments(make, error, text):
    p = leaf(1.0)
    if text is None:
        make(p)  # a bare set is listed, as in torch; only a group's set is refused
    else:
        with pytest.raises(error) as caught:
            make(p)
        assert text in str(caught.value)


def test_duplicates_warn():
    p = leaf(1.0)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optim.SGD([p, p], lr=0.1)


def test_named_parameters():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.named_parameters(), lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.param_groups[0]["params"][0] is layer.weight
    with pytest.raises(ValueError, match="cannot add param group without names"):
        optimizer.add_param_group({"params": [leaf(1.0)]})


# ---- zero_grad, closure, repr


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none):
    p, q = leaf(1.0), leaf(1.0)
    optimizer = optim.SGD([p, q], lr=0.1)
    set_grad(p, 3.0)
    held = p.grad
    optimizer.zero_grad(set_to_none=set_to_none)
    assert q.grad is None
    assert (p.grad is None) == set_to_none
    assert held.item() == (3.0 if set_to_none else 0.0)


def test_closure_is_called_with_gradients_and_its_loss_returned():
    p = leaf(3.0)
    optimizer = optim.SGD([p], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with rv.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 9.0
    assert p.item() == 0.0
    assert optimizer.step() is None


def test_repr():
    text = repr(optim.SGD([leaf(1.0)], lr=0.1))
    assert text == (
        "SGD (\nParameter Group 0\n    convention: torch\n    dampening: 0\n    lr: 0.1\n"
        "    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


# ---- state


def train(params, optimizer, steps, seed):
    numbers = np.random.default_rng(seed)
    for _ in range(steps):
        for p in params:
            p.grad = rv.tensor(numbers.normal(size=tuple(p.shape)).astype(np.float32))
        optimizer.step()


@pytest.mark.parametrize("kind", ALL)
def test_state_dict_round_trip_continues_exactly(kind):
    first = [leaf(1.0, 2.0), leaf(3.0)]
    optimizer = ALL[kind](first)
    train(first, optimizer, 3, 0)
    state = optimizer.state_dict()
    assert state["param_groups"][0]["params"] == [0, 1]
    assert all(isinstance(key, int) for key in state["state"])
    second = [nn.Parameter(p.detach().clone()) for p in first]
    other = ALL[kind](second)
    other.load_state_dict(copy.deepcopy(state))
    train(first, optimizer, 3, 1)
    train(second, other, 3, 1)
    assert [p.tolist() for p in first] == [p.tolist() for p in second]


def test_loading_copies_casts_and_takes_options():
    p = leaf(1.0)
    optimizer = optim.Adam([p], lr=0.5)
    train([p], optimizer, 1, 0)
    q = nn.Parameter(rv.tensor([1.0], dtype=rv.float64))
    other = optim.Adam([q], lr=0.1)
    state = optimizer.state_dict()
    state["state"][0]["step"] = rv.tensor(7.0)  # torch counts in tensors
    other.load_state_dict(state)
    assert other.param_groups[0]["lr"] == 0.5
    assert other.param_groups[0]["params"] == [q]
    assert other.state[q]["exp_avg"].dtype == rv.float64
    q.grad = rv.ones(1, dtype=rv.float64)
    other.step()
    assert other.state[q]["step"] == 8
    before = optimizer.state[p]["exp_avg"].item()
    assert other.state[q]["exp_avg"].item() != before
    assert optimizer.state[p]["exp_avg"].item() == before


def test_loading_what_does_not_fit():
    one = optim.SGD([leaf(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        one.load_state_dict({"state": {}, "param_groups": []})
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        one.load_state_dict(optim.SGD([leaf(1.0), leaf(1.0)], lr=0.1).state_dict())


def test_an_old_state_gets_new_options():
    optimizer = optim.SGD([leaf(1.0)], lr=0.1)
    state = optimizer.state_dict()
    del state["param_groups"][0]["maximize"]
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["maximize"] is False


# ---- the point of it all


@pytest.mark.parametrize("kind", KINDS)
def test_learns_a_line(kind):
    rv.manual_seed(0)
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(64, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], dtype=np.float32) + 3
    model = nn.Linear(3, 1)
    optimizer = KINDS[kind](model.parameters())
    for _ in range(200):
        error = model(rv.tensor(x)) - rv.tensor(y)
        loss = (error * error).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3
