"""Smooth activation functions as modules."""

from __future__ import annotations

from .. import functional as F
from ..module import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "LogSigmoid",
    "Mish",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class _Plain(Module):
    """An activation whose only option is to write its result over the input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """``x Phi(x)``, Phi the normal distribution function (Hendrycks and Gimpel, 2016), elementwise.

    Args:
        approximate: ``"none"`` for the formula above; ``"tanh"`` for
            ``x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))``.

    Raises:
        Error: at the call, for any other ``approximate``.

    >>> import ravine
    >>> from ravine import nn
    >>> round(nn.GELU()(ravine.tensor(1.0)).item(), 4)
    0.8413
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``, elementwise.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Sigmoid()(ravine.tensor(0.0)).item()
    0.5
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """``tanh(x)``, elementwise.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Tanh()(ravine.tensor(0.0)).item()
    0.0
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class SiLU(_Plain):
    """``x / (1 + e^-x)``, elementwise, also called swish (Hendrycks and Gimpel, 2016).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.SiLU()(ravine.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_Plain):
    """``x tanh(log(1 + e^x))``, elementwise (Misra, 2019).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Mish()(ravine.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class SELU(_Plain):
    """``s x`` above 0, else ``s a (e^x - 1)``, with s = 1.0507, a = 1.6733 (Klambauer et al., 2017).

    Args:
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.SELU()(ravine.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class ELU(Module):
    """``x`` above 0 and ``alpha (e^x - 1)`` elsewhere (Clevert et al., 2016).

    Args:
        alpha: what the result tends to at -infinity is -alpha.
        inplace: write the result over the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.ELU()(ravine.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(ELU):
    """``x`` above 0, else ``alpha (e^(x / alpha) - 1)`` (Barron, 2017); arguments as for :class:`ELU`.

    Raises:
        ValueError: at the call, when ``alpha`` is 0.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.CELU(2.0)(ravine.tensor([-1.0, 2.0]))
    tensor([-0.7869,  2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class Softplus(Module):
    """``log(1 + e^(beta x)) / beta``, a smooth rectifier, and ``x`` where ``beta x > threshold``.

    Args:
        beta: the larger, the closer to ReLU.
        threshold: from where on the result is the input.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softplus()(ravine.tensor([0.0, 30.0]))
    tensor([ 0.6931, 30.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """``x / (1 + |x|)``, elementwise, from -1 to 1.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Softsign()(ravine.tensor([-1.0, 3.0])).tolist()
    [-0.5, 0.75]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class LogSigmoid(Module):
    """``log(1 / (1 + e^-x))``, elementwise, without overflow.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.LogSigmoid()(ravine.tensor([-100.0])).tolist()
    [-100.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanhshrink(Module):
    """``x - tanh(x)``, elementwise.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.Tanhshrink()(ravine.tensor([1.0]))
    tensor([0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class GLU(Module):
    """``a sigmoid(b)`` of the halves a and b of the input along ``dim`` (Dauphin et al., 2017).

    Args:
        dim: the dimension to halve; its extent must be even.

    Raises:
        ShapeError: at the call, when the extent is odd.

    >>> import ravine
    >>> from ravine import nn
    >>> nn.GLU()(ravine.tensor([2.0, 0.0])).tolist()
    [1.0]
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
