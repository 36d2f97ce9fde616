"""Every mistake of the table raises what it says, names what is at fault and where, and tells what to do."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import numpy
import pytest

import ravine
import ravine.recipes
from engine.programs import run
from errors.mistakes import Mistake
from errors.mistakes_with_files import NAMES
from ravine import nn, optim
from ravine.utils.data import DataLoader, TensorDataset


def tables():
    """The rows of every file of mistakes beside this one."""
    for path in sorted(Path(__file__).parent.glob("mistakes*.py")):
        for value in vars(import_module(f"errors.{path.stem}")).values():
            if isinstance(value, list) and value and isinstance(value[0], Mistake):
                yield from value


TABLE = list(tables())


class Block(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return x + self.fc2(self.fc1(x).relu())


class Network(nn.Module):
    def __init__(self, last=32):
        super().__init__()
        self.first = nn.Linear(16, 32)
        self.blocks = nn.ModuleList([Block(32, 64), Block(32, 64), Block(last, 64)])

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return x


class Misnamed(nn.Module):
    def foward(self, x):
        return x


class Headless(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(2, 2)


class Table(nn.Module):
    def forward(self, ids):
        return ravine.ones(4, 2)[ids]


class Lookup(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = Table()

    def forward(self, ids):
        return self.table(ids) * 2


def test_the_table_is_wide():
    assert len(TABLE) >= 100
    assert max(Counter(m.kind for m in TABLE).values()) <= 4
    assert len({m.code for m in TABLE}) == len(TABLE)


@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.code.replace("\n", " ")[:50]) for m in TABLE])
def test_mistake(mistake, tmp_path):
    names = {
        **NAMES,
        "DataLoader": DataLoader,
        "F": nn.functional,
        "Headless": Headless,
        "Lookup": Lookup,
        "Misnamed": Misnamed,
        "Network": Network,
        "TensorDataset": TensorDataset,
        "folder": tmp_path,
        "nn": nn,
        "numpy": numpy,
        "optim": optim,
        "ravine": ravine,
        "w": ravine.ones(3, requires_grad=True),
    }
    with pytest.raises(mistake.exception) as caught:
        exec(mistake.code, names)
    message = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    for words in (*mistake.what, mistake.where, mistake.remedy):
        assert words in message, message
    assert "defect" not in message
    if mistake.exception.__module__ == "ravine.errors":
        assert isinstance(caught.value, ravine.Error)


def test_use_after_fork_says_what_to_do():
    out = run("""
    import os
    import warnings

    warnings.simplefilter("ignore")
    x = ravine.ones(3) + 1
    x.tolist()
    if os.fork() == 0:
        try:
            x * 2
        except ravine.errors.StateError as error:
            print(error, flush=True)
        os._exit(0)
    os.wait()
    """)
    assert "mul" in out
    assert "forked" in out
    assert "Start it with the 'spawn' method" in out


def test_a_late_error_names_the_module_that_recorded_the_op():
    model = nn.Sequential(nn.Linear(4, 3), nn.CrossEntropyLoss())
    labels = ravine.tensor([0, 1]) + 2  # deferred: 3 is found out of range when the loss is read

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = model

        def forward(self, x, labels):
            return self.parts[1](self.parts[0](x), labels)

    loss = Classifier()(ravine.ones(2, 4), labels)
    with pytest.raises(IndexError, match=r"label 3 .* \[in parts\[1\] \(CrossEntropyLoss"):
        loss.item()


def test_mistakes_leave_the_program_usable():
    w = ravine.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="broadcast"):
        ravine.add(w, ravine.ones(4))
    (w * 2).sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [2, 2, 2]
