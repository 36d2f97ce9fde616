"""Functions that are written in Python: they record ops and do no arithmetic of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import FUNCTIONAL, METHOD, TOP, declare
from ravine.errors import DTypeError, IndexError, ShapeError, ValueError

if TYPE_CHECKING:
    from typing import Any

    from ravine._core import DeviceLike


@declare(TOP)
def is_tensor(value: Any) -> bool:
    """Whether something is a Ravine tensor."""
    return isinstance(value, Tensor)


@declare(TOP)
def numel(input: Tensor) -> int:
    """Number of elements."""
    return input.numel()


@declare(TOP, METHOD)
def get_device(input: Tensor) -> int:
    """The number of the GPU that a tensor is on, or -1 elsewhere.

    >>> ravine.get_device(ravine.ones(2))
    -1
    """
    index = input.device.index
    return -1 if index is None else index


@declare(TOP, METHOD)
def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one.

    >>> ravine.is_floating_point(ravine.ones(2))
    True
    """
    return input.dtype.is_floating_point


@declare(TOP, METHOD)
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds for all elements. It looks at the values.

    >>> ravine.allclose(ravine.tensor([1.0]), ravine.tensor([1.0 + 1e-6]))
    True
    """
    return bool(_ops.all(_ops.isclose(input, other, rtol, atol, equal_nan)))


@declare(TOP, METHOD)
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape and equal elements. It looks at the values.

    >>> ravine.equal(ravine.tensor([1, 2]), ravine.tensor([1, 2]))
    True
    """
    return input.shape == other.shape and bool(_ops.all(_ops.eq(input, other)))


@declare(TOP)
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


@declare(TOP)
def seed() -> int:
    """Starts the random numbers anew from a seed by the system, and returns that.

    >>> ravine.seed() == ravine.initial_seed()
    True
    """
    return _core.default_generator.seed()


@declare(METHOD, of="to")
def type(input: Tensor, dtype: Any = None, non_blocking: bool = False, **kwargs: Any) -> Any:
    """The name of the tensor's kind; or, given a dtype or such a name, the tensor as that.

    >>> ravine.ones(2).type(), ravine.ones(2).type("torch.LongTensor")
    ('torch.FloatTensor', tensor([1, 1]))
    """
    from ravine._types import kind_of, type_name

    if dtype is None:
        return type_name(input)
    to, device = kind_of(dtype)
    if device is None or device == input.device.type:
        return input.to(to)
    return input.to(device, to)


@declare(METHOD, of="to")
def cuda(
    input: Tensor,
    device: DeviceLike | None = None,
    non_blocking: bool = False,
    memory_format: object = None,
) -> Tensor:
    """The tensor on a GPU, of whatever make."""
    return _core.transfer_to(input, "cuda" if device is None else device)


@declare(METHOD, of="to")
def cpu(input: Tensor, memory_format: object = None) -> Tensor:
    """The tensor on the CPU."""
    return _core.transfer_to(input, "cpu")


@declare(TOP)
def detach(input: Tensor) -> Tensor:
    """A view of the same elements that is constant to autograd.

    >>> ravine.detach(ravine.ones(2, requires_grad=True)).requires_grad
    False
    """
    return input.detach()


@declare(METHOD, of="reshape")
def view(input: Tensor, *shape: Any) -> Tensor:
    """As `reshape`; or, given a dtype of the same size, not supported.

    >>> ravine.arange(4).view(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    if len(shape) == 1 and isinstance(shape[0], _core.dtype):
        raise DTypeError("reinterpreting memory as another dtype is not supported. Use .to(dtype)")
    return _ops.reshape(input, *shape)


@declare(METHOD, of="reshape")
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Reshaped like `other`."""
    return _ops.reshape(input, other.shape)


@declare(METHOD, of="reshape")
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Reshaped like `other`."""
    return _ops.reshape(input, other.shape)


@declare(METHOD, of="expand")
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Expanded like `other`."""
    return _ops.expand(input, other.shape)


@declare(TOP, METHOD)
def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; vectors and scalars stay as they are.

    Raises:
        ShapeError: the tensor has more than two dimensions.

    >>> ravine.t(ravine.tensor([[1, 2]]))
    tensor([[1],
            [2]])
    """
    if input.ndim > 2:
        raise ShapeError(f"the tensor has {input.ndim} dimensions; use .mT or transpose(dim0, dim1)")
    return input.T


def _axis(input: Tensor, dim: int) -> int:
    """A dimension, counted from the front."""
    rank = input.ndim
    if not -rank <= dim < rank:
        valid = f"Use -{rank} to {rank - 1}" if rank else "It has none to choose from"
        raise IndexError(f"dimension {dim} is out of range for a tensor of rank {rank}. {valid}")
    return dim % rank


@declare(TOP, METHOD, of="index")
def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """A view of `length` indices of dimension `dim`, from `start` on; a negative one counts from the end.

    Raises:
        IndexError: there is no such dimension, or the indices are not all in it.

    >>> ravine.narrow(ravine.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    dim, start = _axis(input, dim), int(start)
    size = input.shape[dim]
    first = start + size if -size <= start < 0 else start
    if first < 0 or length < 0 or first + length > size:
        raise IndexError(
            f"{start} to {start + length} is out of range for dimension {dim} of size {size}. Start and "
            "length are 0 or more and add up to the size at most"
        )
    return input[(slice(None),) * dim + (slice(first, first + length),)]


@declare(TOP, METHOD, of="index")
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of one index of dimension `dim`, which is dropped.

    Raises:
        IndexError: there is no such dimension, or no such index in it.

    >>> ravine.select(ravine.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    return input[(slice(None),) * _axis(input, dim) + (int(index),)]


@declare(TOP, METHOD)
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """A view for each index of dimension `dim`, without that dimension.

    Raises:
        IndexError: there is no such dimension.

    >>> ravine.unbind(ravine.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    dim = _axis(input, dim)
    return tuple(input[(slice(None),) * dim + (i,)] for i in range(input.shape[dim]))


@declare(TOP, METHOD, of="copy_")
def fill_(input: Tensor, value: float | Tensor) -> Tensor:
    """Writes one number everywhere, and returns the tensor.

    >>> ravine.fill_(ravine.zeros(2), 3)
    tensor([3., 3.])
    """
    return input.copy_(_number(input, value))


@declare(TOP, METHOD, of="copy_")
def zero_(input: Tensor) -> Tensor:
    """Writes 0 everywhere, and returns the tensor.

    >>> ravine.zero_(ravine.ones(2))
    tensor([0., 0.])
    """
    return input.copy_(_number(input, 0))


def _number(like: Tensor, value: float | Tensor) -> Tensor:
    """A number of the dtype, and on the device, of a tensor."""
    if isinstance(value, Tensor):
        return value.to(like.dtype)
    return _ops.full((), value, dtype=like.dtype, device=like.device)


@declare(TOP, METHOD, in_place=True)
def masked_fill(input: Tensor, mask: Tensor, value: float | Tensor) -> Tensor:
    """`value` where the mask is true, else the element; both shapes broadcast.

    >>> ravine.masked_fill(ravine.ones(2), ravine.tensor([True, False]), 0)
    tensor([0., 1.])
    """
    return _ops.where(mask, _number(input, value), input)


@declare(METHOD)
def where(input: Tensor, condition: Tensor, other: Tensor | float) -> Tensor:
    """The element where the condition is true, else that of `other`.

    >>> ravine.tensor([1, 2]).where(ravine.tensor([True, False]), 0)
    tensor([1, 0])
    """
    return _ops.where(condition, input, other)


@declare(TOP, METHOD, FUNCTIONAL)
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit `x Phi(x)` (Hendrycks and Gimpel, 2016).

    `approximate="tanh"` gives `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.

    >>> ravine.gelu(ravine.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate == "none":
        return _ops.gelu(input)
    if approximate != "tanh":
        raise ValueError(f"approximate is 'none' or 'tanh', not {approximate!r}")
    inner = (input + input * input * input * 0.044715) * 0.7978845608028654
    return input * 0.5 * (_ops.tanh(inner) + 1)


@declare(TOP, METHOD, FUNCTIONAL)
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``x`` above 0, ``weight x`` elsewhere; see :class:`ravine.nn.PReLU`.

    Args:
        input: (N, C, ...), or any shape if there is one weight.
        weight: (C,) or a single number as a tensor.

    Raises:
        ShapeError: the number of weights is neither 1 nor C.

    >>> ravine.prelu(ravine.tensor([[-1.0, -1.0]]), ravine.tensor([0.25, 0.5]))
    tensor([[-0.2500, -0.5000]])
    """
    if weight.numel() != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.ndim != 1 or weight.numel() != channels:
            raise ShapeError(
                f"the input of shape {tuple(input.shape)} has {channels} channels, the weight shape "
                f"{tuple(weight.shape)}. Give 1 weight or one for each channel"
            )
        weight = weight.reshape((-1,) + (1,) * (input.ndim - 2))
    elif weight.ndim > input.ndim:
        weight = weight.reshape(())
    return _ops.leaky_relu(input, weight)  # pyright: ignore[reportArgumentType]


@declare(TOP, FUNCTIONAL)
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels spread over the plane: (..., C r r, H, W) -> (..., C, H r, W r), r the upscale factor.

    ``y[c, i r + p, j r + q] = x[c r r + p r + q, i, j]`` (Shi et al., 2016).

    Raises:
        ValueError: r is not positive, or r r does not divide the channels.

    >>> ravine.pixel_shuffle(ravine.arange(4.0).reshape(4, 1, 1), 2).tolist()
    [[[0.0, 1.0], [2.0, 3.0]]]
    """
    r = upscale_factor
    *lead, channels, height, width = _image(input)
    if r < 1 or channels % (r * r):
        raise ValueError(
            f"{channels} channels do not split by upscale_factor {r} squared; change one of them"
        )
    n = len(lead)
    x = input.reshape(*lead, channels // (r * r), r, r, height, width)
    x = x.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return x.reshape(*lead, channels // (r * r), height * r, width * r)


@declare(TOP, FUNCTIONAL)
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of :func:`pixel_shuffle`: (..., C, H r, W r) -> (..., C r r, H, W).

    Raises:
        ValueError: r is not positive, or does not divide height and width.

    >>> ravine.pixel_unshuffle(ravine.arange(4.0).reshape(1, 2, 2), 2).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    r = downscale_factor
    *lead, channels, height, width = _image(input)
    if r < 1 or height % r or width % r:
        raise ValueError(
            f"a plane of {height} x {width} does not split by downscale_factor {r}; change one of them"
        )
    n = len(lead)
    x = input.reshape(*lead, channels, height // r, r, width // r, r)
    x = x.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return x.reshape(*lead, channels * r * r, height // r, width // r)


def _image(input: Tensor) -> list[int]:
    if input.ndim < 3:
        raise ValueError(f"needs at least 3 dimensions (channels, height, width), got {tuple(input.shape)}")
    return [int(n) for n in input.shape]


@declare(TOP)
def stats() -> dict[str, int]:
    """Counters of what the engine did. They only grow, save gauges such as `bytes_live`.

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


@declare(TOP)
def ops() -> list[OpRecord]:
    """Every op and function of the registry.

    >>> [op.name for op in ravine.ops()][:2]
    ['neg', 'clone']
    """
    return [OpRecord(fields) for fields in _core.registry_table()]
