"""Every model against itself in torch: its file is read with torch in ravine's place, the weights are equal.

Outputs, buffers and gradients are compared in float64, in training (without what is drawn) and evaluation.
That an architecture is the one it is named after is shown elsewhere, by counts and formulas written anew.
"""

from __future__ import annotations

import inspect
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ravine
from models.examples import EXAMPLES
from ravine import errors, models

FOLDER = Path(models.__file__).parent
# What the files import, and what torch has in its place.
INSTEAD = [
    (r"^import ravine as rv$", "import torch as rv"),
    (r"^from \.\. import nn$", ""),
    (r"^from \.\.nn import functional as F$", "from torch.nn import functional as F"),
    (r"^from \.\.errors import", "from ravine.errors import"),
    (r"^from \._base import Model$", "Model = nn.Module"),
]


class Layers:
    """torch.nn; layers that it lacks are ravine's source, computed with torch."""

    def __getattr__(self, name: str) -> Any:
        if hasattr(torch.nn, name):
            return getattr(torch.nn, name)
        source = "from __future__ import annotations\n" + inspect.getsource(getattr(ravine.nn, name))
        names = {
            **vars(torch.nn),
            "F": torch.nn.functional,
            "rv": torch,
            "__name__": name,
            **vars(errors),
            **vars(math),
        }
        exec(compile(source, name, "exec"), names)
        return names[name]


# Families whose layers torch has under another name, or not at all: tests of their own hold them.
ELSEWHERE = {"recurrent": "test_recurrent_models_parity.py"}


@cache
def in_torch(stem: str) -> dict[str, Any]:
    """The names of a model's file, computed with torch."""
    source = (FOLDER / f"{stem}.py").read_text(encoding="utf-8")
    for pattern, other in INSTEAD:
        source = re.sub(pattern, other, source, flags=re.MULTILINE)
    names: dict[str, Any] = {"__name__": stem, "nn": Layers()}

    def beside(match: re.Match[str]) -> str:
        names.update({name.strip(): in_torch(match[1])[name.strip()] for name in match[2].split(",")})
        return ""

    source = re.sub(r"^from \.(\w+) import ([\w, ]+)$", beside, source, flags=re.MULTILINE)
    exec(compile(source, stem, "exec"), names)
    return names


def leaves(output: Any) -> list[Any]:
    if isinstance(output, dict):
        return [leaf for value in output.values() for leaf in leaves(value)]
    if isinstance(output, (tuple, list)):
        return [leaf for value in output for leaf in leaves(value)]
    return [output]


def other(value: Any) -> Any:
    return torch.from_numpy(value.numpy().copy()) if isinstance(value, ravine.Tensor) else value


def file_of(name: str) -> str:
    return getattr(models, name).__module__.rpartition(".")[2]


def without_dropout(module: Any) -> None:
    """What is dropped would differ: from a layer, or by a function that is given the share."""
    for part in module.modules():
        if "drop" in type(part).__name__.lower():
            part.p = 0.0
        elif isinstance(getattr(part, "dropout", None), float):
            part.dropout = 0.0


def test_the_others_have_their_tests():
    assert all((Path(__file__).parent / test).exists() for test in ELSEWHERE.values())


@pytest.mark.parametrize("name", [name for name in sorted(EXAMPLES) if file_of(name) not in ELSEWHERE])
def test_outputs_and_gradients(name):
    ravine.manual_seed(0)
    make, inputs = EXAMPLES[name]
    model = make().double()
    without_dropout(model)
    arguments = [
        a.double() if isinstance(a, ravine.Tensor) and a.dtype == ravine.float32 else a for a in inputs()
    ]
    twin = in_torch(file_of(name))[name](**model.arguments).double()
    twin.load_state_dict({key: other(value) for key, value in model.state_dict().items()})
    without_dropout(twin)
    for training in (True, False):
        model.train(training).zero_grad()
        twin.train(training).zero_grad()
        ours = leaves(model(*arguments))
        theirs = leaves(twin(*map(other, arguments)))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)
        scale = [ravine.randn_like(a.detach()) for a in ours]
        ravine.stack([(a * s).sum() for a, s in zip(ours, scale)]).sum().backward()
        torch.stack([(b * other(s)).sum() for b, s in zip(theirs, scale)]).sum().backward()
        for (path, p), (_, q) in zip(model.named_parameters(), twin.named_parameters(), strict=True):
            assert p.grad is not None
            assert q.grad is not None, path
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-8, atol=1e-10, err_msg=path)
        for (path, p), (_, q) in zip(model.named_buffers(), twin.named_buffers(), strict=True):
            np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-10, atol=1e-12, err_msg=path)
