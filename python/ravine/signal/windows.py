"""Windows by which a stretch of samples is weighed, symmetric unless told otherwise.

Each has `M` samples, at the places k = 0 to M - 1. With `sym` N is M - 1, so that both ends are alike;
without it N is M, as for one period of a signal that goes on. A window of one sample is 1.

>>> ravine.signal.windows.hann(5)
tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine._declare import named
from ravine._windows import bessel, cosines, made, triangle
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ravine._core import DeviceLike, Tensor, dtype

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]


@named
def bartlett(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The triangle ``1 - |2 k / N - 1|``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return made(M, sym, triangle, dtype, device, requires_grad)


@named
def blackman(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``0.42 - 0.5 cos(2 pi k / N) + 0.08 cos(4 pi k / N)``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.blackman(5)[1:4]
    tensor([0.3400, 1.0000, 0.3400])
    """
    return made(M, sym, cosines(0.42, 0.5, 0.08), dtype, device, requires_grad)


@named
def cosine(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Half a wave: ``sin(pi (k + 1/2) / (N + 1))``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.cosine(3)
    tensor([0.5000, 1.0000, 0.5000])
    """
    return made(
        M,
        sym,
        lambda at, last: _ops.sin((at + 0.5) * (3.141592653589793 / (last + 1))),
        dtype,
        device,
        requires_grad,
    )


@named
def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``exp(-|k - center| / tau)``; the center is N / 2 unless a window that is not symmetric has another.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative, or tau is not positive, or a symmetric window has a center.

    >>> ravine.signal.windows.exponential(3)
    tensor([0.3679, 1.0000, 0.3679])
    """
    if tau <= 0:
        raise ValueError(f"tau={tau} must be positive")
    if sym and center is not None:
        raise ValueError(
            f"center={center} is given for a symmetric window, whose center is known; pass sym=False"
        )

    def shape(at: Tensor, last: int) -> Tensor:
        return _ops.exp(_ops.abs(at - (last / 2 if center is None else center)) / -tau)

    return made(M, sym, shape, dtype, device, requires_grad)


@named
def gaussian(
    M: int,
    *,
    std: float = 1.0,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The bell ``exp(-((k - N / 2) / std)^2 / 2)``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative, or std is not positive.

    >>> ravine.signal.windows.gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    if std <= 0:
        raise ValueError(f"std={std} must be positive")

    def shape(at: Tensor, last: int) -> Tensor:
        return _ops.exp(_ops.square((at - last / 2) / std) / -2)

    return made(M, sym, shape, dtype, device, requires_grad)


@named
def general_cosine(
    M: int,
    *,
    a: Iterable[float],
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``a[0] - a[1] cos(2 pi k / N) + a[2] cos(4 pi k / N) - ..``.

    Raises:
        DTypeError: the dtype is no floating one, or a is no list.
        ValueError: the length is negative, or a is empty.

    >>> ravine.signal.windows.general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    if not isinstance(a, (tuple, list)):
        raise DTypeError(f"a is {type(a).__name__}; it must be a list or a tuple of numbers")
    if not a:
        raise ValueError("a is empty; it has a weight for each cosine")
    return made(M, sym, cosines(*a), dtype, device, requires_grad)


@named
def general_hamming(
    M: int,
    *,
    alpha: float = 0.54,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``alpha - (1 - alpha) cos(2 pi k / N)``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.general_hamming(3, alpha=0.75)
    tensor([0.5000, 1.0000, 0.5000])
    """
    return made(M, sym, cosines(alpha, 1 - alpha), dtype, device, requires_grad)


@named
def hamming(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``0.54 - 0.46 cos(2 pi k / N)``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    return made(M, sym, cosines(0.54, 0.46), dtype, device, requires_grad)


@named
def hann(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``(1 - cos(2 pi k / N)) / 2``.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.hann(3)
    tensor([0., 1., 0.])
    """
    return made(M, sym, cosines(0.5, 0.5), dtype, device, requires_grad)


@named
def kaiser(
    M: int,
    *,
    beta: float = 12.0,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``I0(beta sqrt(1 - (2 k / N - 1)^2)) / I0(beta)`` with the modified Bessel function.

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative, or beta is negative.

    >>> ravine.signal.windows.kaiser(3, beta=2.0)
    tensor([0.4387, 1.0000, 0.4387])
    """
    if beta < 0:
        raise ValueError(f"beta={beta} must be 0 or more")
    return made(M, sym, bessel(beta), dtype, device, requires_grad)


@named
def nuttall(
    M: int,
    *,
    sym: bool = True,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Four cosines with the least side lobes (Nuttall, 1981).

    Raises:
        DTypeError: the dtype is no floating one.
        ValueError: the length is negative.

    >>> ravine.signal.windows.nuttall(3)
    tensor([3.6280e-04, 1.0000e+00, 3.6280e-04])
    """
    return made(M, sym, cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411), dtype, device, requires_grad)
