"""Advantage actor-critic with a Gaussian policy of learned spread, entropy bonus and clipped gradients."""

import ravine as torch
from ravine import nn
from ravine.distributions import Normal
from ravine.nn.utils import clip_grad_norm_

DRAWN = True


class ActorCritic(nn.Module):
    def __init__(self, num_inputs=3, num_outputs=1, hidden_size=32, std=0.0):
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(num_inputs, hidden_size), nn.Tanh(), nn.Linear(hidden_size, 1))
        self.actor = nn.Sequential(
            nn.Linear(num_inputs, hidden_size), nn.Tanh(), nn.Linear(hidden_size, num_outputs)
        )
        self.log_std = nn.Parameter(torch.ones(1, num_outputs) * std)
        self.apply(self.init_weights)

    @staticmethod
    def init_weights(m):
        if isinstance(m, nn.Linear):
            nn.init.orthogonal_(m.weight, gain=2**0.5)
            nn.init.constant_(m.bias, 0.1)

    def forward(self, x):
        mu = self.actor(x)
        return Normal(mu, self.log_std.exp().expand_as(mu)), self.critic(x)


def models():
    return ActorCritic()


def train(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        states = torch.rand(64, 3) * 2 - 1
        dist, value = model(states)
        action = dist.sample()
        reward = -((action - states.sum(-1, keepdim=True)) ** 2)
        advantage = (reward - value).detach()
        log_prob = dist.log_prob(action).sum(-1, keepdim=True)
        actor_loss = -(log_prob * advantage).mean()
        critic_loss = (reward - value).pow(2).mean()
        loss = actor_loss + 0.5 * critic_loss - 0.001 * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(reward.mean().item())
    return losses
