# Written by `python -m ravine._stubs`. Do not edit: its head is `_stubs_head.pyi`.

# Names that this module or class Tensor gives another meaning.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import type as _type
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self, TypeAlias, final

from numpy import ndarray as _ndarray

from ravine import _storage
from ravine._names import Size as _Size
from ravine._names import layout as Layout

Number: TypeAlias = _int | _float | _bool
_dtype: TypeAlias = dtype
DeviceLike: TypeAlias = device | str | _int
_device: TypeAlias = device

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
class device:
    """Where a tensor lies: "cpu", "gpu", "gpu:1" or "meta"."""

    def __new__(cls, type: DeviceLike, index: _int | None = None) -> device: ...
    @property
    def type(self) -> str: ...
    @property
    def index(self) -> _int | None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    def __call__(self, function: Any, /) -> Any: ...

@final
class Function:
    """A function of the registry."""

    __name__: str
    __qualname__: str
    __signature__: Any
    @property
    def signature(self) -> str: ...
    @property
    def places(self) -> list[str]: ...
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
def tensor(
    data: Any,
    dtype: _dtype | str | _type | None = None,
    requires_grad: _bool = False,
    *,
    device: DeviceLike | None = None,
    pin_memory: _bool = False,
) -> Tensor:
    """A new tensor from data (a number, nested sequences, an array, a tensor), which are copied."""

def eval(*tensors: Tensor) -> None:
    """Computes these tensors now."""

def from_dlpack(source: Any, copy: _bool | None = None) -> Tensor:
    """A tensor from an object with `__dlpack__`, or from a capsule."""

# Modes, counters and knobs
def get_default_device() -> device:
    """Where tensors are made that do not say it."""

def set_default_device(device: DeviceLike | None) -> None:
    """Makes tensors of this thread on a device where nothing else says it."""

def gpu_infos() -> list[tuple[str, str, str, _bool, dict[str, _bool], dict[str, int]]]:
    """Name, driver, API and whether it computes on the CPU, of each GPU. None is started."""

def gpu_trim() -> None:
    """Gives memory of GPUs that is free back to their drivers."""

def memory_place(t: Tensor) -> tuple[_int, list[_int]]:
    """What tells a tensor's memory apart from others', and its strides in elements."""

def transfer_to(t: Tensor, device: DeviceLike | None) -> Tensor:
    """The tensor on a device."""

def is_grad_enabled() -> _bool:
    """Whether operations are recorded for `backward` in this thread."""

def set_grad_enabled(on: _bool) -> _bool:
    """Returns the previous mode."""

def is_inference_mode_enabled() -> _bool: ...
def set_inference_mode(on: _bool) -> _bool: ...
def set_module_path(id: int) -> int: ...
def profile_start(lines: _bool) -> None:
    """From here on launches leave events; with `lines` each op notes the line that records it."""

def profile_stop() -> list[dict[str, Any]]:
    """Ends it, and returns the events in order of their launches."""

def profile_mark() -> tuple[int, int, int]:
    """Nanoseconds on the clock of events, the number of the next op, and that of the calling thread."""
def set_path_formatter(format: Callable[[int], str]) -> None: ...
def submit() -> None:
    """Runs this thread's recorded work as one step: it happens as a whole or not at all."""

def step(update: Callable[[], None]) -> None:
    """Records what `update` records without ending a segment at a bound, and runs it as `submit` does."""

def take_back() -> None:
    """What was recorded since the last successful look, or step, has not happened."""

def if_taken_back(undo: Callable[[], object]) -> None:
    """Has `undo` called if what is recorded now, up to the next successful look or step, has not happened."""

def mature() -> None:
    """What was recorded so far was the making of tensors: a failure from now on leaves them as they are."""

def synchronize() -> None:
    """Computes everything that live handles need, in every thread, and waits."""

def is_anomaly_enabled() -> _bool: ...
def set_anomaly_enabled(on: _bool) -> None: ...
def graph_table(outputs: Sequence[Tensor]) -> list[dict[str, Any]]: ...
def stats_table() -> dict[str, int]: ...
def reset_peak() -> None:
    """Starts `bytes_peak` and `gpu_bytes_peak` anew from what is live."""

def get_num_threads() -> int:
    """Threads that share the work of one op."""

def set_num_threads(n: int) -> None:
    """Sets how many threads share the work of one op. Results do not depend on it."""

def get_default_dtype() -> dtype:
    """The dtype of floating tensors that are made of numbers and sizes: float32 unless it was set."""

def set_default_dtype(d: dtype) -> None:
    """Makes floating tensors of numbers and sizes float32, float64, float16 or bfloat16, in every thread.

    Raises:
        TypeError: the dtype holds no fractions.

    >>> ravine.set_default_dtype(ravine.float64)
    >>> ravine.zeros(1).dtype
    ravine.float64
    >>> ravine.set_default_dtype(ravine.float32)
    """

class Extents(tuple[_int, ...]):
    """The base of `ravine.Size`: a tuple whose slices are of the same class."""

def set_size_class(kind: _type) -> None: ...
def set_autocast(kind: str, lower: dtype | None) -> dtype | None: ...
def get_autocast(kind: str) -> dtype | None: ...
def set_autocast_cache(on: _bool) -> _bool: ...
def is_autocast_cache_enabled() -> _bool: ...
def clear_autocast_cache() -> None: ...
def is_autocast_on() -> _bool: ...
def has_autocast_policy(name: str) -> _bool: ...
def autocast_call(name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
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

def get_rng_state() -> tuple[_int, _int]:
    """Seed and counter of the random numbers: what `set_rng_state` takes to continue from here."""

def without_flushing(function: Any, argument: Any) -> Any: ...
def set_rng_state(state: tuple[_int, _int]) -> None:
    """Continues the random numbers from a state of `get_rng_state`."""

def set_thread_seed(seed: _int | tuple[_int, _int] | None) -> tuple[_int, _int] | None:
    """Gives this thread a random stream of its own, or with None the common one; returns the state before."""

def inject_fault(kind: Literal["memory", "interrupt", "poll"], n: _int) -> _int:
    """Test hook: fail once, after `n` more allocations, launches or polls. Returns what was left of the number before."""

def lose_gpu(index: _int) -> None:
    """Test hook: lose a GPU, as a driver may at any time."""

def set_plain(on: _bool) -> _bool:
    """Test hook: record plain forms in place of fused ops; returns the previous mode."""

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
    staging: _bool = True,
) -> str: ...
def gpu_fuse(group: Group) -> str: ...
def gpu_halves(n: int, start: int, to: int) -> str: ...
def gpu_elementwise() -> list[tuple[str, str]]: ...
def gpu_passes() -> list[tuple[str, str]]: ...

class GpuKernel:
    """A kernel by its text; `vjp(arguments, outputs, cotangents, needs)`, `jvp(arguments, outputs, tangents)`."""

    def __init__(
        self,
        source: str,
        inputs: Sequence[tuple[str, dtype]],
        outputs: Sequence[tuple[str, dtype]],
        numbers: Sequence[tuple[str, dtype]],
        vjp: Callable[..., Sequence[Tensor | None]] | None,
        jvp: Callable[..., Sequence[Tensor | None]] | None,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> list[str]:
        """Names of what a call takes."""
    @property
    def outputs(self) -> _int: ...
    @property
    def form(self) -> str:
        """`"elements"`, `"each"` or `"entry"`."""
    def record(
        self,
        arguments: Sequence[Tensor | Number],
        shapes: Sequence[Sequence[_int]],
        grid: tuple[_int, _int, _int],
    ) -> list[Tensor]: ...

# Random numbers of their own
@final
class Generator:
    """A source of random numbers of its own, which `generator=` takes.

    What is drawn from it follows from its seed and from what was drawn from it before. Any one serves every
    device, on which it gives the same numbers.
    """

    def __new__(cls, device: DeviceLike | None = None) -> Self: ...
    def manual_seed(self, seed: _int) -> Self:
        """Starts anew from a seed, and returns the generator."""

    def seed(self) -> _int:
        """Starts anew from a seed by the system, and returns that."""

    def initial_seed(self) -> _int:
        """The seed that it started from."""

    def get_state(self) -> tuple[_int, _int]:
        """`(seed, counter)`: all later numbers are a function of it."""

    def set_state(self, new_state: tuple[_int, _int]) -> Self:
        """Continues from a state of `get_state`, and returns the generator."""

    def clone_state(self) -> Generator:
        """Another generator that goes on from here."""

    @property
    def device(self) -> _device:
        """What it was made for."""

default_generator: Generator

def rebuild_generator(device: str, state: tuple[_int, _int]) -> Generator: ...
def drawn_from(generator: Generator | None, function: Callable[..., Any], *args: Any) -> Any:
    """Calls a function whose random numbers come from a generator, or from where they come anyway (None)."""

# Results and views
def write_out(result: Tensor | Sequence[Tensor], out: Any) -> Any:
    """Writes what a function of Python returned into `out`, and returns that."""

def base_of(t: Tensor) -> Tensor | None:
    """The tensor that another one is a view of, or None."""

def layout_of(t: Tensor) -> tuple[list[_int], _int]:
    """Strides and the first element's place in the base, whose elements count as row-major."""

def become_view(t: Tensor, view: Callable[[Tensor], Tensor]) -> Tensor:
    """Makes a tensor the view of itself that a function takes of it, or of whatever the function returns."""

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
    vjp: Callable[[tuple[Tensor, ...], tuple[Tensor | None, ...], list[_bool]], Sequence[Tensor | None]],
    jvp: Callable[[tuple[Tensor | None, ...]], Sequence[Tensor | None]] | None,
    vmap: Callable[[list[_bool], int, tuple[Tensor, ...]], Sequence[Tensor]] | None,
    reads: Sequence[_int] = (),
) -> list[Tensor]: ...

class Tensor:
    """An n-dimensional array of one dtype that can be differentiated."""

    def __new__(cls, data: Any = ..., *sizes: Any, requires_grad: _bool = False) -> Self: ...

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
    def __lshift__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rlshift__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rshift__(self, other: Tensor | Number, /) -> Tensor: ...
    def __rrshift__(self, other: Tensor | Number, /) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __neg__(self) -> Tensor: ...
    def __pos__(self) -> Self: ...
    def __abs__(self) -> Tensor: ...
    def __iadd__(self, other: Tensor | Number, /) -> Self: ...
    def __isub__(self, other: Tensor | Number, /) -> Self: ...
    def __imul__(self, other: Tensor | Number, /) -> Self: ...
    def __itruediv__(self, other: Tensor | Number, /) -> Self: ...
    def __ifloordiv__(self, other: Tensor | Number, /) -> Self: ...
    def __imod__(self, other: Tensor | Number, /) -> Self: ...
    def __ipow__(self, other: Tensor | Number, /) -> Self: ...
    def __iand__(self, other: Tensor | Number, /) -> Self: ...
    def __ior__(self, other: Tensor | Number, /) -> Self: ...
    def __ixor__(self, other: Tensor | Number, /) -> Self: ...
    def __ilshift__(self, other: Tensor | Number, /) -> Self: ...
    def __irshift__(self, other: Tensor | Number, /) -> Self: ...
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
    def shape(self) -> _Size:
        """The extent of each dimension."""

    @property
    def ndim(self) -> _int:
        """The number of dimensions."""

    def numel(self) -> _int:
        """Number of elements."""

    @property
    def device(self) -> _device: ...
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
        """In-place form of `neg`: writes the result into its first argument and returns it."""

    def clone(self) -> Tensor:
        """A copy of its own, through which gradients flow."""

    def abs(self) -> Tensor:
        """Absolute value `|x|`; its derivative at 0 is 0."""

    def abs_(self) -> Self:
        """In-place form of `abs`: writes the result into its first argument and returns it."""

    def sign(self) -> Tensor:
        """The sign: -1, 0 or 1 (NaN stays NaN); its derivative is 0."""

    def sign_(self) -> Self:
        """In-place form of `sign`: writes the result into its first argument and returns it."""

    def sqrt(self) -> Tensor:
        """Square root; NaN below 0."""

    def sqrt_(self) -> Self:
        """In-place form of `sqrt`: writes the result into its first argument and returns it."""

    def rsqrt(self) -> Tensor:
        """Reciprocal square root `1 / sqrt(x)`."""

    def rsqrt_(self) -> Self:
        """In-place form of `rsqrt`: writes the result into its first argument and returns it."""

    def add(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """Sum `x + alpha y`. Booleans add up as `or`."""

    def add_(self, other: Tensor | Number, *, alpha: Number = 1) -> Self:
        """In-place form of `add`: writes the result into its first argument and returns it."""

    def sub(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """Difference `x - alpha y`."""

    def sub_(self, other: Tensor | Number, *, alpha: Number = 1) -> Self:
        """In-place form of `sub`: writes the result into its first argument and returns it."""

    def mul(self, other: Tensor | Number) -> Tensor:
        """Product `x * y`. Booleans multiply as `and`."""

    def mul_(self, other: Tensor | Number) -> Self:
        """In-place form of `mul`: writes the result into its first argument and returns it."""

    def div(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
        """True quotient `x / y`; integers become float32. With `rounding_mode` "floor" as `floor_divide`, with "trunc"
        rounded towards 0: then integers stay integers, and the derivative is 0.
        """

    def div_(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Self:
        """In-place form of `div`: writes the result into its first argument and returns it."""

    def pow(self, exponent: Tensor | Number) -> Tensor:
        """Power `x ** y`. Integers to powers of negative elements round towards 0; a negative number as their exponent
        raises.
        """

    def pow_(self, exponent: Tensor | Number) -> Self:
        """In-place form of `pow`: writes the result into its first argument and returns it."""

    def maximum(self, other: Tensor | Number) -> Tensor:
        """The larger of two elements; NaN if either is. Equal elements share the gradient."""

    def minimum(self, other: Tensor | Number) -> Tensor:
        """The smaller of two elements; NaN if either is. Equal elements share the gradient."""

    def remainder(self, other: Tensor | Number) -> Tensor:
        """Remainder with the sign of the divisor, as Python's `%`. An integer modulo 0 is 0."""

    def remainder_(self, other: Tensor | Number) -> Self:
        """In-place form of `remainder`: writes the result into its first argument and returns it."""

    def floor_divide(self, other: Tensor | Number) -> Tensor:
        """Quotient rounded down, as Python's `//`; its derivative is 0. An integer divided by 0 is 0."""

    def floor_divide_(self, other: Tensor | Number) -> Self:
        """In-place form of `floor_divide`: writes the result into its first argument and returns it."""

    def reciprocal(self) -> Tensor:
        """`1 / x`."""

    def reciprocal_(self) -> Self:
        """In-place form of `reciprocal`: writes the result into its first argument and returns it."""

    def square(self) -> Tensor:
        """`x * x`."""

    def square_(self) -> Self:
        """In-place form of `square`: writes the result into its first argument and returns it."""

    def fmod(self, other: Tensor | Number) -> Tensor:
        """Remainder with the sign of the dividend, as C's `fmod`. An integer by 0 leaves 0."""

    def fmod_(self, other: Tensor | Number) -> Self:
        """In-place form of `fmod`: writes the result into its first argument and returns it."""

    def copysign(self, other: Tensor | Number) -> Tensor:
        """The magnitude of x with the sign of y; the derivative by y is 0."""

    def copysign_(self, other: Tensor | Number) -> Self:
        """In-place form of `copysign`: writes the result into its first argument and returns it."""

    def logical_not(self) -> Tensor:
        """Logical negation; numbers count as true when they are not 0."""

    def logical_not_(self) -> Self:
        """In-place form of `logical_not`: writes the result into its first argument and returns it."""

    def isnan(self) -> Tensor:
        """Whether an element is NaN."""

    def eq(self, other: Tensor | Number) -> Tensor:
        """Whether `x == y`."""

    def eq_(self, other: Tensor | Number) -> Self:
        """In-place form of `eq`: writes the result into its first argument and returns it."""

    def ne(self, other: Tensor | Number) -> Tensor:
        """Whether `x != y`."""

    def ne_(self, other: Tensor | Number) -> Self:
        """In-place form of `ne`: writes the result into its first argument and returns it."""

    def lt(self, other: Tensor | Number) -> Tensor:
        """Whether `x < y`."""

    def lt_(self, other: Tensor | Number) -> Self:
        """In-place form of `lt`: writes the result into its first argument and returns it."""

    def le(self, other: Tensor | Number) -> Tensor:
        """Whether `x <= y`."""

    def le_(self, other: Tensor | Number) -> Self:
        """In-place form of `le`: writes the result into its first argument and returns it."""

    def gt(self, other: Tensor | Number) -> Tensor:
        """Whether `x > y`."""

    def gt_(self, other: Tensor | Number) -> Self:
        """In-place form of `gt`: writes the result into its first argument and returns it."""

    def ge(self, other: Tensor | Number) -> Tensor:
        """Whether `x >= y`."""

    def ge_(self, other: Tensor | Number) -> Self:
        """In-place form of `ge`: writes the result into its first argument and returns it."""

    def logical_and(self, other: Tensor | Number) -> Tensor:
        """Logical and; numbers count as true when they are not 0."""

    def logical_and_(self, other: Tensor | Number) -> Self:
        """In-place form of `logical_and`: writes the result into its first argument and returns it."""

    def logical_or(self, other: Tensor | Number) -> Tensor:
        """Logical or; numbers count as true when they are not 0."""

    def logical_or_(self, other: Tensor | Number) -> Self:
        """In-place form of `logical_or`: writes the result into its first argument and returns it."""

    def logical_xor(self, other: Tensor | Number) -> Tensor:
        """Exclusive or of truth; numbers count as true when they are not 0."""

    def logical_xor_(self, other: Tensor | Number) -> Self:
        """In-place form of `logical_xor`: writes the result into its first argument and returns it."""

    def exp(self) -> Tensor:
        """Exponential `e^x`."""

    def exp_(self) -> Self:
        """In-place form of `exp`: writes the result into its first argument and returns it."""

    def log(self) -> Tensor:
        """Natural logarithm; NaN below 0, -inf at 0."""

    def log_(self) -> Self:
        """In-place form of `log`: writes the result into its first argument and returns it."""

    def tanh(self) -> Tensor:
        """Hyperbolic tangent."""

    def tanh_(self) -> Self:
        """In-place form of `tanh`: writes the result into its first argument and returns it."""

    def expm1(self) -> Tensor:
        """`e^x - 1`, accurate also near 0."""

    def expm1_(self) -> Self:
        """In-place form of `expm1`: writes the result into its first argument and returns it."""

    def log1p(self) -> Tensor:
        """`log(1 + x)`, accurate also near 0; NaN below -1."""

    def log1p_(self) -> Self:
        """In-place form of `log1p`: writes the result into its first argument and returns it."""

    def exp2(self) -> Tensor:
        """`2^x`."""

    def exp2_(self) -> Self:
        """In-place form of `exp2`: writes the result into its first argument and returns it."""

    def log2(self) -> Tensor:
        """Logarithm to the base 2; NaN below 0, -inf at 0."""

    def log2_(self) -> Self:
        """In-place form of `log2`: writes the result into its first argument and returns it."""

    def log10(self) -> Tensor:
        """Logarithm to the base 10; NaN below 0, -inf at 0."""

    def log10_(self) -> Self:
        """In-place form of `log10`: writes the result into its first argument and returns it."""

    def sinh(self) -> Tensor:
        """Hyperbolic sine `(e^x - e^-x) / 2`."""

    def sinh_(self) -> Self:
        """In-place form of `sinh`: writes the result into its first argument and returns it."""

    def cosh(self) -> Tensor:
        """Hyperbolic cosine `(e^x + e^-x) / 2`."""

    def cosh_(self) -> Self:
        """In-place form of `cosh`: writes the result into its first argument and returns it."""

    def asinh(self) -> Tensor:
        """The number whose hyperbolic sine is x."""

    def asinh_(self) -> Self:
        """In-place form of `asinh`: writes the result into its first argument and returns it."""

    def acosh(self) -> Tensor:
        """The number of at least 0 whose hyperbolic cosine is x; NaN below 1."""

    def acosh_(self) -> Self:
        """In-place form of `acosh`: writes the result into its first argument and returns it."""

    def atanh(self) -> Tensor:
        """The number whose hyperbolic tangent is x; NaN outside [-1, 1]."""

    def atanh_(self) -> Self:
        """In-place form of `atanh`: writes the result into its first argument and returns it."""

    def logaddexp(self, other: Tensor) -> Tensor:
        """`log(e^x + e^y)`, without overflow."""

    def sin(self) -> Tensor:
        """Sine of an angle in radians."""

    def sin_(self) -> Self:
        """In-place form of `sin`: writes the result into its first argument and returns it."""

    def cos(self) -> Tensor:
        """Cosine of an angle in radians."""

    def cos_(self) -> Self:
        """In-place form of `cos`: writes the result into its first argument and returns it."""

    def tan(self) -> Tensor:
        """Tangent of an angle in radians."""

    def tan_(self) -> Self:
        """In-place form of `tan`: writes the result into its first argument and returns it."""

    def asin(self) -> Tensor:
        """The angle from -pi/2 to pi/2 whose sine is x; NaN outside [-1, 1]."""

    def asin_(self) -> Self:
        """In-place form of `asin`: writes the result into its first argument and returns it."""

    def acos(self) -> Tensor:
        """The angle from 0 to pi whose cosine is x; NaN outside [-1, 1]."""

    def acos_(self) -> Self:
        """In-place form of `acos`: writes the result into its first argument and returns it."""

    def atan(self) -> Tensor:
        """The angle from -pi/2 to pi/2 whose tangent is x."""

    def atan_(self) -> Self:
        """In-place form of `atan`: writes the result into its first argument and returns it."""

    def atan2(self, other: Tensor | Number) -> Tensor:
        """The angle from -pi to pi of the point with the ordinate `input` and the abscissa `other`."""

    def atan2_(self, other: Tensor | Number) -> Self:
        """In-place form of `atan2`: writes the result into its first argument and returns it."""

    def hypot(self, other: Tensor | Number) -> Tensor:
        """Length of the hypotenuse, `sqrt(x^2 + y^2)`, without overflow."""

    def hypot_(self, other: Tensor | Number) -> Self:
        """In-place form of `hypot`: writes the result into its first argument and returns it."""

    def sigmoid(self) -> Tensor:
        """Logistic function `1 / (1 + e^-x)`."""

    def sigmoid_(self) -> Self:
        """In-place form of `sigmoid`: writes the result into its first argument and returns it."""

    def relu(self) -> Tensor:
        """Rectifier `max(x, 0)`; its derivative at 0 is 0. NaN stays NaN."""

    def relu_(self) -> Self:
        """In-place form of `relu`: writes the result into its first argument and returns it."""

    def gelu(self, approximate: str = 'none') -> Tensor:
        """Gaussian error linear unit `x Phi(x)` (Hendrycks and Gimpel, 2016).

        `approximate="tanh"` gives `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.

        >>> ravine.gelu(ravine.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
        """

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
        """In-place form of `elu`: writes the result into its first argument and returns it."""

    def selu(self) -> Tensor:
        """Self-normalising unit: `s x` above 0, `s a (e^x - 1)` elsewhere, with s = 1.0507 and a = 1.6733
        (Klambauer et al., 2017).
        """

    def selu_(self) -> Self:
        """In-place form of `selu`: writes the result into its first argument and returns it."""

    def celu(self, alpha: _float = 1.0) -> Tensor:
        """`x` above 0, `alpha (e^(x / alpha) - 1)` elsewhere: an exponential linear unit with a continuous derivative
        (Barron, 2017).
        """

    def celu_(self, alpha: _float = 1.0) -> Self:
        """In-place form of `celu`: writes the result into its first argument and returns it."""

    def leaky_relu(self, negative_slope: _float = 0.01) -> Tensor:
        """`x` above 0, `negative_slope x` elsewhere (Maas et al., 2013); the derivative at 0 is the slope."""

    def leaky_relu_(self, negative_slope: _float = 0.01) -> Self:
        """In-place form of `leaky_relu`: writes the result into its first argument and returns it."""

    def hardtanh(self, min_val: _float = -1.0, max_val: _float = 1.0) -> Tensor:
        """Elements limited to the range from `min_val` to `max_val`; the derivative is 0 at its ends."""

    def hardtanh_(self, min_val: _float = -1.0, max_val: _float = 1.0) -> Self:
        """In-place form of `hardtanh`: writes the result into its first argument and returns it."""

    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """`x` outside of [-lambd, lambd], 0 within."""

    def softshrink(self, lambd: _float = 0.5) -> Tensor:
        """`x` moved towards 0 by `lambd`, and 0 where it would cross it."""

    def threshold(self, threshold: _float, value: _float) -> Tensor:
        """`x` above `threshold`, `value` elsewhere."""

    def threshold_(self, threshold: _float, value: _float) -> Self:
        """In-place form of `threshold`: writes the result into its first argument and returns it."""

    def hardsigmoid(self) -> Tensor:
        """`min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines (Howard et al., 2019)."""

    def hardswish(self) -> Tensor:
        """`x hardsigmoid(x)` (Howard et al., 2019); 0 at -inf."""

    def floor(self) -> Tensor:
        """The largest integer not above x; its derivative is 0. Integers stay as they are."""

    def floor_(self) -> Self:
        """In-place form of `floor`: writes the result into its first argument and returns it."""

    def round(self, *, decimals: _int = 0) -> Tensor:
        """The nearest integer, ties to even, or, of floats, the nearest multiple of `10^-decimals`; its derivative is 0.
        Integers stay as they are.
        """

    def round_(self, *, decimals: _int = 0) -> Self:
        """In-place form of `round`: writes the result into its first argument and returns it."""

    def ceil(self) -> Tensor:
        """The smallest integer not below x; its derivative is 0. Integers stay as they are."""

    def ceil_(self) -> Self:
        """In-place form of `ceil`: writes the result into its first argument and returns it."""

    def trunc(self) -> Tensor:
        """The integer part: rounded towards 0; its derivative is 0. Integers stay as they are."""

    def trunc_(self) -> Self:
        """In-place form of `trunc`: writes the result into its first argument and returns it."""

    def bitwise_and(self, other: Tensor | Number) -> Tensor:
        """The bits that both have; of booleans the logical and."""

    def bitwise_and_(self, other: Tensor | Number) -> Self:
        """In-place form of `bitwise_and`: writes the result into its first argument and returns it."""

    def bitwise_or(self, other: Tensor | Number) -> Tensor:
        """The bits that either has; of booleans the logical or."""

    def bitwise_or_(self, other: Tensor | Number) -> Self:
        """In-place form of `bitwise_or`: writes the result into its first argument and returns it."""

    def bitwise_xor(self, other: Tensor | Number) -> Tensor:
        """The bits that one of them has; of booleans the exclusive or."""

    def bitwise_xor_(self, other: Tensor | Number) -> Self:
        """In-place form of `bitwise_xor`: writes the result into its first argument and returns it."""

    def bitwise_not(self) -> Tensor:
        """Every bit the other way: `-x - 1` of a signed integer; of booleans the logical not."""

    def bitwise_not_(self) -> Self:
        """In-place form of `bitwise_not`: writes the result into its first argument and returns it."""

    def bitwise_left_shift(self, other: Tensor | Number) -> Tensor:
        """Bits moved up by `other` places: `x * 2**other`, wrapped. 0 where no bit stays (`other` negative or at least
        the number of bits).
        """

    def bitwise_left_shift_(self, other: Tensor | Number) -> Self:
        """In-place form of `bitwise_left_shift`: writes the result into its first argument and returns it."""

    def bitwise_right_shift(self, other: Tensor | Number) -> Tensor:
        """Bits moved down by `other` places: `x / 2**other`, rounded down. All bits that come in are the sign's, and
        only they stay where `other` is negative or at least the number of bits.
        """

    def bitwise_right_shift_(self, other: Tensor | Number) -> Self:
        """In-place form of `bitwise_right_shift`: writes the result into its first argument and returns it."""

    def erf(self) -> Tensor:
        """Error function `2/sqrt(pi)` times the integral of `e^-t^2` from 0 to x."""

    def erf_(self) -> Self:
        """In-place form of `erf`: writes the result into its first argument and returns it."""

    def erfc(self) -> Tensor:
        """The complement of the error function, `1 - erf(x)`, accurate also where it is small."""

    def erfc_(self) -> Self:
        """In-place form of `erfc`: writes the result into its first argument and returns it."""

    def erfinv(self) -> Tensor:
        """The inverse of `erf`: infinite at -1 and 1, NaN outside of them."""

    def erfinv_(self) -> Self:
        """In-place form of `erfinv`: writes the result into its first argument and returns it."""

    def lgamma(self) -> Tensor:
        """The logarithm of the magnitude of the gamma function; infinite at its poles 0, -1, -2, ..."""

    def lgamma_(self) -> Self:
        """In-place form of `lgamma`: writes the result into its first argument and returns it."""

    def digamma(self) -> Tensor:
        """The derivative of `lgamma`, also known as psi. At 0 it is infinite with the other sign, at -1, -2, ... NaN."""

    def digamma_(self) -> Self:
        """In-place form of `digamma`: writes the result into its first argument and returns it."""

    def i0(self) -> Tensor:
        """Modified Bessel function of the first kind and order 0."""

    def i0_(self) -> Self:
        """In-place form of `i0`: writes the result into its first argument and returns it."""

    def fmax(self, other: Tensor) -> Tensor:
        """The larger of two elements; NaN only if both are. The first of equal elements takes the gradient."""

    def fmin(self, other: Tensor) -> Tensor:
        """The smaller of two elements; NaN only if both are. The first of equal elements takes the gradient."""

    def gcd(self, other: Tensor) -> Tensor:
        """The greatest common divisor of integers, 0 of two zeros."""

    def gcd_(self, other: Tensor) -> Self:
        """In-place form of `gcd`: writes the result into its first argument and returns it."""

    def lcm(self, other: Tensor) -> Tensor:
        """The least common multiple of integers, 0 where either is; wraps where the dtype does not hold it."""

    def lcm_(self, other: Tensor) -> Self:
        """In-place form of `lcm`: writes the result into its first argument and returns it."""

    def logaddexp2(self, other: Tensor) -> Tensor:
        """`log2(2^x + 2^y)`, without overflow."""

    def signbit(self) -> Tensor:
        """Whether the sign is a minus, also that of -0 and of NaN."""

    def reshape(self, *shape: _int | Sequence[_int]) -> Tensor:
        """The same elements in row-major order under another shape; one extent may be -1 and is inferred."""

    def permute(self, *dims: _int | Sequence[_int]) -> Tensor:
        """Dimensions in another order: dimension `i` of the result is dimension `dims[i]` of the input."""

    def expand(self, *shape: _int | Sequence[_int]) -> Tensor:
        """Extents of 1 repeated without copying, new dimensions in front; -1 keeps an extent."""

    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """All windows of `size` neighbouring elements along a dimension, `step` apart: that dimension counts the `(n - size) // step + 1` windows, and their elements stand in a new last dimension. Nothing is copied. Writes into the result do not show in the input."""

    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """Elements of `input` at the places along `dim` that `index` names: for `dim=0` in two dimensions, `out[i][j] = input[index[i][j]][j]`. `index` (int64 or int32) has the rank of `input` and is no larger in the other dimensions; the result has its shape. Indices below 0 or from the extent on raise. `sparse_grad` makes no difference."""

    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """`input` with every element of `src` added at the place along `dim` that `index` names: for `dim=0` in two dimensions, `out[index[i][j]][j] += src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no larger than `src`, nor than `input` in the other dimensions; `src` has the dtype of `input`. Sums run in ascending order of the place in `src`, so the bits never vary. Indices below 0 or from the extent on raise."""

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """In-place form of `scatter_add`: writes the result into its first argument and returns it."""

    def index_put(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool = False) -> Tensor:
        """`input` with the elements that `indices` name replaced by `values`, or, with `accumulate`, with `values` added to them. The index tensors (int64, int32 or bool masks) broadcast together and stand for the first dimensions; negative indices count from the end. `values` broadcasts to the indexed elements. Where several go to one element, the last in row-major order stays; sums run in that order."""

    def index_put_(self, indices: Sequence[Tensor], values: Tensor | Number, accumulate: _bool = False) -> Self:
        """In-place form of `index_put`: writes the result into its first argument and returns it."""

    def nonzero(self, *, as_tuple: _bool = False) -> Any:
        """The indices of all elements that are not 0 (or not False), in row-major order: int64 of shape (number of such elements, rank), or with `as_tuple` a vector for each dimension, by which a tensor can be indexed. Runs what was recorded and looks at the values."""

    def sum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Sum over `dim` (all dimensions when left out). Integers and booleans add up in int64; float16 and bfloat16 are accumulated in float32. With `dtype` the elements and the sum are of that dtype."""

    def prod(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Product over `dim` (all dimensions when left out), 1 over no element. Integers and booleans multiply in int64; float16 and bfloat16 are multiplied in float32. The derivative is right where elements are 0."""

    def amax(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Largest element over `dim`; NaN if there is one. Equal elements share the gradient evenly."""

    def amin(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Smallest element over `dim`; NaN if there is one. Equal elements share the gradient evenly."""

    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether any element over `dim` is true (or not 0)."""

    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """Whether every element over `dim` is true (or not 0)."""

    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The int64 index of the largest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is larger than everything."""

    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The int64 index of the smallest element along `dim`, or within all elements in row-major order. The first of equal elements counts; NaN is smaller than everything."""

    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Sums of the elements up to and including each place along `dim`, added in order. Integers and booleans add up in int64. Sums of floats are carried in about twice their digits, so that long lines lose nothing."""

    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Self:
        """In-place form of `cumsum`: writes the result into its first argument and returns it."""

    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> tuple[Tensor, Tensor]:
        """The elements in ascending (or descending) order along `dim`, and the int64 places where they came from. Equal elements keep their order whatever `stable` says; NaN counts as larger than everything. The gradient goes back to those places."""

    def matmul(self, other: Tensor) -> Tensor:
        """Matrix product over the last two dimensions; leading dimensions broadcast. A 1-D operand is a row on the left, a column on the right, and its dimension is dropped. float16 and bfloat16 accumulate in float32."""

    def softmax(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """`exp(x_i) / sum_j exp(x_j)` along `dim`: positive numbers with sum 1, of the input's shape. Computed as `exp(x_i - m) / sum_j exp(x_j - m)` with m the largest element (Goodfellow et al., Deep Learning, 2016, section 4.1), so nothing overflows; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error."""

    def log_softmax(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """`x_i - log sum_j exp(x_j)` along `dim`, the logarithm of `softmax` without its underflow. Computed as `(x_i - m) - log sum_j exp(x_j - m)` with m the largest element; a row whose elements are all -inf gives NaN. float16 and bfloat16 are computed in float32. With `dtype` the input is converted first. Integers without `dtype` raise an error."""

    def clamp(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Elements limited to the range from `min` to `max`, either of which may be left out. NaN stays NaN, and a bound of NaN gives NaN."""

    def clamp_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """In-place form of `clamp`: writes the result into its first argument and returns it."""

    def frac(self) -> Tensor:
        """The part behind the point, `x - trunc(x)`, with the sign of x."""

    def frac_(self) -> Self:
        """In-place form of `frac`: writes the result into its first argument and returns it."""

    def positive(self) -> Tensor:
        """`+x`: the tensor itself."""

    def sgn(self) -> Tensor:
        """As `sign`."""

    def sgn_(self) -> Self:
        """In-place form of `sgn`: writes the result into its first argument and returns it."""

    def deg2rad(self) -> Tensor:
        """Degrees as radians, `x * pi / 180`."""

    def deg2rad_(self) -> Self:
        """In-place form of `deg2rad`: writes the result into its first argument and returns it."""

    def rad2deg(self) -> Tensor:
        """Radians as degrees, `x * 180 / pi`."""

    def rad2deg_(self) -> Self:
        """In-place form of `rad2deg`: writes the result into its first argument and returns it."""

    def sinc(self) -> Tensor:
        """`sin(pi x) / (pi x)`, and 1 at 0."""

    def sinc_(self) -> Self:
        """In-place form of `sinc`: writes the result into its first argument and returns it."""

    def logit(self, eps: _float | None = None) -> Tensor:
        """`log(x / (1 - x))`, the inverse of `sigmoid`; with `eps` of x limited to [eps, 1 - eps]. NaN outside [0, 1]."""

    def logit_(self, eps: _float | None = None) -> Self:
        """In-place form of `logit`: writes the result into its first argument and returns it."""

    def xlogy(self, other: Tensor | Number) -> Tensor:
        """`x log(y)`, and 0 where x is 0 and y is no NaN."""

    def xlogy_(self, other: Tensor | Number) -> Self:
        """In-place form of `xlogy`: writes the result into its first argument and returns it."""

    def lerp(self, end: Tensor, weight: Tensor | _float) -> Tensor:
        """`input + weight * (end - input)`, computed from the nearer end."""

    def lerp_(self, end: Tensor, weight: Tensor | _float) -> Self:
        """In-place form of `lerp`: writes the result into its first argument and returns it."""

    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """`input + value * tensor1 * tensor2`."""

    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Self:
        """In-place form of `addcmul`: writes the result into its first argument and returns it."""

    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """`input + value * tensor1 / tensor2`."""

    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Self:
        """In-place form of `addcdiv`: writes the result into its first argument and returns it."""

    def heaviside(self, values: Tensor) -> Tensor:
        """0 below 0, 1 above, and `values` at 0. Both have one dtype."""

    def heaviside_(self, values: Tensor) -> Self:
        """In-place form of `heaviside`: writes the result into its first argument and returns it."""

    def nan_to_num(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
        """NaN replaced by `nan`, infinities by `posinf` and `neginf`, or the largest and smallest finite number."""

    def nan_to_num_(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Self:
        """In-place form of `nan_to_num`: writes the result into its first argument and returns it."""

    def isinf(self) -> Tensor:
        """Whether an element is infinite."""

    def isfinite(self) -> Tensor:
        """Whether an element is neither infinite nor NaN."""

    def isposinf(self) -> Tensor:
        """Whether an element is plus infinity."""

    def isneginf(self) -> Tensor:
        """Whether an element is minus infinity."""

    def isclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Whether `|x - y| <= atol + rtol * |y|`, or both are equal (NaN too with `equal_nan`)."""

    def clamp_min(self, min: Tensor | Number) -> Tensor:
        """Elements of at least `min`."""

    def clamp_min_(self, min: Tensor | Number) -> Self:
        """In-place form of `clamp_min`: writes the result into its first argument and returns it."""

    def clamp_max(self, max: Tensor | Number) -> Tensor:
        """Elements of at most `max`."""

    def clamp_max_(self, max: Tensor | Number) -> Self:
        """In-place form of `clamp_max`: writes the result into its first argument and returns it."""

    def clip(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """As `clamp`."""

    def clip_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """In-place form of `clip`: writes the result into its first argument and returns it."""

    def igamma(self, other: Tensor) -> Tensor:
        """The regularised lower incomplete gamma function `P(a, x)`: the integral of `t^(a-1) e^-t / gamma(a)` from 0 to x, with a in `input` and x in `other`. NaN where either is negative. It has one derivative by a, and any by x."""

    def igamma_(self, other: Tensor) -> Self:
        """In-place form of `igamma`: writes the result into its first argument and returns it."""

    def igammac(self, other: Tensor) -> Tensor:
        """The regularised upper incomplete gamma function `1 - igamma(input, other)`, exact also where that is nearly 1."""

    def igammac_(self, other: Tensor) -> Self:
        """In-place form of `igammac`: writes the result into its first argument and returns it."""

    def nextafter(self, other: Tensor) -> Tensor:
        """The next float after each element of `input` on the way to `other`. Both are float32 or float64."""

    def nextafter_(self, other: Tensor) -> Self:
        """In-place form of `nextafter`: writes the result into its first argument and returns it."""

    def frexp(self) -> tuple[Tensor, Tensor]:
        """Mantissa and exponent: `input = mantissa * 2**exponent` with `1/2 <= |mantissa| < 1`; the exponent is int32. Zeros, infinities and NaN are their own mantissa, with exponent 0."""

    def ldexp(self, other: Tensor) -> Tensor:
        """`input * 2**other`; integers become float32."""

    def ldexp_(self, other: Tensor) -> Self:
        """In-place form of `ldexp`: writes the result into its first argument and returns it."""

    def float_power(self, exponent: Tensor | Number) -> Tensor:
        """Power `input ** exponent`, computed in float64; on a GPU, which has none, in float32."""

    def uniform_(self, low: _float = 0.0, high: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fills a floating tensor, in place, with uniform random numbers from `low` to `high`, computed as `low + u * (high - low)` with u in [0, 1)."""

    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fills a floating tensor, in place, with random numbers from the normal distribution with that mean and standard deviation."""

    def combinations(self, r: _int = 2, with_replacement: _bool = False) -> Tensor:
        """All choices of `r` elements of a vector in their order, as rows; with `with_replacement` an element may be chosen more than once."""

    def bernoulli(self, p: _float | None = None, *, generator: Generator | None = None) -> Tensor:
        """1 with the probability that `input` holds (or with probability `p` for all elements), else 0, in its dtype. The result has no gradient."""

    def bernoulli_(self, p: Tensor | _float = 0.5, *, generator: Generator | None = None) -> Self:
        """Fills a tensor, in place, with 1 (with probability `p`, a number or a tensor that broadcasts) and 0."""

    def multinomial(self, num_samples: _int, replacement: _bool = False, *, generator: Generator | None = None) -> Tensor:
        """`num_samples` places for each row of weights (a vector or a matrix, of a floating dtype), drawn with probabilities proportional to the weights; int64. Without `replacement` no place comes twice, and they are in the order in which they were drawn. The weights are looked at."""

    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fills a floating tensor, in place, with numbers from the exponential distribution of rate `lambd`, `-log(1 - u) / lambd` with u uniform in [0, 1)."""

    def random_(self, low: _int | None = None, high: _int | None = None, *, generator: Generator | None = None) -> Self:
        """Fills a tensor, in place, with integers from `low` (0) up to but not including `high`, all equally likely. With one number it is `high`; with none, integers up to the largest that the dtype holds all below exactly."""

    def cauchy_(self, median: _float = 0.0, sigma: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fills a floating tensor, in place, with numbers from the Cauchy distribution, `median + sigma tan(pi (u - 1/2))` with u uniform in [0, 1)."""

    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: Generator | None = None) -> Self:
        """Fills a floating tensor, in place, with numbers whose logarithms are normal with that mean and standard deviation."""

    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Self:
        """Fills a tensor, in place, with the number of trials up to the first success, each with probability `p`: `1 + floor(log(1 - u) / log(1 - p))` with u uniform in [0, 1)."""

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

    def movedim(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """Dimensions moved to other places, the others in order."""

    def split(self, split_size_or_sections: _int | Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of successive parts along `dim`: each of the given size (the last may be smaller), or of the sizes in a list, which must add up to the extent."""

    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of at most `chunks` successive parts along `dim`, all of one size but the last."""

    def tensor_split(self, indices_or_sections: _int | Tensor | Sequence[_int] | None = None, dim: _int = 0, *, sections: _int | None = None, indices: Sequence[_int] | None = None) -> tuple[Tensor, ...]:
        """Views of the parts of dimension `dim`: of as many of nearly one size, or between the given indices.

        Args:
            input: of one dimension or more.
            indices_or_sections: the number of parts, of which the first ones are greater by 1 where it does not
                divide the extent; or where parts begin. A tensor of these is looked at.
            dim: the dimension.
            sections: another name for the number of parts.
            indices: another name for where they begin.

        Raises:
            IndexError: there is no such dimension.
            ValueError: the number of parts is not positive, or not one of the three is given.

        >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), 3)]
        [[0, 1], [2, 3], [4]]
        >>> [t.tolist() for t in ravine.tensor_split(ravine.arange(5), (1, 4))]
        [[0], [1, 2, 3], [4]]
        """

    def hsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """As `tensor_split` along dimension 1, or 0 for vectors; a number of parts must divide the extent."""

    def vsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """As `tensor_split` along dimension 0 of at least two; a number of parts must divide the extent."""

    def dsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """As `tensor_split` along dimension 2; a number of parts must divide the extent."""

    def broadcast_to(self, size: _int | Sequence[_int]) -> Tensor:
        """As `expand`."""

    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """As `transpose`."""

    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """As `transpose`."""

    def moveaxis(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """As `movedim`."""

    def unflatten(self, dim: _int, sizes: Sequence[_int]) -> Tensor:
        """Dimension `dim` taken apart into `sizes`, one of which may be -1."""

    def argwhere(self) -> Tensor:
        """As `nonzero`."""

    def repeat(self, *repeats: _int | Sequence[_int]) -> Tensor:
        """The tensor laid out `repeats[d]` times along each dimension; surplus counts make new dimensions in front."""

    def tile(self, *dims: _int | Sequence[_int]) -> Tensor:
        """As `repeat`, but missing counts in front are 1 (as in NumPy)."""

    def repeat_interleave(self, repeats: _int | Tensor | None = None, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor:
        """Each element, or each index of dimension `dim`, as often as `repeats` says, one after the other.

        Args:
            input: any shape; flattened without `dim`. Alone, it is the repeats, and its places are repeated.
            repeats: a number for all, or a vector with one for each.
            dim: the dimension.
            output_size: the extent of the result, so that repeats need not be looked at.

        Raises:
            DTypeError: repeats are no integers.
            ShapeError: there is not one number for each index.

        >>> ravine.repeat_interleave(ravine.tensor([7, 8]), 2)
        tensor([7, 7, 8, 8])
        >>> ravine.repeat_interleave(ravine.tensor([1, 2]))
        tensor([0, 1, 1])
        """

    def roll(self, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] | None = None) -> Tensor:
        """Elements moved on by `shifts` places along `dims`; those that leave at the end come in at the front. Without `dims` the flattened tensor is rolled."""

    def rot90(self, k: _int = 1, dims: Sequence[_int] = (0, 1)) -> Tensor:
        """Turned by `k` quarter turns in the plane of two dimensions, from the first towards the second."""

    def fliplr(self) -> Tensor:
        """The order of the columns (dimension 1) reversed."""

    def flipud(self) -> Tensor:
        """The order of the rows (dimension 0) reversed."""

    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A view of the diagonal of the matrices that `dim1` and `dim2` span, as a new last dimension. A positive `offset` lies above the main diagonal, a negative one below."""

    def diag(self, diagonal: _int = 0) -> Tensor:
        """The diagonal of a matrix, or the matrix with a vector on its diagonal and 0 elsewhere."""

    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices with the last dimension of `input` on a diagonal and 0 elsewhere; `dim1` and `dim2` say which dimensions of the result they span."""

    def diagflat(self, offset: _int = 0) -> Tensor:
        """The matrix with all elements of `input`, in row-major order, on a diagonal."""

    def trace(self) -> Tensor:
        """Sum of the elements on the diagonal of a matrix."""

    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j <= i + diagonal`."""

    def tril_(self, diagonal: _int = 0) -> Self:
        """In-place form of `tril`: writes the result into its first argument and returns it."""

    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of the last two dimensions, 0 elsewhere: element (i, j) is kept where `j >= i + diagonal`."""

    def triu_(self, diagonal: _int = 0) -> Self:
        """In-place form of `triu`: writes the result into its first argument and returns it."""

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The slices of `input` at the places along `dim` that `index` names (int64 or int32, one dimension): the extent of `dim` becomes the length of `index`. Indices below 0 or from the extent on raise."""

    def take(self, index: Tensor) -> Tensor:
        """Elements of the flattened tensor at the places in `index` (int64 or int32), in its shape. Negative indices count from the end."""

    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """As `gather`, but `input` and `indices` broadcast in the other dimensions; without `dim` both are flattened. Negative indices count from the end. What `argsort` and `argmax(keepdim=True)` give fits."""

    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements where `mask`, a bool tensor, is true, in row-major order and one dimension; both broadcast. The mask is looked at."""

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """`input` with the elements where `mask` is true replaced by those of `source`, in row-major order; the mask broadcasts. Raises if `source` has too few."""

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Self:
        """In-place form of `masked_scatter`: writes the result into its first argument and returns it."""

    def scatter(self, dim: _int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor:
        """`input` with elements of `src` (or one number) written at the places along `dim` that `index` names: for `dim=0` in two dimensions, `out[index[i][j]][j] = src[i][j]`. `index` (int64 or int32) has the rank of `input` and is no larger than `src`, nor than `input` in the other dimensions. Of several for one place the last in row-major order stays. `reduce="add"` adds and `reduce="multiply"` multiplies instead."""

    def scatter_(self, dim: _int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Self:
        """In-place form of `scatter`: writes the result into its first argument and returns it."""

    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """`input` with the elements of `src` that `index` sends to one place along `dim` (as in `scatter_add`) combined there: `reduce` is "sum", "prod", "mean", "amax" or "amin". The old element counts as one of them if `include_self`. Equal extremes share the gradient."""

    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True) -> Self:
        """In-place form of `scatter_reduce`: writes the result into its first argument and returns it."""

    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Tensor:
        """`input` with the slices of `source` along `dim` combined at the places in `index` (int64 or int32, one dimension): `reduce` is "prod", "mean", "amax" or "amin". The old element counts as one of them if `include_self`. Equal extremes share the gradient."""

    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True) -> Self:
        """In-place form of `index_reduce`: writes the result into its first argument and returns it."""

    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
        """`input` with `alpha` times the slices of `source` along `dim` added at the places in `index` (int64 or int32, one dimension), in order."""

    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Self:
        """In-place form of `index_add`: writes the result into its first argument and returns it."""

    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """`input` with its slices along `dim` at the places in `index` replaced by those of `source`; of several for one place the last stays."""

    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Self:
        """In-place form of `index_copy`: writes the result into its first argument and returns it."""

    def index_fill(self, dim: _int, index: Tensor, value: Tensor | Number) -> Tensor:
        """`input` with one number in all slices along `dim` that `index` names."""

    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | Number) -> Self:
        """In-place form of `index_fill`: writes the result into its first argument and returns it."""

    def mean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """Arithmetic mean over `dim`; NaN over no element."""

    def var(self, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: Number | None = None) -> Tensor:
        """Variance over `dim`: the squared distances to the mean, summed and divided by `n - correction` (1, the default, gives the unbiased estimate; `unbiased=False` is an older name for 0)."""

    def std(self, dim: _int | Sequence[_int] | None = None, unbiased: _bool | None = None, keepdim: _bool = False, *, correction: Number | None = None) -> Tensor:
        """Standard deviation over `dim`: the square root of `var`."""

    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool = False) -> Tensor:
        """`log(sum(exp(x)))` over `dim`, computed without overflow as `m + log(sum(exp(x - m)))` with m the maximum; minus infinity over no element."""

    def max(self, dim: _int | Tensor | None = None, keepdim: _bool = False, *, other: Tensor | None = None) -> Any:
        """Without `dim` the largest of all elements, as `amax`. With `dim` the largest elements along it and their int64 indices, as `argmax`; the gradient goes to those elements alone. With a second tensor the larger of two elements, as `maximum`."""

    def min(self, dim: _int | Tensor | None = None, keepdim: _bool = False, *, other: Tensor | None = None) -> Any:
        """Without `dim` the smallest of all elements, as `amin`. With `dim` the smallest elements along it and their int64 indices, as `argmin`; the gradient goes to those elements alone. With a second tensor the smaller of two elements, as `minimum`."""

    def cumprod(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """Products of the elements up to and including each place along `dim`, multiplied in order. Integers and booleans multiply in int64, float32 and narrower floats in float64."""

    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Self:
        """In-place form of `cumprod`: writes the result into its first argument and returns it."""

    def cummax(self, dim: _int) -> tuple[Tensor, Tensor]:
        """The largest of the elements up to and including each place along `dim`, and its int64 place (the last of equal ones). From a NaN on all is NaN."""

    def cummin(self, dim: _int) -> tuple[Tensor, Tensor]:
        """The smallest of the elements up to and including each place along `dim`, and its int64 place (the last of equal ones). From a NaN on all is NaN."""

    def logcumsumexp(self, dim: _int) -> Tensor:
        """`log(cumsum(exp(x)))` along `dim`, computed without overflow from the running maxima. Floats only."""

    def logcumsumexp_(self, dim: _int) -> Self:
        """In-place form of `logcumsumexp`: writes the result into its first argument and returns it."""

    def norm(self, p: _float | str | None = 'fro', dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, dtype: Any = None) -> Tensor:
        """The vector norm ``(sum |x|^p)^(1/p)`` over `dim`, or over all dimensions; "fro" is p = 2.

        "nuc" is the sum of the singular values of the matrices in the two dimensions that `dim` names, or that
        there are. Infinity gives the largest magnitude, minus infinity the smallest, 0 the number of elements
        that are not 0. The derivative of the 2-norm at 0 is 0.

        >>> ravine.norm(ravine.tensor([3.0, 4.0]))
        tensor(5.)
        """

    def nansum(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """`sum` over the elements that are not NaN."""

    def nanmean(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """`mean` over the elements that are not NaN."""

    def count_nonzero(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """How many elements over `dim` are not 0, as int64."""

    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> tuple[Tensor, Tensor]:
        """`amin` and `amax` over `dim`, or over all elements."""

    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each integer from 0 to the largest occurs in a vector, as int64; with `weights` their sums. At least `minlength` of them. The largest is looked at."""

    def histc(self, bins: _int = 100, min: _float = 0.0, max: _float = 0.0) -> Tensor:
        """How many elements lie in each of `bins` equal intervals from `min` to `max` (the extremes of the elements when both are 0). Elements outside are left out; `max` belongs to the last interval."""

    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """Covariances of the rows (variables) over the columns (observations), divided by `n - correction`. `fweights` (integers) says how often each observation counts, `aweights` how much: with their product w, and s the sum of w, the divisor is `s - correction * sum(w aweights) / s`."""

    def corrcoef(self) -> Tensor:
        """Pearson's correlations of the rows (variables) over the columns (observations)."""

    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> Tensor:
        """The int64 indices that sort `input` along `dim`: the second result of `sort`."""

    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> tuple[Tensor, Tensor]:
        """The `k` largest (or smallest) elements along `dim`, best first, and their int64 places; the first of equal elements counts, NaN is larger than everything. The result is in order whatever `sorted` says."""

    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> tuple[Tensor, Tensor]:
        """The `k`-th smallest element along `dim`, counted from 1, and its int64 place."""

    def msort(self) -> Tensor:
        """Sorted along the first dimension."""

    def median(self, dim: _int | None = None, keepdim: _bool = False) -> Any:
        """The element in the middle of the sorted ones, the lower of two; NaN if there is one. With `dim` along that dimension, with its int64 place."""

    def quantile(self, q: Tensor | _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = "linear") -> Tensor:
        """The value below which the part `q` (from 0 to 1, or a vector of such) of the elements lies, along `dim` or over all. Between two elements it is "linear"ly interpolated, or the "lower", the "higher", the "nearest" or the "midpoint". NaN if there is one."""

    def unique(self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The distinct elements in ascending order, whatever `sorted` says; with `return_inverse` also where each element of `input` is among them, with `return_counts` also how often each occurs. With `dim` it is the slices along that dimension that are told apart, in lexicographic order. The values are looked at."""

    def unique_consecutive(self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None) -> Any:
        """The first element of every run of equal ones, of the flattened tensor, or of its slices along `dim`; further results as of `unique`."""

    def mm(self, mat2: Tensor) -> Tensor:
        """Product of two matrices; nothing broadcasts."""

    def bmm(self, mat2: Tensor) -> Tensor:
        """Products of matrices pair by pair: (b, n, k) by (b, k, m) gives (b, n, m). Nothing broadcasts."""

    def mv(self, vec: Tensor) -> Tensor:
        """Product of a matrix and a vector."""

    def dot(self, tensor: Tensor) -> Tensor:
        """Sum of the products of two vectors' elements."""

    def vdot(self, other: Tensor) -> Tensor:
        """As `dot`: real numbers are their own conjugates."""

    def inner(self, other: Tensor) -> Tensor:
        """Products of the last dimensions, of every line of one with every line of the other; with a scalar its multiple."""

    def outer(self, vec2: Tensor) -> Tensor:
        """The product of each element of one vector with each of the other, as a matrix."""

    def kron(self, other: Tensor) -> Tensor:
        """Kronecker's product: each element of `input` replaced by its multiple of `other`."""

    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """Cross product of vectors of three components along `dim` (the first dimension of extent 3 when left out)."""

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * input + alpha * (mat1 @ mat2)`; `input` broadcasts."""

    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """In-place form of `addmm`: writes the result into its first argument and returns it."""

    def addmv(self, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * input + alpha * (mat @ vec)`; `input` broadcasts."""

    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """In-place form of `addmv`: writes the result into its first argument and returns it."""

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * input + alpha * bmm(batch1, batch2)`; `input` broadcasts."""

    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """In-place form of `baddbmm`: writes the result into its first argument and returns it."""

    def geqrf(self) -> tuple[Tensor, Tensor]:
        """The QR decomposition in LAPACK's compact form: R on and above the diagonal, below it the vectors of the reflections without their leading ones, and the factors tau. See `ravine.linalg.householder_product`."""

    def absolute(self) -> Tensor:
        """As `abs`."""

    def absolute_(self) -> Self:
        """In-place form of `abs`: writes the result into its first argument and returns it."""

    def arccos(self) -> Tensor:
        """As `acos`."""

    def arccos_(self) -> Self:
        """In-place form of `acos`: writes the result into its first argument and returns it."""

    def arccosh(self) -> Tensor:
        """As `acosh`."""

    def arccosh_(self) -> Self:
        """In-place form of `acosh`: writes the result into its first argument and returns it."""

    def arcsin(self) -> Tensor:
        """As `asin`."""

    def arcsin_(self) -> Self:
        """In-place form of `asin`: writes the result into its first argument and returns it."""

    def arcsinh(self) -> Tensor:
        """As `asinh`."""

    def arcsinh_(self) -> Self:
        """In-place form of `asinh`: writes the result into its first argument and returns it."""

    def arctan(self) -> Tensor:
        """As `atan`."""

    def arctan_(self) -> Self:
        """In-place form of `atan`: writes the result into its first argument and returns it."""

    def arctan2(self, other: Tensor | Number) -> Tensor:
        """As `atan2`."""

    def arctan2_(self, other: Tensor | Number) -> Self:
        """In-place form of `atan2`: writes the result into its first argument and returns it."""

    def arctanh(self) -> Tensor:
        """As `atanh`."""

    def arctanh_(self) -> Self:
        """In-place form of `atanh`: writes the result into its first argument and returns it."""

    def divide(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
        """As `div`."""

    def divide_(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Self:
        """In-place form of `div`: writes the result into its first argument and returns it."""

    def fix(self) -> Tensor:
        """As `trunc`."""

    def fix_(self) -> Self:
        """In-place form of `trunc`: writes the result into its first argument and returns it."""

    def ger(self, vec2: Tensor) -> Tensor:
        """As `outer`."""

    def greater(self, other: Tensor | Number) -> Tensor:
        """As `gt`."""

    def greater_(self, other: Tensor | Number) -> Self:
        """In-place form of `gt`: writes the result into its first argument and returns it."""

    def greater_equal(self, other: Tensor | Number) -> Tensor:
        """As `ge`."""

    def greater_equal_(self, other: Tensor | Number) -> Self:
        """In-place form of `ge`: writes the result into its first argument and returns it."""

    def less(self, other: Tensor | Number) -> Tensor:
        """As `lt`."""

    def less_(self, other: Tensor | Number) -> Self:
        """In-place form of `lt`: writes the result into its first argument and returns it."""

    def less_equal(self, other: Tensor | Number) -> Tensor:
        """As `le`."""

    def less_equal_(self, other: Tensor | Number) -> Self:
        """In-place form of `le`: writes the result into its first argument and returns it."""

    def multiply(self, other: Tensor | Number) -> Tensor:
        """As `mul`."""

    def multiply_(self, other: Tensor | Number) -> Self:
        """In-place form of `mul`: writes the result into its first argument and returns it."""

    def negative(self) -> Tensor:
        """As `neg`."""

    def negative_(self) -> Self:
        """In-place form of `neg`: writes the result into its first argument and returns it."""

    def not_equal(self, other: Tensor | Number) -> Tensor:
        """As `ne`."""

    def not_equal_(self, other: Tensor | Number) -> Self:
        """In-place form of `ne`: writes the result into its first argument and returns it."""

    def subtract(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """As `sub`."""

    def subtract_(self, other: Tensor | Number, *, alpha: Number = 1) -> Self:
        """In-place form of `sub`: writes the result into its first argument and returns it."""

    def true_divide(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
        """As `div`."""

    def true_divide_(self, other: Tensor | Number, *, rounding_mode: str | None = None) -> Self:
        """In-place form of `div`: writes the result into its first argument and returns it."""

    def get_device(self) -> _int:
        """The number of the GPU that a tensor is on, or -1 elsewhere.

        >>> ravine.get_device(ravine.ones(2))
        -1
        """

    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating one.

        >>> ravine.is_floating_point(ravine.ones(2))
        True
        """

    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """Whether `isclose` holds for all elements. It looks at the values.

        >>> ravine.allclose(ravine.tensor([1.0]), ravine.tensor([1.0 + 1e-6]))
        True
        """

    def equal(self, other: Tensor) -> _bool:
        """Whether two tensors have one shape and equal elements. It looks at the values.

        >>> ravine.equal(ravine.tensor([1, 2]), ravine.tensor([1, 2]))
        True
        """

    def type(self, dtype: Any = None, non_blocking: _bool = False, **kwargs: Any) -> Any:
        """The name of the tensor's kind; or, given a dtype or such a name, the tensor as that.

        >>> ravine.ones(2).type(), ravine.ones(2).type("torch.LongTensor")
        ('torch.FloatTensor', tensor([1, 1]))
        """

    def cuda(self, device: DeviceLike | None = None, non_blocking: _bool = False, memory_format: object = None) -> Tensor:
        """The tensor on a GPU, of whatever make."""

    def cpu(self, memory_format: object = None) -> Tensor:
        """The tensor on the CPU."""

    def view(self, *shape: Any) -> Tensor:
        """As `reshape`; or, given a dtype of the same size, not supported.

        >>> ravine.arange(4).view(2, 2)
        tensor([[0, 1],
                [2, 3]])
        """

    def view_as(self, other: Tensor) -> Tensor:
        """Reshaped like `other`."""

    def reshape_as(self, other: Tensor) -> Tensor:
        """Reshaped like `other`."""

    def expand_as(self, other: Tensor) -> Tensor:
        """Expanded like `other`."""

    def t(self) -> Tensor:
        """The transpose of a matrix; vectors and scalars stay as they are.

        Raises:
            ShapeError: the tensor has more than two dimensions.

        >>> ravine.t(ravine.tensor([[1, 2]]))
        tensor([[1],
                [2]])
        """

    def narrow(self, dim: _int, start: _int | Tensor, length: _int) -> Tensor:
        """A view of `length` indices of dimension `dim`, from `start` on; a negative one counts from the end.

        Raises:
            IndexError: there is no such dimension, or the indices are not all in it.

        >>> ravine.narrow(ravine.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
        """

    def select(self, dim: _int, index: _int) -> Tensor:
        """A view of one index of dimension `dim`, which is dropped.

        Raises:
            IndexError: there is no such dimension, or no such index in it.

        >>> ravine.select(ravine.tensor([[1, 2], [3, 4]]), 1, 0)
        tensor([1, 3])
        """

    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """A view for each index of dimension `dim`, without that dimension.

        Raises:
            IndexError: there is no such dimension.

        >>> ravine.unbind(ravine.tensor([[1, 2], [3, 4]]))
        (tensor([1, 2]), tensor([3, 4]))
        """

    def fill_(self, value: _float | Tensor) -> Self:
        """Writes one number everywhere, and returns the tensor.

        >>> ravine.fill_(ravine.zeros(2), 3)
        tensor([3., 3.])
        """

    def zero_(self) -> Self:
        """Writes 0 everywhere, and returns the tensor.

        >>> ravine.zero_(ravine.ones(2))
        tensor([0., 0.])
        """

    def masked_fill(self, mask: Tensor, value: _float | Tensor) -> Tensor:
        """`value` where the mask is true, else the element; both shapes broadcast.

        >>> ravine.masked_fill(ravine.ones(2), ravine.tensor([True, False]), 0)
        tensor([0., 1.])
        """

    def masked_fill_(self, mask: Tensor, value: _float | Tensor) -> Self:
        """In-place form of `masked_fill`: writes the result into its first argument and returns it."""

    def where(self, condition: Tensor, other: Tensor | _float) -> Tensor:
        """The element where the condition is true, else that of `other`.

        >>> ravine.tensor([1, 2]).where(ravine.tensor([True, False]), 0)
        tensor([1, 0])
        """

    def prelu(self, weight: Tensor) -> Tensor:
        """``x`` above 0, ``weight x`` elsewhere; see :class:`ravine.nn.PReLU`.

        Args:
            input: (N, C, ...), or any shape if there is one weight.
            weight: (C,) or a single number as a tensor.

        Raises:
            ShapeError: the number of weights is neither 1 nor C.

        >>> ravine.prelu(ravine.tensor([[-1.0, -1.0]]), ravine.tensor([0.25, 0.5]))
        tensor([[-0.2500, -0.5000]])
        """

    def new_zeros(self, *size: Any, dtype: _dtype | None = None, device: DeviceLike | None = None, requires_grad: _bool = False) -> Tensor:
        """Zeros, of this dtype and on this device unless told otherwise."""

    def new_ones(self, *size: Any, dtype: _dtype | None = None, device: DeviceLike | None = None, requires_grad: _bool = False) -> Tensor:
        """Ones, of this dtype and on this device unless told otherwise."""

    def new_empty(self, *size: Any, dtype: _dtype | None = None, device: DeviceLike | None = None, requires_grad: _bool = False) -> Tensor:
        """Zeros to be filled, of this dtype and on this device unless told otherwise."""

    def new_full(self, size: Sequence[_int], fill_value: _float, *, dtype: _dtype | None = None, device: DeviceLike | None = None, requires_grad: _bool = False) -> Tensor:
        """One number everywhere, of this dtype and on this device unless told otherwise."""

    def new_tensor(self, data: Any, *, dtype: _dtype | None = None, device: DeviceLike | None = None, requires_grad: _bool = False) -> Tensor:
        """A tensor from data, of this dtype and on this device unless told otherwise."""

    def cholesky(self, upper: _bool = False) -> Tensor:
        """The Cholesky factor of symmetric positive-definite matrices; see `ravine.linalg.cholesky`.

        >>> ravine.cholesky(ravine.tensor([[4.0, 2.0], [2.0, 5.0]]))
        tensor([[2., 0.],
                [1., 2.]])
        """

    def cholesky_solve(self, input2: Tensor, upper: _bool = False) -> Tensor:
        """X with ``A X = input`` from the Cholesky factor `input2` of A; leading dimensions broadcast.

        >>> ravine.cholesky_solve(ravine.tensor([[4.0]]), ravine.tensor([[2.0]]))
        tensor([[1.]])
        """

    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of A from its Cholesky factor.

        >>> ravine.cholesky_inverse(ravine.tensor([[2.0]]))
        tensor([[0.2500]])
        """

    def triangular_solve(self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False) -> tuple[Tensor, Tensor]:
        """X with ``A X = input`` for triangular A, and A; see `ravine.linalg.solve_triangular`.

        >>> ravine.triangular_solve(ravine.tensor([[4.0]]), ravine.tensor([[2.0]])).solution
        tensor([[2.]])
        """

    def qr(self, some: _bool = True) -> tuple[Tensor, Tensor]:
        """`ravine.linalg.qr`, reduced or, where `some` is False, complete.

        >>> Q, R = ravine.qr(ravine.tensor([[3.0], [4.0]]))
        >>> R
        tensor([[-5.]])
        """

    def svd(self, some: _bool = True, compute_uv: _bool = True) -> tuple[Tensor, Tensor, Tensor]:
        """``input = U diag(S) V^T``; see `ravine.linalg.svd`, which returns the transpose of V.

        With `some` U and V have as many columns as there are singular values, else they are square. Without
        `compute_uv` they are square, and zero.

        >>> U, S, V = ravine.svd(ravine.tensor([[0.0, 2.0], [1.0, 0.0]]))
        >>> S
        tensor([2., 1.])
        """

    def inverse(self) -> Tensor:
        """The inverse of square matrices; see `ravine.linalg.inv`.

        >>> ravine.inverse(ravine.tensor([[2.0]]))
        tensor([[0.5000]])
        """

    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The pseudoinverse; see `ravine.linalg.pinv`.

        >>> ravine.pinverse(ravine.tensor([[2.0], [0.0]]))
        tensor([[0.5000, 0.0000]])
        """

    def det(self) -> Tensor:
        """The determinant of square matrices; see `ravine.linalg.det`.

        >>> ravine.det(ravine.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor(-2.)
        """

    def slogdet(self) -> tuple[Tensor, Tensor]:
        """Sign and logarithm of the magnitude of the determinant; see `ravine.linalg.slogdet`.

        >>> ravine.slogdet(ravine.eye(2) * -3).logabsdet
        tensor(2.1972)
        """

    def logdet(self) -> Tensor:
        """The natural logarithm of the determinant: minus infinity where that is 0, NaN where it is negative.

        >>> ravine.logdet(ravine.eye(2) * 3)
        tensor(2.1972)
        """

    def matrix_exp(self) -> Tensor:
        """The exponential of square matrices; see `ravine.linalg.matrix_exp`.

        >>> ravine.matrix_exp(ravine.zeros(2, 2))
        tensor([[1., 0.],
                [0., 1.]])
        """

    def matrix_power(self, n: _int) -> Tensor:
        """Powers of square matrices; see `ravine.linalg.matrix_power`.

        >>> ravine.matrix_power(ravine.tensor([[1, 1], [0, 1]]), 3)
        tensor([[1, 3],
                [0, 1]])
        """

    def lu(self, pivot: _bool = True, get_infos: _bool = False) -> tuple[Tensor, ...]:
        """`ravine.linalg.lu_factor`; with `get_infos` what `ravine.linalg.lu_factor_ex` returns.

        >>> LU, pivots = ravine.lu(ravine.tensor([[2.0]]))
        >>> LU
        tensor([[2.]])
        """

    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """X with ``A X = input`` from the LU decomposition of A; see `ravine.linalg.lu_solve`.

        >>> ravine.lu_solve(ravine.tensor([[4.0]]), *ravine.lu(ravine.tensor([[2.0]])))
        tensor([[2.]])
        """

    def orgqr(self, input2: Tensor) -> Tensor:
        """The columns of Q from `ravine.geqrf`'s results; see `ravine.linalg.householder_product`.

        >>> ravine.orgqr(*ravine.geqrf(ravine.tensor([[3.0], [4.0]])))
        tensor([[-0.6000],
                [-0.8000]])
        """

    def ormqr(self, input2: Tensor, input3: Tensor, left: _bool = True, transpose: _bool = False) -> Tensor:
        """``Q input3``, or ``input3 Q`` where `left` is False, for the square Q of `ravine.geqrf`'s results.

        With `transpose` Q is transposed.

        Raises:
            ShapeError: the rows (or columns) of `input3` are not as many as those of `input`.

        >>> ravine.ormqr(*ravine.geqrf(ravine.tensor([[3.0], [4.0]])), ravine.tensor([[1.0], [0.0]]))
        tensor([[-0.6000],
                [-0.8000]])
        """

    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged, as `mH`; a scalar stays as it is.

        >>> ravine.adjoint(ravine.tensor([[1, 2]]))
        tensor([[1],
                [2]])
        """

    def ndimension(self) -> _int:
        """The number of dimensions, as `dim()`."""

    def type_as(self, other: Tensor) -> Tensor:
        """Converted to the dtype, and moved to the device, of another tensor.

        >>> ravine.ones(2).type_as(ravine.arange(2))
        tensor([1, 1])
        """

    def new(self, *args: Any, device: DeviceLike | None = None) -> Tensor:
        """A tensor of this dtype and on this device: zeros of a shape, or a copy of a list, array or tensor.

        >>> ravine.ones(1).new(2, 3).shape, ravine.ones(1).new([4, 5])
        ((2, 3), tensor([4., 5.]))
        """

    def is_inference(self) -> _bool:
        """False: values computed in `inference_mode` may be used anywhere later."""

    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers.

        >>> ravine.is_signed(ravine.ones(2)), ravine.is_signed(ravine.ones(2, dtype=ravine.uint8))
        (True, False)
        """

    def is_nonzero(self) -> _bool:
        """Whether the one element is not 0. It looks at the value.

        Raises:
            ValueError: the tensor has another number of elements.

        >>> ravine.is_nonzero(ravine.tensor([0.5]))
        True
        """

    def is_same_size(self, other: Tensor) -> _bool:
        """Whether two tensors have one shape.

        >>> ravine.is_same_size(ravine.ones(2, 3), ravine.zeros(2, 3))
        True
        """

    def is_pinned(self, device: DeviceLike | None = None) -> _bool:
        """False: copies to a GPU need no special memory."""

    def is_shared(self) -> _bool:
        """False: processes do not share tensors."""

    def share_memory_(self) -> Self:
        """The tensor itself: data loaders work in threads, which share everything."""

    def record_stream(self, stream: object) -> None:
        """Nothing: memory is free when its last reader has run."""

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        """Calls `hook(tensor)` after a backward pass has added to the tensor's `.grad`.

        Raises:
            GradientError: the tensor is no leaf that requires a gradient.

        >>> x = ravine.tensor(3.0, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
        >>> (x * x).backward()
        tensor(6.)
        >>> handle.remove()
        """

    def apply_(self, callable: Callable[[Any], Any]) -> Self:
        """Replaces each element, as a Python number, by what a function makes of it. It is slow.

        >>> ravine.tensor([1, 2]).apply_(lambda x: x * 10)
        tensor([10, 20])
        """

    def map_(self, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Self:
        """Replaces each element by what a function makes of it and of that of another tensor. It is slow.

        >>> ravine.tensor([1, 2]).map_(ravine.tensor([3, 4]), lambda x, y: x * y)
        tensor([3, 8])
        """

    def map2_(self, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Self:
        """As `map_`, with the elements of two other tensors.

        >>> ravine.tensor([1, 2]).map2_(ravine.tensor([3, 4]), ravine.tensor([5, 6]), lambda a, b, c: a + b * c)
        tensor([16, 26])
        """

    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """``x[i + 1] - x[i]`` along `dim`, `n` times; of booleans, whether the two differ.

        Args:
            input: of one dimension or more.
            n: how often; 0 gives the input.
            dim: the dimension, which loses `n` elements, and none below 0.
            prepend: what stands before the input along `dim`.
            append: what stands after it.

        Raises:
            ShapeError: the input has no dimensions, or what is joined to it does not fit.
            ValueError: n is negative.

        >>> ravine.diff(ravine.tensor([1, 4, 9, 16]))
        tensor([3, 5, 7])
        >>> ravine.diff(ravine.tensor([1, 4, 9]), prepend=ravine.tensor([0]))
        tensor([1, 3, 5])
        """

    def histogram(self, bins: _int | Tensor, *, range: Sequence[_float] | None = None, weight: Tensor | None = None, density: _bool = False) -> tuple[Tensor, Tensor]:
        """How many elements lie between neighbouring edges, the left one included, and the last of all.

        Args:
            input: floats of any shape. Nothing is differentiated.
            bins: the number of intervals of one width, or a vector of the edges in order.
            range: the outer edges for a number of bins; by default the extremes of the input.
            weight: what each element counts, in the input's shape; 1 by default.
            density: divide by the sum and by the widths, so that the integral is 1.

        Returns:
            `hist` and `bin_edges`, in the input's dtype.

        Raises:
            DTypeError: the input is neither float32 nor float64, or edges or weights are of another dtype.
            ShapeError: the weights have another shape, or edges are no vector of two or more.
            ValueError: there is no bin, or the range is not finite and in order.

        >>> hist, bin_edges = ravine.histogram(ravine.tensor([1.0, 2.0, 1.0]), 4, range=(0.0, 3.0))
        >>> hist
        tensor([0., 2., 1., 0.])
        >>> bin_edges
        tensor([0.0000, 0.7500, 1.5000, 2.2500, 3.0000])
        """

    def mvlgamma(self, p: _int) -> Tensor:
        """Logarithm of the multivariate gamma function of dimension `p`.

        ``log(pi) p (p - 1) / 4`` and the sum of ``lgamma(x - k / 2)`` over k from 0 to p - 1. It is defined above
        (p - 1) / 2; below, the sum is that of the logarithms of magnitudes.

        Raises:
            ValueError: `p` is less than 1.

        >>> ravine.mvlgamma(ravine.tensor([2.0, 5.0]), 2)
        tensor([0.4516, 6.2042])
        """

    def mvlgamma_(self, p: _int) -> Self:
        """In-place form of `mvlgamma`: writes the result into its first argument and returns it."""

    def is_complex(self) -> _bool:
        """False: there are no complex dtypes.

        >>> ravine.is_complex(ravine.ones(2))
        False
        """

    def is_conj(self) -> _bool:
        """False: nothing waits to be conjugated.

        >>> ravine.is_conj(ravine.ones(2))
        False
        """

    def is_neg(self) -> _bool:
        """False: nothing waits to be negated.

        >>> ravine.is_neg(ravine.ones(2))
        False
        """

    def isreal(self) -> Tensor:
        """True for each element.

        >>> ravine.isreal(ravine.ones(2))
        tensor([True, True])
        """

    def conj(self) -> Tensor:
        """The tensor itself.

        >>> ravine.conj(ravine.tensor([1.0, -2.0]))
        tensor([ 1., -2.])
        """

    def resolve_conj(self) -> Tensor:
        """The tensor itself.

        >>> ravine.resolve_conj(ravine.tensor([1.0, -2.0]))
        tensor([ 1., -2.])
        """

    def resolve_neg(self) -> Tensor:
        """The tensor itself.

        >>> ravine.resolve_neg(ravine.tensor([1.0, -2.0]))
        tensor([ 1., -2.])
        """

    def conj_physical(self) -> Tensor:
        """The tensor itself.

        >>> ravine.conj_physical(ravine.tensor([1.0, -2.0]))
        tensor([ 1., -2.])
        """

    def conj_physical_(self) -> Self:
        """The tensor itself.

        >>> ravine.tensor([1.0, -2.0]).conj_physical_()
        tensor([ 1., -2.])
        """

    def angle(self) -> Tensor:
        """The angle of each number in the complex plane: pi below 0, else 0; NaN stays. Its derivative is 0.

        >>> ravine.angle(ravine.tensor([-2.0, 0.0, 3.0]))
        tensor([3.1416, 0.0000, 0.0000])
        """

    def float_power_(self, exponent: Tensor | _float) -> Self:
        """In-place form of `float_power`: the tensor has its dtype, float64, or float32 on a GPU.

        Raises:
            DTypeError: the tensor has another dtype.

        >>> ravine.tensor([2.0], dtype=ravine.float64).float_power_(3)
        tensor([8.], dtype=ravine.float64)
        """

    def polygamma(self, n: _int) -> Tensor:
        """Derivative number `n` of `digamma`.

        >>> ravine.tensor([1.0]).polygamma(1)
        tensor([1.6449])
        """

    def polygamma_(self, n: _int) -> Self:
        """In-place form of `polygamma`: writes the result into its first argument and returns it."""

    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """``beta input + alpha vec1 vec2^T``, the outer product of two vectors added to a matrix.

        Args:
            input: what broadcasts to (n, m). With beta = 0 it counts for nothing, not even its NaN.
            vec1: (n,).
            vec2: (m,).
            beta: the factor of the input.
            alpha: the factor of the product.

        Raises:
            DTypeError: a factor is no integer, while all else are integers.
            ShapeError: vec1 or vec2 is no vector, or the input does not broadcast.

        >>> ravine.addr(ravine.ones(2, 2), ravine.tensor([1.0, 2.0]), ravine.tensor([3.0, 4.0]))
        tensor([[4., 5.],
                [7., 9.]])
        """

    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """In-place form of `addr`: writes the result into its first argument and returns it."""

    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """``beta input + alpha sum_b batch1[b] @ batch2[b]``.

        Args:
            input: what broadcasts to (n, m). With beta = 0 it counts for nothing, not even its NaN.
            batch1: (b, n, k).
            batch2: (b, k, m).
            beta: the factor of the input.
            alpha: the factor of the sum of products.

        Raises:
            DTypeError: the dtypes differ.
            ShapeError: the batches are no batches of matrices that fit, or the input does not broadcast.

        >>> ravine.addbmm(ravine.ones(1), ravine.ones(4, 1, 3), ravine.ones(4, 3, 2))
        tensor([[13., 13.]])
        """

    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """In-place form of `addbmm`: writes the result into its first argument and returns it."""

    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """The input with `src` in place of one index of dimension `dim`; see `select`.

        Args:
            input: of one dimension or more.
            src: in the shape of the input without that dimension.
            dim: the dimension.
            index: the index; a negative one counts from the end.

        Raises:
            IndexError: there is no such dimension, or no such index in it.
            ShapeError: src has another shape.

        >>> ravine.select_scatter(ravine.zeros(2, 2), ravine.ones(2), 0, -1)
        tensor([[0., 0.],
                [1., 1.]])
        """

    def slice_scatter(self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1) -> Tensor:
        """The input with `src` in place of the indices ``start:end:step`` of dimension `dim`.

        Raises:
            IndexError: there is no such dimension.
            ShapeError: src has another shape than that slice.
            ValueError: the step is not positive.

        >>> ravine.slice_scatter(ravine.zeros(5), ravine.ones(2), start=1, step=2, end=4)
        tensor([0., 1., 0., 1., 0.])
        """

    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The input with `src` on a diagonal of two of its dimensions; see `diagonal`.

        Args:
            input: of two dimensions or more.
            src: in the shape that ``diagonal(input, offset, dim1, dim2)`` has.
            offset: how far the diagonal lies above the main one; below it if negative.
            dim1: the dimension of the rows.
            dim2: that of the columns.

        Raises:
            IndexError: there is no such dimension.
            ShapeError: src has another shape.
            ValueError: both dimensions are the same.

        >>> ravine.diagonal_scatter(ravine.zeros(2, 2), ravine.ones(2))
        tensor([[1., 0.],
                [0., 1.]])
        """

    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """The input with the elements of `source` at places of the flattened input; see `take`.

        Args:
            input: any shape.
            index: integers of any shape; negative ones count from the end.
            source: as many elements as the index has, of the input's dtype.
            accumulate: add to what is there. Otherwise, of several for one place, it is not said which one stays.

        Raises:
            DTypeError: source is of another dtype, or the index has no integers.
            IndexError: a place is out of range, or index and source have different numbers of elements.

        >>> ravine.put(ravine.zeros(2, 2), ravine.tensor([0, -1]), ravine.tensor([1.0, 2.0]))
        tensor([[1., 0.],
                [0., 2.]])
        """

    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Self:
        """In-place form of `put`: writes the result into its first argument and returns it."""

    def fill_diagonal_(self, fill_value: _float, wrap: _bool = False) -> Self:
        """Writes one number on the main diagonal, and returns the tensor.

        With `wrap` the diagonal of a matrix with more rows than columns begins anew below a row that is left out.

        Raises:
            ShapeError: there are fewer than 2 dimensions, or more of different extents.

        >>> ravine.zeros(2, 2).fill_diagonal_(5)
        tensor([[5., 0.],
                [0., 5.]])
        """

    def ravel(self) -> Tensor:
        """All elements in one dimension.

        >>> ravine.ravel(ravine.tensor([[1, 2], [3, 4]]))
        tensor([1, 2, 3, 4])
        """

    def nelement(self) -> _int:
        """The number of elements.

        >>> ravine.ones(2, 3).nelement()
        6
        """

    def sum_to_size(self, *size: _int | Sequence[_int]) -> Tensor:
        """Summed over the dimensions that broadcasting `size` to the input's shape repeats.

        Raises:
            ShapeError: the size does not broadcast to the input's shape.

        >>> ravine.ones(2, 3).sum_to_size(1, 3)
        tensor([[2., 2., 2.]])
        """

    def narrow_copy(self, dim: _int, start: _int | Tensor, length: _int) -> Tensor:
        """A copy of `length` indices of dimension `dim`, from `start` on; see `narrow`.

        >>> ravine.narrow_copy(ravine.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
        """

    def split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of the parts of dimension `dim`, of the given sizes.

        Raises:
            ShapeError: the sizes do not add up to the extent.

        >>> [t.tolist() for t in ravine.split_with_sizes(ravine.arange(3), [1, 2])]
        [[0], [1, 2]]
        """

    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """The parts of dimension `dim`, as `split`.

        >>> [t.tolist() for t in ravine.unsafe_split(ravine.arange(3), 2)]
        [[0, 1], [2]]
        """

    def unsafe_split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """The parts of dimension `dim`, as `split_with_sizes`.

        >>> [t.tolist() for t in ravine.unsafe_split_with_sizes(ravine.arange(3), [1, 2])]
        [[0], [1, 2]]
        """

    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """The parts of dimension `dim`, as `chunk`.

        >>> [t.tolist() for t in ravine.unsafe_chunk(ravine.arange(3), 2)]
        [[0, 1], [2]]
        """

    def unravel_index(self, shape: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """The index in each dimension of a tensor of `shape` for places of the flattened tensor.

        Places beyond its elements are counted anew from its start.

        Raises:
            DTypeError: the places are no integers.
            ValueError: an extent of the shape is not positive.

        >>> ravine.unravel_index(ravine.tensor([5, 7]), (2, 4))
        (tensor([1, 1]), tensor([1, 3]))
        """

    def nonzero_static(self, *, size: _int, fill_value: _int = -1) -> Tensor:
        """The first `size` places of elements that are not 0, then `fill_value`: (size, dimensions).

        Its shape does not depend on values, unlike that of `nonzero`.

        Raises:
            ValueError: the size is negative.

        >>> ravine.nonzero_static(ravine.tensor([0, 3, 4]), size=3)
        tensor([[ 1],
                [ 2],
                [-1]])
        """

    def mode(self, dim: _int = -1, keepdim: _bool = False) -> tuple[Tensor, Tensor]:
        """The element that occurs most often along `dim`, the smallest of several, and its last int64 place.

        Raises:
            IndexError: there is no such dimension, or it is empty.

        >>> values, indices = ravine.mode(ravine.tensor([3, 1, 1, 2, 2]))
        >>> values, indices
        (tensor(1), tensor(2))
        """

    def nanmedian(self, dim: _int | None = None, keepdim: _bool = False) -> Any:
        """The median of the elements that are not NaN, the lower of two in the middle; NaN where all are.

        With `dim` along that dimension, with the int64 places.

        Raises:
            IndexError: there is no such dimension, or it is empty.

        >>> ravine.nanmedian(ravine.tensor([4.0, float("nan"), 1.0, 3.0]))
        tensor(3.)
        """

    def nanquantile(self, q: _float | Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = 'linear') -> Tensor:
        """The quantiles of the elements that are not NaN, along `dim` or over all; NaN where all are.

        Args:
            input: float32 or float64.
            q: from 0 to 1: a number, or a vector of the input's dtype, whose dimension comes first in the result.
            dim: the dimension; all elements by default.
            keepdim: whether the dimension stays, with extent 1.
            interpolation: "linear", "lower", "higher", "nearest" or "midpoint" of the two elements around.

        Raises:
            DTypeError: the input is neither float32 nor float64.
            ShapeError: the input is empty, or q has more than one dimension.
            ValueError: the interpolation is none of these, or q is not in [0, 1].

        >>> ravine.nanquantile(ravine.tensor([1.0, float("nan"), 3.0]), 0.5)
        tensor(2.)
        """

    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The p-norm of the difference of two tensors that broadcast, ``(sum |x - y|^p)^(1/p)``.

        Raises:
            DTypeError: the difference has no floating dtype.
            ShapeError: the shapes do not broadcast.

        >>> ravine.dist(ravine.tensor([1.0, 2.0]), ravine.tensor([4.0, 6.0]))
        tensor(5.)
        """

    def renorm(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """The slices of a dimension, shrunk to a p-norm of `maxnorm` where it is greater.

        Raises:
            DTypeError: the dtype is no floating one.
            IndexError: there is no such dimension.
            ShapeError: the input has fewer than 2 dimensions.
            ValueError: p is not positive, or maxnorm is negative.

        >>> ravine.renorm(ravine.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
        tensor([[0.6000, 0.8000],
                [0.0000, 1.0000]])
        """

    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Self:
        """In-place form of `renorm`: writes the result into its first argument and returns it."""

    def stride(self, dim: _int | None = None) -> Any:
        """Elements of the base from one index of a dimension to the next: of all dimensions, or of one.

        Raises:
            IndexError: there is no such dimension.

        >>> x = ravine.zeros(2, 3)
        >>> x.stride(), x.T.stride(), x[:, 1].stride(0)
        ((3, 1), (1, 3), 3)
        """

    def storage_offset(self) -> _int:
        """The place of the first element in the base.

        >>> ravine.zeros(2, 3)[1].storage_offset()
        3
        """

    def dim_order(self) -> tuple[_int, ...]:
        """The dimensions by falling strides.

        >>> ravine.zeros(2, 3).T.dim_order()
        (1, 0)
        """

    def untyped_storage(self) -> _storage.UntypedStorage:
        """The memory of the tensor that this one is a view of, by bytes.

        >>> x = ravine.zeros(2, 3)
        >>> x[1].untyped_storage().nbytes()
        24
        """

    def storage(self) -> _storage.TypedStorage:
        """The elements of the tensor that this one is a view of, in row-major order.

        >>> x = ravine.arange(6).reshape(2, 3)
        >>> x[1].storage().tolist()
        [0, 1, 2, 3, 4, 5]
        """

    def is_set_to(self, tensor: Tensor) -> _bool:
        """Whether both show the same elements of one storage in the same way.

        >>> x = ravine.zeros(2, 3)
        >>> x.is_set_to(x.view(2, 3)), x.is_set_to(x.view(3, 2))
        (True, False)
        """

    def as_strided(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """A tensor of the elements that strides and an offset (default: its own) name in the tensor's base.

        Element ``(i, j, ...)`` is number ``storage_offset + i stride[0] + j stride[1] + ...`` of the base's
        elements in row-major order. Places may come more than once; gradients add up. The elements are copied.

        Raises:
            ValueError: sizes and strides differ in number, one is negative, or an element lies outside.

        >>> ravine.as_strided(ravine.arange(6), (2, 3), (1, 2))
        tensor([[0, 2, 4],
                [1, 3, 5]])
        """

    def as_strided_scatter(self, src: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """The tensor with `src` in the places that `as_strided` of it names; where one comes twice, the last.

        Raises:
            ShapeError: `src` has not the shape `size`.
            ValueError: as `as_strided`.

        >>> ravine.as_strided_scatter(ravine.zeros(2, 2), ravine.ones(2), (2,), (3,))
        tensor([[1., 0.],
                [0., 1.]])
        """

    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Self:
        """Drops dimensions of extent 1 in place, as `squeeze` does; views taken before keep their shape."""

    def unsqueeze_(self, dim: _int) -> Self:
        """Inserts a dimension of extent 1 in place, as `unsqueeze` does.

        >>> ravine.zeros(2).unsqueeze_(0).shape
        (1, 2)
        """

    def transpose_(self, dim0: _int, dim1: _int) -> Self:
        """Exchanges two dimensions in place, as `transpose` does.

        >>> ravine.zeros(2, 3).transpose_(0, 1).shape
        (3, 2)
        """

    def swapaxes_(self, axis0: _int, axis1: _int) -> Self:
        """As `transpose_`."""

    def swapdims_(self, dim0: _int, dim1: _int) -> Self:
        """As `transpose_`."""

    def t_(self) -> Self:
        """Transposes a matrix in place, as `t` does.

        >>> ravine.zeros(2, 3).t_().shape
        (3, 2)
        """

    def detach_(self) -> Self:
        """Makes the tensor itself constant to autograd: it forgets its history.

        >>> x = ravine.ones(2, requires_grad=True)
        >>> y = (x * 2).detach_()
        >>> y.requires_grad
        False
        """

    def set_(self, source: Tensor | None = None, storage_offset: _int = 0, size: Sequence[_int] | None = None, stride: Sequence[_int] | None = None) -> Self:
        """Makes the tensor a view of `source`, or of its elements that `size` and row-major strides name.

        Raises:
            DTypeError: the dtypes differ.
            ValueError: the strides are others than those of the size, or the elements are not all there.

        >>> x, y = ravine.zeros(2), ravine.ones(3)
        >>> x.set_(y).fill_(5)
        tensor([5., 5., 5.])
        >>> y
        tensor([5., 5., 5.])
        """

    def as_strided_(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Self:
        """Gives the tensor the shape and elements of `as_strided`."""

    def resize_(self, *size: Any, memory_format: object = None) -> Self:
        """Gives the tensor another shape: of its first elements, and zeros where there are more than it had.

        `memory_format` has no effect.

        Raises:
            GradientError: the tensor requires a gradient.

        >>> ravine.tensor([1.0, 2.0, 3.0]).resize_(2, 2)
        tensor([[1., 2.],
                [3., 0.]])
        """

    def resize_as_(self, the_template: Tensor, *, memory_format: object = None) -> Self:
        """Gives the tensor the shape of another; see `resize_`.

        >>> ravine.resize_as_(ravine.ones(2), ravine.zeros(1, 2)).shape
        (1, 2)
        """

    @property
    def H(self) -> Tensor:
        """The transpose of a matrix: nothing here is complex."""

    @property
    def mH(self) -> Tensor:
        """The last two dimensions exchanged: nothing here is complex."""

    @property
    def real(self) -> Tensor:
        """The tensor itself: its numbers are real."""

    @property
    def layout(self) -> Layout:
        """`ravine.strided`: every tensor is dense."""

    @property
    def is_sparse(self) -> _bool:
        """False: every tensor is dense."""

    @property
    def is_sparse_csr(self) -> _bool:
        """False: every tensor is dense."""

    @property
    def is_quantized(self) -> _bool:
        """False: there are no quantised dtypes."""

    @property
    def is_mps(self) -> _bool:
        """False: a GPU of whatever make is `is_cuda`."""

    @property
    def is_xpu(self) -> _bool:
        """False: a GPU of whatever make is `is_cuda`."""

    @property
    def name(self) -> None:
        """None: tensors have no names."""

    @property
    def output_nr(self) -> _int:
        """0: each result of an op has a node of its own."""

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of."""

    __array_priority__: _int

    def __repr__(self) -> str: ...

    def _repr_html_(self) -> str: ...

    def __format__(self, spec: str) -> str: ...

    def __iter__(self) -> Iterator[Tensor]: ...

    def __reversed__(self) -> Tensor:
        """Flipped in every dimension, as PyTorch has it."""

    def __contains__(self, value: Any) -> _bool: ...

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]: ...

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]: ...

    def __round__(self, digits: _int | None = None) -> Tensor: ...

    def __floor__(self) -> Tensor: ...

    def __ceil__(self) -> Tensor: ...

    def __trunc__(self) -> Tensor: ...

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
    def is_meta(self) -> _bool:
        """Whether the tensor has a shape and a dtype only."""

    @property
    def is_cpu(self) -> _bool:
        """Whether the values are in the host's memory."""

    @property
    def is_cuda(self) -> _bool:
        """Whether the values are on a GPU, of whatever make."""

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

    def is_contiguous(self, memory_format: object = None) -> _bool:
        """Always true: the layout in memory is the engine's own affair."""

    def contiguous(self, memory_format: object = None) -> Tensor:
        """The tensor itself: the layout in memory is the engine's own affair.

        Of an expanded view, a tensor whose elements can each be written.
        """

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Converts to a dtype, moves to a device, or both.

        `to(dtype)`, `to(device)`, `to(device, dtype)` in either order, or `to(other)` for both of another
        tensor; then `non_blocking` (no difference) and `copy`. Without anything to do it is the tensor
        itself. Gradients go back the same way.

        Raises:
            TypeError: an argument is none of these.
            DeviceError: the device is not there, or this one has no values ("meta").

        >>> ravine.tensor([1, 2]).to(ravine.float32)
        tensor([1., 2.])
        >>> ravine.tensor([1, 2]).to("meta", ravine.float64)
        tensor(..., device='meta', size=(2,), dtype=ravine.float64)
        """

    def pin_memory(self, device: object = None) -> Tensor:
        """The tensor itself: copies to a GPU need no special memory."""

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
