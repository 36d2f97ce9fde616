"""Every public name of torch's is here, or in a family that is left out for a reason."""

from __future__ import annotations

import importlib
import inspect
import operator
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import torch

import ravine
from parity.left_out import FAMILIES, SINGLE

DIFFERENCES = Path(__file__).parents[2] / "docs" / "differences.md"
MODULES = (
    "nn",
    "nn.functional",
    "nn.init",
    "nn.utils",
    "nn.utils.parametrizations",
    "nn.utils.parametrize",
    "nn.utils.prune",
    "nn.utils.rnn",
    "nn.utils.stateless",
    "optim",
    "optim.lr_scheduler",
    "linalg",
    "special",
    "distributions",
    "distributions.constraints",
    "distributions.transforms",
    "autograd",
    "autograd.functional",
    "func",
    "utils.data",
    "amp",
    "signal.windows",
)
#: At most this many single names may be missing.
MOST = 60


def overridable() -> Iterator[str]:
    """What torch lets subclasses override: functions by module, and all that a tensor has."""
    for where, functions in torch.overrides.get_overridable_functions().items():
        if inspect.ismodule(where):
            module = where.__name__.removeprefix("torch").lstrip(".")
            names = {id(value): name for name, value in vars(where).items()}
            for function in functions:
                # `torch.functional` is where torch keeps functions of its top level.
                name = names.get(id(function), function.__name__)
                yield f"{'torch' if module in ('', 'functional') else module}.{name}"
        else:
            for function in functions:
                path = torch.overrides.resolve_name(function) or ""
                yield "Tensor." + path.removeprefix("torch.Tensor.").split(".")[0]


def exported() -> Iterator[str]:
    for name in MODULES:
        module = importlib.import_module(f"torch.{name}")
        listed = getattr(module, "__all__", None)
        if listed is None:
            own = [
                n
                for n, v in vars(module).items()
                if str(getattr(v, "__module__", "")).startswith(module.__name__)
            ]
            listed = [n for n in own if not inspect.ismodule(getattr(module, n))]
        yield from (f"{name}.{entry}" for entry in listed)
    yield from (f"Tensor.{name}" for name in dir(torch.Tensor))


def public(path: str) -> bool:
    """A name without an underscore in front, or an operator."""
    name = path.split(".")[-1]
    return not name.startswith("_") or (name.endswith("__") and name in OPERATORS)


#: The special methods of numbers and lists.
OPERATORS = {name for kind in (int, float, list, operator) for name in dir(kind)}


def here(path: str) -> bool:
    where, _, name = path.rpartition(".")
    try:
        home = {"torch": ravine, "Tensor": ravine.Tensor}.get(where) or importlib.import_module(
            f"ravine.{where}"
        )
    except ModuleNotFoundError:
        return False
    return hasattr(home, name)


NAMES = sorted({path for path in (*overridable(), *exported()) if public(path)})


def family(path: str) -> str | None:
    return next((f.title for f in FAMILIES if any(fnmatchcase(path, p) for p in f.patterns)), None)


def test_names():
    """What is missing is in a family, or listed by name."""
    missing = {path for path in NAMES if not here(path) and family(path) is None}
    print("\n".join(sorted(missing)))
    assert missing == set(SINGLE)
    assert len(SINGLE) <= MOST
    assert len(NAMES) > 1900


def test_families_leave_something_out():
    """No pattern outlives what it stands for."""
    missing = [path for path in NAMES if not here(path)]
    idle = [p for f in FAMILIES for p in f.patterns if not any(fnmatchcase(path, p) for path in missing)]
    assert idle == []


def test_families_are_documented():
    text = DIFFERENCES.read_text(encoding="utf-8")
    assert [f.title for f in FAMILIES if f"**{f.title}" not in text] == []
