# What only Rust knows of `ravine._core`. `python -m ravine._stubs` puts it at the head of `_core.pyi`, adds what the
# registry and `_tensor.Methods` know, and fails if the extension has a name that is missing here.

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
