"""Schedules: sequences equal to torch's, resuming, composition, mistakes."""

# pyright: reportArgumentType=false

import copy
import math

import numpy as np
import pytest
import torch

import ravine as rv
from ravine import nn, optim

# Gradients are set by hand here, and left out on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::ravine.NoGradientWarning")

STEPS = 40


class Halving:
    """A schedule function with a state of its own."""

    def __init__(self):
        self.asked = 0

    def __call__(self, step):
        self.asked += 1
        return 0.5 ** (step // 7)


SIMPLE = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, [lambda e: 1 / (e + 1), lambda e: 0.9**e]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda e: 0.95),
    "StepLR": lambda s, o: s.StepLR(o, 7, 0.3),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [20, 3, 3, 11], 0.5),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.25, 6),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.1, 0.8, 12),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.93),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 30, 1.7),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 9, 0.001),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2, 0.001),
    "CosineAnnealingWarmRestarts of equal length": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, [0.5, 0.2], total_steps=STEPS),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(
        o, 0.5, epochs=10, steps_per_epoch=5, anneal_strategy="linear", three_phase=True, pct_start=0.4
    ),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, [0.2, 0.3], step_size_up=4, step_size_down=7),
    "CyclicLR triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 5, mode="triangular2"),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 5, mode="exp_range", gamma=0.97),
    "CyclicLR of a function": lambda s, o: s.CyclicLR(
        o, 0.01, 0.2, 5, scale_fn=lambda x: 1 / (1 + x), scale_mode="iterations", cycle_momentum=False
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20), s.ConstantLR(o, 0.1)], [5, 25]
    ),
    "SequentialLR of restarts": lambda s, o: s.SequentialLR(
        o, [s.ExponentialLR(o, 0.9), s.CosineAnnealingWarmRestarts(o, 4), s.PolynomialLR(o, 9)], [6, 20]
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler(
        [s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9), s.StepLR(o, 10, 0.5)]
    ),
}
KINDS = {
    "SGD": {"lr": 0.1, "momentum": 0.9},
    "Adam": {"lr": 0.02},
}


def optimizer(kind, torch_too=True):
    def groups(params):
        return [{"params": [params[0]]}, {"params": [params[1]], "lr": 0.3}]

    mine = getattr(optim, kind)(groups(list(nn.Linear(2, 2).parameters())), **KINDS[kind])
    theirs = getattr(torch.optim, kind)(groups(list(torch.nn.Linear(2, 2).parameters())), **KINDS[kind])
    return mine, theirs


def momenta(optimizer):
    return [g["betas"][0] if "betas" in g else g["momentum"] for g in optimizer.param_groups]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SIMPLE)
def test_sequences_are_those_of_torch(name, kind):
    a, b = optimizer(kind)
    mine, theirs = SIMPLE[name](optim.lr_scheduler, a), SIMPLE[name](torch.optim.lr_scheduler, b)
    for step in range(STEPS):
        where = f"{name} at {step}"
        np.testing.assert_allclose(
            mine.get_last_lr(), theirs.get_last_lr(), rtol=0, atol=1e-12, err_msg=where
        )
        assert mine.get_last_lr() == [group["lr"] for group in a.param_groups]
        np.testing.assert_allclose(momenta(a), momenta(b), rtol=0, atol=1e-12, err_msg=where)
        a.step()
        b.step()
        mine.step()
        theirs.step()


@pytest.mark.parametrize("name", SIMPLE)
def test_a_resumed_schedule_goes_on_exactly(name):
    """Saved at any step and loaded into a new pair, in either order, it gives the same bits."""
    for at in (0, 1, 6, 13, 25):
        first, _ = optimizer("SGD")
        schedule = SIMPLE[name](optim.lr_scheduler, first)
        for _ in range(at):
            first.step()
            schedule.step()
        saved = copy.deepcopy((first.state_dict(), schedule.state_dict()))
        resumed = []
        for order in ("before", "after"):
            second, _ = optimizer("SGD")
            if order == "before":
                second.load_state_dict(saved[0])
            other = SIMPLE[name](optim.lr_scheduler, second)
            if order == "after":
                second.load_state_dict(saved[0])
            other.load_state_dict(copy.deepcopy(saved[1]))
            resumed.append((second, other))
        for _ in range(12):
            first.step()
            schedule.step()
            for second, other in resumed:
                second.step()
                other.step()
                assert other.get_last_lr() == schedule.get_last_lr()
                assert momenta(second) == momenta(first)
                assert [g["lr"] for g in second.param_groups] == [g["lr"] for g in first.param_groups]


def test_last_epoch_resumes_from_the_optimizer_alone():
    for name in ("StepLR", "ExponentialLR", "LambdaLR"):
        a, b = optimizer("SGD")
        for o in (a, b):
            for group in o.param_groups:
                group["initial_lr"] = 2 * group["lr"]
        make = {
            "StepLR": lambda s, o: s.StepLR(o, 2, last_epoch=4),
            "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.5, last_epoch=4),
            "LambdaLR": lambda s, o: s.LambdaLR(o, lambda e: 1 / e, last_epoch=4),
        }[name]
        mine, theirs = make(optim.lr_scheduler, a), make(torch.optim.lr_scheduler, b)
        for _ in range(4):
            assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), abs=1e-12)
            for o, s in ((a, mine), (b, theirs)):
                o.step()
                s.step()


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
def test_plateau(mode, threshold_mode, rng):
    a, b = optimizer("SGD")
    options = {"mode": mode, "threshold_mode": threshold_mode, "threshold": 0.05}
    options |= {"factor": 0.5, "patience": 2, "cooldown": 3}
    mine = optim.lr_scheduler.ReduceLROnPlateau(a, min_lr=[0.01, 0.05], **options)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(b, min_lr=[0.01, 0.05], **options)
    values = [*(1 + rng.standard_normal(30) / 10), math.nan, *(rng.standard_normal(10))]
    for number, value in enumerate(values):
        mine.step(value)
        theirs.step(value)
        assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), abs=1e-12)
        assert (mine.num_bad_epochs, mine.in_cooldown) == (theirs.num_bad_epochs, theirs.in_cooldown)
        if number == 20:
            state = mine.state_dict()
            mine = optim.lr_scheduler.ReduceLROnPlateau(a)
            mine.load_state_dict(state)
    assert mine.get_last_lr() != [0.1, 0.3]


def test_states_of_torch_are_read():
    a, b = optimizer("SGD")
    for name in ("MultiStepLR", "CosineAnnealingLR", "OneCycleLR", "SequentialLR"):
        theirs = SIMPLE[name](torch.optim.lr_scheduler, b)
        for _ in range(8):
            b.step()
            theirs.step()
        mine = SIMPLE[name](optim.lr_scheduler, a)
        mine.load_state_dict(copy.deepcopy(theirs.state_dict()))
        for _ in range(8):
            for o, s in ((a, mine), (b, theirs)):
                o.step()
                s.step()
            assert mine.get_last_lr() == pytest.approx(theirs.get_last_lr(), abs=1e-12)


def test_functions_are_left_out_and_objects_kept():
    a, _ = optimizer("SGD")
    one = optim.lr_scheduler.LambdaLR(a, [Halving(), lambda e: 1.0])
    for _ in range(3):
        a.step()
        one.step()
    state = one.state_dict()
    assert state["lr_lambdas"] == [{"asked": 4}, None]
    two = optim.lr_scheduler.LambdaLR(a, [Halving(), lambda e: 1.0])
    two.load_state_dict(state)
    assert two.lr_lambdas[0].asked == 4


def test_schedules_in_schedules():
    """A sequence within a sequence is restarted as a whole, and gives the plain sequence's rates."""
    s = optim.lr_scheduler
    a, _ = optimizer("SGD")
    inner = s.SequentialLR(a, [s.ExponentialLR(a, 0.5), s.ConstantLR(a, 0.1, 10)], [2])
    outer = s.SequentialLR(a, [s.LinearLR(a, 0.5, total_iters=2), inner], [3])
    rates = []
    for _ in range(7):
        rates.append(outer.get_last_lr()[0])
        a.step()
        outer.step()
    np.testing.assert_allclose(rates, [0.05, 0.075, 0.1, 0.1, 0.05, 0.01, 0.01], rtol=1e-12)
    b, _ = optimizer("SGD")
    both = s.ChainedScheduler([s.StepLR(b, 2, 0.5), s.ExponentialLR(b, 0.5)])
    second = s.SequentialLR(b, [s.ConstantLR(b, 1.0), both], [2])
    rates = []
    for _ in range(6):
        rates.append(second.get_last_lr()[0])
        b.step()
        second.step()
    np.testing.assert_allclose(rates, [0.1, 0.1, 0.1, 0.05, 0.0125, 0.00625], rtol=1e-12)


def test_a_step_before_the_optimizers_warns_once():
    a, _ = optimizer("SGD")
    schedule = optim.lr_scheduler.StepLR(a, 1)
    with pytest.warns(UserWarning, match=r"Call optimizer.step\(\) first"):
        schedule.step()
    schedule.step()


def test_mistakes():
    s = optim.lr_scheduler
    a, _ = optimizer("SGD")
    b, _ = optimizer("SGD")
    rms = optim.Optimizer([nn.Parameter(nn.Linear(1, 1).weight.detach())], {"lr": 0.1})
    for make, error, text in [
        (lambda: s.StepLR("sgd", 1), TypeError, "str is not an Optimizer"),
        (lambda: s.StepLR(a, 1, last_epoch=3), KeyError, "Load the optimizer's state first"),
        (lambda: s.LambdaLR(a, [lambda e: 1]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda: s.LambdaLR(a, 0.5), TypeError, "should be a function, but got float"),
        (lambda: s.ConstantLR(a, 2.0), ValueError, "between 0 and 1"),
        (lambda: s.LinearLR(a, 0.0), ValueError, "greater than 0"),
        (lambda: s.LinearLR(a, 1.0, 2.0), ValueError, "between 0 and 1"),
        (lambda: s.CosineAnnealingWarmRestarts(a, 0), ValueError, "positive integer T_0"),
        (lambda: s.CosineAnnealingWarmRestarts(a, 2, 0.5), TypeError, "'T_mult' must be an int"),
        (lambda: s.OneCycleLR(a, 0.1), ValueError, "either total_steps OR"),
        (lambda: s.OneCycleLR(a, 0.1, total_steps=0), ValueError, "positive integer total_steps"),
        (lambda: s.OneCycleLR(a, 0.1, epochs=1, steps_per_epoch=-1), ValueError, "integer steps_per_epoch"),
        (
            lambda: s.OneCycleLR(a, [0.1], total_steps=5),
            ValueError,
            "max_lr has 1 values, param_groups has 2",
        ),
        (lambda: s.OneCycleLR(a, 0.1, total_steps=5, pct_start=2.0), ValueError, "between 0 and 1"),
        (lambda: s.OneCycleLR(a, 0.1, total_steps=5, anneal_strategy="x"), ValueError, "one of 'cos'"),
        (lambda: s.OneCycleLR(rms, 0.1, total_steps=5), ValueError, "must support momentum"),
        (lambda: s.CyclicLR(a, 0.1, 0.2, mode="square"), ValueError, "mode 'square' is invalid"),
        (lambda: s.SequentialLR(a, [], []), ValueError, "at least one scheduler"),
        (lambda: s.SequentialLR(a, [s.StepLR(a, 1)], [3]), ValueError, "one more than the number"),
        (lambda: s.SequentialLR(a, [s.StepLR(b, 1)], []), ValueError, "belong to the same optimizer"),
        (lambda: s.ChainedScheduler([s.ReduceLROnPlateau(a)]), ValueError, "Step it by itself"),
        (lambda: s.ChainedScheduler([3]), TypeError, "should have `optimizer`"),
        (lambda: s.ReduceLROnPlateau(a, factor=1.0), ValueError, "Factor should be < 1.0"),
        (lambda: s.ReduceLROnPlateau(a, mode="up"), ValueError, "mode up is unknown"),
        (lambda: s.ReduceLROnPlateau(a, threshold_mode="up"), ValueError, "threshold mode up is unknown"),
        (lambda: s.ReduceLROnPlateau(a, min_lr=[0.1]), ValueError, "expected 2 min_lrs, got 1"),
    ]:
        if text.startswith("Load"):
            for group in a.param_groups:
                group.pop("initial_lr", None)
        with pytest.raises(error) as caught:
            make()
        assert text in str(caught.value), text
    late = s.OneCycleLR(a, 0.1, total_steps=2)
    a.step()
    late.step()
    late.step()
    with pytest.raises(ValueError, match="has 2 steps in all"):
        late.step()


def test_a_rate_of_nothing_comes_back():
    sgd = optim.SGD([nn.Parameter(rv.ones(1))], lr=0.5)
    scheduler = optim.lr_scheduler.ConstantLR(sgd, 0.0, 2)
    rates = [scheduler.get_last_lr()[0]]
    for _ in range(3):
        sgd.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr()[0])
    assert rates == [0.0, 0.0, 0.5, 0.5]
