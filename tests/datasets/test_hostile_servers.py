"""download, against servers that lie and callers that come at once: right bytes or a sentence, and an end."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import errno
import hashlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

import pytest

from ravine.datasets import _download, download
from ravine.errors import DownloadError
from ravine.io import _lock

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
SHA = hashlib.sha256(CONTENT).hexdigest()
HALF = SIZE // 2


class Handler(socketserver.StreamRequestHandler):
    """Sends what `server.answers` gives for the number of a request and the first byte it asks for."""

    def handle(self):
        asked, line = 0, self.rfile.readline()
        while line not in (b"\r\n", b""):
            if line.lower().startswith(b"range:"):
                asked = int(line.split(b"=")[1].strip().rstrip(b"-"))
            line = self.rfile.readline()
        with self.server.lock:
            number = self.server.number = self.server.number + 1
        try:
            for piece in self.server.answers(number, asked):
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    self.wfile.write(piece)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(_download, "_PAUSE", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server(("127.0.0.1", 0), Handler) as tcp:
        tcp.lock, tcp.number, tcp.answers = threading.Lock(), 0, None
        tcp.url = f"http://127.0.0.1:{tcp.server_address[1]}/set.bin"
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield tcp
        tcp.shutdown()
        thread.join()


def head(status, *lines):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", "", ""]).encode()


def whole(*more, length=SIZE):
    return head("200 OK", f"Content-Length: {length}", 'ETag: "one"', *more)


def rest(asked, text=None, *more, length=None, tag='"one"'):
    """The head of an answer to a range; `text` is its Content-Range."""
    text = f"bytes {asked}-{SIZE - 1}/{SIZE}" if text is None else text
    length = SIZE - asked if length is None else length
    return head(
        "206 Partial Content", f"Content-Range: {text}", f"Content-Length: {length}", f"ETag: {tag}", *more
    )


# What a server answers to a range: the bytes have to be right all the same, from the start or not.
LIES = {
    "416": lambda asked: [head("416 No", "Content-Range: bytes */77", "Content-Length: 0")],
    "416 with the length so far": lambda asked: [head("416 No", f"Content-Range: bytes */{asked}")],
    "416 without a length": lambda asked: [head("416 No")],
    "another start": lambda asked: [rest(asked, f"bytes 0-{SIZE - 1}/{SIZE}"), CONTENT[asked:]],
    "one too far": lambda asked: [rest(asked, f"bytes {asked + 1}-{SIZE - 1}/{SIZE}"), CONTENT[asked + 1 :]],
    "a part of it": lambda asked: [
        rest(asked, f"bytes {asked}-{asked + 9}/{SIZE}", length=10),
        b"0123456789",
    ],
    "another length": lambda asked: [rest(asked, f"bytes {asked}-{SIZE}/{SIZE + 1}"), CONTENT[asked:], b"x"],
    "an unknown length": lambda asked: [rest(asked, f"bytes {asked}-{SIZE - 1}/*"), CONTENT[asked:]],
    "no range": lambda asked: [rest(asked, "none"), CONTENT],
    "a huge number": lambda asked: [rest(asked, f"bytes {asked}-{'9' * 5000}/{'9' * 5000}"), CONTENT],
    "a wrong Content-Length": lambda asked: [rest(asked, length=5), b"wrong"],
    "another file": lambda asked: [rest(asked, tag='"two"'), bytes(SIZE - asked)],
    "packed": lambda asked: [rest(asked, None, "Content-Encoding: gzip"), bytes(SIZE - asked)],
    "everything": lambda asked: [whole(), CONTENT],
    "an empty answer": lambda asked: [],
    "no HTTP": lambda asked: [b"\x00\xff garbage\r\n\r\n"],
    "a failure": lambda asked: [head("500 Oops")],
    "nothing": lambda asked: [rest(asked)],
}


@pytest.mark.parametrize("sha256", [None, SHA], ids=["unchecked", "checked"])
@pytest.mark.parametrize("lie", LIES)
def test_an_answer_to_a_range_that_is_not_that_range(server, lie, sha256, tmp_path):
    """The first connection breaks half-way, ranges are answered with a lie, whole files are sent whole."""
    path = tmp_path / "x"

    def answers(number, asked):
        if asked:
            return LIES[lie](asked)
        return [whole(), CONTENT[:HALF] if number == 1 else CONTENT]

    server.answers = answers
    if lie in ("an empty answer", "no HTTP", "a failure", "nothing"):
        with pytest.raises(DownloadError, match="cannot be reached"):
            download(server.url, path, sha256, progress=False)
        assert not path.exists()
    else:
        download(server.url, path, sha256, progress=False)
        assert path.read_bytes() == CONTENT
        assert os.listdir(tmp_path) == ["x"]
    assert server.number <= 5


@pytest.mark.parametrize("lie", LIES)
def test_tries_are_counted_whatever_comes(server, lie, tmp_path):
    """Whole files always break half-way: an end after a few requests, and nothing under the name."""
    server.answers = lambda number, asked: LIES[lie](asked) if asked else [whole(), CONTENT[:HALF]]
    if lie == "everything":
        server.answers = lambda number, asked: [whole(), CONTENT[:HALF]]
    for sha256 in (None, SHA):
        server.number = 0
        with pytest.raises(DownloadError):
            download(server.url, tmp_path / "x", sha256, progress=False)
        assert server.number <= 6
        assert "x" not in os.listdir(tmp_path)


def test_a_byte_a_connection_is_no_progress(server, tmp_path):
    server.answers = lambda number, asked: [rest(asked) if asked else whole(), CONTENT[asked : asked + 1]]
    with pytest.raises(DownloadError, match="connection ended after 3 of 256,000 bytes"):
        download(server.url, tmp_path / "x", progress=False)
    assert server.number == 3


def gzipped():
    import gzip

    return gzip.compress(CONTENT)


# What a server answers to everything: either of these texts, or the content.
ANSWERS = {
    "a length too small": ([whole(length=SIZE - 1), CONTENT], None, "has SHA-256"),
    "a length too large": ([whole(length=SIZE + 1), CONTENT], "connection ended after", "connection ended"),
    "no length": ([head("200 OK"), CONTENT], "", ""),
    "a length that is none": ([head("200 OK", "Content-Length: many"), CONTENT], "", ""),
    "a length of 5000 digits": ([head("200 OK", f"Content-Length: {'9' * 5000}"), CONTENT], "", ""),
    "a length of 2**60": ([whole(length=1 << 60), CONTENT], "connection ended after", "connection ended"),
    "a negative length": ([head("200 OK", "Content-Length: -5"), CONTENT], "", ""),
    "chunks": (
        [head("200 OK", "Transfer-Encoding: chunked"), f"{SIZE:x}\r\n".encode(), CONTENT, b"\r\n0\r\n\r\n"],
        "",
        "",
    ),
    "chunks with a length": (
        [whole("Transfer-Encoding: chunked", length=7), f"{SIZE:x}\r\n".encode(), CONTENT, b"\r\n0\r\n\r\n"],
        "",
        "",
    ),
    "chunks that end early": (
        [head("200 OK", "Transfer-Encoding: chunked"), f"{SIZE:x}\r\n".encode(), CONTENT[:99]],
        "IncompleteRead",
        "IncompleteRead",
    ),
    "chunks of nonsense": (
        [head("200 OK", "Transfer-Encoding: chunked"), b"zz\r\nabc"],
        "IncompleteRead",
        "IncompleteRead",
    ),
    "packed by gzip": (
        [head("200 OK", f"Content-Length: {len(gzipped())}", "Content-Encoding: gzip"), gzipped()],
        "packed by gzip, although it was asked not to",
        "has SHA-256",
    ),
    "a range nobody asked for": ([rest(0, f"bytes 0-{HALF - 1}/{SIZE}", length=HALF), CONTENT], "206", "206"),
    "no content": ([head("204 No Content")], "answers 204", "answers 204"),
    "not found": ([head("404 Not Found")], "answers 404", "answers 404"),
    "a redirection in a circle": ([head("302 Found", "Location: /set.bin")], "answers 302", "answers 302"),
    "a redirection to a file": ([head("302 Found", "Location: file:///etc/hosts")], "answers 302", "302"),
    "a redirection to nowhere": ([head("302 Found", "Location: http://[")], "Invalid IPv6", "Invalid IPv6"),
    "a redirection without a place": ([head("302 Found")], "answers 302", "answers 302"),
    "an endless head": (
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200],
        "more than 100 headers",
        "more than 100",
    ),
    "a long line": ([b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000], "got more than", "got more than"),
    "nothing": ([], "closed connection", "closed connection"),
    "no HTTP": ([b"SSH-2.0-OpenSSH\r\n"], "SSH-2.0", "SSH-2.0"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_of_all_kinds(server, answer, tmp_path):
    pieces, unchecked, checked = ANSWERS[answer]
    server.answers = lambda number, asked: pieces
    for name, sha256, text in (("a", None, unchecked), ("b", SHA, checked)):
        server.number = 0
        if text is None:  # a server that hides the rest: only a checksum tells
            continue
        if text == "":
            download(server.url, tmp_path / name, sha256, progress=False)
            assert (tmp_path / name).read_bytes() == CONTENT
        else:
            with pytest.raises(DownloadError, match=text):
                download(server.url, tmp_path / name, sha256, progress=False)
            assert not (tmp_path / name).exists()
        assert server.number <= 12
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".lock")]


def test_a_packed_file_is_kept_as_it_lies_there(server, tmp_path):
    packed = gzipped()
    server.answers = lambda number, asked: [
        head("200 OK", f"Content-Length: {len(packed)}", "Content-Encoding: x-gzip"),
        packed,
    ]
    download(server.url, tmp_path / "set.gz", progress=False)
    assert (tmp_path / "set.gz").read_bytes() == packed
    download(server.url, tmp_path / "set", hashlib.sha256(packed).hexdigest(), progress=False)
    assert (tmp_path / "set").read_bytes() == packed


def test_a_slow_server_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_TIMEOUT", 0.1)
    server.answers = lambda number, asked: [whole(), CONTENT[:10], 0.5]
    with pytest.raises(DownloadError, match="timed out"):
        download(server.url, tmp_path / "x", progress=False)
    monkeypatch.setattr(_download, "_TIMEOUT", 30.0)
    monkeypatch.setattr(_download, "_SLOW_SECONDS", 0.1)
    server.answers = lambda number, asked: [whole(), *[b"x", 0.02] * 30]
    with pytest.raises(DownloadError, match=r"only \d+ bytes in 0 s"):
        download(server.url, tmp_path / "y", progress=False)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://", "names no server"),
        ("https:///x", "names no server"),
        ("http://[::1/x", "Invalid IPv6"),
        ("http://host:99999/x", "out of range"),
        ("http://host:port/x", "is no address"),
        ("http://host/a b", "has the character ' '"),
        ("http://host/a\nb", r"has the character '\\n'|is no address"),
        ("http://host/\u00e4", "has the character"),
        ("", "should begin with"),
    ],
)
def test_what_is_no_address(url, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        download(url, tmp_path / "x", progress=False)
    assert os.listdir(tmp_path) == []


def test_a_folder_under_the_name(tmp_path):
    for path in (tmp_path, ""):
        with pytest.raises(IsADirectoryError, match="A folder stands there"):
            download("http://host/x", path, progress=False)


@pytest.mark.parametrize(
    "note", ["", "[]", "{}", '{"url": 3}', '{"url": "URL", "validator": 5, "total": "x"}', "[" * 99999]
)
def test_a_note_that_is_damaged(server, note, tmp_path):
    """What is left beside the part is not believed: the file is fetched from its start."""
    (tmp_path / "x.part").write_bytes(b"wrong" * 9)
    (tmp_path / "x.part.json").write_text(note.replace("URL", server.url))
    server.answers = lambda number, asked: [rest(asked) if asked else whole(), CONTENT[asked:]]
    download(server.url, tmp_path / "x", progress=False)
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["x"]


CALLERS = """
import hashlib, json, sys, threading
from ravine.datasets import _download, download

_download._PAUSE = 0.0
url, path, sha256, count = sys.argv[1], sys.argv[2], sys.argv[3] or None, int(sys.argv[4])
said = []

def call():
    try:
        data = download(url, path, sha256, progress=False).read_bytes()
        said.append(hashlib.sha256(data).hexdigest())
    except Exception as error:
        said.append(repr(error))

threads = [threading.Thread(target=call) for _ in range(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(said))
"""


def callers(server, path, sha256, count=4):
    command = [sys.executable, "-c", CALLERS, server.url, str(path), sha256 or "", str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("sha256", [None, SHA], ids=["unchecked", "checked"])
def test_many_at_once_fetch_one_file_once(server, sha256, tmp_path):
    """Three processes of four threads; the server breaks off now and then, and is slow enough to overlap."""

    def answers(number, asked):
        end = SIZE if number % 4 == 0 else asked + 70_000
        pieces = [CONTENT[at : min(at + 9_000, end)] for at in range(asked, end, 9_000)]
        return [rest(asked) if asked else whole(), *(step for piece in pieces for step in (piece, 0.005))]

    server.answers = answers
    children = [callers(server, tmp_path / "x", sha256) for _ in range(3)]
    said = [line for child in children for line in json.loads(child.communicate(timeout=120)[0])]
    assert said == [SHA] * 12
    assert server.number == 4
    assert os.listdir(tmp_path) == ["x"]


def test_what_is_seen_under_the_name_is_always_whole(server, tmp_path):
    """Two addresses for one path, each with its checksum, in two processes; a third looks on."""
    other = CONTENT[::-1]
    server.answers = lambda number, asked: [head("200 OK"), *[[CONTENT, other][number % 2], 0.01]]
    path, seen, stop = tmp_path / "x", set(), threading.Event()

    def look():
        while not stop.is_set():
            if path.exists():
                seen.add(hashlib.sha256(path.read_bytes()).hexdigest())

    watcher = threading.Thread(target=look)
    watcher.start()
    sums = (SHA, hashlib.sha256(other).hexdigest())
    children = [callers(server, path, sums[n % 2], 2) for n in range(4)]
    said = [line for child in children for line in json.loads(child.communicate(timeout=120)[0])]
    stop.set()
    watcher.join()
    assert len(said) == 8
    assert seen <= set(sums)
    assert all(line in sums or "but it" in line or "was expected" in line for line in said), said
    assert os.listdir(tmp_path) == ["x"]


def test_a_killed_call_breaks_nothing(server, tmp_path):
    """Killed in the middle of the file: the next call goes on there, and its lock locks nobody out."""
    path = tmp_path / "x"
    server.answers = lambda number, asked: [whole(), CONTENT[:HALF], 60.0]
    child = callers(server, path, SHA, 1)
    deadline = time.monotonic() + 60
    while not (tmp_path / "x.part").exists() or (tmp_path / "x.part").stat().st_size < 65_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert (tmp_path / "x.part.lock").exists()
    asked = []
    server.answers = lambda number, first: [asked.append(first) or rest(first), CONTENT[first:]]
    download(server.url, path, SHA, progress=False)
    assert asked[0] >= 65_000
    assert path.read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["x"]


def test_a_file_system_without_locks(server, tmp_path, monkeypatch):
    """Every call has a part of its own there."""

    def none(file):
        raise OSError(errno.EOPNOTSUPP, "no locks")

    monkeypatch.setattr(_lock, "_lock", none)
    server.answers = lambda number, asked: [whole(), CONTENT[:HALF], 0.1, CONTENT[HALF:]]
    said = []

    def call():
        said.append(
            hashlib.sha256(download(server.url, tmp_path / "x", progress=False).read_bytes()).hexdigest()
        )

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [SHA] * 4
    assert os.listdir(tmp_path) == ["x"]


def test_waiting_is_said(server, tmp_path, capsys):
    lock = _lock.FileLock(tmp_path / "x.part.lock")
    assert lock.acquire()
    server.answers = lambda number, asked: [whole(), CONTENT]
    threading.Timer(0.2, lock.release).start()
    download(server.url, tmp_path / "x", SHA)
    assert capsys.readouterr().err.startswith(
        f"x: waiting for this process ({os.getpid()}), which fetches it\n"
    )
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_nobody_listens_is_said_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_PAUSE", 0.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        with pytest.raises(DownloadError, match="refused"):
            download(url, tmp_path / "x", progress=False)
    assert os.listdir(tmp_path) == []
