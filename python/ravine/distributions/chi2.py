"""The chi-squared distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import Tensor
from ravine.distributions import constraints
from ravine.distributions.gamma import Gamma

if TYPE_CHECKING:
    pass

__all__ = ["Chi2"]


class Chi2(Gamma):
    """Of the sum of `df` squared standard normal numbers: `Gamma(df / 2, 1 / 2)`.

    >>> from ravine.distributions import Chi2
    >>> Chi2(ravine.tensor(3.0)).mean
    tensor(3.)
    """

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Tensor | float, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self) -> Tensor:
        """Degrees of freedom."""
        return self.concentration * 2
