"""Dropout: of elements, of channels, and for self-normalising networks."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = [
    "AlphaDropout",
    "DropPath",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


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


class DropPath(Module):
    """While training, sets whole samples to 0 with probability ``p``; the rest is divided by ``1 - p``.

    Around a residual block, ``x + drop_path(block(x))``, a sample passes by the block with probability p
    (stochastic depth, Huang et al., 2016). In evaluation mode it gives back its input. The usual rule of a
    network of L blocks is linear: block l of 0 to L - 1 has ``p_l = p_max * l / (L - 1)``, which
    :meth:`linear` gives.

    Shapes: (N, ...) -> the same.

    Args:
        p: the probability of dropping a sample, in [0, 1].

    Raises:
        ValueError: ``p`` is outside of [0, 1].

    >>> import ravine
    >>> from ravine import nn
    >>> nn.DropPath(1.0)(ravine.ones(2, 3)).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    >>> nn.DropPath.linear(0.2, 3)
    [0.0, 0.1, 0.2]
    """

    def __init__(self, p: float = 0.0) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"DropPath: p is a probability between 0 and 1, but got {p}")
        self.p = p

    @staticmethod
    def linear(p: float, depth: int) -> list[float]:
        """The probabilities of ``depth`` blocks, from 0 for the first to ``p`` for the last."""
        return [p * (block / max(1, depth - 1)) for block in range(depth)]

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return input
        kept = input.new_ones((*input.shape[:1], *(1 for _ in input.shape[1:])))
        return input * F.dropout(kept, self.p, True)

    def extra_repr(self) -> str:
        return f"p={self.p}"


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
