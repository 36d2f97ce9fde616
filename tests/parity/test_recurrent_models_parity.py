"""Recurrent models against the same networks of PyTorch's modules, with the same weights."""

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import ravine
from ravine import models, nn
from ravine.nn import functional as F

LENGTHS = [5, 1, 3]
X = np.random.default_rng(0).integers(0, 9, (3, 5))
Y = np.random.default_rng(1).integers(0, 4, (3, 5))


def weights(model):
    return {name: torch.tensor(value.numpy()) for name, value in model.state_dict().items()}


def taken(module, given, prefix):
    """PyTorch's module with the model's weights of that path."""
    own = module.state_dict()
    own |= {name: given[f"{prefix}.{name}"] for name in own if f"{prefix}.{name}" in given}
    module.load_state_dict(own)
    return module.double()


def both_ways(layer, given, prefix, number=0):
    own = {}
    for way, suffix in enumerate(("", "_reverse")[: 2 if layer.bidirectional else 1]):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            own[f"{name}_l0{suffix}"] = given[f"{prefix}.layers.{number}.{way}.{name}_l0"]
    layer.load_state_dict(own)
    return layer.double()


def close(found, expected):
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-11)


def same(loss, theirs, pairs):
    """Losses, and gradients of parameters of both."""
    close(loss, theirs)
    loss.backward()
    theirs.backward()
    for mine, other in pairs:
        close(mine.grad, other.grad)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_language_model(cell):
    ravine.manual_seed(0)
    net = models.RecurrentLM(vocabulary=9, width=4, hidden=6, cell=cell).double()
    given = weights(net)
    kinds = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
    table = taken(torch.nn.Embedding(9, 4), given, "reader.table")
    layer = both_ways(kinds[cell](4, 6, batch_first=True), given, "reader")
    head = taken(torch.nn.Linear(6, 9), given, "head")
    mine, theirs = net(ravine.tensor(X)), head(layer(table(torch.tensor(X)))[0])
    close(mine, theirs)
    loss = F.cross_entropy(mine.flatten(0, 1), ravine.tensor(Y).flatten())
    other = torch.nn.functional.cross_entropy(theirs.flatten(0, 1), torch.tensor(Y).flatten())
    inner = net.get_submodule("reader.layers.0.0")
    pairs = [
        (net.get_parameter("reader.table.weight"), table.weight),
        (inner.weight_hh_l0, layer.weight_hh_l0),
    ]
    same(loss, other, [*pairs, (inner.weight_ih_l0, layer.weight_ih_l0), (net.head.weight, head.weight)])


@pytest.mark.parametrize("kind", [models.SequenceClassifier, models.SequenceTagger])
def test_packed_sequences(kind):
    ravine.manual_seed(0)
    net = kind(classes=4, vocabulary=9, width=4, hidden=6, bidirectional=True).double()
    given = weights(net)
    table = taken(torch.nn.Embedding(9, 4), given, "reader.table")
    layer = both_ways(torch.nn.GRU(4, 6, batch_first=True, bidirectional=True), given, "reader")
    head = taken(torch.nn.Linear(12, 4), given, "head")
    packed = pack_padded_sequence(table(torch.tensor(X)), LENGTHS, batch_first=True, enforce_sorted=False)
    y, last = layer(packed)
    mine = net(ravine.tensor(X), ravine.tensor(LENGTHS))
    if kind is models.SequenceClassifier:
        theirs = head(torch.cat([last[0], last[1]], 1))
        close(mine, theirs)
    else:
        theirs = head(pad_packed_sequence(y, batch_first=True)[0])
        rows = [(i, t) for i, length in enumerate(LENGTHS) for t in range(length)]
        mine = ravine.stack([mine[i, t] for i, t in rows])
        theirs = torch.stack([theirs[i, t] for i, t in rows])
        close(mine, theirs)
    inner = net.reader.layers[0]
    pairs = [
        (net.get_parameter("reader.table.weight"), table.weight),
        (inner[1].weight_hh_l0, layer.weight_hh_l0_reverse),
    ]
    same((mine**2).sum(), (theirs**2).sum(), [*pairs, (inner[0].weight_ih_l0, layer.weight_ih_l0)])


def test_attention():
    ravine.manual_seed(0)
    net = models.AttentionSeq2Seq(source=9, target=4, width=4, hidden=6).double()
    given = weights(net)
    tables = [taken(torch.nn.Embedding(n, 4), given, f"{p}.table") for n, p in ((9, "reader"), (4, "writer"))]
    reader = both_ways(torch.nn.GRU(4, 6, batch_first=True, bidirectional=True), given, "reader")
    writer = both_ways(torch.nn.GRU(4, 6, batch_first=True), given, "writer")
    bridge, mix = (taken(torch.nn.Linear(n, 6), given, p) for n, p in ((12, "bridge"), (18, "mix")))
    score = taken(torch.nn.Linear(12, 6, bias=False), given, "score")
    head = taken(torch.nn.Linear(6, 4), given, "head")
    memory, last = reader(tables[0](torch.tensor(X)))
    h, _ = writer(tables[1](torch.tensor(Y)), torch.tanh(bridge(torch.cat([last[0], last[1]], 1)))[None])
    looked = torch.softmax(torch.einsum("bth,bsh->bts", h, score(memory)), 2)
    theirs = head(torch.tanh(mix(torch.cat([torch.einsum("bts,bsh->bth", looked, memory), h], 2))))
    mine, weighed = net(ravine.tensor(X), ravine.tensor(Y))
    close(mine, theirs)
    close(weighed, looked)
    pairs = [(net.score.weight, score.weight), (net.bridge.weight, bridge.weight)]
    pairs += [(net.mix.weight, mix.weight), (net.get_parameter("reader.table.weight"), tables[0].weight)]
    same((mine**2).sum(), (theirs**2).sum(), pairs)


def test_cells_with_one_bias_are_those_with_two_of_which_one_is_zero():
    for name in ("RNNCell", "GRUCell", "LSTMCell"):
        ravine.manual_seed(0)
        cell = getattr(nn, name)(3, 4, biases=1).double()
        there = getattr(torch.nn, name)(3, 4).double()
        own = {k: torch.tensor(v.numpy()) for k, v in cell.state_dict().items()}
        there.load_state_dict(own | {"bias_hh": torch.zeros_like(there.bias_hh)})
        x = ravine.randn(2, 3, dtype=ravine.float64)
        mine, theirs = cell(x), there(torch.tensor(x.numpy()))
        if name == "LSTMCell":
            mine, theirs = ravine.cat(mine), torch.cat(theirs)
        close(mine, theirs)
        same((mine**2).sum(), (theirs**2).sum(), [(cell.bias_ih, there.bias_ih)])
