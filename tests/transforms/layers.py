"""A small configuration of every layer and what it is called with, as the registry has samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """Arguments of the constructor, and of the call; floats are drawn from `domain`."""

    arguments: str
    inputs: str
    domain: tuple[float, float] = (-2.0, 2.0)


ROWS, PLANE, LINE = "f(2, 3)", "f(2, 4, 4)", "f(2, 8)"
PAIR = "f(2, 3), f(2, 3)"
#: Fractions, for what takes probabilities.
INSIDE = (0.05, 0.95)

LAYERS: dict[str, Layer] = {
    "AdaptiveAvgPool1d": Layer("3", LINE),
    "AdaptiveAvgPool2d": Layer("3", PLANE),
    "AdaptiveMaxPool1d": Layer("3", LINE),
    "AdaptiveMaxPool2d": Layer("3", PLANE),
    "AlphaDropout": Layer("0.5", ROWS),
    "AvgPool1d": Layer("2", LINE),
    "AvgPool2d": Layer("3, 2, 1", PLANE),
    "BCELoss": Layer("", PAIR, INSIDE),
    "BCEWithLogitsLoss": Layer("", PAIR, INSIDE),
    "BatchNorm1d": Layer("3", "f(4, 3)"),
    "BatchNorm1d without statistics": Layer("3, track_running_stats=False", "f(4, 3)"),
    "BatchNorm2d": Layer("2", "f(2, 2, 3, 3)"),
    "BatchNorm2d without statistics": Layer("2, track_running_stats=False", "f(2, 2, 3, 3)"),
    "CELU": Layer("", ROWS),
    "Conv1d": Layer("2, 3, 3, padding=1", "f(1, 2, 8)"),
    "Conv2d": Layer("2, 3, 3, padding=1", "f(1, 2, 4, 4)"),
    "ConvTranspose1d": Layer("2, 3, 3, 2", "f(1, 2, 4)"),
    "ConvTranspose2d": Layer("2, 3, 3, 2", "f(1, 2, 3, 3)"),
    "CosineEmbeddingLoss": Layer("", f"{PAIR}, ravine.tensor([1.0, -1.0])"),
    "CosineSimilarity": Layer("", PAIR),
    "CrossEntropyLoss": Layer("", "f(2, 3), i(2, low=0, high=3)"),
    "Dropout": Layer("0.5", ROWS),
    "Dropout1d": Layer("0.5", "f(2, 3, 4)"),
    "Dropout2d": Layer("0.5", "f(2, 3, 2, 2)"),
    "ELU": Layer("", ROWS),
    "Embedding": Layer("5, 3", "i(4, low=0, high=5)"),
    "Flatten": Layer("", "f(2, 3, 2)"),
    "Fold": Layer("(3, 3), 2", "f(1, 8, 4)"),
    "GELU": Layer("", ROWS),
    "GLU": Layer("", "f(2, 4)"),
    "GRU": Layer("3, 4", "f(5, 2, 3)"),
    "GRUCell": Layer("3, 4", ROWS),
    "GaussianNLLLoss": Layer("", "f(2, 3), f(2, 3), f(2, 3)", (0.3, 2.0)),
    "GroupNorm": Layer("2, 4", "f(2, 4, 3)"),
    "Hardshrink": Layer("", ROWS),
    "Hardsigmoid": Layer("", ROWS),
    "Hardswish": Layer("", ROWS),
    "Hardtanh": Layer("", ROWS),
    "HingeEmbeddingLoss": Layer("", "f(2), ravine.tensor([1.0, -1.0])"),
    "HuberLoss": Layer("", PAIR),
    "Identity": Layer("", ROWS),
    "InstanceNorm1d": Layer("3, affine=True", "f(2, 3, 4)"),
    "InstanceNorm2d": Layer("2, affine=True", "f(2, 2, 3, 3)"),
    "KLDivLoss": Layer("reduction='batchmean'", PAIR, INSIDE),
    "L1Loss": Layer("", PAIR),
    "LSTM": Layer("3, 4", "f(5, 2, 3)"),
    "LSTMCell": Layer("3, 4", ROWS),
    "LayerNorm": Layer("3", ROWS),
    "LeakyReLU": Layer("", ROWS),
    "Linear": Layer("3, 4", ROWS),
    "LogSigmoid": Layer("", ROWS),
    "LogSoftmax": Layer("1", ROWS),
    "MSELoss": Layer("", PAIR),
    "MarginRankingLoss": Layer("", "f(2), f(2), ravine.tensor([1.0, -1.0])"),
    "MaxPool1d": Layer("2", LINE),
    "MaxPool2d": Layer("2", PLANE),
    "Mish": Layer("", ROWS),
    "MultiMarginLoss": Layer("", "f(2, 3), i(2, low=0, high=3)"),
    "MultiheadAttention": Layer("4, 2", "f(3, 2, 4), f(3, 2, 4), f(3, 2, 4)"),
    "NLLLoss": Layer("", "f(2, 3), i(2, low=0, high=3)"),
    "PReLU": Layer("3", ROWS),
    "PairwiseDistance": Layer("", PAIR),
    "PixelShuffle": Layer("2", "f(1, 4, 2, 2)"),
    "PixelUnshuffle": Layer("2", "f(1, 1, 4, 4)"),
    "PoissonNLLLoss": Layer("", PAIR),
    "RMSNorm": Layer("3", ROWS),
    "RNN": Layer("3, 4", "f(5, 2, 3)"),
    "RNNCell": Layer("3, 4", ROWS),
    "ReLU": Layer("", ROWS),
    "ReLU6": Layer("", ROWS),
    "SELU": Layer("", ROWS),
    "Sequential": Layer("nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)", ROWS),
    "SiLU": Layer("", ROWS),
    "Sigmoid": Layer("", ROWS),
    "SinusoidalPositionalEncoding": Layer("4, 6", "f(2, 3, 4)"),
    "SmoothL1Loss": Layer("", PAIR),
    "SoftMarginLoss": Layer("", "f(2), ravine.tensor([1.0, -1.0])"),
    "Softmax": Layer("1", ROWS),
    "Softmin": Layer("1", ROWS),
    "Softplus": Layer("", ROWS),
    "Softshrink": Layer("", ROWS),
    "Softsign": Layer("", ROWS),
    "Tanh": Layer("", ROWS),
    "Tanhshrink": Layer("", ROWS),
    "Threshold": Layer("0.1, 0.5", ROWS),
    "TransformerDecoder": Layer("nn.TransformerDecoderLayer(4, 2, 6, 0.0), 2", "f(3, 2, 4), f(2, 2, 4)"),
    "TransformerDecoderLayer": Layer("4, 2, 6", "f(3, 2, 4), f(2, 2, 4)"),
    "TransformerEncoder": Layer("nn.TransformerEncoderLayer(4, 2, 6, 0.0), 2", "f(3, 2, 4)"),
    "TransformerEncoderLayer": Layer("4, 2, 6", "f(3, 2, 4)"),
    "TripletMarginLoss": Layer("", "f(2, 3), f(2, 3), f(2, 3)"),
    "Unfold": Layer("2", "f(1, 2, 3, 3)"),
    "Upsample": Layer("scale_factor=2, mode='bilinear'", "f(1, 2, 3, 3)"),
}
