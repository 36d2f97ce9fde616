"""What a history keeps does not depend on what was recorded before: other shapes, in any order."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import ravine
from ops.registry import Case, Make, Op, array, listed, parametrized, tensor
from ops.test_derivatives import differentiable


def variants(case: Case) -> list[list[Make]]:
    """The tensors of a sample with each of its extents made 0, made 1, and as it is."""
    extents = sorted({n for m in case.makes for n in m.shape})
    smaller = [
        [replace(m, shape=tuple(new if n == old else n for n in m.shape)) for m in case.makes]
        for old in extents
        for new in (0, 1)
    ]
    return [*smaller, case.makes]


def gradients(op: Op, case: Case, makes: list[Make]) -> str | None:
    """A digest of the gradients, None where the op takes no such shapes."""
    rng = np.random.default_rng(0)
    leaves = [tensor(m.draw(rng), requires_grad=m.kind == "f") for m in makes]
    try:
        ys = [y for y in listed(op.run(case.fill(leaves))) if y.requires_grad]
        ravine.eval(*ys)
    except (ravine.errors.Error, ValueError, IndexError, TypeError, RuntimeError) as error:
        if "defect" in str(error):
            raise
        return None
    inputs = [x for x in leaves if x.requires_grad]
    if not ys or not inputs:
        return None
    found = ravine.autograd.grad(ys, inputs, [ravine.ones_like(y) for y in ys], allow_unused=True)
    digest = hashlib.sha256()
    for g in found:
        digest.update(b"none" if g is None else array(g).tobytes())
    return digest.hexdigest()


def main(order: int) -> None:
    """Prints what every op gives for every shape, the shapes taken in this order."""
    found = {}
    for op in parametrized(differentiable):
        for case in op.cases(limit=100):
            if case.floats:
                for i, makes in list(enumerate(variants(case)))[::order]:
                    found[f"{op.name}({case.text}) {i}"] = gradients(op, case, makes)
    print(json.dumps(found))


def run(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_order_of_shapes():
    """Two fresh processes that meet the shapes of every op in opposite orders get the same bits."""
    forward, backward = (
        json.loads(run("-W", "ignore", "-m", "ops.test_history", order)) for order in ("1", "-1")
    )
    assert forward == backward
    ran = {name.split("(")[0] for name, digest in forward.items() if digest}
    assert ran == {op.name for op in parametrized(differentiable)} - NEVER_RAN


#: Samples above the bound of elements, or constant results.
NEVER_RAN: set[str] = set()

NORMS = """
import ravine
def norm(n):
    x = ravine.ones(n, requires_grad=True)
    y = ravine.total_norm([x])
    y.backward()
    return None if x.grad is None else x.grad.tolist()
print(norm(0), norm(4), norm(0), norm(1))
"""


def test_empty_before_full():
    assert run("-c", NORMS).strip() == "None [0.5, 0.5, 0.5, 0.5] None [1.0]"


MANY = """
import resource, ravine
def record(shapes):
    for n in shapes:
        y = x[:n] * 2.0
x = ravine.ones(150_000, requires_grad=True)
record(range(1, 30_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
record(range(30_000, 150_000))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * (1 if __import__("sys").platform == "darwin" else 1024))
"""


def test_many_shapes_stay_bounded():
    """120,000 more shapes cost no memory: 240,000 entries of 200 bytes would take 48 MB."""
    assert int(run("-c", MANY)) < 12e6


if __name__ == "__main__":
    main(int(sys.argv[1]))
