"""Losses against torch: values, gradients, second order, every option; and closed forms."""

import itertools
import math
import warnings

import numpy as np
import pytest
import torch

import ravine as rv
from parity.test_nn_parity import DTYPES, close, compare
from ravine import nn
from ravine.nn import functional as F

T = torch.nn.functional
REDUCTIONS = [{"reduction": r} for r in ("mean", "sum", "none")]


def normal(rng, *shape):
    return rng.normal(size=shape)


def positive(rng, *shape):
    return rng.uniform(0.2, 2, size=shape)


def share(rng, *shape):
    return rng.uniform(0.05, 0.95, size=shape)


def log_distribution(rng, *shape):
    return np.log(rng.dirichlet(np.ones(shape[-1]), shape[:-1]))


def distribution(rng, *shape):
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1])


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


def counts(rng, *shape):
    return rng.integers(0, 6, size=shape).astype(np.float64)


def labels(rng, *shape):
    return rng.integers(0, 5, size=shape)


def options(**values):
    """Every combination, with every reduction."""
    names = list(values)
    return [
        dict(zip(names, chosen, strict=True)) | r
        for chosen in itertools.product(*values.values())
        for r in REDUCTIONS
    ]


# Name: the arguments (how they are drawn, their shapes), the options, and how many arguments get a gradient.
CASES = {
    "l1_loss": ([(normal, 4, 5), (normal, 4, 5)], REDUCTIONS, 2),
    "mse_loss": ([(normal, 4, 5), (normal, 4, 5)], REDUCTIONS, 2),
    "smooth_l1_loss": ([(normal, 4, 5), (normal, 4, 5)], options(beta=[1.0, 0.3, 0.0]), 2),
    "huber_loss": ([(normal, 4, 5), (normal, 4, 5)], options(delta=[1.0, 0.4]), 2),
    "binary_cross_entropy": ([(share, 4, 5), (share, 4, 5)], REDUCTIONS, 2),
    "binary_cross_entropy_with_logits": ([(normal, 4, 5), (share, 4, 5)], REDUCTIONS, 2),
    "kl_div": (
        [(log_distribution, 4, 5), (distribution, 4, 5)],
        [*REDUCTIONS, {"reduction": "batchmean"}],
        2,
    ),
    "poisson_nll_loss": (
        [(positive, 4, 5), (counts, 4, 5)],
        options(log_input=[True, False], full=[True, False]),
        1,
    ),
    "gaussian_nll_loss": ([(normal, 4, 5), (normal, 4, 5), (positive, 4, 5)], options(full=[True, False]), 3),
    "hinge_embedding_loss": ([(normal, 4, 5), (signs, 4, 5)], options(margin=[1.0, 0.3]), 1),
    "margin_ranking_loss": ([(normal, 7), (normal, 7), (signs, 7)], options(margin=[0.0, 0.5]), 2),
    "cosine_embedding_loss": ([(normal, 6, 3), (normal, 6, 3), (signs, 6)], options(margin=[0.0, 0.4]), 2),
    "triplet_margin_loss": (
        [(normal, 6, 3), (normal, 6, 3), (normal, 6, 3)],
        options(margin=[1.0, 3.0], p=[1.0, 2.0, 3.0], swap=[False, True]),
        3,
    ),
    "soft_margin_loss": ([(normal, 4, 5), (signs, 4, 5)], REDUCTIONS, 1),
    "multi_margin_loss": ([(normal, 6, 5), (labels, 6)], options(p=[1, 2], margin=[1.0, 0.5]), 1),
    "cosine_similarity": ([(normal, 4, 5), (normal, 4, 5)], [{}, {"dim": 0}, {"eps": 1e-3}], 2),
    "pairwise_distance": (
        [(normal, 4, 5), (normal, 4, 5)],
        [{}, {"p": 1.0}, {"p": 3.0}, {"p": math.inf}, {"keepdim": True}],
        2,
    ),
    "nll_loss": ([(log_distribution, 6, 5), (labels, 6)], options(ignore_index=[-100, 2]), 1),
}
# torch has no second derivative of these.
ONCE = {"multi_margin_loss"}


def leaves(lib, arrays, count, dtype):
    tensors = [lib.tensor(x, dtype=dtype if x.dtype.kind == "f" else lib.int64) for x in arrays]
    for t in tensors[:count]:
        t.requires_grad_(True)
    return tensors


def first_order(mine, theirs, xs, ys, rng):
    value, want = mine(), theirs()
    close(value, want, 1e-12, "value")
    g = rng.normal(size=tuple(want.shape))
    (got,) = rv.autograd.grad((value * rv.tensor(g)).sum(), xs)
    (wanted,) = torch.autograd.grad((want * torch.tensor(g)).sum(), ys)
    close(got, wanted, 1e-12, "gradient")


@pytest.mark.parametrize("name", CASES)
def test_loss(name, rng):
    draws, choices, count = CASES[name]
    ours, wanted = getattr(F, name), getattr(T, name)
    for number, chosen in enumerate(choices):
        arrays = [draw(rng, *shape) for draw, *shape in draws]
        # Second order in float32 is checked once: the options change nothing there.
        for dtype in ("float64", "float32") if number == 0 else ("float64",):
            mine = leaves(rv, arrays, count, DTYPES[dtype][0])
            theirs = leaves(torch, arrays, count, DTYPES[dtype][1])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch, of kl_div's mean
                f, g = (lambda m=mine, c=chosen: ours(*m, **c)), (lambda t=theirs, c=chosen: wanted(*t, **c))
                if name in ONCE:
                    if dtype == "float64":
                        first_order(f, g, mine[:count], theirs[:count], rng)
                    continue
                compare(f, g, mine[:count], theirs[:count], DTYPES[dtype], rng)


def test_weights(rng):
    dtypes = DTYPES["float64"]
    weighted = [
        ("binary_cross_entropy", [share(rng, 4, 5), share(rng, 4, 5)], {"weight": positive(rng, 5)}),
        (
            "binary_cross_entropy_with_logits",
            [normal(rng, 4, 5), share(rng, 4, 5)],
            {"weight": positive(rng, 4, 1)},
        ),
        (
            "binary_cross_entropy_with_logits",
            [normal(rng, 4, 5), share(rng, 4, 5)],
            {"weight": positive(rng, 4, 5), "pos_weight": positive(rng, 5)},
        ),
        ("huber_loss", [normal(rng, 4, 5), normal(rng, 4, 5)], {"weight": positive(rng, 4, 5)}),
        ("mse_loss", [normal(rng, 4, 5), normal(rng, 4, 5)], {"weight": positive(rng, 4, 5)}),
        ("l1_loss", [normal(rng, 4, 5), normal(rng, 4, 5)], {"weight": positive(rng, 4, 5)}),
        ("nll_loss", [log_distribution(rng, 3, 5, 4), labels(rng, 3, 4)], {"weight": positive(rng, 5)}),
    ]
    for name, arrays, weights in weighted:
        for r in REDUCTIONS:
            mine, theirs = leaves(rv, arrays, 1, rv.float64), leaves(torch, arrays, 1, torch.float64)
            ours = {k: rv.tensor(v) for k, v in weights.items()}
            wanted = {k: torch.tensor(v) for k, v in weights.items()}
            compare(
                lambda n=name, m=mine, w=ours, r=r: getattr(F, n)(*m, **w, **r),
                lambda n=name, t=theirs, w=wanted, r=r: getattr(T, n)(*t, **w, **r),
                mine[:1],
                theirs[:1],
                dtypes,
                rng,
            )
    x, y, w = normal(rng, 6, 5), labels(rng, 6), positive(rng, 5)
    for r in REDUCTIONS:
        mine, theirs = rv.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        first_order(
            lambda m=mine, r=r: F.multi_margin_loss(m, rv.tensor(y), 2, weight=rv.tensor(w), **r),
            lambda t=theirs, r=r: torch.nn.functional.multi_margin_loss(
                t, torch.tensor(y), 2, weight=torch.tensor(w), **r
            ),
            [mine],
            [theirs],
            rng,
        )


def test_log_targets_and_variances(rng):
    dtypes = DTYPES["float64"]
    arrays = [log_distribution(rng, 4, 5), log_distribution(rng, 4, 5)]
    for reduction in ("sum", "none", "batchmean"):
        mine, theirs = leaves(rv, arrays, 2, rv.float64), leaves(torch, arrays, 2, torch.float64)
        compare(
            lambda m=mine, r=reduction: F.kl_div(*m, reduction=r, log_target=True),
            lambda t=theirs, r=reduction: T.kl_div(*t, reduction=r, log_target=True),
            mine,
            theirs,
            dtypes,
            rng,
        )
    for shape in ((4, 1), (4,), ()):
        arrays = [normal(rng, 4, 5), normal(rng, 4, 5), positive(rng, *shape)]
        mine, theirs = leaves(rv, arrays, 2, rv.float64), leaves(torch, arrays, 2, torch.float64)
        if shape == ():
            mine[2], theirs[2] = float(arrays[2]), float(arrays[2])
        compare(
            lambda m=mine: F.gaussian_nll_loss(*m),
            lambda t=theirs: T.gaussian_nll_loss(*t),
            mine[:2],
            theirs[:2],
            dtypes,
            rng,
        )
    # Gradients pass the bound of a variance.
    var = rv.tensor([1e-9], dtype=rv.float64, requires_grad=True)
    wanted = torch.tensor([1e-9], dtype=torch.float64, requires_grad=True)
    F.gaussian_nll_loss(rv.zeros(1, dtype=rv.float64), rv.ones(1, dtype=rv.float64), var).backward()
    T.gaussian_nll_loss(torch.zeros(1).double(), torch.ones(1).double(), wanted).backward()
    assert var.grad is not None
    assert wanted.grad is not None
    assert var.grad.item() == pytest.approx(wanted.grad.item(), rel=1e-12)


LAYERS = {
    "L1Loss": ({}, "l1_loss"),
    "MSELoss": ({"reduction": "sum"}, "mse_loss"),
    "SmoothL1Loss": ({"beta": 0.5}, "smooth_l1_loss"),
    "HuberLoss": ({"delta": 0.5}, "huber_loss"),
    "BCELoss": ({}, "binary_cross_entropy"),
    "BCEWithLogitsLoss": ({"reduction": "none"}, "binary_cross_entropy_with_logits"),
    "KLDivLoss": ({"reduction": "batchmean"}, "kl_div"),
    "PoissonNLLLoss": ({"log_input": False, "full": True}, "poisson_nll_loss"),
    "GaussianNLLLoss": ({"full": True}, "gaussian_nll_loss"),
    "HingeEmbeddingLoss": ({"margin": 0.4}, "hinge_embedding_loss"),
    "MarginRankingLoss": ({"margin": 0.4}, "margin_ranking_loss"),
    "CosineEmbeddingLoss": ({"margin": 0.4}, "cosine_embedding_loss"),
    "TripletMarginLoss": ({"p": 1.0, "swap": True}, "triplet_margin_loss"),
    "SoftMarginLoss": ({}, "soft_margin_loss"),
    "MultiMarginLoss": ({"p": 2}, "multi_margin_loss"),
    "NLLLoss": ({"ignore_index": 1}, "nll_loss"),
    "CosineSimilarity": ({"dim": 0}, "cosine_similarity"),
    "PairwiseDistance": ({"p": 1.0, "keepdim": True}, "pairwise_distance"),
}


def test_layers(rng):
    for name, (chosen, function) in LAYERS.items():
        mine, theirs = getattr(nn, name)(**chosen), getattr(torch.nn, name)(**chosen)
        arrays = [draw(rng, *shape) for draw, *shape in CASES[function][0]]
        close(mine(*map(rv.tensor, arrays)), theirs(*map(torch.tensor, arrays)), 1e-12, name)


def test_cross_entropy_of_images(rng):
    """K-dimensional inputs with soft targets, weights and every reduction."""
    shape = (2, 5, 3, 4)
    x, q = normal(rng, *shape), np.moveaxis(distribution(rng, 2, 3, 4, 5), -1, 1)
    w, y = positive(rng, 5), labels(rng, 2, 3, 4)
    for target, chosen in itertools.product((q, y), options(label_smoothing=[0.0, 0.2], weight=[None, w])):
        ours, wanted = dict(chosen), dict(chosen)
        if chosen["weight"] is not None:
            ours["weight"], wanted["weight"] = rv.tensor(w), torch.tensor(w)
        mine, theirs = leaves(rv, [x, target], 1, rv.float64), leaves(torch, [x, target], 1, torch.float64)
        compare(
            lambda m=mine, o=ours: F.cross_entropy(*m, **o),
            lambda t=theirs, o=wanted: T.cross_entropy(*t, **o),
            mine[:1],
            theirs[:1],
            DTYPES["float64"],
            rng,
        )


def test_closed_forms():
    uniform = nn.CrossEntropyLoss()(rv.zeros(3, 10, dtype=rv.float64), rv.tensor([0, 4, 9]))
    assert uniform.item() == pytest.approx(math.log(10), rel=1e-15)
    assert round(uniform.item(), 6) == 2.302585
    for dtype in (rv.float32, rv.float64):
        x = rv.tensor([100.0, -100.0, 100.0, -100.0, 1e4, -1e4, math.inf, -math.inf], dtype=dtype)
        y = rv.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0], dtype=dtype)
        got = F.binary_cross_entropy_with_logits(x, y, reduction="none").numpy().astype(np.float64)
        tiny = math.exp(-100)
        np.testing.assert_allclose(
            got, [100, 100, tiny, tiny, 0, 0, 0, 0], rtol=1e-6 if dtype is rv.float64 else 0.02
        )
        x = x[:6].requires_grad_()
        F.binary_cross_entropy_with_logits(x, y[:6], reduction="sum").backward()
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.numpy(), [1, -1, 0, 0, 0, 0], atol=1e-40)
    p = rv.tensor([0.2, 0.3, 0.5], dtype=rv.float64)
    assert F.kl_div(p.log(), p, reduction="sum").item() == 0
    assert np.isnan(F.gaussian_nll_loss(rv.ones(2), rv.ones(2), rv.ones(2) * -1).item())
    assert F.kl_div(p.log(), rv.tensor([0.0, 0.0, 1.0]), reduction="sum").item() == pytest.approx(math.log(2))
    zero = rv.zeros(2, 3, requires_grad=True)
    (
        F.cosine_similarity(zero, rv.ones(2, 3)).sum() + F.pairwise_distance(zero, rv.zeros(3), eps=0.0).sum()
    ).backward()
    assert zero.grad is not None
    assert np.isfinite(zero.grad.numpy()).all()
    # A far difference is not squared in the branch that is not taken.
    far = rv.tensor([1e30], requires_grad=True)
    F.smooth_l1_loss(far, rv.zeros(1)).backward()
    assert far.grad is not None
    assert far.grad.item() == 1.0


def test_saturated_probabilities(rng):
    """Probabilities 0 and 1 give finite losses and torch's gradients."""
    p, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    mine, theirs = rv.tensor(p, requires_grad=True), torch.tensor(p, requires_grad=True)
    F.binary_cross_entropy(mine, rv.tensor(y), reduction="sum").backward()
    T.binary_cross_entropy(theirs, torch.tensor(y), reduction="sum").backward()
    assert mine.grad is not None
    assert theirs.grad is not None
    # torch keeps the bound 1e-12 in float32.
    np.testing.assert_allclose(mine.grad.numpy(), theirs.grad.numpy(), rtol=1e-8)


def test_mistakes():
    x = rv.zeros(2, 3)
    cases = [
        (
            lambda: F.multi_margin_loss(x, rv.tensor([0, 3])),
            r"label 3 at position \(1,\).*has 3 classes, 0 to 2$",
        ),
        (lambda: F.nll_loss(x, rv.tensor([0, -1])), r"label -1 at position \(1,\)"),
        (lambda: F.multi_margin_loss(x, rv.tensor([0, 1]), p=3), "p is 3"),
        (lambda: F.l1_loss(x, rv.zeros(3)), r"input has shape \(2, 3\), target has \(3,\)"),
        (lambda: F.binary_cross_entropy_with_logits(x, rv.zeros(3, 2)), "They must be equal"),
        (lambda: F.smooth_l1_loss(x, x, beta=-1.0), "beta is -1"),
        (lambda: F.huber_loss(x, x, delta=0.0), "delta is 0"),
        (lambda: F.gaussian_nll_loss(x, x, rv.tensor([[-1.0], [1.0]])), "var has negative entries"),
        (lambda: F.gaussian_nll_loss(x, x, rv.ones(4)), r"var has \(4,\)"),
        (lambda: F.kl_div(x, x, reduction="average"), 'reduction is "average"'),
        (lambda: F.kl_div(rv.zeros(()), rv.ones(()), reduction="batchmean"), "batchmean"),
        (lambda: F.cosine_embedding_loss(x, x, rv.ones(3)), r"a target of shape \(3,\)"),
        (lambda: F.pairwise_distance(x, x, p=0.0), "p is 0"),
        (lambda: F.l1_loss(rv.tensor([1]), rv.tensor([2])), "a floating dtype"),
    ]
    for call, text in cases:
        with pytest.raises(rv.errors.Error, match=text):
            call()
    with pytest.raises(TypeError, match="size_average must be a bool, not Tensor"):
        F.l1_loss(x, x, x)  # pyright: ignore[reportArgumentType]
