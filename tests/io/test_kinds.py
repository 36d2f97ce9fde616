"""What a file is, is told by its content; each sentence says how to read it."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import zipfile

import numpy as np
import pytest

import ravine as rv
from ravine.datasets import csv, mnist
from ravine.errors import FileError
from ravine.io import safetensors
from ravine.train import load_checkpoint


def of_numpy(write, *arrays, **named):
    file = io.BytesIO()
    write(file, *arrays, **named)
    return file.getvalue()


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return file.getvalue()


STATE = {"weight": np.ones(2), "names": ["a", "b"]}
MORE = bytes(600)
PICKLE = "a pickle, as pickle.dump writes it"

# A file, what it is said to be, and what is said to read it.
FILES = {
    "x.npz": (of_numpy(np.savez, a=np.ones(3)), "an archive of NumPy arrays", "numpy.load('{path}').items()"),
    "c.npz": (of_numpy(np.savez_compressed, np.ones(3)), "an archive of NumPy", "numpy.load('{path}')"),
    "x.npy": (of_numpy(np.save, np.ones(3)), "an array of NumPy", "ravine.tensor(numpy.load('{path}'))"),
    **{
        f"{protocol}.pkl": (pickle.dumps(state, protocol), PICKLE, "pickle.load")
        for protocol in range(6)
        for state in [STATE["names"] if protocol == 1 else STATE]
    },
    "array.pkl": (pickle.dumps(np.ones(3), 0), PICKLE, "ravine.save"),
    "x.gz": (gzip.compress(b"abc"), "packed by gzip", "gzip -d"),
    "x.bz2": (bz2.compress(b"abc"), "packed by bzip2", "bzip2 -d"),
    "x.xz": (lzma.compress(b"abc"), "packed by xz", "xz -d"),
    "x.zst": (b"\x28\xb5\x2f\xfd" + MORE, "packed by zstd", "zstd -d"),
    "x.h5": (b"\x89HDF\r\n\x1a\n" + MORE, "an HDF5 file", "h5py.File('{path}')"),
    "x.keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "a model of Keras", "h5py.File"),
    "x.zip": (zipped("readme.md"), "a zip archive", "Unpack it"),
    "x.xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "an office program", "ravine.datasets.csv"),
    "x.onnx": (b"\x08\x07\x12\x07pytorch\x1a\x052.0.0:\xff", "an ONNX model", "onnx.load('{path}')"),
    "x.gguf": (b"GGUF\x03\0\0\0" + MORE, "a GGUF file", "gguf.GGUFReader('{path}')"),
    "x.png": (b"\x89PNG\r\n\x1a\n" + MORE, "a PNG picture", "PIL.Image.open('{path}')"),
    "x.jpg": (b"\xff\xd8\xff\xe0" + MORE, "a JPEG picture", "PIL.Image.open"),
    "x.webp": (b"RIFF\0\1\0\0WEBP" + MORE, "a WebP picture", "PIL.Image.open"),
    "x.tar": (bytes(257) + b"ustar" + MORE, "a tar archive", "Unpack it"),
    "x.pdf": (b"%PDF-1.7" + MORE, "a PDF document", "Give a file that"),
    "x.parquet": (b"PAR1" + MORE, "a Parquet table", "pandas.read_parquet('{path}')"),
    "x.json": (json.dumps({"a": [1, 2]}).encode(), "JSON", "json.load"),
    "list.json": (b"[\n  1,\n  2\n]", "JSON", "json.load"),
    "x.index.json": (
        b'{"metadata": {}, "weight_map": {"a": "b"}}',
        "the index of a model in several files",
        "one",
    ),
    "x.csv": (b"a,b\n1,2\n3,4\n", "a table of comma-separated values", "ravine.datasets.csv('{path}')"),
    "x.html": (b"<!DOCTYPE html>\n<html>not found</html>", "a page of a web site", "Fetch the file itself"),
    "x.lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
        "a pointer of Git LFS",
        "git lfs pull",
    ),
    "x.txt": ("ein schöner Text, € und 中".encode() * 40, "text", "ravine.datasets.text('{path}')"),
    "short": (b"abc", "text", "ravine.datasets.text"),
    "empty": (b"", "it has 0 bytes", "Fetch or save it again"),
    "zeros": (MORE, "does not begin with '{{'", "Fetch or save it again"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_is_named_and_so_is_its_reader(name, tmp_path):
    """Whatever the file's name is, and whoever reads it."""
    data, what, how = FILES[name]
    for path in (tmp_path / name, tmp_path / "model.safetensors"):
        path.write_bytes(data)
        for read in (rv.load, safetensors.load_file, safetensors.safe_open, load_checkpoint):
            with pytest.raises(FileError) as caught:
                read(path)
            said = str(caught.value)
            assert said.startswith(f"{path}: ")
            assert what.format() in said
            assert how.format(path=path) in said
    with pytest.raises(FileError) as caught:
        rv.load(io.BytesIO(data))
    assert what.format() in str(caught.value)
    with pytest.raises(FileError):
        safetensors.load(data)


def test_what_is_told_to_read_it_reads_it(tmp_path):
    path = str(tmp_path / "x.npz")
    np.savez(path, a=np.arange(3), b=np.ones(2, np.float32))
    with pytest.raises(FileError) as caught:
        rv.load(path)
    command = str(caught.value).split("Read it with ")[1].split(". Give a file")[0]
    state = eval(command, {"ravine": rv, "numpy": np})
    assert {name: value.tolist() for name, value in state.items()} == {"a": [0, 1, 2], "b": [1, 1]}
    path = str(tmp_path / "x.npy")
    np.save(path, np.arange(3))
    with pytest.raises(FileError) as caught:
        rv.load(path)
    command = str(caught.value).split("Read it with ")[1].split(". Give a file")[0]
    assert eval(command, {"ravine": rv, "numpy": np}).tolist() == [0, 1, 2]


def test_a_file_of_torch_in_either_format(torch, tmp_path):
    for zip_format in (True, False):
        path = tmp_path / "x"
        torch.save({"x": torch.ones(2)}, path, _use_new_zipfile_serialization=zip_format)
        with pytest.raises(FileError, match=r"a file of torch.save. Read it with ravine.load"):
            safetensors.load_file(path)
        assert rv.load(path)["x"].tolist() == [1, 1]


def test_no_length_of_a_header_is_taken_for_another_kind():
    """640 is 80 02, as a pickle begins; 67,324,752 is PK 03 04."""
    x = rv.arange(3)
    for size in range(0, 3000, 8):
        data = safetensors.save({"x": x}, {"pad": "-" * size})
        assert safetensors.load(data)["x"].tolist() == [0, 1, 2]
        with pytest.raises(FileError, match="cut off"):
            safetensors.load(data[:60])
    head = b'{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.ljust(0x04034B50)
    assert safetensors.load(len(head).to_bytes(8, "little") + head + b"\5")["x"].tolist() == [5]


def test_folders_pipes_and_nothing(tmp_path):
    with pytest.raises(IsADirectoryError, match=r"A folder stands there. Give a file in it:"):
        rv.load(tmp_path)
    rv.save({}, tmp_path / "b.safetensors")
    with pytest.raises(IsADirectoryError, match=r"Give a file in it, such as b.safetensors"):
        rv.load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match=r"no regular file. Read it, and give ravine.load"):
        rv.load(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError, match="No such file"):
        rv.load(tmp_path / "none")


def test_readers_of_texts_and_images_know_the_kinds_too(tmp_path):
    (tmp_path / "x.csv").write_bytes(FILES["x.npy"][0])
    with pytest.raises(FileError, match=r"x.csv: no text. It looks like an array of NumPy"):
        csv(tmp_path / "x.csv")
    (tmp_path / "train-images-idx3-ubyte").write_bytes(FILES["x.png"][0])
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\1\1")
    with pytest.raises(FileError, match=r"no idx file: .*It looks like a PNG picture"):
        mnist(tmp_path, "train")
    with pytest.raises(ValueError, match="unknown encoding: klingon"):
        csv(tmp_path / "x.csv", encoding="klingon")
