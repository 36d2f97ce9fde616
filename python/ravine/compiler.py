"""Nothing is compiled ahead: ops are fused as they are recorded, so a function is its own compiled form."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "allow_in_graph",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
]

if TYPE_CHECKING:

    @overload
    def compile(model: F, **options: Any) -> F: ...

    @overload
    def compile(model: None = None, **options: Any) -> Callable[[F], F]: ...


def compile(model: Any = None, **options: Any) -> Any:
    """The function or module itself, whatever the options; without one, a decorator that changes nothing.

    Ops are fused while they are recorded, in every program.

    Raises:
        TypeError: it is given something that cannot be called.

    >>> @ravine.compile(mode="max-autotune")
    ... def double(x):
    ...     return x * 2
    >>> double(ravine.ones(2)), ravine.compile(double) is double
    (tensor([2., 2.]), True)
    """
    if model is None:
        return lambda function: compile(function, **options)
    if not callable(model):
        from ravine.errors import DTypeError

        raise DTypeError(f"compile: expected a function or a module, got {type(model).__name__}")
    return model


def disable(fn: Any = None, recursive: bool = True, **options: Any) -> Any:
    """The function itself; without one, a decorator that changes nothing."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


def is_compiling() -> bool:
    """False: a function runs as it stands."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """Empty: there is nothing to choose."""
    return []


def reset() -> None:
    """Nothing: nothing was compiled."""


def cudagraph_mark_step_begin() -> None:
    """Nothing: there are no CUDA graphs."""
