"""Readers for the files of the usual data sets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from ravine.errors import FileError
from ravine.errors import ValueError as RavineValueError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CIFAR10_CLASSES", "cifar10", "mnist", "text"]

CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
"""The name of each label of :func:`cifar10`."""


def _checked(name: str, part: str) -> None:
    if part not in ("train", "test"):
        raise ValueError(f'{name}: part must be "train" or "test", not {part!r}')


def mnist(
    folder: str | os.PathLike[str], part: Literal["train", "test"]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """MNIST, Fashion-MNIST, or another set in their format, from the files as they are published.

    These are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    `t10k-labels-idx1-ubyte`, packed by gzip (`.gz`) or not.

    Args:
        folder: where they lie.
        part: `"train"` or `"test"`.

    Returns:
        `(images, labels)`: float32 of shape `(n, height, width)` in [0, 1], and int64 of shape `(n,)`.

    Raises:
        ValueError: another part.
        FileNotFoundError: a file is missing.
        FileError: a file is cut off, damaged or of another format, or images and labels differ in number.
    """
    from pathlib import Path

    from ravine.datasets._idx import labelled

    _checked("mnist", part)
    stem = "train" if part == "train" else "t10k"
    images = _one_of(Path(folder), f"{stem}-images-idx3-ubyte", f"{stem}-images.idx3-ubyte")
    labels = _one_of(Path(folder), f"{stem}-labels-idx1-ubyte", f"{stem}-labels.idx1-ubyte")
    return labelled(images, labels)


def _one_of(folder: Path, *names: str) -> Path:
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.exists():
                return path
    raise FileNotFoundError(
        f"{folder} has neither {names[0]} nor {names[0]}.gz. Put the files of MNIST or Fashion-MNIST there; "
        "ravine.datasets.download fetches a file from its address"
    )


def cifar10(
    folder: str | os.PathLike[str], part: Literal["train", "test"]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """CIFAR-10 from the files of its binary version, `data_batch_1.bin` to `_5.bin` and `test_batch.bin`.

    The other version, for Python, consists of pickles, which can run any code, and is not read.

    Args:
        folder: where they lie, or the folder above `cifar-10-batches-bin`.
        part: `"train"` (five files) or `"test"`.

    Returns:
        `(images, labels)`: float32 of shape `(n, 3, 32, 32)` in [0, 1], red, green, blue, and int64 of shape
        `(n,)`; `CIFAR10_CLASSES` has their names.

    Raises:
        ValueError: another part.
        FileNotFoundError: a file is missing.
        FileError: a file is cut off or of another format.
    """
    from pathlib import Path

    import numpy as np

    _checked("cifar10", part)
    root = Path(folder)
    if (root / "cifar-10-batches-bin").is_dir():
        root /= "cifar-10-batches-bin"
    names = [f"data_batch_{n}.bin" for n in range(1, 6)] if part == "train" else ["test_batch.bin"]
    missing = [name for name in names if not (root / name).exists()]
    if missing:
        pickles = (root / missing[0].removesuffix(".bin")).exists() or (root / "cifar-10-batches-py").is_dir()
        raise FileNotFoundError(
            f"{root} has no {missing[0]}. "
            + ("It has the version for Python, whose pickles are not read. " if pickles else "")
            + "Unpack cifar-10-binary.tar.gz there (https://www.cs.toronto.edu/~kriz/cifar.html)"
        )
    records = []
    for name in names:
        data = (root / name).read_bytes()
        if len(data) % 3073 or not data:
            raise FileError(
                f"{root / name}: {len(data):,} bytes are no whole number of records of 3,073: it is cut off "
                "or of another format. Unpack it again"
            )
        rows = np.frombuffer(data, np.uint8).reshape(-1, 3073)
        if rows[:, 0].max() > 9:
            at = int(np.argmax(rows[:, 0] > 9))
            raise FileError(
                f"{root / name}: record {at} has the label {rows[at, 0]}, but there are 0 to 9. "
                "Is it CIFAR-10?"
            )
        records.append(rows)
    rows = np.concatenate(records)
    images = (rows[:, 1:].reshape(-1, 3, 32, 32) / np.float32(255)).astype(np.float32)
    return images, rows[:, 0].astype(np.int64)


def text(path: str | os.PathLike[str], encoding: str = "utf-8") -> str:
    r"""A text file, packed by gzip or not; lines end in `\n`, and a byte order mark is left out.

    Args:
        path: the file.
        encoding: how its characters are written.

    Raises:
        OSError: it cannot be read.
        ValueError: an encoding that does not exist.
        FileError: it is damaged, or holds bytes that are no characters; the message says in which line.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "poem.txt"
    >>> _ = path.write_bytes(b"roses\r\nviolets\r\n")
    >>> text(path)
    'roses\nviolets\n'
    """
    import gzip
    import zlib
    from pathlib import Path

    from ravine.io._kinds import kind_of

    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileError(f"{path}: cut off or damaged ({error}). Fetch it again") from None
    try:
        content = data.decode(encoding)
    except LookupError as error:
        raise RavineValueError(f"text: {error}. Give one that Python knows, such as utf-8") from None
    except UnicodeDecodeError as error:
        kind = kind_of(data[:512], str(path), text=False)
        if kind is not None:
            raise FileError(f"{path}: no text. {kind}") from None
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{path}, line {line}: the byte {data[error.start]:#04x} is no {encoding}. Give the encoding "
            'that the file has, for instance encoding="latin-1"'
        ) from None
    return content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
