"""Readers for the files of other sets, on small files of the same format, right and wrong."""

# pyright: reportArgumentType=false

import gzip
import struct

import numpy as np
import pytest

from ravine.datasets import CIFAR10_CLASSES, cifar10, csv, mnist, text
from ravine.datasets._idx import idx
from ravine.errors import FileError


def idx_bytes(array, code):
    shape = array.shape
    return (
        struct.pack(f">2x2B{len(shape)}I", code, len(shape), *shape)
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (5, 4, 3), dtype=np.uint8), np.array([3, 1, 4, 1, 5], np.uint8)


def write_mnist(folder, images, labels, stem="train", pack=False, dot="-"):
    for kind, array, n in (("images", images, 3), ("labels", labels, 1)):
        data = idx_bytes(array, 8)
        name = f"{stem}-{kind}{dot}idx{n}-ubyte" + (".gz" if pack else "")
        (folder / name).write_bytes(gzip.compress(data) if pack else data)


# ---- idx and MNIST


@pytest.mark.parametrize("code", [8, 9, 0x0B, 0x0C, 0x0D, 0x0E])
@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (2, 3, 4, 5)])
def test_idx_of_every_type(code, shape, tmp_path, rng):
    kind = {8: "u1", 9: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}[code]
    array = np.asarray(rng.standard_normal(shape) * 50).astype(kind)
    path = tmp_path / "x"
    for pack in (bytes, gzip.compress):
        path.write_bytes(pack(idx_bytes(array, code)))
        found = idx(path)
        assert found.dtype == array.dtype
        assert found.dtype.isnative
        assert found.shape == shape
        assert np.array_equal(found, array)


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("dot", ["-", "."])
def test_mnist(pack, dot, tmp_path, pictures):
    images, labels = pictures
    write_mnist(tmp_path, images, labels, pack=pack, dot=dot)
    write_mnist(tmp_path, images[:2], labels[:2], "t10k", pack, dot)
    for part, size in (("train", 5), ("test", 2)):
        x, y = mnist(tmp_path, part)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert np.array_equal(x, images[:size] / np.float32(255))
        assert y.tolist() == labels[:size].tolist()
        x[:] = 0


GOOD = idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3), 8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "begins with nothing"),
        (b"\x89PNG", "no idx file: it begins with 89 50 4e 47"),
        (b"\0\0\x07\1\0\0\0\1\0", "no idx file"),
        (GOOD[:6], "cut off within its header"),
        (GOOD[:9], "cut off within its header"),
        (struct.pack(">2x2B70I", 8, 70, *[1] * 70) + b"a", "promises what is no array"),
        (struct.pack(">2x2B4I", 8, 4, 0, *[2**32 - 1] * 3), "promises what is no array"),
        (GOOD[:-1], r"promises shape \(2, 3\) of uint8, 6 bytes, but 5 follow: it is cut off"),
        (GOOD + b"\0", "6 bytes, but more follow"),
        (struct.pack(">2x2B3I", 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1) + b"abc", "but 3 follow"),
        (gzip.compress(GOOD)[:-9], "cut off or damaged"),
        (gzip.compress(GOOD)[:-5] + b"\0\6\0\0\0", r"cut off or damaged .*CRC"),
        (gzip.compress(GOOD[:-2]), "but 4 follow"),
    ],
)
def test_idx_files_that_are_wrong(data, message, tmp_path):
    path = tmp_path / "wrong"
    path.write_bytes(data)
    with pytest.raises(FileError, match=message) as caught:
        idx(path)
    assert str(path) in str(caught.value)


def test_every_truncated_idx_file_is_noticed(tmp_path):
    path = tmp_path / "x"
    for data in (GOOD, gzip.compress(GOOD)):
        for size in range(len(data)):
            path.write_bytes(data[:size])
            with pytest.raises(FileError):
                idx(path)


def test_mnist_folders_that_are_wrong(tmp_path, pictures):
    images, labels = pictures
    with pytest.raises(FileNotFoundError, match=r"neither train-images-idx3-ubyte nor .*\.gz.*Fashion-MNIST"):
        mnist(tmp_path, "train")
    write_mnist(tmp_path, images, labels[:4])
    with pytest.raises(FileError, match=r"has 5 images, but .* has 4 labels"):
        mnist(tmp_path, "train")
    write_mnist(tmp_path, labels, images)
    with pytest.raises(
        FileError, match=r"expected images, uint8 in 3 dimensions, got uint8 in 1 of shape \(5,\)"
    ):
        mnist(tmp_path, "train")
    write_mnist(tmp_path, images, images)
    with pytest.raises(FileError, match="expected labels, uint8 in 1 dimension"):
        mnist(tmp_path, "train")
    with pytest.raises(ValueError, match='"train" or "test", not \'valid\''):
        mnist(tmp_path, "valid")


# ---- CIFAR-10


def write_cifar(folder, rng):
    folder.mkdir(exist_ok=True)
    written = {}
    for name in [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]:
        labels = rng.integers(0, 10, 4, dtype=np.uint8)
        images = rng.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
        (folder / f"{name}.bin").write_bytes(
            b"".join(bytes([label]) + image.tobytes() for label, image in zip(labels, images))
        )
        written[name] = images, labels
    return written


def test_cifar10(tmp_path, rng):
    written = write_cifar(tmp_path / "cifar-10-batches-bin", rng)
    for folder in (tmp_path, tmp_path / "cifar-10-batches-bin"):
        x, y = cifar10(folder, "train")
        assert x.shape == (20, 3, 32, 32)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert np.array_equal(x[4:8], written["data_batch_2"][0] / np.float32(255))
        assert y[4:8].tolist() == written["data_batch_2"][1].tolist()
        x, y = cifar10(folder, "test")
        assert np.array_equal(x, written["test_batch"][0] / np.float32(255))
    assert len(CIFAR10_CLASSES) == 10


def test_cifar10_folders_that_are_wrong(tmp_path, rng):
    write_cifar(tmp_path, rng)
    path = tmp_path / "data_batch_3.bin"
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(
        FileError, match=r"data_batch_3.bin: 12,291 bytes are no whole number of records of 3,073"
    ):
        cifar10(tmp_path, "train")
    path.write_bytes(data[:3073] + b"\x0a" + data[3074:])
    with pytest.raises(FileError, match="record 1 has the label 10, but there are 0 to 9"):
        cifar10(tmp_path, "train")
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"no data_batch_3.bin. Unpack cifar-10-binary.tar.gz"):
        cifar10(tmp_path, "train")
    (tmp_path / "data_batch_3").touch()
    with pytest.raises(FileNotFoundError, match="the version for Python, whose pickles are not read"):
        cifar10(tmp_path, "train")
    with pytest.raises(ValueError, match='cifar10: part must be "train" or "test"'):
        cifar10(tmp_path, "all")


# ---- text


def test_text(tmp_path):
    path = tmp_path / "t"
    for data in (b"\xef\xbb\xbfa\r\nb\xc3\xa9\rc\n", gzip.compress("a\nbé\nc\n".encode())):
        path.write_bytes(data)
        assert text(path) == "a\nbé\nc\n"
    path.write_bytes("a\nbé".encode("latin-1"))
    with pytest.raises(FileError, match=r"line 2: the byte 0xe9 is no utf-8.*encoding=\"latin-1\""):
        text(path)
    assert text(path, "latin-1") == "a\nbé"
    path.write_bytes(gzip.compress(b"abc")[:-4])
    with pytest.raises(FileError, match="cut off or damaged"):
        text(path)
    with pytest.raises(FileNotFoundError):
        text(tmp_path / "none")


# ---- csv


def table(tmp_path, content, **options):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return csv(path, **options)


def test_types_are_guessed(tmp_path):
    content = 'i,f,gap,s,q\r\n1, 2.5,,a,"x, ""y""\nz"\r\n\r\n-3,1e3,7,NA,\'\r\n'
    found = table(tmp_path, content)
    assert {name: array.dtype.kind for name, array in found.items()} == {
        "i": "i",
        "f": "f",
        "gap": "f",
        "s": "U",
        "q": "U",
    }
    assert found["i"].tolist() == [1, -3]
    assert found["f"].tolist() == [2.5, 1000]
    assert np.isnan(found["gap"][0])
    assert found["s"].tolist() == ["a", ""]
    assert found["q"].tolist() == ['x, "y"\nz', "'"]


def test_types_are_given(tmp_path):
    content = "a;b;c;d\n1;yes;2;03\n0;False;;4\n"
    types = {"a": "int32", "b": "bool", "c": "float32", "d": "str"}
    found = table(tmp_path, content, types=types, delimiter=";")
    assert {name: array.dtype.name for name, array in found.items() if name != "d"} == {
        "a": "int32",
        "b": "bool",
        "c": "float32",
    }
    assert found["b"].tolist() == [True, False]
    assert found["d"].tolist() == ["03", "4"]
    assert list(table(tmp_path, content, columns=["d", "a"], delimiter=";")) == ["a", "d"]
    plain = table(tmp_path, "1,2\n3,-999\n", header=False, missing=["-999"])
    assert plain["0"].tolist() == [1, 3]
    assert np.isnan(plain["1"][1])
    assert table(tmp_path, "a,b\n")["a"].shape == (0,)
    wide = table(tmp_path, "a\nx\u2028y\n")
    assert wide["a"].tolist() == ["x\u2028y"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "the file is empty"),
        ("a,b\n1,2\n3\n", {}, r"t.csv, line 3: 1 values, but there are 2 columns \(a, b\)"),
        ('a,b\n"1\n2",3\n4,5,6\n', {}, "line 4: 3 values"),
        ("a,b,a\n", {}, "line 1: the column 'a' comes twice"),
        ("a\n1\nx\n", {"types": {"a": "int64"}}, "line 3, column 'a': 'x' is no int64"),
        ("a\n1.5\n", {"types": {"a": "int32"}}, "line 2, column 'a': '1.5' is no int32"),
        ("a\n1_000\n", {"types": {"a": "int64"}}, "'1_000' is no int64"),
        ("a\nmaybe\n", {"types": {"a": "bool"}}, "'maybe' is no bool"),
        (
            "a\n1\nNA\n",
            {"types": {"a": "int64"}},
            "line 3, column 'a': 'NA' stands for a missing value, which int64 does not",
        ),
        (
            "a\n1\n3000000000\n",
            {"types": {"a": "int32"}},
            "line 3, column 'a': 3000000000 is too large for int32",
        ),
        ('a\n"1\n', {}, "line 2: unexpected end of data"),
        ('a\n"1"x\n', {}, "line 2: .*expected after"),
        (b"a\n\xff\n", {}, "line 2: the byte 0xff is no utf-8"),
    ],
)
def test_tables_that_are_wrong(content, options, message, tmp_path):
    with pytest.raises(FileError, match=message):
        table(tmp_path, content, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": {"a": "number"}}, "the type of column 'a' should be one of int64, .*, not 'number'"),
        ({"types": {"z": "str"}}, "has no column 'z'; it has a, b"),
        ({"columns": ["z"]}, "has no column 'z'"),
        ({"delimiter": "::"}, "the delimiter should be one character"),
    ],
)
def test_options_that_are_wrong(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        table(tmp_path, "a,b\n1,2\n", **options)
