"""Recipes on a GPU make the losses that they make on the CPU, and go on with each other's checkpoints."""

import numpy as np
import pytest

import ravine
from ravine import cli, recipes
from ravine.train import read_metrics, run
from train import first_losses

# How far losses may be apart, those of evaluations too: sums in another order, over all the steps of a run.
TOLERANCE = 2e-4


def losses(name, folder, device, **options):
    """Of the steps, then of the evaluations."""
    with ravine.device(device):
        recipes.load(name)(seed=0, out=folder, **options)
    entries = read_metrics(folder / "metrics.jsonl")
    return [entry[key] for key in ("loss", "val_loss") for entry in entries if key in entry]


@pytest.mark.parametrize("name", recipes.names())
def test_the_first_losses_are_those_recorded_on_the_cpu(tmp_path, name):
    with ravine.device("gpu"):
        recipes.load(name)(scale="smoke", out=tmp_path)
    assert first_losses.losses(tmp_path) == pytest.approx(first_losses.recorded()[name], rel=1e-2, abs=1e-5)


@pytest.mark.parametrize("name", ["digits-mlp", "fashion-cnn", "names-lstm", "shakespeare-gpt"])
def test_losses(tmp_path, name):
    near, far = (losses(name, tmp_path / device, device, scale="smoke") for device in ("cpu", "gpu"))
    assert len(near) == len(far) > 2
    np.testing.assert_allclose(far, near, rtol=TOLERANCE)


@pytest.mark.parametrize(("first", "second"), [("cpu", "gpu"), ("gpu", "cpu")])
def test_a_run_that_was_stopped_goes_on_on_the_other_device(tmp_path, monkeypatch, first, second):
    whole = losses("digits-mlp", tmp_path / "whole", "cpu", scale="smoke")
    step = run.Run.step

    def stopping(self, *args, **options):
        if self.steps == 3:
            raise KeyboardInterrupt
        step(self, *args, **options)

    monkeypatch.setattr(run, "_SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(run.Run, "step", stopping)
        with pytest.raises(KeyboardInterrupt):
            losses("digits-mlp", tmp_path / "stopped", first, scale="smoke")
    found = losses("digits-mlp", tmp_path / "stopped", second, scale="smoke", resume=True)
    np.testing.assert_allclose(found, whole, rtol=TOLERANCE)


def test_the_command_trains_where_it_is_told_to(tmp_path):
    before = ravine.stats()["gpu_dispatches"]
    try:
        cli.main(["train", "digits-mlp", "--steps", "2", "--device", "gpu", "--out", str(tmp_path / "run")])
    finally:
        ravine.set_default_device("cpu")
    assert ravine.stats()["gpu_dispatches"] > before + 20
