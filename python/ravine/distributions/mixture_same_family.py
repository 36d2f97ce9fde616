"""Mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._names import Size
from ravine.distributions import constraints
from ravine.distributions.categorical import Categorical
from ravine.distributions.distribution import Distribution
from ravine.errors import ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """Of a value from one of K components, which are the last batch dimension of one distribution.

    Args:
        mixture_distribution: a Categorical over the components.
        component_distribution: the components.

    Raises:
        ValueError: an argument is no Categorical, or no Distribution.
        ShapeError: the batch shapes, or the numbers of components, differ.

    >>> from ravine.distributions import Categorical, MixtureSameFamily, Normal
    >>> d = MixtureSameFamily(Categorical(ravine.ones(2)), Normal(ravine.tensor([-1.0, 3.0]), 1.0))
    >>> d.mean
    tensor(1.)
    """

    arg_constraints: dict[str, constraints.Constraint] = {}
    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                "MixtureSameFamily: mixture_distribution is a Categorical, not a "
                f"{type(mixture_distribution).__name__}"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "MixtureSameFamily: component_distribution is a Distribution, not a "
                f"{type(component_distribution).__name__}"
            )
        mixing, batch = mixture_distribution.batch_shape, component_distribution.batch_shape
        for i, j in zip(reversed(mixing), reversed(batch[:-1])):
            if i != 1 and j != 1 and i != j:
                raise ShapeError(
                    f"MixtureSameFamily: batch shape {tuple(mixing)} of the mixture does not fit "
                    f"{tuple(batch[:-1])} "
                    "of the components"
                )
        count = mixture_distribution._num_events
        if not batch or batch[-1] != count:
            raise ShapeError(
                f"MixtureSameFamily: the mixture is over {count} components, the components have batch shape "
                f"{tuple(batch)}. Its last dimension must be {count}"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        self._num_component = count
        event = component_distribution.event_shape
        super().__init__(batch[:-1], event, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new: Any = object.__new__(type(self)) if _instance is None else _instance
        new.__dict__.update(self.__dict__)
        components = (*batch_shape, self._num_component)
        new._component_distribution = self._component_distribution.expand(components)
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._batch_shape = Size(batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> constraints.Constraint:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """Over the components."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components."""
        return self._component_distribution

    @property
    def _weights(self) -> Tensor:
        """Of the components, beside the dimensions of an event."""
        probs = self._mixture_distribution.probs
        return probs.reshape(*probs.shape, *(1,) * len(self._event_shape))

    def _shared(self, value: Tensor) -> Tensor:
        """The value beside a dimension of components."""
        return value.unsqueeze(-1 - len(self._event_shape))

    @property
    def mean(self) -> Tensor:
        return (self._weights * self._component_distribution.mean).sum(-1 - len(self._event_shape))

    @property
    def variance(self) -> Tensor:
        dim, means = -1 - len(self._event_shape), self._component_distribution.mean
        within = (self._weights * self._component_distribution.variance).sum(dim)
        return within + (self._weights * (means - self._shared(self.mean)).square()).sum(dim)

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        below = self._component_distribution.cdf(self._shared(value))
        return (below * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        of_each = self._component_distribution.log_prob(self._shared(value))
        return (of_each + ravine.log_softmax(self._mixture_distribution.logits, -1)).logsumexp(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            event = len(self._event_shape)
            which = self._mixture_distribution.expand(self._batch_shape).sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            which = which.reshape(*which.shape, *(1,) * (event + 1))
            which = which.expand(*which.shape[: which.ndim - event], *self._event_shape)
            return drawn.gather(-1 - event, which).squeeze(-1 - event)
