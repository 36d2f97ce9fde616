"""`out=` against torch: what is written, what is returned, and what is refused."""

from typing import Any

import numpy as np
import pytest
import torch

import ravine as rv

LIBRARIES = (torch, rv)
X = np.array([[1.5, -2.0, 0.25], [4.0, 3.0, -1.0]])

#: Calls of one result.
CALLS = [
    "m.add(x, 2)",
    "m.sub(x, x, alpha=3)",
    "m.exp(x)",
    "m.clamp(x, 0, 1)",
    "m.where(x > 0, x, x * 2)",
    "m.sum(x, 1)",
    "m.mean(x)",
    "m.cumsum(x, 1)",
    "m.matmul(x, x.T)",
    "m.mm(x, x.T)",
    "m.cat([x, x])",
    "m.stack([x, x], 1)",
    "m.gather(x, 1, m.tensor([[0], [2]]))",
    "m.index_select(x, 1, m.tensor([2, 0]))",
    "m.arange(6.0)",
    "m.linspace(0, 1, 5)",
    "m.zeros(2, 3)",
    "m.ones((4,))",
    "m.full((2, 2), 3.0)",
    "m.eye(3)",
    "m.tril(x)",
    "m.argmax(x, 1)",
    "m.eq(x, 1.5)",
    "m.nonzero(x > 0)",
    "m.norm(x)",
    "m.var(x, 1)",
    "m.hypot(x, x)",
    "m.linalg.vector_norm(x)",
    "m.special.sinc(x)",
    "m.tensordot(x, x.T, 1)",
    "m.isin(x, x)",
]
#: Calls of several.
SEVERAL = [
    "m.max(x, 1)",
    "m.sort(x, 1)",
    "m.topk(x, 2)",
    "m.cummax(x, 0)",
    "m.aminmax(x, dim=1)",
    "m.kthvalue(x, 1)",
]


def called(m, text, out):
    names = {"m": m, "x": m.tensor(X, dtype=m.float32)}
    return eval(f"{text[:-1]}, out=out)", {**names, "out": out})


def values(t):
    return np.asarray(t.detach().numpy())


@pytest.mark.parametrize("text", CALLS)
def test_out_is_written_and_returned(text):
    for shaped in (True, False):
        seen = []
        for m in LIBRARIES:
            expected = eval(text, {"m": m, "x": m.tensor(X, dtype=m.float32)})
            shape = tuple(expected.shape) if shaped else (0,)
            out = m.empty(shape, dtype=expected.dtype)
            assert called(m, text, out) is out
            np.testing.assert_array_equal(values(out), values(expected))
            seen.append(values(out))
        np.testing.assert_allclose(*seen, rtol=1e-6)


@pytest.mark.parametrize("text", SEVERAL)
def test_several_results_are_written(text):
    for m in LIBRARIES:
        expected = eval(text, {"m": m, "x": m.tensor(X, dtype=m.float32)})
        out = tuple(m.empty(0, dtype=t.dtype) for t in expected)
        found = called(m, text, out)
        for written, given, wanted in zip(found, out, expected, strict=True):
            assert written is given
            np.testing.assert_array_equal(values(given), values(wanted))
        if m is rv:
            assert found._fields == expected._fields


def test_dtypes_are_cast_as_torch_casts_them():
    dtypes = ("float64", "float32", "float16", "int64", "int32", "uint8", "bool")
    for source in dtypes:
        for target in dtypes:
            taken = []
            for m in LIBRARIES:
                x, out = m.ones(3, dtype=getattr(m, source)), m.zeros(3, dtype=getattr(m, target))
                if torch.can_cast(getattr(torch, source), getattr(torch, target)):
                    taken.append(m.mul(x, x, out=out).tolist())
                else:
                    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
                        m.mul(x, x, out=out)
                    taken.append(None)
            assert taken[0] == taken[1], (source, target)


def test_an_out_of_another_shape_is_resized_with_a_warning():
    for m in LIBRARIES:
        out = m.ones(5)
        with pytest.warns(UserWarning, match="shape"):
            m.add(m.ones(2, 3), 1, out=out)
        assert out.tolist() == [[2.0] * 3] * 2


def test_writes_go_through_views_and_may_meet_inputs():
    for m in LIBRARIES:
        x = m.arange(6.0).reshape(2, 3)
        m.add(x[0], 10, out=x[1])
        assert x.tolist() == [[0, 1, 2], [10, 11, 12]]
        m.mul(x, x, out=x)
        assert x.tolist() == [[0, 1, 4], [100, 121, 144]]


def test_gradients_are_refused_but_under_no_grad():
    for m in LIBRARIES:
        w, plain = m.ones(2, requires_grad=True), m.ones(2)
        for x, out in ((w, m.zeros(2)), (plain, m.zeros(2, requires_grad=True))):
            with pytest.raises(RuntimeError, match=r"do(n't| not) support automatic differentiation"):
                m.exp(x, out=out)
            with m.no_grad():
                m.exp(x, out=out)
            np.testing.assert_allclose(values(out), np.exp([1, 1]), rtol=1e-6)
        assert m.argmax(w, out=m.tensor(3)).item() == 0


def test_none_is_no_out():
    for m in LIBRARIES:
        assert m.add(m.ones(1), 1, out=None).tolist() == [2.0]
        assert m.tensordot(m.ones(2), m.ones(2), 1, out=None).item() == 2


def test_methods_of_python_take_no_out():
    x: Any = rv.ones(4)
    with pytest.raises(TypeError, match="out"):
        x.view_as(rv.ones(2, 2), out=rv.zeros(2, 2))


def test_results_in_tensors_of_a_batch():
    def f(x):
        out = rv.zeros(3)
        return rv.mul(x, 2, out=out)

    with pytest.raises(RuntimeError, match="vmap"):
        rv.func.vmap(f)(rv.ones(2, 3))
