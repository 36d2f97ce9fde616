"""Event files as TensorBoard itself reads them, its checks of every record included."""

import io
import math
import struct

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]

import ravine
from ravine import nn, optim, viz
from ravine.train import Log, Run, TensorBoardLog
from ravine.utils.data import DataLoader, TensorDataset
from train.test_page import pixels


def read(folder):
    everything = dict.fromkeys(("scalars", "images", "tensors"), 0)
    return EventAccumulator(str(folder), size_guidance=everything).Reload()


def scalars(folder):
    events = read(folder)
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def texts(folder, tag):
    return [e.tensor_proto.string_val[0].decode() for e in read(folder).Tensors(tag)]


def test_scalars_texts_and_images(tmp_path):
    values = [0.5, -1e-30, 3.4e38, math.inf, -math.inf, math.nan, 1e300, 2]
    steps = [0, 1, 127, 128, 16_384, 2**31, 2**40, 2**62]
    with TensorBoardLog(tmp_path) as log:
        for step, value in zip(steps, values, strict=True):
            log.scalar("train/loss", value, step, when=1e9 + 0.25)
        log.scalar("of a tensor", ravine.tensor([0.25], requires_grad=True), 3)
        log.text("said", "# To be, or not\n\n| ∞ |", 5)
        log.image("grey", [[0, 255, 7]], 6)
        log.image("colour", ravine.tensor([[[1, 2, 3]], [[4, 5, 6]]]), 7)
        log.image("picture", viz.heatmap(ravine.eye(2)), 8)
    found = scalars(tmp_path)
    assert [step for step, _ in found["train/loss"]] == steps
    with np.errstate(over="ignore"):
        expected = np.array(values).astype(np.float32)
    np.testing.assert_array_equal(np.array([v for _, v in found["train/loss"]], np.float32), expected)
    assert found["of a tensor"] == [(3, 0.25)]
    assert texts(tmp_path, "said") == ["# To be, or not\n\n| ∞ |"]
    events = read(tmp_path)
    assert events.Scalars("train/loss")[0].wall_time == 1e9 + 0.25
    assert events.SummaryMetadata("said").plugin_data.plugin_name == "text"
    (grey,), (colour,), (picture,) = (events.Images(tag) for tag in ("grey", "colour", "picture"))
    assert (grey.step, grey.width, grey.height) == (6, 3, 1)
    assert pixels(grey.encoded_image_string) == (3, 1, 1, bytes([0, 255, 7]))
    assert pixels(colour.encoded_image_string) == (1, 2, 3, bytes(range(1, 7)))
    assert (picture.width, picture.height) == (2, 2)


def test_every_record_has_its_checksums(tmp_path):
    """The reader refuses a file in which one bit is another, wherever it is."""
    with TensorBoardLog(tmp_path) as log:
        for step in range(50):
            log.scalar("x", step, step)
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    events = [Event.FromString(e) for e in RawEventFileLoader(str(path)).Load()]
    assert events[0].file_version == "brain.Event:2"
    assert len(events) == 51
    first = 12 + struct.unpack("<Q", data[:8])[0] + 4
    for place in (0, 9, 12, first - 1, first + 13, len(data) - 1):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert len(list(RawEventFileLoader(str(path)).Load())) < 51, place


def train(out, logs, stop=None, resume=False):
    ravine.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.25)
    loader = DataLoader(TensorDataset(ravine.randn(40, 3)), batch_size=4, seed=0)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    settings = {"width": 8, "kind": "a | b"}
    options = {"seed": 0, "parts": parts, "settings": settings, "stream": io.StringIO()}
    with Run("small", steps=10, out=out, resume=resume, logs=logs, **options) as run:
        for (x,) in run.batches():
            loss = model(x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss, norm=2 * loss.detach())
            if run.due(5):
                run.evaluate(val_loss=1 / run.steps)
            if run.steps == 6:
                run.save()
            if run.steps == stop:
                return
        run.show("Map", viz.heatmap(ravine.eye(3)))
        run.show("Lines", viz.curves({"a": [1, 2]}))  # no pixels: not written
        run.show("Text", "<p>text</p>")
        run.finish("test accuracy", 0.75, asked=0.5)


def test_a_run_writes_what_it_notes(tmp_path):
    train(tmp_path / "run", [TensorBoardLog(tmp_path / "log")])
    found = scalars(tmp_path / "log")
    assert found.keys() == {"loss", "lr", "norm", "val_loss", "test_accuracy"}
    assert [step for step, _ in found["loss"]] == list(range(1, 11))
    assert found["lr"][3] == (4, 0.25)
    np.testing.assert_allclose([v for _, v in found["norm"]], [2 * v for _, v in found["loss"]], rtol=1e-6)
    assert found["val_loss"] == [(5, pytest.approx(0.2)), (10, pytest.approx(0.1))]
    assert found["test_accuracy"] == [(10, 0.75)]
    assert read(tmp_path / "log").Tags()["images"] == ["Map"]
    (about,) = texts(tmp_path / "log", "about")
    assert "| model | Linear, 8 parameters |\n" in about
    assert "| width | 8 |" in about
    assert "| kind | a \\| b |" in about
    times = [e.wall_time for e in read(tmp_path / "log").Scalars("loss")]
    assert times == sorted(times)


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path):
    train(tmp_path / "whole", [TensorBoardLog(tmp_path / "one")])
    train(tmp_path / "parted", [TensorBoardLog(tmp_path / "two")], stop=8)
    # As after a kill: the checkpoint of step 6 is the last one, but steps 7 and 8 are in the log.
    before = scalars(tmp_path / "two")
    assert [step for step, _ in before["loss"]] == list(range(1, 9))
    train(tmp_path / "parted", [TensorBoardLog(tmp_path / "two")], resume=True)
    assert len(list((tmp_path / "two").iterdir())) == 2
    assert scalars(tmp_path / "two") == scalars(tmp_path / "one")


def test_a_log_of_ones_own_hears_of_everything(tmp_path):
    heard = []

    class Heard(Log):
        def begin(self, step, about):
            heard.append(("begin", step, about["width"]))

        def note(self, step, values, seconds):
            assert seconds >= 0
            heard.append(("note", step, tuple(values)))

        def show(self, step, title, shown):
            heard.append(("show", step, title))

        def sync(self):
            heard.append(("sync",))

        def close(self):
            heard.append(("close",))

    train(tmp_path, [Heard()])
    assert heard[0] == ("begin", 0, "8")
    assert heard[-2:] == [("note", 10, ("test_accuracy",)), ("close",)]
    assert [h for h in heard if h[0] == "note"][:2] == [("note", k, ("loss", "lr", "norm")) for k in (1, 2)]
    assert ("note", 5, ("val_loss",)) in heard
    assert heard.index(("note", 6, ("loss", "lr", "norm"))) < len(heard) - heard[::-1].index(("sync",))
    assert [h[2] for h in heard if h[0] == "show"] == ["Map", "Lines", "Text"]


def test_a_log_that_cannot_be_written_stops_the_run_and_frees_its_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        train(tmp_path / "run", [TensorBoardLog(tmp_path / "file" / "log")])
    train(tmp_path / "run", [])
