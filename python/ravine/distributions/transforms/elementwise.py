"""Transforms of single elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.transforms.base import Transform, broadcast_shape
from ravine.distributions.utils import broadcast_all, eps_of, sum_rightmost, tiny_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine._names import Size
    from ravine.distributions.distribution import Distribution

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "PowerTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "TanhTransform",
]


def _softplus(x: Tensor) -> Tensor:
    return ravine.nn.functional.softplus(x)


class _Plain(Transform):
    """A transform without parameters: all of a class are equal."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class _Growing(_Plain):
    """One that is bijective and grows."""

    bijective = True
    domain = constraints.real

    @property
    def sign(self) -> int:
        return 1


class ExpTransform(_Growing):
    """`exp(x)`."""

    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.exp()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x


class PowerTransform(Transform):
    """`x^exponent` of positive numbers.

    >>> from ravine.distributions.transforms import PowerTransform
    >>> PowerTransform(2.0)(ravine.tensor([1.0, 3.0]))
    tensor([1., 9.])
    """

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Tensor | float, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size)

    @property
    def sign(self) -> Tensor:
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and bool(self.exponent.eq(other.exponent).all())

    __hash__ = object.__hash__

    def _call(self, x: Tensor) -> Tensor:
        return x.pow(self.exponent)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return broadcast_shape(shape, self.exponent)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        return broadcast_shape(shape, self.exponent)


class SigmoidTransform(_Growing):
    """`1 / (1 + exp(-x))`, kept off 0 and 1."""

    codomain = constraints.unit_interval

    def _call(self, x: Tensor) -> Tensor:
        return ravine.sigmoid(x).clamp(min=tiny_of(x), max=1 - eps_of(x))

    def _inverse(self, y: Tensor) -> Tensor:
        y = y.clamp(min=tiny_of(y), max=1 - eps_of(y))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -_softplus(-x) - _softplus(x)


class SoftplusTransform(_Growing):
    """`log(1 + exp(x))`."""

    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return _softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -_softplus(-x)


class TanhTransform(_Growing):
    """`tanh(x)`. Its inverse of numbers next to 1 is large: a cache spares it."""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Tensor) -> Tensor:
        return x.tanh()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        # log(1 - tanh^2) where that is 1 - 1.
        return 2.0 * (math.log(2.0) - x - _softplus(-2.0 * x))


class AbsTransform(_Plain):
    """`|x|`, whose inverse is taken to be positive."""

    domain = constraints.real
    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.abs()

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """`loc + scale x`.

    Args:
        loc: a number or a tensor.
        scale: a number or a tensor, not 0.
        event_dim: how many of the last dimensions make an event.

    >>> from ravine.distributions.transforms import AffineTransform
    >>> AffineTransform(1.0, 2.0)(ravine.tensor([0.0, 1.0]))
    tensor([1., 3.])
    """

    bijective = True

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, event_dim: int = 0, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size=cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> constraints.Constraint:
        return (
            constraints.independent(constraints.real, self._event_dim)
            if self._event_dim
            else constraints.real
        )

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> constraints.Constraint:
        return (
            constraints.independent(constraints.real, self._event_dim)
            if self._event_dim
            else constraints.real
        )

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self._event_dim, cache_size)

    def __eq__(self, other: object) -> bool:
        def same(a: Tensor | float, b: Tensor | float) -> bool:
            return bool(ravine.as_tensor(a == b).all())

        return (
            isinstance(other, AffineTransform) and same(self.loc, other.loc) and same(self.scale, other.scale)
        )

    __hash__ = object.__hash__

    @property
    def sign(self) -> int | Tensor:
        if isinstance(self.scale, Tensor):
            return self.scale.sign()
        return (self.scale > 0) - (self.scale < 0)

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        if isinstance(self.scale, Tensor):
            slope = (
                self.scale.abs()
                .log()
                .expand(ravine.broadcast_shapes(tuple(x.shape), tuple(self.scale.shape)))
            )
        else:
            slope = ravine.full_like(x, math.log(abs(self.scale)))
        return sum_rightmost(slope, self._event_dim)

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return broadcast_shape(shape, self.loc, self.scale)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        return broadcast_shape(shape, self.loc, self.scale)


class CumulativeDistributionTransform(Transform):
    """The `cdf` of a distribution over single elements, to [0, 1]; its inverse is the `icdf`.

    >>> from ravine.distributions import Normal
    >>> from ravine.distributions.transforms import CumulativeDistributionTransform
    >>> CumulativeDistributionTransform(Normal(0.0, 1.0))(ravine.tensor(0.0))
    tensor(0.5000)
    """

    bijective = True
    codomain = constraints.unit_interval

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def sign(self) -> int:
        return 1

    @property
    def domain(self) -> constraints.Constraint:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.distribution.support

    def _call(self, x: Tensor) -> Tensor:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size)
