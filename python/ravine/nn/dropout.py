"""Dropout."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["Dropout"]


class Dropout(Module):
    """While training, sets elements to 0 with probability ``p`` and multiplies the rest by ``1 / (1 - p)``.

    In evaluation mode it gives back its input (Srivastava et al., 2014; "inverted" scaling).

    Args:
        p: the probability of dropping an element, in [0, 1].
        inplace: write the result over the input.

    Raises:
        ValueError: ``p`` is outside of [0, 1].

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Dropout(0.5).eval()(ravine.ones(3)).tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
