"""A lock between threads and processes that ends with its process, however that ends."""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EACCES, EAGAIN, EDEADLK, EINVAL, ENOLCK, ENOSYS, EOPNOTSUPP

from ._atomic import _host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["FileLock"]

_HELD = (EACCES, EAGAIN, EDEADLK)
_UNSUPPORTED = (EINVAL, ENOLCK, ENOSYS, EOPNOTSUPP)
_BEHIND = 1 << 30  # where Windows locks a byte: what it locks, others cannot read

_open: set[int] = set()  # descriptors


def _leave_to_the_parent() -> None:
    """A forked child holds no lock of its parent: its copies would keep them after the parent's death."""
    for descriptor in list(_open):
        with suppress(OSError):
            os.close(descriptor)
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)


class FileLock:
    """An exclusive lock, on a file that says who holds it.

    The system lets go of it when the process ends, even by a kill: a file that is left over locks nothing.

    Args:
        path: the lock's file; it is there while the lock is held. Its folder has to exist.

    Attributes:
        supported: whether the file system has locks. Where it has none, everybody gets every lock.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / ".lock"
    >>> one, two = FileLock(path), FileLock(path)
    >>> one.acquire(), two.acquire()
    (True, False)
    >>> one.release()
    >>> two.acquire(), two.release(), path.exists()
    (True, None, False)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.supported = True
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it, without waiting.

        Raises:
            OSError: the file cannot be made.
        """
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            _open.add(file)
            try:
                if not self._take(file):
                    _close(file)
                    return False
                # Whoever held it may have removed the file between our opening and our locking it.
                if _is_at(file, self.path):
                    os.ftruncate(file, 0)
                    os.write(file, f"{os.getpid()} {_host()}".encode())
                    self._file = file
                    return True
            except BaseException:
                _close(file)
                raise
            _close(file)

    def _take(self, file: int) -> bool:
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _HELD:
                return False
            if error.errno not in _UNSUPPORTED:
                raise
            self.supported = False
        return True

    def holder(self) -> str:
        """Who holds the lock, for a message."""
        try:
            with open(self.path, encoding="ascii") as file:
                process, _, host = file.read(200).partition(" ")
        except (OSError, ValueError):
            return "another process"
        if not process.isdecimal():
            return "another process"  # which has not written its number yet
        if host and host != _host():
            return f"process {process} on {host}"
        return f"this process ({process})" if int(process) == os.getpid() else f"process {process}"

    def release(self) -> None:
        """Let go of the lock; harmless without it."""
        file, self._file = self._file, None
        if file is None or file not in _open:
            return
        if os.name == "posix":  # while it is held: afterwards the file may be another's
            with suppress(OSError):
                os.unlink(self.path)
        _close(file)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


def _close(file: int) -> None:
    _open.discard(file)
    os.close(file)


def _is_at(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _lock(file: int) -> None:
    if os.name == "posix":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        import msvcrt as windows

        system: Any = windows
        os.lseek(file, _BEHIND, os.SEEK_SET)
        system.locking(file, system.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
