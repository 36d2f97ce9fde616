"""How samples become a batch."""

from __future__ import annotations

import sys
from _collections_abc import Mapping, MutableMapping, MutableSequence, Sequence

import ravine as rv

from .._core import Tensor
from ..errors import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["default_collate", "default_convert", "tensors_of"]


@bounded
def default_collate(batch: Sequence[Any]) -> Any:
    """Join samples along a new first dimension, field by field.

    Tensors, NumPy arrays and numbers become tensors (Python floats float64, ints int64, as in PyTorch);
    strings and bytes stay as they are; mappings, named tuples, tuples and lists are gone through and keep
    their structure (a plain tuple becomes a list).

    Args:
        batch: samples, at least one, all of the same structure.

    Raises:
        RuntimeError: sequences of different lengths.
        TypeError: a type that is none of these.
        Error: tensors of different shapes.

    >>> x, name = default_collate([(1, "one"), (2, "two")])
    >>> x.tolist(), name
    ([1, 2], ('one', 'two'))
    """
    return _collate(batch, "")


def _collate(batch: Sequence[Any], at: str) -> Any:
    """A batch of one field; `at` says which, as an index expression."""
    if not len(batch):
        raise ValueError("default_collate: the batch is empty; it needs one sample at least")
    first = batch[0]
    kind = type(first)
    if not isinstance(first, _GIVES_NONE) and any(sample is None for sample in batch):
        missing = next(i for i, sample in enumerate(batch) if sample is None)
        every = "every sample" if all(sample is None for sample in batch) else f"sample {missing}"
        raise TypeError(
            f"default_collate: {every} of the batch has None{_field(at)}, which cannot become part of a "
            "tensor. Return a number or a tensor there, or give the DataLoader a collate_fn of your own"
        )
    if isinstance(first, Tensor):
        _check_kinds(batch, Tensor, at)
        shapes = {tuple(tensor.shape) for tensor in batch}
        if len(shapes) > 1:
            found = ", ".join(str(shape) for shape in sorted(shapes))
            raise RuntimeError(
                f"default_collate: samples of one batch have shapes {found}{_field(at)}. Make them equal "
                "(ravine.pad), or give the DataLoader a collate_fn of your own"
            )
        return rv.cat([tensor.unsqueeze(0) for tensor in batch])
    if kind.__module__ == "numpy" or kind.__module__.startswith("numpy."):
        return _collate_numpy(batch)
    if isinstance(first, (int, float)):
        _check_kinds(batch, (int, float), at)
        return rv.tensor(batch, dtype=rv.float64) if isinstance(first, float) else rv.tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        _check_kinds(batch, Mapping, at)
        for i, sample in enumerate(batch):
            for key in first.keys() - sample.keys():
                raise KeyError(
                    f"default_collate: sample {i} of the batch has no key {key!r}{_field(at)}, which sample "
                    "0 has. All samples of a batch need the same keys"
                )
        fields = {key: _collate([sample[key] for sample in batch], f"{at}[{key!r}]") for key in first}
        return _like(first, fields, MutableMapping, lambda copy: copy.update(fields))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        names = kind._fields
        columns = zip(names, zip(*batch, strict=True), strict=True)
        return kind(*(_collate(column, f"{at}.{name}") for name, column in columns))
    if isinstance(first, Sequence):
        _check_kinds(batch, Sequence, at)
        for i, sample in enumerate(batch):
            if len(sample) != len(first):
                raise RuntimeError(
                    "each element in list of batch should be of equal size: sample 0 has "
                    f"{len(first)} elements{_field(at)}, sample {i} has {len(sample)}"
                )
        columns = [_collate(column, f"{at}[{i}]") for i, column in enumerate(zip(*batch, strict=True))]
        if isinstance(first, tuple):
            return columns
        return _like(first, columns, MutableSequence, lambda copy: copy.__setitem__(slice(None), columns))
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}{_field(at)}. Give the DataLoader a collate_fn of your own."
    )


# Of these a batch may hold None.
_GIVES_NONE = (str, bytes)


def _field(at: str) -> str:
    return f" in sample{at}" if at else ""


def _check_kinds(batch: Sequence[Any], kind: Any, at: str) -> None:
    for i, sample in enumerate(batch):
        if not isinstance(sample, kind):
            raise TypeError(
                f"default_collate: sample 0 of the batch is {type(batch[0]).__name__}{_field(at)}, "
                f"sample {i} is {type(sample).__name__}. All samples of a batch need the same types"
            )


@bounded
def default_convert(data: Any) -> Any:
    """A sample with its NumPy arrays and numbers made tensors, and all else as it is.

    Mappings, named tuples, tuples and lists are gone through (a plain tuple becomes a list).

    >>> import numpy as np
    >>> default_convert({"x": np.zeros(2), "n": 3, "name": "a"})
    {'x': tensor([0., 0.], dtype=ravine.float64), 'n': 3, 'name': 'a'}
    """
    kind = type(data)
    if kind.__module__.partition(".")[0] == "numpy" and data.dtype.kind not in "USO":
        return rv.tensor(data)
    if isinstance(data, Mapping):
        fields = {key: default_convert(value) for key, value in data.items()}
        return _like(data, fields, MutableMapping, lambda copy: copy.update(fields))
    if isinstance(data, tuple):
        items = [default_convert(value) for value in data]
        return kind(*items) if hasattr(data, "_fields") else items
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        items = [default_convert(value) for value in data]
        return _like(data, items, MutableSequence, lambda copy: copy.__setitem__(slice(None), items))
    return data


def _like(first: Any, fields: Any, mutable: type, fill: Any) -> Any:
    """``fields`` in a container of the type of ``first``; plain where that type cannot be made."""
    kind = type(first)
    if kind in (dict, list):
        return fields
    try:
        if isinstance(first, mutable):
            from copy import copy

            container = copy(first)  # it may have attributes of its own
            fill(container)
            return container
        return kind(fields)
    except TypeError:
        return fields


def _collate_numpy(batch: Sequence[Any]) -> Any:
    np = sys.modules["numpy"]  # the samples are NumPy's, so it has been imported
    array = np.stack(batch) if batch[0].shape else np.asarray(batch)
    if array.dtype.kind in "USO":
        raise TypeError(
            f"default_collate: NumPy arrays of dtype {array.dtype} cannot become tensors. "
            "Give the DataLoader a collate_fn of your own."
        )
    return rv.tensor(array)


def tensors_of(batch: Any) -> list[Tensor]:
    """Every tensor in a batch of lists, tuples and mappings."""
    found: list[Tensor] = []
    pending = [batch]
    while pending:
        item = pending.pop()
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, (list, tuple)):
            pending.extend(item)
    return found
