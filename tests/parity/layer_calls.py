"""A call of both libraries with equal arguments, compared in value, gradient and second order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import ravine as rv

#: What sums of a few dozen terms may be off by in each dtype.
TOLERANCE = {"float64": 1e-10, "float32": 3e-5, "float16": 4e-3, "bfloat16": 3e-2}


def normal(*shape: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: rng.normal(size=shape)


def positive(*shape: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: rng.uniform(0.3, 2.0, size=shape)


def integers(high: int, *shape: int, low: int = 0) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: rng.integers(low, high, size=shape)


@dataclass(frozen=True)
class Call:
    """A function of either library, its arguments, and what torch can be asked for."""

    #: The name, or a function of the library and the arguments.
    name: Any
    #: Arrays, made by a generator of random numbers; anything else is passed on.
    arguments: list[Any]
    options: dict[str, Any] = field(default_factory=dict)
    #: How many of the floating arguments get a gradient; all by default.
    followed: int | None = None
    #: Whether torch has a second derivative.
    twice: bool = True
    dtypes: tuple[str, ...] = ("float64", "float32")

    def run(self, lib: Any, tensors: list[Any]) -> list[Any]:
        if callable(self.name):
            found = self.name(lib, *tensors, **self.options)
        else:
            found = getattr(lib.nn.functional, self.name)(*tensors, **self.options)
        return list(found) if isinstance(found, (tuple, list)) else [found]


def tensors_of(lib: Any, arguments: list[Any], dtype: str) -> list[Any]:
    made = []
    for x in arguments:
        if not isinstance(x, np.ndarray):
            made.append(x)
        elif x.dtype.kind == "f":
            made.append(lib.tensor(x.tolist(), dtype=lib.float64).reshape(x.shape).to(getattr(lib, dtype)))
        else:
            made.append(lib.tensor(x))
    return made


def array(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    floating = tensor.dtype.is_floating_point
    if floating:
        tensor = tensor.double()
    return np.asarray(tensor.numpy())


def close(mine: Any, theirs: Any, tolerance: float, what: str) -> None:
    assert str(mine.dtype).split(".")[-1] == str(theirs.dtype).split(".")[-1], what
    assert tuple(mine.shape) == tuple(theirs.shape), what
    a, b = array(mine), array(theirs)
    finite = np.abs(b[np.isfinite(b)]) if b.dtype.kind == "f" else np.abs(b)
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale, err_msg=what)


def gradients(lib: Any, value: Any, leaves: list[Any], direction: Any, create: bool) -> list[Any]:
    found = lib.autograd.grad((value * direction).sum(), leaves, create_graph=create, allow_unused=True)
    return [lib.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves, strict=True)]


def second(lib: Any, first: list[Any], leaves: list[Any], directions: list[Any]) -> list[Any]:
    along = [(g * d).sum() for g, d in zip(first, directions, strict=True) if g.requires_grad]
    if not along:
        return [lib.zeros_like(leaf) for leaf in leaves]
    found = lib.autograd.grad(sum(along), leaves, allow_unused=True)
    return [lib.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves, strict=True)]


def hold(call: Call, dtype: str, rng: np.random.Generator) -> None:
    """Asserts that both libraries agree about a call."""
    what = f"{call.name} {call.options} {dtype}"
    arguments = [x(rng) if callable(x) else x for x in call.arguments]
    both = {lib: tensors_of(lib, arguments, dtype) for lib in (rv, torch)}
    leaves: dict[Any, list[Any]] = {}
    for lib, tensors in both.items():
        floats = [t for t in tensors if isinstance(t, lib.Tensor) and t.dtype.is_floating_point]
        leaves[lib] = [t.requires_grad_(True) for t in floats[: call.followed]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch, of what it will change some day
        mine, theirs = (call.run(lib, both[lib]) for lib in (rv, torch))
    assert len(mine) == len(theirs), what
    tolerance = TOLERANCE[dtype]
    for a, b in zip(mine, theirs, strict=True):
        close(a, b, tolerance, f"{what}: value")
    value = theirs[0]
    if not leaves[rv] or not value.requires_grad or not value.numel() or dtype in ("float16", "bfloat16"):
        return
    draws = [rng.normal(size=tuple(t.shape)) for t in (value, *leaves[torch])]
    direction = {lib: tensors_of(lib, draws, dtype) for lib in (rv, torch)}
    twice = {rv: True, torch: call.twice}
    first = {
        lib: gradients(lib, found[0], leaves[lib], direction[lib][0], twice[lib])
        for lib, found in ((rv, mine), (torch, theirs))
    }
    for i, (a, b) in enumerate(zip(first[rv], first[torch], strict=True)):
        close(a, b, 10 * tolerance, f"{what}: gradient {i}")
    if call.twice and dtype == "float64":
        pairs = [second(lib, first[lib], leaves[lib], direction[lib][1:]) for lib in (rv, torch)]
        for i, (a, b) in enumerate(zip(*pairs, strict=True)):
            close(a, b, 100 * tolerance, f"{what}: second order {i}")


def hold_all(calls: Iterable[Call], rng: np.random.Generator) -> None:
    """`hold` for every call and each of its dtypes."""
    for call in calls:
        for dtype in call.dtypes:
            hold(call, dtype, rng)
