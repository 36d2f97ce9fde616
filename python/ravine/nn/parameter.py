"""Parameter and Buffer: tensors that a module owns."""

from __future__ import annotations

import ravine as rv

from .._core import Tensor
from ..errors import DTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Self

__all__ = ["Buffer", "Parameter", "factory_kwargs"]


class Parameter(Tensor):
    """A leaf tensor that a module trains: assigning it to a module's attribute registers it.

    Args:
        data: the value, of any shape and (if it requires grad) floating-point dtype; shared, not copied.
            Without it the parameter is empty.
        requires_grad: whether ``backward()`` gives it a ``.grad``.

    >>> import ravine
    >>> p = Parameter(ravine.ones(2, 3))
    >>> p.requires_grad, p.is_leaf, tuple(p.shape)
    (True, True, (2, 3))
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        if data is None:
            data = rv.empty(0)
        return Tensor.__new__(cls, data, requires_grad)

    # The engine's constructor has already taken the arguments.
    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


class Buffer(Tensor):
    """A tensor of a module's state that is not trained: assigning it to a module's attribute registers it.

    Args:
        data: the value, of any shape and dtype; shared, not copied. Without it the buffer is empty.
        persistent: whether it is part of the module's ``state_dict``.

    >>> import ravine
    >>> Buffer(ravine.zeros(3)).requires_grad
    False
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        if data is None:
            data = rv.empty(0)
        self = Tensor.__new__(cls, data, False)
        self.persistent = persistent
        return self

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Buffer:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), persistent=self.persistent)
        return memo[id(self)]


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """The options with which a module makes its tensors, out of those of its constructor.

    ``device``, ``dtype`` and ``memory_format``, also inside of ``factory_kwargs``.

    Raises:
        DTypeError: another option, or one that is given twice.

    >>> factory_kwargs({"device": "cpu", "factory_kwargs": {"dtype": None}})
    {'dtype': None, 'device': 'cpu'}
    """
    given = {} if kwargs is None else dict(kwargs)
    found = dict(given.pop("factory_kwargs", {}))
    for name, value in given.items():
        if name not in ("device", "dtype", "memory_format"):
            raise DTypeError(
                f"factory_kwargs: unexpected option {name!r}. Tensors are made with device and dtype"
            )
        if name in found:
            raise DTypeError(f"factory_kwargs: {name} is given twice, also in factory_kwargs. Give it once")
        found[name] = value
    return found


_UNKNOWN = (
    "{} has no shape yet: its lazy module learns it from the first input. Call the module once, with an "
    "input on 'meta' if nothing should be computed"
)


class _Uninitialized(Tensor):
    """What parameters and buffers of lazy modules are before the first call: a device and a dtype."""

    _becomes: type

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, filled with zeros."""
        device, dtype = device or self.device, dtype or self.dtype
        self.__class__ = self._becomes
        self.data = rv.empty(tuple(shape), device=device, dtype=dtype)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(_UNKNOWN.format(type(self).__name__))

    # Nothing is ever returned, so the types of what they override do not matter.
    shape = property(_refuse)  # pyright: ignore
    ndim = property(_refuse)  # pyright: ignore
    size = dim = numel = nelement = tolist = item = numpy = __len__ = __getitem__ = _refuse

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape is not known yet; :class:`~ravine.nn.LazyLinear` and its like have them.

    Args:
        requires_grad: whether ``backward()`` will give it a ``.grad``.
        device: where it will be.
        dtype: its dtype, float32 by default.

    Raises:
        RuntimeError: its shape is read, or its values.

    >>> p = UninitializedParameter()
    >>> p
    <UninitializedParameter>
    >>> p.materialize((2, 3))
    >>> type(p).__name__, tuple(p.shape)
    ('Parameter', (2, 3))
    """

    _becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Self:
        return Tensor.__new__(cls, rv.empty(0, device=device, dtype=dtype), requires_grad)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedParameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


class UninitializedBuffer(_Uninitialized, Buffer):
    """A buffer whose shape is not known yet; see :class:`UninitializedParameter`.

    >>> b = UninitializedBuffer()
    >>> b.materialize((3,))
    >>> b.tolist()
    [0.0, 0.0, 0.0]
    """

    _becomes = Buffer

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, *, persistent: bool = True
    ) -> Self:
        self = Tensor.__new__(cls, rv.empty(0, device=device, dtype=dtype), requires_grad)
        self.persistent = persistent
        return self

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, *, persistent: bool = True
    ) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedBuffer:
        if id(self) not in memo:
            made = type(self)(self.requires_grad, self.device, self.dtype, persistent=self.persistent)
            memo[id(self)] = made
        return memo[id(self)]


def is_lazy(tensor: Any) -> bool:
    """Whether a parameter or a buffer has no shape yet.

    >>> import ravine
    >>> is_lazy(UninitializedParameter()), is_lazy(ravine.ones(2))
    (True, False)
    """
    return isinstance(tensor, _Uninitialized)
