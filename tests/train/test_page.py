"""Pages and pictures of runs: complete HTML without outside resources, PNG files that other readers read."""

import struct
import zlib

import pytest

import ravine
from ravine.train import Result, pictures, png, text
from ravine.train.charts import Chart, Line, drawn_charts
from ravine.train.page import Html, Section, bars, page, run_page, table
from train.pages import checked


def pixels(data):
    """Width, height, channels and bytes of a PNG without filters, read by the book."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        assert struct.unpack(">I", data[place + 8 + size : place + 12 + size])[0] == zlib.crc32(
            kind + content
        )
        chunks[kind] = content
        place += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {0: 1, 2: 3}[colour]
    raw = zlib.decompress(chunks[b"IDAT"])
    stride = 1 + width * channels
    assert len(raw) == height * stride
    assert all(raw[row * stride] == 0 for row in range(height))
    return width, height, channels, b"".join(raw[r * stride + 1 : (r + 1) * stride] for r in range(height))


def test_png_holds_the_pixels():
    assert pixels(png([[0, 255, 7]])) == (3, 1, 1, bytes([0, 255, 7]))
    assert pixels(png(ravine.tensor([[[1, 2, 3]], [[4, 5, 6]]]))) == (1, 2, 3, bytes(range(1, 7)))
    nan, inf = float("nan"), float("inf")
    assert pixels(png([[-3.0, 300.0, nan, inf, -inf, 1.6]]))[3] == bytes([0, 255, 0, 255, 0, 2])


@pytest.mark.parametrize("image", [[], [[]], [1, 2], [[1, 2], [3]], [[[1, 2]]]])
def test_png_refuses_what_is_no_picture(image):
    with pytest.raises(ValueError, match=r"expected .*\(H, W\)"):
        png(image)


def test_a_page_says_what_it_is_given_and_runs_nothing_of_it():
    evil = "<script>alert('&')</script>"
    sections = [
        Section(evil, text([evil])),
        Section("pictures", pictures([[[0, 1]]], [evil])),
        Section("bars", bars([(evil, 2.0, evil), ("b", 0.5, "0.5x")], line=1.0)),
        Section("table", table([evil], [[evil], [Html("<b>ours</b>")]])),
    ]
    result = Result(evil, evil, 0.5, 0.4)
    charts = drawn_charts([Chart(evil, [Line(evil, [(1, 2.0), (2, 1.0)])])])
    html = run_page(evil, result, charts, {evil: evil}, sections, {evil: evil}, [])
    checker = checked(html)
    assert html.count("<script") == 2  # the chart's data, and our own
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;") >= 12
    assert "\\u003cscript>" in html
    assert "<b>ours</b>" in html
    assert len(checker.sources) == 1


def test_a_page_tells_reached_missed_and_unfinished_apart():
    def shown(result):
        html = run_page("toy", result, drawn_charts([Chart("loss", [])]), {}, [], {}, [])
        checked(html)
        return html

    assert "✓ loss 1.5000" in shown(Result("toy", "loss", 1.5, 1.8, at_least=False))
    assert "✗ loss 1.9000" in shown(Result("toy", "loss", 1.9, 1.8, at_least=False))
    assert "not finished" in shown(None)


def test_two_curves_on_a_page_have_ids_of_their_own():
    from ravine.train.page import run_parts

    losses = [Line("train", [(1, 1.0), (2, y)], raw=True) for y in (0.5, 0.25)]
    curves = [drawn_charts([Chart("loss", [line], wide=True)]) for line in losses]
    checker = checked(page("two", "".join(run_parts(None, curve, {}, []) for curve in curves)))
    assert len(checker.ids) == 2
