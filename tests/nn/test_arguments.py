"""What constructors of layers are given is checked when the layer is made: no bare Python error later."""

import inspect
from typing import Any

import numpy as np
import pytest

import ravine
from ravine import nn

# Required arguments, by name.
REQUIRED = {
    "encoder_layer": lambda: nn.TransformerEncoderLayer(4, 2),
    "decoder_layer": lambda: nn.TransformerDecoderLayer(4, 2),
    "mode": lambda: "RNN",
    "num_groups": lambda: 2,
    "nhead": lambda: 2,
    "num_heads": lambda: 2,
    "kernel_size": lambda: 2,
    "upscale_factor": lambda: 2,
    "downscale_factor": lambda: 2,
    "num_layers": lambda: 1,
    "threshold": lambda: 0.1,
    "value": lambda: 0.0,
    "cutoffs": lambda: [1, 2],
    "unflattened_size": lambda: (2, 2),
}
KINDS = [
    kind for name in nn.__all__ if isinstance(kind := getattr(nn, name), type) and issubclass(kind, nn.Module)
]
OPEN = {
    "Container",
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Recurrent",
    "Sequential",
    "Identity",
    "RNNBase",
}
CLOSED = [kind for kind in KINDS if kind.__name__ not in OPEN]
FIT = {"int": 1, "float": 1.0, "str": "mean", "bool": True, "None": None}


def arguments(kind):
    """Name, annotation and a value that fits, of every argument."""
    found = []
    for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
        if parameter.default is not inspect.Parameter.empty:
            value = parameter.default
        else:
            value = REQUIRED[name]() if name in REQUIRED else 4
        found.append((name, parameter.annotation, value, parameter.default is inspect.Parameter.empty))
    return found


def make(kind, **changed):
    required = {name: value for name, _, value, needed in arguments(kind) if needed}
    if kind.__name__.startswith("Fractional"):
        required["output_size"] = 2
    return kind(**(required | changed))


def test_every_layer_can_be_made_with_what_fits():
    assert len(CLOSED) > 70
    for kind in CLOSED:
        assert isinstance(make(kind), kind)


def test_wrong_types_are_refused_where_the_layer_is_made():
    hostile = {
        "int": [
            2.0,
            2.5,
            "2",
            [2],
            (2, 2.0),
            {},
            object(),
            ravine.ones(2),
            ravine.tensor(2),
            np.ones(2),
            True,
        ],
        "float": ["a", [1.0], object(), ravine.ones(2), np.ones(2)],
        "bool": ["a", [1], ravine.ones(2), 2.5],
        "str": [1, 2.5, None, ravine.ones(2)],
    }
    tried = 0
    for kind in CLOSED:
        for name, annotation, _, _ in arguments(kind):
            for value in hostile.get(annotation, ()):
                with pytest.raises(ravine.errors.DTypeError) as caught:
                    make(kind, **{name: value})
                assert f"{kind.__name__}: argument '{name}'" in str(caught.value)
                tried += 1
    assert tried > 800


def test_numbers_without_meaning_are_refused():
    sizes = {
        "dilation groups num_groups num_heads nhead num_layers upscale_factor downscale_factor kernel_size "
        "stride hidden_size d_model embed_dim num_parameters": [0, -1, -(2**63)],
        "in_features out_features in_channels out_channels num_features num_channels num_embeddings "
        "embedding_dim input_size padding output_padding normalized_shape output_size eps": [-1, -(2**40)],
        "dropout label_smoothing": [-0.1, 1.5, float("nan")],
        "reduction": ["men", "", "MEAN"],
    }
    tried = 0
    for kind in CLOSED:
        names = [name for name, *_ in arguments(kind)]
        for group, values in sizes.items():
            if "Pad" in kind.__name__:
                continue  # Negative padding crops.
            for name in set(group.split()) & set(names):
                for value in values:
                    with pytest.raises(ValueError, match=f"{kind.__name__}: argument '{name}' "):
                        make(kind, **{name: value})
                    tried += 1
    assert tried > 150


def test_what_does_not_divide():
    for make_it, words in [
        (lambda: nn.GroupNorm(3, 4), "4 and 3"),
        (lambda: nn.Conv2d(3, 8, 3, groups=2), "in_channels must be divisible by groups"),
        (lambda: nn.Conv2d(4, 6, 3, groups=4), "out_channels must be divisible by groups"),
        (lambda: nn.MultiheadAttention(8, 3), "8 and 3"),
    ]:
        with pytest.raises(ValueError, match=words):
            make_it()


def test_tensors_belong_to_the_call():
    x = ravine.rand(4, 3)
    classes = ravine.tensor([0, 1, 2, 0])
    losses = [kind for kind in CLOSED if "Loss" in kind.__name__]
    assert len(losses) > 15
    for kind in [*losses, nn.CosineSimilarity, nn.PairwiseDistance]:
        for given in [(x, x), (x, classes), (x, x, x), (classes, x)]:
            with pytest.raises(ravine.errors.DTypeError) as caught:
                kind(*given)
            assert f"{kind.__name__}()(" in str(caught.value)
    for kind in [nn.ReLU, nn.Tanh, nn.Softmax, nn.Dropout, nn.GELU, nn.Flatten, nn.MaxPool2d, nn.Sigmoid]:
        with pytest.raises(
            ravine.errors.DTypeError, match=rf"its call computes: {kind.__name__}\(\)\(input\)"
        ):
            kind(x)


def test_sizes_from_numpy_and_a_subclass_of_the_users_own():
    two, three, quarter = np.int64(2), np.int32(3), np.float32(0.25)
    linear: Any = nn.Linear
    assert linear(two, three).weight.shape == (3, 2)
    dropout: Any = nn.Dropout
    assert dropout(quarter).p == 0.25
    conv: Any = nn.Conv2d
    assert conv(1, 1, three).weight.shape == (1, 1, 3, 3)

    class Own(nn.Linear):
        def __init__(self, sizes: Any):
            super().__init__(*sizes)

    assert Own((2, 3)).weight.shape == (3, 2)
