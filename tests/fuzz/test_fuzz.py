"""Every public function with hostile arguments: no crash, panic, defect, hang or leak.

`make fuzz` runs longer.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# Live tensors of one process keep growing, a message of a defect, a mistake, and three ways of dying.
WRONG = {
    "leak": "rv.kept = [*getattr(rv, 'kept', []), rv.ones(5000).exp()]; rv.eval(*rv.kept)",
    "defect": "raise RuntimeError('this is a defect of ravine')",
    "mistake": "1 / 0",
    "signal: SIGSEGV": "import os; os.kill(os.getpid(), 11)",
    "signal: SIGABRT": "import os; os.abort()",
    "exit": "import os; os._exit(3)",
    "hang": "import signal; [signal.setitimer(signal.ITIMER_REAL, 0), [0 for _ in iter(int, 1) if False]]",
}
RIGHT = ["rv.ones(3).sum().item()", "rv.ones('a')", "[0 for _ in iter(int, 1) if False]", "bytearray(2**40)"]


def fuzz(*arguments, **settings):
    """Runs the fuzz in a process of its own, because it forks."""
    paths = os.pathsep.join([str(TESTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    environment = {**os.environ, "PYTHONPATH": paths, **settings}
    command = [sys.executable, "-m", "fuzz", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_hostile_calls():
    # Three calls of each function.
    done = fuzz(FUZZ_CALLS="3600", FUZZ_SEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = [int(n) for n in re.findall(r"\d+", done.stdout)]
    _, functions, calls, called, _, _, returned, *_ = numbers
    assert called == functions > 1100
    # Calls that are all refused would try little.
    assert returned > 0.4 * calls


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_noticed(kind):
    done = fuzz(WRONG[kind], FUZZ_PATIENCE="2")
    assert done.returncode == 1
    assert done.stdout.startswith(kind), done.stdout + done.stderr


@pytest.mark.parametrize("line", RIGHT)
def test_what_is_right_is_not(line):
    done = fuzz(line)
    assert done.stdout == "nothing is wrong with it\n", done.stdout + done.stderr
