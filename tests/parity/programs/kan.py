"""A Kolmogorov-Arnold network: learned splines on the edges, least squares for the grid's start."""

import math

import numpy as np

import ravine as torch
import ravine.nn.functional as F


class KANLinear(torch.nn.Module):
    def __init__(self, in_features, out_features, grid_size=5, spline_order=3, grid_range=(-1, 1)):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.grid_size, self.spline_order = grid_size, spline_order
        h = (grid_range[1] - grid_range[0]) / grid_size
        grid = (
            (torch.arange(-spline_order, grid_size + spline_order + 1) * h + grid_range[0])
            .expand(in_features, -1)
            .contiguous()
        )
        self.register_buffer("grid", grid)
        self.base_weight = torch.nn.Parameter(torch.Tensor(out_features, in_features))
        self.spline_weight = torch.nn.Parameter(
            torch.Tensor(out_features, in_features, grid_size + spline_order)
        )
        self.base_activation = torch.nn.SiLU()
        torch.nn.init.kaiming_uniform_(self.base_weight, a=math.sqrt(5))
        torch.nn.init.trunc_normal_(self.spline_weight, std=0.1)

    def b_splines(self, x: torch.Tensor):
        assert x.dim() == 2 and x.size(1) == self.in_features
        grid: torch.Tensor = self.grid
        x = x.unsqueeze(-1)
        bases = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
        for k in range(1, self.spline_order + 1):
            bases = ((x - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)]) * bases[:, :, :-1]) + (
                (grid[:, k + 1 :] - x) / (grid[:, k + 1 :] - grid[:, 1:(-k)]) * bases[:, :, 1:]
            )
        return bases.contiguous()

    def forward(self, x: torch.Tensor):
        base_output = F.linear(self.base_activation(x), self.base_weight)
        spline_output = F.linear(
            self.b_splines(x).view(x.size(0), -1), self.spline_weight.view(self.out_features, -1)
        )
        return base_output + spline_output

    def regularization_loss(self):
        l1 = self.spline_weight.abs().mean(-1)
        p = l1 / l1.sum()
        return l1.sum() - torch.sum(p * p.log())


class KAN(torch.nn.Module):
    def __init__(self, layers_hidden):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        for in_features, out_features in zip(layers_hidden, layers_hidden[1:]):
            self.layers.append(KANLinear(in_features, out_features))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def models():
    return KAN([2, 5, 1])


def train(model):
    x = torch.from_numpy(np.random.RandomState(0).rand(128, 2).astype(np.float32)) * 2 - 1
    y = torch.exp(torch.sin(math.pi * x[:, [0]]) + x[:, [1]] ** 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-4)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        total = loss + 1e-4 * sum(layer.regularization_loss() for layer in model.layers)
        total.backward()
        optimizer.step()
        losses.append(total.item())
    return losses
