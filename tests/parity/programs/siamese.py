"""Contrastive learning: cosine similarities of two views, a triplet margin, a memory that moves slowly."""

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F


class NTXent(nn.Module):
    def __init__(self, temperature=0.5):
        super().__init__()
        self.temperature = temperature
        self.similarity = nn.CosineSimilarity(dim=2)
        self.criterion = nn.CrossEntropyLoss(reduction="sum")

    def forward(self, z_i, z_j):
        n = z_i.size(0)
        mask = torch.ones((2 * n, 2 * n), dtype=bool).fill_diagonal_(0)
        for i in range(n):
            mask[i, n + i] = 0
            mask[n + i, i] = 0
        z = torch.cat((z_i, z_j), dim=0)
        sim = self.similarity(z.unsqueeze(1), z.unsqueeze(0)) / self.temperature
        positive = torch.cat((torch.diag(sim, n), torch.diag(sim, -n)), dim=0).reshape(2 * n, 1)
        negative = sim[mask].reshape(2 * n, -1)
        labels = torch.zeros(2 * n).to(positive.device).long()
        return self.criterion(torch.cat((positive, negative), dim=1), labels) / (2 * n)


def models():
    make = lambda: nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.PReLU(), nn.Linear(16, 4))
    pair = nn.ModuleDict({"online": make(), "target": make()})
    pair["target"].load_state_dict(pair["online"].state_dict())
    return pair


def train(nets):
    online, target = nets["online"], nets["target"]
    for p in target.parameters():
        p.requires_grad = False
    rng = np.random.RandomState(0)
    base = torch.tensor(rng.randn(12, 8)).float()
    optimizer = torch.optim.Adamax(online.parameters(), lr=5e-3)
    triplet = nn.TripletMarginLoss(margin=1.0, p=2)
    losses = []
    for _ in range(20):
        a, b = (base + 0.1 * torch.tensor(rng.randn(12, 8)).float() for _ in range(2))
        za, zb = online(a), online(b)
        with torch.no_grad():
            anchor = F.normalize(target(base), dim=-1)
        loss = (
            NTXent()(za, zb)
            + triplet(za, zb, zb.roll(1, dims=0))
            - (F.normalize(za, dim=-1) * anchor).sum(-1).mean()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.copy_(torch.lerp(slow, fast, 0.1))
        losses.append(loss.item())
    return losses
