"""fit against closed forms and against the loop it stands for; why it stops; a run that is resumed."""

import io
import json

import numpy as np
import pytest

import ravine
from ravine import errors, nn, optim
from ravine.nn import functional as F
from ravine.train import (
    Callback,
    ClipGradients,
    EarlyStopping,
    Log,
    MovingAverage,
    StopAtGradientNorm,
    StopAtPlateau,
    accuracy,
    evaluate,
    fit,
    read_metrics,
)
from ravine.utils.data import DataLoader, TensorDataset


def quiet(*args, **options):
    return fit(*args, stream=io.StringIO(), **options)


class Point(nn.Module):
    """theta, whatever the input."""

    def __init__(self, value=1.0):
        super().__init__()
        self.theta = nn.Parameter(ravine.tensor(value, dtype=ravine.float64))

    def forward(self, x):
        return self.theta * x


def bowl(a):
    """The data and the loss a theta^2 / 2."""
    x = ravine.ones(1, dtype=ravine.float64)
    return (x, x), lambda output, _: (a * output * output / 2).sum()


def test_gradient_descent_on_a_bowl_is_its_closed_form():
    for a, rate in ((1.0, 0.1), (3.0, 0.5), (2.0, 1.1)):
        model, (data, loss) = Point(), bowl(a)
        seen = []

        class Note(Callback):
            def after_step(self, fit, seen=seen):
                seen.append(fit.model.theta.item())

        done = quiet(model, data, loss, optim.SGD(model.parameters(), lr=rate), [Note()], steps=20)
        expected = (1 - rate * a) ** np.arange(1, 21)
        np.testing.assert_allclose(seen, expected, rtol=1e-12)
        np.testing.assert_allclose(done.losses[1:], a * expected[:-1] ** 2 / 2, rtol=1e-6)
        assert done.reason == "all 20 steps are made"


def data(n=96, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 5)).astype(np.float32)
    y = (x @ generator.normal(size=(5, 3))).argmax(1)
    return TensorDataset(ravine.tensor(x), ravine.tensor(y))


def network():
    ravine.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))


def loader(seed=0):
    return DataLoader(data(), batch_size=20, shuffle=True, seed=seed)


def test_it_is_the_loop_it_stands_for():
    model = network()
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 15)
    losses, batches = [], loader()
    for _ in range(3):
        for x, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
    twin = network()
    optimizer = optim.AdamW(twin.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 15)
    clip = ClipGradients(norm=0.5)
    done = quiet(twin, loader(), F.cross_entropy, optimizer, [clip], epochs=3, scheduler=scheduler)
    assert done.losses == losses
    assert done.steps == 15
    for (name, a), (_, b) in zip(model.state_dict().items(), twin.state_dict().items(), strict=True):
        assert (a == b).all(), name


def test_lbfgs_gets_its_closure():
    x = ravine.linspace(-1, 1, 20, dtype=ravine.float64).unsqueeze(1)
    model = nn.Linear(1, 1, dtype=ravine.float64)
    optimizer = optim.LBFGS(model.parameters(), max_iter=20, tolerance_grad=1e-12, tolerance_change=1e-14)
    quiet(model, (x, 2 * x + 1), F.mse_loss, optimizer, steps=3)
    assert [p.item() for p in model.parameters()] == pytest.approx([2, 1], abs=1e-8)


def test_clipping():
    for options, expected in (({"norm": 0.1}, [0.06, 0.08]), ({"value": 0.5}, [0.5, 0.5])):
        model = nn.Linear(2, 1, bias=False)
        nn.init.zeros_(model.weight)
        pair = (ravine.tensor([[3.0, 4.0]]), ravine.tensor([[-1.0]]))
        optimizer = optim.SGD(model.parameters(), lr=1.0)
        quiet(model, pair, lambda out, y: (out - y).sum(), optimizer, [ClipGradients(**options)], steps=1)
        np.testing.assert_allclose(-model.weight.detach().numpy()[0], expected, rtol=1e-5)


def test_a_moving_average_is_its_recursion():
    model, (pair, loss) = Point(), bowl(1.0)
    average, decay, seen = 1.0, 0.75, []

    class Note(Callback):
        def after_step(self, fit):
            nonlocal average
            average = decay * average + (1 - decay) * fit.model.theta.item()

        def after_evaluation(self, fit):
            seen.append((fit.measured["val_loss"], average**2 / 2, fit.model.theta.item()))

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    quiet(model, pair, loss, optimizer, [MovingAverage(decay), Note()], steps=6, validation=pair, every=2)
    assert model.theta.item() == pytest.approx(average, rel=1e-12)
    assert len(seen) == 3
    for step, (measured, mean, theta) in zip((2, 4, 6), seen, strict=True):
        assert measured == pytest.approx(mean, rel=1e-6)
        assert theta == pytest.approx(0.9**step, rel=1e-12)


def test_early_stopping_takes_the_best_weights_back():
    """theta falls from 1 to 0; the validation loss has its least where it is about 0.5."""
    model, (pair, loss) = Point(), bowl(1.0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    validation = (pair[0], pair[1] / 2)
    losses = []

    class Note(Callback):
        def after_evaluation(self, fit):
            losses.append(fit.measured["val_loss"])

    done = quiet(
        model,
        pair,
        lambda output, y: loss(output, y) if y.item() == 1 else ((output - y) ** 2).sum(),
        optimizer,
        [EarlyStopping(patience=2), Note()],
        steps=100,
        validation=validation,
        every=1,
    )
    best = int(np.argmin(losses)) + 1
    assert best == round(np.log(0.5) / np.log(0.9))
    assert done.steps == best + 3
    assert done.reason.startswith("the validation loss has not fallen for 3 evaluations (least 0.0")
    assert done.reason.endswith(f"after step {best})")
    assert model.theta.item() == pytest.approx(0.9**best, rel=1e-12)


def test_it_stops_where_the_gradient_vanishes_and_at_a_plateau():
    model, (pair, loss) = Point(), bowl(1.0)
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    done = quiet(model, pair, loss, optimizer, [StopAtGradientNorm(1e-3)], steps=100)
    assert done.steps == 11  # 0.5^10 is the first below
    assert done.reason == "the gradient's norm, 0.000977, is below 0.001"
    model = Point()
    optimizer = optim.SGD(model.parameters(), lr=0.0)
    done = quiet(model, pair, loss, optimizer, [StopAtPlateau(window=5)], steps=100)
    assert done.steps == 10
    assert done.reason == "the loss stays at 0.5: over the 5 steps before it was 0.5"
    model = Point()
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    done = quiet(model, pair, loss, optimizer, [StopAtPlateau(window=5)], steps=100)
    assert done.reason == "all 100 steps are made"


def trained(out, resume=False, stop=None):
    """Losses and metrics of a run with everything, stopped by a signal after some steps or not at all."""
    model = network()
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)

    class Stop(Callback):
        def after_step(self, fit):
            if fit.steps == stop:
                fit.run.save()
                raise KeyboardInterrupt

    done = quiet(
        model,
        loader(),
        F.cross_entropy,
        optimizer,
        [MovingAverage(0.9), EarlyStopping(1), StopAtPlateau(3), Stop()],
        epochs=8,
        scheduler=scheduler,
        validation=DataLoader(data(40, 1), batch_size=15),
        metrics={"accuracy": accuracy},
        out=out,
        resume=resume,
    )
    return done, model


def told(out):
    entries = read_metrics(out / "metrics.jsonl")
    return [json.dumps({k: v for k, v in entry.items() if k != "seconds"}) for entry in entries]


def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path):
    whole, model = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "parted", stop=7)
    parted, twin = trained(tmp_path / "parted", resume=True)
    assert told(tmp_path / "parted") == told(tmp_path / "whole")
    assert any("val_accuracy" in line for line in told(tmp_path / "whole"))
    assert parted.reason == whole.reason
    for a, b in zip(model.state_dict().values(), twin.state_dict().values(), strict=True):
        assert (a == b).all()
    again, _ = trained(tmp_path / "parted", resume=True)  # it is through
    assert (again.reason, again.steps) == (whole.reason, whole.steps)


def test_several_inputs():
    model = nn.Bilinear(2, 2, 1)
    pair = ((ravine.ones(4, 2), ravine.ones(4, 2)), ravine.zeros(4, 1))
    done = quiet(model, pair, F.mse_loss, optim.SGD(model.parameters(), lr=0.05), steps=30)
    assert done.losses[-1] < done.losses[0] or done.losses[0] == 0


def test_means_over_batches_count_samples():
    x = ravine.arange(10.0).unsqueeze(1)
    batches = [(x[:7], x[:7]), (x[7:], x[7:])]
    found = evaluate(nn.Identity(), batches, {"mean": lambda output, _: output.mean()})
    assert found == {"mean": 4.5}


def test_what_cannot_be_fitted_says_why():
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x = ravine.ones(4, 2)
    for call, message in (
        (lambda: quiet(model, (x, x), F.mse_loss, optimizer), "say how long: epochs=, or steps="),
        (lambda: quiet(model, (x, x), F.mse_loss, optimizer, epochs=1, steps=1), "say how long"),
        (lambda: quiet(model, iter([]), F.mse_loss, optimizer, epochs=1), "no length to count epochs by"),
        (lambda: quiet(model, [x], F.mse_loss, optimizer, epochs=1), "a batch is a pair .* got a Tensor"),
        (lambda: quiet(model, [(x, x, x)], F.mse_loss, optimizer, epochs=1), "got a tuple of 3"),
        (lambda: quiet(model, (x, x), F.mse_loss, optimizer, [EarlyStopping()], steps=1), "no validation"),
        (lambda: quiet(model, [], F.mse_loss, optimizer, steps=1), "Is it empty"),
        (lambda: evaluate(model, [], {}), "no samples"),
        (lambda: ClipGradients(), "give norm or value"),
        (lambda: ClipGradients(norm=-1.0), "a positive number"),
        (lambda: MovingAverage(1.0), r"decay must lie in \[0, 1\)"),
        (lambda: EarlyStopping(-1), "not negative"),
        (lambda: StopAtGradientNorm(0.0), "must be positive"),
        (lambda: StopAtPlateau(0), "window is positive"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    unreduced = nn.MSELoss(reduction="none")
    with pytest.raises(errors.ShapeError, match=r"the loss has shape \(4, 2\), not \(\)"):
        quiet(model, (x, x), unreduced, optimizer, steps=1)


def test_fit_passes_settings_and_logs_on(tmp_path):
    x = ravine.linspace(-1, 1, 8).unsqueeze(1)
    model = nn.Linear(1, 1)
    heard = []

    class Heard(Log):
        def note(self, step, values, seconds):
            heard.append((step, *values))

    fit(
        model,
        (x, x),
        nn.functional.mse_loss,
        optim.SGD(model.parameters(), lr=0.1),
        steps=2,
        validation=(x, x),
        every=2,
        out=tmp_path,
        settings={"width": 1},
        logs=[Heard()],
        stream=io.StringIO(),
    )
    assert heard == [(1, "loss", "lr"), (2, "loss", "lr"), (2, "val_loss")]
    assert json.loads((tmp_path / "run.json").read_text())["about"]["width"] == "1"
