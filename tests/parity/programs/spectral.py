"""Normalised and pruned weights: spectral and weight norm, magnitude pruning, tied parametrisations."""

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.utils.parametrize as parametrize
import ravine.nn.utils.prune as prune
from ravine.nn.utils import parametrizations


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)


def models():
    net = nn.Sequential(nn.Linear(8, 16), nn.Softplus(), nn.Linear(16, 16), nn.Mish(), nn.Linear(16, 1))
    parametrizations.weight_norm(net[0])
    parametrize.register_parametrization(net[2], "weight", Symmetric())
    prune.l1_unstructured(net[4], name="weight", amount=0.25)
    return net


def train(net):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.randn(32, 8)).float()
    y = (x[:, 0] * x[:, 1] > 0).float().unsqueeze(-1)
    optimizer = torch.optim.Rprop(net.parameters(), lr=1e-2)
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_fn(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    weight = net[2].weight
    assert torch.equal(weight, weight.T)
    prune.remove(net[4], "weight")
    assert int((net[4].weight == 0).sum()) == 4
    return losses
