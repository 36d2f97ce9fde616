"""The logistic-normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.independent import Independent
from ravine.distributions.normal import Normal
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import StickBreakingTransform

if TYPE_CHECKING:
    pass

__all__ = ["LogisticNormal"]


class LogisticNormal(TransformedDistribution):
    """Of points of the simplex with K + 1 coordinates: `StickBreakingTransform` of K normal numbers.

    >>> from ravine.distributions import LogisticNormal
    >>> LogisticNormal(ravine.zeros(2), ravine.ones(2)).event_shape
    (3,)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand((1,))
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def _normal(self) -> Normal:
        base = self.base_dist
        return base.base_dist if isinstance(base, Independent) else base  # pyright: ignore[reportReturnType]

    @property
    def loc(self) -> Tensor:
        """The means of the normal numbers."""
        return self._normal.loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations of the normal numbers."""
        return self._normal.scale
