"""Convolutions, and the patches that they see."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._sizes import batched, choice, sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._core import Tensor


@declare(FUNCTIONAL, of="im2col")
def unfold(
    input: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Every patch of an image as a column: (N, C, H, W) -> (N, C kh kw, L); see :class:`ravine.nn.Unfold`.

    >>> import ravine
    >>> unfold(ravine.arange(4.0).reshape(1, 2, 2), (1, 2)).tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """
    return rv.im2col(input, kernel_size, dilation, padding, stride)


@declare(FUNCTIONAL, of="col2im")
def fold(
    input: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Patches added up where they overlap, the transpose of :func:`unfold`; see :class:`ravine.nn.Fold`.

    >>> import ravine
    >>> fold(ravine.ones(2, 2), (1, 3), (1, 2)).tolist()
    [[[1.0, 2.0, 1.0]]]
    """
    return rv.col2im(input, output_size, kernel_size, dilation, padding, stride)


@declare(FUNCTIONAL)
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Three-dimensional convolution; formula and arguments at :class:`ravine.nn.Conv3d`.

    The slices that a kernel sees in depth become channels of one two-dimensional convolution.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), floating point.
        weight: (O, C / groups, kd, kh, kw).
        bias: (O,).
        stride: of the windows, an int or three.
        padding: zeros on both sides, an int or three; ``"same"`` keeps the extents, ``"valid"`` pads nothing.
        dilation: distance between the kernel's taps, an int or three.
        groups: input and output channels are split into this many independent convolutions.

    Raises:
        ShapeError: shapes that do not fit, or a kernel larger than the padded input.
        ValueError: ``"same"`` with a stride, or another word.

    >>> import ravine
    >>> conv3d(ravine.ones(1, 1, 2, 2, 2), ravine.ones(1, 1, 2, 1, 2)).tolist()
    [[[[[4.0], [4.0]]]]]
    """
    _check_volume(input, weight, bias, weight.shape[0] if weight.ndim else 0)
    if weight.shape[1] * groups != input.shape[-4]:
        raise ShapeError(
            f"input of shape {tuple(input.shape)} has {input.shape[-4]} channels, the weight of shape "
            f"{tuple(weight.shape)} takes {weight.shape[1]} in each of groups={groups}"
        )
    steps, taps = sizes(stride, 3, "stride"), sizes(dilation, 3, "dilation")
    spans = [d * (int(k) - 1) + 1 for d, k in zip(taps, weight.shape[2:], strict=True)]
    if isinstance(padding, str):
        choice("padding", padding, ("same", "valid"))
        if padding == "same" and steps != [1, 1, 1]:
            raise ValueError(f"padding='same' is for stride 1, not for stride {stride}")
        total = [s - 1 if padding == "same" else 0 for s in spans]
    else:
        total = [2 * p for p in sizes(padding, 3, "padding", 0)]
    sides = [n for t in reversed(total) for n in (t // 2, t - t // 2)]
    x = rv.pad(batched(input, 3), sides)
    if any(s > n for s, n in zip(spans, x.shape[2:], strict=True)):
        raise ShapeError(
            f"the kernel of shape {tuple(weight.shape[2:])} spans {tuple(spans)}, which is larger than the "
            f"padded input of {tuple(x.shape[2:])}"
        )
    # (N, D', C, kd, H, W): the slices that each place sees.
    seen = x.unfold(2, spans[0], steps[0])[..., :: taps[0]].permute(0, 2, 1, 5, 3, 4)
    count, depth = seen.shape[:2]
    flat = rv.conv2d(
        seen.flatten(2, 3).flatten(0, 1), weight.flatten(1, 2), bias, steps[1:], 0, taps[1:], groups
    )
    output = flat.reshape(count, depth, *flat.shape[1:]).transpose(1, 2)
    return output if input.ndim == 5 else output.squeeze(0)


@declare(FUNCTIONAL)
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of :func:`conv3d` in its input; formula and arguments at
    :class:`ravine.nn.ConvTranspose3d`.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), floating point.
        weight: (C, O / groups, kd, kh, kw).
        bias: (O,).
        stride: of the convolution, an int or three.
        padding: what is cut off on both sides, an int or three.
        output_padding: as much more at the ends, less than the stride or the dilation.
        groups: input and output channels are split into this many independent convolutions.
        dilation: distance between the kernel's taps, an int or three.

    Raises:
        ShapeError: shapes that do not fit.
        ValueError: sizes that are out of range.

    >>> import ravine
    >>> conv_transpose3d(ravine.ones(1, 1, 1, 1, 2), ravine.ones(1, 1, 1, 1, 2)).tolist()
    [[[[[1.0, 2.0, 1.0]]]]]
    """
    _check_volume(input, weight, bias, weight.shape[1] * groups if weight.ndim > 1 else 0)
    if weight.shape[0] != input.shape[-4]:
        raise ShapeError(
            f"input of shape {tuple(input.shape)} has {input.shape[-4]} channels, the weight of shape "
            f"{tuple(weight.shape)} takes {weight.shape[0]}"
        )
    steps, taps = sizes(stride, 3, "stride"), sizes(dilation, 3, "dilation")
    cut, more = sizes(padding, 3, "padding", 0), sizes(output_padding, 3, "output_padding", 0)
    if any(m >= max(s, d) for m, s, d in zip(more, steps, taps, strict=True)):
        raise ValueError(f"output_padding {more} must be less than the stride {steps} or the dilation {taps}")
    x, kernel = batched(input, 3), int(weight.shape[2])
    dtype = x.dtype
    if dtype in (rv.float16, rv.bfloat16):
        # Two sums follow one another: they are rounded once, at the end.
        x, weight = x.float(), weight.float()
        bias = None if bias is None else bias.float()
    count, depth = int(x.shape[0]), int(x.shape[2])
    planes = rv.conv_transpose2d(
        x.transpose(1, 2).flatten(0, 1),
        weight.flatten(1, 2),
        None,
        steps[1:],
        cut[1:],
        more[1:],
        groups,
        taps[1:],
    )
    height, width = planes.shape[2:]
    # Slices of depth that overlap are added up, as columns of patches are.
    columns = planes.reshape(count, depth, planes.shape[1], height * width).transpose(1, 2)
    whole = (depth - 1) * steps[0] + taps[0] * (kernel - 1) + 1
    added = rv.col2im(
        columns.flatten(2), (whole, height * width), (kernel, 1), (taps[0], 1), 0, (steps[0], 1)
    )
    output = rv.pad(added, (0, 0, -cut[0], more[0] - cut[0])).reshape(
        count, added.shape[1], -1, height, width
    )
    if bias is not None:
        output = output + bias.reshape(-1, 1, 1, 1)
    return (output if input.ndim == 5 else output.squeeze(0)).to(dtype)


def _check_volume(input: Tensor, weight: Tensor, bias: Tensor | None, outputs: int) -> None:
    batched(input, 3)
    if weight.ndim != 5 or 0 in weight.shape[2:]:
        raise ShapeError(
            f"weight has shape {tuple(weight.shape)}; it must have 5 dimensions (.., .., kd, kh, kw)"
        )
    if weight.dtype != input.dtype:
        raise DTypeError(
            f"input has dtype {input.dtype}, the weight {weight.dtype}; they must be equal. Convert one "
            f"with .to()"
        )
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise ShapeError(f"bias has shape {tuple(bias.shape)}; it must be ({outputs},), one for each channel")


@declare(FUNCTIONAL)
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """One-dimensional convolution over (T, B, C), time first.

    Args:
        input: (T, B, C), floating point.
        weight: (k, C, O).
        bias: (O,).
        pad: zeros before and after.

    Returns:
        (T', B, O) with ``T' = T + 2 pad - k + 1``.

    Raises:
        ShapeError: input or weight have not three dimensions, or do not fit.

    >>> import ravine
    >>> conv_tbc(ravine.ones(3, 1, 1), ravine.ones(2, 1, 1), ravine.zeros(1)).flatten().tolist()
    [2.0, 2.0]
    """
    if input.ndim != 3 or weight.ndim != 3:
        raise ShapeError(
            f"input and weight have shapes {tuple(input.shape)} and {tuple(weight.shape)}; they must be "
            "(T, B, C) and (k, C, O)"
        )
    return rv.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad).permute(2, 0, 1)
