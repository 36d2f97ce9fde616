"""Models of densities against closed forms: bounds on a likelihood, likelihoods, recovered parameters."""

from math import log

import numpy as np
import pytest
import scipy.stats

import ravine
from ravine import autograd, func, models


def double(*shape):
    return ravine.randn(*shape, dtype=ravine.float64)


@pytest.fixture(autouse=True)
def seed():
    ravine.manual_seed(0)


def test_row_111_a_linear_autoencoder_finds_the_principal_subspace():
    """Its least error is that of the leading components, which a singular value decomposition gives."""
    x = double(200, 6) * ravine.tensor([5.0, 3.0, 2.0, 0.5, 0.3, 0.1], dtype=ravine.float64)
    x = x @ ravine.linalg.qr(double(6, 6))[0]
    x = x - x.mean(0)
    errors = {}
    for code in (1, 2, 3):
        net = models.Autoencoder(sizes=(6, code), activation="identity").double()
        optimizer = ravine.optim.LBFGS(
            net.parameters(),
            max_iter=400,
            line_search_fn="strong_wolfe",
            tolerance_grad=1e-12,
            tolerance_change=1e-15,
        )

        def closure(net=net, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (net(x) - x).square().sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        _, values, rows = np.linalg.svd(x.numpy(), full_matrices=False)
        errors[code] = closure().item()
        assert errors[code] == pytest.approx((values[code:] ** 2).sum(), rel=1e-5)
        # The decoder's columns span the leading components.
        (weight,) = (p for n, p in net.decoder.named_parameters() if n.endswith("weight"))
        basis = np.linalg.qr(weight.detach().numpy())[0]
        np.testing.assert_allclose(basis @ basis.T, rows[:code].T @ rows[:code], atol=1e-3)
    assert errors[1] > errors[2] > errors[3]


def test_a_denoising_input():
    x = ravine.ones(100_000)
    y = models.noisy(x, deviation=0.5, masked=0.25)
    assert (y == 0).float().mean().item() == pytest.approx(0.25, abs=0.005)
    assert y[y != 0].std().item() == pytest.approx(0.5, abs=0.01)
    assert (models.noisy(x) == x).all()


def test_row_112_the_variational_bottleneck_forgets_as_beta_grows():
    """Both parts of its loss against their definitions; a dear code keeps nothing, a cheap one the class."""
    scores, mean, log_variance = double(5, 3), double(5, 2), double(5, 2)
    labels = ravine.tensor([0, 2, 1, 1, 0])
    loss = models.vib_loss((scores, mean, log_variance), labels, beta=0.3).item()
    deviation = np.exp(log_variance.numpy() / 2)
    terms = scipy.stats.norm.expect  # E_q[log q - log p] by quadrature
    divergence = 0.0
    for m, s in zip(mean.numpy().ravel(), deviation.ravel()):
        divergence += terms(
            lambda z, m=m, s=s: scipy.stats.norm.logpdf(z, m, s) - scipy.stats.norm.logpdf(z), loc=m, scale=s
        )
    expected = -scores.log_softmax(1).numpy()[range(5), labels.numpy()].mean() + 0.3 * divergence / 5
    assert loss == pytest.approx(expected, rel=1e-6)

    x = ravine.randn(256, 4)
    y = (x[:, 0] > 0).long()
    kept = {}
    for beta in (1e-3, 10.0):
        net = models.VIB(sizes=(4, 16), code=2, classes=2)
        optimizer = ravine.optim.Adam(net.parameters(), lr=0.02)
        for _ in range(150):
            optimizer.zero_grad()
            models.vib_loss(net(x), y, beta).backward()
            optimizer.step()
        answers, mean, log_variance = net.eval()(x)
        kept[beta] = models.gaussian_kl(mean, log_variance).sum(1).mean().item()
        right = (answers.argmax(1) == y).float().mean().item()
        assert right > 0.9 or beta > 1
    assert kept[10.0] < 0.01 < log(2) < kept[1e-3]


def test_row_166_the_divergence_from_the_prior_is_its_closed_form():
    zero = ravine.zeros(3)
    assert models.gaussian_kl(zero, zero).tolist() == [0, 0, 0]
    mean, log_variance = double(4), double(4)
    found = models.gaussian_kl(mean, log_variance)
    z = mean + (log_variance / 2).exp() * double(200_000, 4)
    inside = ravine.distributions.Normal(mean, (log_variance / 2).exp()).log_prob(z)
    outside = ravine.distributions.Normal(0.0, 1.0).log_prob(z)
    spread = (inside - outside).std(0).numpy() / np.sqrt(200_000)
    assert (abs((inside - outside).mean(0) - found).numpy() < 4 * spread).all()
    for t in (mean, log_variance):
        t.requires_grad_()
    assert autograd.gradcheck(models.gaussian_kl, (mean, log_variance))
    assert autograd.gradgradcheck(models.gaussian_kl, (mean, log_variance))


def test_row_167_gradients_reach_the_parameters_of_a_draw():
    """d/dmu E[z^3] = 3 (mu^2 + sigma^2), d/dsigma E[z^3] = 6 mu sigma, with z = mu + sigma noise."""
    noise = scipy.stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    mu, sigma = (ravine.tensor(v, dtype=ravine.float64, requires_grad=True) for v in (0.7, 1.3))
    by_mu, by_sigma = autograd.grad(((mu + sigma * ravine.tensor(noise)) ** 3).mean(), (mu, sigma))
    assert by_mu.item() == pytest.approx(3 * (0.49 + 1.69), rel=1e-3)
    assert by_sigma.item() == pytest.approx(6 * 0.7 * 1.3, rel=1e-3)
    net = models.VAE(sizes=(4, 3), latent=2)
    runs = []
    for _ in range(2):
        ravine.manual_seed(3)
        runs.append(net(ravine.ones(5, 4))[0])
    assert (runs[0] == runs[1]).all()


def test_row_168_the_bound_misses_the_likelihood_by_the_divergence_from_the_posterior():
    """A VAE without hidden layers is probabilistic PCA (Tipping and Bishop): all is Gaussian and exact."""
    size, latent = 4, 2
    net = models.VAE(sizes=(size,), latent=latent, likelihood="gaussian").double()
    with ravine.no_grad():
        for p in net.parameters():
            p.normal_(std=0.5)
    x = double(3, size)
    names = dict(net.named_parameters())
    weight, bias = (names[f"decoder.layers.0.{n}"].detach().numpy() for n in ("weight", "bias"))
    variance = np.exp(net.log_variance.item())
    marginal = scipy.stats.multivariate_normal(bias, weight @ weight.T + variance * np.eye(size))
    precision = np.eye(latent) + weight.T @ weight / variance
    # The bound's mean over z, exactly: it is quadratic in z, so that a few points stand for the Gaussian.
    points = np.sqrt(latent) * np.concatenate([np.eye(latent), -np.eye(latent)])
    bounds = [models.elbo(net, x, noise=ravine.tensor(p).expand(3, -1)).detach() for p in points]
    bound = ravine.stack(bounds).mean(0).numpy()
    means, log_variances = (t.detach().numpy() for t in net.encode(x))
    for row, mean, log_variance, found in zip(x.numpy(), means, log_variances, bound, strict=True):
        centre = np.linalg.solve(precision, weight.T @ (row - bias) / variance)
        own = np.diag(np.exp(log_variance))
        gap = 0.5 * (
            np.trace(precision @ own)
            + (centre - mean) @ precision @ (centre - mean)
            - latent
            - np.linalg.slogdet(precision)[1]
            - log_variance.sum()
        )
        assert gap > 0
        assert found == pytest.approx(marginal.logpdf(row) - gap, rel=1e-9)
    # More draws come closer from below.
    ravine.manual_seed(0)
    few, many = (
        ravine.stack([models.importance_bound(net, x, k).detach() for _ in range(200)]).mean(0).numpy()
        for k in (1, 50)
    )
    truth = marginal.logpdf(x.numpy())
    assert (few < many).all()
    assert (many < truth + 0.05).all()
    assert (abs(many - truth) < abs(few - truth)).all()


def test_row_165_a_vae_learns_and_is_sampled():
    x = (ravine.rand(256, 1) < 0.5).float().expand(-1, 8)  # all ones or all zeros: one bit
    net = models.VAE(sizes=(8, 16), latent=1)
    optimizer = ravine.optim.Adam(net.parameters(), lr=0.02)
    bounds = []
    for _ in range(200):
        optimizer.zero_grad()
        (loss := -models.elbo(net, x).mean()).backward()
        optimizer.step()
        bounds.append(-loss.item())
    assert bounds[0] < -5
    assert np.mean(bounds[-20:]) > -1.5  # the truth is -log 2
    samples = models.vae_samples(net, ravine.randn(400, 1))
    assert ((samples < 0.2) | (samples > 0.8)).float().mean().item() > 0.85
    assert 0.3 < samples.mean().item() < 0.7


def test_likelihoods_are_scipys():
    x, output = (double(3, 4).sigmoid() for _ in range(2))
    net = models.VAE(sizes=(4,), latent=1).double()
    p = output.sigmoid().numpy()
    expected = (x.numpy() * np.log(p) + (1 - x.numpy()) * np.log(1 - p)).sum(1)
    np.testing.assert_allclose(net.log_likelihood(x, output).numpy(), expected, rtol=1e-12)
    net = models.VAE(sizes=(4,), latent=1, likelihood="gaussian").double()
    with ravine.no_grad():
        net.log_variance.fill_(0.6)
    expected = scipy.stats.norm.logpdf(x.numpy(), output.numpy(), np.exp(0.3)).sum(1)
    np.testing.assert_allclose(net.log_likelihood(x, output).detach().numpy(), expected, rtol=1e-12)


def test_free_bits_cost_nothing():
    net = models.VAE(sizes=(4, 3), latent=2).double()
    x, noise = double(5, 4).sigmoid(), double(5, 2)
    output, mean, log_variance = net(x, noise)
    paid = models.gaussian_kl(mean, log_variance).mean(0)
    free = models.elbo(net, x, noise=noise, free_bits=10.0)
    assert ravine.allclose(free, net.log_likelihood(x, output) - 20.0)
    none = models.elbo(net, x, noise=noise, free_bits=1e-9)
    assert none.mean().item() == pytest.approx(models.elbo(net, x, noise=noise).mean().item())
    assert (paid < 10).all()


def flow(size=5, steps=3):
    net = models.CouplingFlow(size=size, steps=steps, hidden=6).double()
    with ravine.no_grad():
        for p in net.parameters():
            p.normal_(std=0.4)
    return net


def test_a_flow_is_undone_and_its_volume_is_the_jacobians():
    for size in (2, 3, 5):
        net = flow(size)
        x = double(4, size)
        z, volume = net(x)
        np.testing.assert_allclose(net.inverse(z).detach().numpy(), x.numpy(), rtol=1e-9, atol=1e-10)
        for row, found in zip(x, volume, strict=True):
            jacobian = func.jacrev(lambda r, net=net: net(r.unsqueeze(0))[0].squeeze(0))(row)
            assert np.linalg.slogdet(jacobian.detach().numpy())[1] == pytest.approx(found.item(), rel=1e-9)


def test_a_flows_density_has_an_integral_of_one():
    net = flow(2)
    ticks = np.linspace(-25, 25, 1201)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
    with ravine.no_grad():
        mass = net.log_prob(ravine.tensor(grid)).exp().sum().item() * (ticks[1] - ticks[0]) ** 2
    assert mass == pytest.approx(1, abs=2e-2)


def test_a_flow_begins_as_a_gaussian_of_the_data():
    x = 3 * double(500, 4) + 7
    net = models.CouplingFlow(size=4, steps=2, hidden=6).double()
    net.fit_scales(x)
    expected = scipy.stats.norm.logpdf(x.numpy(), x.numpy().mean(0), x.numpy().std(0, ddof=1)).sum(1)
    np.testing.assert_allclose(net.log_prob(x).detach().numpy(), expected, rtol=1e-5)
    assert tuple(net.sample(3).shape) == (3, 4)


def test_row_164_a_mixture_is_recovered_by_both_ways():
    """Three groups that do not touch: means, covariances and weights come back, by EM and by gradients."""
    means = np.array([[-6.0, 0.0], [0.0, 5.0], [6.0, -3.0]])
    factors = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.0], [0.0, 1.5]], [[1.0, 0.0], [-0.8, 1.0]]])
    weights = np.array([0.5, 0.3, 0.2])
    counts = (2000 * weights).astype(int)
    groups = [m + double(n, 2).numpy() @ f.T for m, f, n in zip(means, factors, counts)]
    x = ravine.tensor(np.concatenate(groups))
    net = models.GaussianMixture(size=2, components=3).double()
    net.fit(x, steps=50)
    order = net.means.detach()[:, 0].argsort()
    np.testing.assert_allclose(net.logits.softmax(0)[order].detach().numpy(), weights, atol=0.01)
    for found, group in zip(net.means[order].detach().numpy(), groups, strict=True):
        np.testing.assert_allclose(found, group.mean(0), atol=0.02)
    for found, group in zip(net.triangles()[order].detach().numpy(), groups, strict=True):
        np.testing.assert_allclose(found @ found.T, np.cov(group.T), atol=0.1)
    # Gradients lead nowhere from there, and back to there from beside it.
    best = net(x).mean()
    best.backward()
    assert max(p.grad.abs().max().item() for p in net.parameters() if p.grad is not None) < 1e-4
    with ravine.no_grad():
        for p in net.parameters():
            p.add_(0.1 * ravine.randn_like(p))
    optimizer = ravine.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(300):
        optimizer.zero_grad()
        (-net(x).mean()).backward()
        optimizer.step()
    assert net(x).mean().item() == pytest.approx(best.item(), abs=1e-4)
    assert ravine.allclose(net.sample(4000).mean(0), x.mean(0), atol=0.3)


def test_draws_of_a_mixture_have_its_weights():
    weights, count = np.array([0.2, 0.5, 0.3]), 20_000
    for device in ("cpu", "gpu"):
        net = models.GaussianMixture(size=1, components=3).to(device)
        with ravine.no_grad():
            net.logits.copy_(ravine.tensor(weights).log().float())
            net.means.copy_(ravine.tensor([[-50.0], [0.0], [50.0]]))
        draws = net.sample(count).cpu().numpy()[:, 0]
        shares = np.histogram(draws, [-100, -25, 25, 100])[0] / count
        np.testing.assert_allclose(shares, weights, atol=5 * np.sqrt(0.25 / count))
        assert tuple(net.sample(0).shape) == (0, 1)
        net.fit(net.sample(500), steps=3)
        assert net.means.device.type == device


def test_a_mixtures_density_is_scipys():
    net = models.GaussianMixture(size=3, components=2).double()
    with ravine.no_grad():
        for p in net.parameters():
            p.normal_()
    x = double(5, 3)
    weights, triangles = net.logits.softmax(0).detach().numpy(), net.triangles().detach().numpy()
    expected = sum(
        w * scipy.stats.multivariate_normal(m, t @ t.T).pdf(x.numpy())
        for w, m, t in zip(weights, net.means.detach().numpy(), triangles)
    )
    np.testing.assert_allclose(net(x).exp().detach().numpy(), expected, rtol=1e-8)


def test_one_gaussian_has_the_moments_of_the_data():
    x = double(300, 2) @ double(2, 2) + 4
    net = models.GaussianMixture(size=2).double()
    net.fit(x, steps=2, least=0.0)
    factor = net.triangles()[0].detach().numpy()
    np.testing.assert_allclose(net.means[0].detach().numpy(), x.numpy().mean(0), rtol=1e-10)
    np.testing.assert_allclose(factor @ factor.T, np.cov(x.numpy().T, bias=True), rtol=1e-10)


def test_expectation_and_maximisation_never_go_down():
    x = ravine.cat([double(60, 2), double(40, 2) * 0.3 + 1.5])
    net = models.GaussianMixture(size=2, components=3).double()
    before = -np.inf
    for steps in range(1, 15):
        net.fit(x, steps=steps, least=0.0)
        now = net(x).mean().item()
        assert now >= before - 1e-10
        before = now


def test_what_cannot_be_built():
    for make, message in (
        (lambda: models.Autoencoder(sizes=(4,)), "sizes are those of"),
        (lambda: models.noisy(ravine.ones(2), deviation=-1.0), "deviation >= 0"),
        (lambda: models.noisy(ravine.ones(2), masked=2.0), "0 <= masked <= 1"),
        (lambda: models.VIB(sizes=(4,), code=0, classes=2), "code and classes must be positive"),
        (lambda: models.VAE(sizes=(4,), latent=0), "latent must be positive"),
        (lambda: models.VAE(sizes=(4,), latent=1, likelihood="laplace"), "Use 'bernoulli' or 'gaussian'"),
        (lambda: models.CouplingFlow(size=1), "size >= 2"),
        (lambda: models.GaussianMixture(size=0), "size and components must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match=r"inputs \(2, 3\) and outputs \(2, 4\) differ"):
        models.VAE(sizes=(4,), latent=1).log_likelihood(ravine.zeros(2, 3), ravine.zeros(2, 4))
