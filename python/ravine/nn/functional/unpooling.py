"""Poolings of other kinds: their partial inverse, windows drawn at random, and power means."""

from __future__ import annotations

from math import prod
from typing import overload

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._sizes import batched, sizes
from .volume import avg_pool3d

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from ..._core import Tensor

    Size = int | Sequence[int]


def _unpool(
    input: Tensor,
    indices: Tensor,
    spatial: int,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    output_size: Sequence[int] | None,
) -> Tensor:
    x = batched(input, spatial)
    kernel = sizes(kernel_size, spatial, "kernel_size")
    step = kernel if stride is None else sizes(stride, spatial, "stride")
    border = sizes(padding, spatial, "padding", 0)
    if indices.shape != input.shape:
        raise ShapeError(
            f"input has shape {tuple(input.shape)}, the indices {tuple(indices.shape)}; there must be one "
            f"for "
            "each element"
        )
    usual = [
        (int(n) - 1) * s - 2 * p + k for n, s, p, k in zip(x.shape[2:], step, border, kernel, strict=True)
    ]
    wanted = usual if output_size is None else [int(n) for n in output_size][-spatial:]
    if output_size is not None and len(output_size) not in (spatial, input.ndim):
        raise ValueError(
            f"output_size {tuple(output_size)} has not {spatial} numbers, nor those of the input's shape"
        )
    if any(abs(w - u) >= s for w, u, s in zip(wanted, usual, step, strict=True)):
        raise ValueError(f"output_size {wanted} is not within the stride {step} of {usual}")
    count = prod(wanted)
    places = indices.reshape(*x.shape[:2], -1)
    output = rv.scatter(x.new_zeros(*x.shape[:2], count), 2, places, x.flatten(2)).reshape(
        *x.shape[:2], *wanted
    )
    return output if input.ndim == spatial + 2 else output.squeeze(0)


@declare(FUNCTIONAL)
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they came from, zeros elsewhere; see :class:`ravine.nn.MaxUnpool1d`.

    >>> import ravine
    >>> max_unpool1d(ravine.tensor([[3.0, 2.0]]), ravine.tensor([[1, 2]]), 2).tolist()
    [[0.0, 3.0, 2.0, 0.0]]
    """
    return _unpool(input, indices, 1, kernel_size, stride, padding, output_size)


@declare(FUNCTIONAL)
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they came from, zeros elsewhere; see :class:`ravine.nn.MaxUnpool2d`.

    >>> import ravine
    >>> max_unpool2d(ravine.tensor([[[3.0]]]), ravine.tensor([[[2]]]), 2).tolist()
    [[[0.0, 0.0], [3.0, 0.0]]]
    """
    return _unpool(input, indices, 2, kernel_size, stride, padding, output_size)


@declare(FUNCTIONAL)
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they came from, zeros elsewhere; see :class:`ravine.nn.MaxUnpool3d`.

    >>> import ravine
    >>> max_unpool3d(ravine.tensor([[[[3.0]]]]), ravine.tensor([[[[5]]]]), 2).flatten().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0]
    """
    return _unpool(input, indices, 3, kernel_size, stride, padding, output_size)


def _fractional(
    input: Tensor,
    spatial: int,
    kernel_size: Size,
    output_size: Size | None,
    output_ratio: float | Sequence[float] | None,
    samples: Tensor | None,
) -> tuple[Tensor, Tensor]:
    x = batched(input, spatial)
    count, channels = x.shape[:2]
    extents = [int(n) for n in x.shape[2:]]
    kernel = sizes(kernel_size, spatial, "kernel_size")
    if (output_size is None) == (output_ratio is None):
        raise ValueError("give one of output_size and output_ratio")
    if output_ratio is not None:
        one = isinstance(output_ratio, (int, float))
        ratios = [float(output_ratio)] * spatial if one else [float(r) for r in output_ratio]
        if len(ratios) != spatial or not all(0 < r < 1 for r in ratios):
            raise ValueError(
                f"output_ratio is {output_ratio}; it must be between 0 and 1, for {spatial} dimensions"
            )
        output_size = [int(n * r) for n, r in zip(extents, ratios, strict=True)]
    wanted = sizes(output_size, spatial, "output_size")  # type: ignore[arg-type]
    if any(w + k - 1 > n for w, k, n in zip(wanted, kernel, extents, strict=True)):
        raise ShapeError(
            f"{wanted} windows of {kernel} do not fit into the extents {extents}; output_size + "
            f"kernel_size - 1 "
            "may be the extent at most"
        )
    if samples is None:
        samples = rv.rand(count, channels, spatial, dtype=rv.float32, device=x.device)
    elif tuple(samples.shape) != (count, channels, spatial):
        raise ShapeError(
            f"_random_samples has shape {tuple(samples.shape)}; it must be "
            f"{(int(count), int(channels), spatial)}"
        )
    places = None
    for axis in range(spatial):
        # PyTorch's draws for planes are (horizontal, vertical), those for volumes (depth, height, width).
        draw = samples[:, :, axis if spatial == 3 else 1 - axis]
        line = _starts(draw, extents[axis], wanted[axis], kernel[axis]).unsqueeze(3)
        line = line + rv.arange(kernel[axis], device=x.device)
        shape = [1] * (2 * spatial)
        shape[axis], shape[spatial + axis] = wanted[axis], kernel[axis]
        line = line.reshape(count, channels, *shape)
        places = line if places is None else places * extents[axis] + line
    assert places is not None
    windows = places.reshape(count, channels, prod(wanted), prod(kernel))
    seen = rv.gather(x.flatten(2), 2, windows.flatten(2)).reshape(windows.shape)
    best = rv.argmax(seen.detach(), 3, keepdim=True)
    values, found = rv.gather(seen, 3, best), rv.gather(windows, 3, best)
    values, found = (t.reshape(count, channels, *wanted) for t in (values, found))
    return (values, found) if input.ndim == spatial + 2 else (values.squeeze(0), found.squeeze(0))


def _starts(draw: Tensor, extent: int, count: int, kernel: int) -> Tensor:
    """Where the windows begin: (N, C, count), increasing, the last one at the end (Graham, 2014)."""
    last = rv.full((*draw.shape, 1), extent - kernel, dtype=rv.int64, device=draw.device)
    if count == 1:
        return last
    alpha = (extent - kernel) / (count - 1)
    draw = draw.unsqueeze(2)
    steps = rv.arange(count - 1, dtype=draw.dtype, device=draw.device)
    starts = rv.floor((steps + draw) * alpha) - rv.floor(draw * alpha)
    return rv.cat([starts.long(), last], 2)


@overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, Tensor]:
    """Maxima of windows at random distances; see :class:`ravine.nn.FractionalMaxPool2d`.

    >>> import ravine
    >>> fractional_max_pool2d(ravine.arange(9.0).reshape(1, 3, 3), 2, 1).item()
    8.0
    """
    both = _fractional(input, 2, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]


@declare(FUNCTIONAL)
def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = True,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """:func:`fractional_max_pool2d` with ``return_indices=True``.

    >>> import ravine
    >>> fractional_max_pool2d_with_indices(ravine.arange(9.0).reshape(1, 3, 3), 2, 1)[1].item()
    8
    """
    return _fractional(input, 2, kernel_size, output_size, output_ratio, _random_samples)


@overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, Tensor]: ...
@declare(FUNCTIONAL)
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, Tensor]:
    """Maxima of boxes at random distances; see :class:`ravine.nn.FractionalMaxPool3d`.

    >>> import ravine
    >>> fractional_max_pool3d(ravine.arange(27.0).reshape(1, 3, 3, 3), 2, 1).item()
    26.0
    """
    both = _fractional(input, 3, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]


@declare(FUNCTIONAL)
def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int] | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = True,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """:func:`fractional_max_pool3d` with ``return_indices=True``.

    >>> import ravine
    >>> fractional_max_pool3d_with_indices(ravine.arange(27.0).reshape(1, 3, 3, 3), 2, 1)[1].item()
    26
    """
    return _fractional(input, 3, kernel_size, output_size, output_ratio, _random_samples)


def _power(means: Tensor, norm_type: float, count: int) -> Tensor:
    """The root of the sums that the means are of; as in PyTorch 0 where an odd power sums to less."""
    return rv.pow(rv.sign(means) * rv.relu(rv.abs(means)) * count, 1.0 / norm_type)


def _exponent(norm_type: float) -> float:
    if isinstance(norm_type, str) or not hasattr(norm_type, "__float__"):
        raise DTypeError(f"norm_type is {norm_type!r}; it must be a number")
    if norm_type == 0:
        raise ValueError("norm_type is 0; the root of that order does not exist")
    return float(norm_type)


@declare(FUNCTIONAL)
def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``(sum over the window of x^p)^(1/p)``; see :class:`ravine.nn.LPPool1d`.

    >>> import ravine
    >>> lp_pool1d(ravine.tensor([[3.0, 4.0]]), 2, 2).tolist()
    [[5.0]]
    """
    p, kernel = _exponent(norm_type), sizes(kernel_size, 1, "kernel_size")
    means = rv.avg_pool1d(rv.pow(input, p), kernel, stride, 0, ceil_mode)
    return _power(means, p, kernel[0])


@declare(FUNCTIONAL)
def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``(sum over the window of x^p)^(1/p)``; see :class:`ravine.nn.LPPool2d`.

    >>> import ravine
    >>> lp_pool2d(ravine.tensor([[[3.0, 4.0], [0.0, 0.0]]]), 2, 2).tolist()
    [[[5.0]]]
    """
    p, kernel = _exponent(norm_type), sizes(kernel_size, 2, "kernel_size")
    means = rv.avg_pool2d(rv.pow(input, p), kernel, stride, 0, ceil_mode)
    return _power(means, p, prod(kernel))


@declare(FUNCTIONAL)
def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``(sum over the box of x^p)^(1/p)``; see :class:`ravine.nn.LPPool3d`.

    >>> import ravine
    >>> lp_pool3d(ravine.tensor([[[[3.0, 4.0]]]]), 2, (1, 1, 2)).tolist()
    [[[[5.0]]]]
    """
    p, kernel = _exponent(norm_type), sizes(kernel_size, 3, "kernel_size")
    return _power(avg_pool3d(rv.pow(input, p), kernel, stride, 0, ceil_mode), p, prod(kernel))
