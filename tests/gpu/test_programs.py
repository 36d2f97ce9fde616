"""The invariant's random programs on a GPU: what they do on the CPU, and the same bits each time."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
import pytest

import ravine
from invariant.backends import Backend
from invariant.laws import generate, outcome, same_bits
from invariant.writer import Program
from ravine import _core

pytestmark = pytest.mark.filterwarnings("ignore")

PROGRAMS = int(os.environ.get("RAVINE_GPU_PROGRAMS", "500"))
PARTS = 10
UNBOUNDED = 1 << 40
WIDE = re.compile(r"\b(float64|float16|bfloat16|double|half)\b")


def narrowed(seed: int) -> Program:
    """A program in the one float dtype that GPUs compute with."""
    program = generate(seed)
    program.lines[:] = [WIDE.sub("float32", line) for line in program.lines]
    return program


def run(program: Program, device: str, window: int) -> list[tuple[str, Any]]:
    """What a program leaves, with all its tensors made on a device."""
    before = _core.get_window()
    _core.set_window(window)
    try:
        with ravine.device(device):
            backend = Backend(ravine)
            return outcome(backend, backend.run(program))
    finally:
        _core.set_window(before)


def near(a: Any, b: Any) -> bool:
    """Equal up to the rounding of some hundred float32 operations."""
    if not isinstance(a, np.ndarray):
        return type(a) is type(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    scale = max(1.0, float(np.nanmax(np.abs(a[np.isfinite(a)]), initial=0.0)))
    return np.allclose(b, a, rtol=1e-3, atol=1e-3 * scale, equal_nan=True)


@pytest.mark.parametrize("part", range(PARTS))
def test_programs_mean_what_they_mean_on_the_cpu(part):
    for seed in range(part, PROGRAMS, PARTS):
        program = narrowed(seed)
        truth = run(program, "cpu", UNBOUNDED)
        whole = run(program, "gpu", UNBOUNDED)
        again = run(program, "gpu", UNBOUNDED)
        cut = run(program, "gpu", 3)
        assert len(truth) == len(whole) == len(again) == len(cut), seed
        for (name, a), (_, b), (_, c), (_, d) in zip(truth, whole, again, cut):
            assert same_bits(b, c), f"program {seed}: {name} is {c!r} the second time, {b!r} the first"
            assert near(a, b), f"program {seed}: {name} is {b!r} on the GPU, {a!r} on the CPU"
            assert near(a, d), f"program {seed}: {name} is {d!r} cut after three ops, {a!r} on the CPU"
