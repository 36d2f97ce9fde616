"""The DCGAN and the penalties against networks and formulas written in torch, with the same weights."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

import ravine
from ravine import models


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def torch_dcgan() -> tuple[nn.Module, nn.Module]:
    """The usual listing, for pictures of 16x16 with two channels."""
    generator = nn.Sequential(
        nn.ConvTranspose2d(5, 12, 4, 1, 0, bias=False), nn.BatchNorm2d(12), nn.ReLU(True),
        nn.ConvTranspose2d(12, 6, 4, 2, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU(True),
        nn.ConvTranspose2d(6, 2, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Conv2d(2, 6, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(6, 12, 4, 2, 1, bias=False), nn.BatchNorm2d(12), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(12, 1, 4, 1, 0, bias=False), nn.Flatten(),
    )  # fmt: skip
    return generator.double(), discriminator.double()


def copied(tensor: ravine.Tensor) -> torch.Tensor:
    return torch.from_numpy(tensor.detach().numpy().copy())


def test_row_170_a_step_of_the_dcgan_game():
    """Pictures, both losses, and the gradients of both networks."""
    ravine.manual_seed(0)
    net = models.DCGAN(size=16, channels=2, latent=5, width=6).double()
    generator, discriminator = torch_dcgan()
    generator.load_state_dict({name: copied(value) for name, value in net.up.state_dict().items()})
    discriminator.load_state_dict({name: copied(value) for name, value in net.down.state_dict().items()})
    x = ravine.randn(4, 2, 16, 16, dtype=ravine.float64)
    z = ravine.randn(4, 5, dtype=ravine.float64)
    entropy = nn.functional.binary_cross_entropy_with_logits

    made = net.generator(z)
    told = models.discriminator_loss(net.discriminator(x), net.discriminator(made.detach()))
    told.backward()
    theirs = generator(copied(z)[:, :, None, None])
    np.testing.assert_allclose(made.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-12)
    real, fake = discriminator(copied(x)), discriminator(theirs.detach())
    loss = entropy(real, torch.ones_like(real)) + entropy(fake, torch.zeros_like(fake))
    loss.backward()
    np.testing.assert_allclose(told.item(), loss.item(), rtol=1e-12)
    for p, q in zip(net.down.parameters(), discriminator.parameters(), strict=True):
        np.testing.assert_allclose(gradient(p).numpy(), gradient(q).numpy(), rtol=1e-8, atol=1e-11)

    for saturating in (False, True):
        net.zero_grad()
        generator.zero_grad()
        fooled = models.generator_loss(net(z), saturating=saturating)
        fooled.backward()
        logits = discriminator(generator(copied(z)[:, :, None, None]))
        loss = (
            -entropy(logits, torch.zeros_like(logits))
            if saturating
            else entropy(logits, torch.ones_like(logits))
        )
        loss.backward()
        np.testing.assert_allclose(fooled.item(), loss.item(), rtol=1e-12)
        for p, q in zip(net.up.parameters(), generator.parameters(), strict=True):
            np.testing.assert_allclose(gradient(p).numpy(), gradient(q).numpy(), rtol=1e-8, atol=1e-12)


def test_row_173_the_penalties_and_their_second_derivatives():
    """At the points that were drawn, through a critic of convolutions."""
    ravine.manual_seed(0)
    net = models.ProGAN(widths=(4, 3), latent=3, start=2).double()
    ours = net.critic
    x, y = ravine.randn(2, 5, 1, 4, 4, dtype=ravine.float64)

    def features(x):
        """The critic's head on one picture at a time: no deviation of the batch."""
        h = ours.first[0](ours.readers[1](x)).tanh()
        return ours.second[0](h).square().mean((1, 2, 3))

    def in_torch(x):
        weights = [copied(m.weight).mul(m.scale) for m in (ours.readers[1], ours.first[0], ours.second[0])]
        for weight in weights:
            weight.requires_grad_()
        h = nn.functional.conv2d(nn.functional.conv2d(x, weights[0]), weights[1], padding=1).tanh()
        return nn.functional.conv2d(h, weights[2], padding=1).square().mean((1, 2, 3)), weights

    for kind in ("two", "one", "r1"):
        ravine.manual_seed(3)
        u = copied(ravine.rand(5, 1, 1, 1, dtype=ravine.float64))
        ravine.manual_seed(3)
        net.zero_grad()
        if kind == "r1":
            penalty = models.r1_penalty(features, 5 * x)
            points = 5 * copied(x)
        else:
            penalty = models.gradient_penalty(features, 5 * x, y, one_sided=kind == "one")
            points = u * 5 * copied(x) + (1 - u) * copied(y)
        penalty.backward()
        points.requires_grad_()
        score, weights = in_torch(points)
        (slope,) = torch.autograd.grad(score.sum(), points, create_graph=True)
        length = slope.flatten(1).norm(dim=1)
        expected = {
            "two": (length - 1).square().mean(),
            "one": (length - 1).relu().square().mean(),
            "r1": length.square().mean() / 2,
        }[kind]
        expected.backward()
        np.testing.assert_allclose(penalty.item(), expected.item(), rtol=1e-10)
        layers = (ours.readers[1], ours.first[0], ours.second[0])
        for layer, weight in zip(layers, weights, strict=True):
            np.testing.assert_allclose(
                layer.weight.grad.numpy(), (weight.grad * layer.scale).numpy(), rtol=1e-7, atol=1e-12
            )
