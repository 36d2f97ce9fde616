"""Methods of `Tensor` that are written in Python. They record ops; they do no arithmetic of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor, dtype
from ravine._facts import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Self

    from numpy import ndarray

    Base = Tensor
else:
    Base = object


class Methods(Base):
    """What `attach` puts on `Tensor`; to a type checker, `self` is one."""

    __array_priority__ = 1000

    def __repr__(self) -> str:
        from ravine._print import show

        return _core.without_flushing(show, self)

    def _repr_html_(self) -> str:
        from ravine._html import show

        return _core.without_flushing(show, self)

    def __format__(self, spec: str) -> str:
        if not spec:
            return repr(self)
        if self.numel() != 1:
            from ravine.errors import DTypeError

            raise DTypeError(
                f"format: {spec!r} formats one number, the tensor of shape {tuple(self.shape)} has "
                f"{self.numel()}. Reduce it first, or format each number of .tolist()"
            )
        return format(self.item(), spec)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a tensor with no dimension. Its one number is .item()")
        return (self[i] for i in range(len(self)))

    def __reversed__(self) -> Tensor:
        """Flipped in every dimension, as PyTorch has it."""
        return _ops.flip(self, tuple(range(self.ndim))) if self.ndim else self

    def __contains__(self, value: Any) -> bool:
        return bool(_ops.any(_ops.eq(self, value)))

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return _ops.floor_divide(self, other), _ops.remainder(self, other)

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return _ops.floor_divide(other, self), _ops.remainder(other, self)

    def __round__(self, digits: int | None = None) -> Tensor:
        if digits is None or not self.dtype.is_floating_point:
            return _ops.round(self) if self.dtype.is_floating_point else self
        return _ops.round(self * 10.0**digits) / 10.0**digits

    def __floor__(self) -> Tensor:
        return _ops.floor(self)

    def __ceil__(self) -> Tensor:
        return _ops.ceil(self)

    def __trunc__(self) -> Tensor:
        return _ops.trunc(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError("only leaf tensors can be copied deeply; use .detach() first")
        copy = Tensor.__new__(type(self), self.detach().clone(), self.requires_grad)
        memo[id(self)] = copy
        if self.grad is not None:
            copy.grad = self.grad.detach().clone()
        if hasattr(copy, "__dict__"):
            copy.__dict__.update(self.__dict__)
        return copy

    def __copy__(self) -> Tensor:
        """A tensor of its own with this value; a leaf, since the history belongs to the original."""
        copy = Tensor.__new__(type(self), self.detach(), self.requires_grad)
        if hasattr(copy, "__dict__"):
            copy.__dict__.update(self.__dict__)
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        from ravine._tensor import rebuild

        name = self.dtype.name
        plain = self.detach()
        if name == "bfloat16":
            plain = plain.float()
        parts = type(self), plain.numpy(), name, self.requires_grad
        return rebuild, parts, getattr(self, "__dict__", None) or None

    def __bytes__(self) -> bytes:
        """The elements' bytes in row-major order."""
        return memoryview(self).tobytes()

    # Data out -----------------------------------------------------------------------------------------------
    def numpy(self, *, force: bool = False) -> ndarray:
        """A read-only NumPy view of the values (copy it to write).

        With `force`, also if the tensor requires a gradient. NumPy has no bfloat16: convert with `.float()`.

        >>> ravine.tensor([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """
        import numpy as np

        if self.requires_grad and not force:
            raise RuntimeError(
                "numpy: the tensor requires a gradient, which NumPy would lose. Use .detach().numpy()"
            )
        if self.dtype is _core.bfloat16:
            raise TypeError("numpy: NumPy has no bfloat16. Use .float().numpy()")
        return np.asarray(self._memory())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:
        import numpy as np

        array = self.numpy()
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(
                    f"numpy: {array.dtype} becomes {np.dtype(dtype)} only in a copy. Pass copy=None"
                )
            return array.astype(dtype)
        return array.copy() if copy else array

    # Shape and dtype ----------------------------------------------------------------------------------------
    @property
    def is_meta(self) -> bool:
        """Whether the tensor has a shape and a dtype only."""
        return self.device.type == "meta"

    @property
    def is_cpu(self) -> bool:
        """Whether the values are in the host's memory."""
        return self.device.type == "cpu"

    @property
    def is_cuda(self) -> bool:
        """Whether the values are on a GPU, of whatever make."""
        return self.device.type == "gpu"

    @property
    def real(self) -> Tensor:
        """The tensor itself: its numbers are real."""
        return self

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""
        return _ops.permute(self, tuple(range(self.ndim - 1, -1, -1)))

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""
        return _ops.transpose(self, -1, -2)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.numel() * self.dtype.itemsize

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one extent of it."""
        if dim is None:
            return self.shape
        if not -self.ndim <= dim < self.ndim:
            from ravine.errors import IndexError

            raise IndexError(f"size: dimension {dim} is out of range for a tensor of rank {self.ndim}")
        return self.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def is_contiguous(self, memory_format: object = None) -> bool:
        """Always true: the layout in memory is the engine's own affair."""
        return True

    def contiguous(self, memory_format: object = None) -> Tensor:
        """The tensor itself: the layout in memory is the engine's own affair.

        Of an expanded view, a tensor whose elements can each be written.
        """
        return self.clone() if 0 in _core.layout_of(self)[0] else self

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Converts to a dtype, moves to a device, or both.

        `to(dtype)`, `to(device)`, `to(device, dtype)` in either order, or `to(other)` for both of another
        tensor; then `non_blocking` (no difference) and `copy`. Without anything to do it is the tensor
        itself. Gradients go back the same way.

        Raises:
            TypeError: an argument is none of these.
            DeviceError: the device is not there, or this one has no values ("meta").

        >>> ravine.tensor([1, 2]).to(ravine.float32)
        tensor([1., 2.])
        >>> ravine.tensor([1, 2]).to("meta", ravine.float64)
        tensor(..., device='meta', size=(2,), dtype=ravine.float64)
        """
        if len(args) == 1 and not kwargs and isinstance(args[0], _core.dtype):
            return self if args[0] is self.dtype else _ops.cast(self, args[0])
        from ravine._devices import target

        to = target("to", args, kwargs)
        moved = self
        if to.dtype is not None and to.dtype is not self.dtype:
            moved = _ops.cast(moved, to.dtype)
        if to.device is not None:
            moved = _core.transfer_to(moved, to.device)
        return self.clone() if to.copy and moved is self else moved

    def pin_memory(self, device: object = None) -> Tensor:
        """The tensor itself: copies to a GPU need no special memory."""
        return self

    # In place -----------------------------------------------------------------------------------------------
    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets whether operations on this tensor are followed for `backward`."""
        self.requires_grad = requires_grad
        return self

    # Autograd -----------------------------------------------------------------------------------------------
    @property
    def grad_fn(self) -> str | None:
        """The name of the op that made this tensor, or None for a leaf."""
        return self._op if self.requires_grad and not self.is_leaf else None

    def backward(
        self: Tensor,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | None = None,
    ) -> None:
        """Adds the derivative of this tensor by every leaf to that leaf's `.grad`.

        Args:
            gradient: weights of the elements; may be left out for one element.
            retain_graph: keep the graph for another `backward` (default: `create_graph`).
            create_graph: record the derivative itself, so that it can be differentiated.
            inputs: only these leaves get a gradient.

        Raises:
            GradientError: no path to a leaf, or the graph was ended by an earlier `backward`.

        >>> x = ravine.tensor(3.0, requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad
        tensor(6.)
        """
        from ravine import autograd

        autograd.backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph, inputs=inputs)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Calls `hook(grad)` when this tensor's gradient is known; what it returns replaces the gradient.

        >>> x = ravine.tensor(1.0, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (2 * x).backward()
        >>> x.grad
        tensor(20.)
        """
        if not callable(hook):
            raise TypeError(
                f"register_hook: the hook is a function of the gradient, not {type(hook).__name__}"
            )
        return _core.register_hook(self, hook)

    @property
    def retains_grad(self) -> bool:
        """Whether `backward` keeps `.grad` of this tensor although it is no leaf."""
        return self._retains_grad


def rebuild(kind: type[Tensor], data: Any, name: str, requires_grad: bool) -> Tensor:
    """A tensor from its pickled parts."""
    return Tensor.__new__(kind, _core.tensor(data, getattr(_core, name)), requires_grad)


def _conversion(name: str, to: dtype) -> Callable[[Tensor], Tensor]:
    def convert(self: Tensor) -> Tensor:
        return self.to(to)

    convert.__name__, convert.__qualname__ = name, f"Tensor.{name}"
    convert.__doc__ = f"Converts to {to.name}."
    return convert


# Not written inside the class, where `int` and its like would no longer be what annotations mean.
CONVERSIONS = {
    "float": _core.float32,
    "double": _core.float64,
    "half": _core.float16,
    "bfloat16": _core.bfloat16,
    "char": _core.int8,
    "short": _core.int16,
    "int": _core.int32,
    "long": _core.int64,
    "bool": _core.bool,
    "byte": _core.uint8,
}
for _name, _to in CONVERSIONS.items():
    setattr(Methods, _name, _conversion(_name, _to))


def members() -> dict[str, Any]:
    """What `attach` puts on `Tensor`, by name."""
    return {**vars(Facts), **vars(Methods)}


def attach() -> None:
    """Puts the methods on `Tensor`."""
    of_every_class = vars(type("Empty", (), {"__annotations__": {}}))
    for name, value in members().items():
        if name not in of_every_class:
            if hasattr(value, "__qualname__"):
                value.__module__, value.__qualname__ = "ravine", f"Tensor.{name}"
            setattr(Tensor, name, value)


attach()
