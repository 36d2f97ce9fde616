"""Hooks of modules: around the backward pass and around saving and loading; and how they are taken off."""

from __future__ import annotations

import ravine as rv

from ... import _core
from ..._core import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from . import Module

__all__ = ["ModuleHooks", "RemovableHandle", "add_hook", "call_with_backward_hooks"]


class RemovableHandle:
    """Removes one hook: by :meth:`remove`, or at the end of a ``with`` block. Removing twice is harmless.

    >>> from ravine import nn
    >>> layer = nn.Identity()
    >>> with layer.register_forward_hook(lambda module, args, output: output + 1):
    ...     layer(1)
    2
    >>> layer(1)
    1
    """

    _next_id = 0

    def __init__(self, hooks: dict[int, Any]) -> None:
        self._hooks = hooks
        self.id = RemovableHandle._next_id
        RemovableHandle._next_id += 1

    def remove(self) -> None:
        """Take the hook off."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def add_hook(hooks: dict[int, Any], entry: Any, prepend: bool) -> RemovableHandle:
    """Put ``entry`` at the end (or the beginning) of ``hooks``, whose order is the order of the calls."""
    handle = RemovableHandle(hooks)
    rest = {}
    if prepend:
        rest = dict(hooks)
        hooks.clear()
    hooks[handle.id] = entry
    hooks.update(rest)
    return handle


class ModuleHooks:
    """The part of Module that registers hooks of the backward pass and of the state."""

    # (hook, whether it runs before the module's own backward)
    _backward_hooks: dict[int, tuple[Callable[..., Any], bool]]
    _state_hooks: dict[str, dict[int, Callable[..., Any]]]

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known.

        Both are tuples, of the gradients of the positional arguments and of the outputs, with None where
        there is none. What the hook returns, if not None, replaces ``grad_input``.

        Returns:
            A handle whose ``remove()`` takes the hook off.
        """
        return add_hook(self._backward_hooks, (hook, False), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` before the module's backward; what it returns replaces them."""
        return add_hook(self._backward_hooks, (hook, True), prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict`` reads the module."""
        return add_hook(self._state_hooks.setdefault("save", {}), hook, False)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` at the end; it may change the dict."""
        return add_hook(self._state_hooks.setdefault("saved", {}), hook, False)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, metadata, strict, missing, unexpected, errors)`` first.

        It may change the dict, for instance rename keys of an older version.
        """
        return add_hook(self._state_hooks.setdefault("load", {}), hook, False)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` at the end of loading; it may change the two lists."""
        return add_hook(self._state_hooks.setdefault("loaded", {}), hook, False)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """As :meth:`register_full_backward_hook`: PyTorch's older hook saw the gradients of the last op."""
        return self.register_full_backward_hook(hook)

    # PyTorch's private forms, which many public modules use.

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        """As the public form, but the hook is given the module only if ``with_module``."""
        return self.register_load_state_dict_pre_hook(hook if with_module else _WithoutModule(hook))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """As :meth:`register_state_dict_post_hook`; what the hook returns replaces the dict."""
        return add_hook(self._state_hooks.setdefault("replaced", {}), hook, False)

    def _run_state_hooks(self, kind: str, *arguments: Any) -> None:
        for hook in list(self._state_hooks.get(kind, {}).values()):
            hook(self, *arguments)


class _WithoutModule:
    """A hook that is called without the module. An object: a copy of the module copies the hook's owner."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, module: Module, *args: Any) -> Any:
        return self.hook(*args)


def call_with_backward_hooks(
    module: Module, hooks: list[Any], call: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
) -> Any:
    """A call of the module, between two nodes that hand gradients on and tell the hooks of them."""
    before = [hook for hook, early in hooks if early]
    after = [hook for hook, early in hooks if not early]
    places = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    of_outputs: tuple[Any, ...] | None = None

    def call_after(grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        if of_outputs is None:
            # What reached the inputs went past the outputs: a forward hook had kept what is before them.
            return grad_input
        for hook in after:
            changed = hook(module, grad_input, of_outputs)
            if changed is not None:
                changed = changed if isinstance(changed, tuple) else (changed,)
                if len(changed) != len(grad_input):
                    raise RuntimeError(
                        f"a backward hook returned {len(changed)} gradients for {len(grad_input)} inputs"
                    )
                grad_input = changed
        return grad_input

    def to_inputs(cotangents: tuple[Any, ...], needs: list[bool]) -> list[Any]:
        found: list[Any] = [None] * len(args)
        for i, g in zip(places, cotangents, strict=True):
            found[i] = g
        found = list(call_after(tuple(found)))
        return [found[i] for i in places]

    if places:
        renewed = list(args)
        for i, made in zip(places, _passed([args[i] for i in places], to_inputs), strict=True):
            renewed[i] = made
        args = tuple(renewed)
    output = call(*args, **kwargs)
    several = isinstance(output, (tuple, list))
    outputs = list(output) if several else [output]
    slots = [i for i, y in enumerate(outputs) if isinstance(y, Tensor) and y.requires_grad]

    def from_outputs(cotangents: tuple[Any, ...], needs: list[bool]) -> list[Any]:
        nonlocal of_outputs
        found: list[Any] = [None] * len(outputs)
        for i, g in zip(slots, cotangents, strict=True):
            found[i] = g
        for hook in before:
            changed = hook(module, tuple(found))
            if changed is not None:
                found = list(changed) if isinstance(changed, tuple) else [changed]
        of_outputs = tuple(found)
        if not places:  # nobody asks for gradients of the inputs
            call_after((None,) * len(args))
        return [found[i] for i in slots]

    if slots:
        for i, made in zip(slots, _passed([outputs[i] for i in slots], from_outputs), strict=True):
            outputs[i] = made
    return type(output)(outputs) if several else outputs[0]


def _passed(tensors: list[Tensor], vjp: Callable[..., Any]) -> list[Tensor]:
    """The same values under one node, whose reverse rule is ``vjp``; linear and elementwise otherwise."""

    def vmap(batched: list[bool], size: int, values: tuple[Tensor, ...]) -> list[Tensor]:
        pairs = zip(values, batched, strict=True)
        return [t if front else rv.expand(t, (size, *t.shape)) for t, front in pairs]

    plain = [t.detach() for t in tensors]
    return _core.record_custom(tensors, plain, lambda _, *given: vjp(*given), list, vmap)
