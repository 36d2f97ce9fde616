"""A function that Ravine has stands wherever PyTorch has it, with PyTorch's leading parameter names."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

import ravine
import ravine.linalg
import ravine.nn.functional
import ravine.special

PLACES: dict[str, tuple[Any, Any]] = {
    "top": (ravine, torch),
    "method": (ravine.Tensor, torch.Tensor),
    "functional": (ravine.nn.functional, torch.nn.functional),
    "linalg": (ravine.linalg, torch.linalg),
    "special": (ravine.special, torch.special),
}

NATIVE = "at PyTorch's top level an undocumented native function with other arguments"
CONFUSED = "PyTorch's documentation and parser do not agree"
REMOVED = "PyTorch has removed it: a call raises an error that names linalg"
#: Names that PyTorch has at a place, and Ravine does not, by reason.
ABSENT = {
    ("top", "cond"): "control flow for tracing compilers, which has only the name of linalg.cond",
    ("top", "eig"): REMOVED,
    ("top", "lstsq"): REMOVED,
    ("top", "matrix_rank"): REMOVED,
    ("top", "solve"): REMOVED,
    ("method", "eig"): REMOVED,
    ("method", "lstsq"): REMOVED,
    ("method", "solve"): REMOVED,
}
#: Names whose parameters PyTorch calls otherwise, by reason.
OTHERWISE = {
    ("top", "dropout"): NATIVE,
    ("top", "dropout_"): NATIVE,
    ("top", "set_num_interop_threads"): "PyTorch's documentation names a type",
    ("top", "set_num_threads"): "PyTorch's documentation names a type",
    ("top", "set_rng_state"): "PyTorch's state is a tensor",
    ("top", "split"): "PyTorch calls the input tensor here, and input elsewhere",
    ("linalg", "lstsq"): CONFUSED,
    ("method", "copy_"): CONFUSED,
    ("method", "dsplit"): CONFUSED,
    ("method", "hsplit"): CONFUSED,
    ("method", "vsplit"): CONFUSED,
    ("method", "split"): "PyTorch says split_size here, and split_size_or_sections elsewhere",
}


def functions(owner: Any) -> set[str]:
    """The public names that can be called and are no classes."""
    found = set()
    for name in dir(owner):
        value = getattr(owner, name, None)
        if name[0] != "_" and callable(value) and not isinstance(value, type | types.ModuleType):
            found.add(name)
    return found


OURS = {place: functions(ours) for place, (ours, _) in PLACES.items()}
THEIRS = {place: functions(theirs) for place, (_, theirs) in PLACES.items()}
SOMEWHERE = set().union(*OURS.values())


@pytest.mark.parametrize("place", PLACES)
def test_names_stand_wherever_pytorch_has_them(place):
    wanted = {
        name
        for name in THEIRS[place]
        if (name in SOMEWHERE or (name.endswith("_") and name[:-1] in SOMEWHERE))
        and (place, name) not in ABSENT
    }
    assert sorted(wanted - OURS[place]) == []


def test_exceptions_are_needed():
    assert [(place, name) for place, name in ABSENT if name in OURS[place]] == []
    assert [(place, name) for place, name in ABSENT if name not in THEIRS[place]] == []


def positional(function: Callable[..., Any], method: bool) -> list[str]:
    """Names of parameters that can be given by position, without the receiver."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    return [p.name for p in parameters][method:]


def pieces(parameters: str) -> Iterator[str]:
    """What stands between commas, up to the first that has a default or may only be named."""
    for piece in re.split(r",(?![^\[(]*[\])])", parameters):
        piece = piece.strip()
        if not piece or piece.startswith("*") or "=" in piece:
            return
        yield piece


def required(name: str, function: Callable[..., Any], method: bool) -> list[list[str]]:
    """The names that PyTorch asks for, a list for each form: by signature, parser or docstring."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        pass
    else:
        needed = [
            p.name
            for p in signature.parameters.values()
            if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty
        ]
        return [needed[method:]]
    forms = []
    call = getattr(torch.ones(2), name) if method else function
    for arguments in ((), (object(),) * 12):
        try:
            call(*arguments)
        except TypeError as error:
            text = str(error)
            missing = re.search(r"missing \d+ required positional arguments?: (.*)", text)
            if missing:
                forms.append(re.findall(r"\w+", missing[1]))
            forms += [
                [p.split()[-1] for p in pieces(form)] for form in re.findall(r"\* \((.*?)\)(?:\n|$)", text)
            ]
        except Exception:
            pass
        else:
            return [[]]
    documented = re.match(rf"(?:linalg\.)?{re.escape(name)}\((.*?)\)", (function.__doc__ or "").strip(), re.S)
    if documented:
        forms.append([re.split(r"[: ]", p)[0] for p in pieces(documented[1])])
    return forms


@pytest.mark.parametrize("place", PLACES)
def test_leading_parameters_have_pytorchs_names(place):
    method = place == "method"
    wrong = {}
    for name in sorted(OURS[place] & THEIRS[place]):
        ours, theirs = (getattr(owner, name) for owner in PLACES[place])
        forms = required(name, theirs, method)
        if not forms or (place, name) in OTHERWISE:
            continue
        kinds = [p.kind for p in inspect.signature(ours).parameters.values()][method:]
        if inspect.Parameter.VAR_POSITIONAL in kinds:
            continue  # a shape given number by number has no names
        got = positional(ours, method)
        if not any(got[: len(form)] == form for form in forms):
            wrong[name] = got, forms
    assert wrong == {}


def test_they_do_what_pytorch_does():
    """The forms that are made by one mechanism: twins, aliases, and functions of Python as methods."""
    x, mask = [[1.0, -2.0], [3.0, 0.5]], [[True, False], [False, True]]
    cases = [
        lambda m, x, mask: m.narrow(x, 1, -1, 1),
        lambda m, x, mask: x.narrow(0, 1, 1),
        lambda m, x, mask: m.select(x, -1, 0),
        lambda m, x, mask: m.unbind(x, 1)[1],
        lambda m, x, mask: m.t(x),
        lambda m, x, mask: m.masked_fill(x, mask, 7),
        lambda m, x, mask: x.masked_fill_(mask, 7),
        lambda m, x, mask: x.where(mask, 0),
        lambda m, x, mask: m.fill_(x, 2),
        lambda m, x, mask: m.zero_(x),
        lambda m, x, mask: x.eq_(3),
        lambda m, x, mask: x.greater_equal_(0.5),
        lambda m, x, mask: x.logical_and_(mask),
        lambda m, x, mask: x.cumsum_(1),
        lambda m, x, mask: x.multiply(2).subtract_(1),
        lambda m, x, mask: m.absolute(x).arctan2(x),
        lambda m, x, mask: x.prelu(m.tensor([0.25])),
        lambda m, x, mask: m.prelu(x, m.tensor([0.25, 0.5])),
        lambda m, x, mask: m.special.expit(x),
        lambda m, x, mask: m.special.log_softmax(x, 1),
        lambda m, x, mask: m.linalg.diagonal(x, offset=1),
        lambda m, x, mask: m.pixel_shuffle(x.reshape(4, 1, 1), 2),
        lambda m, x, mask: m.detach(x),
    ]
    for case in cases:
        got = case(ravine, ravine.tensor(x), ravine.tensor(mask))
        want = case(torch, torch.tensor(x), torch.tensor(mask))
        assert got.shape == tuple(want.shape)
        assert got.dtype.name == str(want.dtype).removeprefix("torch.")
        assert got.reshape(-1).tolist() == pytest.approx(want.reshape(-1).tolist(), abs=1e-6)
