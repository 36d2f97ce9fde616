# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._ops import airy_ai as airy_ai
from ravine._ops import bessel_j0 as bessel_j0
from ravine._ops import bessel_j1 as bessel_j1
from ravine._ops import bessel_y0 as bessel_y0
from ravine._ops import bessel_y1 as bessel_y1
from ravine._ops import chebyshev_polynomial_t as chebyshev_polynomial_t
from ravine._ops import chebyshev_polynomial_u as chebyshev_polynomial_u
from ravine._ops import chebyshev_polynomial_v as chebyshev_polynomial_v
from ravine._ops import chebyshev_polynomial_w as chebyshev_polynomial_w
from ravine._ops import digamma as digamma
from ravine._ops import digamma_ as digamma_
from ravine._ops import entr as entr
from ravine._ops import erf as erf
from ravine._ops import erf_ as erf_
from ravine._ops import erfc as erfc
from ravine._ops import erfc_ as erfc_
from ravine._ops import erfcx as erfcx
from ravine._ops import erfinv as erfinv
from ravine._ops import erfinv_ as erfinv_
from ravine._ops import exp2 as exp2
from ravine._ops import exp2_ as exp2_
from ravine._ops import expit as expit
from ravine._ops import expit_ as expit_
from ravine._ops import expm1 as expm1
from ravine._ops import expm1_ as expm1_
from ravine._ops import gammainc as gammainc
from ravine._ops import gammainc_ as gammainc_
from ravine._ops import gammaincc as gammaincc
from ravine._ops import gammaincc_ as gammaincc_
from ravine._ops import gammaln as gammaln
from ravine._ops import gammaln_ as gammaln_
from ravine._ops import hermite_polynomial_h as hermite_polynomial_h
from ravine._ops import hermite_polynomial_he as hermite_polynomial_he
from ravine._ops import i0 as i0
from ravine._ops import i0_ as i0_
from ravine._ops import i0e as i0e
from ravine._ops import i1 as i1
from ravine._ops import i1e as i1e
from ravine._ops import laguerre_polynomial_l as laguerre_polynomial_l
from ravine._ops import legendre_polynomial_p as legendre_polynomial_p
from ravine._ops import log1p as log1p
from ravine._ops import log1p_ as log1p_
from ravine._ops import log_ndtr as log_ndtr
from ravine._ops import log_softmax as log_softmax
from ravine._ops import logit as logit
from ravine._ops import logit_ as logit_
from ravine._ops import logsumexp as logsumexp
from ravine._ops import modified_bessel_i0 as modified_bessel_i0
from ravine._ops import modified_bessel_i0_ as modified_bessel_i0_
from ravine._ops import modified_bessel_i1 as modified_bessel_i1
from ravine._ops import modified_bessel_k0 as modified_bessel_k0
from ravine._ops import modified_bessel_k1 as modified_bessel_k1
from ravine._special import multigammaln as multigammaln
from ravine._ops import ndtr as ndtr
from ravine._ops import ndtri as ndtri
from ravine._special import polygamma as polygamma
from ravine._ops import psi as psi
from ravine._ops import psi_ as psi_
from ravine._ops import round as round
from ravine._ops import round_ as round_
from ravine._ops import scaled_modified_bessel_k0 as scaled_modified_bessel_k0
from ravine._ops import scaled_modified_bessel_k1 as scaled_modified_bessel_k1
from ravine._ops import shifted_chebyshev_polynomial_t as shifted_chebyshev_polynomial_t
from ravine._ops import shifted_chebyshev_polynomial_u as shifted_chebyshev_polynomial_u
from ravine._ops import shifted_chebyshev_polynomial_v as shifted_chebyshev_polynomial_v
from ravine._ops import shifted_chebyshev_polynomial_w as shifted_chebyshev_polynomial_w
from ravine._ops import sinc as sinc
from ravine._ops import sinc_ as sinc_
from ravine._ops import softmax as softmax
from ravine._ops import spherical_bessel_j0 as spherical_bessel_j0
from ravine._ops import xlog1py as xlog1py
from ravine._ops import xlogy as xlogy
from ravine._ops import xlogy_ as xlogy_
from ravine._ops import zeta as zeta

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "digamma",
    "digamma_",
    "entr",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfcx",
    "erfinv",
    "erfinv_",
    "exp2",
    "exp2_",
    "expit",
    "expit_",
    "expm1",
    "expm1_",
    "gammainc",
    "gammainc_",
    "gammaincc",
    "gammaincc_",
    "gammaln",
    "gammaln_",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "i0",
    "i0_",
    "i0e",
    "i1",
    "i1e",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "log1p",
    "log1p_",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logit_",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i0_",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "psi_",
    "round",
    "round_",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
    "sinc",
    "sinc_",
    "softmax",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "xlogy_",
    "zeta",
]
