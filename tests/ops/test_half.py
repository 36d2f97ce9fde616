"""float16 and bfloat16 at every magnitude: a value or derivative that the dtype can hold is right, whatever
is met on the way to it. Squares leave the range of float16 at 256.
"""

from __future__ import annotations

import numpy as np
import pytest

import ravine
from ops.registry import EPS, Case, Op, array, listed, parametrized, rounded, tensor
from ops.test_derivatives import differentiable
from ravine.nn import functional as F
from ravine.nn.utils import clip_grad_norm_

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

MAGNITUDES = (1e-4, 1.0, 300.0, 5e4)
HALVES = ("float16", "bfloat16")
LARGEST = 6e4
#: Their derivatives are those of the rounded result, which may be 1 where the result is not.
SATURATING = ("tanh", "sigmoid", "rnn_sequence", "lstm_sequence", "gru_sequence", "softmax", "log_softmax")


def outcome(op: Op, case: Case, data: list[np.ndarray], dtype: str, device: str = "cpu") -> list[np.ndarray]:
    """Floating results, then the gradients by the floating inputs, in float64."""
    rng = np.random.default_rng(1)
    floats = [m.kind == "f" for m in case.makes]
    leaves = [tensor(x, dtype if f else None).to(device) for x, f in zip(data, floats)]
    leaves = [x.requires_grad_() if f else x for x, f in zip(leaves, floats)]
    with ravine.device(device):
        ys = [y for y in listed(op.run(case.fill(leaves))) if y.dtype.is_floating_point]
    draws = [rng.choice([0.5, 1.0, 2.0], tuple(y.shape)) for y in ys]
    weights = [tensor(w, y.dtype.name).to(device) for w, y in zip(draws, ys)]
    found = [array(y.to("cpu")).astype(np.float64) for y in ys]
    pairs = [(y, w) for y, w in zip(ys, weights) if y.requires_grad]
    if pairs:
        inputs = [x for x, f in zip(leaves, floats) if f]
        outputs, cotangents = zip(*pairs)
        gradients = ravine.autograd.grad(outputs, inputs, cotangents, allow_unused=True)
        found += [array(g.to("cpu")).astype(np.float64) for g in gradients if g is not None]
    return found


def check(got: np.ndarray, want: np.ndarray, dtype: str, slack: float, text: str) -> int:
    """Elements within range, which must be near; their number."""
    held = np.abs(want) <= LARGEST
    scale = np.abs(want[held]).max(initial=0.0)
    bound = 16 * EPS[dtype] * (np.abs(want) + scale + slack) + 2.0**-23
    bad = held & ~(np.abs(got - want) <= bound)
    assert not bad.any(), f"{text} in {dtype}: {got[bad][0]} for {want[bad][0]}"
    return int(held.sum())


def hold(op: Op, device: str, numbers: list[tuple[float, str]]) -> None:
    """Values and gradients for inputs of these magnitudes and dtypes, against those of float64 on the CPU."""
    compared = 0
    for case in op.cases(limit=400):
        # No GPU has float64.
        if not case.floats or (device != "cpu" and "float64" in case.text):
            continue
        for magnitude, dtype in numbers:
            rng = np.random.default_rng(3)
            top = max(map(abs, op.domain))
            data = [m.draw(rng) for m in case.makes]
            data = [
                rounded(x / top * magnitude, dtype).astype(np.float64) if m.kind == "f" else x
                for x, m in zip(data, case.makes)
            ]
            try:
                wide = outcome(op, case, data, "float64")
                narrow = outcome(op, case, data, dtype, device)
            except (ravine.errors.DTypeError, ravine.errors.ValueError):
                continue
            slack = 1.0 if op.name in SATURATING else 0.0
            for got, want in zip(narrow, wide, strict=True):
                if np.abs(want).max(initial=0) > LARGEST and op.name == "rnn_sequence":
                    # Its derivative is that of states which the dtype cannot hold.
                    break
                compared += check(got, want, dtype, slack, f"{case.text} at {magnitude}")
    # `quantile` takes no half precision, as in PyTorch.
    assert compared or op.name == "quantile" or (device != "cpu" and op.name == "cast")


@pytest.mark.parametrize("op", parametrized(differentiable), ids=lambda op: op.name)
def test_every_magnitude(op):
    hold(op, "cpu", [(magnitude, dtype) for magnitude in MAGNITUDES for dtype in HALVES])


def test_functions_of_layers():
    """The same for functions that only `nn.functional` has."""
    generator = np.random.default_rng(0)
    functions = {
        "normalize": lambda x: F.normalize(x, dim=-1),
        "normalize p=3": lambda x: F.normalize(x, 3.0, dim=-1),
        "cosine_similarity": lambda x: F.cosine_similarity(x, x.flip(0), dim=-1),
        "triplet_margin_loss": lambda x: F.triplet_margin_loss(x, 0.5 * x, -0.5 * x),
        "instance_norm": lambda x: F.instance_norm(x.reshape(2, 2, 4)),
        "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
        "layer_norm": lambda x: F.layer_norm(x, (4,)),
        "cross_entropy": lambda x: F.cross_entropy(x, ravine.tensor([0, 1, 2, 3])),
        "mean of squares": lambda x: F.mse_loss(x / 16, ravine.zeros_like(x)),
    }
    for magnitude in MAGNITUDES:
        for dtype in HALVES:
            x = rounded(generator.normal(size=(4, 4)) * magnitude / 4, dtype)
            for name, f in functions.items():
                found = []
                for kind in (dtype, "float64"):
                    leaf = tensor(np.asarray(x, np.float64), kind, requires_grad=True)
                    y = f(leaf)
                    (g,) = ravine.autograd.grad(y, [leaf], ravine.ones_like(y))
                    found.append([array(t).astype(np.float64) for t in (y, g)])
                for got, want in zip(*found):
                    # Gradients of what is normalised are differences of numbers of the size of 1 / |x|.
                    slack = 4.0 / magnitude
                    assert (
                        check(got, want, dtype, slack, f"{name} at {magnitude}")
                        or np.abs(want).min() > LARGEST
                    )


def test_clipping():
    """The norm of all gradients is right beyond the range in which their squares are."""
    for p, want in (
        (2.0, 500.0),
        (1.0, 700.0),
        (3.0, (300.0**3 + 400.0**3) ** (1 / 3)),
        (float("inf"), 400.0),
    ):
        for dtype in (ravine.float16, ravine.bfloat16):
            weight = ravine.zeros(2, dtype=dtype, requires_grad=True)
            weight.grad = ravine.tensor([300.0, 400.0], dtype=dtype)
            assert abs(clip_grad_norm_(weight, 1.0, norm_type=p).item() / want - 1) < 1e-6
            norm = np.linalg.norm(array(weight.grad).astype(np.float64), p)
            assert abs(norm - 1) < 2 * EPS[dtype.name]
