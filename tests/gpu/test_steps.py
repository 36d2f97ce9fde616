"""What a training step asks of a GPU: dispatches, batches, and nothing made anew once it repeats."""

import pytest

import ravine
from ravine import nn, optim


def last_step(step, steps=6):
    """What the last of several steps counts."""
    before = ravine.stats()
    for _ in range(steps):
        before = ravine.stats()
        step()
    after = ravine.stats()
    return {name: after[name] - before[name] for name in after if name.startswith("gpu_")}


def check(counted, dispatches):
    assert counted["gpu_dispatches"] <= dispatches
    assert counted["gpu_submits"] <= 1 + counted["gpu_dispatches"] // 32
    for name in ("buffers", "bind_groups", "pipelines"):
        assert counted[f"gpu_{name}_created"] == 0, name
    assert counted["gpu_bytes_up"] == 0
    assert (counted["gpu_bytes_down"], counted["gpu_waits"]) == (8, 1)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize(("dropout", "most"), [(0.0, 40), (0.1, 44)])
def test_a_transformer_block(norm_first, dropout, most):
    """Forward and backward. Dropout draws four times."""
    ravine.manual_seed(0)
    block = nn.TransformerEncoderLayer(
        32, 4, 64, dropout, activation="gelu", batch_first=True, norm_first=norm_first
    ).to("gpu")
    x = ravine.randn(2, 24, 32).to("gpu").requires_grad_()

    def step():
        block.zero_grad()
        x.grad = None
        loss = block(x).square().mean()
        loss.backward()
        # The gradients are looked at by whoever takes the step.
        ravine.eval(*(p.grad for p in block.parameters() if p.grad is not None))
        loss.item()

    check(last_step(step), most)


def test_a_decoder_attends_by_two_products(rng):
    """Keys and values of one tensor are projected together."""
    attention = nn.MultiheadAttention(16, 2, batch_first=True).to("gpu")
    x, memory = (ravine.tensor(rng.standard_normal((2, n, 16)).astype("float32")).to("gpu") for n in (3, 5))

    def step():
        attention(x, memory, memory, need_weights=False)[0].sum().item()

    # Query; key and value; attention, its heads put together, their projection, and the sum.
    assert last_step(step)["gpu_dispatches"] <= 6


def test_training_a_block():
    ravine.manual_seed(0)
    block = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True).to("gpu")
    optimizer = optim.AdamW(block.parameters(), lr=1e-3)
    x = ravine.randn(2, 24, 32).to("gpu")

    def step():
        optimizer.zero_grad()
        loss = block(x).square().mean()
        loss.backward()
        optimizer.step()
        loss.item()

    check(last_step(step), 40)
