"""Schedules: warm-up by a factor, one cycle, cosine with restarts, and groups with rates of their own."""

import math

import numpy as np

import ravine as torch
import ravine.nn as nn
from ravine.optim import SGD, Adam, lr_scheduler


class WarmupCosine(lr_scheduler._LRScheduler):
    def __init__(self, optimizer, warmup, total, last_epoch=-1):
        self.warmup, self.total = warmup, total
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self.last_epoch < self.warmup:
            return [base * (self.last_epoch + 1) / self.warmup for base in self.base_lrs]
        progress = (self.last_epoch - self.warmup) / max(1, self.total - self.warmup)
        return [base * 0.5 * (1 + math.cos(math.pi * progress)) for base in self.base_lrs]


def models():
    return nn.ModuleList([nn.Sequential(nn.Linear(4, 16), nn.ELU(), nn.Linear(16, 2)) for _ in range(4)])


def train(nets):
    rng = np.random.RandomState(0)
    x, y = torch.from_numpy(rng.randn(64, 4)).float(), torch.from_numpy(rng.randn(64, 2)).float()
    first, second, third, fourth = nets
    groups = [{"params": first[0].parameters(), "lr": 0.05}, {"params": first[2].parameters()}]
    opts = [
        SGD(groups, lr=0.1, momentum=0.9),
        Adam(second.parameters(), lr=1e-2),
        torch.optim.RMSprop(third.parameters(), lr=1e-2, centered=True),
        torch.optim.Adagrad(fourth.parameters(), lr=5e-2),
    ]
    scheds = [
        WarmupCosine(opts[0], 5, 20),
        lr_scheduler.OneCycleLR(opts[1], max_lr=3e-2, total_steps=25),
        lr_scheduler.CosineAnnealingWarmRestarts(opts[2], T_0=5, T_mult=2),
        lr_scheduler.LambdaLR(opts[3], lr_lambda=lambda epoch: 0.95**epoch),
    ]
    plateau = lr_scheduler.ReduceLROnPlateau(opts[3], mode="min", factor=0.5, patience=3)
    losses = []
    for _ in range(20):
        total = 0.0
        for net, opt, sched in zip(nets, opts, scheds):
            opt.zero_grad()
            loss = nn.MSELoss()(net(x), y)
            loss.backward()
            opt.step()
            sched.step()
            total += loss.item()
        plateau.step(total)
        losses.append(total + sum(o.param_groups[0]["lr"] for o in opts) + scheds[1].get_last_lr()[0])
    return losses
