"""GANs: the game's optimum, the penalties' laws, growing without a jump, and styles that say all there is."""

from itertools import pairwise
from math import log

import numpy as np
import pytest

import ravine
from ravine import models, nn, optim, recipes, train, viz
from ravine.datasets import digits

BITS = ravine.float64


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def fitted(parameters, loss):
    """The least loss, by L-BFGS."""
    optimizer = optim.LBFGS(
        parameters, max_iter=200, tolerance_grad=1e-12, tolerance_change=0.0, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)
    return -loss().item()


def test_row_169_the_best_discriminator_and_the_value_of_the_game():
    """Where D is free at each point it becomes p / (p + q), and V becomes -log 4 + 2 JSD: -log 4 if p = q."""
    p, q = np.array([3, 1, 2, 2]), np.array([1, 1, 2, 4])
    for other in (q, p):
        logits = nn.Parameter(ravine.zeros(4, dtype=BITS))
        data, made = (ravine.tensor(np.repeat(np.arange(4), counts)) for counts in (p, other))
        value = fitted([logits], lambda d=data, m=made, g=logits: models.discriminator_loss(g[d], g[m]))
        np.testing.assert_allclose(sigmoid(logits.detach().numpy()), p / (p + other), atol=1e-6)
        a, b = p / 8, other / 8
        divergence = (a * np.log(2 * a / (a + b)) + b * np.log(2 * b / (a + b))).sum() / 2
        assert value == pytest.approx(-log(4) + 2 * divergence, abs=1e-9)
    assert value == pytest.approx(-1.386294, abs=1e-6)


def test_row_169_the_best_discriminator_of_two_gaussians_is_logistic():
    """log p / q of N(1, 1) and N(-1, 1) is 2 x. The samples are quantiles."""
    share = (ravine.arange(2000, dtype=BITS) + 0.5) / 2000
    x = ravine.distributions.Normal(0.0, 1.0).icdf(share).to(BITS)
    slope, bias = (nn.Parameter(ravine.zeros((), dtype=BITS)) for _ in range(2))
    fitted(
        [slope, bias],
        lambda: models.discriminator_loss(slope * (x + 1) + bias, slope * (x - 1) + bias),
    )
    assert slope.item() == pytest.approx(2, abs=0.01)
    assert bias.item() == pytest.approx(0, abs=1e-6)


def test_losses_are_their_formulas_and_stay_finite():
    rng = np.random.default_rng(0)
    for shape in ((), (1,), (5, 1)):
        real, fake = rng.normal(size=shape) * 3, rng.normal(size=shape) * 3
        r, f = ravine.tensor(real), ravine.tensor(fake)
        value = np.log(sigmoid(real)).mean() + np.log(1 - sigmoid(fake)).mean()
        assert models.discriminator_loss(r, f).item() == pytest.approx(-value)
        assert models.generator_loss(f).item() == pytest.approx(-np.log(sigmoid(fake)).mean())
        saturating = models.generator_loss(f, saturating=True).item()
        assert saturating == pytest.approx(np.log(1 - sigmoid(fake)).mean())
        assert models.wasserstein_distance(r, f).item() == pytest.approx(real.mean() - fake.mean())
    sure = ravine.tensor([-1000.0], requires_grad=True)
    models.generator_loss(sure).backward()
    assert gradient(sure).item() == -1, "the gradient that the saturating loss has not"
    assert (sure.detach() + models.discriminator_loss(-sure.detach(), sure.detach())).item() == -1000


def test_row_173_penalties_of_a_linear_critic():
    """Its slope is |w| everywhere: the penalty is (|w| - 1)^2, its gradient 2 (|w| - 1) w / |w|."""
    x = ravine.randn(6, 3, dtype=BITS)
    for length, one_sided in ((3.0, False), (3.0, True), (0.5, False), (0.5, True)):
        w = ravine.tensor([2.0, -1.0, 2.0], dtype=BITS) * (length / 3)
        w.requires_grad_()
        penalty = models.gradient_penalty(lambda x, w=w: x @ w, x, x.flip(0), one_sided=one_sided)
        counts = 0 if one_sided and length < 1 else 1
        assert penalty.item() == pytest.approx(counts * (length - 1) ** 2)
        penalty.backward()
        expected = counts * 2 * (length - 1) / length * w.detach().numpy()
        np.testing.assert_allclose(gradient(w).numpy(), expected, atol=1e-12)
    flat = ravine.zeros(3, dtype=BITS, requires_grad=True)
    penalty = models.gradient_penalty(lambda x: x @ flat, x, -x)
    penalty.backward()
    assert penalty.item() == 1
    assert gradient(flat).isfinite().all(), "no slope has a direction, but no NaN either"
    w = ravine.tensor([2.0, -1.0, 2.0], dtype=BITS)
    assert models.r1_penalty(lambda x: x @ w, x).item() == pytest.approx(4.5)


def test_row_173_a_penalty_is_trained_through_a_second_derivative():
    """The gradient of both penalties by the critic's weights is that of finite differences."""
    ravine.manual_seed(0)
    critic = models.MLP(sizes=(2, 5, 1), activation="tanh").double()
    x, y = ravine.randn(2, 4, 2, dtype=BITS)

    def penalties():
        ravine.manual_seed(1)
        return (
            models.gradient_penalty(critic, x, y)
            + models.gradient_penalty(critic, x, y, one_sided=True)
            + models.r1_penalty(critic, x)
        )

    penalties().backward()
    step = 1e-6
    for weight in (layer.weight for layer in critic.layers):
        gradient = weight.grad.numpy()
        for place in np.ndindex(*gradient.shape):
            ends = []
            for sign in (1, -1):
                with ravine.no_grad():
                    weight[place] += sign * step
                ends.append(penalties().item())
                with ravine.no_grad():
                    weight[place] -= sign * step
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-8)


def test_row_173_critics_measure_the_distance_of_two_gaussians(tmp_path):
    """Each of five is within a tenth of 2; and where the mass has to go its slope is about 1."""
    from ravine.recipes import gauss_wgan

    result = recipes.load("gauss-wgan")(steps=250, out=tmp_path)
    assert result.reached
    trained = ravine.load(tmp_path / "last.safetensors")["model"]
    sets = {"penalised": gauss_wgan.critics(), "clipped": gauss_wgan.critics()}
    nn.ModuleDict(sets).load_state_dict(trained)
    between = ravine.linspace(0, 2, 21).unsqueeze(1)
    for critic in sets["penalised"]:
        assert gauss_wgan.slopes(critic, between).mean().item() == pytest.approx(1, abs=0.1)
    assert all(p.abs().amax() <= gauss_wgan.CLIP for p in sets["clipped"].parameters())


def test_row_170_a_dcgan_learns_digits():
    """Soon its samples are less than half as far from the test digits as at the start, by pixel moments."""
    ravine.manual_seed(0)
    x, test = (ravine.tensor(digits(part)[0]).unsqueeze(1) * 2 - 1 for part in ("train", "test"))
    net = models.DCGAN(size=8, latent=16, width=16)
    judging, generating = (
        optim.Adam(part.parameters(), lr=2e-3, betas=(0.5, 0.999)) for part in (net.down, net.up)
    )

    def distance():
        made = models.gan.sample(net, 300)
        assert made.abs().amax() <= 1
        return made, train.frechet_distance(made.flatten(1), test.flatten(1))

    _, before = distance()
    for _ in range(250):
        real, made = x[ravine.randint(0, len(x), (32,))], net.generator(ravine.randn(32, 16))
        loss = models.discriminator_loss(net.discriminator(real), net.discriminator(made.detach()))
        judging.zero_grad()
        loss.backward()
        judging.step()
        generating.zero_grad()
        models.generator_loss(net.discriminator(made)).backward()
        generating.step()
    made, after = distance()
    assert after < before / 2
    grid = viz.image_grid(made[:16], columns=4, value_range=(-1, 1))
    assert (grid.png or b"")[:4] == b"\x89PNG"


def test_the_weights_that_a_dcgan_begins_with():
    ravine.manual_seed(0)
    net = models.DCGAN(size=16, width=64)
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            assert module.bias is None
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
        if isinstance(module, nn.BatchNorm2d) and module.weight is not None:
            assert module.weight.mean().item() == pytest.approx(1, abs=0.01)
            assert (module.bias == 0).all()


def test_row_171_a_level_fades_in_without_a_jump():
    """At alpha = 0 the picture is that of the level below, doubled, bit for bit; the critic sees the same."""
    ravine.manual_seed(0)
    net, z = models.ProGAN(widths=(6, 5, 4), latent=3), ravine.randn(4, 3)
    with ravine.no_grad():
        pictures = [net.generator(z, level) for level in range(3)]
        assert [tuple(x.shape) for x in pictures] == [(4, 1, size, size) for size in (8, 16, 32)]
        for level in (1, 2):
            below = pictures[level - 1].numpy().repeat(2, 2).repeat(2, 3)
            assert (net.generator(z, level, 0.0).numpy() == below).all()
            half = net.generator(z, level, 0.5).numpy()
            np.testing.assert_allclose(half, (below + pictures[level].numpy()) / 2, rtol=1e-5, atol=1e-6)
            faint = net.discriminator(net.generator(z, level, 0.0), level, 0.0)
            np.testing.assert_allclose(
                faint.numpy(), net.discriminator(pictures[level - 1], level - 1).numpy(), rtol=1e-5, atol=1e-6
            )


def test_row_171_the_recipe_grows_through_three_sizes():
    """Levels and alphas rise in fifths of the run; data are blended as samples are."""
    from ravine.recipes.fashion_progan import blended, phase

    phases = [phase(step, 20) for step in range(20)]
    assert [level for level, _ in phases] == [0] * 4 + [1] * 8 + [2] * 8
    fading = [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0]
    assert [alpha for _, alpha in phases] == pytest.approx([1.0] * 4 + fading * 2)
    x = ravine.arange(2 * 32 * 32, dtype=ravine.float32).reshape(2, 1, 32, 32)
    for level in (1, 2):
        small = x.numpy().reshape(2, 1, 8 << (level - 1), 4 >> (level - 1), -1, 4 >> (level - 1)).mean((3, 5))
        np.testing.assert_allclose(blended(x, level, 0.0).numpy(), small.repeat(2, 2).repeat(2, 3), rtol=1e-6)
        assert (blended(x, level, 1.0).numpy() != blended(x, level, 0.0).numpy()).any()
    assert (blended(x, 2, 1.0) == x).all()


def test_row_171_those_layers_learn_that_the_level_uses():
    net, all_of_them = models.ProGAN(widths=(3, 2, 2), latent=2, start=2), set()
    for level, alpha in ((0, 1.0), (1, 0.5), (1, 1.0), (2, 0.0), (2, 1.0)):
        net.requires_grad_(True).zero_grad()
        net(ravine.randn(2, 2), level, alpha).sum().backward()
        reached = {name for name, p in net.named_parameters() if p.grad is not None}
        net.grow(level, alpha)
        assert {name for name, p in net.named_parameters() if p.requires_grad} == reached
        all_of_them |= reached
    assert all_of_them == {name for name, _ in net.named_parameters()}


def test_row_171_norm_deviation_and_equal_layers():
    from ravine.models import _equalised as parts

    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 3, 2, 5))
    found = parts.pixel_norm(ravine.tensor(x)).numpy()
    np.testing.assert_allclose(found, x / np.sqrt((x**2).mean(1, keepdims=True)), rtol=1e-6)
    found = parts.minibatch_deviation(ravine.tensor(x)).numpy()
    assert found.shape == (4, 4, 2, 5)
    assert (found[:, :3] == x).all()
    np.testing.assert_allclose(found[:, 3], np.full((4, 2, 5), x.std(0).mean()), rtol=1e-6)
    same = parts.minibatch_deviation(ravine.ones(3, 2, 1, 1)).numpy()
    assert (same[:, 2] < 1e-3).all(), "pictures that are alike"
    ravine.manual_seed(0)
    linear, conv = parts.EqualLinear(400, 300, gain=1.0), parts.EqualConv2d(40, 50, 3, gain=1.0)
    for layer, given in ((linear, ravine.randn(500, 400)), (conv, ravine.randn(20, 40, 12, 12))):
        assert layer.weight.std().item() == pytest.approx(1, rel=0.02)
        made = layer(given)
        inside = made if made.ndim == 2 else made[:, :, 1:-1, 1:-1]
        assert inside.std().item() == pytest.approx(1, rel=0.05), "variance is kept at the call"


def test_row_172_a_classifier_reads_the_label_that_was_asked_for():
    """On a third of the recipe's epochs; nine in ten are read as asked, and rows of all classes are shown."""
    result = recipes.load("digits-cgan")(epochs=40)
    assert result.value > 0.9
    assert any("ten labels" in section.title for section in result.sections)


def test_row_172_both_networks_see_the_label():
    """The label enters as its one-hot vector beside the input: the plain formula with the same weights."""
    ravine.manual_seed(0)
    net = models.GAN(data=3, latent=2, hidden=(5,), classes=4, bounded=True).double()
    z, labels = ravine.randn(6, 2, dtype=BITS), ravine.tensor([0, 1, 2, 3, 3, 0])
    weights = {name: value.numpy() for name, value in net.state_dict().items()}

    def perceptron(x, name):
        x = np.concatenate([x, np.eye(4)[labels.numpy()]], 1)
        h = x @ weights[f"{name}.net.layers.0.weight"].T + weights[f"{name}.net.layers.0.bias"]
        h = h * sigmoid(h)
        return h @ weights[f"{name}.net.layers.1.weight"].T + weights[f"{name}.net.layers.1.bias"]

    made = np.tanh(perceptron(z.numpy(), "make"))
    np.testing.assert_allclose(net.generator(z, labels).detach().numpy(), made, rtol=1e-12)
    np.testing.assert_allclose(net(z, labels).detach().numpy(), perceptron(made, "judge"), rtol=1e-12)


@pytest.fixture(scope="module")
def styled():
    """A network whose noise says something and whose mean style was seen."""
    ravine.manual_seed(0)
    net = models.StyleGAN(widths=(6, 5, 4), latent=3, width=4, depth=2)
    with ravine.no_grad():
        for layer in net.styled:
            layer.strength.fill_(0.5)
            layer.style.weight.normal_()
        for _ in range(50):
            net.mapping(ravine.randn(64, 3))
    return net.eval()


@ravine.no_grad()
def test_row_174_the_style_is_all_there_is_without_noise(styled):
    z = ravine.randn(3, 3)
    styles = styled.mapping(z)
    one, two = styled.synthesis(styles).numpy(), styled.synthesis(styles).numpy()
    assert one.shape == (3, 1, 16, 16)
    assert (one == two).all()
    assert (one == styled.generator(z).numpy()).all()
    assert (one[0] != one[1]).any()
    noise = styled.draw_noise(3)
    noisy = styled.synthesis(styles, *noise).numpy()
    assert (noisy != one).any()
    assert (noisy == styled.generator(z, *noise).numpy()).all()
    assert (noisy != styled.synthesis(styles, *styled.draw_noise(3)).numpy()).any()


@ravine.no_grad()
def test_row_174_truncation_ends_at_the_mean_picture(styled):
    z = ravine.randn(4, 3)
    mean = styled.synthesis(styled.center.expand(1, styled.layers, -1)).numpy()
    at_zero = styled.generator(z, psi=0.0).numpy()
    np.testing.assert_allclose(at_zero, np.broadcast_to(mean, at_zero.shape), rtol=1e-5, atol=1e-5)
    spread = [styled.generator(z, psi=psi).var(0).sum().item() for psi in (0.0, 0.1, 0.2)]
    assert spread[0] < 1e-8 < spread[1] < spread[2]
    seen = styled.mapping(ravine.randn(4000, 3))[:, 0].mean(0)
    # What 50 batches have not yet told: 0.99^50 of the start, which is 0.
    np.testing.assert_allclose(styled.center.numpy(), (1 - 0.99**50) * seen.numpy(), atol=0.02)


@ravine.no_grad()
def test_row_174_mixed_styles(styled):
    """Up to the crossover all layers are those of the one, behind it those of the other."""
    a, b = (styled.mapping(ravine.randn(2, 3)) for _ in range(2))
    pictures = [styled.synthesis(models.mix_styles(a, b, k)).numpy() for k in range(styled.layers + 1)]
    assert (pictures[0] == styled.synthesis(b).numpy()).all()
    assert (pictures[-1] == styled.synthesis(a).numpy()).all()
    for one, next_ in pairwise(pictures):
        assert (one != next_).any()
    mixed = models.mix_styles(a, b, 2)
    assert (mixed[:, :2] == a[:, :2]).all()
    assert (mixed[:, 2:] == b[:, 2:]).all()


@ravine.no_grad()
def test_row_174_the_style_sets_mean_and_deviation_of_every_channel(styled):
    layer, h, w = (
        styled.styled[1].double(),
        ravine.randn(3, 6, 8, 8, dtype=BITS),
        ravine.randn(3, 4, dtype=BITS),
    )
    out = layer(h, w, None).numpy()
    layer.float()
    style = w.numpy() @ (layer.style.weight.detach().numpy().T / 2) + layer.style.bias.detach().numpy()
    np.testing.assert_allclose(out.mean((2, 3)), style[:, 6:], atol=1e-6)
    np.testing.assert_allclose(out.std((2, 3)), np.abs(1 + style[:, :6]), rtol=1e-3)


def test_samples_come_in_batches_and_leave_the_model_as_it_was():
    ravine.manual_seed(0)
    for net in (models.DCGAN(size=4, width=2, latent=3, stages=1), models.StyleGAN(widths=(3, 2), start=2)):
        before = {name: value.clone() for name, value in net.state_dict().items()}
        made = models.gan.sample(net, 7, batch=3)
        assert tuple(made.shape) == (7, 1, 4, 4)
        assert not made.requires_grad
        assert net.training
        assert all((value == before[name]).all() for name, value in net.state_dict().items())
    net = models.GAN(data=2, latent=3, classes=2)
    assert tuple(models.gan.sample(net, 5, ravine.tensor([0, 1, 0, 1, 1]), batch=2).shape) == (5, 2)
    grown = models.ProGAN(widths=(3, 2), latent=3)
    assert tuple(models.gan.sample(grown, 2, level=0).shape) == (2, 1, 8, 8)


def test_every_derivative_of_a_generator_and_many_at_once():
    """A forward derivative is that of finite differences, and vmap gives what a loop gives."""
    ravine.manual_seed(0)
    for net in (
        models.GAN(data=3, latent=2),
        models.DCGAN(size=4, width=2, latent=2, stages=1),
        models.ProGAN(widths=(3, 2), latent=2, start=2),
        models.StyleGAN(widths=(3, 2), latent=2, width=3, start=2),
    ):
        net.double().eval()
        z, v = ravine.randn(2, 5, 2, dtype=BITS)
        _, slope = ravine.func.jvp(net.generator, (z,), (v,))
        step = 1e-6
        with ravine.no_grad():
            difference = (net.generator(z + step * v) - net.generator(z - step * v)) / (2 * step)
            many = ravine.vmap(net.generator)(ravine.stack([z, v]))
            np.testing.assert_allclose(many[1].numpy(), net.generator(v).numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(slope.detach().numpy(), difference.numpy(), rtol=1e-5, atol=1e-7)


def test_the_share_of_the_baseline_counts_only_sound_samples():
    from ravine.recipes._judge import Judgement

    sound = {"distance": 12.0, "baseline": 48.0, "classes": 10, "nearest": 1.5, "nearest_test": 1.5}
    assert Judgement(**sound).share == 0.25
    assert Judgement(**{**sound, "classes": 9}).share == 1.25
    assert Judgement(**{**sound, "nearest": 1.4}).share == 1.25


def test_the_nearest_picture_is_found_by_products():
    from ravine.recipes._judge import _distances

    a, b = ravine.randn(5, 9), ravine.randn(7, 9)
    expected = np.linalg.norm(a.numpy()[:, None] - b.numpy(), axis=2)
    np.testing.assert_allclose(_distances(a, b).numpy(), expected, rtol=1e-5)
    assert (_distances(a, a).diagonal() < 1e-2).all(), "no NaN where rounding makes a square negative"
