"""The categorical distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import Chances, standard_uniform, tiny_of
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Categorical"]


class Categorical(Chances, Distribution):
    """The numbers from 0 to K - 1, each with a probability of its own.

    Args:
        probs: (..., K), 0 or more; they are divided by their sum.
        logits: (..., K), log-probabilities up to a constant, instead.

    Raises:
        ShapeError: the parameter has no dimension.

    >>> from ravine.distributions import Categorical
    >>> Categorical(ravine.tensor([1.0, 3.0])).log_prob(ravine.tensor(1)).exp()
    tensor(0.7500)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _each_alone = False

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        param = self._choose(probs, logits)
        if param.ndim < 1:
            name = "probs" if self._is_probs else "logits"
            raise ShapeError(
                f"{type(self).__name__}: {name} is a single number; give a vector of them at least"
            )
        if self._is_probs:
            param = param / param.sum(-1, keepdim=True)
        else:
            param = param - param.logsumexp(-1, keepdim=True)
        self._keep(param)
        super().__init__(param.shape[:-1], validate_args=validate_args)

    @property
    def _num_events(self) -> int:
        return int(self._param.shape[-1])

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        """NaN: the numbers are names."""
        return ravine.full(self._batch_shape, math.nan, dtype=self._param.dtype, device=self._param.device)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        """NaN: the numbers are names."""
        return self.mean

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        count = math.prod(sample_shape)
        with ravine.no_grad():
            probs = self.probs.float() if self.probs.dtype.itemsize < 4 else self.probs
            # The first end above a uniform number: a category without a share is never met.
            ends = probs.cumsum(-1)
            u = standard_uniform((*self._batch_shape, count), probs) * ends[..., -1:]
            drawn = ravine.searchsorted(ends, u, right=True).clamp(max=self._num_events - 1)
            return drawn.movedim(-1, 0).reshape(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        value, log_probs = ravine.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_probs.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        # A probability of 0 adds nothing, whatever its logarithm.
        logits = self.logits.clamp(min=-1 / tiny_of(self.logits))
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = ravine.arange(self._num_events, device=self._param.device)
        values = values.reshape(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
