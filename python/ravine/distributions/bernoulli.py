"""The Bernoulli distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.utils import Chances, broadcast_all

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Bernoulli"]


class Bernoulli(Chances, ExponentialFamily):
    """1 with probability p, else 0.

    Args:
        probs: p, in [0, 1].
        logits: `log(p / (1 - p))`, instead.

    >>> from ravine.distributions import Bernoulli
    >>> Bernoulli(ravine.tensor(0.25)).log_prob(ravine.tensor(1.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        (param,) = broadcast_all(self._choose(probs, logits))
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        """NaN where both values are as likely."""
        return (self.probs >= 0.5).to(self.probs.dtype).masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with ravine.no_grad():
            return ravine.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logsigmoid = ravine.nn.functional.logsigmoid
        return value * logsigmoid(self.logits) + (1 - value) * logsigmoid(-self.logits)

    def entropy(self) -> Tensor:
        softplus = ravine.nn.functional.softplus
        return self.probs * softplus(-self.logits) + (1 - self.probs) * softplus(self.logits)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = ravine.arange(2, dtype=self._param.dtype, device=self._param.device)
        values = values.reshape(-1, *(1,) * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ravine.nn.functional.softplus(x)
