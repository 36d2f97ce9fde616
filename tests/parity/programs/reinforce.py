"""REINFORCE with a categorical policy on a corridor whose end pays."""

from collections import deque

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F
import ravine.optim as optim
from ravine.distributions import Categorical

DRAWN = True
eps = float(np.finfo(np.float32).eps)


class Corridor:
    def __init__(self, length=6):
        self.length = length

    def reset(self):
        self.at, self.time = 0, 0
        return self.state()

    def state(self):
        return np.eye(self.length, dtype=np.float32)[self.at]

    def step(self, action):
        self.at = min(max(self.at + (1 if action == 1 else -1), 0), self.length - 1)
        self.time += 1
        done = self.at == self.length - 1 or self.time >= 20
        return self.state(), 1.0 if self.at == self.length - 1 else -0.1, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(6, 32)
        self.dropout = nn.Dropout(p=0.1)
        self.affine2 = nn.Linear(32, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=1)


def models():
    return Policy()


def select_action(policy, state):
    state = torch.from_numpy(state).float().unsqueeze(0)
    m = Categorical(policy(state))
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item()


def finish_episode(policy, optimizer):
    R, returns = 0, deque()
    for r in policy.rewards[::-1]:
        R = r + 0.95 * R
        returns.appendleft(R)
    returns = torch.tensor(list(returns))
    returns = (returns - returns.mean()) / (returns.std() + eps) if len(returns) > 1 else returns * 0
    policy_loss = [-log_prob * R for log_prob, R in zip(policy.saved_log_probs, returns)]
    optimizer.zero_grad()
    torch.cat(policy_loss).sum().backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]


def train(policy):
    optimizer = optim.Adam(policy.parameters(), lr=2e-2)
    env, lengths = Corridor(), []
    for _ in range(25):
        state, done = env.reset(), False
        while not done:
            state, reward, done = env.step(select_action(policy, state))
            policy.rewards.append(reward)
        lengths.append(float(env.time))
        finish_episode(policy, optimizer)
    return lengths
