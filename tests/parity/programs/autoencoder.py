"""A convolutional autoencoder with pooling that is undone, L-BFGS on its last layer, and a saved checkpoint."""

import os
import tempfile

import numpy as np

import ravine as torch
from ravine import nn, optim


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode1 = nn.Conv2d(1, 4, 3, padding="same", padding_mode="reflect")
        self.pool = nn.MaxPool2d(2, stride=2, return_indices=True)
        self.encode2 = nn.Conv2d(4, 6, 3, padding=1)
        self.decode1 = nn.ConvTranspose2d(6, 4, 3, padding=1)
        self.unpool = nn.MaxUnpool2d(2, stride=2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.decode2 = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        y = torch.relu(self.encode1(x))
        y, indices = self.pool(y)
        z = self.decode1(torch.relu(self.encode2(y)))
        return torch.sigmoid(self.decode2(torch.cat([self.unpool(z, indices), self.up(y)], 1)))


def models():
    return Autoencoder()


def train(model):
    x = torch.from_numpy(np.random.RandomState(0).rand(6, 1, 8, 8)).float()
    criterion = nn.BCELoss()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        optimizer.zero_grad()
        loss = criterion(model(x), x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "checkpoint.pth.tar")
        torch.save({"epoch": 15, "state_dict": model.state_dict(), "best": min(losses)}, path)
        checkpoint = torch.load(path, map_location=torch.device("cpu"))
        model.load_state_dict(checkpoint["state_dict"])
        assert checkpoint["epoch"] == 15
    last = optim.LBFGS(model.decode2.parameters(), lr=0.5, max_iter=4, line_search_fn="strong_wolfe")
    for _ in range(5):

        def closure():
            last.zero_grad()
            loss = criterion(model(x), x)
            loss.backward()
            return loss

        losses.append(last.step(closure).item())
    return losses
