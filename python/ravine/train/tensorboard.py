"""Event files that TensorBoard reads, written without it: protocol buffers in TensorFlow's record format."""

from __future__ import annotations

import os
import struct
import time
from functools import cache
from itertools import count
from pathlib import Path

from ..errors import ShapeError, ValueError
from .logs import Log
from .png import png

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, BinaryIO

    from ..viz import Picture

__all__ = ["TensorBoardLog"]

_files = count()  # files of one process and second have names of their own


class TensorBoardLog(Log):
    """Writes scalars, texts and images for TensorBoard: ``Run(..., logs=[TensorBoardLog("runs/tb/first")])``.

    A run notes its losses, metrics and learning rate under their names, its hyperparameters as a text, and
    pictures with pixels that it shows as images. A resumed run goes on in a new file, and TensorBoard drops
    what the stopped one had written after its checkpoint.

    Look at it with ``tensorboard --logdir runs/tb``; runs in folders beside each other are compared there.

    Args:
        folder: for the file, made if need be.

    Raises:
        OSError: the file cannot be written (when there is something to write).

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with TensorBoardLog(folder) as log:
    ...     log.scalar("loss", 0.5, step=1)
    ...     log.text("samples", "To be, or not", step=1)
    ...     log.image("digit", [[0, 255], [255, 0]], step=1)
    >>> [path.name.split(".")[2] for path in Path(folder).iterdir()]
    ['tfevents']
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._file: BinaryIO | None = None
        self._began = time.time()

    # ---- what can be written

    def scalar(self, tag: str, value: Any, step: int, *, when: float | None = None) -> None:
        """A number, or a tensor of one element; ``when`` in seconds since 1970, now by default."""
        if getattr(value, "shape", ()) and value.numel() != 1:
            raise ShapeError(f"TensorBoardLog: {tag} has shape {tuple(value.shape)}, but must be a scalar")
        self._summary(_text(1, tag) + _float(2, float(value)), step, when)

    def text(self, tag: str, text: str, step: int) -> None:
        """A text, which TensorBoard reads as Markdown."""
        shape = _message(2, _message(2, _varint(1, 1)))  # one dimension of size 1
        tensor = _varint(1, 7) + shape + _text(8, text)  # 7 is the dtype of strings
        kind = _message(1, _text(1, "text"))
        self._summary(_text(1, tag) + _message(9, kind) + _message(8, tensor), step)

    def image(self, tag: str, image: Any, step: int) -> None:
        """A picture: (H, W) or (H, W, 3), numbers from 0 to 255; or one of `ravine.viz` that has pixels."""
        data = image.png if hasattr(image, "svg") else png(image)
        if data is None:
            raise ValueError(f"TensorBoardLog: the picture {tag} is made of lines and text. Save it as .svg")
        width, height = struct.unpack(">II", data[16:24])
        channels = {0: 1, 4: 2, 2: 3, 6: 4}[data[25]]
        told = _varint(1, height) + _varint(2, width) + _varint(3, channels) + _message(4, data)
        self._summary(_text(1, tag) + _message(4, told), step)

    def flush(self) -> None:
        """Give the system what was written, so that TensorBoard sees it."""
        if self._file is not None:
            self._file.flush()

    # ---- of a run

    def begin(self, step: int, about: Mapping[str, str]) -> None:
        self._began = time.time()
        if step:
            # The start of a session: what has this step or a later one is dropped.
            self._event(step + 1, _message(7, _varint(1, 1)))
        rows = "\n".join(f"| {_cell(name)} | {_cell(value)} |" for name, value in about.items())
        self.text("about", f"| | |\n|---|---|\n{rows}", step)
        self.flush()

    def note(self, step: int, values: Mapping[str, float], seconds: float) -> None:
        for name, value in values.items():
            self.scalar(name, value, step, when=self._began + seconds)

    def show(self, step: int, title: str, shown: str | Picture) -> None:
        if not isinstance(shown, str) and shown.png is not None:
            self.image(title, shown, step)

    def sync(self) -> None:
        self.flush()

    def close(self) -> None:
        """Close the file; what is written later goes into another."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> TensorBoardLog:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- the file

    def _summary(self, value: bytes, step: int, when: float | None = None) -> None:
        self._event(step, _message(5, _message(1, value)), when)

    def _event(self, step: int, content: bytes, when: float | None = None) -> None:
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"events.out.tfevents.{int(time.time()):010d}.ravine.{os.getpid()}.{next(_files)}"
            self._file = (self.folder / name).open("wb")
            self._file.write(_record(_double(1, time.time()) + _text(3, "brain.Event:2")))
        moment = time.time() if when is None else when
        self._file.write(_record(_double(1, moment) + _varint(2, step) + content))


def _cell(text: str) -> str:
    """A text as a cell of a table in Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


# ---- protocol buffers: a key (number of the field, kind of what follows), and the value


def _number(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its 64 bits."""
    value &= (1 << 64) - 1
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _varint(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _double(field: int, value: float) -> bytes:
    return _number(field << 3 | 1) + struct.pack("<d", value)


def _message(field: int, content: bytes) -> bytes:
    return _number(field << 3 | 2) + _number(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode("utf-8", "replace"))


def _float(field: int, value: float) -> bytes:
    try:
        return _number(field << 3 | 5) + struct.pack("<f", value)
    except OverflowError:  # beyond float32
        return _number(field << 3 | 5) + struct.pack("<f", float("inf") if value > 0 else float("-inf"))


# ---- records: length and content, each with its checksum


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return b"".join([length, _checksum(length), content, _checksum(content)])


def _checksum(data: Iterable[int]) -> bytes:
    """CRC-32C (RFC 3720), turned and shifted so that a checksum of data with checksums is no fixed point."""
    crc, table = 0xFFFFFFFF, _crc_table()
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)
