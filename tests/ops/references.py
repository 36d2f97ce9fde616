"""What records are held to, in NumPy and float64, where that takes more than a line.

A record's reference names its function here, with the parameters that it needs; `test_coverage.py` sees to it
that every name exists and every function is named. Those that begin with an underscore serve the others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special

Array = np.ndarray
Pair = int | tuple[int, int]

# ---- Activations: what is -inf at the left end is -0 there


def gated(x: Array, share: Array) -> Array:
    """`x share`, whose share is 0 at -inf."""
    return np.where(np.isneginf(x), -0.0, x * share)


def selu(x: Array) -> Array:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * np.where(x > 0, x, alpha * np.expm1(x))


def softplus(x: Array, beta: float, threshold: float) -> Array:
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)


def softshrink(x: Array, lambd: float) -> Array:
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0 + 0.0))


# ---- Shapes and indices


def unfold(x: Array, dimension: int, size: int, step: int) -> Array:
    if x.ndim == 0:
        return x[None][:size]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dimension)
    return windows[(slice(None),) * (dimension % x.ndim) + (slice(None, None, step),)]


def scatter_add(x: Array, dim: int, index: Array, src: Array) -> Array:
    out = np.array(x)
    own = np.indices(index.shape)
    places = tuple(index if d == dim else own[d] for d in range(x.ndim))
    np.add.at(out, places, src[tuple(map(slice, index.shape))])
    return out


def index_put(x: Array, indices: list[Array], values: Array, accumulate: bool) -> Array:
    out = np.array(x)
    if accumulate:
        np.add.at(out, tuple(indices), values)
    else:
        out[tuple(indices)] = values
    return out


def one_hot(x: Array, num_classes: int) -> Array:
    return np.eye(num_classes if num_classes > 0 else x.max() + 1, dtype=np.int64)[x]


def nonzero(x: Array) -> Array:
    return np.stack(np.nonzero(x), -1) if np.ndim(x) else np.zeros((int(x != 0), 0))


def searchsorted(sequence: Array, x: Array, right: bool) -> Array:
    x, rows = np.asarray(x), sequence.reshape(-1, sequence.shape[-1])
    side = "right" if right else "left"
    places = [
        np.searchsorted(np.sort(row), values, side)
        for row, values in zip(rows, x.reshape(len(rows), -1), strict=True)
    ]
    return np.stack(places).reshape(x.shape)


def sort(x: Array, dim: int, descending: bool) -> tuple[Array, Array]:
    order = np.argsort(-x if descending else x, axis=dim, kind="stable")
    return np.take_along_axis(x, order, dim), order


# ---- Normalisation


def softmax(x: Array, dim: int) -> Array:
    return scipy.special.softmax(x, axis=dim) if x.ndim and x.size else np.ones(x.shape)


def log_softmax(x: Array, dim: int) -> Array:
    return scipy.special.log_softmax(x, axis=dim) if x.ndim and x.size else np.zeros(x.shape)


def _affine(x: Array, weight: Array | None, bias: Array | None) -> Array:
    return x * (1 if weight is None else weight) + (0 if bias is None else bias)


def _standardised(x: Array, axes: tuple[int, ...], eps: float) -> Array:
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred / np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def _last(normalized_shape: Any) -> tuple[int, ...]:
    """The dimensions that a shape stands for."""
    return tuple(range(-np.size(normalized_shape), 0))


def layer_norm(
    x: Array, normalized_shape: Any, weight: Array | None, bias: Array | None, eps: float
) -> Array:
    return _affine(_standardised(x, _last(normalized_shape), eps), weight, bias)


def rms_norm(x: Array, normalized_shape: Any, weight: Array | None, eps: float | None) -> Array:
    mean = (x * x).mean(axis=_last(normalized_shape), keepdims=True)
    return _affine(x / np.sqrt(mean + (np.finfo(x.dtype).eps if eps is None else eps)), weight, None)


def group_norm(x: Array, num_groups: int, weight: Array | None, bias: Array | None, eps: float) -> Array:
    rows = x.reshape(x.shape[0], num_groups, int(np.prod(x.shape[1:])) // num_groups)
    column = (-1,) + (1,) * (x.ndim - 2)
    weight, bias = (None if p is None else p.reshape(column) for p in (weight, bias))
    return _affine(_standardised(rows, (-1,), eps).reshape(x.shape), weight, bias)


# ---- Convolution and pooling


def _windows(x: Array, kernel: Array, stride: Array, dilation: Array) -> Array:
    """(.., H, W) as (.., H', W', kh, kw)."""
    reach = tuple(dilation * (kernel - 1) + 1)
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, (-2, -1))
    return seen[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def _padded(x: Array, sides: list[tuple[int, int]], value: float = 0) -> Array:
    """With so many elements before and behind the last two dimensions."""
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + sides, constant_values=value)


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Pair,
    padding: Pair | str,
    dilation: Pair,
    groups: int,
) -> Array:
    s, d, kernel = (np.broadcast_to(v, 2) for v in (stride, dilation, weight.shape[2:]))
    if padding == "same":
        sides = [(n // 2, n - n // 2) for n in d * (kernel - 1)]
    else:
        sides = [(n, n) for n in np.broadcast_to(0 if padding == "valid" else padding, 2)]
    images = _padded(x.reshape((-1, *x.shape[-3:])), sides)
    seen = _windows(images, kernel, s, d)
    seen = seen.reshape((len(images), groups, weight.shape[1], *seen.shape[2:]))
    kernels = weight.reshape((groups, len(weight) // groups, *weight.shape[1:]))
    y = np.einsum("ngcijpq,gocpq->ngoij", seen, kernels).reshape((len(images), len(weight), *seen.shape[3:5]))
    if bias is not None:
        y = y + bias[:, None, None]
    return y.reshape(x.shape[:-3] + y.shape[1:])


def _counts(plane: Array, reach: Array, stride: Array, padding: Array, ceil: bool) -> Array:
    """Windows along each dimension; one that would begin behind the input is left out."""
    whole, rest = np.divmod(plane + 2 * padding - reach, stride)
    n = whole + 1
    if ceil:
        n = n + (rest > 0)
        n = n - ((rest > 0) & ((n - 1) * stride >= plane + padding))
    return n


def max_pool2d(
    x: Array, kernel: Pair, stride: Pair | None, padding: Pair, dilation: Pair, ceil: bool
) -> Array:
    stride = kernel if stride is None else stride
    k, s, p, d = (np.broadcast_to(v, 2) for v in (kernel, stride, padding, dilation))
    reach = d * (k - 1) + 1
    n = _counts(np.array(x.shape[-2:]), reach, s, p, ceil)
    sides = [(p[i], p[i] + s[i] + reach[i]) for i in (0, 1)]
    seen = _windows(_padded(x.astype(float), sides, -np.inf), k, s, d)
    return seen.max((-2, -1))[..., : n[0], : n[1]]


def avg_pool2d(
    x: Array,
    kernel: Pair,
    stride: Pair | None,
    padding: Pair,
    ceil: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Array:
    stride = kernel if stride is None else stride
    k, s, p = (np.broadcast_to(v, 2) for v in (kernel, stride, padding))
    n = _counts(np.array(x.shape[-2:]), k, s, p, ceil)

    def sums(values: Array, outside: float) -> Array:
        """Over each window; what lies behind the padding is 0."""
        inner = _padded(values, [(p[0], p[0]), (p[1], p[1])], outside)
        seen = _windows(_padded(inner, [(0, s[0] + k[0]), (0, s[1] + k[1])]), k, s, np.ones(2, int))
        return seen.sum((-2, -1))[..., : n[0], : n[1]]

    own = np.ones(x.shape[-2:])
    return sums(x, 0) / (divisor or sums(own, float(count_include_pad)))


# ---- Recurrent networks


def rnn_sequence(x: Array, h: Array, w: Array, nonlinearity: str) -> Array:
    states = []
    for step in np.asarray(x):
        z = step + h @ np.transpose(w)
        h = np.tanh(z) if nonlinearity == "tanh" else np.maximum(z, 0)
        states.append(h)
    return np.stack(states)


def lstm_sequence(x: Array, h: Array, c: Array, w: Array) -> list[Array]:
    sigmoid, states = scipy.special.expit, []
    for step in np.asarray(x):
        z = (step + h @ np.transpose(w)).reshape(len(h), 4, h.shape[1])
        c = sigmoid(z[:, 1]) * c + sigmoid(z[:, 0]) * np.tanh(z[:, 2])
        h = sigmoid(z[:, 3]) * np.tanh(c)
        states.append(h)
    return [np.stack(states), c]


def gru_sequence(x: Array, h: Array, w: Array, b: Array) -> Array:
    sigmoid, states = scipy.special.expit, []
    for step in np.asarray(x):
        own, past = (t.reshape(len(h), 3, h.shape[1]) for t in (step, h @ np.transpose(w)))
        r, z = sigmoid(own[:, 0] + past[:, 0]), sigmoid(own[:, 1] + past[:, 1])
        h = (1 - z) * np.tanh(own[:, 2] + r * (past[:, 2] + b)) + z * h
        states.append(h)
    return np.stack(states)


# ---- Attention and losses


def attention(
    query: Array,
    key: Array,
    value: Array,
    mask: Array | None,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
) -> Array:
    if enable_gqa:
        key, value = (np.repeat(t, query.shape[-3] // t.shape[-3], -3) for t in (key, value))
    scores = query @ np.swapaxes(key, -1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:]) > 0, scores, -np.inf)
    elif mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    # A query that sees no key gets zeros.
    top = np.maximum(scores.max(-1, keepdims=True, initial=-np.inf), -1e300)
    weights = np.exp(scores - top)
    total = weights.sum(-1, keepdims=True)
    return weights / np.where(total == 0, 1, total) @ np.asarray(value)


def cross_entropy(
    x: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Array:
    dim, target = min(x.ndim - 1, 1), np.asarray(target)
    classes, logp = x.shape[dim], scipy.special.log_softmax(x, axis=dim)
    weight = np.ones(classes) if weight is None else weight
    if target.dtype.kind in "iu":
        valid = target != ignore_index
        labels = np.where(valid, target, 0)
        wanted = np.moveaxis(np.eye(classes)[labels], -1, dim)
        total = (valid * weight[labels]).sum()
    else:
        valid, wanted, total = 1, target, logp.size / classes
    wanted = wanted * (1 - label_smoothing) + label_smoothing / classes
    column = weight.reshape((classes,) + (1,) * (x.ndim - 1 - dim))
    losses = valid * -(wanted * logp * column).sum(dim)
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / total}[reduction]


# ---- Special functions: SciPy's, with the limits at infinity and at 0 that it leaves out, and signs of zero


def _odd(f: Any, x: Array) -> Array:
    return np.where(x == 0, x, f(x))


def erfinv(x: Array) -> Array:
    return _odd(scipy.special.erfinv, x)


def lgamma(x: Array) -> Array:
    near = np.abs(x) < 1e-300
    found = np.where(near & (x != 0), -np.log(np.abs(x)), scipy.special.gammaln(x))
    return np.where(np.isneginf(x), np.inf, found)


def i0(x: Array) -> Array:
    return np.where(np.isinf(x), np.inf, scipy.special.i0(x))


def i1(x: Array) -> Array:
    return np.where(np.isinf(x), x, _odd(scipy.special.i1, x))


def i1e(x: Array) -> Array:
    return _odd(scipy.special.i1e, x)


def _wave(x: Array, order: int, second: bool) -> Array:
    """A Bessel function far out: a cosine of x, whose quarters of a turn are put in exactly."""
    a = np.abs(x)
    sine, cosine = np.sin(a), np.cos(a)
    parts = {
        (0, False): cosine + sine,
        (0, True): sine - cosine,
        (1, False): sine - cosine,
        (1, True): -(sine + cosine),
    }
    return parts[order, second] / np.sqrt(np.pi) / np.sqrt(a)


def bessel(name: str, x: Array) -> Array:
    """SciPy's functions of any order for j0, j1, y0 or y1: they take fewer shortcuts. Half of x for j1 of
    the smallest, and beyond 1e18 the first term of Hankel's expansion, with 0 at infinity."""
    order, second = int(name[1]), name[0] == "y"
    sides = np.sign(x) if order and not second else np.ones_like(x)
    a = np.abs(x)
    general = scipy.special.yv if second else scipy.special.jv
    found = general(order, np.where(a > 1e18, 1.0, a))
    found = np.where(a < 1e-300, getattr(scipy.special, name)(a) if second or not order else a / 2, found)
    far = np.where(np.isinf(x), 0.0, _wave(a, order, second))
    found = np.where(a > 1e18, far, found)
    found = np.where(x < 0, np.nan, found) if second else found * sides
    return np.where(x == 0, x, found) if order and not second else found


def airy_ai(x: Array) -> Array:
    found = scipy.special.airy(np.where(np.abs(x) > 1e9, 0.0, x))[0]
    return np.where(np.abs(x) > 1e9, 0.0, found)


@np.vectorize
def _zeta(s: float, q: float) -> float:
    s, q = float(s), float(q)
    if math.isnan(s) or math.isnan(q) or s < 1:
        return math.nan
    if s == 1 or (q <= 0 and (math.isinf(q) or q == math.floor(q))):
        return math.inf
    if q < 0 and (math.isinf(s) or s != math.floor(s)):
        return math.nan
    if s > 1e4:
        return math.inf if q < 1 else float(np.power(q, -s))
    # The first terms may cancel: they are added up exactly.
    terms = []
    while q < 3:
        terms.append(float(np.power(q, -s)))
        q += 1
    if math.inf in terms:
        return math.inf
    return math.fsum([*terms, 0.0 if math.isinf(q) else float(scipy.special.zeta(s, q))])


def zeta(s: Array, q: Array) -> Array:
    """SciPy's above 0, and the terms that come before."""
    return _zeta(s, q) if np.broadcast(s, q).size else np.zeros(np.broadcast(s, q).shape)
