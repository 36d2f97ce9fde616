# Written by `python -m ravine._stubs` from the registry of the extension. Do not edit.

from collections.abc import Sequence
from typing import Any

from ravine._core import DeviceLike, Generator, Number, Tensor, dtype

__all__ = [
    "_sample_dirichlet",
    "_standard_gamma",
    "_standard_gamma_grad",
    "_standard_von_mises",
    "abs",
    "abs_",
    "absolute",
    "absolute_",
    "accumulate_",
    "acos",
    "acos_",
    "acosh",
    "acosh_",
    "adadelta_",
    "adagrad_",
    "adam_",
    "adamax_",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "add",
    "add_",
    "addcdiv",
    "addcdiv_",
    "addcmul",
    "addcmul_",
    "addmm",
    "addmm_",
    "addmv",
    "addmv_",
    "airy_ai",
    "all",
    "amax",
    "amin",
    "aminmax",
    "amsgrad_",
    "any",
    "arange",
    "arccos",
    "arccos_",
    "arccosh",
    "arccosh_",
    "arcsin",
    "arcsin_",
    "arcsinh",
    "arcsinh_",
    "arctan",
    "arctan2",
    "arctan2_",
    "arctan_",
    "arctanh",
    "arctanh_",
    "argmax",
    "argmin",
    "argsort",
    "argwhere",
    "asin",
    "asin_",
    "asinh",
    "asinh_",
    "atan",
    "atan2",
    "atan2_",
    "atan_",
    "atanh",
    "atanh_",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "avg_pool1d",
    "avg_pool2d",
    "baddbmm",
    "baddbmm_",
    "batch_norm_fixed",
    "batch_norm_moments",
    "batch_norm_track_",
    "bernoulli",
    "bernoulli_",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "bincount",
    "binomial",
    "bitwise_and",
    "bitwise_and_",
    "bitwise_left_shift",
    "bitwise_left_shift_",
    "bitwise_not",
    "bitwise_not_",
    "bitwise_or",
    "bitwise_or_",
    "bitwise_right_shift",
    "bitwise_right_shift_",
    "bitwise_xor",
    "bitwise_xor_",
    "block_diag",
    "bmm",
    "broadcast_tensors",
    "broadcast_to",
    "bucketize",
    "cartesian_prod",
    "cast",
    "cat",
    "cauchy_",
    "cdist",
    "ceil",
    "ceil_",
    "celu",
    "celu_",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "cholesky",
    "cholesky_ex",
    "chunk",
    "clamp",
    "clamp_",
    "clamp_max",
    "clamp_max_",
    "clamp_min",
    "clamp_min_",
    "clip",
    "clip_",
    "clone",
    "col2im",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "copysign",
    "copysign_",
    "corrcoef",
    "cos",
    "cos_",
    "cosh",
    "cosh_",
    "cosine_embedding_loss",
    "cosine_similarity",
    "count_nonzero",
    "cov",
    "cross",
    "cross_entropy",
    "cummax",
    "cummin",
    "cumprod",
    "cumprod_",
    "cumsum",
    "cumsum_",
    "deg2rad",
    "deg2rad_",
    "det",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "digamma",
    "digamma_",
    "div",
    "div_",
    "divide",
    "divide_",
    "dot",
    "dropout",
    "dropout_",
    "dsplit",
    "dstack",
    "eig",
    "eigh",
    "einsum",
    "elu",
    "elu_",
    "embedding",
    "entr",
    "eq",
    "eq_",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfcx",
    "erfinv",
    "erfinv_",
    "exp",
    "exp2",
    "exp2_",
    "exp_",
    "expand",
    "expit",
    "expit_",
    "expm1",
    "expm1_",
    "exponential_",
    "fix",
    "fix_",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "float_power",
    "floor",
    "floor_",
    "floor_divide",
    "floor_divide_",
    "fmax",
    "fmin",
    "fmod",
    "fmod_",
    "frac",
    "frac_",
    "frexp",
    "full",
    "gammainc",
    "gammainc_",
    "gammaincc",
    "gammaincc_",
    "gammaln",
    "gammaln_",
    "gather",
    "gaussian_nll_loss",
    "gcd",
    "gcd_",
    "ge",
    "ge_",
    "gelu",
    "geometric_",
    "geqrf",
    "ger",
    "greater",
    "greater_",
    "greater_equal",
    "greater_equal_",
    "group_norm",
    "gru_sequence",
    "gt",
    "gt_",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "heaviside",
    "heaviside_",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "hinge_embedding_loss",
    "histc",
    "hsplit",
    "hstack",
    "huber_loss",
    "hypot",
    "hypot_",
    "i0",
    "i0_",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igamma_",
    "igammac",
    "igammac_",
    "im2col",
    "index_add",
    "index_add_",
    "index_copy",
    "index_copy_",
    "index_fill",
    "index_fill_",
    "index_put",
    "index_put_",
    "index_reduce",
    "index_reduce_",
    "index_select",
    "inner",
    "inv",
    "inv_ex",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "kl_div",
    "kron",
    "kthvalue",
    "l1_loss",
    "laguerre_polynomial_l",
    "layer_norm",
    "lcm",
    "lcm_",
    "ldexp",
    "ldexp_",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "le",
    "le_",
    "leaky_relu",
    "leaky_relu_",
    "legendre_polynomial_p",
    "lerp",
    "lerp_",
    "less",
    "less_",
    "less_equal",
    "less_equal_",
    "lgamma",
    "lgamma_",
    "linspace",
    "lion_",
    "log",
    "log10",
    "log10_",
    "log1p",
    "log1p_",
    "log2",
    "log2_",
    "log_",
    "log_ndtr",
    "log_normal_",
    "log_softmax",
    "logaddexp",
    "logaddexp2",
    "logcumsumexp",
    "logcumsumexp_",
    "logical_and",
    "logical_and_",
    "logical_not",
    "logical_not_",
    "logical_or",
    "logical_or_",
    "logical_xor",
    "logical_xor_",
    "logit",
    "logit_",
    "logsigmoid",
    "logspace",
    "logsumexp",
    "lstm_sequence",
    "lt",
    "lt_",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "lu_unpack",
    "margin_ranking_loss",
    "masked_scatter",
    "masked_scatter_",
    "masked_select",
    "matmul",
    "matrix_exp",
    "max",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mish",
    "mm",
    "modified_bessel_i0",
    "modified_bessel_i0_",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "moveaxis",
    "movedim",
    "mse_loss",
    "msort",
    "mul",
    "mul_",
    "multi_margin_loss",
    "multinomial",
    "multiply",
    "multiply_",
    "mv",
    "nadam_",
    "nan_to_num",
    "nan_to_num_",
    "nanmean",
    "nansum",
    "ndtr",
    "ndtri",
    "ne",
    "ne_",
    "neg",
    "neg_",
    "negative",
    "negative_",
    "nextafter",
    "nextafter_",
    "nll_loss",
    "nonzero",
    "norm",
    "normal",
    "normal_",
    "normalized_step_",
    "not_equal",
    "not_equal_",
    "one_hot",
    "outer",
    "pad",
    "pairwise_distance",
    "permute",
    "pinv",
    "poisson",
    "poisson_nll_loss",
    "positive",
    "pow",
    "pow_",
    "prod",
    "psi",
    "psi_",
    "qr",
    "quantile",
    "rad2deg",
    "rad2deg_",
    "radam_",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "random_",
    "randperm",
    "reciprocal",
    "reciprocal_",
    "relu",
    "relu_",
    "remainder",
    "remainder_",
    "repeat",
    "repeat_interleave",
    "reshape",
    "rms_norm",
    "rmsprop_",
    "rnn_sequence",
    "roll",
    "rot90",
    "round",
    "round_",
    "row_stack",
    "rsqrt",
    "rsqrt_",
    "scale_",
    "scaled_dot_product_attention",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "scatter",
    "scatter_",
    "scatter_add",
    "scatter_add_",
    "scatter_reduce",
    "scatter_reduce_",
    "searchsorted",
    "selu",
    "selu_",
    "sgd_",
    "sgn",
    "sgn_",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "sigmoid",
    "sigmoid_",
    "sign",
    "sign_",
    "signbit",
    "silu",
    "sin",
    "sin_",
    "sinc",
    "sinc_",
    "sinh",
    "sinh_",
    "slogdet",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softplus",
    "softshrink",
    "solve",
    "solve_ex",
    "solve_triangular",
    "sort",
    "spherical_bessel_j0",
    "split",
    "sqrt",
    "sqrt_",
    "square",
    "square_",
    "squeeze",
    "stack",
    "std",
    "std_mean",
    "sub",
    "sub_",
    "subtract",
    "subtract_",
    "sum",
    "svd",
    "svdvals",
    "swapaxes",
    "swapdims",
    "take",
    "take_along_dim",
    "tan",
    "tan_",
    "tanh",
    "tanh_",
    "tensor_split",
    "threshold",
    "threshold_",
    "tile",
    "topk",
    "total_norm",
    "trace",
    "transpose",
    "tril",
    "tril_",
    "tril_indices",
    "triplet_margin_loss",
    "triu",
    "triu_",
    "triu_indices",
    "true_divide",
    "true_divide_",
    "trunc",
    "trunc_",
    "unflatten",
    "unfold",
    "uniform_",
    "unique",
    "unique_consecutive",
    "unsqueeze",
    "upsample_nearest2d",
    "var",
    "var_mean",
    "vdot",
    "vsplit",
    "vstack",
    "where",
    "xlog1py",
    "xlogy",
    "xlogy_",
    "zeta",
]

def _sample_dirichlet(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random points of Dirichlet distributions, whose concentrations are the last dimension of `input`: gamma numbers over their sum.

    >>> ravine._sample_dirichlet(ravine.ones(1))
    tensor([1.])
    """

def _standard_gamma(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random numbers from gamma distributions of scale 1 and the shapes that `input` holds, above 0, by the method of Marsaglia and Tsang (2000). The gradient by the shape is that of the quantile which the number is (Figurnov, Mohamed and Mnih, 2018); it has no derivative of its own.

    >>> bool((ravine._standard_gamma(ravine.ones(3)) > 0).all())
    True
    """

def _standard_gamma_grad(input: Tensor, output: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `output`, numbers from gamma distributions of scale 1, by `input`, their shapes: `-(dP/dinput) / (dP/doutput)` with the regularised incomplete gamma function P (Figurnov, Mohamed and Mnih, 2018). Its relative error is below 1e-12 for shapes up to 10,000 and below 1e-6 beyond for numbers that are drawn, in float64; it has no derivative.

    >>> ravine._standard_gamma_grad(ravine.tensor(1.0), ravine.tensor(1.0))
    tensor(1.1736)
    """

def _standard_von_mises(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random angles from von Mises distributions of mean 0 and the concentrations that `input` holds, 0 or more, from -pi to pi, by the method of Best and Fisher (1979). The result has no gradient.

    >>> bool((ravine._standard_von_mises(ravine.ones(3)).abs() < 3.1416).all())
    True
    """

def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Absolute value `|x|`; its derivative at 0 is 0.

    >>> ravine.abs(ravine.tensor([1.0, -2.0]))
    tensor([1., 2.])
    """

def abs_(input: Tensor) -> Tensor:
    """In-place form of `abs`: writes the result into its first argument and returns it."""

def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `abs`.

    Absolute value `|x|`; its derivative at 0 is 0.

    >>> ravine.abs(ravine.tensor([1.0, -2.0]))
    tensor([1., 2.])
    """

def absolute_(input: Tensor) -> Tensor:
    """In-place form of `abs`: writes the result into its first argument and returns it."""

def accumulate_(tensors: Sequence[Tensor], values: Sequence[Tensor], *, decay: float, weight: float) -> None:
    """`x = decay * x + weight * y` for all `tensors` x and `values` y, in place: a running mean where decay and weight add up to 1.

    Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.

    >>> mean = ravine.ones(2)
    >>> ravine.accumulate_([mean], [ravine.zeros(2)], decay=0.75, weight=0.25)
    >>> mean
    tensor([0.7500, 0.7500])
    """

def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle from 0 to pi whose cosine is x; NaN outside [-1, 1].

    >>> ravine.acos(ravine.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """

def acos_(input: Tensor) -> Tensor:
    """In-place form of `acos`: writes the result into its first argument and returns it."""

def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The number of at least 0 whose hyperbolic cosine is x; NaN below 1.

    >>> ravine.acosh(ravine.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """

def acosh_(input: Tensor) -> Tensor:
    """In-place form of `acosh`: writes the result into its first argument and returns it."""

def adadelta_(params: Sequence[Tensor], grads: Sequence[Tensor], square_avgs: Sequence[Tensor], acc_deltas: Sequence[Tensor], *, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, maximize: bool = False) -> None:
    """One step of Adadelta (Zeiler, 2012) on all `params`, in place, as `torch.optim.Adadelta` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `v = rho * v + (1 - rho) * g^2`, `d = sqrt(u + eps) / sqrt(v + eps) * g`, `u = rho * u + (1 - rho) * d^2`, then `p -= lr * d`.

    Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.

    >>> p, v, u = (ravine.zeros(2) for _ in range(3))
    >>> ravine.adadelta_([p], [ravine.ones(2)], [v], [u], rho=0.75, eps=0.25)
    >>> p
    tensor([-0.7071, -0.7071])
    """

def adagrad_(params: Sequence[Tensor], grads: Sequence[Tensor], state_sums: Sequence[Tensor], *, step: int, lr: float, lr_decay: float = 0.0, weight_decay: float = 0.0, eps: float = 1e-10, maximize: bool = False) -> None:
    """Step number `step` (from 1) of Adagrad (Duchi, Hazan and Singer, 2011) on all `params`, in place, as `torch.optim.Adagrad` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `s += g^2`, then `p -= lr / (1 + (step - 1) * lr_decay) * g / (sqrt(s) + eps)`.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p, s = ravine.ones(2), ravine.zeros(2)
    >>> ravine.adagrad_([p], [ravine.ones(2)], [s], step=1, lr=0.5)
    >>> p
    tensor([0.5000, 0.5000])
    """

def adam_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None:
    """Step number `step` (from 1) of Adam (Kingma and Ba, 2015) on all `params`, in place, as `torch.optim.Adam` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `m += (1 - beta1) * (g - m)`, `v = beta2 * v + (1 - beta2) * g^2`, then `p -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + eps)`. With `decoupled` (AdamW, Loshchilov and Hutter, 2019) the decay leaves g alone: `p *= 1 - lr * weight_decay` comes first.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p = ravine.ones(2)
    >>> m, v = ravine.zeros(2), ravine.zeros(2)
    >>> ravine.adam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)
    >>> p
    tensor([0.5000, 0.5000])
    """

def adamax_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_infs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float = 0.0, maximize: bool = False) -> None:
    """Step number `step` (from 1) of Adamax (Kingma and Ba, 2015, section 7.1) on all `params`, in place, as `torch.optim.Adamax` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `m += (1 - beta1) * (g - m)`, `u = max(beta2 * u, |g| + eps)`, then `p -= lr / (1 - beta1^step) * m / u`.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p, m, u = (ravine.zeros(2) for _ in range(3))
    >>> ravine.adamax_([p], [ravine.ones(2)], [m], [u], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)
    >>> p
    tensor([-0.5000, -0.5000])
    """

def adaptive_avg_pool1d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """The means of `output_size` windows that cover the last dimension: window i is `floor(i L / n)` to `ceil((i + 1) L / n)`, n the output size. Shapes: (N, C, L) or (C, L).

    >>> ravine.adaptive_avg_pool1d(ravine.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[2.0000, 2.5000]])
    """

def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """The means of windows that cover each plane, as many as `output_size` (vertically, horizontally) says; -1 keeps an extent. Row i of the windows is `floor(i H / n)` to `ceil((i + 1) H / n)`, n the output's rows; columns alike. Shapes: (N, C, H, W) or (C, H, W).

    >>> ravine.adaptive_avg_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 1)
    tensor([[[7.5000]]])
    """

def adaptive_max_pool1d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The greatest elements of the windows of `adaptive_avg_pool1d`, and their int64 positions.

    >>> ravine.adaptive_max_pool1d(ravine.tensor([[1.0, 3.0, 2.0]]), 2)[0]
    tensor([[3., 3.]])
    """

def adaptive_max_pool2d(input: Tensor, output_size: int | Sequence[int], *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The greatest elements of the windows of `adaptive_avg_pool2d`, and their int64 positions as `max_pool2d_with_indices` counts them.

    >>> ravine.adaptive_max_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 1)[0]
    tensor([[[15.]]])
    """

def add(input: Tensor, other: Tensor | Number, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """Sum `x + alpha y`. Booleans add up as `or`.

    >>> ravine.add(ravine.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """

def add_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """In-place form of `add`: writes the result into its first argument and returns it."""

def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None) -> Tensor:
    """`input + value * tensor1 / tensor2`.

    >>> ravine.addcdiv(ravine.ones(2), ravine.tensor([1.0, 2.0]), ravine.tensor([2.0, 4.0]))
    tensor([1.5000, 1.5000])
    """

def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """In-place form of `addcdiv`: writes the result into its first argument and returns it."""

def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None) -> Tensor:
    """`input + value * tensor1 * tensor2`.

    >>> ravine.addcmul(ravine.ones(2), ravine.tensor([1.0, 2.0]), ravine.tensor([3.0, 4.0]), value=0.5)
    tensor([2.5000, 5.0000])
    """

def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """In-place form of `addcmul`: writes the result into its first argument and returns it."""

def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """`beta * input + alpha * (mat1 @ mat2)`; `input` broadcasts.

    >>> ravine.addmm(ravine.ones(2), ravine.ones(2, 3), ravine.ones(3, 2))
    tensor([[4., 4.],
            [4., 4.]])
    """

def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place form of `addmm`: writes the result into its first argument and returns it."""

def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """`beta * input + alpha * (mat @ vec)`; `input` broadcasts.

    >>> ravine.addmv(ravine.ones(2), ravine.ones(2, 3), ravine.ones(3))
    tensor([4., 4.])
    """

def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place form of `addmv`: writes the result into its first argument and returns it."""

def airy_ai(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Airy's function of the first kind, the bounded solution of `y'' = x y`.

    >>> ravine.special.airy_ai(ravine.tensor([0.0, -1.0]))
    tensor([0.3550, 0.5356])
    """

def all(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether every element over `dim` is true (or not 0).

    >>> ravine.all(ravine.tensor([False, True]))
    tensor(False)
    """

def amax(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Largest element over `dim`; NaN if there is one. Equal elements share the gradient evenly.

    >>> ravine.amax(ravine.tensor([[1.0, 5.0], [3.0, 4.0]]), 1)
    tensor([5., 4.])
    """

def amin(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Smallest element over `dim`; NaN if there is one. Equal elements share the gradient evenly.

    >>> ravine.amin(ravine.tensor([[1.0, 5.0], [3.0, 4.0]]), 1)
    tensor([1., 3.])
    """

def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`amin` and `amax` over `dim`, or over all elements.

    >>> ravine.aminmax(ravine.tensor([2, 7, 5]))
    aminmax(min=tensor(2), max=tensor(7))
    """

def amsgrad_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_avg_sqs: Sequence[Tensor], max_exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None:
    """A step of Adam (see `adam_`) that divides by the root of the largest second moment so far, `w = max(w, v)`, instead of the present one (Reddi, Kale and Kumar, 2018), as `torch.optim.Adam(amsgrad=True)` takes it.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p, m, v, w = (ravine.zeros(2) for _ in range(4))
    >>> ravine.amsgrad_([p], [ravine.ones(2)], [m], [v], [w], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)
    >>> p
    tensor([-0.5000, -0.5000])
    """

def any(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether any element over `dim` is true (or not 0).

    >>> ravine.any(ravine.tensor([False, True]))
    tensor(True)
    """

def arange(start: Number, end: Number | None = None, step: Number = 1, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """The numbers from `start` (0 when only one bound is given) up to but not including `end`, `step` apart. int64 when all arguments are integers, else float32. Of integers length and elements are exact. Raises ValueError for numbers that an integer dtype does not hold.

    >>> ravine.arange(3)
    tensor([0, 1, 2])
    >>> ravine.arange(1.0, 2.0, 0.5)
    tensor([1.0000, 1.5000])
    """

def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `acos`.

    The angle from 0 to pi whose cosine is x; NaN outside [-1, 1].

    >>> ravine.acos(ravine.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """

def arccos_(input: Tensor) -> Tensor:
    """In-place form of `acos`: writes the result into its first argument and returns it."""

def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `acosh`.

    The number of at least 0 whose hyperbolic cosine is x; NaN below 1.

    >>> ravine.acosh(ravine.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """

def arccosh_(input: Tensor) -> Tensor:
    """In-place form of `acosh`: writes the result into its first argument and returns it."""

def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `asin`.

    The angle from -pi/2 to pi/2 whose sine is x; NaN outside [-1, 1].

    >>> ravine.asin(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """

def arcsin_(input: Tensor) -> Tensor:
    """In-place form of `asin`: writes the result into its first argument and returns it."""

def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `asinh`.

    The number whose hyperbolic sine is x.

    >>> ravine.asinh(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """

def arcsinh_(input: Tensor) -> Tensor:
    """In-place form of `asinh`: writes the result into its first argument and returns it."""

def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `atan`.

    The angle from -pi/2 to pi/2 whose tangent is x.

    >>> ravine.atan(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """

def arctan2(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `atan2`.

    The angle from -pi to pi of the point with the ordinate `input` and the abscissa `other`.

    >>> ravine.atan2(ravine.tensor([1.0, 0.0]), ravine.tensor([1.0, -1.0]))
    tensor([0.7854, 3.1416])
    """

def arctan2_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `atan2`: writes the result into its first argument and returns it."""

def arctan_(input: Tensor) -> Tensor:
    """In-place form of `atan`: writes the result into its first argument and returns it."""

def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `atanh`.

    The number whose hyperbolic tangent is x; NaN outside [-1, 1].

    >>> ravine.atanh(ravine.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """

def arctanh_(input: Tensor) -> Tensor:
    """In-place form of `atanh`: writes the result into its first argument and returns it."""

def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The int64 index of the largest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is larger than everything.

    >>> ravine.argmax(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)
    tensor([1, 0])
    """

def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The int64 index of the smallest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is smaller than everything.

    >>> ravine.argmin(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)
    tensor([0, 1])
    """

def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True, *, out: Tensor | None = None) -> Tensor:
    """The int64 indices that sort `input` along `dim`: the second result of `sort`.

    >>> ravine.argsort(ravine.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """

def argwhere(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `nonzero`.

    >>> ravine.argwhere(ravine.tensor([0, 5]))
    tensor([[1]])
    """

def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle from -pi/2 to pi/2 whose sine is x; NaN outside [-1, 1].

    >>> ravine.asin(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """

def asin_(input: Tensor) -> Tensor:
    """In-place form of `asin`: writes the result into its first argument and returns it."""

def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The number whose hyperbolic sine is x.

    >>> ravine.asinh(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """

def asinh_(input: Tensor) -> Tensor:
    """In-place form of `asinh`: writes the result into its first argument and returns it."""

def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle from -pi/2 to pi/2 whose tangent is x.

    >>> ravine.atan(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """

def atan2(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The angle from -pi to pi of the point with the ordinate `input` and the abscissa `other`.

    >>> ravine.atan2(ravine.tensor([1.0, 0.0]), ravine.tensor([1.0, -1.0]))
    tensor([0.7854, 3.1416])
    """

def atan2_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `atan2`: writes the result into its first argument and returns it."""

def atan_(input: Tensor) -> Tensor:
    """In-place form of `atan`: writes the result into its first argument and returns it."""

def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The number whose hyperbolic tangent is x; NaN outside [-1, 1].

    >>> ravine.atanh(ravine.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """

def atanh_(input: Tensor) -> Tensor:
    """In-place form of `atanh`: writes the result into its first argument and returns it."""

def atleast_1d(*tensors: Tensor | Sequence[Tensor], out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """Scalars as vectors of one element.

    >>> ravine.atleast_1d(ravine.tensor(3))
    tensor([3])
    """

def atleast_2d(*tensors: Tensor | Sequence[Tensor], out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """Tensors of fewer than two dimensions as matrices of one row.

    >>> ravine.atleast_2d(ravine.tensor([3, 4]))
    tensor([[3, 4]])
    """

def atleast_3d(*tensors: Tensor | Sequence[Tensor], out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """Tensors of fewer than three dimensions with extents of 1 added: (n,) becomes (1, n, 1), (m, n) becomes (m, n, 1).

    >>> ravine.atleast_3d(ravine.ones(2, 3)).shape
    (2, 3, 1)
    """

def avg_pool1d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, *, out: Tensor | None = None) -> Tensor:
    """The mean of each window along the last dimension: `avg_pool2d` with one spatial dimension. Shapes: (N, C, L) or (C, L).

    >>> ravine.avg_pool1d(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """

def avg_pool2d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The mean of each window: `y[i, j] = sum_{p, q} x[i s + p - pad, j s + q - pad] / n` in every channel, where what lies outside counts as 0. n is the number of the window's elements, those in the padding included unless `count_include_pad` is False, or `divisor_override`. Shapes: (N, C, H, W) or (C, H, W); the result has `H' = (H + 2 pad - k) // s + 1`, rounded up with `ceil_mode` (a window that would begin behind the input is left out). `stride` is `kernel_size` unless given; pairs are (vertical, horizontal). float16 and bfloat16 add up in float32. Raises an error for padding of more than half a window, and for a window larger than the padded input.

    >>> ravine.avg_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """

def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """`beta * input + alpha * bmm(batch1, batch2)`; `input` broadcasts.

    >>> ravine.baddbmm(ravine.ones(1), ravine.ones(4, 2, 3), ravine.ones(4, 3, 5)).shape
    (4, 2, 5)
    """

def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place form of `baddbmm`: writes the result into its first argument and returns it."""

def batch_norm_fixed(input: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """`(x - mean) / sqrt(var + eps) * weight + bias` with a given mean and variance for each channel of (N, C, ...). What `nn.functional.batch_norm` does in evaluation mode.

    >>> ravine.batch_norm_fixed(ravine.ones(1, 2), ravine.zeros(2), ravine.tensor([1.0, 4.0]), eps=0.0)
    tensor([[1.0000, 0.5000]])
    """

def batch_norm_moments(input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """`(x - mean) / sqrt(var + eps) * weight + bias` with mean and biased variance of each channel of (N, C, ...) over everything else (Ioffe and Szegedy, 2015), and that mean and that variance. What `nn.functional.batch_norm` does while training.

    >>> y, mean, var = ravine.batch_norm_moments(ravine.tensor([[0.0, 5.0], [2.0, 5.0]]))
    >>> mean, var
    (tensor([1., 5.]), tensor([1., 0.]))
    """

def batch_norm_track_(running_mean: Tensor, running_var: Tensor, mean: Tensor, var: Tensor, momentum: Tensor | float, count: int) -> None:
    """`running = (1 - momentum) running + momentum new`, in place, for the mean and the unbiased variance `var count / (count - 1)`, where `count` elements gave `mean` and the biased `var`.

    >>> mean, var = ravine.zeros(1), ravine.ones(1)
    >>> ravine.batch_norm_track_(mean, var, ravine.ones(1), ravine.ones(1), 0.5, 2)
    >>> mean, var
    (tensor([0.5000]), tensor([1.5000]))
    """

def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """1 with the probability that `input` holds (or with probability `p` for all elements), else 0, in its dtype. The result has no gradient.

    >>> ravine.bernoulli(ravine.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """

def bernoulli_(input: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fills a tensor, in place, with 1 (with probability `p`, a number or a tensor that broadcasts) and 0.

    >>> ravine.zeros(2).bernoulli_(1.0)
    tensor([1., 1.])
    """

def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bessel function of the first kind and order 0.

    >>> ravine.special.bessel_j0(ravine.tensor([0.0, 2.0]))
    tensor([1.0000, 0.2239])
    """

def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bessel function of the first kind and order 1.

    >>> ravine.special.bessel_j1(ravine.tensor([0.0, 2.0]))
    tensor([0.0000, 0.5767])
    """

def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bessel function of the second kind and order 0; NaN below 0, -inf at 0.

    >>> ravine.special.bessel_y0(ravine.tensor([1.0, 2.0]))
    tensor([0.0883, 0.5104])
    """

def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Bessel function of the second kind and order 1; NaN below 0, -inf at 0.

    >>> ravine.special.bessel_y1(ravine.tensor([1.0, 2.0]))
    tensor([-0.7812, -0.1070])
    """

def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`-(y log p + (1 - y) log(1 - p))` of probabilities p = `input` and targets y in [0, 1] (Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.2). Each logarithm is at least -100, as in PyTorch, so that 0 and 1 give finite losses; prefer `binary_cross_entropy_with_logits`. `weight` broadcasts and scales each loss; `reduction` is "none", "sum" or "mean". Raises an error when input and target differ in shape, and, when the loss is looked at, if an element of them lies outside [0, 1].

    >>> ravine.binary_cross_entropy(ravine.tensor([0.5, 0.0]), ravine.tensor([1.0, 1.0]), reduction="none")
    tensor([  0.6931, 100.0000])
    """

def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean", pos_weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """`(1 - y) log(1 + e^x) + pos_weight y log(1 + e^-x)`: the binary cross-entropy of the probability sigmoid(x), accurate for every logit x = `input`, however large, and targets y in [0, 1]. `weight` and `pos_weight` broadcast; `reduction` is "none", "sum" or "mean". Raises an error when input and target differ in shape.

    >>> ravine.binary_cross_entropy_with_logits(
    ...     ravine.tensor([0.0, 100.0]), ravine.tensor([1.0, 0.0]), reduction="none")
    tensor([  0.6931, 100.0000])
    """

def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0, *, out: Tensor | None = None) -> Tensor:
    """How often each integer from 0 to the largest occurs in a vector, as int64; with `weights` their sums. At least `minlength` of them. The largest is looked at.

    >>> ravine.bincount(ravine.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """

def binomial(count: Tensor, prob: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """How many of `count` trials succeed, each with probability `prob`: floating tensors that broadcast together, of whole numbers and of probabilities. By inversion below a mean of 10, else by the method of Hörmann (1993). The result has no gradient.

    Raises ValueError if a count is negative, or a probability not in [0, 1].

    >>> ravine.binomial(ravine.tensor([3.0, 3.0]), ravine.tensor([0.0, 1.0]))
    tensor([0., 3.])
    """

def bitwise_and(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The bits that both have; of booleans the logical and.

    >>> ravine.bitwise_and(ravine.tensor([6, 3]), 2)
    tensor([2, 2])
    """

def bitwise_and_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `bitwise_and`: writes the result into its first argument and returns it."""

def bitwise_left_shift(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Bits moved up by `other` places: `x * 2**other`, wrapped. 0 where no bit stays (`other` negative or at least
    the number of bits).

    >>> ravine.bitwise_left_shift(ravine.tensor([1, 3]), 2)
    tensor([ 4, 12])
    """

def bitwise_left_shift_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `bitwise_left_shift`: writes the result into its first argument and returns it."""

def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Every bit the other way: `-x - 1` of a signed integer; of booleans the logical not.

    >>> ravine.bitwise_not(ravine.tensor([0, 5]))
    tensor([-1, -6])
    """

def bitwise_not_(input: Tensor) -> Tensor:
    """In-place form of `bitwise_not`: writes the result into its first argument and returns it."""

def bitwise_or(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The bits that either has; of booleans the logical or.

    >>> ravine.bitwise_or(ravine.tensor([4, 3]), 2)
    tensor([6, 3])
    """

def bitwise_or_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `bitwise_or`: writes the result into its first argument and returns it."""

def bitwise_right_shift(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Bits moved down by `other` places: `x / 2**other`, rounded down. All bits that come in are the sign's, and
    only they stay where `other` is negative or at least the number of bits.

    >>> ravine.bitwise_right_shift(ravine.tensor([12, -5]), 1)
    tensor([ 6, -3])
    """

def bitwise_right_shift_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `bitwise_right_shift`: writes the result into its first argument and returns it."""

def bitwise_xor(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The bits that one of them has; of booleans the exclusive or.

    >>> ravine.bitwise_xor(ravine.tensor([6, 3]), 2)
    tensor([4, 1])
    """

def bitwise_xor_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `bitwise_xor`: writes the result into its first argument and returns it."""

def block_diag(*tensors: Tensor | Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """The matrix with the given matrices along its diagonal and 0 elsewhere; vectors count as rows.

    >>> ravine.block_diag(ravine.tensor([[1, 2]]), ravine.tensor([3]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """

def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Products of matrices pair by pair: (b, n, k) by (b, k, m) gives (b, n, m). Nothing broadcasts.

    >>> ravine.bmm(ravine.ones(4, 2, 3), ravine.ones(4, 3, 5)).shape
    (4, 2, 5)
    """

def broadcast_tensors(*tensors: Tensor | Sequence[Tensor], out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape.

    >>> [t.shape for t in ravine.broadcast_tensors(ravine.ones(3), ravine.ones(2, 1))]
    [(2, 3), (2, 3)]
    """

def broadcast_to(input: Tensor, size: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """As `expand`.

    >>> ravine.broadcast_to(ravine.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """

def bucketize(input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False, out: Tensor | None = None) -> Tensor:
    """The int64 number of the interval between ascending `boundaries` (one dimension) that each element lies in: `boundaries[i-1] < x <= boundaries[i]`, or `boundaries[i-1] <= x < boundaries[i]` with `right`.

    >>> ravine.bucketize(ravine.tensor([0.5, 1.0, 7.0]), ravine.tensor([1.0, 2.0]))
    tensor([0, 0, 2])
    """

def cartesian_prod(*tensors: Tensor | Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """All combinations of an element of each vector, as rows.

    >>> ravine.cartesian_prod(ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """

def cast(input: Tensor, dtype: dtype, *, out: Tensor | None = None) -> Tensor:
    """The same values in another dtype. Floats round to nearest even; floats to integers drop the fraction and saturate, NaN becomes 0; anything to bool is `!= 0`. The gradient is cast back.

    >>> ravine.cast(ravine.tensor([1.7, 0.0]), ravine.int64)
    tensor([1, 0])
    """

def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one behind the other along `dim`; their other extents must be equal. Dtypes promote. Tensors of shape (0,) fit all others.

    >>> ravine.cat([ravine.tensor([1, 2]), ravine.tensor([3])])
    tensor([1, 2, 3])
    """

def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills a floating tensor, in place, with numbers from the Cauchy distribution, `median + sigma tan(pi (u - 1/2))` with u uniform in [0, 1).

    Raises ValueError if `sigma` is not positive.

    >>> ravine.zeros(2).cauchy_().shape
    (2,)
    """

def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary", *, out: Tensor | None = None) -> Tensor:
    """The p-norm of the difference of every row of `x1` (.., n, d) and every row of `x2` (.., m, d), as (.., n, m). Whatever `compute_mode` says, differences are taken: a product of matrices would cancel digits.

    >>> ravine.cdist(ravine.tensor([[0.0, 0.0]]), ravine.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """

def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest integer not below x; its derivative is 0. Integers stay as they are.

    >>> ravine.ceil(ravine.tensor([1.5, -1.5]))
    tensor([ 2., -1.])
    """

def ceil_(input: Tensor) -> Tensor:
    """In-place form of `ceil`: writes the result into its first argument and returns it."""

def celu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """`x` above 0, `alpha (e^(x / alpha) - 1)` elsewhere: an exponential linear unit with a continuous derivative
    (Barron, 2017).

    >>> ravine.celu(ravine.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """

def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place form of `celu`: writes the result into its first argument and returns it."""

def chebyshev_polynomial_t(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind, `cos(n acos(x))` on [-1, 1], of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.chebyshev_polynomial_t(ravine.tensor([0.5, 2.0]), 3)
    tensor([-1., 26.])
    """

def chebyshev_polynomial_u(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.chebyshev_polynomial_u(ravine.tensor([0.5, 2.0]), 3)
    tensor([-1., 56.])
    """

def chebyshev_polynomial_v(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.chebyshev_polynomial_v(ravine.tensor([0.5, 2.0]), 3)
    tensor([-1., 41.])
    """

def chebyshev_polynomial_w(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.chebyshev_polynomial_w(ravine.tensor([0.5, 2.0]), 3)
    tensor([-1., 71.])
    """

def cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """The Cholesky factor of symmetric positive-definite matrices: L, lower triangular, with `A = L L^T`. Only the lower triangle of A is read; with `upper` the upper one, and the result is `L^T`. The gradient is symmetric.

    Raises LinAlgError, when the result is looked at, for a matrix that is not positive-definite.

    >>> ravine.linalg.cholesky(ravine.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """

def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """As `cholesky`, besides for each matrix the int32 order of its first leading minor that is not positive, 0 if all are. Nothing is raised, unless `check_errors` says so.

    >>> ravine.linalg.cholesky_ex(-ravine.eye(2)).info
    tensor(1, dtype=ravine.int32)
    """

def chunk(input: Tensor, chunks: int, dim: int = 0, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Views of at most `chunks` successive parts along `dim`, all of one size but the last.

    >>> [part.shape for part in ravine.chunk(ravine.arange(5), 2)]
    [(3,), (2,)]
    """

def clamp(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None, *, out: Tensor | None = None) -> Tensor:
    """Elements limited to the range from `min` to `max`, either of which may be left out. NaN stays NaN, and a bound of NaN gives NaN.

    >>> ravine.clamp(ravine.tensor([-1.0, 0.5, 2.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """

def clamp_(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """In-place form of `clamp`: writes the result into its first argument and returns it."""

def clamp_max(input: Tensor, max: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Elements of at most `max`.

    >>> ravine.clamp_max(ravine.tensor([-1.0, 2.0]), 0)
    tensor([-1.,  0.])
    """

def clamp_max_(input: Tensor, max: Tensor | Number) -> Tensor:
    """In-place form of `clamp_max`: writes the result into its first argument and returns it."""

def clamp_min(input: Tensor, min: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Elements of at least `min`.

    >>> ravine.clamp_min(ravine.tensor([-1.0, 2.0]), 0)
    tensor([0., 2.])
    """

def clamp_min_(input: Tensor, min: Tensor | Number) -> Tensor:
    """In-place form of `clamp_min`: writes the result into its first argument and returns it."""

def clip(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None, *, out: Tensor | None = None) -> Tensor:
    """As `clamp`.

    >>> ravine.clip(ravine.tensor([-1.0, 2.0]), 0, 1)
    tensor([0., 1.])
    """

def clip_(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """In-place form of `clip`: writes the result into its first argument and returns it."""

def clone(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of its own, through which gradients flow.

    >>> x = ravine.tensor([1.0, 2.0])
    >>> y = x.clone()
    >>> y[0] = 5.0
    >>> x
    tensor([1., 2.])
    """

def col2im(input: Tensor, output_size: int | Sequence[int], kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of `im2col`: patches added up where they overlap. (N, C kh kw, L) becomes (N, C, H, W), where `output_size` is (H, W); without N likewise.

    >>> ravine.col2im(ravine.ones(4, 2), (2, 3), 2)
    tensor([[[1., 2., 1.],
             [1., 2., 1.]]])
    """

def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Vectors as columns, matrices as they are, side by side.

    >>> ravine.column_stack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """

def combinations(input: Tensor, r: int = 2, with_replacement: bool = False, *, out: Tensor | None = None) -> Tensor:
    """All choices of `r` elements of a vector in their order, as rows; with `with_replacement` an element may be chosen more than once.

    >>> ravine.combinations(ravine.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """

def concat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """As `cat`.

    The tensors one behind the other along `dim`; their other extents must be equal. Dtypes promote. Tensors of shape (0,) fit all others.

    >>> ravine.cat([ravine.tensor([1, 2]), ravine.tensor([3])])
    tensor([1, 2, 3])
    """

def concatenate(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """As `cat`.

    The tensors one behind the other along `dim`; their other extents must be equal. Dtypes promote. Tensors of shape (0,) fit all others.

    >>> ravine.cat([ravine.tensor([1, 2]), ravine.tensor([3])])
    tensor([1, 2, 3])
    """

def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] | str = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, out: Tensor | None = None) -> Tensor:
    """`y[n, o, i] = bias[o] + sum_{c, p} x[n, c, i s + p d - pad] weight[o, c, p]`: `conv2d` with one spatial dimension. Shapes: input (N, C, L) or (C, L), weight (O, C / groups, k), bias (O,).

    >>> ravine.conv1d(ravine.tensor([[1.0, 2.0, 4.0]]), ravine.tensor([[[-1.0, 1.0]]]))
    tensor([[1., 2.]])
    """

def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] | str = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, out: Tensor | None = None) -> Tensor:
    """`y[n, o, i, j] = bias[o] + sum_{c, p, q} x[n, c, i s + p d - pad, j s + q d - pad] weight[o, c, p, q]` with stride s and dilation d: cross-correlation, as every deep-learning library computes it (Goodfellow et al., Deep Learning, 2016, equation 9.6). Shapes: input (N, C, H, W) or (C, H, W), weight (O, C / groups, kh, kw), bias (O,); the result is (N, O, H', W') with `H' = (H + 2 pad - d (kh - 1) - 1) // s + 1`. Pairs are (vertical, horizontal); one int stands for both. `padding` may be "valid" (none) or "same" (H' = H, at stride 1; an odd row of zeros goes to the end). With groups, each group of output channels sees its own group of input channels. float16 and bfloat16 accumulate in float32. Raises an error when shapes do not fit or dtypes differ.

    >>> ravine.conv2d(ravine.ones(1, 1, 3, 3), ravine.ones(1, 1, 2, 2))
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """

def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, dilation: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """`conv_transpose2d` with one spatial dimension. Shapes: input (N, C, L) or (C, L), weight (C, O / groups, k), bias (O,).

    >>> ravine.conv_transpose1d(ravine.tensor([[1.0, 2.0]]), ravine.tensor([[[1.0, 10.0]]]), stride=2)
    tensor([[ 1., 10.,  2., 20.]])
    """

def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1, dilation: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """The transpose of `conv2d` in its input, with the same weight: each element of the input is spread over a window, `y[n, o, i s + p d - pad, j s + q d - pad] += x[n, c, i, j] weight[c, o, p, q]` (Dumoulin and Visin, 2016, section 4). Shapes: input (N, C, H, W) or (C, H, W), weight (C, O / groups, kh, kw), bias (O,); the result has `H' = (H - 1) s - 2 pad + d (kh - 1) + output_padding + 1`. `output_padding` chooses among the extents that a convolution with this stride takes to H, and is less than the stride or the dilation. Raises an error when shapes do not fit or dtypes differ.

    >>> ravine.conv_transpose2d(ravine.ones(1, 1, 1, 2), ravine.ones(1, 1, 2, 2))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """

def copysign(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The magnitude of x with the sign of y; the derivative by y is 0.

    >>> ravine.copysign(ravine.tensor([1.0, -2.0]), -1.0)
    tensor([-1., -2.])
    """

def copysign_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `copysign`: writes the result into its first argument and returns it."""

def corrcoef(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pearson's correlations of the rows (variables) over the columns (observations).

    >>> ravine.corrcoef(ravine.tensor([[0.0, 2.0], [4.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """

def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Cosine of an angle in radians.

    >>> ravine.cos(ravine.tensor([0.0, 3.1415927]))
    tensor([ 1., -1.])
    """

def cos_(input: Tensor) -> Tensor:
    """In-place form of `cos`: writes the result into its first argument and returns it."""

def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic cosine `(e^x + e^-x) / 2`.

    >>> ravine.cosh(ravine.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """

def cosh_(input: Tensor) -> Tensor:
    """In-place form of `cosh`: writes the result into its first argument and returns it."""

def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`1 - c` for targets 1, `max(c - margin, 0)` for targets -1, with c the cosine of the angle between the inputs. Inputs have shape (N, D) and targets (N,), or (D,) and (). `reduction` is "none", "sum" or "mean".

    >>> x, y = ravine.tensor([[1.0, 0.0]]), ravine.tensor([[0.0, 2.0]])
    >>> ravine.cosine_embedding_loss(x, y, ravine.tensor([1]))
    tensor(1.)
    """

def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08, *, out: Tensor | None = None) -> Tensor:
    """`x1 . x2 / (max(|x1|, eps) max(|x2|, eps))` along `dim` of the shape to which both broadcast.

    >>> ravine.cosine_similarity(ravine.tensor([3.0, 4.0]), ravine.tensor([4.0, 3.0]), dim=0)
    tensor(0.9600)
    """

def count_nonzero(input: Tensor, dim: int | Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor:
    """How many elements over `dim` are not 0, as int64.

    >>> ravine.count_nonzero(ravine.tensor([0, 3, 4]))
    tensor(2)
    """

def cov(input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None, out: Tensor | None = None) -> Tensor:
    """Covariances of the rows (variables) over the columns (observations), divided by `n - correction`. `fweights` (integers) says how often each observation counts, `aweights` how much: with their product w, and s the sum of w, the divisor is `s - correction * sum(w aweights) / s`.

    >>> ravine.cov(ravine.tensor([[0.0, 2.0], [4.0, 0.0]]))
    tensor([[ 2., -4.],
            [-4.,  8.]])
    """

def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Cross product of vectors of three components along `dim` (the first dimension of extent 3 when left out).

    >>> ravine.cross(ravine.tensor([1, 0, 0]), ravine.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """

def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0, *, out: Tensor | None = None) -> Tensor:
    """`-log softmax(input)[target]`: the negative log-likelihood of the target's classes under the distribution that unnormalised scores (logits) stand for (Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4). `input` has shape (C,), (N, C) or (N, C, d1, ...) with C classes and a floating dtype. `target` holds integer labels 0 to C - 1 in the input's shape without C, or probabilities in the input's shape. `weight` of shape (C,) scales each class. Labels equal to `ignore_index` count for nothing. `label_smoothing` e replaces the target q by `(1 - e) q + e / C` (Szegedy et al., 2016). `reduction` is "none", "sum" or "mean": over labels, the mean divides by the sum of their weights. Raises an IndexError when a label is no class; a target that is not yet computed raises it when the result is read.

    >>> ravine.cross_entropy(ravine.tensor([[1.0, 2.0, 3.0]]), ravine.tensor([2]))
    tensor(0.4076)
    """

def cummax(input: Tensor, dim: int, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The largest of the elements up to and including each place along `dim`, and its int64 place (the last of equal ones). From a NaN on all is NaN.

    >>> ravine.cummax(ravine.tensor([1, 3, 2]), 0).values
    tensor([1, 3, 3])
    """

def cummin(input: Tensor, dim: int, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The smallest of the elements up to and including each place along `dim`, and its int64 place (the last of equal ones). From a NaN on all is NaN.

    >>> ravine.cummin(ravine.tensor([2, 1, 3]), 0).values
    tensor([2, 1, 1])
    """

def cumprod(input: Tensor, dim: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """Products of the elements up to and including each place along `dim`, multiplied in order. Integers and booleans multiply in int64, float32 and narrower floats in float64.

    >>> ravine.cumprod(ravine.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """

def cumprod_(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """In-place form of `cumprod`: writes the result into its first argument and returns it."""

def cumsum(input: Tensor, dim: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """Sums of the elements up to and including each place along `dim`, added in order. Integers and booleans add up in int64. Sums of floats are carried in about twice their digits, so that long lines lose nothing.

    >>> ravine.cumsum(ravine.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 3., 6.])
    """

def cumsum_(input: Tensor, dim: int, *, dtype: dtype | None = None) -> Tensor:
    """In-place form of `cumsum`: writes the result into its first argument and returns it."""

def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees as radians, `x * pi / 180`.

    >>> ravine.deg2rad(ravine.tensor([180.0]))
    tensor([3.1416])
    """

def deg2rad_(input: Tensor) -> Tensor:
    """In-place form of `deg2rad`: writes the result into its first argument and returns it."""

def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of square matrices, by an LU decomposition. Its derivative is the matrix of cofactors. This and the second derivative are right for singular matrices too; the third takes the inverse, and raises LinAlgError for those.

    >>> ravine.linalg.det(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """

def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal and 0 elsewhere.

    >>> ravine.diag(ravine.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """

def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1, *, out: Tensor | None = None) -> Tensor:
    """Matrices with the last dimension of `input` on a diagonal and 0 elsewhere; `dim1` and `dim2` say which dimensions of the result they span.

    >>> ravine.diag_embed(ravine.ones(3, 2)).shape
    (3, 2, 2)
    """

def diagflat(input: Tensor, offset: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The matrix with all elements of `input`, in row-major order, on a diagonal.

    >>> ravine.diagflat(ravine.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """

def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1, *, out: Tensor | None = None) -> Tensor:
    """A view of the diagonal of the matrices that `dim1` and `dim2` span, as a new last dimension. A positive `offset` lies above the main diagonal, a negative one below.

    >>> ravine.diagonal(ravine.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma`, also known as psi. At 0 it is infinite with the other sign, at -1, -2, ... NaN.

    >>> ravine.digamma(ravine.tensor([1.0, 0.5]))
    tensor([-0.5772, -1.9635])
    """

def digamma_(input: Tensor) -> Tensor:
    """In-place form of `digamma`: writes the result into its first argument and returns it."""

def div(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """True quotient `x / y`; integers become float32. With `rounding_mode` "floor" as `floor_divide`, with "trunc"
    rounded towards 0: then integers stay integers, and the derivative is 0.

    >>> ravine.div(ravine.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """

def div_(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """In-place form of `div`: writes the result into its first argument and returns it."""

def divide(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """As `div`.

    True quotient `x / y`; integers become float32. With `rounding_mode` "floor" as `floor_divide`, with "trunc"
    rounded towards 0: then integers stay integers, and the derivative is 0.

    >>> ravine.div(ravine.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """

def divide_(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """In-place form of `div`: writes the result into its first argument and returns it."""

def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sum of the products of two vectors' elements.

    >>> ravine.dot(ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor(11)
    """

def dropout(input: Tensor, p: float = 0.5, training: bool = True, *, out: Tensor | None = None) -> Tensor:
    """Sets each element to 0 with probability `p` and multiplies the others by `1 / (1 - p)` (Srivastava et al., 2014, scaled while training); gives back `input` when not `training`. Gradients pass where elements stayed, times the same factor.

    Raises ValueError if `p` is not in [0, 1].

    >>> ravine.dropout(ravine.ones(3), 1.0)
    tensor([0., 0., 0.])
    """

def dropout_(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """In-place form of `dropout`: writes the result into its first argument and returns it."""

def dsplit(input: Tensor, indices_or_sections: int | Sequence[int], *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """As `tensor_split` along dimension 2; a number of parts must divide the extent.

    >>> [t.shape for t in ravine.dsplit(ravine.ones(4, 3, 2), 2)]
    [(4, 3, 1), (4, 3, 1)]
    """

def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """One behind the other: along dimension 2.

    >>> ravine.dstack([ravine.ones(2, 3), ravine.zeros(2, 3)]).shape
    (2, 3, 2)
    """

def eig(A: Tensor, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`A = V diag(w) V^-1` of real matrices whose eigenvalues are real: these in no order, and eigenvectors of length 1 as columns of V. PyTorch's are complex tensors; here they are real. By Hessenberg's form and Francis' steps.

    Where eigenvalues are equal, derivatives are infinite or NaN, save those of the values by a matrix that has as many vectors.

    Raises LinAlgError, when the result is looked at, for complex eigenvalues, and for a matrix that is not finite.

    >>> w, V = ravine.linalg.eig(ravine.tensor([[2.0, 1.0], [0.0, 3.0]]))
    >>> w
    tensor([2., 3.])
    """

def eigh(A: Tensor, UPLO: str = "L", *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`A = V diag(w) V^T` of symmetric matrices: the eigenvalues in ascending order, and orthonormal eigenvectors as columns of V. Only the lower triangle is read, the upper one with UPLO="U". By Householder's tridiagonal form and implicit QL steps.

    Vectors are determined up to their signs. Where eigenvalues are equal, vectors are not unique, and their derivatives are infinite or NaN; those of the eigenvalues are finite.

    Raises LinAlgError, when the result is looked at, for a matrix that is not finite.

    >>> w, V = ravine.linalg.eigh(ravine.tensor([[2.0, 1.0], [1.0, 2.0]]))
    >>> w
    tensor([1., 3.])
    """

def einsum(equation: str, *operands: Tensor | Sequence[Tensor], out: Tensor | None = None) -> Tensor:
    """Sum of products over indices, in Einstein's notation: `"bij,bjk->bik"` is the batched matrix product. Each operand has a letter for each of its dimensions; letters that the result lacks are summed over. A letter twice in one operand takes the diagonal; `...` stands for dimensions that broadcast; without `->` the result has the letters that occur once, in alphabetical order. Of several operands, those whose product is smallest are multiplied first.

    Raises ValueError for an equation that cannot be read, ShapeError for extents that differ.

    >>> ravine.einsum("i,j->ij", ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """

def elu(input: Tensor, alpha: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Exponential linear unit: `x` above 0, `alpha (e^x - 1)` elsewhere (Clevert et al., 2016).

    >>> ravine.elu(ravine.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place form of `elu`: writes the result into its first argument and returns it."""

def embedding(weight: Tensor, indices: Tensor, padding_idx: int = -1, *, out: Tensor | None = None) -> Tensor:
    """The rows of `weight`, of shape (R, D), that `indices` (int64 or int32, any shape) name: the result has the shape of `indices` with D behind it, and the dtype of `weight`. No gradient goes to row `padding_idx`, if it is not negative. Gradients of a row that is named several times are summed in row-major order of the indices, so the bits never vary. Raises an IndexError when an index is below 0 or not below R; indices that are not yet computed raise it when the result is read.

    >>> ravine.embedding(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), ravine.tensor([1, 0]))
    tensor([[3., 4.],
            [1., 2.]])
    """

def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The entropy of a share, `-x log(x)`: 0 at 0, and -inf below.

    >>> ravine.special.entr(ravine.tensor([0.0, 0.5, -1.0]))
    tensor([0.0000, 0.3466,   -inf])
    """

def eq(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x == y`.

    >>> ravine.eq(ravine.tensor([1, 2]), 2)
    tensor([False,  True])
    """

def eq_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `eq`: writes the result into its first argument and returns it."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Error function `2/sqrt(pi)` times the integral of `e^-t^2` from 0 to x.

    >>> ravine.erf(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """

def erf_(input: Tensor) -> Tensor:
    """In-place form of `erf`: writes the result into its first argument and returns it."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complement of the error function, `1 - erf(x)`, accurate also where it is small.

    >>> ravine.erfc(ravine.tensor([0.0, 1.0]))
    tensor([1.0000, 0.1573])
    """

def erfc_(input: Tensor) -> Tensor:
    """In-place form of `erfc`: writes the result into its first argument and returns it."""

def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complement of the error function scaled by what it decays with, `e^(x^2) erfc(x)`.

    >>> ravine.special.erfcx(ravine.tensor([0.0, 30.0]))
    tensor([1.0000, 0.0188])
    """

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `erf`: infinite at -1 and 1, NaN outside of them.

    >>> ravine.erfinv(ravine.tensor([0.0, 0.5]))
    tensor([0.0000, 0.4769])
    """

def erfinv_(input: Tensor) -> Tensor:
    """In-place form of `erfinv`: writes the result into its first argument and returns it."""

def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Exponential `e^x`.

    >>> ravine.exp(ravine.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`2^x`.

    >>> ravine.exp2(ravine.tensor([3.0, 0.5]))
    tensor([8.0000, 1.4142])
    """

def exp2_(input: Tensor) -> Tensor:
    """In-place form of `exp2`: writes the result into its first argument and returns it."""

def exp_(input: Tensor) -> Tensor:
    """In-place form of `exp`: writes the result into its first argument and returns it."""

def expand(input: Tensor, *shape: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """Extents of 1 repeated without copying, new dimensions in front; -1 keeps an extent.

    >>> ravine.expand(ravine.tensor([[1], [2]]), 2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """

def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `sigmoid`.

    Logistic function `1 / (1 + e^-x)`.

    >>> ravine.sigmoid(ravine.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """

def expit_(input: Tensor) -> Tensor:
    """In-place form of `sigmoid`: writes the result into its first argument and returns it."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`e^x - 1`, accurate also near 0.

    >>> ravine.expm1(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """

def expm1_(input: Tensor) -> Tensor:
    """In-place form of `expm1`: writes the result into its first argument and returns it."""

def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills a floating tensor, in place, with numbers from the exponential distribution of rate `lambd`, `-log(1 - u) / lambd` with u uniform in [0, 1).

    Raises ValueError if the rate is not positive.

    >>> bool((ravine.zeros(2).exponential_() >= 0).all())
    True
    """

def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `trunc`.

    The integer part: rounded towards 0; its derivative is 0. Integers stay as they are.

    >>> ravine.trunc(ravine.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """

def fix_(input: Tensor) -> Tensor:
    """In-place form of `trunc`: writes the result into its first argument and returns it."""

def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1, *, out: Tensor | None = None) -> Tensor:
    """Dimensions from `start_dim` to `end_dim` (included) merged into one.

    >>> ravine.flatten(ravine.zeros(2, 3, 4), 1).shape
    (2, 12)
    """

def flip(input: Tensor, *dims: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """The order of the elements reversed along `dims`.

    >>> ravine.flip(ravine.arange(3), 0)
    tensor([2, 1, 0])
    """

def fliplr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The order of the columns (dimension 1) reversed.

    >>> ravine.fliplr(ravine.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """

def flipud(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The order of the rows (dimension 0) reversed.

    >>> ravine.flipud(ravine.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """

def float_power(input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Power `input ** exponent`, computed in float64; on a GPU, which has none, in float32.

    >>> ravine.float_power(ravine.tensor([2, 3]), -1)
    tensor([0.5000, 0.3333], dtype=ravine.float64)
    """

def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest integer not above x; its derivative is 0. Integers stay as they are.

    >>> ravine.floor(ravine.tensor([1.5, -1.5]))
    tensor([ 1., -2.])
    """

def floor_(input: Tensor) -> Tensor:
    """In-place form of `floor`: writes the result into its first argument and returns it."""

def floor_divide(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Quotient rounded down, as Python's `//`; its derivative is 0. An integer divided by 0 is 0.

    >>> ravine.floor_divide(ravine.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """

def floor_divide_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `floor_divide`: writes the result into its first argument and returns it."""

def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger of two elements; NaN only if both are. The first of equal elements takes the gradient.

    >>> ravine.fmax(ravine.tensor([1.0, float("nan")]), ravine.tensor([2.0, 4.0]))
    tensor([2., 4.])
    """

def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller of two elements; NaN only if both are. The first of equal elements takes the gradient.

    >>> ravine.fmin(ravine.tensor([1.0, float("nan")]), ravine.tensor([2.0, 4.0]))
    tensor([1., 4.])
    """

def fmod(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Remainder with the sign of the dividend, as C's `fmod`. An integer by 0 leaves 0.

    >>> ravine.fmod(ravine.tensor([5.0, -5.0]), 3)
    tensor([ 2., -2.])
    """

def fmod_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `fmod`: writes the result into its first argument and returns it."""

def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The part behind the point, `x - trunc(x)`, with the sign of x.

    >>> ravine.frac(ravine.tensor([1.5, -2.25]))
    tensor([ 0.5000, -0.2500])
    """

def frac_(input: Tensor) -> Tensor:
    """In-place form of `frac`: writes the result into its first argument and returns it."""

def frexp(input: Tensor, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """Mantissa and exponent: `input = mantissa * 2**exponent` with `1/2 <= |mantissa| < 1`; the exponent is int32. Zeros, infinities and NaN are their own mantissa, with exponent 0.

    >>> mantissa, exponent = ravine.frexp(ravine.tensor([8.0, -0.75]))
    >>> mantissa
    tensor([ 0.5000, -0.7500])
    >>> exponent
    tensor([4, 0], dtype=ravine.int32)
    """

def full(size: int | Sequence[int], fill_value: Number, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """A tensor of shape `size` filled with one number. The dtype is the number's own unless given: float32, int64 or bool. Raises ValueError for a number that an integer dtype does not hold.

    >>> ravine.full((2, 2), 7.0)
    tensor([[7., 7.],
            [7., 7.]])
    """

def gammainc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `igamma`.

    The regularised lower incomplete gamma function `P(a, x)`: the integral of `t^(a-1) e^-t / gamma(a)` from 0 to x, with a in `input` and x in `other`. NaN where either is negative. It has one derivative by a, and any by x.

    >>> ravine.igamma(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))
    tensor([0.6321, 0.1429])
    """

def gammainc_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `igamma`: writes the result into its first argument and returns it."""

def gammaincc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `igammac`.

    The regularised upper incomplete gamma function `1 - igamma(input, other)`, exact also where that is nearly 1.

    >>> ravine.igammac(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))
    tensor([0.3679, 0.8571])
    """

def gammaincc_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `igammac`: writes the result into its first argument and returns it."""

def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `lgamma`.

    The logarithm of the magnitude of the gamma function; infinite at its poles 0, -1, -2, ...

    >>> ravine.lgamma(ravine.tensor([0.5, 5.0]))
    tensor([0.5724, 3.1781])
    """

def gammaln_(input: Tensor) -> Tensor:
    """In-place form of `lgamma`: writes the result into its first argument and returns it."""

def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """Elements of `input` at the places along `dim` that `index` names: for `dim=0` in two dimensions, `out[i][j] = input[index[i][j]][j]`. `index` (int64 or int32) has the rank of `input` and is no larger in the other dimensions; the result has its shape. Indices below 0 or from the extent on raise. `sparse_grad` makes no difference.

    >>> ravine.gather(ravine.tensor([[1, 2], [3, 4]]), 1, ravine.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """

def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor | Number, full: bool = False, eps: float = 1e-06, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`(log v + (input - target)^2 / v) / 2` with v = `var`, at least `eps`: the negative log-likelihood of targets under a normal distribution (Nix and Weigend, 1994). `var` has the input's shape, that shape without its last extent, or 1 there; gradients pass the bound as if it were not there. `full` adds `log(2 pi) / 2`. `reduction` is "none", "sum" or "mean". A negative variance raises ValueError if it is computed already, and gives NaN otherwise.

    >>> ravine.gaussian_nll_loss(ravine.tensor([1.0]), ravine.tensor([3.0]), ravine.tensor([1.0]))
    tensor(2.)
    """

def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The greatest common divisor of integers, 0 of two zeros.

    >>> ravine.gcd(ravine.tensor([12, -9]), ravine.tensor([18, 0]))
    tensor([6, 9])
    """

def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `gcd`: writes the result into its first argument and returns it."""

def ge(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x >= y`.

    >>> ravine.ge(ravine.tensor([1, 2]), 2)
    tensor([False,  True])
    """

def ge_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `ge`: writes the result into its first argument and returns it."""

def gelu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Gaussian error linear unit `x Phi(x)` with the exact normal distribution function
    (Hendrycks and Gimpel, 2016).

    >>> ravine.gelu(ravine.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """

def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fills a tensor, in place, with the number of trials up to the first success, each with probability `p`: `1 + floor(log(1 - u) / log(1 - p))` with u uniform in [0, 1).

    Raises ValueError if `p` is not in (0, 1).

    >>> bool((ravine.zeros(2).geometric_(0.5) >= 1).all())
    True
    """

def geqrf(input: Tensor, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The QR decomposition in LAPACK's compact form: R on and above the diagonal, below it the vectors of the reflections without their leading ones, and the factors tau. See `ravine.linalg.householder_product`.

    >>> a, tau = ravine.geqrf(ravine.tensor([[3.0], [4.0]]))
    >>> a, tau
    (tensor([[-5.0000],
            [ 0.5000]]), tensor([1.6000]))
    """

def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `outer`.

    The product of each element of one vector with each of the other, as a matrix.

    >>> ravine.outer(ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """

def greater(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `gt`.

    Whether `x > y`.

    >>> ravine.gt(ravine.tensor([1, 3]), 2)
    tensor([False,  True])
    """

def greater_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `gt`: writes the result into its first argument and returns it."""

def greater_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `ge`.

    Whether `x >= y`.

    >>> ravine.ge(ravine.tensor([1, 2]), 2)
    tensor([False,  True])
    """

def greater_equal_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `ge`: writes the result into its first argument and returns it."""

def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """`(x - mean) / sqrt(var + eps) * weight + bias`, with mean and biased variance over each of `num_groups` groups of channels of each sample (Wu and He, 2018). `input` has shape (N, C, ...), `weight` and `bias` (C,). The result has the input's shape and dtype; float16 and bfloat16 are computed in float32. Raises an error when C is no multiple of `num_groups`, shapes do not fit or dtypes differ.

    >>> ravine.group_norm(ravine.tensor([[0.0, 2.0, 5.0, 5.0]]), 2)
    tensor([[-1.0000,  1.0000,  0.0000,  0.0000]])
    """

def gru_sequence(x: Tensor, h0: Tensor, w: Tensor, b: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A gated recurrent unit over time (Cho et al., 2014; reset after the product, as in PyTorch and cuDNN), fused: `r = sigmoid(x_r + h w_r^T)`, `z = sigmoid(x_z + h w_z^T)`, `n = tanh(x_n + r (h w_n^T + b))`, `h = (1 - z) n + z h`. `x` (T, B, 3 H) is the inputs' and other biases' part of r, z and n, `h0` (B, H) the state at first, `w` (3 H, H), `b` (H,); T > 0. Returns the hidden states of all steps (T, B, H). `nn.GRU` is made of it. Raises an error when shapes or dtypes do not fit.

    >>> ravine.gru_sequence(ravine.zeros(2, 1, 3), ravine.ones(1, 1), ravine.zeros(3, 1), ravine.zeros(1)).flatten()
    tensor([0.5000, 0.2500])
    """

def gt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x > y`.

    >>> ravine.gt(ravine.tensor([1, 3]), 2)
    tensor([False,  True])
    """

def gt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `gt`: writes the result into its first argument and returns it."""

def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """`x` outside of [-lambd, lambd], 0 within.

    >>> ravine.hardshrink(ravine.tensor([-1.0, 0.25, 0.75]))
    tensor([-1.0000,  0.0000,  0.7500])
    """

def hardsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines (Howard et al., 2019).

    >>> ravine.hardsigmoid(ravine.tensor([-4.0, 0.0, 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """

def hardswish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`x hardsigmoid(x)` (Howard et al., 2019); 0 at -inf.

    >>> ravine.hardswish(ravine.tensor([-4.0, 1.0, 4.0]))
    tensor([-0.0000,  0.6667,  4.0000])
    """

def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """Elements limited to the range from `min_val` to `max_val`; the derivative is 0 at its ends.

    >>> ravine.hardtanh(ravine.tensor([-3.0, 0.5, 2.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """

def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """In-place form of `hardtanh`: writes the result into its first argument and returns it."""

def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """0 below 0, 1 above, and `values` at 0. Both have one dtype.

    >>> ravine.heaviside(ravine.tensor([-1.0, 0.0, 2.0]), ravine.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """

def heaviside_(input: Tensor, values: Tensor) -> Tensor:
    """In-place form of `heaviside`: writes the result into its first argument and returns it."""

def hermite_polynomial_h(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Hermite's polynomial of physics, with weight `e^(-x^2)`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.hermite_polynomial_h(ravine.tensor([0.5, 2.0]), 3)
    tensor([-5., 40.])
    """

def hermite_polynomial_he(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Hermite's polynomial of probability, with weight `e^(-x^2/2)`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.hermite_polynomial_he(ravine.tensor([0.5, 2.0]), 3)
    tensor([-1.3750,  2.0000])
    """

def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`input`, a distance, for targets 1, and `max(margin - input, 0)` for targets -1. `reduction` is "none", "sum" or "mean".

    >>> ravine.hinge_embedding_loss(ravine.tensor([0.25, 0.25]), ravine.tensor([1, -1]), reduction="none")
    tensor([0.2500, 0.7500])
    """

def histc(input: Tensor, bins: int = 100, min: float = 0.0, max: float = 0.0, *, out: Tensor | None = None) -> Tensor:
    """How many elements lie in each of `bins` equal intervals from `min` to `max` (the extremes of the elements when both are 0). Elements outside are left out; `max` belongs to the last interval.

    >>> ravine.histc(ravine.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """

def hsplit(input: Tensor, indices_or_sections: int | Sequence[int], *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """As `tensor_split` along dimension 1, or 0 for vectors; a number of parts must divide the extent.

    >>> [t.tolist() for t in ravine.hsplit(ravine.arange(4), 2)]
    [[0, 1], [2, 3]]
    """

def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Side by side: along dimension 1, or 0 for vectors.

    >>> ravine.hstack([ravine.tensor([1, 2]), ravine.tensor([3])])
    tensor([1, 2, 3])
    """

def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """`d^2 / 2` where |d| <= delta, `delta (|d| - delta / 2)` elsewhere, with d = `input - target` (Huber, 1964). `weight` has the input's shape and scales each loss. `reduction` is "none", "sum" or "mean". Raises an error when the shapes differ or delta is not positive.

    >>> ravine.huber_loss(ravine.tensor([0.5, 3.0]), ravine.zeros(2), reduction="none", delta=2.0)
    tensor([0.1250, 4.0000])
    """

def hypot(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Length of the hypotenuse, `sqrt(x^2 + y^2)`, without overflow.

    >>> ravine.hypot(ravine.tensor([3.0, 5.0]), ravine.tensor([4.0, 12.0]))
    tensor([ 5., 13.])
    """

def hypot_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `hypot`: writes the result into its first argument and returns it."""

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind and order 0.

    >>> ravine.i0(ravine.tensor([0.0, 2.0]))
    tensor([1.0000, 2.2796])
    """

def i0_(input: Tensor) -> Tensor:
    """In-place form of `i0`: writes the result into its first argument and returns it."""

def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind and order 0, scaled: `e^-|x| i0(x)`.

    >>> ravine.special.i0e(ravine.tensor([0.0, 200.0]))
    tensor([1.0000, 0.0282])
    """

def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind and order 1.

    >>> ravine.special.i1(ravine.tensor([0.0, 2.0]))
    tensor([0.0000, 1.5906])
    """

def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the first kind and order 1, scaled: `e^-|x| i1(x)`.

    >>> ravine.special.i1e(ravine.tensor([0.0, 200.0]))
    tensor([0.0000, 0.0282])
    """

def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularised lower incomplete gamma function `P(a, x)`: the integral of `t^(a-1) e^-t / gamma(a)` from 0 to x, with a in `input` and x in `other`. NaN where either is negative. It has one derivative by a, and any by x.

    >>> ravine.igamma(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))
    tensor([0.6321, 0.1429])
    """

def igamma_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `igamma`: writes the result into its first argument and returns it."""

def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularised upper incomplete gamma function `1 - igamma(input, other)`, exact also where that is nearly 1.

    >>> ravine.igammac(ravine.tensor([1.0, 4.0]), ravine.tensor([1.0, 2.0]))
    tensor([0.3679, 0.8571])
    """

def igammac_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `igammac`: writes the result into its first argument and returns it."""

def im2col(input: Tensor, kernel_size: int | Sequence[int], dilation: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, stride: int | Sequence[int] = 1, *, out: Tensor | None = None) -> Tensor:
    """Every patch of an image as a column, as convolution sees them: (N, C, H, W) becomes (N, C kh kw, L), with L patches in row-major order; without N likewise. Pairs are (vertical, horizontal).

    >>> ravine.im2col(ravine.arange(6.0).reshape(1, 2, 3), 2)
    tensor([[0., 1.],
            [1., 2.],
            [3., 4.],
            [4., 5.]])
    """

def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """`input` with `alpha` times the slices of `source` along `dim` added at the places in `index` (int64 or int32, one dimension), in order.

    >>> ravine.index_add(ravine.zeros(3), 0, ravine.tensor([0, 0, 2]), ravine.ones(3))
    tensor([2., 0., 1.])
    """

def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """In-place form of `index_add`: writes the result into its first argument and returns it."""

def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with its slices along `dim` at the places in `index` replaced by those of `source`; of several for one place the last stays.

    >>> ravine.index_copy(ravine.zeros(3), 0, ravine.tensor([2, 0]), ravine.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """

def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """In-place form of `index_copy`: writes the result into its first argument and returns it."""

def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`input` with one number in all slices along `dim` that `index` names.

    >>> ravine.index_fill(ravine.zeros(3), 0, ravine.tensor([0, 2]), 5)
    tensor([5., 0., 5.])
    """

def index_fill_(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """In-place form of `index_fill`: writes the result into its first argument and returns it."""

def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor | Number, accumulate: bool = False, *, out: Tensor | None = None) -> Tensor:
    """`input` with the elements that `indices` name replaced by `values`, or, with `accumulate`, with `values` added to them. The index tensors (int64, int32 or bool masks) broadcast together and stand for the first dimensions; negative indices count from the end. `values` broadcasts to the indexed elements. Where several go to one element, the last in row-major order stays; sums run in that order.

    >>> ravine.index_put(ravine.zeros(3), [ravine.tensor([0, 0, 2])], ravine.tensor(1.0), accumulate=True)
    tensor([2., 0., 1.])
    """

def index_put_(input: Tensor, indices: Sequence[Tensor], values: Tensor | Number, accumulate: bool = False) -> Tensor:
    """In-place form of `index_put`: writes the result into its first argument and returns it."""

def index_reduce(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True, out: Tensor | None = None) -> Tensor:
    """`input` with the slices of `source` along `dim` combined at the places in `index` (int64 or int32, one dimension): `reduce` is "prod", "mean", "amax" or "amin". The old element counts as one of them if `include_self`. Equal extremes share the gradient.

    >>> ravine.index_reduce(ravine.ones(2), 0, ravine.tensor([0, 0]), ravine.tensor([3.0, 5.0]), "prod")
    tensor([15.,  1.])
    """

def index_reduce_(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
    """In-place form of `index_reduce`: writes the result into its first argument and returns it."""

def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of `input` at the places along `dim` that `index` names (int64 or int32, one dimension): the extent of `dim` becomes the length of `index`. Indices below 0 or from the extent on raise.

    >>> ravine.index_select(ravine.tensor([[1, 2], [3, 4]]), 1, ravine.tensor([1, 1, 0]))
    tensor([[2, 2, 1],
            [4, 4, 3]])
    """

def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Products of the last dimensions, of every line of one with every line of the other; with a scalar its multiple.

    >>> ravine.inner(ravine.ones(2, 3), ravine.ones(4, 3)).shape
    (2, 4)
    """

def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of square matrices, by an LU decomposition. To solve equations, `solve` is faster and more exact.

    Raises LinAlgError, when the result is looked at, for a singular matrix.

    >>> ravine.linalg.inv(ravine.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """

def inv_ex(A: Tensor, *, check_errors: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """As `inv`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. Nothing is raised, unless `check_errors` says so.

    >>> ravine.linalg.inv_ex(ravine.zeros(2, 2)).info
    tensor(1, dtype=ravine.int32)
    """

def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether `|x - y| <= atol + rtol * |y|`, or both are equal (NaN too with `equal_nan`).

    >>> ravine.isclose(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0 + 1e-6, 2.1]))
    tensor([ True, False])
    """

def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is neither infinite nor NaN.

    >>> ravine.isfinite(ravine.tensor([1.0, float("nan")]))
    tensor([ True, False])
    """

def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is infinite.

    >>> ravine.isinf(ravine.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """

def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is NaN.

    >>> ravine.isnan(ravine.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """

def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is minus infinity.

    >>> ravine.isneginf(ravine.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """

def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is plus infinity.

    >>> ravine.isposinf(ravine.tensor([1.0, float("inf")]))
    tensor([False,  True])
    """

def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False, *, out: Tensor | None = None) -> Tensor:
    """`target (log target - input)` at each position, 0 where the target is 0: terms of the Kullback-Leibler divergence of `input`, given as log-probabilities, from `target`, given as probabilities or, with `log_target`, as their logarithms too. `reduction` is "none", "sum", "batchmean" (the sum divided by the first extent: the divergence as usually defined, averaged over a batch) or "mean" (over every element). Shapes broadcast.

    >>> half = ravine.tensor([[0.5, 0.5]])
    >>> ravine.kl_div(ravine.log(half), half, reduction="batchmean")
    tensor(0.)
    """

def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kronecker's product: each element of `input` replaced by its multiple of `other`.

    >>> ravine.kron(ravine.tensor([1, 2]), ravine.tensor([1, 1]))
    tensor([1, 1, 2, 2])
    """

def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The `k`-th smallest element along `dim`, counted from 1, and its int64 place.

    >>> ravine.kthvalue(ravine.tensor([4.0, 1.0, 3.0]), 2).values
    tensor(3.)
    """

def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """Absolute differences `|input - target|`; the derivative at 0 is 0. `reduction` is "none", "sum" or "mean". Raises an error when the shapes differ.

    >>> ravine.l1_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0]))
    tensor(1.)
    """

def laguerre_polynomial_l(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Laguerre's polynomial, with weight `e^-x`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.laguerre_polynomial_l(ravine.tensor([0.5, 2.0]), 3)
    tensor([-0.1458, -0.3333])
    """

def layer_norm(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-05, *, out: Tensor | None = None) -> Tensor:
    """`(x - mean) / sqrt(var + eps) * weight + bias` over the last dimensions, whose extents are `normalized_shape` (Ba, Kiros and Hinton, 2016). `var` is the biased variance, from the squared distances to the mean. `weight` and `bias` have the shape `normalized_shape`. The result has the input's shape and dtype; float16 and bfloat16 are computed in float32. Raises an error when the shapes do not fit or the dtypes differ.

    >>> ravine.layer_norm(ravine.tensor([[0.0, 2.0], [5.0, 5.0]]), (2,))
    tensor([[-1.0000,  1.0000],
            [ 0.0000,  0.0000]])
    """

def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The least common multiple of integers, 0 where either is; wraps where the dtype does not hold it.

    >>> ravine.lcm(ravine.tensor([4, 3]), ravine.tensor([6, 0]))
    tensor([12,  0])
    """

def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `lcm`: writes the result into its first argument and returns it."""

def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input * 2**other`; integers become float32.

    >>> ravine.ldexp(ravine.tensor([1.0, 0.5]), ravine.tensor([3, -1]))
    tensor([8.0000, 0.2500])
    """

def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `ldexp`: writes the result into its first argument and returns it."""

def ldl_factor(A: Tensor, *, hermitian: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`A = L D L^T` of symmetric matrices (Bunch and Kaufman, 1977) in LAPACK's compact form, with blocks of one and two rows in D, and int32 pivots; see `ldl_solve`. Only the lower triangle of A is read. It has no derivative, as in PyTorch.

    Raises LinAlgError, when the result is looked at, for a block that is zero.

    >>> LD, pivots = ravine.linalg.ldl_factor(ravine.tensor([[2.0, 1.0], [1.0, 1.0]]))
    >>> LD
    tensor([[2.0000, 0.0000],
            [0.5000, 0.5000]])
    """

def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """As `ldl_factor`, besides for each matrix its first block that is zero, counted from 1, as int32; 0 if none is. Nothing is raised, unless `check_errors` says so.

    >>> ravine.linalg.ldl_factor_ex(ravine.zeros(2, 2)).info
    tensor(1, dtype=ravine.int32)
    """

def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False, out: Tensor | None = None) -> Tensor:
    """X with `A X = B` from the results of `ldl_factor`; leading dimensions broadcast. It is differentiable by B.

    >>> LD, pivots = ravine.linalg.ldl_factor(ravine.tensor([[2.0, 1.0], [1.0, 1.0]]))
    >>> ravine.linalg.ldl_solve(LD, pivots, ravine.tensor([[3.0], [2.0]]))
    tensor([[1.],
            [1.]])
    """

def le(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x <= y`.

    >>> ravine.le(ravine.tensor([1, 3]), 2)
    tensor([ True, False])
    """

def le_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `le`: writes the result into its first argument and returns it."""

def leaky_relu(input: Tensor, negative_slope: float = 0.01, *, out: Tensor | None = None) -> Tensor:
    """`x` above 0, `negative_slope x` elsewhere (Maas et al., 2013); the derivative at 0 is the slope.

    >>> ravine.leaky_relu(ravine.tensor([-1.0, 2.0]), 0.25)
    tensor([-0.2500,  2.0000])
    """

def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """In-place form of `leaky_relu`: writes the result into its first argument and returns it."""

def legendre_polynomial_p(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Legendre's polynomial, orthogonal on [-1, 1], of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.legendre_polynomial_p(ravine.tensor([0.5, 2.0]), 3)
    tensor([-0.4375, 17.0000])
    """

def lerp(input: Tensor, end: Tensor, weight: Tensor | float, *, out: Tensor | None = None) -> Tensor:
    """`input + weight * (end - input)`, computed from the nearer end.

    >>> ravine.lerp(ravine.tensor([0.0, 10.0]), ravine.tensor([1.0, 20.0]), 0.5)
    tensor([ 0.5000, 15.0000])
    """

def lerp_(input: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """In-place form of `lerp`: writes the result into its first argument and returns it."""

def less(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `lt`.

    Whether `x < y`.

    >>> ravine.lt(ravine.tensor([1, 2]), 2)
    tensor([ True, False])
    """

def less_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `lt`: writes the result into its first argument and returns it."""

def less_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `le`.

    Whether `x <= y`.

    >>> ravine.le(ravine.tensor([1, 3]), 2)
    tensor([ True, False])
    """

def less_equal_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `le`: writes the result into its first argument and returns it."""

def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the magnitude of the gamma function; infinite at its poles 0, -1, -2, ...

    >>> ravine.lgamma(ravine.tensor([0.5, 5.0]))
    tensor([0.5724, 3.1781])
    """

def lgamma_(input: Tensor) -> Tensor:
    """In-place form of `lgamma`: writes the result into its first argument and returns it."""

def linspace(start: Tensor | Number, end: Tensor | Number, steps: int, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, at equal distances; float32 unless `dtype` is given. Computed in float64, from the nearer end, and rounded once. An integer dtype takes the integer parts of `start` and `end`, and drops what is behind the point of exact quotients.

    >>> ravine.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """

def lion_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], *, lr: float, beta1: float = 0.9, beta2: float = 0.99, weight_decay: float = 0.0, maximize: bool = False) -> None:
    """One step of Lion (Chen et al., 2023) on all `params`, in place. With the gradient g (its negative with `maximize`): `p = (1 - lr * weight_decay) * p - lr * sign(beta1 * m + (1 - beta1) * g)`, then `m = beta2 * m + (1 - beta2) * g`.

    Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.

    >>> p, m = ravine.zeros(2), ravine.zeros(2)
    >>> ravine.lion_([p], [ravine.tensor([3.0, -0.1])], [m], lr=0.5)
    >>> p
    tensor([-0.5000,  0.5000])
    """

def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Natural logarithm; NaN below 0, -inf at 0.

    >>> ravine.log(ravine.tensor([1.0, 10.0]))
    tensor([0.0000, 2.3026])
    """

def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to the base 10; NaN below 0, -inf at 0.

    >>> ravine.log10(ravine.tensor([100.0, 0.1]))
    tensor([ 2., -1.])
    """

def log10_(input: Tensor) -> Tensor:
    """In-place form of `log10`: writes the result into its first argument and returns it."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`log(1 + x)`, accurate also near 0; NaN below -1.

    >>> ravine.log1p(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """

def log1p_(input: Tensor) -> Tensor:
    """In-place form of `log1p`: writes the result into its first argument and returns it."""

def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logarithm to the base 2; NaN below 0, -inf at 0.

    >>> ravine.log2(ravine.tensor([8.0, 0.5]))
    tensor([ 3., -1.])
    """

def log2_(input: Tensor) -> Tensor:
    """In-place form of `log2`: writes the result into its first argument and returns it."""

def log_(input: Tensor) -> Tensor:
    """In-place form of `log`: writes the result into its first argument and returns it."""

def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of `ndtr(x)`, exact also where that vanishes or comes near 1.

    >>> ravine.special.log_ndtr(ravine.tensor([-10.0, 0.0]))
    tensor([-53.2313,  -0.6931])
    """

def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fills a floating tensor, in place, with numbers whose logarithms are normal with that mean and standard deviation.

    Raises ValueError if `std` is not positive.

    >>> bool((ravine.zeros(2).log_normal_() > 0).all())
    True
    """

def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """`x_i - log sum_j exp(x_j)` along `dim`, the logarithm of `softmax` without its underflow. Computed as `(x_i - m) - log sum_j exp(x_j - m)` with m the largest element; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error.

    >>> ravine.log_softmax(ravine.tensor([1.0, 2.0, 3.0]), 0)
    tensor([-2.4076, -1.4076, -0.4076])
    """

def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`log(e^x + e^y)`, without overflow.

    >>> ravine.logaddexp(ravine.tensor([1000.0]), ravine.tensor([1000.0]))
    tensor([1000.6932])
    """

def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`log2(2^x + 2^y)`, without overflow.

    >>> ravine.logaddexp2(ravine.tensor([1000.0]), ravine.tensor([1000.0]))
    tensor([1001.])
    """

def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """`log(cumsum(exp(x)))` along `dim`, computed without overflow from the running maxima. Floats only.

    >>> ravine.logcumsumexp(ravine.tensor([1000.0, 1000.0, 0.0]), 0)
    tensor([1000.0000, 1000.6932, 1000.6932])
    """

def logcumsumexp_(input: Tensor, dim: int) -> Tensor:
    """In-place form of `logcumsumexp`: writes the result into its first argument and returns it."""

def logical_and(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Logical and; numbers count as true when they are not 0.

    >>> ravine.logical_and(ravine.tensor([True, True]), ravine.tensor([True, False]))
    tensor([ True, False])
    """

def logical_and_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `logical_and`: writes the result into its first argument and returns it."""

def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logical negation; numbers count as true when they are not 0.

    >>> ravine.logical_not(ravine.tensor([True, False]))
    tensor([False,  True])
    """

def logical_not_(input: Tensor) -> Tensor:
    """In-place form of `logical_not`: writes the result into its first argument and returns it."""

def logical_or(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Logical or; numbers count as true when they are not 0.

    >>> ravine.logical_or(ravine.tensor([True, False]), ravine.tensor([False, False]))
    tensor([ True, False])
    """

def logical_or_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `logical_or`: writes the result into its first argument and returns it."""

def logical_xor(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Exclusive or of truth; numbers count as true when they are not 0.

    >>> ravine.logical_xor(ravine.tensor([True, True]), ravine.tensor([True, False]))
    tensor([False,  True])
    """

def logical_xor_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `logical_xor`: writes the result into its first argument and returns it."""

def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """`log(x / (1 - x))`, the inverse of `sigmoid`; with `eps` of x limited to [eps, 1 - eps]. NaN outside [0, 1].

    >>> ravine.logit(ravine.tensor([0.5, 0.9]))
    tensor([0.0000, 2.1972])
    """

def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """In-place form of `logit`: writes the result into its first argument and returns it."""

def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`log(1 / (1 + e^-x))`, without overflow for any x.

    >>> ravine.logsigmoid(ravine.tensor([-100.0, 0.0, 2.0]))
    tensor([-100.0000,   -0.6931,   -0.1269])
    """

def logspace(start: Tensor | Number, end: Tensor | Number, steps: int, base: float = 10.0, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """`base` to the powers `linspace(start, end, steps)`.

    >>> ravine.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """

def logsumexp(input: Tensor, dim: int | Sequence[int], keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """`log(sum(exp(x)))` over `dim`, computed without overflow as `m + log(sum(exp(x - m)))` with m the maximum; minus infinity over no element.

    >>> ravine.logsumexp(ravine.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """

def lstm_sequence(x: Tensor, h0: Tensor, c0: Tensor, w: Tensor, *, out: Tensor | None = None) -> list[Tensor]:
    """A long short-term memory over time (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000), fused: `i, f, g, o = x[t] + h w^T`, `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`. `x` (T, B, 4 H) is the inputs' and biases' part of the gates, `h0` and `c0` (B, H) the state at first, `w` (4 H, H); T > 0. Returns the hidden states of all steps (T, B, H) and the last cells (B, H). `nn.LSTM` is made of it. Raises an error when shapes or dtypes do not fit.

    >>> h, c = ravine.lstm_sequence(ravine.zeros(2, 1, 4), ravine.zeros(1, 1), ravine.ones(1, 1), ravine.ones(4, 1))
    >>> h.shape, c.shape
    ((2, 1, 1), (1, 1))
    """

def lt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x < y`.

    >>> ravine.lt(ravine.tensor([1, 2]), 2)
    tensor([ True, False])
    """

def lt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `lt`: writes the result into its first argument and returns it."""

def lu(A: Tensor, *, pivot: bool = True, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """`A = P L U` of (..., m, n) matrices, k the smaller of m and n: P (..., m, m) exchanges rows, L (..., m, k) is lower triangular with ones on its diagonal, U (..., k, n) upper triangular. Without `pivot` P has no elements and `A = L U`.

    >>> P, L, U = ravine.linalg.lu(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))
    >>> L
    tensor([[1.0000, 0.0000],
            [0.5000, 1.0000]])
    """

def lu_factor(A: Tensor, *, pivot: bool = True, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`A = P L U` of (..., m, n) matrices in compact form: U on and above the diagonal, L below it without its ones; and the int32 pivots: row i was exchanged with row `pivots[i] - 1`, one after the other. See `lu_solve` and `ravine.lu_unpack`. Without `pivot` rows stay.

    Raises LinAlgError, when the result is looked at, for a pivot that is zero.

    >>> LU, pivots = ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))
    >>> LU, pivots
    (tensor([[2.0000, 2.0000],
            [0.5000, 1.0000]]), tensor([2, 2], dtype=ravine.int32))
    """

def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """As `lu_factor`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. Nothing is raised, unless `check_errors` says so.

    >>> ravine.linalg.lu_factor_ex(ravine.zeros(2, 2)).info
    tensor(1, dtype=ravine.int32)
    """

def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Tensor | None = None) -> Tensor:
    """X with `A X = B` from the results of `lu_factor`; with `X A = B` where `left` is False, and of the transpose of A with `adjoint`. Leading dimensions broadcast.

    >>> LU, pivots = ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]]))
    >>> ravine.linalg.lu_solve(LU, pivots, ravine.tensor([[3.0], [4.0]]))
    tensor([[1.],
            [1.]])
    """

def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """P, L and U with `A = P L U` from the results of `ravine.linalg.lu_factor`. What is not to be unpacked has no elements.

    >>> P, L, U = ravine.lu_unpack(*ravine.linalg.lu_factor(ravine.tensor([[1.0, 2.0], [2.0, 2.0]])))
    >>> P @ L @ U
    tensor([[1., 2.],
            [2., 2.]])
    """

def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`max(-target (input1 - input2) + margin, 0)`: targets 1 ask for the first input to be larger, -1 for the second. `reduction` is "none", "sum" or "mean".

    >>> one = ravine.ones(1)
    >>> ravine.margin_ranking_loss(one, 2 * one, one)
    tensor(1.)
    """

def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with the elements where `mask` is true replaced by those of `source`, in row-major order; the mask broadcasts. Raises if `source` has too few.

    >>> mask = ravine.tensor([True, False, True])
    >>> ravine.masked_scatter(ravine.zeros(3), mask, ravine.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """

def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """In-place form of `masked_scatter`: writes the result into its first argument and returns it."""

def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements where `mask`, a bool tensor, is true, in row-major order and one dimension; both broadcast. The mask is looked at.

    >>> x = ravine.tensor([1, 2, 3])
    >>> ravine.masked_select(x, x > 1)
    tensor([2, 3])
    """

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Matrix product over the last two dimensions; leading dimensions broadcast. A 1-D operand is a row on the left, a column on the right, and its dimension is dropped. float16 and bfloat16 accumulate in float32.

    >>> ravine.matmul(ravine.ones(2, 3), ravine.ones(3))
    tensor([3., 3.])
    """

def matrix_exp(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential of square matrices: `I + A + A^2 / 2 + ...`, by scaling, Pade's approximation of order 13 and squaring (Higham, 2005).

    >>> ravine.linalg.matrix_exp(ravine.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """

def max(input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """Without `dim` the largest of all elements, as `amax`. With `dim` the largest elements along it and their int64 indices, as `argmax`; the gradient goes to those elements alone. With a second tensor the larger of two elements, as `maximum`.

    >>> values, indices = ravine.max(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)
    >>> values
    tensor([5., 4.])
    >>> ravine.max(ravine.tensor([2, 7]))
    tensor(7)
    """

def max_pool1d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The greatest element of each window along the last dimension: `max_pool2d` with one spatial dimension. Shapes: (N, C, L) or (C, L).

    >>> ravine.max_pool1d(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """

def max_pool1d_with_indices(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The results of `max_pool1d`, and the int64 positions along the last dimension where they stand.

    >>> ravine.max_pool1d_with_indices(ravine.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)[1]
    tensor([[1, 2]])
    """

def max_pool2d(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The greatest element of each window: `y[i, j] = max_{p, q} x[i s + p d - pad, j s + q d - pad]` in every channel. Shapes: (N, C, H, W) or (C, H, W); the result has `H' = (H + 2 pad - d (k - 1) - 1) // s + 1`, rounded up with `ceil_mode` (a window that would begin behind the input is left out). `stride` is `kernel_size` unless given; pairs are (vertical, horizontal). What lies outside counts as less than everything; NaN counts as greater. The gradient goes to the first of equal elements in row-major order. Raises an error for padding of more than half a window, and for a window larger than the padded input.

    >>> ravine.max_pool2d(ravine.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """

def max_pool2d_with_indices(input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool = False, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The results of `max_pool2d`, and where in its plane each of them stands: row times width plus column, int64.

    >>> ravine.max_pool2d_with_indices(ravine.arange(16.0).reshape(1, 4, 4), 2)[1]
    tensor([[[ 5,  7],
             [13, 15]]])
    """

def maximum(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The larger of two elements; NaN if either is. Equal elements share the gradient.

    >>> ravine.maximum(ravine.tensor([1.0, 5.0]), ravine.tensor([2.0, 4.0]))
    tensor([2., 5.])
    """

def mean(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """Arithmetic mean over `dim`; NaN over no element.

    >>> ravine.mean(ravine.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """

def median(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """The element in the middle of the sorted ones, the lower of two; NaN if there is one. With `dim` along that dimension, with its int64 place.

    >>> ravine.median(ravine.tensor([4.0, 1.0, 3.0, 2.0]))
    tensor(2.)
    """

def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str = "ij", out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates: tensor k of the result holds the elements of vector k along dimension k and repeats along the others. `indexing="xy"` exchanges the first two dimensions.

    >>> x, y = ravine.meshgrid(ravine.arange(2), ravine.arange(3))
    >>> x
    tensor([[0, 0, 0],
            [1, 1, 1]])
    """

def min(input: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """Without `dim` the smallest of all elements, as `amin`. With `dim` the smallest elements along it and their int64 indices, as `argmin`; the gradient goes to those elements alone. With a second tensor the smaller of two elements, as `minimum`.

    >>> values, indices = ravine.min(ravine.tensor([[1.0, 5.0], [4.0, 3.0]]), 1)
    >>> values
    tensor([1., 3.])
    >>> ravine.min(ravine.tensor([2, 7]))
    tensor(2)
    """

def minimum(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The smaller of two elements; NaN if either is. Equal elements share the gradient.

    >>> ravine.minimum(ravine.tensor([1.0, 5.0]), ravine.tensor([2.0, 4.0]))
    tensor([1., 4.])
    """

def mish(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`x tanh(log(1 + e^x))` (Misra, 2019); 0 at -inf.

    >>> ravine.mish(ravine.tensor([-1.0, 0.0, 2.0]))
    tensor([-0.3034,  0.0000,  1.9440])
    """

def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Product of two matrices; nothing broadcasts.

    >>> ravine.mm(ravine.ones(2, 3), ravine.ones(3, 2))
    tensor([[3., 3.],
            [3., 3.]])
    """

def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `i0`.

    Modified Bessel function of the first kind and order 0.

    >>> ravine.i0(ravine.tensor([0.0, 2.0]))
    tensor([1.0000, 2.2796])
    """

def modified_bessel_i0_(input: Tensor) -> Tensor:
    """In-place form of `i0`: writes the result into its first argument and returns it."""

def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `i1`.

    Modified Bessel function of the first kind and order 1.

    >>> ravine.special.i1(ravine.tensor([0.0, 2.0]))
    tensor([0.0000, 1.5906])
    """

def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the second kind and order 0; NaN below 0, infinite at 0.

    >>> ravine.special.modified_bessel_k0(ravine.tensor([0.5, 2.0]))
    tensor([0.9244, 0.1139])
    """

def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the second kind and order 1; NaN below 0, infinite at 0.

    >>> ravine.special.modified_bessel_k1(ravine.tensor([0.5, 2.0]))
    tensor([1.6564, 0.1399])
    """

def moveaxis(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """As `movedim`.

    >>> ravine.moveaxis(ravine.ones(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """

def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Dimensions moved to other places, the others in order.

    >>> ravine.movedim(ravine.zeros(2, 3, 4), 0, -1).shape
    (3, 4, 2)
    """

def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """Squared differences `(input - target)^2`; `reduction` is "none", "sum" or "mean". Raises an error when the shapes differ: a loss over shapes that broadcast is nearly always a mistake.

    >>> ravine.mse_loss(ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 4.0]))
    tensor(2.)
    """

def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sorted along the first dimension.

    >>> ravine.msort(ravine.tensor([3, 1, 2]))
    tensor([1, 2, 3])
    """

def mul(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Product `x * y`. Booleans multiply as `and`.

    >>> ravine.mul(ravine.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """

def mul_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `mul`: writes the result into its first argument and returns it."""

def multi_margin_loss(input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`weight[y] sum_{i != y} max(margin - input[y] + input[i], 0)^p / C`: a hinge loss of C classes with label y (Crammer and Singer, 2001), p 1 or 2. `input` has shape (C,) or (N, C), `target` integer labels in that shape without C, `weight` (C,). `reduction` is "none", "sum" or "mean". Raises an IndexError when a label is no class.

    >>> ravine.multi_margin_loss(ravine.tensor([[0.0, 0.5]]), ravine.tensor([1]))
    tensor(0.2500)
    """

def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """`num_samples` places for each row of weights (a vector or a matrix, of a floating dtype), drawn with probabilities proportional to the weights; int64. Without `replacement` no place comes twice, and they are in the order in which they were drawn. The weights are looked at.

    Raises ValueError if a weight is negative, infinite or NaN, or if too few are above 0.

    >>> ravine.multinomial(ravine.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
    tensor([1, 1])
    """

def multiply(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `mul`.

    Product `x * y`. Booleans multiply as `and`.

    >>> ravine.mul(ravine.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """

def multiply_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `mul`: writes the result into its first argument and returns it."""

def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Product of a matrix and a vector.

    >>> ravine.mv(ravine.ones(2, 3), ravine.ones(3))
    tensor([3., 3.])
    """

def nadam_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, momentum_decay: float, mu_product: float, weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None:
    """Step number `step` (from 1) of NAdam (Dozat, 2016) on all `params`, in place, as `torch.optim.NAdam` takes it: Adam's moments m and v of the gradient g (see `adam_`), and with `mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2)` and their product `mu_product` up to this step, `p -= lr * ((1 - mu(step)) / (1 - mu_product) * g + mu(step + 1) / (1 - mu_product * mu(step + 1)) * m) / (sqrt(v / (1 - beta2^step)) + eps)`.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p, m, v = (ravine.zeros(2) for _ in range(3))
    >>> ravine.nadam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8,
    ...               momentum_decay=0.0, mu_product=0.45)
    >>> p
    tensor([-0.5282, -0.5282])
    """

def nan_to_num(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """NaN replaced by `nan`, infinities by `posinf` and `neginf`, or the largest and smallest finite number.

    >>> ravine.nan_to_num(ravine.tensor([float("nan"), float("inf"), 1.0]), posinf=9.0)
    tensor([0., 9., 1.])
    """

def nan_to_num_(input: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """In-place form of `nan_to_num`: writes the result into its first argument and returns it."""

def nanmean(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """`mean` over the elements that are not NaN.

    >>> ravine.nanmean(ravine.tensor([1.0, float("nan"), 2.0]))
    tensor(1.5000)
    """

def nansum(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """`sum` over the elements that are not NaN.

    >>> ravine.nansum(ravine.tensor([1.0, float("nan"), 2.0]))
    tensor(3.)
    """

def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The normal distribution function: the integral of `e^(-t^2/2) / sqrt(2 pi)` up to x.

    >>> ravine.special.ndtr(ravine.tensor([-2.0, 0.0]))
    tensor([0.0228, 0.5000])
    """

def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `ndtr`: infinite at 0 and 1, NaN outside of them.

    >>> ravine.special.ndtri(ravine.tensor([0.5, 0.975]))
    tensor([0.0000, 1.9600])
    """

def ne(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Whether `x != y`.

    >>> ravine.ne(ravine.tensor([1, 2]), 2)
    tensor([ True, False])
    """

def ne_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `ne`: writes the result into its first argument and returns it."""

def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Negation `-x`.

    >>> ravine.neg(ravine.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """

def neg_(input: Tensor) -> Tensor:
    """In-place form of `neg`: writes the result into its first argument and returns it."""

def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `neg`.

    Negation `-x`.

    >>> ravine.neg(ravine.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """

def negative_(input: Tensor) -> Tensor:
    """In-place form of `neg`: writes the result into its first argument and returns it."""

def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The next float after each element of `input` on the way to `other`. Both are float32 or float64.

    >>> (ravine.nextafter(ravine.tensor([1.0]), ravine.tensor([2.0])) - 1).item() == 2**-23
    True
    """

def nextafter_(input: Tensor, other: Tensor) -> Tensor:
    """In-place form of `nextafter`: writes the result into its first argument and returns it."""

def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`-input[target]`: the negative log-likelihood of labels, from log-probabilities of shape (C,), (N, C) or (N, C, d1, ...). `target`, `weight`, `ignore_index` and `reduction` are those of `cross_entropy`.

    >>> ravine.nll_loss(ravine.tensor([[-1.0, -2.0]]), ravine.tensor([1]))
    tensor(2.)
    """

def nonzero(input: Tensor, *, as_tuple: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """The indices of all elements that are not 0 (or not False), in row-major order: int64 of shape (number of such elements, rank), or with `as_tuple` a vector for each dimension, by which a tensor can be indexed. Runs what was recorded and looks at the values.

    >>> ravine.nonzero(ravine.tensor([[1, 0], [0, 2]]))
    tensor([[0, 0],
            [1, 1]])
    """

def norm(input: Tensor, p: float | str | None = "fro", dim: int | Sequence[int] | None = None, keepdim: bool = False, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """The vector norm `(sum |x|^p)^(1/p)` over `dim` (all dimensions when left out). "fro" is p = 2; infinity gives the largest magnitude, minus infinity the smallest, 0 the number of elements that are not 0. The derivative of the 2-norm at 0 is 0.

    >>> ravine.norm(ravine.tensor([3.0, 4.0]))
    tensor(5.)
    """

def normal(mean: Tensor | float = 0.0, std: Tensor | float = 1.0, size: int | Sequence[int] | None = None, *, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random numbers from normal distributions with the given means and standard deviations, `mean + std * z`: tensors that broadcast together, or two numbers and a `size`.

    >>> ravine.normal(ravine.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """

def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills a floating tensor, in place, with random numbers from the normal distribution with that mean and standard deviation.

    Raises ValueError if `std` is negative.

    >>> ravine.zeros(2).normal_(3.0, 0.0)
    tensor([3., 3.])
    """

def normalized_step_(params: Sequence[Tensor], directions: Sequence[Tensor], momentum_buffers: Sequence[Tensor], norm: Tensor, *, lr: float) -> None:
    """`p -= lr * d / norm` for all `params` p and `directions` d, in place, and nothing if `norm`, a tensor of shape (), is 0. The directions are kept in `momentum_buffers`, which may be empty.

    Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.

    >>> p, d = ravine.zeros(2), ravine.tensor([3.0, 4.0])
    >>> ravine.normalized_step_([p], [d], [], ravine.total_norm([d]), lr=0.5)
    >>> p
    tensor([-0.3000, -0.4000])
    """

def not_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """As `ne`.

    Whether `x != y`.

    >>> ravine.ne(ravine.tensor([1, 2]), 2)
    tensor([ True, False])
    """

def not_equal_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `ne`: writes the result into its first argument and returns it."""

def one_hot(input: Tensor, num_classes: int = -1, *, out: Tensor | None = None) -> Tensor:
    """For every label (int64 or int32) a vector of `num_classes` int64 elements, 1 at the label and 0 elsewhere, in a new last dimension. -1 stands for the largest label plus one, for which the labels are looked at. Labels below 0 or from `num_classes` on raise.

    >>> ravine.one_hot(ravine.tensor([0, 2]), num_classes=3)
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """

def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of each element of one vector with each of the other, as a matrix.

    >>> ravine.outer(ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """

def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: Number = 0, *, out: Tensor | None = None) -> Tensor:
    """Elements put before and after those of `input`. `pad` is (before, after) of the last dimension, then of the one before it, and so on; negative numbers cut elements off. `mode` says what is put there: "constant" `value`, "reflect" the elements mirrored at the border, "replicate" the border itself, "circular" the elements from the other end.

    >>> ravine.pad(ravine.tensor([1, 2, 3]), (1, 2))
    tensor([0, 1, 2, 3, 0, 0])
    >>> ravine.pad(ravine.tensor([1, 2, 3]), (1, 2), mode="reflect")
    tensor([2, 1, 2, 3, 2, 1])
    """

def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The p-norm of `x1 - x2 + eps` along the last dimension; the inputs broadcast.

    >>> ravine.pairwise_distance(ravine.tensor([3.0, 4.0]), ravine.zeros(2))
    tensor(5.0000)
    """

def permute(input: Tensor, *dims: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """Dimensions in another order: dimension `i` of the result is dimension `dims[i]` of the input.

    >>> ravine.permute(ravine.zeros(2, 3, 4), 2, 0, 1).shape
    (4, 2, 3)
    """

def pinv(A: Tensor, atol: Tensor, rtol: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The pseudoinverse (Moore and Penrose): `V diag(1 / s) U^T` over the singular values above `max(atol, rtol s[0])`.

    >>> ravine.linalg.pinv(ravine.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """

def poisson(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random numbers from Poisson distributions with the means that `input` holds, in its dtype, a floating one: by inversion below a mean of 10, else by the method of Hörmann (1993). The result has no gradient.

    Raises ValueError if a mean is negative.

    >>> ravine.poisson(ravine.zeros(2))
    tensor([0., 0.])
    """

def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, eps: float = 1e-08, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """The negative log-likelihood of counts under a Poisson distribution: `e^input - target input` if `input` is the logarithm of the rate, `input - target log(input + eps)` if it is the rate. `full` adds Stirling's `target log target - target + log(2 pi target) / 2` for targets above 1. `reduction` is "none", "sum" or "mean".

    >>> ravine.poisson_nll_loss(ravine.tensor([0.0]), ravine.tensor([2.0]))
    tensor(1.)
    """

def positive(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`+x`: the tensor itself.

    >>> ravine.positive(ravine.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """

def pow(input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Power `x ** y`. Integers to powers of negative elements round towards 0; a negative number as their exponent
    raises.

    >>> ravine.pow(ravine.tensor([2.0, 3.0]), 3)
    tensor([ 8., 27.])
    """

def pow_(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """In-place form of `pow`: writes the result into its first argument and returns it."""

def prod(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """Product over `dim` (all dimensions when left out), 1 over no element. Integers and booleans multiply in int64; float16 and bfloat16 are multiplied in float32. The derivative is right where elements are 0.

    >>> ravine.prod(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), 0)
    tensor([3., 8.])
    """

def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `digamma`.

    The derivative of `lgamma`, also known as psi. At 0 it is infinite with the other sign, at -1, -2, ... NaN.

    >>> ravine.digamma(ravine.tensor([1.0, 0.5]))
    tensor([-0.5772, -1.9635])
    """

def psi_(input: Tensor) -> Tensor:
    """In-place form of `digamma`: writes the result into its first argument and returns it."""

def qr(A: Tensor, mode: str = "reduced", *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`A = Q R` with orthonormal columns in Q and R upper triangular, for (..., m, n) matrices and k the smaller of m and n: Q (..., m, k) and R (..., k, n); (..., m, m) and (..., m, n) with mode="complete"; no elements and (..., k, n) with "r". Signs are those of Householder's reflections, as in LAPACK.

    The derivative exists where the first k columns are linearly independent; elsewhere it is infinite or NaN. With "complete" and m > n there is none.

    >>> Q, R = ravine.linalg.qr(ravine.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """

def quantile(input: Tensor, q: Tensor | float, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Tensor | None = None) -> Tensor:
    """The value below which the part `q` (from 0 to 1, or a vector of such) of the elements lies, along `dim` or over all. Between two elements it is "linear"ly interpolated, or the "lower", the "higher", the "nearest" or the "midpoint". NaN if there is one.

    >>> ravine.quantile(ravine.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
    tensor(2.5000)
    """

def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians as degrees, `x * 180 / pi`.

    >>> ravine.rad2deg(ravine.tensor([0.5]))
    tensor([28.6479])
    """

def rad2deg_(input: Tensor) -> Tensor:
    """In-place form of `rad2deg`: writes the result into its first argument and returns it."""

def radam_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float = 0.0, decoupled: bool = False, maximize: bool = False) -> None:
    """Step number `step` (from 1) of RAdam (Liu et al., 2020) on all `params`, in place, as `torch.optim.RAdam` takes it: Adam's moments m and v (see `adam_`), and `p -= lr * m / (1 - beta1^step)`, times `r * sqrt(1 - beta2^step) / (sqrt(v) + eps)` as soon as v stands for more than 5 observations, r being the rectification of its variance.

    Raises ValueError if the lists differ in length or `step` is below 1, ShapeError if pairs differ in shape.

    >>> p, m, v = (ravine.zeros(2) for _ in range(3))
    >>> ravine.radam_([p], [ravine.ones(2)], [m], [v], step=1, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)
    >>> p
    tensor([-0.5000, -0.5000])
    """

def rand(*size: int | Sequence[int], dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Uniform random numbers in [0, 1), of shape `size`; float32 unless another floating `dtype` is given. Equal seeds (`manual_seed`) give equal numbers: they are the upper bits of Philox4x32-10 (Salmon et al., 2011).

    >>> ravine.rand(2, 3).shape
    (2, 3)
    """

def rand_like(input: Tensor, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Uniform random numbers in [0, 1), in the shape of `input` and its dtype unless another is given.

    >>> ravine.rand_like(ravine.zeros(2, 3)).shape
    (2, 3)
    """

def randint(low: int, high: int | Sequence[int] | None = None, size: int | Sequence[int] | None = None, *, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random integers from `low` (0 when only one bound is given) up to but not including `high`, of shape `size`, all equally likely (but for 2^-64 of the range's size); int64 unless `dtype` is given.

    Raises ValueError if the range is empty, or holds integers that an integer `dtype` does not.

    >>> ravine.randint(0, 10, (2, 3)).shape
    (2, 3)
    """

def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """As `randint`, in the shape of `input` and its dtype unless another is given. With one bound it is `high`.

    >>> ravine.randint_like(ravine.ones(2), 1)
    tensor([0., 0.])
    """

def randn(*size: int | Sequence[int], dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random numbers from the normal distribution with mean 0 and variance 1, of shape `size`; float32 unless another floating `dtype` is given. Made from uniform ones by the method of Box and Muller (1958).

    >>> ravine.randn(2, 3).shape
    (2, 3)
    """

def randn_like(input: Tensor, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Random numbers from the standard normal distribution, in the shape of `input` and its dtype unless another is given.

    >>> ravine.randn_like(ravine.zeros(2, 3)).shape
    (2, 3)
    """

def random_(input: Tensor, low: int | None = None, high: int | None = None, *, generator: Generator | None = None) -> Tensor:
    """Fills a tensor, in place, with integers from `low` (0) up to but not including `high`, all equally likely. With one number it is `high`; with none, integers up to the largest that the dtype holds all below exactly.

    Raises ValueError if the range is empty.

    >>> ravine.ones(2).random_(0, 1)
    tensor([0., 0.])
    """

def randperm(n: int, *, seed: int | None = None, dtype: dtype | None = None, device: DeviceLike | None = None, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """The integers from 0 to `n - 1` in random order; int64 unless `dtype` is given. It is the order of `n` keys of 64 random bits, equal ones as they come, and moves the generator's counter by `ceil(n / 2)` blocks of four words, as `n` draws of `randint` do. With `seed` the order is a function of `n` and `seed`, and the global generator is left alone.

    Raises ValueError if `n` is negative.

    >>> ravine.randperm(4).sum()
    tensor(6)
    """

def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`1 / x`.

    >>> ravine.reciprocal(ravine.tensor([2.0, -0.5]))
    tensor([ 0.5000, -2.0000])
    """

def reciprocal_(input: Tensor) -> Tensor:
    """In-place form of `reciprocal`: writes the result into its first argument and returns it."""

def relu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Rectifier `max(x, 0)`; its derivative at 0 is 0. NaN stays NaN.

    >>> ravine.relu(ravine.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

def relu_(input: Tensor) -> Tensor:
    """In-place form of `relu`: writes the result into its first argument and returns it."""

def remainder(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Remainder with the sign of the divisor, as Python's `%`. An integer modulo 0 is 0.

    >>> ravine.remainder(ravine.tensor([5.0, -5.0]), 3)
    tensor([2., 1.])
    """

def remainder_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place form of `remainder`: writes the result into its first argument and returns it."""

def repeat(input: Tensor, *repeats: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """The tensor laid out `repeats[d]` times along each dimension; surplus counts make new dimensions in front.

    Raises ShapeError if there are fewer counts than dimensions.

    >>> ravine.repeat(ravine.tensor([1, 2]), 2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """

def repeat_interleave(input: Tensor, repeats: int | Tensor, dim: int | None = None, *, output_size: int | None = None, out: Tensor | None = None) -> Tensor:
    """Each slice along `dim` (each element of the flattened tensor without `dim`) repeated `repeats` times in a row, or by its own count from an integer tensor. Counts in a tensor are looked at, unless `output_size` says what they add up to.

    >>> ravine.repeat_interleave(ravine.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    >>> ravine.repeat_interleave(ravine.tensor([1, 2]), ravine.tensor([0, 3]))
    tensor([2, 2, 2])
    """

def reshape(input: Tensor, *shape: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """The same elements in row-major order under another shape; one extent may be -1 and is inferred.

    >>> ravine.reshape(ravine.arange(4), 2, -1)
    tensor([[0, 1],
            [2, 3]])
    """

def rms_norm(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """`x / sqrt(mean(x^2) + eps) * weight` over the last dimensions, whose extents are `normalized_shape` (Zhang and Sennrich, 2019). `weight` has the shape `normalized_shape`; `eps` is the dtype's machine epsilon unless given. The result has the input's shape and dtype; float16 and bfloat16 are computed in float32. Raises an error when the shapes do not fit or the dtypes differ.

    >>> ravine.rms_norm(ravine.tensor([[3.0, 4.0]]), (2,))
    tensor([[0.8485, 1.1314]])
    """

def rmsprop_(params: Sequence[Tensor], grads: Sequence[Tensor], square_avgs: Sequence[Tensor], grad_avgs: Sequence[Tensor], momentum_buffers: Sequence[Tensor], *, lr: float, alpha: float, eps: float, weight_decay: float = 0.0, momentum: float = 0.0, maximize: bool = False) -> None:
    """One step of RMSprop (Hinton, 2012) on all `params`, in place, as `torch.optim.RMSprop` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `v = alpha * v + (1 - alpha) * g^2`, then `p -= lr * g / (sqrt(v) + eps)`. With `grad_avgs`, running means a of g, `v - a^2` stands for v under the root. With `momentum_buffers`, `b = momentum * b + g / (sqrt(v) + eps)` and `p -= lr * b`. Either list may be empty.

    Raises ValueError if the lists differ in length, ShapeError if pairs differ in shape.

    >>> p, v = ravine.ones(2), ravine.zeros(2)
    >>> ravine.rmsprop_([p], [ravine.ones(2)], [v], [], [], lr=0.5, alpha=0.75, eps=0.0)
    >>> p, v
    (tensor([0., 0.]), tensor([0.2500, 0.2500]))
    """

def rnn_sequence(x: Tensor, h0: Tensor, w: Tensor, nonlinearity: str = "tanh", *, out: Tensor | None = None) -> Tensor:
    """A simple recurrent network over time (Elman, 1990), fused: `h = tanh(x[t] + h w^T)`, or `relu` in place of `tanh`. `x` (T, B, H) is the inputs' and biases' part, `h0` (B, H) the state at first, `w` (H, H); T > 0. Returns the hidden states of all steps (T, B, H). `nn.RNN` is made of it. Raises an error when shapes or dtypes do not fit, and a ValueError for another nonlinearity.

    >>> ravine.rnn_sequence(ravine.ones(2, 1, 1), ravine.ones(1, 1), ravine.ones(1, 1), "relu").flatten()
    tensor([2., 3.])
    """

def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor:
    """Elements moved on by `shifts` places along `dims`; those that leave at the end come in at the front. Without `dims` the flattened tensor is rolled.

    >>> ravine.roll(ravine.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """

def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1), *, out: Tensor | None = None) -> Tensor:
    """Turned by `k` quarter turns in the plane of two dimensions, from the first towards the second.

    >>> ravine.rot90(ravine.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """

def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest integer, ties to even, or, of floats, the nearest multiple of `10^-decimals`; its derivative is 0.
    Integers stay as they are.

    >>> ravine.round(ravine.tensor([0.5, 1.5, -1.2]))
    tensor([ 0.,  2., -1.])
    """

def round_(input: Tensor, *, decimals: int = 0) -> Tensor:
    """In-place form of `round`: writes the result into its first argument and returns it."""

def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """As `vstack`.

    One above the other: vectors as rows, along dimension 0.

    >>> ravine.vstack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """

def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Reciprocal square root `1 / sqrt(x)`.

    >>> ravine.rsqrt(ravine.tensor([4.0, 0.25]))
    tensor([0.5000, 2.0000])
    """

def rsqrt_(input: Tensor) -> Tensor:
    """In-place form of `rsqrt`: writes the result into its first argument and returns it."""

def scale_(tensors: Sequence[Tensor], factor: Tensor) -> None:
    """Multiplies all `tensors`, in place, by one number that is a tensor of shape (): it need not be known yet.

    >>> g = ravine.ones(2)
    >>> ravine.scale_([g], ravine.tensor(0.5))
    >>> g
    tensor([0.5000, 0.5000])
    """

def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False, *, out: Tensor | None = None) -> Tensor:
    """`softmax(query key^T scale + mask) value` (Vaswani et al., 2017): `query` (..., L, E), `key` (..., S, E) and `value` (..., S, V) give (..., L, V); leading dimensions broadcast. `scale` is `1 / sqrt(E)` by default. `attn_mask` broadcasts to (..., L, S): a bool one is True where a query may see a key, a floating one, of the query's dtype, is added to the scores. With `is_causal` query i sees keys 0 to i. A query that sees no key gets zeros. `dropout_p` is the probability of dropping a weight, always applied. With `enable_gqa` the heads (dimension -3) of key and value, whose number divides the query's, serve groups of query heads. Time is that of all scores, memory that of the operands (and a byte for each weight with dropout). Raises an error when shapes or dtypes do not fit, or a mask is given with `is_causal`.

    >>> q = ravine.tensor([[0.0, 1.0], [1.0, 0.0]])
    >>> ravine.scaled_dot_product_attention(q, q, q, is_causal=True)
    tensor([[0.0000, 1.0000],
            [0.6698, 0.3302]])
    """

def scaled_modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the second kind and order 0, scaled: `e^x modified_bessel_k0(x)`.

    >>> ravine.special.scaled_modified_bessel_k0(ravine.tensor([0.5, 200.0]))
    tensor([1.5241, 0.0886])
    """

def scaled_modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Modified Bessel function of the second kind and order 1, scaled: `e^x modified_bessel_k1(x)`.

    >>> ravine.special.scaled_modified_bessel_k1(ravine.tensor([0.5, 200.0]))
    tensor([2.7310, 0.0888])
    """

def scatter(input: Tensor, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None, out: Tensor | None = None) -> Tensor:
    """`input` with elements of `src` (or one number) written at the places along `dim` that `index` names: for `dim=0` in two dimensions, `out[index[i][j]][j] = src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no larger than `src`, nor than `input` in the other dimensions. Of several for one place the last in row-major order stays. `reduce="add"` adds and `reduce="multiply"` multiplies instead.

    >>> ravine.scatter(ravine.zeros(3), 0, ravine.tensor([2, 0]), ravine.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """

def scatter_(input: Tensor, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor:
    """In-place form of `scatter`: writes the result into its first argument and returns it."""

def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input` with every element of `src` added at the place along `dim` that `index` names: for `dim=0` in two dimensions, `out[index[i][j]][j] += src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no larger than `src`, nor than `input` in the other dimensions; `src` has the dtype of `input`. Sums run in ascending order of the place in `src`, so the bits never vary. Indices below 0 or from the extent on raise.

    >>> ravine.scatter_add(ravine.zeros(3), 0, ravine.tensor([0, 2, 0]), ravine.tensor([1.0, 2.0, 3.0]))
    tensor([4., 0., 2.])
    """

def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """In-place form of `scatter_add`: writes the result into its first argument and returns it."""

def scatter_reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True, out: Tensor | None = None) -> Tensor:
    """`input` with the elements of `src` that `index` sends to one place along `dim` (as in `scatter_add`) combined there: `reduce` is "sum", "prod", "mean", "amax" or "amin". The old element counts as one of them if `include_self`. Equal extremes share the gradient.

    >>> ravine.scatter_reduce(ravine.ones(2), 0, ravine.tensor([0, 0]), ravine.tensor([3.0, 5.0]), "mean")
    tensor([3., 1.])
    """

def scatter_reduce_(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
    """In-place form of `scatter_reduce`: writes the result into its first argument and returns it."""

def searchsorted(sorted_sequence: Tensor, input: Tensor | Number, *, out_int32: bool = False, right: bool = False, side: str | None = None, sorter: Tensor | None = None, out: Tensor | None = None) -> Tensor:
    """The int64 places at which `input` could be put into ascending rows (the last dimension of `sorted_sequence`) without breaking their order: before equal elements, or after them with `right`. A sequence of one dimension serves all of `input`; otherwise the leading extents must be equal. NaN goes to the end. `side="right"` is another name for `right`, `sorter` the order (int64, as of `argsort`) in which rows that are not sorted are; `out_int32` gives int32.

    >>> ravine.searchsorted(ravine.tensor([1, 3, 5]), ravine.tensor([0, 3, 9]))
    tensor([0, 1, 3])
    """

def selu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Self-normalising unit: `s x` above 0, `s a (e^x - 1)` elsewhere, with s = 1.0507 and a = 1.6733
    (Klambauer et al., 2017).

    >>> ravine.selu(ravine.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

def selu_(input: Tensor) -> Tensor:
    """In-place form of `selu`: writes the result into its first argument and returns it."""

def sgd_(params: Sequence[Tensor], grads: Sequence[Tensor], momentum_buffers: Sequence[Tensor], *, lr: float, momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False, maximize: bool = False, first: bool = False, convention: str = "torch") -> None:
    """One step of stochastic gradient descent on all `params`, in place, as `torch.optim.SGD` takes it. With the gradient g (its negative with `maximize`) plus `weight_decay * p`: `p -= lr * g`. With `momentum`, `b = momentum * b + (1 - dampening) * g` (`b = g` with `first`), and g becomes b, or `g + momentum * b` with `nesterov`. Without momentum `momentum_buffers` is empty. With the `convention` `"ema"` the buffer is a running mean, `b = momentum * b + (1 - momentum) * g`; with `"heavy-ball"` (Polyak, 1964) it is the way to go, `b = momentum * b + lr * g` and `p -= b`. With `nesterov` the last line is the buffer's once more: its weight times g plus `momentum * b`.

    Raises ValueError if the lists differ in length or the convention is unknown, ShapeError if pairs differ in shape.

    >>> p = ravine.ones(2)
    >>> ravine.sgd_([p], [ravine.ones(2)], [], lr=0.5)
    >>> p
    tensor([0.5000, 0.5000])
    """

def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `sign`.

    >>> ravine.sgn(ravine.tensor([3.0, -2.0]))
    tensor([ 1., -1.])
    """

def sgn_(input: Tensor) -> Tensor:
    """In-place form of `sgn`: writes the result into its first argument and returns it."""

def shifted_chebyshev_polynomial_t(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind at `2 x - 1`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.shifted_chebyshev_polynomial_t(ravine.tensor([0.25, 2.0]), 3)
    tensor([ 1., 99.])
    """

def shifted_chebyshev_polynomial_u(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind at `2 x - 1`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.shifted_chebyshev_polynomial_u(ravine.tensor([0.25, 2.0]), 3)
    tensor([  1., 204.])
    """

def shifted_chebyshev_polynomial_v(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind at `2 x - 1`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.shifted_chebyshev_polynomial_v(ravine.tensor([0.25, 2.0]), 3)
    tensor([  1., 169.])
    """

def shifted_chebyshev_polynomial_w(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind at `2 x - 1`, of degree `n`, with the fraction of `n` dropped. 0 for a negative degree, and NaN for one beyond 1,000,000, save where there is a closed form.

    >>> ravine.special.shifted_chebyshev_polynomial_w(ravine.tensor([0.25, 2.0]), 3)
    tensor([  1., 239.])
    """

def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Logistic function `1 / (1 + e^-x)`.

    >>> ravine.sigmoid(ravine.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """

def sigmoid_(input: Tensor) -> Tensor:
    """In-place form of `sigmoid`: writes the result into its first argument and returns it."""

def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sign: -1, 0 or 1 (NaN stays NaN); its derivative is 0.

    >>> ravine.sign(ravine.tensor([3.0, 0.0, -2.0]))
    tensor([ 1.,  0., -1.])
    """

def sign_(input: Tensor) -> Tensor:
    """In-place form of `sign`: writes the result into its first argument and returns it."""

def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the sign is a minus, also that of -0 and of NaN.

    >>> ravine.signbit(ravine.tensor([-0.0, 0.0, -2.0]))
    tensor([ True, False,  True])
    """

def silu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sigmoid linear unit `x / (1 + e^-x)`, also called swish (Hendrycks and Gimpel, 2016); 0 at -inf.

    >>> ravine.silu(ravine.tensor([-1.0, 0.0, 2.0]))
    tensor([-0.2689,  0.0000,  1.7616])
    """

def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sine of an angle in radians.

    >>> ravine.sin(ravine.tensor([0.0, 1.5707963]))
    tensor([0., 1.])
    """

def sin_(input: Tensor) -> Tensor:
    """In-place form of `sin`: writes the result into its first argument and returns it."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`sin(pi x) / (pi x)`, and 1 at 0.

    >>> ravine.sinc(ravine.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """

def sinc_(input: Tensor) -> Tensor:
    """In-place form of `sinc`: writes the result into its first argument and returns it."""

def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic sine `(e^x - e^-x) / 2`.

    >>> ravine.sinh(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """

def sinh_(input: Tensor) -> Tensor:
    """In-place form of `sinh`: writes the result into its first argument and returns it."""

def slogdet(A: Tensor, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """Sign and natural logarithm of the magnitude of the determinant: 0 and minus infinity for a singular matrix, where the derivative is infinite or NaN.

    >>> sign, logabsdet = ravine.linalg.slogdet(ravine.eye(2) * -3)
    >>> sign, logabsdet
    (tensor(1.), tensor(2.1972))
    """

def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0, *, out: Tensor | None = None) -> Tensor:
    """`d^2 / (2 beta)` where |d| < beta, `|d| - beta / 2` elsewhere, with d = `input - target` (Girshick, 2015); beta 0 gives `l1_loss`. `reduction` is "none", "sum" or "mean". Raises an error when the shapes differ or beta is negative.

    >>> ravine.smooth_l1_loss(ravine.tensor([0.5, 3.0]), ravine.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """

def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`log(1 + e^(-target input))` for targets 1 and -1, without overflow. `reduction` is "none", "sum" or "mean". Raises an error when the shapes differ.

    >>> ravine.soft_margin_loss(ravine.tensor([0.0]), ravine.tensor([1.0]))
    tensor(0.6931)
    """

def softmax(input: Tensor, dim: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """`exp(x_i) / sum_j exp(x_j)` along `dim`: positive numbers with sum 1, of the input's shape. Computed as `exp(x_i - m) / sum_j exp(x_j - m)` with m the largest element (Goodfellow et al., Deep Learning, 2016, section 4.1), so nothing overflows; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error.

    >>> ravine.softmax(ravine.tensor([1.0, 2.0, 3.0]), 0)
    tensor([0.0900, 0.2447, 0.6652])
    """

def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out: Tensor | None = None) -> Tensor:
    """`log(1 + e^(beta x)) / beta`, a smooth rectifier; `x` itself where `beta x > threshold`.

    >>> ravine.softplus(ravine.tensor([-1.0, 0.0, 2.0]))
    tensor([0.3133, 0.6931, 2.1269])
    """

def softshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """`x` moved towards 0 by `lambd`, and 0 where it would cross it.

    >>> ravine.softshrink(ravine.tensor([-1.0, 0.25, 0.75]))
    tensor([-0.5000,  0.0000,  0.2500])
    """

def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """X with `A X = B`, or with `X A = B` where `left` is False, by an LU decomposition. B is a matrix, or a vector if it has one dimension or the shape of A without its last; leading dimensions broadcast.

    Raises ShapeError for shapes that do not fit, and LinAlgError, when the result is looked at, for a singular matrix.

    >>> ravine.linalg.solve(ravine.tensor([[2.0, 0.0], [0.0, 4.0]]), ravine.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """

def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """As `solve`, besides for each matrix its first pivot that is zero, counted from 1, as int32; 0 if none is. Nothing is raised, unless `check_errors` says so.

    >>> ravine.linalg.solve_ex(ravine.zeros(1, 1), ravine.ones(1)).info
    tensor(1, dtype=ravine.int32)
    """

def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Tensor | None = None) -> Tensor:
    """X with `A X = B`, or with `X A = B` where `left` is False, for triangular A: only that triangle is read, and with `unitriangular` its diagonal counts as ones. Leading dimensions broadcast. A zero on the diagonal gives infinities or NaN.

    >>> A = ravine.tensor([[2.0, 0.0], [1.0, 1.0]])
    >>> ravine.linalg.solve_triangular(A, ravine.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [2.]])
    """

def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The elements in ascending (or descending) order along `dim`, and the int64 places where they came from. Equal elements keep their order whatever `stable` says; NaN counts as larger than everything. The gradient goes back to those places.

    >>> values, indices = ravine.sort(ravine.tensor([3.0, 1.0, 2.0]))
    >>> values
    tensor([1., 2., 3.])
    >>> indices
    tensor([1, 2, 0])
    """

def spherical_bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Spherical Bessel function of the first kind and order 0, `sin(x) / x`, and 1 at 0.

    >>> ravine.special.spherical_bessel_j0(ravine.tensor([0.0, 2.0]))
    tensor([1.0000, 0.4546])
    """

def split(input: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Views of successive parts along `dim`: each of the given size (the last may be smaller), or of the sizes in a list, which must add up to the extent.

    >>> [part.shape for part in ravine.split(ravine.arange(5), 2)]
    [(2,), (2,), (1,)]
    """

def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Square root; NaN below 0.

    >>> ravine.sqrt(ravine.tensor([4.0, 2.0]))
    tensor([2.0000, 1.4142])
    """

def sqrt_(input: Tensor) -> Tensor:
    """In-place form of `sqrt`: writes the result into its first argument and returns it."""

def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`x * x`.

    >>> ravine.square(ravine.tensor([2.0, -3.0]))
    tensor([4., 9.])
    """

def square_(input: Tensor) -> Tensor:
    """In-place form of `square`: writes the result into its first argument and returns it."""

def squeeze(input: Tensor, dim: int | Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor:
    """Without the dimensions of extent 1: all of them, or those in `dim` that are.

    >>> ravine.squeeze(ravine.zeros(1, 3, 1)).shape
    (3,)
    """

def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape side by side along a new dimension `dim`. Dtypes promote.

    >>> ravine.stack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """

def std(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Number | None = None, out: Tensor | None = None) -> Tensor:
    """Standard deviation over `dim`: the square root of `var`.

    >>> ravine.std(ravine.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """

def std_mean(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Number | None = None, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`std` and `mean` over `dim`.

    >>> ravine.std_mean(ravine.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """

def sub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """Difference `x - alpha y`.

    >>> ravine.sub(ravine.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """

def sub_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """In-place form of `sub`: writes the result into its first argument and returns it."""

def subtract(input: Tensor, other: Tensor | Number, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """As `sub`.

    Difference `x - alpha y`.

    >>> ravine.sub(ravine.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """

def subtract_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """In-place form of `sub`: writes the result into its first argument and returns it."""

def sum(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """Sum over `dim` (all dimensions when left out). Integers and booleans add up in int64; float16 and bfloat16 are accumulated in float32. With `dtype` the elements and the sum are of that dtype.

    >>> ravine.sum(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]), 0)
    tensor([4., 6.])
    """

def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """`A = U diag(S) Vh` of (..., m, n) matrices, k the smaller of m and n: U (..., m, m) and Vh (..., n, n) orthogonal, or (..., m, k) and (..., k, n) without `full_matrices`; S (..., k) not negative, in descending order. By Golub and Kahan's bidiagonal form and implicit QR steps, whatever `driver` says.

    Vectors are determined up to the signs of pairs. Where singular values are equal, or zero in a matrix that is not square, vectors are not unique, and their derivatives are infinite or NaN; those of S are finite. What `full_matrices` adds counts as constant.

    Raises LinAlgError, when the result is looked at, for a matrix that is not finite.

    >>> U, S, Vh = ravine.linalg.svd(ravine.tensor([[0.0, 2.0], [1.0, 0.0]]))
    >>> S
    tensor([2., 1.])
    """

def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values of matrices in descending order; see `svd`. Their derivative is always finite.

    >>> ravine.linalg.svdvals(ravine.tensor([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]))
    tensor([4., 3.])
    """

def swapaxes(input: Tensor, axis0: int, axis1: int, *, out: Tensor | None = None) -> Tensor:
    """As `transpose`.

    >>> ravine.swapaxes(ravine.ones(2, 3), 0, 1).shape
    (3, 2)
    """

def swapdims(input: Tensor, dim0: int, dim1: int, *, out: Tensor | None = None) -> Tensor:
    """As `transpose`.

    >>> ravine.swapdims(ravine.ones(2, 3), 0, 1).shape
    (3, 2)
    """

def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Elements of the flattened tensor at the places in `index` (int64 or int32), in its shape. Negative indices count from the end.

    >>> ravine.take(ravine.tensor([[4, 5], [6, 7]]), ravine.tensor([0, -1]))
    tensor([4, 7])
    """

def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """As `gather`, but `input` and `indices` broadcast in the other dimensions; without `dim` both are flattened. Negative indices count from the end. What `argsort` and `argmax(keepdim=True)` give fits.

    >>> x = ravine.tensor([[3, 1], [2, 4]])
    >>> ravine.take_along_dim(x, ravine.argsort(x, 1), 1)
    tensor([[1, 3],
            [2, 4]])
    """

def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Tangent of an angle in radians.

    >>> ravine.tan(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """

def tan_(input: Tensor) -> Tensor:
    """In-place form of `tan`: writes the result into its first argument and returns it."""

def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Hyperbolic tangent.

    >>> ravine.tanh(ravine.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

def tanh_(input: Tensor) -> Tensor:
    """In-place form of `tanh`: writes the result into its first argument and returns it."""

def tensor_split(input: Tensor, indices_or_sections: int | Sequence[int], dim: int = 0, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Views of parts along `dim`: so many of them, as equal as can be, or cut before the given indices.

    >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), 2)]
    [[0, 1, 2], [3, 4]]
    """

def threshold(input: Tensor, threshold: float, value: float, *, out: Tensor | None = None) -> Tensor:
    """`x` above `threshold`, `value` elsewhere.

    >>> ravine.threshold(ravine.tensor([-1.0, 0.5, 2.0]), 0.5, -7.0)
    tensor([-7., -7.,  2.])
    """

def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """In-place form of `threshold`: writes the result into its first argument and returns it."""

def tile(input: Tensor, *dims: int | Sequence[int], out: Tensor | None = None) -> Tensor:
    """As `repeat`, but missing counts in front are 1 (as in NumPy).

    >>> ravine.tile(ravine.tensor([[1, 2]]), (2,))
    tensor([[1, 2, 1, 2]])
    """

def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """The `k` largest (or smallest) elements along `dim`, best first, and their int64 places; the first of equal elements counts, NaN is larger than everything. The result is in order whatever `sorted` says.

    >>> values, indices = ravine.topk(ravine.tensor([1.0, 5.0, 3.0]), 2)
    >>> values
    tensor([5., 3.])
    """

def total_norm(tensors: Sequence[Tensor], norm_type: float = 2.0, *, out: Tensor | None = None) -> Tensor:
    """The p-norm of all elements of all `tensors` together, p = `norm_type`; `inf` is the largest magnitude. Shape (), float32, or float64 if a tensor is; 0 without tensors. Zero has a gradient of zero.

    Raises ValueError unless `norm_type` is positive.

    >>> ravine.total_norm([ravine.tensor([3.0]), ravine.tensor([4.0])])
    tensor(5.)
    """

def trace(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sum of the elements on the diagonal of a matrix.

    >>> ravine.trace(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """

def transpose(input: Tensor, dim0: int, dim1: int, *, out: Tensor | None = None) -> Tensor:
    """Two dimensions exchanged.

    >>> ravine.transpose(ravine.zeros(2, 3), 0, 1).shape
    (3, 2)
    """

def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The lower triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j <= i + diagonal`.

    >>> ravine.tril(ravine.ones(2, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.]])
    """

def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """In-place form of `tril`: writes the result into its first argument and returns it."""

def tril_indices(row: int, col: int, offset: int = 0, *, dtype: dtype | None = None, device: DeviceLike | None = None, out: Tensor | None = None) -> Tensor:
    """The indices of the lower triangle of a matrix, as `tril` keeps it: two rows, those of the rows and of the columns, in row-major order; int64 unless `dtype` is given.

    >>> ravine.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """

def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2.0, eps: float = 1e-06, swap: bool = False, reduction: str = "mean", *, out: Tensor | None = None) -> Tensor:
    """`max(d(anchor, positive) - d(anchor, negative) + margin, 0)` with d the `pairwise_distance` (Balntas et al., 2016); `swap` takes the smaller of the distances of anchor and positive to the negative. `reduction` is "none", "sum" or "mean".

    >>> zero = ravine.zeros(1, 2)
    >>> ravine.triplet_margin_loss(zero, zero, zero)
    tensor(1.)
    """

def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The upper triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j >= i + diagonal`.

    >>> ravine.triu(ravine.ones(2, 3), diagonal=1)
    tensor([[0., 1., 1.],
            [0., 0., 1.]])
    """

def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """In-place form of `triu`: writes the result into its first argument and returns it."""

def triu_indices(row: int, col: int, offset: int = 0, *, dtype: dtype | None = None, device: DeviceLike | None = None, out: Tensor | None = None) -> Tensor:
    """The indices of the upper triangle of a matrix, as `triu` keeps it; see `tril_indices`.

    >>> ravine.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """

def true_divide(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """As `div`.

    True quotient `x / y`; integers become float32. With `rounding_mode` "floor" as `floor_divide`, with "trunc"
    rounded towards 0: then integers stay integers, and the derivative is 0.

    >>> ravine.div(ravine.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """

def true_divide_(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """In-place form of `div`: writes the result into its first argument and returns it."""

def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The integer part: rounded towards 0; its derivative is 0. Integers stay as they are.

    >>> ravine.trunc(ravine.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """

def trunc_(input: Tensor) -> Tensor:
    """In-place form of `trunc`: writes the result into its first argument and returns it."""

def unflatten(input: Tensor, dim: int, sizes: Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Dimension `dim` taken apart into `sizes`, one of which may be -1.

    >>> ravine.unflatten(ravine.ones(2, 6), 1, (3, -1)).shape
    (2, 3, 2)
    """

def unfold(input: Tensor, dimension: int, size: int, step: int, *, out: Tensor | None = None) -> Tensor:
    """All windows of `size` neighbouring elements along a dimension, `step` apart: that dimension counts the `(n - size) // step + 1` windows, and their elements stand in a new last dimension. Nothing is copied. Writes into the result do not show in the input.

    >>> ravine.unfold(ravine.arange(5), 0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """

def uniform_(input: Tensor, low: float = 0.0, high: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills a floating tensor, in place, with uniform random numbers from `low` to `high`, computed as `low + u * (high - low)` with u in [0, 1).

    Raises ValueError if `low > high`.

    >>> ravine.zeros(2).uniform_(3.0, 3.0)
    tensor([3., 3.])
    """

def unique(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None, *, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """The distinct elements in ascending order, whatever `sorted` says; with `return_inverse` also where each element of `input` is among them, with `return_counts` also how often each occurs. With `dim` it is the slices along that dimension that are told apart, in lexicographic order. The values are looked at.

    >>> ravine.unique(ravine.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """

def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None, *, out: Tensor | Sequence[Tensor] | None = None) -> Any:
    """The first element of every run of equal ones, of the flattened tensor, or of its slices along `dim`; further results as of `unique`.

    >>> ravine.unique_consecutive(ravine.tensor([1, 1, 3, 1]))
    tensor([1, 3, 1])
    """

def unsqueeze(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """A new dimension of extent 1 at place `dim` of the result.

    >>> ravine.unsqueeze(ravine.zeros(3), 0).shape
    (1, 3)
    """

def upsample_nearest2d(input: Tensor, scale_factor: int | Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """Each element repeated `scale_factor` times (vertically, horizontally): the transpose of the sum over windows side by side. Shapes: (N, C, H, W) or (C, H, W), floating; see `nn.functional.interpolate` for other factors.

    >>> ravine.upsample_nearest2d(ravine.tensor([[[1.0, 2.0]]]), (1, 2))
    tensor([[[1., 1., 2., 2.]]])
    """

def var(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Number | None = None, out: Tensor | None = None) -> Tensor:
    """Variance over `dim`: the squared distances to the mean, summed and divided by `n - correction` (1, the default, gives the unbiased estimate; `unbiased=False` is an older name for 0).

    >>> ravine.var(ravine.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """

def var_mean(input: Tensor, dim: int | Sequence[int] | None = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Number | None = None, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
    """`var` and `mean` over `dim`.

    >>> ravine.var_mean(ravine.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """

def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `dot`: real numbers are their own conjugates.

    >>> ravine.vdot(ravine.tensor([1, 2]), ravine.tensor([3, 4]))
    tensor(11)
    """

def vsplit(input: Tensor, indices_or_sections: int | Sequence[int], *, out: Tensor | Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """As `tensor_split` along dimension 0 of at least two; a number of parts must divide the extent.

    >>> [t.shape for t in ravine.vsplit(ravine.ones(4, 3), 2)]
    [(2, 3), (2, 3)]
    """

def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """One above the other: vectors as rows, along dimension 0.

    >>> ravine.vstack([ravine.tensor([1, 2]), ravine.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """

def where(condition: Tensor, input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Elements of `input` where `condition`, a bool tensor, is true, of `other` elsewhere; all three broadcast.

    >>> ravine.where(ravine.tensor([True, False]), ravine.tensor([1.0, 2.0]), 0.0)
    tensor([1., 0.])
    """

def xlog1py(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`x log(1 + y)`, and 0 where x is 0 and y is no NaN.

    >>> ravine.special.xlog1py(ravine.tensor([0.0, 2.0]), ravine.tensor([-1.0, 1.0]))
    tensor([0.0000, 1.3863])
    """

def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`x log(y)`, and 0 where x is 0 and y is no NaN.

    >>> ravine.xlogy(ravine.tensor([0.0, 2.0]), ravine.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """

def xlogy_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """In-place form of `xlogy`: writes the result into its first argument and returns it."""

def zeta(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Hurwitz's zeta function, the sum of `(other + k)^-input` over k from 0. Infinite where `input` is 1 or `other` one of
    0, -1, ..., NaN where `input` is less, and for other negative numbers unless `input` is an integer. It has one
    derivative by `input`, and any by `other`. Below 0 terms of either sign cancel, and leave fewer digits.

    >>> ravine.special.zeta(ravine.tensor([2.0, 4.0]), 1.0)
    tensor([1.6449, 1.0823])
    """
