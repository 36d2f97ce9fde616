"""The negative binomial distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.gamma import Gamma
from ravine.distributions.utils import Chances, broadcast_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Chances, Distribution):
    """Successes, each with probability p, before `total_count` failures:
    `Gamma(k + r) / (k! Gamma(r)) (1 - p)^r p^k`.

    Args:
        total_count: r, 0 or more.
        probs: p, in [0, 1).
        logits: `log(p / (1 - p))`, instead.

    >>> from ravine.distributions import NegativeBinomial
    >>> NegativeBinomial(3.0, ravine.tensor(0.5)).mean
    tensor(3.)
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Tensor | float,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        param, count = broadcast_all(self._choose(probs, logits), total_count)
        self.total_count = count.to(param.dtype)
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.mean / ravine.sigmoid(-self.logits)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            rate = Gamma(self.total_count, (-self.logits).exp(), validate_args=False).sample(sample_shape)
            return ravine.poisson(rate)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logsigmoid, r = ravine.nn.functional.logsigmoid, self.total_count
        chance = r * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        norm = ravine.lgamma(1 + value) + ravine.lgamma(r) - ravine.lgamma(r + value)
        return chance - norm.masked_fill(r + value == 0, 0)
