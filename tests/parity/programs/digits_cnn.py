"""A convolutional classifier with the usual loop: device line, loaders, scheduler, evaluation."""

import argparse

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F
import ravine.optim as optim
from ravine.optim.lr_scheduler import StepLR
from ravine.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, 1)
        self.conv2 = nn.Conv2d(8, 16, 3, 1)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.5)
    parser.add_argument("--gamma", type=float, default=0.7)
    return parser.parse_args([])


def data():
    rng = np.random.RandomState(0)
    images = rng.rand(320, 1, 8, 8).astype(np.float32)
    labels = (images[:, 0, :4].mean((1, 2)) * 40 % 10).astype(np.int64)
    return TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))


def models():
    return Net().to(device)


def train(model):
    args = parse()
    loader = DataLoader(data(), batch_size=args.batch_size, shuffle=False, drop_last=True)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    losses = []
    for epoch in range(2):
        model.train()
        for batch_idx, (x, target) in enumerate(loader):
            x, target = x.to(device), target.to(device)
            optimizer.zero_grad()
            loss = F.nll_loss(model(x), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    model.eval()
    correct, total = 0, 0
    with torch.no_grad():
        for x, target in loader:
            output = model(x.to(device))
            total += F.nll_loss(output, target.to(device), reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.to(device).view_as(pred)).sum().item()
    return [*losses, total / len(loader.dataset), correct / len(loader.dataset)]
