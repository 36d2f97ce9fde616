"""Pooling of volumes (N, C, D, H, W): planes first, then along the depth, for windows are boxes."""

from __future__ import annotations

from typing import overload

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ._sizes import batched, sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from ..._core import Tensor

    Pair = tuple[Tensor, Tensor]


def _split(input: Tensor) -> tuple[Tensor, Tensor]:
    """The volumes (N, C, D, H, W), and their slices (N C, D, H, W)."""
    x = batched(input, 3)
    return x, x.flatten(0, 1)


def _both(input: Tensor, planes: Callable[[Tensor], Pair], depths: Callable[[Tensor], Pair]) -> Pair:
    """Maxima of boxes and their places ``(d H + h) W + w``, by maxima of planes (.., H, W) and (.., D, P)."""
    x, slices = _split(input)
    height, width = x.shape[3:]
    values, inner = planes(slices)
    shape = values.shape
    values, outer = depths(values.flatten(2).unsqueeze(1))
    # Of equal elements both steps keep the first one, and so the first one of the box.
    places = rv.gather(inner.flatten(1), 1, outer.flatten(1))
    depth = outer.flatten(1) // (shape[2] * shape[3])
    places = depth * (height * width) + places
    size = (*x.shape[:2], -1, *shape[2:])
    values, places = values.reshape(size), places.reshape(size)
    return (values, places) if input.ndim == 5 else (values.squeeze(0), places.squeeze(0))


@overload
def max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest element of each box; see :class:`ravine.nn.MaxPool3d`.

    >>> import ravine
    >>> max_pool3d(ravine.arange(8.0).reshape(1, 2, 2, 2), 2).item()
    7.0
    """
    both = max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return both if return_indices else both[0]


@declare(FUNCTIONAL)
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """:func:`max_pool3d` with ``return_indices=True``.

    >>> import ravine
    >>> max_pool3d_with_indices(ravine.arange(8.0).reshape(1, 2, 2, 2), 2)[1].item()
    7
    """
    kernel, apart = sizes(kernel_size, 3, "kernel_size"), sizes(dilation, 3, "dilation")
    step, border = _steps(kernel, stride), sizes(padding, 3, "padding", 0)
    return _both(
        input,
        lambda x: rv.max_pool2d_with_indices(x, kernel[1:], step[1:], border[1:], apart[1:], ceil_mode),
        lambda x: rv.max_pool2d_with_indices(
            x, (kernel[0], 1), (step[0], 1), (border[0], 0), (apart[0], 1), ceil_mode
        ),
    )


def _steps(kernel: list[int], stride: int | Sequence[int] | None) -> list[int]:
    # PyTorch takes an empty stride for none, too.
    return kernel if stride is None or stride == () or stride == [] else sizes(stride, len(kernel), "stride")


@declare(FUNCTIONAL)
def avg_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each box; see :class:`ravine.nn.AvgPool3d`.

    >>> import ravine
    >>> avg_pool3d(ravine.arange(8.0).reshape(1, 2, 2, 2), 2).item()
    3.5
    """
    kernel = sizes(kernel_size, 3, "kernel_size")
    step, border = _steps(kernel, stride), sizes(padding, 3, "padding", 0)
    x, slices = _split(input)
    slices = slices.float() if input.dtype in (rv.float16, rv.bfloat16) else slices
    planes = rv.avg_pool2d(
        slices, kernel[1:], step[1:], border[1:], ceil_mode, count_include_pad, divisor_override
    )
    # The number of elements of a box is that of a plane times that along the depth, at borders as well.
    over = None if divisor_override is None else 1
    y = rv.avg_pool2d(
        planes.flatten(2).unsqueeze(1),
        (kernel[0], 1),
        (step[0], 1),
        (border[0], 0),
        ceil_mode,
        count_include_pad,
        over,
    )
    y = y.reshape(*x.shape[:2], -1, *planes.shape[2:]).to(input.dtype)
    return y if input.ndim == 5 else y.squeeze(0)


def _sizes(output_size: int | Sequence[int | None] | None) -> list[int]:
    """None, which keeps an extent, as the engine's -1."""
    given = output_size if isinstance(output_size, (tuple, list)) else [output_size]
    return sizes([-1 if n is None else n for n in given], 3, "output_size", -1)  # type: ignore[misc]


@declare(FUNCTIONAL)
def adaptive_avg_pool3d(input: Tensor, output_size: int | Sequence[int | None] | None) -> Tensor:
    """Means of as many boxes as asked for; see :class:`ravine.nn.AdaptiveAvgPool3d`.

    >>> import ravine
    >>> adaptive_avg_pool3d(ravine.arange(8.0).reshape(1, 2, 2, 2), (None, 1, 1)).flatten().tolist()
    [1.5, 5.5]
    """
    out = _sizes(output_size)
    x, slices = _split(input)
    slices = slices.float() if input.dtype in (rv.float16, rv.bfloat16) else slices
    planes = rv.adaptive_avg_pool2d(slices, out[1:])
    y = rv.adaptive_avg_pool2d(planes.flatten(2).unsqueeze(1), (out[0], -1))
    y = y.reshape(*x.shape[:2], -1, *planes.shape[2:]).to(input.dtype)
    return y if input.ndim == 5 else y.squeeze(0)


@overload
def adaptive_max_pool3d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool3d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def adaptive_max_pool3d(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = False
) -> Tensor | tuple[Tensor, Tensor]:
    """The greatest elements of as many boxes as asked for; see :class:`ravine.nn.AdaptiveMaxPool3d`.

    >>> import ravine
    >>> adaptive_max_pool3d(ravine.arange(8.0).reshape(1, 2, 2, 2), (None, 1, 1)).flatten().tolist()
    [3.0, 7.0]
    """
    both = adaptive_max_pool3d_with_indices(input, output_size)
    return both if return_indices else both[0]


@declare(FUNCTIONAL)
def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: int | Sequence[int | None] | None, return_indices: bool = True
) -> tuple[Tensor, Tensor]:
    """:func:`adaptive_max_pool3d` with ``return_indices=True``.

    >>> import ravine
    >>> adaptive_max_pool3d_with_indices(ravine.arange(8.0).reshape(1, 2, 2, 2), 1)[1].item()
    7
    """
    out = _sizes(output_size)
    return _both(
        input,
        lambda x: rv.adaptive_max_pool2d(x, out[1:]),
        lambda x: rv.adaptive_max_pool2d(x, (out[0], -1)),
    )
