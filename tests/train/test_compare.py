"""The page that compares runs: who is who, what they came to, and a line for each in every chart."""

import io
import json
import os
import re
from statistics import mean, stdev

import pytest

from ravine import cli
from ravine.errors import FileError, ValueError
from ravine.train import NoRunError, Run, compare
from train.pages import checked


def made(out, name="toy", seed=0, value=0.5, steps=3, finished=True, **settings):
    with Run(name, steps=steps, seed=seed, out=out, settings=settings, stream=io.StringIO()) as run:
        for step in range(1, steps + 1):
            run.step(value + 1 / step, epoch=0, lr=0.1)
        run.evaluate(val_loss=value, val_accuracy=1 - value)
        if finished:
            run.finish("test loss", value, asked=1.0, at_least=False)
    return out


def read(path):
    """The charts by title, and the table as text."""
    html = path.read_text()
    checker = checked(html)
    found = re.findall(r'<script type="application/json">(.*?)</script>', html)
    charts = {chart["title"]: chart["lines"] for chart in map(json.loads, found)}
    rows = re.findall("<tr>(.*?)</tr>", html)
    table = [[re.sub("<[^>]*>", "", c) for c in re.findall("<t[dh]>(.*?)</t[dh]>", row)] for row in rows]
    return charts, table, checker, html


def test_runs_of_several_seeds_and_settings(tmp_path):
    values = {(0, 8): 0.5, (1, 8): 0.7, (10, 8): 0.9, (0, 16): 0.25}
    for (seed, width), value in values.items():
        made(tmp_path / f"width-{width}" / f"seed-{seed}", seed=seed, value=value, width=width)
    page = compare([tmp_path / "width-8", tmp_path / "width-16" / "seed-0"], tmp_path / "new" / "page")
    charts, (head, *rows), checker, html = read(page)
    assert page == tmp_path / "new" / "page" / "compare.html"
    assert head == ["run", "width", "result", "least validation loss", "steps", "time"]
    assert [row[1] for row in rows] == ["8", "8", "8", "16"]
    assert [row[2] for row in rows] == [
        f"✓ test loss {value:.4f} (asked: &lt;= 1)" for value in (0.5, 0.7, 0.9, 0.25)
    ]
    assert [row[0] for row in rows] == [str(tmp_path / f"width-{w}" / f"seed-{s}") for s, w in values]
    for link in checker.links:  # relative to the page, whose folder may be moved with the runs
        assert not os.path.isabs(link)
        assert (page.parent / link).exists()
    three = [0.5, 0.7, 0.9]
    assert f"{mean(three):.4f} ± {stdev(three):.4f}" in html
    assert html.count("±") == 2  # once as the words; a setting with one run has no deviation
    assert list(charts)[:3] == ["training loss", "validation loss", "validation accuracy"]
    assert all(len(lines) == 4 for title, lines in charts.items())
    assert [line["y"] for line in charts["validation loss"]] == [[0.5], [0.7], [0.9], [0.25]]
    assert "test loss" not in charts


def test_names_are_as_short_as_they_can_be(tmp_path):
    for seed in (2, 10):
        made(tmp_path / f"seed-{seed}", seed=seed)
    charts, table, *_ = read(compare([tmp_path], tmp_path))
    assert [row[0] for row in table[1:]] == ["seed 2", "seed 10"]
    assert [line["name"] for line in charts["training loss"]] == ["seed 2", "seed 10"]
    others = [made(tmp_path / name, name=name) for name in ("one", "two")]
    assert [row[0] for row in read(compare(others, tmp_path))[1][1:]] == ["one", "two"]
    mixed = [made(tmp_path / "x", name="a", seed=s) and tmp_path / "x" for s in (1,)]
    mixed += [made(tmp_path / "y", name="b", seed=1), made(tmp_path / "z", name="a", seed=2)]
    assert [row[0] for row in read(compare(mixed, tmp_path))[1][1:]] == [
        "a, seed 1",
        "b, seed 1",
        "a, seed 2",
    ]


def test_unfinished_runs_and_runs_without_some_series(tmp_path):
    evil = "<script>alert(1)</script>"
    made(tmp_path / "a", name=evil, seed=1, finished=False)
    with Run(evil, steps=1, seed=2, out=tmp_path / "b", stream=io.StringIO()) as run:
        run.step(float("nan"), epoch=0, lr=0.1, norm=2.0)
    charts, table, _, html = read(compare([tmp_path / "a", tmp_path / "b", tmp_path / "a"], tmp_path))
    assert len(table) == 3  # a run that was named twice is there once
    assert [row[1] for row in table[1:]] == ["not finished", "not finished"]
    assert [line["y"] for line in charts["norm"]] == [[], [2]]
    assert evil not in html


def test_what_cannot_be_compared_is_refused(tmp_path):
    one = made(tmp_path / "one")
    with pytest.raises(ValueError, match="1 runs are nothing to compare"):
        compare([one], tmp_path)
    with pytest.raises(NoRunError, match=r"no run.json.*Give folders of runs"):
        compare([one, tmp_path / "none"], tmp_path)
    two = made(tmp_path / "two")
    for content in ("{", "[]", '{"result": 3}', '{"result": null, "name": "toy"}', "\xff"):
        (two / "run.json").write_bytes(content.encode("latin-1"))
        with pytest.raises(FileError, match="run it anew"):
            compare([one, two], tmp_path)


def test_the_command_line(tmp_path, capsys):
    folders = [str(made(tmp_path / str(seed), seed=seed)) for seed in (0, 1)]
    capsys.readouterr()
    assert cli.main(["compare", *folders, "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"compare: {tmp_path / 'compare.html'}\n"
    assert cli.main(["compare", folders[0], "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("ravine compare: 1 runs are nothing")
    assert cli.main(["compare", str(tmp_path / "none")]) == 2
    assert "has no run" in capsys.readouterr().err
    (tmp_path / "1" / "run.json").write_text("{")
    assert cli.main(["compare", *folders, "--out", str(tmp_path)]) == 1
    assert "is damaged" in capsys.readouterr().err
