"""Pooling: maxima and means over windows that slide, or that adapt to the input."""

from __future__ import annotations

from typing import overload

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from ..._core import Tensor


@overload
def max_pool1d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool1d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def max_pool1d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest element of each window; see :class:`ravine.nn.MaxPool1d`.

    >>> import ravine
    >>> max_pool1d(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[3.0, 2.0]]
    """
    pool = rv.max_pool1d_with_indices if return_indices else rv.max_pool1d
    return pool(input, kernel_size, stride, padding, dilation, ceil_mode)


@overload
def max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest element of each window; see :class:`ravine.nn.MaxPool2d`.

    >>> import ravine
    >>> max_pool2d(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2).tolist()
    [[[3.0]]]
    """
    pool = rv.max_pool2d_with_indices if return_indices else rv.max_pool2d
    return pool(input, kernel_size, stride, padding, dilation, ceil_mode)


@declare(FUNCTIONAL)
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """:func:`max_pool1d` with ``return_indices=True``.

    >>> import ravine
    >>> max_pool1d_with_indices(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)[1].tolist()
    [[1, 2]]
    """
    return rv.max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


@declare(FUNCTIONAL)
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """:func:`max_pool2d` with ``return_indices=True``.

    >>> import ravine
    >>> max_pool2d_with_indices(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)[1].tolist()
    [[[1]]]
    """
    return rv.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)


def _sizes(output_size: int | Sequence[int | None] | None) -> int | list[int]:
    """None, which keeps an extent, as the engine's -1."""
    if isinstance(output_size, int):
        return output_size
    if isinstance(output_size, (float, str)):
        raise DTypeError(f"output_size consists of ints, not {type(output_size).__name__}")
    if output_size is None:
        return -1
    return [-1 if size is None else int(size) for size in output_size]


@declare(FUNCTIONAL)
def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int | None] | None) -> Tensor:
    """Means of as many windows as asked for; see :class:`ravine.nn.AdaptiveAvgPool2d`.

    >>> import ravine
    >>> adaptive_avg_pool2d(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]]), (None, 1)).tolist()
    [[[2.0], [1.0]]]
    """
    return rv.adaptive_avg_pool2d(input, _sizes(output_size))


@overload
def adaptive_max_pool1d(
    input: Tensor, output_size: int | Sequence[int], return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool1d(
    input: Tensor, output_size: int | Sequence[int], return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def adaptive_max_pool1d(
    input: Tensor, output_size: int | Sequence[int], return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest elements of as many windows as asked for; see :class:`ravine.nn.AdaptiveMaxPool1d`.

    >>> import ravine
    >>> adaptive_max_pool1d(ravine.tensor([[1.0, 3.0, 2.0]]), 2).tolist()
    [[3.0, 3.0]]
    """
    both = rv.adaptive_max_pool1d(input, output_size)
    return both if return_indices else both[0]


@overload
def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest elements of as many windows as asked for; see :class:`ravine.nn.AdaptiveMaxPool2d`.

    >>> import ravine
    >>> adaptive_max_pool2d(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]]), (None, 1)).tolist()
    [[[3.0], [2.0]]]
    """
    both = rv.adaptive_max_pool2d(input, _sizes(output_size))
    return both if return_indices else both[0]


@declare(FUNCTIONAL)
def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: int | Sequence[int], return_indices: bool = True
) -> tuple[Tensor, Tensor]:
    """:func:`adaptive_max_pool1d` with ``return_indices=True``.

    >>> import ravine
    >>> adaptive_max_pool1d_with_indices(ravine.tensor([[1.0, 3.0, 2.0]]), 2)[1].tolist()
    [[1, 1]]
    """
    return rv.adaptive_max_pool1d(input, output_size)


@declare(FUNCTIONAL)
def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = True
) -> tuple[Tensor, Tensor]:
    """:func:`adaptive_max_pool2d` with ``return_indices=True``.

    >>> import ravine
    >>> adaptive_max_pool2d_with_indices(ravine.tensor([[[1.0, 3.0], [2.0, 0.0]]]), 1)[1].tolist()
    [[[1]]]
    """
    return rv.adaptive_max_pool2d(input, _sizes(output_size))
