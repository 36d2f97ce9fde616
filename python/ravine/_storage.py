"""What scripts ask of a tensor's storage: how long it is, where it lies, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.errors import IndexError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ravine._core import Tensor, device, dtype


class _Storage:
    """The elements of a tensor that is no view, in row-major order."""

    def __init__(self, base: Tensor) -> None:
        self._base = base

    @property
    def device(self) -> device:
        """Where it lies."""
        return self._base.device

    def data_ptr(self) -> int:
        """The address of the evaluated memory: tensors share a storage if theirs are the same."""
        return self._base.data_ptr()

    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._base.nbytes

    def is_shared(self) -> bool:
        """Whether processes share it: never."""
        return False

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.data_ptr() == self.data_ptr()

    def __hash__(self) -> int:
        return hash(self.data_ptr())


class TypedStorage(_Storage):
    """A storage by elements.

    >>> storage = ravine.arange(4).storage()
    >>> len(storage), storage[-1], storage.dtype
    (4, 3, ravine.int64)
    """

    @property
    def dtype(self) -> dtype:
        """Of the elements."""
        return self._base.dtype

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._base.dtype.itemsize

    def size(self) -> int:
        """The number of elements."""
        return self._base.numel()

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return self._base.detach().reshape(-1).tolist()

    def untyped(self) -> UntypedStorage:
        """The same by bytes."""
        return UntypedStorage(self._base)

    def __len__(self) -> int:
        return self._base.numel()

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"storage: there is no element {index} of {len(self)}")
        return self._base.detach().reshape(-1)[index].item()

    def __setitem__(self, index: int, value: float) -> None:
        if not -len(self) <= index < len(self):
            raise IndexError(f"storage: there is no element {index} of {len(self)}")
        self._base.detach().reshape(-1)[index] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __repr__(self) -> str:
        return f"TypedStorage({self.tolist()}, dtype={self.dtype}, device={str(self.device)!r})"


class UntypedStorage(_Storage):
    """A storage by bytes.

    >>> ravine.arange(4).untyped_storage().size()
    32
    """

    def size(self) -> int:
        """The number of bytes."""
        return self._base.nbytes

    def tolist(self) -> list[int]:
        """The bytes."""
        return list(bytes(self._base.detach()))

    def __len__(self) -> int:
        return self._base.nbytes

    def __getitem__(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"storage: there is no byte {index} of {len(self)}")
        return bytes(self._base.detach())[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __repr__(self) -> str:
        return f"UntypedStorage({self.nbytes()} bytes, device={str(self.device)!r})"
