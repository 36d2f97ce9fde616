"""Windows as PyTorch's top level has them: for a periodic signal, unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._declare import TOP, declare
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ravine._core import DeviceLike, Tensor, dtype


_PI = 3.141592653589793


def made(
    length: int,
    symmetric: bool,
    shape: Callable[[Tensor, int], Tensor],
    dtype: dtype | None,
    device: DeviceLike | None,
    requires_grad: bool,
) -> Tensor:
    """`shape` of the places 0, 1, .. and of the last one, or of the one after it; a window of one is 1.

    It is computed in float64 beside whatever device, and rounded once.
    """
    kind = dtype or _core.float32
    if not kind.is_floating_point:
        raise DTypeError(f"got {kind}, needs a floating dtype")
    if length < 0:
        raise ValueError(f"the length of the window is {length}; it must be 0 or more")
    at = _ops.arange(0, length, dtype=_core.float64, device="cpu")
    values = (
        shape(at, length - symmetric) if length > 1 else _ops.full(at.shape, 1, dtype=at.dtype, device="cpu")
    )
    window = values.to(_core.get_default_device() if device is None else device, kind)
    return window.requires_grad_() if requires_grad else window


def cosines(*weights: float) -> Callable[[Tensor, int], Tensor]:
    """A sum of cosines of 0, 1, 2, .. periods over the window, with signs in turn."""

    def shape(at: Tensor, last: int) -> Tensor:
        total = _ops.full(at.shape, weights[0], dtype=at.dtype, device=at.device)
        for i, weight in enumerate(weights[1:], 1):
            total = total + _ops.cos(at * (2 * i * _PI / last)) * (-weight if i % 2 else weight)
        return total

    return shape


def triangle(at: Tensor, last: int) -> Tensor:
    """From 0 up to 1 and down again."""
    return 1 - _ops.abs(at * (2 / last) - 1)


def bessel(beta: float) -> Callable[[Tensor, int], Tensor]:
    """``I0(beta sqrt(1 - u^2)) / I0(beta)`` for u from -1 to 1, with the modified Bessel function.

    I0(x) is the mean of exp(x cos t) over a circle. Over n equal steps it is off by I_n(x), which is nothing
    for n well above x; and nothing overflows in it where exp(beta) is divided out.
    """
    steps = 2 * int(beta) + 32

    def shape(at: Tensor, last: int) -> Tensor:
        side = at * (2 / last) - 1
        inside = _ops.sqrt(_ops.clamp(1 - side * side, 0)).reshape(-1, 1)
        turn = _ops.cos(_ops.arange(0, steps, dtype=at.dtype, device=at.device) * (2 * _PI / steps))
        mean = _ops.mean(_ops.exp(inside * turn * beta - beta), 1)
        return mean / _ops.mean(_ops.exp((turn - 1) * beta))

    return shape


@declare(TOP)
def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The triangle ``1 - |2 k / N - 1|``, N the length; or N the length less 1 if not periodic.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return made(window_length, not periodic, triangle, dtype, device, requires_grad)


@declare(TOP)
def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``0.42 - 0.5 cos(2 pi k / N) + 0.08 cos(4 pi k / N)``, N the length, less 1 if not periodic.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.blackman_window(4)[1:]
    tensor([0.3400, 1.0000, 0.3400])
    """
    return made(window_length, not periodic, cosines(0.42, 0.5, 0.08), dtype, device, requires_grad)


@declare(TOP)
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``alpha - beta cos(2 pi k / N)``, N the length, less 1 if not periodic.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return made(window_length, not periodic, cosines(alpha, beta), dtype, device, requires_grad)


@declare(TOP)
def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``(1 - cos(2 pi k / N)) / 2``, N the length, less 1 if not periodic.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return made(window_length, not periodic, cosines(0.5, 0.5), dtype, device, requires_grad)


@declare(TOP)
def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``I0(beta sqrt(1 - (2 k / N - 1)^2)) / I0(beta)``, N the length, less 1 if not periodic.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length or beta is negative.

    >>> ravine.kaiser_window(4, beta=2.0)
    tensor([0.4387, 0.8348, 1.0000, 0.8348])
    """
    if beta < 0:
        raise ValueError(f"beta={beta} must be 0 or more")
    return made(window_length, not periodic, bessel(beta), dtype, device, requires_grad)
