"""The rows of the table that are about special functions and parts of numbers; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    ("order", "ravine.polygamma(-1, w)", errors.ValueError, ["polygamma", "n=-1"], "must be at least 0"),
    (
        "order",
        "ravine.polygamma(1.5, w)",
        errors.DTypeError,
        ["polygamma", "n is a whole number", "float"],
        "must be an int",
    ),
    ("order", "w.polygamma(True)", errors.DTypeError, ["polygamma", "n", "bool"], "must be an int"),
    (
        "dimension of gamma",
        "ravine.mvlgamma(w, 0)",
        errors.ValueError,
        ["mvlgamma", "p=0"],
        "must be at least 1",
    ),
    (
        "dimension of gamma",
        "ravine.special.multigammaln(w, 2.0)",
        errors.DTypeError,
        ["multigammaln", "p is a whole number", "float"],
        "must be an int",
    ),
    (
        "second derivative by the first argument",
        "a = ravine.ones(2, requires_grad=True)\n"
        "ravine.autograd.grad(ravine.igamma(a, a.detach()).sum(), a, create_graph=True)",
        errors.GradientError,
        ["igamma", "no second derivative by its first argument"],
        "detach() it",
    ),
    (
        "second derivative by the first argument",
        "s = ravine.full((2,), 2.0, requires_grad=True)\n"
        "ravine.autograd.grad(ravine.special.zeta(s, 1.5).sum(), s, create_graph=True)",
        errors.GradientError,
        ["zeta", "no second derivative by its first argument"],
        "detach() it",
    ),
    (
        "shapes of incomplete gamma functions",
        "ravine.igamma(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["igamma", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of incomplete gamma functions",
        "ravine.special.gammaincc(ravine.ones(3), ravine.ones(2, 4))",
        errors.ShapeError,
        ["gammaincc", "(3,)", "(2, 4)"],
        "broadcast",
    ),
    (
        "shapes of two arguments",
        "ravine.special.zeta(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["zeta", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of two arguments",
        "ravine.special.xlog1py(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["xlog1py", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of two arguments",
        "ravine.logaddexp2(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["logaddexp2", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of two arguments",
        "ravine.ldexp(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["ldexp", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of extrema",
        "ravine.fmax(ravine.ones(3), ravine.ones(4))",
        errors.ShapeError,
        ["fmax", "(3,)", "(4,)"],
        "broadcast",
    ),
    (
        "shapes of extrema",
        "ravine.fmin(ravine.ones(2, 3), ravine.ones(2))",
        errors.ShapeError,
        ["fmin", "(2, 3)", "(2,)"],
        "broadcast",
    ),
    (
        "degrees of a polynomial",
        "ravine.special.legendre_polynomial_p(ravine.ones(3), ravine.tensor([1, 2]))",
        errors.ShapeError,
        ["legendre_polynomial_p", "(3,)", "(2,)"],
        "broadcast",
    ),
    (
        "degrees of a polynomial",
        "ravine.special.hermite_polynomial_h(ravine.ones(3), 'two')",
        errors.DTypeError,
        ["hermite_polynomial_h", "n"],
        "a Tensor or a number",
    ),
    (
        "divisor of floats",
        "ravine.gcd(ravine.ones(2), ravine.tensor([2, 4]))",
        errors.DTypeError,
        ["gcd", "float32"],
        "an integer dtype",
    ),
    (
        "divisor of floats",
        "ravine.lcm(ravine.ones(2), ravine.ones(2))",
        errors.DTypeError,
        ["lcm", "float32"],
        "an integer dtype",
    ),
    (
        "divisors of other shapes",
        "ravine.gcd(ravine.tensor([2, 4]), ravine.tensor([1, 2, 3]))",
        errors.ShapeError,
        ["gcd", "(2,)", "(3,)"],
        "broadcast",
    ),
    (
        "neighbours",
        "ravine.nextafter(ravine.tensor([1]), ravine.tensor([2]))",
        errors.DTypeError,
        ["nextafter", "int64"],
        "float32 or float64",
    ),
    (
        "neighbours",
        "ravine.nextafter(ravine.ones(1).half(), ravine.ones(1).half())",
        errors.DTypeError,
        ["nextafter", "float16"],
        "float32 or float64",
    ),
    (
        "parts of integers",
        "ravine.frexp(ravine.tensor([1, 2]))",
        errors.DTypeError,
        ["frexp", "int64"],
        "a floating dtype",
    ),
    (
        "imaginary part",
        "ravine.imag(w)",
        errors.DTypeError,
        ["imag", "float32 has no imaginary part"],
        "Use zeros_like",
    ),
    (
        "power in place",
        "ravine.ones(2).float_power_(2)",
        errors.DTypeError,
        ["float_power_", "float32", "powers are float64"],
        "Use pow_",
    ),
    (
        "list for a tensor",
        "ravine.special.erfcx([1.0])",
        errors.DTypeError,
        ["erfcx", "input"],
        "Tensor",
    ),
    (
        "list for a tensor",
        "ravine.frexp(2.0)",
        errors.DTypeError,
        ["frexp", "input"],
        "Tensor",
    ),
    (
        "missing argument",
        "ravine.igamma(ravine.ones(2))",
        TypeError,
        ["igamma: missing argument 'other'"],
        "(input: Tensor, other: Tensor)",
    ),
    (
        "name without a method",
        "ravine.ones(2).erfcx()",
        AttributeError,
        ["erfcx"],
        "ravine",
    ),
]

SPECIAL = [
    Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS
]
