"""A neural ordinary differential equation: Runge-Kutta steps, and the adjoint method as a function of its own."""

import numpy as np

import ravine as torch
import ravine.nn as nn


def rk4_step(f, t, dt, y):
    k1 = f(t, y)
    k2 = f(t + dt / 2, y + dt * k1 / 2)
    k3 = f(t + dt / 2, y + dt * k2 / 2)
    k4 = f(t + dt, y + dt * k3)
    return y + (k1 + 2 * k2 + 2 * k3 + k4) * dt / 6


def odeint(f, y0, t):
    ys = [y0]
    for t0, t1 in zip(t[:-1], t[1:]):
        ys.append(rk4_step(f, t0, t1 - t0, ys[-1]))
    return torch.stack(ys)


class ODEAdjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z0, t, flat_parameters, func):
        ctx.func = func
        with torch.no_grad():
            z = odeint(func, z0, t)
        ctx.save_for_backward(t, z, flat_parameters)
        return z[-1]

    @staticmethod
    def backward(ctx, dLdz):
        func = ctx.func
        t, z, flat_parameters = ctx.saved_tensors
        adjoint, grads = dLdz, torch.zeros_like(flat_parameters)
        for i in range(len(t) - 1, 0, -1):
            dt = t[i] - t[i - 1]
            with torch.enable_grad():
                zi = z[i].detach().requires_grad_(True)
                fi = func(t[i], zi)
                found = torch.autograd.grad((fi,), (zi, *func.parameters()), grad_outputs=(adjoint,))
            adjoint = adjoint + dt * found[0]
            grads = grads + dt * torch.cat([g.reshape(-1) for g in found[1:]])
        return adjoint, None, grads, None


class ODEFunc(nn.Module):
    def __init__(self):
        super(ODEFunc, self).__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))
        for m in self.net.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0, std=0.1)
                nn.init.constant_(m.bias, val=0)

    def forward(self, t, y):
        return self.net(y**3)


def models():
    return ODEFunc()


def train(func):
    true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
    t = torch.linspace(0.0, 1.0, 11)
    y0 = torch.tensor(np.random.RandomState(0).rand(16, 2) * 2 - 1, dtype=torch.float32)
    with torch.no_grad():
        true_y = odeint(lambda t, y: torch.mm(y**3, true_A), y0, t)
    optimizer = torch.optim.RMSprop(func.parameters(), lr=1e-3)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        if step % 2:
            flat = torch.cat([p.flatten() for p in func.parameters()])
            end = ODEAdjoint.apply(y0, t, flat, func)
            loss = torch.mean(torch.abs(end - true_y[-1]))
        else:
            loss = torch.mean(torch.abs(odeint(func, y0, t) - true_y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
