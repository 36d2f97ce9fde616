"""What a file is, told by its first bytes, and what reads it."""

from __future__ import annotations

import re

__all__ = ["is_torch", "kind_of"]

_PICKLE = "Reading one can run any code, so Ravine does not. "
_TORCH = "a file of torch.save. Read it with ravine.load(PATH)"
_PLAIN = (
    f"a pickle, as pickle.dump writes it. {_PICKLE}If you know who wrote it, read it with pickle.load and "
    "write it with ravine.save"
)
_NPZ = (
    "an archive of NumPy arrays (.npz). Read it with {name: ravine.tensor(array) for name, array in "
    "numpy.load(PATH).items()}"
)
_IMAGE = "a {} picture. Read it with Pillow: ravine.tensor(numpy.asarray(PIL.Image.open(PATH)))"
_PACKED = "a file packed by {0}. Unpack it first, with {0} -d"

# Protocols 2 to 5 have a mark; 0 is text, 1 is half of it: a dict, a list, a tuple or a class, and its memo.
_PICKLED = rb"\x80[\x02-\x05]|\([dl]p?\d*\n|[}\])]q\0|\([dlt]q\0|c[\w.]+\n\w+\n(p\d+\n|q\0)"

# The number, and the end of the first pickle, of the older form of torch.save's files.
_MAGIC = b"l\xfc\x9cF\xf9 j\xa8P\x19."

# Kinds that begin with the same bytes come in the order in which they are tried.
_STARTS: list[tuple[bytes, str]] = [
    (
        b"\x93NUMPY",
        "an array of NumPy (.npy): numpy.load reads it. Read it with ravine.tensor(numpy.load(PATH))",
    ),
    (b"\x80\x02\x8a\n" + _MAGIC, _TORCH),
    (
        b"\x89HDF\r\n\x1a\n",
        "an HDF5 file, as Keras and h5py write it. Read its arrays with h5py.File(PATH) and give them to "
        "ravine.tensor",
    ),
    (
        b"GGUF",
        "a GGUF file of llama.cpp. Read its arrays with the package gguf (gguf.GGUFReader(PATH)) and give "
        "them to ravine.tensor",
    ),
    *((start, "a GGML file of an old llama.cpp. Convert it to safetensors") for start in (b"lmgg", b"tjgg")),
    (b"\x89PNG\r\n\x1a\n", _IMAGE.format("PNG")),
    (b"\xff\xd8\xff", _IMAGE.format("JPEG")),
    (b"GIF8", _IMAGE.format("GIF")),
    (b"II*\0", _IMAGE.format("TIFF")),
    (b"MM\0*", _IMAGE.format("TIFF")),
    (b"\x1f\x8b", _PACKED.format("gzip")),
    (b"BZh", _PACKED.format("bzip2")),
    (b"\xfd7zXZ\0", _PACKED.format("xz")),
    (b"\x28\xb5\x2f\xfd", _PACKED.format("zstd")),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it and give a file of it"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet table. Read it with pandas.read_parquet(PATH)"),
    (b"ARROW1", "an Arrow file. Read it with pyarrow.ipc.open_file(PATH)"),
    (b"MATLAB ", "a file of MATLAB. Read its arrays with scipy.io.loadmat(PATH)"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself. Fetch that with git lfs pull"),
]


def kind_of(start: bytes, where: str, text: bool = True) -> str | None:
    """What a file looks like and what to do with it, as sentences; None if nothing is known.

    Args:
        start: its first bytes; 512 are enough.
        where: its path.
        text: whether a text is a kind to be told, too.

    >>> kind_of(b"%PDF-1.7", "paper.pdf")
    'It looks like a PDF document'
    """
    kind = _binary(start) or (_text(start) if text else None)
    return kind and f"It looks like {kind.replace('PATH', repr(where))}"


def is_torch(start: bytes) -> bool:
    """Whether a file is one of torch.save, by its first bytes.

    >>> is_torch(b"%PDF-1.7")
    False
    """
    return _binary(start) is _TORCH or _MAGIC in start[:32]


def _binary(start: bytes) -> str | None:
    for begin, kind in _STARTS:
        if start.startswith(begin):
            return kind
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(start)
    if re.match(_PICKLED, start):
        return _PLAIN
    if start[257:262] == b"ustar":
        return "a tar archive. Unpack it and give a file of it"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _IMAGE.format("WebP")
    if start[:2] == b"BM" and start[6:10] == bytes(4):
        return _IMAGE.format("BMP")
    if start[4:8] == b"TFL3":
        return "a model of TensorFlow Lite"
    # Protocol buffers have no mark: the version, then a string or a message.
    if re.match(rb"\x08[\x01-\x1f][\x12\x1a\x22\x2a\x32\x3a\x42]", start):
        return (
            "an ONNX model, by its look. Read its weights with onnx.numpy_helper.to_array, for each of "
            "onnx.load(PATH).graph.initializer"
        )
    return None


def _zip(start: bytes) -> str:
    """An archive's kind, by the name of its first member."""
    length = int.from_bytes(start[26:28], "little")
    name = start[30 : 30 + length]
    if name.endswith(b".npy"):
        return _NPZ
    if not name or b"data.pkl" in start or name.endswith((b"/version", b"/byteorder", b"/.format_version")):
        return _TORCH
    if name == b"metadata.json" or b"model.weights.h5" in start:
        return "a model of Keras (.keras), a zip archive. Unpack it and read model.weights.h5 with h5py.File"
    if name.startswith((b"[Content_Types]", b"_rels", b"docProps", b"xl/")):
        return "a document of an office program. Save its table as CSV, for ravine.datasets.csv"
    return "a zip archive. Unpack it and give a file of it"


def _text(start: bytes) -> str | None:
    """The kind of a text."""
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # other than a character that the cut went through
            return None
        text = start[: error.start].decode("utf-8-sig")
    if not text.strip() or re.search(r"[^\t\n\r\f\x20-\U0010ffff]", text):
        return None
    head = text.lstrip().lower()
    if head.startswith(("<!doctype html", "<html")):
        return "a page of a web site. Fetch the file itself, not the page about it"
    if head.startswith("{") and "weight_map" in head:
        return "the index of a model in several files. Load those one by one; it names them"
    if re.match(r"[{\[]\s*([\"{\[\]}\d-]|$)", head):
        return "JSON. Read it with json.load"
    lines = head.splitlines()
    if len(lines) > 1 and lines[0].count(",") == lines[1].count(",") > 0:
        return "a table of comma-separated values. Read it with ravine.datasets.csv(PATH)"
    return "text. Read it with ravine.datasets.text(PATH)"
