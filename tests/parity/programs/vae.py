"""A variational autoencoder on small images, its divergence by the registry of distributions."""

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.utils.data
from ravine.distributions import Bernoulli, Independent, Normal, kl_divergence
from ravine.nn import functional as F

DRAWN = True


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, 4)
        self.fc22 = nn.Linear(32, 4)
        self.fc3 = nn.Linear(4, 32)
        self.fc4 = nn.Linear(32, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(logits, x, mu, logvar):
    BCE = F.binary_cross_entropy_with_logits(logits, x.view(-1, 64), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    posterior = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    assert torch.allclose(kl_divergence(posterior, prior).sum(), KLD, rtol=1e-4, atol=1e-3)
    reconstruction = -Independent(Bernoulli(logits=logits), 1).log_prob(x.view(-1, 64)).sum()
    assert torch.allclose(reconstruction, BCE, rtol=1e-4)
    return BCE + KLD


def models():
    return VAE()


def train(model):
    rng = np.random.RandomState(0)
    prototypes = rng.rand(4, 64) > 0.5
    images = prototypes[rng.randint(0, 4, 256)].astype(np.float32)
    loader = torch.utils.data.DataLoader(torch.from_numpy(images), batch_size=64)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(12):
        model.train()
        train_loss = 0
        for x in loader:
            optimizer.zero_grad()
            loss = loss_function(model(x)[0], x, *model.encode(x.view(-1, 64)))
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
        losses.append(train_loss / len(loader.dataset))
    with torch.no_grad():
        sample = torch.sigmoid(model.decode(torch.randn(16, 4))).cpu().view(16, 1, 8, 8)
    assert sample.shape == torch.Size([16, 1, 8, 8])
    return losses
