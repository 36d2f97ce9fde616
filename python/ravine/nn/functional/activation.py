"""Activation functions."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..._core import Tensor


def _over(input: Tensor, output: Tensor, inplace: bool) -> Tensor:
    """The output, written over the input if asked for."""
    return input.copy_(output) if inplace else output


@declare(FUNCTIONAL)
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(x, 0)``, elementwise, of any real dtype; see :class:`ravine.nn.ReLU`.

    >>> import ravine
    >>> relu(ravine.tensor([-1, 2])).tolist()
    [0, 2]
    """
    return _over(input, rv.relu(input), inplace)


@declare(FUNCTIONAL)
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """``x Phi(x)``, elementwise, floating point; see :class:`ravine.nn.GELU`.

    >>> import ravine
    >>> gelu(ravine.tensor(0.0)).item()
    0.0
    """
    return rv.gelu(input, approximate=approximate)


@declare(FUNCTIONAL)
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``x sigmoid(x)``, elementwise, floating point; see :class:`ravine.nn.SiLU`.

    >>> import ravine
    >>> silu(ravine.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return _over(input, rv.silu(input), inplace)


@declare(FUNCTIONAL)
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x tanh(log(1 + e^x))``, elementwise, floating point; see :class:`ravine.nn.Mish`.

    >>> import ravine
    >>> mish(ravine.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return _over(input, rv.mish(input), inplace)


@declare(FUNCTIONAL)
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + e^(beta x)) / beta``, ``x`` where ``beta x > threshold``; see :class:`ravine.nn.Softplus`.

    Raises:
        ValueError: ``beta`` is 0.

    >>> import ravine
    >>> softplus(ravine.tensor([0.0, 30.0]))
    tensor([ 0.6931, 30.0000])
    """
    if beta == 0:
        raise ValueError("beta is 0; the result is divided by it")
    return rv.softplus(input, beta, threshold)


@declare(FUNCTIONAL)
def softsign(input: Tensor) -> Tensor:
    """``x / (1 + |x|)``, elementwise, floating point; see :class:`ravine.nn.Softsign`.

    >>> import ravine
    >>> softsign(ravine.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return input / (rv.abs(input) + 1)


@declare(FUNCTIONAL)
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``x`` above 0, ``alpha (e^x - 1)`` elsewhere; see :class:`ravine.nn.ELU`.

    >>> import ravine
    >>> elu(ravine.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return _over(input, rv.elu(input, alpha), inplace)


@declare(FUNCTIONAL)
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The self-normalising unit; see :class:`ravine.nn.SELU`.

    >>> import ravine
    >>> selu(ravine.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return _over(input, rv.selu(input), inplace)


@declare(FUNCTIONAL)
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``x`` above 0, ``alpha (e^(x / alpha) - 1)`` elsewhere; see :class:`ravine.nn.CELU`.

    Raises:
        ValueError: ``alpha`` is 0.

    >>> import ravine
    >>> celu(ravine.tensor([-1.0, 2.0]), 2.0)
    tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise ValueError("alpha is 0; the input is divided by it")
    return _over(input, rv.celu(input, alpha), inplace)


@declare(FUNCTIONAL)
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """``x`` above 0, ``negative_slope x`` elsewhere; see :class:`ravine.nn.LeakyReLU`.

    >>> import ravine
    >>> leaky_relu(ravine.tensor([-1.0, 2.0]), 0.25)
    tensor([-0.2500,  2.0000])
    """
    return _over(input, rv.leaky_relu(input, negative_slope), inplace)


@declare(FUNCTIONAL)
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Elements limited to a range, at whose ends the derivative is 0; see :class:`ravine.nn.Hardtanh`.

    Integers stay integers, and the range is then rounded towards 0.

    Raises:
        ValueError: ``min_val`` is above ``max_val``.

    >>> import ravine
    >>> hardtanh(ravine.tensor([-3.0, 0.5])).tolist()
    [-1.0, 0.5]
    """
    if min_val > max_val:
        raise ValueError(f"min_val {min_val} is above max_val {max_val}")
    if input.dtype.is_floating_point or input.dtype == rv.bool:
        return _over(input, rv.hardtanh(input, min_val, max_val), inplace)
    return _over(input, rv.clamp(input, int(min_val), int(max_val)), inplace)


@declare(FUNCTIONAL)
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(x, 0), 6)``; see :class:`ravine.nn.ReLU6`.

    >>> import ravine
    >>> relu6(ravine.tensor([-1.0, 7.0])).tolist()
    [0.0, 6.0]
    """
    return hardtanh(input, 0.0, 6.0, inplace)


@declare(FUNCTIONAL)
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(x + 3, 0), 6) / 6``; see :class:`ravine.nn.Hardsigmoid`.

    >>> import ravine
    >>> hardsigmoid(ravine.tensor([-4.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    return _over(input, rv.hardsigmoid(input), inplace)


@declare(FUNCTIONAL)
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x hardsigmoid(x)``; see :class:`ravine.nn.Hardswish`.

    >>> import ravine
    >>> hardswish(ravine.tensor([1.5, 4.0])).tolist()
    [1.125, 4.0]
    """
    return _over(input, rv.hardswish(input), inplace)


@declare(FUNCTIONAL)
def tanhshrink(input: Tensor) -> Tensor:
    """``x - tanh(x)``; see :class:`ravine.nn.Tanhshrink`.

    >>> import ravine
    >>> tanhshrink(ravine.tensor([1.0]))
    tensor([0.2384])
    """
    return input - rv.tanh(input)


@declare(FUNCTIONAL)
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """``x`` moved towards 0 by ``lambd``; see :class:`ravine.nn.Softshrink`.

    Raises:
        ValueError: ``lambd`` is negative.

    >>> import ravine
    >>> softshrink(ravine.tensor([-1.0, 0.25])).tolist()
    [-0.5, 0.0]
    """
    if not lambd >= 0:
        raise ValueError(f"lambd is {lambd}; it must be 0 or more")
    return rv.softshrink(input, lambd)


@declare(FUNCTIONAL)
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """``x`` above ``threshold``, ``value`` elsewhere; see :class:`ravine.nn.Threshold`.

    >>> import ravine
    >>> threshold(ravine.tensor([0.5, 2.0]), 1.0, -7.0).tolist()
    [-7.0, 2.0]
    """
    return _over(input, rv.threshold(input, threshold, value), inplace)


@declare(FUNCTIONAL)
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """``a sigmoid(b)`` of the halves a and b of the input along ``dim``; see :class:`ravine.nn.GLU`.

    Raises:
        ShapeError: the extent of ``dim`` is odd, or the input has no dimension.

    >>> import ravine
    >>> glu(ravine.tensor([2.0, 0.0])).tolist()
    [1.0]
    """
    if input.ndim == 0 or input.shape[dim] % 2:
        raise ShapeError(f"an input of shape {tuple(input.shape)} cannot be halved along dimension {dim}")
    half = input.shape[dim] // 2
    return input.narrow(dim, 0, half) * rv.sigmoid(input.narrow(dim, half, half))


@declare(FUNCTIONAL)
def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """``x`` above 0, ``a x`` elsewhere with a drawn anew for each element; see :class:`ravine.nn.RReLU`.

    Raises:
        ValueError: ``lower`` is greater than ``upper``.

    >>> import ravine
    >>> rrelu(ravine.tensor([-8.0, 2.0]), 0.25, 0.75).tolist()
    [-4.0, 2.0]
    """
    if not lower <= upper:
        raise ValueError(f"lower is {lower}, upper {upper}; the lower bound must not be the greater one")
    if training:
        slopes = rv.rand_like(input.detach()) * (upper - lower) + lower
        return _over(input, rv.where(input > 0, input, input * slopes), inplace)
    return _over(input, rv.leaky_relu(input, (lower + upper) / 2), inplace)


@declare(FUNCTIONAL)
def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """In-place form of :func:`rrelu`.

    >>> import ravine
    >>> rrelu_(ravine.tensor([-8.0, 2.0]), 0.25, 0.75).tolist()
    [-4.0, 2.0]
    """
    return rrelu(input, lower, upper, training, True)


@declare(FUNCTIONAL)
def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``exp(x_i) / sum_j exp(x_j)`` along ``dim``; see :class:`ravine.nn.Softmax`.

    Args:
        input: any shape, floating point.
        dim: the dimension that sums to 1.
        dtype: the input is cast to it first.

    >>> import ravine
    >>> softmax(ravine.zeros(4), dim=0).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    if dtype is not None:
        input = input.to(dtype=dtype)
    return rv.softmax(input, dim=_softmax_dim(dim, input))


@declare(FUNCTIONAL)
def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``x_i - log sum_j exp(x_j)`` along ``dim``; arguments as for :func:`softmax`.

    >>> import ravine
    >>> log_softmax(ravine.zeros(1), dim=0).item()
    0.0
    """
    if dtype is not None:
        input = input.to(dtype=dtype)
    return rv.log_softmax(input, dim=_softmax_dim(dim, input))


@declare(FUNCTIONAL)
def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: rv.dtype | None = None
) -> Tensor:
    """``softmax(-x)`` along ``dim``; arguments as for :func:`ravine.nn.functional.softmax`.

    >>> import ravine
    >>> softmin(ravine.zeros(2), dim=0).tolist()
    [0.5, 0.5]
    """
    if dtype is not None:
        input = input.to(dtype=dtype)
    return rv.softmax(-input, _softmax_dim(dim, input))


def _softmax_dim(dim: int | None, input: Tensor) -> int:
    """The dimension that softmax runs along, where none is given that of PyTorch."""
    if dim is None:
        return 0 if input.ndim in (0, 1, 3) else 1
    return dim


@declare(FUNCTIONAL)
def gumbel_softmax(
    logits: Tensor, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A sample from the Gumbel-softmax distribution (Jang et al., 2017; Maddison et al., 2017).

    ``softmax((logits + g) / tau)`` along ``dim`` with g Gumbel noise: as ``tau`` falls to 0, samples become
    one-hot, with the probabilities ``softmax(logits)``.

    Args:
        logits: any shape, floating point: unnormalised log-probabilities.
        tau: the temperature, positive.
        hard: give one-hot samples, with the gradient of the soft ones.
        eps: holds the place of PyTorch's retired argument.
        dim: the dimension of the classes.

    Raises:
        ValueError: ``tau`` is not positive.

    >>> import ravine
    >>> gumbel_softmax(ravine.zeros(3), hard=True).sum().item()
    1.0
    """
    if not tau > 0:
        raise ValueError(f"tau is {tau}; a temperature is positive")
    # -log(u) of a uniform u is exponential, and -log of that is Gumbel; u = 0 is kept away.
    uniform = rv.rand_like(logits)
    noise = -rv.log(-rv.log(rv.where(uniform == 0, 1e-7 if logits.dtype.itemsize > 2 else 1e-4, uniform)))
    soft = rv.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    best = rv.argmax(soft, dim, keepdim=True)
    if soft.ndim == 0:
        return rv.ones_like(soft) - soft.detach() + soft
    places = rv.arange(soft.shape[dim], device=soft.device).reshape(
        (-1,) + (1,) * (soft.ndim - 1 - dim % soft.ndim)
    )
    one_hot = (best == places).to(soft.dtype)
    return one_hot - soft.detach() + soft
