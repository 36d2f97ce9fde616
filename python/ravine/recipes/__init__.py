"""Complete training scripts on the public API, one a file: ``ravine train NAME`` runs them.

A recipe's ``main(seed, epochs, steps, scale, **files)`` trains (``files`` are the ``out`` and ``resume`` of
its ``Run``), prints the last line, and returns the result. Its ``SCALES`` say how much it does at the scale
``"full"``, of which the result is asked, and at ``"smoke"``, which shows in a second or two that it runs.
Epochs and steps that are 0 are the scale's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..train.result import Result

__all__ = ["load", "names"]


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
    if name not in names():
        raise KeyError(f"unknown recipe {name!r}. The recipes are: {', '.join(names())}")
    from importlib import import_module

    return import_module(f"{__name__}.{name.replace('-', '_')}").main
