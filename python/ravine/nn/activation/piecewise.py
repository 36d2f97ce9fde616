"""Activation functions made of straight pieces, as modules."""

from __future__ import annotations

import ravine as rv

from ...errors import ValueError
from .. import functional as F
from .. import init
from ..module import Module
from ..parameter import Parameter
from .smooth import _Plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._core import Tensor

__all__ = [
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "Softshrink",
    "Threshold",
]


class ReLU(Module):
    """``max(x, 0)``, elementwise; the derivative at 0 is 0.

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ReLU()(ravine.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """``x`` above 0 and ``negative_slope x`` elsewhere (Maas et al., 2013).

    Args:
        negative_slope: the slope below 0, and at 0.
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LeakyReLU(0.25)(ravine.tensor([-1.0, 2.0])).tolist()
    [-0.25, 2.0]
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """``x`` above 0 and ``weight x`` elsewhere, with a learned weight (He et al., 2015).

    Shapes: ``x`` (N, C, ...), or any shape with one weight; ``weight`` (num_parameters,).

    Args:
        num_parameters: 1, or one for each channel.
        init: what the weights start as.
        device: where they live.
        dtype: their dtype, float32 by default.

    Raises:
        ShapeError: at the call, when there are neither 1 nor C weights.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.PReLU()(ravine.tensor([-1.0, 2.0])).detach().tolist()
    [-0.25, 2.0]
    """

    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(rv.ones(num_parameters, device=device, dtype=dtype) * init)

    def reset_parameters(self) -> None:
        """Set the weights to ``init``."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Hardtanh(Module):
    """Elements limited to the range from ``min_val`` to ``max_val``; the derivative at its ends is 0.

    Args:
        min_val: the lower end.
        max_val: the upper end.
        inplace: write the result over the input.

    Raises:
        ValueError: ``min_val`` is not below ``max_val``.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Hardtanh()(ravine.tensor([-3.0, 0.5])).tolist()
    [-1.0, 0.5]
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not max_val > min_val:
            raise ValueError(f"min_val must be below max_val, but they are {min_val} and {max_val}")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """``min(max(x, 0), 6)``, elementwise (Howard et al., 2017).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ReLU6()(ravine.tensor([-1.0, 7.0])).tolist()
    [0.0, 6.0]
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Hardsigmoid(_Plain):
    """``min(max(x + 3, 0), 6) / 6``, elementwise (Howard et al., 2019).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Hardsigmoid()(ravine.tensor([-4.0, 0.0])).tolist()
    [0.0, 0.5]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(_Plain):
    """``x min(max(x + 3, 0), 6) / 6``, elementwise (Howard et al., 2019).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Hardswish()(ravine.tensor([1.5, 4.0])).tolist()
    [1.125, 4.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardshrink(Module):
    """``x`` outside of [-lambd, lambd], 0 within.

    Args:
        lambd: half the width of what becomes 0.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Hardshrink()(ravine.tensor([-1.0, 0.25])).tolist()
    [-1.0, 0.0]
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Hardshrink):
    """``x`` moved towards 0 by ``lambd``, 0 where it would cross it; arguments as for :class:`Hardshrink`.

    Raises:
        ValueError: at the call, when ``lambd`` is negative.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softshrink()(ravine.tensor([-1.0, 0.25])).tolist()
    [-0.5, 0.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


class Threshold(Module):
    """``x`` above ``threshold``, ``value`` elsewhere.

    Args:
        threshold: what elements are compared with.
        value: what replaces those not above it.
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Threshold(1.0, -7.0)(ravine.tensor([0.5, 2.0])).tolist()
    [-7.0, 2.0]
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class RReLU(Module):
    """``x`` above 0 and ``a x`` elsewhere, a drawn from U(lower, upper) for each element while training.

    In evaluation mode a is the mean of both (Xu et al., 2015).

    Args:
        lower: least slope.
        upper: greatest slope.
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.RReLU(0.25, 0.75).eval()(ravine.tensor([-8.0, 2.0])).tolist()
    [-4.0, 2.0]
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")
