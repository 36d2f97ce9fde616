"""Drivers may end an invocation that loops for long, in silence: no program comes near to that.

Mesa before version 25 does so after 65,535 rounds of all its loops together.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gpu.examples import examples
from gpu.host import SHADERS, module_text
from gpu.programs import program

ROUNDS = 60_000

COUNTING = """
@group(0) @binding(0) var<storage, read_write> rounds: array<u32>;

@compute @workgroup_size(1)
fn main() {
    var count = 0u;
    for (var i = 0u; i < rounds[0]; i += 1u) {
        for (var j = 0u; j < rounds[1]; j += 1u) {
            count += 1u;
        }
    }
    rounds[2] = count;
}
"""


def counted(host, outer, inner):
    """How many rounds the driver makes of a loop in another."""
    pipeline, layout = host.pipeline(COUNTING, "main", ("read_write",), False)
    buffer = host.buffer(16, np.array([outer, inner, 0, 0], np.uint32))
    bound = [{"binding": 0, "resource": {"buffer": buffer, "offset": 0, "size": 16}}]
    encoder = host.device.create_command_encoder()
    counting = encoder.begin_compute_pass()
    counting.set_pipeline(pipeline)
    counting.set_bind_group(0, host.device.create_bind_group(layout=layout, entries=bound))
    counting.dispatch_workgroups(1)
    counting.end()
    host.device.queue.submit([encoder.finish()])
    return int(np.asarray(host.device.queue.read_buffer(buffer), np.uint8).view(np.uint32)[2])


def test_how_long_the_driver_lets_an_invocation_loop(host, record_property):
    """The canary: a driver that ends loops earlier than programs expect."""
    for name, outer, inner in [("alone", 1, 200_000), ("in each other", 500, 400)]:
        reached = counted(host, outer, inner)
        record_property(f"rounds of loops {name}", reached)
        assert reached >= ROUNDS, f"{host.info['device']} ends loops {name} after {reached} rounds"


def halvings(n: int) -> int:
    """Rounds that go through the powers of two below n."""
    return max(n, 1).bit_length()


def define(step: dict[str, Any], name: str) -> int:
    return int(step["defines"][name])


def tiles(length: int, depth: int, each: int) -> int:
    """Rounds over tiles of the inner index, `each` of which stages and multiplies."""
    return math.ceil(length / depth) * (1 + each)


def of_rows(step: dict[str, Any], p: list[int]) -> int:
    return 3 * math.ceil(p[6] / p[2]) + 2 * math.ceil(p[5] / p[2]) + 2 * halvings(p[2])


def of_windows(step: dict[str, Any], p: list[int]) -> int:
    """Taps of a window, or windows around a place, shared by lanes."""
    steps = 1
    for extent, count, kernel, stride, _, dilation in (p[1:7], p[7:13]):
        around = (kernel - 1) * dilation // stride + 1 if stride else math.ceil(count / max(extent, 1)) + 1
        steps *= max(kernel, around)
    return math.ceil(steps / define(step, "LANES")) + halvings(define(step, "LANES"))


def of_time(step: dict[str, Any], p: list[int]) -> int:
    return (p[3] - p[2]) * (1 + math.ceil(p[1] / define(step, "WORKGROUP")) + p[1])


def of_attention(step: dict[str, Any], p: list[int]) -> int:
    depth = math.ceil(p[2] / 16) + (math.ceil(p[15] / 16) if "backward" in step["template"] else 0)
    return math.ceil(p[8] / 32) * (1 + depth * 5 + 4 * 9 + 4) + 16


def of_attention_in_registers(step: dict[str, Any], p: list[int]) -> int:
    by_fours = math.ceil(p[2] / 4) + (math.ceil(p[15] / 4) if "backward" in step["template"] else 0)
    return math.ceil(p[8] / 4) * (1 + by_fours) + 8 * (1 + 4) + 4


def of_convolution(step: dict[str, Any], p: list[int]) -> int:
    segment = p[constant(step, "SEGMENT")]
    # A tile has 4096 elements, and eight rows or columns at least.
    return segment if step["entry"] == "elements" else tiles(segment, 8, 1 + 16 + 8)


def constant(step: dict[str, Any], name: str) -> int:
    """Of a template."""
    found = re.search(rf"const {name} = (\d+)u;", module_text(step))
    assert found
    return int(found[1])


# What an invocation makes at most, from the params; templates say what these are.
BOUNDS: dict[str, Callable[[dict[str, Any], list[int]], int]] = {
    "create/arange.wgsl": lambda step, p: 3,
    "create/random.wgsl": lambda step, p: 10 + p[3],
    # Rounds of two blocks.
    "create/samplers.wgsl": lambda step, p: constant(step, "ROUNDS") * (1 + 2 * 10),
    "elementwise/halves.wgsl": lambda step, p: 2,
    "elementwise/within.wgsl": lambda step, p: math.ceil(p[0] / (p[3] * define(step, "WORKGROUP"))) + 9,
    "index/nonzero.wgsl": lambda step, p: p[1],
    "index/places.wgsl": lambda step, p: define(step, "RANK"),
    "index/search.wgsl": lambda step, p: halvings(p[2]),
    "index/slice_put.wgsl": lambda step, p: define(step, "RANK"),
    "index/sums.wgsl": lambda step, p: define(step, "PART"),
    "linalg/few_rows.wgsl": lambda step, p: tiles(p[9], 256, 32) + 4,
    "linalg/matmul.wgsl": lambda step, p: tiles(p[9], 16, 4 + 16),
    "linalg/registers.wgsl": lambda step, p: math.ceil(p[9] / 4) + 16,
    "linalg/segments.wgsl": lambda step, p: p[1],
    "nn/attention/backward.wgsl": of_attention,
    "nn/attention/backward_in_registers.wgsl": of_attention_in_registers,
    "nn/attention/forward.wgsl": of_attention,
    "nn/attention/forward_in_registers.wgsl": of_attention_in_registers,
    "nn/attention/merge.wgsl": lambda step, p: 2 * p[2],
    "nn/attention/rows.wgsl": lambda step, p: p[9] * (2 + p[3]),
    "nn/conv/product.wgsl": of_convolution,
    "nn/pool/avg.wgsl": of_windows,
    "nn/pool/max.wgsl": of_windows,
    "nn/pool/taps.wgsl": of_windows,
    "nn/rnn/backward.wgsl": of_time,
    "nn/rnn/forward.wgsl": of_time,
    "nn/rnn/of_weights.wgsl": lambda step, p: tiles(p[3], 16, 2 + 16),
    "nn/rnn/sum_rows.wgsl": lambda step, p: p[2],
    "nn/rows.wgsl": of_rows,
    "optim/norm.wgsl": lambda step, p: math.ceil(p[1] / define(step, "WORKGROUP")) + 9,
    "ordering/sort.wgsl": lambda step, p: 6 + 10 * 10,
    "reduce/recurrence.wgsl": lambda step, p: p[4] - p[3],
    "reduce/reduce.wgsl": lambda step, p: math.ceil(p[2] / p[4]) + halvings(p[4]),
    "reduce/scan.wgsl": lambda step, p: 2 * p[2] + halvings(p[4]),
    "shape/overlap_add.wgsl": lambda step, p: define(step, "PART"),
}


def of(*shape: int) -> np.ndarray:
    """An operand that takes no memory."""
    return np.broadcast_to(np.float32(0), shape)


def largest() -> dict[str, str]:
    """Programs of operands as long as one binding shows everywhere, 2^25 numbers, in every direction."""
    found = {}
    for shape, dim in [((1, 1 << 25), 1), ((1 << 25, 1), 0), ((1 << 20, 32), 0), ((1 << 12, 1 << 13), 1)]:
        x = of(*shape)
        for op, attrs, data, more in [
            ("softmax", [dim], [], []),
            ("layer_norm", [1, False, False], [0.1], []),
            ("layer_norm_backward", [1, False, False], [0.1], [x]),
            ("log_softmax_backward", [dim], [], [x]),
            ("sum", [0, dim], [], []),
            ("argmax", [0, dim], [], []),
            ("cumsum", [dim], [], []),
            ("running_extremum", [1, dim], [], []),
            ("linear_recurrence", [dim], [], [x]),
            ("sort", [dim, False], [], []),
            ("total_norm", [0], [], []),
        ]:
            found[f"{op} of {shape} along {dim}"] = program(op, attrs, data, x, *more)
    for m, k, n in [(1, 1 << 25, 1), (4, 1 << 23, 4), (64, 1 << 19, 64), (5000, 6000, 5000)]:
        for staging in (True, False):
            name = f"matmul of {m} x {k} x {n}, {staging=}"
            found[name] = program("matmul", [], [], of(m, k), of(k, n), staging=staging)
    for keys, width in [(1 << 18, 128), (1 << 25, 1), (1 << 13, 1 << 12)]:
        q, k = of(64, width), of(keys, width)
        for staging in (True, False):
            found[f"attention to {keys} of {width}, {staging=}"] = program(
                "scaled_dot_product_attention", [False] * 3, [0.1, 1.0], q, k, k, staging=staging
            )
            for rows, columns in [(q, k), (k, q)]:
                name = f"slopes of attention of {len(rows)} to {len(columns)}, {width} wide, {staging=}"
                found[name] = program(
                    "attention_backward",
                    [False] * 4,
                    [0.1, 1.0],
                    *(rows, rows, columns, columns),
                    staging=staging,
                )
    plain = [1, 1, 0, 0, 0, 0, 1, 1, 1]
    for channels, side in [(1 << 15, 32), (3, 3000)]:
        images, kernels = of(1, channels, side, side), of(9, channels, 1, 1)
        found[f"convolution of {channels} channels"] = program("conv2d", plain, [], images, kernels)
        found[f"convolution's slopes of {channels} channels"] = program(
            "conv2d_weight", [*plain, 1, 1], [], images, of(1, 9, side, side)
        )
    whole, plane = [1, 3900, 3900, 0, 1], of(3900, 3900)
    found["average of a plane"] = program("avg_pool2d", [*whole * 2, 0, 0], [], plane)
    found["extremum of a plane"] = program("max_pool2d", whole * 2, [], plane)
    for steps, hidden in [(1 << 20, 1), (1 << 16, 100), (1 << 14, 256), (2, 1 << 12)]:
        states, state, gates = of(steps, 1, hidden), of(1, hidden), of(steps, 1, 4 * hidden)
        lstm = [gates, state, state, of(4 * hidden, hidden)]
        found[f"LSTM of {steps} x {hidden}"] = program("lstm_sequence", [0], [], *lstm)
        found[f"LSTM's slopes of {steps} x {hidden}"] = program(
            "lstm_sequence_backward", [0], [], states, state, states, *lstm
        )
    index = np.broadcast_to(np.int64(0), (1 << 24,))
    found["many rows of few words"] = program("embedding_backward", [0, -1, 2], [], of(1 << 24, 2), index)
    found["windows on one place"] = program(
        "overlap_add", [0, 1 << 10, 1, 1, (1 << 15) + 1023], [], of(1 << 15, 1 << 10)
    )
    found["many random numbers"] = program("random_normal", [0, 8, 1 << 25], [3, 0])
    found["a search"] = program("searchsorted", [True], [], of(1 << 25), of(1 << 25))
    return found


def rounds(step: dict[str, Any]) -> int:
    """Of an invocation of a pass, at most; groups have no loops."""
    bound = BOUNDS.get(step["template"])
    return bound(step, step["params"]) if bound else 0


def test_no_invocation_of_any_program_loops_too_long():
    for name, text in {**examples(), **largest()}.items():
        for step in json.loads(text)["passes"]:
            assert rounds(step) <= ROUNDS, f"{name}: {rounds(step)} rounds in {step['template']}"


def test_a_window_that_is_too_large_is_refused():
    whole = [1, 4000, 4000, 0, 1]
    with pytest.raises(ValueError, match=r"max_pool2d.*16000000 elements.*15360000"):
        program("max_pool2d", whole * 2, [], of(4000, 4000))


def test_every_template_that_loops_has_a_bound():
    loops = re.compile(r"^\s*(for|while|loop)\b", re.MULTILINE)
    found = {
        path.relative_to(SHADERS).as_posix()
        for path in SHADERS.rglob("*.wgsl")
        if loops.search(path.read_text())
    }
    # Functions of the prelude loop over the bits of a number.
    apart = {name for name in found if name.startswith("prelude")} | {"reduce/test_op.wgsl"}
    assert found - apart == set(BOUNDS)
