"""Samples for special functions of several ops; see `composed.py`."""

from __future__ import annotations

from ops.samples import Samples


def polynomial(call: str, domain: tuple[float, float] = (0.1, 0.9)) -> Samples:
    """Of a few degrees; those drawn between 0 and 6 make integers."""
    return Samples(
        f"scipy.special.eval_{call}(n, input)",
        ("f(2, 3), 2", "f(2, 3), 5", "f(4), 1", "f(2, 3), i(2, 3, low=0, high=6)", "f(0, 3), 3", "f(), 4"),
        domain,
        ("sum", 64.0),
    )


SPECIAL: dict[str, Samples] = {
    "entr": Samples(
        "scipy.special.entr(input)", ("f(2, 3)", "i(4, low=0)", "f()", "f(0, 3)"), (0.1, 0.9), ("ulp", 4.0)
    ),
    "xlog1py": Samples(
        "scipy.special.xlog1py(input, other)",
        ("f(2, 3), f(2, 3)", "f(2, 3), f(3)", "f(2, 3), 1.5", "2.0, f(3)", "f(0), f(0)"),
        (0.2, 5.0),
        ("ulp", 4.0),
    ),
    "spherical_bessel_j0": Samples(
        "scipy.special.spherical_jn(0, input)", ("f(2, 3)", "f()", "f(0, 3)"), (0.1, 2.5), ("ulp", 8.0)
    ),
    **{
        name: Samples(
            f"scipy.special.{reference}(input, other)",
            ("i(2, 3, low=1, high=9), f(2, 3)", "i(3, low=1, high=9), f(2, 1)", "i(0), f(0)"),
            (0.3, 9.0),
            ("ulp", 64.0),
        )
        for name, reference in (("igamma", "gammainc"), ("igammac", "gammaincc"))
    },
    "ldexp": Samples(
        "np.ldexp(input, np.asarray(other, int))",
        ("f(2, 3), i(2, 3)", "f(2, 3), i(3)", "f(), i()"),
        (-3.0, 3.0),
    ),
    "chebyshev_polynomial_t": polynomial("chebyt"),
    "chebyshev_polynomial_u": polynomial("chebyu"),
    "shifted_chebyshev_polynomial_t": polynomial("sh_chebyt"),
    "shifted_chebyshev_polynomial_u": polynomial("sh_chebyu"),
    "hermite_polynomial_h": polynomial("hermite"),
    "hermite_polynomial_he": polynomial("hermitenorm"),
    "laguerre_polynomial_l": polynomial("laguerre"),
    "legendre_polynomial_p": polynomial("legendre"),
}
