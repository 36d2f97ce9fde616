"""The binomial distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import Chances, broadcast_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Binomial"]


class Binomial(Chances, Distribution):
    """Successes among n trials: `n! / (k! (n - k)!) p^k (1 - p)^(n - k)`.

    Args:
        total_count: n, whole numbers from 0 on.
        probs: p, in [0, 1].
        logits: `log(p / (1 - p))`, instead.

    `enumerate_support` and `entropy` need one n for the whole batch, which is looked at.

    >>> from ravine.distributions import Binomial
    >>> Binomial(4, ravine.tensor(0.5)).log_prob(ravine.tensor(2.0)).exp()
    tensor(0.3750)
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Tensor | float = 1,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        param, count = broadcast_all(self._choose(probs, logits), total_count)
        self.total_count = count.to(param.dtype)
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> constraints.Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().minimum(self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with ravine.no_grad():
            return ravine.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logsigmoid, n = ravine.nn.functional.logsigmoid, self.total_count
        ways = ravine.lgamma(n + 1) - ravine.lgamma(value + 1) - ravine.lgamma(n - value + 1)
        return ways + value * logsigmoid(self.logits) + (n - value) * logsigmoid(-self.logits)

    def _one_count(self, what: str) -> int:
        least, largest = int(self.total_count.min()), int(self.total_count.max())
        if least != largest:
            raise NotImplementedError(
                f"Binomial.{what} needs one total_count for the batch, which has {least} to {largest}"
            )
        return largest

    def entropy(self) -> Tensor:
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._one_count("enumerate_support")
        values = ravine.arange(1 + count, dtype=self._param.dtype, device=self._param.device)
        values = values.reshape(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
