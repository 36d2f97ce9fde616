"""Names of PyTorch's older interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine._core import Tensor
from ravine.errors import DTypeError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Variable", "set_multithreading_enabled"]


class set_multithreading_enabled:
    """Checks nothing and changes nothing: derivatives are recorded in the thread that asks for them."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


class _Variables(type):
    """The class of `Variable`, of which every tensor is an instance."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any, requires_grad: bool = False) -> Tensor:
        if not isinstance(data, Tensor):
            raise DTypeError(
                f"Variable: data must be a tensor, not {type(data).__name__}. Use ravine.tensor(data)"
            )
        return data.detach().requires_grad_(requires_grad)


class Variable(metaclass=_Variables):
    """PyTorch's older name of a tensor: `Variable(x, requires_grad=True)` is a handle on x that is a leaf.

    >>> x = ravine.autograd.Variable(ravine.ones(2), requires_grad=True)
    >>> x.is_leaf, isinstance(x, ravine.autograd.Variable)
    (True, True)
    """
