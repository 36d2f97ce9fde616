"""Calls of special functions and of what numbers are made of, in the form of `tensor_calls.py`."""

from __future__ import annotations

from parity.option_calls import methods
from parity.tensor_calls import CALLS, Call, Shape, calls, elementwise

#: Of these names `ravine` and `torch` have `m.special.name`.
_SHAPES: tuple[tuple[Shape, ...], ...] = (((2, 3),), ((),), ((0, 2),))


def special(name: str, low: float, high: float, arguments: str = "x", **options: object) -> None:
    made = CALLS.setdefault(f"special.{name}", [])
    count = 1 + ("y" in arguments)
    shapes = [s * count for s in _SHAPES] if count == 1 else [((2, 3), (3,)), ((), (4,)), ((2, 1), (1, 3))]
    for shape in shapes:
        made.append(Call(f"m.special.{name}({arguments})", shape, low, high, **options))  # type: ignore[arg-type]


for name, low, high in (
    ("entr", 0.1, 3.0),
    ("erfinv", -0.9, 0.9),
    ("i0", -4.0, 4.0),
    ("i0e", 0.2, 9.0),
    ("i1", 0.2, 4.0),
    ("i1e", 0.2, 9.0),
    ("ndtri", 0.1, 0.9),
    ("erfcx", -2.0, 3.0),
    ("log_ndtr", -6.0, 3.0),
    ("ndtr", -3.0, 3.0),
):
    special(name, low, high)
# Torch has no derivatives of these. Its other Bessel functions, and its derivatives of digamma, are far from
# float64: test_special_parity.py.
for name, low, high in (
    ("modified_bessel_i0", -6.0, 6.0),
    ("modified_bessel_i1", -6.0, 6.0),
    ("modified_bessel_k0", 0.3, 9.0),
    ("modified_bessel_k1", 0.3, 9.0),
    ("scaled_modified_bessel_k0", 0.3, 9.0),
    ("scaled_modified_bessel_k1", 0.3, 9.0),
    ("spherical_bessel_j0", -9.0, 9.0),
):
    special(name, low, high, derivative=False)
special("xlog1py", 0.2, 3.0, "x, y")
special("xlog1py", 0.2, 3.0, "x, 0.5")
special("xlog1py", 0.2, 3.0, "2, x")
special("zeta", 2.0, 6.0, "x, y", derivative=False)
special("zeta", 2.0, 6.0, "3.0, x")
special("zeta", 2.0, 6.0, "x, 2.0", derivative=False)
special("gammainc", 0.3, 6.0, "x, y", derivative=False)
special("gammaincc", 0.3, 6.0, "x, y", derivative=False)
for order in (0, 2, 5):
    special("polygamma", 0.4, 6.0, f"{order}, x", derivative=order > 0)
    methods("polygamma", (f"{order}", ((2, 3),)), low=0.4, high=6.0, derivative=order > 0)
    calls("polygamma", (f"{order}, x", ((3,),)), low=0.4, high=6.0, derivative=order > 0)
for dimension in (1, 2, 4):
    special("multigammaln", 1.8, 6.0, f"x, {dimension}", derivative=False)
    methods("mvlgamma", (f"{dimension}", ((2, 3),)), low=1.8, high=6.0, derivative=False)
for name in (
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "chebyshev_polynomial_v",
    "chebyshev_polynomial_w",
    "hermite_polynomial_h",
    "hermite_polynomial_he",
    "laguerre_polynomial_l",
    "legendre_polynomial_p",
    "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
):
    for degree in ("0", "1", "2", "7", "12", "-1"):
        special(name, 0.05, 0.95, f"x, {degree}", derivative=False)
    for degrees in ("i(0, 1, 2)", "i(3, 5, 8)"):
        CALLS[f"special.{name}"] += [
            Call(f"m.special.{name}(x, {degrees})", ((2, 3),), -0.9, 0.9, derivative=False),
            Call(f"m.special.{name}(0.3, {degrees} + x)", ((3,),), 0.0, 0.1, derivative=False),
        ]

elementwise("lgamma", "digamma", low=0.2, high=6.0, derivative=False)
for name in ("gammaln", "digamma", "psi"):
    special(name, 0.2, 6.0, derivative=False)
elementwise("erfinv", low=-0.9, high=0.9)
elementwise(
    "i0", "angle", "signbit", "isreal", "real", "conj", "conj_physical", "resolve_conj", "resolve_neg"
)
elementwise("frexp", low=-9.0, high=9.0, zeros=True)
for name in ("is_complex", "is_conj", "is_neg"):
    calls(name, ("x", ((2,),)), derivative=False)
for name in ("fmax", "fmin", "logaddexp2"):
    calls(name, ("x, y", ((2, 3), (3,))), ("x, y", ((), (4,))), ("x, y", ((0, 2), (2,))))
for name in ("igamma", "igammac"):
    calls(name, ("x, y", ((2, 3), (3,))), low=0.3, high=6.0, derivative=False)
for name in ("gcd", "lcm"):
    calls(name, ("x, y", ((2, 3), (3,))), ("x, y", ((), (4,))), low=-50, high=50, derivative=False)
    methods(f"{name}_", ("y", ((2, 3), (3,))), low=-50, high=50, derivative=False)
calls("nextafter", ("x, y", ((2, 3), (3,))), ("x, x", ((4,),)), derivative=False)
calls("ldexp", ("x, y", ((2, 3), (3,))), ("x, i(3, 2, 0)", ((2, 3),)))
calls("ldexp", ("x, i(3, -2, 0)", ((2, 3),)), derivative=False)
calls(
    "float_power", ("x, y", ((2, 3), (3,))), ("x, 2", ((3,),)), ("2, x", ((3,),)), ("x, 0.5", ((),)), low=0.2
)
for name in ("lgamma_", "digamma_", "i0_", "mvlgamma_"):
    argument = "2" if name == "mvlgamma_" else ""
    methods(name, (argument, ((2, 3),)), low=0.8, high=6.0, floats_only=True, derivative=False)
for name in ("igamma_", "igammac_", "nextafter_", "ldexp_"):
    methods(name, ("y", ((2, 3), (3,))), low=0.3, high=6.0, floats_only=True, derivative=False)
