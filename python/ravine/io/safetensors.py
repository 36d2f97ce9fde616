"""The safetensors format, with the names of the package `safetensors.torch`.

>>> import tempfile, pathlib
>>> import ravine
>>> path = pathlib.Path(tempfile.mkdtemp()) / "weights.safetensors"
>>> save_file({"weight": ravine.ones(2, 3)}, path, metadata={"made by": "hand"})
>>> load_file(path)["weight"].shape
(2, 3)
>>> with safe_open(path) as file:
...     print(file.keys(), file.metadata(), file.get_slice("weight")[:, 0])
['weight'] {'made by': 'hand'} tensor([1., 1.])
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EISDIR

import ravine as rv
from ravine._core import Tensor
from ravine.errors import DTypeError, FileError

from . import _header
from ._atomic import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ._header import Entry

__all__ = ["load", "load_file", "safe_open", "save", "save_file"]


def __dir__() -> list[str]:
    return sorted(__all__)


def save_file(
    tensors: Mapping[str, Any], filename: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors to a file, which is replaced as a whole: a failure or a kill leaves the old one.

    Args:
        tensors: tensors, or NumPy arrays, by name. Two that share memory are written twice; `ravine.save`
            writes them once.
        filename: the file.
        metadata: strings by name, for the header.

    Raises:
        DTypeError: a name or the metadata is no string, a value no tensor, or of a dtype the format lacks.
        OSError: the file cannot be written.
    """
    replace(filename, pieces(tensors, metadata))


def save(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes that :func:`save_file` writes."""
    return b"".join(pieces(tensors, metadata))


def load_file(filename: str | os.PathLike[str], device: Any = "cpu") -> dict[str, Tensor]:
    """The tensors of a file, by name, in the order of their bytes.

    Raises:
        OSError: the file cannot be read.
        FileError: it is cut off, damaged, of another format, or has a dtype that Ravine lacks.
    """
    with safe_open(filename, device=device) as file:
        return {name: file.get_tensor(name) for name in file.offset_keys()}


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors in the bytes of a file, by name.

    >>> load(save({"x": ravine.tensor([1, 2])}))
    {'x': tensor([1, 2])}
    """
    if isinstance(data, str):
        raise DTypeError("load: data should be the bytes of a file, not str. load_file reads a path")
    file = safe_open.of_bytes(data, "the data")
    return {name: file.get_tensor(name) for name in file.offset_keys()}


def pieces(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None) -> Iterator[bytes | memoryview]:
    """The header and then the bytes of each tensor, largest elements first, so that all are aligned.

    Everything is computed and checked before the first piece.
    """
    for what, value in (("tensors", tensors), ("metadata", metadata or {})):
        if not hasattr(value, "items"):
            raise DTypeError(f"save_file: {what} should be a dict by name, not {type(value).__name__}")
    for name, text in (metadata or {}).items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise DTypeError(f"save_file: metadata should be strings by name, but {name!r} is {text!r:.80}")
    rv.eval(*(value for value in tensors.values() if isinstance(value, Tensor)))
    found = []
    for name, value in tensors.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise DTypeError(
                f"save_file: a tensor's name should be a string other than __metadata__, not {name!r}"
            )
        code = code_of(value)
        if code is None:
            kind = f"a {value.dtype} array" if hasattr(value, "dtype") else type(value).__name__
            raise DTypeError(
                f"save_file: {name!r} is {kind}. The file holds tensors and NumPy arrays of numbers; "
                "ravine.save also writes numbers, strings, lists and dicts"
            )
        found.append((-_header.SIZES[code], name, code, value))
    found.sort(key=lambda item: item[:2])
    head = _header.build([(name, code, tuple(v.shape)) for _, name, code, v in found], dict(metadata or {}))
    return _emit(head, [value for *_, value in found])


def _emit(head: bytes, values: list[Any]) -> Iterator[bytes | memoryview]:
    import numpy as np

    yield head
    for value in values:
        array = np.ascontiguousarray(array_of(value)).reshape(-1)
        if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and not np.little_endian):
            array = array.byteswap()
        yield array.view(np.uint8).data


def code_of(value: Any) -> str | None:
    """The format's name for a tensor's or an array's dtype; None if it is neither or has none."""
    if isinstance(value, Tensor):
        return _header.CODES[value.dtype.name]
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "dtype"):
        return _header.CODES.get(value.dtype.name)
    return None


def array_of(value: Any) -> Any:
    """The values of a tensor (bfloat16 as bits) or an array, not copied."""
    import numpy as np

    return np.asarray(value.detach()._memory() if isinstance(value, Tensor) else value)


class safe_open:
    """A file of tensors, of which only what is asked for is read.

    Args:
        filename: the file, which must not be cut while it is open (replacing it is harmless).
        framework: "ravine" or "pt" for tensors, "np" for NumPy arrays.
        device: where tensors go; "cpu".

    Raises:
        OSError: the file cannot be read.
        FileError: it is cut off, damaged or of another format.
        ValueError: another framework.
    """

    def __init__(
        self, filename: str | os.PathLike[str], framework: str = "ravine", device: Any = "cpu"
    ) -> None:
        if framework not in ("ravine", "pt", "np", "numpy"):
            raise ValueError(f'safe_open: framework should be "ravine", "pt" or "np", not {framework!r}')
        rv.zeros(0, device=device)  # says so if there is no such device
        import mmap

        where = os.fsdecode(filename)
        _check_place(where)
        with open(where, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = _header.check_length(file.read(512), size, where)
            file.seek(8)
            self._read(file.read(length), size - 8 - length, where)
            self._data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._numpy = framework in ("np", "numpy")
        self._base = 8 + length

    @classmethod
    def of_bytes(cls, data: bytes | memoryview, where: str) -> safe_open:
        """The same for a file that is in memory; ``where`` is its name in errors."""
        self = cls.__new__(cls)
        length = _header.check_length(bytes(data[:512]), len(data), where)
        self._read(bytes(data[8 : 8 + length]), len(data) - 8 - length, where)
        self._data, self._numpy, self._base = data, False, 8 + length
        return self

    def _read(self, header: bytes, room: int, where: str) -> None:
        self._where = where
        entries, self._metadata = _header.parse(header, room, where)
        self._entries = {entry.name: entry for entry in entries}

    def keys(self) -> list[str]:
        """The names, sorted."""
        return sorted(self._entries)

    def offset_keys(self) -> list[str]:
        """The names in the order of their bytes."""
        return list(self._entries)

    def metadata(self) -> dict[str, str] | None:
        """The header's strings; None if there are none."""
        return dict(self._metadata) or None

    def get_tensor(self, name: str) -> Any:
        """One tensor.

        Raises:
            FileError: there is none of that name, or its dtype does not exist here.
        """
        entry = self._entry(name)
        return self._made(entry, self._array(entry))

    def get_slice(self, name: str) -> TensorSlice:
        """One tensor to take parts of: `file.get_slice("weight")[:10]` reads ten rows."""
        return TensorSlice(self, self._entry(name))

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            raise FileError(f"{self._where}: there is no tensor {name!r}")
        return self._entries[name]

    def _array(self, entry: Entry) -> Any:
        """The values where they lie in the file."""
        import numpy as np

        if self._data is None:
            raise rv.errors.StateError(f"{self._where} is closed: read within the with statement")
        if entry.dtype not in _header.NUMPY:
            raise FileError(
                f"{self._where}: tensor {entry.name!r} is {entry.dtype}, a type that Ravine lacks"
            )
        kind = np.dtype(_header.NUMPY[entry.dtype])
        count = (entry.end - entry.start) // kind.itemsize
        try:
            flat = np.frombuffer(self._data, kind, count, self._base + entry.start)
            return flat.reshape(entry.shape)
        except ValueError as error:  # more dimensions, or larger ones around a zero, than arrays have
            raise FileError(f"{self._where}: tensor {entry.name!r}: {error}") from None

    def _get_array(self, name: str) -> Any:
        """One tensor as an array that is the caller's."""
        return self._array(self._entry(name)).copy()

    def _made(self, entry: Entry, array: Any) -> Any:
        """A copy of an array of the file, as the framework's kind."""
        import numpy as np

        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        if entry.dtype == "BF16":
            if self._numpy:
                raise FileError(f"{self._where}: tensor {entry.name!r} is bfloat16, which NumPy lacks")
            wide = (array.astype(np.uint32) << np.uint32(16)).view(np.float32)
            return rv.tensor(wide, dtype=rv.bfloat16)
        if self._numpy:
            return array.copy()
        if array.dtype.kind == "b":
            array = array.view(np.uint8) != 0  # whatever the bytes are
        try:
            return rv.tensor(array)
        except TypeError:
            kind = array.dtype.name
            raise FileError(
                f"{self._where}: tensor {entry.name!r} is {kind}, a type that Ravine lacks. Open the "
                'file with safe_open(..., framework="np")'
            ) from None

    def close(self) -> None:
        """Let go of the file."""
        data, self._data = self._data, None
        if hasattr(data, "close"):
            with suppress(BufferError):  # an array still looks at it; the last one closes it
                data.close()

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{len(self._entries)} tensors of {self._where}>"


def _check_place(where: str) -> None:
    """Refuse what has no bytes to map: a folder, a pipe, a device."""
    try:
        mode = os.stat(where).st_mode
    except OSError:
        return  # opening it says what is wrong
    if stat.S_ISDIR(mode):
        inside = sorted(name for name in os.listdir(where) if name.endswith(".safetensors"))
        which = f", such as {inside[0]}" if inside else ""
        raise IsADirectoryError(EISDIR, f"A folder stands there. Give a file in it{which}", where)
    if not stat.S_ISREG(mode):
        raise FileError(f"{where}: no regular file. Read it, and give ravine.load(io.BytesIO(...)) its bytes")


class TensorSlice:
    """A tensor of a file, to be read in part."""

    def __init__(self, file: safe_open, entry: Entry) -> None:
        self._file, self._entry = file, entry

    def get_shape(self) -> list[int]:
        """The shape of the whole."""
        return list(self._entry.shape)

    def get_dtype(self) -> str:
        """The format's name for the dtype, such as F32."""
        return self._entry.dtype

    def __getitem__(self, index: Any) -> Any:
        import numpy as np

        part = np.asarray(self._file._array(self._entry)[index])
        return self._file._made(self._entry, part)
