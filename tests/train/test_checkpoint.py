"""A run that continues from a checkpoint is the run that was not interrupted, bit for bit."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import ravine as rv
import ravine.nn.functional as F
from ravine import _core, nn, optim
from ravine.errors import DTypeError, FileError
from ravine.train import checkpoint, load_checkpoint, save_checkpoint
from ravine.utils.data import DataLoader, TensorDataset

STEPS = 9


class Halving:
    """A schedule: the rate is halved every fourth step."""

    def __init__(self, optimizer):
        self.optimizer, self.count = optimizer, 0

    def step(self):
        self.count += 1
        if self.count % 4 == 0:
            self.optimizer.param_groups[0]["lr"] *= 0.5

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state_dict):
        self.count = state_dict["count"]


class Training:
    def __init__(self, seed, workers=0):
        rv.manual_seed(seed)
        x = rv.arange(40).reshape(10, 4) / 40
        self.model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
        self.optimizer = optim.Adam(self.model.parameters(), lr=0.05)
        self.scheduler = Halving(self.optimizer)
        self.loader = DataLoader(TensorDataset(x, rv.arange(10) % 2), 3, shuffle=True, num_workers=workers)
        self.step = 0

    def parts(self):
        return {name: getattr(self, name) for name in ("model", "optimizer", "scheduler", "loader")}

    def run(self, until, path=None):
        losses = []
        while self.step < until:
            for x, y in self.loader:
                loss = F.cross_entropy(self.model(x), y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                losses.append(loss.item())
                self.step += 1
                if self.step == until:
                    break
        return losses


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_continues_bit_for_bit(workers, tmp_path):
    path = tmp_path / "last.safetensors"
    whole = Training(seed=1, workers=workers)
    losses = whole.run(STEPS)
    assert len(set(losses)) == STEPS
    for stop in range(STEPS):
        first = Training(seed=1, workers=workers)
        assert first.run(stop) == losses[:stop]
        save_checkpoint(path, **first.parts(), step=first.step, best=losses[0])
        second = Training(seed=2, workers=2 - workers)
        rv.rand(5)
        assert load_checkpoint(path, **second.parts()) == {"step": stop, "best": losses[0]}
        second.step = stop
        assert second.run(STEPS) == losses[stop:]
        assert [p.tolist() for p in second.model.parameters()] == [
            p.tolist() for p in whole.model.parameters()
        ]
    assert os.listdir(tmp_path) == [path.name]


def test_several_models_and_optimizers(tmp_path):
    path = tmp_path / "gan.safetensors"
    models = {"g": nn.Linear(2, 3), "d": nn.Linear(3, 1)}
    optimizers = [optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in models.values()]
    save_checkpoint(path, model=models, optimizer=optimizers, losses=[1.0, 2.0])
    others = {"g": nn.Linear(2, 3), "d": nn.Linear(3, 1)}
    assert load_checkpoint(path, model=others, optimizer=optimizers) == {"step": 0, "losses": [1.0, 2.0]}
    assert others["d"].weight.tolist() == models["d"].weight.tolist()
    assert rv.io.safetensors.load_file(path).keys() == {
        f"model.{k}.{n}" for k in "gd" for n in ("weight", "bias")
    }
    with pytest.raises(FileError, match=r"model has 2 entries \('g', 'd'\), but 'g' were given"):
        load_checkpoint(path, model={"g": others["g"]})
    with pytest.raises(FileError, match="optimizer has 2 items, but a list of 1 was given"):
        load_checkpoint(path, optimizer=optimizers[:1])
    with pytest.raises(DTypeError, match="int has no state_dict"):
        save_checkpoint(path, model=3)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"simd_level": lambda: "abacus"}, "written with SIMD level .*, this is abacus: the run goes on"),
        ({}, r"written with version 0\.0\.0, this is"),
    ],
)
def test_another_level_or_version_warns_and_goes_on(change, text, tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    model = nn.Linear(2, 1)
    with monkeypatch.context() as patch:
        if not change:
            patch.setattr(rv, "__version__", "0.0.0")
        save_checkpoint(path, model=model, step=4)
    if change:
        monkeypatch.setattr(checkpoint, "_core", SimpleNamespace(**change))
    other = nn.Linear(2, 1)
    with pytest.warns(UserWarning, match=text):
        assert load_checkpoint(path, model=other)["step"] == 4
    assert other.weight.tolist() == model.weight.tolist()


def test_files_that_are_no_checkpoint(tmp_path):
    path = tmp_path / "x.safetensors"
    model = nn.Linear(2, 1)
    rv.save(model.state_dict(), path)
    with pytest.raises(
        FileError, match=r"no checkpoint. It holds 2 entries .*model.load_state_dict\(ravine.load"
    ):
        load_checkpoint(path, model=model)
    rv.save(3, path)
    with pytest.raises(FileError, match="It holds one int"):
        load_checkpoint(path)
    save_checkpoint(path, model=model)
    with pytest.raises(FileError, match=r"has no optimizer \(of these parts it has: model\)"):
        load_checkpoint(path, optimizer=optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(RuntimeError, match="size mismatch for weight") as caught:
        load_checkpoint(path, model=nn.Linear(3, 1))
    assert caught.value.__notes__ == [f"while restoring the model from {path}"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileError, match="cut off"):
        load_checkpoint(path, model=model)


def test_a_checkpoint_of_another_processor(tmp_path):
    """Written with the portable instructions alone, continued with this machine's, and the other way."""
    program = """if True:
        import sys, warnings
        import ravine as rv
        from ravine import nn, optim
        from ravine.train import load_checkpoint, save_checkpoint
        warnings.simplefilter("always")
        rv.manual_seed(0)
        model = nn.Linear(8, 8)
        optimizer = optim.Adam(model.parameters())
        if sys.argv[1] == "load":
            print(load_checkpoint(sys.argv[2], model=model, optimizer=optimizer))
        model(rv.ones(4, 8)).sum().backward()
        optimizer.step()
        if sys.argv[1] == "save":
            save_checkpoint(sys.argv[2], model=model, optimizer=optimizer, step=1)
        print(model.weight.sum().item(), rv.rand(1).item())
    """

    def run(action, level):
        env = {**os.environ, "RAVINE_SIMD": level}
        done = subprocess.run(
            [sys.executable, "-c", program, action, str(tmp_path / "x")],
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines(), done.stderr

    for level, other in (("portable", ""), ("", "portable")):
        run("save", level)
        (state, after), warning = run("load", other)
        assert state == "{'step': 1}"
        same = _core.simd_level() == "portable"  # then there is but one level here
        assert ("written with SIMD level" in warning) != same
        (_, plain), quiet = run("load", level)
        assert quiet == ""
        assert [float(x) for x in after.split()] == pytest.approx([float(x) for x in plain.split()], rel=1e-5)
