"""The multinomial distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.binomial import Binomial
from ravine.distributions.categorical import Categorical
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import broadcast_all
from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How often each of K categories comes in n draws: `n! / prod k[i]! prod p[i]^k[i]`.

    Args:
        total_count: n, one int for the whole batch.
        probs: p, (..., K), 0 or more; they are divided by their sum.
        logits: (..., K), log-probabilities up to a constant, instead.

    `log_prob` takes counts of any sum unless it is validated.

    Raises:
        ValueError: `total_count` is no int.

    >>> from ravine.distributions import Multinomial
    >>> Multinomial(4, ravine.tensor([1.0, 3.0])).mean
    tensor([1., 3.])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise ValueError(
                f"Multinomial: total_count is a {type(total_count).__name__}; it must be one int for the "
                "batch"
            )
        self.total_count = total_count
        self._categorical = Categorical(probs, logits, validate_args=validate_args)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def probs(self) -> Tensor:
        """Probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Their logarithms."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Sequence[int]:
        """The shape of the parameter that was given."""
        return self._categorical.param_shape

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> constraints.Constraint:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = self._categorical.sample((self.total_count, *sample_shape))
        k = self._categorical._num_events
        return ravine.nn.functional.one_hot(drawn, k).sum(0).to(self._categorical._param.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        ways = ravine.lgamma(value.sum(-1) + 1) - ravine.lgamma(value + 1).sum(-1)
        # What cannot come, and does not, costs nothing.
        logits = logits.masked_fill((value == 0) & (logits == -math.inf), 0)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        n = self.total_count
        binomial = Binomial(n, self.probs, validate_args=False)
        counts = binomial.enumerate_support(expand=False)[1:]
        doubled = (binomial.log_prob(counts).exp() * ravine.lgamma(counts + 1)).sum((0, -1))
        return n * self._categorical.entropy() - math.lgamma(n + 1) + doubled
