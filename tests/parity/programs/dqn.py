"""Q-learning from a replay memory, with a target network that follows softly."""

import random
from collections import deque, namedtuple

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F
import ravine.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))


class ReplayMemory:
    def __init__(self, capacity):
        self.memory = deque([], maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size, rng):
        return rng.sample(list(self.memory), batch_size)

    def __len__(self):
        return len(self.memory)


class DQN(nn.Module):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 32)
        self.layer2 = nn.Linear(32, 32)
        self.layer3 = nn.Linear(32, n_actions)

    def forward(self, x):
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


def models():
    policy_net, target_net = DQN(4, 2), DQN(4, 2)
    target_net.load_state_dict(policy_net.state_dict())
    return nn.ModuleList([policy_net, target_net])


def train(nets, gamma=0.9, tau=0.05):
    policy_net, target_net = nets
    optimizer = optim.AdamW(policy_net.parameters(), lr=1e-2, amsgrad=True)
    memory, rng, draws = ReplayMemory(500), random.Random(0), np.random.RandomState(0)
    for _ in range(100):
        state = torch.tensor(draws.randn(4), dtype=torch.float32).unsqueeze(0)
        action = torch.tensor([[rng.randrange(2)]], dtype=torch.long)
        following = None if rng.random() < 0.2 else state * 0.9
        reward = torch.tensor([state.sum().item() * (1 if action.item() else -1)])
        memory.push(state, action, following, reward)
    losses = []
    for _ in range(20):
        batch = Transition(*zip(*memory.sample(32, rng)))
        kept = torch.tensor(tuple(map(lambda s: s is not None, batch.next_state)), dtype=torch.bool)
        non_final_next_states = torch.cat([s for s in batch.next_state if s is not None])
        state_batch = torch.cat(batch.state)
        action_batch = torch.cat(batch.action)
        reward_batch = torch.cat(batch.reward)
        state_action_values = policy_net(state_batch).gather(1, action_batch)
        next_state_values = torch.zeros(32)
        with torch.no_grad():
            next_state_values[kept] = target_net(non_final_next_states).max(1).values
        expected = (next_state_values * gamma) + reward_batch
        loss = nn.SmoothL1Loss()(state_action_values, expected.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
        optimizer.step()
        target, policy = target_net.state_dict(), policy_net.state_dict()
        for key in policy:
            target[key] = policy[key] * tau + target[key] * (1 - tau)
        target_net.load_state_dict(target)
        losses.append(loss.item())
    return losses
