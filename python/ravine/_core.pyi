# Written by `python -m ravine._stubs`. Do not edit: the head of this file is `_stubs_head.pyi`.

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
) -> list[Tensor | None]: ...
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
        """One of Ravine's functions."""

    def neg_(self) -> Self:
        """One of Ravine's functions."""

    def clone(self) -> Tensor:
        """One of Ravine's functions."""

    def abs(self) -> Tensor:
        """One of Ravine's functions."""

    def abs_(self) -> Self:
        """One of Ravine's functions."""

    def sign(self) -> Tensor:
        """One of Ravine's functions."""

    def sign_(self) -> Self:
        """One of Ravine's functions."""

    def exp(self) -> Tensor:
        """One of Ravine's functions."""

    def exp_(self) -> Self:
        """One of Ravine's functions."""

    def log(self) -> Tensor:
        """One of Ravine's functions."""

    def log_(self) -> Self:
        """One of Ravine's functions."""

    def sqrt(self) -> Tensor:
        """One of Ravine's functions."""

    def sqrt_(self) -> Self:
        """One of Ravine's functions."""

    def rsqrt(self) -> Tensor:
        """One of Ravine's functions."""

    def rsqrt_(self) -> Self:
        """One of Ravine's functions."""

    def sin(self) -> Tensor:
        """One of Ravine's functions."""

    def sin_(self) -> Self:
        """One of Ravine's functions."""

    def cos(self) -> Tensor:
        """One of Ravine's functions."""

    def cos_(self) -> Self:
        """One of Ravine's functions."""

    def tanh(self) -> Tensor:
        """One of Ravine's functions."""

    def tanh_(self) -> Self:
        """One of Ravine's functions."""

    def sigmoid(self) -> Tensor:
        """One of Ravine's functions."""

    def sigmoid_(self) -> Self:
        """One of Ravine's functions."""

    def relu(self) -> Tensor:
        """One of Ravine's functions."""

    def relu_(self) -> Self:
        """One of Ravine's functions."""

    def gelu(self) -> Tensor:
        """One of Ravine's functions."""

    def erf(self) -> Tensor:
        """One of Ravine's functions."""

    def erf_(self) -> Self:
        """One of Ravine's functions."""

    def floor(self) -> Tensor:
        """One of Ravine's functions."""

    def floor_(self) -> Self:
        """One of Ravine's functions."""

    def round(self) -> Tensor:
        """One of Ravine's functions."""

    def round_(self) -> Self:
        """One of Ravine's functions."""

    def logical_not(self) -> Tensor:
        """One of Ravine's functions."""

    def isnan(self) -> Tensor:
        """One of Ravine's functions."""

    def add(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def add_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def sub(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def sub_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def mul(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def mul_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def div(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def div_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def pow(self, exponent: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def pow_(self, exponent: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def maximum(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def minimum(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def remainder(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def remainder_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def floor_divide(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def floor_divide_(self, other: Tensor | Number) -> Self:
        """One of Ravine's functions."""

    def eq(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def ne(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def lt(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def le(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def gt(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def ge(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def logical_and(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def logical_or(self, other: Tensor | Number) -> Tensor:
        """One of Ravine's functions."""

    def reshape(self, *shape: _int | Sequence[_int]) -> Tensor:
        """One of Ravine's functions."""

    def permute(self, *dims: _int | Sequence[_int]) -> Tensor:
        """One of Ravine's functions."""

    def expand(self, *shape: _int | Sequence[_int]) -> Tensor:
        """One of Ravine's functions."""

    def sum(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False, *, dtype: _dtype | None=None) -> Tensor:
        """One of Ravine's functions."""

    def amax(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def amin(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def any(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def all(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def matmul(self, other: Tensor) -> Tensor:
        """One of Ravine's functions."""

    def softmax(self, dim: _int, *, dtype: _dtype | None=None) -> Tensor:
        """One of Ravine's functions."""

    def log_softmax(self, dim: _int, *, dtype: _dtype | None=None) -> Tensor:
        """One of Ravine's functions."""

    def cumsum(self, dim: _int, *, dtype: _dtype | None=None) -> Tensor:
        """One of Ravine's functions."""

    def sort(self, dim: _int=-1, descending: _bool=False, stable: _bool=True) -> tuple[Tensor, Tensor]:
        """One of Ravine's functions."""

    def argmax(self, dim: _int | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def argmin(self, dim: _int | None=None, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def gather(self, dim: _int, index: Tensor) -> Tensor:
        """One of Ravine's functions."""

    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """One of Ravine's functions."""

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """One of Ravine's functions."""

    def nonzero(self) -> Tensor:
        """One of Ravine's functions."""

    def index_put(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def index_put_(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool=False) -> Self:
        """One of Ravine's functions."""

    def clamp(self, min: Tensor | Number | None=None, max: Tensor | Number | None=None) -> Tensor:
        """One of Ravine's functions."""

    def clamp_(self, min: Tensor | Number | None=None, max: Tensor | Number | None=None) -> Self:
        """One of Ravine's functions."""

    def flip(self, *dims: _int | Sequence[_int]) -> Tensor:
        """One of Ravine's functions."""

    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """One of Ravine's functions."""

    def unsqueeze(self, dim: _int) -> Tensor:
        """One of Ravine's functions."""

    def squeeze(self, dim: _int | Sequence[_int] | None=None) -> Tensor:
        """One of Ravine's functions."""

    def flatten(self, start_dim: _int=0, end_dim: _int=-1) -> Tensor:
        """One of Ravine's functions."""

    def movedim(self, source: _int, destination: _int) -> Tensor:
        """One of Ravine's functions."""

    def mean(self, dim: _int | Sequence[_int] | None=None, keepdim: _bool=False, *, dtype: _dtype | None=None) -> Tensor:
        """One of Ravine's functions."""

    def var(self, dim: _int | Sequence[_int] | None=None, *, correction: Number=1, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def std(self, dim: _int | Sequence[_int] | None=None, *, correction: Number=1, keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool=False) -> Tensor:
        """One of Ravine's functions."""

    def uniform_(self, low: _float=0.0, high: _float=1.0) -> Self:
        """One of Ravine's functions."""

    def normal_(self, mean: _float=0.0, std: _float=1.0) -> Self:
        """One of Ravine's functions."""

    def split(self, split_size_or_sections: _int | Sequence[_int], dim: _int=0) -> tuple[Tensor, ...]:
        """One of Ravine's functions."""

    def chunk(self, chunks: _int, dim: _int=0) -> tuple[Tensor, ...]:
        """One of Ravine's functions."""

    def max(self, dim: _int | Tensor | None=None, keepdim: _bool=False, *, other: Tensor | None=None) -> Any:
        """One of Ravine's functions."""

    def min(self, dim: _int | Tensor | None=None, keepdim: _bool=False, *, other: Tensor | None=None) -> Any:
        """One of Ravine's functions."""

    def tril(self, diagonal: _int=0) -> Tensor:
        """One of Ravine's functions."""

    def tril_(self, diagonal: _int=0) -> Self:
        """One of Ravine's functions."""

    def triu(self, diagonal: _int=0) -> Tensor:
        """One of Ravine's functions."""

    def triu_(self, diagonal: _int=0) -> Self:
        """One of Ravine's functions."""

    def argsort(self, dim: _int=-1, descending: _bool=False, stable: _bool=True) -> Tensor:
        """One of Ravine's functions."""

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """One of Ravine's functions."""

    __array_priority__: _int

    def __repr__(self) -> str: ...

    def __format__(self, spec: str) -> str: ...

    def __iter__(self) -> Iterator[Tensor]: ...

    def __contains__(self, value: Any) -> _bool: ...

    def __deepcopy__(self, memo: dict[_int, Any]) -> Tensor: ...

    def __reduce__(self) -> tuple[Any, ...]: ...

    def numpy(self, *, force: _bool=False) -> _ndarray:
        """A read-only NumPy view of the values (copy it to write).

        With `force`, also for tensors that require a gradient. bfloat16 has no NumPy dtype: convert with `.float()`.

        >>> ravine.tensor([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """

    def __array__(self, dtype: Any=None, copy: _bool | None=None) -> _ndarray: ...

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

    def size(self, dim: _int | None=None) -> Any:
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

    def to(self, *args: Any, dtype: _dtype | None=None, device: Any=None, copy: _bool=False) -> Tensor:
        """Converts to a dtype, a device, or both of another tensor.

        >>> ravine.tensor([1, 2]).to(ravine.float32)
        tensor([1., 2.])
        """

    def type(self, dtype: _dtype) -> Tensor:
        """Converts to a dtype."""

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

    def unbind(self, dim: _int=0) -> tuple[Tensor, ...]:
        """One tensor per index of dimension `dim`."""

    def new_zeros(self, *size: Any, dtype: _dtype | None=None) -> Tensor:
        """Zeros of this dtype."""

    def new_ones(self, *size: Any, dtype: _dtype | None=None) -> Tensor:
        """Ones of this dtype."""

    def new_full(self, size: Sequence[_int], fill_value: _float, *, dtype: _dtype | None=None) -> Tensor:
        """One number everywhere, of this dtype."""

    def new_tensor(self, data: Any, *, dtype: _dtype | None=None) -> Tensor:
        """A tensor from data, of this dtype."""

    def fill_(self, value: _float | Tensor) -> Tensor:
        """Writes one number everywhere."""

    def zero_(self) -> Tensor:
        """Writes 0 everywhere."""

    def masked_fill(self, mask: Tensor, value: _float | Tensor) -> Tensor:
        """`value` where the mask is true."""

    def masked_fill_(self, mask: Tensor, value: _float | Tensor) -> Tensor:
        """Writes `value` where the mask is true."""

    def requires_grad_(self, requires_grad: _bool=True) -> Self:
        """Sets whether operations on this tensor are followed for `backward`."""

    @property
    def grad_fn(self) -> str | None:
        """The name of the op that made this tensor, or None for a leaf."""

    def backward(self, gradient: Tensor | None=None, retain_graph: _bool | None=None, create_graph: _bool=False, inputs: Sequence[Tensor] | None=None) -> None:
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
        """Calls `hook(grad)` when this tensor's gradient is known; a tensor that it returns replaces the gradient.

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

    def int(self) -> Tensor:
        """Converts to int32."""

    def long(self) -> Tensor:
        """Converts to int64."""

    def bool(self) -> Tensor:
        """Converts to bool."""

    def byte(self) -> Tensor:
        """Converts to uint8."""
