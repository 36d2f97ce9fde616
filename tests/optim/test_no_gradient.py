"""NoGradientWarning: once, with names, where a parameter cannot learn; silent in loops that take turns."""

# pyright: reportArgumentType=false

import warnings

import pytest

import ravine as rv
from ravine import nn, optim


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
        self.spare = nn.Linear(2, 2, bias=False)

    def forward(self, x):
        return self.blocks[1](self.blocks[0](x))


@pytest.fixture
def loud():
    with warnings.catch_warnings():
        warnings.simplefilter("error", rv.NoGradientWarning)
        yield


def loss_of(net):
    return net(rv.ones(3, 2)).sum()


def test_an_unused_layer_is_named_once():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    loss_of(net).backward()
    with pytest.warns(rv.NoGradientWarning) as caught:
        optimizer.step()
    text = str(caught[0].message)
    assert "1 of 5 parameters have no gradient" in text
    assert ": spare.weight. The loss does not depend on them" in text
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step()


def test_a_forgotten_backward_is_said_at_the_first_step():
    nest = nn.Sequential(Net())
    optimizer = optim.Adam(nest.parameters(), lr=0.1)
    with pytest.warns(
        rv.NoGradientWarning, match=r"5 of 5 .* 0.blocks\[0\].weight, .*Call loss.backward\(\)"
    ):
        optimizer.step()


def test_names_without_modules():
    p, q = nn.Parameter(rv.ones(2)), nn.Parameter(rv.ones(3, 1))
    optimizer = optim.SGD([p, q], lr=0.1)
    p.sum().backward()
    with pytest.warns(rv.NoGradientWarning, match=r"param_groups\[0\]\['params'\]\[1\] of shape \(3, 1\)"):
        optimizer.step()
    named = optim.SGD([("left", p), ("right", q)], lr=0.1)
    with pytest.warns(rv.NoGradientWarning, match=": right. "):
        named.step()
    many = optim.SGD([p, *(nn.Parameter(rv.ones(1)) for _ in range(9))], lr=0.1)
    with pytest.warns(rv.NoGradientWarning, match=" and 3 more. "):
        many.step()


def test_adversaries_are_left_alone(loud):
    """Each optimizer steps after its own loss, whose backward reaches the other's parameters too."""
    maker, judge = nn.Linear(2, 2), nn.Linear(2, 1)
    makers, judges = optim.Adam(maker.parameters()), optim.Adam(judge.parameters())
    for _ in range(3):
        judges.zero_grad()
        judge(maker(rv.ones(4, 2)).detach()).sum().backward()
        judges.step()
        makers.zero_grad()
        judge(maker(rv.ones(4, 2))).sum().backward()
        makers.step()


def test_taking_turns_is_left_alone(loud):
    """Both optimizers step every time although only one of them has gradients."""
    one, two = nn.Linear(2, 1), nn.Linear(2, 1)
    optimizers = [optim.SGD(net.parameters(), lr=0.1) for net in (one, two)]
    for step in range(4):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss_of((one, two)[step % 2]).backward()
        for optimizer in optimizers:
            optimizer.step()


def test_an_optimizer_of_another_model_is_found():
    model, copy = nn.Linear(2, 1), nn.Linear(2, 1)
    optimizer = optim.SGD(copy.parameters(), lr=0.1)
    loss_of(model).backward()
    optimizer.step()  # perhaps it is another's turn
    loss_of(model).backward()
    with pytest.warns(rv.NoGradientWarning, match="made for another copy of the model"):
        optimizer.step()


def test_who_had_a_gradient_once_may_do_without(loud):
    net = Net()
    net.spare.requires_grad_(False)  # frozen on purpose
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    loss_of(net).backward()
    optimizer.step()
    optimizer.zero_grad()
    net.blocks[1](rv.ones(1, 2)).sum().backward()
    optimizer.step()


def test_layers_added_later_are_asked_about():
    net = Net()
    optimizer = optim.SGD(net.blocks.parameters(), lr=0.1)
    loss_of(net).backward()
    optimizer.add_param_group({"params": net.spare.parameters()})
    with pytest.warns(rv.NoGradientWarning, match="spare.weight"):
        optimizer.step()
