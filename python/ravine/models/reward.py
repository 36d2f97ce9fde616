"""A model that says how good a text is: a transformer with one number as its head."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError
from ._base import Model
from .gpt import GPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["RewardModel"]


class RewardModel(Model):
    """``r = w h_n + b`` of the trunk's output at the last of n tokens (Ouyang et al., 2022).

    The trunk is a :class:`GPT` without its head. At each token the same head gives :meth:`scores`, which a
    critic learns as values of what was written so far. Trained by
    :func:`ravine.train.alignment.reward_loss`.

    Shapes: (B, T), int64 -> (B,). Parameters: those of the GPT, and width + 1.

    Args:
        layers: blocks.
        width: size of the vectors, a multiple of ``heads``.
        heads: of each attention.
        vocabulary: tokens there are.
        context: positions there are.
        positions: as of :class:`GPT`.
        dropout: the probability of dropping.

    Raises:
        ValueError: sizes that GPT refuses.
        ShapeError: at the call, tokens that are not (B, T), or lengths that are not (B,).

    >>> import ravine
    >>> from ravine import models
    >>> net = models.RewardModel(layers=1, width=8, heads=2, vocabulary=5, context=6).eval()
    >>> padded, alone = net(ravine.tensor([[1, 2, 0]]), ravine.tensor([2])), net(ravine.tensor([[1, 2]]))
    >>> tuple(padded.shape), ravine.allclose(padded, alone)
    ((1,), True)
    """

    def __init__(
        self,
        *,
        layers: int,
        width: int,
        heads: int,
        vocabulary: int,
        context: int,
        positions: str = "learned",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.trunk = GPT(
            layers=layers,
            width=width,
            heads=heads,
            vocabulary=vocabulary,
            context=context,
            positions=positions,
            dropout=dropout,
        )
        self.head = nn.Linear(width, 1)

    def scores(self, tokens: Tensor) -> Tensor:
        """The number after each token: (B, T) -> (B, T)."""
        return self.head(self.trunk.hidden(tokens)).squeeze(-1)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The number after the last token, or after so many (B,), behind which texts are filled up."""
        scores = self.scores(tokens)
        if lengths is None:
            return scores[:, -1]
        if tuple(lengths.shape) != (len(tokens),):
            raise ShapeError(
                f"RewardModel: lengths {tuple(lengths.shape)} of {len(tokens)} texts. Give each its number"
            )
        return scores.gather(1, (lengths.to(rv.int64) - 1).unsqueeze(1)).squeeze(1)
