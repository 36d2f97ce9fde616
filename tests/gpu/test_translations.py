"""Every module is taken by the compilers of all drivers and browsers, not only by the one at hand.

The modules are those of the examples, of random groups, and whatever this process has compiled: after the
tests of ops and programs, which come before, that is all the registry makes.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpu import test_accuracy, test_elementwise
from gpu.examples import examples
from gpu.host import module_text
from gpu.programs import group
from ravine import _core

ROOT = Path(__file__).parents[2]
GROUPS = "elementwise/elementwise.wgsl"

DTYPES = ["float32", "int64", "int32", "int16", "int8", "uint8", "bool"]
SHAPES = [(), (1,), (7,), (5, 1), (1, 7), (5, 7), (3, 5, 7)]
# Ops of one operand and of two, by dtype.
OPS = {
    "float32": (
        sorted(test_accuracy.FUNCTIONS),
        ["add", "sub", "mul", "div", "maximum", "minimum", "pow", "remainder", "floor_divide", "atan2"],
    ),
    "bool": (["logical_not", "bitwise_not"], ["logical_and", "logical_or", "logical_xor"]),
}
OF_INTEGERS = (
    ["neg", "abs", "sign", "square", "relu", "bitwise_not"],
    [*sorted(test_elementwise.INTEGER), "fmod", "pow", "bitwise_left_shift", "bitwise_right_shift"],
)


def random_group(seed: int) -> str:
    """A program of up to twenty elementwise steps over operands of all dtypes, shapes and numbers."""
    rng = random.Random(seed)
    inputs = [np.zeros(rng.choice(SHAPES), rng.choice(DTYPES)) for _ in range(3)]
    values = {f"in{k}": x.dtype.name for k, x in enumerate(inputs)}
    steps = []
    for j in range(rng.randint(1, 20)):
        name, dtype = rng.choice(list(values.items()))
        other = rng.choice([n for n, d in values.items() if d == dtype] + [True if dtype == "bool" else 3])
        alone, pairs = OPS.get(dtype, OF_INTEGERS)
        steps.append(
            rng.choice(
                [
                    (rng.choice(alone), [name], dtype),
                    (rng.choice(pairs), [name, other], dtype),
                    (rng.choice(sorted(test_elementwise.COMPARISONS)), [name, other], "bool"),
                    ("cast", [name], rng.choice(DTYPES)),
                    *(("where", [n, name, other], dtype) for n, d in values.items() if d == "bool"),
                ]
            )
        )
        values[f"t{j}"] = steps[-1][2]
    outputs = sorted({len(steps) - 1, rng.randrange(len(steps))})
    return _core.gpu_fuse(group(inputs, steps, outputs, np.broadcast_shapes(*SHAPES)))


@pytest.fixture(scope="module")
def modules():
    """Modules, each with its pass."""
    compiled = [(module, json.loads(text)) for text, module in _core.gpu_passes()]
    groups = [pair for pair in compiled if pair[1]["template"] == GROUPS]
    # Random programs leave thousands of groups, which differ little: about a thousand of them will do.
    found = dict(groups[:: 1 + len(groups) // 1000])
    found |= {module: step for module, step in compiled if step["template"] != GROUPS}
    programs = [*examples().values(), *map(random_group, range(60))]
    for step in (step for text in programs for step in json.loads(text)["passes"]):
        found.setdefault(module_text(step), step)
    return found


class Tint:
    """The compiler of Chromium, in a device that has no driver: what every browser has at least."""

    def __init__(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WGPU_BACKEND_TYPE", "Null")
            import wgpudawn

            self.device = wgpudawn.gpu.request_adapter_sync().request_device_sync()

    def refuses(self, module: str, step: dict[str, Any]) -> str | None:
        """Why it does not take a module, or the pipeline of its pass."""
        kinds = ["read-only-storage" if b["mode"] == "read" else "storage" for b in step["bindings"]]
        kinds += ["uniform"] * module.count("var<uniform>")
        entries = [{"binding": i, "visibility": 4, "buffer": {"type": kind}} for i, kind in enumerate(kinds)]
        device = self.device
        try:
            layout = device.create_bind_group_layout(entries=entries)
            device.create_compute_pipeline(
                layout=device.create_pipeline_layout(bind_group_layouts=[layout]),
                compute={
                    "module": device.create_shader_module(code=module),
                    "entry_point": step["entry"],
                },
            )
        except Exception as error:
            return str(error)
        return None


@pytest.fixture(scope="module")
def tint():
    return Tint()


def translate(folder: Path, modules: list[str]) -> subprocess.CompletedProcess[str]:
    """Has naga write modules in every language."""
    for i, module in enumerate(modules):
        (folder / f"{i:05}.wgsl").write_text(module)
    command = ["cargo", "run", "--release", "--quiet", "-p", "ravine-translate", "--", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_tint_takes_every_module(modules, tint):
    refused = {
        f"{step['template']}: {why}"
        for module, step in modules.items()
        if (why := tint.refuses(module, step))
    }
    assert not refused, "\n\n".join(sorted(refused)[:5])


def test_naga_writes_every_module_for_vulkan_metal_and_direct3d(modules, tmp_path):
    done = translate(tmp_path, list(modules))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"{len(modules)} modules, 0 complaints\n"


def kernel(body: str, size: int = 64, before: str = "", bindings: int = 1) -> tuple[str, dict[str, Any]]:
    """A module and its pass."""
    buffers = "".join(
        f"@group(0) @binding({i}) var<storage, read_write> x{i}: array<f32>;\n" for i in range(bindings)
    )
    lane = "@builtin(local_invocation_index) lane: u32"
    text = f"{before}\n{buffers}@compute @workgroup_size({size}) fn main({lane}) {{ {body} }}"
    return text, {"entry": "main", "bindings": [{"mode": "read_write"}] * bindings, "params": []}


WRONG = {
    "a barrier after a branch": (kernel("if (x0[lane] > 0.0) { return; } workgroupBarrier();"), "uniform"),
    "a constant that is no number": (kernel("x0[0] = bitcast<f32>(0x7fc00000u);"), "nan"),
    "too many threads": (kernel("x0[0] = 1.0;", size=512), "512.*256"),
    "too many buffers": (kernel("x0[0] = 1.0;", bindings=9), "9.*8"),
    "too much shared memory": (
        kernel("x0[0] = y[lane].x;", before="var<workgroup> y: array<vec4<f32>, 1025>;"),
        "16400",
    ),
    "what a device may lack": (kernel("x0[0] = f32(1.0h);", before="enable f16;"), "f16"),
}


@pytest.mark.parametrize("name", WRONG)
def test_tint_refuses(tint, name):
    (text, step), why = WRONG[name]
    assert re.search(why, tint.refuses(text, step) or "", re.DOTALL)
    assert tint.refuses(*kernel("x0[0] = 1.0;")) is None


def test_naga_refuses(tmp_path):
    """What a device may lack, in a folder with a module that is right."""
    done = translate(tmp_path, [kernel(f"x0[0] = {number};")[0] for number in ("1.0", "f32(1lu)")])
    assert done.returncode == 1
    assert re.fullmatch(r".*00001.wgsl: WGSL: .*\n2 modules, 1 complaints\n", done.stdout, re.DOTALL)
