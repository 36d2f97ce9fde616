"""The registry's functions, by name. `ravine._stubs` writes the list of them, `_ops.pyi`, for editors."""

from __future__ import annotations

from ravine import _core
from ravine._declare import place

_FUNCTIONS = {f.__name__: f for f in _core.functions()}
__all__ = list(_FUNCTIONS)  # pyright: ignore[reportUnsupportedDunderAll]
globals().update(_FUNCTIONS)

for _function in _FUNCTIONS.values():
    place(_function, *_function.places)
