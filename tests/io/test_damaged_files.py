"""Damaged files: every reader gives what is there or its documented error, in bounded time and memory.

RAVINE_FUZZ=2000 damages each kind of file so often.
"""

import gzip
import io
import json
import os
import random
import resource
import shutil
import time
import warnings

import numpy as np
import pytest

import ravine as rv
from ravine import nn, optim
from ravine.datasets import cifar10, csv, mnist, text
from ravine.errors import FileError
from ravine.io import safetensors
from ravine.train import CheckpointError, Run, load_checkpoint, save_checkpoint

COUNT = int(os.environ.get("RAVINE_FUZZ", "60"))
PIECES = (b"\0", b'"', b"{", b"}", b"[", b"]", b",", b"-", b"9" * 30, b"e9", b"null", b"1152921504606846976")
VALUES = [
    *(None, True, 0, -1, 1, 2, 3.5, 2**60, 2**63, 2**64, 10**30, "", "x", "nan", "0.weight", "\ud800"),
    *([], {}, [[]], [1] * 70, {"a": 1}, {"dict": [[1]]}, {"dict": [[{"x": 1}, 2]]}, {"tuple": 3}),
    *({"float": "x"}, {"dtype": "nn"}, {"dtype": 7}, {"tensor": [1]}, {"tensor": "none"}, {"array": "array"}),
    *(
        {"scalar": "array"},
        {"array": "half"},
        {"tensor": "ints", "grad": True},
        {"tensor": "ints", "copy": "x"},
    ),
    *({"tensor": "ints", "parameter": True, "grad": True}, {"tensor": "new", "copy": "new"}),
]


class Damage:
    """Changes of a file's bytes, and of the JSON in the header of a safetensors file."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def bytes(self, data):
        chance, data = self.random, bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 4])):
            at = chance.randrange(min(len(data), chance.choice([12, 400, len(data) or 1])) or 1)
            match chance.randrange(6):
                case 0:
                    data[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    del data[at : at + chance.choice([1, 2, 8, 50])]
                case 2:
                    data[at:at] = chance.choice(PIECES)
                case 3:
                    del data[at:]
                case 4:
                    other = chance.randrange(len(data) + 1)
                    data[at:at] = data[other : other + 40]
                case _:
                    digits = [place for place, byte in enumerate(data[:400]) if 48 <= byte < 58]
                    if digits:
                        data[chance.choice(digits)] = 48 + chance.randrange(10)
        return bytes(data)

    def header(self, data):
        """Any node of the header, or of the tree in it, is another one; the lengths fit."""
        size = int.from_bytes(data[:8], "little")
        table = json.loads(data[8 : 8 + size])
        where = self.random.random()
        if where < 0.7:
            table["__metadata__"]["tree"] = json.dumps(self.node(json.loads(table["__metadata__"]["tree"])))
        else:
            table = self.node(table)
        head = json.dumps(table).encode()
        return len(head).to_bytes(8, "little") + head + data[8 + size :]

    def node(self, tree):
        places = []

        def walk(value):
            for key in range(len(value)) if isinstance(value, list) else list(value):
                places.append((value, key))
                if isinstance(value[key], (list, dict)):
                    walk(value[key])

        walk(tree)
        value, key = self.random.choice(places)
        if self.random.random() < 0.15:
            del value[key]
        else:
            value[key] = self.random.choice(VALUES)
        return tree


def model():
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    optimizer = optim.Adam(net.parameters())
    net(rv.ones(2, 3)).sum().backward()
    optimizer.step()
    return {"model": net, "optimizer": optimizer, "scheduler": optim.lr_scheduler.StepLR(optimizer, 1)}


def saved(path):
    rv.save(
        {
            "x": rv.ones(2, 3),
            "plain": [1, 2.5, None, float("nan"), "text", (rv.float16,)],
            "parameter": nn.Parameter(rv.ones(2)),
            "ints": rv.arange(3),
            "array": np.arange(3),
            "scalar": np.float32(2),
            "half": rv.ones(2, dtype=rv.bfloat16),
            "mask": rv.tensor([True, False]),
        },
        path,
    )
    return path.read_bytes()


def checkpoint(path):
    save_checkpoint(path, **model(), step=3, best=0.5)
    return path.read_bytes()


def in_parts(path):
    with safetensors.safe_open(path) as file:
        for name in file.keys():  # noqa: SIM118
            part = file.get_slice(name)
            part[: part.get_shape()[0]] if part.get_shape() else part[()]


IDX = b"\0\0\x08\x03" + (2).to_bytes(4, "big") * 3 + bytes(8)
TABLE = b'a,b,"c"\n1,2.5,"x, y"\n,7,z\n"1e5",nan,?\n'


def read_mnist(path):
    folder = path.with_name("mnist")
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder / "train-images-idx3-ubyte")
    (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + (2).to_bytes(4, "big") + b"\1\2")
    mnist(folder, "train")


def read_cifar(path):
    folder = path.with_name("cifar")
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder / "test_batch.bin")
    cifar10(folder, "test")


# What makes a file's bytes, what reads them, and the errors that it documents.
READERS = {
    "load": (saved, rv.load, (FileError,)),
    "load of bytes": (saved, lambda path: rv.load(io.BytesIO(path.read_bytes())), (FileError,)),
    "load_file": (saved, safetensors.load_file, (FileError,)),
    "safe_open": (saved, in_parts, (FileError,)),
    "load_checkpoint": (checkpoint, load_checkpoint, (FileError,)),
    "load_checkpoint of parts": (
        checkpoint,
        lambda path: load_checkpoint(path, **model()),
        (FileError, RuntimeError, ValueError),
    ),
    "mnist": (lambda path: IDX, read_mnist, (FileError,)),
    "mnist, gzipped": (lambda path: gzip.compress(IDX), read_mnist, (FileError,)),
    "cifar10": (lambda path: bytes(3073), read_cifar, (FileError,)),
    "csv": (lambda path: TABLE, csv, (FileError,)),
    "csv, gzipped": (lambda path: gzip.compress(TABLE), csv, (FileError,)),
    "text": (lambda path: gzip.compress("räv\r\nine".encode()), text, (FileError,)),
}


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files(reader, tmp_path):
    make, read, documented = READERS[reader]
    good, path, damage = make(tmp_path / "good"), tmp_path / "damaged", Damage(reader)
    path.write_bytes(good)
    read(path)
    refused = 0
    for number in range(COUNT):
        json_too = number % 2 and make in (saved, checkpoint)
        path.write_bytes(damage.header(good) if json_too else damage.bytes(good))
        began = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of another version
                read(path)
        except documented:
            refused += 1
        assert time.process_time() - began < 5
    assert refused > COUNT / 10


@pytest.mark.parametrize("name", ["last.safetensors", "best.safetensors", "metrics.jsonl"])
def test_damaged_runs(name, tmp_path):
    out, damage = tmp_path / "out", Damage(name)

    def run(resume):
        parts = {"loader": range(3), **model()}
        return Run("own", steps=5, seed=0, out=out, parts=parts, stream=io.StringIO(), resume=resume)

    with run(resume=False) as first:
        first.step(1.0, epoch=0, lr=0.1)
        first.evaluate(val_loss=1.0)
        first.save()
    good = {file.name: file.read_bytes() for file in out.iterdir()}
    refused = 0
    for number in range(COUNT):
        for other, data in good.items():
            (out / other).write_bytes(data)
        json_too = number % 2 and name == "last.safetensors"
        (out / name).write_bytes(damage.header(good[name]) if json_too else damage.bytes(good[name]))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run(resume=True).close()
        except CheckpointError:
            refused += 1
    assert refused > COUNT / 10


def header(table, data=b""):
    head = json.dumps(table).encode()
    return len(head).to_bytes(8, "little") + head + data


def tensor(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HUGE = {
    "a header": (2**60).to_bytes(8, "little") + b"{}",
    "a tensor": header({"x": tensor("U8", [2**60], 0, 2**60)}, b"xy"),
    "a product": header({"x": tensor("F32", [2**30, 2**30, 2**30], 0, 2**60)}, b"xy"),
    "around a zero": header({"x": tensor("F32", [2**62, 0, 2**62], 0, 0)}),
    "images": b"\0\0\x0e\xff" + b"\xff" * 4 * 255 + b"xy",
    "an idx file": b"\0\0\x08\x03" + b"\xff" * 12 + b"xy",
    "packed zeros": gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12 + bytes(10**6)),
}


@pytest.mark.parametrize("claim", HUGE)
def test_what_a_header_claims_is_not_allocated(claim, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(HUGE[claim])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (rv.load, safetensors.load_file, load_checkpoint, read_mnist):
        with pytest.raises(FileError):
            read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_time_does_not_grow_with_the_square_of_a_file(tmp_path):
    path = tmp_path / "x"
    names = [f'"{number}":0' for number in range(60_000)]
    text = ("{" + ",".join([*names, names[-1]]) + "}").encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    began = time.process_time()
    with pytest.raises(FileError, match="the name '59999' comes twice"):
        rv.load(path)
    path.write_text(",".join(map(str, range(60_000))) + ",59999\n")
    with pytest.raises(FileError, match="the column '59999' comes twice"):
        csv(path)
    assert time.process_time() - began < 5
