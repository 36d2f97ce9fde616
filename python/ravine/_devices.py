"""Devices in Python: what `.to()` understands, and asking for a GPU."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from ravine import _core
from ravine._core import Tensor, device, dtype

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

DTYPES = {name: getattr(_core, name) for name in vars(_core) if isinstance(getattr(_core, name), dtype)}
# By the name of a NumPy type; Python's own stand for the default of their kind.
DTYPES_BY_TYPE = DTYPES | {"float": _core.float32, "int": _core.int64}


class Target(NamedTuple):
    """Where to, and as what; None leaves it as it is."""

    device: device | None = None
    dtype: dtype | None = None
    copy: bool = False


def target(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Target:
    """What the arguments of `.to()` say, in all of PyTorch's forms.

    `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(dtype, device)` or `to(tensor)`, each followed by
    `non_blocking` and `copy`; all of them by name too. `non_blocking` and `memory_format` change nothing.

    Raises:
        TypeError: an argument is none of these, or one is given twice.
    """
    found: dict[str, Any] = {}

    def note(name: str, value: Any) -> None:
        if name in found:
            raise TypeError(f"{op}: {name} is given twice")
        found[name] = value

    flags = iter(("non_blocking", "copy"))
    for arg in args:
        if isinstance(arg, bool):
            name = next(flags, None)
            if name is None:
                raise TypeError(f"{op}: takes at most two flags, non_blocking and copy")
            note(name, arg)
        elif isinstance(arg, Tensor):
            note("device", arg.device)
            note("dtype", arg.dtype)
        elif arg is None:
            continue
        elif (as_dtype := dtype_of(arg)) is not None:
            note("dtype", as_dtype)
        elif isinstance(arg, (str, device, int)) or hasattr(arg, "index"):
            note("device", device(arg))
        else:
            raise TypeError(f"{op}: expected a dtype, a device or a tensor, got {type(arg).__name__}")
    for name, value in kwargs.items():
        if name == "other" and isinstance(value, Tensor):
            note("device", value.device)
            note("dtype", value.dtype)
        elif name == "device":
            if value is not None:
                note(name, device(value))
        elif name == "dtype":
            as_dtype = dtype_of(value)
            if as_dtype is None and value is not None:
                raise TypeError(f"{op}: expected a dtype, got {value!r}")
            if as_dtype is not None:
                note(name, as_dtype)
        elif name in ("non_blocking", "copy"):
            note(name, value)
        elif name != "memory_format":
            raise TypeError(f"{op}() got an unexpected keyword argument '{name}'")
    return Target(found.get("device"), found.get("dtype"), bool(found.get("copy", False)))


def dtype_of(value: Any) -> dtype | None:
    """A dtype given as ours, as NumPy's or Python's type; None for anything else, strings included."""
    if isinstance(value, dtype):
        return value
    return DTYPES_BY_TYPE.get(value.__name__) if isinstance(value, type) else None


def wrapped(where: device, function: F) -> F:
    """The function, run with new tensors made on a device."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with where:
            return function(*args, **kwargs)

    return run  # pyright: ignore[reportReturnType]
