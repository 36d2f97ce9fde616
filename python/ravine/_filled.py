"""Tensors made from sizes and numbers, in further forms that PyTorch has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._declare import TOP, declare
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine._core import DeviceLike, Tensor, dtype


@declare(TOP)
def range(
    start: float,
    end: float,
    step: float = 1,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from `start` to `end`, which is one of them, unlike with `arange`; of the default dtype.

    Raises:
        ValueError: the step is 0, or leads away from the end.

    >>> ravine.range(1, 4)
    tensor([1., 2., 3., 4.])
    """
    if step == 0 or (end - start) * step < 0:
        raise ValueError(f"from {start} no steps of {step} lead to {end}. Change the sign of the step")
    count = int((end - start) / step) + 1
    kind = dtype or _core.get_default_dtype()
    wide = _core.float32 if kind.itemsize < 4 and kind.is_floating_point else kind
    steps = _ops.arange(0, count, dtype=wide, device=device)
    made = (steps * step + start).to(kind)
    return made.requires_grad_() if requires_grad else made


@declare(TOP)
def scalar_tensor(
    s: float,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number without dimensions, of the default dtype unless told otherwise.

    >>> ravine.scalar_tensor(3)
    tensor(3.)
    """
    kind = dtype or _core.get_default_dtype()
    return _ops.full((), s, dtype=kind, device=device, requires_grad=requires_grad)


@declare(TOP)
def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled; in which order its memory lies is the engine's affair. It starts with zeros.

    Raises:
        ShapeError: there is not one stride for each extent.

    >>> ravine.empty_strided((2, 3), (1, 2)).shape
    (2, 3)
    """
    if len(size) != len(stride):
        raise ShapeError(f"stride has {len(stride)} entries for the {len(size)} of size. Give one for each")
    kind = dtype or _core.get_default_dtype()
    return _ops.full(tuple(size), 0, dtype=kind, device=device, requires_grad=requires_grad)


@declare(TOP)
def empty_permuted(
    size: Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled; in which order its memory lies is the engine's affair. It starts with zeros.

    Raises:
        ValueError: the layout does not name each dimension once.

    >>> ravine.empty_permuted((2, 3), (1, 0)).shape
    (2, 3)
    """
    if sorted(physical_layout) != [d for d, _ in enumerate(size)]:
        raise ValueError(
            f"physical_layout={tuple(physical_layout)} must name each dimension of {tuple(size)} once"
        )
    kind = dtype or _core.get_default_dtype()
    return _ops.full(tuple(size), 0, dtype=kind, device=device, requires_grad=requires_grad)
