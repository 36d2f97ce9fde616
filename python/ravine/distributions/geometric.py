"""The geometric distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import Chances, broadcast_all, standard_uniform

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Geometric"]


class Geometric(Chances, Distribution):
    """Failures before the first success: `(1 - p)^k p` for k from 0 on.

    Args:
        probs: p, in (0, 1].
        logits: `log(p / (1 - p))`, instead.

    >>> from ravine.distributions import Geometric
    >>> Geometric(ravine.tensor(0.25)).mean
    tensor(3.)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        (param,) = broadcast_all(self._choose(probs, logits))
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)
        if self._validate_args and self._is_probs:
            self._hold(param, constraints.positive, "the parameter probs")

    @property
    def mean(self) -> Tensor:
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        return ravine.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            u = standard_uniform(self._extended_shape(sample_shape), self.probs)
            return ((-u).log1p() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        value, probs = broadcast_all(value, self.probs)
        # Where no failure is possible, none has no probability to multiply.
        failing = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-failing).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        softplus = ravine.nn.functional.softplus
        p = self.probs
        return (p * softplus(-self.logits) + (1 - p) * softplus(self.logits)) / p
