"""Transforms side by side along a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine.distributions import constraints
from ravine.distributions.transforms.base import Transform
from ravine.distributions.utils import sum_rightmost
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ravine import Tensor

__all__ = ["CatTransform", "StackTransform"]


class _Joined(Transform):
    """Transforms of parts of their input along `dim`."""

    transforms: list[Transform]
    dim: int

    def _parts(self, x: Tensor) -> list[Tensor]:
        raise NotImplementedError

    def _join(self, parts: list[Tensor], dim: int) -> Tensor:
        raise NotImplementedError

    def _need(self, tseq: Sequence[Transform], cache_size: int) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise ValueError(f"{type(self).__name__}: tseq is a sequence of Transforms, not {list(tseq)}")
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)

    @property
    def bijective(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return all(t.bijective for t in self.transforms)

    def _call(self, x: Tensor) -> Tensor:
        return self._join([t(part) for t, part in zip(self.transforms, self._parts(x))], self.dim)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._join([t.inv(part) for t, part in zip(self.transforms, self._parts(y))], self.dim)


class CatTransform(_Joined):
    """Transforms of stretches of the input along `dim`, each as long as `lengths` says (1).

    >>> from ravine.distributions.transforms import CatTransform, ExpTransform, identity_transform
    >>> CatTransform([ExpTransform(), identity_transform], 0, [1, 2])(ravine.zeros(3))
    tensor([1., 0., 0.])
    """

    def __init__(
        self,
        tseq: Sequence[Transform],
        dim: int = 0,
        lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ) -> None:
        super().__init__(cache_size=cache_size)
        self._need(tseq, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise ValueError(
                f"CatTransform: {len(self.transforms)} transforms have {len(self.lengths)} lengths; give "
                "one each"
            )
        self.dim = dim

    @property
    def event_dim(self) -> int:
        return max(t.event_dim for t in self.transforms)

    @property
    def length(self) -> int:
        """Of the whole input along the dimension."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, x: Tensor) -> list[Tensor]:
        if not -x.ndim <= self.dim < x.ndim or x.shape[self.dim] != self.length:
            raise ShapeError(
                f"CatTransform: shape {tuple(x.shape)} has no dimension {self.dim} of {self.length} "
                "elements, "
                f"the sum of lengths {self.lengths}"
            )
        return list(ravine.split(x, self.lengths, self.dim))

    def _join(self, parts: list[Tensor], dim: int) -> Tensor:
        return ravine.cat(parts, dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        slopes = []
        for t, before, after in zip(self.transforms, self._parts(x), self._parts(y)):
            slope = t.log_abs_det_jacobian(before, after)
            slopes.append(sum_rightmost(slope, self.event_dim - t.event_dim))
        dim = (self.dim if self.dim < 0 else self.dim - x.ndim) + self.event_dim
        if dim < 0:
            return ravine.cat(slopes, dim)
        total = slopes[0]
        for slope in slopes[1:]:
            total = total + slope
        return total

    @constraints.dependent_property
    def domain(self) -> constraints.Constraint:  # pyright: ignore[reportIncompatibleVariableOverride]
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> constraints.Constraint:  # pyright: ignore[reportIncompatibleVariableOverride]
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Joined):
    """Transforms of the slices of the input along `dim`.

    >>> from ravine.distributions.transforms import ExpTransform, StackTransform, identity_transform
    >>> StackTransform([ExpTransform(), identity_transform])(ravine.zeros(2))
    tensor([1., 0.])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self._need(tseq, cache_size)
        self.dim = dim

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return StackTransform(self.transforms, self.dim, cache_size)

    def _parts(self, x: Tensor) -> list[Tensor]:
        if not -x.ndim <= self.dim < x.ndim or x.shape[self.dim] != len(self.transforms):
            raise ShapeError(
                f"StackTransform: shape {tuple(x.shape)} has no dimension {self.dim} of "
                f"{len(self.transforms)} "
                "slices, one for each transform"
            )
        return list(ravine.unbind(x, self.dim))

    def _join(self, parts: list[Tensor], dim: int) -> Tensor:
        return ravine.stack(parts, dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        slopes = [
            t.log_abs_det_jacobian(before, after)
            for t, before, after in zip(self.transforms, self._parts(x), self._parts(y))
        ]
        return ravine.stack(slopes, self.dim)

    @constraints.dependent_property
    def domain(self) -> constraints.Constraint:  # pyright: ignore[reportIncompatibleVariableOverride]
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> constraints.Constraint:  # pyright: ignore[reportIncompatibleVariableOverride]
        return constraints.stack([t.codomain for t in self.transforms], self.dim)
