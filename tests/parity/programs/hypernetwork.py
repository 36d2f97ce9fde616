"""A network that writes the weights of another, per sample, by batched products and by vmap."""

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F
from ravine.func import functional_call, vmap


class Hyper(nn.Module):
    def __init__(self, context=4, hidden=8):
        super().__init__()
        self.target = nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        self.sizes = [p.numel() for p in self.target.parameters()]
        self.net = nn.Sequential(nn.Linear(context, 32), nn.ReLU(), nn.Linear(32, sum(self.sizes)))
        for p in self.target.parameters():
            p.requires_grad_(False)

    def weights(self, context):
        parts = torch.split(self.net(context), self.sizes, dim=-1)
        named = zip(self.target.named_parameters(), parts)
        return {name: part.reshape(*context.shape[:-1], *p.shape) for (name, p), part in named}

    def forward(self, context, x):
        by_hand = self.weights(context)
        h = torch.baddbmm(by_hand["0.bias"].unsqueeze(1), x, by_hand["0.weight"].transpose(1, 2)).tanh()
        first = torch.bmm(h, by_hand["2.weight"].mT) + by_hand["2.bias"][:, None]
        second = vmap(lambda w, x: functional_call(self.target, w, (x,)))(by_hand, x)
        assert torch.allclose(first, second, atol=1e-5)
        return (first + second) / 2


def models():
    return Hyper()


def train(model):
    rng = np.random.RandomState(0)
    context = torch.tensor(rng.randn(8, 4), dtype=torch.float32)
    x = torch.linspace(-1, 1, 12).view(1, 12, 1).repeat(8, 1, 1)
    y = torch.sin(3 * x * context[:, :1, None]) + context[:, 1:2].unsqueeze(-1)
    trainable = filter(lambda p: p.requires_grad, model.parameters())
    optimizer = torch.optim.NAdam(trainable, lr=1e-2)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = F.huber_loss(model(context, x), y, delta=0.5)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
