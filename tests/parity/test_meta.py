"""Every layer, loss and optimizer on `meta`: the shapes and dtypes that it has on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv
from parity import (
    test_activation_parity,
    test_conv_parity,
    test_loss_parity,
    test_nn_parity,
    test_norm_parity,
    test_optim_parity,
    test_rnn_parity,
)
from ravine import nn, optim
from transforms.layers import LAYERS as MATRIX
from transforms.subjects import of_layer

# Name: (what makes the layer, the shapes of its inputs).
LAYERS: dict[str, tuple] = {
    name: (make, [shape])
    for table in (
        test_nn_parity.LAYERS,
        test_conv_parity.LAYERS,
        test_norm_parity.LAYERS,
    )
    for name, (make, shape, *_) in table.items()
}
LAYERS |= {name: (make, [(4, 6)]) for name, make in test_activation_parity.LAYERS.items()}
LAYERS |= {name: (make, [(3, 4, 5)]) for name, make in test_rnn_parity.LAYERS.items()}
LAYERS |= {name: (make, [(4, 5)]) for name, make in test_rnn_parity.CELLS.items()}
LAYERS |= {
    "Hardsigmoid": (lambda nn: nn.Hardsigmoid(), [(4, 5)]),
    "AlphaDropout": (lambda nn: nn.AlphaDropout(0.5), [(4, 5)]),
    "Dropout": (lambda nn: nn.Dropout(0.5), [(4, 5)]),
    "Dropout1d": (lambda nn: nn.Dropout1d(0.5), [(4, 5, 3)]),
    "Dropout2d": (lambda nn: nn.Dropout2d(0.5), [(4, 5, 3, 2)]),
    "MultiheadAttention": (lambda nn: nn.MultiheadAttention(8, 2), [(3, 2, 8)] * 3),
    "SinusoidalPositionalEncoding": (lambda nn: nn.SinusoidalPositionalEncoding(8), [(3, 2, 8)]),
    "TransformerEncoderLayer": (lambda nn: nn.TransformerEncoderLayer(8, 2, 16), [(3, 2, 8)]),
    "TransformerDecoderLayer": (lambda nn: nn.TransformerDecoderLayer(8, 2, 16), [(3, 2, 8), (4, 2, 8)]),
    "TransformerEncoder": (
        lambda nn: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2),
        [(3, 2, 8)],
    ),
    "TransformerDecoder": (
        lambda nn: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2),
        [(3, 2, 8), (4, 2, 8)],
    ),
}
# Bases and containers, which compute nothing themselves.
ELSEWHERE = {
    "ALiBi",  # it takes no tensor
    "Container",
    "RNNCellBase",
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "RNNBase",
}
INDEXED = {"Embedding", "CrossEntropyLoss"}


def facts(result):
    """Shape, dtype and device of every tensor in a result."""
    if isinstance(result, rv.Tensor):
        return [(tuple(result.shape), result.dtype)]
    return [fact for part in result if part is not None for fact in facts(part)]


def trained(make, inputs, device):
    """What a layer gives, and what it leaves in its gradients."""
    with rv.device(device):
        module = make(nn)
        given = [x.to(device).requires_grad_() for x in inputs]
        result = module(*given)
        first = result if isinstance(result, rv.Tensor) else result[0]
        if first.requires_grad:
            first.sum().backward()
    assert first.device == device
    tensors = [*module.parameters(), *module.buffers()]
    assert all(t.device == device for t in tensors)
    grads = [None if t.grad is None else facts(t.grad) for t in (*module.parameters(), *given)]
    return facts(result), facts(tensors), grads


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, shapes = LAYERS[name]
    inputs = [rv.tensor(np.random.default_rng(0).uniform(0.1, 0.9, s).astype("float32")) for s in shapes]
    assert trained(make, inputs, "meta") == trained(make, inputs, "cpu")


def test_layers_of_indices():
    with rv.device("meta"):
        table = nn.Embedding(10, 4)
        logits = table(rv.zeros(2, 3, dtype=rv.int64)) @ table.weight.T
        loss = nn.CrossEntropyLoss()(logits.flatten(0, 1), rv.zeros(6, dtype=rv.int64))
        loss.backward()
    assert loss.shape == ()
    assert table.weight.grad is not None
    assert facts(table.weight.grad) == facts(table.weight)


def test_losses(rng):
    for name, (chosen, function) in test_loss_parity.LAYERS.items():
        loss = getattr(nn, name)(**chosen)
        arrays = [draw(rng, *shape) for draw, *shape in test_loss_parity.CASES[function][0]]
        here, there = (loss(*(rv.tensor(a).to(device) for a in arrays)) for device in ("cpu", "meta"))
        assert there.is_meta
        assert facts(here) == facts(there), name


def test_layers_of_the_transform_matrix():
    for name, layer in MATRIX.items():
        if name == "CTCLoss":
            continue  # Its lengths are looked at: see below.
        subject = of_layer(name, layer)
        here, there = (
            subject.call(device, "float32", [rv.tensor(x, device=device) for x in subject.at(0)])
            for device in ("cpu", "meta")
        )
        assert all(y.is_meta for y in there), name
        assert [facts(y) for y in here] == [facts(y) for y in there], name


def test_alignments_of_numbers_that_are_known():
    with rv.device("meta"):
        loss = nn.CTCLoss()(rv.zeros(5, 2, 3), rv.zeros(2, 2, dtype=rv.int64), (5, 4), (2, 1))
    assert loss.is_meta
    assert loss.shape == ()


def test_every_layer_is_here():
    covered = {type(make(nn)).__name__ for make, _ in LAYERS.values()} | {*test_loss_parity.LAYERS} | INDEXED
    covered |= {name.split()[0] for name in MATRIX}
    kinds = {n for n, k in vars(nn).items() if isinstance(k, type) and issubclass(k, nn.Module)}
    lazy = {name for name in kinds if name.startswith("Lazy")}  # see test_lazy_parity.py
    assert kinds - covered - ELSEWHERE - lazy == set()


@pytest.mark.parametrize(
    "kind", sorted({str(case.values[0]) for case in test_optim_parity.CASES} | {"Lion", "NGD"})
)
def test_optimizers(kind):
    states = []
    for device in ("cpu", "meta"):
        with rv.device(device):
            model = nn.Linear(3, 2)
            optimizer = getattr(optim, kind)(model.parameters(), lr=0.1)
            for _ in range(2):
                optimizer.zero_grad()
                model(rv.ones(4, 3)).sum().backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
        assert model.weight.device == device
        found = [state for p in model.parameters() for state in optimizer.state[p].values()]
        states.append([facts(s) for s in found if isinstance(s, rv.Tensor) and s.ndim])
    assert states[0] == states[1]
