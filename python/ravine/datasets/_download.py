"""Fetching a file: with progress, checksum and resumption, and never half a file under its name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ravine.errors import DownloadError
from ravine.errors import ValueError as RavineValueError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["download"]

_PIECE = 1 << 16
_TRIES = 3  # in a row without a single byte
_TIMEOUT = 30.0  # seconds without a byte
_PAUSE = 0.5  # seconds before another try, longer each time


def download(
    url: str, path: str | os.PathLike[str], sha256: str | None = None, progress: bool = True
) -> Path:
    """Fetch a file, unless it is there already.

    What has arrived lies in `PATH.part` until it is whole and its checksum is right; then it is renamed. So
    whatever is under `path` is whole, and a file that was there is replaced by a right one or not at all. A
    call after an interruption goes on where the last one was, if the server can and the file is still the
    same. A connection that breaks is tried again.

    Args:
        url: `https://`, `http://` or `file://`.
        path: where the file goes; folders are made. A file that is there is used as it is if no checksum is
            given or if it has it.
        sha256: the checksum that the file must have, in hexadecimal. Give it where one is known.
        progress: whether to show how far it is, on standard error.

    Returns:
        The path.

    Raises:
        ValueError: another kind of address, or no checksum of 64 hexadecimal digits.
        DownloadError: there is no network, the server refuses, or the checksum is another one; the message
            says what to do. (It is an OSError.)
        OSError: the file cannot be written.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "source.txt").write_text("hello")
    >>> download((folder / "source.txt").as_uri(), folder / "copy.txt", progress=False).read_text()
    'hello'
    """
    import re
    from pathlib import Path
    from urllib.parse import urlsplit

    if urlsplit(url).scheme not in ("http", "https", "file"):
        raise RavineValueError(f"download: {url!r} should begin with https://, http:// or file://")
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise RavineValueError(f"download: sha256 should be 64 hexadecimal digits, not {sha256!r}")
    target = Path(path)
    if target.exists() and (sha256 is None or _sum(target) == sha256.lower()):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target, url, sha256 is not None)
    resumed = part.size() > 0
    _fetch(url, part, target, progress)
    if sha256 is not None and (found := _sum(part.file)) != sha256.lower():
        part.remove()
        if resumed:  # the beginning may have been of another file
            return download(url, path, sha256, progress)
        raise DownloadError(
            f"download: {url} has SHA-256 {found}, but {sha256.lower()} was expected. It is another version "
            "or was changed on the way; it was not kept"
            + (f", and {target} is as it was" if target.exists() else "")
            + ". Check the address and the checksum"
        )
    part.finish(target)
    return target


class _Part:
    """The beginning of a file, and beside it what tells whether the server's file is still the same."""

    def __init__(self, target: Path, url: str, checked: bool) -> None:
        import json

        self.file = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")
        self.url = url
        try:
            known = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        same = isinstance(known, dict) and known.get("url") == url
        self.validator: str | None = known.get("validator") if same else None
        # Without a validator a changed file would go unnoticed, unless a checksum is going to notice it.
        if not same or (self.validator is None and not checked):
            self.remove()

    def size(self) -> int:
        return self.file.stat().st_size if self.file.exists() else 0

    def begin(self, validator: str | None) -> None:
        """Start anew, with what identifies the server's file."""
        import json

        self.validator = validator
        self.file.write_bytes(b"")
        self.note.write_text(json.dumps({"url": self.url, "validator": validator}), encoding="utf-8")

    def remove(self) -> None:
        self.file.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.validator = None

    def finish(self, target: Path) -> None:
        """Under its name, once it is on the disk."""
        from ravine.io._atomic import sync_folder

        with self.file.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.file, target)
        self.note.unlink(missing_ok=True)
        sync_folder(str(target.parent))


def _fetch(url: str, part: _Part, target: Path, progress: bool) -> None:
    """Bring the rest of the file, over as many connections as it takes."""
    import http.client
    import socket
    import time
    import urllib.error
    import urllib.request

    failures = 0
    while True:
        before = part.size()
        request = urllib.request.Request(url, headers={"User-Agent": "ravine", "Accept-Encoding": "identity"})
        if before and not url.startswith("file:"):
            request.add_header("Range", f"bytes={before}-")
            if part.validator is not None:
                request.add_header("If-Range", part.validator)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                _receive(answer, part, before, target.name if progress else None)
            return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416 and before:
                if error.headers.get("Content-Range") == f"bytes */{before}":
                    return  # it was all there
                part.remove()  # what is there is longer than the file
                continue
            if error.code < 500 and error.code not in (408, 429):
                raise DownloadError(
                    f"download: the server answers {error.code} {error.reason} to {url}. Check the address"
                ) from None
            reason = f"{error.code} {error.reason}"
        except urllib.error.URLError as error:
            reason = str(error.reason)
            if url.startswith("file:"):
                raise DownloadError(f"download: {url} cannot be read: {reason}. Check the address") from None
            if isinstance(error.reason, socket.gaierror):
                raise _unreachable(url, part, target, reason) from None  # the next second knows no more
        except (http.client.HTTPException, ConnectionError, TimeoutError, _Short) as error:
            reason = str(error) or type(error).__name__
        failures = 0 if part.size() > before else failures + 1
        if failures == _TRIES:
            raise _unreachable(url, part, target, reason)
        time.sleep(failures * _PAUSE)


def _unreachable(url: str, part: _Part, target: Path, reason: str) -> DownloadError:
    have = part.size()
    return DownloadError(
        f"download: {url} cannot be reached ({reason}). "
        + (f"The first {have:,} bytes are kept: a later call goes on from there. " if have else "")
        + f"Check the network (proxies are taken from https_proxy), or fetch the file elsewhere and put it "
        f"at {target}"
    )


class _Short(Exception):
    """The connection ended before the file did."""


def _receive(answer: Any, part: _Part, before: int, name: str | None) -> None:
    """Append the answer's body to the part, or begin anew if the answer is the whole file."""
    headers = answer.headers
    expected = int(length) if (length := headers.get("Content-Length", "")).isdecimal() else None
    continues = answer.status == 206 and headers.get("Content-Range", "").startswith(f"bytes {before}-")
    if not continues:
        if answer.status == 206:
            part.remove()
            raise _Short("the server sent another range than was asked for")
        tag = headers.get("ETag")
        part.begin(tag if tag and not tag.startswith("W/") else headers.get("Last-Modified"))
        before = 0
    total = None if expected is None else before + expected
    done = before
    shown = None if name is None else _Shown(name, before, total)
    with part.file.open("ab") as file:
        while piece := answer.read(_PIECE):
            file.write(piece)
            done += len(piece)
            if shown is not None:
                shown.update(done, total)
    if shown is not None:
        shown.close(done, total)
    if total is not None and done < total:
        raise _Short(f"the connection ended after {done:,} of {total:,} bytes")


def _sum(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Shown:
    """Progress in bytes: on a terminal a line redrawn in place, elsewhere one for every 5 %."""

    def __init__(self, name: str, first: int, total: int | None) -> None:
        import time

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
            full = 20 * done // total
            share = (
                f" {100 * done // total} %{' ' + '█' * full + '░' * (20 - full) if self.terminal else ','}"
            )
        return f"{self.name}:{share} {size}{speed}{left}"
