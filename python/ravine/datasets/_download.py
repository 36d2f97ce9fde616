"""Fetching a file: with progress, checksum and resumption, and never half a file under its name."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from ravine.errors import DownloadError
from ravine.errors import ValueError as RavineValueError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["download"]

_PIECE = 1 << 16
_TRIES = 3  # in a row that brought less than a piece
_TIMEOUT = 30.0  # seconds without a byte
_SLOWEST, _SLOW_SECONDS = 1000, 60.0  # fewer bytes in so long count as a broken connection
_PAUSE = 0.5  # seconds before another try, longer each time
_LOOK = 0.05  # seconds between two looks at a lock


def download(
    url: str, path: str | os.PathLike[str], sha256: str | None = None, progress: bool = True
) -> Path:
    """Fetch a file, unless it is there already.

    What has arrived lies in `PATH.part` until it is whole and its checksum is right; then it is renamed. So
    whatever is under `path` is whole, and a file that was there is replaced by a right one or not at all. A
    call after an interruption goes on where the last one was, if the server can and the file is still the
    same. A connection that breaks is tried again. Of several calls for one path, in threads or processes, one
    fetches the file; the others wait for it.

    Args:
        url: `https://`, `http://` or `file://`.
        path: where the file goes; folders are made. A file that is there is used as it is if no checksum is
            given or if it has it.
        sha256: the checksum that the file must have, in hexadecimal. Give it where one is known: without it a
            server that says no length and ends early goes unnoticed.
        progress: whether to show how far it is, on standard error.

    Returns:
        The path.

    Raises:
        ValueError: no address or one of another kind, or no checksum of 64 hexadecimal digits.
        DownloadError: there is no network, the server refuses or breaks off again and again, or the checksum
            is another one; the message says what to do. (It is an OSError.)
        OSError: the file cannot be written.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "source.txt").write_text("hello")
    >>> download((folder / "source.txt").as_uri(), folder / "copy.txt", progress=False).read_text()
    'hello'
    """
    from pathlib import Path

    from ravine.io._lock import FileLock

    _check_address(url)
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise RavineValueError(f"download: sha256 should be 64 hexadecimal digits, not {sha256!r}")
    wanted = None if sha256 is None else sha256.lower()
    target = Path(path)
    if _is_there(target, wanted):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(target.name + ".part.lock")) as lock:
        _wait_for(lock, target.name if progress else None)
        if not _is_there(target, wanted):  # while we waited
            with _Part(target, url, wanted, shared=lock.supported) as part:
                _bring(part, progress)
    return target


def _check_address(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RavineValueError(f"download: {url!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https", "file"):
        raise RavineValueError(f"download: {url!r} should begin with https://, http:// or file://")
    if parts.scheme != "file" and not host:
        raise RavineValueError(f"download: {url!r} names no server. Write https://SERVER/PATH")
    if wrong := re.search(r"[^\x21-\x7e]", url):
        raise RavineValueError(
            f"download: {url!r} has the character {wrong[0]!r}, which no address has. Write it with %, as "
            "urllib.parse.quote does"
        )


def _is_there(target: Path, wanted: str | None) -> bool:
    from errno import EISDIR

    if target.is_dir():
        raise IsADirectoryError(EISDIR, "A folder stands there. Add a file's name", str(target))
    if not target.exists():
        return False
    if wanted is None:
        return True
    with target.open("rb") as file:
        return _sum(file) == wanted


def _sum(file: Any) -> str:
    import hashlib

    return hashlib.file_digest(file, "sha256").hexdigest()


def _wait_for(lock: Any, name: str | None) -> None:
    """Until the lock is ours."""
    said = False
    while not lock.acquire():
        if name is not None and not said:
            said = True
            print(f"{name}: waiting for {lock.holder()}, which fetches it", file=sys.stderr, flush=True)
        time.sleep(_LOOK)


def _bring(part: _Part, progress: bool) -> None:
    """Fetch what is missing, check it, and give it its name."""
    _fetch(part, progress)
    found = part.sum()
    if part.wanted not in (None, found) and part.pieced:  # the pieces may have been of two files
        part.begin(None, None)
        _fetch(part, progress, ranges=False)
        found = part.sum()
    if part.wanted not in (None, found):
        part.begin(None, None)
        raise DownloadError(
            f"download: {part.url} has SHA-256 {found}, but {part.wanted} was expected. It is another "
            "version or was changed on the way; it was not kept"
            + (f", and {part.target} is as it was" if part.target.exists() else "")
            + ". Check the address and the checksum"
        )
    part.finish()


class _Part:
    """The beginning of a file, and beside it what tells whether the server's file is still the same.

    Args:
        shared: whether a lock keeps others away. Without one, each call has a part of its own.
    """

    def __init__(self, target: Path, url: str, wanted: str | None, shared: bool) -> None:
        from uuid import uuid4

        self.target, self.url, self.wanted = target, url, wanted
        own = "" if shared else f".{uuid4().hex}"
        self.path = target.with_name(f"{target.name}{own}.part")
        self.note = target.with_name(f"{target.name}{own}.part.json")
        self.file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)), "r+b")
        self.keep = shared
        try:
            self.size = self.file.seek(0, os.SEEK_END)
            self.pieced = self.size > 0  # put together from several answers
            self.validator, self.total, same = self._noted()
            # Without a validator a changed file would go unnoticed, unless a checksum is going to notice it.
            if self.size and not (same and self.resumable()):
                self.begin(None, None)
        except BaseException:
            self.file.close()
            raise

    def _noted(self) -> tuple[str | None, int | None, bool]:
        """The validator and the whole file's length, and whether they are of this address."""
        import json

        try:
            known = json.loads(self.note.read_text(encoding="utf-8"))
            validator, total = known["validator"], known["total"]
            same = known["url"] == self.url
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            return None, None, False
        right = isinstance(validator, str | None) and isinstance(total, int | None)
        return (validator, total, same) if right else (None, None, False)

    def resumable(self) -> bool:
        return self.validator is not None or self.wanted is not None

    def begin(self, validator: str | None, total: int | None) -> None:
        """Start anew, with what identifies the server's file."""
        import json

        self.file.seek(0)
        self.file.truncate()
        self.size, self.pieced, self.validator, self.total = 0, False, validator, total
        note = {"url": self.url, "validator": validator, "total": total}
        self.note.write_text(json.dumps(note), encoding="utf-8")

    def write(self, piece: bytes) -> None:
        self.file.write(piece)
        self.size += len(piece)

    def sum(self) -> str | None:
        """The checksum of what is in the file, if one is wanted."""
        if self.wanted is None:
            return None
        self.file.seek(0)
        return _sum(self.file)

    def finish(self) -> None:
        """Under its name, once it is on the disk."""
        from ravine.io._atomic import sync_folder

        self.file.flush()
        os.fsync(self.file.fileno())
        if not os.path.samestat(os.fstat(self.file.fileno()), os.stat(self.path)):
            raise DownloadError(f"download: another program replaced {self.path} meanwhile. Try again")
        self.file.close()  # Windows renames no open file
        os.replace(self.path, self.target)
        sync_folder(str(self.target.parent))
        self.keep = False

    def __enter__(self) -> _Part:
        return self

    def __exit__(self, *error: object) -> None:
        """Keep what has come: a later call may go on from there, some only with a checksum."""
        self.file.close()
        if not (self.keep and self.size):
            self.path.unlink(missing_ok=True)
            self.note.unlink(missing_ok=True)


class _Broken(Exception):
    """The connection failed; another may not."""


class _Unfit(_Broken):
    """The answer to a range is not that range: only the whole file is left to ask for."""


def _fetch(part: _Part, progress: bool, ranges: bool = True) -> None:
    """Bring the rest of the file, over as many connections as it takes."""
    furthest, failures, ranges = part.size, 0, ranges and not part.url.startswith("file:")
    while True:
        try:
            _connect(part, part.size if ranges else 0, part.target.name if progress else None)
            return
        except _Broken as error:
            reason = str(error)
            if isinstance(error, _Unfit):
                ranges = False  # it would lie again
        if part.size >= furthest + _PIECE:
            furthest, failures = part.size, 0
        else:
            failures += 1
        if failures == _TRIES:
            raise _unreachable(part, reason)
        time.sleep(failures * _PAUSE)


def _connect(part: _Part, before: int, name: str | None) -> None:
    """Ask once for what comes after ``before`` bytes, and append it."""
    import http.client
    import socket
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        part.url, headers={"User-Agent": "ravine", "Accept-Encoding": "identity"}
    )
    if before:
        request.add_header("Range", f"bytes={before}-")
        if part.validator is not None:
            request.add_header("If-Range", part.validator)
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        said = " ".join(f"{error.code} {error.reason}".split())
        if error.code == 416 and before:
            whole = error.headers.get("Content-Range") == f"bytes */{before}" and part.total in (None, before)
            if whole and _same(error.headers, part):
                return  # it was all there
            raise _Unfit(said) from None
        if error.code >= 500 or error.code in (408, 429):
            raise _Broken(said) from None
        raise DownloadError(f"download: the server answers {said} to {part.url}. Check the address") from None
    except urllib.error.URLError as error:
        if part.url.startswith("file:"):
            raise DownloadError(
                f"download: {part.url} cannot be read: {error.reason}. Check the address"
            ) from None
        if isinstance(error.reason, socket.gaierror):
            raise _unreachable(part, str(error.reason)) from None  # the next second knows no more
        raise _Broken(str(error.reason)) from None
    except (http.client.HTTPException, OSError, ValueError) as error:  # ValueError: a redirection to nowhere
        raise _Broken(str(error) or type(error).__name__) from None
    with answer:
        _receive(answer, part, before, name)


def _same(headers: Any, part: _Part) -> bool:
    """Whether the answer is about the file that the part is of; where it does not tell, a checksum will."""
    found = _validator(headers)
    return part.wanted is not None if None in (found, part.validator) else found == part.validator


def _validator(headers: Any) -> str | None:
    tag = headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified")


def _unreachable(part: _Part, reason: str) -> DownloadError:
    kept = part.keep and part.size and part.resumable()
    return DownloadError(
        f"download: {part.url} cannot be reached ({reason}). "
        + (f"The first {part.size:,} bytes are kept: a later call goes on from there. " if kept else "")
        + f"Check the network (proxies are taken from https_proxy), or fetch the file elsewhere and put it "
        f"at {part.target}"
    )


def _receive(answer: Any, part: _Part, before: int, name: str | None) -> None:
    """Append the answer's body to the part, or begin anew if the answer is the whole file."""
    headers = answer.headers
    local = part.url.startswith("file:")
    length = _number(headers.get("Content-Length", "")) if local else answer.length
    if answer.status == 206 and before:
        _check_range(headers, part, before, length)
        total = part.total = _number(headers["Content-Range"].partition("/")[2])
        part.file.seek(before)
        part.pieced = True
    elif local or answer.status == 200:
        _check_encoding(headers, part)
        total = length
        part.begin(_validator(headers), total)
    else:
        raise DownloadError(
            f"download: the server answers {answer.status} {answer.reason} to {part.url}, which is no whole "
            "file. Check the address"
        )
    shown = None if name is None else _Shown(name, part.size, total)
    try:
        for piece in _body(answer):
            part.write(piece)
            if shown is not None:
                shown.update(part.size, total)
    finally:
        part.file.flush()
        if shown is not None:
            shown.close(part.size, total)
    if total is not None and part.size < total:
        raise _Broken(f"the connection ended after {part.size:,} of {total:,} bytes")


def _check_range(headers: Any, part: _Part, before: int, length: int | None) -> None:
    """Go on only with exactly what was asked for: all the rest of the same file."""
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", headers.get("Content-Range", ""))
    first, last, total = map(int, found.groups()) if found else (0, 0, 0)
    if (
        (first, last) != (before, total - 1)
        or part.total not in (None, total)
        or length not in (None, total - before)
        or headers.get("Content-Encoding", "identity") != "identity"
        or not (_same(headers, part) or (_validator(headers) is None and _is_date(part.validator)))
    ):
        raise _Unfit(f"the server sent another range than was asked for: {headers.get('Content-Range')}")


def _is_date(validator: str | None) -> bool:
    """Whether it is a Last-Modified, which an answer to If-Range need not repeat."""
    return validator is not None and not validator.startswith('"')


def _check_encoding(headers: Any, part: _Part) -> None:
    """Refuse a file that was packed on the way; a server may also say so of one that lies there packed."""
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    packed = part.target.name.endswith((".gz", ".tgz", ".Z", ".br", ".zst"))
    if encoding in ("", "identity") or packed or part.wanted is not None:
        return
    raise DownloadError(
        f"download: the server sends {part.url} packed by {encoding}, although it was asked not to. Give the "
        "SHA-256 of the file as it is sent, or a path that ends in .gz, to keep it packed"
    )


def _body(answer: Any) -> Iterator[bytes]:
    """The answer's bytes as they come."""
    import http.client

    since, count = time.monotonic(), 0
    while True:
        try:
            piece = answer.read1(_PIECE)
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise _Broken(str(error) or type(error).__name__) from None
        if not piece:
            return
        yield piece
        count += len(piece)
        if (now := time.monotonic()) - since >= _SLOW_SECONDS:
            if count < _SLOWEST:
                raise _Broken(f"only {count:,} bytes in {now - since:.0f} s")
            since, count = now, 0


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


class _Shown:
    """Progress in bytes: on a terminal a line redrawn in place, elsewhere one for every 5 %."""

    def __init__(self, name: str, first: int, total: int | None) -> None:
        self.name, self.stream, self.clock = name, sys.stderr, time.perf_counter
        self.terminal = self.stream.isatty()
        self.began = self.drawn = self.clock()
        self.first, self.mark = first, 20 * first // total if total else 0

    def update(self, done: int, total: int | None) -> None:
        now = self.clock()
        if self.terminal:
            if now - self.drawn >= 0.1:
                self.drawn = now
                self.stream.write(f"\r\x1b[K{self._line(done, total, now)}")
                self.stream.flush()
        elif total and self.mark < (mark := 20 * done // total) < 20:
            self.mark = mark
            self.stream.write(self._line(done, total, now) + "\n")
            self.stream.flush()

    def close(self, done: int, total: int | None) -> None:
        start = "\r\x1b[K" if self.terminal else ""
        self.stream.write(f"{start}{self._line(done, total, self.clock())}\n")
        self.stream.flush()

    def _line(self, done: int, total: int | None, now: float) -> str:
        from ravine.train.progress import duration

        rate = (done - self.first) / (now - self.began) if now > self.began else 0.0
        size = f"{done / 1e6:.1f}" + (f"/{total / 1e6:.1f} MB" if total else " MB")
        speed = f", {rate / 1e6:.1f} MB/s" if rate else ""
        left = f", {duration((total - done) / rate)} left" if total and rate and done < total else ""
        share = ""
        if total:
            full = min(20 * done // total, 20)
            share = (
                f" {100 * done // total} %{' ' + '█' * full + '░' * (20 - full) if self.terminal else ','}"
            )
        return f"{self.name}:{share} {size}{speed}{left}"
