"""Flatten: several dimensions as one; Unflatten: one as several."""

from __future__ import annotations

from ..errors import DTypeError
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """Joins the dimensions ``start_dim`` to ``end_dim``, both included, into one; by default all but 0.

    Raises:
        Error: at the call, when a dimension is out of range or ``start_dim`` comes after ``end_dim``.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Flatten()(ravine.zeros(2, 3, 4, 5)).shape)
    (2, 60)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Splits dimension ``dim`` into several of the extents ``unflattened_size``, of which one may be -1.

    Raises:
        DTypeError: the extents are no ints.
        Error: at the call, when their product is another one.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Unflatten(1, (3, -1))(ravine.zeros(2, 12)).shape)
    (2, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)) or not all(
            isinstance(n, int) for n in unflattened_size
        ):
            raise DTypeError(
                f"Unflatten: unflattened_size must be a tuple of ints, but is {unflattened_size!r}"
            )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
