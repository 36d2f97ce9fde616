"""The truth in float64, written in NumPy as the formulas stand in books."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    Array = np.ndarray[Any, Any]

__all__ = ["NAMES"]

_erf = np.vectorize(math.erf, otypes=[np.float64])
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def sigmoid(x: Array) -> Array:
    """From minus infinity too."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def _gated(x: Array, share: Array) -> Array:
    """`x share`, nothing where the share has gone to 0 faster than `x` grows."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(x), -0.0, x * share)


def _softplus(x: Array, beta: float, threshold: float) -> Array:
    return np.where(beta * x > threshold, x, np.logaddexp(0, beta * x) / beta)


def _selu(x: Array) -> Array:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))


def _softshrink(x: Array, lambd: float) -> Array:
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


#: What references of elementwise records name besides their parameters. SciPy need not be there.
NAMES: dict[str, Any] = {
    "np": np,
    "scipy": SimpleNamespace(
        special=SimpleNamespace(
            erf=_erf, erfc=_erfc, expit=sigmoid, ndtr=lambda x: _erfc(-x / math.sqrt(2)) / 2
        )
    ),
    "gated": _gated,
    "softplus": _softplus,
    "selu": _selu,
    "softshrink": _softshrink,
}


def known(reference: str) -> bool:
    """Whether there is a reference that names nothing else. Those of special functions take SciPy."""
    function = reference.partition("(")[0]
    special = NAMES["scipy"].special
    if function.startswith("scipy.special."):
        return hasattr(special, function.removeprefix("scipy.special."))
    return bool(reference) and (not function.isidentifier() or function in NAMES)


def softmax(x: Array) -> Array:
    """Along the last dimension."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x: Array) -> Array:
    """Along the last dimension."""
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def standardised(x: Array, axes: tuple[int, ...], eps: float = 1e-5) -> Array:
    """Mean 0 and variance 1 over these dimensions."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def attention(q: Array, k: Array, v: Array) -> Array:
    """Query i sees keys 0 to i."""
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    hidden = np.triu(np.ones(scores.shape[-2:], bool), 1)
    return softmax(np.where(hidden, -np.inf, scores)) @ v


def cross_entropy(x: Array, target: Array) -> Array:
    """The mean over rows, as an array without dimensions."""
    return np.asarray(-log_softmax(x)[np.arange(len(x)), target].mean())


def conv2d(x: Array, w: Array, stride: int, padding: int, groups: int) -> Array:
    """Of (N, C, H, W) with (O, C / groups, kh, kw)."""
    n, channels = x.shape[:2]
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    x = x.reshape(n, groups, channels // groups, *x.shape[2:])
    w = w.reshape(groups, -1, *w.shape[1:])
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[-2:], (-2, -1))
    windows = windows[..., ::stride, ::stride, :, :]
    return np.einsum("ngchwij,gocij->ngohw", windows, w).reshape(n, -1, *windows.shape[3:5])


def pooled(x: Array, size: int, how: Any) -> Array:
    """Windows side by side."""
    n, c, h, w = x.shape
    return how(x.reshape(n, c, h // size, size, w // size, size), (3, 5))


def rnn(x: Array, weight: Array, recurrent: Array) -> Array:
    """Hidden states (T, B, H) of an Elman network without biases."""
    h, out = np.zeros((x.shape[1], recurrent.shape[1])), []
    for step in x:
        h = np.tanh(step @ weight.T + h @ recurrent.T)
        out.append(h)
    return np.stack(out)


def lstm(x: Array, weight: Array, recurrent: Array) -> Array:
    """Hidden states (T, B, H), gates in the order input, forget, candidate, output."""
    h = c = np.zeros((x.shape[1], recurrent.shape[1]))
    out = []
    for step in x:
        i, f, g, o = np.split(step @ weight.T + h @ recurrent.T, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out.append(h)
    return np.stack(out)


def gru(x: Array, weight: Array, recurrent: Array) -> Array:
    """Hidden states (T, B, H), gates in the order reset, update, candidate."""
    h, out = np.zeros((x.shape[1], recurrent.shape[1])), []
    for step in x:
        (r, z, n), (hr, hz, hn) = (np.split(y, 3, -1) for y in (step @ weight.T, h @ recurrent.T))
        z = sigmoid(z + hz)
        h = (1 - z) * np.tanh(n + sigmoid(r + hr) * hn) + z * h
        out.append(h)
    return np.stack(out)
