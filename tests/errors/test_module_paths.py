"""An error that a layer raises, in Rust or in Python, says once in which module."""

import numpy as np
import pytest

import ravine
from ravine import nn


class Inner(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.attn = layer

    def forward(self, *args, **kwargs):
        return self.attn(*args, **kwargs)


class Model(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.blocks = nn.ModuleList([nn.Identity(), nn.Identity(), Inner(layer)])

    def forward(self, *args, **kwargs):
        return self.encoder.blocks[2](*args, **kwargs)


x = ravine.ones
LAYERS = [
    (
        nn.LSTM(2, 3),
        [(x(4),), (x(4, 5, 3),), (x(4, 5, 2), x(1, 5, 3)), (x(4, 5, 2), (x(1, 4, 3), x(1, 4, 3)))],
    ),
    (nn.GRU(2, 3), [(x(4),), (x(4, 5, 3),), (x(4, 5, 2), (x(1, 5, 3), x(1, 5, 3)))]),
    (nn.RNN(2, 3), [(x(4),), (x(0, 5, 2),)]),
    (nn.LSTMCell(2, 3), [(x(4, 3),), (x(4, 2), x(4, 3))]),
    (nn.GRUCell(2, 3), [(x(4, 3),), (x(4, 2), x(4, 2))]),
    (nn.BatchNorm1d(3), [(x(2, 4),), (x(2, 3, 4, 5),), (x(1, 3),)]),
    (nn.BatchNorm2d(3), [(x(2, 4),), (x(2, 4, 4, 3),)]),
    (nn.InstanceNorm2d(3), [(x(2, 4),), (x(2, 4, 4, 3),)]),
    (nn.GroupNorm(2, 4), [(x(2, 6),), (x(4),)]),
    (nn.LayerNorm(4), [(x(2, 5),)]),
    (nn.MultiheadAttention(8, 2), [(x(3, 4, 7),) * 3, (x(3, 4, 8), x(3, 5, 8), x(3, 5, 8)), (x(8),) * 3]),
    (nn.TransformerEncoderLayer(8, 2), [(x(3, 4, 7),), (x(8),)]),
    (nn.SinusoidalPositionalEncoding(4), [(x(2, 3),)]),
    (nn.Linear(2, 3), [(x(3),)]),
    (nn.Conv2d(3, 4, 3), [(x(2, 3),), (x(1, 2, 8, 8),)]),
    (nn.Embedding(3, 2), [(x(2),)]),
    (nn.PReLU(3), [(x(2, 4),)]),
    (nn.PixelShuffle(2), [(x(1, 3, 2, 2),)]),
    (nn.MaxPool2d(5), [(x(1, 1, 4, 4),)]),
    (nn.CrossEntropyLoss(), [(x(2, 3), x(2)), (x(2, 3), ravine.tensor([0, 3]))]),
    (nn.MSELoss(), [(x(2), x(3))]),
    (nn.Upsample(), [(x(1, 1, 2, 2),)]),
]


def test_errors_name_the_path_once():
    for layer, calls in LAYERS:
        model = Model(layer)
        where = f"[in encoder.blocks[2].attn ({layer.path_summary()})]"
        if isinstance(layer, nn.TransformerEncoderLayer):
            where = "[in encoder.blocks[2].attn"  # the layers inside have names of their own
        for args in calls:
            with pytest.raises((RuntimeError, ValueError, TypeError, IndexError)) as caught:
                model(*args).item() if isinstance(layer, nn.CrossEntropyLoss) else model(*args)
            message = str(caught.value)
            assert message.count("[in ") == 1, message
            assert where in message, message


def test_what_is_no_tensor_is_named():
    for layer, calls in LAYERS:
        for wrong in ([1.0, 2.0], np.ones((2, 3), np.float32), "text", 3, {"a": 1}):
            if isinstance(layer, nn.PReLU) and type(wrong) is int:
                continue  # a number is a tensor without dimensions there
            with pytest.raises(TypeError) as caught:
                Model(layer)(*[wrong] * len(calls[0]))
            message = str(caught.value)
            assert "has no attribute" not in message, message
            assert message.count("[in encoder.blocks[2].attn") == 1, message


def test_a_forgotten_argument_and_an_error_of_a_subclass():
    with pytest.raises(TypeError, match=r"'value' \[in encoder.blocks\[2\].attn"):
        Model(nn.MultiheadAttention(8, 2))(x(3, 4, 8))
    with pytest.raises(NotImplementedError, match=r"\[ModuleList\].*\[in encoder.blocks\[2\].attn"):
        Model(nn.ModuleList())(x(3))


def test_errors_of_the_users_own_code_stay_as_they_are():
    class Own(nn.Module):
        def forward(self, raised):
            raise raised

    for raised in [
        ValueError("mine"),
        KeyError("mine"),
        RuntimeError(),
        OSError(2, "no file"),
        ZeroDivisionError("x"),
    ]:
        args = raised.args
        with pytest.raises(type(raised)) as caught:
            Model(Own())(raised)
        assert caught.value is raised
        assert raised.args == args


def test_what_the_library_raises_in_the_users_forward_is_located():
    class Own(nn.Module):
        def forward(self, y):
            return ravine.softmax(y, 5)

    with pytest.raises(IndexError, match=r"\[in encoder.blocks\[2\].attn \(Own\)\]$"):
        Model(Own())(x(2))
