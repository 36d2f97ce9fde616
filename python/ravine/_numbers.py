"""What PyTorch asks of numbers that may be complex, answered for real ones, as every tensor here has them.

Beside that, methods whose function has its arguments in another order, or no twin.
"""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

from ravine import _ops
from ravine._declare import METHOD, TOP, declare
from ravine._special import derivative_of_digamma
from ravine.errors import DTypeError

if TYPE_CHECKING:
    from ravine._core import Tensor


@declare(TOP, METHOD)
def is_complex(input: Tensor) -> bool:
    """False: there are no complex dtypes.

    >>> ravine.is_complex(ravine.ones(2))
    False
    """
    return False


@declare(TOP, METHOD)
def is_conj(input: Tensor) -> bool:
    """False: nothing waits to be conjugated.

    >>> ravine.is_conj(ravine.ones(2))
    False
    """
    return False


@declare(TOP, METHOD)
def is_neg(input: Tensor) -> bool:
    """False: nothing waits to be negated.

    >>> ravine.is_neg(ravine.ones(2))
    False
    """
    return False


@declare(TOP, METHOD)
def isreal(input: Tensor) -> Tensor:
    """True for each element.

    >>> ravine.isreal(ravine.ones(2))
    tensor([True, True])
    """
    return _ops.isnan(input) | True


@declare(TOP)
def real(input: Tensor) -> Tensor:
    """The tensor itself, as `x.real`.

    >>> ravine.real(ravine.ones(2))
    tensor([1., 1.])
    """
    return input


@declare(TOP)
def imag(input: Tensor) -> Tensor:
    """Raises: a tensor of real numbers has no imaginary part to write to.

    Raises:
        DTypeError: always.

    >>> ravine.imag(ravine.ones(2))
    Traceback (most recent call last):
    ravine.errors.DTypeError: imag: dtype float32 has no imaginary part. Use zeros_like for one of zeros
    """
    raise DTypeError(f"dtype {input.dtype.name} has no imaginary part. Use zeros_like for one of zeros")


@declare(TOP, METHOD)
def conj(input: Tensor) -> Tensor:
    """The tensor itself.

    >>> ravine.conj(ravine.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """
    return input


@declare(TOP, METHOD)
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself.

    >>> ravine.resolve_conj(ravine.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """
    return input


@declare(TOP, METHOD)
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself.

    >>> ravine.resolve_neg(ravine.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """
    return input


@declare(TOP, METHOD)
def conj_physical(input: Tensor) -> Tensor:
    """The tensor itself.

    >>> ravine.conj_physical(ravine.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """
    return input


@declare(TOP, METHOD)
def conj_physical_(input: Tensor) -> Tensor:
    """The tensor itself.

    >>> ravine.tensor([1.0, -2.0]).conj_physical_()
    tensor([ 1., -2.])
    """
    return input


@declare(TOP, METHOD)
def angle(input: Tensor) -> Tensor:
    """The angle of each number in the complex plane: pi below 0, else 0; NaN stays. Its derivative is 0.

    >>> ravine.angle(ravine.tensor([-2.0, 0.0, 3.0]))
    tensor([3.1416, 0.0000, 0.0000])
    """
    x = input if input.dtype.is_floating_point else input.float()
    return _ops.where(x < 0, pi, _ops.sign(x) * 0)


@declare(METHOD, of="float_power")
def float_power_(input: Tensor, exponent: Tensor | float) -> Tensor:
    """In-place form of `float_power`: the tensor has its dtype, float64, or float32 on a GPU.

    Raises:
        DTypeError: the tensor has another dtype.

    >>> ravine.tensor([2.0], dtype=ravine.float64).float_power_(3)
    tensor([8.], dtype=ravine.float64)
    """
    power = _ops.float_power(input, exponent)
    if power.dtype is not input.dtype:
        raise DTypeError(
            f"the tensor has dtype {input.dtype.name}, but powers are {power.dtype.name}. Use pow_, or "
            "float_power"
        )
    return input.copy_(power)


@declare(METHOD, in_place=True)
def polygamma(input: Tensor, n: int) -> Tensor:
    """Derivative number `n` of `digamma`.

    >>> ravine.tensor([1.0]).polygamma(1)
    tensor([1.6449])
    """
    return derivative_of_digamma(n, input)
