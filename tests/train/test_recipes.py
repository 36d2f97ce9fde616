"""Every recipe on a few steps: last line, files, page, resuming, equal bits for any number of threads.

What the recipes reach when they run in full is asked by `make demo`, and here of those that are short.
"""

import json
import re
import subprocess
import sys

import pytest

import ravine
from ravine import cli, recipes
from ravine.datasets import mnist
from ravine.recipes import fashion_cnn, shakespeare_gpt
from ravine.train import read_metrics
from ravine.utils.data import TensorDataset
from train.pages import checked

NAMES = ("digits-mlp", "fashion-cnn", "names-lstm", "shakespeare-gpt")
HEADINGS = {
    "digits-mlp": [],
    "fashion-cnn": ["Filters of the first convolution", "Mistakes"],
    "names-lstm": ["Names at temperature 0.6", "Names at temperature 1.0"],
    "shakespeare-gpt": [f"Written at temperature {t}" for t in (0.5, 0.8, 1.0)],
}
STEPS = {"digits-mlp": 25, "fashion-cnn": 3, "names-lstm": 8, "shakespeare-gpt": 4}


@pytest.fixture(scope="module", autouse=True)
def quick():
    """The GPT at its small scale: its full size would be most of a short run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(shakespeare_gpt.SCALES, "full", shakespeare_gpt.SCALES["smoke"])
        yield


def train(name, out, *options):
    return cli.main(["train", name, "--steps", str(STEPS[name]), "--out", str(out), *options])


def losses(out):
    entries = read_metrics(out / "metrics.jsonl")
    return [json.dumps({k: v for k, v in entry.items() if k != "seconds"}) for entry in entries]


def test_the_recipes_are_these():
    assert tuple(recipes.names()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_short_run(name, tmp_path, capsys):
    one, two = tmp_path / "one", tmp_path / "two"
    code = train(name, one, "--threads", "1")
    out, err = capsys.readouterr()
    (line,) = out.splitlines()
    found = re.fullmatch(
        rf"{name}: [a-z ]+ (\d+\.\d+) \(asked: ([<>])= ([\d.]+)\), {STEPS[name]} steps, \d+\.\d s", line
    )
    assert found, line
    value, asked = float(found[1]), float(found[3])
    assert code == (0 if (value >= asked if found[2] == ">" else value <= asked) else 3)
    assert "\r" not in err

    entries = read_metrics(one / "metrics.jsonl")
    steps = [entry for entry in entries if "loss" in entry]
    assert [entry["step"] for entry in steps] == list(range(1, STEPS[name] + 1))
    assert all(set(entry) == {"step", "epoch", "loss", "lr", "seconds"} for entry in steps)
    assert any("val_loss" in entry for entry in entries)

    html = (one / "index.html").read_text(encoding="utf-8")
    checker = checked(html)
    for link in checker.links:
        assert (one / link).exists()
    for heading in HEADINGS[name]:
        assert f"<h3>{heading}</h3>" in html

    state, best = ravine.load(one / "last.safetensors"), ravine.load(one / "best.safetensors")
    assert set(state["model"]) == set(best)

    assert train(name, two, "--threads", "2") == code
    assert losses(two) == losses(one)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_stopped_run_goes_on_bit_for_bit(name, tmp_path, monkeypatch):
    from ravine.train import run

    monkeypatch.setattr(run, "_SAVE_SECONDS", 0.0)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    train(name, whole)
    step = run.Run.step
    stop_at = STEPS[name] - 1

    def stopping(self, *args, **options):
        if self.steps == stop_at:
            raise KeyboardInterrupt
        step(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(run.Run, "step", stopping)
        assert train(name, stopped) == 130
    assert "not finished" in (stopped / "index.html").read_text(encoding="utf-8")
    train(name, stopped, "--resume")
    assert losses(stopped) == losses(whole)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_a_readable_script(name):
    import inspect
    from importlib import import_module

    source = inspect.getsource(import_module(f"ravine.recipes.{name.replace('-', '_')}"))
    assert len(source.splitlines()) < 100
    assert "ravine._" not in source


def test_the_gpt_is_what_was_asked():
    gpt = shakespeare_gpt
    shape = (gpt.LAYERS, gpt.WIDTH, gpt.HEADS, gpt.LENGTH, gpt.BATCH, gpt.STEPS)
    assert shape == (4, 128, 4, 96, 24, 2000)
    model = gpt.GPT(76)
    scores = model(ravine.zeros(2, 7, dtype=ravine.int64))
    assert tuple(scores.shape) == (2, 7, 76)
    # What comes later must not be seen.
    x = ravine.randint(0, 76, (1, 9))
    changed = ravine.cat([x[:, :5], (x[:, 5:] + 1) % 76], 1)
    assert (model(x)[:, :5] == model(changed)[:, :5]).all()
    assert (model(x)[:, 5:] != model(changed)[:, 5:]).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_small_scale_does_all_that_the_full_one_does(name, tmp_path, capsys):
    assert cli.main(["train", name, "--scale", "smoke", "--out", str(tmp_path)]) in (0, 3)
    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{name}: [a-z ]+ \d+\.\d+ \(asked: [<>]= [\d.]+\), [1-9] steps, \d+\.\d s", line)
    assert any("val_loss" in entry for entry in read_metrics(tmp_path / "metrics.jsonl")) or name.endswith(
        "gpt"
    )
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(heading in page for heading in HEADINGS[name])


def test_an_unknown_scale():
    with pytest.raises(ValueError, match=r"unknown scale 'tiny'\. The scales are: full, smoke"):
        recipes.load("digits-mlp")(scale="tiny")


def test_names_are_encoded_with_an_end_and_without_their_padding():
    from ravine.recipes import names_lstm

    x, y = names_lstm.encode(["ab", "c"]).tensors
    assert x.tolist() == [[0, 1, 2], [0, 3, 0]]
    assert y.tolist() == [[1, 2, 0], [3, 0, names_lstm.PAD]]


@pytest.mark.parametrize("name", NAMES[2:3])
def test_a_recipe_reaches_its_goal(name, tmp_path):
    command = [sys.executable, "-m", "ravine.cli", "train", name, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def fashion_cnn_run(tmp_path_factory):
    """The recipe from three seeds: its exit code, what it printed last, and its folder."""
    out = tmp_path_factory.mktemp("fashion-cnn")
    command = [
        sys.executable,
        "-m",
        "ravine.cli",
        "train",
        "fashion-cnn",
        "--seed",
        "0",
        "1",
        "2",
        "--out",
        out,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    return done.returncode, done.stdout.splitlines()[-1], out


def test_fashion_cnn_reaches_its_goal(fashion_cnn_run):
    code, last, _ = fashion_cnn_run
    assert code == 0, last


def test_fashion_cnn_on_the_whole_test_part(fashion_cnn_run, fashion_mnist):
    model = fashion_cnn.build()
    model.load_state_dict(ravine.load(fashion_cnn_run[2] / "seed-0" / "best.safetensors"))
    images, labels = mnist(fashion_mnist, "test")
    assert len(images) == 10_000
    everything = TensorDataset(ravine.tensor(images).unsqueeze(1), ravine.tensor(labels))
    _, accuracy, _ = fashion_cnn.evaluate(model, everything)
    assert accuracy >= 0.835


def test_the_demo_page(tmp_path, capsys, monkeypatch):
    from ravine import bench

    monkeypatch.setattr(bench, "ROUNDS", 2)
    monkeypatch.setattr(bench, "SAMPLE_SECONDS", 0.0)
    assert cli.main(["demo", "--out", str(tmp_path), "--steps", "3"]) == 3
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == f"demo: {tmp_path / 'index.html'}"
    assert [line.split(":")[0] for line in lines] == list(NAMES)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    checker = checked(html)
    for link in checker.links:
        assert link[1:] in checker.ids if link.startswith("#") else (tmp_path / link).exists()
    for name in NAMES:
        assert f'<h2 id="{name}">' in html
        checked((tmp_path / name / "index.html").read_text(encoding="utf-8"))
        for heading in HEADINGS[name]:
            assert f"<h3>{heading}</h3>" in html
    assert html.count("ravine-curve") >= len(NAMES)
    assert html.count('class="bar"') >= 5
    assert "Speed against NumPy" in html
