"""The loss curve: a well-formed SVG, sensible ticks, and everything inside of the frame."""

# Wrong arguments are passed on purpose, and what may be None is known not to be.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false
# pyright: reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false, reportUnusedExpression=false

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from ravine.train import loss_curve
from ravine.viz._scales import nice_ticks, smooth

SVG = "{http://www.w3.org/2000/svg}"


def parse(picture):
    return ElementTree.fromstring(picture)


def texts(picture):
    return [t.text for t in parse(picture).iter(f"{SVG}text")]


def line(picture, style):
    """The points of the path of this class."""
    for path in parse(picture).iter(f"{SVG}path"):
        if path.get("class") == style and "v" not in path.get("d") and "h" not in path.get("d"):
            return [tuple(map(float, xy.split())) for xy in re.split("[ML]", path.get("d"))[1:]]
    return []


def falling(n):
    return [(i, 0.5 + 2 * math.exp(-5 * i / n)) for i in range(1, n + 1)]


def test_a_picture_has_axes_lines_and_a_legend():
    picture = loss_curve(
        falling(1000), [(i, 0.6) for i in (500, 1000)], title="a <run> & more", x_label="step"
    )
    root = parse(picture)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "a <run> & more"
    words = texts(picture)
    assert {"step", "loss", "a <run> & more", "validation 0.6"} <= set(words)
    assert any(word.startswith("train 0.") for word in words)
    assert {"200", "400", "1,000"} <= set(words)
    assert {"0.5", "1.0", "2.5"} <= set(words)
    points = line(picture, "train line")
    assert len(points) == 1000
    assert all(64 <= x <= 696 and 72 <= y <= 348 for x, y in points)
    assert points[0][1] < points[-1][1]  # a falling loss goes down the page
    assert len(list(root.iter(f"{SVG}circle"))) == 2


def test_light_and_dark():
    picture = loss_curve(falling(10))
    assert picture.count("prefers-color-scheme:dark") == 1
    style = parse(picture).find(f"{SVG}style").text
    rules = re.findall(r"[^{}@]+(?=\{)", style)
    assert all(
        rule.startswith(".ravine-curve ") for rule in rules if "(" not in rule
    )  # nothing leaks into a page
    used = {name for e in parse(picture).iter() for name in (e.get("class") or "").split()} - {"ravine-curve"}
    assert all(f".{name}{{" in style for name in used)


def test_logarithmic_axis():
    picture = loss_curve([(i, 10.0 ** (-i / 100)) for i in range(1, 400)], log=True)
    assert "loss (log)" in texts(picture)
    assert {"1", "0.1", "0.01", "0.001"} <= set(texts(picture))
    points = line(picture, "train raw")
    steps = [b[1] - a[1] for a, b in pairwise(points)]
    assert max(steps) - min(steps) < 0.21  # an exponential is straight, but for the rounding of coordinates
    short = loss_curve([(1, 0.3), (2, 0.9)], log=True)
    assert {"0.2", "0.5", "1"} <= set(texts(short))


@pytest.mark.parametrize("log", [False, True])
def test_values_that_cannot_be_drawn_leave_gaps(log):
    points = [
        (1, 1.0),
        (2, 0.9),
        (3, math.nan),
        (4, math.inf),
        (5, 0.7),
        (6, 0.6),
        (7, -1.0 if log else math.nan),
    ]
    picture = loss_curve(points, log=log)
    assert "nan" not in picture.lower().replace("sans", "")
    assert len(line(picture, "train raw")) == 4
    raw = next(p.get("d") for p in parse(picture).iter(f"{SVG}path") if p.get("class") == "train raw")
    assert raw.count("M") == 2


@pytest.mark.parametrize("points", [[], [(1, math.nan)]])
def test_nothing_to_draw(points):
    assert "no data" in texts(loss_curve(points))


@pytest.mark.parametrize("points", [[(1, 2.0)], [(1, 2.0), (2, 2.0)], [(0, 0.0)], [(5, -3.0), (6, -3.0)]])
def test_flat_and_single(points):
    picture = loss_curve(points)
    parse(picture)
    for circle in parse(picture).iter(f"{SVG}circle"):
        assert 72 <= float(circle.get("cy")) <= 348


def test_many_points_stay_small_and_keep_their_extremes():
    points = [(i, 1.0 + 0.1 * math.sin(i)) for i in range(100_000)]
    picture = loss_curve(points)
    assert len(picture) < 60_000
    heights = [y for _, y in line(picture, "train raw")]
    assert max(heights) - min(heights) > 100


def test_one_wild_value_does_not_flatten_the_rest():
    points = [(i, 1.0 + i / 1000) for i in range(1000)]
    points[500] = (500, 1e6)
    heights = [
        y for _, y in line(loss_curve(points), "val line") or line(loss_curve(points[:400]), "train line")
    ]
    assert heights
    ordinary = [(i, 1.0 + i / 1000) for i in range(1000)]
    assert "2.0" in texts(loss_curve(ordinary))


def test_smooth():
    assert smooth([]) == []
    assert smooth([(0, 3.0)]) == [(0, 3.0)]
    noisy = [(i, 1.0 + (-1) ** i) for i in range(1000)]
    assert all(0.8 < y < 1.2 for _, y in smooth(noisy)[200:])
    with_gap = smooth([(0, 1.0), (1, math.nan), (2, 1.0)])
    assert math.isnan(with_gap[1][1])
    assert with_gap[2][1] == 1.0


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.02, 0.097, [0.02, 0.04, 0.06, 0.08, 0.1]),
        (-3, 3, [-4.0, -2.0, 0.0, 2.0, 4.0]),
        (1e6, 5e6, [1e6, 2e6, 3e6, 4e6, 5e6]),
        (2.0, 2.0, [1.8, 1.9, 2.0, 2.1, 2.2]),
    ],
)
def test_ticks(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_ticks_cover_any_range():
    for exponent in range(-12, 13):
        for low, high in [(0, 1), (0.3, 0.31), (-2.5, 7), (1, 3.3)]:
            scale = 10.0**exponent
            ticks = nice_ticks(low * scale, high * scale)
            assert 3 <= len(ticks) <= 12
            assert ticks[0] <= low * scale * (1 + 1e-9) + 1e-9 * scale
            assert ticks[-1] >= high * scale * (1 - 1e-9)
            whole = nice_ticks(low, high * 10 ** max(exponent, 0), whole=True)
            assert all(tick == int(tick) for tick in whole) or len(whole) == 1
