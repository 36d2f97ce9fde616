"""Relaxed Bernoulli variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import SigmoidTransform
from ravine.distributions.utils import Chances, broadcast_all, open_uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(Chances, Distribution):
    """Of the logits of relaxed Bernoulli variables (Maddison, Mnih and Teh, 2017): logistic, with mean
    `logits / temperature` and scale `1 / temperature`.

    >>> from ravine.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
    >>> LogitRelaxedBernoulli(ravine.tensor(1.0), 0.5).log_prob(ravine.tensor(0.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        (param,) = broadcast_all(self._choose(probs, logits))
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        u = open_uniform(self._extended_shape(sample_shape), self._param)
        return (u.log() - (-u).log1p() + self.logits) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        rest = self.logits - value * self.temperature
        log_temperature = broadcast_all(self.temperature, rest)[0].log()
        return log_temperature + rest - 2 * ravine.nn.functional.softplus(rest)


class RelaxedBernoulli(TransformedDistribution):
    """Numbers in (0, 1) that come closer to 0 and 1 the lower the temperature (Maddison, Mnih and Teh, 2017;
    Jang, Gu and Poole, 2017).

    Args:
        temperature: above 0.
        probs: the probability of 1, in the limit of temperature 0.
        logits: `log(p / (1 - p))`, instead.

    >>> from ravine.distributions import RelaxedBernoulli
    >>> RelaxedBernoulli(ravine.tensor(0.5), ravine.tensor([0.1, 0.9])).rsample().shape
    (2,)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    base_dist: LogitRelaxedBernoulli

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Tensor:
        """How far from 0 and 1."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """Log-odds."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities."""
        return self.base_dist.probs
