"""U-Net: down to a coarse picture and up again, with what each level saw on the way down beside it."""

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

__all__ = ["UNet", "intersection_over_union"]


class _Twice(nn.Module):
    """3x3 convolution, batch norm, relu; twice."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


class UNet(Model):
    """Scores for every pixel (Ronneberger et al., 2015), with padded convolutions and batch norms.

    ``d_0 = twice(x)``, ``d_l = twice(maxpool(d_(l-1)))``; upwards ``u_l = twice([d_l, up(u_(l+1))])`` with a
    2x2 transposed convolution as ``up``; a 1x1 convolution of u_0 gives the scores. Shapes: (N, channels, H,
    W) -> (N, classes, H, W), H and W multiples of 2 for each level below the first. Parameters, with w the
    widths and n channels: twice(n, w) = 9 n w + 9 w^2 + 4 w for each.

    Args:
        widths: channels of each level, from the finest to the coarsest.
        classes: scores of a pixel.
        channels: of the pictures.
        skips: whether the ways up see what the ways down saw; without it the detail is lost.

    Raises:
        ValueError: fewer than two levels, or a size that is not positive.
        ShapeError: at the call, pictures that cannot be halved so often.

    >>> import ravine
    >>> from ravine import models
    >>> tuple(models.UNet(widths=(4, 8), classes=3)(ravine.zeros(2, 1, 12, 16)).shape)
    (2, 3, 12, 16)
    """

    def __init__(self, *, widths: Sequence[int], classes: int, channels: int = 1, skips: bool = True) -> None:
        super().__init__()
        if len(widths) < 2 or min(*widths, classes, channels) < 1:
            raise ValueError(
                f"UNet: widths are positive, of two levels or more, got {tuple(widths)}, classes {classes}, "
                f"channels {channels}"
            )
        self.down = nn.ModuleList(_Twice(n, m) for n, m in zip([channels, *widths], widths, strict=False))
        pairs = list(zip(widths[1:], widths, strict=False))[::-1]  # of the coarser and the finer level
        self.up = nn.ModuleList(nn.ConvTranspose2d(n, m, 2, 2) for n, m in pairs)
        self.merge = nn.ModuleList(_Twice(2 * m if skips else m, m) for _, m in pairs)
        self.head = nn.Conv2d(widths[0], classes, 1)
        self.skips, self.factor = skips, 2 ** (len(widths) - 1)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[2] % self.factor or x.shape[3] % self.factor:
            raise ShapeError(
                f"UNet: got {tuple(x.shape)}, expected (N, channels, H, W) with H and W multiples of "
                f"{self.factor}. Pad the pictures"
            )
        seen = []
        for number, block in enumerate(self.down):
            x = block(x if number == 0 else F.max_pool2d(x, 2))
            seen.append(x)
        for up, merge, beside in zip(self.up, self.merge, seen[-2::-1], strict=True):
            x = up(x)
            x = merge(rv.cat([beside, x], 1) if self.skips else x)
        return self.head(x)


def intersection_over_union(scores: Tensor, labels: Tensor) -> Tensor:
    """``|A and B| / |A or B|`` of the pixels answered and true, a mean over the classes that occur.

    Args:
        scores: (N, classes, H, W).
        labels: (N, H, W), int64.

    Raises:
        ShapeError: shapes that do not fit.

    >>> import ravine
    >>> from ravine.models import intersection_over_union
    >>> scores = ravine.tensor([[[[2.0, 0.0]], [[1.0, 1.0]]]])
    >>> intersection_over_union(scores, ravine.tensor([[[0, 0]]])).item()
    0.25
    """
    if scores.ndim != 4 or labels.shape != scores.shape[:1] + scores.shape[2:]:
        raise ShapeError(
            f"intersection_over_union: scores {tuple(scores.shape)} and labels {tuple(labels.shape)}, "
            "expected (N, classes, H, W) and (N, H, W)"
        )
    classes = rv.arange(scores.shape[1], device=scores.device).reshape(-1, 1)
    answered = scores.argmax(1).flatten() == classes
    true = labels.flatten() == classes
    either = (answered | true).sum(1)
    shares = (answered & true).sum(1) / either.clamp(min=1)
    return shares.sum() / (either > 0).sum()
