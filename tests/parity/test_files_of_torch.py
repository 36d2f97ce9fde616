"""Files of torch.save are read as torch reads them, without being run; what is damaged is an error."""

from __future__ import annotations

import collections
import io
import pickle
import random
import zipfile

import numpy as np
import pytest
import torch
from torch._utils import _rebuild_tensor_v2

import ravine
from ravine.errors import DTypeError, FileError

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")


def saved(data, new=True, protocol=2) -> bytes:
    file = io.BytesIO()
    torch.save(data, file, _use_new_zipfile_serialization=new, pickle_protocol=protocol)
    return file.getvalue()


def read(data: bytes, **options):
    return ravine.load(io.BytesIO(data), **options)


def held(ours, theirs, at="data"):
    """Equal in structure, dtype, shape and values."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, ravine.Tensor), at
        assert isinstance(ours, ravine.nn.Parameter) == isinstance(theirs, torch.nn.Parameter), at
        assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1], at
        assert tuple(ours.shape) == tuple(theirs.shape), at
        assert ours.requires_grad == theirs.requires_grad, at
        np.testing.assert_array_equal(ours.detach().double().numpy(), theirs.detach().double().numpy(), at)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), at
        for key in theirs:
            held(ours[key], theirs[key], f"{at}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert isinstance(ours, list) == isinstance(theirs, list), at
        assert len(ours) == len(theirs), at
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            held(a, b, f"{at}[{i}]")
    elif isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype, at
        np.testing.assert_array_equal(ours, theirs, at)
    else:
        assert type(ours) is type(theirs), at
        assert ours == theirs, at


def everything():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(3, 2))
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.ones(2, 1, 5, 5)).sum().backward()
    optimizer.step()
    x = torch.arange(24.0).reshape(2, 3, 4)
    return {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "plain": [1, -2, 2.5, None, True, False, "ü", b"\0\xff", (1, (2, 3)), 10**30, float("inf"), {1: "a"}],
        "dtypes": {d: torch.arange(4).to(getattr(torch, d)) for d in DTYPES},
        "views": [x[:, 1:, ::2], x.permute(2, 0, 1), x[1, 2], x[:, :0], x.flatten()[5:17]],
        "expanded": torch.ones(1, 3).expand(4, 3),
        "windows": torch.arange(6.0).unfold(0, 3, 1),
        "scalar": torch.tensor(3.0),
        "leaf": torch.ones(2, requires_grad=True),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "fixed": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "ordered": collections.OrderedDict(b=1, a=torch.zeros(1)),
        "shared": [x, x[0], x],
        "set": {1, 2},
    }


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_torch_saves_is_read(new, protocol, tmp_path):
    data = everything()
    written = saved(data, new, protocol)
    held(read(written), data)
    path = tmp_path / "checkpoint.pth"
    path.write_bytes(written)
    held(ravine.load(path, map_location="cpu", weights_only=True), data)
    assert ravine.load(path)["model"]._metadata.keys() == data["model"]._metadata.keys()


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("protocol", [2, 5])
def test_numpy_and_the_rest(new, protocol):
    data = {
        "arrays": [np.arange(6).reshape(2, 3), np.asfortranarray(np.ones((2, 3), np.float32)), np.zeros(0)],
        "scalar": np.float64(2.5),
        "flags": np.array([True, False]),
    }
    found = read(saved(data, new, protocol))
    held(found, data)
    found = read(
        saved({"size": torch.ones(2, 3).shape, "dtype": torch.bfloat16, "d": torch.device("cpu")}, new)
    )
    assert (found["size"], found["dtype"], found["d"]) == ((2, 3), ravine.bfloat16, ravine.device("cpu"))


def test_a_network_goes_on_from_torchs_weights():
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.LayerNorm(8))
    ours = ravine.nn.Sequential(ravine.nn.Linear(4, 8), ravine.nn.ReLU(), ravine.nn.LayerNorm(8))
    ours.load_state_dict(read(saved(theirs.state_dict())))
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(ravine.tensor(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_where_tensors_go():
    data = saved({"x": torch.ones(2)})
    seen = []

    def note(storage, location):
        seen.append(location)
        return storage

    for where in (
        None,
        "cpu",
        ravine.device("cpu"),
        {"cpu": "cpu"},
        {"cuda:0": "cpu"},
        note,
        lambda s, _: None,
    ):
        assert read(data, map_location=where)["x"].device.type == "cpu"
    assert seen == ["cpu"]
    assert read(data, map_location="meta")["x"].device.type == "meta"
    assert read(data, map_location={"cpu": "meta"})["x"].device.type == "meta"
    assert read(data, map_location=lambda s, _: s.to("meta"))["x"].device.type == "meta"
    with pytest.raises(DTypeError, match="map_location"):
        read(data, map_location=lambda s, _: "cpu")
    with pytest.raises(ZeroDivisionError):
        read(data, map_location=lambda s, _: 1 / 0)


class Evil:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("new", [True, False])
def test_names_that_are_not_in_the_table(new, capsys):
    for data, named in (
        (torch.nn.Linear(1, 1), "torch.nn.modules.linear"),
        ({"a": Evil()}, "print"),
        (collections.Counter("ab"), "Counter"),
        ({"f": torch.relu}, "getattr"),
    ):
        with pytest.raises(FileError, match=named):
            read(saved(data, new))
    assert capsys.readouterr().out == ""
    with pytest.raises(FileError, match="ComplexFloatStorage"):
        read(saved(torch.zeros(1, dtype=torch.complex64), new))


def archive(program: bytes, storages: dict[str, bytes] | None = None) -> bytes:
    """An archive of a pickle and storages that nobody would save."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("x/data.pkl", program)
        for key, content in (storages or {"0": bytes(16)}).items():
            made.writestr(f"x/data/{key}", content)
    return file.getvalue()


class Storage:
    """What is pickled as a reference to one."""

    def __init__(self, *identifier):
        self.identifier = identifier


class Writer(pickle.Pickler):
    def persistent_id(self, obj):
        return obj.identifier if isinstance(obj, Storage) else None


class Tensor:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


def tensor(offset, size, stride, count=4, key="0"):
    storage = Storage("storage", torch.FloatStorage, key, "cpu", count)
    file = io.BytesIO()
    Writer(file, 2).dump(Tensor(storage, offset, size, stride, False, None))
    return archive(file.getvalue())


@pytest.mark.parametrize(
    ("offset", "size", "stride", "count"),
    [
        (0, (5,), (1,), 4),  # longer than the storage
        (1, (4,), (1,), 4),
        (0, (2, 2), (3, 2), 4),
        (-1, (2,), (1,), 4),
        (0, (-2,), (1,), 4),
        (0, (2,), (-1,), 4),
        (5, (0,), (1,), 4),
        (0, (2,), (1, 1), 4),
        (0, (2.0,), (1,), 4),
        (0, (2**62,), (1,), 4),
        (0, (2**40, 2**40), (0, 1), 4),
        (0, (2,), (1,), 8),  # more elements than the storage has bytes for
        (0, (2,), (1,), -4),
        (0, (2,) * 65, (0,) * 65, 4),
    ],
)
def test_a_tensor_lies_within_its_storage(offset, size, stride, count):
    with pytest.raises(FileError):
        read(tensor(offset, size, stride, count))


def test_tensors_that_lie_within():
    assert read(tensor(0, (4,), (1,))).shape == (4,)
    assert read(tensor(3, (1000, 1), (0, 7))).shape == (1000, 1)
    assert read(tensor(4, (0,), (1,))).shape == (0,)


def nested(depth):
    return b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b"."


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b".",
        b"\x80\x02.",
        b"\x80\x02]q\0h\0a.",  # a list in itself
        nested(200),
        nested(100_000),
        b"\x80\x02}" + b"(" * 50_000 + b"t" * 50_000 + b"Ns.",  # a key that is nested without end
        b"\x80\x02\x8b\xff\xff\xff\x7f" + bytes(100) + b".",  # an int of 2 GiB
        b"\x80\x02\x8b\x10\x27\x00\x00" + b"\x01" * 10_000 + b".",
        b"\x80\x04\x8e" + b"\xff" * 8 + b".",
        b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.",
        b"\x80\x02c__builtin__\neval\nX\x01\0\0\x001\x85R.",
        b"\x80\x02ctorch\nTensor\nM\x10'\x85R.",  # classes are not called
        b"\x80\x02ctorch\nFloatStorage\n.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.",
        b"\x80\x02(X\x07\0\0\0storageNNNNtQ.",
        b"\x80\x02K\x01K\x02R.",
        b"I" + b"9" * 100_000 + b"\n.",
        b"S'" + b"(" * 100_000 + b"\n.",
        b"(((((((",
        b"\x80\x02h\x07.",
        b"\x80\x02\x94.",
        b"\xff.",
    ],
)
def test_programs_that_are_wrong(program):
    with pytest.raises(FileError):
        read(archive(program))


def test_archives_that_are_wrong():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x/data.pkl", b"\x80\x02N.")
        made.writestr("x/data/0", bytes(1 << 20))
    with pytest.raises(FileError, match="compressed"):
        read(packed.getvalue())
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as made:
        made.writestr("x/data.pkl", b"\x80\x02N.")
        made.writestr("y/data.pkl", b"\x80\x02N.")
    with pytest.raises(FileError, match=r"one data\.pkl"):
        read(twice.getvalue())
    assert read(archive(b"\x80\x02N.")) is None


DAMAGED = 10_000


def test_ten_thousand_damaged_files():
    """Cut short, with other bytes, or with another program under a right checksum: an error of one kind."""
    rng = random.Random(7)
    data = {"w": torch.arange(6.0).reshape(2, 3), "n": [1, 2.5, "a", None], "b": np.ones(2)}
    zipped, legacy = saved(data), saved(data, new=False)
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        program = opened.read("archive/data.pkl")
        storage = opened.read("archive/data/0")
    refused = 0
    while refused < DAMAGED:
        way = rng.randrange(4)
        if way == 0:
            whole = rng.choice((zipped, legacy))
            content = whole[: rng.randrange(len(whole))]
        elif way == 1:
            content = changed(zipped, rng)
        elif way == 2:
            content = changed(legacy, rng)
        else:
            content = archive(changed(program, rng), {"0": storage})
        try:
            read(content)
        except FileError:
            refused += 1
        else:
            assert way != 0, "a part of a file was taken for the whole"


def changed(data: bytes, rng: random.Random) -> bytes:
    """With one to three bytes that are others."""
    made = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)
