"""Flatten: several dimensions as one."""

from __future__ import annotations

from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["Flatten"]


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
