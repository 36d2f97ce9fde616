"""The handle with which a hook is taken off again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["RemovableHandle", "add_hook"]


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
