"""Dropout: of elements, of channels, and for self-normalising networks."""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from ..._declare import FUNCTIONAL, declare
from ...errors import ShapeError, ValueError

# What `selu` tends to at -infinity: -scale * alpha.
_SELU_LOW = -1.7580993408473766


@declare(FUNCTIONAL)
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """If ``training``, zero elements at random and scale the rest; see :class:`ravine.nn.Dropout`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].

    >>> import ravine
    >>> dropout(ravine.ones(2), training=False).tolist()
    [1.0, 1.0]
    """
    _check(p)
    if not training or p == 0:
        return input
    output = rv.dropout(input, p, True)
    return input.copy_(output) if inplace else output


@declare(FUNCTIONAL)
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """If ``training``, zero whole channels of (N, C, L) or (C, L); see :class:`ravine.nn.Dropout1d`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].
        ShapeError: the input has another number of dimensions.

    >>> import ravine
    >>> dropout1d(ravine.ones(1, 2, 3), 1.0).sum().item()
    0.0
    """
    if input.ndim not in (2, 3):
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, C, L) or (C, L)")
    return _channels(input, input.ndim - 1, p, training, inplace)


@declare(FUNCTIONAL)
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """If ``training``, zero whole channels of (N, C, H, W) or (N, C, L); see :class:`ravine.nn.Dropout2d`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].
        ShapeError: the input has another number of dimensions.

    >>> import ravine
    >>> dropout2d(ravine.ones(1, 2, 3, 3), 1.0).sum().item()
    0.0
    """
    if input.ndim not in (3, 4):
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, C, H, W)")
    return _channels(input, 2, p, training, inplace)


@declare(FUNCTIONAL)
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """If ``training``, zero whole channels of (N, C, D, H, W); see :class:`ravine.nn.Dropout3d`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].
        ShapeError: the input has another number of dimensions.

    >>> import ravine
    >>> dropout3d(ravine.ones(1, 2, 3, 3, 3), 1.0).sum().item()
    0.0
    """
    if input.ndim not in (4, 5):
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, C, D, H, W)")
    # As in PyTorch the first two dimensions are dropped from, whether or not there is a batch.
    return _channels(input, 2, p, training, inplace)


def _channels(input: Tensor, lead: int, p: float, training: bool, inplace: bool) -> Tensor:
    """Each index of the first ``lead`` dimensions is kept or dropped as a whole."""
    _check(p)
    if not training or p == 0:
        return input
    kept = rv.dropout(input.new_ones(*input.shape[:lead], *(1,) * (input.ndim - lead)), p, True)
    output = input * kept
    return input.copy_(output) if inplace else output


@declare(FUNCTIONAL)
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """If ``training``, dropout that keeps mean and variance; see :class:`ravine.nn.AlphaDropout`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].

    >>> import ravine
    >>> alpha_dropout(ravine.ones(2), training=False).tolist()
    [1.0, 1.0]
    """
    return _alpha(input, input.ndim, p, training, inplace)


@declare(FUNCTIONAL)
def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """If ``training``, :func:`alpha_dropout` of whole channels; see :class:`ravine.nn.FeatureAlphaDropout`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].
        ShapeError: the input has fewer than two dimensions.

    >>> import ravine
    >>> feature_alpha_dropout(ravine.ones(1, 2), training=False).tolist()
    [[1.0, 1.0]]
    """
    if input.ndim < 2:
        raise ShapeError(
            f"input has shape {tuple(input.shape)}; it must be (N, C, ...) of 2 dimensions or more"
        )
    return _alpha(input, 2, p, training, inplace)


def _alpha(input: Tensor, lead: int, p: float, training: bool, inplace: bool) -> Tensor:
    """Alpha dropout; each index of the first ``lead`` dimensions is kept or dropped as a whole."""
    _check(p)
    if not training or p == 0:
        return input
    if p == 1:
        output = input * 0
    else:
        scale = ((1 - p) * (1 + p * _SELU_LOW**2)) ** -0.5
        ones = input.new_ones(*input.shape[:lead], *(1,) * (input.ndim - lead))
        kept = rv.dropout(ones, p, True) > 0
        output = rv.where(kept, input, _SELU_LOW) * scale - scale * _SELU_LOW * p
    return input.copy_(output) if inplace else output


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
