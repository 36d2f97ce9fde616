"""Layers that learn their number of inputs from the first input."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _ChannelNorm
from .conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _Conv,
)
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear
from .module import Module
from .parameter import UninitializedBuffer, UninitializedParameter, is_lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

    Size = int | tuple[int, ...]

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
    "LazyLinear",
    "LazyModuleMixin",
]


class LazyModuleMixin(Module):
    """A module that makes its parameters at the first call, by the shape of the input.

    Subclasses stand before the class that they become, have :class:`UninitializedParameter` and
    :class:`UninitializedBuffer` attributes, and define ``initialize_parameters``. After the first call, or
    after a state was loaded and the first call was made, the module is an ordinary one of the class
    ``cls_to_become``. A call with an input on "meta", for a module on "meta", computes nothing.

    >>> import ravine
    >>> from ravine import nn
    >>> model = nn.Sequential(nn.LazyConv2d(8, 3), nn.Flatten(), nn.LazyLinear(10))
    >>> _ = model(ravine.zeros(1, 3, 8, 8))
    >>> model[2]
    Linear(in_features=288, out_features=10, bias=True)
    """

    #: The class that the module has after the first call; None if it keeps its own.
    cls_to_become: type[Module] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._infer_hook = self.register_forward_pre_hook(infer, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize every parameter and buffer, given what ``forward`` is called with."""
        raise NotImplementedError(
            f"{type(self).__name__}: initialize_parameters is not implemented. A lazy module defines it"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of the module itself has no shape yet."""
        return any(is_lazy(tensor) for tensor in (*self._parameters.values(), *self._buffers.values()))

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once they have shapes."""
        if not self.has_uninitialized_params() and self._known():
            super().reset_parameters()  # pyright: ignore[reportAttributeAccessIssue]

    def _known(self) -> bool:
        """Whether the number of inputs is known."""
        return True


def infer(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The hook before a lazy module's first ``forward``."""
    module.initialize_parameters(*args, **kwargs)
    if module.has_uninitialized_params():
        raise RuntimeError(
            f"{type(module).__name__}: has not been fully initialized. Let initialize_parameters materialize "
            "every parameter and buffer"
        )
    module._infer_hook.remove()
    del module._infer_hook
    if module.cls_to_become is not None:
        module.__class__ = module.cls_to_become
    module._frames.clear()  # which describe the module as it was


class LazyLinear(LazyModuleMixin, Linear):
    """:class:`~ravine.nn.Linear` with ``in_features`` of the first input's last dimension.

    Args:
        out_features: size of the output's last dimension.
        bias: whether to add ``b``.
        device: where the parameters live.
        dtype: their dtype, float32 by default.

    Raises:
        RuntimeError: a parameter's shape is read before the first call.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyLinear(4)
    >>> layer.weight
    <UninitializedParameter>
    >>> tuple(layer(ravine.ones(2, 3)).shape), layer
    ((2, 4), Linear(in_features=3, out_features=4, bias=True))
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False)
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def _known(self) -> bool:
        return self.in_features > 0

    def initialize_parameters(self, input: Tensor) -> None:
        """Take ``in_features`` from the input."""
        if input.ndim == 0:
            raise ShapeError("LazyLinear: the input is a scalar. It must have at least one dimension")
        self.in_features = input.shape[-1]
        if self.has_uninitialized_params():
            _materialize(self.weight, self.out_features, self.in_features)
            _materialize(self.bias, self.out_features)
            self.reset_parameters()


def _materialize(tensor: Any, *shape: int) -> None:
    if is_lazy(tensor):
        with rv.no_grad():
            tensor.materialize(shape)


class _LazyConvolution(LazyModuleMixin, _Conv):
    def _known(self) -> bool:
        return self.in_channels > 0

    def _wait(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def initialize_parameters(self, input: Tensor, output_size: Any = None) -> None:
        """Take ``in_channels`` from the input."""
        n = self._spatial
        if input.ndim not in (n + 1, n + 2):
            raise ShapeError(
                f"{type(self).__name__}: input has shape {tuple(input.shape)}; it must have {n + 2} "
                f"dimensions, (N, C, ...), or {n + 1}, (C, ...)"
            )
        self.in_channels = input.shape[-n - 1]
        if self.in_channels % self.groups != 0:
            raise ValueError(
                f"{type(self).__name__}: in_channels must be divisible by groups, but the input has "
                f"{self.in_channels} channels and groups={self.groups}"
            )
        if self.has_uninitialized_params():
            ends = (self.in_channels, self.out_channels)
            first, second = ends if self._transposed else ends[::-1]
            _materialize(self.weight, first, second // self.groups, *self.kernel_size)
            _materialize(self.bias, self.out_channels)
            self.reset_parameters()


class _LazyConv(_LazyConvolution):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(0, out_channels, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self._wait(bias, device, dtype)


class _LazyConvTranspose(_LazyConvolution):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            0,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            groups,
            False,
            dilation,
            padding_mode,
        )
        self._wait(bias, device, dtype)


class _LazyNorm(LazyModuleMixin, _ChannelNorm):
    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = rv.tensor(0, dtype=rv.int64, device=device)

    def _known(self) -> bool:
        return self.num_features > 0

    def initialize_parameters(self, input: Tensor) -> None:
        """Take ``num_features`` from the input."""
        if input.ndim < 2:
            raise ShapeError(
                f"{type(self).__name__}: input has shape {tuple(input.shape)}; it must have channels, in its "
                "second dimension"
            )
        alone = input.ndim == getattr(self.cls_to_become, "_rank", 0)  # a sample without a batch
        self.num_features = input.shape[0 if alone else 1]
        if self.has_uninitialized_params():
            for tensor in (self.weight, self.bias, self.running_mean, self.running_var):
                _materialize(tensor, self.num_features)
            self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):
    """:class:`~ravine.nn.Conv1d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConv1d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4)).shape), layer.in_channels
    ((2, 4, 2), 5)
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """:class:`~ravine.nn.Conv2d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConv2d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4, 4)).shape), layer.in_channels
    ((2, 4, 2, 2), 5)
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """:class:`~ravine.nn.Conv3d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConv3d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4, 4, 4)).shape), layer.in_channels
    ((2, 4, 2, 2, 2), 5)
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """:class:`~ravine.nn.ConvTranspose1d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConvTranspose1d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4)).shape), layer.in_channels
    ((2, 4, 6), 5)
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """:class:`~ravine.nn.ConvTranspose2d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConvTranspose2d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4, 4)).shape), layer.in_channels
    ((2, 4, 6, 6), 5)
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """:class:`~ravine.nn.ConvTranspose3d` with ``in_channels`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyConvTranspose3d(4, 3)
    >>> tuple(layer(ravine.ones(2, 5, 4, 4, 4)).shape), layer.in_channels
    ((2, 4, 6, 6, 6), 5)
    """

    cls_to_become = ConvTranspose3d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """:class:`~ravine.nn.BatchNorm1d` with ``num_features`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyBatchNorm1d()
    >>> tuple(layer(ravine.ones(2, 3, 4)).shape), layer.num_features
    ((2, 3, 4), 3)
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """:class:`~ravine.nn.BatchNorm2d` with ``num_features`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyBatchNorm2d()
    >>> tuple(layer(ravine.ones(2, 3, 4, 4)).shape), layer.num_features
    ((2, 3, 4, 4), 3)
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """:class:`~ravine.nn.BatchNorm3d` with ``num_features`` of the first input; its other arguments.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyBatchNorm3d()
    >>> tuple(layer(ravine.ones(2, 3, 4, 4, 4)).shape), layer.num_features
    ((2, 3, 4, 4, 4), 3)
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """:class:`~ravine.nn.InstanceNorm1d` with ``num_features`` of the first input.

    Its other arguments, save that weights and statistics are there by default, as in PyTorch.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyInstanceNorm1d()
    >>> tuple(layer(ravine.ones(2, 3, 4)).shape), layer.num_features
    ((2, 3, 4), 3)
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """:class:`~ravine.nn.InstanceNorm2d` with ``num_features`` of the first input.

    Its other arguments, save that weights and statistics are there by default, as in PyTorch.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyInstanceNorm2d()
    >>> tuple(layer(ravine.ones(2, 3, 4, 4)).shape), layer.num_features
    ((2, 3, 4, 4), 3)
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """:class:`~ravine.nn.InstanceNorm3d` with ``num_features`` of the first input.

    Its other arguments, save that weights and statistics are there by default, as in PyTorch.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.LazyInstanceNorm3d()
    >>> tuple(layer(ravine.ones(2, 3, 4, 4, 4)).shape), layer.num_features
    ((2, 3, 4, 4, 4), 3)
    """

    cls_to_become = InstanceNorm3d
