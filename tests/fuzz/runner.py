"""Runs fuzzed lines in child processes, each under a memory limit, and judges what becomes of them.

The parent has imported everything and recorded nothing, so a fork of it is a fresh process within
milliseconds. What the child is about to run stands in shared memory: after a crash the parent reads it there.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import gc
import itertools
import json
import mmap
import os
import random
import resource
import shlex
import signal
import struct
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import ravine
from fuzz import lines, scene
from fuzz.targets import targets

#: Address space that a child may take beyond its parent's.
MEMORY = 512 << 20
#: Seconds until the alarm rings in a line, and until a line that does not hear it counts as hanging.
ALARM, PATIENCE = 0.2, float(os.environ.get("FUZZ_PATIENCE", "20"))
BATCH = 400
LOOKS = 2
NAMES = {name: getattr(scene, name) for name in scene.__all__}
# No Python program should see one of these from a library: they are mistakes of its own.
MISTAKES = (ZeroDivisionError, AssertionError, NameError, SystemError)
DEFECTS = ("defect of ravine", "defect of its own", "panicked at", "PanicException")


# The system's own: `os.fork` tells Ravine, which then refuses to work in the child.
FORK = ctypes.PyDLL(None).fork


class TimeUp(BaseException):
    """The alarm: no `except Exception` keeps it from the runner."""


@dataclass
class Failure:
    """What went wrong, and the line that shows it."""

    kind: str
    line: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}\n    python -m fuzz {shlex.quote(self.line)}"


@dataclass
class Report:
    """What a run came to."""

    calls: int = 0
    returned: int = 0
    batches: int = 0
    #: Lines that the alarm ended.
    slow: int = 0
    names: set[str] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)


class Shared:
    """Memory of parent and child: counters, and the line that is being run."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 1 << 16)

    def start(self, number: int, line: str) -> None:
        text = line.encode("utf-8", "replace")[: (1 << 16) - 64]
        self.memory[32 : 36 + len(text)] = struct.pack("I", len(text)) + text
        self.memory[:8] = struct.pack("Q", number)

    def count(self, returned: int, slow: int) -> None:
        self.memory[8:24] = struct.pack("QQ", returned, slow)

    @property
    def counters(self) -> tuple[int, int, int]:
        """Number of the current line, lines that returned, lines that the alarm ended."""
        return struct.unpack("QQQ", self.memory[:24])

    @property
    def line(self) -> str:
        (length,) = struct.unpack("I", self.memory[32:36])
        return self.memory[36 : 36 + length].decode()


def ring(number: int, frame: object) -> None:
    raise TimeUp


class Judge:
    """The child's side: runs lines and writes failures down."""

    def __init__(self, shared: Shared, log: int) -> None:
        self.shared, self.log = shared, log
        self.returned = self.slow = self.number = 0
        #: How much of the standard error is known.
        self.heard = 0

    def fail(self, kind: str, line: str, detail: str) -> None:
        os.write(self.log, (json.dumps(asdict(Failure(kind, line, detail[:400]))) + "\n").encode())

    def execute(self, line: str, names: dict[str, Any], shown: str) -> bool:
        """Runs one line; whether it returned. `shown` is what a reproducer has to run."""
        start = time.monotonic()
        error: BaseException | None = None
        try:
            # It rings again, in case that the first ring is lost in a destructor.
            signal.setitimer(signal.ITIMER_REAL, ALARM, ALARM)
            exec(compile(line, "<fuzz>", "exec"), names)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException as e:
            error = e
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        except TimeUp:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic() - start
        if took > ALARM + 5:
            self.fail("deaf", shown, f"the alarm was heard after {took:.1f} s")
        if error is not None:
            self.judge(error, shown)
        self.listen(shown)
        return error is None

    def judge(self, error: BaseException, shown: str) -> None:
        self.slow += isinstance(error, TimeUp)
        e: BaseException | None = error
        while e is not None:
            try:
                text = f"{type(e).__name__}: {e}"
            except Exception as unreadable:
                text = f"{type(e).__name__} whose message cannot be read: {unreadable!r}"
                self.fail("message", shown, text)
            if any(d in text for d in DEFECTS):
                self.fail("defect", shown, text)
            elif isinstance(e, NameError) and e.name in ("r", "q"):
                pass  # an earlier part of the line raised
            elif isinstance(e, ravine.errors.Error):
                pass
            elif isinstance(e, MISTAKES) or not isinstance(e, (Exception, TimeUp)):
                self.fail("mistake", shown, text)
            e = e.__cause__

    def listen(self, shown: str) -> None:
        """A panic is said on the standard error, even when what it leads to is lost."""
        size = os.fstat(2).st_size
        if size > self.heard:
            said = os.pread(2, size - self.heard, self.heard).decode("utf-8", "replace")
            self.heard = size
            if "panicked at" in said:
                self.fail("panic", shown, said[said.index("panicked at") :])

    def line(self, text: str, rng: random.Random | None = None) -> None:
        """One line, and looks at its result; afterwards all memory is free again."""
        before = settled()
        names = dict(NAMES)
        self.restore()
        if rng is None:
            self.begin(text)
            self.execute(text, names, text)
        else:
            text = f"r = {text}"
            self.begin(text)
            self.execute(text, names, text)
            if "r" in names:
                self.returned += 1
                for _ in range(LOOKS):
                    try:
                        more = lines.look(names["r"], rng)
                    except Exception:
                        more = None
                    if more is None:
                        break
                    text = f"{text}; {more}"
                    self.shared.start(self.number, text)
                    self.execute(more, names, text)
        names.clear()
        del names
        self.restore()
        if ravine.stats()["bytes_live"] > before and settled() > before and self.leaks(text):
            self.fail("leak", text, f"{settled() - before} bytes more are live than before it")
        self.shared.count(self.returned, self.slow)

    def leaks(self, text: str) -> bool:
        """Whether memory grows each time, so that it is no cache that was filled."""
        live = [settled()]
        for _ in range(3):
            names = dict(NAMES)
            for part in split(text):
                self.execute(part, names, text)
            names.clear()
            live.append(settled())
        return all(a < b for a, b in itertools.pairwise(live))

    def begin(self, text: str) -> None:
        self.number += 1
        self.shared.start(self.number, text)

    @staticmethod
    def restore() -> None:
        """What calls may have set for the whole process."""
        ravine.set_grad_enabled(True)
        ravine.set_num_threads(1)
        ravine.autograd.set_detect_anomaly(False)
        ravine.manual_seed(0)


def split(text: str) -> list[str]:
    """The statements of a line, one by one, so that those after a failing one run as well."""
    return [ast.unparse(statement) for statement in ast.parse(text).body]


def settled() -> int:
    """Live bytes of the pool once nothing waits and cycles are gone."""
    with contextlib.suppress(Exception):
        ravine.synchronize()
    live = ravine.stats()["bytes_live"]
    if live:
        gc.collect()
        live = ravine.stats()["bytes_live"]
    return live


def child(shared: Shared, log: int, folder: str, errors: int, work: Callable[[Judge], None]) -> None:
    """Never returns."""
    status = 70
    try:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(errors, 2)
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 26, 1 << 26))
        signal.signal(signal.SIGALRM, ring)
        warnings.simplefilter("ignore")
        work(Judge(shared, log))
        status = 0
    finally:
        os._exit(status)


class Runner:
    """The parent's side."""

    def __init__(self) -> None:
        self.targets = targets()
        self.shared = Shared()
        gc.collect()
        gc.freeze()

    def watch(self, work: Callable[[Judge], None]) -> tuple[list[Failure], str | None]:
        """Runs `work` in a child. The failures that it noted, and how it died, if it did."""
        with tempfile.TemporaryDirectory() as folder:
            log = os.open(os.path.join(folder, "log"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
            errors = os.open(os.path.join(folder, "errors"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
            inner = os.path.join(folder, "t")
            os.mkdir(inner)
            pid = FORK()
            if pid == 0:
                child(self.shared, log, inner, errors, work)
            died = self.wait(pid)
            noted = [Failure(**json.loads(text)) for text in read(log).splitlines()]
            said = read(errors).strip()
            if died is not None and said:
                died = f"{died}: {said[-300:]}"
        return noted, died

    def wait(self, pid: int) -> str | None:
        last, since = (-1, ""), time.monotonic()
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
            now = (self.shared.counters[0], self.shared.line)
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return f"hang: nothing for {PATIENCE:g} s"
            time.sleep(0.005)
        if os.WIFSIGNALED(status):
            return f"signal: {signal.Signals(os.WTERMSIG(status)).name}"
        code = os.WEXITSTATUS(status)
        return f"exit: status {code}" if code else None

    def batch(self, seed: int, number: int, size: int) -> Report:
        """The calls of one batch; after a crash the rest goes on in another child."""
        report, done = Report(batches=1), 0
        order = random.Random(f"{seed} {number}")
        # Every target comes up as often as any other.
        first = number * size
        chosen = [self.targets[(first + i) % len(self.targets)] for i in range(size)]
        order.shuffle(chosen)
        report.names.update(t.text for t in chosen)
        while done < size:
            start = done

            def work(judge: Judge, start: int = start) -> None:
                for i in range(start, size):
                    rng = random.Random(f"{seed} {number} {i}")
                    judge.line(lines.call(chosen[i], rng), rng)

            self.shared.start(0, "")
            self.shared.count(0, 0)
            noted, died = self.watch(work)
            at, returned, slow = self.shared.counters
            report.failures += noted
            report.returned += returned
            report.slow += slow
            done = start + at if died else size
            if died:
                report.failures.append(self.crash(died, self.shared.line))
        report.calls = size
        return report

    def crash(self, died: str, line: str) -> Failure:
        """Whether the line alone kills a fresh process as well."""
        kind, _, detail = died.partition(": ")
        again = self.alone(line)
        alone = any(f.kind == kind for f in again)
        return Failure(kind, line, detail + ("" if alone else " (not when the line runs alone)"))

    def alone(self, line: str) -> list[Failure]:
        """What is wrong with one line."""
        self.shared.start(0, "")

        def work(judge: Judge) -> None:
            judge.begin(line)
            names = dict(NAMES)
            judge.restore()
            for part in split(line):
                judge.execute(part, names, line)
            names.clear()
            if settled() > 0 and judge.leaks(line):
                judge.fail("leak", line, f"{settled()} bytes are live after it")

        noted, died = self.watch(work)
        if died:
            kind, _, detail = died.partition(": ")
            noted.append(Failure(kind, line, detail))
        return noted


def read(file: int) -> str:
    size = os.lseek(file, 0, os.SEEK_END)
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, size).decode("utf-8", "replace")
    os.close(file)
    return text


def total(reports: list[Report]) -> Report:
    """All of them as one."""
    sum_ = Report()
    for r in reports:
        sum_.calls += r.calls
        sum_.returned += r.returned
        sum_.batches += r.batches
        sum_.slow += r.slow
        sum_.names |= r.names
        sum_.failures += r.failures
    return sum_
