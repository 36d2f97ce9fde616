"""The rows of the table that are about distributions; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

VALUE, SHAPE, DTYPE = errors.ValueError, errors.ShapeError, errors.DTypeError

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = []


def _row(kind: str, code: str, error: type[BaseException], named: list[str], remedy: str) -> None:
    _ROWS.append((kind, code, error, named, remedy))


_D = "ravine.distributions"
_UNCHECKED = "validate_args=False"

_row(
    "parameter",
    f"{_D}.Normal(0.0, -1.0)",
    VALUE,
    ["Normal", "scale", "-1.0", "GreaterThan(lower_bound=0.0)"],
    _UNCHECKED,
)
_row(
    "parameter",
    f"{_D}.Normal(ravine.tensor([0.0, float('nan')]), 1.0)",
    VALUE,
    ["Normal", "loc", "(2,)", "nan at index (1,)", "Real()"],
    _UNCHECKED,
)
_row("parameter", f"{_D}.Bernoulli(1.5)", VALUE, ["Bernoulli", "probs", "1.5", "Interval"], _UNCHECKED)
_row("parameter", f"{_D}.Gamma(0.0, 1.0)", VALUE, ["Gamma", "concentration", "0.0"], _UNCHECKED)
_row("parameter", f"{_D}.Beta(1.0, -2.0)", VALUE, ["Beta", "concentration0", "-2.0"], _UNCHECKED)
_row("parameter", f"{_D}.Poisson(-1.0)", VALUE, ["Poisson", "rate", "-1.0"], _UNCHECKED)
_row("parameter", f"{_D}.Geometric(0.0)", VALUE, ["Geometric", "probs", "0.0"], _UNCHECKED)
_row("parameter", f"{_D}.Binomial(-1, 0.5)", VALUE, ["Binomial", "total_count", "-1.0"], _UNCHECKED)
_row("parameter", f"{_D}.Uniform(2.0, 1.0)", VALUE, ["Uniform", "low", "2.0", "LessThan"], _UNCHECKED)
_row("parameter", f"{_D}.StudentT(-1.0)", VALUE, ["StudentT", "df", "-1.0"], _UNCHECKED)
_row(
    "parameter",
    f"{_D}.Categorical(ravine.tensor([1.0, -1.0, 1.0]))",
    VALUE,
    ["Categorical", "probs", "Simplex()"],
    _UNCHECKED,
)
_row("parameter", f"{_D}.Normal('0', 1.0)", VALUE, ["a number or a tensor", "str"], "ravine.tensor")
_row("parameter", f"{_D}.Normal(ravine.zeros(2), ravine.ones(3))", SHAPE, ["(2,)", "(3,)"], "1")
_row(
    "parameter",
    f"{_D}.Categorical(ravine.tensor(1.0))",
    SHAPE,
    ["Categorical", "probs", "single number"],
    "vector",
)
_row("parameter", f"{_D}.Dirichlet(ravine.tensor(1.0))", SHAPE, ["Dirichlet", "concentration"], "vector")
_row(
    "parameter",
    f"{_D}.Multinomial(2.5, ravine.ones(2))",
    VALUE,
    ["Multinomial", "total_count", "float"],
    "one int",
)
_row("parameter", f"{_D}.LKJCholesky(1)", VALUE, ["LKJCholesky", "dim=1"], "2 or more")
_row("two parameters", f"{_D}.Bernoulli()", VALUE, ["Bernoulli", "neither", "probs and logits"], "give one")
_row(
    "two parameters",
    f"{_D}.Bernoulli(0.5, 0.0)",
    VALUE,
    ["Bernoulli", "both", "probs and logits"],
    "give one",
)
_row(
    "two parameters",
    f"{_D}.MultivariateNormal(ravine.zeros(2))",
    VALUE,
    ["MultivariateNormal", "none given", "covariance_matrix, precision_matrix and scale_tril"],
    "give one of them",
)
_row(
    "matrix",
    f"{_D}.MultivariateNormal(ravine.zeros(2), scale_tril=ravine.ones(2))",
    SHAPE,
    ["MultivariateNormal", "scale_tril", "(2,)"],
    "two dimensions",
)
_row(
    "matrix",
    f"{_D}.MultivariateNormal(ravine.zeros(2), scale_tril=ravine.eye(3))",
    SHAPE,
    ["MultivariateNormal", "2 elements", "(3, 3)"],
    "give (2, 2)",
)
_row(
    "matrix",
    f"{_D}.LowRankMultivariateNormal(ravine.zeros(2), ravine.ones(3, 1), ravine.ones(2))",
    SHAPE,
    ["cov_factor", "(3, 1)", "2 elements"],
    "give (2, m)",
)
_row(
    "matrix",
    f"{_D}.Wishart(3.0, scale_tril=ravine.ones(2, 3))",
    SHAPE,
    ["Wishart", "scale_tril", "(2, 3)"],
    "must be square",
)
_row(
    "value",
    f"{_D}.Exponential(1.0).log_prob(ravine.tensor(-1.0))",
    VALUE,
    ["Exponential", "the value", "-1.0", "GreaterThanEq"],
    _UNCHECKED,
)
_row(
    "value",
    f"{_D}.Categorical(ravine.ones(3)).log_prob(ravine.tensor([0, 3]))",
    VALUE,
    ["Categorical", "3 at index (1,)", "IntegerInterval(lower_bound=0, upper_bound=2)"],
    _UNCHECKED,
)
_row(
    "value",
    f"{_D}.Bernoulli(0.5).log_prob(ravine.tensor(0.5))",
    VALUE,
    ["Bernoulli", "0.5", "Boolean()"],
    _UNCHECKED,
)
_row("value", f"{_D}.Normal(0.0, 1.0).log_prob(0.0)", VALUE, ["Normal", "float"], "ravine.tensor")
_row(
    "value",
    f"{_D}.Normal(ravine.zeros(3), 1.0).log_prob(ravine.zeros(2))",
    SHAPE,
    ["Normal", "(2,)", "(3,)"],
    "Reshape",
)
_row(
    "value",
    f"{_D}.Dirichlet(ravine.ones(3)).log_prob(ravine.ones(2) / 2)",
    VALUE,
    ["Dirichlet", "(2,)", "event, (3,)"],
    "last dimensions",
)
_row("not there", f"{_D}.Poisson(1.0).rsample()", NotImplementedError, ["Poisson", "rsample"], "log_prob")
_row(
    "not there",
    f"{_D}.Cauchy(0.0, 1.0).enumerate_support()",
    NotImplementedError,
    ["Cauchy"],
    "no enumerate_support",
)
_row(
    "not there",
    f"{_D}.kl_divergence({_D}.Cauchy(0.0, 1.0), {_D}.Normal(0.0, 1.0))",
    NotImplementedError,
    ["Cauchy and Normal"],
    "register_kl",
)
_row(
    "not there", f"{_D}.biject_to({_D}.constraints.boolean)", NotImplementedError, ["_Boolean"], "register()"
)
_row("not there", f"{_D}.register_kl(int, int)", VALUE, ["register_kl", "int"], "class of distributions")
_row(
    "whole",
    f"{_D}.Independent({_D}.Normal(ravine.zeros(2), 1.0), 2)",
    SHAPE,
    ["Independent", "reinterpreted_batch_ndims=2", "(2,)"],
    "Expand",
)
_row(
    "whole",
    f"{_D}.MixtureSameFamily({_D}.Categorical(ravine.ones(3)), {_D}.Normal(ravine.zeros(2), 1.0))",
    SHAPE,
    ["MixtureSameFamily", "3 components", "(2,)"],
    "must be 3",
)
_row(
    "whole",
    f"{_D}.MixtureSameFamily({_D}.Normal(0.0, 1.0), {_D}.Normal(ravine.zeros(2), 1.0))",
    VALUE,
    ["mixture_distribution", "Normal"],
    "Categorical",
)
_row(
    "whole",
    f"{_D}.TransformedDistribution({_D}.Normal(0.0, 1.0), 'exp')",
    VALUE,
    ["transforms", "'exp'"],
    "a Transform or a list",
)
_row(
    "transform",
    f"{_D}.transforms.ExpTransform(cache_size=2)",
    VALUE,
    ["ExpTransform", "cache_size=2"],
    "0 or 1",
)
_row(
    "transform",
    f"{_D}.transforms.ReshapeTransform((2, 3), (4,))",
    VALUE,
    ["ReshapeTransform", "(2, 3)", "(4,)"],
    "as many",
)
_row(
    "transform",
    f"{_D}.transforms.CatTransform([{_D}.transforms.ExpTransform()], 0, [2])(ravine.zeros(3))",
    SHAPE,
    ["CatTransform", "(3,)", "[2]"],
    "sum of lengths",
)
_row(
    "transform",
    f"{_D}.transforms.CorrCholeskyTransform().forward_shape((4,))",
    SHAPE,
    ["CorrCholeskyTransform", "4 numbers"],
    "D (D - 1) / 2",
)
_row("draw", "ravine.poisson(ravine.tensor([2.0, -1.0]))", VALUE, ["poisson", "-1 to 2"], "0 or more")
_row("draw", "ravine.poisson(ravine.ones(2, dtype=ravine.int64))", DTYPE, ["poisson", "int64"], ".to(dtype)")
_row(
    "draw",
    "ravine.binomial(ravine.tensor(2.0), ravine.tensor(1.5))",
    VALUE,
    ["binomial", "prob", "1.5"],
    "lie in [0, 1]",
)
_row(
    "draw",
    "ravine.binomial(ravine.tensor(-2.0), ravine.tensor(0.5))",
    VALUE,
    ["binomial", "count", "-2"],
    "0 or more",
)
_row("draw", "ravine.zeros(2).cauchy_(0.0, -1.0)", VALUE, ["cauchy_", "sigma is -1"], "must be positive")
_row("draw", "ravine.zeros(2).geometric_(0.0)", VALUE, ["geometric_", "p is 0"], "(0, 1)")
_row("draw", "ravine.zeros(2).log_normal_(0.0, 0.0)", VALUE, ["log_normal_", "std is 0"], "must be positive")


def _of(code: str) -> str:
    """The name that the code is about."""
    return code.removeprefix(f"{_D}.").partition("(")[0]


DISTRIBUTIONS = [
    Mistake(f"{kind}: {_of(code)}", code, error, tuple(named), remedy)
    for kind, code, error, named, remedy in _ROWS
]
