"""Further forms of functions of the registry: the same name with other arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine._functions import unbind
from ravine.errors import DTypeError, ShapeError, ValueError

if TYPE_CHECKING:
    from typing import Any


@declare(TOP)
def where(condition: Tensor, input: Tensor | float | None = None, other: Tensor | float | None = None) -> Any:
    """Elements of `input` where a condition is true, else those of `other`; all three broadcast.

    Without `input` and `other` the places where the condition is not 0: an int64 vector of indices for each
    dimension. These are looked at.

    Raises:
        DTypeError: the condition is not bool.
        ValueError: one of input and other is given without the other one.

    >>> x = ravine.tensor([-1.0, 2.0])
    >>> ravine.where(x > 0, x, 0.0)
    tensor([0., 2.])
    >>> ravine.where(x > 0)
    (tensor([1]),)
    """
    if input is None and other is None:
        ranked = condition if condition.ndim else condition.reshape(1)
        return unbind(_ops.nonzero(ranked), 1)
    if input is None or other is None:
        raise ValueError("one of input and other is given; pass both, or the condition alone for its places")
    return _ops.where(condition, input, other)


@declare(TOP, METHOD)
def repeat_interleave(
    input: Tensor,
    repeats: int | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element, or each index of dimension `dim`, as often as `repeats` says, one after the other.

    Args:
        input: any shape; flattened without `dim`. Alone, it is the repeats, and its places are repeated.
        repeats: a number for all, or a vector with one for each.
        dim: the dimension.
        output_size: the extent of the result, so that repeats need not be looked at.

    Raises:
        DTypeError: repeats are no integers.
        ShapeError: there is not one number for each index.

    >>> ravine.repeat_interleave(ravine.tensor([7, 8]), 2)
    tensor([7, 7, 8, 8])
    >>> ravine.repeat_interleave(ravine.tensor([1, 2]))
    tensor([0, 1, 1])
    """
    if repeats is not None:
        return _ops.repeat_interleave(input, repeats, dim, output_size=output_size)
    if input.dtype not in (_core.int64, _core.int32):
        raise DTypeError(
            f"repeats are {input.dtype}; numbers of times are int64 or int32. Convert with .long()"
        )
    if input.ndim != 1:
        raise ShapeError(f"repeats of shape {tuple(input.shape)} must be a vector, one number for each place")
    places = _ops.arange(0, input.numel(), dtype=input.dtype, device=input.device)
    return _ops.repeat_interleave(places, input, 0, output_size=output_size)
