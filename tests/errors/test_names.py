"""An error that is raised at a call begins with the name that was called, wherever the function stands."""

from typing import Any

import pytest

import ravine
from ravine import nn

# Mistakes, which the types would tell.
special: Any = ravine.special
F: Any = nn.functional
X: Any = ravine.ones(2, 3)
WORDS: Any = ravine.tensor([1, 2])

# One or two for each place and way of declaring; in front of the dot, what the call is made on.
CALLS = {
    "zeros": lambda: ravine.zeros(-1),
    "ones": lambda: ravine.ones(2, device="x"),
    "full_like": lambda: ravine.full_like(X, X),
    "eye": lambda: ravine.eye(X),
    "cuda": lambda: X.cuda(9),
    "sum": lambda: ravine.sum(X, 5),
    "subtract": lambda: ravine.subtract(X, ravine.ones(4)),
    "std": lambda: ravine.std(X, 5),
    "unsqueeze": lambda: X.unsqueeze(5),
    "transpose": lambda: X.transpose(0, 5),
    "view": lambda: X.view(5),
    "view_as": lambda: X.view_as(ravine.ones(5)),
    "expand_as": lambda: X.expand_as(ravine.ones(5)),
    "new_full": lambda: X.new_full((-1,), 0),
    "narrow": lambda: X.narrow(1, 2, 3),
    "select": lambda: ravine.select(X, 1, 3),
    "unbind": lambda: X.unbind(2),
    "t": lambda: ravine.t(ravine.ones(1, 1, 1)),
    "masked_fill": lambda: X.masked_fill(WORDS, 0),
    "masked_fill_": lambda: ravine.ones(2).masked_fill_(WORDS, 0),
    "add_": lambda: ravine.ones(3).add_(ravine.ones(4)),
    "multiply_": lambda: ravine.ones(3).multiply_(ravine.ones(4)),
    "where": lambda: X.where(WORDS, 0),
    "tensordot": lambda: ravine.tensordot(X, X, 5),
    "conv2d": lambda: F.conv2d(ravine.ones(1, 3, 4, 4), ravine.ones(1, 2, 2, 2)),
    "linear": lambda: F.linear(X, X.transpose(0, 1)),
    "softmin": lambda: F.softmin(X, 5),
    "relu6": lambda: F.relu6("a"),
    "glu": lambda: F.glu(X),
    "dropout": lambda: F.dropout(X, 2),
    "batch_norm": lambda: F.batch_norm(X, ravine.ones(2), None),
    "cross_entropy": lambda: F.cross_entropy(X, WORDS, reduce=X),
    "interpolate": lambda: F.interpolate(X, 2),
    "prelu": lambda: F.prelu(X, ravine.ones(2)),
    "fold": lambda: F.fold(X, 3, 2),
    "matrix_norm": lambda: ravine.linalg.matrix_norm(ravine.ones(2)),
    "matmul": lambda: ravine.linalg.matmul(X, X),
    "expit": lambda: special.expit(X, 3),
    "softmax": lambda: ravine.special.softmax(X, 5),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_name_that_was_called_comes_first(name):
    with pytest.raises((ravine.Error, TypeError)) as caught:
        CALLS[name]()
    assert str(caught.value).startswith(f"{name}: "), str(caught.value)


@pytest.mark.parametrize(
    ("call", "inner"),
    [
        (lambda: F.linear(X, X.transpose(0, 1)), "in matmul, shapes (2, 3) and (2, 3)"),
        (lambda: X.masked_fill(WORDS, 0), "in where, the condition has dtype int64"),
        (lambda: F.softmin(X, 5), "in softmax, dimension 5"),
    ],
)
def test_what_it_called_is_told(call, inner):
    with pytest.raises(ravine.Error) as caught:
        call()
    assert inner in str(caught.value)


def test_late_errors_keep_the_name_of_their_op():
    picked = ravine.arange(4.0)[ravine.tensor([0, 7]) + 0]
    with pytest.raises(IndexError, match=r"^index"):
        ravine.allclose(picked, picked)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.linear(X, "a"), "linear: argument 'weight' must be a tensor, not str 'a'"),
        (lambda: F.dropout(X, "a"), "dropout: argument 'p' must be a number, not str 'a'"),
        (lambda: F.glu([1.0]), "glu: argument 'input' must be a tensor, not list [1.0]. Wrap it in"),
        (lambda: F.interpolate(X.reshape(1, 2, 3), size="a"), "interpolate: argument 'size' must be"),
        (lambda: F.embedding(WORDS, 3), "embedding: argument 'weight' must be a"),
        (lambda: X.narrow("a", 0, 1), "narrow: argument 'dim' must be an int, not str 'a'"),
        (lambda: F.hardtanh(X, "a"), "hardtanh: argument 'min_val' must be a number, not str 'a'"),
    ],
)
def test_wrong_kinds_of_arguments_are_named(call, message):
    with pytest.raises(ravine.errors.DTypeError) as caught:
        call()
    assert str(caught.value).startswith(message), str(caught.value)


def test_a_division_by_a_parameter_of_zero_is_refused():
    with pytest.raises(ravine.errors.ValueError, match="softplus: beta is 0"):
        F.softplus(X, beta=0)
