"""Layers that extend their input at its borders, or crop it."""

from __future__ import annotations

from .._core import Tensor
from ..errors import DTypeError, ValueError
from . import functional as F
from .module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    #: One number for all, or one for each; negative ones crop.
    Sides = int | Sequence[int]

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """(before, after) of the last dimension, then of the one before it; one number stands for all sides."""

    _spatial: int
    _mode: str
    padding: tuple[int, ...]

    def __init__(self, padding: Sides) -> None:
        super().__init__()
        sides, name = 2 * self._spatial, type(self).__name__
        given: Any = padding if isinstance(padding, (tuple, list)) else (padding,) * sides
        if not all(hasattr(n, "__index__") and not isinstance(n, (bool, Tensor)) for n in given):
            raise DTypeError(f"{name}: argument 'padding' must be an int or {sides} of them, not {padding!r}")
        if len(given) != sides:
            raise ValueError(
                f"{name}: argument 'padding' has {len(given)} numbers, {padding}; it must be one, or "
                f"{sides}: (before, after) of the last dimension, then of the one before it"
            )
        self.padding = tuple(int(n) for n in given)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _Constant(_Pad):
    _mode = "constant"
    value: float

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)


class _Chosen(_Constant):
    def __init__(self, padding: Sides, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _Zero(_Constant):
    value = 0.0


class CircularPad1d(_Pad):
    """Extends (..., L) at both ends by the elements from the other end, at most as many as there are.

    Args:
        padding: (before, after), or one number for both; negative numbers crop.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 2)
    >>> nn.CircularPad1d((1, 1))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    """Extends (..., H, W) on all sides, as :class:`CircularPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 2)
    >>> nn.CircularPad2d((1, 1, 0, 0))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    """Extends (..., D, H, W) on all sides, as :class:`CircularPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 1, 2)
    >>> nn.CircularPad3d((1, 1, 0, 0, 0, 0))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 3
    _mode = "circular"


class ConstantPad1d(_Chosen):
    """Extends (..., L) at both ends by ``value``.

    Args:
        padding: (before, after), or one number for both; negative numbers crop.
        value: the constant.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 2)
    >>> nn.ConstantPad1d((1, 1), 7.0)(x).flatten().tolist()
    [7.0, 1.0, 2.0, 7.0]
    """

    _spatial = 1


class ConstantPad2d(_Chosen):
    """Extends (..., H, W) on all sides, as :class:`ConstantPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 2)
    >>> nn.ConstantPad2d((1, 1, 0, 0), 7.0)(x).flatten().tolist()
    [7.0, 1.0, 2.0, 7.0]
    """

    _spatial = 2


class ConstantPad3d(_Chosen):
    """Extends (..., D, H, W) on all sides, as :class:`ConstantPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 1, 2)
    >>> nn.ConstantPad3d((1, 1, 0, 0, 0, 0), 7.0)(x).flatten().tolist()
    [7.0, 1.0, 2.0, 7.0]
    """

    _spatial = 3


class ReflectionPad1d(_Pad):
    """Extends (..., L) at both ends by the elements mirrored at the border, fewer than there are.

    Args:
        padding: (before, after), or one number for both; negative numbers crop.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 2)
    >>> nn.ReflectionPad1d((1, 1))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """Extends (..., H, W) on all sides, as :class:`ReflectionPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 2)
    >>> nn.ReflectionPad2d((1, 1, 0, 0))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """Extends (..., D, H, W) on all sides, as :class:`ReflectionPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 1, 2)
    >>> nn.ReflectionPad3d((1, 1, 0, 0, 0, 0))(x).flatten().tolist()
    [2.0, 1.0, 2.0, 1.0]
    """

    _spatial = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """Extends (..., L) at both ends by the border's elements.

    Args:
        padding: (before, after), or one number for both; negative numbers crop.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 2)
    >>> nn.ReplicationPad1d((1, 1))(x).flatten().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    _spatial = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """Extends (..., H, W) on all sides, as :class:`ReplicationPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 2)
    >>> nn.ReplicationPad2d((1, 1, 0, 0))(x).flatten().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    _spatial = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """Extends (..., D, H, W) on all sides, as :class:`ReplicationPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 1, 2)
    >>> nn.ReplicationPad3d((1, 1, 0, 0, 0, 0))(x).flatten().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    _spatial = 3
    _mode = "replicate"


class ZeroPad1d(_Zero):
    """Extends (..., L) at both ends by zeros.

    Args:
        padding: (before, after), or one number for both; negative numbers crop.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 2)
    >>> nn.ZeroPad1d((1, 1))(x).flatten().tolist()
    [0.0, 1.0, 2.0, 0.0]
    """

    _spatial = 1


class ZeroPad2d(_Zero):
    """Extends (..., H, W) on all sides, as :class:`ZeroPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 2)
    >>> nn.ZeroPad2d((1, 1, 0, 0))(x).flatten().tolist()
    [0.0, 1.0, 2.0, 0.0]
    """

    _spatial = 2


class ZeroPad3d(_Zero):
    """Extends (..., D, H, W) on all sides, as :class:`ZeroPad1d` does at both ends.

    ``padding`` is (before, after) of the last dimension, then of the one before it, or one number for all.

    >>> import ravine
    >>> from ravine import nn
    >>> x = ravine.tensor([1.0, 2.0]).reshape(1, 1, 1, 2)
    >>> nn.ZeroPad3d((1, 1, 0, 0, 0, 0))(x).flatten().tolist()
    [0.0, 1.0, 2.0, 0.0]
    """

    _spatial = 3
