"""Contrastive learning: two views of a picture are near, views of different pictures far (SimCLR)."""

from __future__ import annotations

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["SimCLR", "nt_xent"]


class SimCLR(Model):
    """``z = W_2 relu(W_1 f(x))``: features f, projected to where views are compared (Chen et al., 2020).

    f is a CNN: a stage is a 3x3 convolution, a batch norm and ReLU, with a max pooling of 2 between two, and
    the mean over places in the end. After training the projection is thrown away.

    Shapes: (N, channels, H, W) -> (N, projection); :meth:`features` -> (N, widths[-1]). Parameters: ``9 n m
    + 2 m`` for a stage from n to m channels, and ``(w + 1) (w + projection)`` behind w channels.

    Args:
        widths: channels of each stage.
        projection: size of z.
        channels: of the pictures.

    Raises:
        ValueError: sizes that are not positive.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.SimCLR(widths=[8, 16], projection=4)
    >>> tuple(net(ravine.zeros(3, 1, 14, 14)).shape)
    (3, 4)
    """

    def __init__(self, *, widths: Sequence[int], projection: int, channels: int = 1) -> None:
        super().__init__()
        if not widths or min(*widths, projection, channels) < 1:
            raise ValueError(
                f"SimCLR: sizes are positive, got widths={list(widths)}, projection={projection}, "
                f"channels={channels}"
            )
        self.stages, before = nn.ModuleList(), channels
        for after in widths:
            convolution = nn.Conv2d(before, after, 3, padding=1, bias=False)
            self.stages.append(nn.Sequential(convolution, nn.BatchNorm2d(after)))
            before = after
        self.hidden = nn.Linear(before, before)
        self.project = nn.Linear(before, projection)

    def features(self, x: Tensor) -> Tensor:
        """What is kept after training (N, widths[-1])."""
        for number, stage in enumerate(self.stages):
            x = F.relu(stage(F.max_pool2d(x, 2) if number else x))
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.project(F.relu(self.hidden(self.features(x))))


def nt_xent(a: Tensor, b: Tensor, *, temperature: float = 0.5) -> Tensor:
    """``mean_i -log(exp(s_ij / T) / sum_(k != i) exp(s_ik / T))``: each of 2 N views has to find its pair j.

    s is the cosine of two views, the sum runs over all other views (normalised temperature-scaled
    cross-entropy, Chen et al., 2020).

    Args:
        a: projections of one view of each picture (N, d).
        b: of another view (N, d).
        temperature: T, positive.

    Raises:
        ShapeError: other shapes.
        ValueError: a temperature that is not positive.

    >>> import ravine
    >>> from ravine.models import nt_xent
    >>> a = ravine.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> round(nt_xent(a, a, temperature=1.0).item(), 4)  # log(1 + 2 / e)
    0.5514
    """
    if a.ndim != 2 or a.shape != b.shape:
        raise ShapeError(f"nt_xent: got views {tuple(a.shape)} and {tuple(b.shape)}; both must be (N, d)")
    if temperature <= 0:
        raise ValueError(f"nt_xent: temperature is positive, got {temperature}")
    n = a.shape[0]
    views = F.normalize(rv.cat([a, b]), dim=1)
    itself = rv.eye(2 * n, dtype=rv.bool, device=a.device)
    scores = (views @ views.T / temperature).masked_fill(itself, float("-inf"))
    pair = rv.arange(2 * n, device=a.device).roll(n)
    return F.cross_entropy(scores, pair)
