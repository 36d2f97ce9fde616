"""Wasserstein GAN with gradient penalty: a derivative of a derivative in each step of the critic."""

import numpy as np

import ravine as torch
import ravine.autograd as autograd
import ravine.nn as nn

DRAWN = True


def models():
    critic = nn.Sequential(
        nn.Linear(2, 32), nn.ReLU(True), nn.Linear(32, 32), nn.ReLU(True), nn.Linear(32, 1)
    )
    generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    return nn.ModuleDict({"D": critic, "G": generator})


def compute_gradient_penalty(D, real_samples, fake_samples):
    alpha = torch.rand(real_samples.size(0), 1, device=real_samples.device)
    interpolates = (alpha * real_samples + ((1 - alpha) * fake_samples)).requires_grad_(True)
    d_interpolates = D(interpolates)
    gradients = autograd.grad(
        outputs=d_interpolates,
        inputs=interpolates,
        grad_outputs=torch.ones_like(d_interpolates),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


def train(nets, n_critic=5, lambda_gp=10):
    D, G = nets["D"], nets["G"]
    optimizer_D = torch.optim.RMSprop(D.parameters(), lr=5e-4)
    optimizer_G = torch.optim.RMSprop(G.parameters(), lr=5e-4)
    rng = np.random.RandomState(1)
    losses = []
    for i in range(60):
        real = torch.tensor(rng.randn(64, 2).astype("float32")) * 0.5 + 1
        optimizer_D.zero_grad()
        fake = G(torch.randn(64, 4)).detach()
        penalty = compute_gradient_penalty(D, real.data, fake.data)
        d_loss = -torch.mean(D(real)) + torch.mean(D(fake)) + lambda_gp * penalty
        d_loss.backward()
        optimizer_D.step()
        if i % n_critic == 0:
            optimizer_G.zero_grad()
            for p in D.parameters():
                p.requires_grad = False
            g_loss = -torch.mean(D(G(torch.randn(64, 4))))
            g_loss.backward()
            optimizer_G.step()
            for p in D.parameters():
                p.requires_grad = True
        losses.append(d_loss.item())
    return losses
