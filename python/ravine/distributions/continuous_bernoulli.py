"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.exp_family import ExponentialFamily
from ravine.distributions.utils import (
    Chances,
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    standard_uniform,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Chances, ExponentialFamily):
    """Density `C(p) p^x (1 - p)^(1 - x)` on the unit interval (Loaiza-Ganem and Cunningham, 2019).

    Args:
        probs: p, in (0, 1).
        logits: `log(p / (1 - p))`, instead.
        lims: between these probabilities series around 1/2 are used, as the formulas cancel there.

    >>> from ravine.distributions import ContinuousBernoulli
    >>> ContinuousBernoulli(ravine.tensor(0.5)).mean
    tensor(0.5000)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        (param,) = broadcast_all(self._choose(probs, logits))
        self._lims = lims
        self._keep(param)
        super().__init__(param.shape, validate_args=validate_args)
        if self._is_probs:
            self._keep(clamp_probs(param))

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities, kept off 0 and 1."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    @property
    def _is_far(self) -> Tensor:
        low, high = self._lims
        return (self.probs <= low) | (self.probs > high)

    @property
    def _cut(self) -> Tensor:
        """Probabilities for which the formulas serve."""
        return ravine.where(self._is_far, self.probs, self._lims[0])

    def _log_norm(self) -> Tensor:
        p, x = self._cut, (self.probs - 0.5).square()
        far = ((-p).log1p() - p.log()).abs().log() - (1 - 2 * p).abs().log()
        return ravine.where(self._is_far, far, math.log(2) + (4 / 3 + 104 / 45 * x) * x)

    @property
    def mean(self) -> Tensor:
        p, x = self._cut, self.probs - 0.5
        far = p / (2 * p - 1) + 1 / ((-p).log1p() - p.log())
        return ravine.where(self._is_far, far, 0.5 + (1 / 3 + 16 / 45 * x.square()) * x)

    @property
    def stddev(self) -> Tensor:
        return self.variance.sqrt()

    @property
    def variance(self) -> Tensor:
        p, x = self._cut, (self.probs - 0.5).square()
        far = p * (p - 1) / (1 - 2 * p).square() + 1 / ((-p).log1p() - p.log()).square()
        return ravine.where(self._is_far, far, 1 / 12 - (1 / 15 - 128 / 945 * x) * x)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.probs))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check(value)
        logsigmoid = ravine.nn.functional.logsigmoid
        both = value * logsigmoid(self.logits) + (1 - value) * logsigmoid(-self.logits)
        return both + self._log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        self._check(value)
        p = self._cut
        far = (p**value * (1 - p) ** (1 - value) + p - 1) / (2 * p - 1)
        return ravine.where(self._is_far, far, value).masked_fill(value <= 0, 0).masked_fill(value >= 1, 1)

    def icdf(self, value: Tensor) -> Tensor:
        p = self._cut
        far = ((-p + value * (2 * p - 1)).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
        return ravine.where(self._is_far, far, value)

    def entropy(self) -> Tensor:
        none, one = (-self.probs).log1p(), self.probs.log()
        return self.mean * (none - one) - self._log_norm() - none

    @property
    def _natural_params(self) -> tuple[Tensor]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        low, high = self._lims
        is_far = (x <= low - 0.5) | (x > high - 0.5)
        cut = ravine.where(is_far, x, low - 0.5)
        near = 0.5 * x + x.square() / 24 - x**4 / 2880
        return ravine.where(is_far, cut.expm1().abs().log() - cut.abs().log(), near)
