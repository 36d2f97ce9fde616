"""A dataset of unequal texts: own collate function, batches by a sampler, weights for rare classes."""

import numpy as np

import ravine as torch
import ravine.nn as nn
from ravine.nn.utils.rnn import pad_sequence
from ravine.utils.data import DataLoader, Dataset, Subset, random_split
from ravine.utils.data.sampler import BatchSampler, Sampler, SequentialSampler, WeightedRandomSampler

DRAWN = True


class Words(Dataset):
    def __init__(self, count):
        rng = np.random.RandomState(0)
        self.items = [rng.randint(1, 12, rng.randint(3, 9)) for _ in range(count)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        word = torch.as_tensor(self.items[index])
        return word, int(word.sum() % 3 == 0)


class ByLength(Sampler):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        return iter(sorted(range(len(self.data)), key=lambda i: len(self.data[i][0])))

    def __len__(self):
        return len(self.data)


def collate(batch):
    words, labels = zip(*batch)
    return pad_sequence(words, batch_first=True), torch.LongTensor(labels)


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(12, 16, padding_idx=0)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        mask = (x != 0).unsqueeze(-1).float()
        return self.out((self.embed(x) * mask).sum(1) / mask.sum(1))


def models():
    return Bag()


def train(model):
    data = Words(120)
    train_set, test_set = random_split(data, [100, 20], generator=torch.Generator().manual_seed(42))
    labels = torch.tensor([label for _, label in train_set])
    counts = torch.bincount(labels)
    weights = (1.0 / counts.float())[labels]
    sampler = WeightedRandomSampler(weights, num_samples=len(weights), replacement=True)
    loader = DataLoader(train_set, batch_size=20, sampler=sampler, collate_fn=collate)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    losses = []
    for _ in range(12):
        epoch = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y, label_smoothing=0.05)
            loss.backward()
            optimizer.step()
            epoch += loss.item() / len(loader)
        losses.append(epoch)
    batches = BatchSampler(ByLength(test_set), 8, drop_last=False)
    ordered = DataLoader(test_set, batch_sampler=batches, collate_fn=collate)
    widths = [x.size(1) for x, _ in ordered]
    assert widths == sorted(widths)
    assert len(Subset(data, range(50))) + len(list(SequentialSampler(test_set))) == 70
    return losses
