"""Preferences: losses against their formulas in float64, their gradients against closed forms."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats

import ravine
from ravine import generation, models
from ravine.train import alignment


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def draws(*shapes):
    return [ravine.randn(shape).double() for shape in shapes]


def test_reward_loss_is_the_likelihood_of_bradley_and_terry():
    ravine.manual_seed(0)
    for size in (1, 7, 300):
        w, l = (t.requires_grad_() for t in draws((size,), (size,)))  # noqa: E741
        loss = alignment.reward_loss(w, l)
        a, b = w.detach().numpy(), l.detach().numpy()
        truth = -np.log(np.exp(a) / (np.exp(a) + np.exp(b))).mean()
        assert loss.item() == pytest.approx(truth, rel=1e-12)
        assert alignment.reward_loss(w + 5, l + 5).item() == pytest.approx(truth, rel=1e-9)
        loss.backward()
        np.testing.assert_allclose(gradient(w).numpy(), -scipy.special.expit(b - a) / size, rtol=1e-10)
        np.testing.assert_allclose(gradient(l).numpy(), scipy.special.expit(b - a) / size, rtol=1e-10)
    far = ravine.tensor([1000.0, -1000.0])
    assert alignment.reward_loss(far, -far).item() == pytest.approx(1000)  # nothing overflows


def test_dpo_has_the_gradient_of_its_paper_and_nothing_to_learn_at_first():
    ravine.manual_seed(1)
    for beta in (0.05, 0.1, 2.0):
        w, l, rw, rl = (t.requires_grad_() for t in draws((9,), (9,), (9,), (9,)))  # noqa: E741
        alignment.dpo_loss(w, l, rw, rl, beta).backward()
        implied = [beta * (p - r).detach().numpy() for p, r in ((w, rw), (l, rl))]
        wrong = scipy.special.expit(implied[1] - implied[0])
        np.testing.assert_allclose(gradient(w).numpy(), -beta * wrong / 9, rtol=1e-10)
        np.testing.assert_allclose(gradient(l).numpy(), beta * wrong / 9, rtol=1e-10)
        margin = alignment.dpo_margin(w, l, rw, rl, beta).detach().numpy()
        np.testing.assert_allclose(margin, implied[0] - implied[1], rtol=1e-12)
        assert alignment.dpo_loss(w, l, w, l, beta).item() == pytest.approx(math.log(2))


def test_the_optimum_of_dpo_is_the_reference_times_the_exponential_of_the_reward():
    ravine.manual_seed(2)
    reward, reference = draws((4,), (4,))
    beta, logits = 0.5, ravine.zeros(4).double().requires_grad_()
    base = ravine.log_softmax(reference, -1)
    first, second = ravine.combinations(ravine.arange(4)).T
    sure = (reward[first] - reward[second]).sigmoid()
    optimizer = ravine.optim.Adam([logits], lr=0.05)
    for _ in range(400):
        own = logits.log_softmax(-1)
        margin = alignment.dpo_margin(own[first], own[second], base[first], base[second], beta)
        loss = -(sure * margin.sigmoid().log() + (1 - sure) * (-margin).sigmoid().log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    truth = (base + reward / beta).softmax(-1)
    np.testing.assert_allclose(logits.softmax(-1).detach().numpy(), truth.numpy(), atol=2e-3)


def test_ppo_stops_where_the_policy_has_moved_far_enough():
    # ratio, advantage: loss, and derivative by the log-probability (zero where clipped)
    cases = [
        (1.0, 2.0, -2.0, -2.0),
        (1.1, 2.0, -2.2, -2.2),
        (1.5, 2.0, -2.4, 0.0),
        (0.5, 2.0, -1.0, -1.0),
        (1.5, -2.0, 3.0, 3.0),
        (0.9, -2.0, 1.8, 1.8),
        (0.5, -2.0, 1.6, 0.0),
        (0.5, 0.0, 0.0, 0.0),
    ]
    for ratio, advantage, loss, slope in cases:
        new = ravine.tensor([math.log(ratio)], dtype=ravine.float64, requires_grad=True)
        found = alignment.ppo_loss(new, ravine.zeros(1).double(), ravine.tensor([advantage]).double())
        found.backward()
        assert found.item() == pytest.approx(loss, abs=1e-12)
        assert gradient(new).item() == pytest.approx(slope, abs=1e-12)
    ravine.manual_seed(3)
    new, old, a = draws((4, 5), (4, 5), (4, 5))
    mask = ravine.rand(4, 5) < 0.6
    q = np.exp((new - old).numpy())
    both = -np.minimum(q * a.numpy(), np.clip(q, 0.7, 1.3) * a.numpy())
    for shown, truth in ((mask, both[mask.numpy()].mean()), (None, both.mean()), (mask & False, 0.0)):
        assert alignment.ppo_loss(new, old, a, clip=0.3, mask=shown).item() == pytest.approx(truth, abs=1e-12)


def test_a_value_is_clipped_as_its_policy():
    ravine.manual_seed(4)
    v, old, r = draws((4, 5), (4, 5), (4, 5))
    mask = ravine.rand(4, 5) < 0.6
    a, b, c = v.numpy(), old.numpy(), r.numpy()
    squares = np.maximum((a - c) ** 2, (b + np.clip(a - b, -0.2, 0.2) - c) ** 2) / 2
    assert alignment.value_loss(v, old, r, mask=mask).item() == pytest.approx(squares[mask.numpy()].mean())
    free = alignment.value_loss(v, old, r, clip=math.inf)
    assert free.item() == pytest.approx(((a - c) ** 2).mean() / 2)


def test_advantages_are_sums_of_what_was_better_than_expected():
    ravine.manual_seed(5)
    for shape in ((1, 1), (3, 6), (2, 0), (4, 13)):
        rewards, values = draws(shape, shape)
        r, v = rewards.numpy(), values.numpy()
        after = np.concatenate([v[:, 1:], np.zeros((shape[0], 1))], 1)[:, : shape[1]]
        for discount, decay in ((1.0, 0.95), (0.9, 0.5), (0.99, 0.0), (0.8, 1.0)):
            truth = np.zeros(shape)
            for t in range(shape[1]):
                for k in range(t, shape[1]):
                    better = r[:, k] + discount * after[:, k] - v[:, k]
                    truth[:, t] += (discount * decay) ** (k - t) * better
            found = alignment.advantages(rewards, values, discount=discount, decay=decay)
            np.testing.assert_allclose(found.numpy(), truth, atol=1e-12)
        if shape[1]:  # with a decay of 1 what follows, without what was expected
            whole = alignment.advantages(rewards, values, decay=1.0).numpy() + v
            np.testing.assert_allclose(whole, r[:, ::-1].cumsum(1)[:, ::-1], atol=1e-12)


def test_the_divergence_is_exact_and_its_sums_have_that_of_whole_texts_as_their_mean():
    ravine.manual_seed(6)
    a, b = draws((2, 3, 5), (2, 3, 5))
    p, q = (scipy.special.softmax(t.numpy(), -1) for t in (a, b))
    np.testing.assert_allclose(
        alignment.kl_penalty(a, b).numpy(), scipy.stats.entropy(p, q, axis=-1), rtol=1e-9
    )
    own, other = ravine.randn(3, 3), ravine.randn(3, 3)
    texts = alignment.rollout(lambda t: own[t], ravine.zeros(4000, 1, dtype=ravine.int64), length=4, stop=3)
    found = alignment.kl_penalty(texts.of(own[texts.tokens]), texts.of(other[texts.tokens])).sum(1)
    p, q = (scipy.special.softmax(t.double().numpy(), -1) for t in (own, other))
    at, truth = np.array([1.0, 0, 0]), 0.0
    for _ in range(4):
        truth += at @ scipy.stats.entropy(p, q, axis=-1)
        at = at @ p
    assert found.mean().item() == pytest.approx(truth, abs=5 * found.std().item() / math.sqrt(4000))


def test_a_rollout_knows_its_probabilities_and_where_texts_end():
    ravine.manual_seed(7)
    model = models.GPT(layers=1, width=8, heads=2, vocabulary=5, context=16)
    prompts = ravine.tensor([[1, 2], [3, 4], [0, 0]])
    texts = alignment.rollout(model, prompts, length=6, stop=2, generator=ravine.Generator().manual_seed(0))
    assert texts.tokens[:, :2].tolist() == prompts.tolist()
    assert texts.tokens[:, 2:].tolist() == texts.written.tolist()
    for row, mask in zip(texts.written.tolist(), texts.mask.tolist(), strict=True):
        size = row.index(2) + 1 if 2 in row else 6
        assert mask == [True] * size + [False] * (6 - size)
    z = model(texts.tokens).detach().double().numpy()[:, 1:-1]
    truth = np.take_along_axis(scipy.special.log_softmax(z, -1), texts.written.numpy()[..., None], -1)[..., 0]
    np.testing.assert_allclose(texts.log_probs.numpy(), truth, atol=1e-5)
    assert not texts.log_probs.requires_grad


def test_a_reward_is_read_behind_the_last_token():
    ravine.manual_seed(8)
    model = models.RewardModel(layers=2, width=16, heads=2, vocabulary=7, context=9).eval()
    tokens, lengths = ravine.randint(0, 7, (4, 9)), [9, 1, 4, 6]
    found = model(tokens, ravine.tensor(lengths)).tolist()
    every = model.scores(tokens)
    for row, length in enumerate(lengths):
        assert found[row] == pytest.approx(model(tokens[row : row + 1, :length]).item(), abs=1e-5)
        assert found[row] == every[row, length - 1].item()
    hidden = model.trunk.hidden(tokens).detach().double().numpy()
    weight, bias = (p.detach().double().numpy() for p in model.head.parameters())
    np.testing.assert_allclose(every.detach().numpy(), (hidden @ weight.T + bias)[..., 0], atol=1e-5)


def test_row_154_a_reward_is_learnt_from_pairs_and_a_policy_from_the_reward_near_its_reference():
    """In a world of single tokens the best policy is known: the reference times exp(reward / beta)."""
    ravine.manual_seed(9)
    size, beta = 6, 0.5
    taste, reference = ravine.randn(size), ravine.randn(size)
    first, second = ravine.randint(0, size, (2, 3000))
    better = (taste[first] - taste[second]) > 0
    chosen, rejected = ravine.where(better, first, second), ravine.where(better, second, first)
    reward = ravine.zeros(size, requires_grad=True)
    optimizer = ravine.optim.Adam([reward], lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        alignment.reward_loss(reward[chosen[:2000]], reward[rejected[:2000]]).backward()
        optimizer.step()
    found = (reward[chosen[2000:]] > reward[rejected[2000:]])[chosen[2000:] != rejected[2000:]]
    assert found.float().mean().item() > 0.9

    start, policy = ravine.zeros(256, 1, dtype=ravine.int64), reference.clone().requires_grad_()
    optimizer = ravine.optim.Adam([policy], lr=0.05)
    for _ in range(250):
        model = lambda tokens: policy.expand(*tokens.shape, size)  # noqa: E731
        texts = alignment.rollout(model, start, length=1, stop=-1)
        drift = generation.log_probs(texts.of(reference.expand(256, 2, size)), texts.written)
        gain = taste[texts.written] - beta * (texts.log_probs - drift)
        ahead = alignment.advantages(gain, ravine.zeros_like(gain))
        for _ in range(2):
            own = generation.log_probs(texts.of(model(texts.tokens)), texts.written)
            optimizer.zero_grad()
            alignment.ppo_loss(own, texts.log_probs, ahead - ahead.mean()).backward()
            optimizer.step()
    truth = (reference.log_softmax(-1) + taste / beta).softmax(-1)
    apart = scipy.stats.entropy(policy.detach().softmax(-1).numpy(), truth.numpy())
    before = scipy.stats.entropy(reference.softmax(-1).numpy(), truth.numpy())
    assert apart < 0.05 < 0.3 < before
