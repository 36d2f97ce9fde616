"""Functions with derivatives of their own: a straight-through sign, a swish that saves little, a clipped step."""

import numpy as np

import ravine as torch
import ravine.nn as nn
from ravine.autograd import Function


class BinarizeSTE(Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.sign()

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input.ge(1)] = 0
        grad_input[input.le(-1)] = 0
        return grad_input


class SwishFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i, beta):
        result = i * torch.sigmoid(beta * i)
        ctx.save_for_backward(i)
        ctx.beta = beta
        return result

    @staticmethod
    def backward(ctx, grad_output):
        i = ctx.saved_tensors[0]
        s = torch.sigmoid(ctx.beta * i)
        return grad_output * (s * (1 + ctx.beta * i * (1 - s))), None


class ScaleGradient(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return (grad_output * ctx.scale if ctx.needs_input_grad[0] else None), None


class BinaryLinear(nn.Linear):
    def forward(self, input):
        weight = BinarizeSTE.apply(self.weight)
        return nn.functional.linear(input, weight, self.bias)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 32)
        self.bn = nn.BatchNorm1d(32)
        self.fc2 = BinaryLinear(32, 16)
        self.fc3 = nn.Linear(16, 3)

    def forward(self, x):
        x = SwishFunction.apply(self.bn(self.fc1(x)), 1.5)
        x = ScaleGradient.apply(self.fc2(x), 0.5)
        return self.fc3(torch.tanh(x))


def models():
    return Model()


def train(model):
    rng = np.random.RandomState(0)
    x = torch.as_tensor(rng.randn(64, 10), dtype=torch.float)
    y = torch.as_tensor(rng.randint(0, 3, 64)).long()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
    losses = []
    for _ in range(20):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        for m in model.modules():
            if isinstance(m, BinaryLinear):
                m.weight.data.clamp_(-1, 1)
        losses.append(float(loss))
    return losses
