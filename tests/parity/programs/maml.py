"""Meta-learning: gradients through the steps of an inner loop, on sines of random phase."""

from collections import OrderedDict

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            OrderedDict(
                [
                    ("l1", nn.Linear(1, 20)),
                    ("relu1", nn.ReLU()),
                    ("l2", nn.Linear(20, 20)),
                    ("tanh", nn.Tanh()),
                    ("l3", nn.Linear(20, 1)),
                ]
            )
        )

    def forward(self, x, params=None):
        if params is None:
            return self.net(x)
        x = F.relu(F.linear(x, params["net.l1.weight"], params["net.l1.bias"]))
        x = torch.tanh(F.linear(x, params["net.l2.weight"], params["net.l2.bias"]))
        return F.linear(x, params["net.l3.weight"], params["net.l3.bias"])


def models():
    return Net()


def adapt(model, x, y, steps=2, lr=0.05):
    params = OrderedDict(model.named_parameters())
    for _ in range(steps):
        loss = F.mse_loss(model(x, params), y)
        grads = torch.autograd.grad(loss, params.values(), create_graph=True)
        params = OrderedDict((name, p - lr * g) for (name, p), g in zip(params.items(), grads))
    return params


def train(model):
    rng = np.random.RandomState(0)
    meta = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(20):
        meta.zero_grad()
        meta_loss = 0
        for _ in range(3):
            phase, amplitude = rng.rand() * np.pi, 0.5 + rng.rand()
            x = torch.tensor(rng.uniform(-3, 3, (20, 1)), dtype=torch.float)
            y = amplitude * torch.sin(x + phase)
            params = adapt(model, x[:10], y[:10])
            meta_loss = meta_loss + F.mse_loss(model(x[10:], params), y[10:])
        meta_loss.div(3).backward()
        meta.step()
        losses.append(meta_loss.item() / 3)
    return losses
