"""What a larger window is worth: time and peak memory of two programs, by the bound on pending ops."""

from __future__ import annotations

import sys
from collections.abc import Callable

from timing import seconds

import ravine
from ravine import _core, nn, optim

WINDOWS = {"1": 1, "8": 8, "64": 64, "2048": 2048, "none": 2**62}
MB = 1e6


class Block(nn.Module):
    """A transformer's block: attention and a feed-forward net, each behind a norm, added to its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.ffn = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: ravine.Tensor) -> ravine.Tensor:
        batch, length, width = x.shape
        size = width // self.heads
        mixed = self.mix(self.norm1(x)).reshape(batch, length, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        q, k, v = mixed[0], mixed[1], mixed[2]
        weights = (q @ k.mT * size**-0.5).softmax(-1)
        attended = (weights @ v).transpose(1, 2).reshape(batch, length, width)
        x = x + self.out(attended)
        return x + self.ffn(self.norm2(x))


def mlp_step() -> Callable[[], None]:
    """A training step of a multilayer perceptron."""
    model = nn.Sequential(nn.Linear(256, 512), nn.GELU(), nn.Linear(512, 512), nn.GELU(), nn.Linear(512, 10))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    x, labels = ravine.randn(256, 256), ravine.randint(0, 10, (256,))

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), labels).backward()
        optimizer.step()

    return step


def block_forward_and_backward() -> Callable[[], None]:
    """A transformer's block, forward and backward."""
    block = Block(256, 4)
    x = ravine.randn(4, 128, 256)

    def step() -> None:
        for p in block.parameters():
            p.grad = None
        (block(x) ** 2).mean().backward()
        ravine.synchronize()

    return step


def measured(program: Callable[[], Callable[[], None]], window: int) -> tuple[float, float, float]:
    """Milliseconds, megabytes beyond what is live before, and launches of one step."""
    _core.set_window(window)
    ravine.manual_seed(0)
    step = program()
    for _ in range(3):
        step()
    ravine.synchronize()
    _core.reset_peak()
    before = ravine.stats()
    step()
    ravine.synchronize()
    after = ravine.stats()
    peak = (after["bytes_peak"] - before["bytes_live"]) / MB
    return seconds(step) * 1e3, peak, after["kernels_run"] - before["kernels_run"]


def main() -> int:
    """Prints the table."""
    before = _core.get_window()
    print(f"SIMD {_core.simd_level()}, {ravine.get_num_threads()} threads")
    for program in (mlp_step, block_forward_and_backward):
        print(f"\n{program.__name__.replace('_', ' ')}")
        print(f"{'window':>8} {'ms':>9} {'peak MB':>9} {'launches':>9}")
        for name, window in WINDOWS.items():
            time, peak, launches = measured(program, window)
            print(f"{name:>8} {time:9.2f} {peak:9.1f} {launches:9}", flush=True)
    _core.set_window(before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
