"""Constants and small types that scripts name: numbers, memory formats, layouts and the type of a shape."""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import TYPE_CHECKING

from ravine import _core

if TYPE_CHECKING:
    Extents = tuple[int, ...]
else:
    Extents = _core.Extents

__all__ = [
    "Size",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "e",
    "inf",
    "layout",
    "legacy_contiguous_format",
    "memory_format",
    "nan",
    "newaxis",
    "pi",
    "preserve_format",
    "strided",
]

newaxis = None
"""`x[newaxis]` is `x[None]`: a dimension of extent 1."""


class _Named:
    """One of a few objects that are told apart by name, also after pickling and copying."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"ravine.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class memory_format(_Named):
    """An order of dimensions in memory. It is accepted and has no effect: that order is the engine's affair.

    >>> ravine.ones(1, 2, 3, 3).to(memory_format=ravine.channels_last).shape
    (1, 2, 3, 3)
    """


class layout(_Named):
    """How elements are stored. There is one layout, `ravine.strided`: every tensor is dense."""


contiguous_format = memory_format("contiguous_format")
legacy_contiguous_format = contiguous_format
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided = layout("strided")


class Size(Extents):
    """A shape: a tuple of ints that knows how many elements they span.

    Slices and sums of shapes are shapes. It prints as the tuple that it is.

    >>> shape = ravine.Size([2, 3, 4])
    >>> shape[1:].numel(), shape + (5,)
    (12, (2, 3, 4, 5))
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape.

        >>> ravine.Size((2, 3)).numel()
        6
        """
        count = 1
        for extent in self:
            count *= extent
        return count

    if not TYPE_CHECKING:

        def __add__(self, other: tuple[int, ...]) -> Size:
            return Size(tuple.__add__(self, tuple(other)))

        def __radd__(self, other: tuple[int, ...]) -> Size:
            return Size(tuple(other) + tuple(self))

        def __mul__(self, count: int) -> Size:
            return Size(tuple.__mul__(self, count))

        __rmul__ = __mul__


# Shapes that the engine makes are of this class.
_core.set_size_class(Size)
