"""safetensors files against bytes made by hand from the format's rules, and what breaks one of them."""

import json
import os
import struct
from contextlib import suppress

import numpy as np
import pytest

import ravine as rv
from ravine.errors import DTypeError, FileError, StateError
from ravine.io import safetensors
from ravine.io.safetensors import load, load_file, safe_open, save, save_file

DTYPES = [
    name
    for name in (
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "bfloat16",
        "float32",
        "float64",
    )
    if isinstance(getattr(rv, name, None), rv.dtype)
]


def raw(header, data=b"", pad=0):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


# ---- what is right


def test_reading_bytes_made_by_hand():
    header = {
        "__metadata__": {"who": "hand"},
        "second": entry("I64", [2], 6, 22),
        "first": entry("BF16", [3], 0, 6),
        "none": entry("F32", [0, 4], 22, 22),
        "scalar": entry("F64", [], 22, 30),
    }
    data = struct.pack("<3H", 0x3F80, 0xC000, 0x7F80) + struct.pack("<2q", -1, 2**40) + struct.pack("<d", 0.1)
    tensors = load(raw(header, data))  # nothing in it is aligned
    assert list(tensors) == ["first", "second", "none", "scalar"]
    assert tensors["first"].dtype is rv.bfloat16
    assert tensors["first"].tolist() == [1.0, -2.0, float("inf")]
    assert tensors["second"].tolist() == [-1, 2**40]
    assert tuple(tensors["none"].shape) == (0, 4)
    assert tensors["scalar"].item() == 0.1


def test_the_bytes_that_are_written():
    out = save({"b": rv.tensor([1.0, -2.0]), "a": rv.tensor([True, False, True])}, {"k": "v"})
    length = struct.unpack("<Q", out[:8])[0]
    assert length % 8 == 0
    assert json.loads(out[8 : 8 + length]) == {
        "__metadata__": {"k": "v"},
        "b": entry("F32", [2], 0, 8),  # larger elements first, so that all are aligned
        "a": entry("BOOL", [3], 8, 11),
    }
    assert out[8 + length :] == struct.pack("<2f", 1.0, -2.0) + b"\1\0\1"


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_and_shape_comes_back_bit_for_bit(name, tmp_path, rng):
    dtype = getattr(rv, name)
    tensors = {}
    for shape in [(), (0,), (1,), (7,), (3, 5), (2, 0, 3), (65, 3, 17)]:
        bits = rng.integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
        if name == "bool":
            value = rv.tensor(bits[..., 0] > 127)
        elif name == "bfloat16":
            wide = rng.standard_normal(shape).astype(np.float32)
            value = rv.tensor(wide).bfloat16()
        elif name.startswith("float"):
            value = rv.tensor(np.frombuffer(bits.tobytes(), name).reshape(shape))  # NaNs of all kinds too
        else:
            value = rv.tensor(np.frombuffer(bits.tobytes(), name).reshape(shape))
        tensors[str(shape)] = value
    path = tmp_path / "x.safetensors"
    save_file(tensors, path)
    back = load_file(path)
    assert back.keys() == tensors.keys()
    for key, value in tensors.items():
        assert back[key].dtype is dtype
        assert back[key].shape == value.shape
        assert np.asarray(back[key]._memory()).tobytes() == np.asarray(value._memory()).tobytes()
    assert load(path.read_bytes()).keys() == tensors.keys()


def test_strides_views_and_pending_values(tmp_path):
    x = rv.arange(24).reshape(4, 6)
    views = {
        "t": x.T,
        "step": x[::2, 1::3],
        "wide": rv.tensor([1.0, 2.0]).expand(3, 2),
        "sum": x.sum(dim=0) + 1,
    }
    views["grad"] = (rv.ones(2, requires_grad=True) * 3).requires_grad_()
    path = tmp_path / "x.safetensors"
    save_file(views, path)
    for key, value in load_file(path).items():
        assert value.tolist() == views[key].tolist()
        assert not value.requires_grad
    big_endian = np.arange(5, dtype=">f4")[::-1]
    assert load(save({"x": big_endian}))["x"].tolist() == [4.0, 3.0, 2.0, 1.0, 0.0]


def test_reading_in_part(tmp_path):
    path = tmp_path / "x.safetensors"
    whole = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
    save_file(
        {"x": rv.tensor(whole), "half": rv.ones(2, 2).bfloat16(), "u": np.arange(3, dtype=np.uint16)}, path
    )
    with safe_open(path) as file:
        assert file.keys() == ["half", "u", "x"]
        assert file.metadata() is None
        part = file.get_slice("x")
        assert (part.get_shape(), part.get_dtype()) == ([5, 4, 3], "F32")
        for index in (0, slice(1, 4), (slice(None), 2), (..., -1), (slice(None, None, -2), [0, 2])):
            assert np.array_equal(part[index].numpy(), whole[index])
        assert file.get_slice("half")[0].dtype is rv.bfloat16
        with pytest.raises(FileError, match="no tensor 'y'"):
            file.get_tensor("y")
        with pytest.raises(FileError, match=r"uint16, a type that Ravine lacks.*framework=\"np\""):
            file.get_tensor("u")
    with pytest.raises(StateError, match="is closed"):
        file.get_tensor("x")
    with safe_open(path, framework="np") as file:
        array = file.get_tensor("x")
        assert file.get_tensor("u").tolist() == [0, 1, 2]
        with pytest.raises(FileError, match="bfloat16, which NumPy lacks"):
            file.get_tensor("half")
    array[:] = 0  # it is a copy
    with pytest.raises(ValueError, match='"ravine", "pt" or "np"'):
        safe_open(path, framework="tf")


def test_an_open_file_may_be_replaced(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"x": rv.zeros(1000)}, path)
    with safe_open(path) as file:
        save_file({"x": rv.ones(3)}, path)
        assert file.get_tensor("x").sum().item() == 0
    assert load_file(path)["x"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("tensors", "metadata", "text"),
    [
        ({"x": 1}, None, "'x' is int"),
        ({"x": [rv.ones(1)]}, None, "'x' is list"),
        ({"x": np.array(["a"])}, None, "'x' is a <U1 array"),
        ({"x": np.zeros(1, complex)}, None, "'x' is a complex128 array"),
        ({3: rv.ones(1)}, None, "name should be a string"),
        ({"__metadata__": rv.ones(1)}, None, "other than __metadata__"),
        ({}, {"step": 3}, "metadata should be strings by name, but 'step' is 3"),
    ],
)
def test_what_cannot_be_written_leaves_the_file(tensors, metadata, text, tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"old": rv.ones(1)}, path)
    with pytest.raises(DTypeError, match=text):
        save_file(tensors, path, metadata)
    assert list(load_file(path)) == ["old"]
    assert os.listdir(tmp_path) == ["x.safetensors"]


# ---- what is wrong

GOOD = raw({"x": entry("F32", [2], 0, 8), "y": entry("U8", [3], 8, 11)}, b"\0" * 11)


def test_every_truncation_is_noticed():
    load(GOOD)
    for size in range(len(GOOD)):
        with pytest.raises(FileError, match=r"cut off|no safetensors|not valid"):
            load(GOOD[:size])


def test_every_changed_byte_is_read_or_refused():
    """Never a crash, and never an error of another kind."""
    for position in range(len(GOOD)):
        for byte in (0, 0x22, 0x30, 0x39, 0x7B, 0xFF, GOOD[position] ^ 1):
            with suppress(FileError):
                load(GOOD[:position] + bytes([byte]) + GOOD[position + 1 :])


WRONG = [
    (b"", "cut off, or no safetensors file: it has 0 bytes"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "no safetensors file: it begins with 89 50 4e 47"),
    (b"\x80\x04\x95" + b"\0" * 50, "a pickle"),
    (struct.pack("<Q", 100_000_001) + b"{}", "100,000,000 are allowed"),
    (struct.pack("<Q", 2**63) + b"{}", "100,000,000 are allowed"),
    (struct.pack("<Q", 99_999_999) + b"{}", "cut off"),
    (raw(b"[]"), "does not begin with"),
    (raw(b'{"x": '), "header is not valid"),
    (raw(b"{" * 100_000), "header is not valid"),
    (raw(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), "header is not valid"),
    (raw(b'{"\xff\xfe": 1}'), "header is not valid"),
    (raw(b'{"x": {"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', b"\0" * 4), "NaN is no JSON"),
    (
        raw(
            b'{"x": {"dtype":"U8","shape":[0],"data_offsets":[0,0]}, "x": 1}',
            b"\0",
        ),
        "the name 'x' comes twice",
    ),
    (
        raw(b'{"x": {"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', b"\0"),
        "the name 'dtype' comes twice",
    ),
    (raw({"__metadata__": {"n": 3}}), "__metadata__ should be strings"),
    (raw({"__metadata__": []}), "__metadata__ should be strings"),
    (raw({"x": 3}), "should have dtype, shape and data_offsets"),
    (raw({"x": {**entry("U8", [1], 0, 1), "more": 1}}, b"\0"), "and nothing else"),
    (raw({"x": entry("F128", [1], 0, 16)}, b"\0" * 16), "of type 'F128', which is unknown"),
    (raw({"x": entry(["U8"], [1], 0, 1)}, b"\0"), "which is unknown"),
    (raw({"x": entry("F8_E4M3", [1], 0, 1)}, b"\0"), "F8_E4M3, a type that Ravine lacks"),
    (raw({"x": entry("U8", [-1], 0, 1)}, b"\0"), "whole numbers from 0"),
    (raw({"x": entry("U8", [1.0], 0, 1)}, b"\0"), "whole numbers from 0"),
    (raw({"x": entry("U8", [True], 0, 1)}, b"\0"), "whole numbers from 0"),
    (raw({"x": entry("U8", [2**63], 0, 1)}, b"\0"), "whole numbers from 0"),
    (raw({"x": entry("U8", "1", 0, 1)}, b"\0"), "whole numbers from 0"),
    (raw({"x": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1, 2]}}, b"\0"), "the second of two"),
    (raw({"x": entry("F32", [2], 0, 7)}, b"\0" * 7), "needs 8 bytes, but has the place from 0 to 7"),
    (raw({"x": entry("F32", [2**40, 2**40], 0, 8)}, b"\0" * 8), r"\[1099511627776, 1099511627776\], needs"),
    (raw({"x": entry("U8", [2], 2, 0)}, b"\0" * 2), "needs 2 bytes, but has the place from 2 to 0"),
    (
        raw({"x": entry("U8", [2], 0, 2), "y": entry("U8", [2], 1, 3)}, b"\0" * 3),
        "'y' overlaps the tensor before it: it begins at 1, not 2",
    ),
    (raw({"x": entry("U8", [2], 0, 2), "y": entry("U8", [2], 0, 2)}, b"\0" * 2), "overlaps"),
    (raw({"x": entry("U8", [1], 1, 2)}, b"\0" * 2), "'x' leaves a gap before it: it begins at 1, not 0"),
    (raw({"x": entry("U8", [1], 0, 1)}, b"\0\0"), "take 1 bytes, but 2 follow the header"),
    (raw({"x": entry("U8", [9], 0, 9)}, b"\0"), "take 9 bytes, but 1 follow the header: the file is cut off"),
    (raw({"x": entry("U8", [1] * 70 + [3], 0, 3)}, b"\0" * 3), "tensor 'x'"),
    (raw({"x": entry("F64", [0, 2**62, 2**62], 0, 0)}), "tensor 'x'"),
]


@pytest.mark.parametrize(("data", "text"), WRONG, ids=range(len(WRONG)))
def test_wrong_files(data, text, tmp_path):
    path = tmp_path / "wrong.safetensors"
    path.write_bytes(data)
    for read in (load_file, rv.load):
        with pytest.raises(FileError, match=text) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert caught.value.__cause__ is None
    with pytest.raises(FileError, match=text):
        load(data)


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.safetensors"):
        load_file(tmp_path / "none.safetensors")
    with pytest.raises(IsADirectoryError):
        rv.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing") as caught:
        save_file({"x": rv.ones(1)}, tmp_path / "missing" / "x.safetensors")
    assert "as it was before" in caught.value.__notes__[0]


def test_a_promise_of_much_memory_takes_none(tmp_path):
    """A header may say anything; what it says is compared with the file before memory is taken."""
    import tracemalloc

    path = tmp_path / "x.safetensors"
    path.write_bytes(raw({"x": entry("F32", [2**38], 0, 2**40)}, b"\0" * 8))
    tracemalloc.start()
    with pytest.raises(FileError, match="cut off"):
        load_file(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_the_names_of_the_format_cover_every_dtype():
    for name in DTYPES:
        assert name in safetensors._header.CODES
