"""Attention and the transformers made of it, held against what the course says of them."""

import time
from math import log, sqrt
from typing import Any

import numpy as np
import pytest

import ravine
import ravine.nn.functional as F
from ravine import errors, models, nn, optim

SIZES: dict[str, Any] = {"layers": 2, "width": 16, "heads": 4, "vocabulary": 11, "context": 24}


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def close(a, b, tolerance=1e-5):
    np.testing.assert_allclose(ravine.as_tensor(a).detach().numpy(), np.asarray(b), rtol=0, atol=tolerance)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def numbers(*shape, high=11):
    return ravine.randint(0, high, shape)


def test_row_139_attention_to_raw_states_is_their_weighted_mean(rng):
    h = rng.normal(size=(2, 5, 8)).astype(np.float32)
    x = ravine.tensor(h)[:, None]
    weights = softmax(h.astype(np.float64) @ h.transpose(0, 2, 1) / sqrt(8))
    close(F.scaled_dot_product_attention(x, x, x)[:, 0], weights @ h)
    close(models.AttentionWeights()(x, x, None, False)[:, 0].sum(-1), np.ones((2, 5)))
    one = ravine.tensor(h[:, :1])[:, None]
    close(F.scaled_dot_product_attention(x, one, one)[:, 0], np.repeat(h[:, :1], 5, 1), 1e-6)


def test_row_140_scores_are_scaled_to_variance_one():
    ravine.manual_seed(0)
    q, k = ravine.randn(20000, 64), ravine.randn(20000, 64)
    products = (q * k).sum(1)
    # The variance of a product of standard normals is 1, so that of a sum of 64 is 64; its estimate from n
    # samples strays by 64 sqrt(2.1 / n), as the sum's kurtosis is 3 + 6/64.
    assert abs(products.var().item() - 64) < 5 * 64 * sqrt(2.1 / 20000)
    v = ravine.randn(1, 1, 20, 24)  # keys and values of other sizes
    a, b = ravine.randn(1, 1, 7, 16), ravine.randn(1, 1, 20, 16)
    reference = softmax((a.numpy().astype(np.float64) @ b.numpy().swapaxes(-1, -2)) / 4) @ v.numpy()
    close(F.scaled_dot_product_attention(a, b, v), reference)
    huge = F.scaled_dot_product_attention(1e4 * a, b, v)
    close(huge, v.numpy()[:, :, (a @ b.transpose(-1, -2)).argmax(-1).numpy()[0, 0]], 1e-5)


def test_row_141_heads_side_by_side():
    layer = nn.MultiheadAttention(512, 8)
    assert sum(p.numel() for p in layer.parameters()) == 4 * 512**2 + 4 * 512 == 1_050_624
    assert sum(p.numel() for p in models.Attention(512, 8).parameters()) == 1_050_624
    ravine.manual_seed(0)
    x = ravine.randn(2, 6, 16)
    one, several = models.Attention(16, 1), models.Attention(16, 4)
    q, k, v = (getattr(one, name)(x) for name in ("query", "key", "value"))
    close(one(x), one.out((q @ k.transpose(1, 2) / 4).softmax(-1) @ v).detach().numpy())
    with ravine.capture(several, ["weights"]) as maps:
        y = several(x)
    assert tuple(maps["weights"].shape) == (2, 4, 6, 6)
    heads = maps["weights"] @ several.value(x).unflatten(2, (4, 4)).transpose(1, 2)
    close(several.out(heads.transpose(1, 2).flatten(2)), y.detach().numpy())


def test_row_142_without_positions_order_is_not_seen():
    ravine.manual_seed(0)
    block, encoding = models.TransformerBlock(16, 4), nn.SinusoidalPositionalEncoding(16)
    x, order = ravine.randn(2, 9, 16), ravine.randperm(9)
    close(block(x[:, order]), block(x)[:, order].detach().numpy(), 2e-6)
    placed = (block(encoding(x[:, order])) - block(encoding(x))[:, order]).abs().max().item()
    assert placed > 1e-2


def test_row_143_sinusoids_turn_from_one_position_to_another():
    encoding = nn.SinusoidalPositionalEncoding(64, max_len=200)
    p = encoding(ravine.zeros(1, 200, 64))[0].numpy()
    assert abs(p[1, 0] - 0.841471) < 1e-6
    assert abs(p[1, 1] - 0.540302) < 1e-6
    for k in (1, 7, 100):
        for i in range(32):
            angle = k * 10000 ** (-2 * i / 64)
            c, s = np.cos(angle), np.sin(angle)
            turned = p[:-k, 2 * i : 2 * i + 2] @ np.array([[c, -s], [s, c]])
            np.testing.assert_allclose(p[k:, 2 * i : 2 * i + 2], turned, atol=1e-6)
    assert ravine.viz.heatmap(encoding.encoding[:50]).svg.startswith("<svg ")


def test_row_144_learned_turned_and_biased_positions(rng):
    learned = nn.LearnedPositionalEncoding(8, max_len=6)
    learned(ravine.zeros(2, 4, 8), offset=1).sum().backward()
    assert gradient(learned.weight).sum(1).tolist() == [0, 16, 16, 16, 16, 0]
    with pytest.raises(errors.ValueError, match="at most 6 positions"):
        learned(ravine.zeros(1, 7, 8))
    # What rotary positions make of a query and a key depends on their distance; lengths stay as they are.
    rotary = nn.RotaryEncoding(8)
    q, k = (ravine.tensor(rng.normal(size=(1, 8)).astype(np.float32)) for _ in range(2))
    for m, n in ((0, 0), (5, 2), (40, 47)):
        shifted = (rotary(q, m + 31) * rotary(k, n + 31)).sum().item()
        assert abs((rotary(q, m) * rotary(k, n)).sum().item() - shifted) < 1e-4
        assert abs(rotary(q, m).norm().item() - q.norm().item()) < 1e-5
    complex_q = q.numpy()[0, ::2] + 1j * q.numpy()[0, 1::2]
    turned = complex_q * np.exp(1j * 3 * 10000.0 ** (-np.arange(0, 8, 2) / 8))
    close(rotary(q, 3)[0], np.stack([turned.real, turned.imag], -1).ravel())
    assert nn.ALiBi(8).slopes.tolist() == [2.0**-h for h in range(1, 9)]
    assert nn.ALiBi(3).slopes.tolist() == [2.0**-4, 2.0**-8, 2.0**-2]
    assert nn.ALiBi(1)(2, 4)[0].tolist() == [[-2 / 256, -1 / 256, 0, 0], [-3 / 256, -2 / 256, -1 / 256, 0]]


KINDS = ["learned", "sinusoidal", "rotary", "alibi", "none"]


def test_row_145_what_comes_later_is_not_seen():
    ravine.manual_seed(0)
    for kind in KINDS:
        for norm in ("pre", "post"):
            model = models.GPT(**SIZES, positions=kind, norm=norm).eval()
            x = numbers(2, 9)
            changed = ravine.cat([x[:, :5], (x[:, 5:] + 1) % 11], 1)
            before, after = model(x), model(changed)
            assert (before[:, :5] == after[:, :5]).all()
            assert (before[:, 5:] != after[:, 5:]).any()


def test_row_146_a_block_is_what_the_course_lists():
    ravine.manual_seed(0)
    block = models.TransformerBlock(64, 4)
    assert sum(p.numel() for p in block.parameters()) == 12 * 64**2 + 13 * 64 == 49_984
    x = ravine.randn(2, 5, 64)
    y = x + block.attention(block.norm1(x))
    close(block(x), (y + block.outer(F.gelu(block.inner(block.norm2(y))))).detach().numpy(), 1e-5)
    post = models.TransformerBlock(64, 4, norm="post", activation="relu")
    y = post.norm1(x + post.attention(x))
    close(post(x), post.norm2(y + post.outer(F.relu(post.inner(y)))).detach().numpy(), 1e-5)


def test_row_147_the_feed_forward_net_sees_one_position():
    ravine.manual_seed(0)
    x = ravine.randn(2, 6, 16)
    for activation in ("relu", "gelu", "gelu_tanh", "silu"):
        block = models.TransformerBlock(16, 4, activation=activation)
        changed = ravine.cat([x[:, :3], -x[:, 3:4], x[:, 4:]], 1)
        same = (block.feed(x) == block.feed(changed)).all(-1)[0].tolist()
        assert same == [True, True, True, False, True, True]


def test_row_148_a_language_model_learns_more_than_pairs():
    ravine.manual_seed(0)
    text = ravine.datasets.shakespeare()[:120000]
    symbols = sorted(set(text))
    data = ravine.tensor([symbols.index(c) for c in text])
    train, held = data[:110000], data[110000:]
    sizes: Any = {"layers": 2, "width": 48, "heads": 4, "vocabulary": len(symbols), "context": 32}
    model = models.GPT(**sizes, positions="rotary")
    x = train[: 32 * 16].reshape(16, 32)
    first = F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten()).item()
    assert abs(first - log(len(symbols))) < 0.05
    # The bigram model counts; one is added to each count.
    counts = ravine.ones(len(symbols), len(symbols))
    counts.index_put_((train[:-1], train[1:]), ravine.ones(len(train) - 1), accumulate=True)
    likely = (counts / counts.sum(1, keepdim=True)).log()
    bigram = -likely[held[:-1], held[1:]].mean().item()
    optimizer = optim.AdamW(model.parameters(), lr=4e-3)
    for _ in range(260):
        starts = ravine.randint(0, len(train) - 33, (16, 1))
        window = train[starts + ravine.arange(33)]
        loss = F.cross_entropy(model(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ravine.train.window_loss(model, held, 32) < bigram - 0.1


def test_row_149_one_matrix_reads_and_writes():
    ravine.manual_seed(0)
    tied, own = models.GPT(**SIZES), models.GPT(**SIZES, tied=False)
    size = [sum(p.numel() for p in model.parameters()) for model in (tied, own)]
    assert size[1] - size[0] == 11 * 16
    own.load_state_dict({**tied.state_dict(), "head.weight": tied.tokens.weight.detach()})
    x = numbers(3, 8)
    for model in (tied, own):
        F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten()).backward()
    close(
        gradient(tied.tokens.weight),
        (gradient(own.tokens.weight) + gradient(own.get_parameter("head.weight"))).numpy(),
        1e-6,
    )


def test_row_155_keys_and_values_that_are_kept_change_nothing():
    ravine.manual_seed(0)
    x = numbers(3, 12)
    for kind in KINDS:
        model = models.GPT(**SIZES, positions=kind).eval()
        whole, cache, read = model(x), model.new_cache(3), []
        for start, end in ((0, 4), (4, 5), (5, 6), (6, 9), (9, 12)):
            read.append(model(x[:, start:end], cache=cache))
        assert cache.length == 12
        close(ravine.cat(read, 1), whole.detach().numpy())
        cache.reorder(ravine.tensor([2, 0, 0, 1]))
        more, order = numbers(4, 2), [2, 0, 0, 1]
        close(model(more, cache=cache), model(ravine.cat([x[order], more], 1))[:, 12:].detach().numpy())
    model = models.GPT(**SIZES)
    with pytest.raises(errors.ShapeError, match=r"3 sequences for a cache of 4"):
        model(x, cache=model.new_cache(4))
    translator = models.Translator(
        source_vocabulary=11, target_vocabulary=11, layers=2, width=16, heads=4, context=24
    ).eval()
    mask = ravine.arange(12) < ravine.tensor([[12], [5], [9]])
    y = numbers(3, 6)
    says, cache = translator.given(x, mask), translator.new_cache(3)
    steps = [says(y[:, t : t + 1], cache=cache) for t in range(6)]
    close(ravine.cat(steps, 1), translator(x, y, mask).detach().numpy())


def test_row_155_a_cache_is_faster():
    ravine.manual_seed(0)
    model = models.GPT(layers=2, width=256, heads=4, vocabulary=11, context=500).eval()

    def seconds(cached):
        began, tokens = time.perf_counter(), numbers(1, 400)
        cache = model.new_cache(1) if cached else None
        with ravine.no_grad():
            for _ in range(10):
                new = tokens if cache is None or cache.length == 0 else tokens[:, -1:]
                logits = model(new, cache=cache) if cached else model(tokens)
                tokens = ravine.cat([tokens, logits[:, -1:].argmax(-1)], 1)
            assert len(tokens.tolist()[0]) == 410  # what is not read need not be computed
        return time.perf_counter() - began

    assert min(seconds(True) for _ in range(3)) < 0.5 * min(seconds(False) for _ in range(3))


def adam(model, loss, steps, rate):
    optimizer = optim.AdamW(model.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def test_row_156_the_first_token_learns_what_the_text_is():
    """The class is which of three tokens stands somewhere in the text; [CLS] looks there."""
    ravine.manual_seed(0)

    def texts(count):
        x = ravine.randint(4, 12, (count, 9))
        y, place = ravine.randint(0, 3, (count,)), ravine.randint(1, 9, (count, 1))
        x = ravine.where(ravine.arange(9) == place, y.unsqueeze(1) + 1, x)
        x[:, 0] = 0
        return x, y, place

    model = models.EncoderClassifier(classes=3, layers=1, width=24, heads=2, vocabulary=12, context=9)

    def loss():
        x, y, _ = texts(64)
        return F.cross_entropy(model(x), y)

    adam(model, loss, 150, 4e-3)
    x, y, place = texts(500)
    with ravine.no_grad(), ravine.capture(model.eval(), ["encoder.blocks.0.attention.weights"]) as maps:
        right = (model(x).argmax(1) == y).float().mean().item()
    assert right > 0.95
    looked = maps["encoder.blocks.0.attention.weights"][:, :, 0].mean(1).argmax(-1)
    assert (looked == place[:, 0]).float().mean().item() > 0.9
    # Padding is not seen.
    mask = ravine.arange(12) < 9
    padded = ravine.cat([x, ravine.full((500, 3), 5)], 1)[:, :9]
    close(model(padded, mask[:9].expand(500, 9)), model(x).detach().numpy())


def test_row_157_a_translator_reverses_and_looks_where_it_reads():
    ravine.manual_seed(0)
    begin, end = 1, 2

    def texts(count):
        x = ravine.randint(3, 11, (count, 5))
        return x, ravine.cat([ravine.full((count, 1), begin), x.flip(1), ravine.full((count, 1), end)], 1)

    model = models.Translator(
        source_vocabulary=11, target_vocabulary=11, layers=1, width=32, heads=2, context=12
    )

    def loss():
        x, y = texts(64)
        return F.cross_entropy(model(x, y[:, :-1]).flatten(0, 1), y[:, 1:].flatten())

    adam(model, loss, 400, 4e-3)
    x, y = texts(300)
    found = models.translate(model, x, begin=begin, end=end, length=6)
    assert (found == y[:, 1:]).all(1).float().mean().item() >= 0.95
    with ravine.no_grad(), ravine.capture(model.eval(), ["decoder.0.cross.weights"]) as maps:
        whole = model(x, y[:, :-1])
    looks = maps["decoder.0.cross.weights"].mean((0, 1))[:5].argmax(-1).tolist()
    assert looks == [4, 3, 2, 1, 0]
    # Padding behind a source changes nothing.
    mask = (ravine.arange(8) < 5).expand(300, 8)
    padded = ravine.cat([x, ravine.full((300, 3), 7)], 1)
    close(model(padded, y[:, :-1], mask), whole.numpy(), 1e-4)


def test_layers_show_their_maps_to_those_who_ask():
    ravine.manual_seed(0)
    x, memory = ravine.randn(2, 5, 8), ravine.randn(2, 7, 8)
    padding = ravine.arange(5) >= ravine.tensor([[5], [3]])
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()
    decoder = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True).eval()
    with ravine.capture(encoder, ["layers.1.self_attn"]) as maps:
        y = encoder(x, src_key_padding_mask=padding)
    close(y, encoder(x, src_key_padding_mask=padding).detach().numpy())
    weights = maps["layers.1.self_attn"][1]
    close(weights.sum(-1), np.ones((2, 5)))
    assert (weights[1, :, 3:] == 0).all()
    with ravine.capture(decoder, ["multihead_attn"]) as maps:
        decoder(x, memory, tgt_is_causal=True)
    assert tuple(maps["multihead_attn"][1].shape) == (2, 5, 7)
    assert decoder.multihead_attn(x, memory, memory, need_weights=False)[1] is None
    # The maps of models here are what their outputs are made of, in any direction and under any bias.
    for kind in KINDS:
        model = models.GPT(**SIZES, positions=kind).eval()
        with ravine.capture(model, ["blocks.0.attention", "blocks.0.attention.weights"], inputs=True) as seen:
            model(numbers(2, 6))
        layer, (h,) = model.blocks[0].attention, seen.inputs["blocks.0.attention"][0]
        weights = seen["blocks.0.attention.weights"]
        assert (weights.triu(1) == 0).all()
        heads = weights @ layer.value(h).unflatten(2, (4, 4)).transpose(1, 2)
        close(layer.out(heads.transpose(1, 2).flatten(2)), seen["blocks.0.attention"].detach().numpy())
