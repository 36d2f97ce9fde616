"""What a run's page shows: every series in its chart, numbers as they were logged, mistakes, facts."""

import io
import json
import re
from base64 import b64decode
from math import inf, nan
from xml.etree import ElementTree

import numpy as np
import pytest

import ravine
from ravine import nn, optim
from ravine.train import Run, mistakes
from ravine.train.charts import Chart, Line, charts_of, drawn_charts
from ravine.utils.data import DataLoader, TensorDataset
from train.pages import checked
from train.test_page import pixels


def data_of(html):
    """What the page's script reads, chart by chart."""
    return [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', html)]


def page_of(folder):
    html = (folder / "index.html").read_text()
    checked(html)
    return html, {chart["title"]: chart for chart in data_of(html)}


class Steady:
    """A clock by which every look takes a quarter of a second."""

    now = 0.0

    def __call__(self):
        self.now += 0.25
        return self.now


def test_every_series_has_its_chart():
    series = {
        "loss": [(1, 3.0), (2, 2.0)],
        "val_loss": [(2, 2.5)],
        "lr": [(1, 0.1), (2, 0.05)],
        "accuracy": [(1, 0.5), (2, 0.75)],
        "val_accuracy": [(2, 0.7)],
        "val_error_rate": [(2, 0.3)],
        "grad_norm": [(1, 5.0), (2, 4.0)],
        "distance": [(2, 9.0)],
        "nothing": [],
    }
    charts = charts_of(series, [(1, 0.5), (2, 0.75)], best=(2.0, 2.5))
    found = {chart.title: [line.name for line in chart.lines] for chart in charts}
    assert found == {
        "loss": ["train", "validation"],
        "accuracy": ["train", "validation"],
        "grad norm": [""],
        "distance": [""],
        "error rate": ["validation"],
        "learning rate": [""],
        "steps per second": [""],
    }
    assert (charts[0].title, charts[0].wide, charts[0].best) == ("loss", True, (2.0, 2.5))
    raw = {chart.title: [line.raw for line in chart.lines] for chart in charts}
    assert (raw["accuracy"], raw["grad norm"], raw["distance"]) == ([True, False], [True], [False])
    assert (raw["loss"], raw["learning rate"], raw["error rate"]) == ([True, False], [False], [False])
    assert charts[-1].lines[0].points == [(2, 4.0)]  # one step in a quarter of a second


def test_numbers_reach_the_page_as_they_were_logged():
    points = [(1, 0.123456789), (2, nan), (3, inf), (4, -2.0), (5, 1e-12)]
    (chart,) = data_of(drawn_charts([Chart("x < y & </script>", [Line("", points)])]))
    assert chart["title"] == "x < y & </script>"
    (line,) = chart["lines"]
    assert line["x"] == [1, 2, 3, 4, 5]
    assert line["y"] == [0.123457, None, None, -2, 1e-12]


def test_many_points_keep_their_means_and_extremes():
    rng = np.random.default_rng(0)
    values = rng.normal(size=100_000)
    values[777] = nan
    html = drawn_charts([Chart("loss", [Line("train", list(enumerate(values.tolist(), 1)), raw=True)])])
    assert len(html) < 60_000
    (line,) = data_of(html)[0]["lines"]
    columns = np.where(np.isnan(values), np.nan, values).reshape(400, 250)
    assert line["x"] == [250 * (k + 1) for k in range(400)]
    for key, reduce in (("y", np.nanmean), ("low", np.nanmin), ("high", np.nanmax)):
        np.testing.assert_allclose(line[key], reduce(columns, axis=1), rtol=1e-5, atol=1e-6)
    lost = [(k, nan) for k in range(5000)]
    assert set(data_of(drawn_charts([Chart("l", [Line("", lost)])]))[0]["lines"][0]["y"]) == {None}


@pytest.mark.parametrize(
    "charts",
    [
        charts_of({"loss": []}),
        charts_of({"loss": [(1, nan)], "val_loss": []}),
        charts_of({"loss": [(1, 2.0)], "lr": [(1, 0.1)]}, [(1, 0.0)]),
        charts_of({"loss": [(1, -1.0), (2, -3.0)], "val_loss": [(2, nan)]}, best=(2.0, nan)),
        charts_of({"loss": [], "val_loss": [(10, 0.5)]}, best=(10.0, 0.5)),
        charts_of(
            {"loss": [(k, 1.0) for k in range(9)]}, [(k, 1.0) for k in range(9)]
        ),  # a clock that stands
    ],
    ids=["nothing", "nan", "one point", "negative", "evaluations alone", "no time"],
)
def test_odd_runs_have_charts_that_stand(charts):
    html = drawn_charts(charts)
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL):
        ElementTree.fromstring(svg)
        assert "nan" not in re.sub("sans", "", svg)
    assert len(data_of(html)) == len(charts) >= 1


def small_run(out, stop=None, resume=False, settings=None, losses=None, **options):
    ravine.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = optim.AdamW(model.parameters(), lr=0.25, betas=(0.8, 0.9))
    loader = DataLoader(TensorDataset(ravine.randn(40, 3)), batch_size=4, seed=0)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    options = {"stream": io.StringIO(), "clock": Steady(), "seed": 3, **options}
    with Run("small", steps=12, out=out, resume=resume, parts=parts, settings=settings, **options) as run:
        for (x,) in run.batches():
            loss = model(x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss if losses is None else losses[run.steps], norm=loss * 2)
            if run.due(4):
                run.evaluate(val_loss=abs(run.steps - 8) + 0.5, val_accuracy=run.steps / 12)
            if run.steps == stop:
                run.save()
                return
        run.finish("accuracy", 0.5, asked=0.25)


def test_a_page_of_a_run(tmp_path):
    small_run(tmp_path, settings={"width": 8, "ratios": [0.5, 2], "kind": "<plain>"})
    html, charts = page_of(tmp_path)
    assert list(charts) == ["loss", "norm", "accuracy", "learning rate", "steps per second"]
    assert charts["loss"]["best"] == [8, 0.5]
    assert charts["accuracy"]["lines"][0]["y"] == [0.333333, 0.666667, 1]
    assert charts["learning rate"]["lines"][0]["y"] == [0.25] * 12
    assert ">best</text>" in html  # without the script, too
    text = re.sub("<[^>]*>", "|", html)
    for told in (
        "Linear, 8 parameters",
        "AdamW, lr 0.25, betas (0.8, 0.9), eps 1e-08, weight decay 0.01",
        "|batch size||4|",
        "|width||8|",
        "|ratios||(0.5, 2)|",
        "&lt;plain&gt;",
        f"Ravine {ravine.__version__}, Python",
        " UTC|",
    ):
        assert told in text, told
    assert html.count("<script>") == 1


def test_a_resumed_page_shows_all_of_the_run(tmp_path):
    small_run(tmp_path / "whole")
    small_run(tmp_path / "parted", stop=6)
    html, charts = page_of(tmp_path / "parted")
    assert "not finished" in html
    assert charts["loss"]["best"] == [4, 4.5]
    small_run(tmp_path / "parted", resume=True)
    html, charts = page_of(tmp_path / "parted")
    _, whole = page_of(tmp_path / "whole")
    del charts["steps per second"], whole["steps per second"]
    assert charts == whole
    assert "UTC, resumed 2" in html
    assert json.loads((tmp_path / "parted" / "run.json").read_text())["best"] == {"step": 8, "loss": 0.5}


def test_a_run_of_no_numbers_has_a_page(tmp_path):
    small_run(tmp_path, losses=[nan] * 13)
    _, charts = page_of(tmp_path)
    assert set(charts["loss"]["lines"][0]["y"]) == {None}
    assert charts["loss"]["best"] == [8, 0.5]
    run = Run("bare", steps=3, out=tmp_path / "bare", stream=io.StringIO())
    run.finish("loss", nan, asked=1.0, at_least=False)
    _, charts = page_of(tmp_path / "bare")
    assert charts["loss"]["lines"] == []
    assert json.loads((tmp_path / "bare" / "run.json").read_text())["result"]["value"] is None


def test_settings_belong_to_the_run(tmp_path):
    small_run(tmp_path, stop=5, settings={"width": 8, "pair": (1, 2)})
    with pytest.raises(ravine.train.OtherRunError, match="width 8, not 16"):
        small_run(tmp_path, resume=True, settings={"width": 16, "pair": (1, 2)})
    small_run(
        tmp_path, resume=True, settings={"width": 8, "pair": (1, 2)}
    )  # a tuple is a list in a checkpoint


def test_mistakes_are_named_with_both_probabilities():
    images = ravine.rand(4, 1, 5, 5)
    labels = ravine.tensor([0, 1, 2, 0])
    logits = ravine.tensor([[2.0, 0, 0], [3.0, 0, 0], [0, 0, 1.0], [0, 0, 9.0]])
    html = mistakes(images, labels, logits, ["a & b", "dog", "fish"])
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    shares = np.exp([3.0, 0, 0]) / np.exp([3.0, 0, 0]).sum()
    assert captions == [
        "<b>fish, 100 %</b>is a &amp; b, 0 %",
        f"<b>a &amp; b, {shares[0]:.0%}</b>is dog, {shares[1]:.0%}".replace("%", " %"),
    ]
    assert "2 of 4 named wrongly" in html
    assert "the surest 1 of them" in mistakes(images, labels, logits, limit=1)
    assert "None among 4" in mistakes(images, labels, 9 * nn.functional.one_hot(labels, 3).float())
    colour = mistakes(ravine.rand(4, 3, 6, 5), labels, logits)
    source = re.search('base64,([^"]*)', colour)
    assert source is not None
    assert pixels(b64decode(source[1]))[:3] == (5, 6, 3)
