"""ChannelShuffle: channels of several groups, dealt out."""

from __future__ import annotations

from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """Deals out the channels of (N, C, ...): group i's j-th comes to ``j groups + i`` (Zhang et al., 2018).

    Raises:
        ValueError: at the call, when ``groups`` does not divide the channels.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ChannelShuffle(2)(ravine.tensor([[[1], [2], [3], [4]]])).flatten().tolist()
    [1, 3, 2, 4]
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
