"""What scripts ask tensors about themselves, and what means nothing here and does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine._declare import METHOD, TOP, declare
from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ravine._core import DeviceLike


@declare(TOP, METHOD)
def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, as `mH`; a scalar stays as it is.

    >>> ravine.adjoint(ravine.tensor([[1, 2]]))
    tensor([[1],
            [2]])
    """
    return _ops.transpose(input, -1, -2) if input.ndim else input


@declare(METHOD)
def ndimension(input: Tensor) -> int:
    """The number of dimensions, as `dim()`."""
    return input.ndim


@declare(METHOD, of="to")
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """Converted to the dtype, and moved to the device, of another tensor.

    >>> ravine.ones(2).type_as(ravine.arange(2))
    tensor([1, 1])
    """
    return input.to(other)


@declare(METHOD, of="tensor")
def new(input: Tensor, *args: Any, device: DeviceLike | None = None) -> Tensor:
    """A tensor of this dtype and on this device: zeros of a shape, or a copy of a list, array or tensor.

    >>> ravine.ones(1).new(2, 3).shape, ravine.ones(1).new([4, 5])
    ((2, 3), tensor([4., 5.]))
    """
    where = input.device if device is None else device
    if len(args) == 1 and not isinstance(args[0], (int, tuple)):
        return _core.tensor(args[0], input.dtype, device=where)
    shape = args[0] if args and isinstance(args[0], tuple) else args or (0,)
    return _ops.full(shape, 0, dtype=input.dtype, device=where)


@declare(TOP, METHOD)
def is_inference(input: Tensor) -> bool:
    """False: values computed in `inference_mode` may be used anywhere later."""
    return False


@declare(TOP, METHOD)
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> ravine.is_signed(ravine.ones(2)), ravine.is_signed(ravine.ones(2, dtype=ravine.uint8))
    (True, False)
    """
    return input.dtype not in (_core.uint8, _core.bool)


@declare(TOP, METHOD)
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not 0. It looks at the value.

    Raises:
        ValueError: the tensor has another number of elements.

    >>> ravine.is_nonzero(ravine.tensor([0.5]))
    True
    """
    if input.numel() != 1:
        raise ValueError(
            f"the tensor of shape {tuple(input.shape)} has {input.numel()} elements, and is asked for one. "
            "Use .any() or .all()"
        )
    return bool(input)


@declare(TOP, METHOD)
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape.

    >>> ravine.is_same_size(ravine.ones(2, 3), ravine.zeros(2, 3))
    True
    """
    return input.shape == other.shape


@declare(TOP)
def is_storage(obj: Any) -> bool:
    """Whether something is a tensor's storage."""
    from ravine._storage import TypedStorage, UntypedStorage

    return isinstance(obj, (TypedStorage, UntypedStorage))


@declare(METHOD)
def is_pinned(input: Tensor, device: DeviceLike | None = None) -> bool:
    """False: copies to a GPU need no special memory."""
    return False


@declare(METHOD)
def is_shared(input: Tensor) -> bool:
    """False: processes do not share tensors."""
    return False


@declare(METHOD)
def share_memory_(input: Tensor) -> Tensor:
    """The tensor itself: data loaders work in threads, which share everything."""
    return input


@declare(METHOD)
def record_stream(input: Tensor, stream: object) -> None:
    """Nothing: memory is free when its last reader has run."""


@declare(METHOD)
def register_post_accumulate_grad_hook(input: Tensor, hook: Callable[[Tensor], None]) -> Any:
    """Calls `hook(tensor)` after a backward pass has added to the tensor's `.grad`.

    Raises:
        GradientError: the tensor is no leaf that requires a gradient.

    >>> x = ravine.tensor(3.0, requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
    >>> (x * x).backward()
    tensor(6.)
    >>> handle.remove()
    """
    from ravine.autograd._hooks import after_accumulation

    return after_accumulation(input, hook)


# Element by element, in Python ------------------------------------------------------------------------------
@declare(METHOD)
def apply_(input: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces each element, as a Python number, by what a function makes of it. It is slow.

    >>> ravine.tensor([1, 2]).apply_(lambda x: x * 10)
    tensor([10, 20])
    """
    return _each(callable, input)


@declare(METHOD)
def map_(input: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replaces each element by what a function makes of it and of that of another tensor. It is slow.

    >>> ravine.tensor([1, 2]).map_(ravine.tensor([3, 4]), lambda x, y: x * y)
    tensor([3, 8])
    """
    return _each(callable, input, tensor)


@declare(METHOD)
def map2_(input: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """As `map_`, with the elements of two other tensors.

    >>> ravine.tensor([1, 2]).map2_(ravine.tensor([3, 4]), ravine.tensor([5, 6]), lambda a, b, c: a + b * c)
    tensor([16, 26])
    """
    return _each(callable, input, x, y)


def _each(function: Callable[..., Any], *tensors: Tensor) -> Tensor:
    first = tensors[0]
    rows = [_ops.expand(t.detach(), first.shape).reshape(-1).tolist() for t in tensors]
    made = [function(*numbers) for numbers in zip(*rows, strict=True)]
    return first.copy_(_core.tensor(made, first.dtype, device=first.device).reshape(first.shape))
