"""Runs that were killed and resumed end as runs that were not; other runs are not resumed.

RAVINE_KILLS=200 kills so many times.
"""

import errno
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ravine
from ravine import cli, nn
from ravine.recipes.digits_mlp import build
from ravine.train import CheckpointError, OtherRunError, Run, load_checkpoint, read_metrics

# A checkpoint every few milliseconds, so that kills fall into the writing of one, too.
CHILD = """
import sys
from ravine import cli
from ravine.train import run
run._SAVE_SECONDS, run._SAVE_LEAST_SECONDS = float(sys.argv[1]), 0.0
sys.exit(cli.main(sys.argv[2:]))
"""
WRITER = """
import sys
import ravine
from ravine import nn
from ravine.train import save_checkpoint
model, number = nn.Linear(50, 50), int(sys.argv[2])
with ravine.no_grad():
    model.weight.fill_(number)
for _ in range(60):
    save_checkpoint(sys.argv[1], model=model, step=number)
"""
FILES = (
    "run.json", "metrics.jsonl", "curve.svg", "index.html", "last.safetensors", "best.safetensors", "model"
)  # fmt: skip
TIMES = ("seconds", "metrics_bytes", "begun")


def command(out, *options, save=0.01, recipe="digits-mlp", steps=200):
    line = ["train", recipe, "--steps", str(steps), "--out", str(out), "--threads", "1", *options]
    return [sys.executable, "-c", CHILD, str(save), *line]


def timeless(out):
    """The metrics without their seconds, as text: equal bits have equal digits."""
    entries = read_metrics(out / "metrics.jsonl")
    return [json.dumps({k: v for k, v in entry.items() if k != "seconds"}) for entry in entries]


def weights(path):
    """Every tensor of a file, in bits."""

    def walk(value):
        if isinstance(value, ravine.Tensor):
            return value.tolist()
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items() if key not in TIMES}
        return [walk(item) for item in value] if isinstance(value, list) else value

    return walk(ravine.load(path))


def resuming(out):
    """The option, where a run had got as far as its first checkpoint."""
    return ["--resume"] if (out / "last.safetensors").exists() else []


def complete(out):
    assert sorted(file.name for file in out.iterdir()) == sorted(FILES)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    out = tmp_path_factory.mktemp("whole")
    done = subprocess.run(command(out), capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 3), done.stderr
    complete(out)
    return out, done.stdout


def test_a_run_killed_at_any_moment_ends_as_one_that_was_not(whole, tmp_path):
    kills = int(os.environ.get("RAVINE_KILLS", "5"))
    reference, last_line = whole
    moments = random.Random(0)
    out = tmp_path / "out"
    killed = resumed = 0
    while killed < kills:
        if killed > 1 and out.exists() and moments.random() < 0.2:
            shutil.rmtree(out)
        child = subprocess.Popen(
            command(out, *resuming(out)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        began = time.monotonic()
        # Half of the kills fall on a step, half on any moment after a start.
        step = moments.randrange(200) if killed == 0 or moments.random() < 0.5 else -1
        wait = moments.uniform(0.1, 1.5)
        while child.poll() is None:
            metrics = out / "metrics.jsonl"
            # The first kill falls behind a checkpoint, whatever the machine's speed.
            ready = killed > 0 or (out / "last.safetensors").exists()
            if step >= 0 and ready and metrics.exists() and metrics.read_bytes().count(b'"loss"') > step:
                break
            if step < 0 and time.monotonic() - began > wait:
                break
            time.sleep(0.001)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            killed += 1
        _, said = child.communicate()
        resumed += "goes on after step" in said
        if child.returncode != -signal.SIGKILL:
            assert child.returncode in (0, 3), said
            assert timeless(out) == timeless(reference)
            shutil.rmtree(out)
    done = subprocess.run(command(out, *resuming(out)), capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 3), done.stderr
    assert timeless(out) == timeless(reference)
    assert done.stdout.split(", ")[:2] == last_line.split(", ")[:2]
    complete(out)
    for name in ("last.safetensors", "best.safetensors"):
        assert weights(out / name) == weights(reference / name)
    assert resumed > 0


def test_one_thread_and_two_make_the_same_run(whole, tmp_path):
    reference, _ = whole
    cli.main(["train", "digits-mlp", "--steps", "200", "--out", str(tmp_path), "--threads", "2"])
    assert timeless(tmp_path) == timeless(reference)


def test_a_finished_run_is_only_measured_again(whole, tmp_path, capsys):
    reference, _ = whole
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    cli.main(["train", "digits-mlp", "--steps", "200", "--out", str(out), "--resume"])
    assert "goes on after step 200" in capsys.readouterr().err
    assert timeless(out) == timeless(reference)


def test_without_a_run_nothing_is_resumed(tmp_path, capsys):
    for out in (tmp_path, tmp_path / "none"):
        for seeds in (["0"], ["0", "1"]):
            line = ["train", "digits-mlp", "--steps", "3", "--out", str(out), "--resume", "--seed", *seeds]
            assert cli.main(line) == 2
            assert "has no run to resume" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_run_that_has_begun_can_be_resumed(tmp_path):
    parts = {"model": build(), "loader": range(3)}
    with Run("toy", steps=3, out=tmp_path, parts=parts) as run:
        next(iter(run.batches()))
    with Run("toy", steps=3, out=tmp_path, parts=parts, resume=True) as run:
        assert run.steps == 0


def test_of_several_seeds_those_that_had_not_begun_begin(tmp_path, capsys):
    line = ["train", "digits-mlp", "--steps", "3", "--out"]
    assert cli.main([*line, str(tmp_path / "seed-0")]) == 3
    assert cli.main([*line, str(tmp_path), "--seed", "0", "1", "--resume"]) == 3
    assert capsys.readouterr().err.count("goes on after step 3") == 1
    assert len(timeless(tmp_path / "seed-1")) == 5


def test_two_processes_that_write_one_checkpoint(tmp_path):
    """Each write is whole: whoever reads finds one of the two, and nothing is left over."""
    path = tmp_path / "last.safetensors"
    children = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(n)]) for n in (1, 2)]
    seen = set()
    while any(child.poll() is None for child in children):
        if path.exists():
            model = nn.Linear(50, 50)
            number = load_checkpoint(path, model=model)["step"]
            assert bool((model.weight == number).all())
            seen.add(number)
    assert [child.wait() for child in children] == [0, 0]
    assert seen == {1, 2}
    assert os.listdir(tmp_path) == [path.name]


def test_a_new_run_leaves_nothing_of_the_one_before(whole, tmp_path):
    reference, _ = whole
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    with Run("digits-mlp", steps=200, seed=0, out=out):
        pass
    assert not (out / "last.safetensors").exists()
    assert not (out / "best.safetensors").exists()
    assert (out / "metrics.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["digits-mlp", "--steps", "200", "--seed", "1"], "a run with seed 0, not 1"),
        (["digits-mlp", "--steps", "300"], "a run with steps 200, not 300"),
        (["fashion-cnn", "--steps", "200"], "a run with recipe digits-mlp, not fashion-cnn"),
    ],
)
def test_another_run_is_not_resumed(whole, tmp_path, capsys, options, text):
    reference, _ = whole
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert cli.main(["train", *options, "--out", str(out), "--resume"]) == 2
    assert text in capsys.readouterr().err
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before


def spoil_by_cutting(out):
    data = (out / "last.safetensors").read_bytes()
    (out / "last.safetensors").write_bytes(data[: len(data) // 2])


def spoil_by_weights(out):
    shutil.copy(out / "best.safetensors", out / "last.safetensors")


def spoil_by_text(out):
    (out / "last.safetensors").write_text("not what it says")


def spoil_the_best(out):
    data = (out / "best.safetensors").read_bytes()
    (out / "best.safetensors").write_bytes(data[:-1])


def spoil_metrics(out):
    (out / "metrics.jsonl").write_text("")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (spoil_by_cutting, "last.safetensors"),
        (spoil_by_weights, "is no checkpoint of a training run"),
        (spoil_by_text, "last.safetensors"),
        (spoil_the_best, "best.safetensors"),
        (spoil_metrics, "metrics.jsonl has 0 bytes"),
    ],
)
def test_a_damaged_checkpoint_is_refused_in_a_sentence(whole, tmp_path, capsys, spoil, text):
    reference, _ = whole
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    spoil(out)
    assert cli.main(["train", "digits-mlp", "--steps", "200", "--out", str(out), "--resume"]) == 1
    said = capsys.readouterr().err
    assert text in said
    assert "Start the run anew" in said or "nothing to resume" in said


def test_a_checkpoint_of_another_version_loads_and_says_so(whole, tmp_path, capsys, monkeypatch):
    reference, _ = whole
    out = tmp_path / "out"
    shutil.copytree(reference, out)
    monkeypatch.setattr(ravine, "__version__", "9.9.9")
    assert cli.main(["train", "digits-mlp", "--steps", "200", "--out", str(out), "--resume"]) in (0, 3)
    assert "this is 9.9.9: the run goes on" in capsys.readouterr().err


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_a_sentence(tmp_path, capsys, monkeypatch):
    usual = Path.open

    def opened(path, *rest, **options):
        return FullDisk() if path.name == "metrics.jsonl" else usual(path, *rest, **options)

    monkeypatch.setattr(Path, "open", opened)
    assert cli.main(["train", "digits-mlp", "--steps", "30", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "--resume" in said


def test_a_loop_that_makes_no_step_ends(tmp_path):
    with Run("toy", steps=3, parts={"loader": []}) as run, pytest.raises(ValueError, match="no step"):
        list(run.batches())


def test_several_optimizers_go_on_where_they_were(tmp_path):
    def train(out, resume=False, stop=None):
        ravine.manual_seed(0)
        models = nn.ModuleDict({"one": nn.Linear(3, 1), "other": nn.Linear(3, 1)})
        optimizers = {
            "one": ravine.optim.Adam(models["one"].parameters(), lr=0.1),
            "other": ravine.optim.SGD(models["other"].parameters(), lr=0.2, momentum=0.9),
        }
        parts = {"model": models, "optimizer": optimizers, "loader": range(6)}
        with Run("two", steps=6, out=out, resume=resume, parts=parts, stream=io.StringIO()) as run:
            for _ in run.batches():
                turn = "one" if run.steps % 2 else "other"
                optimizers[turn].zero_grad()
                loss = (models[turn](ravine.randn(8, 3)) - 1).square().mean()
                loss.backward()
                optimizers[turn].step()
                run.step(loss)
                if run.steps == stop:
                    run.save()
                    return
            run.finish("loss", loss.item(), asked=9.0, at_least=False)

    train(tmp_path / "whole")
    train(tmp_path / "parted", stop=3)
    train(tmp_path / "parted", resume=True)
    assert timeless(tmp_path / "parted") == timeless(tmp_path / "whole")
    entries = read_metrics(tmp_path / "whole" / "metrics.jsonl")
    assert {entry["lr"] for entry in entries if "lr" in entry} == {0.1}
    page = (tmp_path / "whole" / "index.html").read_text(encoding="utf-8")
    assert "SGD, lr 0.2, momentum 0.9" in page
    assert "Adam, lr 0.1" in page


def test_errors_are_what_they_say():
    assert issubclass(OtherRunError, CheckpointError)
    assert issubclass(CheckpointError, ravine.Error)
