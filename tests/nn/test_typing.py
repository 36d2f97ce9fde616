"""What type checkers know: a call of a module has the type of its forward, in users' own modules too."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
from typing import Any, Generic, TypeVar

import ravine
from ravine import Tensor, nn

T = TypeVar("T")

class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 3)

    def forward(self, x: Tensor, scale: float = 1.0, *, name: str = "") -> tuple[Tensor, str]:
        return self.fc(x) * scale, name

class Deeper(Pair):
    pass

class Untyped(nn.Module):
    def forward(self, x, y=1):
        return x

class Kept(nn.Module, Generic[T]):
    def __init__(self, value: T) -> None:
        super().__init__()
        self.value = value

    def forward(self) -> T:
        return self.value

x = ravine.ones(4, 2)

def call(module: nn.Module) -> None:
    reveal_type(module(1, a=2))

reveal_type(nn.Linear(2, 3)(x))
reveal_type(nn.CrossEntropyLoss()(x, x))
reveal_type(nn.LSTM(2, 3)(x))
reveal_type(Pair()(x, 2.0, name="a"))
reveal_type(Deeper()(x))
reveal_type(Kept(1)())
reveal_type(nn.Sequential(nn.ReLU())(x))
[layer(x) for layer in (nn.ReLU(), nn.Linear(2, 2))]
Untyped()(1)
Untyped()(1, y=2)
Pair()("no tensor")
Pair()(x, size=2)
nn.Linear(2, 3)(x, x)
Untyped()()
"""
KNOWN = [
    "Any",
    "Tensor",
    "Tensor",
    "tuple[Tensor, tuple[Tensor, Tensor]]",
    "tuple[Tensor, str]",
    "tuple[Tensor, str]",
    "int",
    "Any",
]
REFUSED = [
    'cannot be assigned to parameter "x"',
    'No parameter named "size"',
    "Expected 1 positional argument",
    'Argument missing for parameter "x"',
]


def test_a_call_has_the_type_of_forward(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    settings = {"include": ["program.py"], "extraPaths": [str(ROOT / "python")], "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "-p", str(tmp_path)]
    out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300).stdout
    found = json.loads(out)["generalDiagnostics"]
    told = [d["message"] for d in found if d["severity"] == "information"]
    assert [text.partition(" is ")[2].strip('"') for text in told] == KNOWN
    errors = [d["message"] for d in found if d["severity"] == "error"]
    assert len(errors) == len(REFUSED), errors
    for error, words in zip(errors, REFUSED, strict=True):
        assert words in error
