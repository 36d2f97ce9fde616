"""One fuzzed line: a call with drawn arguments, then looks at what it gave."""

from __future__ import annotations

import inspect
from random import Random
from typing import Any

import ravine
from fuzz.targets import Parameter, Target, parameters
from fuzz.values import Values
from ravine import nn, optim

LOOKS = [
    "{0}.sum().item()",
    "bool({0}.sum() > 0)",
    "{0}.reshape(-1)[-1].item()",
    "repr({0})",
    "{0}[0]",
    "{0}.clone().numpy()",
    "{0}.tolist() if {0}.numel() < 1000 else {0}.amax().item()",
    "({0} + {0}).amin().item()",
    "{0}.to(rv.float64).mean().item()",
]


def call(target: Target, rng: Random) -> str:
    """`rv.tile(rv.ones(3), 2**62)`: fitting arguments, of which one or two are replaced by hostile ones."""
    values = Values(rng)
    if target.samples and rng.random() < 0.5:
        arguments = values.sample(rng.choice(target.samples))
    else:
        arguments = drawn(target.parameters, values, rng)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        if arguments:
            # Seldom the first: what is no tensor there is refused at once.
            i = rng.randrange(len(arguments)) if rng.random() < 0.3 else rng.randrange(1, 1 + len(arguments))
            if i == len(arguments):
                break
            name, equals, _ = arguments[i].partition("=")
            keyword = name + equals if equals and name.isidentifier() else ""
            arguments[i] = keyword + values.hostile()
    if rng.random() < 0.02:
        arguments.append(rng.choice(["**{'x y': 1}", "out=None", "*range(5)", "dim=0", "**{'': 0}"]))
    positional = [a for a in arguments if not is_keyword(a)]
    return f"{target.text}({', '.join(positional + [a for a in arguments if is_keyword(a)])})"


def is_keyword(argument: str) -> bool:
    name, equals, _ = argument.partition("=")
    return argument.startswith("**") or (bool(equals) and name.isidentifier())


def drawn(own: tuple[Parameter, ...], values: Values, rng: Random) -> list[str]:
    """Arguments for these parameters; most optional ones are left out."""
    arguments, by_name = [], False
    for p in own:
        if p.name == "self" and not p.annotation:
            continue
        if p.variadic:
            if not by_name:
                arguments += [
                    values.fitting(p.name, p.annotation) for _ in range(rng.choice([0, 1, 1, 2, 3]))
                ]
            continue
        if not p.required and rng.random() < 0.6:
            by_name = True
            continue
        value = values.fitting(p.name, p.annotation)
        arguments.append(f"{p.name}={value}" if by_name or p.keyword else value)
    return arguments


def look(result: Any, rng: Random) -> str | None:
    """What to do with `r`, the result so far: read it, differentiate it, step it, call it."""
    place, value = "r", result
    for _ in range(4):
        if isinstance(value, (tuple, list)) and value:
            i = rng.randrange(len(value))
            place, value = f"{place}[{i}]", value[i]
        elif isinstance(value, dict) and value:
            key = rng.choice(list(value))
            place, value = f"{place}[{key!r}]", value[key]
    values = Values(rng)
    if isinstance(value, ravine.Tensor):
        if value.requires_grad and rng.random() < 0.5:
            return f"{place}.float().sum().backward()"
        return rng.choice(LOOKS).format(place)
    if isinstance(value, optim.Optimizer) and rng.random() < 0.7:
        return f"{place}.step()"
    if isinstance(value, nn.Module) and rng.random() < 0.7:
        return f"q = {place}({', '.join(drawn(called(value), values, rng))}); {looked('q', rng)}"
    if type(value).__module__.startswith("ravine"):
        names = [n for n in dir(value) if not n.startswith("_")] + ["__repr__", "__len__", "__iter__"]
        name = rng.choice(names)
        attribute = inspect.getattr_static(type(value), name, None)
        if not inspect.isfunction(attribute):
            return f"getattr({place}, {name!r})"
        return f"{place}.{name}({', '.join(drawn(parameters(attribute)[1:], values, rng))})"
    if callable(value) and not isinstance(value, type):
        return f"q = {place}({values.tensor()}); {looked('q', rng)}"
    return None


def called(module: nn.Module) -> tuple[Parameter, ...]:
    return parameters(type(module).forward)[1:]


def looked(name: str, rng: Random) -> str:
    return f"{rng.choice(LOOKS).format(name)} if isinstance({name}, rv.Tensor) else repr({name})"
