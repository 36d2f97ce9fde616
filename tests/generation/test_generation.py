"""Decoding: against loops over plain lists in float64, all texts there are, and the laws of probability."""

import itertools
import math
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
import scipy.stats

import ravine
from ravine import generation, models, nn
from ravine.nn import functional as F

V = 5
RAGGED = [[1], [2, 0, 4], [3, 3], [0, 1, 2, 3, 4]]


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


class Stateful(nn.Module):
    """An LSTM whose state is (layers, B, H); or with one cell, whose state is (B, H)."""

    def __init__(self, cell=False):
        super().__init__()
        self.embedding, self.head = nn.Embedding(V, 8), nn.Linear(8, V)
        self.rnn = (
            nn.Recurrent(nn.GRUCell(8, 8), batch_first=True) if cell else nn.LSTM(8, 8, 2, batch_first=True)
        )

    def forward(self, tokens, state=None):
        y, state = self.rnn(self.embedding(tokens), state)
        return 8 * self.head(y), state


def gpt(positions="learned", context=32):
    return models.GPT(layers=2, width=16, heads=2, vocabulary=V, context=context, positions=positions)


def sharp(model):
    """Weights that make some tokens much likelier than others."""
    with ravine.no_grad():
        for p in model.parameters():
            p.copy_(ravine.randn(p.shape) * 0.5)
    return model


def bigram():
    table = ravine.randn(V, V) * 2
    return lambda tokens: table[tokens]


def some_models():
    """Name: the model, and where its state has the batch."""
    ravine.manual_seed(0)
    cached = sharp(gpt())
    return {
        "bigram": (bigram(), 1),
        "cache": (cached, 1),
        "rotary": (sharp(gpt("rotary")), 1),
        "whole prefix": (lambda tokens: cached(tokens), 1),
        "lstm": (Stateful(), 1),
        "cell": (Stateful(cell=True), 0),
    }


def steps(model, texts):
    """Log-probabilities of what follows each text (float64), read from the start."""
    with ravine.no_grad():
        logits = model(ravine.tensor(texts))
    logits = logits[0] if isinstance(logits, tuple) else logits
    z = logits[:, -1].numpy().astype(np.float64)
    return z - scipy.special.logsumexp(z, -1, keepdims=True)


def argmax_loop(model, prompt, length):
    text = list(prompt)
    for _ in range(length):
        text.append(int(steps(model, [text])[0].argmax()))
    return text[len(prompt) :]


def plain_beam(model, prompt, length, width, penalty=0.0, stop=None):
    """(text, log-probability) of each beam, the best first."""

    def score(beam):
        return beam[1] / ((5 + len(beam[0])) / 6) ** penalty

    beams = [([], 0.0)]
    for _ in range(length):
        found = [(text, total) for text, total in beams if text and text[-1] == stop]
        if going := [(text, total) for text, total in beams if not (text and text[-1] == stop)]:
            gains = steps(model, [[*prompt, *text] for text, _ in going])
            for (text, total), row in zip(going, gains, strict=True):
                found += [([*text, n], total + gain) for n, gain in enumerate(row)]
        beams = sorted(found, key=score, reverse=True)[:width]
    return beams


def test_row_150_greedy_is_the_argmax_loop_a_beam_of_one_and_no_temperature():
    for name, (model, batch_dim) in some_models().items():
        expected = [argmax_loop(model, prompt, 7) for prompt in RAGGED]
        found = {
            "greedy": generation.greedy(model, RAGGED, length=7),
            "no temperature": generation.sample(model, RAGGED, length=7, temperature=0),
            "little temperature": generation.sample(model, RAGGED, length=7, temperature=1e-5),
            "one token": generation.sample(model, RAGGED, length=7, top_k=1),
            "little mass": generation.sample(model, RAGGED, length=7, top_p=1e-6),
            "beam": generation.beam(model, RAGGED, length=7, width=1, batch_dim=batch_dim).tokens[:, 0],
        }
        for way, tokens in found.items():
            assert tokens.tolist() == expected, (name, way)
        for prompt, text in zip(RAGGED, expected, strict=True):
            assert generation.greedy(model, ravine.tensor([prompt]), length=7).tolist() == [text], name


def test_row_151_draws_have_the_shares_of_softmax_and_at_great_temperatures_no_preference():
    ravine.manual_seed(1)
    logits, rows = ravine.tensor([0.5, -1.0, 2.0, 0.0, 1.0]), 40_000
    model = lambda tokens: logits.expand(*tokens.shape, V)  # noqa: E731
    start = ravine.zeros(rows, 1, dtype=ravine.int64)
    counts = np.zeros(V)
    for temperature in (0.5, 1.0, 2.0, 1e6):
        drawn = generation.sample(model, start, length=2, temperature=temperature).numpy()
        scaled = np.array(logits.tolist()) / temperature
        shares = np.exp(scaled) / np.exp(scaled).sum()
        for column in drawn.T:
            counts = np.bincount(column, minlength=V)
            assert scipy.stats.chisquare(counts, rows * shares).pvalue > 1e-4, temperature
        # No step depends on the one before.
        table = np.zeros((V, V))
        np.add.at(table, (drawn[:, 0], drawn[:, 1]), 1)
        dependence: Any = scipy.stats.chi2_contingency(table + 1e-9)
        assert dependence.pvalue > 1e-4
    shares = counts / rows
    assert -(shares * np.log(shares)).sum() == pytest.approx(math.log(V), abs=2e-4)

    # A row's own temperature, and a generator that begins with the same seed.
    own = generation.sample(model, start, length=1, temperature=ravine.tensor([0.01, 1e6]).repeat(rows // 2))
    assert (own[0::2] == 2).all()
    assert 0.15 < (own[1::2] == 2).float().mean().item() < 0.25
    first, again, other = (
        generation.sample(model, start[:9], length=9, generator=ravine.Generator().manual_seed(seed)).tolist()
        for seed in (7, 7, 8)
    )
    assert first == again != other


def test_row_152_top_k_keeps_so_many_and_top_p_the_fewest_with_that_mass():
    ravine.manual_seed(2)
    for shape in ((7,), (3, 1), (4, 6), (2, 3, 9)):
        logits = (ravine.randn(shape) * 2).round()  # with ties
        for k in (1, 2, 5, 100):
            kept = generation.top_k(logits, k)
            finite = kept.isfinite()
            assert (finite.sum(-1) == min(k, shape[-1])).all()
            least = kept.masked_fill(~finite, math.inf).amin(-1, keepdim=True)
            assert (logits.masked_fill(finite, -math.inf) <= least).all()
            assert (kept == logits)[finite].all()
        shares = logits.softmax(-1).numpy().astype(np.float64).reshape(-1, shape[-1])
        for p in (1e-9, 0.3, 0.77, 0.9, 1.0):
            kept = generation.top_p(logits, p).isfinite().numpy().reshape(-1, shape[-1])
            for row, support in zip(shares, kept, strict=True):
                ordered = np.sort(row)[::-1]
                fewest = int(np.searchsorted(ordered.cumsum(), p - 1e-6)) + 1
                assert support.sum() == min(fewest, len(row)), (row, p)
                assert row[support].sum() >= min(p, 1) - 1e-6
                assert row[support].min() >= row[~support].max(initial=0)
    logits = ravine.tensor([2.0, 1.0, 0.0, -1.0, 0.5])
    model = lambda tokens: logits.expand(*tokens.shape, V)  # noqa: E731
    drawn = generation.sample(model, [[0]] * 5000, length=2, top_k=3, top_p=0.85).flatten().numpy()
    assert set(drawn) == {0, 1}  # of the three, shares 0.63, 0.23 and 0.14
    shares = np.exp([2.0, 1.0]) / np.exp([2.0, 1.0]).sum()
    assert scipy.stats.chisquare(np.bincount(drawn), len(drawn) * shares).pvalue > 1e-4


def test_row_153_a_beam_as_wide_as_all_texts_finds_the_best_of_them():
    length = 3
    for name, (model, batch_dim) in some_models().items():
        for prompt, stop, penalty in (([1], None, 0.0), ([2, 0, 4], 3, 0.0), ([0, 1], 3, 0.8), ([4], 1, 2.0)):
            options = {"length": length, "stop": stop, "penalty": penalty, "batch_dim": batch_dim}
            wide = generation.beam(model, [prompt], width=V**length, **options)
            every = generation.exhaustive(model, [prompt], **options)
            texts = set()
            for text in itertools.product(range(V), repeat=length):
                texts.add(text[: text.index(stop) + 1] if stop in text else text)
            gains = {}
            for i in range(length):
                begun = sorted({text[:i] for text in texts if len(text) > i})
                gains |= zip(begun, steps(model, [[*prompt, *text] for text in begun]), strict=True)
            truth = []
            for text in texts:
                total = sum(gains[text[:i]][n] for i, n in enumerate(text))
                truth.append((total / ((5 + len(text)) / 6) ** penalty, text))
            truth.sort(reverse=True)
            for found in (wide, every):
                size = int(found.log_probs.isfinite().sum())
                assert size == len(truth), (name, stop)
                scores = found.scores[0, :size].numpy()
                np.testing.assert_allclose(scores, [score for score, _ in truth], atol=2e-5)
                n = int(found.lengths[0, 0])
                assert tuple(found.tokens[0, 0, :n].tolist()) == truth[0][1], (name, stop)
            assert wide.log_probs[0].exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_beams_are_those_of_a_loop_batched_or_one_by_one():
    for name, (model, batch_dim) in some_models().items():
        for width, length, penalty, stop in (
            (1, 3, 0.0, None),
            (3, 6, 0.0, 2),
            (4, 18, 1.0, 0),
            (7, 2, 0.6, None),
        ):
            options = {
                "length": length,
                "width": width,
                "penalty": penalty,
                "stop": stop,
                "batch_dim": batch_dim,
            }
            found = generation.beam(model, RAGGED, **options)
            for row, prompt in enumerate(RAGGED):
                truth = plain_beam(model, prompt, length, width, penalty, stop)
                alone = generation.beam(model, [prompt], **options)
                for beams, r in ((found, row), (alone, 0)):
                    sizes = beams.lengths[r].tolist()
                    got = [beams.tokens[r, i, :n].tolist() for i, n in enumerate(sizes)]
                    assert got[: len(truth)] == [text for text, _ in truth], (name, prompt)
                    totals = beams.log_probs[r, : len(truth)].numpy()
                    np.testing.assert_allclose(totals, [total for _, total in truth], atol=1e-4)
                assert alone.tokens[0].tolist() == found.tokens[row].tolist()


def test_a_cache_gives_the_same_texts_and_reads_each_token_once():
    ravine.manual_seed(3)
    for positions in ("learned", "sinusoidal", "rotary", "alibi", "none"):
        model = sharp(gpt(positions)).eval()
        read = {"cached": 0, "whole": 0}
        wholly = model.forward

        def cached(tokens, cache=None, *, forward=wholly, read=read):
            read["whole" if cache is None else "cached"] += tokens.numel()
            return forward(tokens, cache)

        model.forward = cached
        prompts, length = ravine.randint(0, V, (3, 6)), 20
        with_cache = generation.sample(
            model, prompts, length=length, generator=ravine.Generator().manual_seed(0)
        )
        without = generation.sample(
            lambda tokens, model=model: model(tokens),
            prompts,
            length=length,
            generator=ravine.Generator().manual_seed(0),
        )
        assert with_cache.tolist() == without.tolist(), positions
        assert read == {"cached": 3 * (6 + length - 1), "whole": 3 * sum(range(6, 6 + length))}
        cache = model.new_cache(3)
        parts = [prompts, with_cache]
        with ravine.no_grad():
            found = ravine.cat([model(part, cache=cache) for part in parts], 1)
            assert (found - model(ravine.cat(parts, 1))).abs().max().item() <= 1e-5


def test_a_text_ends_with_its_stop_token_and_all_texts_end_the_work():
    ravine.manual_seed(4)
    calls = []
    table = ravine.randn(V, V) * 2

    def model(tokens):
        calls.append(tokens.shape)
        return table[tokens]

    free = generation.sample(model, RAGGED, length=40, generator=ravine.Generator().manual_seed(1)).tolist()
    calls.clear()
    for stop in (2, [2], [2, 4]):
        ends = {stop} if isinstance(stop, int) else set(stop)
        g = ravine.Generator().manual_seed(1)
        found = generation.sample(model, RAGGED, length=40, stop=stop, generator=g)
        assert tuple(found.shape) == (4, 40)
        rows = generation.cut(found, stop)
        for row, whole, cut in zip(found.tolist(), free, rows, strict=True):
            n = len(cut)
            assert cut == whole[:n] and not ends & set(cut)  # noqa: PT018
            assert whole[n] in ends
            assert row[n:] == [whole[n]] * (40 - n)
    assert len(calls) < 3 * 40
    assert generation.cut(ravine.zeros(2, 0, dtype=ravine.int64), 0) == [[], []]


def test_a_stream_is_the_sample_token_by_token_and_ends_at_once():
    ravine.manual_seed(5)
    model = sharp(gpt())
    prompt = ravine.tensor([[1, 2], [3, 0]])
    options = {"length": 12, "temperature": 1.5, "top_k": 4, "stop": 0}
    whole = generation.sample(model, prompt, generator=ravine.Generator().manual_seed(2), **options)
    parts = []
    for token in generation.stream(model, prompt, generator=ravine.Generator().manual_seed(2), **options):
        assert model.training
        parts.append(token.tolist())
        assert (ravine.ones(1, requires_grad=True) * 2).requires_grad
    longest = max(map(len, generation.cut(whole, 0)))
    assert parts == whole.T.tolist()[: min(longest + 1, 12)]


def test_a_repetition_penalty_divides_what_is_likely_and_counts_the_prompt():
    table = np.array([[3.0, 2.5, -1.0], [3.0, 2.0, -1.0], [0.5, 0.4, 0.3]], np.float32)
    model = lambda tokens: ravine.tensor(table)[tokens]  # noqa: E731
    for penalty in (1.0, 1.3, 4.0):
        text, seen = [0], {0}
        for _ in range(6):
            z = [
                (v / penalty if v > 0 else v * penalty) if i in seen else v
                for i, v in enumerate(table[text[-1]])
            ]
            text.append(int(np.argmax(z)))
            seen.add(text[-1])
        found = generation.sample(model, [[0]], length=6, temperature=0, repetition=penalty)
        assert found.tolist() == [text[1:]]


def test_beyond_its_context_a_model_reads_the_last_tokens():
    ravine.manual_seed(6)
    model = sharp(gpt(context=6)).eval()
    text = [1, 2, 3]
    for _ in range(12):
        text.append(int(steps(model, [text[-6:]])[0].argmax()))
    for way in (model, lambda tokens: model(tokens)):
        assert generation.greedy(way, [[1, 2, 3]], length=12, context=6).tolist() == [text[3:]]
        assert generation.beam(way, [[1, 2, 3]], length=12, width=1, context=6).tokens.tolist() == [
            [text[3:]]
        ]
    with pytest.raises(ValueError, match="at most 6 positions"):
        generation.greedy(model, [[1, 2, 3]], length=12)


def test_an_encoder_decoder_is_a_closure_over_its_source():
    ravine.manual_seed(7)
    memory = ravine.randn(2, V) * 3

    def decoder(tokens):
        own = memory.repeat_interleave(len(tokens) // len(memory), 0)
        return own.unsqueeze(1) - F.one_hot(tokens, V) * 2.0

    both = generation.beam(decoder, [[0], [1]], length=3, width=4)
    for row in range(2):
        model = lambda tokens, row=row: memory[row] - F.one_hot(tokens, V) * 2.0  # noqa: E731
        truth = plain_beam(model, [row], 3, 4)
        assert both.tokens[row].tolist() == [text for text, _ in truth]


def test_log_probabilities_have_the_gradients_of_softmax():
    ravine.manual_seed(8)
    z, tokens = ravine.randn(3, 4, V).double().requires_grad_(), ravine.randint(0, V, (3, 4))
    found = generation.log_probs(z, tokens)
    truth = np.take_along_axis(
        scipy.special.log_softmax(z.detach().numpy(), -1), tokens.numpy()[..., None], -1
    )
    np.testing.assert_allclose(found.detach().numpy(), truth[..., 0], atol=1e-12)
    found.sum().backward()
    shares = scipy.special.softmax(z.detach().numpy(), -1)
    np.testing.assert_allclose(gradient(z).numpy(), np.eye(V)[tokens.numpy()] - shares, atol=1e-12)


def test_the_tree_shows_what_was_kept_and_the_way_to_the_best():
    ravine.manual_seed(9)
    model, names = bigram(), ["<a>", "b", "c", "d", "a long name"]
    found = generation.beam(model, [[0], [1, 2, 3]], length=4, width=3)
    for row in range(2):
        root = ET.fromstring(found.tree(names, row=row).svg)
        parts = [(e.tag.rpartition("}")[2], e.get("class")) for e in root.iter()]
        assert parts.count(("rect", "best")) == parts.count(("path", "best-way")) == 4
        assert parts.count(("rect", "kept")) == 4 * 3 - 4
        texts = [e.text for e in root.iter() if e.get("class") == "token"]
        assert set(texts) <= {name[:9] for name in names}
        shares = [float(e.text or "") for e in root.iter() if e.get("class") == "share"]
        best = found.log_probs[row].exp().tolist()
        np.testing.assert_allclose(sorted(shares[-3:], reverse=True), best, rtol=0.06)
    root = ET.fromstring(generation.beam(model, [[0]], length=1, width=30).tree().svg)
    assert sum(e.get("class") == "token" for e in root.iter()) == V  # fewer texts than beams


def test_a_gpu_decodes_what_the_cpu_does():
    ravine.manual_seed(10)
    model = sharp(gpt()).eval()
    with ravine.device("gpu"):
        twin = gpt()
    twin.load_state_dict(model.state_dict())
    prompts = [[1, 2], [3]]
    cpu = generation.beam(model, prompts, length=5, width=3, stop=0)
    gpu = generation.beam(twin, prompts, length=5, width=3, stop=0)
    assert str(gpu.tokens.device).startswith("gpu")
    assert gpu.tokens.tolist() == cpu.tokens.tolist()
    np.testing.assert_allclose(gpu.log_probs.to("cpu").numpy(), cpu.log_probs.numpy(), atol=1e-4)
    start = ravine.tensor([[1, 2]])
    drawn = [
        generation.sample(
            m, s, length=6, top_k=3, generator=ravine.Generator(s.device).manual_seed(3)
        ).tolist()
        for m, s in ((model, start), (twin, start.to("gpu")))
    ]
    assert drawn[0] == drawn[1]
