"""Convolutions, and the patches that they see."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare

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
