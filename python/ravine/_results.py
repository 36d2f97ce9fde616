"""Results that have names, as `torch.return_types` has them."""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


@cache
def _kind(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


def named_results(name: str, **results: Any) -> Any:
    """A tuple of the type of that name.

    >>> named_results("mode", values=1, indices=2)
    mode(values=1, indices=2)
    """
    return _kind(name, tuple(results))(**results)
