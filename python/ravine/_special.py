"""Special functions of a whole number and a tensor."""

from __future__ import annotations

from math import factorial, log, pi
from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._declare import METHOD, SPECIAL, TOP, declare
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from ravine._core import Tensor

_HALVES = (_core.float16, _core.bfloat16)


def _whole(name: str, value: int, least: int) -> int:
    """The number, which must be an int from `least` on."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise DTypeError(f"{name} is a whole number, and must be an int, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name}={value} must be at least {least}")
    return value


def derivative_of_digamma(n: int, input: Tensor) -> Tensor:
    """Of order `n`, from 0 on."""
    if _whole("n", n, 0) == 0:
        return _ops.digamma(input)
    # The factor may leave the range of half precision where the result does not.
    wide = input.float() if input.dtype in _HALVES else input
    factor = float(factorial(n)) if n <= 170 else float("inf")
    found = _ops.zeta(float(n + 1), wide) * (factor if n % 2 else -factor)
    return found.to(input.dtype) if input.dtype in _HALVES else found


@declare(TOP, SPECIAL)
def polygamma(n: int, input: Tensor) -> Tensor:
    """Derivative number `n` of `digamma`: `(-1)^(n+1) n! zeta(n + 1, x)`; of order 0 it is `digamma` itself.

    As a method, it takes `n` alone.

    Raises:
        ValueError: `n` is negative.

    >>> ravine.polygamma(1, ravine.tensor([1.0, 0.5]))
    tensor([1.6449, 4.9348])
    """
    return derivative_of_digamma(n, input)


def _mvlgamma(input: Tensor, p: int) -> Tensor:
    _whole("p", p, 1)
    wide = input if input.dtype.is_floating_point and input.dtype not in _HALVES else input.float()
    found = _ops.lgamma(wide)
    for k in range(1, p):
        found = found + _ops.lgamma(wide - k / 2)
    found = found + p * (p - 1) / 4 * log(pi)
    return found.to(input.dtype) if input.dtype in _HALVES else found


@declare(TOP, METHOD, in_place=True)
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension `p`.

    ``log(pi) p (p - 1) / 4`` and the sum of ``lgamma(x - k / 2)`` over k from 0 to p - 1. It is defined above
    (p - 1) / 2; below, the sum is that of the logarithms of magnitudes.

    Raises:
        ValueError: `p` is less than 1.

    >>> ravine.mvlgamma(ravine.tensor([2.0, 5.0]), 2)
    tensor([0.4516, 6.2042])
    """
    return _mvlgamma(input, p)


@declare(SPECIAL)
def multigammaln(input: Tensor, p: int) -> Tensor:
    """As `ravine.mvlgamma`.

    >>> ravine.special.multigammaln(ravine.tensor([2.0, 5.0]), 2)
    tensor([0.4516, 6.2042])
    """
    return _mvlgamma(input, p)
