"""What must hold of every program: the same bits however it is run, and torch's results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import invariant.compute
import invariant.functions  # noqa: F401
import ravine
from invariant.backends import Backend, array, dropping, flushing, looking, refused, touching
from invariant.memory import no_grad
from invariant.writer import STEPS, WEIGHTS, Program, Writer
from ravine import _core

UNBOUNDED = 2**62


def generate(seed: int) -> Program:
    """The program of a seed."""
    w = Writer(seed)
    for _ in range(3):
        w.leaf()
    for _ in range(w.rng.randrange(8, 25 if w.large else 80)):
        w.rng.choices(STEPS, WEIGHTS)[0](w)
        if len(w.vars) > 24:
            w.forget(w.rng.choice(w.vars))
    if not w.grad_on:
        no_grad(w)
    for v in list(w.vars):
        if w.chance(0.3) and len(w.vars) > 1:
            w.forget(v)
    w.program.live = [v.name for v in w.vars]
    # torch's third derivative of batch_norm is wrong: finite differences of its own second one show it.
    text = "\n".join(w.program.lines)
    if text.count("penalty(") > 1 and "batch_norm(" in text:
        w.program.torch = False
    return w.program


class Broken(AssertionError):
    """A law does not hold for a program."""

    def __init__(self, program: Program, text: str) -> None:
        super().__init__(f"program {program.seed}: {text}")
        self.program = program


def outcome(backend: Backend, live: dict[str, Any]) -> list[tuple[str, Any]]:
    """Everything that a program leaves: values, gradients and what was looked at."""
    found: list[tuple[str, Any]] = []
    for name, t in live.items():
        found.append((name, array(t)))
        grad = t.grad if t.is_leaf or t.retains_grad else None
        found.append((f"{name}.grad", None if grad is None else array(grad)))
        found.append((f"{name}.requires_grad", t.requires_grad))
        found.append((f"{name}.dtype", str(t.dtype).rpartition(".")[2]))
    found += [(f"look {i}", value) for i, value in enumerate(backend.looks)]
    return found


def same_bits(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return repr(a) == repr(b)


def variants(program: Program) -> Iterable[tuple[str, dict[str, Any]]]:
    """The ways to run a program, each with what differs from one op at a time on one thread."""
    yield "window 3", {"window": 3, "keep": True}
    yield "window 8", {"window": 8}
    yield "window 64", {"window": 64, "keep": True}
    yield "no window", {"window": UNBOUNDED}
    yield "random flushes", {"window": UNBOUNDED, "after": flushing(program.seed, ravine)}
    yield "looking at everything", {"window": 64, "after": looking(ravine)}
    yield "2 threads", {"window": UNBOUNDED, "threads": 2}
    yield "dropping early", {"window": 64, "after": dropping(program), "threads": 2}


def run(program: Program, window: int = 1, threads: int = 1, **options: Any) -> list[tuple[str, Any]]:
    """Runs a program on ravine and gives its outcome."""
    before = _core.get_window(), ravine.get_num_threads()
    _core.set_window(window)
    ravine.set_num_threads(threads)
    try:
        backend = Backend(ravine)
        return outcome(backend, backend.run(program, **options))
    finally:
        _core.set_window(before[0])
        ravine.set_num_threads(before[1])


def check_bits(program: Program) -> list[tuple[str, Any]]:
    """The same bits for every window, cut, look, number of threads and lifetime."""
    truth = run(program)
    for how, options in variants(program):
        got = run(program, **options)
        if len(got) != len(truth):
            raise Broken(program, f"{how}: {len(got)} results in place of {len(truth)}")
        for (name, a), (_, b) in zip(truth, got):
            if not same_bits(a, b):
                raise Broken(program, f"{how}: {name} is {b!r}, one op at a time {a!r}")
    return truth


def check_torch(program: Program, got: list[tuple[str, Any]], torch: Any) -> str:
    """torch's results; where it refuses a write, or reads it in silence, those of the out-of-place form."""
    how = "plain"
    backend = Backend(torch)
    try:
        if program.silent:
            raise RuntimeError("modified by an inplace operation")
        live = backend.run(program, after=touching)
    except RuntimeError as error:
        if not refused(error):
            raise
        how = "out of place"
        backend = Backend(torch, snapshot=True)
        live = backend.run(program, after=touching)
    truth = outcome(backend, live)
    for (name, a), (_, b) in zip(truth, got, strict=True):
        if not close(a, b):
            raise Broken(program, f"{name} is {b!r}, {how} torch has {a!r}")
    return how


def close(a: Any, b: Any) -> bool:
    """Equal up to the rounding of some hundred float64 operations on numbers that stay below 1e3."""
    if a is None or b is None or isinstance(a, (bool, str)):
        return type(a) is type(b) and a == b
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    scale = max(1.0, float(np.nanmax(np.abs(x[np.isfinite(x)]), initial=0.0))) if x.dtype.kind == "f" else 0.0
    return np.allclose(x, y, rtol=1e-9, atol=1e-10 * scale, equal_nan=True)


def check(seed: int, torch: Any = None) -> str:
    """Both laws for the program of a seed; tells which form torch computed."""
    program = generate(seed)
    got = check_bits(program)
    return check_torch(program, got, torch) if program.torch and torch is not None else "no torch"
