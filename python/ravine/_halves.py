"""float16 and bfloat16, computed in float32 and rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor

if TYPE_CHECKING:
    from typing import Any

_HALVES = (_core.float16, _core.bfloat16)


def widened(*given: Any) -> tuple[Any, ...]:
    """What is given, tensors of half precision in float32; and last the dtype that the result is rounded to.

    That is None where nothing is rounded: where no tensor is half, or a wider one makes the result wide.

    >>> import ravine
    >>> x, step, to = widened(ravine.ones(2, dtype=ravine.float16), 0.5)
    >>> x.dtype, step, to
    (ravine.float32, 0.5, ravine.float16)
    """
    floats = {t.dtype for t in given if isinstance(t, Tensor) and t.dtype.is_floating_point}
    only = floats.pop() if len(floats) == 1 else None
    if only not in _HALVES:
        return *given, None
    return *(_wide(t) for t in given), only


def _wide(value: Any) -> Any:
    return value.to(_core.float32) if isinstance(value, Tensor) and value.dtype in _HALVES else value


def rounded(result: Tensor, to: Any) -> Tensor:
    """The result in the dtype that `widened` told."""
    return result if to is None else result.to(to)
