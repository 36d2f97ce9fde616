"""A vision transformer with the library's encoder, class token and stochastic depth left at 0."""

import numpy as np

import ravine as torch
from ravine import nn


def pair(t):
    return t if isinstance(t, tuple) else (t, t)


class Patches(nn.Module):
    def __init__(self, patch, channels, dim):
        super().__init__()
        self.patch = pair(patch)
        self.norm = nn.LayerNorm(channels * self.patch[0] * self.patch[1])
        self.proj = nn.Linear(channels * self.patch[0] * self.patch[1], dim)

    def forward(self, img):
        p, q = self.patch
        x = img.unfold(2, p, p).unfold(3, q, q)
        x = x.permute(0, 2, 3, 4, 5, 1).flatten(3).flatten(1, 2)
        return self.proj(self.norm(x))


class ViT(nn.Module):
    def __init__(self, *, image_size=12, patch=4, classes=5, dim=24, depth=2, heads=4, channels=3):
        super().__init__()
        count = (image_size // patch) ** 2
        self.patches = Patches(patch, channels, dim)
        self.pos_embedding = nn.Parameter(torch.randn(1, count + 1, dim) * 0.02)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        layer = nn.TransformerEncoderLayer(
            d_model=dim,
            nhead=heads,
            dim_feedforward=48,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.transformer = nn.TransformerEncoder(layer, num_layers=depth, enable_nested_tensor=False)
        self.to_latent = nn.Identity()
        self.mlp_head = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, classes))

    def forward(self, img):
        x = self.patches(img)
        b, n, _ = x.shape
        x = torch.cat((self.cls_token.expand(b, -1, -1), x), dim=1)
        x += self.pos_embedding[:, : (n + 1)]
        x = self.transformer(x)
        return self.mlp_head(self.to_latent(x[:, 0]))


def models():
    return ViT()


def train(model):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.randn(16, 3, 12, 12)).to(torch.float32)
    y = torch.from_numpy(rng.randint(0, 5, (16,)))
    optimizer = torch.optim.RAdam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        model.train(True)
        loss = nn.CrossEntropyLoss(weight=torch.linspace(0.5, 1.5, 5))(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach().cpu().numpy().item())
    return losses
