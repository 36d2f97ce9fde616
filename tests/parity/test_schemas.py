"""Functions that both libraries have, called as torch's schemas say: values, dtypes, shapes, derivatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ravine
from parity.inputs import DIFFERENT, LOOSE
from parity.schemas import DOMAINS, FLOATS, INTEGERS, Call, Name, calls, names

pytestmark = pytest.mark.filterwarnings("ignore")

#: By dtype, of the largest finite value; what few ulps of a hundred terms add up to.
TOLERANCE = {"float64": 1e-10, "float32": 5e-5, "float16": 1e-2, "bfloat16": 5e-2}
REFUSED = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError)

NAMES = names()
DIFFERENCES = Path(__file__).parents[2] / "docs" / "differences.md"


def made(library: Any, arrays: list[np.ndarray], grad: bool = False) -> list[Any]:
    tensors = [library.tensor(a, dtype=getattr(library, a.dtype.name)) for a in arrays]
    for t in tensors:
        if grad and t.dtype.is_floating_point:
            t.requires_grad_()
    return tensors


def results(name: Name, call: Call, library: Any, tensors: list[Any]) -> list[Any]:
    """What it returns, flat; of an in-place function the tensor that it wrote."""
    positional, options = call.filled(library, tensors)
    return flat(name.of(library)(*positional, **options))


def flat(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for entry in value for leaf in flat(entry)]
    return [value]


def array(t: Any) -> np.ndarray:
    return np.asarray(t.detach().numpy(force=True))


def dtype(t: Any) -> str:
    return str(t.dtype).split(".")[-1]


def different(mine: Any, theirs: Any, values: bool, loose: float) -> str | None:
    """How a result differs from torch's, if it does."""
    if not isinstance(theirs, torch.Tensor):
        same = mine == theirs or (isinstance(theirs, torch.dtype) and str(mine).endswith(str(theirs)[5:]))
        return None if same else f"{mine!r} instead of {theirs!r}"
    if not isinstance(mine, ravine.Tensor):
        return f"{type(mine).__name__} instead of a tensor"
    if tuple(mine.shape) != tuple(theirs.shape) or dtype(mine) != dtype(theirs):
        return f"{dtype(mine)}{tuple(mine.shape)} instead of {dtype(theirs)}{tuple(theirs.shape)}"
    if not values:
        return None
    a, b = array(mine), array(theirs)
    if a.dtype.kind != "f":
        return None if np.array_equal(a, b) else f"{a.tolist()} instead of {b.tolist()}"
    tolerance = max(loose, TOLERANCE[dtype(theirs)])
    tolerance *= max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0)))
    if np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True):
        return None
    return f"{a.tolist()} instead of {b.tolist()}"


def derivatives(name: Name, call: Call, library: Any, arrays: list[np.ndarray]) -> Any:
    """Of the sum of cosines of the results, once and twice, by every input."""
    leaves = made(library, arrays, grad=True)
    inputs = [t for t in leaves if t.requires_grad]
    if name.in_place:
        leaves = [t.clone() if t.requires_grad else t for t in leaves]
    outputs = [
        y
        for y in results(name, call, library, leaves)
        if isinstance(y, library.Tensor) and y.requires_grad and y.dtype.is_floating_point
    ]
    if not outputs or not inputs:
        return None
    total = sum(y.cos().sum() for y in outputs)
    first = library.autograd.grad(total, inputs, create_graph=True, allow_unused=True)
    parts = [g.sin().sum() for g in first if g is not None and g.requires_grad]
    try:
        second = library.autograd.grad(sum(parts), inputs, allow_unused=True) if parts else None
    except RuntimeError:
        if library is ravine:
            raise
        second = None
    return [*first], None if second is None else [*second], inputs


def compare_derivatives(name: Name, call: Call, domain: tuple[float, float]) -> list[str]:
    arrays = call.arrays("float64", domain)
    try:
        theirs = derivatives(name, call, torch, arrays)
    except REFUSED:
        return []
    if theirs is None:
        return []
    # A tensor that was written over has no history here: a derivative of zeros.
    mine = derivatives(name, call, ravine, arrays) or (None, None)
    loose = LOOSE.get(name.name.removesuffix("_"), 1e-8)
    tolerance = 1e-4 if "dtype:float32" in call.options.values() else loose
    found = []
    for order, (a, b) in enumerate(zip(mine[:2], theirs[:2]), 1):
        if b is None:
            continue
        for k, leaf in enumerate(theirs[2]):
            g = np.zeros(leaf.shape) if a is None or a[k] is None else array(a[k])
            h = np.zeros(leaf.shape) if b[k] is None else array(b[k])
            scale = max(1.0, float(np.abs(h[np.isfinite(h)]).max(initial=0)))
            if not np.allclose(g, h, rtol=0, atol=tolerance * scale, equal_nan=True):
                found.append(f"derivative {order} by input {k}: {g.tolist()} instead of {h.tolist()}")
    return found


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_function(name: Name) -> None:
    found: list[str] = []
    compared = 0
    left_out, _ = DIFFERENT.get(name.name, DIFFERENT.get(name.name.removesuffix("_"), ((), "")))
    for call in calls(name):
        for kind in (*FLOATS, *INTEGERS):
            if kind in left_out:
                continue
            for domain in DOMAINS if kind == "float64" else DOMAINS[:1]:
                if kind not in FLOATS and call.fractions:
                    continue
                arrays = call.arrays(kind, domain)
                try:
                    theirs = results(name, call, torch, made(torch, arrays))
                except REFUSED:
                    continue
                compared += 1
                what = f"{call} {kind} {domain}"
                try:
                    mine = results(name, call, ravine, made(ravine, arrays))
                    if len(mine) != len(theirs):
                        found.append(f"{what}: {len(mine)} results instead of {len(theirs)}")
                        continue
                    for a, b in zip(mine, theirs):
                        difference = different(
                            a, b, not name.drawn, LOOSE.get(name.name.removesuffix("_"), 0.0)
                        )
                        if difference:
                            found.append(f"{what}: {difference}")
                    if kind == "float64" and not name.drawn:
                        found += [f"{what}: {d}" for d in compare_derivatives(name, call, domain)]
                except Exception as error:
                    found.append(f"{what}: {type(error).__name__}: {error}")
    assert found == []
    assert compared, "torch refuses every call"


def test_differences_are_documented() -> None:
    text = DIFFERENCES.read_text(encoding="utf-8")
    assert {why for _, why in DIFFERENT.values() if f"**{why}.**" not in text} == set()
    known = {name.name for name in NAMES}
    assert {name for name in DIFFERENT if not known & {name, f"{name}_"}} == set()


@pytest.mark.parametrize("library", [torch, ravine], ids=["torch", "ravine"])
def test_memory_is_asked_for(library: Any) -> None:
    """What says how a tensor is to lie in memory is taken wherever tensors are made, and changes no value."""
    x = library.ones(1, 2, 2, 2)
    layout, kept, plain = library.strided, library.preserve_format, library.contiguous_format
    for made in (
        library.zeros(2, layout=layout),
        library.empty(1, 2, memory_format=plain),
        library.arange(3, layout=layout, pin_memory=False),
        library.tensor([1.0], pin_memory=False),
        library.zeros_like(x, memory_format=kept),
        library.rand_like(x, memory_format=kept, layout=layout),
        x.new_zeros(2, layout=layout),
        x.clone(memory_format=library.channels_last),
        x.contiguous(memory_format=library.channels_last),
        x.to(memory_format=kept),
    ):
        assert made.dtype == library.get_default_dtype() or made.tolist() == [0, 1, 2]
