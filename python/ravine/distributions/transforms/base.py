"""What every transform has."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from ravine._names import Size
from ravine.distributions import constraints
from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ravine import Tensor

__all__ = ["Transform"]


class Transform:
    """A map from `domain` to `codomain`, which are constraints, with an inverse.

    Derived classes define `_call`, `_inverse` and, if they are bijective, `log_abs_det_jacobian(x, y)`: of
    shape x without the event's dimensions.

    Args:
        cache_size: 1 keeps the latest pair of input and output, so that the inverse of that very output is
        the input.

    Raises:
        ValueError: `cache_size` is neither 0 nor 1.
    """

    domain: constraints.Constraint
    codomain: constraints.Constraint
    #: Whether the map and its inverse undo each other.
    bijective: bool = False

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"{type(self).__name__}: cache_size={cache_size} must be 0 or 1")
        self._cache_size = cache_size
        self._cached: tuple[Tensor, Tensor] | None = None
        self._inv: weakref.ref[Transform] | None = None
        super().__init__()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_inv": None, "_cached": None}

    @property
    def event_dim(self) -> int:
        """The dimensions of one event, if inputs and outputs have as many."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError(
                f"{type(self).__name__}: events have {self.domain.event_dim} dimensions before and "
                f"{self.codomain.event_dim} after it; use .domain.event_dim or .codomain.event_dim"
            )
        return self.domain.event_dim

    @property
    def inv(self) -> Transform:
        """The inverse, as a transform."""
        inv = self._inv() if self._inv is not None else None
        if inv is None:
            inv = _InverseTransform(self)
            self._inv = weakref.ref(inv)
        return inv

    @property
    def sign(self) -> int | Tensor:
        """1 where the map grows, -1 where it falls, of bijective maps of single elements."""
        raise NotImplementedError(f"{type(self).__name__} has no sign: it is not monotone")

    def with_cache(self, cache_size: int = 1) -> Transform:
        """The same map with this `cache_size`."""
        if self._cache_size == cache_size:
            return self
        if type(self).__init__ is Transform.__init__:
            return type(self)(cache_size=cache_size)
        raise NotImplementedError(f"{type(self).__name__}.with_cache is not defined")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __call__(self, x: Tensor) -> Tensor:
        """The output of an input."""
        if self._cache_size == 0:
            return self._call(x)
        if self._cached is not None and self._cached[0] is x:
            return self._cached[1]
        y = self._call(x)
        self._cached = x, y
        return y

    def _inv_call(self, y: Tensor) -> Tensor:
        if self._cache_size == 0:
            return self._inverse(y)
        if self._cached is not None and self._cached[1] is y:
            return self._cached[0]
        x = self._inverse(y)
        self._cached = x, y
        return x

    def _call(self, x: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not define _call")

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} does not define _inverse")

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """`log |det dy/dx|` of an input and its output."""
        raise NotImplementedError(f"{type(self).__name__} has no log_abs_det_jacobian")

    def forward_shape(self, shape: Sequence[int]) -> Size:
        """The shape of the output, from that of the input."""
        return Size(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        """The shape of the input, from that of the output."""
        return Size(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    """The inverse of a transform, which it keeps alive."""

    def __init__(self, transform: Transform) -> None:
        super().__init__(cache_size=transform._cache_size)
        self._forward = transform

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> constraints.Constraint:
        return self._forward.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> constraints.Constraint:
        return self._forward.domain

    @property
    def bijective(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._forward.bijective

    @property
    def sign(self) -> int | Tensor:
        return self._forward.sign

    @property
    def inv(self) -> Transform:
        return self._forward

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self._forward.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and self._forward == other._forward

    __hash__ = object.__hash__

    def __call__(self, x: Tensor) -> Tensor:
        return self._forward._inv_call(x)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self._forward.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return self._forward.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        return self._forward.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._forward!r})"


def broadcast_shape(shape: Sequence[int], *others: object) -> Size:
    """The shape to which parameters, numbers or tensors, broadcast an input's."""
    import ravine

    shapes = [tuple(x.shape) for x in others if isinstance(x, ravine.Tensor)]
    return Size(ravine.broadcast_shapes(tuple(shape), *shapes))
