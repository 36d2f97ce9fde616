"""Reductions and normalisations that leave out the elements where a mask is false.

`mask` is bool and broadcasts to the input; without it every element counts. What is left out counts as the
number that changes nothing: 0 in a sum, 1 in a product, minus infinity where the largest is sought.

>>> x = ravine.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
>>> mask = ravine.tensor([[True, False, True], [False, False, True]])
>>> ravine.masked.mean(x, 1, mask=mask)
tensor([2., 6.])
"""

from ravine.masked._along import cumprod, cumsum, log_softmax, logaddexp, normalize, softmax, softmin
from ravine.masked._reductions import (
    amax,
    amin,
    argmax,
    argmin,
    logsumexp,
    mean,
    median,
    norm,
    prod,
    std,
    sum,
    var,
)

__all__ = [
    "amax",
    "amin",
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]
