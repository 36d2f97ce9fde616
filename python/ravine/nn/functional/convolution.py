"""Convolutions, and the patches that they see."""

from __future__ import annotations

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._core import Tensor

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "fold", "unfold"]


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """One-dimensional convolution; see :class:`ravine.nn.Conv1d` for the formula.

    Args:
        input: (N, C, L) or (C, L), floating point.
        weight: (O, C / groups, k).
        bias: (O,).
        stride: an int.
        padding: an int, ``"same"`` or ``"valid"``.
        dilation: an int.
        groups: a divisor of C and O.

    Returns:
        (N, O, L') or (O, L').

    Raises:
        Error: an unknown word as padding, ``"same"`` with a stride, or shapes that do not fit.

    >>> import ravine
    >>> conv1d(ravine.ones(1, 3), ravine.ones(1, 1, 2)).tolist()
    [[2.0, 2.0]]
    """
    return rv.conv1d(input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Two-dimensional convolution; see :class:`ravine.nn.Conv2d` for the formula.

    Args:
        input: (N, C, H, W) or (C, H, W), floating point.
        weight: (O, C / groups, kh, kw).
        bias: (O,).
        stride: an int or a pair.
        padding: an int, a pair, ``"same"`` or ``"valid"``.
        dilation: an int or a pair.
        groups: a divisor of C and O.

    Returns:
        (N, O, H', W') or (O, H', W').

    Raises:
        Error: an unknown word as padding, ``"same"`` with a stride, or shapes that do not fit.

    >>> import ravine
    >>> conv2d(ravine.ones(1, 1, 3, 3), ravine.ones(1, 1, 2, 2)).tolist()
    [[[[4.0, 4.0], [4.0, 4.0]]]]
    """
    return rv.conv2d(input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of a one-dimensional convolution; see :class:`ravine.nn.ConvTranspose1d`.

    Args:
        input: (N, C, L) or (C, L), floating point.
        weight: (C, O / groups, k).
        bias: (O,).
        stride: an int; padding, output_padding and dilation likewise.
        padding: as many elements are cut off at each end.
        output_padding: as many elements more at the end.
        groups: a divisor of C and O.
        dilation: distance between the kernel's taps.

    Raises:
        Error: when the shapes do not fit, or ``output_padding`` is not less than stride or dilation.

    >>> import ravine
    >>> conv_transpose1d(ravine.ones(1, 2), ravine.ones(1, 1, 2)).tolist()
    [[1.0, 2.0, 1.0]]
    """
    return rv.conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of a two-dimensional convolution; see :class:`ravine.nn.ConvTranspose2d`.

    Args:
        input: (N, C, H, W) or (C, H, W), floating point.
        weight: (C, O / groups, kh, kw).
        bias: (O,).
        stride: an int or a pair; padding, output_padding and dilation likewise.
        padding: as many rows and columns are cut off on each side.
        output_padding: as many rows and columns more at the end.
        groups: a divisor of C and O.
        dilation: distance between the kernel's taps.

    Raises:
        Error: when the shapes do not fit, or ``output_padding`` is not less than stride or dilation.

    >>> import ravine
    >>> conv_transpose2d(ravine.ones(1, 1, 2), ravine.ones(1, 1, 1, 2)).tolist()
    [[[1.0, 2.0, 1.0]]]
    """
    return rv.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)


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
