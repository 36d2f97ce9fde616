"""download, against a server of the test's own that can be slow of wits in every way."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

import hashlib
import http.server
import socket
import sys
import threading

import pytest

from ravine.datasets import _download, download
from ravine.errors import DownloadError

CONTENT = bytes(range(256)) * 2000  # eight pieces
SHA = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Behaves as `server.plan` says: a list of modes, one a request, the last for all that follow."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.requests.append((asked, self.headers.get("If-Range")))
        mode = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
        if isinstance(mode, int):
            self.send_error(mode)
            return
        start = int(asked.split("=")[1].rstrip("-")) if asked else 0
        whole = server.content
        if not asked or "ignores ranges" in mode or self.headers.get("If-Range", server.tag) != server.tag:
            start = 0
            self.send_response(200)
        elif start >= len(whole):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(whole)}")
            self.end_headers()
            return
        else:
            self.send_response(206)
            at = start + 1 if "another range" in mode else start
            self.send_header("Content-Range", f"bytes {at}-{len(whole) - 1}/{len(whole)}")
        if "no tag" not in mode:
            self.send_header("ETag", server.tag)
        if "no length" not in mode:
            self.send_header("Content-Length", str(len(whole) - start))
        self.end_headers()
        part = whole[start:]
        if "breaks" in mode:
            part = part[: 100_000 if "at once" not in mode else 0]
        self.wfile.write(part)
        if "breaks" in mode:
            self.close_connection = True


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(_download, "_PAUSE", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.content, httpd.plan, httpd.tag, httpd.requests = CONTENT, [""], '"one"', []
    httpd.url = f"http://127.0.0.1:{httpd.server_address[1]}/set.bin"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def quietly(server, path, sha256=None):
    return download(server.url, path, sha256, progress=False)


@pytest.mark.parametrize("mode", ["", "no length", "no tag", "ignores ranges"])
@pytest.mark.parametrize("sha256", [None, SHA, SHA.upper()])
def test_a_file_arrives(server, mode, sha256, tmp_path):
    server.plan = [mode]
    path = tmp_path / "new" / "folder" / "set.bin"
    assert quietly(server, str(path), sha256) == path
    assert path.read_bytes() == CONTENT
    assert listing(path.parent) == ["set.bin"]
    quietly(server, path, sha256)
    assert len(server.requests) == 1  # it is there


def test_broken_connections_are_taken_up(server, tmp_path):
    server.plan = ["breaks", "breaks at once", "breaks", "breaks at once", ""]
    quietly(server, tmp_path / "x", SHA)
    assert (tmp_path / "x").read_bytes() == CONTENT
    ranges = [int(r.removeprefix("bytes=").rstrip("-")) if r else 0 for r, _ in server.requests]
    assert ranges == [0, 100_000, 100_000, 200_000, 200_000]
    assert {tag for _, tag in server.requests[1:]} == {'"one"'}


def test_a_later_call_goes_on(server, tmp_path):
    path = tmp_path / "x"
    server.plan = ["breaks", "breaks at once"]
    with pytest.raises(
        DownloadError,
        match=r"cannot be reached .* 100,000 of 512,000 bytes.*The first 100,000 bytes are kept",
    ):
        quietly(server, path)
    assert listing(tmp_path) == ["x.part", "x.part.json"]
    server.plan, server.requests[:] = [""], []
    quietly(server, path)
    assert server.requests == [("bytes=100000-", '"one"')]
    assert path.read_bytes() == CONTENT
    assert listing(tmp_path) == ["x"]


def interrupted(server, path, mode="breaks"):
    server.plan = [mode, 404]
    with pytest.raises(DownloadError):
        quietly(server, path)
    server.plan, server.requests[:] = [""], []


def test_a_file_that_changed_meanwhile_is_fetched_anew(server, tmp_path):
    path = tmp_path / "x"
    interrupted(server, path)
    server.content, server.tag = CONTENT[::-1], '"two"'
    quietly(server, path)
    assert path.read_bytes() == CONTENT[::-1]


def test_without_a_tag_only_a_checksum_allows_to_go_on(server, tmp_path):
    path = tmp_path / "x"
    interrupted(server, path, "breaks, no tag")
    server.plan = ["no tag"]
    quietly(server, path)
    assert server.requests == [(None, None)]

    path = tmp_path / "y"
    interrupted(server, path, "breaks, no tag")
    server.plan = ["no tag"]
    quietly(server, path, SHA)
    assert server.requests == [("bytes=100000-", None)]
    assert path.read_bytes() == CONTENT

    # The beginning was of another file: the checksum notices, and everything is fetched once more.
    path = tmp_path / "z"
    interrupted(server, path, "breaks, no tag")
    server.plan, server.content = ["no tag"], CONTENT[::-1]
    quietly(server, path, hashlib.sha256(CONTENT[::-1]).hexdigest())
    assert [asked for asked, _ in server.requests] == ["bytes=100000-", None]
    assert path.read_bytes() == CONTENT[::-1]


def test_a_part_of_another_address_is_not_used(server, tmp_path):
    interrupted(server, tmp_path / "x")
    server.url += "?other"
    quietly(server, tmp_path / "x", SHA)
    assert server.requests == [(None, None)]


def test_a_part_that_is_already_whole(server, tmp_path):
    for size, asks in ((len(CONTENT), 1), (len(CONTENT) + 5, 2)):
        path = tmp_path / f"x{size}"
        interrupted(server, path)
        part = path.with_name(path.name + ".part")
        part.write_bytes(CONTENT + b"\0" * (size - len(CONTENT)))
        quietly(server, path, SHA)
        assert path.read_bytes() == CONTENT
        assert len(server.requests) == asks


def test_a_server_that_sends_another_range(server, tmp_path):
    interrupted(server, tmp_path / "x")
    server.plan = ["another range", ""]
    quietly(server, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_a_wrong_checksum_deletes_nothing_that_was_good(server, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"good")
    wanted = "0" * 64
    with pytest.raises(DownloadError, match=f"has SHA-256 {SHA}, but {wanted} was expected.*x is as it was"):
        quietly(server, path, wanted)
    assert path.read_bytes() == b"good"
    assert listing(tmp_path) == ["x"]
    quietly(server, path, SHA)  # the right one replaces it
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("code", "text", "requests"),
    [
        (404, "answers 404 Not Found .* Check the address", 1),
        (503, "cannot be reached .503 Service Unavailable", 3),
    ],
)
def test_refusals(server, code, text, requests, tmp_path):
    server.plan = [code]
    with pytest.raises(DownloadError, match=text) as caught:
        quietly(server, tmp_path / "x")
    assert isinstance(caught.value, OSError)
    assert len(server.requests) == requests
    assert listing(tmp_path) == []


def test_a_server_that_recovers(server, tmp_path):
    server.plan = [503, "breaks", 429, ""]
    quietly(server, tmp_path / "x", SHA)


def test_no_network(server, tmp_path, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror(-2, "Name or service not known")

    server.url = "http://data.example.org/set.bin"
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(
        DownloadError,
        match=r"data.example.org/set.bin cannot be reached .*not known.*Check the network.*put it at .*x$",
    ):
        quietly(server, tmp_path / "x")


def test_nobody_listens(server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        with pytest.raises(DownloadError, match=r"cannot be reached .*refused"):
            quietly(server, tmp_path / "x")


def test_files(tmp_path):
    source = tmp_path / "a b.bin"
    source.write_bytes(CONTENT)
    target = tmp_path / "copy"
    (tmp_path / "copy.part").write_bytes(b"left over")
    download(source.as_uri(), target, SHA, progress=False)
    assert target.read_bytes() == CONTENT
    assert listing(tmp_path) == ["a b.bin", "copy"]
    with pytest.raises(DownloadError, match=r"none.bin cannot be read: .*No such file"):
        download((tmp_path / "none.bin").as_uri(), tmp_path / "x", progress=False)


@pytest.mark.parametrize(
    ("url", "sha256", "text"),
    [
        ("ftp://host/x", None, "should begin with https://, http:// or file://"),
        ("x.bin", None, "should begin with"),
        ("http://host/x", "abc", "sha256 should be 64 hexadecimal digits, not 'abc'"),
    ],
)
def test_wrong_arguments(url, sha256, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        download(url, tmp_path / "x", sha256)
    assert listing(tmp_path) == []


def test_progress(server, tmp_path, capsys, monkeypatch):
    download(server.url, tmp_path / "x")
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert 5 <= len(lines) <= 20
    assert "\r" not in err
    assert lines[-1].startswith("x: 100 %, 0.5/0.5 MB, ")
    server.plan = ["no length"]
    download(server.url, tmp_path / "y")
    assert capsys.readouterr().err.startswith("y: 0.5 MB, ")
    server.plan = [""]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    download(server.url, tmp_path / "z")
    assert (
        capsys.readouterr().err.split("\r\x1b[K")[-1].startswith("z: 100 % ████████████████████ 0.5/0.5 MB, ")
    )
