"""What stands for elements that a mask leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._functions import _axis as axis
from ravine.errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine._core import Tensor, dtype


def filled(input: Tensor, mask: Tensor | None, value: float, into: dtype | None = None) -> Tensor:
    """The input in a dtype, with one number where the mask is false."""
    x = input if into is None or into == input.dtype else input.to(into)
    return x if mask is None else _ops.where(counted(input, mask), x, value).to(x.dtype)


def counted(input: Tensor, mask: Tensor | None) -> Tensor:
    """Which elements count, in the input's shape."""
    if mask is None:
        return _ops.full(tuple(input.shape), True, device=input.device)
    shape, wanted = tuple(mask.shape), tuple(input.shape)
    if len(shape) > len(wanted) or any(n not in (1, m) for n, m in zip(shape[::-1], wanted[::-1])):
        raise ShapeError(f"the mask of shape {shape} does not broadcast to the input's, {wanted}")
    return _ops.expand(mask.to(_core.bool), wanted)


def axes(input: Tensor, dim: int | Sequence[int] | None) -> list[int]:
    """The dimensions that are reduced, in order: all where none is named."""
    dims = (dim,) if isinstance(dim, int) else tuple(dim or ())
    if not dims or input.ndim == 0:
        return list(range(input.ndim))
    return sorted({axis(input, d) for d in dims})


def least(of: dtype) -> float:
    """What is never larger than a number of the dtype."""
    if of.is_floating_point:
        return -float("inf")
    return 0 if of in (_core.bool, _core.uint8) else -(2 ** (8 * of.itemsize - 1))


def most(of: dtype) -> float:
    """What is never smaller than a number of the dtype."""
    if of.is_floating_point:
        return float("inf")
    return 255 if of == _core.uint8 else 1 if of == _core.bool else -least(of) - 1


def floating(input: Tensor, into: dtype | None = None) -> dtype:
    """The result's dtype, which must be a floating one."""
    found = into or input.dtype
    if not found.is_floating_point:
        raise DTypeError(f"got {found}, needs a floating dtype. Pass one as dtype=")
    return found


def wide(of: dtype) -> dtype:
    """What a floating dtype is computed in."""
    return _core.float32 if of.itemsize < 4 else of
