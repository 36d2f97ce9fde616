"""What dtypes can hold, how they combine, and PyTorch's older names for tensors of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine import _devices as devices
from ravine._core import Tensor, dtype
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from typing import Any

    from ravine._core import DeviceLike

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "can_cast",
    "finfo",
    "iinfo",
    "promote_types",
    "result_type",
]

# Bits of the significand that are stored, and the largest exponent.
_FLOATS = {"float16": (10, 15), "bfloat16": (7, 127), "float32": (23, 127), "float64": (52, 1023)}


class finfo:
    """The limits of a floating dtype; of the default one without an argument.

    Attributes:
        bits: how many an element has.
        eps: the difference between 1 and the next larger number.
        max, min: the largest finite number, and its negative.
        tiny, smallest_normal: the smallest positive number of full precision.
        resolution: 10 to the power of minus the decimal digits that are kept.
        dtype: its name.

    Raises:
        TypeError: the dtype holds integers.

    >>> ravine.finfo(ravine.float16).max, ravine.finfo().eps
    (65504.0, 1.1920928955078125e-07)
    """

    def __init__(self, type: dtype | None = None) -> None:
        found = _core.get_default_dtype() if type is None else _dtype("finfo", type)
        if found.name not in _FLOATS:
            raise DTypeError(f"finfo: {found!r} holds no fractions. Use iinfo for integers")
        stored, largest = _FLOATS[found.name]
        self.dtype = found.name
        self.bits = found.itemsize * 8
        self.eps = 2.0**-stored
        self.max = (2.0 - self.eps) * 2.0**largest
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - largest)
        # As C's FLT_DIG: decimal digits that survive the way to binary and back.
        self.resolution = float(f"1e-{int(stored * 0.30102999566398119)}")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


class iinfo:
    """The limits of an integer dtype: `bits`, `min`, `max`, and its name as `dtype`.

    Raises:
        TypeError: the dtype holds no integers.

    >>> ravine.iinfo(ravine.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    def __init__(self, type: dtype) -> None:
        found = _dtype("iinfo", type)
        if found.is_floating_point or found is _core.bool:
            raise DTypeError(f"iinfo: {found!r} holds no integers. Use finfo for floating dtypes")
        self.dtype = found.name
        self.bits = found.itemsize * 8
        signed = found is not _core.uint8
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


def _dtype(function: str, value: Any) -> dtype:
    found = devices.dtype_of(value)
    if found is None:
        raise DTypeError(f"{function}: expected a dtype such as ravine.float32, got {value!r:.60}")
    return found


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds what elements of both hold, by PyTorch's rule.

    >>> ravine.promote_types(ravine.int32, ravine.float16)
    ravine.float16
    """
    a, b = _dtype("promote_types", type1), _dtype("promote_types", type2)
    return _ops.add(_without_values(a, 1), _without_values(b, 1)).dtype


def _without_values(of: dtype, rank: int) -> Tensor:
    return _ops.full((1,) * rank, 0, dtype=of, device="meta")


def result_type(tensor1: Tensor | float, tensor2: Tensor | float) -> dtype:
    """The dtype of arithmetic with two operands, of which a number or a tensor without dimensions gives way.

    >>> ravine.result_type(ravine.tensor([1, 2]), 1.5)
    ravine.float32
    """
    for value in (tensor1, tensor2):
        if not isinstance(value, (Tensor, int, float)):
            kind = type(value).__name__
            raise DTypeError(f"result_type: expected tensors and numbers, got {kind}")
    a, b = (_without_values(x.dtype, x.ndim) if isinstance(x, Tensor) else x for x in (tensor1, tensor2))
    if isinstance(a, Tensor):
        return _ops.add(a, b).dtype
    return _ops.add(b, a).dtype if isinstance(b, Tensor) else _core.tensor([a, b]).dtype


def _category(of: dtype) -> int:
    return 2 if of.is_floating_point else 0 if of is _core.bool else 1


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether elements may become those of another dtype in place: never from floats to integers, or to bool.

    >>> ravine.can_cast(ravine.float64, ravine.float32), ravine.can_cast(ravine.float32, ravine.int64)
    (True, False)
    """
    return _category(_dtype("can_cast", from_)) <= _category(_dtype("can_cast", to))


class _Kind(type):
    """The class of PyTorch's older names: a tensor is an instance of that of its dtype and device."""

    dtype: dtype
    on_gpu: bool

    def __instancecheck__(cls, instance: object) -> bool:
        return (
            isinstance(instance, Tensor)
            and instance.dtype is cls.dtype
            and (instance.device.type == "gpu") is cls.on_gpu
        )

    def __call__(cls, *data: Any, device: DeviceLike | None = None) -> Tensor:
        where = device if device is not None else "gpu" if cls.on_gpu else None
        # Of sizes, or a shape, as `Tensor` itself; the values pass through the widest dtype.
        if not data or (isinstance(data[0], (int, _size())) and not isinstance(data[0], bool)):
            return _core.tensor(Tensor(*data), cls.dtype, device=where)
        first: Any = data[0]
        if len(data) > 1:
            raise DTypeError(f"{cls.__name__}: the arguments are sizes or data, not {len(data)} of them")
        return _core.tensor(first, cls.dtype, device=where)

    def __repr__(cls) -> str:
        return f"<class 'ravine.{'cuda.' * cls.on_gpu}{cls.__name__}'>"


def _size() -> type:
    from ravine._names import Size

    return Size


def _kind(name: str, of: dtype, on_gpu: bool = False) -> Any:
    module = "ravine.cuda" if on_gpu else "ravine"
    said = f"A tensor of {of.name}{' on a GPU' * on_gpu}, of sizes (zeros) or of data. As `ravine.tensor`."
    body = {"dtype": of, "on_gpu": on_gpu, "__module__": module, "__doc__": said}
    return _Kind(name, (), body)


FloatTensor = _kind("FloatTensor", _core.float32)
DoubleTensor = _kind("DoubleTensor", _core.float64)
HalfTensor = _kind("HalfTensor", _core.float16)
BFloat16Tensor = _kind("BFloat16Tensor", _core.bfloat16)
LongTensor = _kind("LongTensor", _core.int64)
IntTensor = _kind("IntTensor", _core.int32)
ShortTensor = _kind("ShortTensor", _core.int16)
CharTensor = _kind("CharTensor", _core.int8)
ByteTensor = _kind("ByteTensor", _core.uint8)
BoolTensor = _kind("BoolTensor", _core.bool)

KINDS = {
    kind.__name__: kind
    for kind in (
        FloatTensor,
        DoubleTensor,
        HalfTensor,
        BFloat16Tensor,
        LongTensor,
        IntTensor,
        ShortTensor,
        CharTensor,
        ByteTensor,
        BoolTensor,
    )
}
#: The same on a GPU, as `ravine.cuda.FloatTensor`.
KINDS_ON_GPUS = {name: _kind(name, kind.dtype, on_gpu=True) for name, kind in KINDS.items()}


def type_name(t: Tensor) -> str:
    """PyTorch's older name of a tensor's kind.

    >>> type_name(ravine.ones(2))
    'torch.FloatTensor'
    """
    (name,) = (name for name, kind in KINDS.items() if kind.dtype is t.dtype)
    return f"torch.cuda.{name}" if t.device.type == "gpu" else f"torch.{name}"


def kind_of(name: Any) -> tuple[dtype, str | None]:
    """The dtype that a dtype, an older name or its class stands for, and the device that the name says.

    Raises:
        ValueError: there is no such name.
    """
    if isinstance(name, _Kind):
        return name.dtype, "gpu" if name.on_gpu else "cpu"
    if isinstance(name, str):
        library, _, rest = name.partition(".")
        device, _, last = rest.rpartition(".")
        if library in ("torch", "ravine") and device in ("", "cuda") and last in KINDS:
            return KINDS[last].dtype, "gpu" if device else "cpu"
        raise ValueError(
            f"there is no kind of tensor {name!r}. Use a dtype, or a name such as 'torch.FloatTensor'"
        )
    return _dtype("type", name), None
