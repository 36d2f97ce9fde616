"""NumPy's arrays and scalars in a pickle: their dtype, shape and bytes, checked."""

from __future__ import annotations

from math import prod

from ravine.errors import FileError

from ._unpickle import Made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["NAMES", "Array"]

_KINDS = frozenset(["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"])


class DType(Made):
    """What `numpy.dtype("f8", ...)` becomes; its state has the order of bytes."""

    def __init__(self, code: Any = None, *_: Any) -> None:
        if not isinstance(code, str) or code.lstrip("<>=|") not in _KINDS:
            raise FileError(
                f"it has a NumPy array of {code!r:.40}, none of numbers or bools. Save it otherwise"
            )
        self.code = code.lstrip("<>=|")
        self.order = "<"

    def build(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            self.order = ">" if state[1] == ">" else "<"

    @property
    def name(self) -> str:
        """As NumPy reads it."""
        return self.order + self.code


class Array(Made):
    """What becomes an array when its state has come."""

    def __init__(self) -> None:
        self.state: Any = None

    def build(self, state: Any) -> None:
        self.state = state

    def array(self) -> Any:
        """The array."""
        import numpy as np

        state = self.state
        if not isinstance(state, tuple) or len(state) != 5:
            raise FileError("a NumPy array is damaged")
        _, shape, dtype, fortran, data = state
        if (
            not isinstance(dtype, DType)
            or not isinstance(data, (bytes, bytearray))
            or type(shape) is not tuple
        ):
            raise FileError("a NumPy array is damaged")
        if not all(type(n) is int and 0 <= n < 1 << 62 for n in shape) or len(shape) > 64:
            raise FileError("a NumPy array has no shape")
        flat = np.frombuffer(data, dtype.name)
        if prod(shape) != flat.size:
            raise FileError(f"a NumPy array of shape {shape} has {flat.size} elements")
        native = flat.astype(flat.dtype.newbyteorder("="))
        return native.reshape(shape, order="F" if fortran else "C")


def _scalar(dtype: Any, data: Any) -> Any:
    import numpy as np

    if not isinstance(dtype, DType) or not isinstance(data, bytes):
        raise FileError("a NumPy number is damaged")
    flat = np.frombuffer(data, dtype.name)
    if flat.size != 1:
        raise FileError("a NumPy number is damaged")
    return flat.astype(flat.dtype.newbyteorder("="))[0]


def _of_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> Array:
    """What protocol 5 writes."""
    made = Array()
    made.build((1, shape, dtype, order == "F", data))
    return made


def _empty(*_: Any) -> Array:
    return Array()


#: What a pickle may name of NumPy.
NAMES: dict[str, Any] = {"numpy dtype": DType, "numpy ndarray": None}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    NAMES |= {f"{_module} _reconstruct": _empty, f"{_module} scalar": _scalar}
for _module in ("numpy.core.numeric", "numpy._core.numeric"):
    NAMES |= {f"{_module} _frombuffer": _of_buffer}
