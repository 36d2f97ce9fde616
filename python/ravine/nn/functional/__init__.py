"""The layers as functions, without state: ``import ravine.nn.functional as F``.

Every function is a call to an op of the same name, in PyTorch's signature.
"""

from __future__ import annotations

import ravine as rv

from .._activations import (
    celu,
    celu_,
    elu,
    elu_,
    glu,
    gumbel_softmax,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    logsigmoid,
    mish,
    normalize,
    prelu,
    relu6,
    relu_,
    selu,
    selu_,
    silu,
    softmax_dim,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
    threshold_,
)
from .._convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d, fold, pad, unfold
from .._dropouts import alpha_dropout, dropout1d, dropout2d
from .._losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cosine_similarity,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    multi_margin_loss,
    nll_loss,
    pairwise_distance,
    poisson_nll_loss,
    refuse_retired,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
)
from .._norms import batch_norm, group_norm, instance_norm, rms_norm
from .._pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d,
    adaptive_max_pool2d_with_indices,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
)
from .._resampling import interpolate, pixel_shuffle, pixel_unshuffle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..._core import Tensor

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "elu",
    "elu_",
    "embedding",
    "fold",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
    "unfold",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``.

    Args:
        input: (..., in_features), floating point.
        weight: (out_features, in_features), or (in_features,) for one output without a dimension.
        bias: (out_features,).

    Returns:
        (..., out_features).

    Raises:
        Error: when the shapes or dtypes do not fit.

    >>> import ravine
    >>> linear(ravine.tensor([1.0, 2.0]), ravine.tensor([[3.0, 4.0]])).tolist()
    [11.0]
    """
    output = rv.matmul(input, weight.transpose(0, 1) if weight.ndim == 2 else weight)
    return output if bias is None else output + bias


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(x, 0)``, elementwise, of any real dtype; see :class:`ravine.nn.ReLU`.

    >>> import ravine
    >>> relu(ravine.tensor([-1, 2])).tolist()
    [0, 2]
    """
    return _over(input, rv.relu(input)) if inplace else rv.relu(input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """``x Phi(x)``, elementwise, floating point; see :class:`ravine.nn.GELU`.

    >>> import ravine
    >>> gelu(ravine.tensor(0.0)).item()
    0.0
    """
    return rv.gelu(input, approximate=approximate)


def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-x))``, elementwise.

    >>> import ravine
    >>> sigmoid(ravine.tensor(0.0)).item()
    0.5
    """
    return rv.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """``tanh(x)``, elementwise.

    >>> import ravine
    >>> tanh(ravine.tensor(0.0)).item()
    0.0
    """
    return rv.tanh(input)


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
    return rv.softmax(input, dim=softmax_dim(dim, input))


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``x_i - log sum_j exp(x_j)`` along ``dim``; arguments as for :func:`softmax`.

    >>> import ravine
    >>> log_softmax(ravine.zeros(1), dim=0).item()
    0.0
    """
    if dtype is not None:
        input = input.to(dtype=dtype)
    return rv.log_softmax(input, dim=softmax_dim(dim, input))


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Zero mean and unit variance over the last dimensions; see :class:`ravine.nn.LayerNorm`.

    >>> import ravine
    >>> layer_norm(ravine.ones(2, 3), (3,)).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return rv.layer_norm(input, normalized_shape, weight, bias, eps)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """If ``training``, zero elements at random and scale the rest; see :class:`ravine.nn.Dropout`.

    Raises:
        ValueError: ``p`` is outside of [0, 1].

    >>> import ravine
    >>> dropout(ravine.ones(2), training=False).tolist()
    [1.0, 1.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    output = rv.dropout(input, p, True)
    return _over(input, output) if inplace else output


def _over(input: Tensor, output: Tensor) -> Tensor:
    return input.copy_(output)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of ``weight`` that ``input`` names; see :class:`ravine.nn.Embedding`.

    Args:
        input: int64 or int32 of any shape, from 0 to R - 1.
        weight: (R, D).
        padding_idx: a row that gets no gradient; a negative one counts from the end.
        max_norm: named rows of a greater norm are first scaled down to it, in ``weight`` itself, unseen by
            autograd.
        norm_type: the p of that norm.

    Returns:
        (*input.shape, D).

    Raises:
        IndexError: an index is no row; an input that is not yet computed raises it when the result is read.
        ValueError: ``padding_idx`` is no row.
        NotImplementedError: ``scale_grad_by_freq`` or ``sparse``; gradients are dense.

    >>> import ravine
    >>> embedding(ravine.tensor([1, 0]), ravine.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    if scale_grad_by_freq or sparse:
        raise NotImplementedError(
            "embedding: gradients are dense and unscaled; leave scale_grad_by_freq and sparse False"
        )
    padding = -1 if padding_idx is None else _row(padding_idx, weight.shape[0])
    if max_norm is not None:
        _renormalise(weight, input, max_norm, norm_type)
    return rv.embedding(weight, input, padding)


def _row(index: int, rows: int) -> int:
    if not -rows <= index < rows:
        raise ValueError(f"padding_idx must be within the {rows} rows of the weight, but is {index}")
    return index % rows


def _renormalise(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    with rv.no_grad():
        places = input.reshape(-1)
        rows = rv.embedding(weight, places)
        norms = rv.norm(rows, norm_type, 1, keepdim=True)
        # Rows named twice are written twice, with the same numbers.
        weight.index_put_([places], rv.where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows))


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """``softmax(query key^T scale + mask) value`` (Vaswani et al., 2017), fused: scores are never stored.

    Args:
        query: (..., L, E), floating point. Leading dimensions, for example batch and head, broadcast.
        key: (..., S, E).
        value: (..., S, V).
        attn_mask: broadcasts to (..., L, S). bool: True where a query may see a key; floating: added to the
            scores.
        dropout_p: the probability of dropping a weight. Applied always: pass 0 in evaluation.
        is_causal: query i sees keys 0 to i. Excludes a mask.
        scale: ``1 / sqrt(E)`` by default.
        enable_gqa: key and value may have fewer heads (dimension -3), each of which serves a group of query
            heads.

    Returns:
        (..., L, V); zeros for a query that sees no key.

    Raises:
        Error: when shapes or dtypes do not fit, for a probability outside of [0, 1], and for a mask with
            ``is_causal``.

    >>> import ravine
    >>> q = ravine.ones(2, 3)
    >>> scaled_dot_product_attention(q, q, ravine.tensor([[0.0], [1.0]]), is_causal=True).tolist()
    [[0.0], [0.5]]
    """
    return rv.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
    )


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 where the index is, 0 elsewhere: (...) int64 -> (..., num_classes) int64.

    Args:
        tensor: indices.
        num_classes: -1 for one more than the greatest index, which has to be computed to be known.

    Raises:
        Error: when an index is negative or not below ``num_classes``.

    >>> import ravine
    >>> one_hot(ravine.tensor([0, 2]), 3).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    return rv.one_hot(tensor, num_classes)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: None = None,
    ignore_index: int = -100,
    reduce: None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """``-log softmax(input)[target]``; see :class:`ravine.nn.CrossEntropyLoss`.

    ``size_average`` and ``reduce`` hold the places of PyTorch's retired arguments.

    Raises:
        TypeError: one of the two retired arguments was given.
        Error: when shapes or dtypes do not fit or a target is no class.

    >>> import ravine
    >>> round(cross_entropy(ravine.zeros(2, 4), ravine.tensor([0, 3])).item(), 4)
    1.3863
    """
    refuse_retired(size_average, reduce)
    return rv.cross_entropy(
        input,
        target,
        weight=weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
