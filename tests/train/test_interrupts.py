"""Signals end a run so that it can be resumed to the same losses; two runs do not share a folder."""

import os
import shlex
import signal
import subprocess
import sys
import threading

import pytest

import ravine
from ravine import cli, nn
from ravine.io._lock import FileLock
from ravine.train import FolderInUseError, Interrupted, NoRunError, Run, read_metrics
from ravine.train.interrupt import Interrupts

# The command with a signal to itself at a moment: the n-th call of a function.
CHILD = """
import os, signal, sys
from ravine import cli
from ravine.io import _atomic
from ravine.recipes import digits_mlp
from ravine.train import run

run._SAVE_SECONDS, run._SAVE_LEAST_SECONDS = 0.05, 0.0
moment, number, signals, which = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
places = {
    "loading": (digits_mlp, "build"),
    "beginning": (run.Run, "_begin"),
    "a step": (run.Run, "step"),
    "an evaluation": (digits_mlp, "evaluate"),
    "a checkpoint": (_atomic.os, "fsync"),
    "the page": (run, "write_page"),
}
if moment in places:
    where, name = places[moment]
    usual = getattr(where, name)
    calls = 0

    def watched(*arguments, **options):
        global calls
        calls += 1
        if calls == number:
            for _ in range(signals):
                os.kill(os.getpid(), which)
        return usual(*arguments, **options)

    setattr(where, name, watched)
sys.exit(cli.main(sys.argv[5:]))
"""
STEPS = 60


def train(out, *options, moment="none", number=1, signals=1, which=signal.SIGINT):
    line = ["train", "digits-mlp", "--steps", str(STEPS), "--out", str(out), "--threads", "1", *options]
    command = [sys.executable, "-c", CHILD, moment, str(number), str(signals), str(int(which)), *line]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def losses(out):
    lines = read_metrics(out / "metrics.jsonl")
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert train(out).returncode in (0, 3)
    return losses(out)


MOMENTS = [
    ("a step", 1, 1, signal.SIGINT),
    ("a step", STEPS, 1, signal.SIGINT),
    ("a step", 30, 2, signal.SIGINT),
    ("an evaluation", 2, 2, signal.SIGTERM),
    ("an evaluation", 4, 1, signal.SIGTERM),  # of the test part, after the loop
    ("a checkpoint", 2, 1, signal.SIGINT),  # the one before the first step
    ("a checkpoint", 9, 1, signal.SIGINT),
    ("a checkpoint", 9, 2, signal.SIGINT),
    ("the page", 5, 2, signal.SIGINT),
]


@pytest.mark.parametrize(("moment", "number", "signals", "which"), MOMENTS)
def test_a_signal_at_any_moment(whole, moment, number, signals, which, tmp_path):
    """One sentence with the command that resumes, the usual exit code, and the same losses in the end."""
    out = tmp_path / "my run"
    done = train(out, moment=moment, number=number, signals=signals, which=which)
    assert done.returncode == 128 + which, done.stderr
    assert "Traceback" not in done.stderr
    *_, last = done.stderr.splitlines()
    line = shlex.split(last)
    assert line[:3] == ["ravine", "train", "digits-mlp"]
    assert line[-1] == "--resume"
    assert "A checkpoint is saved. Go on with" in done.stderr
    step = ravine.load(out / "last.safetensors")["run"]["extra"]["step"]
    if moment == "a step" and signals == 1:
        assert step == number
    resumed = train(out, *line[3:])
    assert resumed.returncode in (0, 3), resumed.stderr
    assert f"goes on after step {step}" in resumed.stderr
    assert losses(out) == whole
    assert ".lock" not in os.listdir(out)


@pytest.mark.parametrize("moment", ["loading", "beginning"])
def test_a_signal_before_there_is_a_run(moment, tmp_path):
    done = train(tmp_path / "out", moment=moment, which=signal.SIGTERM)
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr == "\nravine: interrupted\n"
    assert not (tmp_path / "out" / "last.safetensors").exists()
    assert not (tmp_path / "out" / ".lock").exists()


def test_a_run_of_ones_own_is_interrupted_between_two_steps(tmp_path):
    made = []

    def train():
        parts = {"model": nn.Linear(1, 1), "loader": range(5)}
        with Run("own", steps=5, out=tmp_path, parts=parts) as run:
            for _ in run.batches():
                os.kill(os.getpid(), signal.SIGINT)
                run.step(1.0, epoch=0, lr=0.1)
                made.append(run.steps)

    with pytest.raises(KeyboardInterrupt) as caught:
        train()
    assert isinstance(caught.value, Interrupted)
    assert (caught.value.number, caught.value.resumable, made) == (signal.SIGINT, True, [1])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_handlers_of_the_program_stay():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    try:
        with Run("own", steps=2, parts={"loader": range(2)}) as run:
            for _ in run.batches():
                os.kill(os.getpid(), signal.SIGTERM)
                run.step(1.0, epoch=0, lr=0.1)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (heard, run.steps) == ([1, 1], 2)


def test_a_run_in_another_thread_leaves_signals_alone():
    def train():
        with Interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    seen = []
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


# ---- two runs in one folder

HOLDER = """
import sys, time
from ravine.train import Run
run = Run("own", steps=2, out=sys.argv[1])
print("ready", flush=True)
time.sleep(60)
"""


def holder(out):
    child = subprocess.Popen([sys.executable, "-c", HOLDER, str(out)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_a_folder_in_use_is_refused_until_its_process_is_dead(tmp_path, capsys):
    out = tmp_path / "out"
    child = holder(out)
    try:
        before = {file.name: file.read_bytes() for file in out.iterdir()}
        line = ["train", "digits-mlp", "--steps", "3", "--out", str(out)]
        assert cli.main(line) == 2
        assert f"{out} is in use: process {child.pid} writes a run there" in capsys.readouterr().err
        assert {file.name: file.read_bytes() for file in out.iterdir()} == before
        (out / "last.safetensors").write_bytes(b"")
        assert cli.main([*line, "--resume"]) == 2
        assert "is in use" in capsys.readouterr().err
        with pytest.raises(FolderInUseError, match=f"process {child.pid} writes"):
            Run("own", steps=2, out=out)
        (out / "index.html").write_text("kept")
        assert cli.main(["demo", "--steps", "1", "--out", str(out)]) == 2
        assert (out / "index.html").read_text() == "kept"
    finally:
        child.kill()
        child.communicate()
    assert (out / ".lock").exists()
    assert cli.main(line) == 3
    assert ".lock" not in os.listdir(out)


def test_of_many_that_begin_at_once_one_runs(tmp_path):
    line = ["train", "digits-mlp", "--steps", "400", "--threads", "1", "--out", str(tmp_path)]
    command = [sys.executable, "-m", "ravine.cli", *line]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ends = [(child.communicate(timeout=120)[1], child.returncode) for child in children]
    codes = sorted(code for _, code in ends)
    # One that began after another's end runs as well; none may run beside another.
    assert codes[0] in (0, 2)
    assert set(codes) <= {0, 2, 3}
    assert codes.count(2) >= 1
    assert all("is in use" in said for said, code in ends if code == 2)
    assert [line["step"] for line in read_metrics(tmp_path / "metrics.jsonl") if "loss" in line] == [
        *range(1, 401)
    ]


def test_a_run_that_was_forgotten_or_failed_keeps_nothing_locked(tmp_path):
    first = Run("own", steps=2, out=tmp_path)
    with pytest.raises(FolderInUseError, match=rf"this process \({os.getpid()}\) writes"):
        Run("own", steps=2, out=tmp_path)
    first.close()
    second = Run("own", steps=2, out=tmp_path)
    assert second._metrics is not None
    second._metrics.close()
    del second  # not closed itself
    (tmp_path / "last.safetensors").write_text("none")
    with pytest.raises(RuntimeError, match="Start the run anew"):
        Run("own", steps=2, out=tmp_path, resume=True)
    Run("own", steps=2, out=tmp_path).close()


def test_nothing_to_resume(tmp_path):
    for out in (tmp_path / "none", tmp_path):
        with pytest.raises(NoRunError, match=f"{out} has no run to resume"):
            Run("own", steps=2, out=out, resume=True)
    assert os.listdir(tmp_path) == []


FORK = """
import os, sys, time
from ravine.io._lock import FileLock
lock = FileLock(sys.argv[1])
assert lock.acquire()
if os.fork() == 0:
    print("ready", flush=True)  # what runs after a fork has run in the child
time.sleep(60)
"""


def test_a_forked_child_does_not_keep_the_lock_of_a_dead_parent(tmp_path):
    path = tmp_path / "lock"
    child = subprocess.Popen(
        [sys.executable, "-c", FORK, str(path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert not FileLock(path).acquire()
        child.kill()
        child.wait()
        lock = FileLock(path)
        assert lock.acquire()
        lock.release()
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def test_a_lock_is_one_among_threads_and_processes(tmp_path):
    """A counter that is read and written under the lock loses nothing."""
    code = (
        "import sys, threading, time\n"
        "from ravine.io._lock import FileLock\n"
        "def count():\n"
        "    for _ in range(30):\n"
        "        lock = FileLock(sys.argv[1] + '/lock')\n"
        "        while not lock.acquire(): time.sleep(0.0005)\n"
        "        with lock:\n"
        "            n = int(open(sys.argv[1] + '/n').read())\n"
        "            open(sys.argv[1] + '/n', 'w').write(str(n + 1))\n"
        "threads = [threading.Thread(target=count) for _ in range(3)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
    )
    (tmp_path / "n").write_text("0")
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]
    assert (tmp_path / "n").read_text() == "270"
    assert os.listdir(tmp_path) == ["n"]
