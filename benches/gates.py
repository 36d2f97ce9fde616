"""Everything timed that has a limit: prints a table, and exits with 1 when a limit is missed.

python benches/gates.py [words]    only the gates whose name has one of these words
"""

from __future__ import annotations

import functools
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

from timing import ROUNDS, RUNS, best, seconds, stopwatch

import ravine
from ravine import _core, nn, optim

ROOT = Path(__file__).resolve().parents[1]
NANO, MICRO, MILLI, MB = 1e-9, 1e-6, 1e-3, 1e6


Program = Callable[[ravine.Tensor], ravine.Tensor]


@dataclass
class Line:
    """One line of the table; without a limit it is for information."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the value keeps the limit."""
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit}"
        return f"{self.name:62} {self.value:9.3g} {self.unit:3} {limit:>9}  {'ok' if self.ok else 'MISSED'}"


FIRST_ON_GPU = """
import time
import ravine
start = time.perf_counter()
if ravine.gpu.devices():
    (ravine.ones(3).to("gpu") + 1).sum().item()
    print(time.perf_counter() - start)
"""
FIRST_SUM = """
import sys, time
start = time.perf_counter()
import ravine, ravine.nn, ravine.optim
ravine.tensor([1.0, 2.0]).sum().item()
print(time.perf_counter() - start, "numpy" in sys.modules)
"""


def first_sum() -> Iterator[Line]:
    """A fresh process imports Ravine and sums two numbers."""
    numpy_was_imported = set()

    # As pip installs it: with bytecode, which the first of these imports writes.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def measure() -> float:
        out = subprocess.run(
            [sys.executable, "-c", FIRST_SUM], capture_output=True, text=True, check=True, env=environment
        )
        took, numpy = out.stdout.split()
        numpy_was_imported.add(numpy)
        return float(took)

    yield Line("import ravine, nn, optim, and a first sum", best(measure) / MILLI, "ms", 50)
    yield Line("  NumPy imported by it", float("True" in numpy_was_imported), "", 0)


def first_on_gpu() -> Iterator[Line]:
    """A fresh process finds a GPU, starts it and sums three numbers there."""
    environment = {**os.environ, "RAVINE_ALLOW_SOFTWARE_GPU": "1"}

    def measure() -> float:
        out = subprocess.run(
            [sys.executable, "-c", FIRST_ON_GPU], capture_output=True, text=True, check=True, env=environment
        )
        return float(out.stdout or "nan")

    if ravine.gpu.devices():
        yield Line("the first op on a GPU, from nothing", best(measure), "s", 1.5)


def wheel() -> Iterator[Line]:
    """The wheel of dist/, or one that is built for this."""
    with tempfile.TemporaryDirectory() as folder:
        found = sorted((ROOT / "dist").glob("ravine-*.whl"), key=lambda path: path.stat().st_mtime)
        if not found:
            command = [Path(sys.executable).parent / "maturin", "build", "--release", "--out", folder]
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
            found = list(Path(folder).glob("ravine-*.whl"))
        with zipfile.ZipFile(found[-1]) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            metadata = Parser().parsestr(archive.read(name).decode())
        yield Line("wheel", found[-1].stat().st_size / MB, "MB", 10)
    needs = [line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line]
    others = [line for line in needs if not line.startswith("numpy")]
    yield Line("  its requirements besides NumPy", len(others), "", 0)


def small_add() -> Iterator[Line]:
    """An add of 16 elements, recorded, run and freed."""
    times = 20_000
    x, y = ravine.ones(16), ravine.ones(16)
    ravine.eval(x, y)

    def dropped() -> None:
        for _ in range(times):
            _ = x + y

    def chain() -> None:
        z = x
        for _ in range(times):
            z = z + y
        z.tolist()

    window = _core.get_window()
    _core.set_window(1)
    eager, eager_chain = seconds(dropped) / times, seconds(chain) / times
    _core.set_window(window)
    deferred = seconds(chain) / times
    yield Line("16-element add, run at once and freed (window 1)", eager / NANO, "ns", 400)
    yield Line("  z = z + y, run at once (window 1)", eager_chain / NANO, "ns")
    yield Line(f"  z = z + y, looked at in the end (window {window})", deferred / NANO, "ns")


def shapes_of(elements: int, rank: int) -> list[tuple[int, ...]]:
    """Every shape of this rank with so many elements, in a fixed random order."""
    divisors = [d for d in range(1, elements + 1) if elements % d == 0]
    heads = itertools.product(divisors, repeat=rank - 1)
    found = []
    for head in heads:
        product = 1
        for extent in head:
            product *= extent
        if elements % product == 0:
            found.append((*head, elements // product))
    random.Random(0).shuffle(found)
    return found


def planning() -> Iterator[Line]:
    """What a node costs more the first time that a program of such shapes runs than the second time, with a
    history and without; and what a history costs a node whose plan is known."""
    fresh = iter(shapes_of(720, 4))
    programs = 5  # in all rounds fewer than are remembered
    weight = ravine.eye(4)
    ravine.eval(weight)

    def layers(x: ravine.Tensor) -> ravine.Tensor:
        for _ in range(24):
            x = ((x * 0.5 + 1).tanh() - x).maximum(0.1)
            x = x + x.sum(-1, keepdim=True) * 0.01
            x = x.transpose(0, 1) * 0.9
            x = (x.reshape(180, 4) @ weight).reshape(tuple(x.shape))
        return x

    def squares(x: ravine.Tensor) -> ravine.Tensor:
        for _ in range(240):
            x = x * x
        return x

    def counted(program: Program, shapes: list[tuple[int, ...]], history: bool) -> tuple[float, int, int]:
        before = ravine.stats()
        start = time.perf_counter()
        for shape in shapes:
            program(ravine.ones(720, requires_grad=history).reshape(shape)).sum().item()
        took = time.perf_counter() - start
        after = ravine.stats()
        recorded, built = (after[name] - before[name] for name in ("ops_recorded", "plans_built"))
        return took, recorded, built

    def difference(program: Program, history: bool) -> float:
        shapes = [next(fresh) for _ in range(programs)]
        new, nodes, built = counted(program, shapes, history)
        known, _, built_again = counted(program, shapes, history)
        assert built >= programs > built_again == 0, "a plan was found, or lost, against expectation"
        return (new - known) / nodes

    def cost_of_history(shapes: list[tuple[int, ...]]) -> float:
        without, _, _ = counted(squares, shapes, False)
        with_, nodes, built = counted(squares, shapes, True)
        assert not built, "a plan was lost"
        return (with_ - without) / nodes

    for name, program, history in (
        ("planning, per node", layers, False),
        ("  with a history", layers, True),
        ("  of a chain of x * x", squares, False),
        ("  of a chain of x * x with a history", squares, True),
    ):
        difference(program, history)
        yield Line(name, best(functools.partial(difference, program, history)) / MICRO, "us", 0.5)
    # Every value of the chain can be computed again from the one before.
    shapes = [(720,)] * 4
    for history in (False, True):
        counted(squares, shapes, history)
    yield Line(
        "  a history, per x * x whose plan is known", best(lambda: cost_of_history(shapes)) / MICRO, "us", 0.5
    )


def changing_length() -> Iterator[Line]:
    """Training steps on sequences of changing length against as many of their mean length."""
    middle, width, steps = 768, 64, 16
    assert RUNS * ROUNDS * steps // 2 < middle
    offsets = iter(random.Random(0).sample(range(1, middle // 2), RUNS * ROUNDS * steps // 2))
    model = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    data = ravine.randn(2 * middle, width)
    ravine.eval(data)

    def train(lengths: list[int]) -> None:
        for length in lengths:
            optimizer.zero_grad()
            x = data[:length]
            ((model(x) - x) ** 2).mean().backward()
            optimizer.step()

    train([middle] * 3)

    def ratio() -> float:
        pairs = [next(offsets) for _ in range(steps // 2)]
        changing = [length for d in pairs for length in (middle - d, middle + d)]
        fixed = stopwatch(lambda: train([middle] * steps))
        before = ravine.stats()["plans_built"]
        varied = stopwatch(lambda: train(changing))
        assert ravine.stats()["plans_built"] - before >= steps, "these lengths have been seen before"
        return varied / fixed

    yield Line("a step of changing length against one of fixed length", (best(ratio) - 1) * 100, "%", 10)


GATES = [first_sum, first_on_gpu, wheel, small_add, planning, changing_length]


def main() -> int:
    """Runs the gates; returns the exit status."""
    words = sys.argv[1:]
    chosen = [gate for gate in GATES if not words or any(word in gate.__name__ for word in words)]
    machine = f"SIMD {_core.simd_level()}, {ravine.get_num_threads()} threads"
    print(f"{machine}; median of {RUNS}, best of {ROUNDS} rounds")
    missed = 0
    for gate in chosen:
        for line in gate():
            print(line, flush=True)
            missed += not line.ok
    print(f"{missed} missed" if missed else "every limit is kept")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
