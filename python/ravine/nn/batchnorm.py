"""BatchNorm: normalisation of each channel by statistics of the batch, or by tracked ones."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._core import Tensor

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"]


class _ChannelNorm(Module):
    """Parameters and running statistics for each channel, which InstanceNorm has as well."""

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, None)
        if affine:
            self.weight = Parameter(rv.ones(num_features, device=device, dtype=dtype))
            if bias:
                self.bias = Parameter(rv.zeros(num_features, device=device, dtype=dtype))
        if track_running_stats:
            self.running_mean = rv.zeros(num_features, device=device, dtype=dtype)
            self.running_var = rv.ones(num_features, device=device, dtype=dtype)
            self.num_batches_tracked = rv.tensor(0, dtype=rv.int64, device=device)

    def reset_running_stats(self) -> None:
        """Set the running mean to zeros, the running variance to ones and the number of batches to 0."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set weight to ones, bias to zeros, and the running statistics back."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """States that were saved before batches were counted load as well."""
        key = prefix + "num_batches_tracked"
        if self.num_batches_tracked is not None and key not in state_dict:
            state_dict = {**state_dict, key: self.num_batches_tracked.detach().clone()}
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _check_input(self, input: Tensor) -> None:
        """Raises a ShapeError for an input that this module does not take."""
        raise NotImplementedError

    def _wrong(self, input: Tensor, want: str) -> ShapeError:
        return ShapeError(f"{type(self).__name__}: input has shape {tuple(input.shape)}; it must be {want}")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def path_summary(self) -> str:
        return f"{type(self).__name__} ({self.num_features},)"


class _BatchNorm(_ChannelNorm):
    def forward(self, input: Tensor) -> Tensor:
        self._check_input(input)
        momentum: float | Tensor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                # The mean over all batches: the n-th one has the share 1 / n.
                wide = rv.float32 if self.num_batches_tracked.device.type == "gpu" else rv.float64
                momentum = 1.0 / self.num_batches_tracked.to(wide)
        tracked = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if tracked else None,
            self.running_var if tracked else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """``(x - mean) / sqrt(var + eps) * weight + bias`` for each channel (Ioffe and Szegedy, 2015).

    While training, mean and biased variance are those of the batch, and the running ones move towards them:
    ``running = (1 - momentum) running + momentum new``, with the unbiased variance. In evaluation mode the
    running ones are used.

    Shapes: (N, C) or (N, C, L) -> the same; ``weight``, ``bias`` and the statistics (C,), starting as ones,
    zeros, and mean 0, variance 1.

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: the share of the new statistics; None for the mean over all batches.
        affine: whether there are ``weight`` and ``bias``.
        track_running_stats: whether there are running statistics; without, the batch's serve always.
        device: where parameters and statistics live.
        dtype: their dtype, float32 by default.
        bias: whether there is a ``bias`` (with ``affine`` only).

    Raises:
        ShapeError: at the call, when the input has another shape.
        ValueError: at the call, while training, when a channel has one value only.
        StateError: under vmap while training, which would write the shared running statistics.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.BatchNorm1d(1)
    >>> layer(ravine.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    >>> layer.running_mean, layer.running_var
    (tensor([0.2000]), tensor([1.1000]))
    """

    def _check_input(self, input: Tensor) -> None:
        if input.ndim not in (2, 3):
            raise self._wrong(input, "(N, C) or (N, C, L)")


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W); formula, arguments and errors as for :class:`BatchNorm1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.BatchNorm2d(3)
    >>> tuple(layer(ravine.ones(2, 3, 4, 4)).shape), layer.num_batches_tracked
    ((2, 3, 4, 4), tensor(1))
    """

    def _check_input(self, input: Tensor) -> None:
        if input.ndim != 4:
            raise self._wrong(input, "(N, C, H, W)")


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes (N, C, D, H, W); see :class:`BatchNorm1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.BatchNorm3d(3)(ravine.ones(2, 3, 2, 4, 4)).shape)
    (2, 3, 2, 4, 4)
    """

    def _check_input(self, input: Tensor) -> None:
        if input.ndim != 5:
            raise self._wrong(input, "(N, C, D, H, W)")


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, ...), for programs that run in several processes; here there is one.

    ``process_group`` is kept and means nothing; the rest is as for :class:`BatchNorm1d`.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.SyncBatchNorm(3)(ravine.ones(2, 3, 4)).shape)
    (2, 3, 4)
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise self._wrong(input, "(N, C, ...)")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with each BatchNorm inside of it replaced by a SyncBatchNorm of the same parameters.

        >>> from ravine import nn
        >>> nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm2d(3)))[0].num_features
        3
        """
        if isinstance(module, _BatchNorm):
            found = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
            )
            found.weight, found.bias = module.weight, module.bias
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                found.register_buffer(name, getattr(module, name))
            return found.train(module.training)
        for name, child in module.named_children():
            setattr(module, name, cls.convert_sync_batchnorm(child, process_group))
        return module
