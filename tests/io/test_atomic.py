"""A file that is being replaced is the old one or the new one, whatever happens and whenever."""

import errno
import os
import subprocess
import sys

import pytest

import ravine as rv
from ravine.io import _atomic
from ravine.io._atomic import replace

CALLS = ("open", "write", "fsync", "close", "replace", "fchmod")


class Failing:
    """The os module, of which the n-th call that touches the file fails."""

    def __init__(self, n, error, short=False):
        self.n, self.error, self.short = n, error, short
        self.seen = []

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments, **options):
            self.seen.append(name)
            if len(self.seen) - 1 == self.n:
                if name == "close":
                    real(*arguments)  # as Linux does it: closed, and then an error
                if name == "write" and self.short:
                    real(arguments[0], arguments[1][:3])  # a part was written
                raise self.error
            if name == "write" and self.short:
                return real(arguments[0], arguments[1][:7])
            return real(*arguments, **options)

        return call


def state(version):
    return {"version": version, "x": rv.full((5,), version), "y": rv.full((2, 2), version, dtype=rv.int64)}


def read(path):
    """The version in a file, which has to be whole."""
    back = rv.load(path)
    version = back["version"]
    assert back["x"].tolist() == [version] * 5
    assert back["y"].tolist() == [[version] * 2] * 2
    return version


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr
)
def test_a_failure_of_any_call(error, short, tmp_path, monkeypatch):
    path = tmp_path / "state.safetensors"
    rv.save(state(0), path)
    version, number, names = 0, 0, []
    while True:
        failing = Failing(number, error, short)
        monkeypatch.setattr(_atomic, "os", failing)
        try:
            rv.save(state(version + 1), path)
        except (OSError, KeyboardInterrupt):
            pass
        else:
            break
        monkeypatch.undo()
        names.append(failing.seen[number])
        # After the renaming only the folder's flush is left: then the new file is there.
        renamed = "replace" in failing.seen[:number]
        assert read(path) == version + renamed
        version += renamed
        assert os.listdir(tmp_path) == [path.name]
        number += 1
        assert number < 1000
    assert read(path) == version + 1
    assert set(names) == set(CALLS)
    assert names.count("write") >= (10 if short else 3)


def test_an_error_says_that_the_file_is_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(_atomic, "os", Failing(1, OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(OSError, match="No space left") as caught:
        replace(tmp_path / "x", [b"abc"])
    assert caught.value.__notes__ == [f"{tmp_path / 'x'} is as it was before"]


KILLED = """
import importlib.util, itertools, os, random, signal, sys, time, traceback

# Without the rest of the package: the engine cannot be used in a fork of a process that imported it.
spec = importlib.util.spec_from_file_location("atomic", sys.argv[1])
atomic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(atomic)
path, rounds = sys.argv[2], int(sys.argv[3])
chance = random.Random(7)

def content(version):
    return [b"head", *(version.to_bytes(4, "little") * 5_000 for _ in range(4))]

def replace_for_ever(version, report):
    for number in itertools.count(version + 1):
        atomic.replace(path, content(number))
        os.write(report, number.to_bytes(4, "little"))

began = time.perf_counter()
for _ in range(5):
    atomic.replace(path, content(0))
usual = (time.perf_counter() - began) / 5  # a disk may be slow
last, cut = 0, 0
for _ in range(rounds):
    told, report = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            replace_for_ever(last, report)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    os.close(report)
    time.sleep(chance.random() * (4 * usual + 0.005))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = b""
    while piece := os.read(told, 1 << 16):
        done += piece
    os.close(told)
    reported = int.from_bytes(done[-4:], "little") if done else last
    with open(path, "rb") as file:
        found = file.read()
    last = int.from_bytes(found[4:8], "little")
    assert found == b"".join(content(last)), len(found)
    assert reported <= last <= reported + 1, (reported, last)
    left = [name for name in os.listdir(os.path.dirname(path)) if name.endswith(".tmp")]
    assert len(left) <= 1, left  # the next process removes what a killed one left
    cut += len(left)
print(last, cut)
"""


def test_a_kill_at_any_moment(tmp_path):
    """200 processes that do nothing but replace a file, each killed after a random time."""
    path = tmp_path / "state"
    command = [sys.executable, "-c", KILLED, _atomic.__file__, str(path), "200"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    last, cut = map(int, done.stdout.split())
    assert last > 50  # they did replace it
    assert cut > 20  # and were killed within
    replace(path, [b"end"])
    assert os.listdir(tmp_path) == [path.name]


def test_what_living_processes_write_is_left_alone(tmp_path):
    path = tmp_path / "x"
    host = _atomic._host()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    kept = {
        f".x.{host}-{os.getppid()}-0.tmp",
        f".x.elsewhere-{dead.pid}-0.tmp",
        f".y.{host}-{dead.pid}-0.tmp",
        ".x.tmp",
    }
    for name in [*kept, f".x.{host}-{dead.pid}-0.tmp"]:
        (tmp_path / name).touch()
    replace(path, [b"new"])
    assert {entry.name for entry in tmp_path.iterdir()} == kept | {"x"}


def test_links_and_permissions_stay(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    replace(real, [b"1"])
    real.chmod(0o640)
    link.symlink_to("real")
    replace(link, [b"2", memoryview(b"3")])
    assert link.is_symlink()
    assert real.read_bytes() == b"23"
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_name_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace("plain", [b"x"])
    assert (tmp_path / "plain").read_bytes() == b"x"
    with pytest.raises(IsADirectoryError):
        replace(tmp_path, [b"x"])
    assert sorted(os.listdir(tmp_path)) == ["plain"]


def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace(pipe, [b"some ", b"bytes"])
        assert os.read(reader, 100) == b"some bytes"
        assert pipe.is_fifo()
    finally:
        os.close(reader)
    assert os.listdir(tmp_path) == ["pipe"]
