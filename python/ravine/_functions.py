"""Top-level functions that are not ops: making tensors, modes, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._arguments import check_tensors
from ravine._core import Tensor, dtype
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ravine._core import DeviceLike

__all__ = [
    "allclose",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "equal",
    "eye",
    "from_dlpack",
    "from_numpy",
    "full_like",
    "gelu",
    "is_tensor",
    "isin",
    "numel",
    "ones",
    "ones_like",
    "ops",
    "stats",
    "tensordot",
    "zeros",
    "zeros_like",
]


def _shape(size: tuple[Any, ...]) -> tuple[int, ...]:
    if len(size) == 1 and hasattr(size[0], "__iter__"):
        return tuple(size[0])
    for extent in size:
        if not hasattr(extent, "__index__"):
            raise TypeError(f"a shape consists of integers, not {type(extent).__name__}: {size}")
    return tuple(size)


def _made(t: Tensor, requires_grad: bool) -> Tensor:
    return t.requires_grad_() if requires_grad else t


def zeros(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of zeros, float32 unless told otherwise.

    >>> ravine.zeros(2, 2)
    tensor([[0., 0.],
            [0., 0.]])
    """
    return _ops.full(
        _shape(size), 0, dtype=dtype or _core.float32, device=device, requires_grad=requires_grad
    )


def ones(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of ones, float32 unless told otherwise."""
    return _ops.full(
        _shape(size), 1, dtype=dtype or _core.float32, device=device, requires_grad=requires_grad
    )


def empty(
    *size: int | Sequence[int],
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled. It starts with zeros, so that nothing depends on what memory held."""
    return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad)


def full_like(
    input: Tensor,
    fill_value: float,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number everywhere, in the shape (and dtype, and on the device) of another tensor."""
    return _ops.full(
        tuple(input.shape),
        fill_value,
        dtype=dtype or input.dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def zeros_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros in the shape (dtype, device) of another tensor."""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


def ones_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones in the shape (dtype, device) of another tensor."""
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad)


def empty_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled, in the shape (dtype, device) of another; it starts with zeros."""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: dtype | None = None,
    device: DeviceLike | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix of n rows and m (default n) columns.

    >>> ravine.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    rows = _ops.unsqueeze(_ops.arange(n, device=device), 1)
    columns = _ops.arange(n if m is None else m, device=device)
    return _made(_ops.cast(_ops.eq(rows, columns), dtype or _core.float32), requires_grad)


def from_dlpack(ext_tensor: Any, /, *, device: DeviceLike | None = None, copy: bool | None = None) -> Tensor:
    """A tensor from another library's: an object with `__dlpack__` (NumPy, PyTorch, JAX), or a capsule.

    Work is recorded here and run later, so data that the other library may still write are copied. They are
    shared if they are read-only there, if the other library made a copy for this call, or with `copy=False`:
    then they must not be written any more.

    Args:
        ext_tensor: data on the CPU, of any shape, strides and dtype that Ravine has.
        device: where to put the tensor; the CPU without it.
        copy: True for a copy in any case, False for none.

    Raises:
        BufferError: the data are elsewhere, require a gradient, or cannot be had without a copy.
        TypeError: the object has no `__dlpack__`, or its dtype is unknown here.

    >>> import numpy
    >>> ravine.from_dlpack(numpy.arange(3))
    tensor([0, 1, 2])
    """
    made = _core.from_dlpack(ext_tensor, copy)
    return made if device is None else made.to(device)


def from_numpy(array: Any) -> Tensor:
    """A tensor from a NumPy array, which is copied: a later write to it does not show in the tensor.

    >>> import numpy as np
    >>> ravine.from_numpy(np.array([1, 2]))
    tensor([1, 2])
    """
    if not hasattr(array, "__array__"):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}")
    return _core.tensor(array)


def as_tensor(data: Any, dtype: dtype | None = None, device: DeviceLike | None = None) -> Tensor:
    """The tensor itself, or a tensor from data, which are copied."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype)
    return _core.tensor(data, dtype, device=device)


def asarray(
    data: Any, *, dtype: dtype | None = None, device: DeviceLike | None = None, requires_grad: bool = False
) -> Tensor:
    """As `as_tensor`."""
    return _made(as_tensor(data, dtype, device), requires_grad)


def is_tensor(value: Any) -> bool:
    """Whether something is a Ravine tensor."""
    return isinstance(value, Tensor)


def numel(input: Tensor) -> int:
    """Number of elements."""
    return input.numel()


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds for all elements. It looks at the values.

    >>> ravine.allclose(ravine.tensor([1.0]), ravine.tensor([1.0 + 1e-6]))
    True
    """
    return input.allclose(other, rtol, atol, equal_nan)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape and equal elements. It looks at the values.

    >>> ravine.equal(ravine.tensor([1, 2]), ravine.tensor([1, 2]))
    True
    """
    check_tensors("equal", input=input, other=other)
    return input.equal(other)


def isin(
    elements: Tensor | float,
    test_elements: Tensor | float,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """Whether each element occurs in `test_elements` (or not, with `invert`). `assume_unique` is ignored.

    >>> ravine.isin(ravine.tensor([1, 2, 3]), ravine.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    like = next((t for t in (elements, test_elements) if isinstance(t, Tensor)), None)
    where = None if like is None else like.device
    x = elements if isinstance(elements, Tensor) else _core.tensor(elements, device=where)
    if not isinstance(test_elements, Tensor):
        found = _ops.eq(x, test_elements)
    elif test_elements.numel() == 0:
        found = _ops.full(x.shape, False, device=x.device)
    else:
        wanted = _ops.sort(_ops.reshape(test_elements, -1))[0]
        # The first place from which on nothing is smaller holds the element, if any does.
        place = _ops.clamp(_ops.searchsorted(wanted, x), max=wanted.numel() - 1)
        found = _ops.eq(_ops.take(wanted, place), x)
    return _ops.logical_not(found) if invert else found


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Sum of products over pairs of dimensions: the last `dims` of `a` and the first of `b`, or two lists.

    >>> ravine.tensordot(ravine.ones(2, 3, 4), ravine.ones(4, 3), ([1, 2], [1, 0]))
    tensor([12., 12.])
    """
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise ValueError(f"tensordot: dims={dims} must lie between 0 and the ranks {a.ndim} and {b.ndim}")
        left, right = range(a.ndim - dims, a.ndim), range(dims)
    else:
        left, right = ([d % t.ndim for d in which] for which, t in zip(dims, (a, b), strict=True))
        if len(left) != len(right) or len({*left}) != len(left) or len({*right}) != len(right):
            raise ValueError(f"tensordot: dims={dims!r} must pair each dimension once")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    of_a, of_b = list(letters[: a.ndim]), list(letters[a.ndim : a.ndim + b.ndim])
    for i, j in zip(left, right):
        if a.shape[i] != b.shape[j]:
            raise ShapeError(
                f"tensordot: dimension {i} of shape {a.shape} and {j} of shape {b.shape} differ; "
                "pairs must be equal"
            )
        of_b[j] = of_a[i]
    rest = [of_a[i] for i in range(a.ndim) if i not in left] + [
        of_b[j] for j in range(b.ndim) if j not in right
    ]
    return _ops.einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(rest)}", a, b)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit `x Phi(x)` (Hendrycks and Gimpel, 2016).

    `approximate="tanh"` gives `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.

    >>> ravine.gelu(ravine.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate == "none":
        return _ops.gelu(input)
    if approximate != "tanh":
        raise ValueError(f"gelu: approximate is 'none' or 'tanh', not {approximate!r}")
    inner = (input + input * input * input * 0.044715) * 0.7978845608028654
    return input * 0.5 * (_ops.tanh(inner) + 1)


def stats() -> dict[str, int]:
    """Counters of what the engine did. They only grow, save the two gauges `bytes_live` and `bytes_peak`.

    >>> before = ravine.stats()["ops_recorded"]
    >>> _ = ravine.ones(2) + 1
    >>> ravine.stats()["ops_recorded"] - before
    2
    """
    return _core.stats_table()


class OpRecord:
    """What the registry says of one op or function."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.name: str = fields["name"]
        self.doc: str = fields.get("doc", "")
        self.signature: str | None = fields["signature"]
        self.fields = fields

    def __repr__(self) -> str:
        return f"<{self.name}{self.signature or ''}>"


def ops() -> list[OpRecord]:
    """Every op and function of the registry.

    >>> [op.name for op in ravine.ops()][:2]
    ['neg', 'clone']
    """
    return [OpRecord(fields) for fields in _core.registry_table()]
