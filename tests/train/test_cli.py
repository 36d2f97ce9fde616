"""The ravine command: exit codes, messages, and digits-mlp from end to end."""

import json
import os
import re
import subprocess
import sys

import pytest

import ravine
from ravine import cli, recipes


def test_unknown_recipe_lists_the_known(capsys):
    assert cli.main(["train", "digits-cnn"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "unknown recipe 'digits-cnn'. Did you mean digits-" in err
    assert "digits-mlp" in err
    assert cli.main(["train"]) == 2
    assert "which recipe?" in capsys.readouterr().err
    with pytest.raises(KeyError):
        recipes.load("digits-cnn")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ([], "usage: ravine"),
        (["fly"], "invalid choice: 'fly'"),
        (["train", "digits-mlp", "--epochs", "0"], "expected a positive number, got 0"),
        (["train", "digits-mlp", "--steps", "many"], "expected a whole number, got 'many'"),
        (["train", "digits-mlp", "--steps", "1", "--epochs", "1"], "not allowed with"),
        (["train", "digits-mlp", "--device", "abacus"], "'abacus' is no device"),
        (["train", "digits-mlp", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_wrong_usage(args, text, capsys):
    assert cli.main(args) == 2
    assert text in capsys.readouterr().err


NUMBERS = ["", " ", "x", "1.5", "1e3", "nan", "inf", "0x10", "1_000", "٣", "--", "9" * 20, "9" * 5000]
GARBAGE = {
    "--threads": [*NUMBERS, "0", "-1", "257", str(2**64)],
    "--steps": [*NUMBERS, "0", "-1", str(2**63), str(2**64)],
    "--epochs": [*NUMBERS, "0", "-1", str(2**63)],
    "--seed": [*NUMBERS, str(2**63), str(-(2**63) - 1), "-" + "9" * 5000],
    "--out": [""],
    "--device": ["", "cuda:9", "cpu:1"],
}


def test_garbage_for_any_option_is_one_line(capsys, tmp_path, monkeypatch):
    """After the usage comes one sentence that names the option; nothing is run and nothing written."""
    monkeypatch.chdir(tmp_path)
    commands = {"train": ["digits-mlp"], "demo": [], "bench": ["softmax"]}
    options = {"demo": {"--epochs"}, "bench": {"--epochs", "--steps", "--seed", "--out"}, "train": set()}
    count = 0
    for command, words in commands.items():
        for option, values in GARBAGE.items():
            if option in options[command]:
                continue
            for value in values:
                assert cli.main([command, *words, option, value]) == 2, (command, option, value)
                out, err = capsys.readouterr()
                last = err.splitlines()[-1]
                assert out == ""
                assert last.startswith(f"ravine {command}: error: argument {option}: ") or value == "--"
                assert len(last) < 200
                count += 1
    assert count > 100
    assert os.listdir(tmp_path) == []


def test_extreme_numbers_that_mean_something(capsys, tmp_path):
    for seed in (str(2**63 - 1), str(-(2**63)), "-1", "+7"):
        line = ["train", "digits-mlp", "--steps", "1", f"--seed={seed}", "--threads", "256"]
        assert cli.main([*line, "--out", str(tmp_path / seed)]) == 3
        assert cli.main([*line, "--out", str(tmp_path / seed), "--resume"]) == 3
        assert "goes on after step 1" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(capsys):
    for command in (["train", "digits-mlp"], ["demo"]):
        assert cli.main([*command, "--steps", "1", "--out", "/proc/ravine"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "Choose a folder that can be written" in line


def test_no_memory_is_one_line(monkeypatch, capsys):
    def hungry(**options):
        raise ravine.errors.OutOfMemoryError("no memory for 5 bytes")

    monkeypatch.setattr(recipes, "load", lambda name: hungry)
    assert cli.main(["train", "digits-mlp"]) == 1
    assert capsys.readouterr().err == "ravine: no memory for 5 bytes\n"


def test_help(capsys):
    assert cli.main(["train", "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--device", "--seed", "--epochs", "--steps", "--threads", "--out", "--resume"):
        assert option in out


def test_info(capsys):
    assert cli.main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ravine", "python", "simd", "threads", "devices", "amx"]
    assert all(len(line.split()) > 1 for line in lines)


def test_info_says_why_amx_is_not_used():
    """In a process of its own: the level is found out once."""
    environment = {**os.environ, "RAVINE_SIMD": "portable"}
    command = [sys.executable, "-m", "ravine.cli", "info"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0
    facts = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert facts["simd"] == "portable"
    assert facts["amx"] in ("this processor has none", "not used", "not used: RAVINE_SIMD is portable")


def test_a_short_run_does_not_reach_its_goal(tmp_path, capsys):
    code = cli.main(["train", "digits-mlp", "--steps", "2", "--out", str(tmp_path), "--threads", "1"])
    out, err = capsys.readouterr()
    assert code == 3
    assert re.fullmatch(r"digits-mlp: test accuracy 0\.\d{4} \(asked: >= 0\.96\), 2 steps, \d+\.\d s\n", out)
    assert "\r" not in err
    entries = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [e["step"] for e in entries if "loss" in e] == [1, 2]


def test_several_seeds_are_averaged(tmp_path, capsys):
    code = cli.main(["train", "digits-mlp", "--steps", "60", "--seed", "3", "4", "--out", str(tmp_path)])
    *runs, last = capsys.readouterr().out.splitlines()
    values = [float(*re.findall(r"accuracy (\S+)", line)) for line in runs]
    mean = sum(values) / len(values)
    assert len(runs) == 2
    (shown,) = re.findall(r"mean test accuracy (\S+) \(asked: >= 0.96\), seeds 3, 4$", last)
    assert abs(float(shown) - mean) < 1e-4
    assert code == (0 if mean >= 0.96 else 3)
    assert (tmp_path / "seed-4" / "curve.svg").exists()
    assert f"{mean:.4f} ±" in (tmp_path / "compare.html").read_text()


def test_the_same_seed_gives_the_same_losses(tmp_path):
    losses = []
    for number in range(2):
        out = tmp_path / str(number)
        cli.main(["train", "digits-mlp", "--steps", "30", "--seed", "5", "--out", str(out)])
        entries = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        losses.append([{k: v for k, v in e.items() if k != "seconds"} for e in entries])
    assert losses[0] == losses[1]


def test_a_folder_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for out in ("file", "file/dir", "x" * 300):
        for command in (["train", "digits-mlp"], ["demo"]):
            assert cli.main([*command, "--steps", "1", "--out", str(tmp_path / out)]) == 2
            (line,) = capsys.readouterr().err.splitlines()
            assert re.fullmatch(r"ravine: \[Errno .*\. Choose a folder that can be written, with --out", line)
    assert os.listdir(tmp_path) == ["file"]


def test_an_interrupt_is_not_a_traceback(monkeypatch, capsys):
    def interrupted(**options):
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "load", lambda name: interrupted)
    assert cli.main(["train", "digits-mlp"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_digits_mlp_reaches_its_goal(tmp_path):
    """The whole command in a process of its own, as a user runs it: last line, exit code, files."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ravine.cli", "train", "digits-mlp", "--seed", "0", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    found = re.fullmatch(
        r"digits-mlp: test accuracy (0\.\d{4}) \(asked: >= 0\.96\), (\d+) steps, \d+\.\d s", last
    )
    assert found
    assert float(found[1]) >= 0.96
    assert len(done.stderr.splitlines()) == 20
    entries = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    steps = [e for e in entries if "loss" in e]
    assert len(steps) == int(found[2])
    assert set(steps[0]) == {"step", "epoch", "loss", "lr", "seconds"}
    assert len([e for e in entries if "val_loss" in e]) == steps[-1]["epoch"] + 1
    assert "<svg" in (out / "curve.svg").read_text()


def test_the_recipe_is_a_readable_script():
    import inspect

    from ravine.recipes import digits_mlp

    source = inspect.getsource(digits_mlp)
    assert len(source.splitlines()) < 100
    assert "ravine._" not in source
