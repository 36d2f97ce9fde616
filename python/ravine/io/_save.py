"""save and load: any state of a program in one file."""

from __future__ import annotations

import json
import os

import ravine as rv
from ravine.errors import DTypeError, FileError

from . import safetensors
from ._atomic import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

__all__ = ["load", "save"]

_FORMAT = 1  # of the tree; a reader refuses a higher one


def save(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write tensors, and Python data with tensors in them, to a file.

    The file is a safetensors file, nothing in it is pickled. Tensors have the way to them as their name,
    joined by dots (`model.0.weight`), so that a state dict's names are its own and any program that knows the
    format can read it. What is not a tensor stands in the header.

    A file is replaced as a whole: a failure, a kill or a power cut leaves the old one or the new one.

    Args:
        obj: a tensor, a NumPy array, a number, a string, a bool, None, a dtype, or dicts, lists and tuples of
            them to any shape; keys of dicts are strings, numbers, bools or None. Subclasses come back as the
            plain type, a `Parameter` as a `Parameter`. One object in several places (tied weights) comes back
            as one; different tensors with the same memory are written once and come back as tensors of equal
            values. Of a tensor's history only its values and `requires_grad` are kept.
        f: the file's path, or an open binary file (which is only written to).

    Raises:
        DTypeError: something in `obj` cannot be saved; the message says where it is.
        ValueError: `obj` contains itself.
        OSError: the file cannot be written; the old one is as it was.

    >>> import tempfile, pathlib
    >>> model = ravine.nn.Linear(2, 1)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> ravine.save({"model": model.state_dict(), "classes": ("cat", "dog"), "step": 7}, path)
    >>> state = ravine.load(path)
    >>> state["classes"], state["step"], model.load_state_dict(state["model"])
    (('cat', 'dog'), 7, <All keys matched successfully>)
    >>> sorted(ravine.io.safetensors.load_file(path))
    ['model.bias', 'model.weight']
    """
    from ._tree import encode

    if not isinstance(f, (str, bytes, os.PathLike)) and not hasattr(f, "write"):
        raise DTypeError(
            f"save: f should be a path or an open binary file, not {type(f).__name__}. "
            "Call save(obj, f): first what to save, then where"
        )
    tree, tensors = encode(obj)
    metadata = {
        "format": "ravine",
        "ravine": json.dumps({"format": _FORMAT, "version": rv.__version__}),
        "tree": json.dumps(tree, separators=(",", ":"), allow_nan=False),
    }
    pieces = safetensors.pieces(tensors, metadata)
    if hasattr(f, "write"):
        for piece in pieces:
            try:
                f.write(piece)  # pyright: ignore[reportAttributeAccessIssue]
            except TypeError:
                raise DTypeError('save: f is a text file. Open it as binary: open(path, "wb")') from None
    else:
        replace(f, pieces)  # pyright: ignore[reportArgumentType]


def load(
    f: str | os.PathLike[str] | IO[bytes], map_location: Any = None, *, weights_only: bool = True
) -> Any:
    """What `save` wrote; of another safetensors file the tensors by name.

    Args:
        f: the file's path, or an open binary file.
        map_location: the device for the tensors; "cpu".
        weights_only: accepted for PyTorch's sake, without effect: a file cannot hold code.

    Raises:
        OSError: the file cannot be read.
        FileError: it is cut off, damaged, of another format (for instance a pickle of torch.save), or
            written by a newer Ravine.
    """
    from ._tree import decode

    if not isinstance(f, (str, bytes, os.PathLike)) and not hasattr(f, "read"):
        raise DTypeError(f"load: f should be a path or an open binary file, not {type(f).__name__}")
    device = "cpu" if map_location is None else map_location
    if hasattr(f, "read"):
        data = f.read()  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(data, str):
            raise DTypeError('load: f is a text file. Open it as binary: open(path, "rb")')
        file = safetensors.safe_open.of_bytes(data, str(getattr(f, "name", "the file")))
    else:
        file = safetensors.safe_open(f, device=device)  # pyright: ignore[reportArgumentType]
    with file:
        metadata = file.metadata() or {}
        if metadata.get("format") != "ravine" or "tree" not in metadata:
            return {name: file.get_tensor(name) for name in file.offset_keys()}
        where = file._where
        try:
            head = json.loads(metadata.get("ravine", "{}"))
            written = head["format"]
            if not isinstance(written, int):
                raise TypeError("its format is no number")
            if written > _FORMAT:
                raise FileError(
                    f"{where}: written by Ravine {head.get('version')}, in format {written}; this is Ravine "
                    f"{rv.__version__}, which reads up to {_FORMAT}. Install a newer one"
                )
            tree = json.loads(metadata["tree"])
        except FileError:
            raise
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise FileError(f"{where}: its metadata are not valid: {error}") from None
        return decode(tree, file.get_tensor, file._get_array, where)
