"""Attention whose scores are moved far away by an additive mask, against the same formula in float64."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import ravine
from ops.registry import EPS, array, rounded, tensor
from ravine.nn import functional as F

HALF = {"float16": -65504.0, "bfloat16": float(np.finfo(np.float32).max) * -0.99}
ROWS, KEYS, WIDTH = 5, 40, 4


def masks(dtype: str) -> dict[str, np.ndarray]:
    """What is added to the scores."""
    rng = np.random.default_rng(5)
    lowest = {"float32": float(np.finfo(np.float32).min), "float64": -1e300}.get(dtype) or HALF[dtype]
    found = {}
    for value in (-1e4, -1e9, lowest, -np.inf):
        if dtype == "float16" and value < -65504.0 and np.isfinite(value):
            continue
        whole = np.zeros((ROWS, KEYS))
        whole[1] = value
        found[f"a row of {value}"] = whole
        found[f"all {value}"] = np.full((ROWS, KEYS), value)
        found[f"some {value}"] = np.where(rng.random((ROWS, KEYS)) < 0.5, value, 0.0)
    return {name: rounded(mask, dtype).astype(np.float64) for name, mask in found.items()}


def formula(q, k, v, mask, narrow):
    """In float64, of scores as they are in the dtype that is computed in."""
    s = ravine.matmul(q, k.T) * WIDTH**-0.5
    moved = (s.to(narrow) + mask.to(narrow)).double()
    # What rounding took away from the scores has no part in the derivative of the rest.
    s = s + (moved - s).detach()
    s = ravine.where(mask == -np.inf, -np.inf, s)
    top = ravine.where((mask == -np.inf).all(-1, keepdim=True), 0.0, s.amax(-1, keepdim=True).detach())
    e = ravine.where(mask == -np.inf, 0.0, ravine.exp(ravine.where(mask == -np.inf, 0.0, s - top)))
    total = e.sum(-1, keepdim=True)
    return ravine.matmul(e / ravine.where(total == 0, 1.0, total), v)


def orders(f, data, dtype):
    """The value, the gradients, and the gradients of their squares."""
    leaves = [tensor(x, dtype, requires_grad=True) for x in data]
    y = f(*leaves)
    weights = tensor(rounded(np.random.default_rng(2).normal(size=tuple(y.shape)), "bfloat16"), y.dtype.name)
    first = ravine.autograd.grad(y, leaves, weights, create_graph=True)
    total = ravine.stack([(g.double() * g.double()).sum() for g in first]).sum()
    second = ravine.autograd.grad(total, leaves)
    return [[array(y)], [array(g) for g in first], [array(g) for g in second]]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_additive_masks(dtype):
    """Value, gradients and second derivatives are those of the formula, whatever number masks."""
    rng = np.random.default_rng(1)
    narrow = getattr(ravine, "float64" if dtype == "float64" else "float32")
    data = [
        rounded(rng.normal(size=s), dtype).astype(np.float64)
        for s in ((ROWS, WIDTH), (KEYS, WIDTH), (KEYS, 3))
    ]
    for name, mask in masks(dtype).items():
        fused = partial(F.scaled_dot_product_attention, attn_mask=tensor(mask, dtype))
        got = orders(fused, data, dtype)
        want = orders(partial(formula, mask=tensor(mask), narrow=narrow), data, "float64")
        # Sums of 40 terms, and in second order of their products.
        for order, terms in enumerate((8, 64, 512)):
            for a, b in zip(got[order], want[order], strict=True):
                bound = terms * EPS[dtype] * max(1.0, np.abs(b).max())
                assert np.abs(a - b).max() <= bound, f"{name}, order {order}: {np.abs(a - b).max()} > {bound}"
