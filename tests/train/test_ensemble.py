"""freeze keeps bits; an ensemble is its members, trained or not."""

import pytest

import ravine
from ravine import errors, nn, optim
from ravine.nn import functional as F
from ravine.train import Ensemble, fit, freeze, unfreeze


def network(norm=nn.BatchNorm1d):
    return nn.Sequential(nn.Linear(5, 8), norm(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


def data(n=64):
    x = ravine.randn(n, 5)
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0).long()


def test_row_101_frozen_parameters_and_statistics_keep_their_bits(capsys):
    ravine.manual_seed(0)
    trunk, head = network(), nn.Linear(3, 3)
    model = nn.Sequential(freeze(trunk), head)
    before = {name: value.clone() for name, value in trunk.state_dict().items()}
    old = head.weight.detach().clone()
    optimizer = optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    done = fit(model, data(), F.cross_entropy, optimizer, steps=30)
    assert done.losses[-1] < done.losses[0]
    for name, value in trunk.state_dict().items():
        assert value.numpy().tobytes() == before[name].numpy().tobytes(), name
    assert (head.weight != old).all()
    # And it computes the same function in training as in evaluation: no dropout, no batch statistics.
    x, _ = data(7)
    model.train()
    assert (trunk(x) == trunk(x)).all()
    assert (model(x) == model.eval()(x)).all()


def test_gradients_flow_through_what_is_frozen():
    trunk = freeze(network())
    x = ravine.randn(4, 5, requires_grad=True)
    trunk(x).sum().backward()
    assert x.grad is not None
    assert all(p.grad is None for p in trunk.parameters())


def test_what_was_frozen_is_trained_again():
    model = unfreeze(freeze(network()))
    assert all(p.requires_grad for p in model.parameters())
    model.train()
    mean = model[1].running_mean.clone()
    model(data()[0])
    assert (model[1].running_mean != mean).any()
    with pytest.raises(errors.StateError, match="was not frozen"):
        unfreeze(model)


def test_row_97_members_computed_at_once_are_the_loop():
    ravine.manual_seed(0)
    members = [network().eval() for _ in range(5)]
    for member in members:
        member[1].running_mean.normal_()
    ensemble = Ensemble(members)
    assert len(ensemble) == 5
    x, _ = data(9)
    together = ensemble(x)
    loop = ravine.stack([member(x) for member in members])
    assert ravine.allclose(together, loop, rtol=1e-5, atol=1e-6)
    assert ravine.allclose(ensemble.probabilities(x), loop.softmax(-1).mean(0), rtol=1e-5, atol=1e-6)
    own = ravine.randn(5, 9, 5)
    apart = Ensemble(members, apart=True)(own)
    assert ravine.allclose(apart, ravine.stack([m(v) for m, v in zip(members, own)]), rtol=1e-5, atol=1e-6)
    for member, again in zip(members, ensemble.members(), strict=True):
        for name, value in member.state_dict().items():
            assert (again.state_dict()[name] == value).all(), name


def test_training_at_once_is_training_each_alone():
    def plain():
        return nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 3)).double()

    ravine.manual_seed(0)
    members = [plain() for _ in range(3)]
    x, y = data(32)
    x = x.double()
    ensemble = Ensemble(members)
    optimizer = optim.Adam(ensemble.parameters(), lr=0.01)
    for _ in range(10):
        optimizer.zero_grad()
        F.cross_entropy(ensemble(x).flatten(0, 1), y.repeat(3), reduction="none").reshape(3, -1).mean(
            1
        ).sum().backward()
        optimizer.step()
    for member, trained in zip(members, ensemble.members(), strict=True):
        optimizer = optim.Adam(member.parameters(), lr=0.01)
        for _ in range(10):
            optimizer.zero_grad()
            F.cross_entropy(member(x), y).backward()
            optimizer.step()
        for (name, a), (_, b) in zip(member.named_parameters(), trained.named_parameters(), strict=True):
            assert ravine.allclose(a, b, rtol=1e-8, atol=1e-10), name


def test_dropout_differs_from_member_to_member():
    same = nn.Sequential(nn.Linear(1, 64), nn.Dropout(0.5))
    nn.init.ones_(same[0].weight)
    nn.init.zeros_(same[0].bias)
    y = Ensemble([same, same])(ravine.ones(1, 1))
    assert (y[0] != y[1]).any()
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_the_mean_of_the_members_answers_better_than_they_do():
    """Jensen's inequality: the cross-entropy of mean probabilities is at most their mean cross-entropy."""
    ravine.manual_seed(0)
    ensemble = Ensemble([network() for _ in range(4)]).eval()
    x, y = data(50)
    mean = F.nll_loss(ensemble.probabilities(x).log(), y).item()
    each = [F.cross_entropy(scores, y).item() for scores in ensemble(x)]
    assert mean < sum(each) / 4


def test_what_an_ensemble_cannot_be():
    with pytest.raises(ValueError, match="no models"):
        Ensemble([])
    with pytest.raises(ValueError, match="differ in class"):
        Ensemble([nn.Linear(2, 2), nn.Bilinear(2, 2, 2)])
    with pytest.raises(errors.StateError, match="keep running statistics, which cannot be trained"):
        Ensemble([network(), network()])(ravine.ones(4, 5))
