"""The rows of the table that are about files, the network and the command line; see `mistakes.py`.

`folder` is an empty folder, `command` runs `ravine ...`, and what it prints is the message; the other names
are defined below.
"""

from __future__ import annotations

import errno
import gzip
import json
import os
import shlex
import socket
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest import mock

import ravine
from errors.mistakes import Mistake
from ravine import cli, errors, nn
from ravine.datasets import csv, download
from ravine.io import _atomic
from ravine.train import Run, load_checkpoint, save_checkpoint


class Refused(Exception):
    """The command ended with an exit code other than 0; the message is what it printed."""


def command(line):
    """Run the ravine command with these arguments."""
    said = StringIO()
    with redirect_stderr(said), redirect_stdout(StringIO()):
        code = cli.main(shlex.split(str(line)))
    text = said.getvalue()
    assert "Traceback" not in text
    if code:
        raise Refused(f"exit {code}: {text}")


def written(path, data):
    """The path of a new file with these bytes, or this text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def safetensors(path, *tensors, size, **more):
    """A file whose header says this of its tensors, and which has `size` bytes behind it."""
    keys = ("dtype", "shape", "data_offsets")
    table = {name: dict(zip(keys, rest, strict=True)) for name, *rest in tensors}
    head = json.dumps(table | more).encode()
    return written(path, len(head).to_bytes(8, "little") + head + bytes(size))


def idx(path, shape, values=b"", magic=b"\0\0\x08"):
    """A file of MNIST's format."""
    return written(path, magic + bytes([len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape) + values)


def mnist(folder, images=2, labels=2):
    """A folder with MNIST's training files, gzipped."""
    idx(folder / "train-images-idx3-ubyte", (images, 2, 2), bytes(4 * images))
    path = idx(folder / "train-labels-idx1-ubyte", (labels,), bytes(labels))
    written(path.with_name(path.name + ".gz"), gzip.compress(path.read_bytes()))
    path.unlink()
    return folder


def cut(path):
    """The same file without its last quarter."""
    data = path.read_bytes()
    return written(path, data[: 3 * len(data) // 4])


def saved(path, obj):
    """The path of a file with this state."""
    ravine.save(obj, path)
    return path


def checkpoint(path, **parts):
    """The path of a checkpoint of these."""
    save_checkpoint(path, **parts)
    return path


def run(out, **changes):
    """The folder of a run of digits-mlp that was stopped after its first of three steps."""
    settings = {"name": "digits-mlp", "steps": 3, "seed": 0} | changes
    with Run(**settings, out=out, parts={"model": nn.Linear(2, 2)}, stream=StringIO()) as run:
        run.step(1.0, epoch=0, lr=0.1)
        run.save()
    return out


class _Failing:
    """The os module of a machine on which one call fails."""

    def __init__(self, name, code):
        self._name, self._code = name, code

    def __getattr__(self, name):
        return self._fail if name == self._name else getattr(os, name)

    def _fail(self, *arguments):
        raise OSError(self._code, os.strerror(self._code))


def full_disk():
    """Whatever is saved now finds no space."""
    return mock.patch.object(_atomic, "os", _Failing("write", errno.ENOSPC))


def locked():
    """Whatever is saved now may not be written; root, who may run this, may write everywhere."""
    return mock.patch.object(_atomic, "os", _Failing("open", errno.EACCES))


def closed_port():
    """An address at which nobody answers."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/set.zip"


_FUNCTIONS = (
    *(command, written, safetensors, idx, mnist, cut, saved, checkpoint, run, full_disk, locked, closed_port),
    *(load_checkpoint, csv, download),
)
NAMES = {function.__name__: function for function in _FUNCTIONS} | {"gzip": gzip}

FILE, REFUSED = errors.FileError, Refused
RESUME = "command(f'train digits-mlp --steps 3 --resume --out {folder}')"

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    # ---- Reading tensors ----
    (
        "cut-off file",
        "ravine.load(cut(saved(folder / 'm.safetensors', {'x': ravine.ones(500)})))",
        FILE,
        ["m.safetensors", "2,000 bytes, but", "cut off"],
        "Fetch or save it again",
    ),
    (
        "cut-off file",
        "ravine.load(cut(saved(folder / 'm.safetensors', {f'x{i}': i for i in range(500)})))",
        FILE,
        ["m.safetensors", "cut off", "its header alone would have"],
        "Fetch or save it again",
    ),
    (
        "cut-off file",
        "ravine.load(written(folder / 'm.safetensors', ''))",
        FILE,
        ["m.safetensors", "0 bytes"],
        "Fetch or save it again",
    ),
    (
        "cut-off file",
        "ravine.datasets.text(cut(written(folder / 'poem.gz', gzip.compress(bytes(9999)))))",
        FILE,
        ["poem.gz", "cut off or damaged"],
        "Fetch it again",
    ),
    (
        "foreign file",
        "ravine.load(written(folder / 'model.pt', b'\\x80\\x02\\x8a\\nl\\xfc\\x9cF\\xf9 j\\xa8P\\x19.'))",
        FILE,
        ["model.pt", "the pickle is damaged at byte 15", "0 are left"],
        "Fetch or save it again",
    ),
    (
        "foreign file",
        "ravine.load(written(folder / 'readme.md', '# A model\\nof letters'))",
        FILE,
        ["readme.md", "begins with 23 20 41", "It looks like text"],
        "Give a file that ravine.save",
    ),
    (
        "foreign file",
        "ravine.load(written(folder / 'cat.png', b'\\x89PNG\\r\\n\\x1a\\n' + bytes(40)))",
        FILE,
        ["cat.png", "It looks like a PNG picture"],
        "Give a file that ravine.save",
    ),
    (
        "foreign file",
        "ravine.load({'w': w})",
        errors.DTypeError,
        ["load", "not dict"],
        "should be a path or an open binary file",
    ),
    (
        "lying header",
        "ravine.load(safetensors(folder / 'm', ('x', 'F32', [3], [0, 8]), size=8))",
        FILE,
        ["'x', F32 of shape [3]", "needs 12 bytes", "from 0 to 8"],
        "Fetch or save it again",
    ),
    (
        "lying header",
        "ravine.load(safetensors(folder / 'm', ('x', 'U8', [4], [0, 4]), ('y', 'U8', [2], [2, 4]), size=4))",
        FILE,
        ["'y' overlaps the tensor before it", "begins at 2, not 4"],
        "Fetch or save it again",
    ),
    (
        "lying header",
        "ravine.load(safetensors(folder / 'm', ('x', 'F33', [1], [0, 4]), size=4))",
        FILE,
        ["tensor 'x'", "'F33'"],
        "Save it as one of BOOL, U8",
    ),
    (
        "lying header",
        "ravine.load(safetensors(folder / 'm', ('x', 'U8', [4], [0, 4]), size=9))",
        FILE,
        ["tensors take 4 bytes, but 9 follow"],
        "Fetch or save it again",
    ),
    # ---- Checkpoints ----
    (
        "wrong checkpoint",
        "nn.Linear(2, 2).load_state_dict(ravine.load(saved(folder / 'm', Network().state_dict())))",
        RuntimeError,
        [
            "Linear",
            'Missing key(s) in state_dict: "weight", "bias"',
            'Unexpected key(s) in state_dict: "first',
        ],
        "Pass strict=False to load what fits",
    ),
    (
        "wrong checkpoint",
        "load_checkpoint(checkpoint(folder / 'm', model=nn.Linear(2, 3)), model=nn.Linear(2, 2))",
        RuntimeError,
        ["size mismatch for weight", "[3, 2] from checkpoint", "while restoring the model from"],
        "the shape in current model is [2, 2]",
    ),
    (
        "wrong checkpoint",
        "load_checkpoint(checkpoint(folder / 'm', model=nn.Linear(2, 3)), optimizer=optim.SGD([w], 0.1))",
        FILE,
        ["the checkpoint has no optimizer", "it has: model"],
        "Leave optimizer= out, or give it to save_checkpoint",
    ),
    (
        "wrong checkpoint",
        "load_checkpoint(saved(folder / 'm', nn.Linear(2, 2).state_dict()), model=nn.Linear(2, 2))",
        FILE,
        ["no checkpoint", "'weight', 'bias'"],
        "use model.load_state_dict(ravine.load(path))",
    ),
    (
        "checkpoint of another run",
        "run(folder); command(f'train fashion-cnn --steps 3 --resume --out {folder}')",
        REFUSED,
        ["exit 2", "last.safetensors", "recipe digits-mlp, not fashion-cnn"],
        "choose another folder",
    ),
    (
        "checkpoint of another run",
        "run(folder, seed=1); " + RESUME,
        REFUSED,
        ["exit 2", "last.safetensors", "seed 1, not 0"],
        "Resume it with its own settings",
    ),
    (
        "checkpoint of another run",
        "run(folder, steps=5); " + RESUME,
        REFUSED,
        ["exit 2", "last.safetensors", "steps 5, not 3"],
        "Resume it with its own settings",
    ),
    (
        "checkpoint of another run",
        "run(folder); " + RESUME,
        REFUSED,
        ["exit 1", "last.safetensors does not fit this recipe", "no optimizer"],
        "Start the run anew",
    ),
    (
        "resuming",
        RESUME,
        REFUSED,
        ["exit 2", "has no run to resume"],
        "Choose a run's folder, or start one",
    ),
    (
        "resuming",
        "saved(folder / 'last.safetensors', nn.Linear(2, 2).state_dict())\n" + RESUME,
        REFUSED,
        ["exit 1", "last.safetensors is no checkpoint of a training run", "weights alone"],
        "Choose a run's folder, or start the run anew",
    ),
    (
        "resuming",
        "cut(run(folder) / 'last.safetensors')\n" + RESUME,
        REFUSED,
        ["exit 1", "last.safetensors", "cut off"],
        "Start the run anew",
    ),
    # ---- Writing ----
    (
        "full disk",
        "with full_disk():\n    ravine.save({'w': w}, folder / 'm.safetensors')",
        OSError,
        ["No space left", "m.safetensors'"],
        "m.safetensors is as it was before",
    ),
    (
        "full disk",
        "with full_disk():\n    command(f'train digits-mlp --steps 3 --out {folder}')",
        REFUSED,
        ["exit 1", "No space left", "last.safetensors'"],
        "Free some space; a run that had begun goes on with --resume",
    ),
    (
        "unwritable",
        "ravine.save({'w': w}, folder / 'runs' / 'm.safetensors')",
        FileNotFoundError,
        ["No such folder", "/runs'"],
        "Make it first (os.makedirs)",
    ),
    (
        "unwritable",
        "ravine.save({'w': w}, folder)",
        IsADirectoryError,
        ["A folder stands there"],
        "Add a file's name",
    ),
    (
        "unwritable",
        'command(f\'train digits-mlp --steps 3 --out {written(folder / "notes", "")}\')',
        REFUSED,
        ["exit 2", "File exists", "notes'"],
        "Choose a folder that can be written, with --out",
    ),
    (
        "unwritable",
        "with locked():\n    command(f'train digits-mlp --steps 3 --out {folder}')",
        REFUSED,
        ["exit 2", "Permission denied", "last.safetensors'"],
        "Choose a folder that can be written, with --out",
    ),
    (
        "saving",
        "ravine.save({'optimizer': optim.SGD([w], 0.1)}, folder / 'm')",
        errors.DTypeError,
        ["obj['optimizer'] is ravine.optim.sgd.SGD"],
        "save .state_dict()",
    ),
    (
        "saving",
        "ravine.save({'seen': [{1, 2}]}, folder / 'm')",
        errors.DTypeError,
        ["obj['seen'][0] is builtins.set"],
        "dicts, lists and tuples of them",
    ),
    (
        "saving",
        "ravine.save({'names': {('a', 'b'): w}}, folder / 'm')",
        errors.DTypeError,
        ["obj['names'] has the key ('a', 'b')"],
        "Use strings, ints",
    ),
    (
        "saving",
        "ravine.save(folder / 'm', {'w': w})",
        errors.DTypeError,
        ["save", "not dict"],
        "Call save(obj, f): first what to save, then where",
    ),
    # ---- Fetching ----
    (
        "network",
        "download(closed_port(), folder / 'set.zip')",
        errors.DownloadError,
        ["http://127.0.0.1:", "cannot be reached", "refused"],
        "Check the network",
    ),
    (
        "network",
        "download(written(folder / 'a', 'x').as_uri(), folder / 'b', '0' * 64)",
        errors.DownloadError,
        ["/a has SHA-256 2d711642", "0000 was expected", "not kept"],
        "Check the address and the checksum",
    ),
    (
        "network",
        "download((folder / 'none').as_uri(), folder / 'b')",
        errors.DownloadError,
        ["/none cannot be read"],
        "Check the address",
    ),
    (
        "network",
        "download('https://host/set.zip', folder / 'b', sha256='abc')",
        errors.ValueError,
        ["sha256", "'abc'"],
        "should be 64 hexadecimal digits",
    ),
    # ---- The command line ----
    (
        "command",
        "command('train digits-mpl')",
        REFUSED,
        ["exit 2", "unknown recipe 'digits-mpl'"],
        "The recipes are: ",
    ),
    (
        "command",
        "command('trian digits-mlp')",
        REFUSED,
        ["exit 2", "invalid choice: 'trian'"],
        "choose from",
    ),
    (
        "command",
        "command('bench fft')",
        REFUSED,
        ["exit 2", "no case has fft in its name"],
        "Cases: add",
    ),
    (
        "command option",
        "command('train digits-mlp --device cuda:9')",
        REFUSED,
        ["exit 2", "--device", "no device 'cuda:9'"],
        "DX12 driver",
    ),
    (
        "command option",
        "command('train digits-mlp --steps 1e3')",
        REFUSED,
        ["exit 2", "--steps", "got '1e3'"],
        "expected a whole number",
    ),
    (
        "command option",
        "command('train digits-mlp --steps -1')",
        REFUSED,
        ["exit 2", "--steps", "got -1"],
        "expected a positive number",
    ),
    (
        "command option",
        "command('train digits-mlp --seed one')",
        REFUSED,
        ["exit 2", "--seed", "got 'one'"],
        "expected a whole number",
    ),
    # ---- Data sets ----
    ("part", "ravine.datasets.digits('valid')", ValueError, ["digits", "'valid'"], 'must be "train", "test"'),
    (
        "part",
        "ravine.datasets.fashion('valid')",
        ValueError,
        ["fashion", "'valid'"],
        'must be "train" or "test"',
    ),
    (
        "table",
        "csv(written(folder / 't.csv', 'a,b\\n1,2\\n3\\n'))",
        FILE,
        ["t.csv, line 3", "1 values, but there are 2 columns (a, b)"],
        "Correct the line",
    ),
    (
        "table",
        "csv(written(folder / 't.csv', 'a,b\\n1,2\\n3,x\\n'), types={'b': 'float32'})",
        FILE,
        ["t.csv, line 3, column 'b'", "'x' is no float32"],
        "Correct it, or give another type",
    ),
    (
        "table",
        "csv(written(folder / 't.csv', b'a,b\\n\\xe9,2\\n'))",
        FILE,
        ["t.csv, line 2", "0xe9 is no utf-8"],
        'encoding="latin-1"',
    ),
    (
        "table",
        "csv(written(folder / 't.csv', 'a,b\\n1,2\\n'), columns=['c'])",
        errors.ValueError,
        ["t.csv has no column 'c'"],
        "it has a, b",
    ),
    (
        "idx file",
        "written(mnist(folder) / 'train-images-idx3-ubyte', '<html>')\n"
        "ravine.datasets.mnist(folder, 'train')",
        FILE,
        ["train-images-idx3-ubyte: no idx file", "begins with 3c 68 74 6d"],
        "Fetch it again",
    ),
    (
        "idx file",
        "ravine.datasets.mnist(mnist(folder, labels=3), 'train')",
        FILE,
        ["train-images-idx3-ubyte has 2 images", "has 3 labels"],
        "fetch both again",
    ),
    (
        "idx file",
        "cut(mnist(folder) / 'train-images-idx3-ubyte')\nravine.datasets.mnist(folder, 'train')",
        FILE,
        ["train-images-idx3-ubyte", "shape (2, 2, 2) of uint8, 8 bytes", "cut off"],
        "Fetch it again",
    ),
    (
        "idx file",
        "idx(mnist(folder) / 'train-images-idx3-ubyte', (2,), bytes(2))\n"
        "ravine.datasets.mnist(folder, 'train')",
        FILE,
        ["train-images-idx3-ubyte: expected images", "(2,)"],
        "Are files mixed up?",
    ),
    (
        "CIFAR-10",
        "ravine.datasets.cifar10(folder / 'none', 'test')",
        FileNotFoundError,
        ["/none has no test_batch.bin"],
        "Unpack cifar-10-binary.tar.gz there",
    ),
    (
        "CIFAR-10",
        "written(folder / 'data_batch_1', '')\nravine.datasets.cifar10(folder, 'train')",
        FileNotFoundError,
        ["no data_batch_1.bin", "the version for Python"],
        "Unpack cifar-10-binary.tar.gz there",
    ),
    (
        "CIFAR-10",
        "written(folder / 'test_batch.bin', bytes(5000))\nravine.datasets.cifar10(folder, 'test')",
        FILE,
        ["test_batch.bin", "5,000 bytes"],
        "Unpack it again",
    ),
    (
        "CIFAR-10",
        "written(folder / 'test_batch.bin', b'\\x80' * 3073)\nravine.datasets.cifar10(folder, 'test')",
        FILE,
        ["test_batch.bin: record 0 has the label 128"],
        "there are 0 to 9",
    ),
    # ---- Optimizers ----
    (
        "learning rate",
        "optim.Adam([w], lr='a')",
        TypeError,
        ["lr", "'a' (str)"],
        "should be a number",
    ),
]

FILES = [Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS]
