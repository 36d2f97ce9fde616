"""Pictures of distributions, classes, latent planes, attention and fields: numbers at their places."""

import re
from statistics import NormalDist
from xml.etree import ElementTree

import numpy as np
import pytest

import ravine
from ravine import viz
from viz.test_pictures import SVG, decoded, parsed, texts


def paths(root, style):
    return [e.get("d", "") for e in root.iter(f"{SVG}path") if style in (e.get("class") or "").split()]


def heights(path, base):
    """The heights of a histogram's bars, in pixels, from its outline."""
    found, at = [], base
    for letter, value in re.findall(r"([MVH])([-\d. ]+)", path):
        if letter == "V":
            at = float(value)
        elif letter == "H":
            found.append(base - at)
    return found


def test_bars_are_as_high_as_numpy_counts():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1000).astype(np.float32)
    counts, _ = np.histogram(values, bins=10)
    assert counts.min() > 0  # otherwise the outline has gaps
    root = parsed(viz.histogram(ravine.tensor(values).reshape(10, 100), bins=10))
    (outline,) = paths(root, "outline")
    bars = np.array(heights(outline, 282.0))
    np.testing.assert_allclose(bars / bars.max(), counts / counts.max(), atol=1e-3)
    (area,) = paths(root, "f0")
    assert area == outline


def test_a_density_has_area_one_and_stands_below_its_line():
    normal = NormalDist(1.0, 2.0)
    samples = [normal.inv_cdf((k + 0.5) / 2000) for k in range(2000)]
    points = [(x / 10, normal.pdf(x / 10)) for x in range(-60, 90)]
    root = parsed(viz.histogram(samples, density=True, bins=20, lines={"N(1, 4)": points}))
    (outline,) = paths(root, "outline")
    curve = next(d for d in paths(root, "dashed") if "L" in d)
    top = min(float(y) for _, y in (p.split() for p in re.split("[ML]", curve)[1:]))
    assert max(heights(outline, 282.0)) == pytest.approx(282.0 - top, rel=0.05)


def test_histograms_of_odd_sets():
    nan, inf = float("nan"), float("inf")
    root = parsed(viz.histogram({"a": [1.0, nan, inf], "b": []}, bins=3))
    assert "a, 2 not finite" in texts(root)
    assert "no data" in texts(parsed(viz.histogram([])))
    assert "no data" in texts(parsed(viz.histogram([nan])))
    parsed(viz.histogram([7.0] * 5))  # one value only
    parsed(viz.histogram([0.0] * 99 + [1.0]))  # no spread between the quartiles
    assert len(heights(paths(parsed(viz.histogram([0.0, 1.0], bins=2)), "outline")[0], 282.0)) == 2


def test_confusion_counts_and_shares():
    rng = np.random.default_rng(1)
    labels, answers = rng.integers(0, 3, 90), rng.integers(0, 3, 90)
    labels[:3], answers[:3] = (0, 1, 2), (0, 1, 2)
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (labels, answers), 1)
    root = parsed(viz.confusion(ravine.tensor(labels), answers.tolist(), classes=["a", "b", "c"]))
    assert root.findtext(f"{SVG}title") == f"{np.trace(expected)} of 90 right"
    cells = {}
    for e in root.iter(f"{SVG}rect"):
        if e.get("class") in ("right", "wrong"):
            cells[float(e.get("y", 0)), float(e.get("x", 0))] = (
                e.get("class"),
                float(e.get("fill-opacity", 0)),
            )
    shares = expected / expected.sum(1, keepdims=True)
    found = [cells[place] for place in sorted(cells)]  # row by row
    for (kind, opacity), (i, j) in zip(found, np.argwhere(expected > 0), strict=True):
        assert kind == ("right" if i == j else "wrong")
        assert opacity == pytest.approx(0.08 + 0.92 * shares[i, j], abs=0.006)
    words = texts(root)
    assert {"truth", "answer", "a", "b", "c"} <= set(words)
    assert all(f"{shares[i, i]:.0%}" in words for i in range(3))
    # A class that never occurs has no share, many classes have no numbers.
    assert sum("%" in str(word) for word in texts(parsed(viz.confusion([0], [1], classes=3)))) == 1
    many = parsed(viz.confusion(np.arange(76), np.arange(76)))
    assert len(list(many.iter(f"{SVG}rect"))) == 76 + 2


def test_a_latent_grid_decodes_the_plane():
    asked = []

    def decode(z):
        asked.append(z)
        return ((z[:, :1] + 2 * z[:, 1:] + 9) / 18).unsqueeze(2)

    picture = viz.latent_grid(decode, steps=3, span=3.0)
    (points,) = asked
    line = [-3.0, 0.0, 3.0]
    assert points.tolist() == [[x, y] for y in line[::-1] for x in line]  # upwards on the page
    pixels = decoded(picture.png)[::64, ::64, 0]  # small pictures are enlarged
    expected = [[round((x + 2 * y + 9) / 18 * 255) for x in line] for y in line[::-1]]
    np.testing.assert_allclose(pixels, expected, atol=1)
    parsed(picture)
    viz.latent_grid(decode, steps=4, span=None)
    quantiles = sorted(set(asked[-1][:, 0].tolist()))
    np.testing.assert_allclose(
        [NormalDist().cdf(q) for q in quantiles], [1 / 8, 3 / 8, 5 / 8, 7 / 8], atol=1e-6
    )


def test_attention_maps_share_their_colours():
    weights = ravine.zeros(2, 2, 3)
    weights[0, 0, 0], weights[1, 1, 2] = 1.0, 0.5
    root = parsed(viz.attention(weights, queries=["q", " "], keys=["a", "b", "\n"]))
    maps = [images(e) for e in root.iter(f"{SVG}image")]
    assert [m.shape[:2] for m in maps] == [(2, 3), (2, 3), (256, 1)]  # the last one is the scale
    scale = maps[2][::-1, 0]
    assert maps[0][0, 0].tolist() == scale[255].tolist()
    assert maps[0][1, 1].tolist() == scale[0].tolist()
    assert maps[1][1, 2].tolist() == scale[128].tolist()
    assert {"head 0", "head 1", "q", "␣", "a", "b", "⏎"} <= set(texts(root))
    layers = parsed(viz.attention(ravine.rand(2, 3, 4, 4)))
    assert {"layer 0, head 0", "layer 1, head 2"} <= set(texts(layers))
    parsed(viz.attention(ravine.zeros(1, 1)))
    parsed(viz.attention(ravine.full((5, 200), float("nan"))))
    square = parsed(viz.attention(ravine.eye(2), keys=["x", "y"]))
    assert texts(square).count("x") == 2  # queries are the keys


def images(element):
    from base64 import b64decode

    return decoded(b64decode(element.get("href").partition(",")[2]))


def segments(path):
    return [[tuple(map(float, p.split())) for p in part.split("L")] for part in path.split("M")[1:]]


def test_arrows_keep_direction_and_ratio():
    points = [[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 1.0]]
    vectors = [[1.0, 0.0], [0.0, 2.0], [-0.5, -0.5], [float("nan"), 0.0]]
    root = parsed(viz.quiver(points, vectors))
    (path,) = paths(root, "arrow")
    shafts = [s for s in segments(path) if len(s) == 2]
    drawn = np.array([(end[0] - begin[0], begin[1] - end[1]) for begin, end in shafts])
    unit = drawn[1, 1] / 2
    np.testing.assert_allclose(drawn / unit, vectors[:3], atol=0.01)
    begins = np.array([begin for begin, _ in shafts])
    assert begins[1, 0] - begins[0, 0] == pytest.approx(
        2 * (begins[0, 1] - begins[2, 1]), abs=0.3
    )  # one unit


def test_points_of_a_plane():
    root = parsed(viz.scatter({"data": [[0.0, 0.0], [1.0, 2.0]], "samples": ravine.zeros(0, 2)}))
    (dots,) = [d for d in paths(root, "c0") if "h0" in d]
    (x0, y0), (x1, y1) = [tuple(map(float, p.removesuffix("h0").split())) for p in dots.split("M")[1:]]
    assert y0 - y1 == pytest.approx(2 * (x1 - x0), abs=0.3)
    assert {"data", "samples"} <= set(texts(root))
    assert "no data" in texts(parsed(viz.scatter(ravine.zeros(0, 2))))
    parsed(viz.scatter([[3.0, 3.0]]))
    parsed(viz.scatter([[0.0, 5.0], [100.0, 5.0]]))  # on a line
    parsed(viz.quiver([[0.0, 0.0]], [[0.0, 0.0]], samples=ravine.randn(9, 2)))


def test_everything_stands_inside_of_the_picture():
    ravine.manual_seed(3)
    for picture in (
        viz.histogram({"a long name " * 3: ravine.randn(50), "another long name " * 4: ravine.randn(9)}),
        viz.confusion([0, 1], [1, 1], classes=["short", "a very long name of a class"]),
        viz.latent_grid(lambda z: z[:, :1, None].expand(-1, 28, 28), steps=9, title="t" * 60),
        viz.attention(ravine.rand(3, 3), keys=["a long token", "b", "c"], title="t" * 60),
        viz.attention(ravine.rand(8, 40, 40)),
        viz.quiver(ravine.randn(20, 2), ravine.randn(20, 2), samples={"a" * 40: ravine.randn(5, 2)}),
        viz.curves({f"a rather long name of run {i}": [1, 2] for i in range(9)}),
    ):
        root = parsed(picture)
        width, height = (float(root.get(side, 0)) for side in ("width", "height"))
        for e in [*root.iter(f"{SVG}image"), *root.iter(f"{SVG}rect")]:
            x, y, w, h = (float(e.get(k, 0)) for k in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert x + w <= width + 0.1
            assert y + h <= height + 0.1
        for e in root.iter(f"{SVG}text"):
            x, y = float(e.get("x", 0)), float(e.get("y", 0))
            length = 6.4 * len(e.text or "")
            if "rotate(-90" in e.get("transform", ""):
                assert x <= width
                continue
            left = {"end": x - length, "middle": x - length / 2}.get(e.get("text-anchor", ""), x)
            assert y <= height
            assert e.get("transform") or (
                left >= -2 and (left + length <= width + 2 or len(e.text or "") > 30)
            )


def test_hostile_texts_are_text():
    hostile = "<script>alert('&')</script>"
    for picture in (
        viz.histogram({hostile: [1.0, 2.0]}, title=hostile, x_label=hostile, lines={hostile: [(1, 1)]}),
        viz.confusion([0, 1], [1, 1], classes=[hostile, "b"], title=hostile),
        viz.latent_grid(lambda z: ravine.zeros(4, 2, 2), steps=2, title=hostile, x_label=hostile),
        viz.attention(ravine.rand(1, 1), keys=[hostile], queries=[hostile], title=hostile),
        viz.quiver([[0.0, 1.0]], [[1.0, 1.0]], samples={hostile: [[0.0, 0.0]]}, title=hostile),
    ):
        root = parsed(picture)
        assert hostile in texts(root)
        assert root.find(f".//{SVG}script") is None


def test_a_view_follows_no_gradient_and_changes_nothing():
    weight = ravine.randn(4, 4, requires_grad=True)
    state = ravine.get_rng_state()
    viz.histogram(weight)
    viz.attention(weight.softmax(1))
    viz.quiver(weight[:, :2], weight[:, 2:])
    viz.latent_grid(lambda z: (z @ weight[:2]).reshape(-1, 2, 2), steps=2)
    assert weight.grad is None
    assert ravine.get_rng_state() == state
    assert ElementTree.fromstring(viz.confusion([0], [0]).svg) is not None
