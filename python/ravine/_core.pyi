# Written by `python -m ravine._stubs`. Do not edit: its head is `_stubs_head.pyi`.

# Names that this module or class Tensor gives another meaning.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import type as _type
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self, TypeAlias, final

from numpy import ndarray as _ndarray

Number: TypeAlias = _int | _float | _bool
_dtype: TypeAlias = dtype

__version__: str
float32: dtype
float64: dtype
float16: dtype
bfloat16: dtype
int8: dtype
int16: dtype
int32: dtype
int64: dtype
uint8: dtype
bool: dtype

@final
class dtype:
    """The type of a tensor's elements."""

    @property
    def name(self) -> str: ...
    @property
    def itemsize(self) -> int: ...
    @property
    def is_floating_point(self) -> _bool: ...

@final
class Function:
    """A function of the registry."""

    __name__: str
    __qualname__: str
    @property
    def signature(self) -> str: ...
    @property
    def is_method(self) -> _bool: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __get__(self, instance: Any, owner: Any, /) -> Callable[..., Any]: ...

@final
class Memory:
    """The evaluated memory of a tensor, read-only."""

    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class HookHandle:
    """Undoes `register_hook`."""

    def remove(self) -> None:
        """Takes the hook away; a second call does nothing."""

@final
class OpenTransform:
    """An open transform."""

    def __new__(cls, kind: Literal["reverse", "all"], randomness: str | None = None) -> Self: ...
    def close(self) -> Tape: ...

@final
class Tape:
    """What was recorded for a transform; dropping it ends those histories."""

# Tensors
def tensor(data: Any, dtype: _dtype | str | _type | None = None, requires_grad: _bool = False) -> Tensor:
    """A new tensor from data (a number, nested sequences, an array, a tensor), which are copied."""

def eval(*tensors: Tensor) -> None:
    """Computes these tensors now."""

def from_dlpack(source: Any, copy: _bool | None = None) -> Tensor:
    """A tensor from an object with `__dlpack__`, or from a capsule."""

def settle(tensors: Sequence[Tensor]) -> list[_bool]:
    """After a failed step: gives these tensors the value before it back; tells which of them it had spoilt."""

# Modes, counters and knobs
def is_grad_enabled() -> _bool:
    """Whether operations are recorded for `backward` in this thread."""

def set_grad_enabled(on: _bool) -> _bool:
    """Returns the previous mode."""

def is_inference_mode_enabled() -> _bool: ...
def set_inference_mode(on: _bool) -> _bool: ...
def set_module_path(id: int) -> int: ...
def set_path_formatter(format: Callable[[int], str]) -> None: ...
def submit() -> None:
    """Starts the recorded work of this thread."""

def synchronize() -> None:
    """Computes everything that live handles need, in every thread, and waits."""

def is_anomaly_enabled() -> _bool: ...
def set_anomaly_enabled(on: _bool) -> None: ...
def graph_table(outputs: Sequence[Tensor]) -> list[dict[str, Any]]: ...
def stats_table() -> dict[str, int]: ...
def reset_peak() -> None:
    """Starts `bytes_peak` anew from what is live."""

def get_num_threads() -> int:
    """Threads that share the work of one op."""

def set_num_threads(n: int) -> None:
    """Sets how many threads share the work of one op. Results do not depend on it."""

def get_window() -> int:
    """The bound on pending ops; 1 is eager execution."""

def set_window(n: int) -> None:
    """Sets the bound on pending ops; 1 is eager execution."""

def simd_level() -> str:
    """The SIMD level in use; an error if RAVINE_SIMD asks for one that this processor lacks."""

def manual_seed(seed: int) -> None:
    """Starts the random numbers of every thread anew from a seed."""

def initial_seed() -> int:
    """The seed that the random numbers started from."""

def get_rng_state() -> tuple[int, int]:
    """Seed and counter of the random numbers: what `set_rng_state` takes to continue from here."""

def set_rng_state(state: tuple[int, int]) -> None:
    """Continues the random numbers from a state of `get_rng_state`."""

def set_thread_seed(seed: int | tuple[int, int] | None) -> tuple[int, int] | None:
    """Gives this thread a random stream of its own, or with None the common one; returns the state before."""

def inject_fault(kind: Literal["memory", "interrupt"], n: int) -> None:
    """Test hook: fail once, after `n` more allocations or launches."""

def before_fork() -> None: ...
def after_fork_in_child() -> None: ...

# The registry
def functions() -> list[Function]: ...
def registry_table() -> list[dict[str, Any]]: ...

# The GPU side of ops, as data
Group: TypeAlias = tuple[list[Any], list[Any], list[Any], list[int]]

def gpu_program(
    name: str,
    attrs: Sequence[int],
    data: Sequence[Number],
    inputs: Sequence[tuple[Sequence[int], str]],
    slots: Sequence[tuple[str, Group]] = (),
) -> str: ...
def gpu_fuse(group: Group) -> str: ...
def gpu_elementwise() -> list[tuple[str, str]]: ...

# Walks over the graph
def run_backward(
    outputs: Sequence[Tensor],
    cotangents: Sequence[Tensor | None],
    inputs: Sequence[Tensor] | None,
    retain_graph: _bool,
    create_graph: _bool,
) -> None: ...
def run_grad(
    outputs: Sequence[Tensor],
    cotangents: Sequence[Tensor | None],
    inputs: Sequence[Tensor],
    retain_graph: _bool,
    create_graph: _bool,
    transform: _bool,
    first: int = 0,
) -> list[Tensor | None]: ...
def boundary(outputs: Sequence[Tensor], start: int, forget: _bool) -> list[Tensor]: ...
def same_nodes(a: Sequence[Tensor], b: Sequence[Tensor]) -> _bool: ...
def open_transform() -> str: ...
def run_jvp(
    inputs: Sequence[Tensor], tangents: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[Tensor | None]: ...
def run_vmap(
    placeholders: Sequence[Tensor],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    start: int,
    size: int,
    randomness: str,
) -> list[tuple[Tensor, _bool]]: ...
def alias(t: Tensor) -> Tensor: ...
def make_placeholder(like: Tensor) -> Tensor: ...
def sequence() -> int: ...
def register_hook(t: Tensor, hook: Callable[[Tensor], Tensor | None]) -> HookHandle: ...
def record_custom(
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    vjp: Callable[[tuple[Tensor | None, ...], list[_bool]], Sequence[Tensor | None]],
    jvp: Callable[[tuple[Tensor | None, ...]], Sequence[Tensor | None]] | None,
    vmap: Callable[[list[_bool], int, tuple[Tensor, ...]], Sequence[Tensor]] | None,
) -> list[Tensor]: ...

class Tensor:
    """An n-dimensional array of one dtype that can be differentiated."""

    def __new__(cls, data: Any, requires_grad: _bool = False) -> Self: ...

    # Arithmetic
    def __add__(self, other: Tensor | Number, /) -> Tensor: ...
    def __radd__(self, other: Tensor | Number, /) -> Tensor: ...
    def __sub__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rsub__(self, other: Tensor | Number, /) -> Tensor: ...
    def __mul__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rmul__(self, other: Tensor | Number, /) -> Tensor: ...
    def __truediv__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rtruediv__(self, other: Tensor | Number, /) -> Tensor: ...
    def __floordiv__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rfloordiv__(self, other: Tensor | Number, /) -> Tensor: ...
    def __mod__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rmod__(self, other: Tensor | Number, /) -> Tensor: ...
    def __pow__(self, other: Tensor | Number, modulus: None = None, /) -> Tensor: ...
    def __rpow__(self, other: Tensor | Number, modulus: None = None, /) -> Tensor: ...
    def __matmul__(self, other: Tensor, /) -> Tensor: ...
    def __and__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rand__(self, other: Tensor | Number, /) -> Tensor: ...
    def __or__(self, other: Tensor | Number, /) -> Tensor: ...
    def __ror__(self, other: Tensor | Number, /) -> Tensor: ...
    def __xor__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rxor__(self, other: Tensor | Number, /) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __neg__(self) -> Tensor: ...
    def __pos__(self) -> Self: ...
    def __abs__(self) -> Tensor: ...
    def __iadd__(self, other: Tensor | Number, /) -> Self: ...
    def __isub__(self, other: Tensor | Number, /) -> Self: ...
    def __imul__(self, other: Tensor | Number, /) -> Self: ...
    def __itruediv__(self, other: Tensor | Number, /) -> Self: ...
    # `==` and `!=` compare elements.
    def __eq__(self, other: Tensor | Number, /) -> Tensor: ...  # pyright: ignore[reportIncompatibleMethodOverride]
    def __ne__(self, other: Tensor | Number, /) -> Tensor: ...  # pyright: ignore[reportIncompatibleMethodOverride]
    def __lt__(self, other: Tensor | Number, /) -> Tensor: ...
    def __le__(self, other: Tensor | Number, /) -> Tensor: ...
    def __gt__(self, other: Tensor | Number, /) -> Tensor: ...
    def __ge__(self, other: Tensor | Number, /) -> Tensor: ...
    def __hash__(self) -> _int: ...

    # Looking
    def item(self) -> Any:
        """The one element as a Python number."""

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""

    def __bool__(self) -> _bool: ...
    def __float__(self) -> _float: ...
    def __int__(self) -> _int: ...
    def __index__(self) -> _int: ...
    def __len__(self) -> _int: ...
    def data_ptr(self) -> _int:
        """Address of the evaluated memory."""

    def __buffer__(self, flags: _int, /) -> memoryview: ...
    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[_int, _int] | None = None,
        dl_device: tuple[_int, _int] | None = None,
        copy: _bool | None = None,
    ) -> Any:
        """The memory as a DLPack capsule.

        Consumers that ask for version 1.0 and name `copy` read the tensor's own memory, flagged read-only;
        others get a copy, since they may write into it.
        """

    def __dlpack_device__(self) -> tuple[_int, _int]:
        """`(1, 0)`: the CPU."""

    def _memory(self) -> Memory: ...
    def _elements(self) -> list[Any]: ...

    # Indexing
    def __getitem__(self, key: Any, /) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...

    # Facts
    @property
    def shape(self) -> tuple[_int, ...]:
        """The extent of each dimension."""

    @property
    def ndim(self) -> _int:
        """The number of dimensions."""

    def numel(self) -> _int:
        """Number of elements."""

    @property
    def dtype(self) -> _dtype:
        """The type of the elements."""

    @property
    def is_leaf(self) -> _bool:
        """Whether no recorded op made this tensor."""

    @property
    def _is_view(self) -> _bool: ...
    @property
    def _is_pending(self) -> _bool: ...
    @property
    def _retains_grad(self) -> _bool: ...
    @property
    def _op(self) -> str: ...

    # Autograd
    requires_grad: _bool
    grad: Tensor | None
    data: Tensor
    def detach(self) -> Tensor:
        """A view of the same memory that is constant to autograd."""

    def retain_grad(self) -> None:
        """Keeps `.grad` of a tensor that is not a leaf."""

    def copy_(self, source: Any) -> Self:
        """Writes another tensor's elements, broadcast and converted, into this one."""

    def neg(self) -> Tensor:
        """Negation `-x`."""

    def neg_(self) -> Self:
        """In-place form of `neg`: writes into its first argument and returns it."""

    def clone(self) -> Tensor:
        """A copy of its own, through which gradients flow."""

    def abs(self) -> Tensor:
        """Absolute value `|x|`; its derivative at 0 is 0."""

    def abs_(self) -> Self:
        """In-place form of `abs`: writes into its first argument and returns it."""

    def sign(self) -> Tensor:
        """The sign: -1, 0 or 1 (NaN stays NaN); its derivative is 0."""

    def sign_(self) -> Self:
        """In-place form of `sign`: writes into its first argument and returns it."""

    def exp(self) -> Tensor:
        """Exponential `e^x`."""

    def exp_(self) -> Self:
        """In-place form of `exp`: writes into its first argument and returns it."""

    def log(self) -> Tensor:
        """Natural logarithm; NaN below 0, -inf at 0."""

    def log_(self) -> Self:
        """In-place form of `log`: writes into its first argument and returns it."""

    def sqrt(self) -> Tensor:
        """Square root; NaN below 0."""

    def sqrt_(self) -> Self:
        """In-place form of `sqrt`: writes into its first argument and returns it."""

    def rsqrt(self) -> Tensor:
        """Reciprocal square root `1 / sqrt(x)`."""

    def rsqrt_(self) -> Self:
        """In-place form of `rsqrt`: writes into its first argument and returns it."""

    def sin(self) -> Tensor:
        """Sine of an angle in radians."""

    def sin_(self) -> Self:
        """In-place form of `sin`: writes into its first argument and returns it."""

    def cos(self) -> Tensor:
        """Cosine of an angle in radians."""

    def cos_(self) -> Self:
        """In-place form of `cos`: writes into its first argument and returns it."""

    def tanh(self) -> Tensor:
        """Hyperbolic tangent."""

    def tanh_(self) -> Self:
        """In-place form of `tanh`: writes into its first argument and returns it."""

    def sigmoid(self) -> Tensor:
        """Logistic function `1 / (1 + e^-x)`."""

    def sigmoid_(self) -> Self:
        """In-place form of `sigmoid`: writes into its first argument and returns it."""

    def relu(self) -> Tensor:
        """Rectifier `max(x, 0)`; its derivative at 0 is 0. NaN stays NaN."""

    def relu_(self) -> Self:
        """In-place form of `relu`: writes into its first argument and returns it."""

    def gelu(self) -> Tensor:
        """Gaussian error linear unit `x Phi(x)` with the exact normal distribution function
        (Hendrycks and Gimpel, 2016).
        """

    def erf(self) -> Tensor:
        """Error function `2/sqrt(pi)` times the integral of `e^-t^2` from 0 to x."""

    def erf_(self) -> Self:
        """In-place form of `erf`: writes into its first argument and returns it."""

    def floor(self) -> Tensor:
        """The largest integer not above x; its derivative is 0. Integers stay as they are."""

    def floor_(self) -> Self:
        """In-place form of `floor`: writes into its first argument and returns it."""

    def round(self) -> Tensor:
        """The nearest integer, ties to even; its derivative is 0."""

    def round_(self) -> Self:
        """In-place form of `round`: writes into its first argument and returns it."""

    def logical_not(self) -> Tensor:
        """Logical negation; numbers count as true when they are not 0."""

    def isnan(self) -> Tensor:
        """Whether an element is NaN."""

    def add(self, other: Tensor | Number) -> Tensor:
        """Sum `x + y`. Booleans add up as `or`."""

    def add_(self, other: Tensor | Number) -> Self:
        """In-place form of `add`: writes into its first argument and returns it."""

    def sub(self, other: Tensor | Number) -> Tensor:
        """Difference `x - y`."""

    def sub_(self, other: Tensor | Number) -> Self:
        """In-place form of `sub`: writes into its first argument and returns it."""

    def mul(self, other: Tensor | Number) -> Tensor:
        """Product `x * y`. Booleans multiply as `and`."""

    def mul_(self, other: Tensor | Number) -> Self:
        """In-place form of `mul`: writes into its first argument and returns it."""

    def div(self, other: Tensor | Number) -> Tensor:
        """True quotient `x / y`; integers become float32."""

    def div_(self, other: Tensor | Number) -> Self:
        """In-place form of `div`: writes into its first argument and returns it."""

    def pow(self, exponent: Tensor | Number) -> Tensor:
        """Power `x ** y`. Integers to negative powers round towards 0."""

    def pow_(self, exponent: Tensor | Number) -> Self:
        """In-place form of `pow`: writes into its first argument and returns it."""

    def maximum(self, other: Tensor | Number) -> Tensor:
        """The larger of two elements; NaN if either is. Equal elements share the gradient."""

    def minimum(self, other: Tensor | Number) -> Tensor:
        """The smaller of two elements; NaN if either is. Equal elements share the gradient."""

    def remainder(self, other: Tensor | Number) -> Tensor:
        """Remainder with the sign of the divisor, as Python's `%`. An integer modulo 0 is 0."""

    def remainder_(self, other: Tensor | Number) -> Self:
        """In-place form of `remainder`: writes into its first argument and returns it."""

    def floor_divide(self, other: Tensor | Number) -> Tensor:
        """Quotient rounded down, as Python's `//`; its derivative is 0. An integer divided by 0 is 0."""

    def floor_divide_(self, other: Tensor | Number) -> Self:
        """In-place form of `floor_divide`: writes into its first argument and returns it."""

    def eq(self, other: Tensor | Number) -> Tensor:
        """Whether `x == y`."""

    def ne(self, other: Tensor | Number) -> Tensor:
        """Whether `x != y`."""

    def lt(self, other: Tensor | Number) -> Tensor:
        """Whether `x < y`."""

    def le(self, other: Tensor | Number) -> Tensor:
        """Whether `x <= y`."""

    def gt(self, other: Tensor | Number) -> Tensor:
        """Whether `x > y`."""

    def ge(self, other: Tensor | Number) -> Tensor:
        """Whether `x >= y`."""

    def logical_and(self, other: Tensor | Number) -> Tensor:
        """Logical and; numbers count as true when they are not 0."""

    def logical_or(self, other: Tensor | Number) -> Tensor:
        """Logical or; numbers count as true when they are not 0."""

    def silu(self) -> Tensor:
        """Sigmoid linear unit `x / (1 + e^-x)`, also called swish (Hendrycks and Gimpel, 2016); 0 at -inf."""

    def mish(self) -> Tensor:
        """`x tanh(log(1 + e^x))` (Misra, 2019); 0 at -inf."""

    def softplus(self, beta: _float = 1.0, threshold: _float = 20.0) -> Tensor:
        """`log(1 + e^(beta x)) / beta`, a smooth rectifier; `x` itself where `beta x > threshold`."""

    def logsigmoid(self) -> Tensor:
        """`log(1 / (1 + e^-x))`, without overflow for any x."""

    def elu(self, alpha: _float = 1.0) -> Tensor:
        """Exponential linear unit: `x` above 0, `alpha (e^x - 1)` elsewhere (Clevert et al., 2016)."""

    def elu_(self, alpha: _float = 1.0) -> Self:
        """In-place form of `elu`: writes into its first argument and returns it."""

    def selu(self) -> Tensor:
        """Self-normalising unit: `s x` above 0, `s a (e^x - 1)` elsewhere, with s = 1.0507 and a = 1.6733
        (Klambauer et al., 2017).
        """

    def selu_(self) -> Self:
        """In-place form of `selu`: writes into its first argument and returns it."""

    def celu(self, alpha: _float = 1.0) -> Tensor:
        """`x` above 0, `alpha (e^(x / alpha) - 1)` elsewhere: an exponential linear unit with a continuous derivative
        (Barron, 2017).
        """

    def celu_(self, alpha: _float = 1.0) -> Self:
        """In-place form of `celu`: writes into its first argument and returns it."""

    def leaky_relu(self, negative_slope: _float = 0.01) -> Tensor:
        """`x` above 0, `negative_slope x` elsewhere (Maas et al., 2013); the derivative at 0 is the slope."""

    def leaky_relu_(self, negative_slope: _float = 0.01) -> Self:
        """In-place form of `leaky_relu`: writes into its first argument and returns it."""

    def hardtanh(self, min_val: _float = -1.0, max_val: _float = 1.0) -> Tensor:
        """Elements limited to the range from `min_val` to `max_val`; the derivative is 0 at its ends."""

    def hardtanh_(self, min_val: _float = -1.0, max_val: _float = 1.0) -> Self:
        """In-place form of `hardtanh`: writes into its first argument and returns it."""

    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """`x` outside of [-lambd, lambd], 0 within."""

    def softshrink(self, lambd: _float = 0.5) -> Tensor:
        """`x` moved towards 0 by `lambd`, and 0 where it would cross it."""

    def threshold(self, threshold: _float, value: _float) -> Tensor:
        """`x` above `threshold`, `value` elsewhere."""

    def threshold_(self, threshold: _float, value: _float) -> Self:
        """In-place form of `threshold`: writes into its first argument and returns it."""

    def hardsigmoid(self) -> Tensor:
        """`min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines (Howard et al., 2019)."""

    def hardswish(self) -> Tensor:
        """`x hardsigmoid(x)` (Howard et al., 2019); 0 at -inf."""

    def reshape(self, *shape: _int | Sequence[_int]) -> Tensor:
        """The same elements in row-major order under another shape; one extent may be -1 and is inferred."""

    def permute(self, *dims: _int | Sequence[_int]) -> Tensor:
        """Dimensions in another order: dimension `i` of the result is dimension `dims[i]` of the input."""

    def expand(self, *shape: _int | Sequence[_int]) -> Tensor:
        """Extents of 1 repeated without copying, new dimensions in front; -1 keeps an extent."""

    def sum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Sum over `dim` (all dimensions when left out). Integers and booleans add up in int64; float16 and bfloat16 are accumulated in float32."""

    def amax(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Largest element over `dim`; NaN if there is one. Equal elements share the gradient evenly."""

    def amin(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Smallest element over `dim`; NaN if there is one. Equal elements share the gradient evenly."""

    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether any element over `dim` is true (or not 0)."""

    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether every element over `dim` is true (or not 0)."""

    def matmul(self, other: Tensor) -> Tensor:
        """Matrix product over the last two dimensions; leading dimensions broadcast. A 1-D operand is a row on the left, a column on the right, and its dimension is dropped. float16 and bfloat16 accumulate in float32."""

    def softmax(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """`exp(x_i) / sum_j exp(x_j)` along `dim`: positive numbers with sum 1, of the input's shape. Computed as `exp(x_i - m) / sum_j exp(x_j - m)` with m the largest element (Goodfellow et al., Deep Learning, 2016, section 4.1), so nothing overflows; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error."""

    def log_softmax(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """`x_i - log sum_j exp(x_j)` along `dim`, the logarithm of `softmax` without its underflow. Computed as `(x_i - m) - log sum_j exp(x_j - m)` with m the largest element; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error."""

    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """All windows of `size` neighbouring elements along a dimension, `step` apart: that dimension counts the `(n - size) // step + 1` windows, and their elements stand in a new last dimension. Nothing is copied. Writes into the result do not show in the input."""

    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Sums of the elements up to and including each place along `dim`, added in order. Integers and booleans add up in int64; float16 and bfloat16 are accumulated in float32."""

    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> tuple[Tensor, Tensor]:
        """The elements in ascending (or descending) order along `dim`, and the int64 places where they came from. Equal elements keep their order whatever `stable` says; NaN counts as larger than everything. The gradient goes back to those places."""

    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The int64 index of the largest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is larger than everything."""

    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The int64 index of the smallest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is smaller than everything."""

    def gather(self, dim: _int, index: Tensor) -> Tensor:
        """Elements of `input` at the places along `dim` that `index` names: for `dim=0` in two dimensions, `out[i][j] = input[index[i][j]][j]`. `index` (int64 or int32) has the rank of `input` and is no larger in the other dimensions; the result has its shape. Indices below 0 or from the extent on raise."""

    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """`input` with every element of `src` added at the place along `dim` that `index` names: for `dim=0` in two dimensions, `out[index[i][j]][j] += src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no larger than `src`, nor than `input` in the other dimensions; `src` has the dtype of `input`. Sums run in ascending order of the place in `src`, so the bits never vary. Indices below 0 or from the extent on raise."""

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """In-place form of `scatter_add`: writes into its first argument and returns it."""

    def nonzero(self) -> Tensor:
        """The indices of all elements that are not 0 (or not False), in row-major order: int64 of shape (number of such elements, rank). Runs what was recorded and looks at the values."""

    def index_put(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool = False) -> Tensor:
        """`input` with the elements that `indices` name replaced by `values`, or, with `accumulate`, with `values` added to them. The index tensors (int64, int32 or bool masks) broadcast together and stand for the first dimensions; negative indices count from the end. `values` broadcasts to the indexed elements. Where several go to one element, the last in row-major order stays; sums run in that order."""

    def index_put_(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool = False) -> Self:
        """In-place form of `index_put`: writes into its first argument and returns it."""

    def clamp(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Elements limited to the range from `min` to `max`, either of which may be left out. NaN stays NaN."""

    def clamp_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """In-place form of `clamp`: writes into its first argument and returns it."""

    def flip(self, *dims: _int | Sequence[_int]) -> Tensor:
        """The order of the elements reversed along `dims`."""

    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Two dimensions exchanged."""

    def unsqueeze(self, dim: _int) -> Tensor:
        """A new dimension of extent 1 at place `dim` of the result."""

    def squeeze(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Without the dimensions of extent 1: all of them, or those in `dim` that are."""

    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Dimensions from `start_dim` to `end_dim` (included) merged into one."""

    def movedim(self, source: _int, destination: _int) -> Tensor:
        """One dimension moved to another place, the others in order."""

    def mean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Arithmetic mean over `dim`; NaN over no element."""

    def var(self, dim: _int | Sequence[_int] | None = None, *, correction: Number = 1, keepdim: _bool = False) -> Tensor:
        """Variance over `dim`: the squared distances to the mean, summed and divided by `n - correction` (1 gives the unbiased estimate)."""

    def std(self, dim: _int | Sequence[_int] | None = None, *, correction: Number = 1, keepdim: _bool = False) -> Tensor:
        """Standard deviation over `dim`: the square root of `var`."""

    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool = False) -> Tensor:
        """`log(sum(exp(x)))` over `dim`, computed without overflow as `m + log(sum(exp(x - m)))` with m the maximum."""

    def uniform_(self, low: _float = 0.0, high: _float = 1.0) -> Self:
        """Fills a floating tensor, in place, with uniform random numbers from `low` to `high`, computed as `low + u * (high - low)` with u in [0, 1)."""

    def normal_(self, mean: _float = 0.0, std: _float = 1.0) -> Self:
        """Fills a floating tensor, in place, with random numbers from the normal distribution with that mean and standard deviation."""

    def split(self, split_size_or_sections: _int | Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of successive parts along `dim`: each of the given size (the last may be smaller), or of the sizes in a list, which must add up to the extent."""

    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of at most `chunks` successive parts along `dim`, all of one size but the last."""

    def max(self, dim: _int | Tensor | None = None, keepdim: _bool = False, *, other: Tensor | None = None) -> Any:
        """Without `dim` the largest of all elements, as `amax`. With `dim` the largest elements along it and their int64 indices, as `argmax`; the gradient goes to those elements alone. With a second tensor the larger of two elements, as `maximum`."""

    def min(self, dim: _int | Tensor | None = None, keepdim: _bool = False, *, other: Tensor | None = None) -> Any:
        """Without `dim` the smallest of all elements, as `amin`. With `dim` the smallest elements along it and their int64 indices, as `argmin`; the gradient goes to those elements alone. With a second tensor the smaller of two elements, as `minimum`."""

    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j <= i + diagonal`."""

    def tril_(self, diagonal: _int = 0) -> Self:
        """In-place form of `tril`: writes into its first argument and returns it."""

    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j >= i + diagonal`."""

    def triu_(self, diagonal: _int = 0) -> Self:
        """In-place form of `triu`: writes into its first argument and returns it."""

    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> Tensor:
        """The int64 indices that sort `input` along `dim`: the second result of `sort`."""

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The slices of `input` at the places along `dim` that `index` names (int64 or int32, one dimension): the extent of `dim` becomes the length of `index`. Indices below 0 or from the extent on raise."""

    __array_priority__: _int

    def __repr__(self) -> str: ...

    def _repr_html_(self) -> str: ...

    def __format__(self, spec: str) -> str: ...

    def __iter__(self) -> Iterator[Tensor]: ...

    def __contains__(self, value: Any) -> _bool: ...

    def __deepcopy__(self, memo: dict[_int, Any]) -> Tensor: ...

    def __copy__(self) -> Tensor:
        """A tensor of its own with this value; a leaf, since the history belongs to the original."""

    def __reduce__(self) -> tuple[Any, ...]: ...

    def __bytes__(self) -> bytes:
        """The elements' bytes in row-major order."""

    def numpy(self, *, force: _bool = False) -> _ndarray:
        """A read-only NumPy view of the values (copy it to write).

        With `force`, also if the tensor requires a gradient. NumPy has no bfloat16: convert with `.float()`.

        >>> ravine.tensor([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """

    def __array__(self, dtype: Any = None, copy: _bool | None = None) -> _ndarray: ...

    @property
    def device(self) -> str:
        """Where the values are."""

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""

    @property
    def itemsize(self) -> _int:
        """Bytes of one element."""

    @property
    def nbytes(self) -> _int:
        """Bytes of all elements."""

    def size(self, dim: _int | None = None) -> Any:
        """The shape, or one extent of it."""

    def dim(self) -> _int:
        """The number of dimensions."""

    def element_size(self) -> _int:
        """Bytes of one element."""

    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one."""

    def is_contiguous(self) -> _bool:
        """Always true: the layout in memory is the engine's own affair."""

    def contiguous(self) -> Tensor:
        """The tensor itself: the layout in memory is the engine's own affair."""

    def to(self, *args: Any, dtype: _dtype | None = None, device: Any = None, copy: _bool = False) -> Tensor:
        """Converts to a dtype, a device, or both of another tensor.

        >>> ravine.tensor([1, 2]).to(ravine.float32)
        tensor([1., 2.])
        """

    def type(self, dtype: _dtype) -> Tensor:
        """Converts to a dtype."""

    def cuda(self, device: Any = None) -> Tensor:
        """Raises: this build computes on the CPU."""

    def cpu(self) -> Tensor:
        """The tensor on the CPU."""

    def view(self, *shape: Any) -> Tensor:
        """As `reshape`; or, given a dtype of the same size, not supported."""

    def view_as(self, other: Tensor) -> Tensor:
        """Reshaped like `other`."""

    def reshape_as(self, other: Tensor) -> Tensor:
        """Reshaped like `other`."""

    def expand_as(self, other: Tensor) -> Tensor:
        """Expanded like `other`."""

    def t(self) -> Tensor:
        """The transpose of a matrix; vectors and scalars stay as they are."""

    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor:
        """`length` indices of dimension `dim`, from `start` on."""

    def select(self, dim: _int, index: _int) -> Tensor:
        """One index of dimension `dim`, which is dropped."""

    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """One tensor per index of dimension `dim`."""

    def new_zeros(self, *size: Any, dtype: _dtype | None = None) -> Tensor:
        """Zeros of this dtype."""

    def new_ones(self, *size: Any, dtype: _dtype | None = None) -> Tensor:
        """Ones of this dtype."""

    def new_full(self, size: Sequence[_int], fill_value: _float, *, dtype: _dtype | None = None) -> Tensor:
        """One number everywhere, of this dtype."""

    def new_tensor(self, data: Any, *, dtype: _dtype | None = None) -> Tensor:
        """A tensor from data, of this dtype."""

    def fill_(self, value: _float | Tensor) -> Tensor:
        """Writes one number everywhere."""

    def zero_(self) -> Tensor:
        """Writes 0 everywhere."""

    def masked_fill(self, mask: Tensor, value: _float | Tensor) -> Tensor:
        """`value` where the mask is true."""

    def masked_fill_(self, mask: Tensor, value: _float | Tensor) -> Tensor:
        """Writes `value` where the mask is true."""

    def requires_grad_(self, requires_grad: _bool = True) -> Self:
        """Sets whether operations on this tensor are followed for `backward`."""

    @property
    def grad_fn(self) -> str | None:
        """The name of the op that made this tensor, or None for a leaf."""

    def backward(self, gradient: Tensor | None = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Sequence[Tensor] | None = None) -> None:
        """Adds the derivative of this tensor by every leaf to that leaf's `.grad`.

        Args:
            gradient: weights of the elements; may be left out for one element.
            retain_graph: keep the graph for another `backward` (default: `create_graph`).
            create_graph: record the derivative itself, so that it can be differentiated.
            inputs: only these leaves get a gradient.

        Raises:
            GradientError: no path to a leaf, or the graph was ended by an earlier `backward`.

        >>> x = ravine.tensor(3.0, requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad
        tensor(6.)
        """

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Calls `hook(grad)` when this tensor's gradient is known; what it returns replaces the gradient.

        >>> x = ravine.tensor(1.0, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (2 * x).backward()
        >>> x.grad
        tensor(20.)
        """

    @property
    def retains_grad(self) -> _bool:
        """Whether `backward` keeps `.grad` of this tensor although it is no leaf."""

    def float(self) -> Tensor:
        """Converts to float32."""

    def double(self) -> Tensor:
        """Converts to float64."""

    def half(self) -> Tensor:
        """Converts to float16."""

    def bfloat16(self) -> Tensor:
        """Converts to bfloat16."""

    def char(self) -> Tensor:
        """Converts to int8."""

    def short(self) -> Tensor:
        """Converts to int16."""

    def int(self) -> Tensor:
        """Converts to int32."""

    def long(self) -> Tensor:
        """Converts to int64."""

    def bool(self) -> Tensor:
        """Converts to bool."""

    def byte(self) -> Tensor:
        """Converts to uint8."""
