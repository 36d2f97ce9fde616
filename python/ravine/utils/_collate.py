"""How samples become a batch."""

from __future__ import annotations

import sys
from _collections_abc import Mapping, MutableMapping, MutableSequence, Sequence

import ravine as rv

from .._core import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["default_collate", "default_convert", "tensors_of"]


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
    first = batch[0]
    kind = type(first)
    if isinstance(first, Tensor):
        shapes = {tuple(tensor.shape) for tensor in batch}
        if len(shapes) > 1:
            found = ", ".join(str(shape) for shape in sorted(shapes))
            raise RuntimeError(
                f"default_collate: samples of one batch have shapes {found}. Make them equal (ravine.pad), "
                "or give the DataLoader a collate_fn of your own"
            )
        return rv.cat([tensor.unsqueeze(0) for tensor in batch])
    if kind.__module__ == "numpy" or kind.__module__.startswith("numpy."):
        return _collate_numpy(batch)
    if isinstance(first, float):
        return rv.tensor(batch, dtype=rv.float64)
    if isinstance(first, int):
        return rv.tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        fields = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return _like(first, fields, MutableMapping, lambda copy: copy.update(fields))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(default_collate(field) for field in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        if isinstance(first, tuple):
            return columns
        return _like(first, columns, MutableSequence, lambda copy: copy.__setitem__(slice(None), columns))
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}. Give the DataLoader a collate_fn of your own."
    )


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
