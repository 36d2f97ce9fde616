"""ravine.save and ravine.load: any nesting comes back as it was, in a file that other programs read."""

# pyright: reportArgumentType=false

import io
import json
import math
import os
from collections import OrderedDict, namedtuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine import nn, optim
from ravine.errors import DTypeError, FileError
from ravine.io import safetensors

KEYS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False)
)
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
TENSORS = st.lists(st.floats(width=32), max_size=3).map(lambda x: rv.tensor(x, dtype=rv.float32))
ARRAYS = st.lists(st.integers(0, 65535), max_size=3).map(lambda x: np.array(x, np.uint16))
DATA = st.recursive(
    NUMBERS | TENSORS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)


def same(a, b):
    if isinstance(a, rv.Tensor):
        return (
            isinstance(b, rv.Tensor)
            and a.dtype is b.dtype
            and a.numpy().tobytes() == b.numpy().tobytes()
            and a.shape == b.shape
        )
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        keys = list(zip(a, b, strict=True)) if len(a) == len(b) else [(0, None)]
        return all(type(k) is type(m) and k == m for k, m in keys) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


@given(DATA)
@settings(max_examples=60)
def test_any_nesting_comes_back(data):
    file = io.BytesIO()
    rv.save(data, file)
    file.seek(0)
    assert same(data, rv.load(file))


def test_a_state_dict_is_a_plain_file(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    path = tmp_path / "m.safetensors"
    rv.save(model.state_dict(), path)
    assert safetensors.load_file(path).keys() == {"0.weight", "0.bias", "2.weight", "2.bias"}
    state = rv.load(path)
    assert list(state) == list(model.state_dict())  # the order too
    other = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    assert str(other.load_state_dict(state)) == "<All keys matched successfully>"
    x = rv.randn(5, 3)
    assert np.array_equal(model(x).detach().numpy(), other(x).detach().numpy())


def test_any_file_of_the_format_is_loaded(tmp_path):
    path = tmp_path / "foreign.safetensors"
    safetensors.save_file({"a.b": rv.ones(2), "c": rv.zeros(1)}, path, {"format": "pt"})
    assert {k: v.tolist() for k, v in rv.load(path).items()} == {"a.b": [1, 1], "c": [0]}


def test_an_optimizer_continues(tmp_path):
    def steps(model, optimizer, count):
        for number in range(count):
            optimizer.zero_grad()
            model(rv.full((2, 3), 0.1 * number)).pow(2).sum().backward()
            optimizer.step()

    for make in (optim.Adam, lambda p, lr: optim.SGD(p, lr=lr, momentum=0.9)):
        rv.manual_seed(0)
        model = nn.Linear(3, 2)
        optimizer = make(model.parameters(), lr=0.01)
        steps(model, optimizer, 3)
        path = tmp_path / "c.safetensors"
        rv.save(
            {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rng": rv.get_rng_state()},
            path,
        )
        steps(model, optimizer, 3)
        expected = rv.rand(2).tolist()

        again = nn.Linear(3, 2)
        optimizer = make(again.parameters(), lr=1.0)
        state = rv.load(path)
        again.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        rv.set_rng_state(state["rng"])
        steps(again, optimizer, 3)
        assert np.array_equal(again.weight.detach().numpy(), model.weight.detach().numpy())
        assert rv.rand(2).tolist() == expected


def test_tied_weights_are_written_once(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Linear(40, 50, bias=False)
            self.head = nn.Linear(40, 50, bias=False)
            self.head.weight = self.table.weight

    model, other = Tied(), Tied()
    path = tmp_path / "m.safetensors"
    rv.save(model.state_dict(), path)
    assert path.stat().st_size < 1.2 * 40 * 50 * 4
    state = rv.load(path)
    assert list(state) == ["table.weight", "head.weight"]
    other.load_state_dict(state)
    assert other.head.weight is other.table.weight
    assert np.array_equal(other.head.weight.detach().numpy(), model.table.weight.detach().numpy())
    # Two tensors that happen to share memory are two: a write to one leaves the other.
    state["head.weight"][0] = 7
    assert state["table.weight"][0].tolist() == model.table.weight[0].tolist()


def test_one_object_comes_back_as_one(tmp_path):
    w, a = nn.Parameter(rv.ones(3)), np.arange(3)
    path = tmp_path / "x.safetensors"
    rv.save({"w": w, "l": [w, a], "a": a, "v": rv.ones(2, requires_grad=True) * 1}, path)
    back = rv.load(path)
    assert back["l"][0] is back["w"]
    assert back["l"][1] is back["a"]
    assert isinstance(back["w"], nn.Parameter)
    assert back["w"].requires_grad
    assert back["v"].requires_grad
    assert back["v"].is_leaf
    back["a"][0] = 5  # the caller's


def test_names_that_collide(tmp_path):
    path = tmp_path / "x.safetensors"
    data = {
        "a": {"b": rv.ones(1), 1: rv.zeros(1)},
        "a.b": rv.full((1,), 2.0),
        "a.1": rv.full((1,), 3.0),
        "": rv.full((1,), 4.0),
        "__metadata__": rv.full((1,), 5.0),
    }
    rv.save(data, path)
    assert same(rv.load(path), data)
    assert len(safetensors.load_file(path)) == 6
    rv.save(rv.ones(2), path)
    assert safetensors.load_file(path).keys() == {"tensor"}
    assert rv.load(path).tolist() == [1, 1]


def test_plain_types_come_back():
    Pair = namedtuple("Pair", "x y")
    file = io.BytesIO()
    rv.save([OrderedDict(b=1, a=2), Pair(1, 2), np.float32(0.5), np.bool_(True), rv.float16], file)
    file.seek(0)
    table, pair, half, yes, dtype = rv.load(file)
    assert (type(table), list(table), pair, dtype) == (dict, ["b", "a"], (1, 2), rv.float16)
    assert (type(half), half, type(yes), bool(yes)) == (np.float32, 0.5, np.bool_, True)


def test_the_same_state_gives_the_same_bytes():
    def written():
        file = io.BytesIO()
        rv.save({"b": rv.ones(3), "a": [rv.arange(2), 0.1], "n": 1}, file)
        return file.getvalue()

    assert written() == written()


class Thing:
    pass


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (Thing(), r"obj is .*Thing"),
        ({"a": [1, {"b": Thing()}]}, r"obj\['a'\]\[1\]\['b'\] is .*Thing"),
        ({"a": {1, 2}}, r"obj\['a'\] is builtins.set"),
        ({(1, 2): 3}, r"obj has the key \(1, 2\)"),
        ({"x": {math.inf: 3}}, r"obj\['x'\] has the key inf"),
        (rv.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0), "save .state_dict()"),
        ([np.array(["a"])], r"obj\[0\] is numpy.ndarray of dtype <U1"),
        (1j, "obj is builtins.complex"),
        (print, "obj is builtins.builtin_function_or_method"),
    ],
)
def test_what_cannot_be_saved_leaves_the_file(data, text, tmp_path):
    path = tmp_path / "x.safetensors"
    rv.save({"old": 1}, path)
    with pytest.raises(DTypeError, match=text):
        rv.save(data, path)
    assert rv.load(path) == {"old": 1}
    assert os.listdir(tmp_path) == ["x.safetensors"]


def test_data_that_contain_themselves():
    data: list = []
    data.append({"again": data})
    with pytest.raises(ValueError, match="nested more than 100 deep, or containing itself"):
        rv.save(data, io.BytesIO())


def tree_file(tree, head=None):
    return safetensors.save(
        {"x": rv.ones(1)},
        {
            "format": "ravine",
            "ravine": json.dumps({"format": 1, "version": "0"} if head is None else head),
            "tree": tree if isinstance(tree, str) else json.dumps(tree),
        },
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (tree_file({"tensor": "y"}), "no tensor 'y'"),
        (tree_file({"unknown": 1}), "tree is not valid"),
        (tree_file({"dict": [[1]]}), "tree is not valid"),
        (tree_file({"dict": [[[1], 2]]}), "tree is not valid"),
        (tree_file({"dict": 3}), "tree is not valid"),
        (tree_file({"dtype": "Tensor"}), "tree is not valid"),
        (tree_file({"float": "1e999"}), "tree is not valid"),
        (tree_file("{"), "metadata are not valid"),
        (tree_file("[" * 100_000), "metadata are not valid"),
        (tree_file(1, []), "metadata are not valid"),
        (tree_file(1, {}), "metadata are not valid"),
        (tree_file(1, {"format": "1"}), "metadata are not valid"),
        (
            tree_file(1, {"format": 9, "version": "7.0"}),
            r"written by Ravine 7.0, in format 9; this is .* Install a newer",
        ),
    ],
)
def test_trees_that_are_wrong(data, text):
    with pytest.raises(FileError, match=text):
        rv.load(io.BytesIO(data))


def test_paths_and_devices(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("a.safetensors", Path("b.safetensors"), b"c.safetensors"):
        rv.save([1], path)
        assert rv.load(path, map_location="cpu", weights_only=False) == [1]
    with pytest.raises(RuntimeError, match="no device 'gpu:9'"):
        rv.load("a.safetensors", map_location="cuda:9")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"\ud800": rv.ones(1)}, "half a character"),
        ({"n": 10**5000}, r"obj\['n'\] has an int of 16,610 bits"),
        ({10**5000: 1}, "has an int of 16,610 bits"),
    ],
)
def test_what_no_file_holds(data, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        rv.save(data, tmp_path / "x")
    assert os.listdir(tmp_path) == []


def test_the_largest_int_comes_back(tmp_path):
    for number in (2**14_000 - 1, 1 - 2**14_000):
        rv.save({number: number}, tmp_path / "x")
        assert rv.load(tmp_path / "x") == {number: number}


def test_places_that_are_none(tmp_path):
    (tmp_path / "file").write_text("kept")
    for path, error, text in [
        (tmp_path, IsADirectoryError, "Add a file's name"),
        (f"{tmp_path}/new/", IsADirectoryError, "Add a file's name"),
        ("", IsADirectoryError, "Add a file's name"),
        (tmp_path / "none" / "x", FileNotFoundError, "Make it first"),
        (tmp_path / "file" / "x", NotADirectoryError, "A file stands there, not a folder"),
        (tmp_path / ("x" * 300), OSError, "too long"),
        ("/proc/x", OSError, "/proc/x"),
    ]:
        for write in (rv.save, safetensors.save_file):
            with pytest.raises(error, match=text):
                write({"x": rv.ones(1)}, path)
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


def test_a_name_as_long_as_the_system_allows(tmp_path):
    for name in ("x" * 255, "é" * 127):
        rv.save([1], tmp_path / name)
        assert rv.load(tmp_path / name) == [1]
    assert len(os.listdir(tmp_path)) == 2


def test_files_and_dicts_that_are_none(tmp_path):
    for call, text in [
        (lambda: rv.save([1], io.StringIO()), "Open it as binary"),
        (lambda: rv.load(io.StringIO("text")), "Open it as binary"),
        (lambda: rv.save([1], 3), "a path or an open binary file, not int"),
        (
            lambda: safetensors.save_file([rv.ones(1)], tmp_path / "x"),
            "tensors should be a dict by name, not list",
        ),
        (lambda: safetensors.save({}, [1]), "metadata should be a dict by name, not list"),
        (lambda: safetensors.load("x"), "the bytes of a file, not str"),
    ]:
        with pytest.raises(DTypeError, match=text):
            call()
    assert os.listdir(tmp_path) == []
