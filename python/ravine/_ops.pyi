# Written by `python -m ravine._stubs` from the registry of the extension. Do not edit.

from collections.abc import Sequence
from typing import Any

from ravine._core import Number, Tensor, dtype

__all__ = [
    "abs",
    "abs_",
    "adam_",
    "add",
    "add_",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "cast",
    "cat",
    "chunk",
    "clamp",
    "clamp_",
    "clone",
    "conv2d",
    "cos",
    "cos_",
    "cross_entropy",
    "cumsum",
    "div",
    "div_",
    "dropout",
    "eq",
    "erf",
    "erf_",
    "exp",
    "exp_",
    "expand",
    "flatten",
    "flip",
    "floor",
    "floor_",
    "floor_divide",
    "floor_divide_",
    "full",
    "gather",
    "ge",
    "gelu",
    "gt",
    "index_put",
    "index_put_",
    "index_select",
    "isnan",
    "layer_norm",
    "le",
    "log",
    "log_",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logsumexp",
    "lt",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "movedim",
    "mse_loss",
    "mul",
    "mul_",
    "ne",
    "neg",
    "neg_",
    "nll_loss",
    "nonzero",
    "normal_",
    "one_hot",
    "pad",
    "permute",
    "pow",
    "pow_",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "relu",
    "relu_",
    "remainder",
    "remainder_",
    "reshape",
    "round",
    "round_",
    "rsqrt",
    "rsqrt_",
    "scale_",
    "scatter_add",
    "scatter_add_",
    "sgd_",
    "sigmoid",
    "sigmoid_",
    "sign",
    "sign_",
    "sin",
    "sin_",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "sqrt_",
    "squeeze",
    "stack",
    "std",
    "sub",
    "sub_",
    "sum",
    "tanh",
    "tanh_",
    "total_norm",
    "transpose",
    "tril",
    "tril_",
    "triu",
    "triu_",
    "uniform_",
    "unsqueeze",
    "var",
    "where",
]

def abs(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def abs_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def adam_(params: Sequence[Tensor], grads: Sequence[Tensor], exp_avgs: Sequence[Tensor], exp_avg_sqs: Sequence[Tensor], *, step: int, lr: float, beta1: float, beta2: float, eps: float, weight_decay: float=0.0, decoupled: bool=False, maximize: bool=False) -> None:
    """One of Ravine's functions."""

def add(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def add_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def all(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def amax(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def amin(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def any(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def arange(start: Number, end: Number | None=None, step: Number=1, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def argmax(input: Tensor, dim: int | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def argmin(input: Tensor, dim: int | None=None, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def argsort(input: Tensor, dim: int=-1, descending: bool=False, stable: bool=True) -> Tensor:
    """One of Ravine's functions."""

def cast(input: Tensor, dtype: dtype) -> Tensor:
    """One of Ravine's functions."""

def cat(tensors: Sequence[Tensor], dim: int=0) -> Tensor:
    """One of Ravine's functions."""

def chunk(input: Tensor, chunks: int, dim: int=0) -> tuple[Tensor, ...]:
    """One of Ravine's functions."""

def clamp(input: Tensor, min: Tensor | Number | None=None, max: Tensor | Number | None=None) -> Tensor:
    """One of Ravine's functions."""

def clamp_(input: Tensor, min: Tensor | Number | None=None, max: Tensor | Number | None=None) -> Tensor:
    """One of Ravine's functions."""

def clone(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None=None, stride: int | Sequence[int]=1, padding: int | Sequence[int] | str=0, dilation: int | Sequence[int]=1, groups: int=1) -> Tensor:
    """One of Ravine's functions."""

def cos(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def cos_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None=None, ignore_index: int=-100, reduction: str='mean', label_smoothing: float=0.0) -> Tensor:
    """One of Ravine's functions."""

def cumsum(input: Tensor, dim: int, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def div(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def div_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def dropout(input: Tensor, p: float=0.5, training: bool=True) -> Tensor:
    """One of Ravine's functions."""

def eq(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def erf(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def erf_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def exp(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def exp_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def expand(input: Tensor, *shape: int | Sequence[int]) -> Tensor:
    """One of Ravine's functions."""

def flatten(input: Tensor, start_dim: int=0, end_dim: int=-1) -> Tensor:
    """One of Ravine's functions."""

def flip(input: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """One of Ravine's functions."""

def floor(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def floor_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def floor_divide(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def floor_divide_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def full(size: int | Sequence[int], fill_value: Number, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """One of Ravine's functions."""

def ge(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def gelu(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def gt(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor | Number, accumulate: bool=False) -> Tensor:
    """One of Ravine's functions."""

def index_put_(input: Tensor, indices: Sequence[Tensor], values: Tensor | Number, accumulate: bool=False) -> Tensor:
    """One of Ravine's functions."""

def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """One of Ravine's functions."""

def isnan(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def layer_norm(input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None=None, bias: Tensor | None=None, eps: float=1e-05) -> Tensor:
    """One of Ravine's functions."""

def le(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def log(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def log_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def log_softmax(input: Tensor, dim: int, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def logical_and(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def logical_not(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def logical_or(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def logsumexp(input: Tensor, dim: int | Sequence[int], keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def lt(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def matmul(input: Tensor, other: Tensor) -> Tensor:
    """One of Ravine's functions."""

def max(input: Tensor, dim: int | Tensor | None=None, keepdim: bool=False, *, other: Tensor | None=None) -> Any:
    """One of Ravine's functions."""

def maximum(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def mean(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def min(input: Tensor, dim: int | Tensor | None=None, keepdim: bool=False, *, other: Tensor | None=None) -> Any:
    """One of Ravine's functions."""

def minimum(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def movedim(input: Tensor, source: int, destination: int) -> Tensor:
    """One of Ravine's functions."""

def mse_loss(input: Tensor, target: Tensor, reduction: str='mean') -> Tensor:
    """One of Ravine's functions."""

def mul(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def mul_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def ne(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def neg(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def neg_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None=None, ignore_index: int=-100, reduction: str='mean') -> Tensor:
    """One of Ravine's functions."""

def nonzero(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def normal_(input: Tensor, mean: float=0.0, std: float=1.0) -> Tensor:
    """One of Ravine's functions."""

def one_hot(input: Tensor, num_classes: int=-1) -> Tensor:
    """One of Ravine's functions."""

def pad(input: Tensor, pad: Sequence[int], mode: str='constant', value: Number=0) -> Tensor:
    """One of Ravine's functions."""

def permute(input: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """One of Ravine's functions."""

def pow(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def pow_(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def rand(*size: int | Sequence[int], dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def rand_like(input: Tensor, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def randint(low: int, high: int | Sequence[int] | None=None, size: int | Sequence[int] | None=None, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def randn(*size: int | Sequence[int], dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def randn_like(input: Tensor, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def randperm(n: int, *, seed: int | None=None, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def relu(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def relu_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def remainder(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def remainder_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def reshape(input: Tensor, *shape: int | Sequence[int]) -> Tensor:
    """One of Ravine's functions."""

def round(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def round_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def rsqrt(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def rsqrt_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def scale_(tensors: Sequence[Tensor], factor: Tensor) -> None:
    """One of Ravine's functions."""

def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """One of Ravine's functions."""

def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sgd_(params: Sequence[Tensor], grads: Sequence[Tensor], momentum_buffers: Sequence[Tensor], *, lr: float, momentum: float=0.0, dampening: float=0.0, weight_decay: float=0.0, nesterov: bool=False, maximize: bool=False, first: bool=False) -> None:
    """One of Ravine's functions."""

def sigmoid(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sigmoid_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sign(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sign_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sin(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sin_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def softmax(input: Tensor, dim: int, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def sort(input: Tensor, dim: int=-1, descending: bool=False, stable: bool=True) -> tuple[Tensor, Tensor]:
    """One of Ravine's functions."""

def split(input: Tensor, split_size_or_sections: int | Sequence[int], dim: int=0) -> tuple[Tensor, ...]:
    """One of Ravine's functions."""

def sqrt(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def sqrt_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def squeeze(input: Tensor, dim: int | Sequence[int] | None=None) -> Tensor:
    """One of Ravine's functions."""

def stack(tensors: Sequence[Tensor], dim: int=0) -> Tensor:
    """One of Ravine's functions."""

def std(input: Tensor, dim: int | Sequence[int] | None=None, *, correction: Number=1, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def sub(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def sub_(input: Tensor, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""

def sum(input: Tensor, dim: int | Sequence[int] | None=None, keepdim: bool=False, *, dtype: dtype | None=None) -> Tensor:
    """One of Ravine's functions."""

def tanh(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def tanh_(input: Tensor) -> Tensor:
    """One of Ravine's functions."""

def total_norm(tensors: Sequence[Tensor], norm_type: float=2.0) -> Tensor:
    """One of Ravine's functions."""

def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """One of Ravine's functions."""

def tril(input: Tensor, diagonal: int=0) -> Tensor:
    """One of Ravine's functions."""

def tril_(input: Tensor, diagonal: int=0) -> Tensor:
    """One of Ravine's functions."""

def triu(input: Tensor, diagonal: int=0) -> Tensor:
    """One of Ravine's functions."""

def triu_(input: Tensor, diagonal: int=0) -> Tensor:
    """One of Ravine's functions."""

def uniform_(input: Tensor, low: float=0.0, high: float=1.0) -> Tensor:
    """One of Ravine's functions."""

def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """One of Ravine's functions."""

def var(input: Tensor, dim: int | Sequence[int] | None=None, *, correction: Number=1, keepdim: bool=False) -> Tensor:
    """One of Ravine's functions."""

def where(condition: Tensor, input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """One of Ravine's functions."""
