"""Hooks: features taken from inside a network, gradients watched, scaled and clipped on their way."""

from functools import partial

import numpy as np

import ravine as torch
import ravine.nn as nn


class FeatureExtractor(nn.Module):
    def __init__(self, model, layers):
        super().__init__()
        self.model = model
        self.layers = layers
        self._features = {layer: torch.empty(0) for layer in layers}
        self.handles = []
        for layer_id in layers:
            layer = dict([*self.model.named_modules()])[layer_id]
            self.handles.append(layer.register_forward_hook(partial(self.save_outputs, layer_id)))

    def save_outputs(self, layer_id, module, inputs, output):
        self._features[layer_id] = output

    def forward(self, x):
        _ = self.model(x)
        return self._features


class Scale(nn.Module):
    def __init__(self, num):
        super().__init__()
        self.register_buffer("mean", torch.zeros(num))
        self.register_buffer("count", torch.tensor(0, dtype=torch.long), persistent=False)
        self.register_parameter("gain", nn.Parameter(torch.ones(num)))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.mean.mul_(0.9).add_(x.mean(0), alpha=0.1)
                self.count += 1
        return (x - self.mean) * self.gain


def models():
    return nn.Sequential(
        nn.Linear(6, 16), Scale(16), nn.GELU(), nn.Linear(16, 16), nn.SiLU(), nn.Linear(16, 1)
    )


def train(model):
    seen = []

    def watch(module, grad_input, grad_output):
        seen.append(grad_output[0].norm().item())

    model[3].register_full_backward_hook(watch)
    model[0].register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2.0,))
    model[5].weight.register_hook(lambda grad: grad.clamp(-0.1, 0.1))
    extractor = FeatureExtractor(model, ["0", "3"])
    rng = np.random.RandomState(0)
    x = torch.Tensor(rng.randn(32, 6))
    y = torch.Tensor(rng.randn(32)).unsqueeze(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, amsgrad=True)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        features = extractor(x)
        out = model[5](model[4](features["3"]))
        out.retain_grad()
        loss = nn.functional.smooth_l1_loss(out, y) + 1e-3 * features["0"].pow(2).mean()
        loss.backward()
        assert out.grad is not None
        optimizer.step()
        losses.append(loss.item() + out.grad.abs().sum().item())
    for handle in extractor.handles:
        handle.remove()
    return [*losses, *seen[:5], model[1].count.item()]
