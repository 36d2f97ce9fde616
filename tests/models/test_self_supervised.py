"""Learning without labels: the masked autoencoder and contrastive learning, against NumPy and laws."""

import numpy as np
import pytest

import ravine
from ravine import errors, models, nn
from ravine.nn import functional as F
from ravine.train import linear_probe


def autoencoder(**options):
    sizes = {"size": 6, "patch": 2, "layers": 1, "width": 8, "heads": 2, "decoder": 4, "hide": 0.6}
    return models.MaskedAutoencoder(**(sizes | options))


def test_the_loss_is_of_hidden_patches_alone():
    ravine.manual_seed(0)
    net = autoencoder().double()
    x = ravine.randn(4, 1, 6, 6, dtype=ravine.float64)
    order = net.order(x)
    pixels, mask = net(x, order)
    hidden = np.ones((4, 9))
    for row, places in zip(hidden, order.numpy(), strict=True):
        row[places[:4]] = 0
    assert (mask.numpy() == hidden).all()
    patches = models.patchify(x, 2).numpy()
    errors_ = ((pixels.detach().numpy() - patches) ** 2).mean(2)
    expected = errors_[hidden == 1].mean()
    np.testing.assert_allclose(models.masked_loss(net, x, order).item(), expected, rtol=1e-12)


def test_what_is_hidden_is_not_seen():
    """Other pixels in hidden patches change nothing; in those seen they change every guess."""
    ravine.manual_seed(1)
    net = autoencoder().double()
    x = ravine.randn(2, 1, 6, 6, dtype=ravine.float64)
    order = net.order(x)
    pixels, mask = net(x, order)
    noise = models.patchify(ravine.randn_like(x), 2)
    for where, same in ((mask, True), (1 - mask, False)):
        other = models.unpatchify(models.patchify(x, 2) + noise * where.unsqueeze(2), 2, 6, 6)
        again, _ = net(other, order)
        assert (again == pixels).all().item() is same
    # The order among those seen, and among those hidden, is of no matter.
    swapped = ravine.cat([order[:, :4].flip(1), order[:, 4:].flip(1)], 1)
    np.testing.assert_allclose(net(x, swapped)[0].detach().numpy(), pixels.detach().numpy(), atol=1e-12)


def test_orders_are_permutations_of_the_stream():
    net = autoencoder(size=8)
    ravine.manual_seed(3)
    order = net.order(ravine.zeros(200, 1, 8, 8))
    assert (order.sort(1)[0] == ravine.arange(16)).all()
    ravine.manual_seed(3)
    assert (net.order(ravine.zeros(200, 1, 8, 8)) == order).all()
    hits = np.bincount(order[:, : net.seen].flatten().numpy(), minlength=16)
    assert abs(hits - hits.mean()).max() < 4 * np.sqrt(200 * 0.24)


def test_nt_xent_is_the_sum_of_its_definition():
    rng = np.random.default_rng(0)
    for n, d, temperature in ((1, 3, 0.5), (2, 1, 1.0), (5, 4, 0.1)):
        a, b = rng.standard_normal((2, n, d))
        views = np.concatenate([a, b])
        views /= np.linalg.norm(views, axis=1, keepdims=True)
        total = 0.0
        for i in range(2 * n):
            weights = {k: np.exp(views[i] @ views[k] / temperature) for k in range(2 * n) if k != i}
            total -= np.log(weights[(i + n) % (2 * n)] / sum(weights.values()))
        loss = models.nt_xent(ravine.tensor(a), ravine.tensor(b), temperature=temperature)
        np.testing.assert_allclose(loss.item(), total / (2 * n), rtol=1e-10, atol=1e-12)
        again = models.nt_xent(ravine.tensor(3 * b), ravine.tensor(2 * a), temperature=temperature)
        np.testing.assert_allclose(again.item(), loss.item(), rtol=1e-10, atol=1e-12)
    z = ravine.randn(4, 3, dtype=ravine.float64, requires_grad=True)
    assert ravine.autograd.gradcheck(lambda z: models.nt_xent(z, z * 2 + 1), (z,))


def test_a_probe_is_the_minimum_that_it_names():
    """At the fitted logits the gradient of the regularised loss vanishes; scipy finds the same."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 3)) * [1, 5, 0.1] + [0, 2, 7], rng.integers(0, 3, 40)
    others = rng.standard_normal((6, 3)) * [1, 5, 0.1] + [0, 2, 7]
    z, o = (x - x.mean(0)) / x.std(0), (others - x.mean(0)) / x.std(0)

    def loss(theta):
        weight, bias = theta[:9].reshape(3, 3), theta[9:]
        logits = z @ weight.T + bias
        logits = logits - logits.max(1, keepdims=True)
        log = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        return -log[np.arange(40), y].mean() + 0.05 * (weight**2).sum()

    best = minimize(loss, np.zeros(12), tol=1e-12).x
    expected = o @ best[:9].reshape(3, 3).T + best[9:]
    got = linear_probe(ravine.tensor(x), ravine.tensor(y), ravine.tensor(others), decay=0.1)
    centred = [part - part.mean(1, keepdims=True) for part in (got.numpy(), expected)]
    np.testing.assert_allclose(*centred, atol=1e-4)
    constant = ravine.cat([ravine.tensor(x), ravine.ones(40, 1, dtype=ravine.float64)], 1)
    assert np.isfinite(linear_probe(constant, ravine.tensor(y), constant).numpy()).all()
    with pytest.raises(errors.ShapeError, match=r"\(40, 3\)"):
        linear_probe(ravine.tensor(x), ravine.tensor(y[:3]), ravine.tensor(x))


def test_row_104_features_learned_by_guessing_tell_more_than_random_ones():
    """Digits: a linear probe on the frozen features, before and after learning to guess hidden patches."""
    from ravine.datasets import digits

    ravine.manual_seed(0)
    images, labels = digits("train")
    x, y = ravine.tensor(images).unsqueeze(1), ravine.tensor(labels).long()
    net = models.MaskedAutoencoder(size=8, patch=2, layers=1, width=24, heads=4, decoder=16, hide=0.5)

    def probed():
        with ravine.no_grad():
            known, others = net.features(x[:1000]), net.features(x[1000:])
        return (linear_probe(known, y[:1000], others).argmax(1) == y[1000:]).float().mean().item()

    before = probed()
    optimizer = ravine.optim.AdamW(net.parameters(), lr=5e-3)
    for step in range(80):
        first = step * 64 % 960
        loss = models.masked_loss(net, x[first : first + 64])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert probed() > before + 0.05, (probed(), before)


def test_attention_inside_a_network_begins_as_nothing_and_sees_everything():
    ravine.manual_seed(0)
    layer = models.PlaceAttention(4, 2).double()
    x = ravine.randn(2, 4, 3, 5, dtype=ravine.float64)
    assert (layer(x) == x).all()
    nn.init.normal_(layer.attn.out_proj.weight)
    changed = x.clone()
    changed[:, :, 0, 0] += 1.0
    assert ((layer(changed) - layer(x)).abs().amax(1) > 1e-9).all()
    # Places have no order: a mirrored picture gives the mirrored result.
    np.testing.assert_allclose(
        layer(x.flip(3)).detach().numpy(), layer(x).flip(3).detach().numpy(), atol=1e-12
    )


def test_row_160_convolution_and_attention_together_have_their_shapes_and_learn():
    """Tokens of the stem by the formula, and pictures that neither guesses from brightness alone."""
    for size, stem, tokens in ((14, [3], 49), (7, [2, 3], 4), (28, [2, 3, 4], 16)):
        net = models.HybridViT(size=size, stem=stem, layers=1, width=4, heads=2)
        assert net.pos_embed.shape[1] == 1 + tokens
        weights = net.attention(ravine.randn(2, 1, size, size))[0]
        assert weights is not None
        assert tuple(weights.shape) == (2, 2, 1 + tokens, 1 + tokens)
    ravine.manual_seed(0)
    # A bar that lies or stands, somewhere: class 0 or 1.
    y = ravine.randint(0, 2, (400,))
    row = ravine.zeros(400, 1, 10, 10)
    place = ravine.randint(0, 10, (400,)).reshape(-1, 1, 1, 1)
    row = (ravine.arange(10).reshape(10, 1) == place).float().expand(400, 1, 10, 10)
    x = ravine.where(y.reshape(-1, 1, 1, 1) == 1, row, row.transpose(2, 3)) + 0.3 * ravine.randn(
        400, 1, 10, 10
    )
    for net in (
        models.HybridViT(size=10, stem=[8], layers=1, width=16, heads=2, classes=2),
        models.AttentionCNN(widths=[8, 16], heads=2, classes=2),
    ):
        optimizer = ravine.optim.AdamW(net.parameters(), lr=5e-3)
        for step in range(60):
            some = slice(step * 50 % 300, step * 50 % 300 + 50)
            loss = F.cross_entropy(net(x[some]), y[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        right = (net.eval()(x[300:]).argmax(1) == y[300:]).float().mean().item()
        assert right > 0.9, (type(net), right)
