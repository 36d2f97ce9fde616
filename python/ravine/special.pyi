# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._ops import erf as erf
from ravine._ops import erf_ as erf_
from ravine._ops import erfc as erfc
from ravine._ops import erfc_ as erfc_
from ravine._ops import exp2 as exp2
from ravine._ops import exp2_ as exp2_
from ravine._ops import expit as expit
from ravine._ops import expit_ as expit_
from ravine._ops import expm1 as expm1
from ravine._ops import expm1_ as expm1_
from ravine._ops import log1p as log1p
from ravine._ops import log1p_ as log1p_
from ravine._ops import log_softmax as log_softmax
from ravine._ops import logit as logit
from ravine._ops import logit_ as logit_
from ravine._ops import logsumexp as logsumexp
from ravine._ops import round as round
from ravine._ops import round_ as round_
from ravine._ops import sinc as sinc
from ravine._ops import sinc_ as sinc_
from ravine._ops import softmax as softmax
from ravine._ops import xlogy as xlogy
from ravine._ops import xlogy_ as xlogy_

__all__ = [
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "exp2",
    "exp2_",
    "expit",
    "expit_",
    "expm1",
    "expm1_",
    "log1p",
    "log1p_",
    "log_softmax",
    "logit",
    "logit_",
    "logsumexp",
    "round",
    "round_",
    "sinc",
    "sinc_",
    "softmax",
    "xlogy",
    "xlogy_",
]
