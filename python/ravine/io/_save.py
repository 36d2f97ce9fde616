"""save: any state of a program in one file."""

from __future__ import annotations

import json
import os

import ravine as rv
from ravine.errors import DTypeError

from . import safetensors
from ._atomic import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

__all__ = ["FORMAT", "save"]

FORMAT = 1
"""Of the tree; a reader refuses a higher one."""


def save(
    obj: Any,
    f: str | os.PathLike[str] | IO[bytes],
    pickle_module: Any = None,
    pickle_protocol: int | None = None,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, and Python data with tensors in them, to a file.

    The file is a safetensors file, nothing in it is pickled. Tensors have the way to them as their name,
    joined by dots (`model.0.weight`), so that a state dict's names are its own and any program that knows the
    format can read it. What is not a tensor stands in the header.

    A file is replaced as a whole: a failure, a kill or a power cut leaves the old one or the new one.

    Args:
        obj: a tensor, a NumPy array, a number, a string, a bool, None, a dtype, a module, or dicts, lists and
            tuples of them to any shape; keys of dicts are strings, numbers, bools or None. Subclasses come
            back as the plain type, a `Parameter` as a `Parameter`. One object in several places (tied
            weights) comes back as one; different tensors with the same memory are written once and come back
            as tensors of equal values. Of a tensor's history only its values and `requires_grad` are kept. Of
            a module its class's name and its attributes are written; see `load`.
        f: the file's path, or an open binary file (which is only written to).
        pickle_module: accepted, as the next two, for PyTorch's sake: nothing is pickled.
        pickle_protocol: as `pickle_module`.

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
        "ravine": json.dumps({"format": FORMAT, "version": rv.__version__}),
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
