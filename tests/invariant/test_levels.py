"""The invariant, and kernels against plain forms, at every SIMD level; and with every plan made twice."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
X86 = platform.machine() in ("x86_64", "AMD64")
# The level of this machine is that of all other tests.
LEVELS = [{"RAVINE_SIMD": level} for level in (["avx2", "portable"] if X86 else ["portable"])]
COUNT = 150


def run(settings, *arguments):
    environment = {**os.environ, "RAVINE_PROGRAMS": str(COUNT), **settings}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=TESTS.parent)


@pytest.mark.parametrize("settings", [*LEVELS, {"RAVINE_CHECK_PLANS": "1"}], ids=str)
def test_programs(settings, torch):
    done = run(settings, "tests/invariant/programs.py")
    assert done.stdout.startswith(f"{COUNT} programs hold, 0 do not"), done.stdout + done.stderr


@pytest.mark.parametrize("settings", LEVELS, ids=str)
def test_kernels(settings):
    done = run(settings, "-m", "pytest", "-q", "tests/ops/test_plain.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
