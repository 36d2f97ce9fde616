"""Where in the model the program is, so that an error can name the module it happened in.

While a module's ``forward`` runs, the engine holds a small integer, the *path id*, for the calling thread,
and stamps it on every op that is recorded. Only when an error is formatted does the engine ask
:func:`describe` what the integer means, for instance ``blocks[2].fc1 (Linear 512->2048)``. An id stands for
(the caller's id, the module's name within the caller, what the module says of itself): ids are interned and
few, however many modules come and go.

``Module.__call__`` may spend at most 300 ns on this, so what it needs is kept in :class:`Frame` objects that
each module caches per caller; names are searched for once per (caller, module) pair.
"""

from __future__ import annotations

from _thread import _local, allocate_lock
from weakref import ref

from ... import _core
from ..._core import Tensor
from ...errors import DTypeError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import Module

__all__ = [
    "ROOT",
    "Frame",
    "describe",
    "install",
    "lineage",
    "locate",
    "path",
    "publish",
    "resolve",
    "running",
]

# A module that is shared by many callers which come and go must not remember them all.
_FRAMES_PER_MODULE = 16


class Frame:
    """One module at one place of the call tree. Compared by identity; holds no module alive."""

    __slots__ = ("id", "module")

    def __init__(self, id: int, module: ref[Module] | None) -> None:
        self.id = id
        self.module = module


ROOT = Frame(0, None)


class _Running(_local):
    """The calling thread's innermost frame."""

    frame = ROOT


running = _Running()

_lock = allocate_lock()
_entries: list[tuple[int, str, str]] = [(0, "", "")]
_ids: dict[tuple[int, str, str], int] = {}


# Tells the engine the calling thread's path id and returns the one before: `publish(id: int) -> int`. The
# engine's own function, because a Python function around it would double its cost.
publish: Callable[[int], int] = _core.set_module_path


def install(formatter: Callable[[int], str]) -> None:
    """Register the function with which the engine turns a path id into text."""
    _core.set_path_formatter(formatter)


def resolve(module: Module, outer: Frame) -> Frame:
    """The frame of ``module`` called from ``outer``, made and cached on the module.

    The name is the module's dotted name within the calling module; a module that the caller does not own
    (created in ``forward``, or held in a plain list) is named by its class in angle brackets.
    """
    caller = None if outer.module is None else outer.module()
    name = "" if caller is None else _name_within(caller, module)
    entry = (outer.id, name, module.path_summary())
    with _lock:
        id = _ids.get(entry)
        if id is None:
            id = len(_entries)
            _entries.append(entry)
            _ids[entry] = id
    frame = Frame(id, ref(module))
    frames = module._frames
    if len(frames) >= _FRAMES_PER_MODULE:
        frames.clear()
    frames[outer] = frame
    return frame


def _name_within(caller: Module, module: Module) -> str:
    for name, found in caller.named_modules():
        if found is module:
            return name
    _warn_of_plain_containers(caller, module)
    return f"<{type(module).__name__}>"


def _warn_of_plain_containers(caller: Module, module: Module) -> None:
    """Layers in a list are called like others, but nobody trains or saves them."""
    if next(module.parameters(), None) is None:
        return
    for name, held in vars(caller).items():
        if name.startswith("_"):
            continue
        if isinstance(held, (list, tuple)) and any(item is module for item in held):
            kind, remedy = type(held).__name__, "nn.ModuleList"
        elif isinstance(held, dict) and any(item is module for item in held.values()):
            kind, remedy = "dict", "nn.ModuleDict"
        else:
            continue
        import warnings

        owner = type(caller).__name__
        warnings.warn(
            f"{owner}.{name} is a plain {kind}, so the modules in it are no part of {owner}: parameters(), "
            f"state_dict() and train() leave them out, and no optimizer trains them. Use {remedy}(...)",
            stacklevel=4,
        )
        return


def describe(id: int) -> str:
    """The text for a path id: ``blocks[2].fc1 (Linear 512->2048)``; ``""`` for 0, outside of any module.

    A module called outside of any other has no name and is described by its class alone; numeric names, those
    of ``Sequential`` and ``ModuleList``, are written as indices.

    Raises:
        IndexError: the id was never handed out.

    >>> describe(0)
    ''
    """
    if not 0 <= id < len(_entries):
        raise IndexError(f"no module path has the id {id}")
    summary = _entries[id][2]
    return f"{found} ({summary})" if (found := path(id)) else summary


def lineage(id: int) -> list[int]:
    """The ids of a path, of its caller's, and so on to the outermost module's; none for 0."""
    found = []
    while id:
        found.append(id)
        id = _entries[id][0]
    return found


def path(id: int) -> str:
    """The text for a path id without what the module says of itself; ``""`` for an outermost module."""
    names: list[str] = []
    outermost = ""
    while id:
        id, name, outermost = _entries[id]
        names.extend(reversed(name.split(".") if name else ()))
    found = ""
    for name in reversed(names):
        if name.isdigit():
            # `[0]` alone would not read as a path: the outermost module lends its class.
            found = f"{found or outermost.split(' ', 1)[0]}[{name}]"
        elif found:
            found = f"{found}.{name}"
        else:
            found = name
    return found


_PACKAGE = __file__.rpartition("nn")[0]  # with the separator at its end
_RECIPES = _PACKAGE + "recipes"  # programs that use the package


def locate(
    error: Exception, module: Module, frame: Frame, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Exception | None:
    """Add the path of ``module`` to an error that the library raised inside it, as the engine does to its.

    The innermost module says it, once; an error of the user's own code stays as it is. Returns an error to
    raise in its place where an argument of a layer is no tensor, which an attribute it lacks would not tell.
    """
    if getattr(error, "_located", False):
        return None
    error._located = True  # type: ignore[attr-defined]
    ours = _is_ours(error)
    if not (ours or isinstance(error, Error)) or not (error.args and isinstance(error.args[0], str)):
        return None
    text = error.args[0]
    if "[in " in text or "[recorded at " in text:
        return None
    if (
        ours
        and type(error) not in (RuntimeError, NotImplementedError)
        and type(module).__module__.startswith("ravine.nn.")
    ):
        wrong = _no_tensor(module, args, kwargs)
        if wrong:
            better = DTypeError(f"{type(module).__name__}: {wrong} [in {describe(frame.id)}]")
            better._located = True  # type: ignore[attr-defined]
            return better
    error.args = (f"{text} [in {describe(frame.id)}]", *error.args[1:])
    return None


def _is_ours(error: Exception) -> bool:
    """Whether the innermost Python frame is the library's."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    file = last.tb_frame.f_code.co_filename if last is not None else ""
    return file.startswith(_PACKAGE) and not file.startswith(_RECIPES)


def _no_tensor(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Which argument of ``forward`` should be a tensor and is none."""
    forward = type(module).forward
    names = forward.__code__.co_varnames[1:]
    for name, value in (*zip(names, args, strict=False), *kwargs.items()):
        annotation = forward.__annotations__.get(name, "")
        if annotation.split(" | ")[0] != "Tensor" or isinstance(value, Tensor):
            continue
        if value is None or ("[" in annotation and isinstance(value, (tuple, list))):
            continue
        if type(value).__name__ != "PackedSequence":
            kind = type(value).__name__
            return f"argument '{name}' must be a tensor, not {kind}. Wrap it in ravine.tensor(...)"
    return ""


install(describe)
