"""Runs the lines of a program on ravine or torch."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from invariant.writer import FLOATS, Program

COMPILED: dict[str, CodeType] = {}


def code(line: str) -> CodeType:
    if line not in COMPILED:
        if len(COMPILED) > 5000:
            COMPILED.clear()
        COMPILED[line] = compile(line, line, "exec")
    return COMPILED[line]


def data(seed: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """The numbers of a leaf. Eighths: exact in every dtype, and with ties."""
    rng = np.random.default_rng(seed)
    if dtype in FLOATS:
        return (rng.integers(-16, 17, shape) / 8).astype("float32" if dtype == "bfloat16" else dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    return rng.integers(0 if dtype == "uint8" else -9, 10, shape).astype(dtype)


class Backend:
    """The names that lines use.

    With `snapshot` operands are copies, so that no later write can touch what histories read: the program out
    of place, for torch, which refuses a write to a value that a history needs.
    """

    def __init__(self, m: Any, snapshot: bool = False) -> None:
        self.m, self.snapshot = m, snapshot
        self.looks: list[Any] = []
        own = ("leaf", "inplace", "backward", "grad", "update", "zero_grad", "penalty", "look", "S", "R")
        self.names: dict[str, Any] = {name: getattr(self, name) for name in own} | {"m": m}

    def S(self, t: Any) -> Any:
        return t.clone() if self.snapshot else t

    def R(self, t: Any) -> Any:
        # Results of Ravine's ops are contiguous, to `reshape`; torch's follow their inputs.
        return (t.clone() if self.snapshot else t).contiguous()

    def leaf(self, seed: int, shape: tuple[int, ...], dtype: str, requires_grad: bool) -> Any:
        values = data(seed, shape, dtype)
        return self.m.tensor(values, dtype=getattr(self.m, dtype), requires_grad=requires_grad)

    def inplace(self, t: Any, name: str, *args: Any, **kwargs: Any) -> None:
        if self.snapshot and name != "copy_":
            t.copy_(getattr(t.clone(), name[:-1])(*args, **kwargs).clone())
        else:
            getattr(t, name)(*args, **kwargs)

    def backward(self, y: Any, retain_graph: bool) -> None:
        y.backward(retain_graph=retain_graph)

    def grad(self, t: Any) -> Any:
        return self.m.zeros_like(t) if t.grad is None else t.grad

    def update(self, t: Any, rate: float) -> None:
        """A step of gradient descent, kept small."""
        with self.m.no_grad():
            t.sub_(self.m.tanh(self.grad(t)) * rate)

    def zero_grad(self, t: Any) -> None:
        if t.grad is not None:
            t.grad.zero_()

    def penalty(self, y: Any, x: Any) -> Any:
        """A function of a gradient, to be differentiated again."""
        (g,) = self.m.autograd.grad(y, [x], create_graph=True, allow_unused=True)
        return self.m.sum(self.m.tanh(x)) if g is None else self.m.sum(self.m.tanh(g * g) + self.m.tanh(x))

    def look(self, value: Any) -> float:
        self.looks.append(value)
        return float(np.tanh(value)) if isinstance(value, float) and np.isfinite(value) else 0.5

    def run(
        self,
        program: Program,
        after: Callable[[dict[str, Any]], object] | None = None,
        keep: bool = False,
        lines: int | None = None,
    ) -> dict[str, Any]:
        """Runs the lines; `after` is called after each, `keep` ignores `del`. Gives the live variables."""
        names = self.names
        self.m.manual_seed(program.seed)
        try:
            for text in program.lines[:lines]:
                if keep and text.startswith("del "):
                    continue
                exec(code(text), names)
                if after is not None:
                    after(names)
        finally:
            self.m.set_grad_enabled(True)
        live = program.live if lines is None else [n for n in names if n[0] == "v" and n[1:].isdigit()]
        return {name: names[name] for name in live}


def array(t: Any) -> np.ndarray:
    """The values, for comparing; bfloat16 widened, which loses nothing."""
    t = t.detach()
    if str(t.dtype).endswith("bfloat16"):
        t = t.float()
    return np.array(t.numpy())


def refused(error: Exception) -> bool:
    """Whether torch refuses a write: to what a history needs, from the tensor itself, or to a view
    that was taken without gradients (there the result of `avg_pool1d` is one)."""
    texts = (
        "modified by an inplace operation",
        "refer to a single memory location",
        "A view was created in no_grad mode",
    )
    return any(text in str(error) for text in texts)


def touching(names: dict[str, Any]) -> None:
    """Asks torch for every history: only then it brings those of views up to date."""
    if names["m"].is_grad_enabled():
        for t in names.values():
            getattr(t, "grad_fn", None)


def flushing(seed: int, m: Any) -> Callable[[dict[str, Any]], object]:
    """Starts the recorded work at random lines."""
    rng = random.Random(seed)
    return lambda names: m._core.submit() if rng.random() < 0.3 else None


def looking(m: Any) -> Callable[[dict[str, Any]], object]:
    """Computes every live variable after every line."""

    def after(names: dict[str, Any]) -> None:
        m.eval(*[t for t in names.values() if isinstance(t, m.Tensor)])

    return after


def dropping(program: Program) -> Callable[[dict[str, Any]], object]:
    """Forgets each variable right after the last line that names it, unless it is alive at the end."""
    import re

    last: dict[str, int] = {}
    for i, text in enumerate(program.lines):
        for name in re.findall(r"\bv\d+\b", text):
            last[name] = i
    ends: dict[int, list[str]] = {}
    for name, i in last.items():
        if name not in program.live:
            ends.setdefault(i, []).append(name)
    position = iter(range(len(program.lines)))

    def after(names: dict[str, Any]) -> None:
        for name in ends.get(next(position), ()):
            names.pop(name, None)
        gc.collect(0)

    return after
