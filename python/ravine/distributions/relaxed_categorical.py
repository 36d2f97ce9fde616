"""Relaxed categorical variables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.categorical import Categorical
from ravine.distributions.distribution import Distribution
from ravine.distributions.transformed_distribution import TransformedDistribution
from ravine.distributions.transforms import ExpTransform
from ravine.distributions.utils import broadcast_all, standard_uniform, tiny_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(Distribution):
    """Of the logarithms of relaxed one-hot vectors (Maddison, Mnih and Teh, 2017).

    >>> from ravine.distributions.relaxed_categorical import ExpRelaxedCategorical
    >>> ExpRelaxedCategorical(ravine.tensor(0.5), ravine.ones(3)).event_shape
    (3,)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    # Vectors whose exponentials add up to 1: no constraint says that.
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def param_shape(self) -> Sequence[int]:
        """The shape of the parameter that was given."""
        return self._categorical.param_shape

    @property
    def logits(self) -> Tensor:
        """Log-probabilities."""
        return self._categorical.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities."""
        return self._categorical.probs

    def _over_event(self) -> Tensor:
        (t,) = broadcast_all(self.temperature)
        return t.unsqueeze(-1) if t.ndim else t

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        u = standard_uniform(self._extended_shape(sample_shape), self.logits)
        gumbel = -(-(-u).log1p()).clamp(min=tiny_of(u)).log()
        scores = (self.logits + gumbel) / self._over_event()
        return scores - scores.logsumexp(-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        k = int(self.logits.shape[-1])
        logits, value = broadcast_all(self.logits, value)
        (temperature,) = broadcast_all(self.temperature)
        score = logits - value * self._over_event()
        score = (score - score.logsumexp(-1, keepdim=True)).sum(-1)
        return score + math.lgamma(k) + (k - 1) * temperature.log()


class RelaxedOneHotCategorical(TransformedDistribution):
    """Points of the simplex that come closer to its corners the lower the temperature (Maddison, Mnih and
    Teh, 2017; Jang, Gu and Poole, 2017).

    Args:
        temperature: above 0.
        probs: (..., K), 0 or more; they are divided by their sum.
        logits: (..., K), log-probabilities up to a constant, instead.

    >>> from ravine.distributions import RelaxedOneHotCategorical
    >>> RelaxedOneHotCategorical(ravine.tensor(0.5), ravine.ones(3)).rsample().shape
    (3,)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    has_rsample = True
    base_dist: ExpRelaxedCategorical

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Tensor:
        """How far from the corners."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """Log-probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities."""
        return self.base_dist.probs
