"""Every op of the registry on the GPU: values as NumPy has them, derivatives as the CPU has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import ravine
from ops.registry import Case, Op, array, listed, parametrized, tensor
from ops.test_batching import batchable
from ops.test_derivatives import differentiable
from ops.test_values import check
from ravine.errors import DTypeError
from transforms.matrix import At, attempt, far
from transforms.subjects import cases, of_op

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

HALVES = ("float16", "bfloat16")
DTYPES = {"float32", *HALVES, "int64", "int32", "int16", "int8", "uint8", "bool"}
#: What no shader computes with.
ELSEWHERE = "float64"


def inputs(
    case: Case, data: list[np.ndarray], dtype: str, device: str, kind: str | None = None
) -> list[ravine.Tensor]:
    """The tensors of a sample; those of a kind, the first one's without, have the dtype."""
    chosen = kind or case.first
    return [
        tensor(x, dtype if m.kind == chosen else x.dtype.name).to(device) for x, m in zip(data, case.makes)
    ]


def results(op: Op, case: Case, data: list[np.ndarray], dtype: str, device: str) -> list[Any] | None:
    """What a sample gives, brought to the host; None where the op refuses the dtype."""
    try:
        with ravine.device(device):
            found = listed(op.run(case.fill(inputs(case, data, dtype, device))))
    except DTypeError:
        return None
    return [y.to("cpu") if isinstance(y, ravine.Tensor) else y for y in found]


def loosened(op: Op) -> Op:
    """With four times the error that the record states; of an op whose results are rounded once, 2 units."""
    kind, bound = op.accuracy
    return replace(op, accuracy=("ulp", 2.0) if kind == "exact" else (kind, 4 * bound))


@pytest.mark.parametrize("op", parametrized(), ids=lambda op: op.name)
def test_values(op):
    for case in op.cases():
        if ELSEWHERE in case.text:
            continue
        for dtype in DTYPES.intersection(case.dtypes):
            data = case.draw("gpu", dtype)
            near = results(op, case, data, dtype, "cpu")
            if near is None:
                continue
            far = results(op, case, data, dtype, "gpu")
            assert far is not None, f"{case.text}: {dtype} is refused"
            assert [y.dtype for y in far] == [y.dtype for y in near], (case.text, dtype)
            # What booleans do in arithmetic is told by the CPU, which its own tests hold to NumPy.
            if dtype != "bool" or not all(np.array_equal(array(a), array(b)) for a, b in zip(far, near)):
                check(op if dtype in HALVES else loosened(op), case, data, far, dtype)


def derivatives(op: Op, case: Case, data: list[np.ndarray], device: str, dtype: str) -> list[np.ndarray]:
    """Gradients of a weighted sum of the results, and gradients of a weighted sum of those."""
    places = [i for i, m in enumerate(case.makes) if m.kind == "f"]
    rng = np.random.default_rng(len(case.text))
    leaves = inputs(case, data, dtype, device, "f")
    for i in places:
        leaves[i].requires_grad_()
    with ravine.device(device):
        outputs = [y for y in listed(op.run(case.fill(leaves))) if y.requires_grad]
        found: list[np.ndarray] = []
        for _ in range(2):
            if not outputs:
                break
            weights = [tensor(rng.uniform(-1, 1, tuple(y.shape)), dtype).to(device) for y in outputs]
            floats = [leaves[i] for i in places]
            grads = ravine.autograd.grad(outputs, floats, weights, create_graph=True, allow_unused=True)
            outputs = [g for g in grads if g is not None and g.requires_grad]
            found += [array(g.to("cpu")) for g in grads if g is not None]
    return found


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_first_and_second_derivatives(op):
    """Against the CPU in float64, from the same float32 numbers: as near as the CPU in float32, times 4."""
    for case in op.cases(limit=400):
        if not case.floats or ELSEWHERE in case.text:
            continue
        data = case.draw("gpu", "float32")
        truth = derivatives(op, case, data, "cpu", "float64")
        near = derivatives(op, case, data, "cpu", "float32")
        far = derivatives(op, case, data, "gpu", "float32")
        assert len(far) == len(truth), case.text
        for t, a, b in zip(truth, near, far):
            # Sums and products of a few hundred numbers of this size.
            scale = np.max(np.abs(t), initial=1.0)
            allowed = 4 * np.max(np.abs(a - t), initial=0.0) + 64 * 2.0**-23 * scale
            worst = np.max(np.abs(b - t), initial=0.0)
            assert worst <= allowed, f"{case.text}: {worst} of {allowed}\n{b}\nexpected {t}"


@pytest.mark.parametrize("op", parametrized(batchable), ids=lambda op: op.name)
def test_forward_mode_and_batches(op):
    """jvp, and vmap over all tensors, against the CPU in float64; what is refused there is refused here."""
    compared = 0
    for case in cases(op, limit=400):
        subject = of_op(op, case)
        for transform in ("forward", "vmap"):
            truth = attempt(At(subject, "cpu", "float64"), transform)
            near = attempt(At(subject, "cpu", "float32"), transform)
            there = attempt(At(subject, "gpu", "float32"), transform)
            if isinstance(truth, str) or isinstance(near, str) or isinstance(there, str):
                assert truth == near == there, f"{case.text}: {transform}"
            else:
                assert far(there, near, truth) == "", f"{case.text}: {transform}"
                compared += 1
    assert compared > 0
