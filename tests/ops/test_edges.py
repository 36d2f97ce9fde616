"""Derivatives at edges: zeros, ties, equal rows, the bounds of pieces and of domains, and infinity.

Around an edge a derivative is known from its neighbours. Where it comes to one value from every side, that is
its value at the edge. At a kink, where the sides differ, it is a number no larger than they are together.
Neither is NaN.
"""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import ravine
from ops.registry import Case, Op, array, listed, parametrized, tensor
from ops.test_derivatives import differentiable

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

#: How many of an op's samples are tried, the smallest first.
SAMPLES = 2
#: Distances of neighbours. What differs more between them than `NEAR` of its size does not converge.
STEPS, NEAR = (1e-5, 1e-7), 1e-3
FAR = (1e6, 1e9)
VALUES = (0.0, -0.0, 1.0, -1.0, 0.5, 3.0)


def points(op: Op, case: Case, rng: np.random.Generator) -> list[tuple[str, list[np.ndarray]]]:
    """Edges of the floating inputs."""
    low, high = op.domain
    shapes = [m.shape for m in case.floats]
    drawn = [rng.uniform(low, high, s) for s in shapes]
    found = [(f"all {v}", [np.full(s, v) for s in shapes]) for v in VALUES]
    found += [(f"first {v}", [np.full(shapes[0], v), *drawn[1:]]) for v in VALUES if len(shapes) > 1]
    found += [
        (f"rest {v}", [drawn[0], *(np.full(s, v) for s in shapes[1:])]) for v in (0.0, 1.0) if shapes[1:]
    ]
    found.append(("equal", [np.full(s, drawn[0].flat[0] if drawn[0].size else 0.0) for s in shapes]))
    found.append(
        ("equal rows", [np.broadcast_to(x[..., :1], x.shape).copy() if x.ndim else x for x in drawn])
    )
    found.append(("equal columns", [np.broadcast_to(x[:1], x.shape).copy() if x.ndim else x for x in drawn]))
    found.append(("ties", [rng.integers(-1, 2, s).astype(float) for s in shapes]))
    found.append(("zeros among", [np.where(rng.random(x.shape) < 0.4, 0.0, x) for x in drawn]))
    found.append(("bounds", [rng.choice([low, high], s) for s in shapes]))
    if op.kind == "elementwise":
        found += [(f"first {v}", [np.full(shapes[0], v), *drawn[1:]]) for v in (np.inf, -np.inf)]
    return found


class Function:
    """A case as a function of its float tensors, and its derivatives along fixed directions."""

    def __init__(self, op: Op, case: Case) -> None:
        self.op, self.case = op, case
        self.seed = zlib.crc32(case.text.encode())
        self.data = case.draw("edges")
        self.places = [i for i, m in enumerate(case.makes) if m.kind == "f"]

    def weights(self, like: list) -> list:
        rng = np.random.default_rng(self.seed)
        return [tensor(rng.uniform(0.5, 1.5, tuple(t.shape))) for t in like]

    def outputs(self, *floats: ravine.Tensor) -> list:
        full = [tensor(x) for x in self.data]
        for i, t in zip(self.places, floats):
            full[i] = t
        return [y for y in listed(self.op.run(self.case.fill(full))) if y.dtype is ravine.float64]

    def reverse(self, point: list[np.ndarray]) -> list[np.ndarray]:
        """The value, v^T J, and the gradient of v^T J w, each as one vector."""
        leaves = [tensor(x, requires_grad=True) for x in point]
        ys = self.outputs(*leaves)
        return [flat(ys), *derivatives(ys, leaves, self.weights)]

    def forward(self, point: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """v^T J w by forward mode, and the derivative along w of v^T J by forward over reverse."""
        xs = tuple(tensor(x) for x in point)
        ws = tuple(self.weights(list(xs)))

        def total(*t: ravine.Tensor) -> ravine.Tensor:
            ys = self.outputs(*t)
            return ravine.stack([(y * v).sum() for y, v in zip(ys, self.weights(ys))]).sum()

        _, first = ravine.func.jvp(total, xs, ws)
        gradient = ravine.func.grad(total, tuple(range(len(xs))))
        _, second = ravine.func.jvp(gradient, xs, ws)
        return flat([first]), flat(list(second))


def flat(tensors: list) -> np.ndarray:
    return np.concatenate([array(t).ravel() for t in tensors]) if tensors else np.zeros(0)


def derivatives(ys: list, leaves: list, weights) -> list[np.ndarray]:
    def gradient(of: list, with_: list, graph: bool) -> list:
        kept = [(y, v) for y, v in zip(of, with_) if y.requires_grad]
        if not kept:
            return [ravine.zeros_like(x) for x in leaves]
        a, b = zip(*kept)
        found = ravine.autograd.grad(a, leaves, b, create_graph=graph, retain_graph=True, allow_unused=True)
        return [ravine.zeros_like(x) if g is None else g for g, x in zip(found, leaves)]

    first = gradient(ys, weights(ys), True)
    return [flat(first), flat(gradient(first, weights(leaves), False))]


def neighbours(point: list[np.ndarray], rng: np.random.Generator) -> list[list[list[np.ndarray]]]:
    """For each of some directions the neighbours at each distance; of infinite elements, large ones.

    Some of the directions stay on one side of every element: others leave a domain somewhere.
    """
    found = []
    for sign in (1.0, 1.0, 1.0, -1.0, -1.0, -1.0, *[None] * 6):
        signs = [rng.choice([-1.0, 1.0], x.shape) if sign is None else sign for x in point]
        ways = [s * rng.uniform(0.5, 1.5, x.shape) for s, x in zip(signs, point)]
        finite = [np.where(np.isinf(x), 0.0, x) for x in point]
        found.append(
            [
                [np.where(np.isinf(x), np.sign(x) * far, y + h * w) for x, y, w in zip(point, finite, ways)]
                for h, far in zip(STEPS, FAR)
            ]
        )
    return found


def violations(
    function: Function, point: list[np.ndarray], rng: np.random.Generator
) -> tuple[int, list[str]]:
    """How many numbers were judged, and which are wrong."""
    here = function.reverse(point)
    if np.isnan(here[0]).any():
        return 0, []
    lines = [[function.reverse(p) for p in line] for line in neighbours(point, rng)]
    lines = [line for line in lines if not any(np.isnan(at[0]).any() for at in line)]
    if len(lines) < 2:
        return 0, []
    judged, wrong = 0, []
    for order in (1, 2):
        near, sides = (np.stack([line[i][order] for line in lines]) for i in (0, 1))
        with np.errstate(all="ignore"):
            settled = (np.abs(near - sides) <= NEAR * (1 + np.abs(sides))).all(0)
        low, high = sides.min(0), sides.max(0)
        slack = 2 * NEAR * (1 + np.abs(low) + np.abs(high))
        smooth = settled & (high - low <= slack)
        kink = settled & ~smooth
        if kink.any():
            # At a tie of many, few of the sides may say that an element has a part in it.
            kink, smooth = settled, np.zeros_like(smooth)
        with np.errstate(all="ignore"):
            bad = smooth & ~((here[order] >= low - slack) & (here[order] <= high + slack))
            # Where several meet, each may take another side.
            bad |= kink & ~(np.abs(here[order]) <= np.abs(sides[:, settled]).sum() + slack)
        judged += int(settled.sum())
        wrong += [f"order {order}: {here[order][i]} for {sides[:, i]}" for i in np.flatnonzero(bad)[:1]]
    first, second = function.forward(point)
    along = np.dot(here[1], flat(function.weights([tensor(x) for x in point])))[None]
    for order, a, b in ((1, first, along), (2, second, here[2])):
        # The bounds of 1e12 in binary_cross_entropy, which are PyTorch's, are no derivatives.
        if np.abs(b).max(initial=0) < 1e9 and not np.allclose(
            a, b, rtol=1e-8, atol=1e-8 * (1 + np.abs(b).max(initial=0))
        ):
            wrong.append(f"order {order}: forward mode {a}, reverse mode {b}")
    return judged, wrong


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_edges(op):
    """Derivatives of first and second order at every edge follow from those around it, in both modes."""
    rng, judged, wrong = np.random.default_rng(7), 0, []
    cases = sorted((c for c in op.cases(limit=400) if c.floats and c.size), key=lambda c: c.size)
    for case in cases[:SAMPLES]:
        function = Function(op, case)
        if not function.outputs(*[tensor(x) for x in case.draw("edges") if x.dtype.kind == "f"]):
            continue
        for name, point in points(op, case, rng):
            try:
                count, found = violations(function, point, rng)
            except (ravine.errors.ValueError, ravine.errors.IndexError):
                continue
            judged += count
            wrong += [f"{case.text} at {name}: {text}" for text in found]
    assert not wrong, "\n".join(wrong)
    assert judged
