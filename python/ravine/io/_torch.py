"""Files that torch.save wrote, zip archives and the older form, read without running what is in them.

What such a file may name is in the table of `_Reader`: tensors and their storages, dtypes, NumPy's arrays and
plain data. A tensor's offset, sizes and strides are held to the bytes of its storage.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod
from struct import error as StructError
from typing import NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile
from zlib import error as ZlibError

import ravine as rv
from ravine import _core
from ravine._bytes import tensor_of
from ravine._core import Tensor
from ravine.errors import FileError

from ._numpy import NAMES as NUMPY_NAMES
from ._numpy import Array
from ._unpickle import Unpickler, check_depth, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any

    Place = Callable[[Tensor, str], Tensor]

__all__ = ["read_legacy", "read_zip"]

# What files of the older form begin with.
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001

_STORAGES = {
    "FloatStorage": _core.float32,
    "DoubleStorage": _core.float64,
    "HalfStorage": _core.float16,
    "BFloat16Storage": _core.bfloat16,
    "LongStorage": _core.int64,
    "IntStorage": _core.int32,
    "ShortStorage": _core.int16,
    "CharStorage": _core.int8,
    "ByteStorage": _core.uint8,
    "BoolStorage": _core.bool,
}
_DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_STRANGE = ("ComplexFloatStorage", "ComplexDoubleStorage", "QInt8Storage", "QUInt8Storage", "QInt32Storage")
_NOT_HERE = (
    "complex32",
    "complex64",
    "complex128",
    "uint16",
    "uint32",
    "uint64",
    "qint8",
    "quint8",
    "qint32",
)
# Elements of windows that overlap in a storage, for each of its own.
_MOST_OVERLAP = 64


class _Kind(NamedTuple):
    """A class of storages; its dtype is None where tensors say it themselves."""

    dtype: _core.dtype | None


class _Storage:
    """The bytes that tensors of a file lie in; None while they are still to come."""

    def __init__(self, dtype: _core.dtype | None, key: str, where: str, count: int) -> None:
        self.dtype, self.key, self.where, self.count = dtype, key, where, count
        self.data: bytes | memoryview | None = None
        self.big_endian = False
        self.made: dict[Any, Tensor] = {}

    def elements(self, dtype: _core.dtype) -> Tensor:
        """All of it, as a tensor of one dimension."""
        assert self.data is not None
        if ("all", dtype) not in self.made:
            data = self.data
            if self.big_endian and dtype.itemsize > 1:
                import numpy as np

                data = np.frombuffer(data, f">u{dtype.itemsize}").astype(f"<u{dtype.itemsize}").tobytes()
            self.made["all", dtype] = tensor_of(data, dtype)
        return self.made["all", dtype]


class _Reader:
    """The table of names, with the storages of one file.

    Args:
        place: puts a tensor, whose location the file gives, on a device.
        data: gives a storage's bytes, or None while those are still to come.
    """

    def __init__(self, place: Place, data: Callable[[_Storage], bytes | memoryview | None]) -> None:
        self.place, self.data = place, data
        self.storages: dict[str, _Storage] = {}
        self.big_endian = False

    def names(self) -> dict[str, Any]:
        """What the file may name."""
        table: dict[str, Any] = {
            "torch._utils _rebuild_tensor": self.tensor,
            "torch._utils _rebuild_tensor_v2": self.tensor,
            "torch._utils _rebuild_tensor_v3": self.tensor_v3,
            "torch._utils _rebuild_parameter": self.parameter,
            "torch._utils _rebuild_parameter_with_state": self.parameter,
            "torch._tensor _rebuild_from_type_v2": self.of_type,
            "torch Tensor": _TENSOR,
            "torch.nn.parameter Parameter": _PARAMETER,
            "torch Size": lambda items=(): rv.Size(map(_extent, items)),
            "torch device": lambda kind, index=None: _core.device("gpu" if kind == "cuda" else str(kind)),
            "torch.serialization _get_layout": lambda name: rv.strided,
            "torch strided": rv.strided,
            "collections OrderedDict": _ordered,
            "_codecs encode": _encoded,
        }
        for module in ("torch", "torch.cuda"):
            table |= {f"{module} {name}": _Kind(dtype) for name, dtype in _STORAGES.items()}
            table |= {f"{module} {name}": _Class(name) for name in _STRANGE}
        table |= {f"torch.storage {name}": _Kind(None) for name in ("UntypedStorage", "TypedStorage")}
        table |= {f"torch {name}": getattr(_core, name) for name in _DTYPES}
        table |= {f"torch {name}": _refusal(name) for name in _NOT_HERE}
        for module in ("builtins", "__builtin__"):
            table |= {
                f"{module} set": lambda items=(): _flat(set, items),
                f"{module} frozenset": lambda items=(): _flat(frozenset, items),
                f"{module} bytes": lambda *args: _encoded(*args),
                f"{module} bytearray": lambda *args: bytearray(_encoded(*args)),
            }
        return table | NUMPY_NAMES

    def storage(self, identifier: Any) -> _Storage:
        """What ('storage', class, key, location, count, ...) stands for."""
        if not isinstance(identifier, tuple) or len(identifier) < 5 or identifier[0] != "storage":
            raise FileError(f"it refers to {identifier!r:.60}, which is no storage")
        kind, key, where, count = identifier[1:5]
        if len(identifier) > 5 and identifier[5] is not None:
            raise FileError("it has a storage that is a part of another. Write it with a newer PyTorch")
        if isinstance(kind, _Class):
            raise FileError(f"it has a {kind.name}, whose type Ravine lacks")
        if not isinstance(kind, _Kind) or not isinstance(key, str) or not isinstance(where, str):
            raise FileError(f"a storage is described by {identifier!r:.60}")
        count = _extent(count)
        known = self.storages.get(key)
        if known is None:
            known = self.storages[key] = _Storage(kind.dtype, key, where, count)
            known.big_endian = self.big_endian
            known.data = self.data(known)
            width = 1 if kind.dtype is None else kind.dtype.itemsize
            if known.data is not None and len(known.data) != count * width:
                raise FileError(
                    f"storage {key!r} should have {count} elements of {width} bytes; it has "
                    f"{len(known.data)} bytes"
                )
        elif (known.dtype, known.count) != (kind.dtype, count):
            raise FileError(f"storage {key!r} is described in two ways")
        return known

    def tensor(
        self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, *_: Any
    ) -> Tensor:
        if not isinstance(storage, _Storage):
            raise TypeError("a tensor has no storage")
        if storage.dtype is None:
            raise FileError("a tensor has a storage without a dtype")
        return self._tensor(storage, storage.dtype, offset, size, stride, requires_grad)

    def tensor_v3(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any,
        hooks: Any,
        dtype: Any,
        *_: Any,
    ) -> Tensor:
        if not isinstance(storage, _Storage) or not isinstance(dtype, _core.dtype):
            raise TypeError("a tensor has no storage or no dtype")
        return self._tensor(storage, dtype, offset, size, stride, requires_grad)

    def _tensor(
        self, storage: _Storage, dtype: _core.dtype, offset: Any, size: Any, stride: Any, requires_grad: Any
    ) -> Tensor:
        size, stride, offset = tuple(map(_extent, size)), tuple(map(_extent, stride)), _extent(offset)
        room = storage.count if storage.dtype is not None else storage.count // dtype.itemsize
        if len(size) != len(stride) or len(size) > 64:
            raise FileError(f"a tensor of {len(size)} dimensions has {len(stride)} strides")
        count = prod(size)
        last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if count else 0
        if last >= max(room, 1) or offset > room or (count and not room):
            raise FileError(
                f"a tensor of shape {size} with strides {stride} from element {offset} on lies outside of "
                f"its storage of {room}"
            )
        if storage.data is None:
            return _ABSENT  # its bytes follow; the pickle is run once more then
        key = dtype, offset, size, stride
        if key not in storage.made:
            storage.made[key] = self.place(_view(storage, dtype, offset, size, stride), storage.where)
            made = storage.made[key]
        else:
            # The memory is shared until one is written to.
            made = rv.tensor(storage.made[key])
        return made.requires_grad_() if requires_grad and dtype.is_floating_point else made

    def parameter(self, data: Any, requires_grad: Any = True, *_: Any) -> Tensor:
        if not isinstance(data, Tensor):
            raise TypeError("a parameter has no data")
        return data if data is _ABSENT else rv.nn.Parameter(data.detach(), bool(requires_grad))

    def of_type(self, function: Any, kind: Any, args: Any, state: Any = None) -> Any:
        """A tensor of a subclass, or with attributes, which are left out."""
        known = (self.tensor, self.tensor_v3, self.parameter)
        if function not in known or kind not in (_TENSOR, _PARAMETER) or not isinstance(args, tuple):
            raise FileError("it has a tensor of a subclass. Save it as a plain tensor")
        made = function(*args)
        plain = kind is _PARAMETER and not isinstance(made, rv.nn.Parameter)
        return self.parameter(made) if plain else made


_ABSENT = _core.tensor(0.0)


class _Class(NamedTuple):
    """A class that a file names and nobody calls."""

    name: str


_TENSOR, _PARAMETER = _Class("Tensor"), _Class("Parameter")


def _view(storage: _Storage, dtype: _core.dtype, offset: int, size: Any, stride: Any) -> Tensor:
    """The elements at such places of a storage, as a tensor of its own."""
    flat = storage.elements(dtype)
    # A stride of 0 repeats, which takes no memory.
    once = tuple(1 if s == 0 and n > 0 else n for n, s in zip(size, stride, strict=True))
    if prod(once) > _MOST_OVERLAP * max(storage.count, 1):
        raise FileError(f"a tensor of shape {size} has far more elements than its storage of {storage.count}")
    if not prod(once):
        return rv.empty(size, dtype=dtype)
    row_major, dense = 1, True
    for n, s in zip(reversed(once), reversed(stride), strict=True):
        dense, row_major = dense and (n == 1 or s == row_major), row_major * n
    if dense:
        part = flat[offset : offset + row_major].reshape(once)
    else:
        places = rv.tensor(offset)
        for n, s in zip(once, stride, strict=True):
            places = places.unsqueeze(-1) + rv.arange(n) * s
        part = rv.take(flat, places)
    whole = part if once == size else part.expand(size)
    return whole.clone()


def _extent(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise FileError(f"{value!r:.40} is no size")
    return value


def _ordered(items: Any = ()) -> OrderedDict[Any, Any]:
    return OrderedDict((key_of(key), value) for key, value in items)


def _flat(kind: Any, items: Any) -> Any:
    return kind(map(key_of, items))


def _encoded(text: Any = "", encoding: Any = "latin1") -> bytes:
    """Bytes, as protocol 2 writes them."""
    if isinstance(text, (bytes, bytearray)):
        return bytes(text)
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes are written as another kind of text")
    return text.encode("latin-1")


def _refusal(name: str) -> Callable[..., Any]:
    def refuse(*args: Any) -> Any:
        raise FileError(f"it has a tensor of {name}, a type that Ravine lacks")

    return refuse


_LEAVES = (
    bool,
    int,
    float,
    str,
    bytes,
    bytearray,
    type(None),
    Tensor,
    _core.dtype,
    _core.device,
    rv.Size,
    set,
    frozenset,
    type(rv.strided),
)


def _finished(value: Any) -> Any:
    """The data with NumPy's arrays in place of what they were made from."""
    check_depth(value)
    done: dict[int, Any] = {}

    def finish(node: Any) -> Any:
        if isinstance(node, (_Kind, _Class)):
            raise FileError("it holds a class. Save tensors and plain data")
        if isinstance(node, Array):
            return node.array()
        if id(node) in done:
            return done[id(node)]
        if isinstance(node, dict):
            for key, item in node.items():
                node[key] = finish(item)
        elif isinstance(node, list):
            node[:] = map(finish, node)
        elif type(node) is tuple:
            items = tuple(map(finish, node))
            done[id(node)] = node if all(a is b for a, b in zip(items, node, strict=True)) else items
            return done[id(node)]
        elif not isinstance(node, _LEAVES) and type(node).__module__ != "numpy":
            raise FileError(f"it holds a {type(node).__name__.strip('_')}. Save tensors and plain data")
        else:
            return node
        done[id(node)] = node
        return node

    return finish(value)


def read_zip(file: IO[bytes], where: str, place: Place) -> Any:
    """The data of an archive.

    Raises:
        FileError: it is damaged, or names what is not in the table.
    """
    try:
        with ZipFile(file) as archive:
            listed = archive.infolist()
            pickles = [info.filename for info in listed if info.filename.endswith("/data.pkl")]
            if len(pickles) != 1:
                raise FileError(f"an archive of PyTorch has one data.pkl, this has {len(pickles)}")
            if any(info.filename.endswith("/constants.pkl") for info in listed):
                raise FileError("it is a program of TorchScript. Save a state_dict with torch.save")
            root = pickles[0].removesuffix("data.pkl")
            infos = {info.filename: info for info in listed}
            if len(infos) < len(listed):
                raise FileError("two members of the archive have one name")

            def member(name: str) -> bytes:
                info = infos.get(root + name)
                if info is None:
                    raise FileError(f"the archive has no member {name!r}")
                if info.compress_type != ZIP_STORED or info.file_size != info.compress_size:
                    raise FileError(f"the member {name!r} is compressed, which PyTorch's are not")
                return archive.read(info)

            reader = _Reader(place, lambda storage: member(f"data/{storage.key}"))
            if root + "byteorder" in infos:
                reader.big_endian = member("byteorder") == b"big"
            return _finished(Unpickler(member("data.pkl"), reader.names(), reader.storage).load())
    except FileError as error:
        raise FileError(f"{where}: {error}") from None
    except (
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        ZlibError,
        BadZipFile,
        StructError,
    ) as error:
        raise FileError(f"{where}: the archive is damaged: {error!s:.100}. Fetch or save it again") from None


def read_legacy(data: bytes | memoryview, where: str, place: Place) -> Any:
    """The data of a file of the older form.

    Raises:
        FileError: it is damaged, or names what is not in the table.
    """
    try:
        at = 0
        head = []
        for _ in range(3):
            machine = Unpickler(data, {}, _no_storage, at)
            head.append(machine.load())
            at = machine.at
        if head[0] != _MAGIC or head[1] != _PROTOCOL or not isinstance(head[2], dict):
            raise FileError("its head is damaged")
        # The bytes of storages follow the pickle that describes them: it runs before and after they are read.
        before = _Reader(place, lambda storage: None)
        machine = Unpickler(data, before.names(), before.storage, at)
        machine.load()
        machine_of_keys = Unpickler(data, {}, _no_storage, machine.at)
        keys = machine_of_keys.load()
        found = _contents(memoryview(data)[machine_of_keys.at :], keys, before.storages)
        after = _Reader(place, lambda storage: found.get(storage.key))
        after.big_endian = head[2].get("little_endian") is False
        return _finished(Unpickler(data, after.names(), after.storage, at).load())
    except FileError as error:
        raise FileError(f"{where}: {error}") from None
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise FileError(f"{where}: the file is damaged: {error!s:.100}. Fetch or save it again") from None


def _no_storage(identifier: Any) -> Any:
    raise FileError(f"it refers to {identifier!r:.60} where there are no storages")


def _contents(data: memoryview, keys: Any, storages: dict[str, _Storage]) -> dict[str, memoryview]:
    """The bytes of each storage: a count of elements, and these, in the order of the keys."""
    if not isinstance(keys, list) or len(set(keys)) < len(keys) or set(keys) != storages.keys():
        raise FileError("the list of its storages is damaged")
    found, at = {}, 0
    for key in keys:
        storage = storages[key]
        count = int.from_bytes(data[at : at + 8], "little")
        width = 1 if storage.dtype is None else storage.dtype.itemsize
        end = at + 8 + count * width
        if count != storage.count or end > len(data):
            raise FileError(
                f"storage {key!r} should have {storage.count} elements of {width} bytes; it is cut off"
            )
        found[key] = data[at + 8 : end]
        at = end
    return found
