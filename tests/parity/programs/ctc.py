"""Reading sequences without alignment: convolutions, a bidirectional GRU and the CTC loss."""

import itertools

import numpy as np

import ravine as torch
import ravine.nn as nn


class Acoustic(nn.Module):
    def __init__(self, features=6, classes=5, hidden=12):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(features, hidden, 5, stride=2, padding=2, padding_mode="replicate"),
            nn.BatchNorm1d(hidden),
            nn.Hardtanh(0, 20, inplace=True),
        )
        self.rnn = nn.GRU(hidden, hidden, bidirectional=True)
        self.fc = nn.Sequential(nn.LayerNorm(2 * hidden), nn.Linear(2 * hidden, classes, bias=False))

    def forward(self, x, lengths):
        x = self.conv(x)
        lengths = torch.div(lengths + 1, 2, rounding_mode="floor").int()
        x = x.permute(2, 0, 1)
        x, _ = self.rnn(x)
        return self.fc(x).log_softmax(-1), lengths


def greedy(log_probs, blank=0):
    best = log_probs.argmax(-1).transpose(0, 1)
    return [[k for k, _ in itertools.groupby(row.tolist()) if k != blank] for row in best]


def models():
    return Acoustic()


def train(model):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.randn(6, 6, 24)).float()
    lengths = torch.tensor([24, 24, 20, 22, 24, 18])
    target_lengths = torch.tensor([4, 5, 3, 4, 2, 3])
    targets = torch.from_numpy(rng.randint(1, 5, int(target_lengths.sum())))
    criterion = nn.CTCLoss(blank=0, reduction="mean", zero_infinity=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    losses = []
    for _ in range(20):
        log_probs, out_lengths = model(x, lengths)
        loss = criterion(log_probs, targets, out_lengths, target_lengths)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
        optimizer.step()
        losses.append(loss.item())
    assert len(greedy(log_probs)) == 6
    return losses
