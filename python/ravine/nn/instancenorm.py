"""InstanceNorm: normalisation of each channel of each sample."""

from __future__ import annotations

from . import functional as F
from .batchnorm import _ChannelNorm
from .functional.normalization import channels_last

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_ChannelNorm):
    #: Dimensions of an input without a batch.
    _rank: int
    _shape: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input(self, input: Tensor) -> None:
        if input.ndim not in (self._rank, self._rank + 1):
            raise self._wrong(input, f"(N, {self._shape}) or ({self._shape})")
        channels = input.shape[-self._rank]
        if channels != self.num_features:
            hint = channels_last(input, self.num_features)
            raise self._wrong(input, f"one of {self.num_features} channels, not {channels}{hint}")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input(input)
        batched = input if input.ndim > self._rank else input.unsqueeze(0)
        output = F.instance_norm(
            batched,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return output if input.ndim > self._rank else output.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` by channel and sample (Ulyanov et al., 2016).

    Shapes: (N, C, L) or (C, L) -> the same. Arguments as for :class:`BatchNorm1d`, but without ``weight``,
    ``bias`` and running statistics unless asked for; with them, evaluation uses the running ones.

    Raises:
        ShapeError: at the call, when the input has another shape.
        ValueError: at the call, when a channel of a sample has one value only.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.InstanceNorm1d(1)(ravine.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    _rank, _shape = 2, "C, L"


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images (N, C, H, W) or (C, H, W); see :class:`InstanceNorm1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.InstanceNorm2d(1)(ravine.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    _rank, _shape = 3, "C, H, W"


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes (N, C, D, H, W) or (C, D, H, W); see :class:`InstanceNorm1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.InstanceNorm3d(1)(ravine.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[-1.0000,  1.0000]]]])
    """

    _rank, _shape = 4, "C, D, H, W"
