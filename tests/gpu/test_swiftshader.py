"""The same tests on SwiftShader, which takes every liberty that a driver has.

It has 256 threads to a workgroup, four to a subgroup and no float16, and takes subnormal numbers for 0. What
this changes is named in test_accuracy.py; nothing is loosened.
"""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
UNPACKED = ROOT / ".venv" / ".stamps" / "swiftshader" / "usr" / "lib" / "chromium" / "vk_swiftshader_icd.json"

# By what they compute with; the ids of tests, or their beginnings.
TESTS = {
    "functions of one number": ["test_accuracy.py"],
    "functions of two": ["test_expressions.py::test_binary", "test_elementwise.py::test_power"],
    "int64": ["test_int64.py::test_binary", "test_int64.py::test_floats_saturate"],
    "products": ["test_kernels.py::test_matmul", "test_kernels.py::test_long_matmul_is_cut_into_segments"],
    "softmax and norms": [
        "test_rows.py::test_softmax_of_special_values",
        "test_rows.py::test_softmax_backward",
        "test_rows.py::test_layer_norm",
    ],
    "reductions, scans and sorts": ["test_kernels.py::test_reductions", "test_kernels.py::test_sort"],
    "optimizers": ["test_kernels.py::test_adam_over_tensors", "test_optimizers.py::test_total_norm"],
    "recurrent layers": ["test_recurrent.py::test_values[False-lstm]"],
    "loops": ["test_loops.py::test_how_long_the_driver_lets_an_invocation_loop"],
}


@pytest.fixture(scope="module")
def environment():
    """In which there is no driver but SwiftShader."""
    driver = Path(os.environ.get("RAVINE_SWIFTSHADER") or UNPACKED)
    if not driver.exists():
        raise RuntimeError(f"{driver} is not there: `make swiftshader` unpacks it")
    return {**os.environ, "VK_DRIVER_FILES": str(driver), "VK_ICD_FILENAMES": str(driver)}


def test_tests_pass_there_too(environment):
    ids = [str(FOLDER / test) for tests in TESTS.values() for test in tests]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *ids]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert re.search(r"^\d+ passed in ", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_training_there(environment):
    """On the device that the engine finds; losses are those of the CPU."""
    program = """
    import numpy as np, ravine
    from ravine import nn, optim

    (adapter,) = ravine.gpu.devices()
    assert "SwiftShader" in adapter.name, adapter
    assert (ravine.tensor([1e-40]).to("gpu") * 0.5).item() == 0.0

    def losses(device):
        ravine.manual_seed(0)
        x, y = ravine.randn(12, 8).to(device), ravine.tensor([0, 1, 2] * 4).to(device)
        model = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.Tanh(), nn.Linear(16, 3)).to(device)
        optimizer = optim.AdamW(model.parameters(), lr=0.01)
        found = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    near, far = losses("cpu"), losses("gpu")
    assert near[-1] < near[0]
    np.testing.assert_allclose(far, near, rtol=1e-4)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
