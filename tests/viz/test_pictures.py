"""Pictures: complete SVGs without foreign parts, exact pixels, and what is refused."""

import struct
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest

import ravine
from ravine import nn, viz
from ravine.train import Metrics

SVG = "{http://www.w3.org/2000/svg}"


def decoded(png):
    """The pixels of a PNG file of ours as (H, W, C), with every chunk checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, bits, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (bits, rest) == (8, [0, 0, 0])
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


def parsed(picture):
    """The SVG's elements; it must be well formed, titled, dark-aware and refer to nothing outside."""
    root = ET.fromstring(picture.svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title") is not None
    assert "prefers-color-scheme:dark" in picture.svg
    for element in root.iter():
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.startswith("data:image/png;base64,")
    assert "nan" not in "".join(root.get(k, "") for k in ("width", "height", "viewBox"))
    return root


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def test_grey_pixels():
    images = ravine.tensor([[[0.0, 0.5], [1.0, 2.0]], [[-1.0, 0.25], [0.75, float("nan")]]])
    picture = viz.image_grid(images, columns=2, padding=1, scale=1)
    pixels = decoded(picture.png)
    assert pixels.shape == (2, 5, 2)
    assert pixels[..., 0].tolist() == [[0, 128, 0, 0, 64], [255, 255, 0, 191, 0]]
    assert pixels[..., 1].tolist() == [[255, 255, 0, 255, 255]] * 2
    parsed(picture)


def test_colour_pixels_scaled_and_padded():
    image = ravine.zeros(1, 3, 1, 2)
    image[0, 0, 0, 0] = 1
    image[0, 2, 0, 1] = 1
    pixels = decoded(viz.image_grid(image, scale=2).png)
    red, blue = [255, 0, 0, 255], [0, 0, 255, 255]
    assert pixels.tolist() == [[red, red, blue, blue]] * 2


def test_dtypes_and_layouts_of_images():
    grey = (ravine.arange(24).reshape(2, 3, 4) * 10).to(ravine.uint8)
    expected = np.asarray(grey)[0]
    for images in (
        grey[:1],
        grey[0],
        grey[:1].unsqueeze(1),
        [grey[0]],
        grey[:1].to(ravine.int64),
        np.asarray(grey[:1]),
    ):
        np.testing.assert_array_equal(decoded(viz.image_grid(images, scale=1).png)[..., 0], expected)
    mask = decoded(viz.image_grid(ravine.eye(3) > 0, scale=1).png)[..., 0]
    np.testing.assert_array_equal(mask, np.eye(3) * 255)


def test_normalisation():
    images = ravine.tensor([[[0.0, 10.0]], [[20.0, 40.0]]])

    def row(**options):
        return decoded(viz.image_grid(images, columns=2, padding=0, scale=1, **options).png)[0, :, 0].tolist()

    assert row(normalize=True) == [0, 64, 128, 255]
    assert row(normalize="each") == [0, 255, 0, 255]
    assert row(value_range=(0, 20)) == [0, 128, 255, 255]
    constant = decoded(viz.image_grid(ravine.full((1, 2, 2), 3.0), normalize=True, scale=1).png)
    assert constant[..., 0].tolist() == [[0, 0], [0, 0]]


def test_a_grid_is_filled_with_transparent_images():
    pixels = decoded(viz.image_grid(ravine.ones(3, 2, 2), columns=2, padding=0, scale=1).png)
    assert pixels[2:, 2:, -1].tolist() == [[0, 0], [0, 0]]


def test_titles_and_labels_are_escaped_text():
    hostile = "<script>alert('&')</script>"
    for picture in (
        viz.image_grid(ravine.rand(2, 4, 4), title=hostile, labels=[hostile, 1]),
        viz.heatmap(ravine.rand(2, 2), title=hostile, x_label=hostile, rows=[hostile, "b"]),
        viz.curves({hostile: [1, 2]}, title=hostile),
        viz.loss_curve([1, 2], title=hostile),
        viz.graph(ravine.ones(2) + 1, title=hostile),
    ):
        root = parsed(picture)
        assert hostile in [*texts(root), root.findtext(f"{SVG}title")]
        assert root.find(f".//{SVG}script") is None


def test_heatmap_colours():
    picture = viz.heatmap(ravine.tensor([[0.0, 1.0], [0.5, float("nan")]]))
    pixels = decoded(picture.png)
    assert pixels.shape == (2, 2, 4)
    assert pixels[0, 0].tolist() == [0x2B, 0x10, 0x55, 255]
    assert pixels[0, 1].tolist() == [0xFD, 0xE7, 0x25, 255]
    assert pixels[1, 1].tolist() == [0, 0, 0, 0]
    signed = decoded(viz.heatmap(ravine.tensor([[-2.0, 0.0, 1.0]])).png)[0]
    assert signed[0].tolist() == [0x17, 0x3F, 0x8A, 255]
    assert signed[1, :3].min() > 230


def test_heatmap_writes_values_and_names():
    root = parsed(viz.heatmap([[1, 2], [3, 4]], values=True, columns=["a", "b"], rows=["c", "d"]))
    assert {"1", "2", "3", "4", "a", "b", "c", "d"} <= set(texts(root))
    parsed(viz.heatmap(ravine.rand(300, 500)))
    parsed(viz.heatmap(ravine.full((1, 1), 7.0)))


def test_curves():
    root = parsed(
        viz.curves({"a": [3, 2, float("nan"), 1], "b": ravine.tensor([1.0, 2.0]), "c": [(0, 5), (10, 6)]})
    )
    lines = [
        e for e in root.iter(f"{SVG}path") if "line" in e.get("class", "") and "h18" not in e.get("d", "")
    ]
    assert len(lines) == 3
    assert lines[0].get("d", "").count("M") == 2  # the gap
    assert "a 1" in texts(root)
    assert "no data" in texts(parsed(viz.curves({})))
    assert "no data" in texts(parsed(viz.curves({"a": [-1, 0]}, log=True)))
    parsed(viz.curves({f"line {i}": range(5) for i in range(10)}))


def test_the_losses_of_a_recorded_run(tmp_path):
    with Metrics(tmp_path / "metrics.jsonl") as metrics:
        for step in range(1, 6):
            metrics.step(step=step, epoch=0, loss=1 / step, lr=0.1, seconds=1)
        metrics.evaluation(step=5, val_loss=0.5)
    written = viz.loss_curve(tmp_path / "metrics.jsonl")
    given = viz.loss_curve([1 / step for step in range(1, 6)], [(5, 0.5)])
    assert written.svg == given.svg
    parsed(written)


def test_saving(tmp_path):
    picture = viz.image_grid(ravine.rand(2, 3, 3), title="two")
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg
    assert picture.save(tmp_path / "a.png").read_bytes() == picture.png
    page = picture.save(str(tmp_path / "a.html")).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert picture.svg in page
    assert (picture._repr_svg_(), picture._repr_html_(), picture._repr_png_()) == (
        picture.svg,
        picture.svg,
        picture.png,
    )
    with pytest.raises(ValueError, match=r"\.gif.*Use \.svg, \.html or \.png"):
        picture.save(tmp_path / "a.gif")
    with pytest.raises(ValueError, match="lines and text"):
        viz.curves({"a": [1]}).save(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: viz.image_grid(ravine.rand(4, 8, 8, 3)), "Move the channels forward"),
        (lambda: viz.image_grid(ravine.rand(2, 5, 4, 4)), "are none of"),
        (lambda: viz.image_grid(ravine.rand(0, 4, 4)), "are none of"),
        (lambda: viz.image_grid([ravine.rand(2, 2), ravine.rand(3, 2)]), "differ in shape"),
        (lambda: viz.image_grid([]), "no image"),
        (lambda: viz.image_grid(ravine.rand(2, 4, 4), labels=["a"]), "1 labels for 2 images"),
        (lambda: viz.image_grid(ravine.rand(2, 4, 4), normalize="all"), "True, False or 'each'"),
        (lambda: viz.heatmap(ravine.rand(3)), "needs a matrix"),
        (lambda: viz.heatmap(ravine.rand(0, 3)), "needs a matrix"),
        (lambda: viz.heatmap(ravine.rand(2, 3), rows=["a"]), "1 rows for 2"),
        (lambda: viz.heatmap(ravine.rand(2, 3), value_range=(1, 0)), "no range"),
        (
            lambda: viz.graph(3),
            "expected tensors",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


# ---- graphs ----


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 2 * width)
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.fc2(self.fc1(self.norm(x)).relu())


class Deep(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.blocks = nn.ModuleList([Block(4) for _ in range(count)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def boxes(root):
    return [e for e in root.iter(f"{SVG}rect") if e.get("class") != "page"]


def test_a_small_graph_shows_every_op():
    w = ravine.ones(3, requires_grad=True)
    root = parsed(viz.graph(((ravine.arange(3.0) + 1) * w).sum()))
    names = [e.text or "" for e in root.iter(f"{SVG}text") if e.get("class") == "name"]
    assert sorted(names) == ["add", "arange", "mul", "parameter", "sum"]
    assert "(3,) float32" in texts(root)
    assert "with 1" in texts(root)
    assert len([e for e in root.iter(f"{SVG}path") if e.get("class") == "edge"]) == 4


def test_drawing_computes_nothing_and_says_where_inputs_are_gone():
    y = ravine.ones(3) + 1
    parsed(viz.graph(y))
    assert y._is_pending
    y.tolist()
    assert "evaluated" in texts(parsed(viz.graph(y * 2)))


def test_boxes_do_not_overlap_and_edges_run_down():
    root = parsed(viz.graph(Deep(3)(ravine.ones(2, 4)).sum(), limit=120))
    placed = [tuple(float(e.get(k, 0)) for k in ("x", "y", "width", "height")) for e in boxes(root)]
    assert len(placed) > 20
    for i, (x, y, w, h) in enumerate(placed):
        for u, v, s, t in placed[:i]:
            assert x >= u + s - 0.2 or u >= x + w - 0.2 or y >= v + t - 0.2 or v >= y + h - 0.2
    page = float(root.get("width", 0)), float(root.get("height", 0))
    assert all(x >= 0 and y >= 0 and x + w <= page[0] and y + h <= page[1] for x, y, w, h in placed)
    for edge in root.iter(f"{SVG}path"):
        if edge.get("class") == "edge":
            numbers = edge.get("d", "M").replace("C", " ").removeprefix("M").split()
            assert float(numbers[1]) < float(numbers[-1])


def test_thousands_of_ops_fold_into_modules():
    loss = Deep(300)(ravine.ones(2, 4)).sum()
    picture = viz.graph(loss, limit=60)
    root = parsed(picture)
    assert 15 <= len(boxes(root)) <= 61
    assert any("blocks[0]" in (text or "") for text in texts(root))
    assert any((text or "").endswith(" ops") for text in texts(root))
    assert len(picture.svg) < 100_000


def test_a_long_chain_folds_evenly():
    y = ravine.ones(3, requires_grad=True)
    for _ in range(5000):
        y = y * 1.001
    assert len(boxes(parsed(viz.graph(y, limit=50)))) <= 51
    assert len(boxes(parsed(viz.graph(y, limit=1)))) == 1


def test_a_module_called_in_turns_makes_no_cycle():
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    model = nn.Sequential(*[a, b] * 100)
    assert len(boxes(parsed(viz.graph(model(ravine.ones(1, 3)), limit=30)))) <= 31


def named_boxes(root):
    return [e.text for e in root.iter(f"{SVG}text") if e.get("class") == "name"]


def test_two_encoder_layers_fit_a_screen():
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    root = parsed(viz.graph(model, ravine.randn(2, 5, 32)))
    assert float(root.get("height", 0)) <= 1000
    assert float(root.get("width", 0)) <= 700
    names = named_boxes(root)
    assert names[0] == "input"
    for k in (0, 1):
        kinds = ("linear1 (Linear 32->64)", "linear2 (Linear 64->32)", "norm1 (LayerNorm (32,))")
        assert {f"layers[{k}].{kind}" for kind in kinds} <= set(names)
        assert sum(str(name).startswith(f"layers[{k}].self_attn") for name in names) == 1
    assert any("in_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias" in str(t) for t in texts(root))
    assert "(2, 5, 64) float32 · weight, bias · 3 ops" in texts(root)
    deeper = parsed(viz.graph(nn.TransformerEncoder(layer, 12), ravine.randn(2, 5, 32)))
    assert len(boxes(deeper)) <= 40


def test_a_model_is_called_for_its_graph_and_left_as_it_was():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    before = {name: t.tolist() for name, t in model.state_dict().items()}
    state = ravine.get_rng_state()
    x = ravine.ones(5, 3) * 2
    names = named_boxes(parsed(viz.graph(model, x, limit=100)))
    parameters = {name for name, _ in model.named_parameters()}
    assert parameters | {"matmul"} <= set(names)
    assert "mul" in names  # how the input came about is shown, too
    assert names.count("1.weight") == 1
    assert {name: t.tolist() for name, t in model.state_dict().items()} == before
    assert ravine.get_rng_state() == state
    assert all(p.grad is None for p in model.parameters())
    assert not model[0]._forward_hooks
    # A loss of the model's: names come from the model that is told.
    loss = model(x).square().mean()
    assert parameters <= set(named_boxes(parsed(viz.graph(loss, model=model, limit=100))))
    assert "parameter" in named_boxes(parsed(viz.graph(loss, limit=100)))


def test_inputs_and_outputs_of_any_number():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(ravine.ones(3))
            self.register_buffer("scale", ravine.full((3,), 2.0))

        def forward(self, a, b, flag):
            return {"sum": a + b + self.shift, "product": (a * b * self.scale, flag)}

    root = parsed(viz.graph(Pair(), ravine.arange(3.0), ravine.rand(3), True))
    names = named_boxes(root)
    assert {"input 0", "input 1", "shift", "scale"} <= set(names)
    assert [names.count(op) for op in ("add", "mul")] == [2, 2]
    with pytest.raises(TypeError, match="a module and its inputs"):
        viz.graph(ravine.ones(2), "x")
