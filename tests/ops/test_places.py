"""What is declared for a place is there, and tells what it is: signature, docstring, and where it lives."""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import pickle
import pydoc
from typing import Any

import pytest

import ravine
from ravine import _core, _declare

MODULES = [place for place in _declare.PLACES if place != _declare.METHOD]
METHODS = sorted(name for name in dir(ravine.Tensor) if not name.startswith("_"))


def callables() -> list[tuple[str, Any]]:
    """Every public function, and every public method of Tensor."""
    found = []
    for place in MODULES:
        module = importlib.import_module(place)
        for name in sorted(module.__all__):
            value = getattr(module, name)
            if callable(value) and not isinstance(value, type | _core.dtype):
                found.append((f"{place}.{name}", value))
    for name in METHODS:
        value = inspect.getattr_static(ravine.Tensor, name)
        if callable(value):
            found.append((f"ravine.Tensor.{name}", value))
    return found


CALLABLES = callables()


@pytest.mark.parametrize("place", MODULES)
def test_a_module_has_what_is_declared_for_it(place):
    module = importlib.import_module(place)
    for name, function in _declare.names(place).items():
        assert getattr(module, name) is function
        # A few samplers have PyTorch's private names.
        listed = not name.startswith("_")
        assert (name in module.__all__) is listed
        assert (name in dir(module)) is listed


def test_tensor_has_what_is_declared_for_it():
    for name, function in _declare.names(_declare.METHOD).items():
        assert inspect.getattr_static(ravine.Tensor, name) is function


def test_the_registry_tells_places():
    table = {r["name"]: r["places"] for r in _core.registry_table() if r["signature"]}
    assert table["matmul"] == ["ravine", "ravine.Tensor", "ravine.linalg"]
    assert table["conv2d"] == ["ravine", "ravine.nn.functional"]
    for function in _core.functions():
        for place in function.places:
            assert function.__name__ in _declare.names(place)


def test_every_callable_has_a_signature():
    without = []
    for name, function in CALLABLES:
        try:
            inspect.signature(function)
        except (TypeError, ValueError) as error:
            without.append((name, str(error)))
    assert without == []


def test_every_callable_is_documented():
    assert [name for name, function in CALLABLES if not inspect.getdoc(function)] == []


def test_every_callable_says_where_it_lives():
    """Module and qualified name lead to it, or for an alias of a module, to the same function."""
    lost = []
    for name, function in CALLABLES:
        # What Rust puts on Tensor has no module.
        owner: Any = importlib.import_module(getattr(function, "__module__", None) or "ravine")
        for part in function.__qualname__.split("."):
            owner = vars(owner).get(part)
        if owner is not function:
            lost.append((name, function.__qualname__))
    assert lost == []


def test_signatures_are_those_that_can_be_called():
    assert str(inspect.signature(ravine.mul)) == "(input: Tensor, other: Tensor | Number) -> Tensor"
    assert list(inspect.signature(ravine.ones(2).narrow).parameters) == ["dim", "start", "length"]
    assert list(inspect.signature(ravine.ones(2).sum).parameters) == ["dim", "keepdim", "dtype"]
    assert (
        inspect.signature(ravine.Tensor.masked_fill_).parameters["value"].default is inspect.Parameter.empty
    )
    assert inspect.signature(ravine.softmax).parameters["dim"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


@pytest.mark.parametrize(
    "function",
    [ravine.clamp, ravine.subtract, ravine.narrow, ravine.special.expit, ravine.nn.functional.conv2d],
)
def test_help_shows_signature_and_docstring(function):
    text = pydoc.plain(pydoc.render_doc(function))
    assert f"{function.__name__}(input: " in text.replace("'", "")
    assert ">>> ravine." in text


def test_wrapping_keeps_what_a_function_tells():
    @functools.wraps(ravine.clamp)
    def wrapper(*args, **kwargs):
        return ravine.clamp(*args, **kwargs)

    assert wrapper.__doc__ == ravine.clamp.__doc__
    assert wrapper.__name__ == "clamp"
    assert inspect.signature(wrapper) == inspect.signature(ravine.clamp)


@pytest.mark.parametrize(
    "function", [ravine.relu, ravine.relu_, ravine.subtract, ravine.zeros, ravine.narrow]
)
def test_functions_are_pickled_and_copied_by_name(function):
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function
