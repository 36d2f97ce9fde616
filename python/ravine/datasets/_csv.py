"""Tables of comma-separated values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ravine.datasets._folders import text
from ravine.errors import FileError
from ravine.errors import ValueError as RavineValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["csv"]

_BOOLS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def csv(
    path: str | os.PathLike[str],
    *,
    types: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
    header: bool = True,
    delimiter: str = ",",
    missing: Iterable[str] = ("", "NA", "N/A", "NaN", "nan", "null", "?"),
    encoding: str = "utf-8",
) -> dict[str, NDArray[Any]]:
    """A table as one NumPy array for each column, by name, in their order.

    Values may be quoted with `"`; spaces around them do not count. A column's type is the first of int64,
    float64 and str that fits all its values; a column of numbers with gaps is float64.

    Args:
        path: the file, packed by gzip or not.
        types: the types of columns that are not to be guessed: "int64", "int32", "float64", "float32", "bool"
            (true, false, yes, no, 1, 0) or "str".
        columns: the columns to read; all by default.
        header: whether the first line has the names; otherwise they are "0", "1", ...
        delimiter: what stands between values, one character.
        missing: what a gap looks like: NaN among floats, an empty string among strings; ints and bools have
            none.
        encoding: how the file's characters are written.

    Returns:
        Arrays of shape `(rows,)`. `numpy.stack([table[name] for name in names], axis=1)` makes a matrix.

    Raises:
        OSError: the file cannot be read.
        FileError: a line has another number of values, a value does not fit its column's type, or a name
            comes twice; the message names file, line and column.
        ValueError: a type or a column that does not exist, or a delimiter of another length.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "trees.csv"
    >>> _ = path.write_text('height,age,kind\\n1.5,3,"oak, red"\\n,7,ash\\n')
    >>> table = csv(path, types={"height": "float32"})
    >>> table["height"], table["age"], table["kind"].tolist()
    (array([1.5, nan], dtype=float32), array([3, 7]), ['oak, red', 'ash'])
    """
    import csv as reader
    import io

    if len(delimiter) != 1:
        raise RavineValueError(f"csv: the delimiter should be one character, not {delimiter!r}")
    types = dict(types or {})
    for name, kind in types.items():
        if kind not in _KINDS:
            raise RavineValueError(
                f"csv: the type of column {name!r} should be one of {', '.join(_KINDS)}, not {kind!r}"
            )
    lines = reader.reader(
        io.StringIO(text(path, encoding)),
        delimiter=delimiter,
        skipinitialspace=True,
        strict=True,
    )
    names: list[str] | None = None
    rows: list[list[str]] = []
    places: list[int] = []
    try:
        for row in lines:
            if not row:
                continue  # an empty line
            if names is None:
                names = [value.strip() for value in row] if header else [str(n) for n in range(len(row))]
                _check_names(names, path, lines.line_num)
                if header:
                    continue
            if len(row) != len(names):
                raise FileError(
                    f"{path}, line {lines.line_num}: {len(row)} values, but there are {len(names)} columns "
                    f"({', '.join(names[:6])}{', ...' if len(names) > 6 else ''}). Correct the line, or "
                    f"give another delimiter= than {delimiter!r}"
                )
            rows.append(row)
            places.append(lines.line_num)
    except reader.Error as error:
        raise FileError(
            f"{path}, line {lines.line_num}: {error}. Is a quote wrong, in it or above?"
        ) from None
    if names is None:
        raise FileError(f"{path}: the file is empty. A line of values should be there")
    for name in [*types, *(columns or ())]:
        if name not in names:
            raise RavineValueError(f"csv: {path} has no column {name!r}; it has {', '.join(names)}")
    gaps = frozenset(missing)
    return {
        name: _column(
            [row[number].strip() for row in rows],
            types.get(name),
            gaps,
            lambda at, name=name: f"{path}, line {places[at]}, column {name!r}",
        )
        for number, name in enumerate(names)
        if columns is None or name in columns
    }


def _check_names(names: list[str], path: Any, line: int) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise FileError(f"{path}, line {line}: the column {name!r} comes twice")
        seen.add(name)


def _bool(value: str) -> bool:
    return _BOOLS[value.lower()]


def _int(value: str) -> int:
    if "_" in value:
        raise ValueError(value)  # Python's own spelling
    return int(value)


def _float(value: str) -> float:
    if "_" in value:
        raise ValueError(value)
    return float(value)


_KINDS: dict[str, Callable[[str], Any]] = {
    "int64": _int,
    "int32": _int,
    "float64": _float,
    "float32": _float,
    "bool": _bool,
    "str": str,
}


def _column(
    values: list[str], kind: str | None, gaps: frozenset[str], where: Callable[[int], str]
) -> NDArray[Any]:
    """The values as an array of that type; without one, of the first that fits."""
    import numpy as np

    if kind is None:
        for guess in ("int64", "float64"):
            try:
                return _column(values, guess, gaps, where)
            except FileError:
                pass
        kind = "str"
    floats = kind.startswith("float")
    read = _KINDS[kind]
    found = []
    for at, value in enumerate(values):
        if value in gaps:
            if not floats and kind != "str":
                raise FileError(
                    f"{where(at)}: {value!r} stands for a missing value, which {kind} does not "
                    "have. Use float64"
                )
            found.append(float("nan") if floats else "")
            continue
        try:
            found.append(read(value))
        except (ValueError, KeyError):
            raise FileError(
                f"{where(at)}: {value!r:.60} is no {kind}. Correct it, or give another type in types="
                + (", or name it in missing=" if floats else "")
            ) from None
    try:
        return np.array(found, dtype=np.str_ if kind == "str" else kind)
    except OverflowError:
        limits = np.iinfo(kind)
        at = next(i for i, value in enumerate(found) if not limits.min <= value <= limits.max)
        raise FileError(
            f"{where(at)}: {values[at]:.60} is too large for {kind}. Give another type in types="
        ) from None
