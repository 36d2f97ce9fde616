"""Every public name that can be called, with its parameters, and where the fuzz leaves one out, why."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

import ravine
from ravine import _core

# Where public names are looked for, and how a line spells the place.
NAMESPACES = {
    "ravine": "rv",
    "ravine.nn.functional": "F",
    "ravine.nn": "nn",
    "ravine.nn.init": "nn.init",
    "ravine.nn.utils": "nn.utils",
    "ravine.nn.utils.rnn": "nn.utils.rnn",
    "ravine.optim": "optim",
    "ravine.optim.lr_scheduler": "optim.lr_scheduler",
    "ravine.optim.swa_utils": "optim.swa_utils",
    "ravine.linalg": "linalg",
    "ravine.special": "special",
    "ravine.func": "func",
    "ravine.autograd": "autograd",
    "ravine.utils.data": "utils.data",
    "ravine.utils.checkpoint": "utils.checkpoint",
    "ravine.viz": "viz",
    "ravine.io": "rv.io",
    "ravine.io.safetensors": "rv.io.safetensors",
}
# Methods of objects that say nothing of their own, or end the object's life.
PLAIN_OBJECT = set(dir(object)) - {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"}


@dataclass(frozen=True)
class Parameter:
    """One parameter: its annotation is a string, empty where there is none."""

    name: str
    annotation: str
    required: bool
    variadic: bool = False
    keyword: bool = False


@dataclass(frozen=True)
class Target:
    """One callable; `text` is how a line names it, of a method with its receiver as first argument."""

    text: str
    parameters: tuple[Parameter, ...]
    samples: tuple[str, ...] = ()
    is_class: bool = False


def parameters(call: Any) -> tuple[Parameter, ...]:
    """Of a function of the registry, of Python, or of anything else, which may take anything."""
    try:
        found = inspect.signature(call)
    except (TypeError, ValueError):
        return (Parameter("args", "", False, variadic=True),)
    return tuple(
        Parameter(
            p.name,
            "" if p.annotation is p.empty else str(p.annotation),
            p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD),
            p.kind is p.VAR_POSITIONAL,
            p.kind is p.KEYWORD_ONLY,
        )
        for p in found.parameters.values()
        if p.kind is not p.VAR_KEYWORD
    )


def samples() -> dict[str, tuple[str, ...]]:
    """The registry's argument lists by function."""
    return {r["name"]: tuple(r.get("samples") or ()) for r in _core.registry_table() if r["signature"]}


def targets() -> list[Target]:
    """All of them, each object once."""
    known, seen, found = samples(), set(), []
    for module_name, place in NAMESPACES.items():
        module = importlib.import_module(module_name)
        for name in sorted(getattr(module, "__all__", [n for n in dir(module) if n[0] != "_"])):
            call = getattr(module, name)
            if not callable(call) or id(call) in seen or isinstance(call, _core.dtype):
                continue
            if isinstance(call, type) and issubclass(call, BaseException):
                continue
            seen.add(id(call))
            text = f"{place}.{name}"
            found.append(Target(text, parameters(call), known.get(name, ()), isinstance(call, type)))
    for name in sorted(set(dir(ravine.Tensor)) - PLAIN_OBJECT):
        call = inspect.getattr_static(ravine.Tensor, name)
        if name.startswith("_") and not name.startswith("__"):
            continue
        if not callable(getattr(ravine.Tensor, name)):
            # A property: read, and set.
            found.append(Target(f"(lambda self: self.{name})", (Parameter("self", "Tensor", True),)))
            value = Parameter("value", "", True)
            setter = f"(lambda self, value: setattr(self, {name!r}, value))"
            found.append(Target(setter, (Parameter("self", "Tensor", True), value)))
            continue
        own = parameters(call)
        if own and own[0].variadic:
            own = (Parameter("self", "Tensor", True), *own)
        elif own:
            own = (Parameter(own[0].name, "Tensor", True), *own[1:])
        found.append(Target(f"rv.Tensor.{name}", own, known.get(name, ())))
    return found
