"""Options of recurrent layers, attention and transformers against torch: equal weights, equal results."""

import itertools

import numpy as np
import pytest
import torch

import ravine as rv
from parity.layer_calls import Call, hold, normal


def equal(make, dtype="float64"):
    """A layer in both libraries, with torch's weights moved a little, so that no bias is zero."""
    theirs = make(torch.nn).to(getattr(torch, dtype))
    mine = make(rv.nn).to(getattr(rv, dtype))
    assert repr(mine) == repr(theirs).replace("NonDynamicallyQuantizable", "")
    assert list(mine.state_dict()) == list(theirs.state_dict())
    torch.manual_seed(0)
    theirs.load_state_dict(
        {k: v + 0.3 * torch.randn(v.shape, dtype=v.dtype) for k, v in theirs.state_dict().items()}
    )
    mine.load_state_dict({k: rv.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    return {rv: mine, torch: theirs}


def flat(value):
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in flat(item)]
    return [] if value is None else [value]


LSTMS = [
    {"proj_size": 2},
    {"proj_size": 3, "bias": False},
    {"proj_size": 2, "num_layers": 2, "bidirectional": True, "batch_first": True},
]


def test_projections(rng):
    for options in LSTMS:
        layers = equal(lambda nn, options=options: nn.LSTM(3, 4, **options))
        states = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        given = [normal(2, 5, 3), normal(states, 5, options["proj_size"]), normal(states, 5, 4)]
        if options.get("batch_first"):
            given[0] = normal(5, 2, 3)
        for call in (
            lambda lib, x, h, c, layers=layers: flat(layers[lib](x, (h, c))),
            lambda lib, x, h, c, layers=layers: flat(layers[lib](x)),
        ):
            hold(Call(call, given), "float64", rng)
        single = [normal(2, 3), normal(states, options["proj_size"]), normal(states, 4)]
        hold(Call(lambda lib, x, h, c, layers=layers: flat(layers[lib](x, (h, c))), single), "float64", rng)


def test_projections_of_packed_sequences(rng):
    layers = equal(lambda nn: nn.LSTM(3, 4, proj_size=2, bidirectional=True))

    def call(lib, x):
        pack = lib.nn.utils.rnn
        packed = pack.pack_padded_sequence(x, lib.tensor([3, 5, 1]), enforce_sorted=False)
        y, states = layers[lib](packed)
        return [*pack.pad_packed_sequence(y), *states]

    hold(Call(call, [normal(5, 3, 3)]), "float64", rng)


ATTENTION = [
    {"add_bias_kv": True},
    {"add_zero_attn": True},
    {"add_bias_kv": True, "add_zero_attn": True, "bias": False},
    {"kdim": 3, "vdim": 5, "add_bias_kv": True},
    {"kdim": 3, "vdim": 5, "add_zero_attn": True, "batch_first": True},
]
MASKS = [
    {},
    {"need_weights": False},
    {"average_attn_weights": False},
    {"key_padding_mask": np.array([[False, True, False, False], [True, False, False, True]])},
    {"attn_mask": np.triu(np.ones((3, 4), dtype=bool), 2)},
    {"attn_mask": np.linspace(-1, 1, 48).reshape(4, 3, 4), "need_weights": False},
    {
        "attn_mask": np.triu(np.ones((3, 4), dtype=bool), 2),
        "key_padding_mask": np.array([[False, False, True, False], [False, False, False, False]]),
    },
]


def given(lib, options):
    return {k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}


@pytest.mark.filterwarnings("ignore:Support for mismatched:UserWarning")
def test_attention(rng):
    for options, masks in itertools.product(ATTENTION, MASKS):
        layers = equal(lambda nn, options=options: nn.MultiheadAttention(4, 2, **options))
        shapes = [(3, 2, 4), (4, 2, options.get("kdim", 4)), (4, 2, options.get("vdim", 4))]
        if options.get("batch_first"):
            shapes = [(b, a, c) for a, b, c in shapes]
        call = Call(
            lambda lib, *x, layers=layers, masks=masks: flat(layers[lib](*x, **given(lib, masks))),
            [normal(*shape) for shape in shapes],
            # torch's fused kernel has no second derivative.
            twice=masks.get("need_weights", True),
        )
        hold(call, "float64", rng)


def test_attention_of_one_sequence_and_of_itself(rng):
    layers = equal(lambda nn: nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True))
    one = Call(lambda lib, q, k, v: flat(layers[lib](q, k, v)), [normal(3, 4), normal(5, 4), normal(5, 4)])
    hold(one, "float64", rng)
    hold(Call(lambda lib, x: flat(layers[lib](x, x, x)), [normal(3, 2, 4)]), "float64", rng)


def attention(lib, query, key, value, weight, bias, out, *rest, **options):
    extra = list(rest)
    biases = (extra[0], extra[1]) if len(extra) > 1 else (None, None)
    return flat(
        lib.nn.functional.multi_head_attention_forward(
            query,
            key,
            value,
            4,
            2,
            weight,
            bias,
            *biases,
            options.pop("zero", False),
            0.0,
            out,
            None,
            **options,
        )
    )


def test_attention_as_a_function(rng):
    base = [normal(3, 2, 4), normal(5, 2, 4), normal(5, 2, 4), normal(12, 4), normal(12), normal(4, 4)]
    for options in (
        {},
        {"zero": True},
        {"need_weights": False},
        {"average_attn_weights": False, "training": False},
    ):
        twice = options.get("need_weights", True)
        hold(Call(attention, base, options, twice=twice), "float64", rng)
        more = [*base, normal(1, 1, 4), normal(1, 1, 4)]
        hold(Call(attention, more, options, twice=twice), "float64", rng)

    def separate(lib, query, key, value, bias, out, q, k, v):
        return flat(
            lib.nn.functional.multi_head_attention_forward(
                query, key, value, 4, 2, None, bias, None, None, False, 0.0, out, None,
                use_separate_proj_weight=True, q_proj_weight=q, k_proj_weight=k, v_proj_weight=v,
            )
        )  # fmt: skip

    shapes = [(3, 2, 4), (5, 2, 3), (5, 2, 6), (12,), (4, 4), (4, 4), (4, 3), (4, 6)]
    hold(Call(separate, [normal(*shape) for shape in shapes]), "float64", rng)

    def fixed(lib, query, key, weight, out, k, v):
        return flat(
            lib.nn.functional.multi_head_attention_forward(
                query, key, key, 4, 2, weight, None, None, None, False, 0.0, out, None, static_k=k, static_v=v
            )
        )

    shapes = [(3, 2, 4), (5, 2, 4), (12, 4), (4, 4), (4, 5, 2), (4, 5, 2)]
    hold(Call(fixed, [normal(*shape) for shape in shapes]), "float64", rng)


@pytest.mark.filterwarnings("ignore:.*nested_tensor:UserWarning", "ignore:.*mask.*:UserWarning")
def test_transformer(rng):
    for options in (
        {},
        {"batch_first": True, "activation": "gelu", "bias": False},
        {"norm_first": True, "layer_norm_eps": 1e-3},
    ):
        layers = equal(lambda nn, options=options: nn.Transformer(4, 2, 2, 1, 6, 0.0, **options))
        shapes = ((2, 5, 4), (2, 3, 4)) if options.get("batch_first") else ((5, 2, 4), (3, 2, 4))
        for masks in (
            {},
            {"tgt_mask": np.triu(np.full((3, 3), -np.inf), 1)},
            {"src_key_padding_mask": np.eye(2, 5) > 0},
        ):
            call = Call(
                lambda lib, src, tgt, layers=layers, masks=masks: layers[lib](src, tgt, **given(lib, masks)),
                [normal(*shape) for shape in shapes],
                twice=False,
            )
            hold(call, "float64", rng)
    mask = rv.nn.Transformer.generate_square_subsequent_mask(4)
    np.testing.assert_array_equal(
        mask.numpy(), torch.nn.Transformer.generate_square_subsequent_mask(4).numpy()
    )


def test_cells_share_a_base():
    for kind in (rv.nn.RNNCell, rv.nn.LSTMCell, rv.nn.GRUCell):
        assert issubclass(kind, rv.nn.RNNCellBase)
    base = rv.nn.RNNCellBase(3, 4, True, 2)
    assert [tuple(p.shape) for p in base.parameters()] == [(8, 3), (8, 4), (8,), (8,)]


def test_options_of_tensors_are_sorted_out():
    wanted = {"dtype": rv.float64, "device": "cpu"}
    assert rv.nn.factory_kwargs(wanted) == wanted
    assert rv.nn.factory_kwargs({"factory_kwargs": wanted}) == wanted
    assert rv.nn.factory_kwargs(None) == {}
    for wrong in ({"size": 3}, {"device": "cpu", "factory_kwargs": wanted}):
        for lib in (rv, torch):
            with pytest.raises(TypeError):
                lib.nn.factory_kwargs(wrong)
