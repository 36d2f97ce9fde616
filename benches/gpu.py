"""What a GPU does, against itself without fusion or tiles, and against tinygrad on the same adapter.

    python benches/gpu.py [words]    only the cases whose name has one of these words

A ratio is that of the medians of nine runs of either side, which take turns. The naive product runs through
wgpu-py. tinygrad's WEBGPU backend wants the packages tinygrad and dawn-python, the variable WEBGPU_PATH with
the path of Dawn's library, and a driver that Dawn accepts (of Mesa's software driver, version 25 and later).
What is missing is left out, and named.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from timing import RUNS, stopwatch

import ravine
import ravine.nn.functional as F
from ravine import _core, nn, optim

os.environ.setdefault("WGPU_BACKEND_TYPE", "Vulkan")  # of wgpu-py: the GL driver is another adapter

Step = Callable[[], object]


class Case(NamedTuple):
    """Two sides of a comparison, and how many times faster Ravine has to be."""

    name: str
    ours: Step
    theirs: Step
    asked: float


def measured(case: Case) -> tuple[float, float]:
    """Median seconds of both sides."""
    for _ in range(3):  # shaders, plans, memory
        case.ours()
        case.theirs()
    pairs = [(stopwatch(case.ours), stopwatch(case.theirs)) for _ in range(RUNS)]
    ours, theirs = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def chain() -> Iterator[Case]:
    """Five elementwise ops, in one pass and in five."""
    x, y = (ravine.rand(4 << 20) for _ in range(2))

    def ops() -> None:
        ravine.eval((x * y + 1.0).relu() * x - y)
        ravine.synchronize()

    def one_by_one() -> None:
        window = _core.get_window()
        _core.set_window(1)
        ops()
        _core.set_window(window)

    yield Case("five elementwise ops, fused / one by one", ops, one_by_one, 3)


NAIVE = """
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var sum = 0.0;
    for (var k = 0u; k < SIZEu; k += 1u) {
        sum += a[id.y * SIZEu + k] * b[k * SIZEu + id.x];
    }
    c[id.y * SIZEu + id.x] = sum;
}
"""


def product() -> Iterator[Case]:
    """A product of matrices, and the same by a thread for each element."""
    import wgpu

    size = 512
    x, y = (ravine.rand(size, size) for _ in range(2))
    ravine.eval(x, y)
    adapter = next(a for a in wgpu.gpu.enumerate_adapters_sync() if a.info["backend_type"] == "Vulkan")
    device = adapter.request_device_sync()
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    buffers = [
        device.create_buffer_with_data(data=t.cpu().numpy(), usage=usage)
        for t in (x, y, ravine.empty_like(x))
    ]
    module = device.create_shader_module(code=NAIVE.replace("SIZE", str(size)))
    pipeline = device.create_compute_pipeline(
        layout="auto", compute={"module": module, "entry_point": "main"}
    )
    entries = [
        {"binding": i, "resource": {"buffer": b, "offset": 0, "size": b.size}} for i, b in enumerate(buffers)
    ]
    group = device.create_bind_group(layout=pipeline.get_bind_group_layout(0), entries=entries)

    def ours() -> ravine.Tensor:
        product = x @ y
        ravine.eval(product)
        ravine.synchronize()
        return product

    def naive() -> Any:
        encoder = device.create_command_encoder()
        run = encoder.begin_compute_pass()
        run.set_pipeline(pipeline)
        run.set_bind_group(0, group)
        run.dispatch_workgroups(size // 8, size // 8)
        run.end()
        device.queue.submit([encoder.finish()])
        device.queue.read_buffer(buffers[2], 0, 4)
        return device.queue.read_buffer(buffers[2])

    found = np.asarray(naive(), np.uint8).view(np.float32).reshape(size, size)
    np.testing.assert_allclose(ours().cpu().numpy(), found, rtol=1e-4)
    yield Case(f"product of {size} x {size}, tiled / naive", ours, naive, 6)


class Block(nn.Module):
    """A transformer's block: causal attention and a feed-forward net, each behind a norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: ravine.Tensor) -> ravine.Tensor:
        batch, length, width = x.shape
        mixed = self.mix(self.norm1(x)).reshape(batch, length, 3, self.heads, width // self.heads)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


def their_forward(w: dict[str, Any], model: nn.Module) -> Callable[[Any], Any]:
    """The same network of tinygrad's tensors, over weights by the names of ours."""

    def linear(x: Any, name: str) -> Any:
        return x.linear(w[f"{name}.weight"].T, w[f"{name}.bias"])

    def layers(x: Any) -> Any:
        for name, module in model.named_children():
            if isinstance(module, nn.Linear):
                x = linear(x, name)
            elif isinstance(module, nn.Conv2d):
                x = x.conv2d(w[f"{name}.weight"], w[f"{name}.bias"], padding=1)
            elif isinstance(module, nn.ReLU):
                x = x.relu()
            elif isinstance(module, nn.MaxPool2d):
                x = x.max_pool2d(2)
            else:
                x = x.flatten(1)
        return x

    def norm(x: Any, name: str) -> Any:
        return x.layernorm(eps=1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def block(x: Any) -> Any:
        batch, length, width = x.shape
        heads = model.heads
        mixed = linear(norm(x, "norm1"), "mix").reshape(batch, length, 3, heads, width // heads)
        q, k, v = (mixed[:, :, i].transpose(1, 2) for i in range(3))
        seen = q.scaled_dot_product_attention(k, v, is_causal=True)
        x = x + linear(seen.transpose(1, 2).reshape(batch, length, width), "out")
        return x + linear(linear(norm(x, "norm2"), "up").gelu(), "down")

    return block if isinstance(model, Block) else layers


def training_step(name: str, model: nn.Module, shape: tuple[int, ...], classes: int) -> Case:
    """A step with Adam on both sides: forward, backward and update, with the loss read behind it."""
    os.environ["DEV"] = "WEBGPU"
    import tinygrad as tiny  # pyright: ignore[reportMissingImports]
    from tinygrad.nn.optim import Adam  # pyright: ignore[reportMissingImports]

    x = ravine.randn(shape)
    labels = ravine.randint(0, classes, shape[:1]) if classes else None
    optimizer = optim.Adam(model.parameters(), lr=1e-3)

    def ours() -> float:
        optimizer.zero_grad()
        y = model(x)
        loss = (y * y).mean() if labels is None else F.cross_entropy(y, labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    w = {k: tiny.Tensor(v.cpu().numpy()).realize() for k, v in model.state_dict().items()}
    forward = their_forward(w, model)
    their_x = tiny.Tensor(x.cpu().numpy()).realize()
    their_labels = None if labels is None else tiny.Tensor(labels.cpu().numpy().astype(np.int32)).realize()
    their_optimizer = Adam(list(w.values()), lr=1e-3)

    @tiny.TinyJit
    def jitted() -> Any:
        with tiny.Context(TRAINING=1):
            their_optimizer.zero_grad()
            y = forward(their_x)
            loss = (y * y).mean() if labels is None else y.sparse_categorical_crossentropy(their_labels)
            loss.backward()
            tiny.Tensor.realize(loss, *their_optimizer.schedule_step())
            return loss

    def theirs() -> float:
        return jitted().item()

    np.testing.assert_allclose([ours() for _ in range(3)], [theirs() for _ in range(3)], rtol=1e-3)
    return Case(f"a step of {name}, Ravine / tinygrad", ours, theirs, 1)


def perceptron() -> Iterator[Case]:
    """Three layers."""
    model = nn.Sequential(nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    yield training_step("a perceptron", model, (256, 256), 10)


def convolutions() -> Iterator[Case]:
    """Two convolutions with pooling, and two layers."""
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    yield training_step("a convolutional network", model, (32, 1, 28, 28), 10)


def transformer() -> Iterator[Case]:
    """A block of a GPT."""
    yield training_step("a transformer's block", Block(128, 4), (8, 96, 128), 0)


CASES = [chain, product, perceptron, convolutions, transformer]


def main() -> int:
    """Prints the table; returns the exit status."""
    words = sys.argv[1:]
    ravine.set_default_device("gpu")
    ravine.manual_seed(0)
    print(ravine.gpu.devices()[0])
    missed = 0
    for cases in CASES:
        if words and not any(word in cases.__name__ for word in words):
            continue
        try:
            for case in cases():
                ours, theirs = measured(case)
                ratio, ok = theirs / ours, theirs >= case.asked * ours
                print(
                    f"{case.name:50} {ours * 1e3:9.2f} ms {theirs * 1e3:9.2f} ms {ratio:6.1f} x, "
                    f"asked {case.asked:g} x  {'ok' if ok else 'MISSED'}",
                    flush=True,
                )
                missed += not ok
        except ImportError as error:
            print(f"{cases.__name__}: left out, {error}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
