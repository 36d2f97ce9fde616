"""Hooks of optimizers: around steps, and around saving and loading."""

from __future__ import annotations

from ..errors import wrapped
from ..nn.module._hooks import RemovableHandle, add_hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = [
    "OptimizerHooks",
    "hooked",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
]

# Those of all optimizers.
_before_all: dict[int, Callable[..., Any]] = {}
_after_all: dict[int, Callable[..., Any]] = {}


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before the steps of all optimizers."""
    return add_hook(_before_all, hook, False)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after the steps of all optimizers."""
    return add_hook(_after_all, hook, False)


class OptimizerHooks:
    """The part of Optimizer that registers hooks, by kind."""

    _hooks: dict[str, dict[int, Callable[..., Any]]]

    def _add(self, kind: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        return add_hook(self._hooks.setdefault(kind, {}), hook, prepend)

    def _hooks_of(self, kind: str) -> list[Callable[..., Any]]:
        return list(self._hooks.get(kind, {}).values())

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before every step; it may return a new pair of the two.

        The first of ``args`` is the optimizer itself, as in PyTorch.

        Returns:
            A handle whose ``remove()`` takes the hook off.
        """
        return self._add("step", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after every step."""
        return self._add("stepped", hook)

    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(optimizer)`` before ``state_dict`` reads the state."""
        return self._add("save", hook, prepend)

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` at the end; what it returns, if not None, is the dict."""
        return self._add("saved", hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` first; what it returns, if not None, is loaded instead."""
        return self._add("load", hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(optimizer)`` when a state has been loaded."""
        return self._add("loaded", hook, prepend)


def hooked(step: Any) -> Any:
    """A class's ``step`` with the hooks around it, once where one step calls another."""

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True  # schedules warn who steps them first
        before, after = self._hooks.get("step"), self._hooks.get("stepped")
        if self._stepping or not (before or after or _before_all or _after_all):
            return step(self, *args, **kwargs)
        self._stepping = True
        args = (self, *args)
        try:
            for hook in [*_before_all.values(), *(before or {}).values()]:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"{type(self).__name__}.step: a pre-hook must return None or a tuple of "
                            f"(new_args, new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
            result = step(*args, **kwargs)
            for hook in [*(after or {}).values(), *_after_all.values()]:
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return wrapped(step, run)
