"""Recurrent models: language, answers, tags and attention, held to laws and to small tasks."""

from math import log

import numpy as np
import pytest

import ravine
from ravine import models, nn, optim
from ravine.datasets import shakespeare
from ravine.nn import functional as F
from ravine.text import CharTokenizer
from ravine.train import Windows, window_loss

CELLS = ["rnn", "gru", "lstm", "gru-reset-before", "residual", "residual-learned", "highway"]


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def test_row_123_a_language_model_begins_at_chance_and_learns():
    ravine.manual_seed(0)
    text = shakespeare()[:20_000]
    tokenizer = CharTokenizer.train(text)
    data = ravine.tensor(tokenizer.encode(text))
    counts = np.bincount(data.numpy()) / len(data)
    entropy = -(counts * np.log(counts)).sum()  # of letters without their neighbours
    model = models.RecurrentLM(vocabulary=len(tokenizer), width=16, hidden=48, cell="gru")
    assert abs(window_loss(model, data, 40) - log(len(tokenizer))) < 0.15
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    for (x, y), _ in zip(Windows(data, 40, 16), range(120), strict=False):
        optimizer.zero_grad()
        F.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
        optimizer.step()
    assert window_loss(model, data, 40) < 0.8 * entropy


def test_row_124_a_sequence_has_an_answer():
    """Whether a text of good and bad words, among others, is good on the whole."""
    ravine.manual_seed(0)

    def drawn(count):
        words = ravine.randint(0, 10, (count, 15))
        mood = (words < 3).sum(1) - (words > 6).sum(1)
        return words[mood != 0], (mood > 0).to(ravine.int64)[mood != 0]

    model = models.SequenceClassifier(classes=2, vocabulary=10, width=8, hidden=16)
    optimizer = optim.Adam(model.parameters(), lr=2e-2)
    for _ in range(150):
        x, y = drawn(64)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    x, y = drawn(2000)
    assert (model(x).argmax(1) == y).float().mean().item() > 0.95


def test_row_125_padding_changes_nothing():
    ravine.manual_seed(0)
    lengths = ravine.tensor([6, 1, 4, 3])
    x = ravine.randint(0, 9, (4, 6))
    for cell in ("rnn", "gru", "lstm", "residual"):
        for both in (False, True):
            sizes = {"vocabulary": 9, "classes": 3, "width": 5, "hidden": 4, "layers": 2, "cell": cell}
            for make in (models.SequenceTagger, models.SequenceClassifier):
                net = make(bidirectional=both, **sizes).double()
                together = net(x, lengths).detach()
                for row, length in enumerate(lengths.tolist()):
                    alone = net(x[row : row + 1, :length])[0].detach()
                    found = together[row] if alone.ndim == 1 else together[row, :length]
                    np.testing.assert_allclose(found.numpy(), alone.numpy(), rtol=1e-12, atol=1e-13)
    net = models.AttentionSeq2Seq(source=9, target=5, width=4, hidden=6).double()
    y = ravine.randint(0, 5, (4, 3))
    logits, weights = net(x, y, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, looked = net(x[row : row + 1, :length], y[row : row + 1])
        for found, expected in ((logits[row], alone[0]), (weights[row, :, :length], looked[0])):
            np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), 1e-12, 1e-13)
        assert (weights[row, :, length:] == 0).all()
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1, 1e-14)


def test_row_138_gates_remember_what_a_plain_network_forgets():
    """Of numbers from 0 to 1 two are marked, one in each half: their sum. Its variance is 1/6 = 0.167."""

    def drawn(count, length):
        numbers, marks = ravine.rand(count, length), ravine.zeros(count, length)
        rows, half = ravine.arange(count), length // 2
        marks[rows, ravine.randint(0, half, (count,))] = 1
        marks[rows, ravine.randint(half, length, (count,))] = 1
        return ravine.stack([numbers, marks], 2), (numbers * marks).sum(1)

    def error(cell):
        ravine.manual_seed(0)
        model = models.SequenceClassifier(classes=1, inputs=2, hidden=24, cell=cell)
        optimizer = optim.Adam(model.parameters(), lr=2e-2)
        for _ in range(600):
            x, y = drawn(48, 30)
            optimizer.zero_grad()
            F.mse_loss(model(x).squeeze(1), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        x, y = drawn(1000, 30)
        return F.mse_loss(model(x).squeeze(1), y).item()

    errors = {cell: error(cell) for cell in ("rnn", "gru", "lstm")}
    assert errors["gru"] < 0.02, errors
    assert errors["lstm"] < 0.02, errors
    assert errors["rnn"] > 0.12, errors


def test_every_cell_reads_and_goes_on():
    ravine.manual_seed(0)
    x = ravine.randint(0, 7, (3, 6))
    for cell in CELLS:
        for tied in (False, True):
            net = models.RecurrentLM(vocabulary=7, width=5, cell=cell, layers=2, tied=tied).double()
            whole = net(x)
            first, states = net.advance(x[:, :4])
            again = ravine.cat([first, net.advance(x[:, 4:], states)[0]], 1)
            np.testing.assert_allclose(again.detach().numpy(), whole.detach().numpy(), rtol=1e-12, atol=1e-14)
            changed = ravine.cat([x[:, :3], (x[:, 3:] + 1) % 7], 1)
            assert (net(changed)[:, :3] == whole[:, :3]).all()  # what comes later is not seen
    untied, tied = (models.RecurrentLM(vocabulary=7, width=5, tied=tied) for tied in (False, True))
    assert parameters(untied) - parameters(tied) == 7 * 5
    assert tied.head.weight is tied.get_parameter("reader.table.weight")


def test_parameters_are_those_of_the_formulas():
    v, d, h, k = 11, 4, 6, 3
    gru = 3 * h * (d + h + 2)
    net = models.RecurrentLM(vocabulary=v, width=d, hidden=h, cell="gru")
    assert parameters(net) == v * d + gru + v * (h + 1)
    sizes = {"classes": k, "vocabulary": v, "width": d, "hidden": h, "bidirectional": True}
    for make in (models.SequenceClassifier, models.SequenceTagger):
        assert parameters(make(**sizes)) == v * d + 2 * gru + (2 * h + 1) * k
    net = models.AttentionSeq2Seq(source=v, target=k, width=d, hidden=h)
    maps = (2 * h * h + h) + 2 * h * h + (3 * h * h + h) + k * (h + 1)
    assert parameters(net) == (v + k) * d + 3 * gru + maps


def test_writing_is_the_likeliest_token_after_each():
    ravine.manual_seed(0)
    net = models.AttentionSeq2Seq(source=9, target=5, width=4, hidden=6).double().eval()
    x, lengths = ravine.randint(0, 9, (3, 6)), ravine.tensor([6, 2, 4])
    written, weights = models.transduce(net, x, begin=1, length=4, lengths=lengths)
    target = ravine.cat([ravine.ones(3, 1, dtype=ravine.int64), written[:, :-1]], 1)
    logits, looked = net(x, target, lengths)  # all steps at once
    assert (logits.argmax(-1) == written).all()
    np.testing.assert_allclose(weights.numpy(), looked.detach().numpy(), rtol=1e-12, atol=1e-14)


def test_gradients_by_lag_are_finite_differences():
    ravine.manual_seed(0)
    layer, x = nn.GRU(2, 3).double(), ravine.randn(5, 1, 2, dtype=ravine.float64)
    h, by_hand = 1e-6, []
    for lag in range(5):
        slopes = []
        for part in range(2):
            ends = []
            for sign in (1, -1):
                moved = x.clone()
                moved[4 - lag, 0, part] += sign * h
                ends.append(layer(moved)[0][-1].sum().item())
            slopes.append((ends[0] - ends[1]) / (2 * h))
        by_hand.append(np.hypot(*slopes))
    np.testing.assert_allclose(models.gradient_by_lag(layer, x).numpy(), by_hand, rtol=1e-6)


def test_what_cannot_be():
    for make, message in (
        (
            lambda: models.RecurrentLM(vocabulary=5, width=4, cell="gruu"),
            "unknown cell 'gruu'. There are: rnn",
        ),
        (lambda: models.RecurrentLM(vocabulary=0, width=4), "must be positive, got 0"),
        (lambda: models.RecurrentLM(vocabulary=5, width=4, layers=0), "layers must be positive"),
        (lambda: models.RecurrentLM(vocabulary=5, width=4, hidden=3, tied=True), "Leave hidden out"),
        (lambda: models.SequenceTagger(classes=2), "vocabulary for tokens, or inputs for vectors"),
        (lambda: models.SequenceClassifier(classes=0, inputs=2), "classes must be positive"),
        (lambda: models.AttentionSeq2Seq(source=3, target=3, hidden=0), "hidden must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    net = models.SequenceTagger(classes=2, inputs=3)
    with pytest.raises(ValueError, match=r"expected vectors \(B, T, 3\) of one step or more, got shape"):
        net(ravine.zeros(2, 0, 3))
    with pytest.raises(ValueError, match=r"lengths of shape \(3,\) for 2 sequences"):
        net(ravine.zeros(2, 4, 3), ravine.tensor([1, 2, 3]))
    with pytest.raises(ValueError, match=r"expected numbers \(B, T\)"):
        models.RecurrentLM(vocabulary=5, width=4)(ravine.zeros(3, dtype=ravine.int64))
