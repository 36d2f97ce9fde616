"""Complete training scripts on the public API, one a file: ``ravine train NAME`` runs them.

A recipe's ``main(seed, epochs, steps, scale, **files)`` trains (``files`` are the ``out`` and ``resume`` of
its ``Run``), prints the last line, and returns the result. Its ``SCALES`` say how much it does at the scale
``"full"``, of which the result is asked, and at ``"smoke"``, which shows in a second or two that it runs.
Epochs and steps that are 0 are the scale's.

What a recipe says of itself are constants at its top: ``NAME``, ``ASKED``, ``SECTION`` of the course,
``SHOWS``, ``SECONDS`` that it may take on two CPU cores, and ``DEMO = True`` if ``ravine demo`` runs it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..train.result import Result

__all__ = ["about", "load", "names"]


def names() -> list[str]:
    """The recipes' names, as ``ravine train`` takes them.

    >>> "digits-mlp" in names()
    True
    """
    from pathlib import Path

    stems = (path.stem for path in Path(__file__).parent.glob("*.py"))
    return sorted(stem.replace("_", "-") for stem in stems if not stem.startswith("_"))


def load(name: str) -> Callable[..., Result]:
    """The recipe's ``main``.

    Raises:
        KeyError: there is no recipe of this name.

    >>> load("digits-mlp").__name__
    'main'
    """
    from importlib import import_module

    return import_module(f"{__name__}.{_stem(name)}").main


def about(name: str) -> dict[str, Any]:
    """The constants in capitals at a recipe's top, read without running it.

    Raises:
        KeyError: there is no recipe of this name.

    >>> about("digits-mlp")["SECTION"], about("digits-mlp")["ASKED"]
    ('7.1', 0.96)
    """
    import ast
    from pathlib import Path

    source = (Path(__file__).parent / f"{_stem(name)}.py").read_text(encoding="utf-8")
    found: dict[str, Any] = {"DEMO": False}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for one, written in pairs:
                if isinstance(one, ast.Name) and one.id.isupper() and isinstance(written, ast.Constant):
                    found[one.id] = written.value
    return found


def _stem(name: str) -> str:
    if name not in names():
        raise KeyError(f"unknown recipe {name!r}. The recipes are: {', '.join(names())}")
    return name.replace("-", "_")
