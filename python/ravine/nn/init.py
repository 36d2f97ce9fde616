"""Starting values for parameters, written in place and without history.

``fan_in`` is the number of inputs that one output sums over, ``fan_out`` the number of outputs that one input
reaches: for a weight (out, in, *kernel) they are ``in * prod(kernel)`` and ``out * prod(kernel)``.

The rules keep the variance of activations, or of gradients, from layer to layer:

===========  ========================================  ==========================================
rule         variance of an element                    source
===========  ========================================  ==========================================
LeCun        ``1 / fan_in``                            LeCun et al., 1998
Xavier       ``gain^2 * 2 / (fan_in + fan_out)``       Glorot and Bengio, 2010
Kaiming      ``gain^2 / fan``, gain sqrt(2) for ReLU   He et al., 2015
===========  ========================================  ==========================================

A uniform distribution of variance v is U(-sqrt(3 v), sqrt(3 v)). Rules that draw take a ``generator``.
"""

from __future__ import annotations

from functools import partial, wraps
from math import ceil, sqrt

import ravine as rv

from .. import _core
from .._arguments import check_tensors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec

    from .._core import Generator, Tensor

    P = ParamSpec("P")

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "glorot_normal_",
    "glorot_uniform_",
    "he_normal_",
    "he_uniform_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]


def __dir__() -> list[str]:
    return sorted(__all__)


_GAIN_ONE = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "sigmoid")


def _on_tensor(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """What is no tensor is refused by name: a layer, whose weight was meant. Draws come from `generator`."""
    code: Any = function.__code__
    names = code.co_varnames[: code.co_argcount]

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Tensor:
        given = args[0] if args else kwargs.get("tensor")
        check_tensors(function.__name__, tensor=given)
        generator = dict(zip(names, args, strict=False)).get("generator", kwargs.get("generator"))
        return _core.drawn_from(generator, partial(function, *args, **kwargs))

    return checked


@_on_tensor
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from U(a, b); returns the tensor.

    >>> import ravine
    >>> 0 <= uniform_(ravine.empty(1)).item() < 1
    True
    """
    with rv.no_grad():
        return tensor.uniform_(a, b)


@_on_tensor
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with draws from N(mean, std^2); returns the tensor.

    >>> import ravine
    >>> normal_(ravine.empty(1), mean=3.0, std=0.0).item()
    3.0
    """
    with rv.no_grad():
        return tensor.normal_(mean, std)


@_on_tensor
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with ``val``; returns the tensor.

    >>> import ravine
    >>> constant_(ravine.empty(2), 0.5).tolist()
    [0.5, 0.5]
    """
    with rv.no_grad():
        return tensor.fill_(val)


@_on_tensor
def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros; returns the tensor.

    >>> import ravine
    >>> zeros_(ravine.empty(2)).tolist()
    [0.0, 0.0]
    """
    return constant_(tensor, 0.0)


@_on_tensor
def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones; returns the tensor.

    >>> import ravine
    >>> ones_(ravine.empty(2)).tolist()
    [1.0, 1.0]
    """
    return constant_(tensor, 1.0)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor on the standard deviation that makes up for what a nonlinearity takes away.

    Args:
        nonlinearity: ``"linear"``, ``"conv2d"``, ``"sigmoid"`` (1), ``"tanh"`` (5/3), ``"relu"`` (sqrt 2),
            ``"leaky_relu"`` (sqrt(2 / (1 + slope^2))) or ``"selu"`` (3/4).
        param: the negative slope of ``"leaky_relu"``, 0.01 by default.

    Raises:
        ValueError: an unknown name, or a slope that is no number.

    >>> round(calculate_gain("relu"), 4)
    1.4142
    """
    if nonlinearity in _GAIN_ONE:
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return sqrt(2.0 / (1 + slope**2))
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def fans(tensor: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (out, in, *kernel).

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> fans(ravine.empty(8, 3, 5, 5))
    (75, 200)
    """
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    window = 1
    for size in tensor.shape[2:]:
        window *= size
    return tensor.shape[1] * window, tensor.shape[0] * window


def _fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return fans(tensor)[mode == "fan_out"]


def _uniform_of_std(tensor: Tensor, std: float) -> Tensor:
    bound = sqrt(3.0) * std
    return uniform_(tensor, -bound, bound)


@_on_tensor
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform with variance ``gain^2 * 2 / (fan_in + fan_out)``; returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> abs(xavier_uniform_(ravine.empty(1, 5)).sum().item()) <= 5
    True
    """
    if 0 in tensor.shape:
        return tensor
    return _uniform_of_std(tensor, gain * sqrt(2.0 / sum(fans(tensor))))


@_on_tensor
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with variance ``gain^2 * 2 / (fan_in + fan_out)``; returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> tuple(xavier_normal_(ravine.empty(3, 5)).shape)
    (3, 5)
    """
    if 0 in tensor.shape:
        return tensor
    return normal_(tensor, 0.0, gain * sqrt(2.0 / sum(fans(tensor))))


@_on_tensor
def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform with variance ``gain^2 / fan``; returns the tensor.

    Args:
        tensor: a weight (out, in, *kernel).
        a: the negative slope of the leaky ReLU that follows; 0 is ReLU.
        mode: ``"fan_in"`` keeps the variance of activations, ``"fan_out"`` that of gradients.
        nonlinearity: as for :func:`calculate_gain`.

    Raises:
        ValueError: an unknown mode or nonlinearity, or fewer than two dimensions.

    >>> import ravine
    >>> abs(kaiming_uniform_(ravine.empty(1, 6))[0, 0].item()) <= 1
    True
    """
    if 0 in tensor.shape:
        return tensor
    fan = _fan(tensor, mode)
    return _uniform_of_std(tensor, calculate_gain(nonlinearity, a) / sqrt(fan))


@_on_tensor
def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with variance ``gain^2 / fan``; arguments and errors as for :func:`kaiming_uniform_`.

    >>> import ravine
    >>> tuple(kaiming_normal_(ravine.empty(3, 5), mode="fan_out", nonlinearity="relu").shape)
    (3, 5)
    """
    if 0 in tensor.shape:
        return tensor
    fan = _fan(tensor, mode)
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / sqrt(fan))


# By their authors' other names.
glorot_uniform_, glorot_normal_ = xavier_uniform_, xavier_normal_
he_uniform_, he_normal_ = kaiming_uniform_, kaiming_normal_


@_on_tensor
def lecun_uniform_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Uniform with variance ``1 / fan_in``; returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> abs(lecun_uniform_(ravine.empty(1, 3))[0, 0].item()) <= 1
    True
    """
    if 0 in tensor.shape:
        return tensor
    return _uniform_of_std(tensor, 1.0 / sqrt(fans(tensor)[0]))


@_on_tensor
def lecun_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Normal with variance ``1 / fan_in``; returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> tuple(lecun_normal_(ravine.empty(3, 5)).shape)
    (3, 5)
    """
    if 0 in tensor.shape:
        return tensor
    return normal_(tensor, 0.0, 1.0 / sqrt(fans(tensor)[0]))


@_on_tensor
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from N(mean, std^2) that lie in [a, b]; returns the tensor.

    The variance is that of the truncated distribution, below ``std^2``. The distribution function is inverted
    at uniform draws, in float64.

    Raises:
        ValueError: ``a`` is not below ``b``, or ``std`` is negative.

    >>> import ravine
    >>> abs(trunc_normal_(ravine.empty(100), a=-1.0, b=1.0)).max().item() <= 1
    True
    """
    if not a < b or not std >= 0:
        raise ValueError(f"trunc_normal_: it needs a < b and std >= 0, got a={a}, b={b}, std={std}")
    from statistics import NormalDist

    if std == 0:
        return constant_(tensor, min(max(mean, a), b))
    normal = NormalDist()
    low, high = normal.cdf((a - mean) / std), normal.cdf((b - mean) / std)
    if high - low < 1e-12:
        raise ValueError(f"trunc_normal_: next to nothing of N({mean}, {std}^2) lies in [{a}, {b}]")
    with rv.no_grad():
        if tensor.is_meta:
            return tensor
        part = rv.rand(tuple(tensor.shape), dtype=rv.float64, device="cpu") * (high - low) + low
        values = [normal.inv_cdf(min(max(p, 1e-300), 1 - 1e-16)) for p in part.reshape(-1).tolist()]
        drawn = rv.tensor(values, dtype=rv.float64, device="cpu").reshape(tuple(tensor.shape)) * std + mean
        return tensor.copy_(drawn.clamp(a, b))


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal, zeros elsewhere; returns the tensor.

    Raises:
        ValueError: the tensor has not two dimensions.

    >>> import ravine
    >>> eye_(ravine.empty(2, 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with rv.no_grad():
        return tensor.copy_(rv.eye(*tensor.shape, dtype=tensor.dtype, device=tensor.device))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight (out, in, *kernel) so that it hands channels on; returns the tensor.

    Within each of ``groups``, output channel i is input channel i, as many as there are of both.

    Raises:
        ValueError: the tensor has not three to five dimensions, or ``groups`` does not divide the outputs.

    >>> import ravine
    >>> dirac_(ravine.empty(2, 2, 3)).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs = tensor.shape[:2]
    if groups < 1 or outputs % groups:
        raise ValueError("dim 0 must be divisible by groups")
    each = outputs // groups
    centre = tuple(size // 2 for size in tensor.shape[2:])
    with rv.no_grad():
        tensor.zero_()
        for group in range(groups):
            for i in range(min(each, inputs)):
                tensor[(group * each + i, i, *centre)] = 1.0
    return tensor


@_on_tensor
def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with ``gain`` times a random matrix of orthonormal rows or columns, whichever are fewer.

    Dimensions after the first are taken together. The matrix is Q of the QR decomposition of normal draws,
    signed by R's diagonal, which makes it uniform (Saxe, McClelland and Ganguli, 2014; Mezzadri, 2007).
    Returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> q = orthogonal_(ravine.empty(2, 5))
    >>> ((q @ q.T - ravine.eye(2)).abs().max() < 1e-5).item()
    True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0 or tensor.is_meta:
        return tensor
    import numpy as np

    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    drawn = rv.randn(rows, columns, dtype=rv.float64, device="cpu").numpy()
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))
    q = q.T if rows < columns else q
    with rv.no_grad():
        return tensor.copy_(rv.tensor(gain * q, device="cpu").reshape(tuple(tensor.shape)))


@_on_tensor
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill with draws from N(0, std^2), with the part ``sparsity`` of each column zero (Martens, 2010).

    Returns the tensor.

    Raises:
        ValueError: the tensor has not two dimensions, or ``sparsity`` is not in [0, 1].

    >>> import ravine
    >>> (sparse_(ravine.empty(10, 4), sparsity=0.3) == 0).sum(0).tolist()
    [3, 3, 3, 3]
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity is a part, between 0 and 1, got {sparsity}")
    rows, columns = tensor.shape
    zeros = ceil(sparsity * rows)
    with rv.no_grad():
        tensor.normal_(0.0, std)
        # The ranks of independent draws are a random order of each column.
        ranks = rv.rand(rows, columns, device=tensor.device).argsort(0).argsort(0)
        return tensor.mul_((ranks >= zeros).to(tensor.dtype))


def _reset_affine(weight: Tensor, bias: Tensor | None) -> None:
    """The default of Linear and Conv: weight and bias from U(-1/sqrt(fan_in), 1/sqrt(fan_in)).

    PyTorch writes the weight's as ``kaiming_uniform_(a=sqrt(5))``: ``sqrt(3) sqrt(2 / (1 + 5)) = 1``.
    """
    kaiming_uniform_(weight, a=sqrt(5.0))
    if bias is not None:
        fan_in = fans(weight)[0]
        bound = 1 / sqrt(fan_in) if fan_in > 0 else 0.0
        uniform_(bias, -bound, bound)


def _older(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """The function under its name of before PyTorch 0.4, without the underscore; it warns."""
    name = function.__name__

    @wraps(function)
    def older(*args: Any, **kwargs: Any) -> Tensor:
        import warnings

        text = f"`nn.init.{name[:-1]}` is now deprecated in favor of `nn.init.{name}`."
        warnings.warn(text, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    older.__name__ = older.__qualname__ = name[:-1]
    older.__doc__ = f"The older name of :func:`{name}`; it warns."
    return older


uniform = _older(uniform_)
normal = _older(normal_)
constant = _older(constant_)
eye = _older(eye_)
dirac = _older(dirac_)
xavier_uniform = _older(xavier_uniform_)
xavier_normal = _older(xavier_normal_)
kaiming_uniform = _older(kaiming_uniform_)
kaiming_normal = _older(kaiming_normal_)
orthogonal = _older(orthogonal_)
sparse = _older(sparse_)

# Private names of PyTorch's that models in the wild use.
_calculate_fan_in_and_fan_out = fans
_calculate_correct_fan = _fan
