"""A temporal convolutional network: causal convolutions whose dilation doubles from layer to layer."""

from __future__ import annotations

from .. import nn
from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ._base import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["TemporalConvNet"]


class TemporalConvNet(Model):
    """``h_l = h_(l-1) + relu(conv(h_(l-1)))`` with dilation 2^l, padded on the left alone (Bai et al., 2018).

    Output t sees inputs up to t, and of these the last ``receptive_field = 1 + (kernel - 1) (2^layers - 1)``.
    Shapes: (N, T, inputs) -> (N, T, outputs). Parameters: (inputs + 1) width + layers (kernel width^2 +
    width) + (width + 1) outputs.

    Args:
        inputs: numbers at each time.
        outputs: numbers at each time.
        width: channels inside.
        layers: dilated convolutions.
        kernel: their size.
        dropout: the probability of dropping a channel's number while training.

    Raises:
        ValueError: a size that is not positive.
        ShapeError: at the call, sequences of another shape.

    >>> import ravine
    >>> from ravine import models
    >>> net = models.TemporalConvNet(inputs=2, outputs=1, width=8, layers=3, kernel=2)
    >>> tuple(net(ravine.zeros(4, 10, 2)).shape), net.receptive_field
    ((4, 10, 1), 8)
    """

    def __init__(
        self,
        *,
        inputs: int,
        outputs: int,
        width: int = 32,
        layers: int = 4,
        kernel: int = 3,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(inputs, outputs, width, layers, kernel) < 1:
            raise ValueError("TemporalConvNet: inputs, outputs, width, layers and kernel must be positive")
        self.first = nn.Linear(inputs, width)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, kernel, dilation=2**layer) for layer in range(layers)
        )
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(width, outputs)
        self.kernel = kernel

    @property
    def receptive_field(self) -> int:
        """How many inputs an output depends on."""
        return 1 + (self.kernel - 1) * (2 ** len(self.convs) - 1)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 3 or x.shape[2] != self.first.in_features:
            raise ShapeError(
                f"TemporalConvNet: got sequences of shape {tuple(x.shape)}, expected (N, T, "
                f"{self.first.in_features}). A single one is x.unsqueeze(0)"
            )
        x = self.first(x).transpose(1, 2)
        for layer, conv in enumerate(self.convs):
            past = F.pad(x, ((self.kernel - 1) * 2**layer, 0))
            x = x + self.dropout(F.relu(conv(past)))
        return self.last(x.transpose(1, 2))
