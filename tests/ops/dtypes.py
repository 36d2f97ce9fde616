"""Which dtypes an op takes, where that is not every one; taking another one, or refusing one, fails its test.

A table speaks of the tensors of a sample whose dtype a test chooses (`Case.first`).
"""

from __future__ import annotations

FLOATS = ("float64", "float32", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int16", "int8", "uint8")
EVERY = frozenset((*FLOATS, *INTEGERS, "bool"))

#: Sums, means and what is made of them: their results are no integers.
FLOATING = [
    "layer_norm",
    "rms_norm",
    "group_norm",
    "conv2d",
    "avg_pool2d",
    "cross_entropy",
    "rnn_sequence",
    "lstm_sequence",
    "gru_sequence",
    "scaled_dot_product_attention",
    "mean",
    "var",
    "std",
    "batch_norm_moments",
    "batch_norm_fixed",
    "nll_loss",
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "kl_div",
    "poisson_nll_loss",
    "gaussian_nll_loss",
    "soft_margin_loss",
    "cosine_similarity",
    "pairwise_distance",
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "triplet_margin_loss",
    "multi_margin_loss",
    "conv1d",
    "conv_transpose1d",
    "conv_transpose2d",
    "avg_pool1d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "upsample_nearest2d",
    "frac",
    "lerp",
    "norm",
    "var_mean",
    "std_mean",
    "nanmean",
    "cdist",
    "logcumsumexp",
]
#: Arithmetic that has no meaning for two truth values.
NO_BOOL = [
    "neg",
    "relu",
    "floor",
    "ceil",
    "trunc",
    "round",
    "square",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "col2im",
    "cross",
    "addmm",
    "addmv",
    "baddbmm",
    "index_add",
    "scatter_add",
]
#: What is computed in two dtypes only.
WIDE_FLOATS = ["quantile"]
#: Depends on the other arguments: a float operand, `dtype=`, `accumulate=`.
SOMETIMES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("sub", "pow", "remainder", "floor_divide", "fmod", "index_put"), frozenset({"bool"})),
    **dict.fromkeys(("softmax", "log_softmax"), frozenset((*INTEGERS, "bool"))),
}
#: Integers that are positions, or classes.
POSITIONS = frozenset({"int32", "int64"})
WITH_POSITIONS = ["embedding", "gather", "scatter_add", "one_hot"]


def taken(name: str, first: str) -> tuple[frozenset[str], frozenset[str]]:
    """Dtypes that every sample takes, and those that some do."""
    if first == "i" and name in WITH_POSITIONS:
        return POSITIONS, frozenset()
    if name in FLOATING or name in WIDE_FLOATS:
        found = frozenset(FLOATS if name in FLOATING else FLOATS[:2])
    else:
        found = EVERY - {"bool"} if name in NO_BOOL else EVERY
    sometimes = SOMETIMES.get(name, frozenset())
    return found - sometimes, sometimes
