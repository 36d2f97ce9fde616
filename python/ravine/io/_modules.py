"""Whole modules in a file: the name of the class, and the attributes. No file decides what is imported."""

from __future__ import annotations

import ravine as rv
from ravine import _declare
from ravine.errors import DTypeError, FileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

__all__ = ["class_of", "fill", "full_name", "function_of", "kept", "made", "name_of"]

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_state_hooks")
_TABLES = ("_parameters", "_buffers", "_modules")


def kept(module: rv.nn.Module, said: str) -> dict[str, Any]:
    """The attributes that are written.

    Raises:
        DTypeError: the module has hooks, which are functions.
    """
    own = dict(module.__dict__)
    if any(own.pop(name, None) for name in _HOOKS):
        raise DTypeError(
            f"save: {said} is a {type(module).__name__} with hooks, which are functions. Remove them, or "
            "save .state_dict()"
        )
    own.pop("_frames", None)
    own["_transient"] = sorted(own["_transient"])
    return own


def full_name(kind: Any) -> str:
    """A class's name with its module."""
    return f"{kind.__module__}.{kind.__qualname__}"


def class_of(name: str, classes: Sequence[type]) -> type:
    """The class of a name: of `ravine.nn`, or among those that are given.

    Raises:
        FileError: it is none of them.
    """
    given = [kind for kind in classes if full_name(kind) == name]
    # A script that is run, and one that is imported, have the same class under two names.
    given = given or [kind for kind in classes if kind.__qualname__ == name.rpartition(".")[2]]
    if given:
        return given[0]
    if name.startswith("ravine."):
        for kind in _subclasses(rv.nn.Module):
            if kind.__module__.startswith("ravine.") and full_name(kind) == name:
                return kind
    last = name.rpartition(".")[2]
    raise FileError(
        f"it holds a module of class {name}, and a file does not decide what is imported. Give the class, "
        f"load(..., classes=[{last}]), or save .state_dict()"
    )


def _subclasses(kind: type) -> Iterator[type]:
    yield kind
    for below in kind.__subclasses__():
        yield from _subclasses(below)


def made(kind: type) -> rv.nn.Module:
    """A module of a class, without attributes yet.

    Raises:
        FileError: the class is none of modules.
    """
    if not issubclass(kind, rv.nn.Module):
        raise FileError(f"it holds a module of class {kind.__name__}, which is none. Give another class")
    module = kind.__new__(kind)
    rv.nn.Module.__init__(module)
    return module


def fill(module: rv.nn.Module, state: Any) -> None:
    """Gives a module its attributes.

    Raises:
        FileError: they are none of a module's.
    """
    kinds = (rv.Tensor, rv.Tensor, rv.nn.Module)
    right = (
        isinstance(state, dict)
        and isinstance(state.get("_transient"), list)
        and all(
            isinstance(state.get(table), dict)
            and all(type(k) is str and (v is None or isinstance(v, kind)) for k, v in state[table].items())
            for table, kind in zip(_TABLES, kinds, strict=True)
        )
    )
    if not right or any(type(name) is not str for name in state) or any(name in state for name in _HOOKS):
        raise FileError(f"the attributes of a {type(module).__name__} are damaged")
    module.__setstate__({**module.__dict__, **state, "_transient": set(state["_transient"])})


def name_of(function: Any) -> str | None:
    """The name of a function of the library, or None."""
    for place in (_declare.FUNCTIONAL, _declare.TOP):
        for name, known in _declare.names(place).items():
            if known is function:
                return f"{place}.{name}"
    return None


def function_of(name: str) -> Any:
    """The function of such a name.

    Raises:
        FileError: there is none.
    """
    place, _, last = name.rpartition(".")
    if place in (_declare.FUNCTIONAL, _declare.TOP) and last in _declare.names(place):
        return _declare.names(place)[last]
    raise FileError(f"it names the function {name!r:.60}, which is not there")
