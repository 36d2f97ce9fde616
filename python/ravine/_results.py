"""Results that have names, as `torch.return_types` has them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_kinds: dict[str, Any] = {}


def _kind(name: str, fields: list[str]) -> Any:
    if name not in _kinds:
        # Not at the top: `import ravine` stays fast.
        from collections import namedtuple

        _kinds[name] = namedtuple(name, fields)
    return _kinds[name]


def named_results(name: str, **results: Any) -> Any:
    """A tuple of the type of that name.

    >>> named_results("mode", values=1, indices=2)
    mode(values=1, indices=2)
    """
    return _kind(name, list(results))(**results)
