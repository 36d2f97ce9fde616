"""Normalisation, by statistics and by length."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor


@declare(FUNCTIONAL)
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float | Tensor = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * weight + bias`` for each channel; see :class:`ravine.nn.BatchNorm2d`.

    Args:
        input: (N, C, ...), floating point.
        running_mean: (C,); with ``training`` it moves towards the mean of the input, else it is the mean.
        running_var: (C,); with ``training`` it moves towards the unbiased variance, else it is the variance.
        weight: (C,).
        bias: (C,).
        training: whether mean and (biased) variance are those of the input.
        momentum: the share of the new statistics in the running ones.
        eps: added to the variance.

    Raises:
        ValueError: with ``training``, when a channel has one value only; without, when there are no running
            statistics.
        Error: when shapes or dtypes do not fit.

    >>> import ravine
    >>> mean, var = ravine.zeros(1), ravine.ones(1)
    >>> batch_norm(ravine.tensor([[1.0], [3.0]]), mean, var, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    >>> mean, var
    (tensor([0.2000]), tensor([1.1000]))
    """
    _check_statistics(input, running_mean, running_var)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("without training, running_mean and running_var are needed")
        return rv.batch_norm_fixed(input, running_mean, running_var, weight, bias, eps)
    output, mean, var = rv.batch_norm_moments(input, weight, bias, eps)
    _track(running_mean, running_var, mean, var, momentum, input.numel() // max(input.shape[1], 1))
    return output


@declare(FUNCTIONAL)
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float | Tensor = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Zero mean and unit variance for each channel of each sample; see :class:`ravine.nn.InstanceNorm2d`.

    Args:
        input: (N, C, d1, ...), floating point.
        running_mean: (C,); moves towards the mean over samples of the means, or is the mean.
        running_var: (C,); moves towards the mean over samples of the unbiased variances, or is the variance.
        weight: (C,).
        bias: (C,).
        use_input_stats: whether mean and variance are those of the input.
        momentum: the share of the new statistics in the running ones.
        eps: added to the variance.

    Raises:
        ValueError: when a channel of a sample has one value only, or statistics are needed and missing.
        Error: when shapes or dtypes do not fit.

    >>> import ravine
    >>> instance_norm(ravine.tensor([[[0.0, 2.0], [5.0, 5.0]]])).tolist()[0][1]
    [0.0, 0.0]
    """
    _check_statistics(input, running_mean, running_var)
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ValueError("without the input's statistics, running ones are needed")
        return rv.batch_norm_fixed(input, running_mean, running_var, weight, bias, eps)
    values = 1
    for extent in input.shape[2:]:
        values *= extent
    if values <= 1:
        raise ValueError(f"more than 1 value per channel is needed, the input is {tuple(input.shape)}")
    if running_mean is not None or running_var is not None:
        over = tuple(range(2, input.ndim))
        detached = input.detach()
        mean, var = detached.mean(over).mean(0), detached.var(over, correction=0).mean(0)
        _track(running_mean, running_var, mean, var, momentum, values)
    return rv.group_norm(input, max(input.shape[1], 1), weight, bias, eps)


@declare(FUNCTIONAL)
def normalize(
    input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12, out: None = None
) -> Tensor:
    """``x / max(norm, eps)`` with the p-norm along ``dim``, so that vectors get length 1.

    Args:
        input: any shape, floating point.
        p: the exponent of the norm: a positive number, infinity included.
        dim: the dimension, or dimensions, of the vectors.
        eps: the smallest divisor.
        out: not offered.

    Raises:
        ValueError: ``p`` is not positive.
        NotImplementedError: ``out`` is given.

    >>> import ravine
    >>> normalize(ravine.tensor([3.0, 4.0]), dim=0)
    tensor([0.6000, 0.8000])
    """
    if out is not None:
        raise NotImplementedError("normalize: out is not offered; assign the result")
    if isinstance(p, str) or not p > 0:
        raise ValueError(f"p is {p}; it must be positive")
    # A norm may leave the range of half precision where the quotient does not, and eps may be 0 in it.
    wide = input.float() if input.dtype in (rv.float16, rv.bfloat16) else input
    return (wide / rv.clamp(rv.norm(wide, p, dim, keepdim=True), min=eps)).to(input.dtype)


@declare(FUNCTIONAL)
def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Each element by a power of the squares in neighbouring channels; see
    :class:`ravine.nn.LocalResponseNorm`.

    Raises:
        ShapeError: the input has fewer than three dimensions.
        ValueError: ``size`` is below 1.

    >>> import ravine
    >>> local_response_norm(ravine.full((1, 1, 1), 2.0), 1, alpha=0.75, beta=1.0).item()
    0.5
    """
    if input.ndim < 3:
        raise ShapeError(
            f"input has shape {tuple(input.shape)}; it must be (N, C, ...) of 3 dimensions or more"
        )
    if size < 1:
        raise ValueError(f"size is {size}; it must be at least 1")
    if input.numel() == 0:
        return input
    wide = input.float() if input.dtype in (rv.float16, rv.bfloat16) else input
    squares = (wide * wide).reshape(input.shape[0], 1, input.shape[1], -1)
    # Before the channel lie size // 2 others.
    squares = rv.pad(squares, (0, 0, size // 2, (size - 1) // 2))
    means = rv.avg_pool2d(squares, (size, 1), 1).reshape(input.shape)
    return (wide / rv.pow(means * alpha + k, beta)).to(input.dtype)


def _check_statistics(input: Tensor, *statistics: Tensor | None) -> None:
    if input.ndim < 2:
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, C, ...)")
    for name, value in zip(("running_mean", "running_var"), statistics, strict=True):
        if value is not None and tuple(value.shape) != (input.shape[1],):
            raise ShapeError(
                f"{name} has shape {tuple(value.shape)}, the input of shape {tuple(input.shape)} has "
                f"{input.shape[1]} channels{channels_last(input, value.shape[0])}"
            )


def channels_last(input: Tensor, expected: int) -> str:
    """What to do about an input whose channels lie last, for an error; nothing if they do not."""
    order = {3: "0, 2, 1", 4: "0, 3, 1, 2"}.get(input.ndim)
    if order is None or input.shape[-1] != expected:
        return ""
    return f". The channels seem to come last here: pass input.permute({order})"


def _track(
    running_mean: Tensor | None,
    running_var: Tensor | None,
    mean: Tensor,
    var: Tensor,
    momentum: float | Tensor,
    count: int,
) -> None:
    """Move the running statistics; where one is missing, a stand-in takes its place."""
    if running_mean is None and running_var is None:
        return
    with rv.no_grad():
        rv.batch_norm_track_(
            rv.zeros_like(mean) if running_mean is None else running_mean,
            rv.zeros_like(var) if running_var is None else running_var,
            mean,
            var,
            momentum,
            count,
        )
