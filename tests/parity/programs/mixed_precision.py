"""Mixed precision: autocast in bfloat16, a scaler that may be off, a checkpoint between."""

import io

import numpy as np

import ravine as torch
import ravine.nn as nn
import ravine.nn.functional as F

#: bfloat16 has 8 bits, and libraries may add up in another order.
TOLERANCE = 2e-2
device = "cuda" if torch.cuda.is_available() else "cpu"


def models():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d((2, 2)),
        nn.Flatten(),
        nn.Linear(32, 5),
    ).to(device)


def train(model):
    rng = np.random.RandomState(0)
    x = torch.from_numpy(rng.randn(16, 3, 8, 8).astype(np.float32)).to(device, non_blocking=True)
    y = torch.from_numpy(rng.randint(0, 5, 16)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.05)
    scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
    losses = []
    for step in range(20):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device_type=device, dtype=torch.bfloat16):
            output = model(x)
            assert output.dtype is torch.bfloat16
            loss = F.cross_entropy(output, y)
            assert loss.dtype is torch.float32
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
        if step == 10:
            buffer = io.BytesIO()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, buffer)
            buffer.seek(0)
            checkpoint = torch.load(buffer, map_location=device, weights_only=True)
            model.load_state_dict(checkpoint["model"])
            optimizer.load_state_dict(checkpoint["optimizer"])
    return losses
