"""The header of a safetensors file, written and checked.

A file is 8 bytes with the length of the header, least significant first; the header, a JSON object that gives
for every name a dtype, a shape and the place of its bytes; and the bytes, without gaps. The rules are those
of https://huggingface.co/docs/safetensors: whoever reads a file that breaks one of them is told which.
"""

from __future__ import annotations

import json
from math import prod

from ravine.errors import FileError
from ravine.errors import ValueError as RavineValueError

from ._kinds import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Entry(NamedTuple):
        """What a header says of one tensor; ``start`` and ``end`` count from the end of the header."""

        name: str
        dtype: str
        shape: tuple[int, ...]
        start: int
        end: int
else:
    from collections import namedtuple

    Entry = namedtuple("Entry", "name dtype shape start end")

__all__ = ["CODES", "NUMPY", "SIZES", "Entry", "build", "check_length", "parse"]

CODES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "bfloat16": "BF16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "int64": "I64",
    "uint64": "U64",
    "float64": "F64",
}
"""The format's name for each dtype."""

NUMPY = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "I16": "<i2",
    "U16": "<u2",
    "F16": "<f2",
    "BF16": "<u2",
    "I32": "<i4",
    "U32": "<u4",
    "F32": "<f4",
    "I64": "<i8",
    "U64": "<u8",
    "F64": "<f8",
}
"""The NumPy type that reads each; bfloat16, which NumPy lacks, is read as bits."""

SIZES = {code: int(name[-1]) for code, name in NUMPY.items()} | {"F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1}

_AGAIN = ". Fetch or save it again"

LONGEST = 100_000_000  # bytes of a header, as in the format's own reader


def build(entries: list[tuple[str, str, tuple[int, ...]]], metadata: dict[str, str] | None) -> bytes:
    """The length and the header for tensors (name, dtype, shape) whose bytes follow in this order."""
    table: dict[str, Any] = {} if not metadata else {"__metadata__": metadata}
    start = 0
    for name, code, shape in entries:
        end = start + prod(shape) * SIZES[code]
        table[name] = {"dtype": code, "shape": list(shape), "data_offsets": [start, end]}
        start = end
    try:
        text = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        wrong = error.object[max(error.start - 20, 0) : error.end]
        raise RavineValueError(
            f"save: a name or text has half a character, which no file holds: ...{wrong!r}. Take it out"
        ) from None
    text += b" " * (-len(text) % 8)  # so that the numbers are aligned
    if len(text) > LONGEST:
        raise RavineValueError(
            f"save: the names and the tree take {len(text):,} bytes, the format holds {LONGEST:,}"
        )
    return len(text).to_bytes(8, "little") + text


def check_length(first: bytes, size: int, where: str) -> int:
    """The length of the header, from the first bytes of a file of ``size`` bytes; 512 tell other kinds.

    Raises:
        FileError: the file is none of this format, or is cut off.
    """
    length = int.from_bytes(first[:8], "little")
    # Other kinds begin with bytes that could be a length as well; the brace tells.
    if size >= 8 and length <= LONGEST and first[8:9] in (b"{", b""):
        if 8 + length <= size:
            return length
        raise FileError(
            f"{where}: cut off: it has {size:,} bytes, its header alone would have {length:,}{_AGAIN}"
        )
    kind = kind_of(first, where)
    if kind is not None or length > LONGEST:
        raise FileError(
            f"{where}: no safetensors file: it begins with {first[:8].hex(' ')}"
            + (f", which would be a header of {length:,} bytes; {LONGEST:,} are allowed" * (length > LONGEST))
            + (f". {kind}" if kind else "")
            + ". Give a file that ravine.save or another writer of safetensors made"
        )
    if size < 8 or 8 + length > size:
        raise FileError(f"{where}: cut off, or no safetensors file: it has {size:,} bytes{_AGAIN}")
    return length


def parse(text: bytes, room: int, where: str) -> tuple[list[Entry], dict[str, str]]:
    """The tensors, in the order of their bytes, and the metadata of a header before ``room`` bytes.

    Raises:
        FileError: a rule of the format is broken.
    """
    try:
        if text[:1] != b"{":
            raise ValueError("it does not begin with '{'")
        table = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # wrong UTF-8 and wrong JSON are ValueErrors
        raise FileError(f"{where}: the header is not valid: {error}{_AGAIN}") from None
    metadata = table.pop("__metadata__", None)
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise FileError(f"{where}: the header's __metadata__ should be strings by name{_AGAIN}")
    entries = sorted(
        (_entry(name, value, where) for name, value in table.items()), key=lambda e: (e.start, e.end)
    )
    end = 0
    for entry in entries:
        if entry.start != end:
            kind = "overlaps the tensor before it" if entry.start < end else "leaves a gap before it"
            raise FileError(
                f"{where}: tensor {entry.name!r} {kind}: it begins at {entry.start:,}, not {end:,}{_AGAIN}"
            )
        end = entry.end
    if end != room:
        raise FileError(
            f"{where}: the tensors take {end:,} bytes, but {room:,} follow the header"
            + (": the file is cut off" if end > room else "")
            + _AGAIN
        )
    return entries, metadata


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise ValueError(f"the name {twice!r} comes twice")
    return table


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _entry(name: str, value: Any, where: str) -> Entry:
    """One tensor's line of the header."""
    if not isinstance(value, dict) or not {"dtype", "shape", "data_offsets"} == value.keys():
        raise FileError(
            f"{where}: tensor {name!r} should have dtype, shape and data_offsets and nothing else{_AGAIN}"
        )
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in SIZES:
        raise FileError(
            f"{where}: tensor {name!r} is of type {dtype!r}, which is unknown here. "
            f"Save it as one of {', '.join(SIZES)}"
        )
    if not _sizes(shape) or not _sizes(offsets) or len(offsets) != 2:
        raise FileError(
            f"{where}: the shape and data_offsets of tensor {name!r} should be lists of whole numbers "
            f"from 0, the second of two; they are {shape!r:.80} and {offsets!r:.80}{_AGAIN}"
        )
    needed = prod(shape) * SIZES[dtype]
    if offsets[1] - offsets[0] != needed:
        raise FileError(
            f"{where}: tensor {name!r}, {dtype} of shape {shape!r:.80}, needs {needed:,} bytes, but has the "
            f"place from {offsets[0]:,} to {offsets[1]:,}{_AGAIN}"
        )
    return Entry(name, dtype, tuple(shape), offsets[0], offsets[1])


def _sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 63 for n in value)
