"""Every recipe at its small scale: last line, files, page, resuming, equal bits for any number of threads.

What the recipes reach when they run in full is asked by `make recipes`, and here of those that are short.
"""

import contextlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ravine
from ravine import cli, recipes
from ravine.datasets import mnist
from ravine.models import Model
from ravine.recipes import fashion_cnn, shakespeare_gpt
from ravine.train import read_metrics, run
from ravine.utils.data import TensorDataset
from train import first_losses
from train.pages import checked

NAMES = recipes.names()
CONSTANTS = {"NAME": str, "ASKED": (int, float), "SECTION": str, "SHOWS": str, "SECONDS": int, "DEMO": bool}
STEPS = 9  # at most, at the small scale
LONG = 6  # so many recipes may take up to ten minutes, the others two


def train(name, out, *options):
    return cli.main(["train", name, "--scale", "smoke", "--out", str(out), *options])


def told(out):
    entries = read_metrics(out / "metrics.jsonl")
    return [json.dumps({k: v for k, v in entry.items() if k != "seconds"}) for entry in entries]


def stop_at_the_last_step(patch):
    """The next run is killed before the last of its steps is counted."""
    step = run.Run.step

    def stopping(self, *args, **options):
        if self.steps == self.total - 1:
            raise KeyboardInterrupt
        step(self, *args, **options)

    patch.setattr(run.Run, "step", stopping)


@pytest.fixture(scope="module", params=NAMES)
def short(request, tmp_path_factory):
    """A recipe at its small scale on one thread: its name, folder, exit code, and what it printed."""
    out = tmp_path_factory.mktemp(request.param)
    with (
        contextlib.redirect_stdout(io.StringIO()) as printed,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        code = train(request.param, out, "--threads", "1")
    assert "\r" not in err.getvalue()
    return request.param, out, code, printed.getvalue()


def test_a_short_run(short):
    name, out, code, printed = short
    line = printed.splitlines()[-1]
    found = re.fullmatch(
        rf"{name}: [ -~]+ (-?[\d.]+) \(asked: ([<>])= (-?[\d.e-]+)\), (\d) steps, \d+\.\d s", line
    )
    assert found, line
    value, asked = float(found[1]), float(found[3])
    assert code == (0 if (value >= asked if found[2] == ">" else value <= asked) else 3)
    entries = read_metrics(out / "metrics.jsonl")
    steps = [entry for entry in entries if "lr" in entry]
    assert [entry["step"] for entry in steps] == list(range(1, int(found[4]) + 1))
    assert 2 <= len(steps) <= STEPS
    assert all(entry["loss"] is not None for entry in steps)
    assert all({"step", "epoch", "loss", "lr", "seconds"} <= set(entry) for entry in steps)
    state = ravine.load(out / "last.safetensors")
    if (out / "best.safetensors").exists():
        assert set(state["model"]) == set(ravine.load(out / "best.safetensors"))
    kept = [Model.from_pretrained(config.parent) for config in out.glob("model/**/config.json")]
    assert kept, "a recipe's model is one of ravine.models"
    assert "<h3>" in (out / "index.html").read_text(encoding="utf-8"), "a recipe shows what came out"
    checker = checked((out / "index.html").read_text(encoding="utf-8"))
    assert all((out / link).exists() for link in checker.links)


def test_a_stopped_run_on_more_threads_goes_on_bit_for_bit(short, tmp_path, monkeypatch):
    name, whole, code, _ = short
    monkeypatch.setattr(run, "_SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        stop_at_the_last_step(patch)
        assert train(name, tmp_path, "--threads", "2") == 130
    assert "not finished" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert train(name, tmp_path, "--threads", "2", "--resume") == code
    assert told(tmp_path) == told(whole)


def test_the_first_losses_are_those_recorded(short):
    name, out, _, _ = short
    assert first_losses.losses(out) == pytest.approx(first_losses.recorded()[name], rel=1e-3, abs=1e-6)


def test_a_recipe_is_a_readable_script_that_says_what_it_is():
    for name in NAMES:
        source = (Path(recipes.__file__).parent / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
        assert len(source.splitlines()) < 100, name
        assert "ravine._" not in source, name
        assert not re.search(r"^class ", source, re.MULTILINE), f"{name}: models belong to ravine.models"
        about = recipes.about(name)
        assert all(isinstance(about.get(key), kind) for key, kind in CONSTANTS.items()), (name, about)
        assert about["NAME"] == name
        assert re.fullmatch(r"\d+(\.\d+)?", about["SECTION"]), name
    slow = [name for name in NAMES if recipes.about(name)["SECONDS"] > 120]
    assert len(slow) <= LONG, slow
    assert all(recipes.about(name)["SECONDS"] <= 600 for name in slow)


# One of each kind of application that the course names.
APPLICATIONS = {
    "regression": "series-forecast",
    "classification": "digits-mlp",
    "translation": "verses-translation",
    "text": "shakespeare-gpt",
    "seeing pictures": "fashion-cnn",
    "making pictures": "fashion-diffusion",
    "science": "heat-pinn",
}


def test_row_182_each_application_has_its_recipe():
    """They run, at their small scale, with all others; here: that they ask for something, and say of what."""
    asked = {name: recipes.about(name) for name in APPLICATIONS.values()}
    assert all(about["ASKED"] > 0 and about["SHOWS"] for about in asked.values())
    assert asked.keys() <= first_losses.recorded().keys()


def test_the_table(short, capsys):
    name, out, _, printed = short
    assert cli.main(["recipes", "--out", str(out.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["recipe", *NAMES]
    link = out.parent / name
    link.symlink_to(out)
    try:
        assert cli.main(["recipes", "--out", str(out.parent)]) == 0
    finally:
        link.unlink()
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{name} "))
    metric = re.match(rf"{name}: (.*) \S+ \(asked", printed.splitlines()[-1])
    assert metric
    assert metric[1] in line


def test_all_of_them_run(tmp_path, capfd):
    code = cli.main(["recipes", "--run", "digits-mlp", "--scale", "smoke", "--out", str(tmp_path)])
    head, line = capfd.readouterr().out.splitlines()
    assert head.split() == ["recipe", "figure", "asked", "seconds", "allowed"]
    assert re.match(r"digits-mlp +test accuracy [\d.]+ +>= 0\.96 +\d+ +\d+ +(ok|missed)$", line)
    assert code == (0 if line.endswith("ok") else 3)
    assert cli.main(["recipes", "--run", "digits-mpl"]) == 2
    assert "Did you mean digits-mlp?" in capfd.readouterr().err


def test_the_gpt_is_what_was_asked():
    gpt = shakespeare_gpt
    shape = (gpt.LAYERS, gpt.WIDTH, gpt.HEADS, gpt.LENGTH, gpt.BATCH, gpt.STEPS)
    assert shape == (4, 128, 4, 96, 24, 2000)


def test_an_unknown_scale():
    with pytest.raises(ValueError, match=r"unknown scale 'tiny'\. The scales are: full, smoke"):
        recipes.load("digits-mlp")(scale="tiny")


def test_names_are_encoded_with_an_end_and_without_their_padding():
    from ravine.recipes import names_lstm

    x, y = names_lstm.encode(["ab", "c"]).tensors
    assert x.tolist() == [[0, 1, 2], [0, 3, 0]]
    assert y.tolist() == [[1, 2, 0], [3, 0, names_lstm.PAD]]


@pytest.mark.parametrize("name", ["names-lstm"])
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
    names = [name for name in NAMES if recipes.about(name)["DEMO"]]
    assert [line.split(":")[0] for line in lines] == names
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    checker = checked(html)
    for link in checker.links:
        assert link[1:] in checker.ids if link.startswith("#") else (tmp_path / link).exists()
    for name in names:
        assert f'<h2 id="{name}">' in html
        checked((tmp_path / name / "index.html").read_text(encoding="utf-8"))
    assert "<h3>Mistakes</h3>" in html
    assert html.count("ravine-curve") >= len(names)
    assert html.count('class="bar"') >= 5
    assert "Speed against NumPy" in html
