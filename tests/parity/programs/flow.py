"""A normalising flow of affine couplings, its prior and its transforms from the distributions."""

import numpy as np

import ravine as torch
import ravine.distributions as D
import ravine.nn as nn


class RealNVP(nn.Module):
    def __init__(self, layers=4, hidden=24):
        super().__init__()
        mask = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(layers // 2, 1)
        self.mask = nn.Parameter(mask, requires_grad=False)
        self.t = torch.nn.ModuleList([self.net(hidden, nn.Identity()) for _ in range(layers)])
        self.s = torch.nn.ModuleList([self.net(hidden, nn.Tanh()) for _ in range(layers)])
        self.register_buffer("loc", torch.zeros(2))
        self.register_buffer("cov", torch.eye(2))

    @staticmethod
    def net(hidden, last):
        return nn.Sequential(nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, 2), last)

    @property
    def prior(self):
        return D.MultivariateNormal(self.loc, self.cov)

    def f(self, x):
        log_det_J, z = x.new_zeros(x.shape[0]), x
        for i in reversed(range(len(self.t))):
            z_ = self.mask[i] * z
            s = self.s[i](z_) * (1 - self.mask[i])
            t = self.t[i](z_) * (1 - self.mask[i])
            z = (1 - self.mask[i]) * (z - t) * torch.exp(-s) + z_
            log_det_J -= s.sum(dim=1)
        return z, log_det_J

    def log_prob(self, x):
        z, logp = self.f(x)
        return self.prior.log_prob(z) + logp


def models():
    return RealNVP()


def train(flow):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.randn(128, 2) @ np.array([[1.0, 0.8], [0.0, 0.4]]) + [1, -1]).float()
    squash = D.ComposeTransform([D.AffineTransform(0.0, 0.5), D.TanhTransform()])
    base = D.TransformedDistribution(D.Normal(torch.zeros(2), torch.ones(2)), [squash])
    optimizer = torch.optim.Adam([p for p in flow.parameters() if p.requires_grad is True], lr=1e-2)
    losses = []
    for _ in range(20):
        loss = -flow.log_prob(x).mean()
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        inside = torch.tanh(0.25 * flow.f(x)[0].detach()).clamp(-0.9, 0.9)
        losses.append(loss.item() + 1e-2 * base.log_prob(inside).mean().item())
    return losses
