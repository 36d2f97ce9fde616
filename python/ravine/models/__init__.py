"""Models of the field, ready-made: one file a family, found by name when it is first asked for.

A model is a plain Module with keyword sizes, its losses and samplers stand beside it, and presets are
functions. Every :class:`Model` is written to a folder and made again from it.

>>> import ravine
>>> from ravine import models
>>> net = models.MLP(sizes=(2, 8, 1))
>>> tuple(net(ravine.zeros(5, 2)).shape)
(5, 1)
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ._base import Model as Model

_ALL = re.compile(r"^__all__ = \[(.*?)\]", re.DOTALL | re.MULTILINE)


@cache
def families() -> dict[str, str]:
    """The file of each model, read from the files' ``__all__`` without importing them."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        listed = _ALL.search(path.read_text(encoding="utf-8"))
        found |= dict.fromkeys(re.findall(r'"(\w+)"', listed[1] if listed else ""), path.stem)
    return found


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return ["Model", *sorted(families())]
    if name in set(families().values()):
        return import_module(f"{__name__}.{name}")
    if name in families():
        return getattr(import_module(f"{__name__}.{families()[name]}"), name)
    from difflib import get_close_matches

    close = get_close_matches(name, ["Model", *families()], 1, 0.6) if not name.startswith("__") else []
    hint = f". Did you mean {close[0]!r}?" if close else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted({"Model", *families(), *families().values()})
