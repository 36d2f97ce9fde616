"""The transform matrix: which transform holds for which op and layer on which device, and why not.

`PYTHONPATH=tests python -m transforms.matrix` prints it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import ravine
from ops.composed import UNSAMPLED
from ops.registry import array, tensor
from ravine import _core, nn
from transforms.holes import HOLDERS, HOLES, REACHED
from transforms.subjects import BATCH, RECORDS, Subject, subjects

Arrays = list[np.ndarray]

DEVICES = ("cpu", "gpu")
# Central differences at 1e-5: h^2 of truncation (1e-10), eps/h of rounding (2e-11), times their scale.
STEP, DIFFERENCE = 1e-5, 2e-8
# Two ways to the same sum of a few hundred products.
ROUNDING = 1e-11

# Seeds of the directions in which functions are probed.
RESULTS, POINT, GRADIENT = 1, 2, 3

NO_TENSOR = "no tensor goes in"
NO_FLOATS = "no floats go in"
CONSTANT = "its results are integers or booleans, or constant to autograd"


class Hole(Exception):
    """That a transform has nothing to compute, and why."""


@dataclass(frozen=True)
class At:
    """A subject on a device, with its floats in a dtype."""

    subject: Subject
    device: str
    dtype: str

    def tensors(self, data: Arrays) -> list[ravine.Tensor]:
        return [tensor(x, self.dtype if x.dtype.kind == "f" else None).to(self.device) for x in data]

    def floats(self, data: Arrays) -> list[ravine.Tensor]:
        found = self.tensors(data)
        return [found[i] for i in self.subject.floats]

    def results(self, *tensors: ravine.Tensor) -> tuple[ravine.Tensor, ...]:
        return tuple(self.subject.call(self.device, self.dtype, list(tensors)))

    def smooth(self, data: Arrays) -> Callable[..., list[ravine.Tensor]]:
        """The function of the floats alone, to the results that are floats."""
        full = self.tensors(data)

        def call(*floats: ravine.Tensor) -> list[ravine.Tensor]:
            given = list(full)
            for i, x in zip(self.subject.floats, floats, strict=True):
                given[i] = x
            return [y for y in self.results(*given) if y.dtype.is_floating_point]

        return call

    def weights(self, like: list[ravine.Tensor], seed: int) -> list[ravine.Tensor]:
        """The directions in which a function is probed."""
        rng = np.random.default_rng(seed)
        return [tensor(rng.uniform(-1, 1, tuple(x.shape)), self.dtype).to(self.device) for x in like]

    def gradients(self, data: Arrays, graph: bool = False) -> tuple[list[ravine.Tensor], list[ravine.Tensor]]:
        """Leaves, and the gradient of a weighted sum of the results."""
        leaves = [x.requires_grad_() for x in self.floats(data)]
        ys = self.smooth(data)(*leaves)
        kept = [(y, w) for y, w in zip(ys, self.weights(ys, RESULTS)) if y.requires_grad]
        if not kept:
            raise Hole("no result has a derivative")
        return leaves, pulled(kept, leaves, graph)


def pulled(
    kept: list[tuple[ravine.Tensor, ravine.Tensor]], leaves: list[ravine.Tensor], graph: bool = False
) -> list[ravine.Tensor]:
    """The gradient of the sum of products of pairs."""
    if not kept:
        return [ravine.zeros_like(x) for x in leaves]
    ys, ws = zip(*kept)
    found = ravine.autograd.grad(ys, leaves, ws, create_graph=graph, allow_unused=True)
    return [ravine.zeros_like(x) if g is None else g for x, g in zip(leaves, found)]


def arrays(tensors: Any) -> Arrays:
    return [array(t.to("cpu")) for t in tensors]


# ---- The transforms ----------------------------------------------------------------------------------------


def reverse(at: At) -> Arrays:
    return arrays(at.gradients(at.subject.at(0))[1])


def forward(at: At) -> Arrays:
    data = at.subject.at(0)
    xs, f = at.floats(data), at.smooth(data)
    if not xs or not f(*xs):
        raise Hole("no result has a derivative")
    return arrays(ravine.func.jvp(lambda *t: tuple(f(*t)), tuple(xs), tuple(at.weights(xs, POINT)))[1])


def vmapped(at: At) -> Arrays:
    dims = tuple(0 if b else None for b in at.subject.batched)
    if not any(at.subject.batched):
        raise Hole(NO_TENSOR)
    return arrays(ravine.func.vmap(at.results, dims, randomness="same")(*at.tensors(at.subject.data)))


def second_order(at: At) -> Arrays:
    leaves, slopes = at.gradients(at.subject.at(0), graph=True)
    pairs = zip(slopes, at.weights(slopes, GRADIENT))
    return arrays(pulled([(g, w) for g, w in pairs if g.requires_grad], leaves))


def per_sample(at: At) -> Arrays:
    at.gradients(at.subject.at(0))
    numbers = tuple(at.subject.floats)
    dims = tuple(0 if b else None for b in at.subject.batched)

    def loss(*tensors: ravine.Tensor) -> ravine.Tensor:
        ys = [y for y in at.results(*tensors) if y.dtype.is_floating_point]
        parts = [(y * w).sum() for y, w in zip(ys, at.weights(ys, RESULTS))]
        return sum(parts[1:], parts[0])

    each = ravine.func.vmap(ravine.func.grad(loss, numbers), dims, randomness="same")
    return arrays(each(*at.tensors(at.subject.data)))


COLUMNS: dict[str, Callable[[At], Arrays]] = {
    "reverse": reverse,
    "forward": forward,
    "vmap": vmapped,
    "second": second_order,
    "sample": per_sample,
}


# ---- What they are held to ---------------------------------------------------------------------------------


def dot(a: Arrays, b: Arrays) -> float:
    return float(sum(np.sum(x * y) for x, y in zip(a, b, strict=True)))


def size(*lists: Arrays) -> float:
    """The scale of a problem, for tolerances."""
    return max([1.0] + [float(np.abs(x).max(initial=0)) * max(1, x.size) for xs in lists for x in xs])


def along(at: At, values: Callable[[Arrays], Arrays], weights: Arrays) -> float:
    """How a weighted sum of values grows along the direction, by differences."""
    data = at.subject.at(0)
    direction = arrays(at.weights(at.floats(data), POINT))

    def moved(by: float) -> Arrays:
        found = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in data]
        for i, d in zip(at.subject.floats, direction):
            found[i] = found[i] + by * d
        return found

    ahead, behind = values(moved(STEP)), values(moved(-STEP))
    return dot(weights, [(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)])


def agree(got: float, want: float, scale: float) -> str:
    return "" if abs(got - want) <= DIFFERENCE * scale else f"{got}, by differences {want}"


def stacked(rows: list[Arrays]) -> Arrays:
    return [np.stack(column) for column in zip(*rows, strict=True)]


def wrong(at: At, column: str, got: Arrays) -> str:
    """What is wrong with the results in float64, by a law that knows nothing of the transform."""
    data = at.subject.at(0)

    def values(point: Arrays) -> Arrays:
        return arrays(at.smooth(point)(*at.floats(point)))

    def slopes(point: Arrays) -> Arrays:
        return arrays(at.gradients(point)[1])

    direction = arrays(at.weights(at.floats(data), POINT))
    if column in ("reverse", "forward"):
        ys = values(data)
        v = arrays(at.weights(at.smooth(data)(*at.floats(data)), RESULTS))
        mine = dot(got, direction) if column == "reverse" else dot(got, v)
        return agree(mine, along(at, values, v), size(ys, got))
    if column == "second":
        first = slopes(data)
        w = arrays(at.weights(at.floats(data), GRADIENT))
        return agree(dot(got, direction), along(at, slopes, w), size(first, got))
    rows = [at.subject.at(i) for i in range(BATCH)]
    want = stacked(
        [arrays(at.results(*at.tensors(row))) if column == "vmap" else slopes(row) for row in rows]
    )
    for a, b in zip(got, want, strict=True):
        scale = ROUNDING * max(1.0, float(np.abs(b).max(initial=0)))
        if a.shape != b.shape or not np.allclose(a, b, rtol=0, atol=scale, equal_nan=True):
            return f"{a}, in a loop {b}"
    return ""


def far(got: Arrays, near: Arrays, truth: Arrays) -> str:
    """What is wrong on the GPU: it is to be as near to float64 as the CPU in float32, times 4."""
    for a, b, t in zip(got, near, truth, strict=True):
        a, b, t = (x.astype(np.float64) for x in (a, b, t))
        scale = np.max(np.abs(t), initial=1.0)
        allowed = 4 * np.max(np.abs(b - t), initial=0.0) + 64 * 2.0**-23 * scale
        worst = np.max(np.abs(a - t), initial=0.0) if a.shape == t.shape else np.inf
        if not worst <= allowed:
            return f"on the GPU {worst} off a result of {scale}, with {allowed} allowed"
    return ""


# ---- The table ---------------------------------------------------------------------------------------------


@dataclass
class Row:
    """What came of a subject: by device and transform, "" where it holds, else what was raised."""

    subject: Subject
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Transforms that gave something else than they should.
    wrong: list[str] = field(default_factory=list)


def attempt(at: At, column: str) -> Arrays | str:
    """The results, or what was raised."""
    try:
        return COLUMNS[column](at)
    except (Hole, ravine.Error) as e:
        return str(e)


def computed(subject: Subject, devices: tuple[str, ...] = DEVICES) -> Row:
    """The row of a subject."""
    row = Row(subject)
    exact, single, gpu = (
        At(subject, "cpu", "float64"),
        At(subject, "cpu", "float32"),
        At(subject, "gpu", "float32"),
    )
    for column in COLUMNS:
        truth = attempt(exact, column)
        row.cells["cpu", column] = truth if isinstance(truth, str) else ""
        found = "" if isinstance(truth, str) else wrong(exact, column, truth)
        if "gpu" in devices:
            there, near = attempt(gpu, column), attempt(single, column)
            row.cells["gpu", column] = there if isinstance(there, str) else ""
            if not isinstance(truth, str) and not isinstance(there, str):
                found = found or (near if isinstance(near, str) else far(there, near, truth))
        if found:
            row.wrong.append(f"{subject.name}: {column}: {found}")
    return row


def reason(subject: Subject, column: str) -> str | None:
    """Why a cell is empty, as the record or the table of holes states it."""
    if not any(subject.batched):
        return NO_TENSOR
    batch, derivative = (subject.rules.get(rule, "rule") for rule in ("batch", "derivative"))
    if batch.startswith("never: ") and column in ("vmap", "sample"):
        return batch.removeprefix("never: ")
    if column != "vmap":
        if derivative.startswith("never: "):
            return derivative.removeprefix("never: ")
        if not subject.floats:
            return NO_FLOATS
        if derivative == "constant":
            return CONSTANT
    return HOLES.get((subject.name, column))


def faults(row: Row) -> list[str]:
    """What is wrong, what is empty without a reason, and reasons that are no longer true."""
    found = list(row.wrong)
    for (device, column), raised in row.cells.items():
        why = reason(row.subject, column)
        name = f"{row.subject.name}: {column} on {device}"
        if raised and why is None:
            found.append(f"{name} is empty without a reason: {raised}")
        elif why and not raised:
            found.append(f"{name} holds, though it is said that {why}")
    return found


def table(rows: list[Row], others: dict[str, str]) -> str:
    """A line for each row, with + where a transform holds and else a number; then what numbers mean."""
    devices = sorted({device for row in rows for device, _ in row.cells})
    notes: list[str] = []

    def mark(row: Row, device: str, column: str) -> str:
        if not row.cells[device, column]:
            return "+"
        why = reason(row.subject, column) or row.cells[device, column]
        if why not in notes:
            notes.append(why)
        return str(notes.index(why) + 1)

    names = [row.subject.name for row in rows] + list(others)
    width = max(map(len, names))
    heads = [f"{column:>8}" for column in COLUMNS]
    lines = [
        " " * width + "".join(f"{device:>8}" + " " * (8 * len(heads) - 8) for device in devices),
        " " * width + "".join(heads) * len(devices),
    ]
    for kind in ("op", "layer"):
        lines.append(f"{kind}s".upper())
        for row in sorted((r for r in rows if r.subject.kind == kind), key=lambda r: r.subject.name):
            marks = [f"{mark(row, d, c):>8}" for d in devices for c in COLUMNS]
            lines.append(f"{row.subject.name:<{width}}" + "".join(marks))
    lines += ["", "WITHOUT A ROW", *(f"{name:<{width}}  {why}" for name, why in sorted(others.items()))]
    lines += ["", *(f"{i + 1}: {why}" for i, why in enumerate(notes))]
    return "\n".join(lines)


# ---- Records and layers without a row ----------------------------------------------------------------------


def recorded(subject: Subject) -> set[str]:
    """The records of which its results, gradients and gradients of those are made."""
    at = At(subject, "cpu", "float32")
    ys = at.results(*at.tensors(subject.at(0)))
    leaves, slopes = at.gradients(subject.at(0), graph=True)
    pairs = zip(slopes, at.weights(slopes, GRADIENT))
    second = pulled([(g, w) for g, w in pairs if g.requires_grad], leaves, graph=True)
    return {entry["op"] for entry in _core.graph_table([*ys, *slopes, *second])}


def others(rows: list[Subject]) -> dict[str, str]:
    """Why records and layers have no row of their own."""
    names = {s.name for s in rows}
    layers = {
        name
        for name in nn.__all__
        if isinstance(kind := getattr(nn, name), type) and issubclass(kind, nn.Module)
    }
    found = {name: HOLDERS.get(name, "") for name in layers - names}
    for record in RECORDS.values():
        name = record["name"] if record["signature"] else record["op"]
        if name not in names and record["op"] not in names:
            row = REACHED.get(record["op"])
            found[record["op"]] = f"in the row of {row}" if row else UNSAMPLED.get(name, "")
    return found


def main() -> None:
    devices = DEVICES if ravine.gpu.is_available() else DEVICES[:1]
    found = subjects()
    rows = [computed(subject, devices) for subject in found]
    print(table(rows, others(found)))
    sys.exit("\n".join(fault for row in rows for fault in faults(row)) or 0)


if __name__ == "__main__":
    main()
