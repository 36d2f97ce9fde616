"""The exceptions that Ravine raises. Each is also the built-in (or PyTorch) kind that code already catches.

>>> import ravine
>>> try:
...     ravine.ones(2, 3) + ravine.ones(4)
... except RuntimeError as error:
...     print(type(error).__name__)
ShapeError
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "AnomalyError",
    "AssertionError",
    "DTypeError",
    "DeviceError",
    "DownloadError",
    "Error",
    "FileError",
    "GradientError",
    "IndexError",
    "LinAlgError",
    "NoGradientWarning",
    "OutOfMemoryError",
    "ShapeError",
    "StateError",
    "ValueError",
]


def __dir__() -> list[str]:
    return sorted(__all__)


class Error(Exception):
    """Whatever Ravine raises of its own. The message begins with the name of the function that was called."""

    #: Whether an op that was recorded earlier met it when it ran; the message then begins with the op's name.
    late = False

    def rename(self, function: str, of: str = "") -> None:
        """Begins the message with the function that was called, then names the one inside, save `of`."""
        text = str(self)
        name, colon, rest = text.partition(": ")
        if colon and name.isidentifier():
            own = name.startswith((function.rstrip("_"), of or function))
            text = rest if own or rest.startswith("in ") else f"in {name}, {rest}"
        self.args = (f"{function}: {text}",)


class ShapeError(Error, builtins.RuntimeError, builtins.ValueError):
    """Shapes do not fit together."""


class DTypeError(Error, builtins.TypeError, builtins.RuntimeError):
    """A dtype or the type of an argument does not fit."""


class DeviceError(Error, builtins.RuntimeError):
    """Tensors are on different devices, a device is not there, or it has no values."""


class IndexError(Error, builtins.IndexError):
    """An index, a label or a dimension is out of range."""


class ValueError(Error, builtins.ValueError, builtins.RuntimeError):
    """An argument has a value that means nothing here."""


class AssertionError(Error, builtins.AssertionError, builtins.RuntimeError):
    """Modules do not go together, where PyTorch asserts that they do."""


class FileError(Error, builtins.ValueError, builtins.RuntimeError):
    """A file is cut off, damaged or of another format."""


class DownloadError(Error, builtins.OSError):
    """A file could not be fetched."""


class GradientError(Error, builtins.RuntimeError):
    """A derivative does not exist, or its graph is gone."""


class LinAlgError(Error, builtins.RuntimeError):
    """A matrix is singular, not positive-definite, or has no such decomposition for another reason."""


class AnomalyError(Error, builtins.RuntimeError):
    """A NaN, found inside `ravine.autograd.detect_anomaly()`."""


class OutOfMemoryError(Error, builtins.MemoryError, builtins.RuntimeError):
    """Memory ran out; nothing was lost."""


class StateError(Error, builtins.RuntimeError):
    """Something was asked at a time at which it has no meaning."""


class NoGradientWarning(UserWarning):
    """An optimizer has parameters that no gradient has ever reached: it cannot train them."""


def bounded(f: F) -> F:
    """A function that calls itself for what a container holds, and says so when that has no end."""

    def call(*args: Any, **keywords: Any) -> Any:
        try:
            return f(*args, **keywords)
        except RecursionError:
            raise ValueError(
                f"{f.__name__}: containers are nested too deep, or one holds itself. Take the part out that "
                "leads back"
            ) from None

    return wrapped(f, call)


def wrapped(f: F, call: Any) -> F:
    """`call` with what `f` tells about itself: functools.wraps, which would have to be imported."""
    call.__wrapped__ = f
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        setattr(call, name, getattr(f, name))
    return call


def check_keywords(kind: type, given: Iterable[str]) -> None:
    """Raise for a keyword that a class's `__init__` does not take, and say which one was probably meant."""
    error = unknown_keyword(kind.__name__, kind.__init__, given, 1)
    if error is not None:
        raise error


def unknown_keyword(name: str, function: Any, given: Iterable[str], skip: int = 0) -> TypeError | None:
    """The error of a keyword that no parameter of a function behind the first ones has, or None."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _TAKES_ANY:
        return None
    names = code.co_varnames[skip : code.co_argcount + code.co_kwonlyargcount]
    for keyword in given:
        if keyword not in names:
            import difflib

            close = difflib.get_close_matches(keyword, names, 1, 0.5)
            hint = f"Did you mean '{close[0]}'? " if close else ""
            listed = f"The arguments are {', '.join(names)}" if names else "It takes none"
            return TypeError(f"{name}: unknown argument '{keyword}'. {hint}{listed}")
    return None


_TAKES_ANY = 0x08  # inspect.CO_VARKEYWORDS
