"""Embedding, attention and transformer layers against torch with equal weights, and laws that they obey."""

# pyright: reportOptionalMemberAccess=false

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

import ravine as rv
from ravine import func, nn
from ravine.nn import functional as F

DTYPES = {"float32": (rv.float32, torch.float32, 2e-5), "float64": (rv.float64, torch.float64, 1e-11)}


@pytest.fixture(autouse=True)
def _plain_torch():
    """Of torch's kernels only this one has second derivatives. For small shapes one thread is fastest."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with sdpa_kernel(SDPBackend.MATH):
        yield
    torch.set_num_threads(threads)


def close(mine, theirs, tolerance, what):
    want = theirs.detach().double().numpy()
    got = np.asarray(mine.detach().numpy(), np.float64)
    assert got.shape == want.shape, what
    scale = max(1.0, float(np.abs(want).max())) if want.size else 1.0
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale, err_msg=what)


def compare(f_mine, f_theirs, leaves, dtypes, rng):
    """Values, gradients and the gradients of these of two functions of the same leaves."""
    mine = [rv.tensor(x, dtype=dtypes[0], requires_grad=True) for x in leaves]
    theirs = [torch.tensor(x, dtype=dtypes[1], requires_grad=True) for x in leaves]
    y, z = f_mine(*mine), f_theirs(*theirs)
    close(y, z, dtypes[2], "value")
    g = rng.normal(size=tuple(z.shape))
    first = rv.autograd.grad((y * rv.tensor(g, dtype=dtypes[0])).sum(), mine, create_graph=True)
    wanted = torch.autograd.grad((z * torch.tensor(g, dtype=dtypes[1])).sum(), theirs, create_graph=True)
    for number, (a, b) in enumerate(zip(first, wanted, strict=True)):
        close(a, b, 4 * dtypes[2], f"gradient {number}")
    second = rv.autograd.grad(rv.stack([(a * a).sum() for a in first]).sum(), mine)
    wanted = torch.autograd.grad(torch.stack([(b * b).sum() for b in wanted]).sum(), theirs)
    for number, (a, b) in enumerate(zip(second, wanted, strict=True)):
        close(a, b, 40 * dtypes[2], f"second order {number}")


def same_weights(mine, theirs, dtypes):
    """The modules in these dtypes, mine with the weights of theirs."""
    mine, theirs = mine.to(dtypes[0]), theirs.to(dtypes[1])
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({k: rv.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    return mine, theirs


# Embedding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_embedding(dtype, rng):
    table = rng.normal(size=(7, 5))
    for shape in [(), (1,), (3, 4), (2, 300)]:
        for padding in [None, 3, -1]:
            index = rng.integers(0, 7, shape)
            compare(
                lambda w, i=index, p=padding: F.embedding(rv.tensor(i), w, p) ** 2,
                lambda w, i=index, p=padding: torch.nn.functional.embedding(torch.tensor(i), w, p) ** 2,
                [table],
                DTYPES[dtype],
                rng,
            )


def test_embedding_layer(rng):
    index = rng.integers(0, 6, (4, 3))
    for options in [{}, {"padding_idx": -2}, {"max_norm": 1.5}, {"max_norm": 1.0, "norm_type": 1.0}]:
        mine, theirs = same_weights(
            nn.Embedding(6, 4, **options), torch.nn.Embedding(6, 4, **options), DTYPES["float64"]
        )
        assert repr(mine) == repr(theirs)
        close(mine(rv.tensor(index)), theirs(torch.tensor(index)), 1e-12, "value")
        close(mine.weight, theirs.weight, 1e-12, "table after the call")
    table = rv.ones(6, 4, requires_grad=True)
    none = F.embedding(rv.zeros(0, 3, dtype=rv.int64), table)
    assert tuple(none.shape) == (0, 3, 4)
    assert rv.autograd.grad(none.sum(), table)[0].abs().sum().item() == 0
    assert nn.Embedding(6, 4, padding_idx=2).weight[2].tolist() == [0.0] * 4
    frozen = nn.Embedding.from_pretrained(rv.ones(2, 3))
    assert not frozen.weight.requires_grad
    assert nn.Embedding.from_pretrained(rv.ones(2, 3), freeze=False).weight.requires_grad


def test_embedding_errors():
    table = rv.zeros(5, 2)
    with pytest.raises(IndexError, match=r"embedding: index 5 .* \(5, 2\), which has 5 rows. Valid: 0 to 4"):
        F.embedding(rv.tensor([0, 5]), table)
    late = rv.tensor([2, 3]) - 4
    with pytest.raises(IndexError, match="index -2"):
        F.embedding(late, table).tolist()
    with pytest.raises(TypeError, match="int64 or int32"):
        F.embedding(rv.tensor([0.0]), table)
    with pytest.raises(ValueError, match="padding_idx"):
        nn.Embedding(5, 2, padding_idx=5)


def test_embedding_per_sample(rng):
    table = rv.tensor(rng.normal(size=(6, 3)))
    index, g = rng.integers(0, 6, (5, 4)), rv.tensor(rng.normal(size=(5, 4, 3)))

    def slope(i, g):
        return func.grad(lambda w: (F.embedding(i, w, 2) ** 2 * g).sum())(table)

    together = func.vmap(slope)(rv.tensor(index), g)
    for n in range(5):
        assert together[n].tolist() == slope(rv.tensor(index[n]), g[n]).tolist()
    tables = rv.tensor(rng.normal(size=(5, 6, 3)))
    picked = func.vmap(F.embedding)(rv.tensor(index), tables)
    assert picked.tolist() == [[tables[n, int(i)].tolist() for i in index[n]] for n in range(5)]


# Attention --------------------------------------------------------------------------------------------------

SHAPES = [(1, 1, 1, 1), (5, 5, 4, 4), (33, 65, 8, 9), (70, 70, 33, 17), (64, 32, 16, 16)]
OPTIONS = ["plain", "causal", "allowed", "added", "scale", "grouped"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("option", OPTIONS)
def test_attention(option, dtype, rng):
    for queries, keys, width, value_width in SHAPES:
        heads = 2 if option == "grouped" else 4
        leaves = [
            rng.normal(size=(2, 4, queries, width)),
            rng.normal(size=(2, heads, keys, width)),
            rng.normal(size=(2, heads, keys, value_width)),
        ]
        options, mask = {}, None
        if option == "causal":
            options["is_causal"] = True
        elif option == "scale":
            options["scale"] = 0.3
        elif option == "grouped":
            options["enable_gqa"] = True
        elif option == "allowed":
            # Two rows see nothing, and get zeros.
            mask = rng.random((2, 1, queries, keys)) < 0.5
            mask[0, 0, : min(2, queries)] = False
        elif option == "added":
            leaves.append(rng.normal(size=(queries, keys)))

        def mine(q, k, v, m=None, o=options, mask=mask):
            m = m if mask is None else rv.tensor(mask)
            return F.scaled_dot_product_attention(q, k, v, m, **o)

        def theirs(q, k, v, m=None, o=options, mask=mask):
            m = m if mask is None else torch.tensor(mask)
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, m, **o)

        compare(mine, theirs, leaves, DTYPES[dtype], rng)


def attention_inputs(rng, *shape, dtype=rv.float32, count=3):
    return [rv.tensor(rng.normal(size=shape), dtype=dtype) for _ in range(count)]


def test_what_comes_later_changes_nothing(rng):
    """Bit for bit, whatever the later tokens are, and however long the sequence is."""
    q, k, v = attention_inputs(rng, 2, 3, 75, 19)
    whole = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    for t in [1, 16, 31, 32, 33, 74]:
        a, b, c = q.clone(), k.clone(), v.clone()
        for x in (a, b, c):
            x[:, :, t:] = 7.0
        changed = F.scaled_dot_product_attention(a, b, c, is_causal=True)
        assert whole[:, :, :t].tolist() == changed[:, :, :t].tolist()
        cut = F.scaled_dot_product_attention(q[:, :, :t], k[:, :, :t], v[:, :, :t], is_causal=True)
        assert whole[:, :, :t].tolist() == cut.tolist()


def test_order_of_keys_and_queries(rng):
    q, k, v = attention_inputs(rng, 2, 50, 16, dtype=rv.float64)
    y = F.scaled_dot_product_attention(q, k, v)
    order = rv.tensor(rng.permutation(50))
    shuffled = F.scaled_dot_product_attention(q, k[:, order], v[:, order])
    np.testing.assert_allclose(shuffled.numpy(), y.numpy(), atol=1e-14)
    assert F.scaled_dot_product_attention(q[:, order], k, v).tolist() == y[:, order].tolist()


def test_layouts_and_threads_change_no_bit(rng):
    """Heads that are views of one tensor, as a model has them, against dense ones; one thread against two."""
    packed = rv.tensor(rng.normal(size=(3, 41, 3, 2, 24)), dtype=rv.float32, requires_grad=True)
    g = rv.tensor(rng.normal(size=(3, 2, 41, 24)), dtype=rv.float32)

    def run(dense):
        q, k, v = (packed[:, :, i].transpose(1, 2) for i in range(3))
        if dense:
            q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return y.tolist(), rv.autograd.grad(y, packed, g)[0].tolist()

    threads = rv.get_num_threads()
    try:
        rv.set_num_threads(1)
        alone = run(False)
        rv.set_num_threads(2)
        assert run(False) == alone == run(True)
    finally:
        rv.set_num_threads(threads)


def test_few_heads_share_products(rng):
    """One head of many rows takes the other way to use threads."""
    q, k, v = attention_inputs(rng, 1, 300, 64, dtype=rv.float32)
    threads = rv.get_num_threads()
    try:
        results = []
        for number in (1, 2):
            rv.set_num_threads(number)
            a, b, c = (t.clone().requires_grad_() for t in (q, k, v))
            y = F.scaled_dot_product_attention(a, b, c, is_causal=True)
            results.append([y.tolist(), *(g.tolist() for g in rv.autograd.grad(y.sum(), [a, b, c]))])
        assert results[0] == results[1]
    finally:
        rv.set_num_threads(threads)


def test_dropout_drops_weights(rng):
    """With values that are unit vectors the result shows the weights."""
    q, k = attention_inputs(rng, 4, 60, 8, dtype=rv.float64, count=2)
    weights = F.scaled_dot_product_attention(q, k, rv.eye(60, dtype=rv.float64).expand(4, 60, 60))
    rv.manual_seed(3)
    dropped = F.scaled_dot_product_attention(q, k, rv.eye(60, dtype=rv.float64).expand(4, 60, 60), None, 0.25)
    kept = dropped.numpy() != 0
    assert abs(kept.mean() - 0.75) < 0.02
    np.testing.assert_allclose(dropped.numpy(), np.where(kept, weights.numpy() / 0.75, 0), rtol=1e-12)
    # The backward drops the same weights, against the same program in plain ops.
    v = rv.tensor(rng.normal(size=(4, 60, 5)))
    g = rv.tensor(rng.normal(size=(4, 60, 5)))
    a, b, c = leaves = [x.clone().requires_grad_() for x in (q, k, v)]
    rv.manual_seed(3)
    fused = rv.autograd.grad(F.scaled_dot_product_attention(a, b, c, None, 0.25), leaves, g)
    scores = rv.matmul(a, b.transpose(-2, -1)) * 8**-0.5
    plain = rv.matmul(rv.where(rv.tensor(kept), F.softmax(scores, -1) / 0.75, 0.0), c)
    for a, b in zip(fused, rv.autograd.grad(plain, leaves, g), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-13)
    assert F.scaled_dot_product_attention(q, k, v, None, 1.0).abs().sum().item() == 0


def test_attention_per_sample(rng):
    q, k, v = attention_inputs(rng, 5, 2, 6, 4, dtype=rv.float64)
    mask = rv.tensor(rng.normal(size=(6, 6)))

    def slopes(q, k, v):
        return func.grad(lambda *x: (F.scaled_dot_product_attention(*x) ** 2).sum(), (0, 1, 2, 3))(
            q, k, v, mask
        )

    together = func.vmap(slopes)(q, k, v)
    for n in range(5):
        for a, b in zip(together, slopes(q[n], k[n], v[n]), strict=True):
            np.testing.assert_allclose(a[n].numpy(), b.numpy(), atol=1e-13)


def test_attention_errors(rng):
    q = rv.zeros(2, 3, 4)
    f = F.scaled_dot_product_attention
    with pytest.raises(ValueError, match=r"\(2, 3, 4\), \(2, 3, 5\)"):
        f(q, rv.zeros(2, 3, 5), q)
    with pytest.raises(TypeError, match="query is float32, key is float64"):
        f(q, q.to(rv.float64), q)
    with pytest.raises(ValueError, match="exclude each other"):
        f(q, q, q, rv.zeros(3, 3), is_causal=True)
    with pytest.raises(ValueError, match=r"attn_mask has shape \(4, 3\)"):
        f(q, q, q, rv.zeros(4, 3))
    with pytest.raises(TypeError, match="attn_mask is int64"):
        f(q, q, q, rv.zeros(3, 3, dtype=rv.int64))
    with pytest.raises(ValueError, match=r"dropout_p is 1.5"):
        f(q, q, q, dropout_p=1.5)
    with pytest.raises(ValueError, match="the query has 2 heads"):
        f(q, rv.zeros(3, 3, 4), rv.zeros(3, 3, 4), enable_gqa=True)


# Multi-head attention and transformer layers ----------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "option", ["plain", "bool", "added", "heads", "causal", "padding", "both", "kdim", "no bias"]
)
def test_multihead_attention(option, dtype, rng):
    dtypes = DTYPES[dtype]
    sizes: dict[str, Any] = {"kdim": 5, "vdim": 6} if option == "kdim" else {}
    bias = option != "no bias"
    masks = {}
    if option in ("bool", "both"):
        masks["attn_mask"] = rng.random((7, 7)) < 0.3
        masks["attn_mask"][:, 0] = False
    if option == "added":
        masks["attn_mask"] = rng.normal(size=(7, 7))
    if option == "heads":
        masks["attn_mask"] = rng.normal(size=(12, 7, 7))
    if option == "causal":
        masks["attn_mask"] = np.triu(np.ones((7, 7), bool), 1)
    if option in ("padding", "both"):
        masks["key_padding_mask"] = np.arange(7) >= np.array([[7], [4], [6]])
    for need_weights in (False, True):
        for batch_first in (False, True):
            options: dict[str, Any] = {"batch_first": batch_first} | sizes
            mine, theirs = same_weights(
                nn.MultiheadAttention(8, 4, bias=bias, **options),
                torch.nn.MultiheadAttention(8, 4, bias=bias, **options),
                dtypes,
            )
            widths = [8, sizes.get("kdim", 8), sizes.get("vdim", 8)]
            leaves = [rng.normal(size=(3, 7, w) if batch_first else (7, 3, w)) for w in widths]
            call = {"need_weights": need_weights, "is_causal": option == "causal"}

            def run(module, lib, dtype, call, *x):
                given = {
                    k: lib.tensor(m) if m.dtype == bool else lib.tensor(m, dtype=dtype)
                    for k, m in masks.items()
                }
                y, weights = module(*x, **given, **call)
                if not call["need_weights"]:
                    assert weights is None
                    return y
                return lib.cat([y.reshape(-1), weights.reshape(-1)])

            compare(
                lambda *x, m=mine, c=call: run(m, rv, dtypes[0], c, *x),
                lambda *x, m=theirs, c=call: run(m, torch, dtypes[1], c, *x),
                leaves,
                dtypes,
                rng,
            )


def test_multihead_attention_weights(rng):
    mine = nn.MultiheadAttention(8, 2, batch_first=True).eval()
    x = rv.tensor(rng.normal(size=(3, 5, 8)), dtype=rv.float32)
    y, weights = mine(x, x, x, average_attn_weights=False)
    assert tuple(weights.shape) == (3, 2, 5, 5)
    np.testing.assert_allclose(weights.sum(dim=-1).detach().numpy(), 1, atol=1e-6)
    # The fused way gives what the way with weights gives, also for one sequence, and causal without a mask.
    np.testing.assert_allclose(mine(x, x, x, need_weights=False)[0].tolist(), y.tolist(), atol=1e-6)
    one, its = mine(x[0], x[0], x[0], is_causal=True)
    assert tuple(its.shape) == (5, 5)
    assert np.triu(its.detach().numpy(), 1).max() == 0
    fused, _ = mine(x[0], x[0], x[0], is_causal=True, need_weights=False)
    np.testing.assert_allclose(fused.tolist(), one.tolist(), atol=1e-6)
    order = rv.tensor(rng.permutation(5))
    turned, _ = mine(x[:, order], x[:, order], x[:, order])
    np.testing.assert_allclose(turned.tolist(), y[:, order].tolist(), atol=1e-6)
    with pytest.raises(ValueError, match="multiple of num_heads"):
        nn.MultiheadAttention(8, 3)
    with pytest.raises(ValueError, match=r"key has shape \(3, 5, 7\)"):
        mine(x, rv.zeros(3, 5, 7), x)
    with pytest.raises(ValueError, match="attn_mask has shape"):
        mine(x, x, x, attn_mask=rv.zeros(5, 4))


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer(activation, norm_first, rng):
    options = {"dropout": 0.0, "activation": activation, "norm_first": norm_first, "batch_first": True}

    def make(nn):
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, **options), 2, nn.LayerNorm(8))
        decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, **options), 2)
        return nn.ModuleList([encoder, decoder])

    with pytest.warns(UserWarning, match="norm_first") if norm_first else _nothing():
        mine, theirs = same_weights(make(nn), make(torch.nn), DTYPES["float64"])
    leaves = [rng.normal(size=(3, 6, 8)), rng.normal(size=(3, 4, 8))]
    compare(
        lambda x, y: mine[1](y, mine[0](x), tgt_is_causal=True),
        lambda x, y: theirs[1](
            y,
            theirs[0](x),
            tgt_mask=torch.nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64),
            tgt_is_causal=True,
        ),
        leaves,
        DTYPES["float64"],
        rng,
    )


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def test_positions():
    layer = nn.SinusoidalPositionalEncoding(6, max_len=50)
    t, i = np.mgrid[:50, :6]
    angle = t / 10000.0 ** (i // 2 * 2 / 6)
    want = np.where(i % 2 == 0, np.sin(angle), np.cos(angle))
    np.testing.assert_allclose(layer(rv.zeros(2, 50, 6))[1].numpy(), want, atol=1e-7)
    other = nn.SinusoidalPositionalEncoding(6, max_len=50, batch_first=False)
    np.testing.assert_allclose(other(rv.zeros(9, 2, 6))[:, 1].numpy(), want[:9], atol=1e-7)
    assert list(layer.state_dict()) == []
    with pytest.raises(ValueError, match="at most 50 positions"):
        layer(rv.zeros(51, 6))
