"""Distributions of an exponential family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine.distributions.distribution import Distribution
from ravine.distributions.utils import sum_rightmost

if TYPE_CHECKING:
    from typing import Any

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Densities `exp(<t(x), theta> - F(theta) + k(x))` with the sufficient statistic t, natural parameters
    theta, the log-normaliser F and the carrier measure k.

    The entropy follows from F and its gradient (Nielsen and Nock, 2010), and so does the divergence of two
    members of one family.

    >>> from ravine.distributions import Exponential, ExponentialFamily
    >>> ExponentialFamily.entropy(Exponential(ravine.tensor(2.0)))
    tensor(0.3069)
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError(self._lacks("natural parameters"))

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        raise NotImplementedError(self._lacks("log-normaliser"))

    if TYPE_CHECKING:
        _mean_carrier_measure: Any
    else:

        @property
        def _mean_carrier_measure(self) -> float | Tensor:
            raise NotImplementedError(self._lacks("expectation of its carrier measure"))

    def entropy(self) -> Tensor:
        """`F(theta) - <theta, grad F(theta)> - E[k(x)]`."""
        params = self._natural_params
        normalizer, slopes = normalizer_and_slopes(self, params)
        result = normalizer - self._mean_carrier_measure
        for param, slope in zip(params, slopes):
            product = param * slope
            result = result - sum_rightmost(product, product.ndim - len(self._batch_shape))
        return result


def normalizer_and_slopes(
    p: ExponentialFamily, params: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """`F(theta)` and its gradient, with derivatives of any order by parameters that require them."""
    with ravine.enable_grad():
        inside = [x if x.requires_grad else x.detach().requires_grad_() for x in params]
        normalizer = p._log_normalizer(*inside)
        slopes = ravine.autograd.grad(normalizer.sum(), inside, create_graph=True)
    if ravine.is_grad_enabled() and any(x.requires_grad for x in params):
        return normalizer, tuple(slopes)
    return normalizer.detach(), tuple(slope.detach() for slope in slopes)
