"""A file that is replaced as a whole: whatever happens, its name leads to the old content or to the new."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import EISDIR, ENOENT, ENOTDIR
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["replace", "sync_folder"]

_PIECE = 1 << 26  # bytes of one write call
_numbers = count()


def replace(path: str | os.PathLike[str], pieces: Iterable[bytes | memoryview]) -> None:
    """Write ``pieces`` to a temporary file in the same folder, and rename it to ``path``.

    The content is on the disk before the name is, and the name before the call returns. If writing fails the
    temporary file is removed, and ``path`` is as before; if the process is killed, the next call for ``path``
    removes what it left. A device or a pipe is not replaced: it is written to.

    Raises:
        OSError: the folder is missing or cannot be written, or the disk is full.
    """
    target = os.path.realpath(os.fsdecode(path))  # a link stays a link
    folder, name = os.path.split(target)
    try:
        mode = os.stat(target).st_mode
    except OSError:
        mode = None  # a new file
    if (mode is not None and stat.S_ISDIR(mode)) or os.fsdecode(path).endswith(("/", os.sep)):
        raise IsADirectoryError(EISDIR, "A folder stands there. Add a file's name", os.fsdecode(path))
    if mode is not None and not stat.S_ISREG(mode):
        _write_into(os.fsdecode(path), pieces)
        return
    short = os.fsdecode(os.fsencode(name)[:100])  # a name may be as long as the system allows
    ours = f".{short}.{_host()}-"
    _remove_abandoned(folder, ours)
    temporary = os.path.join(folder, f"{ours}{os.getpid()}-{next(_numbers)}.tmp")
    try:
        if os.path.isfile(folder):
            raise NotADirectoryError(ENOTDIR, "A file stands there, not a folder", folder)
        if not os.path.isdir(folder):
            raise FileNotFoundError(ENOENT, "No such folder. Make it first (os.makedirs)", folder)
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            for piece in pieces:
                _write(file, piece)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(file, mode & 0o777)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            if error.filename in (None, temporary) and error.filename2 is None:
                error.filename = os.fsdecode(path)  # the temporary file is no matter of the user's
            error.add_note(f"{os.fsdecode(path)} is as it was before")
        raise
    sync_folder(folder)


def _write_into(path: str, pieces: Iterable[bytes | memoryview]) -> None:
    file = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    try:
        for piece in pieces:
            _write(file, piece)
    finally:
        os.close(file)


def _write(file: int, piece: bytes | memoryview) -> None:
    view = memoryview(piece)
    start = 0
    while start < len(view):
        start += os.write(file, view[start : start + _PIECE])


def sync_folder(folder: str) -> None:
    """Put a folder's names on the disk."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # where a folder cannot be opened, renaming is as safe as it gets
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _host() -> str:
    from platform import node

    return "".join(letter for letter in node() if letter.isalnum()) or "host"


def _remove_abandoned(folder: str, ours: str) -> None:
    """Remove the temporary files of processes of this machine that are no more."""
    if os.name != "posix":
        return  # elsewhere `os.kill` does not ask, it kills
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return  # opening the new file will say what is wrong
    for name in names:
        if name.startswith(ours) and name.endswith(".tmp"):
            process = name[len(ours) :].split("-")[0]
            if process.isdecimal() and not _lives(int(process)):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # another user's
    return True
