"""load: what is in a file, whoever wrote it."""

from __future__ import annotations

import json
import os

import ravine as rv
from ravine import _core
from ravine.errors import DTypeError, FileError

from . import safetensors
from ._save import FORMAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO, Any

    from ravine._core import Tensor

__all__ = ["load"]


def load(
    f: str | os.PathLike[str] | IO[bytes],
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = True,
    mmap: bool | None = None,
    classes: Sequence[type] = (),
    **pickle_load_args: Any,
) -> Any:
    """What `save` wrote; of another safetensors file the tensors by name; of a file of torch.save its data.

    The content tells which it is. A file never decides what is run or imported. Modules of `ravine.nn` come
    back as they were, those of other classes where the class is among `classes`. In a file of torch.save,
    names are looked up in a table of tensors, NumPy arrays and plain data; one that names anything else, such
    as a module's class, is refused.

    Args:
        f: the file's path, or an open binary file.
        map_location: where tensors go: a device, a dict from the names of devices in the file to others, or a
            function of a tensor and such a name, which returns the tensor elsewhere, or None. Without it all
            come to the CPU.
        pickle_module: accepted, as the next two and further options, for PyTorch's sake.
        weights_only: as `pickle_module`: a file cannot run code either way.
        mmap: as `pickle_module`.
        classes: the classes of modules that the file may hold, besides those of `ravine.nn`.

    Raises:
        OSError: the file cannot be read.
        FileError: it is cut off, damaged, of another format, names what it may not, holds a module of a class
            that is not given, or was written by a newer Ravine.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.pt"
    >>> ravine.save(ravine.nn.Linear(2, 1), path)
    >>> ravine.load(path)
    Linear(in_features=2, out_features=1, bias=True)
    """
    try:
        return _load(f, _place(map_location), classes)
    except _Misplaced as misplaced:
        raise misplaced.error from None


class _Misplaced(Exception):
    """What a caller's `map_location` has raised: no fault of the file."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _load(f: Any, place: Callable[[Tensor, str], Tensor], classes: Sequence[type]) -> Any:
    reader = getattr(f, "read", None)
    if reader is None and not isinstance(f, (str, bytes, os.PathLike)):
        raise DTypeError(f"load: f should be a path or an open binary file, not {type(f).__name__}")
    if reader is not None:
        data = reader()
        if isinstance(data, str):
            raise DTypeError('load: f is a text file. Open it as binary: open(path, "rb")')
        where = str(getattr(f, "name", "the file"))
        if _is_of_torch(data[:512]):
            return _read_torch(data, where, place)
        file = safetensors.safe_open.of_bytes(data, where)
    else:
        path: Any = f
        if _is_of_torch(_start(path)):
            with open(path, "rb") as opened:
                return _read_torch(opened.read(), os.fsdecode(path), place)
        file = safetensors.safe_open(path)
    with file:
        return _read_own(file, place, classes)


def _start(f: str | os.PathLike[str]) -> bytes:
    """The first bytes of a regular file; what else stands there the reader of files tells."""
    if not os.path.isfile(f):
        return b""
    with open(f, "rb") as opened:
        return opened.read(512)


def _is_of_torch(start: bytes) -> bool:
    from ._kinds import is_torch

    return is_torch(start)


def _read_torch(data: bytes, where: str, place: Callable[[Tensor, str], Tensor]) -> Any:
    from io import BytesIO

    from ._torch import read_legacy, read_zip

    if data.startswith(b"PK"):
        return read_zip(BytesIO(data), where, place)
    return read_legacy(data, where, place)


def _read_own(file: Any, place: Callable[[Tensor, str], Tensor], classes: Sequence[type]) -> Any:
    from ._tree import decode

    def tensor(name: str) -> Tensor:
        return place(file.get_tensor(name), "cpu")

    metadata = file.metadata() or {}
    if metadata.get("format") != "ravine" or "tree" not in metadata:
        return {name: tensor(name) for name in file.offset_keys()}
    where = file._where
    try:
        head = json.loads(metadata.get("ravine", "{}"))
        written = head["format"]
        if not isinstance(written, int):
            raise TypeError("its format is no number")
        if written > FORMAT:
            raise FileError(
                f"{where}: written by Ravine {head.get('version')}, in format {written}; this is Ravine "
                f"{rv.__version__}, which reads up to {FORMAT}. Install a newer one"
            )
        tree = json.loads(metadata["tree"])
    except FileError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{where}: its metadata are not valid: {error}") from None
    return decode(tree, tensor, file._get_array, where, classes)


def _place(map_location: Any) -> Callable[[Tensor, str], Tensor]:
    """A function that puts a tensor where it belongs, by the name of the device that it was on."""
    if map_location is None:
        return lambda tensor, _: tensor
    if isinstance(map_location, dict):
        known = {str(name): _core.device(to) for name, to in map_location.items()}
        return lambda tensor, name: tensor.to(known[name]) if name in known else tensor
    if callable(map_location) and not isinstance(map_location, _core.device):

        def put(tensor: Tensor, name: str) -> Tensor:
            try:
                found = map_location(tensor, name)
            except Exception as error:
                raise _Misplaced(error) from None
            if found is not None and not isinstance(found, _core.Tensor):
                text = f"map_location returns the tensor, on its device, or None; not {type(found).__name__}"
                raise _Misplaced(DTypeError(f"load: {text}"))
            return tensor if found is None else found

        return put
    to = _core.device(map_location)
    _core.tensor(0.0, device=to)  # says so if there is no such device
    return lambda tensor, _: tensor.to(to)
