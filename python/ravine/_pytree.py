"""Nested tuples, lists and dicts of tensors, as transforms take and give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine._core import Tensor
from ravine.errors import bounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


@bounded
def flatten(tree: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The leaves in a fixed order, and the function that puts such a list back into shape.

    >>> leaves, build = flatten({"b": 1, "a": (2, [3])})
    >>> leaves
    [2, 3, 1]
    >>> build([x * 10 for x in leaves])
    {'b': 10, 'a': (20, [30])}
    """
    leaves: list[Any] = []
    build = _take(tree, leaves)
    return leaves, lambda values: build(iter(values))


# Not a function inside of `flatten`: one that calls itself is a cycle, and would keep the leaves until the
# next garbage collection.
def _take(node: Any, leaves: list[Any]) -> Callable[[Any], Any]:
    """Append the leaves of `node`, and return what builds such a tree from an iterator."""
    if isinstance(node, (tuple, list)):
        parts = [_take(x, leaves) for x in node]
        fields = hasattr(node, "_fields")
        kind = type(node)
        return lambda it: kind(*(p(it) for p in parts)) if fields else kind(p(it) for p in parts)
    if isinstance(node, dict):
        # Sorted where possible, so that equal dicts flatten alike whatever their order of insertion.
        keys = sorted(node) if all(isinstance(k, str) for k in node) else list(node)
        parts = {k: _take(node[k], leaves) for k in keys}
        return lambda it: _in_order(node, {k: p(it) for k, p in parts.items()})
    leaves.append(node)
    return next


def _in_order(like: dict[Any, Any], values: dict[Any, Any]) -> dict[Any, Any]:
    return type(like)((k, values[k]) for k in like)


def tensors(tree: Any, what: str) -> tuple[list[Tensor], Callable[[list[Any]], Any]]:
    """As `flatten`, for trees whose leaves must be tensors."""
    leaves, build = flatten(tree)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            got = type(leaf).__name__
            raise TypeError(f"{what} must consist of tensors (nested in tuples, lists and dicts), got {got}")
    return leaves, build


def map_leaves(f: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with `f` applied to every leaf."""
    leaves, build = flatten(tree)
    return build([f(x) for x in leaves])
