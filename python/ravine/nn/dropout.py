"""Dropout: of elements, of channels, and for self-normalising networks."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


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


class Dropout1d(Dropout):
    """While training, sets whole channels of (N, C, L) or (C, L) to 0 with probability ``p``.

    The rest is multiplied by ``1 / (1 - p)``; arguments as for :class:`Dropout` (Tompson et al., 2015).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Dropout1d(0.5).eval()(ravine.ones(1, 2, 1)).tolist()
    [[[1.0], [1.0]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(Dropout):
    """While training, sets whole channels of (N, C, H, W) to 0 with probability ``p``.

    The rest is multiplied by ``1 / (1 - p)``; arguments as for :class:`Dropout` (Tompson et al., 2015).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Dropout2d(0.5).eval()(ravine.ones(1, 2, 1, 1)).tolist()
    [[[[1.0]], [[1.0]]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class AlphaDropout(Dropout):
    """While training, sets elements to the lowest value of :class:`SELU` with probability ``p``.

    The result is scaled and shifted so that inputs of mean 0 and variance 1 keep both (Klambauer et al.,
    2017); arguments as for :class:`Dropout`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.AlphaDropout(0.5).eval()(ravine.ones(2)).tolist()
    [1.0, 1.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class Dropout3d(Dropout):
    """While training, sets whole channels of (N, C, D, H, W) to 0 with probability ``p``.

    The rest is multiplied by ``1 / (1 - p)``; arguments as for :class:`Dropout` (Tompson et al., 2015).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Dropout3d(0.5).eval()(ravine.ones(1, 2, 1, 1, 1)).flatten().tolist()
    [1.0, 1.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(Dropout):
    """:class:`AlphaDropout` of whole channels of (N, C, ...).

    >>> import ravine
    >>> from ravine import nn
    >>> nn.FeatureAlphaDropout(0.5).eval()(ravine.ones(1, 2, 1)).tolist()
    [[[1.0], [1.0]]]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
