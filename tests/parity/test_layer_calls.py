"""Layers as functions of torch's top level: the same arguments in the same order, the same results."""

from typing import Any

import numpy as np
import pytest
import torch

import ravine as rv

LIBRARIES: tuple[Any, ...] = (rv, torch)
GATES = {"gru": 3, "lstm": 4, "rnn_tanh": 1, "rnn_relu": 1}


def both(rng, *shapes) -> list[list[Any]]:
    """The same numbers in both libraries, each to be differentiated by."""
    arrays = [rng.uniform(-1, 1, shape) for shape in shapes]
    return [[m.tensor(a, dtype=m.float64, requires_grad=True) for a in arrays] for m in LIBRARIES]


def compare(outputs, given):
    """Results, first and second derivatives."""
    for a, b in zip(*outputs, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=0, atol=1e-12)
    found = []
    for m, results, leaves in zip(LIBRARIES, outputs, given):
        total = sum((y * y).sum() for y in results)
        first = m.autograd.grad(total, leaves, create_graph=True)
        second = m.autograd.grad(sum((g * g).sum() for g in first), leaves)
        found.append([*first, *second])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-9)


def shapes_of(name, layers, directions, biases, width=3, hidden=4):
    rows = GATES[name] * hidden
    for layer in range(layers):
        for _ in range(directions):
            yield rows, width if layer == 0 else directions * hidden
            yield rows, hidden
            yield from [(rows,)] * (2 if biases else 0)


@pytest.mark.parametrize("name", GATES)
def test_sequences(name, rng):
    for layers, directions, biases, first in ((1, 1, True, False), (2, 2, True, True), (2, 1, False, False)):
        states = [(layers * directions, 2, 4)] * (2 if name == "lstm" else 1)
        given = both(
            rng, (2, 5, 3) if first else (5, 2, 3), *states, *shapes_of(name, layers, directions, biases)
        )
        outputs = []
        for m, (x, *rest) in zip(LIBRARIES, given):
            hx = tuple(rest[:2]) if name == "lstm" else rest[0]
            weights = rest[len(states) :]
            call = getattr(m, name)
            outputs.append(call(x, hx, weights, biases, layers, 0.0, False, directions == 2, first))
        compare(outputs, given)


@pytest.mark.parametrize("name", GATES)
def test_packed_sequences(name, rng):
    sizes = [2, 2, 1]
    states = [(1, 2, 4)] * (2 if name == "lstm" else 1)
    given = both(rng, (5, 3), *states, *shapes_of(name, 1, 1, True))
    outputs = []
    for m, (data, *rest) in zip(LIBRARIES, given):
        hx = tuple(rest[:2]) if name == "lstm" else rest[0]
        weights = rest[len(states) :]
        outputs.append(getattr(m, name)(data, m.tensor(sizes), hx, weights, True, 1, 0.0, False, False))
    compare(outputs, given)


@pytest.mark.parametrize("name", GATES)
def test_cells(name, rng):
    for biases in (True, False):
        states = [(2, 4)] * (2 if name == "lstm" else 1)
        given = both(rng, (2, 3), *states, *shapes_of(name, 1, 1, biases))
        outputs = []
        for m, (x, *rest) in zip(LIBRARIES, given):
            hx = tuple(rest[:2]) if name == "lstm" else rest[0]
            found = getattr(m, f"{name}_cell")(x, hx, *rest[len(states) :])
            outputs.append(found if name == "lstm" else [found])
        compare(outputs, given)


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_norms(name, rng):
    given = both(rng, (4, 3, 5), (3,), (3,))
    for training in (True, False):
        kept = [[m.zeros(3, dtype=m.float64), m.ones(3, dtype=m.float64)] for m in LIBRARIES]
        outputs = [
            [getattr(m, name)(x, w, b, *running, training, 0.1, 1e-5, False)]
            for m, (x, w, b), running in zip(LIBRARIES, given, kept)
        ]
        compare(outputs, given)
        for a, b in zip(*kept):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=1e-12)


def test_dropout():
    rv.manual_seed(1)
    x = rv.ones(40, 50, 3)
    channels = rv.feature_dropout(x, 0.25, True)
    assert channels.unique().tolist() == pytest.approx([0, 4 / 3])
    assert bool((channels == channels[..., :1]).all())
    assert abs(channels.mean().item() - 1) < 0.1
    for name in ("feature_dropout", "alpha_dropout"):
        call, write = getattr(rv, name), getattr(rv, f"{name}_")
        assert rv.equal(call(x, 0.5, False), x)
        y = x.clone()
        assert write(y, 1.0, True) is y
        assert y.abs().max().item() == 0
    assert abs(rv.alpha_dropout(rv.randn(100, 100), 0.3, True).std().item() - 1) < 0.05


def test_ctc_loss(rng):
    """The reduction is a number at the top."""
    for reduction in (0, 1, 2):
        given = both(rng, (6, 2, 4))
        outputs = [
            [
                m.ctc_loss(
                    m.log_softmax(x, 2), m.tensor([[1, 2, 1], [3, 3, 2]]), [6, 5], [3, 2], 0, reduction, False
                )
            ]
            for m, (x,) in zip(LIBRARIES, given)
        ]
        for a, b in zip(*outputs):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
