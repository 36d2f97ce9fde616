"""Calls made from torch's own schemas: what a public function takes, and each option away from its default.

`torch._C._jit_get_all_schemas()` lists every overload with the names, types and defaults of its arguments.
What a call needs is drawn by type, or stands in `inputs.py` where the type does not say enough; torch decides
which calls are good ones.
"""

from __future__ import annotations

import inspect
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import ravine
from parity.inputs import ELSEWHERE, INPUTS, NO_FUNCTIONS, OPTIONS, REQUIRED

FLOATS = ("float64", "float32")
INTEGERS = ("int64", "int32", "uint8", "bool")
#: Where elements are drawn from: fractions, numbers above 1, and negative ones.
DOMAINS = ((0.15, 0.85), (1.2, 2.8), (-2.5, -0.3))
#: Shapes of the tensors of a call whose schema asks for no more than tensors.
SHAPES: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((2, 3), (2, 3), (2, 3), (2, 3)),
    ((2, 3), (3,), (2, 1), (1, 3)),
    ((), (), (), ()),
    ((0, 3), (0, 3), (0, 3), (0, 3)),
)


#: Where elements are drawn from whatever the domain.
LAWS = {"share": (0.0, 1.0), "beyond": (1.0, 2.0)}


@dataclass(frozen=True)
class Draw:
    """A tensor to be drawn: `x` of the dtype under test, `i` of indices below `high`, `b` of conditions."""

    kind: str
    shape: tuple[int, ...]
    high: int = 1
    law: str = ""

    def array(self, rng: np.random.Generator, dtype: str, domain: tuple[float, float]) -> np.ndarray:
        if self.kind == "i":
            return rng.integers(0, self.high, self.shape)
        if self.kind == "b" or dtype == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        if dtype in INTEGERS:
            return rng.integers(0 if dtype == "uint8" else -1, 5, self.shape).astype(dtype)
        drawn = rng.uniform(*LAWS.get(self.law, domain), self.shape)
        if self.law == "definite":
            drawn = drawn @ np.swapaxes(drawn, -1, -2) + self.shape[-1] * np.eye(self.shape[-1])
        elif self.law == "dominant":
            drawn = drawn + self.shape[-1] * 3 * np.eye(self.shape[-1])
        return drawn.astype(dtype)


def x(*shape: int, law: str = "") -> Draw:
    return Draw("x", shape, law=law)


def i(*shape: int, high: int = 3) -> Draw:
    return Draw("i", shape, high)


def b(*shape: int) -> Draw:
    return Draw("b", shape)


@dataclass(frozen=True)
class Name:
    """A function of both libraries, where it is found, and its overloads."""

    name: str
    place: str
    overloads: tuple[Any, ...] = field(repr=False)

    def of(self, library: Any) -> Callable[..., Any]:
        found = library
        for part in self.place.split("."):
            found = getattr(found, part)
        return found

    @property
    def in_place(self) -> bool:
        return self.place.endswith("_")

    @property
    def drawn(self) -> bool:
        """Whether its values are random numbers, or what memory held."""
        if "empty" in self.name:
            return True
        packet = getattr(torch.ops.aten, self.name)
        tags = (getattr(packet, o).tags for o in packet.overloads())
        return any(torch.Tag.nondeterministic_seeded in t for t in tags)

    def __str__(self) -> str:
        return self.place


def _has(place: str) -> bool:
    for library in (torch, ravine):
        found: Any = library
        for part in place.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                return False
        if not callable(found):
            return False
    return True


def _places(name: str) -> Iterator[str]:
    """Where users find what torch calls `name` inside."""
    for family in ("linalg", "special"):
        if name.startswith(f"{family}_"):
            yield f"{family}.{name.removeprefix(f'{family}_')}"
            return
    if name.startswith("_"):
        return
    # What is written in Python there hides a plainer function of the top level.
    written = inspect.isfunction(getattr(torch.nn.functional, name, None))
    yield f"nn.functional.{name}" if written else name
    yield f"Tensor.{name}"


def names() -> list[Name]:
    """Every name that both libraries have, once for each of its places."""
    overloads: dict[str, list[Any]] = defaultdict(list)
    for schema in torch._C._jit_get_all_schemas():
        if schema.name.startswith("aten::") and _public(schema):
            overloads[schema.name.removeprefix("aten::")].append(schema)
    found = []
    for name, own in sorted(overloads.items()):
        if name not in NO_FUNCTIONS + ELSEWHERE:
            found += [Name(name, place, tuple(own)) for place in _places(name) if _has(place)]
    return found


def _public(schema: Any) -> bool:
    """An overload that Python reaches: no `out` form, none of TorchScript's for plain numbers and lists."""
    kinds = [str(a.type) for a in schema.arguments]
    words = ("complex", "List[t]", "Dict", "AnyEnumType", "List[str]", "Storage", "Stream")
    if any(w in kind for kind in kinds for w in words) or any(
        a.name in ("out", "a") for a in schema.arguments
    ):
        return False
    return "Dimname" not in str(schema) and not any(a.is_out for a in schema.arguments)


@dataclass(frozen=True)
class Call:
    """Positional arguments and options, tensors still to be drawn."""

    positional: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [*map(str, self.positional), *(f"{k}={v}" for k, v in self.options.items())]
        return ", ".join(parts).replace("Draw", "")

    @property
    def tensors(self) -> list[Draw]:
        return [d for d in _flat([*self.positional, *self.options.values()]) if isinstance(d, Draw)]

    @property
    def fractions(self) -> bool:
        """Whether a number is no integer: of integers torch drops what is behind its point, in silence."""
        return any(isinstance(a, float) for a in _flat([*self.positional, *self.options.values()]))

    def arrays(self, dtype: str, domain: tuple[float, float]) -> list[np.ndarray]:
        rng = np.random.default_rng(zlib.crc32(f"{self} {domain}".encode()))
        return [d.array(rng, dtype, domain) for d in self.tensors]

    def filled(self, library: Any, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with these in the places of the tensors, and dtypes of the library."""
        rest = iter(values)
        positional = [_filled(a, library, rest) for a in self.positional]
        return positional, {k: _filled(v, library, rest) for k, v in self.options.items()}


def _flat(tree: Any) -> Iterator[Any]:
    if isinstance(tree, (list, tuple)):
        for entry in tree:
            yield from _flat(entry)
    else:
        yield tree


def _filled(tree: Any, library: Any, values: Iterator[Any]) -> Any:
    if isinstance(tree, Draw):
        return next(values)
    if isinstance(tree, (list, tuple)):
        return type(tree)(_filled(entry, library, values) for entry in tree)
    if isinstance(tree, str) and tree.startswith("dtype:"):
        return getattr(library, tree.removeprefix("dtype:"))
    return tree


def calls(name: Name) -> Iterator[Call]:
    """The required arguments alone, then with each option."""
    for base in _required(name):
        yield base
        for option, values in _options(name).items():
            for value in values:
                yield Call(base.positional, {option: value})


def _required(name: Name) -> list[Call]:
    plain = name.name if name.name in INPUTS else name.name.removesuffix("_")
    texts = INPUTS.get(name.place, INPUTS.get(plain))
    if texts is not None:
        env = {"x": x, "i": i, "b": b}
        return [Call(eval(f"({text},)" if text else "()", env)) for text in texts]
    made: dict[str, Call] = {}
    for schema in name.overloads:
        for shapes in SHAPES:
            arguments = _drawn(schema, shapes)
            if arguments is not None:
                made.setdefault(str(Call(arguments)), Call(arguments))
    return list(made.values())


def _drawn(schema: Any, shapes: tuple[tuple[int, ...], ...]) -> tuple[Any, ...] | None:
    """Required arguments by their types; None where a type does not say enough."""
    left = iter(shapes)
    made: list[Any] = []
    for a in schema.arguments:
        if a.has_default_value() or a.kwarg_only:
            continue
        kind = str(a.type)
        if a.name in REQUIRED:
            made.append(REQUIRED[a.name])
        elif kind in ("Tensor", "Optional[Tensor]"):
            shape = next(left)
            made.append(b(*shape) if a.name in ("mask", "condition") else x(*shape))
        elif kind == "List[Tensor]":
            made.append([x(*shapes[0]), x(*shapes[0])])
        elif kind in ("number", "float", "Optional[number]"):
            made.append(2 if kind == "number" else 0.5)
        else:
            return None
    return tuple(made)


def _options(name: Name) -> dict[str, list[Any]]:
    """Values away from the default for each argument that has one."""
    found: dict[str, list[Any]] = {}
    if name.place.startswith("nn.functional."):
        for p in inspect.signature(name.of(torch)).parameters.values():
            special = OPTIONS.get(
                (name.name, p.name), OPTIONS.get(f"{p.name}={p.default}", OPTIONS.get(p.name))
            )
            if p.default is p.empty or p.name in ("size_average", "reduce"):
                continue
            if special is not None:
                found[p.name] = special
            elif isinstance(p.default, bool):
                found[p.name] = [not p.default]
            elif isinstance(p.default, float):
                found[p.name] = [0.5, 2]
        return {option: values for option, values in found.items() if values}
    for schema in name.overloads:
        for a in schema.arguments:
            kind, special = str(a.type), OPTIONS.get((name.name.removesuffix("_"), a.name))
            if special is not None:
                found[a.name] = special
            elif not a.has_default_value() and not a.kwarg_only:
                continue
            elif a.name in OPTIONS:
                found.setdefault(a.name, OPTIONS[a.name])
            elif kind in ("bool", "Optional[bool]"):
                found.setdefault(a.name, [not a.default_value])
            elif kind in ("number", "Optional[number]", "float", "Optional[float]"):
                found.setdefault(a.name, [0.5, 2])
    return {option: values for option, values in found.items() if values}
