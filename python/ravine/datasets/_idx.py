"""The idx format of the MNIST files: a magic number, the sizes, then numbers in big-endian order."""

from __future__ import annotations

import gzip
import math
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from ravine.errors import FileError
from ravine.io._kinds import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["idx", "labelled"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
_CHUNK = 1 << 20  # read in pieces: a header may promise far more than the file has


def idx(path: Path) -> NDArray[Any]:
    """The array in an idx file, packed by gzip or not.

    Raises:
        OSError: the file cannot be read.
        FileError: it is no idx file, is cut off, or goes on after its last number.
    """
    import numpy as np

    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES:
                kind = kind_of(head + file.read(508), str(path))
                raise FileError(
                    f"{path}: no idx file: it begins with {head.hex(' ') or 'nothing'}, "
                    "an idx file with 00 00, a type and the number of dimensions"
                    + (f". {kind}" if kind else "")
                    + ". Fetch it again"
                )
            sizes = file.read(4 * head[3])
            if len(sizes) < 4 * head[3]:
                raise FileError(f"{path}: cut off within its header. Fetch it again")
            shape = [int.from_bytes(sizes[i : i + 4], "big") for i in range(0, len(sizes), 4)]
            kind = np.dtype(f">{_TYPES[head[2]]}")
            expected = math.prod(shape) * kind.itemsize
            data = _read(file, expected + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileError(f"{path}: cut off or damaged ({error}). Fetch it again") from error
    if len(data) != expected:
        raise FileError(
            f"{path}: its header promises shape {tuple(shape)} of {kind.name}, {expected:,} bytes, but "
            + (
                f"{len(data):,} follow: it is cut off. Fetch it again"
                if len(data) < expected
                else "more follow. Fetch it again"
            )
        )
    try:
        return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))
    except ValueError as error:  # more dimensions, or larger ones around a zero, than arrays have
        raise FileError(f"{path}: its header promises what is no array: {error}") from None


def _read(file: BinaryIO, size: int) -> bytes:
    """Up to ``size`` bytes, taking memory only for what is there."""
    parts = []
    while size > 0 and (part := file.read(min(size, _CHUNK))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def labelled(images: Path, labels: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images as shares of white in [0, 1] and their labels, from two idx files of bytes.

    Raises:
        OSError: a file cannot be read.
        FileError: a file is none of this format, or they do not belong together.
    """
    import numpy as np

    pixels, classes = idx(images), idx(labels)
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise FileError(
            f"{images}: expected images, uint8 in 3 dimensions, got {_said(pixels)}. Are files mixed up?"
        )
    if classes.dtype != np.uint8 or classes.ndim != 1:
        raise FileError(
            f"{labels}: expected labels, uint8 in 1 dimension, got {_said(classes)}. Are files mixed up?"
        )
    if len(pixels) != len(classes):
        raise FileError(
            f"{images} has {len(pixels):,} images, but {labels} has {len(classes):,} labels. "
            "They do not belong together: fetch both again"
        )
    return (pixels / np.float32(255)).astype(np.float32, copy=False), classes.astype(np.int64)


def _said(array: NDArray[Any]) -> str:
    return f"{array.dtype.name} in {array.ndim} of shape {array.shape}"
