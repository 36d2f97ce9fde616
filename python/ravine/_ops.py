"""The registry's functions, by name. `ravine._stubs` writes the list of them, `_ops.pyi`, for editors."""

from __future__ import annotations

from ravine import _core

_FUNCTIONS = {f.__name__: f for f in _core.functions()}
__all__ = list(_FUNCTIONS)  # pyright: ignore[reportUnsupportedDunderAll]
globals().update(_FUNCTIONS)

# Methods of Tensor; names that Python code refines are attached after these, in `_tensor`.
for _name, _function in _FUNCTIONS.items():
    if _function.is_method:
        setattr(_core.Tensor, _name, _function)
