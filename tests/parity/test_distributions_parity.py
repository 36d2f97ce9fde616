"""Distributions, transforms, constraints and divergences against PyTorch, with gradients to second order."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributions as theirs
from torch.distributions import constraints

import ravine as rv
import ravine.distributions as ours
from ravine.distributions import kl

RNG = np.random.default_rng(20)
BATCHES = [(), (3,), (2, 1), (0,)]


def real(*shape):
    return RNG.normal(size=shape)


def positive(*shape):
    return RNG.uniform(0.4, 3.5, shape)


def unit(*shape):
    return RNG.uniform(0.05, 0.95, shape)


def counts(*shape):
    return RNG.integers(2, 9, shape).astype(float)


def definite(*shape, n=3):
    a = RNG.normal(size=(*shape, n, n))
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def lower(*shape, n=3):
    return np.linalg.cholesky(definite(*shape, n=n))


def scalar_cases(batch: tuple[int, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Classes and arguments over a batch shape; the second argument broadcasts against it."""
    one = batch[-1:]
    return [
        ("Bernoulli", {"probs": unit(*batch)}),
        ("Bernoulli", {"logits": real(*batch)}),
        ("Beta", {"concentration1": positive(*batch), "concentration0": positive(*one)}),
        ("Binomial", {"total_count": 5, "probs": unit(*batch)}),
        ("Binomial", {"total_count": 7, "logits": real(*batch)}),
        ("Categorical", {"probs": positive(*batch, 4)}),
        ("Categorical", {"logits": real(*batch, 4)}),
        ("Cauchy", {"loc": real(*batch), "scale": positive(*one)}),
        ("Chi2", {"df": positive(*batch)}),
        ("ContinuousBernoulli", {"probs": unit(*batch)}),
        ("ContinuousBernoulli", {"logits": 0.0008 * real(*batch)}),
        ("Dirichlet", {"concentration": positive(*batch, 3)}),
        ("Dirichlet", {"concentration": 0.2 * positive(*batch, 3)}),
        ("Exponential", {"rate": positive(*batch)}),
        ("FisherSnedecor", {"df1": 2 * positive(*batch), "df2": 3 * positive(*one)}),
        ("Gamma", {"concentration": positive(*batch), "rate": positive(*one)}),
        (
            "GeneralizedPareto",
            {"loc": real(*batch), "scale": positive(*one), "concentration": 0.4 * real(*batch)},
        ),
        (
            "GeneralizedPareto",
            {"loc": real(*batch), "scale": positive(*one), "concentration": np.zeros(batch)},
        ),
        ("Geometric", {"probs": unit(*batch)}),
        ("Geometric", {"logits": real(*batch)}),
        ("Gumbel", {"loc": real(*batch), "scale": positive(*one)}),
        ("HalfCauchy", {"scale": positive(*batch)}),
        ("HalfNormal", {"scale": positive(*batch)}),
        ("InverseGamma", {"concentration": positive(*batch), "rate": positive(*one)}),
        ("Kumaraswamy", {"concentration1": positive(*batch), "concentration0": positive(*one)}),
        ("LKJCholesky", {"dim": 3, "concentration": positive(*batch)}),
        ("Laplace", {"loc": real(*batch), "scale": positive(*one)}),
        ("LogNormal", {"loc": real(*batch), "scale": positive(*one)}),
        ("LogisticNormal", {"loc": real(*batch, 2), "scale": positive(2)}),
        (
            "LowRankMultivariateNormal",
            {"loc": real(*batch, 3), "cov_factor": real(*batch, 3, 2), "cov_diag": positive(3)},
        ),
        ("Multinomial", {"total_count": 6, "probs": positive(*batch, 3)}),
        ("Multinomial", {"total_count": 6, "logits": real(*batch, 3)}),
        ("MultivariateNormal", {"loc": real(*batch, 3), "covariance_matrix": definite()}),
        ("MultivariateNormal", {"loc": real(3), "precision_matrix": definite(*batch)}),
        ("MultivariateNormal", {"loc": real(*batch, 3), "scale_tril": lower(*batch)}),
        ("NegativeBinomial", {"total_count": positive(*batch), "probs": unit(*one)}),
        ("NegativeBinomial", {"total_count": positive(*batch), "logits": real(*one)}),
        ("Normal", {"loc": real(*batch), "scale": positive(*one)}),
        ("OneHotCategorical", {"probs": positive(*batch, 4)}),
        ("OneHotCategoricalStraightThrough", {"logits": real(*batch, 4)}),
        ("Pareto", {"scale": positive(*batch), "alpha": positive(*one)}),
        ("Poisson", {"rate": positive(*batch)}),
        ("RelaxedBernoulli", {"temperature": positive(), "probs": unit(*batch)}),
        ("RelaxedBernoulli", {"temperature": positive(), "logits": real(*batch)}),
        ("RelaxedOneHotCategorical", {"temperature": positive(), "probs": positive(*batch, 3)}),
        ("RelaxedOneHotCategorical", {"temperature": positive(), "logits": real(*batch, 3)}),
        ("StudentT", {"df": positive(*batch), "loc": real(*one), "scale": positive(*batch)}),
        ("Uniform", {"low": real(*batch), "high": 5 + positive(*one)}),
        ("VonMises", {"loc": real(*batch), "concentration": positive(*one)}),
        ("Weibull", {"scale": positive(*batch), "concentration": positive(*one)}),
        ("Wishart", {"df": 3 + positive(*batch), "covariance_matrix": definite()}),
        ("Wishart", {"df": 3 + positive(*batch), "scale_tril": lower()}),
    ]


#: What PyTorch has wrong, with what is right elsewhere: NaN wherever b > 1, and the wrong place elsewhere.
WRONG_THERE = {("Kumaraswamy", "mode")}
NAMES = sorted({name for name, _ in scalar_cases(())})
#: What PyTorch does not make of an empty batch.
FULL = {
    *(
        "Beta",
        "Binomial",
        "LKJCholesky",
        "LogisticNormal",
        "LowRankMultivariateNormal",
        "MultivariateNormal",
        "Wishart",
    ),
    *("Categorical", "Dirichlet", "Multinomial", "OneHotCategorical", "RelaxedOneHotCategorical"),
    "OneHotCategoricalStraightThrough",
}
#: PyTorch compares it with a number of single precision, and raises for others.
SINGLE = {"GeneralizedPareto"}
# PyTorch approximates Bessel functions, and a factorial, in single precision.
TOLERANCE = {"VonMises": 2e-6, "Multinomial": 1e-7}


def made(
    name: str, arguments: dict[str, Any], requires_grad: bool = False
) -> tuple[Any, Any, list[Any], list[Any]]:
    """The distribution here and there, with the parameters."""
    here, there, mine, other = {}, {}, [], []
    for key, value in arguments.items():
        if isinstance(value, (np.ndarray, np.floating)):
            here[key] = rv.tensor(np.asarray(value), requires_grad=requires_grad)
            there[key] = torch.tensor(np.asarray(value), requires_grad=requires_grad)
            mine.append(here[key])
            other.append(there[key])
        else:
            here[key] = there[key] = value
    return getattr(ours, name)(**here), getattr(theirs, name)(**there), mine, other


def close(got: Any, want: Any, name: str = "", rtol: float = 1e-9) -> None:
    got, want = got.detach(), want.detach()
    assert tuple(got.shape) == tuple(want.shape), name
    assert got.dtype.name == str(want.dtype).removeprefix("torch."), name
    rtol = max(rtol, TOLERANCE.get(name.split(".")[0], 0.0))
    np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=rtol, atol=rtol, err_msg=name)


def either(call: Any) -> Any:
    """The result, or None where there is none in closed form."""
    try:
        return call()
    except (NotImplementedError, AttributeError):
        # PyTorch's expanded Multinomial forgets a part of itself.
        return None


def same_results(d: Any, t: Any, name: str) -> None:
    for what in ("mean", "mode", "variance", "stddev"):
        got, want = either(lambda w=what: getattr(d, w)), either(lambda w=what: getattr(t, w))
        if (name, what) not in WRONG_THERE and want is not None:
            assert got is not None, (name, what)
            close(got, want, f"{name}.{what}")
    for what in ("entropy", "perplexity"):
        got, want = either(lambda w=what: getattr(d, w)()), either(lambda w=what: getattr(t, w)())
        if want is not None:
            assert got is not None, (name, what)
            close(got, want, f"{name}.{what}")


def cases(name: str):
    for batch in BATCHES:
        for found, arguments in scalar_cases(batch):
            if found == name:
                yield batch, arguments


def value_of(t: Any, shape: tuple[int, ...] = (2,)) -> Any:
    torch.manual_seed(7)
    with warnings.catch_warnings():
        # Of matrices that PyTorch draws again.
        warnings.simplefilter("ignore", UserWarning)
        return t.sample(shape)


@pytest.mark.parametrize("name", sorted({*NAMES} - SINGLE))
def test_values(name):
    for batch, arguments in cases(name):
        if 0 in batch and name in FULL:
            continue
        d, t, _, _ = made(name, arguments)
        assert tuple(d.batch_shape) == tuple(t.batch_shape)
        assert tuple(d.event_shape) == tuple(t.event_shape)
        assert d.has_rsample == t.has_rsample
        assert d.has_enumerate_support == t.has_enumerate_support
        assert type(d.support).__name__ == type(t.support).__name__
        assert set(d.arg_constraints) == set(t.arg_constraints)
        same_results(d, t, name)
        drawn = d.sample((4, 2))
        assert tuple(drawn.shape) == (4, 2, *t.batch_shape, *t.event_shape)
        assert drawn.dtype.name == str(value_of(t).dtype).removeprefix("torch.")
        assert bool(d.support.check(drawn).all()), name
        assert not drawn.requires_grad
        value = value_of(t)
        close(d.log_prob(rv.tensor(value.numpy())), t.log_prob(value), f"{name}.log_prob", 1e-8)
        for what, argument in (("cdf", value), ("icdf", torch.tensor(unit(*value.shape)))):
            want = either(lambda w=what, a=argument, t=t: getattr(t, w)(a))
            if want is not None:
                got = getattr(d, what)(rv.tensor(argument.numpy()))
                close(got, want, f"{name}.{what}", 1e-8)
        wider = (5, *t.batch_shape)
        close(
            d.expand(wider).log_prob(rv.tensor(value.numpy())[:1]),
            t.expand(wider).log_prob(value[:1]),
            f"{name}.expand",
            1e-8,
        )
        same_results(d.expand(wider), t.expand(wider), name)
        assert tuple(d.expand(wider).sample((2,)).shape) == (2, *wider, *t.event_shape)
        if t.has_enumerate_support:
            for expand in (True, False):
                close(d.enumerate_support(expand), t.enumerate_support(expand), name)


@pytest.mark.parametrize("name", sorted({*NAMES} - SINGLE))
def test_gradients_to_second_order(name):
    for batch, arguments in cases(name):
        # PyTorch's trace has a slope above the diagonal of a triangular factor, too.
        if 0 in batch or (name == "Wishart" and "scale_tril" in arguments):
            continue
        d, t, mine, other = made(name, arguments, requires_grad=True)
        value = value_of(t)
        x, y = rv.tensor(value.numpy()), value.clone()
        if value.is_floating_point() and not t.support.is_discrete:
            x.requires_grad_()
            y.requires_grad_()
            mine, other = [*mine, x], [*other, y]
        for what, got, want in (
            ("log_prob", lambda d=d, x=x: d.log_prob(x), lambda t=t, y=y: t.log_prob(y)),
            ("entropy", lambda d=d: d.entropy(), lambda t=t: t.entropy()),
            ("mean", lambda d=d: d.mean, lambda t=t: t.mean),
            ("variance", lambda d=d: d.variance, lambda t=t: t.variance),
        ):
            if either(want) is None or not either(want).requires_grad:
                continue
            weights = RNG.uniform(0.5, 1.5, tuple(either(want).shape))
            got_first = rv.autograd.grad(
                (got() * rv.tensor(weights)).sum(), mine, create_graph=True, allow_unused=True
            )
            want_first = torch.autograd.grad(
                (want() * torch.tensor(weights)).sum(), other, create_graph=True, allow_unused=True
            )
            compared(got_first, want_first, f"{name}.{what}")
            squares = [[g.square().sum() for g in first if live(g)] for first in (got_first, want_first)]
            if not all(squares):
                continue
            again: dict[str, Any] = {"allow_unused": True, "retain_graph": True}
            ends: list[Any] = [sum(each) for each in squares]
            got_second = rv.autograd.grad(ends[0], mine, **again)
            want_second = torch.autograd.grad(ends[1], other, **again)
            compared(got_second, want_second, f"{name}.{what} twice", 1e-6)


def live(g: Any) -> bool:
    return g is not None and g.requires_grad


def compared(got: Any, want: Any, name: str, rtol: float = 1e-7) -> None:
    for g, w in zip(got, want, strict=True):
        if g is None or w is None:
            # What is not used has a slope of 0.
            assert all(s is None or not np.any(s.detach().numpy()) for s in (g, w)), name
        else:
            close(g, w, name, rtol)


@pytest.mark.parametrize("name", NAMES)
def test_single_precision(name):
    for batch, arguments in cases(name):
        if 0 in batch:
            continue
        single = {
            k: np.asarray(v, np.float32) if isinstance(v, (np.ndarray, np.floating)) else v
            for k, v in arguments.items()
        }
        d, t, _, _ = made(name, single)
        value = value_of(t)
        got = d.log_prob(rv.tensor(value.numpy()))
        assert got.dtype is rv.float32
        close(got, t.log_prob(value), name, 2e-3 if name == "ContinuousBernoulli" else 2e-4)


def test_names():
    missing = {n for n in theirs.__all__ if not hasattr(ours, n)}
    assert missing == set()
    assert set(theirs.__all__) <= set(ours.__all__)
    for module in ("constraints", "transforms", "constraint_registry", "kl", "utils"):
        here, there = (
            getattr(__import__(f"ravine.distributions.{module}").distributions, module),
            getattr(theirs, module),
        )
        listed = getattr(
            there, "__all__", ["broadcast_all", "probs_to_logits", "logits_to_probs", "lazy_property"]
        )
        assert {n for n in listed if not hasattr(here, n)} == set(), module


# ---- Divergences ----


def divergence_arguments(name: str) -> dict[str, Any]:
    one = dict(scalar_cases((3,)))
    arguments = one[name]
    if name == "Binomial":
        return {"total_count": 6, "probs": unit(3)}
    return arguments


def kl_pairs():
    from torch.distributions import kl

    skipped = {"ExponentialFamily", "TransformedDistribution", "Independent"}
    for p, q in kl._KL_REGISTRY:
        if not skipped & {p.__name__, q.__name__}:
            yield p.__name__, q.__name__


@pytest.mark.parametrize(("p", "q"), sorted(set(kl_pairs())))
def test_divergences(p, q):
    for _ in range(3):
        dp: Any
        tp: Any
        dq: Any
        tq: Any
        dp, tp, mine, other = made(p, divergence_arguments(p), requires_grad=True)
        dq, tq, mine_q, other_q = made(q, divergence_arguments(q), requires_grad=True)
        if (p, q) == ("Uniform", "Uniform"):
            tq = theirs.Uniform(tp.low - 1, tp.high + 1)
            dq = ours.Uniform(dp.low - 1, dp.high + 1)
            mine_q = other_q = []
        if p == "Uniform" and q in ("Beta", "ContinuousBernoulli", "Exponential", "Gamma", "Pareto"):
            low, high = rv.tensor([0.2, 0.3, 0.4]).double(), rv.tensor([0.5, 0.7, 0.9]).double()
            shift = 10.0 if q == "Pareto" else 0.0
            dp = ours.Uniform(low + shift, high + shift)
            tp = theirs.Uniform(torch.tensor(low.numpy()) + shift, torch.tensor(high.numpy()) + shift)
            mine = other = []
        if q == "Uniform" and p in ("Beta", "ContinuousBernoulli"):
            dq = ours.Uniform(rv.tensor(-1.0).double(), rv.tensor(2.0).double())
            tq = theirs.Uniform(torch.tensor(-1.0).double(), torch.tensor(2.0).double())
            mine_q = other_q = []
        if p == "Pareto":
            dp = ours.Pareto(dp.scale, dp.alpha + 2)
            tp = theirs.Pareto(tp.scale, tp.alpha + 2)
        mine, other = [*mine, *mine_q], [*other, *other_q]
        got, want = ours.kl_divergence(dp, dq), theirs.kl_divergence(tp, tq)
        if (p, q) == ("ContinuousBernoulli", "Uniform"):
            # PyTorch gives infinity for every uniform distribution around the unit interval.
            want = -tp.entropy() + math.log(3)
        close(got, want.expand(tuple(got.shape)), f"{p}, {q}", 1e-8)
        if mine and want.requires_grad and bool(torch.isfinite(want).all()):
            first = rv.autograd.grad(got.sum(), mine, create_graph=True, allow_unused=True)
            compared(
                first,
                torch.autograd.grad(want.sum(), other, create_graph=True, allow_unused=True),
                f"{p}, {q}",
            )


def test_divergences_of_families_and_of_wholes():
    a, b = positive(4), positive(4)
    family = kl._registry[ours.ExponentialFamily, ours.ExponentialFamily]
    for name, p, q in [
        ("Gamma", (a, b), (b, a)),
        ("Normal", (a, b), (b, a)),
        ("Beta", (a, b), (b, a)),
        ("Exponential", (a,), (b,)),
        ("Poisson", (a,), (b,)),
        ("Dirichlet", (a,), (b,)),
    ]:
        d, e = (getattr(ours, name)(*map(rv.tensor, x)) for x in (p, q))
        s, t = (getattr(theirs, name)(*map(torch.tensor, x)) for x in (p, q))
        close(family(d, e), theirs.kl_divergence(s, t), name)
        close(
            ours.kl_divergence(
                ours.Independent(d, d.batch_shape and 1), ours.Independent(e, e.batch_shape and 1)
            ),
            theirs.kl_divergence(
                theirs.Independent(s, len(s.batch_shape)), theirs.Independent(t, len(t.batch_shape))
            ),
            name,
        ) if d.batch_shape else None
    close(
        ours.kl_divergence(
            ours.LogNormal(rv.tensor(a), rv.tensor(b)), ours.LogNormal(rv.tensor(b), rv.tensor(a))
        ),
        theirs.kl_divergence(
            theirs.LogNormal(torch.tensor(a), torch.tensor(b)),
            theirs.LogNormal(torch.tensor(b), torch.tensor(a)),
        ),
    )
    with pytest.raises(NotImplementedError, match="register_kl"):
        ours.kl_divergence(ours.Cauchy(0.0, 1.0), ours.Normal(0.0, 1.0))


# ---- Wholes made of others ----


def test_mixtures():
    for batch in ((), (3,)):
        weights, loc, scale = positive(*batch, 4), real(*batch, 4), positive(4)
        d = ours.MixtureSameFamily(
            ours.Categorical(rv.tensor(weights)), ours.Normal(rv.tensor(loc), rv.tensor(scale))
        )
        t = theirs.MixtureSameFamily(
            theirs.Categorical(torch.tensor(weights)), theirs.Normal(torch.tensor(loc), torch.tensor(scale))
        )
        value = value_of(t, (5,))
        for what in ("mean", "variance"):
            close(getattr(d, what), getattr(t, what))
        for what in ("log_prob", "cdf"):
            close(getattr(d, what)(rv.tensor(value.numpy())), getattr(t, what)(value))
        assert tuple(d.sample((5, 2)).shape) == (5, 2, *batch)
        assert d.expand((2, *batch)).batch_shape == (2, *batch)
        vectors = real(*batch, 4, 2)
        d = ours.MixtureSameFamily(
            ours.Categorical(rv.tensor(weights)), ours.Independent(ours.Normal(rv.tensor(vectors), 1.0), 1)
        )
        t = theirs.MixtureSameFamily(
            theirs.Categorical(torch.tensor(weights)),
            theirs.Independent(theirs.Normal(torch.tensor(vectors), 1.0), 1),
        )
        value = value_of(t, (5,))
        close(d.mean, t.mean)
        close(d.variance, t.variance)
        close(d.log_prob(rv.tensor(value.numpy())), t.log_prob(value))
        assert tuple(d.sample((6,)).shape) == (6, *batch, 2)


def test_independent_and_transformed():
    loc = real(2, 3, 4)
    for n in (0, 1, 2, 3):
        d = ours.Independent(ours.Normal(rv.tensor(loc), 1.0), n)
        t = theirs.Independent(theirs.Normal(torch.tensor(loc), 1.0), n)
        assert (tuple(d.batch_shape), tuple(d.event_shape)) == (tuple(t.batch_shape), tuple(t.event_shape))
        value = value_of(t, ())
        close(d.log_prob(rv.tensor(value.numpy())), t.log_prob(value))
        close(d.entropy(), t.entropy())
    for make in (
        lambda m, x: [m.transforms.AffineTransform(1.0, x([2.0, -3.0]))],
        lambda m, x: [m.transforms.SigmoidTransform(), m.transforms.AffineTransform(x([1.0, 2.0]), 3.0)],
        lambda m, x: [m.transforms.TanhTransform()],
        lambda m, x: [m.transforms.ExpTransform(), m.transforms.PowerTransform(x([0.5, 2.0]))],
        lambda m, x: [m.transforms.SoftplusTransform()],
        lambda m, x: [m.transforms.StickBreakingTransform()],
        lambda m, x: [],
    ):
        d = ours.TransformedDistribution(
            ours.Normal(rv.zeros(2).double(), 1.0), make(ours, lambda v: rv.tensor(v).double())
        )
        t = theirs.TransformedDistribution(
            theirs.Normal(torch.zeros(2).double(), 1.0), make(theirs, lambda v: torch.tensor(v).double())
        )
        assert (tuple(d.batch_shape), tuple(d.event_shape)) == (tuple(t.batch_shape), tuple(t.event_shape))
        value = value_of(t, (3,))
        close(d.log_prob(rv.tensor(value.numpy())), t.log_prob(value), rtol=1e-8)
        if not t.event_shape:
            close(d.cdf(rv.tensor(value.numpy())), t.cdf(value))
            u = unit(3, 2)
            close(d.icdf(rv.tensor(u)), t.icdf(torch.tensor(u)))


# ---- Transforms and constraints ----

TRANSFORMS = [
    (lambda m, x: m.ExpTransform(), (3,)),
    (lambda m, x: m.AbsTransform(), (3,)),
    (lambda m, x: m.SigmoidTransform(), (3,)),
    (lambda m, x: m.TanhTransform(), (3,)),
    (lambda m, x: m.SoftplusTransform(), (3,)),
    (lambda m, x: m.AffineTransform(x([1.0, 2.0, 3.0]), 2.0), (2, 3)),
    (lambda m, x: m.AffineTransform(0.5, x([1.0, -2.0, 3.0]), event_dim=1), (2, 3)),
    (lambda m, x: m.ComposeTransform([m.AffineTransform(1.0, 2.0), m.ExpTransform()]), (3,)),
    (lambda m, x: m.ComposeTransform([m.AffineTransform(1.0, 2.0), m.StickBreakingTransform()]), (2, 3)),
    (lambda m, x: m.ComposeTransform([m.ExpTransform(), m.PowerTransform(x(2.5))]), (3,)),
    (lambda m, x: m.IndependentTransform(m.ExpTransform(), 1), (2, 3)),
    (lambda m, x: m.ReshapeTransform((2, 3), (3, 2)), (4, 2, 3)),
    (lambda m, x: m.SoftmaxTransform(), (2, 3)),
    (lambda m, x: m.StickBreakingTransform(), (2, 3)),
    (lambda m, x: m.LowerCholeskyTransform(), (2, 3, 3)),
    (lambda m, x: m.PositiveDefiniteTransform(), (2, 3, 3)),
    (lambda m, x: m.CorrCholeskyTransform(), (2, 6)),
    (lambda m, x: m.CatTransform([m.ExpTransform(), m.TanhTransform()], 0, [1, 2]), (3, 2)),
    (lambda m, x: m.CatTransform([m.ExpTransform(), m.TanhTransform()], -1, [1, 2]), (2, 3)),
    (lambda m, x: m.StackTransform([m.ExpTransform(), m.TanhTransform()], 1), (3, 2)),
]


@pytest.mark.parametrize("index", range(len(TRANSFORMS)))
def test_transforms(index):
    make, shape = TRANSFORMS[index]
    f = make(ours.transforms, lambda v: rv.tensor(v).double())
    g = make(theirs.transforms, lambda v: torch.tensor(v).double())
    x = real(*shape)
    y, z = f(rv.tensor(x)), g(torch.tensor(x))
    close(y, z)
    close(f.inv(y), g.inv(z), rtol=1e-7)
    assert f.bijective == g.bijective
    assert f.domain.event_dim == g.domain.event_dim
    assert f.codomain.event_dim == g.codomain.event_dim
    assert tuple(f.forward_shape(shape)) == tuple(g.forward_shape(shape))
    assert tuple(f.inverse_shape(tuple(z.shape))) == tuple(g.inverse_shape(tuple(z.shape)))
    assert f == make(ours.transforms, lambda v: rv.tensor(v).double()) or f != f.inv
    if f.bijective:
        slope = f.log_abs_det_jacobian(rv.tensor(x), y)
        close(slope, g.log_abs_det_jacobian(torch.tensor(x), z), rtol=1e-8)
        close(
            f.inv.log_abs_det_jacobian(y, rv.tensor(x)),
            -g.log_abs_det_jacobian(torch.tensor(x), z),
            rtol=1e-8,
        )
    cached = f.with_cache() if hasattr(type(f), "with_cache") else f
    there = cached(point := rv.tensor(x))
    assert cached.inv(there) is point or isinstance(f, ours.ComposeTransform)


CONSTRAINTS = [
    ("boolean", [0.0, 1.0, 0.5]),
    ("nonnegative_integer", [-1.0, 0.0, 1.5, 2.0]),
    ("positive_integer", [0.0, 1.0, 1.5]),
    ("real", [0.0, math.nan, math.inf]),
    ("positive", [-1.0, 0.0, 1.0, math.nan]),
    ("nonnegative", [-1.0, 0.0, 1.0]),
    ("unit_interval", [-0.1, 0.0, 1.0, 1.1]),
    ("one_hot", [[0.0, 1.0], [1.0, 1.0], [0.5, 0.5]]),
    ("simplex", [[0.2, 0.8], [0.2, 0.9], [-0.2, 1.2]]),
    ("real_vector", [[0.0, 1.0], [math.nan, 1.0]]),
    ("lower_triangular", [[[1.0, 0.0], [2.0, -3.0]], [[1.0, 1.0], [2.0, 3.0]]]),
    ("lower_cholesky", [[[1.0, 0.0], [2.0, -3.0]], [[1.0, 0.0], [2.0, 3.0]]]),
    ("corr_cholesky", [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [2.0, 3.0]]]),
    ("square", [[[1.0, 0.0], [0.6, 0.8]]]),
    ("symmetric", [[[1.0, 0.5], [0.5, 0.8]], [[1.0, 0.5], [0.6, 0.8]]]),
    ("positive_definite", [[[1.0, 0.5], [0.5, 0.8]], [[1.0, 2.0], [2.0, 1.0]]]),
    ("positive_semidefinite", [[[2.0, 0.5], [0.5, 0.8]], [[1.0, 2.0], [2.0, 1.0]]]),
    (lambda m: m.integer_interval(0, 3), [-1.0, 0.0, 2.5, 3.0, 4.0]),
    (lambda m: m.interval(-1.0, 2.0), [-2.0, -1.0, 2.0, 3.0]),
    (lambda m: m.half_open_interval(-1.0, 2.0), [-2.0, -1.0, 2.0, 3.0]),
    (lambda m: m.greater_than(1.0), [1.0, 2.0]),
    (lambda m: m.greater_than_eq(1.0), [0.0, 1.0, 2.0]),
    (lambda m: m.less_than(1.0), [0.0, 1.0, 2.0]),
    (lambda m: m.multinomial(3), [[1.0, 2.0], [2.0, 2.0], [-1.0, 1.0]]),
    (lambda m: m.independent(m.positive, 1), [[1.0, 2.0], [-1.0, 2.0]]),
    (lambda m: m.cat([m.positive, m.real], -1, [1, 2]), [1.0, -1.0, 2.0]),
    (lambda m: m.stack([m.positive, m.real], -1), [[1.0, -1.0], [-1.0, 2.0]]),
]


def test_constraints():
    for which, values in CONSTRAINTS:
        mine, other = (
            getattr(m.constraints, which) if isinstance(which, str) else which(m.constraints)
            for m in (ours, theirs)
        )
        got, want = mine.check(rv.tensor(values).double()), other.check(torch.tensor(values).double())
        assert got.tolist() == want.tolist(), which
        assert (mine.is_discrete, mine.event_dim) == (other.is_discrete, other.event_dim), which
        assert repr(mine) == repr(other) or which not in ("",)
    for which in (
        "positive",
        "unit_interval",
        "real",
        "simplex",
        "lower_cholesky",
        "corr_cholesky",
        "real_vector",
    ):
        mine, other = getattr(ours.constraints, which), getattr(constraints, which)
        for registry in ("biject_to", "transform_to"):
            g = either(lambda r=registry, c=other: getattr(theirs, r)(c))
            if g is None:
                continue
            f = getattr(ours, registry)(mine)
            assert type(f).__name__ == type(g).__name__
            x = real(3, 3)
            close(f(rv.tensor(x)), g(torch.tensor(x)))
            assert bool(mine.check(f(rv.tensor(x))).all())
