"""Denoising diffusion on two moons: schedule in buffers, sinusoidal times, a moving average, sampling."""

import copy
import math

import numpy as np

import ravine as torch
import ravine.nn.functional as F
from ravine import nn
from ravine.optim import Adam

DRAWN = True


def exists(x):
    return x is not None


def extract(a, t, x_shape):
    b, *_ = t.shape
    return a.gather(-1, t).reshape(b, *((1,) * (len(x_shape) - 1)))


class SinusoidalPosEmb(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        half = self.dim // 2
        emb = torch.exp(torch.arange(half, device=x.device) * -(math.log(10000) / (half - 1)))
        emb = x[:, None] * emb[None, :]
        return torch.cat((emb.sin(), emb.cos()), dim=-1)


class Denoiser(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.time_mlp = nn.Sequential(
            SinusoidalPosEmb(dim), nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim)
        )
        self.first, self.second, self.last = nn.Linear(2, dim), nn.Linear(dim, dim), nn.Linear(dim, 2)
        nn.init.zeros_(self.last.bias)

    def forward(self, x, t):
        h = F.silu(self.first(x) + self.time_mlp(t))
        return self.last(F.silu(self.second(h)) + h)


class GaussianDiffusion(nn.Module):
    def __init__(self, model, timesteps=40):
        super().__init__()
        self.model, self.num_timesteps = model, timesteps
        betas = torch.linspace(1e-4, 0.15, timesteps, dtype=torch.float64)
        alphas_cumprod = torch.cumprod(1.0 - betas, dim=0)
        previous = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)

        def register_buffer(name, val):
            self.register_buffer(name, val.to(torch.float32))

        register_buffer("betas", betas)
        register_buffer("sqrt_alphas_cumprod", torch.sqrt(alphas_cumprod))
        register_buffer("sqrt_one_minus", torch.sqrt(1.0 - alphas_cumprod))
        register_buffer("recip_alphas", torch.rsqrt(1.0 - betas))
        register_buffer("variance", betas * (1.0 - previous) / (1.0 - alphas_cumprod))

    def q_sample(self, x_start, t, noise=None):
        noise = noise if exists(noise) else torch.randn_like(x_start)
        return (
            extract(self.sqrt_alphas_cumprod, t, x_start.shape) * x_start
            + extract(self.sqrt_one_minus, t, x_start.shape) * noise
        )

    def forward(self, x):
        t = torch.randint(0, self.num_timesteps, (x.shape[0],), device=x.device).long()
        noise = torch.randn_like(x)
        return F.mse_loss(self.model(self.q_sample(x, t, noise), t), noise)

    @torch.no_grad()
    def sample(self, n):
        x = torch.randn(n, 2, device=self.betas.device)
        for i in reversed(range(0, self.num_timesteps)):
            t = torch.full((n,), i, dtype=torch.long)
            eps = self.model(x, t)
            x = self.recip_alphas[i] * (x - self.betas[i] / self.sqrt_one_minus[i] * eps)
            if i > 0:
                x = x + self.variance[i].clamp(min=1e-20).sqrt() * torch.randn_like(x)
        return x


def models():
    return GaussianDiffusion(Denoiser())


def train(diffusion):
    angles = np.random.RandomState(0).rand(256) * np.pi
    moons = torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], 1)).float()
    opt = Adam(diffusion.parameters(), lr=3e-3)
    ema = copy.deepcopy(diffusion)
    losses = []
    for _ in range(80):
        loss = diffusion(moons)
        opt.zero_grad()
        loss.backward()
        opt.step()
        with torch.no_grad():
            for p, q in zip(ema.parameters(), diffusion.parameters()):
                p.data.mul_(0.95).add_(q.data, alpha=0.05)
        losses.append(loss.item())
    assert torch.isfinite(ema.sample(32)).all()
    return losses
