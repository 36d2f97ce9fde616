"""Capsules with routing by agreement (Sabour et al., 2017), and a decoder masked by the right class."""

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F


def squash(inputs, axis=-1):
    norm = torch.norm(inputs, p=2, dim=axis, keepdim=True)
    return norm**2 / (1 + norm**2) * inputs / (norm + 1e-8)


class DenseCapsule(nn.Module):
    def __init__(self, in_num_caps, in_dim_caps, out_num_caps, out_dim_caps, routings=3):
        super().__init__()
        self.in_num_caps, self.out_num_caps, self.routings = in_num_caps, out_num_caps, routings
        self.weight = nn.Parameter(0.1 * torch.randn(out_num_caps, in_num_caps, out_dim_caps, in_dim_caps))

    def forward(self, x):
        x_hat = torch.squeeze(torch.matmul(self.weight, x[:, None, :, :, None]), dim=-1)
        x_hat_detached = x_hat.detach()
        b = torch.zeros(x.size(0), self.out_num_caps, self.in_num_caps)
        for i in range(self.routings):
            c = F.softmax(b, dim=1)
            if i == self.routings - 1:
                outputs = squash(torch.sum(c[:, :, :, None] * x_hat, dim=-2, keepdim=True))
            else:
                outputs = squash(torch.sum(c[:, :, :, None] * x_hat_detached, dim=-2, keepdim=True))
                b = b + torch.sum(outputs * x_hat_detached, dim=-1)
        return torch.squeeze(outputs, dim=-2)


class CapsuleNet(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        self.classes = classes
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3)
        self.primary = nn.Conv2d(16, 16, kernel_size=3, stride=2)
        self.digits = DenseCapsule(4 * 4, 4, classes, 8)
        self.decoder = nn.Sequential(
            nn.Linear(8 * classes, 32), nn.ReLU(inplace=True), nn.Linear(32, 100), nn.Sigmoid()
        )

    def forward(self, x, y):
        x = F.relu(self.conv1(x))
        x = self.primary(x)
        x = squash(x.permute(0, 2, 3, 1).reshape(x.size(0), -1, 4)[:, :16])
        x = self.digits(x)
        length = x.norm(dim=-1)
        reconstruction = self.decoder((x * y[:, :, None]).view(x.size(0), -1))
        return length, reconstruction.view(-1, 1, 10, 10)


def caps_loss(y_true, y_pred, x, x_recon, lam_recon=0.5):
    L = y_true * torch.clamp(0.9 - y_pred, min=0.0) ** 2
    L = L + 0.5 * (1 - y_true) * torch.clamp(y_pred - 0.1, min=0.0) ** 2
    return L.sum(dim=1).mean() + lam_recon * nn.MSELoss()(x_recon, x)


def models():
    return CapsuleNet()


def train(model):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.rand(24, 1, 10, 10)).float()
    y = torch.from_numpy(rng.randint(0, 4, 24))
    y = torch.zeros(y.size(0), 4).scatter_(1, y.view(-1, 1), 1.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    lr_decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        y_pred, x_recon = model(x, y)
        loss = caps_loss(y, y_pred, x, x_recon)
        loss.backward()
        optimizer.step()
        lr_decay.step()
        losses.append(loss.item())
    return losses
