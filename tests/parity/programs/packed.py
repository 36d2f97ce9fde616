"""Classifying sequences of unequal length by a bidirectional LSTM over packed batches."""

import numpy as np

import ravine as torch
import ravine.nn as nn
from ravine.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 12)
        self.lstm = nn.LSTM(12, 16, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(32, 8)
        self.fc = nn.Linear(32 + 8, 4)

    def forward(self, text, lengths):
        embedded = self.embedding(text)
        packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, (hidden, cell) = self.lstm(packed)
        padded, _ = pad_packed_sequence(out, batch_first=True)
        ragged = pack_sequence([p[:n] for p, n in zip(padded, lengths.tolist())], enforce_sorted=False)
        _, last = self.gru(ragged)
        hidden = torch.cat((hidden[-2, :, :], hidden[-1, :, :], last[0]), dim=1)
        return self.fc(hidden)


def models():
    return Classifier()


def train(model):
    rng = np.random.RandomState(0)
    lengths = torch.from_numpy(rng.randint(2, 9, 16))
    text = torch.zeros(16, 8, dtype=torch.long)
    for i, n in enumerate(lengths.tolist()):
        text[i, :n] = torch.from_numpy(rng.randint(1, 20, n))
    target = (text.sum(1) % 4).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(20):
        model.zero_grad()
        loss = criterion(model(text, lengths), target)
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()
        losses.append(loss.item())
    return losses
