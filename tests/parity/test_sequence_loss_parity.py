"""CTC, losses of several labels, bags of embeddings, bilinear forms and distances, against torch."""

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
import torch

import ravine as rv
from parity.layer_calls import Call, hold, hold_all, integers, normal
from ravine import nn
from ravine.nn import functional as F

LIBRARIES: tuple[Any, ...] = (rv, torch)
REDUCTIONS = ("mean", "sum", "none")


def ctc(steps, classes, targets, times, lengths, form: Any = tuple, **options):
    """The loss of softmaxed scores: torch's gradient by log-probabilities is that of the scores behind
    them."""

    def call(lib, scores):
        make = {tuple: tuple, "tensor": lib.tensor, "int32": lambda n: lib.tensor(n, dtype=lib.int32)}[form]
        labels = lib.tensor(targets)
        found = lib.nn.functional.log_softmax(scores, -1)
        return lib.nn.functional.ctc_loss(found, labels, make(times), make(lengths), **options)

    shape = (steps, len(times), classes) if np.ndim(targets) == 2 or len(times) > 1 else (steps, classes)
    return Call(call, [normal(*shape)], twice=False)


ROWS = [[1, 2, 2, 4], [3, 3, 1, 1], [4, 1, 2, 3]]
CTC = [
    *(ctc(12, 5, ROWS, (12, 11, 10), (4, 2, 0), reduction=r) for r in REDUCTIONS),
    ctc(12, 5, ROWS, [12, 5, 10], [4, 2, 3], "tensor"),
    ctc(12, 5, ROWS, [12, 5, 10], [4, 2, 3], "int32", reduction="sum"),
    ctc(9, 5, [1, 2, 2, 3, 3, 1], [9, 8, 7], [3, 2, 1], "tensor", reduction="none"),
    ctc(9, 5, [1, 2, 2, 3, 3, 1], (9, 8, 7), (3, 2, 1)),
    ctc(9, 5, [[0, 1, 1], [2, 3, 0]], (9, 8), (3, 2), blank=4),
    ctc(9, 5, [1, 2, 2], (9,), (3,), reduction="mean"),
    # Not enough steps for the first: it has no alignment.
    ctc(3, 3, [[1, 1, 1], [2, 1, 2]], (3, 3), (3, 2), reduction="none", zero_infinity=True),
    ctc(3, 3, [[1, 1, 1], [2, 1, 2]], (3, 3), (3, 2), zero_infinity=True),
    ctc(1, 2, [[1]], (1,), (1,)),
]


def test_ctc(rng):
    hold_all(CTC, rng)


def test_ctc_without_an_alignment_is_infinite():
    scores = rv.zeros(3, 2, 3).log_softmax(-1)
    losses = F.ctc_loss(scores, rv.tensor([[1, 1, 1], [2, 1, 2]]), (3, 3), (3, 2), reduction="none")
    assert losses[0].item() == float("inf")
    assert losses[1].item() < 10
    impossible = rv.tensor([[[0.0, -float("inf")]]]).requires_grad_(True)
    loss = F.ctc_loss(impossible, rv.tensor([[1]]), (1,), (1,), zero_infinity=True)
    loss.backward()
    assert loss.item() == 0
    assert impossible.grad is not None
    assert impossible.grad.tolist() == [[[0.0, 0.0]]]


def test_ctc_is_the_sum_over_alignments(rng):
    """Against every alignment, written out."""
    steps, classes = 5, 3
    probabilities = rng.dirichlet(np.ones(classes), size=steps)
    wanted = (1, 2, 2)
    total = 0.0
    for path in itertools.product(range(classes), repeat=steps):
        labels = tuple(c for c, _ in itertools.groupby(path) if c != 0)
        if labels == wanted:
            total += np.prod([probabilities[t, c] for t, c in enumerate(path)])
    loss = F.ctc_loss(rv.tensor(np.log(probabilities)), rv.tensor(list(wanted)), (5,), (3,), reduction="sum")
    assert abs(loss.item() + np.log(total)) < 1e-12


def test_ctc_has_derivatives_of_any_order():
    def loss(x):
        return F.ctc_loss(x, rv.tensor([[1, 2], [2, 2]]), (5, 4), (2, 1))

    rv.manual_seed(0)
    scores = rv.randn(5, 2, 3, dtype=rv.float64, requires_grad=True)
    assert rv.autograd.gradcheck(loss, (scores,))
    assert rv.autograd.gradgradcheck(loss, (scores,))


LABELS = np.array([[1, 3, -1, 0], [2, -1, 3, 1], [0, 1, 2, 3], [-1, 2, 1, 0]])


def with_function(lib, *tensors, **options):
    return lib.nn.TripletMarginWithDistanceLoss(
        distance_function=lambda x, y: ((x - y) ** 2).sum(-1), **options
    )(*tensors)


LOSSES = [
    *(
        Call("multilabel_margin_loss", [normal(*x.shape), x], {"reduction": r}, twice=False)
        for r in REDUCTIONS
        for x in (LABELS, LABELS[0], LABELS[3])
    ),
    *(
        Call("multilabel_soft_margin_loss", [normal(4, 3), integers(2, 4, 3)], {"reduction": r})
        for r in REDUCTIONS
    ),
    Call("multilabel_soft_margin_loss", [normal(4, 3), normal(4, 3), normal(3)], followed=1),
    *(
        Call(
            "triplet_margin_with_distance_loss",
            [normal(4, 3)] * 3,
            {"reduction": r, "swap": s, "margin": 3.0},
        )
        for r in REDUCTIONS
        for s in (True, False)
    ),
    Call(with_function, [normal(4, 3)] * 3, {"swap": True}),
    *(
        Call(
            lambda lib, x, w, t, b, **options: lib.nn.functional.linear_cross_entropy(
                x, w, t, linear_bias=b, **options
            ),
            [normal(4, 3), normal(*weight, 3), integers(5, 4, *weight[1:]), normal(*weight)],
            options,
        )
        for weight in ((5,), (5, 2))
        for options in (
            {},
            {"label_smoothing": 0.1, "reduction": "sum"},
            {"ignore_index": 2, "reduction": "none"},
        )
    ),
]


def test_losses(rng):
    hold_all(LOSSES, rng)


def same(mine, theirs):
    """The states of two layers, made equal."""
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({k: rv.tensor(v.numpy()) for k, v in theirs.state_dict().items()})


@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
def test_layers_of_losses(rng):
    for make, arguments in (
        (lambda nn: nn.CTCLoss(1, "sum", True), None),
        (lambda nn: nn.MultiLabelMarginLoss(reduction="sum"), [normal(4, 4), LABELS]),
        (lambda nn: nn.MultiLabelSoftMarginLoss(), [normal(4, 3), integers(2, 4, 3)]),
        (lambda nn: nn.NLLLoss2d(ignore_index=1), [normal(2, 3, 4, 4), integers(3, 2, 4, 4)]),
        (lambda nn: nn.LinearCrossEntropyLoss(3, 5, bias=True), [normal(4, 3), integers(5, 4)]),
        (lambda nn: nn.LinearCrossEntropyLoss(3, 5, out_features=(2,)), [normal(4, 3), integers(5, 4, 2)]),
        (lambda nn: nn.Bilinear(3, 4, 5), [normal(6, 3), normal(6, 4)]),
        (lambda nn: nn.EmbeddingBag(7, 3, mode="sum", padding_idx=2), [integers(7, 4, 5)]),
    ):
        modules = {rv: make(nn).double(), torch: make(torch.nn).double()}
        same(modules[rv], modules[torch])
        if arguments:
            call = Call(lambda lib, *x, modules=modules: modules[lib](*x), arguments, twice=False)
            hold(call, "float64", rng)


@pytest.mark.parametrize("bias", [False, True])
def test_adaptive_softmax(bias, rng):
    mine, theirs = (lib.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], 2.0, bias) for lib in (rv, torch))
    modules = {rv: mine.double(), torch: theirs.double()}
    same(mine, theirs)
    for call in (
        lambda lib, x, t: tuple(modules[lib](x, t)),
        lambda lib, x, t: modules[lib](x, t).loss,
        lambda lib, x, t: modules[lib].log_prob(x),
        lambda lib, x, t: modules[lib].predict(x),
    ):
        hold(Call(call, [normal(9, 16), integers(20, 9)]), "float64", rng)
    one = Call(lambda lib, x, t: tuple(modules[lib](x, t)), [normal(16), np.array(13)])
    hold(one, "float64", rng)
    for wrong in (20, -1):
        with pytest.raises(IndexError):
            mine(rv.ones(1, 16, dtype=rv.float64), rv.tensor([wrong])).loss.item()


INDICES, OFFSETS, TABLE = integers(10, 12), np.array([0, 3, 3, 8]), normal(10, 4)


def bags(lib, indices, table, offsets=None, factors=None, **options):
    return lib.nn.functional.embedding_bag(indices, table, offsets, per_sample_weights=factors, **options)


BAGS = [
    *(
        Call(
            bags,
            [INDICES, TABLE, offsets],
            {"mode": mode, "padding_idx": padding, "include_last_offset": last},
            twice=mode != "max",
        )
        for mode in ("sum", "mean", "max")
        for padding in (None, 3, -1)
        for last, offsets in ((False, OFFSETS), (True, np.array([0, 3, 3, 8, 12])))
    ),
    *(
        Call(bags, [integers(10, 3, 4), TABLE], {"mode": mode}, twice=mode != "max")
        for mode in ("sum", "mean", "max")
    ),
    Call(bags, [INDICES, TABLE, OFFSETS, normal(12)], {"mode": "sum"}, twice=False),
    Call(bags, [integers(10, 3, 4), TABLE, None, normal(3, 4)], {"mode": "sum"}, twice=False),
    Call(bags, [np.zeros(0, dtype=np.int64), TABLE, np.array([0, 0])], {"mode": "max"}, twice=False),
    Call(bags, [INDICES, TABLE, OFFSETS], dtypes=("float16", "bfloat16")),
    Call("embedding", [np.array([1, 1, 4, 1, 0]), TABLE], {"scale_grad_by_freq": True}),
    Call("embedding", [np.array([[1, 1], [4, 0]]), TABLE, 1], {"scale_grad_by_freq": True}),
]


def test_bags(rng):
    hold_all(BAGS, rng)


def test_bags_divide_gradients_by_frequencies(rng):
    """Against the rows of an embedding: in torch the counts of other rows divide some."""
    indices, table = rv.tensor([1, 1, 4, 1, 0, 3]), rng.normal(size=(5, 3))
    direction = rv.tensor(rng.normal(size=(2, 3)))
    found = []
    for f in (
        lambda t: F.embedding_bag(indices, t, rv.tensor([0, 3]), mode="sum", scale_grad_by_freq=True),
        lambda t: F.embedding(indices, t, scale_grad_by_freq=True).reshape(2, 3, 3).sum(1),
    ):
        leaf = rv.tensor(table, requires_grad=True)
        found.append(rv.autograd.grad((f(leaf) * direction).sum(), leaf)[0].numpy())
    np.testing.assert_allclose(*found, atol=1e-12)


def test_bags_scale_great_rows_down(rng):
    table = rng.normal(size=(6, 4)) * 3
    for norm in (2.0, 1.0):
        tables = [lib.tensor(table) for lib in LIBRARIES]
        indices = [1, 1, 4]
        found = [
            lib.nn.functional.embedding_bag(lib.tensor(indices), t, lib.tensor([0, 2]), 1.0, norm)
            for lib, t in zip(LIBRARIES, tables, strict=True)
        ]
        np.testing.assert_allclose(found[0].numpy(), found[1].numpy(), atol=1e-12)
        np.testing.assert_allclose(tables[0].numpy(), tables[1].numpy(), atol=1e-12)


FORMS = [
    Call("bilinear", [normal(5, 3), normal(5, 4), normal(2, 3, 4), normal(2)]),
    Call("bilinear", [normal(3), normal(4), normal(2, 3, 4)]),
    Call("bilinear", [normal(2, 5, 3), normal(2, 5, 4), normal(2, 3, 4)], dtypes=("float64", "float32")),
    Call("bilinear", [normal(0, 3), normal(0, 4), normal(2, 3, 4), normal(2)]),
    *(Call("pdist", [normal(5, 4), p], twice=False) for p in (0.5, 1.0, 2.0, 3.0, float("inf"))),
    Call("pdist", [normal(5, 4), 0.0], followed=0),
    *(Call("pdist", [normal(n, 4)], twice=False) for n in (0, 1, 2)),
]


def test_forms_and_distances(rng):
    hold_all(FORMS, rng)
    assert rv.autograd.gradgradcheck(F.pdist, (rv.tensor(rng.normal(size=(4, 3)), requires_grad=True),))


def test_rows_that_are_equal_have_no_gradient():
    x = rv.ones(3, 2, dtype=rv.float64, requires_grad=True)
    F.pdist(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize(
    "options", [(True, None), (False, None), (None, True), (None, False), (False, True), (True, False)]
)
def test_retired_options_mean_what_they_meant(options):
    size_average, reduce = options
    draw = np.random.default_rng(0)
    x, y = draw.uniform(0.1, 0.9, size=(2, 3, 4))
    signs, labels = draw.choice([-1.0, 1.0], size=3), draw.integers(0, 4, size=3)
    two = dict.fromkeys(("l1_loss", "mse_loss", "smooth_l1_loss", "binary_cross_entropy", "kl_div"), (x, y))
    cases = {
        **two,
        "binary_cross_entropy_with_logits": (x, y),
        "poisson_nll_loss": (x, y),
        "soft_margin_loss": (x[:, 0], signs),
        "hinge_embedding_loss": (x[:, 0], signs),
        "margin_ranking_loss": (x[:, 0], y[:, 0], signs),
        "cosine_embedding_loss": (x, y, signs),
        "triplet_margin_loss": (x, y, x[::-1].copy()),
        "cross_entropy": (x, labels),
        "nll_loss": (x, labels),
        "multi_margin_loss": (x, labels),
        "multilabel_margin_loss": (x, np.array([[1, -1, 0, 0]] * 3)),
        "multilabel_soft_margin_loss": (x, (y > 0.5) * 1.0),
    }
    layers = {
        "l1_loss": "L1Loss",
        "mse_loss": "MSELoss",
        "binary_cross_entropy": "BCELoss",
        "cross_entropy": "CrossEntropyLoss",
        "nll_loss": "NLLLoss",
        "triplet_margin_loss": "TripletMarginLoss",
        "poisson_nll_loss": "PoissonNLLLoss",
        "kl_div": "KLDivLoss",
        "multi_margin_loss": "MultiMarginLoss",
        "multilabel_margin_loss": "MultiLabelMarginLoss",
    }
    retired = {"size_average": size_average, "reduce": reduce}
    for name, arrays in cases.items():
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            mine = getattr(F, name)(*map(rv.tensor, arrays), **retired)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = getattr(torch.nn.functional, name)(*map(torch.tensor, arrays), **retired)
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=1e-12, err_msg=name)
        if name in layers:
            with pytest.warns(UserWarning, match="please use reduction="):
                layer = getattr(nn, layers[name])(**retired)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert layer.reduction == getattr(torch.nn, layers[name])(**retired).reduction


def test_names_of_the_top_level(rng):
    table, indices, offsets = rng.normal(size=(6, 3)), np.array([1, 2, 5, 2]), np.array([0, 2, 2])
    for mode in (0, 1, 2):
        for padding in (None, 2):
            options = (False, mode, False, None, False, *([] if padding is None else [padding]))
            mine, theirs = (
                lib.embedding_bag(*map(lib.tensor, (table, indices, offsets)), *options)
                for lib in (rv, torch)
            )
            # Of sums torch's counts are zeros.
            for a, b in list(zip(mine, theirs))[: 3 if mode else 1]:
                np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-12)
    scores = np.log(rng.dirichlet(np.ones(3), size=(5, 2)))
    for reduction in (0, 1, 2):
        mine, theirs = (
            lib.ctc_loss(lib.tensor(scores), lib.tensor([[1, 2], [2, 1]]), (5, 5), (2, 2), 0, reduction)
            for lib in (rv, torch)
        )
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), atol=1e-12)
    for lib in (rv, torch):
        x = lib.tensor(table)
        lib.embedding_renorm_(x, lib.tensor([1, 4]), 0.5, 2.0)
        np.testing.assert_allclose(x[[1, 4]].norm(dim=1).numpy(), 0.5, atol=1e-6)
        assert lib.rrelu(x, 0.2, 0.2).shape == x.shape
        assert lib.rrelu_(x, 0.2, 0.2) is x
        assert lib.feature_alpha_dropout(x, 0.5, False).shape == x.shape
    for name in ["bilinear", "conv3d", "conv_tbc", "conv_transpose3d", "max_pool3d"]:
        assert getattr(rv, name) is getattr(F, name)
