"""Programs in the style of public repositories run with their imports changed, and learn what torch learns.

From torch's weights the losses agree; where numbers are drawn, which no two libraries draw alike, what is
reached lies within what torch reaches over five seeds.
"""

from __future__ import annotations

import re
import statistics
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ravine

FOLDER = Path(__file__).parent / "programs"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))
#: Of the first losses; the later ones have gone ways of their own.
COMPARED, TOLERANCE = 20, 1e-4

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def load(monkeypatch):
    """A program as a module of its own, by ravine or, with its imports changed, by torch."""

    def loaded(name: str, library: Any) -> Any:
        source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        if library is torch:
            source = re.sub(r"\bravine\b", "torch", source)
        module = types.ModuleType(f"{library.__name__}_{name}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(source, f"{name}.py", "exec"), module.__dict__)
        return module

    return loaded


def begun(program: Any, library: Any, seed: int, state: dict[str, np.ndarray] | None = None) -> Any:
    """The program's networks; with `state`, from those weights."""
    library.manual_seed(seed)
    nets = program.models()
    if state is not None:
        nets.load_state_dict({name: library.tensor(value) for name, value in state.items()})
    return nets


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, load):
    mine, theirs = load(name, ravine), load(name, torch)
    if not getattr(mine, "DRAWN", False):
        nets = begun(theirs, torch, 0)
        state = {key: value.numpy().copy() for key, value in nets.state_dict().items()}
        want = theirs.train(nets)
        got = mine.train(begun(mine, ravine, 0, state))
        assert len(got) == len(want)
        tolerance = getattr(mine, "TOLERANCE", TOLERANCE)
        np.testing.assert_allclose(got[:COMPARED], want[:COMPARED], rtol=tolerance, atol=tolerance)
        return
    reached = [final(theirs.train(begun(theirs, torch, seed))) for seed in range(5)]
    own = statistics.median(final(mine.train(begun(mine, ravine, seed))) for seed in range(3))
    assert min(reached) <= own <= max(reached), f"{own} is not within {sorted(reached)}"


def final(losses: list[float]) -> float:
    """What a run comes to: the mean of its last fifth."""
    return statistics.fmean(losses[-max(1, len(losses) // 5) :])


def test_there_are_enough():
    assert len(PROGRAMS) >= 25
