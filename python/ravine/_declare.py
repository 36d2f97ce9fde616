"""Where users find a function, declared once.

A function of the extension names its places in its record, one that is written in Python by `declare`:

    @declare(TOP, METHOD, in_place=True)
    def masked_fill(input: Tensor, mask: Tensor, value: float | Tensor) -> Tensor: ...

Modules, methods of `Tensor`, `__all__`, stubs, signatures and the names in errors follow from that.
"""

from __future__ import annotations

from ravine import _core
from ravine._arguments import wrong_argument
from ravine._core import Tensor, write_out
from ravine.errors import Error, unknown_keyword, wrapped

# Of `inspect`, whose import takes milliseconds.
CO_VARARGS = 0x04

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

TOP, METHOD, FUNCTIONAL = "ravine", "ravine.Tensor", "ravine.nn.functional"
LINALG, SPECIAL = "ravine.linalg", "ravine.special"
PLACES = (TOP, METHOD, FUNCTIONAL, LINALG, SPECIAL)

_functions: dict[str, dict[str, Any]] = {place: {} for place in PLACES}


def declare(*places: str, in_place: bool = False, of: str = "") -> Callable[[F], F]:
    """A function of Python stands in these places, and with `in_place` its twin `name_`, a method.

    As a method, its first parameter is `self`. Outside of methods and `nn.functional`, one that returns
    tensors takes `out`, into which they are written. Its errors bear its name, as by `named`; those of the
    function that it is a form `of` count as its own.
    """

    def put(function: F) -> F:
        found = named(function, of, out=_returns_tensors(function) and not _NO_OUT.issuperset(places))
        place(found, *places)
        if in_place:
            place(_twin(found), METHOD)
        return found

    return put


def place(function: Any, *places: str) -> None:
    """Puts a function, of Python or of the extension, where users find it."""
    name = function.__name__
    for where in places:
        _functions[where][name] = function
    if METHOD in places:
        setattr(Tensor, name, function)
    # The class of the extension's functions says "ravine" already.
    home = places[0] if places else TOP
    if home == METHOD:
        function.__module__, function.__qualname__ = TOP, f"Tensor.{name}"
    elif function.__module__ != home:
        function.__module__ = home


def later(methods: dict[str, str]) -> None:
    """Methods of `Tensor` whose modules are imported when one of their names is first asked for."""
    for name, module in methods.items():
        setattr(Tensor, name, _Later(name, module))


class _Later:
    """Stands for a method until its module, in declaring it, puts the method in its place."""

    def __init__(self, name: str, module: str) -> None:
        self.name, self.module = name, module

    def __get__(self, tensor: Tensor | None, kind: type[Tensor]) -> Any:
        from importlib import import_module

        import_module(f"ravine.{self.module}")
        return getattr(kind if tensor is None else tensor, self.name)


def names(where: str) -> dict[str, Any]:
    """The functions that users find in a place, by name."""
    return _functions[where]


_NO_OUT = {METHOD, FUNCTIONAL}


def _returns_tensors(function: Any) -> bool:
    returned = function.__annotations__.get("return", "")
    return returned.startswith(("Tensor", "tuple[Tensor", "Any")) and "out" not in function.__annotations__


_LAYOUT = ("layout", "memory_format", "pin_memory")
# NumPy's names for parameters.
_SAME = {"axis": "dim", "keepdims": "keepdim", "x": "input", "self": "input"}


def named(function: F, of: str = "", out: bool = False) -> F:
    """The function with its own name in front of its errors, whatever it calls; perhaps with `out`.

    An error of an op that was recorded earlier keeps that op's name. Python's errors about wrong types become
    ones that name the argument, where the annotation tells.
    """

    def call(*args: Any, **keywords: Any) -> Any:
        try:
            if out and "out" in keywords:
                into = keywords.pop("out")
                result = function(*args, **keywords)
                return result if into is None else write_out(result, into)
            return function(*args, **keywords)
        except Error as error:
            if not error.late:
                error.rename(function.__name__, of)
            raise
        except (AttributeError, LookupError, TypeError, ValueError):
            renamed = _renamed(function, keywords)
            if renamed.keys() != keywords.keys():
                return call(*args, **renamed)
            given = variadic(function, keywords)
            if given is not None:
                return call(*args, keywords.pop(given), **keywords)
            wrong = unknown_keyword(function.__name__, function, keywords)
            wrong = wrong or wrong_argument(function, args, keywords)
            if wrong is None:
                raise
            raise wrong from None

    return wrapped(function, _by_policy(function.__name__, call))


def variadic(function: Any, keywords: dict[str, Any]) -> str | None:
    """The keyword that gives by name what else is a row of positional arguments, such as a size."""
    code = function.__code__
    if not code.co_flags & CO_VARARGS:
        return None
    own = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
    return next((name for name in (own, "size", "shape") if name in keywords), None)


def _by_policy(name: str, call: Any) -> Any:
    """The call as it is while autocast is on, if that has a policy for the name."""
    if not _core.has_autocast_policy(name):
        return call

    def cast(*args: Any, **keywords: Any) -> Any:
        if _core.is_autocast_on():
            return _core.autocast_call(name, call, args, keywords)
        return call(*args, **keywords)

    return cast


def _renamed(function: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """The keywords with NumPy's names replaced by those of the function's parameters.

    Functions that make tensors take, and forget, how they are to lie in memory.
    """
    known = function.__annotations__
    if "device" in known:
        keywords = {name: value for name, value in keywords.items() if name in known or name not in _LAYOUT}

    def own(name: str) -> str:
        meant = _SAME.get(name, name)
        return meant if name not in known and meant in known and meant not in keywords else name

    return {own(name): value for name, value in keywords.items()}


def _twin(function: Any) -> Any:
    """The form that writes the result into the first argument and returns it."""

    def twin(input: Tensor, *args: Any, **keywords: Any) -> Tensor:
        return input.copy_(function.__wrapped__(input, *args, **keywords))

    name = function.__name__
    twin = wrapped(function.__wrapped__, twin)
    twin.__name__ = twin.__qualname__ = f"{name}_"
    twin.__doc__ = f"In-place form of `{name}`: writes the result into its first argument and returns it."
    return named(twin, name)


class Source(str):
    """The source of an annotation, which `str(signature)` prints as it is."""

    __repr__ = str.__str__


def signature(text: str) -> Signature:
    """Of `(input: Tensor, *, dim: int = 0) -> Tensor`; annotations stay source."""
    import inspect

    made: dict[str, Any] = {}
    exec(f"from __future__ import annotations\ndef function{text}: ...", made)
    found = inspect.signature(made["function"])
    parameters = [p.replace(annotation=Source(p.annotation)) for p in found.parameters.values()]
    return found.replace(parameters=parameters, return_annotation=Source(found.return_annotation))
