"""Modules without the cost of their starting values."""

from __future__ import annotations

from inspect import signature
from typing import Any, TypeVar

from ..module import Module

__all__ = ["skip_init"]

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """A module of this class whose parameters are not drawn; they are zeros until they are loaded.

    Args:
        module_cls: takes ``device``, and hands it on to its parameters.
        *args: of the constructor.
        **kwargs: of the constructor; ``device`` is where the parameters are at last.

    Raises:
        RuntimeError: the class is no Module, or takes no ``device``.

    >>> from ravine import nn
    >>> skip_init(nn.Linear, 2, 1).weight.tolist()
    [[0.0, 0.0]]
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init: expected a Module, got {module_cls}")
    if "device" not in signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init: {module_cls.__name__} takes no 'device'. Make it without skip_init, or let its "
            "__init__ take device and hand it on to its parameters"
        )
    device = kwargs.pop("device", "cpu")
    return module_cls(*args, **kwargs, **{"device": "meta"}).to_empty(device=device)
