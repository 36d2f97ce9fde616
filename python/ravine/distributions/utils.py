"""What distributions share: parameters of one shape, probabilities and logits, triangles and vectors."""

from __future__ import annotations

from functools import update_wrapper
from math import isqrt
from numbers import Number
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._names import Size
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

_EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
_TINY = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}


def eps_of(x: Tensor) -> float:
    """The distance from 1 to the next number of the tensor's dtype."""
    return _EPS[x.dtype.name]


def tiny_of(x: Tensor) -> float:
    """The least normal number of the tensor's dtype."""
    return _TINY[x.dtype.name]


def broadcast_all(*values: Tensor | float) -> tuple[Tensor, ...]:
    """Tensors of the shape to which all values broadcast; numbers get the dtype and the device of the first
    tensor.

    Raises:
        ValueError: a value is neither a number nor a tensor.
        ShapeError: the shapes do not broadcast.

    >>> from ravine.distributions.utils import broadcast_all
    >>> broadcast_all(ravine.zeros(2), 1.0)
    (tensor([0., 0.]), tensor([1., 1.]))
    """
    for value in values:
        if not isinstance(value, (Tensor, Number)):
            raise ValueError(
                f"broadcast_all: a parameter is a number or a tensor, not a {type(value).__name__}. "
                "Wrap it in ravine.tensor(...)"
            )
    like = next((v for v in values if isinstance(v, Tensor)), None)
    dtype, device = (ravine.float32, None) if like is None else (like.dtype, like.device)
    tensors = [v if isinstance(v, Tensor) else ravine.tensor(v, dtype=dtype, device=device) for v in values]
    return tuple(ravine.broadcast_tensors(*tensors))


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities kept off 0 and 1 by the dtype's epsilon."""
    eps = eps_of(probs)
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """`sigmoid` of logits for each element, else their `softmax` along the last dimension."""
    return ravine.sigmoid(logits) if is_binary else ravine.softmax(logits, -1)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """`log p`, less `log(1 - p)` if each element stands for itself; of probabilities kept off 0 and 1."""
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


class lazy_property:
    """A property that is computed once, when it is first read. Setting the attribute replaces it."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # pyright: ignore[reportArgumentType]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with ravine.enable_grad():
            value = self.wrapped(instance)
        instance.__dict__[self.wrapped.__name__] = value
        return value


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Lower triangular matrices (..., D, D), row by row, from vectors of their elements on and below
    diagonal `diag`.

    Raises:
        ShapeError: no triangle has that many elements.

    >>> from ravine.distributions.utils import vec_to_tril_matrix
    >>> vec_to_tril_matrix(ravine.tensor([1.0, 2.0, 3.0]))
    tensor([[1., 0.],
            [2., 3.]])
    """
    size = vec.shape[-1]
    root = isqrt((1 + 2 * diag) ** 2 + 8 * size + 4 * abs(diag) * (diag + 1))
    n = (root - 1 - 2 * diag) // 2
    rows, columns = ravine.tril_indices(n, n, diag, device=vec.device)
    if len(rows) != size:
        raise ShapeError(
            f"vec_to_tril_matrix: no triangle below diagonal {diag} has {size} elements; vectors have "
            "D (D + 1) / 2 of them for the whole triangle"
        )
    flat = ravine.zeros(*vec.shape[:-1], n * n, dtype=vec.dtype, device=vec.device)
    places = (rows * n + columns).expand(vec.shape)
    return flat.scatter(-1, places, vec).reshape(*vec.shape[:-1], n, n)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements on and below diagonal `diag` of (..., D, D), row by row.

    Raises:
        ValueError: there is no such diagonal.

    >>> from ravine.distributions.utils import tril_matrix_to_vec
    >>> tril_matrix_to_vec(ravine.tensor([[1.0, 0.0], [2.0, 3.0]]))
    tensor([1., 2., 3.])
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"tril_matrix_to_vec: diag={diag} must lie from {-n} to {n - 1} for {n} rows")
    rows, columns = ravine.tril_indices(n, n, diag, device=mat.device)
    return mat[..., rows, columns]


def sum_rightmost(value: Tensor, count: int) -> Tensor:
    """The sum over the last `count` dimensions."""
    return value.sum(tuple(range(-count, 0))) if count else value


def standard_normal(shape: Sequence[int], like: Tensor) -> Tensor:
    """Standard normal numbers, of the dtype and on the device of another tensor."""
    return ravine.randn(*shape, dtype=like.dtype, device=like.device)


def standard_uniform(shape: Sequence[int], like: Tensor) -> Tensor:
    """Uniform numbers in [0, 1), of the dtype and on the device of another tensor."""
    return ravine.rand(*shape, dtype=like.dtype, device=like.device)


def open_uniform(shape: Sequence[int], like: Tensor) -> Tensor:
    """Uniform numbers in (0, 1): instead of 0 half of the next number."""
    return standard_uniform(shape, like).clamp(min=eps_of(like) / 4)


class Chances:
    """Parameters `probs` and `logits` of which one is given and the other follows, when it is asked for.

    `logits` are `log(p / (1 - p))` of single probabilities, `log p` of those that add up to 1.
    """

    _each_alone = True
    _is_probs: bool

    def _choose(self, probs: Any, logits: Any) -> Any:
        """The one that is given."""
        if (probs is None) == (logits is None):
            given = "neither is" if probs is None else "both are"
            raise ValueError(f"{type(self).__name__}: {given} given of probs and logits; give one of them")
        self._is_probs = probs is not None
        return probs if self._is_probs else logits

    def _keep(self, param: Tensor) -> None:
        """Sets the parameter that was given."""
        self.__dict__["probs" if self._is_probs else "logits"] = param

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs" if self._is_probs else "logits"]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter that was given."""
        return Size(self._param.shape)

    @lazy_property
    def logits(self) -> Tensor:
        """Log-odds, or unnormalised log-probabilities."""
        return probs_to_logits(self.probs, self._each_alone)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities."""
        return logits_to_probs(self.logits, self._each_alone)
