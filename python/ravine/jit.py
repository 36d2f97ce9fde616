"""TorchScript's names. What marks functions for it does nothing; what makes or reads its programs raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine._refused import refused

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Final",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "freeze",
    "fuser",
    "ignore",
    "is_scripting",
    "is_tracing",
    "load",
    "optimize_for_inference",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
]

_WHY = "there is no TorchScript. Ops are fused as they are recorded; call the function or module as it is"
script = refused("jit.script", _WHY)
trace = refused("jit.trace", _WHY)
trace_module = refused("jit.trace_module", _WHY)
script_method = refused("jit.script_method", _WHY)
freeze = refused("jit.freeze", _WHY)
optimize_for_inference = refused("jit.optimize_for_inference", _WHY)
fuser = refused("jit.fuser", _WHY)
save = refused("jit.save", "there is no TorchScript. Save .state_dict() with ravine.save")
load = refused("jit.load", "there is no TorchScript. Load a state dict, into a module of the same class")


class ScriptModule:
    """No module is one: `isinstance(module, ravine.jit.ScriptModule)` is False."""


class ScriptFunction:
    """No function is one."""


class Final:
    """An annotation: `Final[int]`."""

    def __class_getitem__(cls, kind: Any) -> Any:
        return kind


def is_scripting() -> bool:
    """False.

    >>> import ravine
    >>> ravine.jit.is_scripting()
    False
    """
    return False


is_tracing = is_scripting


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value."""
    return the_value


def export(fn: Any) -> Any:
    """The function itself."""
    return fn


def script_if_tracing(fn: Any) -> Any:
    """The function itself."""
    return fn


def unused(fn: Any) -> Any:
    """The function itself."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself, also as `ignore(drop=True)(function)`."""
    return drop if callable(drop) else lambda function: function
