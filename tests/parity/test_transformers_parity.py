"""Transformers against PyTorch's layers, and GPT-2 and BERT as written there, with the same weights."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as TF

import ravine
from ravine import models
from ravine.nn import functional as F

TOKENS = np.random.default_rng(0).integers(0, 11, (3, 7))
MASK = np.arange(7) < np.array([[7], [4], [6]])


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def close(found, expected, tolerance=1e-9):
    found, expected = (x.detach().numpy() for x in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def drawn(model):
    """The model in float64 with all its numbers drawn, norms and biases too."""
    generator = np.random.default_rng(1)
    for parameter in model.parameters():
        parameter.data = ravine.tensor(0.4 * generator.normal(size=tuple(parameter.shape)))
    return model.double()


def theirs(value):
    return torch.tensor(value.detach().numpy())


def take_attention(layer, mine):
    parts = [mine.query, mine.key, mine.value]
    layer.in_proj_weight.data = torch.cat([theirs(part.weight) for part in parts])
    layer.in_proj_bias.data = torch.cat([theirs(part.bias) for part in parts])
    take(layer.out_proj, mine.out)


def take(layer, mine):
    layer.weight.data, layer.bias.data = theirs(mine.weight), theirs(mine.bias)


def take_block(layer, mine, *, last):
    take_attention(layer.self_attn, mine.attention)
    take(layer.norm1, mine.norm1)
    if mine.crossed:
        take_attention(layer.multihead_attn, mine.cross)
        take(layer.norm2, mine.norm_cross)
    take(getattr(layer, last), mine.norm2)
    take(layer.linear1, mine.inner)
    take(layer.linear2, mine.outer)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_block(norm):
    for activation in ("relu", "gelu"):
        block = drawn(models.TransformerBlock(8, 2, norm=norm, activation=activation))
        layer = torch.nn.TransformerEncoderLayer(
            8, 2, 32, 0.0, activation, batch_first=True, norm_first=norm == "pre"
        ).double()
        take_block(layer, block, last="norm2")
        x = ravine.tensor(np.random.default_rng(2).normal(size=(3, 7, 8)), requires_grad=True)
        other = theirs(x).requires_grad_()
        seen = MASK[:, None, None]
        mine = block(x, bias=ravine.tensor(seen))
        expected = layer(other, src_key_padding_mask=torch.tensor(~MASK))
        close(mine, expected)
        mine.square().sum().backward()
        expected.square().sum().backward()
        close(x.grad, other.grad)
        close(gradient(block.attention.key.weight), gradient(layer.self_attn.in_proj_weight)[8:16])
        close(block.inner.weight.grad, layer.linear1.weight.grad)
        causal = layer(other, torch.nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.float64))
        close(block(x, causal=True), causal)


def test_a_translator():
    sizes = {"source_vocabulary": 11, "target_vocabulary": 11, "layers": 2, "width": 8, "heads": 2}
    net = drawn(models.Translator(**sizes, context=12))
    options = (8, 2, 32, 0.0, "gelu")
    layer = torch.nn.TransformerEncoderLayer(*options, batch_first=True, norm_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(8), enable_nested_tensor=False)
    other = torch.nn.Transformer(
        8, 2, 0, 2, *options[2:], custom_encoder=encoder, batch_first=True, norm_first=True
    ).double()
    for mine, layer in zip(net.encoder, other.encoder.layers, strict=True):
        take_block(layer, mine, last="norm2")
    for mine, layer in zip(net.decoder, other.decoder.layers, strict=True):
        take_block(layer, mine, last="norm3")
    take(other.encoder.norm, net.encoder_norm)
    take(other.decoder.norm, net.decoder_norm)

    def embedded(table, tokens):
        waves = theirs(net.positions.encoding)[: tokens.shape[1]]
        return table[torch.tensor(tokens)] * math.sqrt(8) + waves

    source, target = (theirs(table.weight).requires_grad_() for table in (net.source, net.target))
    y = TOKENS[:, ::-1][:, :5].copy()
    hidden = other(
        embedded(source, TOKENS),
        embedded(target, y),
        tgt_mask=torch.nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64),
        src_key_padding_mask=torch.tensor(~MASK),
        memory_key_padding_mask=torch.tensor(~MASK),
    )
    expected = hidden @ target.T
    found = net(ravine.tensor(TOKENS), ravine.tensor(y), ravine.tensor(MASK))
    close(found, expected)
    F.cross_entropy(found.flatten(0, 1), ravine.tensor(y).flatten()).backward()
    TF.cross_entropy(expected.flatten(0, 1), torch.tensor(y).flatten()).backward()
    close(net.source.weight.grad, source.grad)
    close(net.target.weight.grad, target.grad)
    close(
        net.get_parameter("decoder.0.cross.value.weight").grad,
        gradient(other.get_parameter("decoder.layers.0.multihead_attn.in_proj_weight"))[16:],
    )


def gpt2_weights(layers=2, width=8, vocabulary=11, context=9):
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * 0.4

    weights = {"wte.weight": draw(vocabulary, width), "wpe.weight": draw(context, width)}
    shapes = {"attn.c_attn": (width, 3 * width), "attn.c_proj": (width, width)}
    shapes |= {"mlp.c_fc": (width, 4 * width), "mlp.c_proj": (4 * width, width)}
    for layer in range(layers):
        for name, shape in shapes.items():
            weights[f"h.{layer}.{name}.weight"] = draw(*shape)
            weights[f"h.{layer}.{name}.bias"] = draw(shape[1])
        for name in ("ln_1", "ln_2"):
            weights[f"h.{layer}.{name}.weight"], weights[f"h.{layer}.{name}.bias"] = draw(width), draw(width)
        weights[f"h.{layer}.attn.bias"] = torch.ones(context, context).tril()  # a mask, not a weight
    return weights | {"ln_f.weight": draw(width), "ln_f.bias": draw(width)}


def gpt2(w, tokens, heads, layers=2):
    """GPT-2 by its paper and the names of its weights: linear maps are x W + b."""
    x = w["wte.weight"][tokens] + w["wpe.weight"][: tokens.shape[1]]

    def linear(x, name):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def norm(x, name):
        return TF.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])

    for layer in range(layers):
        h = f"h.{layer}"
        q, k, v = linear(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").chunk(3, -1)
        q, k, v = (y.unflatten(-1, (heads, -1)).transpose(1, 2) for y in (q, k, v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        y = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        x = x + linear(y.transpose(1, 2).flatten(2), f"{h}.attn.c_proj")
        inner = TF.gelu(linear(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc"), approximate="tanh")
        x = x + linear(inner, f"{h}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_gpt2_by_the_names_of_its_weights(prefix, tmp_path):
    weights = {name: value.float() for name, value in gpt2_weights().items()}
    torch.save({prefix + name: value for name, value in weights.items()}, tmp_path / "gpt2.bin")
    model = models.gpt2(ravine.load(tmp_path / "gpt2.bin"), heads=2).eval()
    table = weights["wte.weight"].requires_grad_()
    tokens = torch.tensor(TOKENS)
    expected, found = gpt2(weights, tokens, 2), model(ravine.tensor(TOKENS))
    close(found, expected, 2e-5)
    loss = TF.cross_entropy(expected[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    mine = F.cross_entropy(found[:, :-1].flatten(0, 1), ravine.tensor(TOKENS)[:, 1:].flatten())
    loss.backward()
    mine.backward()
    close(mine, loss, 1e-5)
    close(model.tokens.weight.grad, table.grad, 1e-4)


def test_bert_by_the_names_of_its_weights(tmp_path):
    """An encoder of PyTorch whose weights are written under BERT's names."""
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", 1e-12, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    tables = {name: torch.randn(n, 8) for name, n in (("word", 11), ("position", 9), ("token_type", 2))}
    norm = torch.nn.LayerNorm(8, 1e-12)
    state = {f"embeddings.{name}_embeddings.weight": table for name, table in tables.items()}
    state |= {"embeddings.LayerNorm.weight": norm.weight, "embeddings.LayerNorm.bias": norm.bias}
    blocks: Any = encoder.layers
    for number, block in enumerate(blocks):
        for parameter in block.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
        parts = zip(
            ("query", "key", "value"),
            block.self_attn.in_proj_weight.chunk(3),
            block.self_attn.in_proj_bias.chunk(3),
            strict=True,
        )
        own = {f"attention.self.{name}": pair for name, *pair in parts}
        for name, module in (
            ("attention.output.dense", block.self_attn.out_proj),
            ("attention.output.LayerNorm", block.norm1),
            ("intermediate.dense", block.linear1),
            ("output.dense", block.linear2),
            ("output.LayerNorm", block.norm2),
        ):
            own[name] = [module.weight, module.bias]
        for name, (weight, bias) in own.items():
            state[f"encoder.layer.{number}.{name}.weight"] = weight
            state[f"encoder.layer.{number}.{name}.bias"] = bias
    path = tmp_path / "bert.bin"
    torch.save({f"bert.{name}": value.detach().clone() for name, value in state.items()}, path)
    model = models.bert(ravine.load(path), heads=2).eval()
    kinds = TOKENS % 2
    x = (
        tables["word"][torch.tensor(TOKENS)]
        + tables["position"][:7]
        + tables["token_type"][torch.tensor(kinds)]
    )
    expected = encoder(norm(x), src_key_padding_mask=torch.tensor(~MASK))
    found = model(ravine.tensor(TOKENS), ravine.tensor(MASK), ravine.tensor(kinds))
    seen = torch.tensor(MASK)
    close(found[ravine.tensor(MASK)], expected[seen], 5e-5)
    found[ravine.tensor(MASK)].square().sum().backward()
    expected[seen].square().sum().backward()
    close(
        gradient(model.blocks[0].inner.weight),
        gradient(encoder.get_parameter("layers.0.linear1.weight")),
        1e-3,
    )
