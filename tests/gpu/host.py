"""Runs GPU programs, which are data (rust/core/src/gpu/mod.rs says what it means), through wgpu-py."""

import json
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

SHADERS = Path(__file__).parents[2] / "shaders"

# What every WebGPU device has: an adapter's own limits would let larger programs pass.
LIMITS: dict[str, int | None] = {
    "max-storage-buffers-per-shader-stage": 8,
    "max-compute-workgroup-storage-size": 16 << 10,
    "max-compute-invocations-per-workgroup": 256,
    "max-compute-workgroup-size-x": 256,
    "max-compute-workgroups-per-dimension": 65_535,
}

# How elements lie in a buffer where that is not as in NumPy.
STORED = {"bool": np.uint32, "uint8": np.uint32, "int8": np.int32, "int16": np.int32}


def stored(array):
    """An array's elements as the buffers hold them."""
    return np.ascontiguousarray(array, STORED.get(array.dtype.name, array.dtype))


def module_text(step):
    """The module of a pass: prelude, bindings, params, slots, template."""
    prelude = [SHADERS / "prelude.wgsl", *sorted((SHADERS / "prelude").glob("*.wgsl"))]
    text = [file.read_text() for file in prelude]
    for i, b in enumerate(step["bindings"]):
        text.append(f"@group(0) @binding({i}) var<storage, {b['mode']}> {b['name']}: array<{b['kind']}>;\n")
    if step["params"]:
        fours = -(-len(step["params"]) // 4)
        text.append(
            f"@group(0) @binding({len(step['bindings'])}) var<uniform> params: array<vec4<u32>, {fours}>;\n"
            "fn param(i: u32) -> u32 {\n    return params[i >> 2u][i & 3u];\n}\n"
        )
    if any(b["buffer"] == "fault" for b in step["bindings"]):
        text.append((SHADERS / "fault.wgsl").read_text())
    text.extend(step["slots"].values())
    template = (SHADERS / step["template"]).read_text()
    for name, value in step["defines"].items():
        template = template.replace("{{" + name + "}}", value)
    text.append(template)
    return "\n".join(text)


class Host:
    """One device. Fails where there is no Vulkan adapter, because a test that cannot run has not passed."""

    def __init__(self):
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        os.environ.setdefault("WGPU_BACKEND_TYPE", "Vulkan")  # not the GL driver, which has other limits
        import wgpu

        self.wgpu = wgpu
        adapters = [a for a in wgpu.gpu.enumerate_adapters_sync() if a.info["backend_type"] == "Vulkan"]
        if not adapters:
            raise RuntimeError(
                "the GPU tests need a Vulkan adapter, and wgpu found none: `make vulkan` installs a software "
                "one (packages libvulkan1 and mesa-vulkan-drivers)"
            )
        self.info = adapters[0].info
        self.device = adapters[0].request_device_sync(required_limits=LIMITS)
        self.pipeline = cache(self.pipeline)
        self.templates = set()  # that were run

    def pipeline(self, text, entry, modes, has_params):
        wgpu, device = self.wgpu, self.device
        kinds = [
            wgpu.BufferBindingType.read_only_storage if mode == "read" else wgpu.BufferBindingType.storage
            for mode in modes
        ]
        kinds += [wgpu.BufferBindingType.uniform] * has_params
        entries = [
            {"binding": i, "visibility": wgpu.ShaderStage.COMPUTE, "buffer": {"type": kind}}
            for i, kind in enumerate(kinds)
        ]
        layout = device.create_bind_group_layout(entries=entries)
        pipeline = device.create_compute_pipeline(
            layout=device.create_pipeline_layout(bind_group_layouts=[layout]),
            compute={"module": device.create_shader_module(code=text), "entry_point": entry},
        )
        return pipeline, layout

    def buffer(self, nbytes, data=None):
        usage = (
            self.wgpu.BufferUsage.STORAGE | self.wgpu.BufferUsage.COPY_DST | self.wgpu.BufferUsage.COPY_SRC
        )
        buffer = self.device.create_buffer(size=max(16, -(-nbytes // 16) * 16), usage=usage)
        if data is not None and data.nbytes:
            # Whole words are written.
            self.device.queue.write_buffer(buffer, 0, data.tobytes() + bytes(-data.nbytes % 4))
        return buffer

    def run(self, program, *inputs):
        """The outputs of a program, given as JSON; `self.fault` tells whether it found an error in values."""
        program = json.loads(program)
        assert len(inputs) == program["inputs"]
        inputs = [np.asarray(x) for x in inputs]
        read = [self.buffer(stored(x).nbytes, stored(x)) for x in inputs]
        kept = dict(program["aliases"])
        written = []
        for i, output in enumerate(program["outputs"]):
            dtype = np.dtype(STORED.get(output["dtype"], output["dtype"]))
            size = int(np.prod(output["shape"])) * dtype.itemsize
            # An output that is the input's own buffer: nobody else reads that one.
            written.append(read[kept[i]] if i in kept else self.buffer(size))
        scratch = [self.buffer(size) for size in program["scratch"]]
        fault = self.buffer(16, np.zeros(4, np.uint32))
        buffers = {"input": read, "output": written, "scratch": scratch, "fault": [fault]}

        encoder = self.device.create_command_encoder()
        encoder_pass = encoder.begin_compute_pass()
        for step in program["passes"]:
            self.templates.add(step["template"])
            modes = tuple(b["mode"] for b in step["bindings"])
            pipeline, layout = self.pipeline(module_text(step), step["entry"], modes, bool(step["params"]))
            bound = [buffers[b["buffer"]][b["index"]] for b in step["bindings"]]
            assert len({id(b) for b in bound}) == len(bound), "a buffer is bound twice"
            if step["params"]:
                words = np.zeros(-(-len(step["params"]) // 4) * 4, np.uint32)
                words[: len(step["params"])] = step["params"]
                usage = self.wgpu.BufferUsage.UNIFORM | self.wgpu.BufferUsage.COPY_DST
                bound.append(self.device.create_buffer_with_data(data=words, usage=usage))
            entries = [
                {"binding": i, "resource": {"buffer": b, "offset": 0, "size": b.size}}
                for i, b in enumerate(bound)
            ]
            encoder_pass.set_pipeline(pipeline)
            encoder_pass.set_bind_group(0, self.device.create_bind_group(layout=layout, entries=entries))
            encoder_pass.dispatch_workgroups(*step["grid"])
        encoder_pass.end()
        self.device.queue.submit([encoder.finish()])
        self.fault = int(np.asarray(self.device.queue.read_buffer(fault), np.uint8).view(np.uint32)[0])

        results = []
        for output, buffer in zip(program["outputs"], written):
            dtype = np.dtype(STORED.get(output["dtype"], output["dtype"]))
            count = int(np.prod(output["shape"]))
            data = np.asarray(self.device.queue.read_buffer(buffer), np.uint8).view(dtype)[:count]
            results.append(data.reshape(output["shape"]).astype(output["dtype"]))
        return results
