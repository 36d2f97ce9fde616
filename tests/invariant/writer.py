"""Random programs: lines of Python over a backend `m` (ravine or torch), the same for every run of a seed.

A line reads tensors through `S` (the "snapshot" of an operand) and wraps a result that owns memory in `R`;
`backends.py` says what these do. Views are taken without either, so that they alias.
The generator computes nothing. It follows each variable by an empty NumPy array, whose views are views where
those of torch are, and by what the value's memory (its root) has been through.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Shape = tuple[int, ...]

FLOATS = ("float64", "float32", "float16", "bfloat16")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
LARGE = [(1 << 17) + 3, 1, 130, 1030]


@dataclass(eq=False)
class Root:
    """Memory: what several variables may be views of."""

    dtype: str
    grad: bool = False
    leaf: bool = False
    #: A backward ended a history that this value depends on.
    ended: bool = False
    #: Made by IEEE-exact elementwise steps alone: torch has the same bits, so comparing and sorting is fair.
    exact: bool = True
    size: int = 0
    #: No element is larger, roughly.
    bound: float = 2.0
    #: A tensor without history shares it: torch does not see that a write changes what was read there.
    apart: bool = False


@dataclass(eq=False)
class Var:
    """One Python variable."""

    name: str
    array: np.ndarray
    root: Root
    #: Taken through `detach()` or `.data`.
    cut: bool = False
    is_view: bool = False
    #: Ravine writes through no `expand`, torch through one that repeats nothing (docs/differences.md).
    expanded: bool = False

    @property
    def shape(self) -> Shape:
        return self.array.shape

    @property
    def grad(self) -> bool:
        return self.root.grad and not self.cut

    @property
    def is_float(self) -> bool:
        return self.root.dtype in FLOATS

    @property
    def overlaps(self) -> bool:
        return any(stride == 0 and n > 1 for stride, n in zip(self.array.strides, self.shape))

    @property
    def writable(self) -> bool:
        return not self.overlaps and not self.expanded and self.root.dtype != "bool"

    def __str__(self) -> str:
        return self.name

    @property
    def s(self) -> str:
        return f"S({self.name})"


@dataclass
class Program:
    """The lines, whether torch knows all that they call, and the names that are alive at the end."""

    seed: int
    lines: list[str] = field(default_factory=list)
    torch: bool = True
    #: Whether torch reads a value that was written over, in silence: a write bypassed autograd, or read other
    #: elements of its own target.
    silent: bool = False
    live: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(self.lines)


class Writer:
    """A program in the making: variables, modes, how lines are added; see `compute.py` and `memory.py`."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        kind = self.rng.random()
        self.torch = kind < 0.7
        self.large = kind > 0.97 or 0.66 < kind < 0.7
        self.program = Program(seed, torch=self.torch)
        self.vars: list[Var] = []
        self.count = 0
        self.grad_on = True
        #: Views taken under no_grad: torch lets nobody write to them afterwards.
        self.temporary: list[Var] = []
        self.penalties = 0
        self.retains = False

    # Choosing ----------------------------------------------------------------------------------------------
    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def extent(self) -> int:
        if self.large:
            return self.rng.choice(LARGE)
        return self.rng.choice((1, 2, 2, 3, 3, 4, 5, 7, 17)) if not self.chance(0.02) else 0

    def new_shape(self) -> Shape:
        if self.large:
            return self.rng.choice([(130, 1030), (2, 330, 210), (LARGE[0],), (1030, 130), (1030,), (130, 1)])
        return tuple(self.extent() for _ in range(self.rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))))

    def pick(self, *tests: str, floating: bool | None = True, rank: int = 0, size: int = 0) -> Var | None:
        """A live variable; later ones are likelier. Tests name attributes that hold ("!name": do not)."""

        def fits(v: Var) -> bool:
            if floating is not None and v.is_float != floating:
                return False
            if len(v.shape) < rank or v.array.size < size:
                return False
            return all(self._holds(v, t) for t in tests)

        found = [v for v in self.vars if fits(v)]
        return self.rng.choice(found[-8:] if self.chance(0.7) else found) if found else None

    @staticmethod
    def _holds(v: Var, test: str) -> bool:
        name = test.lstrip("!")
        value = getattr(v, name) if hasattr(v, name) else getattr(v.root, name)
        return bool(value) != test.startswith("!")

    def some_float(self, rank: int = 0, size: int = 0) -> Var:
        found = self.pick(rank=rank, size=size)
        return found or self.leaf(dtype=self.float_dtype(), at_least=max(rank, size))

    def float_dtype(self) -> str:
        return "float64" if self.torch else self.rng.choice(FLOATS[1:] if self.chance(0.8) else FLOATS)

    def comparable(self) -> Var | None:
        """A value whose order may be asked for: one that both implementations have bit for bit."""
        return self.pick("exact") if self.torch else self.pick()

    # Adding lines ------------------------------------------------------------------------------------------
    def line(self, text: str) -> None:
        self.program.lines.append(text)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def leaf(self, shape: Shape | None = None, dtype: str | None = None, at_least: int = 0) -> Var:
        if shape is None:
            shape = self.new_shape()
            while len(shape) < at_least or (at_least and 0 in shape):
                shape = self.new_shape()
        if dtype is None:
            mixed = self.rng.choice(("int64", "bool") if self.torch else (*INTEGERS, "bool"))
            dtype = self.float_dtype() if self.chance(0.9) else mixed
        wants = dtype in FLOATS and self.chance(0.5)
        v = Var(self.name(), np.empty(shape, np.int8), Root(dtype, wants, wants, size=int(np.prod(shape))))
        self.line(f"{v} = leaf({self.rng.randrange(1 << 20)}, {shape}, {dtype!r}, {wants})")
        self.vars.append(v)
        return v

    def result(
        self,
        expression: str,
        shape: Shape,
        inputs: list[Var],
        *,
        exact: bool,
        bound: float,
        dtype: str | None = None,
    ) -> Var:
        """A new tensor with memory of its own."""
        dtype = dtype or inputs[0].root.dtype
        grad = self.grad_on and dtype in FLOATS and any(i.grad for i in inputs)
        root = Root(
            dtype,
            grad=grad,
            ended=grad and any(i.root.ended and i.grad for i in inputs),
            exact=exact and all(i.root.exact for i in inputs),
            size=int(np.prod(shape)),
            bound=bound,
        )
        v = Var(self.name(), np.empty(shape, np.int8), root)
        self.line(f"{v} = R({expression})")
        self.vars.append(v)
        if bound > (1e3 if root.dtype != "float16" else 50) and v.is_float:
            return self.result(f"m.tanh({v.s})", v.shape, [v], exact=False, bound=1.0)
        return v

    def view(self, expression: str, of: Var, array: np.ndarray, *, cut: bool = False) -> Var:
        """A view: same root."""
        v = Var(self.name(), array, of.root, cut or of.cut, True, of.expanded)
        of.root.apart |= cut
        self.line(f"{v} = {expression}")
        self.vars.append(v)
        if not self.grad_on:
            self.temporary.append(v)
        return v

    def written(self, v: Var, inputs: list[Var], *, exact: bool, bound: float) -> None:
        """Notes that `v` was written with values computed from `inputs`."""
        root = v.root
        root.exact = root.exact and exact and all(i.root.exact for i in inputs)
        root.bound = max(root.bound, bound)
        self.program.silent |= root.apart
        if v.cut:
            return
        if self.grad_on and any(i.grad for i in inputs):
            root.grad = True
            root.ended = root.ended or any(i.grad and i.root.ended for i in inputs)

    def may_write(self, v: Var) -> bool:
        if not v.writable or (self.grad_on and v.root.leaf and not v.cut):
            return False
        return v.root.bound < 100 or v.root.dtype == "float64"

    def may_overwrite(self, v: Var, part: np.ndarray) -> bool:
        """Whether all of `part` may be written over.

        Ravine ends the history of a tensor that keeps no old element (docs/differences.md), torch multiplies
        by 0.
        """
        return self.may_write(v) and not (self.grad_on and v.grad and part.size == v.root.size)

    def operand(self, v: Var, to: Var) -> str:
        """How `v` is read for a write into `to`."""
        self.program.silent |= overlap_apart(v.array, to.array)
        return f"{v.s}.detach()" if to.cut and v.grad else v.s

    def forget(self, v: Var) -> None:
        self.vars.remove(v)
        self.line(f"del {v}")

    def index(self, n: int, shape: Shape, unique: bool = False) -> str:
        """An integer tensor of positions below `n`, as source."""
        count = int(np.prod(shape))
        flat = self.rng.sample(range(n), count) if unique else [self.rng.randrange(n) for _ in range(count)]
        return f"m.tensor({np.reshape(flat, shape).tolist()}, dtype=m.int64)"


def overlap_apart(read: np.ndarray, written: np.ndarray) -> bool:
    """Whether two arrays share memory otherwise than element by element."""

    def places(a: np.ndarray) -> tuple[int, list[int]]:
        return a.__array_interface__["data"][0], [s for s, n in zip(a.strides, a.shape) if n > 1]

    return np.shares_memory(read, written) and places(np.broadcast_to(read, written.shape)) != places(written)


Step = Callable[[Writer], object]
STEPS: list[Step] = []
WEIGHTS: list[int] = []


def step(weight: int) -> Callable[[Step], Step]:
    """Registers a kind of step: a function that adds it, or nothing when there is nothing to do."""

    def add(f: Step) -> Step:
        STEPS.append(f)
        WEIGHTS.append(weight)
        return f

    return add
