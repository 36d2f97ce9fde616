"""Diffusion against closed forms: of Gaussian data every step, every prediction and every draw is known."""

import itertools
import math

import numpy as np
import pytest

import ravine
from ravine import autograd, models
from ravine.models import Diffusion


@pytest.fixture(autouse=True)
def seed():
    ravine.manual_seed(0)


def betas(process):
    kept = process.alphas.double().numpy()
    return 1 - kept[1:] / kept[:-1]


def test_row_175_many_steps_are_one_jump():
    linear, cosine = Diffusion(steps=1000), Diffusion(steps=1000, schedule="cosine")
    assert linear.alphas[1000].item() == pytest.approx(4.036e-5, rel=1e-3)
    assert linear.alphas[500].item() == pytest.approx(0.0786, abs=5e-5)
    np.testing.assert_allclose(betas(linear), np.linspace(1e-4, 0.02, 1000), rtol=1e-3)
    t = np.arange(1001) / 1000
    curve = np.cos((t + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(cosine.alphas.numpy()[:990], (curve / curve[0])[:990], rtol=1e-4)
    assert betas(cosine).max() <= 0.9995
    # Mean and variance, step by step and at once.
    for process in (linear, cosine, Diffusion(steps=50)):
        mean, variance = 1.0, 0.0
        for beta in betas(process):
            mean, variance = mean * math.sqrt(1 - beta), variance * (1 - beta) + beta
        last = process.alphas[-1].item()
        assert mean**2 == pytest.approx(last, rel=1e-3, abs=1e-9)
        assert variance == pytest.approx(1 - last, rel=1e-6)
    x = ravine.full((20_000, 1), 3.0)
    noised = linear.noised(x, ravine.full((20_000,), 500), ravine.randn(20_000, 1))
    assert noised.mean().item() == pytest.approx(3 * math.sqrt(0.0786), abs=0.03)
    assert noised.var().item() == pytest.approx(1 - 0.0786, abs=0.03)


def test_row_176_predictions_mean_each_other():
    x, noise, t = ravine.randn(6, 2, 3), ravine.randn(6, 2, 3), ravine.tensor([1, 5, 20, 50, 80, 100])
    for kind in ("noise", "data", "v"):
        process = Diffusion(steps=100, predicts=kind)
        x_t = process.noised(x, t, noise)
        data, found = process.both(x_t, t, process.target(x, t, noise))
        assert ravine.allclose(data, x, atol=1e-4)
        assert ravine.allclose(found, noise, atol=1e-4)
    v = Diffusion(steps=100, predicts="v")
    a = v.alphas[t].reshape(-1, 1, 1)
    assert ravine.allclose(v.target(x, t, noise), a.sqrt() * noise - (1 - a).sqrt() * x, atol=1e-6)
    # A network that says 0 has the error of the noise's variance.
    unit = ravine.randn(4000, 2)
    for kind in ("noise", "v"):
        loss = Diffusion(steps=100, predicts=kind).loss(lambda x, t: ravine.zeros_like(x), unit)
        assert loss.item() == pytest.approx(1.0, abs=0.06)


MEAN, DEVIATION = 1.5, 0.4


def exact(process):
    """What a perfect network says of x_t if the data are N(MEAN, DEVIATION^2)."""

    def model(x, t):
        a = process.alphas[t].reshape(-1, 1)
        noise = (1 - a).sqrt() * (x - a.sqrt() * MEAN) / (a * DEVIATION**2 + 1 - a)
        data = (x - (1 - a).sqrt() * noise) / a.sqrt()
        return {"noise": noise, "data": data, "v": a.sqrt() * noise - (1 - a).sqrt() * data}[process.predicts]

    return model


def moments(process, steps, eta):
    """Mean and variance of the draws: with an exact network each step is linear, so they follow exactly."""
    kept = process.alphas.double().tolist()
    places = [round(process.steps * i / steps) for i in range(steps, -1, -1)]
    mean, variance = 0.0, 1.0
    for t, s in itertools.pairwise(places):
        a, b = kept[t], kept[s]
        slope = math.sqrt(1 - a) / (a * DEVIATION**2 + 1 - a)  # of the noise that is predicted
        drawn = eta**2 * (1 - b) / (1 - a) * (1 - a / b)
        kept_noise = math.sqrt(max(0.0, 1 - b - drawn))
        step = math.sqrt(b / a) * (1 - math.sqrt(1 - a) * slope) + kept_noise * slope
        centre = slope * math.sqrt(a) * MEAN  # what the prediction leaves behind
        mean = step * mean + centre * (math.sqrt(b / a) * math.sqrt(1 - a) - kept_noise)
        variance = step**2 * variance + drawn
    return mean, variance


def test_row_177_draws_have_the_distribution_of_the_data():
    count = 20_000
    for kind, schedule, steps, eta in (
        ("noise", "linear", 200, 1.0),
        ("v", "cosine", 200, 1.0),
        ("data", "linear", 100, 1.0),
        ("noise", "linear", 50, 0.0),
        ("v", "linear", 50, 0.5),
    ):
        process = Diffusion(steps=200, schedule=schedule, predicts=kind)
        draws = process.sample(exact(process), (count, 1), steps=steps, eta=eta)
        mean, variance = moments(process, steps, eta)
        assert draws.mean().item() == pytest.approx(mean, abs=4 * math.sqrt(variance / count))
        assert draws.var().item() == pytest.approx(variance, rel=4 * math.sqrt(2 / count))
    # The more steps, the nearer they come to the data, drawn or not.
    for eta in (0.0, 1.0):
        mean, variance = moments(Diffusion(steps=2000), 2000, eta)
        assert (mean, math.sqrt(variance)) == pytest.approx((MEAN, DEVIATION), rel=0.02)
    # Without new noise the first noise decides: the flow maps quantiles to quantiles.
    process = Diffusion(steps=1000)
    first, *_, last = process.trajectory(exact(process), (500, 1), eta=0.0)
    np.testing.assert_allclose(last.numpy(), MEAN + DEVIATION * first.numpy(), atol=0.02)
    again = list(process.trajectory(exact(process), (3, 1), steps=10))
    assert len(again) == 11
    clipped = process.sample(exact(process), (50, 1), steps=20, clip=1.0)
    assert clipped.abs().max().item() <= 1.0 + 1e-5


def test_row_178_scores_are_those_of_the_density():
    process = Diffusion(steps=100)
    x, t = ravine.linspace(-3, 3, 13).unsqueeze(1).requires_grad_(), ravine.full((13,), 40)
    a = process.alphas[40]
    spread = a * DEVIATION**2 + 1 - a
    density = -((x - a.sqrt() * MEAN) ** 2) / (2 * spread)
    (expected,) = autograd.grad(density.sum(), x)
    found = process.score(exact(process), x.detach(), t)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)
    # Langevin's steps along it end in that density, wherever they begin.
    draws = process.langevin(exact(process), ravine.full((4000, 1), -5.0), 40, rate=0.05, steps=300)
    assert draws.mean().item() == pytest.approx(math.sqrt(a.item()) * MEAN, abs=0.06)
    assert draws.var().item() == pytest.approx(spread.item(), rel=0.12)


def test_row_179_the_network_is_told_the_time_and_sees_what_it_saw():
    net = models.DiffusionUNet(widths=(8, 16, 16), groups=4, classes=3)
    x = ravine.randn(2, 1, 8, 12)
    assert (net(x, ravine.tensor([3, 3])) == 0).all()  # at first it says nothing
    with ravine.no_grad():
        for p in net.parameters():
            p.add_(0.05 * ravine.randn_like(p))
    y = net(x, ravine.tensor([3, 3]))
    assert y.shape == x.shape
    assert not ravine.allclose(y, net(x, ravine.tensor([3, 90])), atol=1e-4)
    assert ravine.allclose(y[0], net(x, ravine.tensor([3, 90]))[0], atol=1e-5)
    kinds = [net(x, ravine.tensor([3, 3]), ravine.tensor([k, k])) for k in range(3)]
    assert not ravine.allclose(kinds[0], kinds[1], atol=1e-4)
    # Without skips all that is known of a 4x4 square is what its coarse place holds: what flows back from one
    # pixel covers whole squares, with skips its own neighbourhood stands out.
    spread = {}
    for skips in (True, False):
        ravine.manual_seed(1)
        other = models.DiffusionUNet(widths=(8, 8, 8), groups=4, skips=skips).eval()
        with ravine.no_grad():
            for p in other.parameters():
                p.add_(0.1 * ravine.randn_like(p))
        z = ravine.randn(1, 1, 16, 16, requires_grad=True)
        (gradient,) = autograd.grad(other(z, ravine.tensor([5]))[0, 0, 8, 8], z)
        own = gradient[0, 0, 7:10, 7:10].abs().sum()
        spread[skips] = (own / gradient.abs().sum()).item()
    assert spread[True] > spread[False]
    counted = {
        s: sum(p.numel() for p in models.DiffusionUNet(widths=(8, 8), skips=s).parameters())
        for s in (False, True)
    }
    assert counted[True] > counted[False]


def test_times_are_waves():
    t = ravine.tensor([0, 1, 7])
    found = models.time_embedding(t, 6).numpy()
    rates = 10000.0 ** (-np.arange(3) / 2)
    expected = np.concatenate([np.sin(t.numpy()[:, None] * rates), np.cos(t.numpy()[:, None] * rates)], 1)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_network_learns_what_is_known():
    """The noise in x_t of a Gaussian is linear in x_t; a small network comes near the exact answer's loss."""
    process = Diffusion(steps=50)
    x = MEAN + DEVIATION * ravine.randn(2000, 1)
    net = models.Denoiser(size=1, width=32, blocks=2)
    optimizer = ravine.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(400):
        optimizer.zero_grad()
        process.loss(net, x[ravine.randint(0, 2000, (128,))]).backward()
        optimizer.step()
    with ravine.no_grad():
        losses = [[process.loss(model, x).item() for _ in range(20)] for model in (net, exact(process))]
    assert np.mean(losses[0]) < np.mean(losses[1]) + 0.05


def test_what_cannot_be_diffused():
    process, net = Diffusion(steps=10), models.DiffusionUNet(widths=(4, 4), groups=2)
    x = ravine.zeros(2, 1, 4, 4)
    for call, message in (
        (lambda: Diffusion(steps=0), "steps must be positive"),
        (lambda: Diffusion(schedule="square"), "Use 'linear' or 'cosine'"),
        (lambda: Diffusion(predicts="x"), "Use 'noise', 'data' or 'v'"),
        (
            lambda: process.noised(x, ravine.tensor([1]), x),
            r"steps \(1,\) and noise \(2, 1, 4, 4\) do not fit",
        ),
        (lambda: process.sample(exact(process), (2, 1), steps=11), r"steps in \[1, 10\]"),
        (lambda: process.sample(exact(process), (2, 1), eta=2.0), r"eta in \[0, 1\]"),
        (lambda: models.Denoiser(size=2, width=7), "width is even"),
        (lambda: models.Denoiser(size=2)(x, ravine.tensor([1, 2])), r"expected \(N, size\) and \(N,\)"),
        (lambda: models.DiffusionUNet(widths=(4,), groups=2), "two or more"),
        (lambda: models.DiffusionUNet(widths=(4, 5), groups=2), "multiples of groups=2"),
        (lambda: net(x[..., :3], ravine.tensor([1, 2])), "H and W multiples of 2"),
        (lambda: net(x, ravine.tensor([1, 2]), ravine.tensor([0, 0])), "made with classes=0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
