"""Hooks that are called when gradients have been added up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from ravine import _core
from ravine.errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ravine._core import Tensor

# Leaves that gradients have just come to, each with a hook that wants to know.
reached: list[tuple[Tensor, Callable[[Tensor], object]]] = []


def after_accumulation(leaf: Tensor, hook: Callable[[Tensor], object]) -> Any:
    """Calls `hook(leaf)` when `backward` has added to the leaf's `.grad`; returns what undoes it."""
    if not callable(hook):
        raise TypeError(f"the hook is a function of the tensor, not {type(hook).__name__}")
    if not (leaf.requires_grad and leaf.is_leaf):
        raise GradientError(
            "only a leaf that requires a gradient accumulates one. Use register_hook for others"
        )
    seen = ref(leaf)

    def note(_: Tensor) -> None:
        tensor = seen()
        if tensor is not None:
            reached.append((tensor, hook))

    return _core.register_hook(leaf, note)
