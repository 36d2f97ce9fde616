"""Distributions of transformed variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._names import Size
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.independent import Independent
from ravine.distributions.transforms import ComposeTransform, Transform
from ravine.distributions.utils import sum_rightmost
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """Of `y = f(x)` for x of a base distribution: `log p(y) = log p(x) - log |det dy/dx|`.

    Args:
        base_distribution: of x.
        transforms: f, or a sequence of transforms, the first one first.

    Raises:
        ShapeError: the base has fewer dimensions than an event of the transforms.
        ValueError: `transforms` is neither a Transform nor a sequence of them.

    >>> from ravine.distributions import Normal, TransformedDistribution
    >>> from ravine.distributions.transforms import ExpTransform
    >>> TransformedDistribution(Normal(0.0, 1.0), ExpTransform()).log_prob(ravine.tensor(1.0))
    tensor(-0.9189)
    """

    arg_constraints: dict[str, constraints.Constraint] = {}
    #: Of a class whose transforms have parameters: the arguments with which it is made again, expanded.
    _made_of: tuple[str, ...] = ()

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        parts = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(parts, (list, tuple)) or not all(isinstance(t, Transform) for t in parts):
            raise ValueError(
                f"{type(self).__name__}: transforms is a Transform or a list of them, not {transforms!r}"
            )
        self.transforms = list(parts)
        whole = ComposeTransform(self.transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        if len(shape) < whole.domain.event_dim:
            raise ShapeError(
                f"{type(self).__name__}: the base has shape {tuple(shape)}, an event of the transforms "
                f"{whole.domain.event_dim} dimensions. Expand the base"
            )
        # What the transforms broadcast, or take for one event, becomes part of the base.
        forward = whole.forward_shape(shape)
        needed = whole.inverse_shape(forward)
        if tuple(needed) != tuple(shape):
            base_batch = needed[: len(needed) - len(base_distribution.event_shape)]
            base_distribution = base_distribution.expand(base_batch)
        taken = whole.domain.event_dim - len(base_distribution.event_shape)
        if taken > 0:
            base_distribution = Independent(base_distribution, taken)
        self.base_dist = base_distribution
        event_dim = whole.codomain.event_dim + max(
            len(base_distribution.event_shape) - whole.domain.event_dim, 0
        )
        cut = len(forward) - event_dim
        super().__init__(forward[:cut], forward[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new: Any = object.__new__(type(self)) if _instance is None else _instance
        if self._made_of:
            maker: Any = next(c for c in type(self).__mro__ if "_made_of" in c.__dict__)
            params = [getattr(self, name).expand(tuple(batch_shape)) for name in self._made_of]
            maker.__init__(new, *params, validate_args=False)
            new._validate_args = self._validate_args
            return new
        new.__dict__.update(self.__dict__)
        whole = ComposeTransform(self.transforms)
        shape = whole.inverse_shape(tuple(batch_shape) + tuple(self._event_shape))
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        new._batch_shape = Size(batch_shape)
        return new

    if TYPE_CHECKING:
        support: Any
        has_rsample: Any
    else:

        @constraints.dependent_property(is_discrete=False)
        def support(self) -> constraints.Constraint:
            if not self.transforms:
                return self.base_dist.support
            support = self.transforms[-1].codomain
            more = len(self._event_shape) - support.event_dim
            return constraints.independent(support, more) if more > 0 else support

        @property
        def has_rsample(self) -> bool:
            return self.base_dist.has_rsample

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            x = self.base_dist.sample(sample_shape)
            for transform in self.transforms:
                x = transform(x)
            return x

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        x = self.base_dist.rsample(sample_shape)
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        event_dim, y = len(self._event_shape), value
        total: Tensor | float = 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            slope = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(slope, event_dim - transform.domain.event_dim)
            y = x
        return total + sum_rightmost(self.base_dist.log_prob(y), event_dim - len(self.base_dist.event_shape))

    def _turned(self, value: Tensor) -> Tensor:
        """A probability from the other end, where the transforms fall."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        value = self.base_dist.icdf(self._turned(value))
        for transform in self.transforms:
            value = transform(value)
        return value
